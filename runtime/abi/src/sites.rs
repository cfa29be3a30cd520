//! The table that leads from an address in machine code back to wasm functions and offsets: of the
//! instructions that can trap, and of the calls that are on the stack when one does.
//!
//! A piece is what lies between two addresses and was compiled as one: a function with those that are
//! inlined into it, or code that is none of the module's. The table
//! ([`crate::symbols::TRAP_SITES`]) has, all numbers little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 4, 4 | the number of pieces, the number of names |
//! | 8 each | pieces by address: offset from [`crate::symbols::TEXT`], offset of the piece's stream |
//! | 12 each | names by function index: the index, offset and length of the name |
//! | the rest | streams and names |
//!
//! A stream is, in LEB128 but for single bytes: the index of the function ([`NO_FUNCTION`] where it is
//! none of the module's) and the offset of its body in the module; a byte, 1 where it pushes the frame pointer; the number of inlined functions, and
//! for each its caller (0 is the piece's own function, else the inlined one with this number, from 1
//! on), its index and the offset of the call; then sites in order of address. A site is four times the
//! distance in bytes from the last (at first from the piece's start), plus the place of its kind in [`SHORT`],
//! from 1 on, where it is in the same function as the last (at first the piece's own), else 0; where that is 0,
//! a byte for its kind, and where that has [`MOVES`] set the number of the function it is in; then the signed
//! distance of its offset in the module from the last (at first from the body's). [`END`] follows the last.
//! The table is read only when a program traps.

use crate::leb128;
use crate::search::{partition_point, word};
use crate::trap::TrapKind;

/// The kind that ends a stream.
const END: u8 = 0;
/// The kind of a call: its address is where it returns to.
const CALL: u8 = 0x40;
/// A bit of a kind: the site is in another function than the last.
const MOVES: u8 = 0x80;

/// The kinds that take no byte: nearly all sites are of one.
const SHORT: [u8; 3] = [
    TrapKind::MemoryOutOfBounds as u8,
    CALL,
    TrapKind::Unreachable as u8,
];

/// The index of what is no function of the module, such as the entry point.
pub const NO_FUNCTION: u32 = u32::MAX;

const HEADER_LEN: usize = 8;
const PIECE_LEN: usize = 8;
const NAME_LEN: usize = 12;

/// The table as the runtime reads it.
#[derive(Clone, Copy, Debug)]
pub struct Sites<'a>(pub &'a [u8]);

/// A place in the module that an address belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    table: Sites<'a>,
    piece: Piece<'a>,
    /// The function it is in: 0 for the piece's own, else the number of an inlined one.
    function: u32,
    /// Offset in the module of the instruction.
    pub wasm_offset: u32,
}

/// A wasm function at work, and where in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its index in the module.
    pub function: u32,
    /// Its name, empty where it has none. UTF-8, as validated.
    pub name: &'a [u8],
    /// Offset in the module of the instruction it is at.
    pub wasm_offset: u32,
}

#[derive(Clone, Copy, Debug)]
struct Piece<'a> {
    text_offset: u32,
    function: u32,
    wasm_offset: u32,
    pushes_frame_pointer: bool,
    inlined: u32,
    /// The stream from the inlined functions on.
    rest: &'a [u8],
}

impl<'a> Sites<'a> {
    /// The trap that an instruction at `text_offset` from [`crate::symbols::TEXT`] can end with, and where
    /// it is in the module.
    pub fn trap(&self, text_offset: u32) -> Option<(TrapKind, Place<'a>)> {
        let is_trap = |kind| TrapKind::from_number(kind).is_some();
        let (kind, place) = self.find(text_offset, is_trap)?;
        Some((TrapKind::from_number(kind)?, place))
    }

