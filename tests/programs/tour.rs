//! The tour in Rust's standard library: arguments, environment, standard input, files, time,
//! hashing, collections, formatting, and an exit status of its own.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::time::{Duration, Instant, SystemTime};

fn environment() {
    for (index, argument) in std::env::args().enumerate().skip(1) {
        println!("argument {index}: {argument:?}");
    }
    let variables: BTreeMap<_, _> = std::env::vars().collect();
    println!("environment: {variables:?}");
}

fn input() -> io::Result<()> {
    let mut words: HashMap<String, usize> = HashMap::new();
    for line in io::stdin().lock().lines() {
        for word in line?.split_whitespace() {
            *words.entry(word.to_lowercase()).or_default() += 1;
        }
    }
    let mut words: Vec<_> = words.into_iter().collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    println!("words: {words:?}");
    Ok(())
}

fn files() -> io::Result<()> {
    println!("in.txt: {:?}", fs::read_to_string("/w/in.txt")?);
    fs::create_dir_all("/w/deep/er")?;
    let mut file = OpenOptions::new().read(true).write(true).create(true).open("/w/deep/a")?;
    file.write_all(b"0123456789")?;
    file.seek(SeekFrom::End(-4))?;
    let mut tail = String::new();
    file.read_to_string(&mut tail)?;
    println!("tail: {tail}, {} bytes", file.metadata()?.len());
    file.set_len(3)?;
    fs::rename("/w/deep/a", "/w/deep/er/b")?;
    println!("copied: {}", fs::copy("/w/deep/er/b", "/w/copy")?);
    let mut names: Vec<_> =
        fs::read_dir("/w")?.map(|entry| entry.map(|e| e.file_name())).collect::<Result<_, _>>()?;
    names.sort();
    println!("names: {names:?}");
    fs::remove_file("/w/deep/er/b")?;
    println!("not empty: {:?}", fs::remove_dir("/w/deep").map_err(|e| e.kind()));
    fs::remove_dir_all("/w/deep")?;
    println!("missing: {:?}", File::open("/w/none").map_err(|e| e.kind()).err());
    println!("outside: {}", File::open("/w/../../etc/passwd").is_err());
    Ok(())
}

fn time() {
    let start = Instant::now();
    std::thread::sleep(Duration::from_millis(20));
    let waited = start.elapsed();
    println!("slept: {}", waited >= Duration::from_millis(20) && waited < Duration::from_secs(5));
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    println!("after 2020: {}", now.as_secs() > 1_577_836_800);
    let key = || std::collections::hash_map::RandomState::new().build_hasher().finish();
    println!("random: {}", key() != key());
}

fn numbers() {
    println!("{:?} {:e} {:.3}", 0.1 + 0.2, 1.0 / 3.0, f64::sqrt(2.0));
    println!("{} {} {:?}", f64::MAX, f32::MIN_POSITIVE, f64::NAN);
    println!("{} {} {}", u128::MAX / 7, i128::MIN % 1_000_007, 300.7 as u8);
    println!("{:?} {:?}", "1e-7".parse::<f64>(), "12x".parse::<i32>().map_err(|e| e.to_string()));
    let mut seed = 7u64;
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let mut values: Vec<u64> = (0..10_000).map(|_| next()).collect();
    values.sort_unstable();
    let mixed = values.iter().fold(0u64, |sum, v| sum.rotate_left(5).wrapping_add(*v));
    println!("sorted: {:x} {:x} {mixed:x}", values[0], values[9_999]);
    println!("bits: {} {} {}", mixed.count_ones(), mixed.leading_zeros(), mixed.swap_bytes());
}

fn main() -> io::Result<()> {
    environment();
    input()?;
    files()?;
    time();
    numbers();
    eprintln!("leaving with 11");
    std::process::exit(11)
}
