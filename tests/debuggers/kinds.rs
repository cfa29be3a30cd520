//! Strings, vectors, boxes, enums with data, closures, generics, for debuggers to show.

use std::collections::VecDeque;

#[derive(Clone, Debug)]
pub enum Shape {
    Empty,
    Circle(f64),
    Square { side: u32, name: String },
}

pub struct Drawing<T> {
    shapes: Vec<Shape>,
    extra: Option<Box<T>>,
    queue: VecDeque<u16>,
}

#[inline(always)]
fn scaled(side: u32, by: u32) -> u32 {
    let product = side * by;
    std::hint::black_box(product) // in scaled
}

#[inline(never)]
fn area(drawing: &Drawing<i64>, title: String) -> u32 {
    let first = &drawing.shapes[0];
    let second = drawing.shapes[1].clone();
    let numbers = vec![10u32, 20, 30];
    let outcome: Result<u32, String> = Err(String::from("none"));
    let add = |more: u32| more + numbers[1];
    let sum = add(scaled(3, 4)); // in area
    println!("{title} {first:?} {second:?} {outcome:?}");
    sum
}

fn main() {
    let shapes = vec![
        Shape::Circle(1.5),
        Shape::Square {
            side: 7,
            name: "box".to_owned(),
        },
        Shape::Empty,
    ];
    let drawing = Drawing {
        shapes,
        extra: Some(Box::new(-5)),
        queue: VecDeque::from([1, 2]),
    };
    let sum = area(&drawing, "title".to_owned());
    println!(
        "{sum} {:?} {:?} {}",
        drawing.extra,
        drawing.queue,
        drawing.shapes.len()
    );
}
