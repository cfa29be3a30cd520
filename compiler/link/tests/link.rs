//! Links objects assembled by the machine's `cc` and looks at what comes out, or runs it.

use kiln_link::{Input, LinkError, LinkOptions, Output as Kind, link};
use object::elf::*;
use object::read::elf::{ElfFile64, ProgramHeader};
use object::{LittleEndian as LE, Object, ObjectSection};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Command, Output, Stdio};

const HELLO: &str = r#"
    .section .text._start, "ax"
    .globl _start
_start:
    mov $1, %eax
    mov $1, %edi
    lea greeting(%rip), %rsi
    mov $12, %edx
    syscall
    mov $60, %eax
    xor %edi, %edi
    syscall

    .section .rodata.greeting, "a"
greeting:
    .ascii "hello world\n"

    .section .text.unused, "ax"
    .globl unused
unused:
    call nowhere
    .section .rodata.unused, "a"
    .ascii "dropped, with what only it refers to"
"#;

// What the linker must place apart: data that is relocated at start and then read-only, data that
// stays writable, and zeros.
const RELOCATED_DATA: &str = r#"
    .section .text._start
    lea constant(%rip), %rax
    lea variable(%rip), %rax
    lea zeros(%rip), %rax
    .section .data.rel.ro.constant, "aw"
constant:
    .quad _start
    .section .data.variable, "aw"
variable:
    .quad variable
    .section .bss.zeros, "aw", @nobits
zeros:
    .skip 100
"#;

const IMAGES: &str = r#"
    .section .text._start
    lea state(%rip), %rax
    lea image(%rip), %rax
    .section kiln_state_image, "aw", @progbits
    .balign 4096
state:
    .skip 8192, 1
    .section kiln_data_image, "aw", @progbits
    .balign 4096
image:
    .skip 8192, 2
"#;

const PAGE: u64 = 4096;

fn assemble(source: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let object = folder.path().join("object.o");
    let mut cc = Command::new("cc")
        .args(["-c", "-x", "assembler", "-o"])
        .arg(&object)
        .arg("-")
        .stdin(Stdio::piped())
        .spawn()
        .expect("cannot run `cc`: install a C compiler (package gcc)");
    let mut stdin = cc.stdin.take().unwrap();
    writeln!(stdin, "{source}").unwrap();
    drop(stdin);
    assert!(cc.wait().unwrap().success(), "cc failed");
    std::fs::read(object).unwrap()
}

fn link_one(source: &str) -> Result<Vec<u8>, LinkError> {
    let input = Input {
        name: "object.o",
        bytes: assemble(source).into(),
    };
    link(vec![input], &LinkOptions::default())
}

fn run(executable: &[u8]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("executable");
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o755)
        .open(&path)
        .unwrap()
        .write_all(executable)
        .unwrap();
    Command::new(path).output().unwrap()
}

fn parse(executable: &[u8]) -> ElfFile64<'_, LE> {
    ElfFile64::parse(executable).unwrap()
}

fn segments<'a>(
    file: &'a ElfFile64<'a, LE>,
    p_type: u32,
) -> impl Iterator<Item = &'a ProgramHeader64<LE>> {
    let headers = file.elf_program_headers().iter();
    headers.filter(move |header| header.p_type(LE) == p_type)
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

// One member in the common format of `ar` archives, without a symbol index.
fn archive(name: &str, member: &[u8]) -> Vec<u8> {
    let size = member.len();
    let mut bytes = b"!<arch>\n".to_vec();
    bytes.extend(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 644).bytes());
    bytes.extend(member);
    bytes
}

#[test]
fn an_executable_runs() {
    let output = run(&link_one(HELLO).unwrap());
    assert_eq!(output.stdout, b"hello world\n");
    assert!(output.status.success());
}

#[test]
fn it_is_static_position_independent_and_hardened() {
    let executable = link_one(&format!("{HELLO}\n{RELOCATED_DATA}")).unwrap();
    let file = parse(&executable);
    assert_eq!(file.elf_header().e_type.get(LE), ET_DYN);
    assert_eq!(segments(&file, PT_INTERP).count(), 0);
    assert_eq!(segments(&file, PT_GNU_RELRO).count(), 1);
    assert_eq!(segments(&file, PT_GNU_STACK).count(), 1);
    assert!(segments(&file, PT_GNU_STACK).all(|stack| stack.p_flags(LE) & PF_X == 0));
    let write_execute = PF_W | PF_X;
    assert!(segments(&file, PT_LOAD).all(|load| load.p_flags(LE) & write_execute != write_execute));

    let dynamic = segments(&file, PT_DYNAMIC).next().unwrap();
    let entries = dynamic.dynamic(LE, &*executable).unwrap().unwrap();
    let value = |tag: i64| entries.iter().find(|entry| entry.d_tag.get(LE) == tag);
    let flags = value(DT_FLAGS_1).unwrap().d_val.get(LE);
    assert_eq!(flags & u64::from(DF_1_PIE), DF_1_PIE.into());
    assert_eq!(flags & u64::from(DF_1_NOW), DF_1_NOW.into());
    assert!(value(DT_RELR).is_some());
    assert!(value(DT_NEEDED).is_none());
}

