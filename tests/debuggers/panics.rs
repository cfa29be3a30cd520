//! Panics in a function that another calls.

#[inline(never)]
fn number(text: &str) -> u32 {
    text.parse().expect("a number")
}

fn main() {
    println!("{}", number("none"));
}
