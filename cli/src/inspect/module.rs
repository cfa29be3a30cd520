//! The description of a module, as a table.

use super::table::{Table, folded, lines};
use anstyle::{AnsiColor, Style};
use kiln_abi::printable::Printable;
use kiln_compiler::Inspection;
use kiln_compiler::inspect::{
    Answer, Builds, Debug, Export, Grant, Import, Item, Kind, Memory, Producer, Segment, Verdict,
};
use kiln_compiler::note::Provider;
use std::collections::HashMap;

/// Rows that a list may take; JSON has all.
const ROWS: usize = 40;
/// Characters that are shown of a name.
const NAME: usize = 72;

/// Lists what a module is: at last what can be built of it, and what that needs.
pub fn table(module: &Inspection) -> Table {
    let mut table = Table::default();
    table.row("module", format!("sha256 {}", module.module.sha256));
    table.row("", format!("{} bytes", module.module.size));
    table.rows("name", module.name.as_deref().map(short));
    table.row("kind", kind(module));
    table.rows("made by", made_by(&module.producers));
    table.rows("features", lines(&module.features));
    table.rows("imports", imports(&module.imports));
    table.rows("exports", exports(&module.exports));
    table.rows(
        "start",
        module
            .start
            .map(|start| format!("function {start}, before all else")),
    );
    contents(&mut table, module);
    table.rows("custom", custom_sections(module));
    table.rows("debug", debug(&module.debug));
    verdicts(&mut table, &module.builds);
    table.rows("grants", grants(&module.grants));
    table.rows("syscalls", lines(&module.sandbox.allowed));
    table
}

fn kind(module: &Inspection) -> String {
    match (module.kind, module.entry.as_deref()) {
        (Kind::Command, Some("")) => "command, which runs the function named \"\"".to_owned(),
        (Kind::Command, Some(entry)) => format!("command, which runs `{entry}`"),
        (Kind::Reactor, _) => "reactor: functions to call, after `_initialize`".to_owned(),
        _ => "library: functions to call".to_owned(),
    }
}

fn made_by(producers: &[Producer]) -> Vec<String> {
    let shown = producers.iter().map(|producer| {
        let Producer {
            field,
            name,
            version,
        } = producer;
        let gap = if version.is_empty() { "" } else { " " };
        format!("{}{gap}{} ({field})", short(name), short(version))
    });
    cut(shown.collect())
}

/// The imports of each module and provider together.
fn imports(imports: &[Import]) -> Vec<String> {
    let mut places = HashMap::new();
    let mut groups: Vec<(_, Vec<[String; 2]>)> = Vec::new();
    for import in imports {
        let key = (&import.module, import.provider);
        let place = *places.entry(key).or_insert_with(|| {
            groups.push((key, Vec::new()));
            groups.len() - 1
        });
        let row = [short(&import.name), typed(import.kind, &import.ty)];
        groups[place].1.push(row);
    }
    let mut shown = Vec::new();
    for ((module, provider), rows) in groups {
        let module = short(module);
        shown.push(match provider {
            Provider::Wasi => format!("{module}, as Kiln provides it"),
            Provider::NoOp => format!("{module}: calls do nothing"),
            _ => format!("{module}, which nothing provides"),
        });
        shown.extend(columns(&rows).into_iter().map(|row| format!("  {row}")));
    }
    cut(shown)
}

fn exports(exports: &[Export]) -> Vec<String> {
    let rows = exports.iter().map(|export| {
        let name = match &*export.name {
            "" => "\"\"".to_owned(),
            name => short(name),
        };
        let index = format!("{} {}", item(export.kind), export.index);
        [name, index, export.ty.clone()]
    });
    cut(columns(&rows.collect::<Vec<_>>()))
}

/// A type with the kind of what has it, which a function's type tells by itself.
fn typed(kind: Item, ty: &str) -> String {
    match kind {
        Item::Function => ty.to_owned(),
        kind => format!("{} {ty}", item(kind)),
    }
}

fn item(kind: Item) -> &'static str {
    match kind {
        Item::Function => "function",
        Item::Table => "table",
        Item::Memory => "memory",
        Item::Global => "global",
        Item::Tag => "tag",
    }
}

fn contents(table: &mut Table, module: &Inspection) {
    table.rows(
        "memories",
        cut(module.memories.iter().map(memory).collect()),
    );
    table.rows("tables", cut(module.tables.clone()));
    let globals = &module.globals;
    let some = (globals.count > 0)
        .then(|| format!("{}, {} of them mutable", globals.count, globals.mutable));
    table.rows("globals", some);
    table.rows("tags", cut(module.tags.clone()));
    let functions = &module.functions;
    if functions.count > 0 {
        let largest = functions.largest.iter();
        let largest = largest.map(|function| (function.bytes, short(&function.name)));
        let total = counted(functions.count, "function", functions.bytes);
        table.rows(
            "functions",
            largest_of(total, functions.count, largest.collect()),
        );
    }
    let data = &module.data;
    if data.count > 0 {
        let largest = data.largest.iter().map(|data| (data.bytes, segment(data)));
        let total = counted(data.count, "segment", data.bytes);
        table.rows("data", largest_of(total, data.count, largest.collect()));
    }
    let elements = module.element_segments;
    table.rows(
        "elements",
        (elements > 0).then(|| plural(elements, "segment")),
    );
}

