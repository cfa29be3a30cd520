//! Pages in Markdown: their blocks of code, and the sessions at a terminal that some of these are.

use anyhow::{Context, Result, ensure};

/// A block of code between fences.
pub struct Block<'a> {
    /// The number of its first line.
    pub line: usize,
    info: &'a str,
    /// What stands between the fences.
    pub text: &'a str,
}

impl<'a> Block<'a> {
    pub fn language(&self) -> &'a str {
        self.info.split_whitespace().next().unwrap_or_default()
    }

    /// The file that it is, by the second word of its info string.
    pub fn file(&self) -> Option<&'a str> {
        self.info.split_whitespace().nth(1)
    }
}

/// The blocks of code of a page.
pub fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, &str, usize)> = None;
    let mut at = 0;
    for (index, line) in page.split_inclusive('\n').enumerate() {
        let end = at + line.len();
        match (line.strip_prefix("```"), open) {
            (Some(info), None) => open = Some((index + 2, info.trim(), end)),
            (Some(_), Some((line, info, start))) => {
                let text = &page[start..at];
                blocks.push(Block { line, info, text });
                open = None;
            }
            _ => {}
        }
        at = end;
    }
    blocks
}

/// What stands between backquotes in a page's text.
pub fn code_spans(page: &str) -> Vec<String> {
    let mut text = page.to_owned();
    for block in blocks(page) {
        text = text.replace(block.text, "");
    }
    let text = text.replace("```", "");
    let spans = text.split('`').skip(1).step_by(2);
    spans
        .map(|span| span.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

/// Commands as they are typed.
pub struct Session {
    pub commands: Vec<Typed>,
}

/// A command.
pub struct Typed {
    /// Its lines, without the prompt and without the last line's end.
    pub lines: String,
}

impl Session {
    pub fn parse(text: &str) -> Result<Self> {
        let mut commands = Vec::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let Some(first) = line.strip_prefix("$ ") else {
                ensure!(!commands.is_empty(), "output before a command: {line}");
                continue;
            };
            let mut typed = first.to_owned();
            let mut more = |typed: &mut String| -> Result<bool> {
                let line = lines.next().context("a command has no end")?;
                *typed += "\n";
                *typed += line;
                Ok(line.ends_with('\\'))
            };
            let mut goes_on = first.ends_with('\\');
            while goes_on {
                goes_on = more(&mut typed)?;
            }
            if let Some((_, word)) = first.split_once("<<") {
                let end = word.split_whitespace().next().unwrap_or_default();
                let end = end.trim_matches(['\'', '"']).to_owned();
                while typed.lines().last() != Some(&*end) {
                    more(&mut typed)?;
                }
            }
            commands.push(Typed { lines: typed });
        }
        ensure!(!commands.is_empty(), "a session without commands");
        Ok(Self { commands })
    }
}

/// Whether what is shown is as written, where `...` stands for any lines and `[..]` for any text.
pub fn matches(written: &str, shown: &str) -> bool {
    let (written, shown): (Vec<_>, Vec<_>) = (written.lines().collect(), shown.lines().collect());
    lines_match(&written, &shown)
}

fn lines_match(written: &[&str], shown: &[&str]) -> bool {
    match (written, shown) {
        ([], []) => true,
        (["...", rest @ ..], _) => {
            (0..=shown.len()).any(|skipped| lines_match(rest, &shown[skipped..]))
        }
        ([line, written @ ..], [seen, shown @ ..]) => {
            line_matches(line, seen) && lines_match(written, shown)
        }
        _ => false,
    }
}

fn line_matches(written: &str, shown: &str) -> bool {
    match written.split_once("[..]") {
        None => written == shown,
        Some((before, rest)) => shown.strip_prefix(before).is_some_and(|shown| {
            let mut ends = shown.char_indices().map(|(at, _)| at).chain([shown.len()]);
            ends.any(|at| line_matches(rest, &shown[at..]))
        }),
    }
}

#[test]
fn sessions_are_read_as_they_are_typed() {
    let page = "a `b c`\n```console\n$ one \\\n  two\nout\n$ cat > f <<'EOF'\n$ x\nEOF\n$ last\n```\n\
                ```c f.c\nint x;\n```\n`d\ne`";
    let blocks = blocks(page);
    assert_eq!((blocks[0].language(), blocks[0].line), ("console", 3));
    let session = Session::parse(blocks[0].text).unwrap();
    let lines: Vec<_> = session.commands.iter().map(|typed| &*typed.lines).collect();
    assert_eq!(
        lines,
        ["one \\\n  two", "cat > f <<'EOF'\n$ x\nEOF", "last"]
    );
    assert_eq!(
        (blocks[1].file(), blocks[1].text),
        (Some("f.c"), "int x;\n")
    );
    assert_eq!(code_spans(page), ["b c", "d e"]);
    assert!(Session::parse("out\n$ a\n").is_err());
}

#[test]
fn what_is_shown_is_compared() {
    for (written, shown, same) in [
        ("a\nb\n", "a\nb\n", true),
        ("a\nb\n", "a\n", false),
        ("a\n", "a\nb\n", false),
        ("a\n...\nd\n", "a\nb\nc\nd\n", true),
        ("a\n...\nd\n", "a\nd\n", true),
        ("a\n...\nd\n", "a\nb\n", false),
        ("took [..] ms\n", "took 12 ms\n", true),
        ("took [..] ms\n", "took 12 s\n", false),
    ] {
        assert_eq!(matches(written, shown), same, "{written:?}, {shown:?}");
    }
}
