//! The functions that take a descriptor, in the model.

use super::errno::*;
use super::{Descriptor, Model, Node, Result, counted};
use crate::targets::wasi::calls::Call;

impl Model {
    pub(super) fn renumber(&mut self, call: &Call) -> Result<Vec<u8>> {
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

    pub(super) fn read(&mut self, call: &Call) -> Result<Vec<u8>> {
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

    pub(super) fn write(&mut self, call: &Call) -> Result<Vec<u8>> {
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

    pub(super) fn seek(&mut self, call: &Call) -> Result<Vec<u8>> {
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

    pub(super) fn set_size(&mut self, call: &Call) -> Result<Vec<u8>> {
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
