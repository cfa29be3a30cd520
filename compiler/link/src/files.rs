//! The file system that the linker sees: the inputs, read-only, and one output.

use crate::{Input, LinkError, LinkOptions, Machine};
use libwild::error::Result;
use libwild::{FileSystem, FileType, InputFileData, OutputFileData, OutputOptions, bail, error};
use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The output's path.
pub(crate) const OUTPUT: &str = "output";

/// ELF's magic, 64 bits, little-endian.
const ELF64_LE: &[u8] = b"\x7fELF\x02\x01";
/// `e_type` of a relocatable object (`ET_REL`), at offset 16 before `e_machine`.
const RELOCATABLE: [u8; 2] = [1, 0];
const ARCHIVE: &[u8] = b"!<arch>\n";

pub(crate) struct Files {
    inputs: HashMap<PathBuf, Arc<Vec<u8>>>,
    output: Arc<Mutex<Option<Vec<u8>>>>,
    max_size: u64,
}

/// The path of an input. It starts with a dot so that no name is taken for an option.
pub(crate) fn input_path(input: &Input<'_>) -> String {
    format!("./{}", input.name)
}

/// Tells if these bytes begin as a relocatable ELF object for this machine does.
pub fn is_object(bytes: &[u8], machine: Machine) -> bool {
    let [low, high] = machine.number().to_le_bytes();
    let [first, second] = RELOCATABLE;
    bytes.starts_with(ELF64_LE) && bytes.get(16..20) == Some(&[first, second, low, high])
}

/// Tells if these bytes begin as an archive (`ar`) does.
pub fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(ARCHIVE)
}

impl Files {
    pub(crate) fn new(inputs: Vec<Input<'_>>, options: &LinkOptions) -> Result<Self, LinkError> {
        let mut files = HashMap::new();
        for input in inputs {
            // The linker would take text for a script.
            if !is_object(&input.bytes, options.machine) && !is_archive(&input.bytes) {
                return Err(LinkError::NotAnObject {
                    name: input.name.to_owned(),
                    machine: options.machine,
                });
            }
            let path = PathBuf::from(input_path(&input));
            let bytes = Arc::new(input.bytes.into_owned());
            if files.insert(path, bytes).is_some() {
                return Err(LinkError::DuplicateName(input.name.to_owned()));
            }
        }
        Ok(Self {
            inputs: files,
            output: Arc::default(),
            max_size: options.max_size,
        })
    }

    pub(crate) fn take_output(&self) -> Result<Vec<u8>> {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        output.take().ok_or_else(|| error!("there is no output"))
    }

    fn input(&self, path: &Path) -> Result<Arc<Vec<u8>>> {
        let bytes = self.inputs.get(path).cloned();
        bytes.ok_or_else(|| error!("{}: no such input", path.display()))
    }
}

impl FileSystem for Files {
    type Input = InputBytes;
    type Output = OutputBytes;

    fn open_input(&self, path: &Path, _: bool) -> Result<(InputBytes, Option<Arc<File>>)> {
        Ok((InputBytes(self.input(path)?), None))
    }

    fn file_type(&self, path: &Path) -> Result<FileType> {
        self.input(path).map(|_| FileType::File)
    }

    fn canonicalize(&self, path: &Path) -> Result<PathBuf> {
        Ok(path.to_owned())
    }

    fn remove_file(&self, path: &Path) -> Result<()> {
        bail!("{}: cannot be removed", path.display())
    }

    fn rename_file(&self, path: &Path, _: &Path) -> Result<()> {
        bail!("{}: cannot be renamed", path.display())
    }

    fn create_output(&self, _: Arc<Path>, options: OutputOptions) -> Result<OutputBytes> {
        let (size, limit) = (options.size, self.max_size);
        if size > limit {
            bail!("the output would be {size} bytes, more than the {limit} allowed");
        }
        Ok(OutputBytes {
            bytes: vec![0; usize::try_from(size)?],
            finished: Arc::clone(&self.output),
        })
    }

    fn write_auxiliary(&self, path: &Path, _: &[u8]) -> Result {
        bail!("{}: there is no other output", path.display())
    }
}

#[derive(Debug)]
pub(crate) struct InputBytes(Arc<Vec<u8>>);

impl InputFileData for InputBytes {
    fn bytes(&self) -> &[u8] {
        &self.0
    }
}

pub(crate) struct OutputBytes {
    bytes: Vec<u8>,
    finished: Arc<Mutex<Option<Vec<u8>>>>,
}

impl OutputFileData for OutputBytes {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    fn finish(self) -> Result {
        let mut finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        *finished = Some(self.bytes);
        Ok(())
    }
}
