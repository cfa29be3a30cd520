//! Counts words by the library that Kiln makes of words.c, on two threads with an instance each.

use std::ptr::null_mut;
use std::thread;

#[repr(C)]
struct Instance {
    _private: [u8; 0],
}

#[link(name = "words", kind = "static")]
unsafe extern "C" {
    fn words_instance_new(instance: *mut *mut Instance) -> u32;
    fn words_instance_start(instance: *mut Instance) -> u32;
    fn words_instance_write(instance: *mut Instance, at: u64, bytes: *const u8, len: usize) -> u32;
    fn words_instance_free(instance: *mut Instance);
    fn words_reserve(instance: *mut Instance, len: i32, result: *mut i32) -> u32;
    fn words_count(instance: *mut Instance, text: i32, len: i32, result: *mut i32) -> u32;
}

/// An instance, which can go to another thread but is used by one at a time.
struct Words(*mut Instance);

unsafe impl Send for Words {}

impl Words {
    fn new() -> Result<Self, u32> {
        let mut words = Words(null_mut());
        ok(unsafe { words_instance_new(&mut words.0) })?;
        ok(unsafe { words_instance_start(words.0) })?;
        Ok(words)
    }

    fn count(&mut self, text: &str) -> Result<i32, u32> {
        let (mut address, mut count) = (0, 0);
        let len = text.len();
        ok(unsafe { words_reserve(self.0, len as i32, &mut address) })?;
        let at = u64::from(address as u32);
        ok(unsafe { words_instance_write(self.0, at, text.as_ptr(), len) })?;
        ok(unsafe { words_count(self.0, address, len as i32, &mut count) })?;
        Ok(count)
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        unsafe { words_instance_free(self.0) }
    }
}

fn ok(status: u32) -> Result<(), u32> {
    if status == 0 { Ok(()) } else { Err(status) }
}

fn main() -> Result<(), u32> {
    let mut words = Words::new()?;
    let other = thread::spawn(|| Words::new()?.count("and two more words"));
    println!("{}", words.count("three little words")?);
    println!("{}", other.join().unwrap()?);
    Ok(())
}
