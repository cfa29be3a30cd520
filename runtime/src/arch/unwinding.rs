//! The personality of the function that calls into an instance, of which unwinders of C++ ask.

/// Ends the search for a handler of an exception that the user's code throws (Itanium C++ ABI,
/// "Exception Handling", 1.6): one among the frames of the host would leave the instance in the middle
/// of a call. Threads that are cancelled unwind on.
pub extern "C" fn stop_unwinding(_version: i32, actions: i32) -> i32 {
    const FORCED: i32 = 8;
    const FATAL_ERROR: i32 = 3;
    const CONTINUE: i32 = 8;
    if actions & FORCED == 0 {
        FATAL_ERROR
    } else {
        CONTINUE
    }
}
