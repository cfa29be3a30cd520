//! A reactor in Rust: what `reactor_host.c` and `reactor_host.rs` ask of it.

use std::cell::Cell;

thread_local!(static CALLS: Cell<i32> = const { Cell::new(0) });

unsafe fn text<'a>(text: *const u8, len: i32) -> &'a str {
    std::str::from_utf8(std::slice::from_raw_parts(text, len as usize)).unwrap()
}

#[no_mangle]
pub extern "C" fn allocate(len: i32) -> *mut u8 {
    Vec::leak(vec![0; len as usize]).as_mut_ptr()
}

#[no_mangle]
pub extern "C" fn count() -> i32 {
    CALLS.with(|calls| {
        calls.set(calls.get() + 1);
        calls.get()
    })
}

#[no_mangle]
pub unsafe extern "C" fn shout(text: *mut u8, len: i32) -> i32 {
    let text = std::slice::from_raw_parts_mut(text, len as usize);
    text.make_ascii_uppercase();
    text.iter().filter(|byte| byte.is_ascii_alphabetic()).count() as i32
}

#[no_mangle]
pub unsafe extern "C" fn file_size(name: *const u8, len: i32) -> i64 {
    std::fs::metadata(text(name, len)).map_or(-1, |metadata| metadata.len() as i64)
}

#[no_mangle]
pub unsafe extern "C" fn variable_length(name: *const u8, len: i32) -> i32 {
    std::env::var(text(name, len)).map_or(-1, |value| value.len() as i32)
}

#[no_mangle]
pub unsafe extern "C" fn say(words: *const u8, len: i32) {
    println!("{}", text(words, len));
}

#[no_mangle]
pub extern "C" fn half(number: f64) -> f64 {
    number / 2.0
}

#[no_mangle]
pub extern "C" fn quit(code: i32) {
    std::process::exit(code);
}
