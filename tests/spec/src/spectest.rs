//! The module `spectest` that scripts import from, one export at a time.
//!
//! A program gets just those it names, defined inside it: an unused memory would move the test's
//! own from index 0.

/// A module in the text format whose one export is the `spectest` export of this name.
pub fn piece(name: &str) -> Option<&'static str> {
    Some(match name {
        "print" => r#"(func (export "print"))"#,
        "print_i32" => r#"(func (export "print_i32") (param i32))"#,
        "print_i64" => r#"(func (export "print_i64") (param i64))"#,
        "print_f32" => r#"(func (export "print_f32") (param f32))"#,
        "print_f64" => r#"(func (export "print_f64") (param f64))"#,
        "print_i32_f32" => r#"(func (export "print_i32_f32") (param i32 f32))"#,
        "print_f64_f64" => r#"(func (export "print_f64_f64") (param f64 f64))"#,
        "global_i32" => r#"(global (export "global_i32") i32 (i32.const 666))"#,
        "global_i64" => r#"(global (export "global_i64") i64 (i64.const 666))"#,
        "global_f32" => r#"(global (export "global_f32") f32 (f32.const 666.6))"#,
        "global_f64" => r#"(global (export "global_f64") f64 (f64.const 666.6))"#,
        "table" => r#"(table (export "table") 10 20 funcref)"#,
        "table64" => r#"(table (export "table64") i64 10 20 funcref)"#,
        "memory" => r#"(memory (export "memory") 1 2)"#,
        "shared_memory" => r#"(memory (export "shared_memory") 1 2 shared)"#,
        _ => return None,
    })
}
