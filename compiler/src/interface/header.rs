//! The header, in C99 and C++: what a program needs to know to use a library, and what a function
//! that the module imports needs to know.

use super::Interface;
use super::types::{export_prototype, import_prototype, wasm_type};
use crate::interface::import_symbol;
use kiln_abi::library::{INSTANCE_FUNCTIONS, InstanceFunction, Status};
use std::fmt::Write as _;

const ABOUT: &str = "\
/*
 * The WebAssembly module `NAME` as a native library. Made by Kiln.
 *
 *     NAME_instance *instance;
 *     if (NAME_instance_new(&instance) != KILN_OK) ...
 *     if (NAME_instance_start(instance) != KILN_OK) ...
 *     ... the functions that the module exports ...
 *     NAME_instance_free(instance);
 *
 * There can be any number of instances, each with memory, globals and tables of its own. An
 * instance can move from thread to thread, but is used by one at a time. It is given what was
 * granted when the library was built and what the functions below grant, and nothing of the
 * process's own arguments, environment and directories.
 *
 * Functions return a status. Results are written only where it is KILN_OK.
 *
 * A call unblocks SIGSEGV, SIGBUS, SIGILL and SIGFPE while it runs, because a trap raises one of
 * them. A thread that blocks them between two calls of an instance must unblock them itself.
 */
";

const TYPES: &str = "\
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern \"C\" {
#endif

typedef struct NAME_instance NAME_instance;

";

const VECTOR: &str = "\
#ifndef KILN_V128
#define KILN_V128
/* Passed as __m128i is. */
typedef long long kiln_v128 __attribute__((vector_size(16)));
#endif

";

impl Interface<'_> {
    /// The header's text.
    pub fn header(&self) -> String {
        let named = |text: &str| text.replace("NAME", &self.prefix);
        let guard = named("KILN_NAME_H");
        let mut out = named(ABOUT);
        out += &format!("#ifndef {guard}\n#define {guard}\n\n");
        out += &named(TYPES);
        out += &statuses();
        out += VECTOR;
        for function in INSTANCE_FUNCTIONS {
            out += &self.instance_function(function);
        }
        self.exports_to(&mut out);
        self.imports_to(&mut out);
        out += "#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
        out
    }

    fn instance_function(&self, function: &InstanceFunction) -> String {
        let params = function.params.iter();
        let params =
            params.map(|(ty, name)| declaration(ty, name).replace("INSTANCE", &self.instance()));
        let params: Vec<_> = params.collect();
        let name = format!(
            "{}({})",
            self.instance_symbol(function.name),
            params.join(", ")
        );
        format!(
            "{}{};\n\n",
            comment(function.doc),
            declaration(function.result, &name)
        )
    }

    fn instance(&self) -> String {
        format!("{}_instance", self.prefix)
    }

    // Writing to a string cannot fail, here and below.
    fn exports_to(&self, out: &mut String) {
        out.push_str("/* The functions that the module exports. */\n\n");
        for export in &self.exports {
            let prototype = export_prototype(&self.prefix, &export.symbol, &export.ty);
            let _ = writeln!(
                out,
                "/* {}: {} */",
                quoted(export.name),
                wasm_type(&export.ty)
            );
            let _ = writeln!(out, "{prototype}\n");
        }
        for (name, reason) in &self.left_out {
            let _ = writeln!(out, "/* {} is left out: {reason}. */\n", quoted(name));
        }
    }

    fn imports_to(&self, out: &mut String) {
        if self.imports.is_empty() {
            return;
        }
        out.push_str(
            "/* The functions that the module imports, to be defined by what is linked with it. They run on\n \
             * the module's stack, may call their instance, and end by returning or by a trap. */\n\n",
        );
        for import in &self.imports {
            let name = quoted(format_args!("{}::{}", import.module, import.name));
            let _ = writeln!(out, "/* {name}: {} */", wasm_type(import.ty));
            let symbol = import_symbol(import.module, import.name);
            let prototype = import_prototype(&self.prefix, &symbol, import.ty);
            let _ = writeln!(out, "{prototype}\n");
        }
    }
}

fn statuses() -> String {
    let mut out = String::from("#ifndef KILN_STATUS\n#define KILN_STATUS\nenum kiln_status {\n");
    for status in Status::ALL {
        for line in comment(status.doc()).lines() {
            let _ = writeln!(out, "    {line}");
        }
        let _ = writeln!(out, "    {} = {},", status.c_name(), *status as u32);
    }
    out + "};\n#endif\n\n"
}

// C puts the star of a pointer to the name.
fn declaration(ty: &str, name: &str) -> String {
    let space = if ty.ends_with('*') { "" } else { " " };
    format!("{ty}{space}{name}")
}

fn comment(lines: &[&str]) -> String {
    format!("/*{} */\n", lines.join("\n *"))
}

// A name of the module's in a comment, which nothing in the name ends or opens again.
fn quoted(name: impl std::fmt::Display) -> String {
    let name = format!("\"{name}\"");
    name.replace("*/", "*\\/").replace("/*", "/\\*")
}
