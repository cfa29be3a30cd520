//! The host that a module which cannot be built was made for, as far as its imports, exports and custom
//! sections tell, and what to do about it. Asked only when something is missing.

use crate::module::WasmName;
use crate::wasi;
use kiln_abi::nearest::nearest;
use wasmparser::{ExternalKind, FuncType, Parser, Payload, TypeRef, ValType};

/// The host that a module was made for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Its description, as in "this module is …".
    pub what: &'static str,
    /// Advice to the user.
    pub advice: &'static str,
    /// True if the program can be expected to run if calls of what is missing trap.
    pub can_trap: bool,
}

/// An import, as far as it says something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Imported<'a> {
    pub module: &'a str,
    pub name: &'a str,
    /// Its type, where it is a function.
    pub ty: Option<&'a FuncType>,
}

/// The parts of a module that show where it comes from.
#[derive(Default)]
pub(crate) struct Signs<'a> {
    pub imports: Vec<Imported<'a>>,
    exports: Vec<&'a str>,
    sections: Vec<&'a str>,
}

/// The origin of a module, of whose imports those count that `is_missing`.
pub(crate) fn of(wasm: &[u8], is_missing: impl Fn(&Imported) -> bool) -> Option<&'static Origin> {
    let types = types(wasm);
    let mut signs = Signs::read(wasm, &types);
    signs.imports.retain(|import| is_missing(import));
    let mut origins = ORIGINS.iter();
    origins
        .find(|(is_it, _)| is_it(&signs))
        .map(|(_, origin)| origin)
}

/// The function types of a module up to the first that is none, or up to malformed bytes.
fn types(wasm: &[u8]) -> Vec<FuncType> {
    let mut types = Vec::new();
    for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        if let Payload::TypeSection(section) = payload {
            let section = section.into_iter_err_on_gc_types();
            types.extend(section.map_while(Result::ok));
        }
    }
    types
}

impl<'a> Signs<'a> {
    // What cannot be read shows nothing.
    fn read(wasm: &'a [u8], types: &'a [FuncType]) -> Self {
        let mut signs = Self::default();
        for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
            match payload {
                Payload::ImportSection(section) => {
                    let imports = section.into_imports().map_while(Result::ok);
                    signs.imports.extend(imports.map(|import| Imported {
                        module: import.module,
                        name: import.name,
                        ty: match import.ty {
                            TypeRef::Func(index) => types.get(index as usize),
                            _ => None,
                        },
                    }));
                }
                Payload::ExportSection(section) => {
                    let exports = section.into_iter().map_while(Result::ok);
                    let functions = exports.filter(|export| export.kind == ExternalKind::Func);
                    signs.exports.extend(functions.map(|export| export.name));
                }
                Payload::CustomSection(section) => signs.sections.push(section.name()),
                _ => {}
            }
        }
        signs
    }

    fn imports(&self, is_it: impl Fn(&Imported) -> bool) -> bool {
        self.imports.iter().any(is_it)
    }

    fn has_section(&self, name: &str) -> bool {
        self.sections.contains(&name)
    }
}

impl Imported<'_> {
    fn is_of_env(&self, begins: &[&str]) -> bool {
        self.module == "env" && begins.iter().any(|begin| self.name.starts_with(begin))
    }
}

type IsIt = fn(&Signs) -> bool;

