//! What happens when the runtime itself is wrong. Prints where, but not the panic's message, which
//! would bring in the whole of `core::fmt`.

use crate::{exit, text};
use core::panic::PanicInfo;

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    let mut line = text::Buffer::default();
    let (file, line) = match info.location() {
        Some(location) => (
            location.file(),
            text::decimal(u64::from(location.line()), &mut line),
        ),
        None => ("?", &b"?"[..]),
    };
    exit::abort(&[
        b"internal error in the kiln runtime: ",
        file.as_bytes(),
        b":",
        line,
    ])
}
