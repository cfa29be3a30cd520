//! Trees, and the images made of them.

use super::{Tree, image};
use kiln_abi::embed::{IMAGE_MAX, Image, NodeKind};
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::time::{Duration, SystemTime};

/// Gives what an image holds, a line for each node below a root: path, type, contents.
fn listing(bytes: &[u8], root: u32) -> Vec<String> {
    let image = Image(bytes);
    let mut lines = Vec::new();
    let mut directories = vec![(root, String::new())];
    while let Some((number, path)) = directories.pop() {
        let NodeKind::Directory(children) = image.node(number).unwrap().kind else {
            panic!("{path} is no directory");
        };
        for child in children.clone() {
            let node = image.node(child).unwrap();
            assert_eq!(node.parent, number);
            assert_eq!(image.find(children.clone(), node.name), Some(child));
            let name = str::from_utf8(node.name).unwrap();
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            lines.push(match node.kind {
                NodeKind::File(contents) => format!("{path}{name} = {}", text(contents)),
                NodeKind::Link(target) => format!("{path}{name} -> {}", text(target)),
                NodeKind::Directory(_) => {
                    let path = format!("{path}{name}/");
                    directories.push((child, path.clone()));
                    path
                }
            });
        }
    }
    lines.sort();
    lines
}

fn error(result: Result<impl Sized, crate::Error>) -> String {
    result.err().expect("an error").to_string()
}

#[test]
fn a_tree_made_by_hand_is_written_whole() {
    let mut tree = Tree::new();
    tree.add_file("b/c/deep", "1").unwrap();
    tree.add_file("b/c.txt", "2").unwrap();
    tree.add_file("b/c.txt", "3").unwrap();
    tree.add_link("a", "b/c").unwrap();
    tree.add_directory("empty/inner").unwrap();
    let mut other = Tree::new();
    other.add_file("x", b"y").unwrap();
    let bytes = image([&tree, &other].into_iter()).unwrap();
    let expected = [
        "a -> b/c",
        "b/",
        "b/c.txt = 3",
        "b/c/",
        "b/c/deep = 1",
        "empty/",
        "empty/inner/",
    ];
    assert_eq!(listing(&bytes, 0), expected);
    assert_eq!(listing(&bytes, 1), ["x = y"]);
    assert_eq!((tree.files(), tree.bytes()), (2, 2));
    assert_eq!(image([].into_iter()).unwrap(), b"");
}

#[test]
fn what_is_no_path_is_refused() {
    let mut tree = Tree::new();
    tree.add_file("file", "").unwrap();
    tree.add_directory("dir").unwrap();
    for path in ["", "/", "/a", "a/", "a//b", ".", "./a", "a/../b", "a\0b"] {
        let refused = error(tree.add_file(path, ""));
        assert!(refused.contains(&format!("`{path}`")), "{refused}");
        assert!(tree.add_directory(path).is_err(), "{path}");
    }
    assert!(error(tree.add_file("dir", "")).contains("a directory is there"));
    assert!(error(tree.add_link("file/x", "y")).contains("`file` is no directory"));
}

