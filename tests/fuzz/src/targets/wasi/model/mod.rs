//! A model of a WASI host: the file system in memory, the descriptors, and what each call gives.

mod descriptors;
mod names;
mod paths;

use super::calls::{Call, Function};
use std::collections::BTreeMap;

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
use paths::Place;

type Result<T> = std::result::Result<T, u32>;
type Id = usize;

const MAX_NAME: usize = 255;

/// The node at a place of the tree.
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
}

/// Bytes after their number.
fn counted(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_le_bytes(), bytes].concat()
}
