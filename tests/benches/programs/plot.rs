//! A plot of a JSON file of results, as SVG: a row for each program, a mark for each engine.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// Results that `times --json` or `instructions --json` has written.
    json: PathBuf,
    /// The picture.
    svg: PathBuf,
    /// The contender that the others are compared with; Kiln for the best processor unless given.
    #[arg(long)]
    base: Option<String>,
}

/// The ratios of one row, by engine: above 1 the engine takes more than the base.
struct Row {
    name: String,
    ratios: BTreeMap<String, f64>,
}

struct Group {
    name: String,
    rows: Vec<Row>,
}

const ROW: f64 = 15.0;
const LEFT: f64 = 150.0;
const WIDTH: f64 = 460.0;
const TOP: f64 = 78.0;

/// The colours of Okabe and Ito, which people with any colour vision can tell apart.
const COLOURS: [(&str, &str); 4] = [
    ("wasmtime", "#0072b2"),
    ("wasm2c", "#d55e00"),
    ("node", "#009e73"),
    ("", "#cc79a7"),
];

/// Ratios beyond these lie on the edge.
const RANGE: (f64, f64) = (0.5, 2.83);

/// Draws the picture.
pub fn draw(arguments: &Arguments) -> Result<()> {
    let text = fs::read(&arguments.json).context(arguments.json.display().to_string())?;
    let results: Value = serde_json::from_slice(&text)?;
    let base = match &arguments.base {
        Some(base) => base.clone(),
        None => best_kiln(&results)?,
    };
    let groups = groups(&results, &base)?;
    let title = match results["measurement"].as_str() {
        Some("instructions") => "Instructions executed, divided by those of Kiln's code",
        _ => "Processor time, divided by that of Kiln's code",
    };
    Ok(fs::write(&arguments.svg, picture(title, &base, &groups))?)
}

/// The values of a program by contender, whichever measurement it is.
fn values(program: &Value) -> BTreeMap<String, f64> {
    let of = |value: &Value| value.as_f64().or_else(|| value["instructions"].as_f64());
    let values = program["seconds"]
        .as_object()
        .or_else(|| program["counts"].as_object());
    let values = values.into_iter().flatten();
    values
        .filter_map(|(label, value)| Some((label.clone(), of(value)?)))
        .collect()
}

/// Kiln's contender for the most capable processor, which is the last of the names in order.
fn best_kiln(results: &Value) -> Result<String> {
    let programs = results["programs"].as_array().context("no programs")?;
    let labels = programs
        .iter()
        .flat_map(|program| values(program).into_keys());
    let cpu = |label: &String| ["x86-64", "x86-64-v3", "native"].map(|cpu| label.ends_with(cpu));
    labels
        .filter(|label| label.starts_with("kiln@"))
        .max_by_key(|label| cpu(label).iter().rposition(|is| *is))
        .context("no contender of the name kiln: say --base")
}

fn groups(results: &Value, base: &str) -> Result<Vec<Group>> {
    let cpu = base.split('@').nth(1).unwrap_or_default();
    let mut groups: Vec<Group> = Vec::new();
    for program in results["programs"].as_array().context("no programs")? {
        let values = values(program);
        let Some(own) = values.get(base) else {
            continue;
        };
        let comparable = values
            .iter()
            .filter(|(label, _)| *label != base)
            .filter(|(label, _)| label.split('@').nth(1).is_none_or(|other| other == cpu));
        let ratios = comparable.map(|(label, value)| {
            let name = label.split('@').next().unwrap_or(label);
            (name.to_owned(), value / own)
        });
        let row = Row {
            name: program["name"].as_str().unwrap_or_default().to_owned(),
            ratios: ratios.collect(),
        };
        let group = program["group"].as_str().unwrap_or_default();
        match groups.iter_mut().find(|known| known.name == group) {
            Some(known) => known.rows.push(row),
            None => groups.push(Group {
                name: group.to_owned(),
                rows: vec![row],
            }),
        }
    }
    ensure!(!groups.is_empty(), "no results of {base}");
    Ok(groups)
}

fn picture(title: &str, base: &str, groups: &[Group]) -> String {
    let rows: usize = groups.iter().map(|group| group.rows.len() + 2).sum();
    let height = TOP + rows as f64 * ROW + 16.0;
    let width = LEFT + WIDTH + 190.0;
    let mut svg = String::new();
    let out = &mut svg;
    let _ = write!(
        out,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="Helvetica, Arial, sans-serif" font-size="11" fill="#222">
<rect width="100%" height="100%" fill="#fff"/>
<text x="16" y="24" font-size="15" font-weight="bold">{title}</text>
<text x="16" y="41" fill="#666">{base}; to the right of the line 1 Kiln does better. The scale is logarithmic; rhombs are geometric means.</text>
"##
    );
    legend(out, groups);
    axis(out, height);
    let mut y = TOP + 12.0;
    for group in groups {
        draw_group(out, group, &mut y);
    }
    svg + "</svg>\n"
}