#[test]
fn a_directory_of_the_host_is_read_in_a_fixed_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let names = ["z", "a.b", "a", "dir/z", "dir/b/ä", "dir/B"];
    for name in names {
        fs::create_dir_all(path(name).parent().unwrap()).unwrap();
        fs::write(path(name), name).unwrap();
    }
    fs::create_dir(path("none")).unwrap();
    symlink("/etc/passwd", path("absolute")).unwrap();
    symlink("dir", path("to-dir")).unwrap();
    let first = image([&Tree::read(folder.path()).unwrap()].into_iter()).unwrap();
    let expected = [
        "a = a",
        "a.b = a.b",
        "absolute -> /etc/passwd",
        "dir/",
        "dir/B = dir/B",
        "dir/b/",
        "dir/b/ä = dir/b/ä",
        "dir/z = dir/z",
        "none/",
        "to-dir -> dir",
        "z = z",
    ];
    assert_eq!(listing(&first, 0), expected);

    let copy = tempfile::tempdir().unwrap();
    let mut tree = Tree::new();
    for name in names.iter().rev() {
        tree.add_file(name, *name).unwrap();
        fs::create_dir_all(copy.path().join(name).parent().unwrap()).unwrap();
        fs::write(copy.path().join(name), name).unwrap();
    }
    for (link, target) in [("absolute", "/etc/passwd"), ("to-dir", "dir")] {
        tree.add_link(link, target).unwrap();
        symlink(target, copy.path().join(link)).unwrap();
    }
    tree.add_directory("none").unwrap();
    fs::create_dir(copy.path().join("none")).unwrap();
    let second = image([&Tree::read(copy.path()).unwrap()].into_iter()).unwrap();
    assert_eq!(first, second, "made of files written in another order");
    assert_eq!(first, image([&tree].into_iter()).unwrap());
}

#[test]
fn times_are_kept_on_request_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = File::create(folder.path().join("file")).unwrap();
    let time = Duration::new(1_700_000_000, 5);
    file.set_modified(SystemTime::UNIX_EPOCH + time).unwrap();
    let old = File::create(folder.path().join("old")).unwrap();
    let before_1970 = SystemTime::UNIX_EPOCH - Duration::from_millis(1500);
    old.set_modified(before_1970).unwrap();
    let tree = Tree::read(folder.path()).unwrap();
    let times = |tree: &Tree| {
        let bytes = image([tree].into_iter()).unwrap();
        [0, 1, 2].map(|number| Image(&bytes).node(number).unwrap().time)
    };
    assert_eq!(times(&tree), [0, 0, 0]);
    let [root, file, old] = times(&tree.keep_times());
    assert!(root > 0);
    assert_eq!(file, time.as_nanos() as u64);
    assert_eq!(old, 0);
}

#[test]
fn what_cannot_be_embedded_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str| {
        let path = folder.path().join(name);
        let refused = error(Tree::read(folder.path()));
        assert!(refused.contains(&path.display().to_string()), "{refused}");
        fs::remove_file(path).unwrap();
        refused
    };
    let socket = UnixListener::bind(folder.path().join("socket")).unwrap();
    assert!(refused("socket").contains("neither a directory, a file nor"));
    drop(socket);
    let name = std::ffi::OsStr::from_bytes(b"latin\xe4");
    fs::write(folder.path().join(name), "").unwrap();
    assert!(error(Tree::read(folder.path())).contains("not UTF-8"));
    fs::remove_file(folder.path().join(name)).unwrap();
    assert!(error(Tree::read(folder.path().join("missing"))).contains("missing"));
    fs::write(folder.path().join("file"), "").unwrap();
    assert!(error(Tree::read(folder.path().join("file"))).contains("file"));
}

#[test]
fn files_too_large_are_refused_unread() {
    let folder = tempfile::tempdir().unwrap();
    for (name, len) in [("huge", 5 << 30), ("small", 1)] {
        let file = File::create(folder.path().join(name)).unwrap();
        file.set_len(len).unwrap();
    }
    let tree = Tree::read(folder.path()).unwrap();
    assert_eq!(tree.bytes(), (5 << 30) + 1);
    let refused = image([&tree].into_iter()).unwrap_err();
    assert!(refused.to_string().contains(&IMAGE_MAX.to_string()));
    assert!(refused.advice().unwrap().contains("`huge`"));
}

#[test]
fn a_file_that_is_gone_when_it_is_to_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "x").unwrap();
    let tree = Tree::read(folder.path()).unwrap();
    fs::remove_file(&path).unwrap();
    let refused = error(image([&tree].into_iter()));
    assert!(refused.contains(&path.display().to_string()), "{refused}");
}