    /// The call that returns to `text_offset`.
    pub fn call(&self, text_offset: u32) -> Option<Place<'a>> {
        let (_, place) = self.find(text_offset, |kind| kind == CALL)?;
        Some(place)
    }

    /// The beginning of the function whose code contains `text_offset`.
    pub fn function(&self, text_offset: u32) -> Option<Place<'a>> {
        let piece = self.piece(text_offset)?;
        Some(Place {
            table: *self,
            piece,
            function: 0,
            wasm_offset: piece.wasm_offset,
        })
    }

    /// The site at `text_offset` of a wanted kind.
    fn find(&self, text_offset: u32, is_wanted: fn(u8) -> bool) -> Option<(u8, Place<'a>)> {
        // A call may be the last instruction of its piece.
        let pieces = [text_offset.saturating_sub(1), text_offset];
        let mut pieces = pieces.into_iter().filter_map(|at| self.piece(at));
        pieces.find_map(|piece| self.find_in(piece, text_offset, is_wanted))
    }

    fn find_in(
        &self,
        piece: Piece<'a>,
        text_offset: u32,
        is_wanted: fn(u8) -> bool,
    ) -> Option<(u8, Place<'a>)> {
        let mut stream = piece.rest;
        for _ in 0..piece.inlined {
            Inlined::read(&mut stream)?;
        }
        let mut at = u64::from(piece.text_offset);
        let mut wasm_offset = i64::from(piece.wasm_offset);
        let mut function = 0;
        loop {
            let first = leb128::read_unsigned(&mut stream)?;
            at += first >> 2;
            let mut kind = match (first & 3) as usize {
                0 => 0,
                place => SHORT[place - 1],
            };
            if first & 3 == 0 {
                let (&long, rest) = stream.split_first()?;
                (kind, stream) = (long & !MOVES, rest);
                if long & MOVES != 0 {
                    function = leb128::read_unsigned(&mut stream)? as u32;
                }
            }
            wasm_offset += leb128::read_signed(&mut stream)?;
            if kind == END || at > u64::from(text_offset) {
                return None;
            }
            if at == u64::from(text_offset) && is_wanted(kind) {
                let place = Place {
                    table: *self,
                    piece,
                    function,
                    wasm_offset: wasm_offset as u32,
                };
                return Some((kind, place));
            }
        }
    }

    /// The piece that contains `text_offset`.
    fn piece(&self, text_offset: u32) -> Option<Piece<'a>> {
        let count = self.word(0)? as usize;
        let start = |index| self.word(HEADER_LEN + index * PIECE_LEN);
        let index = partition_point(count, |index| Some(start(index)? <= text_offset))?;
        let index = index.checked_sub(1)?;
        let stream = self.word(HEADER_LEN + index * PIECE_LEN + 4)? as usize;
        let mut rest = self.0.get(stream..)?;
        let function = leb128::read_unsigned(&mut rest)? as u32;
        let wasm_offset = leb128::read_unsigned(&mut rest)? as u32;
        let (&pushes, after) = rest.split_first()?;
        rest = after;
        Some(Piece {
            text_offset: start(index)?,
            function,
            wasm_offset,
            pushes_frame_pointer: pushes != 0,
            inlined: leb128::read_unsigned(&mut rest)? as u32,
            rest,
        })
    }

    /// The name of a function, empty where it has none.
    fn name(&self, function: u32) -> &'a [u8] {
        self.find_name(function).unwrap_or_default()
    }

    fn find_name(&self, function: u32) -> Option<&'a [u8]> {
        let names = HEADER_LEN + self.word(0)? as usize * PIECE_LEN;
        let record = |index: usize| names + index * NAME_LEN;
        let count = self.word(4)? as usize;
        let index = partition_point(count, |index| Some(self.word(record(index))? < function))?;
        let at = record(index);
        if index == count || self.word(at)? != function {
            return None;
        }
        let start = self.word(at + 4)? as usize;
        self.0.get(start..start + self.word(at + 8)? as usize)
    }

    fn word(&self, at: usize) -> Option<u32> {
        word(self.0, at)
    }
}

impl<'a> Place<'a> {
    /// Tells if its code pushes the frame pointer, so that frames can be followed by it.
    pub fn pushes_frame_pointer(&self) -> bool {
        self.piece.pushes_frame_pointer
    }

    /// Offset from [`crate::symbols::TEXT`] of the first instruction of the code it is in.
    pub fn text_start(&self) -> u32 {
        self.piece.text_offset
    }

    /// The functions at work there: the innermost first, then those that it is inlined into. None in code
    /// that is none of the module's.
    pub fn frames(&self) -> impl Iterator<Item = Frame<'a>> + use<'a> {
        let (table, piece) = (self.table, self.piece);
        let frame = move |(function, wasm_offset)| {
            let index = match function {
                0 => piece.function,
                function => piece.inlined(function)?.function,
            };
            (index != NO_FUNCTION).then(|| Frame {
                function: index,
                name: table.name(index),
                wasm_offset,
            })
        };
        let caller = move |&(function, _): &(u32, u32)| {
            let inlined = piece.inlined(function)?;
            // Callers come first, so that this ends.
            (inlined.caller < function).then_some((inlined.caller, inlined.call))
        };
        core::iter::successors(Some((self.function, self.wasm_offset)), caller).map_while(frame)
    }
}