fn memory(memory: &Memory) -> String {
    let size = |pages: u64, bytes: Option<u64>| {
        let bytes = bytes.map_or("beyond 64 bits".to_owned(), |bytes| plural(bytes, "byte"));
        format!("{} ({bytes})", plural(pages, "page"))
    };
    let mut shown = size(memory.min_pages, memory.min_bytes);
    shown += &match memory.max_pages {
        Some(pages) => format!(", at most {}", size(pages, memory.max_bytes)),
        None => ", no maximum".to_owned(),
    };
    for (is_so, words) in [
        (memory.address_bits == 64, ", 64-bit addresses"),
        (memory.shared, ", shared"),
        (memory.imported, ", imported"),
    ] {
        shown += if is_so { words } else { "" };
    }
    shown
}

fn segment(segment: &Segment) -> String {
    let mut shown = format!("segment {}", segment.index);
    if let Some(name) = &segment.name {
        shown += &format!(" ({})", short(name));
    }
    match (segment.memory, segment.offset) {
        (None, _) => shown += ", passive",
        (Some(memory), offset) => {
            if let Some(offset) = offset {
                shown += &format!(", at {offset:#x}");
            }
            if memory > 0 {
                shown += &format!(" of memory {memory}");
            }
        }
    }
    shown
}

fn counted(count: u64, what: &str, bytes: u64) -> String {
    format!("{}, {}", plural(count, what), plural(bytes, "byte"))
}

fn plural(count: u64, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}

/// A total, and the largest of what it counts, with their sizes.
fn largest_of(total: String, count: u64, largest: Vec<(u64, String)>) -> Vec<String> {
    let width = largest
        .first()
        .map_or(0, |(bytes, _)| bytes.to_string().len());
    let is_all = largest.len() as u64 == count;
    let total = if is_all {
        total
    } else {
        total + "; the largest:"
    };
    let rows = largest.iter();
    let rows = rows.map(|(bytes, what)| format!("  {bytes:>width$}  {what}"));
    [total].into_iter().chain(rows).collect()
}

fn custom_sections(module: &Inspection) -> Vec<String> {
    let sections = module.custom_sections.iter();
    let width = sections
        .clone()
        .map(|section| section.bytes.to_string().len())
        .max();
    let width = width.unwrap_or_default();
    let rows = sections.map(|section| {
        let holds = section.holds.unwrap_or_default().to_owned();
        [
            format!("{:>width$}", section.bytes),
            short(&section.name),
            holds,
        ]
    });
    cut(columns(&rows.collect::<Vec<_>>()))
}

fn debug(debug: &Debug) -> Vec<String> {
    let names = debug.function_names;
    let dwarf = debug.dwarf_bytes;
    [
        (names > 0).then(|| format!("names of {}", plural(names, "function"))),
        (dwarf > 0).then(|| format!("DWARF, {}", plural(dwarf, "byte"))),
        debug
            .external_dwarf
            .as_ref()
            .map(|place| format!("DWARF in {}", short(place))),
        debug
            .source_map
            .as_ref()
            .map(|place| format!("source map in {}", short(place))),
        debug
            .build_id
            .as_ref()
            .map(|id| format!("build ID {}", short(id))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Adds the verdicts, a reason once.
fn verdicts(table: &mut Table, builds: &Builds) {
    verdict(table, "executable", &builds.executable, true);
    let is_new = builds.library != builds.executable;
    verdict(table, "library", &builds.library, is_new);
}

fn verdict(table: &mut Table, name: &'static str, verdict: &Verdict, gives_reason: bool) {
    let (color, answer) = match verdict.answer {
        Answer::Yes => (AnsiColor::Green, "yes"),
        Answer::WithImports => (AnsiColor::Yellow, "with flags"),
        Answer::No => (AnsiColor::Red, "no"),
    };
    let style = Style::new().fg_color(Some(color.into())).bold();
    let words = [&verdict.reason, &verdict.help];
    let words = words.into_iter().flatten().flat_map(|words| folded(words));
    let words = words
        .filter(|_| gives_reason)
        .map(|line| format!("  {line}"));
    table.styled(name, style, [answer.to_owned()].into_iter().chain(words));
}

fn grants(grants: &[Grant]) -> Vec<String> {
    let (free, granted): (Vec<_>, Vec<_>) = grants.iter().partition(|g| g.flags.is_empty());
    let mut shown = Vec::new();
    for grant in granted {
        shown.push(format!("{}: {}", grant.what, grant.flags.join(" or ")));
        shown.extend(
            lines(&grant.imports)
                .into_iter()
                .map(|line| format!("  {line}")),
        );
    }
    let free: Vec<_> = free.iter().map(|grant| grant.what).collect();
    match (&*free, shown.is_empty()) {
        ([], true) => shown.push("none needed".to_owned()),
        ([], false) => {}
        _ => shown.push(format!("none needed for {}", free.join(", "))),
    }
    shown
}

/// Rows whose columns but the last are as wide as their widest cell.
fn columns<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths: Vec<_> = (0..N).map(width).collect();
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(&widths);
        let cells = cells.map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// No more rows than a list may take.
fn cut(mut rows: Vec<String>) -> Vec<String> {
    if rows.len() > ROWS {
        let left_out = rows.len() - (ROWS - 1);
        rows.truncate(ROWS - 1);
        rows.push(format!("and {left_out} more, which --json lists"));
    }
    rows
}

/// A name as it is shown, escaped and not too long.
fn short(name: &str) -> String {
    let name = Printable(name.as_bytes()).to_string();
    match name.char_indices().nth(NAME) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name,
    }
}
