//! A map of sizes as SVG: each kind is a field, in which each crate or namespace is one, in which each
//! item is. The names are strangers': they are escaped, as they are for a terminal and for XML.

use super::treemap::{Rect, squarify};
use kiln_abi::printable::Printable;
use kiln_compiler::Sizes;
use kiln_compiler::size::{Item, Kind};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The size of the map, in pixels.
const WIDTH: f64 = 1600.0;
const HEIGHT: f64 = 1000.0;
/// The height of the heading above it.
const HEADING: f64 = 24.0;
/// The height of a title.
const TITLE: f64 = 16.0;
/// The gap between the side of a field and what is in it.
const MARGIN: f64 = 1.0;
/// The area below which items are drawn as one.
const SMALLEST: f64 = 16.0;
/// The side below which a rectangle cannot be seen.
const THINNEST: f64 = 0.05;
/// The average width of a letter.
const LETTER: f64 = 6.4;
/// The height that a label needs.
const LINE: f64 = 13.0;

/// Draws the sizes of all items of a file.
pub fn svg(name: &str, sizes: &Sizes) -> String {
    let mut map = Map {
        text: String::new(),
        whole: sizes.size,
    };
    let height = HEIGHT + HEADING;
    map.line(format_args!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="11">"#
    ));
    map.line(format_args!(
        r##"<rect width="{WIDTH}" height="{height}" fill="#fff"/>"##
    ));
    map.line(format_args!(
        r#"<text x="4" y="16" font-size="14">{}: {} bytes</text>"#,
        escaped(name),
        sizes.size
    ));
    let page = Rect {
        x: 0.0,
        y: HEADING,
        width: WIDTH,
        height: HEIGHT,
    };
    let totals: Vec<_> = sizes.kinds.iter().map(|total| total.bytes).collect();
    for (rect, total) in squarify(page, &totals).into_iter().zip(&sizes.kinds) {
        map.kind(rect, total.kind, sizes.of_kind(total.kind).collect());
    }
    map.text + "</svg>\n"
}

struct Map {
    text: String,
    /// Bytes of the file.
    whole: u64,
}

impl Map {
    fn line(&mut self, line: std::fmt::Arguments) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{line}");
    }

    /// Draws the items of a kind, by group where they have groups.
    fn kind(&mut self, rect: Rect, kind: Kind, items: Vec<&Item>) {
        let bytes = items.iter().map(|item| item.bytes).sum();
        let inner = self.field(rect, kind.title(), bytes, dark(kind), "#fff");
        let mut groups: BTreeMap<&Option<String>, Vec<&Item>> = BTreeMap::new();
        for item in items {
            groups.entry(&item.group).or_default().push(item);
        }
        if groups.len() == 1 {
            return groups
                .into_values()
                .for_each(|items| self.items(inner, kind, &items));
        }
        let mut groups: Vec<_> = groups
            .into_iter()
            .map(|(name, items)| {
                (
                    items.iter().map(|item| item.bytes).sum::<u64>(),
                    name,
                    items,
                )
            })
            .collect();
        groups.sort_by_key(|(bytes, ..)| Reverse(*bytes));
        let sizes: Vec<_> = groups.iter().map(|(bytes, ..)| *bytes).collect();
        let rects = squarify(inner, &sizes);
        for (rect, (bytes, name, items)) in rects.into_iter().zip(&groups) {
            let name = name.as_deref().unwrap_or("(none)");
            let inner = self.field(rect, name, *bytes, medium(kind), "#000");
            self.items(inner, kind, items);
        }
    }

    /// Draws a field with a title, and gives the rectangle within.
    fn field(&mut self, rect: Rect, title: &str, bytes: u64, fill: &str, ink: &str) -> Rect {
        let has_title = rect.height > 2.0 * TITLE && rect.width > 4.0 * LETTER;
        let label = if has_title { title } else { "" };
        self.rect(rect, title, label, bytes, fill, ink);
        rect.inset(MARGIN, if has_title { TITLE } else { 0.0 })
    }

    /// Draws items, which descend: those that would be too small as one.
    fn items(&mut self, rect: Rect, kind: Kind, items: &[&Item]) {
        let total: u64 = items.iter().map(|item| item.bytes).sum();
        let scale = rect.width * rect.height / total.max(1) as f64;
        let shown = items.partition_point(|item| item.bytes as f64 * scale >= SMALLEST);
        let (shown, small) = items.split_at(shown);
        let mut rows: Vec<_> = shown
            .iter()
            .map(|item| {
                let name = item.name.as_deref().unwrap_or("(no symbol)");
                (
                    item.bytes,
                    name.to_owned(),
                    within(name, item.group.as_deref()),
                )
            })
            .collect();
        if !small.is_empty() {
            let bytes = small.iter().map(|item| item.bytes).sum();
            rows.push((bytes, format!("{} small ones", small.len()), "…"));
            rows.sort_by_key(|(bytes, ..)| Reverse(*bytes));
        }
        let sizes: Vec<_> = rows.iter().map(|(bytes, ..)| *bytes).collect();
        for (rect, (bytes, name, label)) in squarify(rect, &sizes).into_iter().zip(rows) {
            self.rect(rect, &name, label, bytes, light(kind), "#000");
        }
    }

    /// Draws a rectangle with a label as far as it fits, and all that is told of it as its title.
    fn rect(&mut self, rect: Rect, name: &str, label: &str, bytes: u64, fill: &str, ink: &str) {
        let Rect {
            x,
            y,
            width,
            height,
        } = rect;
        if width < THINNEST || height < THINNEST {
            return;
        }
        let percent = 100.0 * bytes as f64 / self.whole.max(1) as f64;
        let title = escaped(name);
        self.line(format_args!(
            r##"<g><title>{title}: {bytes} bytes, {percent:.2} %</title><rect x="{x:.2}" y="{y:.2}" width="{width:.2}" height="{height:.2}" fill="{fill}" stroke="#fff" stroke-width="0.5"/>"##
        ));
        let letters = ((width - 6.0) / LETTER).max(0.0) as usize;
        if height >= LINE && letters >= 4 && !label.is_empty() {
            let (x, y) = (x + 3.0, y + 12.0);
            let label = fitting(label, letters);
            self.line(format_args!(
                r#"<text x="{x:.2}" y="{y:.2}" fill="{ink}">{label}</text>"#
            ));
        }
        self.line(format_args!("</g>"));
    }
}

