//! The host's side of WASI: what a program is given when it starts.

/// What the kernel and the compiler hand over at start-up.
#[derive(Clone, Copy, Debug)]
pub struct Launch {
    /// Number of arguments.
    pub argc: usize,
    /// The arguments, C strings.
    pub argv: *const *const u8,
    /// The environment, C strings, ended by a null pointer.
    pub envp: *const *const u8,
    /// The baked configuration, in the format of [`kiln_abi::config`].
    pub config: &'static [u8],
}

/// Takes note of how the program was launched.
pub fn start(_launch: Launch) {}
