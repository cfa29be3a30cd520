//! What went wrong, as people are told: `error: …`, the place in a text module, `help: …`.

use crate::compile::Module;
use anstyle::AnsiColor;
use kiln_compiler::Location;
use std::io::{self, Write};

/// Why a subcommand failed.
#[derive(Debug)]
pub struct Failure {
    message: String,
    excerpt: Option<Excerpt>,
    help: Option<String>,
}

impl Failure {
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            excerpt: None,
            help: None,
        }
    }

    /// Adds what can be done about it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What the compiler finds wrong with a module.
    pub fn in_module(module: &Module, error: &kiln_compiler::Error) -> Self {
        Self {
            message: format!("{}: {error}", module.name),
            excerpt: match error.location() {
                Location::Text { line, column } => Excerpt::new(&module.bytes, line, column),
                Location::Offset(_) | Location::Whole => None,
            },
            help: error.advice().map(str::to_owned),
        }
    }

    /// Writes it to standard error, in colour where that is a terminal and `NO_COLOR` is not set.
    pub fn print(&self) {
        // With standard error gone there is nobody left to tell.
        let _ = self.write(&mut anstream::stderr().lock());
    }

    fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let red = AnsiColor::Red.on_default().bold();
        let cyan = AnsiColor::Cyan.on_default().bold();
        writeln!(to, "{red}error:{red:#} {}", self.message)?;
        if let Some(excerpt) = &self.excerpt {
            excerpt.write(to)?;
        }
        match &self.help {
            Some(help) => writeln!(to, "{cyan}help:{cyan:#} {help}"),
            None => Ok(()),
        }
    }
}

/// A line of source with a mark under one of its columns.
#[derive(Debug, PartialEq, Eq)]
struct Excerpt {
    line: usize,
    text: String,
    /// White space as wide as the text before the column.
    indent: String,
}

/// Characters shown of a line on either side of the mark.
const CONTEXT: usize = 60;

impl Excerpt {
    /// The place of a byte of a text, line and column (in bytes) counted from 1.
    fn new(source: &[u8], line: usize, column: usize) -> Option<Self> {
        let source = std::str::from_utf8(source).ok()?;
        let text = source.lines().nth(line.checked_sub(1)?)?;
        let (before, after) = text.split_at_checked(column.checked_sub(1)?)?;
        let skipped = before.chars().count().saturating_sub(CONTEXT);
        let before: String = before.chars().skip(skipped).collect();
        let blank = |c| if c == '\t' { '\t' } else { ' ' };
        Some(Self {
            line,
            indent: before.chars().map(blank).collect(),
            text: before + &after.chars().take(CONTEXT).collect::<String>(),
        })
    }

    fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let blue = AnsiColor::Blue.on_default().bold();
        let red = AnsiColor::Red.on_default().bold();
        let Self { line, text, indent } = self;
        let margin = " ".repeat(line.to_string().len());
        writeln!(to, "{blue}{margin} |{blue:#}")?;
        writeln!(to, "{blue}{line} |{blue:#} {text}")?;
        writeln!(to, "{blue}{margin} |{blue:#} {indent}{red}^{red:#}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(source: &str, line: usize, column: usize) -> Option<String> {
        let mut shown = anstream::StripStream::new(Vec::new());
        Excerpt::new(source.as_bytes(), line, column)?
            .write(&mut shown)
            .unwrap();
        Some(String::from_utf8(shown.into_inner()).unwrap())
    }

    #[test]
    fn the_mark_stands_under_the_column() {
        let shown = excerpt("(module\n\t(é bogus))\n", 2, 6).unwrap();
        assert_eq!(shown, "  |\n2 | \t(é bogus))\n  | \t   ^\n");
    }

    #[test]
    fn the_end_of_a_line_can_be_marked() {
        assert_eq!(excerpt("(mod", 1, 5).unwrap(), "  |\n1 | (mod\n  |     ^\n");
    }

    #[test]
    fn long_lines_are_cut() {
        let line = "x".repeat(1000);
        let shown = excerpt(&line, 1, 500).unwrap();
        let mut lines = shown.lines().map(str::len);
        assert_eq!(lines.nth(1), Some("1 | ".len() + 2 * CONTEXT));
        assert_eq!(lines.next(), Some("1 | ".len() + CONTEXT + 1));
    }

    #[test]
    fn places_outside_the_text_have_no_excerpt() {
        for (line, column) in [(0, 1), (1, 0), (1, 10), (5, 1)] {
            assert_eq!(excerpt("(module)", line, column), None);
        }
    }
}
