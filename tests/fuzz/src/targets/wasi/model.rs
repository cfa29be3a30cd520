//! A model of a WASI host: the file system in memory, the descriptors, and what each call gives.

use super::calls::{Call, Function};
use std::collections::{BTreeMap, VecDeque};

/// Error numbers of preview1.
pub mod errno {
    pub const BADF: u32 = 8;
    pub const EXIST: u32 = 20;
    pub const FAULT: u32 = 21;
    pub const ILSEQ: u32 = 25;
    pub const INVAL: u32 = 28;
    pub const ISDIR: u32 = 31;
    pub const LOOP: u32 = 32;
    pub const NAMETOOLONG: u32 = 37;
    pub const NOENT: u32 = 44;
    pub const NOTDIR: u32 = 54;
    pub const NOTEMPTY: u32 = 55;
    pub const BUSY: u32 = 10;
    pub const PERM: u32 = 63;
    pub const SPIPE: u32 = 70;
}
use errno::*;

type Result<T> = std::result::Result<T, u32>;
type Id = usize;

const MAX_LINKS: u32 = 40;
const MAX_NAME: usize = 255;

/// What lies at a place of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    File(Vec<u8>),
    Link(String),
    Directory(BTreeMap<String, Id>),
}

/// A descriptor.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Descriptor {
    Stream,
    Directory {
        id: Id,
        is_fixed: bool,
    },
    File {
        id: Id,
        is_fixed: bool,
        reads: bool,
        writes: bool,
        appends: bool,
        position: u64,
    },
}

/// Where a path leads.
struct Place {
    dir: Id,
    name: String,
    node: Option<Id>,
}

/// The directory of a path's last name, that name, and if slashes follow it.
struct Parent {
    dir: Id,
    name: String,
    has_slash: bool,
}

impl Parent {
    fn is_dots(&self) -> bool {
        self.name == "." || self.name == ".."
    }
}

/// The host.
pub struct Model {
    nodes: Vec<Node>,
    links: Vec<u32>,
    descriptors: Vec<Option<Descriptor>>,
}

impl Model {
    /// A host with nothing but its standard streams.
    pub fn new() -> Self {
        Model {
            nodes: Vec::new(),
            links: Vec::new(),
            descriptors: vec![Some(Descriptor::Stream); 3],
        }
    }

    /// Adds a granted tree, of paths with what lies there, parents before children.
    pub fn grant(&mut self, entries: &[(&str, Node)], is_fixed: bool) {
        let root = self.add(Node::Directory(BTreeMap::new()));
        self.links[root] = 1;
        for (path, node) in entries {
            let (parent, name) = path.rsplit_once('/').unwrap_or((".", path));
            let id = self.add(node.clone());
            let place = self.resolve(root, parent, true);
            if let Ok(Place {
                node: Some(dir), ..
            }) = place
            {
                self.put(dir, name, id);
            }
        }
        self.insert(Descriptor::Directory { id: root, is_fixed });
    }

    /// The paths of the tree granted by a number, counted from 0, with what lies there.
    pub fn tree(&self, root: Id) -> BTreeMap<String, Node> {
        let mut found = BTreeMap::new();
        self.list(root, "", &mut found);
        found
    }

    /// The roots of the granted trees, in the order of their grants.
    pub fn roots(&self) -> Vec<Id> {
        let granted = self.descriptors[3..].iter().flatten();
        let root = |descriptor: &Descriptor| match descriptor {
            Descriptor::Directory { id, .. } => Some(*id),
            _ => None,
        };
        granted.filter_map(root).collect()
    }

    fn list(&self, dir: Id, prefix: &str, found: &mut BTreeMap<String, Node>) {
        for (name, id) in self.names(dir).into_iter().flatten() {
            let path = format!("{prefix}{name}");
            if self.is_directory(*id) {
                found.insert(path.clone(), Node::Directory(BTreeMap::new()));
                self.list(*id, &format!("{path}/"), found);
            } else {
                found.insert(path, self.nodes[*id].clone());
            }
        }
    }

