// A function that no compiler inlines, because it calls itself.

mod deep {
    #[inline(never)]
    pub fn sink(depth: u32, seed: u64) -> u64 {
        let seed = std::hint::black_box(seed);
        if depth == 0 {
            return seed;
        }
        let below = sink(depth - 1, seed + 1);
        below * 3 + sink(depth - 1, seed)
    }
}

fn main() {
    println!("{}", deep::sink(3, 7));
}
