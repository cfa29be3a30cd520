//! Lookups, and images that say nonsense. What WASI functions answer is compared with Linux, in
//! `tests/wasi/embedded.rs`.

use super::lookup::Found;
use super::{Open, Place};
use crate::sys::errno::Errno;
use crate::sys::types::FileType;
use crate::testing::{CHAIN, image};
use kiln_abi::embed::Image;
use rustix::fs::OFlags;

fn root(image: Vec<u8>) -> Option<Place> {
    Place::root(Image(image.leak()), 0)
}

#[test]
fn as_many_links_are_followed_as_linux_follows() {
    let root = root(image()).expect("a tree");
    let file = root.find(b"a", false).expect("a file");
    assert_eq!(root.find(b"c00", true), Err(Errno::LOOP));
    assert_eq!(root.find(b"c01", true), Ok(file));
    let link = root.find(format!("c{:02}", CHAIN - 1).as_bytes(), false);
    assert_eq!(link.and_then(Place::target), Ok(&b"a"[..]));
}

#[test]
fn a_directory_is_not_left_upwards() {
    let root = root(image()).expect("a tree");
    let dir = root.find(b"l/", false).expect("a directory");
    assert_eq!(dir.file_type(), Ok(FileType::Directory));
    assert!(dir.find(b"a", true).is_ok());
    for path in [&b".."[..], b"../a", "./../d/a".as_bytes(), b"../../d"] {
        assert_eq!(dir.find(path, true), Err(Errno::PERM));
    }
    assert_eq!(root.find(b"d/../a", true), root.find(b"a", true));
    assert_eq!(root.find(b"up", true), Err(Errno::PERM));
    assert_eq!(root.look_up(b"d/new", true, true), Ok(Found::Vacant));
    assert_eq!(root.look_up(b"new/", true, false), Err(Errno::NOENT));
    for (path, errno) in [
        (&b"new/"[..], Errno::ISDIR),
        (b"d/new//", Errno::ISDIR),
        (b"a/", Errno::ISDIR),
        (b"missing/new/", Errno::NOENT),
        (b"a/new/", Errno::NOTDIR),
        (b"../new/", Errno::PERM),
    ] {
        assert_eq!(root.look_up(path, true, true), Err(errno));
    }
}

#[test]
fn a_damaged_image_does_no_harm() {
    let good = image();
    // Marsaglia's xorshift64.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    let mut read = 0;
    for _ in 0..2000 {
        let mut bytes = good.clone();
        for _ in 0..1 + random() % 8 {
            let at = random() % bytes.len();
            bytes[at] = random() as u8;
        }
        let Some(root) = root(bytes) else { continue };
        for path in ["a", "d/a", "l/a", "c02", "up", "d/../d/./a", "new", "."] {
            let Ok(place) = root.find(path.as_bytes(), true) else {
                continue;
            };
            let open = Open::new(place, OFlags::empty());
            read += open.bytes_from(3).map_or(0, <[u8]>::len);
            let children = place.children().unwrap_or_default();
            read += children
                .take(100)
                .filter_map(|child| place.child(child).ok())
                .count();
            let refused = place.refuse_creation(path.as_bytes(), true);
            assert_ne!(Errno::code(Err(refused)), 0);
        }
    }
    assert!(read > 10_000, "only {read}");
}
