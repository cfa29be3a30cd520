//! Line tables: a sequence for each function, with a row wherever the line changes.

use super::Writer;
use crate::compile::Code;
use crate::dwarf::{self, Row};
use gimli::write::{Address, FileId, LineString};
use rustc_hash::FxHashSet;

/// Makes statements of rows of lines that lost theirs to optimisation, so that breakpoints find them.
fn add_statements<'r>(rows: impl Iterator<Item = &'r mut Row>) {
    let mut rows: Vec<_> = rows.collect();
    let line = |row: &Row| (row.unit, row.file, row.line);
    let statements = rows.iter().filter(|row| row.is_statement);
    let mut lines: FxHashSet<_> = statements.map(|row| line(row)).collect();
    for row in &mut rows {
        row.is_statement |= lines.insert(line(row));
    }
}

impl Writer<'_> {
    /// Writes the rows of a function into the table of its unit.
    pub fn rows(&mut self, piece: usize, code: &Code, unit: u32) {
        let id = self.unit(unit);
        let mut rows = Vec::new();
        let mut last: Option<(u32, u64, u64, u64)> = None;
        for span in &code.spans {
            let row = self.row(span.offset);
            let key = row.map(|row| (row.unit, row.file, row.line, row.column));
            if !rows.is_empty() && key == last {
                continue;
            }
            last = key;
            let row = row.copied();
            let file = row.and_then(|row| self.file(unit, row.unit, row.file));
            rows.push((span.start, row.zip(file)));
        }
        add_statements(
            rows.iter_mut()
                .filter_map(|(_, row)| Some(&mut row.as_mut()?.0)),
        );
        let program = &mut self.out.units.get_mut(id).line_program;
        program.begin_sequence(Some(Address::Symbol {
            symbol: piece,
            addend: 0,
        }));
        for (start, row) in rows {
            let out = program.row();
            out.address_offset = start.into();
            match row {
                Some((row, file)) => {
                    out.file = file;
                    out.line = row.line;
                    out.column = row.column;
                    out.is_statement = row.is_statement;
                }
                None => (out.line, out.column, out.is_statement) = (0, 0, false),
            }
            program.generate_row();
        }
        program.end_sequence(code.bytes.len() as u64);
    }

    /// The row of an offset in the module.
    pub fn row(&self, offset: u32) -> Option<&Row> {
        let address = u64::from(offset).checked_sub(self.code_start)?;
        self.lines.find(address)
    }

    /// A source of the unit `of`, as it is referred to from `unit`.
    pub fn file(&mut self, unit: u32, of: u32, file: u64) -> Option<FileId> {
        if let Some(known) = self.files.get(&(unit, of, file)) {
            return *known;
        }
        let found = dwarf::file(self.tree, of, file).map(|(directory, name)| {
            let id = self.unit(unit);
            let program = &mut self.out.units.get_mut(id).line_program;
            let directory = match directory.is_empty() {
                true => program.default_directory(),
                false => program.add_directory(LineString::String(directory)),
            };
            program.add_file(LineString::String(name), directory, None)
        });
        self.files.insert((unit, of, file), found);
        found
    }
}
