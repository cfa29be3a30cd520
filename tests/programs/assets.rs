//! A program that shows the assets it is shipped with.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

fn show(folder: &Path) -> io::Result<()> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    for path in paths {
        let metadata = fs::symlink_metadata(&path)?;
        println!("{} {:?}", path.display(), metadata.file_type());
        if metadata.is_dir() {
            show(&path)?;
        } else {
            let contents = fs::read(&path)?;
            let sum = contents.iter().fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
            println!("{} bytes, sum {sum}", contents.len());
        }
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let folder = std::env::args().nth(1).expect("a folder");
    let folder = Path::new(&folder);
    show(folder)?;
    for line in BufReader::new(File::open(folder.join("pages/hello.txt"))?).lines() {
        println!("> {}", line?);
    }
    let mut large = File::open(folder.join("large"))?;
    for offset in [-5, -70_000] {
        let mut part = [0; 10];
        let position = large.seek(SeekFrom::End(offset))?;
        let count = large.read(&mut part)?;
        println!("{position} {count} {part:?}");
    }
    println!("{:?}", File::open(folder.join("missing")).map_err(|error| error.kind()));
    Ok(())
}