    /// Makes a call; gives what it must tell.
    pub fn call(&mut self, call: &Call) -> Result<Vec<u8>> {
        match call.function {
            Function::PathOpen => self.open(call),
            Function::PathCreateDirectory => self.create_directory(call),
            Function::PathRemoveDirectory => self.remove_directory(call),
            Function::PathUnlinkFile => self.unlink(call),
            Function::PathRename => self.rename(call),
            Function::PathLink => self.link(call),
            Function::PathSymlink => self.symlink(call),
            Function::PathReadlink => self.read_link(call),
            Function::PathFilestatGet => self.path_stat(call),
            Function::FdClose => {
                self.get(call.fd)?;
                self.descriptors[call.fd as usize] = None;
                Ok(Vec::new())
            }
            Function::FdRenumber => self.renumber(call),
            Function::FdRead => self.read(call),
            Function::FdWrite => self.write(call),
            Function::FdSeek => self.seek(call),
            Function::FdFilestatSetSize => self.set_size(call),
            Function::FdFilestatGet => match *self.get(call.fd)? {
                Descriptor::Stream => Ok(Vec::new()),
                Descriptor::Directory { id, .. } | Descriptor::File { id, .. } => Ok(self.stat(id)),
            },
        }
    }

    fn add(&mut self, node: Node) -> Id {
        self.nodes.push(node);
        self.links.push(0);
        self.nodes.len() - 1
    }

    fn insert(&mut self, descriptor: Descriptor) -> u32 {
        let free = self.descriptors.iter().position(Option::is_none);
        let number = free.unwrap_or(self.descriptors.len());
        if number == self.descriptors.len() {
            self.descriptors.push(None);
        }
        self.descriptors[number] = Some(descriptor);
        number as u32
    }

    fn get(&self, fd: u32) -> Result<&Descriptor> {
        let found = self.descriptors.get(fd as usize);
        found.and_then(Option::as_ref).ok_or(BADF)
    }

    fn directory(&self, fd: u32) -> Result<Id> {
        match self.get(fd)? {
            Descriptor::Directory { id, .. } => Ok(*id),
            _ => Err(BADF),
        }
    }

    fn changeable(&self, fd: u32) -> Result<Id> {
        match self.get(fd)? {
            Descriptor::Directory { is_fixed: true, .. } => Err(PERM),
            Descriptor::Directory { id, .. } => Ok(*id),
            _ => Err(BADF),
        }
    }

    fn names(&self, id: Id) -> Option<&BTreeMap<String, Id>> {
        match &self.nodes[id] {
            Node::Directory(names) => Some(names),
            _ => None,
        }
    }

    fn is_directory(&self, id: Id) -> bool {
        self.names(id).is_some()
    }

    fn find(&self, dir: Id, name: &str) -> Result<Option<Id>> {
        if name.len() > MAX_NAME {
            return Err(NAMETOOLONG);
        }
        Ok(self.names(dir).and_then(|names| names.get(name)).copied())
    }

    /// Puts a node into a directory, unless that has been removed.
    fn put(&mut self, dir: Id, name: &str, id: Id) {
        if let Node::Directory(names) = &mut self.nodes[dir] {
            names.insert(name.to_owned(), id);
            self.links[id] += 1;
        }
    }

    fn take(&mut self, dir: Id, name: &str) {
        if let Node::Directory(names) = &mut self.nodes[dir]
            && let Some(id) = names.remove(name)
        {
            self.links[id] -= 1;
        }
    }

