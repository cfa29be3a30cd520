//! A section that gimli writes, with its relocations.

use gimli::LittleEndian;
use gimli::write::{EndianVec, RelocateWriter, Relocation};

/// A section as it is written.
#[derive(Clone)]
pub(super) struct Section {
    pub bytes: EndianVec<LittleEndian>,
    pub relocations: Vec<Relocation>,
}

impl Default for Section {
    fn default() -> Self {
        Self {
            bytes: EndianVec::new(LittleEndian),
            relocations: Vec::new(),
        }
    }
}

impl RelocateWriter for Section {
    type Writer = EndianVec<LittleEndian>;

    fn writer(&self) -> &Self::Writer {
        &self.bytes
    }

    fn writer_mut(&mut self) -> &mut Self::Writer {
        &mut self.bytes
    }

    fn relocate(&mut self, relocation: Relocation) {
        self.relocations.push(relocation);
    }
}
