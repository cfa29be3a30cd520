//! Resolution of paths in the model.

use super::errno::*;
use super::{Id, Model, Node, Result};
use std::collections::VecDeque;

const MAX_LINKS: u32 = 40;

/// The place that a path leads to.
pub(super) struct Place {
    pub dir: Id,
    pub name: String,
    pub node: Option<Id>,
}

/// The directory of a path's last name, that name, and if slashes follow it.
pub(super) struct Parent {
    pub dir: Id,
    pub name: String,
    pub has_slash: bool,
}

impl Parent {
    pub fn is_dots(&self) -> bool {
        self.name == "." || self.name == ".."
    }
}

impl Model {
    /// Finds a path beneath a directory.
    pub(super) fn resolve(&self, root: Id, path: &str, follow: bool) -> Result<Place> {
        self.resolve_for(root, path, follow, false)
    }

    /// Finds a path, perhaps to create a file by it, whose name cannot have a slash behind.
    pub(super) fn resolve_for(
        &self,
        root: Id,
        path: &str,
        follow: bool,
        creates: bool,
    ) -> Result<Place> {
        let mut trail = vec![root];
        let mut rest: VecDeque<String> = components(path);
        let mut links = 0;
        while let Some(name) = rest.pop_front() {
            let here = trail[trail.len() - 1];
            match &*name {
                "" | "." => continue,
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
            if creates && rest.iter().eq([""]) {
                return Err(ISDIR);
            }
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
    pub(super) fn resolve_directory(&self, root: Id, path: &str) -> Result<Id> {
        let id = self.resolve(root, path, true)?.node.ok_or(NOENT)?;
        match self.is_directory(id) {
            true => Ok(id),
            false => Err(NOTDIR),
        }
    }

    /// Finds the directory of a path's last name.
    pub(super) fn parent(&self, root: Id, path: &str) -> Result<Parent> {
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
    pub(super) fn check_directory(&self, parent: &Parent) -> Result<()> {
        if parent.name == ".." {
            return Ok(());
        }
        self.resolve_directory(parent.dir, &parent.name).map(drop)
    }

    /// Demands that something can be made under a name.
    pub(super) fn check_vacant(&self, parent: &Parent, makes_directory: bool) -> Result<()> {
        if parent.is_dots() || self.find(parent.dir, &parent.name)?.is_some() {
            return Err(EXIST);
        }
        if (parent.has_slash && !makes_directory) || self.links[parent.dir] == 0 {
            return Err(NOENT);
        }
        Ok(())
    }
}

/// The components of a path. One that ends with a slash ends with an empty component, which stands for `.`,
/// as path_resolution(7) has it.
fn components(path: &str) -> VecDeque<String> {
    let names = path.split('/').filter(|name| !name.is_empty());
    let end = path.ends_with('/').then_some("");
    names.chain(end).map(str::to_owned).collect()
}