#[test]
fn what_start_does_not_reach_is_dropped() {
    let executable = link_one(HELLO).unwrap();
    assert!(contains(&executable, b"hello world"));
    assert!(!contains(&executable, b"dropped"));
}

#[test]
fn symbols_are_kept_or_stripped() {
    for strip in [false, true] {
        let mut options = LinkOptions::default();
        options.strip = strip;
        let input = Input {
            name: "object.o",
            bytes: assemble(HELLO).into(),
        };
        let executable = link(vec![input], &options).unwrap();
        assert_eq!(contains(&executable, b"greeting"), !strip);
    }
}

#[test]
fn images_have_their_pages_to_themselves() {
    let executable = link_one(&format!("{HELLO}\n{RELOCATED_DATA}\n{IMAGES}")).unwrap();
    let file = parse(&executable);
    let relro = segments(&file, PT_GNU_RELRO).next().unwrap();
    for name in ["kiln_state_image", "kiln_data_image"] {
        let image = file.section_by_name(name).unwrap();
        let (start, end) = (image.address(), image.address() + image.size());
        assert_eq!((start % PAGE, image.size()), (0, 2 * PAGE), "{name}");
        assert_eq!(
            image.data().unwrap().len() as u64,
            2 * PAGE,
            "not in the file"
        );

        let holder = segments(&file, PT_LOAD)
            .find(|load| load.p_vaddr(LE) <= start && end <= load.p_vaddr(LE) + load.p_filesz(LE))
            .expect("its pages come from the file");
        assert_eq!(holder.p_flags(LE), PF_R | PF_W);
        assert!(relro.p_vaddr(LE) + relro.p_memsz(LE) <= start || end <= relro.p_vaddr(LE));

        for other in file
            .sections()
            .filter(|s| s.address() != 0 && s.name() != Ok(name))
        {
            let pages = other.address() / PAGE * PAGE
                ..(other.address() + other.size()).next_multiple_of(PAGE);
            assert!(
                pages.end <= start || end <= pages.start,
                "{name} shares a page with {:?}",
                other.name()
            );
        }
    }
}

#[test]
fn a_small_program_is_a_small_file() {
    assert!(link_one(HELLO).unwrap().len() < 6 * 1024);
    let with_images = link_one(&format!("{HELLO}\n{RELOCATED_DATA}\n{IMAGES}")).unwrap();
    assert!(
        with_images.len() < 4 * 4096 + 8 * 1024,
        "{} bytes",
        with_images.len()
    );
}

#[test]
fn linking_again_in_one_process_gives_the_same_bytes() {
    let first = link_one(HELLO).unwrap();
    let threads: Vec<_> = (0..4)
        .map(|_| std::thread::spawn(|| link_one(HELLO).unwrap()))
        .collect();
    for thread in threads {
        assert!(thread.join().unwrap() == first);
    }
}

#[test]
fn symbols_are_found_across_objects_and_archives() {
    let start = assemble(".globl _start\n_start:\n call finish");
    let finish = assemble(".globl finish\nfinish:\n mov $60, %eax\n mov $7, %edi\n syscall");
    let archive = archive("finish.o", &finish);
    for second in [&finish, &archive] {
        let inputs = vec![
            Input {
                name: "start",
                bytes: (&start).into(),
            },
            Input {
                name: "finish",
                bytes: second.into(),
            },
        ];
        let executable = link(inputs, &LinkOptions::default()).unwrap();
        assert_eq!(run(&executable).status.code(), Some(7));
    }
}

