//! What a library has in place of a program's start and end: instances that come and go ([`api`]),
//! calls that come back whatever happens ([`call`]), and faults that are perhaps the program's own
//! ([`signal`], which finds instances in the [`registry`]).
//!
//! A program may use an instance on any thread, but on one at a time; no two instances share anything
//! that is written to, but the registry.

#[cfg(feature = "library")]
mod api;
#[cfg(feature = "library")]
mod block;
#[cfg(feature = "library")]
mod call;
mod given;
mod message;
mod registry;
#[cfg(feature = "library")]
mod signal;

#[cfg(feature = "library")]
pub use life::Life;

/// The instances there are.
#[cfg(feature = "library")]
static REGISTRY: registry::Registry = registry::Registry::new();

#[cfg(feature = "library")]
mod life {
    use super::given::Given;
    use super::message::Message;
    use core::ptr;

    /// How an instance fares between the program's calls.
    #[derive(Debug)]
    pub struct Life {
        /// How far it is.
        pub phase: Phase,
        /// What the program gives it.
        pub given: Given,
        /// Where the innermost call of it goes back to, as [`crate::arch::enter`] leaves it; null
        /// while there is none.
        pub activation: *mut u8,
        /// What it last called `proc_exit` with.
        pub exit_code: u32,
        /// What it last had to say.
        pub message: Message,
    }

    /// How far an instance is.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Phase {
        /// It can be given things, and started.
        New,
        /// It can be called.
        Started,
        /// Its start has failed: it can only be freed.
        Failed,
    }

    impl Default for Life {
        fn default() -> Self {
            Life {
                phase: Phase::New,
                given: Given::default(),
                activation: ptr::null_mut(),
                exit_code: 0,
                message: Message::default(),
            }
        }
    }
}
