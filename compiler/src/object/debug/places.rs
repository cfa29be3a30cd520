//! The machine code of one function as its DWARF sees it: by address in the module, for the function itself
//! and for each that Kiln inlined into it.

use crate::compile::Code;
use std::ops::Range;

/// Machine code that belongs to one address.
#[derive(Clone)]
struct Place {
    address: u64,
    code: Range<u32>,
}

/// The places of a function and of those inlined into it, by their numbers. What is inlined into one is at
/// the address of the call there.
pub(super) struct Places {
    places: Vec<Vec<Place>>,
    /// The address of the call that each inlined function was, from number 1 on.
    calls: Vec<u64>,
    /// The inlined functions that each calls.
    callees: Vec<Vec<u32>>,
}

impl Places {
    pub fn new(code: &Code, code_start: u64) -> Self {
        let count = code.inlined.len() + 1;
        let mut places: Vec<Vec<Place>> = vec![Vec::new(); count];
        let mut callees = vec![Vec::new(); count];
        for (inlined, number) in code.inlined.iter().zip(1..) {
            callees[inlined.caller as usize].push(number);
        }
        let address = |offset: u32| u64::from(offset).saturating_sub(code_start);
        for span in &code.spans {
            let (mut function, mut offset) = (span.function, span.offset);
            loop {
                places[function as usize].push(Place {
                    address: address(offset),
                    code: span.start..span.end,
                });
                let Some(number) = function.checked_sub(1) else {
                    break;
                };
                let inlined = &code.inlined[number as usize];
                (function, offset) = (inlined.caller, inlined.call);
            }
        }
        for places in &mut places {
            places.sort_by_key(|place| place.address);
        }
        let calls = code.inlined.iter().map(|inlined| address(inlined.call));
        Self {
            places,
            calls: calls.collect(),
            callees,
        }
    }

    /// The inlined functions that one calls.
    pub fn callees(&self, number: u32) -> &[u32] {
        &self.callees[number as usize]
    }

    /// The address of the call that an inlined function was.
    pub fn call(&self, number: u32) -> u64 {
        self.calls[number as usize - 1]
    }

    /// The machine code of a function and of all that is inlined into it.
    pub fn whole(&self, number: u32) -> Vec<Range<u32>> {
        merged(self.places[number as usize].iter())
    }

    /// The machine code of a function at these addresses.
    pub fn at(&self, number: u32, addresses: &[Range<u64>]) -> Vec<Range<u32>> {
        let places = &self.places[number as usize];
        let parts = addresses.iter().flat_map(|range| {
            let start = places.partition_point(|place| place.address < range.start);
            let end = places.partition_point(|place| place.address < range.end);
            places[start.min(end)..end].iter()
        });
        merged(parts)
    }
}

fn merged<'p>(places: impl Iterator<Item = &'p Place>) -> Vec<Range<u32>> {
    let mut ranges: Vec<Range<u32>> = places.map(|place| place.code.clone()).collect();
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<u32>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if last.end >= range.start => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}