/// The part of a name that is not its group's, without the parameters that end it in C++.
fn within<'a>(name: &'a str, group: Option<&str>) -> &'a str {
    let rest = group.and_then(|group| name.strip_prefix(group));
    let rest = rest.map_or(name, |rest| rest.trim_start_matches([':', '.', '/']));
    match rest.find('(') {
        Some(at @ 1..) if rest.ends_with(')') && !rest[..at].ends_with(' ') => &rest[..at],
        _ => rest,
    }
}

/// As much of a label, escaped, as takes so many letters: all, or the last part of a path, or else the
/// beginning.
fn fitting(label: &str, letters: usize) -> String {
    let shown = Printable(label.as_bytes()).to_string();
    let last = shown.rsplit("::").next().unwrap_or_default();
    match shown.char_indices().nth(letters) {
        None => xml(&shown),
        Some(_) if !last.is_empty() && last.chars().count() < letters => format!("…{}", xml(last)),
        Some(_) => {
            let cut: String = shown.chars().take(letters - 1).collect();
            xml(&cut) + "…"
        }
    }
}

fn escaped(text: &str) -> String {
    xml(&Printable(text.as_bytes()).to_string())
}

/// A text in XML. What XML allows no text to hold is escaped already or replaced.
fn xml(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => shown += "&lt;",
            '>' => shown += "&gt;",
            '&' => shown += "&amp;",
            '"' => shown += "&quot;",
            '\u{fffe}' | '\u{ffff}' => shown.push(char::REPLACEMENT_CHARACTER),
            c => shown.push(c),
        }
    }
    shown
}

/// The colours of a kind: of its field, of groups and of items.
fn colors(kind: Kind) -> [&'static str; 3] {
    match kind {
        Kind::Code => ["#2b5c8a", "#9cc3e6", "#d3e5f5"],
        Kind::Runtime => ["#6b4a8a", "#c5b0dc", "#e4daf0"],
        Kind::Data | Kind::Embedded => ["#3d7a4a", "#a9d5b3", "#d9eedd"],
        Kind::Tables => ["#8a6a1f", "#e3c985", "#f3e6c4"],
        Kind::Declarations | Kind::Linking => ["#1f7a7a", "#97d0d0", "#d1ebeb"],
        Kind::Debug => ["#8a3d4a", "#e0a9b3", "#f2d9dd"],
        _ => ["#5f5f5f", "#c2c2c2", "#e2e2e2"],
    }
}

fn dark(kind: Kind) -> &'static str {
    colors(kind)[0]
}

fn medium(kind: Kind) -> &'static str {
    colors(kind)[1]
}

fn light(kind: Kind) -> &'static str {
    colors(kind)[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_for_terminals_and_for_xml() {
        assert_eq!(
            escaped("</title><script>\u{1b}[31m\"&\u{ffff}"),
            r"&lt;/title&gt;&lt;script&gt;\u{1b}[31m&quot;&amp;�"
        );
        assert_eq!(fitting("a<b>c", 3), "a&lt;…");
        assert_eq!(fitting("a<b", 3), "a&lt;b");
        assert_eq!(fitting("a::b::cde", 4), "…cde");
    }

    #[test]
    fn labels_leave_out_what_the_field_is_titled() {
        for (name, group, label) in [
            ("core::fmt::pad", Some("core"), "fmt::pad"),
            ("std::f(int)", Some("std"), "f"),
            ("runtime.(*mheap).alloc", Some("runtime"), "(*mheap).alloc"),
            ("f", None, "f"),
            ("(x)", None, "(x)"),
            ("segment 0 (.rodata)", None, "segment 0 (.rodata)"),
        ] {
            assert_eq!(within(name, group), label);
        }
    }
}
