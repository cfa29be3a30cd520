//! WebAssembly types as C types, and functions as prototypes.

use wasmparser::{FuncType, ValType};

/// The type of a value.
pub(super) fn c_type(ty: ValType) -> &'static str {
    match ty {
        ValType::I32 => "int32_t",
        ValType::I64 => "int64_t",
        ValType::F32 => "float",
        ValType::F64 => "double",
        ValType::V128 => "kiln_v128",
        ValType::Ref(_) => "uint64_t",
    }
}

/// The prototype of an exported function: parameters, then where the results go.
pub(super) fn export_prototype(prefix: &str, symbol: &str, ty: &FuncType) -> String {
    let mut params = vec![format!("{prefix}_instance *instance")];
    params.extend(parameters(ty));
    match *ty.results() {
        [result] => params.push(format!("{} *result", c_type(result))),
        ref results => {
            let pointers = results.iter().enumerate();
            params.extend(pointers.map(|(i, ty)| format!("{} *result{i}", c_type(*ty))));
        }
    }
    format!("uint32_t {symbol}({});", params.join(", "))
}

/// The prototype of a function that an import is bound to; it has one result at most.
pub(crate) fn import_prototype(prefix: &str, symbol: &str, ty: &FuncType) -> String {
    let mut params = vec![format!("{prefix}_instance *instance")];
    params.extend(parameters(ty));
    let result = ty.results().first().map_or("void", |ty| c_type(*ty));
    format!("{result} {symbol}({});", params.join(", "))
}

fn parameters(ty: &FuncType) -> impl Iterator<Item = String> {
    let params = ty.params().iter().enumerate();
    params.map(|(i, ty)| format!("{} a{i}", c_type(*ty)))
}

/// A type as WebAssembly's text format would have it.
pub(crate) fn wasm_type(ty: &FuncType) -> String {
    let list = |types: &[ValType]| {
        let names: Vec<_> = types.iter().map(ValType::to_string).collect();
        names.join(" ")
    };
    format!("[{}] -> [{}]", list(ty.params()), list(ty.results()))
}
