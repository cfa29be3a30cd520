//! Sizes of files that are made for it, and of files that are damaged.

use super::*;
use object::write::{Object, StandardSection, Symbol, SymbolSection};
use object::{Architecture, BinaryFormat, Endianness, SymbolFlags, SymbolKind, SymbolScope};

fn module() -> Vec<u8> {
    wat::parse_str(
        r#"(module $m
            (import "env" "f" (func))
            (table 1 funcref) (elem (i32.const 0) 0)
            (memory 1)
            (func $_ZN3app4mainEv (export "_start") (call 0))
            (func)
            (func $core.fmt)
            (data (i32.const 0) "0123456789")
            (data $named "abc")
            (@custom ".debug_info" "xyz")
            (@custom "mine" "12345"))"#,
    )
    .unwrap()
}

#[track_caller]
fn check(sizes: &Sizes, len: usize) {
    let sum = |bytes: &mut dyn Iterator<Item = u64>| bytes.sum::<u64>();
    let len = len as u64;
    assert_eq!(sizes.size, len);
    assert_eq!(sum(&mut sizes.items.iter().map(|item| item.bytes)), len);
    assert_eq!(sum(&mut sizes.kinds.iter().map(|kind| kind.bytes)), len);
    assert_eq!(
        sum(&mut sizes.sections.iter().map(|section| section.bytes)),
        len
    );
}

#[track_caller]
fn bytes(sizes: &Sizes, name: &str) -> (Kind, u64) {
    let mut items = sizes.items.iter();
    let item = items.find(|item| item.name.as_deref() == Some(name));
    let item = item.unwrap_or_else(|| panic!("no {name}: {sizes:?}"));
    (item.kind, item.bytes)
}

#[test]
fn a_module_by_section_function_and_segment() {
    let wasm = module();
    let sizes = Sizes::of(&wasm).unwrap();
    check(&sizes, wasm.len());
    assert_eq!(bytes(&sizes, "app::main()"), (Kind::Code, 5));
    assert_eq!(bytes(&sizes, "wasm-function[2]"), (Kind::Code, 3));
    assert_eq!(bytes(&sizes, "segment 0"), (Kind::Data, 15));
    assert_eq!(bytes(&sizes, "segment 1 (named)"), (Kind::Data, 5));
    assert_eq!(bytes(&sizes, "mine").0, Kind::Custom);
    assert_eq!(bytes(&sizes, ".debug_info").0, Kind::Debug);
    assert_eq!(bytes(&sizes, "element").0, Kind::Tables);
    let groups: Vec<_> = sizes.groups.iter().map(|g| g.name.as_deref()).collect();
    assert_eq!(groups, [Some("app"), None, Some("core")]);
}

#[test]
fn a_text_is_measured_as_the_binary_it_stands_for() {
    let sizes = Sizes::of(b"(module (func))").unwrap();
    let wasm = wat::parse_str("(module (func))").unwrap();
    check(&sizes, wasm.len());
}

/// An object with functions `_ZN3app1fEv` (4 bytes), `inner` (within it) and 2 bytes without a name.
fn object() -> Vec<u8> {
    let mut object = Object::new(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little);
    let text = object.section_id(StandardSection::Text);
    object.append_section_data(text, &[0x90; 10], 1);
    let data = object.section_id(StandardSection::ReadOnlyData);
    object.append_section_data(data, b"12345678", 1);
    for (name, section, value, size, kind) in [
        ("_ZN3app1fEv", text, 0, 4, SymbolKind::Text),
        ("inner", text, 2, 2, SymbolKind::Text),
        ("other\x1b[31m", text, 6, 9999, SymbolKind::Text),
        ("table", data, 3, 2, SymbolKind::Data),
    ] {
        object.add_symbol(Symbol {
            name: name.into(),
            value,
            size,
            kind,
            scope: SymbolScope::Linkage,
            weak: false,
            section: SymbolSection::Section(section),
            flags: SymbolFlags::None,
        });
    }
    object.write().unwrap()
}

#[test]
fn an_object_by_section_and_symbol() {
    let file = object();
    let sizes = Sizes::of(&file).unwrap();
    check(&sizes, file.len());
    assert_eq!(bytes(&sizes, "app::f()"), (Kind::Code, 4));
    // Cut at the end of the section.
    assert_eq!(bytes(&sizes, "other\x1b[31m"), (Kind::Code, 4));
    assert_eq!(bytes(&sizes, "table"), (Kind::Data, 2));
    let mut unnamed = sizes.items.iter().filter(|item| item.name.is_none());
    let of_text = unnamed.find(|item| item.section == ".text").unwrap();
    assert_eq!((of_text.kind, of_text.bytes), (Kind::Code, 2));
    assert!(
        !sizes
            .items
            .iter()
            .any(|i| i.name.as_deref() == Some("inner"))
    );
}

#[test]
fn every_mutation_is_answered_and_adds_up() {
    for file in [module(), object()] {
        for at in 0..file.len() {
            for bits in [1, 0x7f, 0x80, 0xff] {
                let mut mutated = file.clone();
                mutated[at] ^= bits;
                if let Ok(sizes) = Sizes::of(&mutated)
                    && mutated.starts_with(&file[..4])
                {
                    check(&sizes, mutated.len());
                }
            }
        }
        for len in 0..file.len() {
            if let Ok(sizes) = Sizes::of(&file[..len]) {
                check(&sizes, len);
            }
        }
    }
}

#[test]
fn what_is_neither_is_told_what_it_is() {
    for (contents, words) in [
        (&b""[..], "empty"),
        (b"!<arch>\n", "an archive"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\0asm\x0d\0\x01\0", "a component"),
        (b"\0asm\x01\0\0\0\x01\x05", "cut short"),
    ] {
        let error = Sizes::of(contents).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}
