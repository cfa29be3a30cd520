//! What a caller can ask of the compiler.

/// How a module is compiled and what is baked into its executable.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How hard to optimise.
    pub opt_level: OptLevel,
    /// The processors the executable must run on.
    pub cpu: Cpu,
    /// What to do about imports that neither WASI nor anything else provides.
    pub unknown_imports: UnknownImports,
    /// Bytes of stack for the guest, rounded up to whole pages.
    pub stack_size: u64,
    /// Preopens, environment and arguments, as an encoded run of
    /// [`ConfigEntry`](crate::ConfigEntry)s: see [`Options::bake`].
    pub(crate) config: Vec<u8>,
}

impl Options {
    /// Adds an entry to the configuration baked into the executable. Order counts.
    pub fn bake(&mut self, entry: crate::ConfigEntry<'_>) -> &mut Self {
        kiln_abi::config::write(&mut self.config, &entry);
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            opt_level: OptLevel::Speed,
            cpu: Cpu::Baseline,
            unknown_imports: UnknownImports::Error,
            stack_size: kiln_abi::layout::DEFAULT_STACK_SIZE,
            config: Vec::new(),
        }
    }
}

/// How hard to optimise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OptLevel {
    /// Compile as fast as can be (`-O0`).
    None,
    /// Make fast code (`-O2`).
    #[default]
    Speed,
    /// Make fast code that is small (`-Os`).
    SpeedAndSize,
}

/// The processors an executable must run on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cpu {
    /// Every x86-64 processor (`x86-64` in the x86-64 psABI).
    #[default]
    Baseline,
    /// `x86-64-v2`: SSE4.2, SSSE3, POPCNT.
    V2,
    /// `x86-64-v3`: AVX2, BMI1, BMI2, FMA, LZCNT.
    V3,
    /// `x86-64-v4`: AVX-512 F, BW, CD, DQ, VL.
    V4,
    /// The processor of this machine.
    Native,
}

/// What to do about imports that nothing provides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownImports {
    /// Refuse the module, naming each with its type.
    #[default]
    Error,
    /// Compile a call into a trap that names the import.
    Trap,
}
