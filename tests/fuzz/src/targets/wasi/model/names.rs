//! The functions that take a path, in the model.

use super::errno::*;
use super::{Descriptor, Id, Model, Node, Result, counted};
use crate::targets::wasi::calls::Call;
use std::collections::BTreeMap;

impl Model {
    pub(super) fn open(&mut self, call: &Call) -> Result<Vec<u8>> {
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
        let exclusive = create && exclusive;
        let place = self.resolve_for(root, path, call.lookup == 1 && !exclusive, create)?;
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

    pub(super) fn create_directory(&mut self, call: &Call) -> Result<Vec<u8>> {
        let root = self.changeable(call.fd)?;
        let parent = self.parent(root, call.path()?)?;
        self.check_vacant(&parent, true)?;
        let id = self.add(Node::Directory(BTreeMap::new()));
        self.put(parent.dir, &parent.name, id);
        Ok(Vec::new())
    }

    pub(super) fn remove_directory(&mut self, call: &Call) -> Result<Vec<u8>> {
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

    pub(super) fn unlink(&mut self, call: &Call) -> Result<Vec<u8>> {
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

    pub(super) fn rename(&mut self, call: &Call) -> Result<Vec<u8>> {
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

    pub(super) fn link(&mut self, call: &Call) -> Result<Vec<u8>> {
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

    pub(super) fn symlink(&mut self, call: &Call) -> Result<Vec<u8>> {
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

    pub(super) fn read_link(&self, call: &Call) -> Result<Vec<u8>> {
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

    pub(super) fn path_stat(&self, call: &Call) -> Result<Vec<u8>> {
        if call.lookup > 1 {
            return Err(INVAL);
        }
        let root = self.directory(call.fd)?;
        let place = self.resolve(root, call.path()?, call.lookup == 1)?;
        Ok(self.stat(place.node.ok_or(NOENT)?))
    }
}
