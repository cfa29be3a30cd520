//! Blocks, structures, references, strings, globals, for debuggers to show.

static mut SOLD: i32 = 7;

pub struct Item<'a> {
    price: i32,
    weight: f64,
    name: &'a str,
    next: Option<&'a Item<'a>>,
}

fn twice(number: i32) -> i32 {
    let result = number + number;
    result // twice
}

impl Item<'_> {
    #[inline(never)]
    pub fn total(&self, count: i32) -> i32 {
        let mut sum = twice(self.price) * count;
        if let Some(next) = self.next {
            sum += next.total(count); // in total
        }
        sum // end of total
    }
}

fn main() {
    let last = Item { price: 5, weight: 0.5, name: "plum", next: None };
    let list = Item { price: 30, weight: 1.25, name: "pear", next: Some(&last) };
    unsafe { SOLD += 1 };
    let sum = list.total(2); // in main
    println!("{}: {} {}", list.name, sum, list.weight + f64::from(unsafe { SOLD }));
}
