//! The line tables of a module's DWARF: from an address to the line of a source.

use super::sections::Slice;
use super::tree::Tree;
use gimli::ColumnType;

/// A stretch of instructions of one line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub start: u64,
    pub end: u64,
    pub unit: u32,
    /// The number of the source in its unit.
    pub file: u64,
    /// 0 where there is none.
    pub line: u64,
    pub column: u64,
    pub is_statement: bool,
}

/// The rows of all units, by address.
pub(crate) struct Lines {
    rows: Vec<Row>,
}

impl Lines {
    /// Reads what can be read; gives sentences on what cannot.
    pub fn read(tree: &Tree) -> (Self, Vec<String>) {
        let (mut rows, mut warnings) = (Vec::new(), Vec::new());
        for (unit, number) in tree.units.iter().zip(0..) {
            if let Err(error) = read_unit(&unit.unit, number, &mut rows) {
                let start = unit.unit.header.offset().0;
                warnings.push(format!(
                    "lines of the unit at offset {start:#x} of .debug_info are left out: {error}"
                ));
            }
        }
        // Of what overlaps the first counts.
        rows.sort_by_key(|row| row.start);
        (Self { rows }, warnings)
    }

    /// The row that an address is in.
    pub fn find(&self, address: u64) -> Option<&Row> {
        let next = self.rows.partition_point(|row| row.start <= address);
        let row = self.rows[..next].last()?;
        (address < row.end).then_some(row)
    }
}

fn read_unit(unit: &gimli::Unit<Slice>, number: u32, rows: &mut Vec<Row>) -> gimli::Result<()> {
    let Some(program) = unit.line_program.clone() else {
        return Ok(());
    };
    let mut instructions = program.rows();
    // The row before, and whether its sequence is of code that the linker dropped: it lies at 0, where the
    // number of functions is, or behind all code.
    let (mut open, mut is_dropped): (Option<Row>, _) = (None, false);
    while let Some((_, row)) = instructions.next_row()? {
        let start = row.address();
        match open.take() {
            None => is_dropped = start == 0 || start >= u64::from(u32::MAX - 1),
            Some(before) if before.start < start && !is_dropped => {
                rows.push(Row {
                    end: start,
                    ..before
                });
            }
            Some(_) => {}
        }
        let column = match row.column() {
            ColumnType::LeftEdge => 0,
            ColumnType::Column(column) => column.get(),
        };
        open = (!row.end_sequence()).then_some(Row {
            start,
            end: start,
            unit: number,
            file: row.file_index(),
            line: row.line().map_or(0, |line| line.get()),
            column,
            is_statement: row.is_stmt(),
        });
    }
    Ok(())
}

/// The directory and the name of a source, the directory with that of the compilation before it.
pub(crate) fn file(tree: &Tree, unit: u32, file: u64) -> Option<(Vec<u8>, Vec<u8>)> {
    let unit = &tree.units[unit as usize].unit;
    let header = unit.line_program.as_ref()?.header();
    let file = header.file(file)?;
    let text = |value| Some(tree.dwarf.attr_string(unit, value).ok()?.slice().to_vec());
    let name = text(file.path_name())?;
    let mut directory = unit.comp_dir.map_or(Vec::new(), |dir| dir.slice().to_vec());
    if let Some(inner) = file.directory(header).and_then(text) {
        if inner.starts_with(b"/") {
            directory = inner;
        } else if !inner.is_empty() {
            if !directory.is_empty() {
                directory.push(b'/');
            }
            directory.extend(inner);
        }
    }
    let is_usable = |text: &[u8]| !text.contains(&0);
    (is_usable(&name) && is_usable(&directory) && !name.is_empty()).then_some((directory, name))
}
