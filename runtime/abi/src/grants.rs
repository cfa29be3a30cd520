//! Granted directories and files as people write them, at build and at launch.

/// Why a directory or a file cannot be granted so.
pub type Problem = &'static str;

/// Refuses a path that only a shell would understand.
pub fn check_path(path: &[u8]) -> Result<(), Problem> {
    match path {
        [] => Err("the path on the host is empty"),
        b"~" | [b'~', b'/', ..] => {
            Err("`~` stands for no directory here: write the path out, or `./~` if it is its name")
        }
        _ => Ok(()),
    }
}

/// Refuses a path without a name in the program, `HOST`, that was meant to have an access.
pub fn check_lone_path(path: &[u8]) -> Result<(), Problem> {
    if path.ends_with(b":ro") || path.ends_with(b":rw") {
        return Err("an access follows the name in the program: write HOST::GUEST:ro");
    }
    check_path(path)
}

/// Splits `GUEST[:ro]` into the name and whether nothing may be changed. Where `has_escapes`, a
/// byte after `\` means itself.
pub fn parse_guest(guest: &[u8], has_escapes: bool) -> Result<(&[u8], bool), Problem> {
    let (name, access) = split_access(guest, has_escapes);
    let is_read_only = match access {
        None => false,
        Some(b"ro") => true,
        Some(_) => {
            return Err(
                "what follows the name in the program is not `:ro`; without it, files can \
                        be changed",
            );
        }
    };
    match name {
        [] => Err("the name in the program is empty"),
        name => Ok((name, is_read_only)),
    }
}

/// Splits at the last `:`, behind which an access has no `/`.
fn split_access(guest: &[u8], has_escapes: bool) -> (&[u8], Option<&[u8]>) {
    let mut colon = None;
    let mut bytes = guest.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' if has_escapes => drop(bytes.next()),
            b':' => colon = Some(at),
            b'/' => colon = None,
            _ => {}
        }
    }
    match colon {
        Some(at) => (guest.get(..at).unwrap_or_default(), guest.get(at + 1..)),
        None => (guest, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests() {
        let guest = |text: &'static str| parse_guest(text.as_bytes(), true);
        assert_eq!(guest("/d"), Ok((&b"/d"[..], false)));
        assert_eq!(guest("/d:ro"), Ok((&b"/d"[..], true)));
        assert_eq!(guest(r"/d\:ro"), Ok((&br"/d\:ro"[..], false)));
        assert_eq!(guest("/a:b/c"), Ok((&b"/a:b/c"[..], false)));
        assert_eq!(guest("."), Ok((&b"."[..], false)));
        for wrong in ["", ":ro", "/d:rw", "/d:", "/d:RO", "a:b", "/d:ro:ro:x"] {
            assert!(guest(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_guest(br"a\:ro", false), Ok((&br"a\"[..], true)));
    }

    #[test]
    fn paths() {
        for right in [".", "/", "~x", "./~", "a~/b"] {
            assert_eq!(check_path(right.as_bytes()), Ok(()), "{right}");
        }
        for wrong in ["", "~", "~/x"] {
            assert!(check_path(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(check_lone_path(b"data:ro").is_err());
        assert_eq!(check_lone_path(b"data:x"), Ok(()));
    }
}