impl Piece<'_> {
    /// The inlined function with this number, from 1 on.
    fn inlined(&self, number: u32) -> Option<Inlined> {
        let mut stream = self.rest;
        let mut found = None;
        if number > self.inlined {
            return None;
        }
        for _ in 0..number {
            found = Inlined::read(&mut stream);
        }
        found
    }
}

/// A function inlined into another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inlined {
    /// The function whose call it is: 0 for the piece's own, else the number of an inlined one before this.
    pub caller: u32,
    /// Its index in the module.
    pub function: u32,
    /// Offset in the module of the call.
    pub call: u32,
}

impl Inlined {
    fn read(stream: &mut &[u8]) -> Option<Self> {
        let mut number = || Some(leb128::read_unsigned(stream)? as u32);
        Some(Inlined {
            caller: number()?,
            function: number()?,
            call: number()?,
        })
    }
}

#[cfg(feature = "alloc")]
pub use write::{PieceSites, Site, SitesWriter};

#[cfg(feature = "alloc")]
mod write {
    use super::{CALL, END, HEADER_LEN, Inlined, MOVES, NAME_LEN, PIECE_LEN, SHORT};
    use crate::leb128;
    use crate::trap::TrapKind;
    use alloc::collections::BTreeMap;
    use alloc::string::String;
    use alloc::vec::Vec;

