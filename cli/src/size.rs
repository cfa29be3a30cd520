//! `kiln size`: what takes how many bytes of a module or of an executable.

mod svg;
mod treemap;

use crate::args::Size;
use crate::compile::Module;
use crate::report::Failure;
use crate::{json, output};
use anstyle::Style;
use kiln_abi::printable::Printable;
use kiln_compiler::Sizes;
use kiln_compiler::size::{Format, Item, Kind, PADDING};
use std::fmt::Write as _;

/// Characters that are shown of a name.
const NAME: usize = 100;

/// Runs the subcommand.
pub fn size(args: &Size) -> Result<(), Failure> {
    let file = Module::read_or(&args.file, "name a module or an executable in it")?;
    if let Some(out) = &args.svg {
        output::check(out, &[&args.file], "--svg FILE")?;
    }
    let sizes = Sizes::of(&file.bytes).map_err(|error| Failure::in_module(&file, &error))?;
    if let Some(out) = &args.svg {
        return output::write(out, svg::svg(&file.name, &sizes).as_bytes(), 0o666);
    }
    output::print(&match args.json {
        true => json::print(&sizes)?,
        false => text(&file.name, &sizes, args.top),
    })
}

/// The sizes as tables, each of at most `top` rows.
fn text(name: &str, sizes: &Sizes, top: usize) -> String {
    let whole = sizes.size;
    let mut text = format!("{name}: {whole} bytes\n\n");
    let rows = sizes.kinds.iter();
    let rows = rows.map(|total| (total.bytes, total.kind.title().to_owned()));
    table(&mut text, whole, "kind", rows.collect(), usize::MAX);
    table(&mut text, whole, "section", sections(sizes), usize::MAX);
    if sizes.groups.iter().any(|group| group.name.is_some()) {
        let title = "crate, namespace or package";
        table(&mut text, whole, title, groups(sizes, top), top);
    }
    for (title, kinds) in [
        ("function", &[Kind::Code][..]),
        ("data", &[Kind::Data, Kind::Embedded]),
        ("table", &[Kind::Tables]),
        ("part of Kiln's runtime", &[Kind::Runtime]),
    ] {
        let items = sizes.items.iter().filter(|item| kinds.contains(&item.kind));
        table(&mut text, whole, title, items.map(row).collect(), top);
    }
    if has_no_symbols(sizes) {
        text += "There are no symbols in this file, so its functions cannot be told apart.\n";
    }
    text.truncate(text.trim_end().len());
    text + "\n"
}

/// The sections in the file's order, and at last what lies in between.
fn sections(sizes: &Sizes) -> Vec<(u64, String)> {
    let (padding, sections): (Vec<_>, Vec<_>) = sizes
        .sections
        .iter()
        .partition(|section| section.name == PADDING);
    let rows = sections
        .iter()
        .map(|section| (section.bytes, shown(&section.name)));
    let between: u64 = padding.iter().map(|section| section.bytes).sum();
    let between = (between > 0).then(|| (between, PADDING.to_owned()));
    rows.chain(between).collect()
}

/// The groups, with the number of functions in a column of its own.
fn groups(sizes: &Sizes, top: usize) -> Vec<(u64, String)> {
    let names = sizes.groups.iter();
    let names = names.map(|group| group.name.as_deref().map_or("(none)".to_owned(), shown));
    let names: Vec<_> = names.collect();
    let listed = names.iter().take(top).map(|name| name.chars().count());
    let width = listed.max().unwrap_or_default();
    let rows = sizes.groups.iter().zip(&names).map(|(group, name)| {
        let s = if group.functions == 1 { "" } else { "s" };
        let row = format!("{name:width$}  {} function{s}", group.functions);
        (group.bytes, row)
    });
    rows.collect()
}

fn row(item: &Item) -> (u64, String) {
    let name = match &item.name {
        Some(name) => shown(name),
        None => format!("(no symbol, in {})", shown(&item.section)),
    };
    (item.bytes, name)
}

/// Adds a table of sizes, those of what is left out in its last row.
fn table(text: &mut String, whole: u64, title: &str, rows: Vec<(u64, String)>, top: usize) {
    if rows.is_empty() {
        return;
    }
    let bold = Style::new().bold();
    let width = whole.to_string().len().max("bytes".len());
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{bold}{:>width$}  {:>6}  {title}{bold:#}",
        "bytes", "%"
    );
    let mut line = |bytes: u64, what: &str| {
        let percent = 100.0 * bytes as f64 / whole.max(1) as f64;
        let _ = writeln!(text, "{bytes:>width$}  {percent:>6.2}  {what}");
    };
    let (listed, others) = rows.split_at(top.min(rows.len()));
    for (bytes, what) in listed {
        line(*bytes, what);
    }
    if !others.is_empty() {
        let bytes = others.iter().map(|(bytes, _)| bytes).sum();
        line(bytes, &format!("and {} more", others.len()));
    }
    text.push('\n');
}

/// Tells of an ELF file whether all of its code is without names.
fn has_no_symbols(sizes: &Sizes) -> bool {
    let mut code = sizes
        .items
        .iter()
        .filter(|item| matches!(item.kind, Kind::Code | Kind::Runtime));
    sizes.format == Format::Elf && code.all(|item| item.name.is_none())
}

/// A name as it is shown, escaped and not too long.
fn shown(name: &str) -> String {
    let name = Printable(name.as_bytes()).to_string();
    match name.char_indices().nth(NAME) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name,
    }
}
