//! The group of a function, by its name: the crate of a Rust function, the outermost namespace or
//! class of a C++ function, the package of a Go function, the file of an AssemblyScript function.

/// C++'s name of a namespace that has none.
const ANONYMOUS: &str = "(anonymous namespace)";
/// Prefixes of functions that C++ makes for others.
const THUNKS: [&str; 3] = [
    "non-virtual thunk to ",
    "virtual thunk to ",
    "covariant return thunk to ",
];
/// Suffixes behind a dot that compilers and linkers add to a name.
const SUFFIXES: [&str; 9] = [
    "clone",
    "cold",
    "command_export",
    "constprop",
    "isra",
    "llvm",
    "lto_priv",
    "part",
    "resume",
];
/// Ends of the domains that Go packages begin with. In a module `_` stands for `/`.
const DOMAINS: [&str; 6] = ["com", "dev", "in", "io", "net", "org"];

/// Gives what a function with this demangled name belongs to, where the name tells.
pub(super) fn of(name: &str) -> Option<&str> {
    let mut name = name;
    while let Some(rest) = THUNKS.iter().find_map(|thunk| name.strip_prefix(thunk)) {
        name = rest;
    }
    root(name)
        .or_else(|| file(name))
        .or_else(|| package(name))
        .filter(|group| !group.is_empty())
}

/// The first part of a path whose parts are separated by `::`.
fn root(name: &str) -> Option<&str> {
    if name.starts_with(ANONYMOUS) {
        return Some(ANONYMOUS);
    }
    if let Some(inner) = name.strip_prefix('<') {
        let inner = &inner[..matching(inner)?];
        return match split_as(inner) {
            Some((ty, behind)) => root_of_type(ty).or_else(|| root(behind)),
            None => root_of_type(inner),
        };
    }
    let part = &name[..name.find("::")?];
    // In `f(a::b)` and `operator new(..)` the path is not the name's.
    let part = part.split_once('<').map_or(part, |(before, _)| before);
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '-' | '~');
    part.chars().all(is_name).then_some(part)
}

/// The same of a type, which may be behind references and in a list.
fn root_of_type(ty: &str) -> Option<&str> {
    let mut ty = ty;
    loop {
        let rest = ty.trim_start_matches(['&', '*', '[', '(', ' ']);
        let words = ["mut ", "const ", "dyn ", "impl "];
        let rest = words
            .iter()
            .find_map(|word| rest.strip_prefix(word))
            .unwrap_or(rest);
        if rest.len() == ty.len() {
            return root(ty);
        }
        ty = rest;
    }
}

/// The offset of the `>` that closes what has been opened before the text.
fn matching(text: &str) -> Option<usize> {
    depths(text).find(|(_, depth)| *depth < 0).map(|(at, _)| at)
}

/// The two sides of the ` as ` that is in no brackets.
fn split_as(text: &str) -> Option<(&str, &str)> {
    const AS: &str = " as ";
    let mut outside = depths(text).filter(|(_, depth)| *depth == 0);
    let is_there = |at: usize| text.get(at..).is_some_and(|rest| rest.starts_with(AS));
    let (at, _) = outside.find(|(at, _)| is_there(*at))?;
    Some((&text[..at], &text[at + AS.len()..]))
}

/// The offset of each byte of a text, and in how many brackets opened in it one is behind that byte.
fn depths(text: &str) -> impl Iterator<Item = (usize, i32)> {
    let mut depth = 0;
    let mut before = b' ';
    text.bytes().enumerate().map(move |(at, byte)| {
        match byte {
            b'<' | b'(' | b'[' => depth += 1,
            // Not the arrow of a function's type.
            b'>' if before == b'-' => {}
            b'>' | b')' | b']' => depth -= 1,
            _ => {}
        }
        before = byte;
        (at, depth)
    })
}

/// The file that a path with slashes names, before the function.
fn file(name: &str) -> Option<&str> {
    let path = name.split_once('<').map_or(name, |(before, _)| before);
    let path = path.split_once('(').map_or(path, |(before, _)| before);
    let (folder, last) = path.rsplit_once('/')?;
    // A Go package in full: what follows the last slash begins with its last part.
    match last.split_once('.') {
        Some((package, _)) => Some(&name[..folder.len() + 1 + package.len()]),
        None => Some(folder),
    }
}

/// The package before the first dot, in the domain's place the one before the next.
fn package(name: &str) -> Option<&str> {
    let (first, rest) = name.split_once('.')?;
    if !first.chars().all(|c| c.is_alphanumeric() || c == '_') || !rest.starts_with(is_initial) {
        return None;
    }
    if SUFFIXES.contains(&rest.split(['.', '$']).next().unwrap_or_default()) {
        return None;
    }
    let is_domain = DOMAINS.iter().any(|domain| {
        rest.strip_prefix(domain)
            .is_some_and(|rest| rest.starts_with('_'))
    });
    match rest.split_once('.') {
        Some((more, _)) if is_domain => Some(&name[..first.len() + 1 + more.len()]),
        _ => Some(first),
    }
}

fn is_initial(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '_' | '(')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_each_language() {
        for (name, group) in [
            // Rust.
            ("core::fmt::Formatter::pad", Some("core")),
            (
                "<alloc::string::String as core::fmt::Display>::fmt",
                Some("alloc"),
            ),
            ("<&T as core::fmt::Debug>::fmt", Some("core")),
            (
                "<&mut app::W<alloc::vec::Vec<u8>> as core::fmt::Write>::f",
                Some("app"),
            ),
            ("<[T] as app::Slice>::f", Some("app")),
            ("<app::Thing>::f", Some("app")),
            ("<dyn core::any::Any>::is", Some("core")),
            ("<fn(a::B) -> c::D as core::ops::Fn>::call", Some("core")),
            ("app::main::{closure#0}", Some("app")),
            // C++.
            (
                "std::vector<int, std::allocator<int> >::push_back(int const&)",
                Some("std"),
            ),
            ("a::operator<<(int)", Some("a")),
            ("Shape<int>::area() const", Some("Shape")),
            ("non-virtual thunk to a::B::f()", Some("a")),
            ("(anonymous namespace)::f()", Some(ANONYMOUS)),
            ("f(a::B)", None),
            ("operator new(unsigned long)", None),
            // Go, in a module and in full.
            ("runtime.mallocgc", Some("runtime")),
            ("encoding_json.Marshal", Some("encoding_json")),
            ("github.com_a_b.F", Some("github.com_a_b")),
            ("runtime.(*mheap).alloc", Some("runtime")),
            ("encoding/json.Marshal", Some("encoding/json")),
            ("github.com/a/b.(*T).F", Some("github.com/a/b")),
            // AssemblyScript.
            ("~lib/rt/itcms/__visit", Some("~lib/rt/itcms")),
            (
                "~lib/array/Array<~lib/string/String>#push",
                Some("~lib/array"),
            ),
            // C, and none.
            ("printf", None),
            ("f.isra.0", None),
            ("f.123", None),
            ("g.llvm.99", None),
            ("main.command_export", None),
            ("wasm-function[3]", None),
            ("", None),
            ("::", None),
            ("<", None),
            (".", None),
            ("/", None),
            ("<é as ", None),
        ] {
            assert_eq!(of(name), group, "{name}");
        }
    }
}
