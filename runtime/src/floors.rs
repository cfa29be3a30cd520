//! The test that the runtime's modules stand on one another without circles: a module uses those below it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::vec::Vec;

/// Files that are compiled for tests alone, which use what they like.
const FOR_TESTS: [&str; 4] = ["tests.rs", "fuzz.rs", "testing.rs", "floors.rs"];

/// The files of Rust in a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let files = paths.flat_map(|path| match path.is_dir() {
        true => files(&path),
        false => Vec::from([path]),
    });
    let is_built = |path: &PathBuf| !FOR_TESTS.iter().any(|name| path.ends_with(name));
    files.filter(is_built).collect()
}

/// The names that a file uses of the crate: `crate::NAME`, `crate::{NAME, NAME::…}`.
fn used(file: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(file).unwrap();
    let (text, _) = text
        .split_once("#[cfg(test)]\nmod tests {")
        .unwrap_or((&text, ""));
    let code = text.lines().map(|line| line.split("//").next().unwrap());
    let code = code.collect::<Vec<_>>().join(" ");
    let mut names = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let mut depth = 0;
        for word in rest.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_') {
            let name = word.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_');
            // A path inside a group follows a name.
            let is_first = depth == 0
                || !rest[..name.as_ptr() as usize - rest.as_ptr() as usize].ends_with("::");
            if !name.is_empty() && is_first && depth <= 1 {
                names.insert(name.to_string());
            }
            match word.chars().last() {
                Some('{') => depth += 1,
                Some('}') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    names
}

#[test]
fn modules_stand_on_one_another_without_circles() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut uses = BTreeMap::<String, BTreeSet<String>>::new();
    for file in files(&source) {
        let module = file.strip_prefix(&source).unwrap().iter().next().unwrap();
        let module = module.to_str().unwrap().trim_end_matches(".rs").to_string();
        let mut names = used(&file);
        names.remove(&module);
        uses.entry(module).or_default().append(&mut names);
    }
    uses.remove("lib");
    assert!(uses["wasi"].contains("sys") && uses["start"].contains("signal"));
    // Takes away from the bottom what stands on nothing that is left.
    while let Some(lowest) = {
        let stands_on_none =
            |names: &BTreeSet<String>| names.iter().all(|name| !uses.contains_key(name));
        let lowest = uses.iter().find(|(_, names)| stands_on_none(names));
        lowest.map(|(module, _)| module.clone())
    } {
        uses.remove(&lowest);
    }
    let left: BTreeSet<_> = uses.keys().cloned().collect();
    for names in uses.values_mut() {
        names.retain(|name| left.contains(name));
    }
    assert!(uses.is_empty(), "modules use one another: {uses:#?}");
}
