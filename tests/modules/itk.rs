//! The commands of ITK-Wasm that read and write images and meshes: C++ programs whose entry is the
//! export without a name, behind `_initialize`. Four run always. The other 72 take three minutes of
//! processor time: `cargo test --test modules -- --ignored itk`.

use crate::case::Case;
use anyhow::{Error, Result, anyhow, bail};
use kiln_tests::tools::pip;
use std::fs;
use std::path::PathBuf;

/// Each package, its version, its folder and how many modules it has.
const PACKAGES: [(&str, &str, &str, usize); 2] = [
    (
        "itkwasm-image-io-wasi",
        "1.6.1",
        "itkwasm_image_io_wasi/wasm_modules",
        42,
    ),
    (
        "itkwasm-mesh-io-wasi",
        "1.7.1",
        "itkwasm_mesh_io_wasi/wasm_modules",
        34,
    ),
];

/// Those that run always.
const SAMPLE: [&str; 4] = [
    "png-read-image",
    "gdcm-write-image",
    "stl-read-mesh",
    "wasm-zstd-write-point-set",
];

/// Four by four pixels in three colours.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x04\0\0\0\x04\x08\x02\0\0\0&\x93\x09)\
    \0\0\0<IDATx\xdac`\xe0\x16\xd30\xb6\x0b\x88N\xabh\xeec`\x17\x92\xd5\xb7r\x0dO\xca\xad\xef\x9a\
    \xca\xc0'\xa9b\xe6\xe8\x13\x97Y\xd26q\x0e\x83\xa8\x82\xb6\xadGpjAu\xef\x8c\xc5\0Z\xbf\x0fI\xdb\
    \x9e;{\0\0\0\0IEND\xaeB`\x82";

pub fn cases() -> Vec<Case> {
    let modules = PACKAGES.into_iter().flat_map(|package| {
        let modules = modules(package);
        modules.unwrap_or_else(|error| vec![failure(package.0, &error)])
    });
    let png = Case::new("itk::png", || module(PACKAGES[0], "png-read-image"))
        .args(["/w/in.png", "/w/could-read.json", "/w/out.iwi"])
        .folder("/w", [("in.png", PNG)]);
    modules.chain([png]).collect()
}

/// A case for each module of a package: it tells how it is used.
fn modules(package: (&'static str, &str, &str, usize)) -> Result<Vec<Case>> {
    let (name, version, folder, count) = package;
    let mut cases = Vec::new();
    for entry in fs::read_dir(pip(name, version)?.join(folder))? {
        let path = entry?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(command) = file.strip_suffix(".wasi.wasm").map(str::to_owned) else {
            continue;
        };
        let is_sample = SAMPLE.contains(&command.as_str());
        let help = Case::new(format!("itk::{command}"), move || Ok(path.clone()))
            .args(["--help"])
            .output("Usage:");
        cases.push(if is_sample { help } else { help.on_demand() });
    }
    if cases.len() != count {
        bail!("{} modules in {name}, not {count}", cases.len());
    }
    Ok(cases)
}

/// A case that fails with the reason why a package cannot be had.
fn failure(package: &str, error: &Error) -> Case {
    let reason = format!("{error:#}");
    Case::new(format!("itk::{package}"), move || Err(anyhow!("{reason}")))
}

fn module((name, version, folder, _): (&str, &str, &str, usize), command: &str) -> Result<PathBuf> {
    let folder = pip(name, version)?.join(folder);
    Ok(folder.join(format!("{command}.wasi.wasm")))
}
