use super::combine;
use crate::Target;
use crate::target::Machine;
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
    combine(Machine::of(Target::X86_64), &inputs, &public, false, false)
        .map_err(|error| error.to_string())
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

/// The `.eh_frame` of functions in sections of their own: an entry that all share, one for each, and
/// the end.
fn frames(object: &[u8], functions: &[&str]) -> Vec<u8> {
    let file = object::File::parse(object).unwrap();
    let mut object = Object::new(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little);
    let name = b".eh_frame".to_vec();
    let table = object.add_section(Vec::new(), name, SectionKind::ReadOnlyData);
    let word = |value: usize| (value as u32).to_le_bytes();
    // Length, no distance, and contents.
    object.append_section_data(table, &[word(8), word(0), *b"\x01\0\0\0"].concat(), 4);
    for name in functions {
        let section = format!(".text.{name}");
        let code = file.section_by_name(&section).unwrap().data().unwrap();
        let text = object.add_section(Vec::new(), section.into_bytes(), SectionKind::Text);
        object.append_section_data(text, code, 1);
        symbol(&mut object, name, SymbolSection::Section(text));
        let start = object.section(table).data().len();
        let entry = [
            word(12),
            word(start + 4),
            word(0),
            *name.as_bytes().first_chunk().unwrap(),
        ];
        object.append_section_data(table, &entry.concat(), 1);
        let relocation = Relocation {
            offset: start as u64 + 8,
            symbol: object.section_symbol(text),
            addend: 0,
            flags: RelocationFlags::Elf {
                r_type: elf::R_X86_64_PC32,
            },
        };
        object.add_relocation(table, relocation).unwrap();
    }
    object.append_section_data(table, &[0; 4], 1);
    object.write().unwrap()
}

#[test]
fn frames_of_dropped_functions_are_dropped() {
    let plain = functions(&[("gone", &[]), ("main", &[])]);
    let object = frames(&plain, &["gone", "main"]);
    let object = combined(&[&object]).unwrap();
    let file = object::File::parse(&*object).unwrap();
    let table = file.section_by_name(".eh_frame").unwrap();
    let data = table.data().unwrap();
    assert_eq!(data.len(), 12 + 16);
    assert_eq!(&data[24..], b"main");
    // The entry shared begins 16 bytes before the word that says so.
    assert_eq!(data[16..20], 16u32.to_le_bytes());
    let relocations: Vec<_> = table.relocations().map(|(offset, _)| offset).collect();
    assert_eq!(relocations, [20]);
}

#[test]
fn damaged_frames_are_errors_or_nonsense_but_no_panic() {
    let object = frames(
        &functions(&[("gone", &[]), ("main", &[])]),
        &["gone", "main"],
    );
    for at in 20..object.len() {
        for with in [0xff, 0x01, 0x80] {
            let mut damaged = object.clone();
            damaged[at] ^= with;
            let _ = combined(&[&damaged]);
        }
    }
}