    /// A place in machine code.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Site {
        /// Offset in the piece: of the instruction, or of what a call returns to.
        pub offset: u32,
        /// The trap that the instruction can end with; `None` for a call.
        pub trap: Option<TrapKind>,
        /// The function it is in: 0 for the piece's own, else the number of an inlined one.
        pub function: u32,
        /// Offset in the module.
        pub wasm_offset: u32,
    }

    /// A piece of code.
    #[derive(Clone, Copy, Debug)]
    pub struct PieceSites<'a> {
        /// Offset of its code from [`crate::symbols::TEXT`].
        pub text_offset: u32,
        /// Index of its function in the module.
        pub function: u32,
        /// Offset of the function's body in the module.
        pub wasm_offset: u32,
        /// True if its code pushes the frame pointer.
        pub pushes_frame_pointer: bool,
        /// The functions that are inlined in it, callers before what they call.
        pub inlined: &'a [Inlined],
        /// Its sites, in order of address.
        pub sites: &'a [Site],
    }

    /// Collects pieces in order of address, then gives the table's bytes.
    #[derive(Debug, Default)]
    pub struct SitesWriter {
        /// Address and offset in `streams` of each piece.
        pieces: Vec<(u32, u32)>,
        streams: Vec<u8>,
        names: BTreeMap<u32, String>,
    }

    impl SitesWriter {
        /// Tells if a function has a name already, which may be empty.
        pub fn is_named(&self, function: u32) -> bool {
            self.names.contains_key(&function)
        }

        /// Names a function.
        pub fn name(&mut self, function: u32, name: String) {
            self.names.insert(function, name);
        }

        /// Adds a piece.
        pub fn piece(&mut self, piece: PieceSites) {
            self.pieces
                .push((piece.text_offset, self.streams.len() as u32));
            let out = &mut self.streams;
            leb128::write_unsigned(out, piece.function.into());
            leb128::write_unsigned(out, piece.wasm_offset.into());
            out.push(piece.pushes_frame_pointer.into());
            leb128::write_unsigned(out, piece.inlined.len() as u64);
            for inlined in piece.inlined {
                for number in [inlined.caller, inlined.function, inlined.call] {
                    leb128::write_unsigned(out, number.into());
                }
            }
            let mut last = (0, 0, i64::from(piece.wasm_offset));
            for site in piece.sites {
                let distance = u64::from(site.offset - last.0);
                let kind = site.trap.map_or(CALL, |kind| kind as u8);
                let stays = site.function == last.1;
                let short = SHORT.iter().position(|short| stays && *short == kind);
                let place = short.map_or(0, |index| index as u64 + 1);
                leb128::write_unsigned(out, distance << 2 | place);
                if !stays {
                    out.push(kind | MOVES);
                    leb128::write_unsigned(out, site.function.into());
                } else if short.is_none() {
                    out.push(kind);
                }
                leb128::write_signed(out, i64::from(site.wasm_offset) - last.2);
                last = (site.offset, site.function, site.wasm_offset.into());
            }
            out.extend_from_slice(&[0, END, 0]);
        }

        /// The finished table.
        pub fn finish(self) -> Vec<u8> {
            let named = || self.names.iter().filter(|(_, name)| !name.is_empty());
            let names = named().count();
            let streams_at = HEADER_LEN + self.pieces.len() * PIECE_LEN + names * NAME_LEN;
            let mut name_at = (streams_at + self.streams.len()) as u32;
            let mut words = Vec::from([self.pieces.len() as u32, names as u32]);
            for (text_offset, stream) in &self.pieces {
                words.extend([*text_offset, stream + streams_at as u32]);
            }
            for (function, name) in named() {
                words.extend([*function, name_at, name.len() as u32]);
                name_at += name.len() as u32;
            }
            let words = words.into_iter().flat_map(u32::to_le_bytes);
            let mut out: Vec<u8> = words.collect();
            out.extend_from_slice(&self.streams);
            out.extend(named().flat_map(|(_, name)| name.bytes()));
            out
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn site(offset: u32, trap: Option<TrapKind>, function: u32, wasm_offset: u32) -> Site {
        Site {
            offset,
            trap,
            function,
            wasm_offset,
        }
    }

    fn table() -> Vec<u8> {
        let mut writer = SitesWriter::default();
        writer.name(7, "first".into());
        writer.name(9, "".into());
        writer.name(11, "inner".into());
        let inlined = |caller, function, call| Inlined {
            caller,
            function,
            call,
        };
        writer.piece(PieceSites {
            text_offset: 0,
            function: 7,
            wasm_offset: 100,
            pushes_frame_pointer: true,
            inlined: &[inlined(0, 11, 110), inlined(1, 9, 310)],
            sites: &[
                site(0, Some(TrapKind::Unreachable), 0, 120),
                site(300, Some(TrapKind::MemoryOutOfBounds), 2, 220),
                site(310, None, 1, 305),
                site(310, Some(TrapKind::Unreachable), 0, 130),
                site(512, None, 0, 140),
            ],
        });
        writer.piece(PieceSites {
            text_offset: 512,
            function: 9,
            wasm_offset: 200,
            pushes_frame_pointer: false,
            inlined: &[],
            sites: &[site(8, Some(TrapKind::DivisionByZero), 0, 201)],
        });
        writer.finish()
    }

    fn frames<'a>(place: Place<'a>) -> Vec<(u32, &'a str, u32)> {
        place
            .frames()
            .map(|frame| {
                let name = core::str::from_utf8(frame.name).unwrap();
                (frame.function, name, frame.wasm_offset)
            })
            .collect()
    }

    #[test]
    fn traps_are_found_by_exact_address() {
        let table = table();
        let sites = Sites(&table);
        let found = |offset| {
            sites
                .trap(offset)
                .map(|(kind, place)| (kind, frames(place)))
        };
        let first = [(7, "first", 120)].into();
        assert_eq!(found(0), Some((TrapKind::Unreachable, first)));
        let nested = [(9, "", 220), (11, "inner", 310), (7, "first", 110)].into();
        assert_eq!(found(300), Some((TrapKind::MemoryOutOfBounds, nested)));
        let behind = [(7, "first", 130)].into();
        assert_eq!(found(310), Some((TrapKind::Unreachable, behind)));
        let second = [(9, "", 201)].into();
        assert_eq!(found(520), Some((TrapKind::DivisionByZero, second)));
        for offset in [1, 299, 301, 512, 519, 9000] {
            assert_eq!(found(offset), None, "{offset}");
        }
    }

    #[test]
    fn calls_are_found_by_where_they_return_to() {
        let table = table();
        let sites = Sites(&table);
        let inner = [(11, "inner", 305), (7, "first", 110)];
        assert_eq!(frames(sites.call(310).unwrap()), inner);
        // The last instruction of its piece.
        let last = sites.call(512).unwrap();
        assert_eq!(frames(last), [(7, "first", 140)]);
        assert!(last.pushes_frame_pointer());
        assert!(sites.call(300).is_none());
        assert!(!sites.function(600).unwrap().pushes_frame_pointer());
    }

    #[test]
    fn what_is_no_function_has_no_frames() {
        let mut writer = SitesWriter::default();
        writer.piece(PieceSites {
            text_offset: 0,
            function: NO_FUNCTION,
            wasm_offset: 0,
            pushes_frame_pointer: true,
            inlined: &[],
            sites: &[site(8, None, 0, 0)],
        });
        let table = writer.finish();
        assert_eq!(frames(Sites(&table).call(8).unwrap()), []);
    }

    #[test]
    fn damaged_tables_lead_nowhere_but_do_no_harm() {
        let table = table();
        for len in 0..table.len() {
            for offset in [0, 300, 310, 512, 520] {
                let sites = Sites(&table[..len]);
                let _ = sites.trap(offset).map(|(_, place)| frames(place).len());
                let _ = sites.call(offset).map(|place| frames(place).len());
            }
        }
    }
}
