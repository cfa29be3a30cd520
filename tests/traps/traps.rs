// Traps in methods, generics and closures, by their number as the first argument.

use std::hint::black_box;

#[link(wasm_import_module = "env")]
extern "C" {
    fn absent(kind: i32) -> i32;
}

mod shapes {
    use std::hint::black_box;

    pub trait Shape {
        fn area(&self, scale: usize) -> i32;
    }

    pub struct Square(pub Vec<i32>);

    impl Shape for Square {
        #[inline(never)]
        fn area(&self, scale: usize) -> i32 {
            self.0[scale] * self.0[scale]
        }
    }

    pub struct Torn;

    impl Shape for Torn {
        #[inline(never)]
        fn area(&self, scale: usize) -> i32 {
            unsafe { (scale as *const i32).read_volatile() }
        }
    }

    #[inline(never)]
    pub fn measure(shape: &dyn Shape, scale: usize) -> i32 {
        shape.area(scale) + 1
    }

    #[inline(never)]
    pub fn descend(depth: i32) -> i32 {
        depth + descend(black_box(depth) + 1) * 3
    }

    #[inline(never)]
    pub fn fill(start: usize, len: usize) -> i32 {
        unsafe { std::ptr::write_bytes(start as *mut u8, 1, len) };
        black_box(start) as i32
    }
}

#[inline(never)]
fn through(pointer: usize) -> i32 {
    let call: fn(i32) -> i32 = unsafe { std::mem::transmute(black_box(pointer)) };
    call(1) + 1
}

#[inline(never)]
fn other(a: f64, b: f64) -> f64 {
    black_box(a) * b
}

#[inline(never)]
fn stop() -> i32 {
    core::arch::wasm32::unreachable()
}

#[inline(never)]
fn run(kind: i32) -> i32 {
    match kind {
        0 => stop(),
        1 => shapes::measure(&shapes::Torn, black_box(0xffff_fff0)),
        2 => shapes::measure(&shapes::Square(vec![3]), black_box(5)),
        3 => shapes::fill(black_box(0x7000_0000), 100_000),
        4 => through(0),
        5 => through(100_000),
        6 => through(other as fn(f64, f64) -> f64 as usize),
        7 => shapes::descend(black_box(0)),
        8 => std::process::abort(),
        _ => unsafe { absent(kind) },
    }
}

fn main() {
    let kind = std::env::args().nth(1).and_then(|word| word.parse().ok());
    std::process::exit(run(kind.unwrap_or(0)));
}
