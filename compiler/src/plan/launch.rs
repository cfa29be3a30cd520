//! The runtime's settings for the start of an executable, or of an instance of a library.

use super::Form;
use crate::embed::Tree;
use crate::options::Options;
use kiln_abi::config::{self, Entry};
use kiln_abi::layout::Map;
use std::time::Duration;

/// Limits, configuration and embedded files.
pub(crate) struct Launch<'a> {
    /// Bytes of stack for the guest, whole pages.
    pub stack_size: u64,
    /// Bytes that memories, tables and exceptions may take together; `u64::MAX` where there is no
    /// limit.
    pub max_memory: u64,
    /// The most descriptors the guest may have open; `u64::MAX` where there is no limit.
    pub max_open_files: u64,
    /// Nanoseconds after which an executable ends; `u64::MAX` where it does not.
    pub timeout: u64,
    /// True if functions of the user's are linked in.
    pub has_user_code: bool,
    /// Preopens, environment and arguments, encoded.
    pub config: Vec<u8>,
    /// The embedded trees, with their names in the guest. Their files are read when the object is
    /// emitted, since they can be larger than all else.
    pub embedded: &'a [(Vec<u8>, Tree)],
}

impl<'a> Launch<'a> {
    pub(super) fn new(form: Form, map: Map, options: &'a Options) -> Self {
        Self {
            stack_size: options.stack_size.next_multiple_of(map.page),
            max_memory: options.max_memory.unwrap_or(u64::MAX),
            max_open_files: options.max_open_files.map_or(u64::MAX, u64::from),
            timeout: options.timeout.map_or(u64::MAX, nanoseconds),
            has_user_code: !options.link.is_empty(),
            config: config(form, options),
            embedded: &options.embedded,
        }
    }
}

// Longer than 584 years is for ever.
fn nanoseconds(duration: Duration) -> u64 {
    duration.as_nanos().try_into().unwrap_or(u64::MAX)
}

// A library's module is not told by a launch what it is called.
fn config(form: Form, options: &Options) -> Vec<u8> {
    let mut config = Vec::new();
    if form == Form::Library {
        config::write(&mut config, &Entry::Argv0(options.name.as_bytes()));
    }
    // Of two names the last counts.
    config.extend_from_slice(&options.config);
    config
}
