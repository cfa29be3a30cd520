//! The end of a program whose runtime is wrong. The panic's message is not told: it would bring in the
//! whole of `core::fmt`. The handler is so small, and compiled for speed, that it is inlined, after which
//! nothing is left that makes messages.

use core::panic::PanicInfo;
use kiln_runtime::exit;

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    exit::internal_error(info.location())
}