#[test]
fn a_shared_library_has_a_name_and_shows_its_global_symbols_only() {
    let source = r#"
        .section .text.shown, "ax"
        .globl shown
        .type shown, @function
    shown:
        lea constant(%rip), %rax
        call hidden
        jmp elsewhere@plt
        .section .text.hidden, "ax"
    hidden:
        ret
        .section .data.rel.ro.constant, "aw"
    constant:
        .quad hidden
        .section .text.unused, "ax"
        call nowhere@plt
    "#;
    let mut options = LinkOptions::default();
    options.output = Kind::SharedLibrary {
        soname: "libshown.so".to_owned(),
    };
    let bytes = assemble(source);
    let name = "object.o";
    let library = link(
        vec![Input {
            name,
            bytes: bytes.into(),
        }],
        &options,
    )
    .unwrap();
    let file = parse(&library);
    assert_eq!(file.elf_header().e_type.get(LE), ET_DYN);
    let exports: Vec<_> = file.exports().unwrap();
    let exports: Vec<_> = exports.iter().map(|export| export.name()).collect();
    assert_eq!(exports, [b"shown"]);
    let imports: Vec<_> = file.imports().unwrap();
    let imports: Vec<_> = imports.iter().map(|import| import.name()).collect();
    assert_eq!(imports, [b"elsewhere"]);

    let dynamic = segments(&file, PT_DYNAMIC).next().unwrap();
    let entries = dynamic.dynamic(LE, &*library).unwrap().unwrap();
    let has = |tag: i64| entries.iter().any(|entry| entry.d_tag.get(LE) == tag);
    assert!(has(DT_SONAME) && !has(DT_NEEDED) && !has(DT_TEXTREL));
    assert!(contains(&library, b"libshown.so"));
}

#[test]
fn an_undefined_symbol_is_named() {
    let error = link_one(".globl _start\n_start:\n call missing_function").unwrap_err();
    assert!(error.to_string().contains("missing_function"), "{error}");
}

#[test]
fn a_program_without_start_is_refused() {
    let error = link_one(".globl main\nmain: ret").unwrap_err();
    assert!(error.to_string().contains("_start"), "{error}");
}

#[test]
fn a_symbol_defined_twice_is_named() {
    let object = assemble(HELLO);
    let inputs = |names: [&'static str; 2]| {
        let input = |name| Input {
            name,
            bytes: (&object).into(),
        };
        names.map(input).into()
    };
    let error = link(inputs(["a.o", "b.o"]), &LinkOptions::default()).unwrap_err();
    assert!(error.to_string().contains("_start"), "{error}");
    let error = link(inputs(["a.o", "a.o"]), &LinkOptions::default()).unwrap_err();
    assert!(matches!(error, LinkError::DuplicateName(name) if name == "a.o"));
}

#[test]
fn writable_code_is_refused() {
    let source = ".section .both, \"awx\"\n.globl _start\n_start:\n ret";
    let error = link_one(source).unwrap_err();
    assert!(error.to_string().contains(".both"), "{error}");
}

#[test]
fn an_executable_that_would_be_too_large_is_refused() {
    let object = assemble(&format!("{HELLO}\n{RELOCATED_DATA}\n{IMAGES}"));
    let mut options = LinkOptions::default();
    options.max_size = 16 * 1024;
    let error = link(
        vec![Input {
            name: "a.o",
            bytes: object.into(),
        }],
        &options,
    )
    .unwrap_err();
    assert!(error.to_string().contains("16384"), "{error}");
}

#[test]
fn garbage_is_an_error() {
    let object = assemble(HELLO);
    let refuse = |bytes: &[u8]| {
        let (name, bytes) = ("-o", bytes.into());
        link(vec![Input { name, bytes }], &LinkOptions::default())
    };
    for bytes in [
        &b""[..],
        b"hello",
        b"INPUT(/etc/passwd)",
        &object[..18],
        &[0x7f; 4096],
    ] {
        let error = refuse(bytes).unwrap_err();
        assert!(
            matches!(&error, LinkError::NotAnObject { name, .. } if name == "-o"),
            "{error}"
        );
    }
    for length in (20..object.len()).step_by(37) {
        refuse(&object[..length]).unwrap_err();
    }
    // A damaged object may happen to link; it must not bring the process down.
    for at in (20..object.len()).step_by(11) {
        let mut damaged = object.clone();
        damaged[at] ^= 0xff;
        let _ = refuse(&damaged);
    }
}

#[test]
fn a_relocation_outside_its_section_is_an_error() {
    let mut object = assemble(HELLO);
    let start = {
        let parsed = parse(&object);
        let section = parsed.section_by_name(".rela.text._start").unwrap();
        section.file_range().unwrap().0
    };
    let offset = usize::try_from(start).unwrap();
    object[offset..offset + 8].copy_from_slice(&1000_u64.to_le_bytes());
    let input = Input {
        name: "damaged.o",
        bytes: object.into(),
    };
    let error = link(vec![input], &LinkOptions::default()).unwrap_err();
    assert!(matches!(error, LinkError::Panicked(_)), "{error}");
}
