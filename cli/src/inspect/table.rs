//! Names and what they stand for, in two columns.

use anstyle::Style;
use kiln_abi::printable::Printable;
use std::fmt::{self, Write as _};

/// A table of two columns. What is in it is escaped when it is displayed.
#[derive(Default)]
pub struct Table {
    rows: Vec<Row>,
}

struct Row {
    name: &'static str,
    style: Style,
    value: String,
}

impl Table {
    /// Adds a row for each value; the name stands in the first.
    pub fn rows(&mut self, name: &'static str, values: impl IntoIterator<Item = String>) {
        self.styled(name, Style::new(), values);
    }

    /// Adds a row.
    pub fn row(&mut self, name: &'static str, value: impl Into<String>) {
        self.rows(name, [value.into()]);
    }

    /// Adds a row for each value, the first of which is in this style.
    pub fn styled(
        &mut self,
        name: &'static str,
        style: Style,
        values: impl IntoIterator<Item = String>,
    ) {
        for (index, value) in values.into_iter().enumerate() {
            let (name, style) = match index {
                0 => (name, style),
                _ => ("", Style::new()),
            };
            self.rows.push(Row { name, style, value });
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bold = Style::new().bold();
        let width = self.rows.iter().map(|row| row.name.len()).max();
        let width = width.unwrap_or_default();
        for Row { name, style, value } in &self.rows {
            let value = Printable(value.as_bytes());
            writeln!(f, "{bold}{name:width$}{bold:#}  {style}{value}{style:#}")?;
        }
        Ok(())
    }
}

/// Columns that a list may take.
const WIDTH: usize = 80;

/// A list in as few lines as it fits in.
pub fn lines<S: AsRef<str>>(words: &[S]) -> Vec<String> {
    let words = words.iter().map(AsRef::as_ref);
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() + ", ".len() <= WIDTH => {
                // Writing to a string cannot fail.
                let _ = write!(line, ", {word}");
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A text in lines that are broken between words.
pub fn folded(text: &str) -> Vec<String> {
    let mut folded: Vec<String> = Vec::new();
    for line in text.lines() {
        let mut rest = String::new();
        for word in line.split(' ') {
            if !rest.is_empty() && rest.chars().count() + 1 + word.chars().count() > WIDTH {
                folded.push(std::mem::take(&mut rest));
            }
            if !rest.is_empty() {
                rest.push(' ');
            }
            rest += word;
        }
        folded.push(rest);
    }
    folded
}
