//! Programs that ship as one file: each runs in a root directory that holds just its executable, with
//! the files embedded that the reference finds in folders of the host.

use crate::case::Case;
use crate::published::sandbox;
use crate::tours::build;
use anyhow::{Result, ensure};
use kiln_tests::program::{Input, granted_at_launch};
use kiln_tests::toolchain::Toolchain;
use kiln_tests::tools::once;
use std::fs;
use std::path::PathBuf;

pub fn cases() -> Vec<Case> {
    vec![
        assets("assets.go", Toolchain::Go).env("PWD", "/"),
        assets("assets.rs", Toolchain::Rust),
        cpython(),
    ]
}

fn assets(source: &'static str, toolchain: Toolchain) -> Case {
    let large: Vec<u8> = (0..200_000u32)
        .map(|index| (index.wrapping_mul(index) >> 7) as u8)
        .collect();
    Case::new(format!("{source}::alone"), move || build(source, toolchain))
        .args(["/assets", "one", "two"])
        .folder(
            "/assets",
            [
                ("empty", b""),
                ("large", &large),
                ("pages/hello.txt", b"{{range .}}hello {{.}}\n{{end}}"),
                ("pages/other.txt", b"other\n"),
                ("none/", b""),
            ],
        )
        .alone()
}

/// CPython whose library is not the one inside its module: it is told of another, where it finds all
/// that it imports.
fn cpython() -> Case {
    let ledger = b"def total(path):\n    \
        rows = [line.split(',') for line in path.read_text().splitlines()]\n    \
        return {'total': sum(float(row[1]) for row in rows[1:])}\n";
    Case::new("cpython::alone", with_library)
        .args(["/app/shipped.py", "a", "b c"])
        .beside("python", "/opt/python")
        .env("PYTHONHOME", "/opt/python")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .folder(
            "/app",
            [
                ("shipped.py", include_bytes!("../programs/shipped.py")),
                ("ledger/__init__.py", ledger),
                ("ledger/data/rows.csv", b"name,amount\nx,1.5\ny,2.25\n"),
            ],
        )
        .alone()
        .output("json /opt/python/lib/python3.12/json/__init__.pyc")
        .output("ledger /app/ledger/__init__.py")
}

/// The module, and beside it a folder `python` with the library out of the archive inside it.
fn with_library() -> Result<PathBuf> {
    let module = sandbox("python.wasm")?;
    let folder = once("python-with-library", |folder| {
        let library = folder.join("python/lib/python3.12");
        fs::create_dir_all(library.join("lib-dynload"))?;
        let unpack = "import zipfile\n\
            zipfile.ZipFile('/usr/local/lib/python312.zip').extractall('/w')";
        let input = Input {
            args: ["-c", unpack].map(Into::into).into(),
            dirs: vec![(library, "/w".into())],
            ..Input::default()
        };
        let output = granted_at_launch(&module, &input)?;
        ensure!(output.status.success(), "{output:?}");
        fs::copy(&module, folder.join("python.wasm"))?;
        Ok(())
    })?;
    Ok(folder.join("python.wasm"))
}
