use super::combine;
use kiln_link::Input;
use object::write::{Object, Relocation, Symbol, SymbolId, SymbolSection};
use object::{
    Architecture, BinaryFormat, Endianness, Object as _, ObjectSection as _, ObjectSymbol as _,
    RelocationFlags, SectionKind, SymbolFlags, SymbolKind, SymbolScope, elf,
};
use std::collections::{BTreeMap, BTreeSet};

/// An object with functions, a section each, that call others.
fn functions(functions: &[(&str, &[&str])]) -> Vec<u8> {
    let mut object = Object::new(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little);
    let mut symbols = BTreeMap::new();
    for (name, _) in functions {
        let section = format!(".text.{name}").into_bytes();
        let section = object.add_section(Vec::new(), section, SectionKind::Text);
        let symbol = symbol(&mut object, name, SymbolSection::Section(section));
        symbols.insert(*name, symbol);
    }
    for (name, callees) in functions {
        let section = object.symbol(symbols[name]).section.id().unwrap();
        for callee in *callees {
            let target = *symbols
                .entry(callee)
                .or_insert_with(|| symbol(&mut object, callee, SymbolSection::Undefined));
            let offset = object.append_section_data(section, &[0xe8, 0, 0, 0, 0], 1) + 1;
            let relocation = Relocation {
                offset,
                symbol: target,
                addend: -4,
                flags: RelocationFlags::Elf {
                    r_type: elf::R_X86_64_PLT32,
                },
            };
            object.add_relocation(section, relocation).unwrap();
        }
        object.append_section_data(section, name.as_bytes(), 1);
    }
    object.write().unwrap()
}

fn symbol(object: &mut Object, name: &str, section: SymbolSection) -> SymbolId {
    object.add_symbol(Symbol {
        name: name.into(),
        value: 0,
        size: 0,
        kind: SymbolKind::Text,
        scope: SymbolScope::Dynamic,
        weak: false,
        section,
        flags: SymbolFlags::None,
    })
}

fn combined(inputs: &[&[u8]]) -> Result<Vec<u8>, String> {
    let names: Vec<_> = (0..inputs.len()).map(|i| format!("{i}.o")).collect();
    let inputs: Vec<_> = names
        .iter()
        .zip(inputs)
        .map(|(name, &bytes)| Input {
            name,
            bytes: bytes.into(),
        })
        .collect();
    let public = BTreeSet::from(["main".to_owned()]);
    combine(&inputs, &public, false).map_err(|error| error.to_string())
}

/// Names and what they are: `T` seen from outside, `t` not, `U` undefined.
fn symbols(object: &[u8]) -> Vec<(String, char)> {
    let file = object::File::parse(object).unwrap();
    let mut symbols: Vec<_> = file
        .symbols()
        .filter(|symbol| !symbol.name().unwrap().is_empty())
        .map(|symbol| {
            let letter = match (symbol.is_undefined(), symbol.is_global()) {
                (true, _) => 'U',
                (false, true) => 'T',
                (false, false) => 't',
            };
            (symbol.name().unwrap().to_owned(), letter)
        })
        .collect();
    symbols.sort();
    symbols
}

fn named(symbols: &[(&str, char)]) -> Vec<(String, char)> {
    symbols
        .iter()
        .map(|(name, c)| ((*name).to_owned(), *c))
        .collect()
}

#[test]
fn only_what_is_reached_stays_and_only_what_is_public_shows() {
    let module = functions(&[("main", &["helper", "system"]), ("unused", &["nowhere"])]);
    let runtime = functions(&[("helper", &["main"]), ("other", &["helper"])]);
    let object = combined(&[&module, &runtime]).unwrap();
    let expected = named(&[("helper", 't'), ("main", 'T'), ("system", 'U')]);
    assert_eq!(symbols(&object), expected);
    let file = object::File::parse(&*object).unwrap();
    let main = file.section_by_name(".text.main").unwrap();
    assert_eq!(main.data().unwrap(), b"\xe8\0\0\0\0\xe8\0\0\0\0main");
    assert_eq!(main.relocations().count(), 2);
    assert!(file.section_by_name(".note.GNU-stack").is_some());
}

#[test]
fn members_of_archives_are_taken_as_needed() {
    let main = functions(&[("main", &["first"])]);
    let first = crate::archive::archive("first.o", &functions(&[("first", &["second"])])).unwrap();
    let second = crate::archive::archive("second.o", &functions(&[("second", &[])])).unwrap();
    let same = crate::archive::archive("same.o", &functions(&[("main", &[])])).unwrap();
    let object = combined(&[&second, &main, &first, &same]).unwrap();
    let expected = named(&[("first", 't'), ("main", 'T'), ("second", 't')]);
    assert_eq!(symbols(&object), expected);
}

#[test]
fn what_is_defined_twice_is_named() {
    let main = functions(&[("main", &[])]);
    let error = combined(&[&main, &main]).unwrap_err();
    assert_eq!(error, "`main` is defined by `0.o` and by `1.o`");
}

#[test]
fn damaged_objects_are_errors_or_nonsense_but_no_panic() {
    let object = functions(&[("main", &["other"]), ("other", &[])]);
    for at in 20..object.len() {
        let mut damaged = object.clone();
        damaged[at] ^= 0xff;
        let _ = combined(&[&damaged]);
        let _ = combined(&[&object[..at]]);
    }
    assert!(
        combined(&[b"INPUT(/etc/passwd)"])
            .unwrap_err()
            .contains("neither")
    );
}
