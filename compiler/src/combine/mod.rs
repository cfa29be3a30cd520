//! Several relocatable objects → one, as `ld -r` does, in which only chosen symbols are seen from
//! outside. So a library brings its own runtime, and nothing in it clashes with the program that it
//! goes into or with another library. What nothing reaches from the chosen symbols is dropped, since
//! not every program is linked so that it would be later; so is debug information, of
//! which the first object's can be kept.

mod frames;
mod reach;
mod read;
#[cfg(test)]
mod tests;
mod write;

use crate::Error;
use crate::link_input::members;
use crate::target::Machine;
use kiln_abi::printable::Printable;
use kiln_link::{Input, is_archive};
use read::{Piece, Place};
use std::collections::{BTreeSet, HashMap};

/// Makes one object of `inputs`: of all that are objects, and of archives the members that are needed.
/// Only the symbols `public` are seen from outside, and those that are not lose their names where
/// `strip` says so. `debug` keeps the debug information of the first. What no input defines stays undefined.
pub(crate) fn combine(
    machine: &Machine,
    inputs: &[Input],
    public: &BTreeSet<String>,
    strip: bool,
    debug: bool,
) -> Result<Vec<u8>, Error> {
    let pieces = Pieces::read(machine, inputs)?;
    let mut live = reach::live_sections(&pieces, public);
    if debug {
        reach::add_debug_sections(&pieces, &mut live);
    }
    write::write(machine, &pieces, &live, public, strip)
        .map_err(|error| Error::new(format!("cannot combine the objects: {error}")))
}

/// A section or a symbol: its object's number and its own.
type Reference = (usize, usize);

/// The objects to combine, their global symbols resolved.
#[derive(Default)]
struct Pieces<'a> {
    pieces: Vec<Piece<'a>>,
    definitions: HashMap<&'a [u8], Reference>,
    undefined: Vec<&'a [u8]>,
}

impl<'a> Pieces<'a> {
    fn read(machine: &Machine, inputs: &'a [Input]) -> Result<Self, Error> {
        let mut pieces = Self::default();
        let mut archived = Vec::new();
        for input in inputs {
            for (name, bytes) in members(machine, input.name, &input.bytes)? {
                let piece = Piece::read(name, bytes)?;
                if is_archive(&input.bytes) {
                    archived.push(Some(piece));
                } else {
                    pieces.add(piece)?;
                }
            }
        }
        pieces.add_needed(archived)?;
        Ok(pieces)
    }

    // Adds the members of archives that define what is undefined, and what these need in turn.
    fn add_needed(&mut self, mut archived: Vec<Option<Piece<'a>>>) -> Result<(), Error> {
        let mut member_of = HashMap::new();
        for (piece, index) in archived.iter().flatten().zip(0..) {
            for symbol in piece.symbols.iter().filter(|symbol| symbol.is_global()) {
                if symbol.place != Place::Undefined {
                    member_of.entry(symbol.name).or_insert(index);
                }
            }
        }
        while let Some(name) = self.undefined.pop() {
            let Some(index) = member_of.get(name) else {
                continue;
            };
            let needed: &mut Option<Piece> = &mut archived[*index as usize];
            if !self.definitions.contains_key(name)
                && let Some(piece) = needed.take()
            {
                self.add(piece)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, piece: Piece<'a>) -> Result<(), Error> {
        let number = self.pieces.len();
        let globals = piece.symbols.iter().zip(0..);
        for (symbol, index) in globals.filter(|(symbol, _)| symbol.is_global()) {
            if symbol.place == Place::Undefined {
                self.undefined.push(symbol.name);
                continue;
            }
            let Some(&(other, other_symbol)) = self.definitions.get(symbol.name) else {
                self.definitions.insert(symbol.name, (number, index));
                continue;
            };
            let first: &Piece = self.pieces.get(other).unwrap_or(&piece);
            match (
                piece.is_weak(symbol),
                first.is_weak(&first.symbols[other_symbol]),
            ) {
                (true, _) => {}
                (false, true) => drop(self.definitions.insert(symbol.name, (number, index))),
                (false, false) => {
                    return Err(Error::new(format!(
                        "`{}` is defined by `{}` and by `{}`",
                        Printable(symbol.name),
                        first.name,
                        piece.name
                    )));
                }
            }
        }
        self.pieces.push(piece);
        Ok(())
    }

    /// The symbol that a reference to a symbol means.
    fn resolve(&self, (piece, symbol): Reference) -> Reference {
        let found = &self.pieces[piece].symbols[symbol];
        let definition = found.is_global().then(|| self.definitions.get(found.name));
        definition.flatten().copied().unwrap_or((piece, symbol))
    }

    fn section(&self, (piece, section): Reference) -> &read::Section<'a> {
        &self.pieces[piece].sections[section]
    }

    fn symbol(&self, (piece, symbol): Reference) -> &read::Symbol<'a> {
        &self.pieces[piece].symbols[symbol]
    }
}