/// Those that are known, the most telling first.
static ORIGINS: &[(IsIt, Origin)] = &[
    (
        // A program linked with `--emit-relocs` has the section too, but exports something.
        |signs| signs.has_section("linking") && signs.exports.is_empty(),
        Origin {
            what: "an object file, which is not linked",
            advice: "link it into a program, as by `clang --target=wasm32-wasi a.o -o app.wasm`",
            can_trap: false,
        },
    ),
    (
        |signs| signs.has_section("dylink.0") || signs.has_section("dylink"),
        Origin {
            what: "made for dynamic linking, which Kiln does not support",
            advice: "link it statically into a program: without `-shared`, `-sMAIN_MODULE` and \
                     `-sSIDE_MODULE`",
            can_trap: false,
        },
    ),
    (
        |signs| signs.imports(|import| import.module.contains("wasi:")),
        Origin {
            what: "made for WASI 0.2 or later, of which Kiln supports preview1 only",
            advice: "build it for preview1: Rust's target `wasm32-wasip1`, TinyGo's \
                     `-target=wasip1`, the wasi-sdk's `wasm32-wasip1`",
            can_trap: false,
        },
    ),
    (
        |signs| {
            let starts_threads = signs.exports.contains(&"wasi_thread_start");
            starts_threads || signs.imports(|import| import.module == "wasi")
        },
        Origin {
            what: "made for wasi-threads, which Kiln does not support",
            advice: "build it without threads: Rust's target `wasm32-wasip1`, C without `-pthread`",
            can_trap: false,
        },
    ),
    (
        |signs| signs.imports(|import| import.module.starts_with("wasix_")),
        Origin {
            what: "made for WASIX, which Kiln does not support",
            advice: "build it for WASI preview1, as with Rust's target `wasm32-wasip1` or the \
                     wasi-sdk; `--listen` grants sockets that listen",
            can_trap: false,
        },
    ),
    (
        |signs| {
            signs.imports(|import| {
                wasi::MODULES.contains(&import.module) && WASMEDGE_SOCKETS.contains(&import.name)
            })
        },
        Origin {
            what: "made for the sockets of WasmEdge, which Kiln does not support",
            advice: "preview1 has `sock_accept`, `sock_recv`, `sock_send` and `sock_shutdown`; \
                     `--listen` grants sockets that listen",
            can_trap: false,
        },
    ),
    (
        // As the compiler leaves it: what `wasm-bindgen` would put in its place is missing.
        |signs| signs.imports(|import| import.module.starts_with("__wbindgen_")),
        Origin {
            what: "a Rust program with crates in it that call JavaScript by wasm-bindgen",
            advice: "build it without them: `cargo tree --target wasm32-wasip1 -i wasm-bindgen` \
                     shows who brings them, often features such as `js` and `wasmbind`; or build \
                     with `--unknown-imports trap` if they are never called",
            can_trap: true,
        },
    ),
    (
        |signs| {
            signs.imports(|import| {
                import.module == "wbg"
                    || import.module.ends_with("_bg.js")
                    || import.name.starts_with("__wbindgen_")
            })
        },
        Origin {
            what: "made for JavaScript by wasm-bindgen",
            advice: "build it as a WASI program, which calls no JavaScript: \
                     `cargo build --target wasm32-wasip1`",
            can_trap: false,
        },
    ),
    (
        |signs| {
            signs.imports(|import| {
                import.module == "gojs" || (import.module == "go" && import.name.contains('.'))
            })
        },
        Origin {
            what: "made for JavaScript by Go (GOOS=js)",
            advice: "build it for WASI: `GOOS=wasip1 GOARCH=wasm go build`, or \
                     `tinygo build -target=wasip1`",
            can_trap: false,
        },
    ),
    (
        |signs| signs.imports(|import| import.is_of_env(EMSCRIPTEN)) || is_minified(signs),
        Origin {
            what: "made by Emscripten for its JavaScript",
            advice: "link it for WASI: `emcc -sSTANDALONE_WASM -o app.wasm`, with \
                     `-fwasm-exceptions -sSUPPORT_LONGJMP=wasm` if it throws or calls longjmp; what \
                     it does in JavaScript (EM_JS, EM_ASM, embind) has no counterpart",
            can_trap: false,
        },
    ),
    (
        |signs| signs.imports(is_of_assemblyscript),
        Origin {
            what: "made by AssemblyScript without its WASI shim",
            advice: "install `@assemblyscript/wasi-shim` and have asconfig.json extend \
                     `./node_modules/@assemblyscript/wasi-shim/asconfig.json`",
            can_trap: false,
        },
    ),
    (
        |signs| {
            signs.imports(|import| {
                import.module.starts_with("wasi_ephemeral_") || import.module == "wasi_nn"
            })
        },
        Origin {
            what: "made for a part of WASI that Kiln does not support",
            advice: "Kiln supports `wasi_snapshot_preview1` and `wasi_unstable`",
            can_trap: false,
        },
    ),
];

