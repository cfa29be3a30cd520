//! Failures, as people are told them: `error: …`, the place in a text module, `help: …`.

use crate::compile::Module;
use anstyle::AnsiColor;
use kiln_abi::printable::{Printable, is_control};
use kiln_compiler::Location;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Bytes of a text.
pub type Span = std::ops::Range<usize>;

/// A path as it is shown.
pub fn shown(path: &(impl AsRef<Path> + ?Sized)) -> Printable<'_> {
    Printable(path.as_ref().as_os_str().as_bytes())
}

/// A text of several lines as it is shown, each line escaped. Names are escaped where they enter a
/// message, since only there a line break of theirs can be told from one of the message; this is the
/// net below.
fn lines(text: &str) -> String {
    let lines: Vec<_> = text
        .split('\n')
        .map(|line| Printable(line.as_bytes()).to_string())
        .collect();
    lines.join("\n")
}

/// Says something on standard error that is no failure.
pub fn note(message: &str) {
    tell(AnsiColor::Green, "note", message);
}

/// Says something on standard error that is no failure, but may not be as meant.
pub fn warning(message: &str) {
    tell(AnsiColor::Yellow, "warning", message);
}

fn tell(color: AnsiColor, kind: &str, message: &str) {
    let style = color.on_default().bold();
    // With standard error gone there is nobody left to tell.
    let _ = writeln!(
        anstream::stderr(),
        "{style}{kind}:{style:#} {}",
        lines(message)
    );
}

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

    /// Adds what can be done about it, where that is known.
    pub fn maybe_help(self, help: Option<String>) -> Self {
        match help {
            Some(help) => self.help(help),
            None => self,
        }
    }

    /// Something wrong with these bytes of a text file.
    pub fn in_text(name: &str, text: &str, span: Span, message: &str) -> Self {
        let (line, column) = place(text, span.start);
        let width = text.get(span).map_or(1, |part| part.chars().count());
        Self {
            message: format!("{name}: {message} (at line {line}, column {column})"),
            excerpt: Excerpt::new(text.as_bytes(), line, column).map(|place| place.wide(width)),
            help: None,
        }
    }

    /// Gives what the compiler finds wrong with a module.
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
        writeln!(to, "{red}error:{red:#} {}", lines(&self.message))?;
        if let Some(excerpt) = &self.excerpt {
            excerpt.write(to)?;
        }
        match &self.help {
            Some(help) => writeln!(to, "{cyan}help:{cyan:#} {}", lines(help)),
            None => Ok(()),
        }
    }
}

/// The line and the column (in bytes), from 1, of a byte of a text.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
    let start = before.iter().rposition(|&byte| byte == b'\n');
    (line, before.len() - start.map_or(0, |at| at + 1) + 1)
}

/// A line of source with a mark under some of its columns.
#[derive(Debug, PartialEq, Eq)]
struct Excerpt {
    line: usize,
    text: String,
    /// White space as wide as the text before the column.
    indent: String,
    /// Columns that are marked.
    width: usize,
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
        let after = after.chars().take(CONTEXT);
        // One column for each character, whatever it would do to a terminal.
        let harmless = |c| match c {
            '\t' => '\t',
            c if is_control(c) => char::REPLACEMENT_CHARACTER,
            c => c,
        };
        Some(Self {
            line,
            indent: before.chars().map(blank).collect(),
            text: before.chars().chain(after).map(harmless).collect(),
            width: 1,
        })
    }

    /// Marks so many characters, as far as the line shows them.
    fn wide(self, width: usize) -> Self {
        let shown = self.text.chars().count() - self.indent.chars().count();
        let width = width.clamp(1, shown.max(1));
        Self { width, ..self }
    }

    fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let blue = AnsiColor::Blue.on_default().bold();
        let red = AnsiColor::Red.on_default().bold();
        let Self {
            line,
            text,
            indent,
            width,
        } = self;
        let mark = "^".repeat(*width);
        let margin = " ".repeat(line.to_string().len());
        writeln!(to, "{blue}{margin} |{blue:#}")?;
        writeln!(to, "{blue}{line} |{blue:#} {text}")?;
        writeln!(to, "{blue}{margin} |{blue:#} {indent}{red}{mark}{red:#}")
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
    fn nothing_in_the_line_controls_a_terminal() {
        let shown = excerpt("(a \u{1b}[31m\u{202e} b)", 1, 12).unwrap();
        assert_eq!(
            shown,
            "  |\n1 | (a \u{fffd}[31m\u{fffd} b)\n  |          ^\n"
        );
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
    fn a_span_is_marked_within_its_line() {
        let text = "a = 1\nb = [\n  2\n]\n";
        for (span, column, mark) in [(6..7, 1, "^"), (10..17, 5, "    ^"), (17..17, 2, " ^")] {
            let failure = Failure::in_text("t", text, span, "bad");
            let excerpt = failure.excerpt.unwrap();
            let mut shown = anstream::StripStream::new(Vec::new());
            excerpt.write(&mut shown).unwrap();
            let shown = String::from_utf8(shown.into_inner()).unwrap();
            assert_eq!(shown.lines().last(), Some(&*format!("  | {mark}")));
            assert!(failure.message.ends_with(&format!("column {column})")));
        }
    }

    #[test]
    fn places_outside_the_text_have_no_excerpt() {
        for (line, column) in [(0, 1), (1, 0), (1, 10), (5, 1)] {
            assert_eq!(excerpt("(module)", line, column), None);
        }
    }
}
