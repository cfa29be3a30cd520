//! Uses the reactors from Rust, whatever language they are written in. Arguments: a directory with
//! a file `seven` of 7 bytes in it, and how many instances to use in the end.

use std::ffi::{c_char, c_int, c_void, CString};

#[repr(C)]
struct Instance {
    _opaque: [u8; 0],
}

extern "C" {
    fn reactor_instance_new(instance: *mut *mut Instance) -> u32;
    fn reactor_instance_dir(
        instance: *mut Instance,
        host: *const c_char,
        guest: *const c_char,
        read_only: c_int,
    ) -> u32;
    fn reactor_instance_start(instance: *mut Instance) -> u32;
    fn reactor_instance_write(
        instance: *mut Instance,
        address: u64,
        bytes: *const c_void,
        len: usize,
    ) -> u32;
    fn reactor_instance_memory(instance: *mut Instance) -> *const u8;
    fn reactor_instance_free(instance: *mut Instance);
    fn reactor_allocate(instance: *mut Instance, len: i32, result: *mut i32) -> u32;
    fn reactor_shout(instance: *mut Instance, text: i32, len: i32, result: *mut i32) -> u32;
    fn reactor_file_size(instance: *mut Instance, name: i32, len: i32, result: *mut i64) -> u32;
    fn reactor_half(instance: *mut Instance, number: f64, result: *mut f64) -> u32;
}

fn main() {
    let folder = CString::new(std::env::args().nth(1).unwrap()).unwrap();
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let folder = folder.clone();
            std::thread::spawn(move || unsafe { use_one(&folder) })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());

    let count: usize = std::env::args().nth(2).unwrap().parse().unwrap();
    let use_some = |count| (0..count).for_each(|_| unsafe { use_one(&folder) });
    use_some(count / 20);
    let before = footprint();
    use_some(count - count / 20);
    let after = footprint();
    assert!(after.0 <= before.0, "mappings: {before:?}, then {after:?}");
    assert_eq!(after.1, before.1, "descriptors");
    println!("hello");
}

/// Counts the mappings and descriptors of the process.
fn footprint() -> (usize, usize) {
    let mappings = std::fs::read_to_string("/proc/self/maps").unwrap();
    let descriptors = std::fs::read_dir("/proc/self/fd").unwrap();
    (mappings.lines().count(), descriptors.count())
}

unsafe fn use_one(folder: &CString) {
    let mut instance = std::ptr::null_mut();
    assert_eq!(reactor_instance_new(&mut instance), 0);
    let guest = c"/data".as_ptr();
    assert_eq!(reactor_instance_dir(instance, folder.as_ptr(), guest, 0), 0);
    assert_eq!(reactor_instance_start(instance), 0);

    let words = "Grüße an alle";
    let address = put(instance, words);
    let mut letters = 0;
    assert_eq!(reactor_shout(instance, address, words.len() as i32, &mut letters), 0);
    assert!(letters > 0);
    let memory = reactor_instance_memory(instance).add(address as usize);
    assert!(std::slice::from_raw_parts(memory, words.len()).ends_with(b"AN ALLE"));

    let mut size = 0;
    let name = put(instance, "/data/seven");
    assert_eq!(reactor_file_size(instance, name, 11, &mut size), 0);
    assert_eq!(size, 7);
    let mut half = 0.0;
    assert_eq!(reactor_half(instance, -3.0, &mut half), 0);
    assert_eq!(half, -1.5);
    reactor_instance_free(instance);
}

unsafe fn put(instance: *mut Instance, text: &str) -> i32 {
    let mut address = 0;
    assert_eq!(reactor_allocate(instance, text.len() as i32, &mut address), 0);
    let bytes = text.as_ptr().cast();
    assert_eq!(reactor_instance_write(instance, address as u64, bytes, text.len()), 0);
    address
}
