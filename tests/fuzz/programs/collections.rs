//! Collections, formatting, panics that are caught by nobody because none occur.

use std::collections::{BTreeMap, HashMap, VecDeque};

fn main() {
    let mut state = 99u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut map = BTreeMap::new();
    let mut table = HashMap::new();
    let mut queue = VecDeque::new();
    for i in 0..2000u64 {
        let x = next() % 257;
        *map.entry(x).or_insert(0u64) += i;
        table.insert(x, i128::from(i) * 0x1234_5678_9abc_def0);
        queue.push_back(x);
        if queue.len() > 31 {
            queue.pop_front();
        }
    }
    let mut sums: Vec<_> = table.into_iter().collect();
    sums.sort();
    for (key, value) in map.iter().step_by(40) {
        println!("{key}: {value} {:?}", sums.get(*key as usize));
    }
    let text: String = queue.iter().map(|x| format!("{x:o}-")).collect();
    println!("{text} {:?} {:e}", "12x".parse::<i32>(), text.len() as f64 / 7.0);
}
