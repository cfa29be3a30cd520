//! The life of an instance between the program's calls.

pub mod given;
pub mod message;

use core::ptr;
use given::Given;
use message::Message;

/// The part of an instance's record that only libraries have.
#[derive(Debug)]
pub struct Life {
    /// Its phase.
    pub phase: Phase,
    /// The entries that the program gives it.
    pub given: Given,
    /// The place that the innermost call of it goes back to, as [`crate::arch::enter`] leaves it; null
    /// while there is none.
    pub activation: *mut u8,
    /// The pointer of the thread that last called it with the signals of faults unblocked; 0 where
    /// there is none.
    pub unblocked_thread: usize,
    /// The code that it last called `proc_exit` with.
    pub exit_code: u32,
    /// Its last message.
    pub message: Message,
}

/// A phase of an instance.
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
            unblocked_thread: 0,
            exit_code: 0,
            message: Message::default(),
        }
    }
}
