//! Hash maps, trees, strings, sorting, a virtual machine and floating point, as often as told.

use std::collections::{BTreeMap, HashMap};

struct Random(u32);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(1103515245).wrapping_add(12345);
        self.0 >> 8
    }
}

fn words(random: &mut Random) -> String {
    let text: Vec<String> = (0..40000).map(|_| format!("word{}", random.next() % 4000)).collect();
    let text = text.join(" ");
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for word in text.split(' ') {
        *counts.entry(word).or_default() += 1;
    }
    let mut order: Vec<_> = counts.into_iter().collect();
    order.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    format!("{:?}", &order[..3])
}

fn ordered(random: &mut Random) -> u64 {
    let mut tree = BTreeMap::new();
    for index in 0..60000u64 {
        tree.insert(random.next() % 50000, index);
        tree.remove(&(random.next() % 50000));
    }
    tree.range(1000..40000).map(|(key, value)| u64::from(*key) ^ value).sum()
}

enum Op {
    Push(i64),
    Add,
    Mul,
    Swap,
    Dup,
    JumpIfLess(i64, usize),
    Halt,
}

/// Sums the squares below `limit` on a stack machine.
fn machine(limit: i64) -> i64 {
    use Op::*;
    let program = [
        Push(0), Push(0), Dup, Dup, Mul, Swap, Push(1), Add, Swap, Push(1), Mul, Swap, Dup,
        JumpIfLess(limit, 2), Halt,
    ];
    let (mut stack, mut at) = (Vec::with_capacity(64), 0);
    let mut total = 0i64;
    loop {
        let mut pop = || stack.pop().unwrap();
        match program[at] {
            Push(value) => stack.push(value),
            Add => {
                let sum = pop() + pop();
                stack.push(sum);
            }
            Mul => {
                let product = pop().wrapping_mul(pop());
                stack.push(product);
            }
            Swap => {
                let (a, b) = (pop(), pop());
                stack.extend([a, b]);
            }
            Dup => {
                let top = pop();
                stack.extend([top, top]);
            }
            JumpIfLess(limit, to) => {
                let counter = pop();
                let square = stack.remove(stack.len() - 2);
                total = total.wrapping_add(square);
                if counter < limit {
                    at = to;
                    continue;
                }
            }
            Halt => return total,
        }
        at += 1;
    }
}

fn mandelbrot(size: usize) -> usize {
    let inside = |x: usize, y: usize| {
        let (a, b) = (x as f64 * 3.0 / size as f64 - 2.0, y as f64 * 2.0 / size as f64 - 1.0);
        let (mut re, mut im) = (0.0, 0.0);
        (0..100).all(|_| {
            (re, im) = (re * re - im * im + a, 2.0 * re * im + b);
            re * re + im * im < 4.0
        })
    };
    (0..size * size).filter(|at| inside(at % size, at / size)).count()
}

fn main() {
    let rounds: u32 = std::env::args().nth(1).unwrap().parse().unwrap();
    for round in 0..rounds {
        let mut random = Random(round + 1);
        let (words, sum) = (words(&mut random), ordered(&mut random));
        println!("{words} {sum} {} {}", machine(300000), mandelbrot(200));
    }
}
