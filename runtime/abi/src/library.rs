//! The C interface of a library: what its functions return, and its functions on instances. The
//! runtime implements the functions; the compiler makes each public under the module's name, and
//! writes the header from what is said here.

macro_rules! statuses {
    ($($(#[doc = $doc:literal])* $name:ident = $number:literal, $c:literal;)*) => {
        /// The outcome of a library's call.
        #[repr(u32)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Status { $($(#[doc = $doc])* $name = $number,)* }

        impl Status {
            /// All there are.
            pub const ALL: &[Status] = &[$(Status::$name,)*];

            /// The name in the header.
            pub const fn c_name(self) -> &'static str {
                match self { $(Status::$name => $c,)* }
            }

            /// Gives what the header says about it, by line.
            pub const fn doc(self) -> &'static [&'static str] {
                match self { $(Status::$name => &[$($doc,)*],)* }
            }
        }
    };
}

statuses! {
    /// It is done.
    Ok = 0, "KILN_OK";
    /// The module has called `proc_exit`: see `instance_exit_code`. The instance can be called on.
    Exit = 1, "KILN_EXIT";
    /// The module has trapped: see `instance_message`. The instance can be called on.
    Trap = 2, "KILN_TRAP";
    /// The module has thrown an exception that it does not catch. The instance can be called on.
    Exception = 3, "KILN_EXCEPTION";
    /// The system refuses what is needed: see `instance_message`.
    Refused = 4, "KILN_REFUSED";
    /// The range does not lie in the memory.
    OutOfBounds = 5, "KILN_OUT_OF_BOUNDS";
    /// A call that makes no sense now: see `instance_message`.
    Misuse = 6, "KILN_MISUSE";
}

/// A function on instances, by its C prototype. `INSTANCE` stands in it for the type's name.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct InstanceFunction {
    /// The end of its public name, behind `NAME_instance_`.
    pub name: &'static str,
    /// The runtime's symbol.
    pub symbol: &'static str,
    /// Type of the result.
    pub result: &'static str,
    /// Types and names of the parameters.
    pub params: &'static [(&'static str, &'static str)],
    /// True if it is there in an executable, too, for the user's own imports.
    pub in_executables: bool,
    /// Its text in the header, by line.
    pub doc: &'static [&'static str],
}

macro_rules! functions {
    ($($(#[doc = $doc:literal])*
       $result:literal $name:ident($($ty:literal $param:ident),*) $executables:literal;)*) => {
        /// The functions on instances, in the header's order.
        pub const INSTANCE_FUNCTIONS: &[InstanceFunction] = &[$(InstanceFunction {
            name: stringify!($name),
            symbol: concat!("kiln::instance_", stringify!($name)),
            result: $result,
            params: &[$(($ty, stringify!($param)),)*],
            in_executables: $executables,
            doc: &[$($doc,)*],
        },)*];
    };
}

functions! {
    /// Creates an instance with what was granted at build. Nothing of the module runs yet.
    /// KILN_REFUSED where the system has no memory for it; `*instance` is null then.
    "uint32_t" new("INSTANCE **" instance) false;
    /// Adds an argument, behind those given at build and before. Argument 0 is the library's name,
    /// unless it was built with another.
    "uint32_t" arg("INSTANCE *" instance, "const char *" argument) false;
    /// Sets an environment variable.
    "uint32_t" env("INSTANCE *" instance, "const char *" name, "const char *" value) false;
    /// Grants the directory `host` under the name `guest`; where `read_only` is not 0, nothing
    /// can be changed in it.
    "uint32_t" dir("INSTANCE *" instance, "const char *" host, "const char *" guest, "int" read_only) false;
    /// Makes a duplicate of descriptor `fd` standard input (`stream` 0), output (1) or error (2);
    /// -1 stands for /dev/null. The process's own streams are the module's where this is not called.
    /// A write to a pipe that nobody reads is an error for the module if the process ignores SIGPIPE.
    "uint32_t" stream("INSTANCE *" instance, "int" stream, "int" fd) false;
    /// Runs the module's start function and its `_initialize`, where it has them. Once, before
    /// any of the module's functions, and behind all of the above.
    "uint32_t" start("INSTANCE *" instance) false;
    /// The first byte of the module's exported memory; null where it has none. Stays the same for
    /// the life of the instance, unless the library is built with explicit bounds checks: then it
    /// is good until the memory grows.
    "void *" memory("INSTANCE *" instance) true;
    /// The present length of that memory in bytes.
    "size_t" memory_size("INSTANCE *" instance) true;
    /// Copies `len` bytes at `address` of that memory to `buffer`. KILN_OUT_OF_BOUNDS where they do
    /// not all lie in it; nothing is copied then.
    "uint32_t" read("INSTANCE *" instance, "uint64_t" address, "void *" buffer, "size_t" len) true;
    /// Copies `len` bytes to `address` of that memory, as above.
    "uint32_t" write("INSTANCE *" instance, "uint64_t" address, "const void *" bytes, "size_t" len) true;
    /// What the module gave to `proc_exit`, after KILN_EXIT.
    "uint32_t" exit_code("INSTANCE *" instance) false;
    /// What happened, in words, after any other status but KILN_OK; good until the next call.
    "const char *" message("INSTANCE *" instance) false;
    /// Only in a function that the module imports: ends the module's call with KILN_TRAP and this
    /// message, which is copied. Does not return.
    "void" trap("INSTANCE *" instance, "const char *" message) true;
    /// Frees the instance and all that it holds. Ends the process where its module is running.
    "void" free("INSTANCE *" instance) false;
}