fn colour(engine: &str) -> &'static str {
    let known = COLOURS.iter().find(|(name, _)| *name == engine);
    known.unwrap_or(&COLOURS[3]).1
}

fn engines(groups: &[Group]) -> Vec<String> {
    let rows = groups.iter().flat_map(|group| &group.rows);
    let mut engines: Vec<String> = rows.flat_map(|row| row.ratios.keys().cloned()).collect();
    engines.sort();
    engines.dedup();
    engines
}

fn legend(out: &mut String, groups: &[Group]) {
    let mut x = LEFT;
    for engine in engines(groups) {
        let (colour, y) = (colour(&engine), 57.0);
        let text = x + 9.0;
        let _ = writeln!(
            out,
            r#"<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/><text x="{text}" y="{}">{engine}</text>"#,
            y + 4.0
        );
        x += 30.0 + 7.0 * engine.len() as f64;
    }
}

/// The place of a ratio on the logarithmic axis.
fn place(ratio: f64) -> f64 {
    let (low, high) = (RANGE.0.ln(), RANGE.1.ln());
    LEFT + WIDTH * (ratio.clamp(RANGE.0, RANGE.1).ln() - low) / (high - low)
}

fn axis(out: &mut String, height: f64) {
    for ratio in [0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0, 2.5] {
        let (x, bottom) = (place(ratio), height - 16.0);
        let (colour, stroke) = match ratio == 1.0 {
            true => ("#222", 1.5),
            false => ("#e2e2e2", 1.0),
        };
        let _ = writeln!(
            out,
            r##"<line x1="{x:.1}" x2="{x:.1}" y1="{TOP}" y2="{bottom}" stroke="{colour}" stroke-width="{stroke}"/><text x="{x:.1}" y="{}" text-anchor="middle" fill="#666">{ratio}</text>"##,
            TOP - 4.0
        );
    }
}

fn draw_group(out: &mut String, group: &Group, y: &mut f64) {
    let _ = writeln!(
        out,
        r##"<rect x="8" y="{}" width="{}" height="{ROW}" fill="#f3f3f3" fill-opacity="0.7"/><text x="16" y="{}" font-weight="bold">{}</text>"##,
        *y - ROW / 2.0,
        LEFT + WIDTH + 174.0,
        *y + 4.0,
        group.name
    );
    let mut label = Vec::new();
    for engine in engines(std::slice::from_ref(group)) {
        let ratios = group.rows.iter().filter_map(|row| row.ratios.get(&engine));
        let Some(mean) = crate::statistics::geometric_mean(ratios.copied()) else {
            continue;
        };
        let (x, colour) = (place(mean), colour(&engine));
        let _ = writeln!(
            out,
            r#"<path d="M {x:.1} {:.1} l 6 6 l -6 6 l -6 -6 z" fill="{colour}"/>"#,
            *y - 6.0
        );
        label.push(format!(
            r#"<tspan fill="{colour}" font-weight="bold">{mean:.2}</tspan>"#
        ));
    }
    let _ = writeln!(
        out,
        r#"<text x="{}" y="{}" xml:space="preserve">{}</text>"#,
        LEFT + WIDTH + 16.0,
        *y + 4.0,
        label.join("  ")
    );
    *y += ROW;
    for row in &group.rows {
        draw_row(out, row, *y);
        *y += ROW;
    }
    *y += ROW;
}

fn draw_row(out: &mut String, row: &Row, y: f64) {
    let places = || row.ratios.values().map(|ratio| place(*ratio));
    let left = places().fold(place(1.0), f64::min);
    let right = places().fold(place(1.0), f64::max);
    let _ = writeln!(
        out,
        r##"<text x="{}" y="{}" text-anchor="end">{}</text><line x1="{left:.1}" x2="{right:.1}" y1="{y}" y2="{y}" stroke="#bbb"/>"##,
        LEFT - 12.0,
        y + 4.0,
        row.name
    );
    let mut label = Vec::new();
    for (engine, ratio) in &row.ratios {
        let colour = colour(engine);
        let _ = writeln!(
            out,
            r#"<circle cx="{:.1}" cy="{y}" r="4" fill="{colour}" fill-opacity="0.85"><title>{} under {engine}: {ratio:.3}</title></circle>"#,
            place(*ratio),
            row.name
        );
        label.push(format!(r#"<tspan fill="{colour}">{ratio:.2}</tspan>"#));
    }
    let _ = writeln!(
        out,
        r#"<text x="{}" y="{}" xml:space="preserve">{}</text>"#,
        LEFT + WIDTH + 16.0,
        y + 4.0,
        label.join("  ")
    );
}