    /// Finds a path beneath a directory.
    fn resolve(&self, root: Id, path: &str, follow: bool) -> Result<Place> {
        let mut trail = vec![root];
        let mut rest: VecDeque<String> = components(path);
        let mut links = 0;
        while let Some(name) = rest.pop_front() {
            let here = trail[trail.len() - 1];
            match &*name {
                "." => continue,
                ".." => {
                    trail.pop();
                    if trail.is_empty() {
                        return Err(PERM);
                    }
                    continue;
                }
                _ => {}
            }
            let is_last = rest.is_empty();
            let node = self.find(here, &name)?;
            match node.map(|id| (id, &self.nodes[id])) {
                None if !is_last => return Err(NOENT),
                Some((_, Node::Link(target))) if follow || !is_last => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(LOOP);
                    }
                    if target.starts_with('/') {
                        return Err(PERM);
                    }
                    for name in components(target).into_iter().rev() {
                        rest.push_front(name);
                    }
                }
                Some((id, Node::Directory(_))) if !is_last => trail.push(id),
                Some(_) if !is_last => return Err(NOTDIR),
                _ => {
                    return Ok(Place {
                        dir: here,
                        name,
                        node,
                    });
                }
            }
        }
        let dir = trail[trail.len() - 1];
        Ok(Place {
            dir,
            name: ".".into(),
            node: Some(dir),
        })
    }

    /// Finds a directory.
    fn resolve_directory(&self, root: Id, path: &str) -> Result<Id> {
        let id = self.resolve(root, path, true)?.node.ok_or(NOENT)?;
        match self.is_directory(id) {
            true => Ok(id),
            false => Err(NOTDIR),
        }
    }

    fn parent(&self, root: Id, path: &str) -> Result<Parent> {
        let trimmed = path.trim_end_matches('/');
        let (holder, name) = match trimmed.rsplit_once('/') {
            Some((holder, name)) => (Some(holder), name),
            None => (None, trimmed),
        };
        if name == ".." {
            self.resolve_directory(root, path)?;
        }
        Ok(Parent {
            dir: match holder {
                Some(holder) => self.resolve_directory(root, holder)?,
                None => root,
            },
            name: name.to_owned(),
            has_slash: path.ends_with('/'),
        })
    }

    /// Demands that a name that is no mere one be a directory's.
    fn check_directory(&self, parent: &Parent) -> Result<()> {
        if parent.name == ".." {
            return Ok(());
        }
        self.resolve_directory(parent.dir, &parent.name).map(drop)
    }

    /// Demands that something can be made under a name.
    fn check_vacant(&self, parent: &Parent, makes_directory: bool) -> Result<()> {
        if parent.is_dots() || self.find(parent.dir, &parent.name)?.is_some() {
            return Err(EXIST);
        }
        if (parent.has_slash && !makes_directory) || self.links[parent.dir] == 0 {
            return Err(NOENT);
        }
        Ok(())
    }

    fn open(&mut self, call: &Call) -> Result<Vec<u8>> {
        let [create, directory, exclusive, truncate] = [1, 2, 4, 8].map(|bit| call.open & bit != 0);
        let wants_write = call.rights & 64 != 0;
        let writes = wants_write || create || truncate;
        if call.lookup > 1
            || call.open > 15
            || call.fd_flags > 31
            || (directory && (create || exclusive || truncate))
        {
            return Err(INVAL);
        }
        let path = call.path()?;
        let (root, is_fixed) = match *self.get(call.fd)? {
            Descriptor::File { .. } => return Err(NOTDIR),
            Descriptor::Stream => return Err(BADF),
            Descriptor::Directory { id, is_fixed } => (id, is_fixed),
        };
        if writes && is_fixed {
            return Err(PERM);
        }
        if create && path.ends_with('/') {
            let is_there = self.parent(root, path)?.is_dots();
            return Err(if is_there && exclusive { EXIST } else { ISDIR });
        }
        let exclusive = create && exclusive;
        let place = self.resolve(root, path, call.lookup == 1 && !exclusive)?;
        let id = match place.node {
            Some(_) if exclusive => return Err(EXIST),
            Some(id) => id,
            None if !create || self.links[place.dir] == 0 => return Err(NOENT),
            None => {
                let id = self.add(Node::File(Vec::new()));
                self.put(place.dir, &place.name, id);
                id
            }
        };
        let descriptor = match &mut self.nodes[id] {
            Node::Link(_) => return Err(LOOP),
            Node::Directory(_) if writes => return Err(ISDIR),
            Node::Directory(_) => Descriptor::Directory { id, is_fixed },
            Node::File(_) if directory => return Err(NOTDIR),
            Node::File(bytes) => {
                if truncate {
                    bytes.clear();
                }
                Descriptor::File {
                    id,
                    is_fixed,
                    reads: call.rights & 2 != 0 || !wants_write,
                    writes,
                    appends: call.fd_flags & 1 != 0,
                    position: 0,
                }
            }
        };
        Ok(self.insert(descriptor).to_le_bytes().into())
    }

    fn create_directory(&mut self, call: &Call) -> Result<Vec<u8>> {
        let root = self.changeable(call.fd)?;
        let parent = self.parent(root, call.path()?)?;
        self.check_vacant(&parent, true)?;
        let id = self.add(Node::Directory(BTreeMap::new()));
        self.put(parent.dir, &parent.name, id);
        Ok(Vec::new())
    }

    fn remove_directory(&mut self, call: &Call) -> Result<Vec<u8>> {
        let root = self.changeable(call.fd)?;
        let parent = self.parent(root, call.path()?)?;
        match &*parent.name {
            "." => return Err(INVAL),
            ".." => return Err(NOTEMPTY),
            _ => {}
        }
        let id = self.find(parent.dir, &parent.name)?.ok_or(NOENT)?;
        if !self.names(id).ok_or(NOTDIR)?.is_empty() {
            return Err(NOTEMPTY);
        }
        self.take(parent.dir, &parent.name);
        Ok(Vec::new())
    }

    fn unlink(&mut self, call: &Call) -> Result<Vec<u8>> {
        let root = self.changeable(call.fd)?;
        let parent = self.parent(root, call.path()?)?;
        if parent.is_dots() {
            return Err(ISDIR);
        }
        let id = self.find(parent.dir, &parent.name)?.ok_or(NOENT)?;
        match self.is_directory(id) {
            true => return Err(ISDIR),
            false if parent.has_slash => return Err(NOTDIR),
            false => self.take(parent.dir, &parent.name),
        }
        Ok(Vec::new())
    }

    fn rename(&mut self, call: &Call) -> Result<Vec<u8>> {
        let (old_root, new_root) = (self.changeable(call.fd)?, self.changeable(call.other_fd)?);
        let (old_path, new_path) = (call.path()?, call.other_path()?);
        let old = self.parent(old_root, old_path)?;
        let new = self.parent(new_root, new_path)?;
        if old.is_dots() || new.is_dots() {
            return Err(BUSY);
        }
        let id = self.find(old.dir, &old.name)?.ok_or(NOENT)?;
        let replaced = self.find(new.dir, &new.name)?;
        let is_directory = self.is_directory(id);
        if !is_directory && (old.has_slash || new.has_slash) {
            return Err(NOTDIR);
        }
        if self.is_within(new.dir, id) {
            return Err(INVAL);
        }
        match replaced {
            Some(other) if self.is_within(old.dir, other) => return Err(NOTEMPTY),
            Some(other) if other == id => return Ok(Vec::new()),
            Some(other) => match (is_directory, self.names(other)) {
                (true, None) => return Err(NOTDIR),
                (false, Some(_)) => return Err(ISDIR),
                (true, Some(names)) if !names.is_empty() => return Err(NOTEMPTY),
                _ => self.take(new.dir, &new.name),
            },
            None if self.links[new.dir] == 0 => return Err(NOENT),
            None => {}
        }
        self.put(new.dir, &new.name, id);
        self.take(old.dir, &old.name);
        Ok(Vec::new())
    }

    /// True where `dir` is `above` or lies below it.
    fn is_within(&self, dir: Id, above: Id) -> bool {
        let below = self.names(above).into_iter().flatten();
        let mut below = below.filter(|(_, id)| self.is_directory(**id));
        dir == above || below.any(|(_, id)| self.is_within(dir, *id))
    }

    fn link(&mut self, call: &Call) -> Result<Vec<u8>> {
        if call.lookup > 1 {
            return Err(INVAL);
        }
        let (old_root, new_root) = (self.changeable(call.fd)?, self.changeable(call.other_fd)?);
        let (old_path, new_path) = (call.path()?, call.other_path()?);
        if call.lookup == 1 {
            return Err(INVAL);
        }
        let new = self.parent(new_root, new_path)?;
        let old = self.parent(old_root, old_path)?;
        if old.is_dots() || old.has_slash {
            self.check_directory(&old)?;
            return Err(PERM);
        }
        let id = self.find(old.dir, &old.name)?.ok_or(NOENT)?;
        self.check_vacant(&new, false)?;
        if self.is_directory(id) {
            return Err(PERM);
        }
        self.put(new.dir, &new.name, id);
        Ok(Vec::new())
    }

    fn symlink(&mut self, call: &Call) -> Result<Vec<u8>> {
        let root = self.changeable(call.fd)?;
        let target = call.other_path()?.to_owned();
        let parent = self.parent(root, call.path()?)?;
        match self.check_vacant(&parent, false) {
            Err(EXIST) if parent.is_dots() || parent.has_slash => {
                self.check_directory(&parent)?;
                return Err(EXIST);
            }
            checked => checked?,
        }
        let id = self.add(Node::Link(target));
        self.put(parent.dir, &parent.name, id);
        Ok(Vec::new())
    }

    fn read_link(&self, call: &Call) -> Result<Vec<u8>> {
        let root = self.directory(call.fd)?;
        let parent = self.parent(root, call.path()?)?;
        if parent.is_dots() || parent.has_slash {
            self.check_directory(&parent)?;
            return Err(INVAL);
        }
        let id = self.find(parent.dir, &parent.name)?.ok_or(NOENT)?;
        let Node::Link(target) = &self.nodes[id] else {
            return Err(INVAL);
        };
        if target.starts_with('/') {
            return Err(PERM);
        }
        Ok(counted(
            &target.as_bytes()[..target.len().min(call.len as usize)],
        ))
    }

    fn path_stat(&self, call: &Call) -> Result<Vec<u8>> {
        if call.lookup > 1 {
            return Err(INVAL);
        }
        let root = self.directory(call.fd)?;
        let place = self.resolve(root, call.path()?, call.lookup == 1)?;
        Ok(self.stat(place.node.ok_or(NOENT)?))
    }

    /// The type, and of a file and a link how many names it has and its length.
    fn stat(&self, id: Id) -> Vec<u8> {
        let (kind, len) = match &self.nodes[id] {
            Node::Directory(_) => return vec![3],
            Node::File(bytes) => (4, bytes.len()),
            Node::Link(target) => (7, target.len()),
        };
        let names = u64::from(self.links[id]).to_le_bytes();
        [&[kind], &names[..], &(len as u64).to_le_bytes()].concat()
    }

    fn renumber(&mut self, call: &Call) -> Result<Vec<u8>> {
        self.get(call.fd)?;
        self.get(call.other_fd)?;
        if call.fd != call.other_fd {
            self.descriptors[call.other_fd as usize] = self.descriptors[call.fd as usize].take();
        }
        Ok(Vec::new())
    }

    /// An open file's bytes, and its descriptor.
    fn file(&mut self, fd: u32) -> Result<(&mut Vec<u8>, &mut Descriptor)> {
        let found = self.descriptors.get_mut(fd as usize);
        let descriptor = found.and_then(Option::as_mut).ok_or(BADF)?;
        let Descriptor::File { id, .. } = descriptor else {
            return Err(BADF);
        };
        match &mut self.nodes[*id] {
            Node::File(bytes) => Ok((bytes, descriptor)),
            _ => Err(BADF),
        }
    }

    fn read(&mut self, call: &Call) -> Result<Vec<u8>> {
        let (bytes, descriptor) = self.file(call.fd)?;
        match descriptor {
            Descriptor::File {
                reads: true,
                position,
                ..
            } => {
                let rest = bytes.get(*position as usize..).unwrap_or_default();
                let read = &rest[..rest.len().min(call.len as usize)];
                *position += read.len() as u64;
                Ok(counted(read))
            }
            _ => Err(BADF),
        }
    }

    fn write(&mut self, call: &Call) -> Result<Vec<u8>> {
        let (bytes, descriptor) = self.file(call.fd)?;
        let Descriptor::File {
            writes: true,
            appends,
            position,
            ..
        } = descriptor
        else {
            return Err(BADF);
        };
        if *appends && call.len > 0 {
            *position = bytes.len() as u64;
        }
        let start = *position as usize;
        let end = start + call.len as usize;
        if call.len > 0 {
            bytes.resize(bytes.len().max(end), 0);
            bytes[start..end].fill(call.byte);
        }
        *position = end as u64;
        Ok(call.len.to_le_bytes().into())
    }

    fn seek(&mut self, call: &Call) -> Result<Vec<u8>> {
        if call.whence > 2 {
            return Err(INVAL);
        }
        if let Descriptor::Stream = self.get(call.fd)? {
            return Err(SPIPE);
        }
        let (bytes, descriptor) = self.file(call.fd)?;
        let Descriptor::File { position, .. } = descriptor else {
            return Err(BADF);
        };
        let base = match call.whence {
            0 => 0,
            1 => *position,
            _ => bytes.len() as u64,
        };
        let to = base.checked_add_signed(call.offset).ok_or(INVAL)?;
        *position = to;
        Ok(to.to_le_bytes().into())
    }

    fn set_size(&mut self, call: &Call) -> Result<Vec<u8>> {
        let (bytes, descriptor) = self.file(call.fd)?;
        match descriptor {
            Descriptor::File { is_fixed: true, .. } => Err(PERM),
            Descriptor::File { writes: false, .. } => Err(INVAL),
            _ => {
                bytes.resize(call.offset.unsigned_abs() as usize, 0);
                Ok(Vec::new())
            }
        }
    }
}

/// The components of a path. One that ends with a slash ends with the component `.`, as
/// path_resolution(7) has it.
fn components(path: &str) -> VecDeque<String> {
    let mut names: VecDeque<String> = path.split('/').map(str::to_owned).collect();
    if let Some(last) = names.back_mut()
        && last.is_empty()
    {
        ".".clone_into(last);
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Bytes after their number.
fn counted(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_le_bytes(), bytes].concat()
}
