//! An instance's state, by whose address compiled code knows the instance.

/// The state. The compiler lays it out.
#[repr(C)]
#[derive(Debug)]
pub struct State {
    bytes: [u8; 0],
}

/// The state of an executable's one instance.
#[cfg(feature = "standalone")]
pub const STATE: *mut State = kiln_abi::layout::here::STATE_BASE as *mut State;