/// The functions that WasmEdge adds to preview1.
const WASMEDGE_SOCKETS: &[&str] = &[
    "sock_open",
    "sock_bind",
    "sock_listen",
    "sock_connect",
    "sock_recv_from",
    "sock_send_to",
    "sock_getsockopt",
    "sock_setsockopt",
    "sock_getlocaladdr",
    "sock_getpeeraddr",
    "sock_getaddrinfo",
];

/// Prefixes of names that Emscripten's JavaScript provides.
const EMSCRIPTEN: &[&str] = &[
    "emscripten_",
    "_emscripten_",
    "__syscall_",
    "invoke_",
    "_embind_",
    "_emval_",
    "_abort_js",
    "_tzset_js",
    "_localtime_js",
    "_mmap_js",
    "__assert_fail",
    "__throw_exception_with_stack_trace",
];

/// Tells if all names are one or two letters, as `emcc -O2` shortens them.
fn is_minified(signs: &Signs) -> bool {
    let is_short = |import: &Imported| import.module == "a" && import.name.len() <= 2;
    !signs.imports.is_empty() && signs.imports.iter().all(is_short)
}

fn is_of_assemblyscript(import: &Imported) -> bool {
    let has_params = |params: &[ValType]| import.ty.is_some_and(|ty| ty.params() == params);
    match (import.module, import.name) {
        // `abort` of C takes nothing.
        ("env", "abort") => has_params(&[ValType::I32; 4]),
        ("env", "seed") => has_params(&[]),
        ("env", "trace") => {
            let [i, f] = [ValType::I32, ValType::F64];
            has_params(&[i, i, f, f, f, f, f])
        }
        ("env", name) => name.starts_with("console.") || name.starts_with("Date."),
        _ => false,
    }
}

/// The WASI function that an import seems to mean, as `MODULE::NAME`.
pub(crate) fn similar(module: WasmName, name: WasmName) -> Option<String> {
    let [preview1, snapshot0] = wasi::MODULES;
    let module = nearest(module.0.as_bytes(), wasi::MODULES)?;
    let name = nearest(name.0.as_bytes(), wasi::names())?;
    let is_there = wasi::function(module, name).is_some();
    let module = if is_there { module } else { preview1 };
    debug_assert!(module == preview1 || module == snapshot0);
    Some(format!("{module}::{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn what(wat: &str) -> Option<&'static str> {
        let wasm = wat::parse_str(wat).unwrap();
        of(&wasm, |_| true).map(|origin| origin.what)
    }

    #[test]
    fn signs_are_not_taken_for_others() {
        let c = r#"(module (import "env" "abort" (func)) (import "env" "log" (func (param i32))))"#;
        assert_eq!(what(c), None);
        let linked = r#"(module (@custom "linking" "\02") (func (export "_start")))"#;
        assert_eq!(what(linked), None);
        assert_eq!(what("(module)"), None);
    }

    #[test]
    fn only_missing_imports_are_signs() {
        let wat = r#"(module (import "wbg" "f" (func)) (import "env" "g" (func)))"#;
        let wasm = wat::parse_str(wat).unwrap();
        assert!(of(&wasm, |import| import.module == "wbg").is_some());
        assert!(of(&wasm, |import| import.module == "env").is_none());
    }

    #[test]
    fn misspelt_functions_of_wasi() {
        for (module, name, meant) in [
            (
                "wasi_snapshot_preview1",
                "fd_wirte",
                Some("wasi_snapshot_preview1::fd_write"),
            ),
            (
                "wasi_snapshot_preview",
                "fd_write",
                Some("wasi_snapshot_preview1::fd_write"),
            ),
            (
                "wasi_snapshot_preview2",
                "fd_write",
                Some("wasi_snapshot_preview1::fd_write"),
            ),
            (
                "wasi_unstable",
                "path_opne",
                Some("wasi_unstable::path_open"),
            ),
            (
                "wasi_unstable",
                "sock_accept",
                Some("wasi_snapshot_preview1::sock_accept"),
            ),
            ("wasi_snapshot_preview1", "frobnicate", None),
            ("env", "fd_write", None),
        ] {
            let similar = similar(WasmName(module), WasmName(name));
            assert_eq!(similar.as_deref(), meant, "{module}::{name}");
        }
    }
}
