use super::Interface;

/// The module whose header is kept in `tests/header.h`; `KILN_BLESS=1` has it written anew.
const MODULE: &str = r#"(module
  (import "env" "add" (func $add (param i32 i32) (result i32)))
  (import "my host" "log" (func (param i64 externref v128)))
  (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
  (memory (export "memory") 1)
  (func (export "nothing"))
  (func (export "all") (param i32 i64 f32 f64 v128) (result i64) (i64.const 0))
  (func (export "swap") (param i32 f64) (result f64 i32) (local.get 1) (local.get 0))
  (func (export "a-b */") (result i32) (i32.const 0))
  (func (export "a_x2db_x20_x2a_x2f") (result i32) (i32.const 0))
  (func (export "instance_new"))
  (func (export "reference") (param funcref)))"#;

#[test]
fn the_header_is_as_kept() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/interface/tests/header.h");
    let wasm = crate::parse::binary(MODULE.as_bytes()).unwrap();
    let module = crate::parse::parse(&wasm).unwrap();
    let header = Interface::new(&module, "my-app").header();
    if std::env::var_os("KILN_BLESS").is_some() {
        std::fs::write(path, &header).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap();
    assert_eq!(header, kept, "KILN_BLESS=1 accepts the present one");
}
