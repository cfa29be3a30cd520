//! A case: a module, what it is run with, and what must come of it.

use anyhow::{Context, Result, bail, ensure};
use kiln_tests::program::{
    Input, alone, by_node, by_reference, granted_at_build, granted_at_launch,
};
use libtest_mimic::Trial;
use regex::Regex;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

type Module = Box<dyn Fn() -> Result<PathBuf> + Send>;
type Run = fn(&Path, &Input) -> Result<Output>;

/// A module, what it is run with, and what must come of it: by default what the runtime of record
/// makes of it, on both standard streams, in the exit status and in the folder it is given.
pub struct Case {
    name: String,
    module: Module,
    input: Input,
    beside: Option<(&'static str, &'static str)>,
    folder: Option<Folder>,
    grants: Grants,
    status: Option<i32>,
    output: Vec<String>,
    error: Option<String>,
    reference: Run,
    repeatable: bool,
    unrepeatable_files: Vec<&'static str>,
    on_demand: bool,
}

/// A fresh folder for each run, by its name in the guest.
struct Folder {
    guest: &'static str,
    files: Vec<(&'static str, Vec<u8>)>,
}

/// The way an executable comes by its input.
enum Grants {
    AtBuild,
    AtLaunch,
    Alone,
}

impl Case {
    /// The module runs without arguments, environment, folders or input.
    pub fn new(
        name: impl Into<String>,
        module: impl Fn() -> Result<PathBuf> + Send + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            module: Box::new(module),
            input: Input::default(),
            beside: None,
            folder: None,
            grants: Grants::AtLaunch,
            status: None,
            output: Vec::new(),
            error: None,
            reference: by_reference,
            repeatable: true,
            unrepeatable_files: Vec::new(),
            on_demand: false,
        }
    }

    /// The module is given these arguments.
    pub fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.input.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// The module is told that this is its name.
    pub fn argv0(mut self, name: &str) -> Self {
        self.input.argv0 = name.into();
        self
    }

    /// The module is given this environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.input.env.push((name.into(), value.into()));
        self
    }

    /// The module reads this from its standard input.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input.stdin = bytes.into();
        self
    }

    /// The module is given a folder of the host as it is.
    pub fn dir(mut self, host: PathBuf, guest: &str) -> Self {
        self.input.dirs.push((host, guest.into()));
        self
    }

    /// The module is given a folder of this name that lies beside it.
    pub fn beside(mut self, name: &'static str, guest: &'static str) -> Self {
        self.beside = Some((name, guest));
        self
    }

    /// The module is given a fresh folder with these files, compared after it has run. A path that
    /// ends in `/` is an empty folder.
    pub fn folder<const N: usize>(
        mut self,
        guest: &'static str,
        files: [(&'static str, &[u8]); N],
    ) -> Self {
        let files = files.map(|(path, bytes)| (path, bytes.to_vec())).to_vec();
        self.folder = Some(Folder { guest, files });
        self
    }

    /// Everything is baked into the executable instead of given at launch.
    pub fn baked(mut self) -> Self {
        self.grants = Grants::AtBuild;
        self
    }

    /// Everything is baked into the executable, the folders with all their files, and it runs where
    /// there is nothing but itself.
    pub fn alone(mut self) -> Self {
        self.grants = Grants::Alone;
        self
    }

    /// The module ends with this status, 0 where not said.
    pub fn status(mut self, status: i32) -> Self {
        self.status = Some(status);
        self
    }

    /// Says that what the module writes to standard output matches this regular expression.
    pub fn output(mut self, pattern: impl Into<String>) -> Self {
        self.output.push(pattern.into());
        self
    }

    /// Says what standard error begins with, in the words of whoever runs the module, so that it is not
    /// compared with the reference's.
    pub fn error(mut self, text: impl Into<String>) -> Self {
        self.error = Some(text.into());
        self
    }

    /// The reference is Node instead of the runtime of record. It is given no environment and no
    /// folders.
    pub fn against_node(mut self) -> Self {
        self.reference = by_node;
        self
    }

    /// The module's output tells times, so that it is not compared with the reference's.
    pub fn tells_times(mut self) -> Self {
        self.repeatable = false;
        self
    }

    /// This file's content, or that of this folder's files, differs from run to run.
    pub fn unrepeatable_file(mut self, path: &'static str) -> Self {
        self.unrepeatable_files.push(path);
        self
    }

    /// The case runs only when it is asked for, by `--ignored`.
    pub fn on_demand(mut self) -> Self {
        self.on_demand = true;
        self
    }

    /// The case as a test of its own.
    pub fn into_trial(self) -> Trial {
        let name = self.name.clone();
        let on_demand = self.on_demand;
        let trial = Trial::test(name, move || {
            self.run().map_err(|error| format!("{error:#}").into())
        });
        trial.with_ignored_flag(on_demand)
    }

    fn run(&self) -> Result<()> {
        let module = (self.module)()?;
        let kiln = match self.grants {
            Grants::AtBuild => granted_at_build,
            Grants::AtLaunch => granted_at_launch,
            Grants::Alone => alone,
        };
        let (actual, left) = self.run_in_fresh_folder(&module, kiln).context("kiln")?;
        let standing = format!("{}\n{}", actual.status, text(&actual.stderr));
        ensure!(
            actual.status.code() == Some(self.status.unwrap_or(0)),
            "{standing}"
        );
        for pattern in &self.output {
            let matches = Regex::new(pattern)?.is_match(&text(&actual.stdout));
            ensure!(matches, "no match of {pattern} in {}", text(&actual.stdout));
        }
        if let Some(error) = &self.error {
            let begin = &actual.stderr[..error.len().min(actual.stderr.len())];
            same("standard error", error.as_bytes(), begin)?;
        }
        if self.repeatable {
            let (expected, kept) = self
                .run_in_fresh_folder(&module, self.reference)
                .context("reference")?;
            ensure!(
                expected.status == actual.status,
                "reference: {}",
                expected.status
            );
            same("standard output", &expected.stdout, &actual.stdout)?;
            if self.error.is_none() {
                same("standard error", &expected.stderr, &actual.stderr)?;
            }
            self.same_files(&kept, &left)?;
        }
        Ok(())
    }

    fn run_in_fresh_folder(
        &self,
        module: &Path,
        run: impl Fn(&Path, &Input) -> Result<Output>,
    ) -> Result<(Output, Files)> {
        let mut input = self.input.clone();
        if let Some((name, guest)) = self.beside {
            let folder = module.with_file_name(name);
            input.dirs.push((folder, guest.into()));
        }
        let Some(folder) = &self.folder else {
            return Ok((run(module, &input)?, Files::new()));
        };
        let host = tempfile::tempdir()?;
        for (path, bytes) in &folder.files {
            let path = host.path().join(path);
            fs::create_dir_all(path.parent().context("a path outside the folder")?)?;
            if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
                fs::create_dir_all(path)?;
            } else {
                fs::write(path, bytes)?;
            }
        }
        input
            .dirs
            .push((host.path().to_owned(), folder.guest.into()));
        let output = run(module, &input)?;
        let mut files = Files::new();
        collect(host.path(), host.path(), &mut files)?;
        Ok((output, files))
    }

    fn same_files(&self, expected: &Files, actual: &Files) -> Result<()> {
        let names = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
        let (wanted, found) = (names(expected), names(actual));
        ensure!(
            wanted == found,
            "files: expected {wanted:?}, found {found:?}"
        );
        let differs = |path: &Path| {
            self.unrepeatable_files
                .iter()
                .any(|file| path.starts_with(file))
        };
        for (path, bytes) in expected.iter().filter(|(path, _)| !differs(path)) {
            same(&path.display().to_string(), bytes, &actual[path])?;
        }
        Ok(())
    }
}

/// The contents of a folder, by path: a file's bytes, a link's target, nothing for a folder.
type Files = BTreeMap<PathBuf, Vec<u8>>;

fn collect(root: &Path, folder: &Path, files: &mut Files) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let (path, kind) = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))?;
        let content = if kind.is_dir() {
            collect(root, &path, files)?;
            Vec::new()
        } else if kind.is_symlink() {
            fs::read_link(&path)?.into_os_string().into_encoded_bytes()
        } else {
            fs::read(&path)?
        };
        files.insert(path.strip_prefix(root)?.to_owned(), content);
    }
    Ok(())
}

fn same(what: &str, expected: &[u8], actual: &[u8]) -> Result<()> {
    if expected == actual {
        return Ok(());
    }
    let equal = expected
        .iter()
        .zip(actual)
        .take_while(|(a, b)| a == b)
        .count();
    let line = expected[..equal]
        .iter()
        .filter(|&&byte| byte == b'\n')
        .count()
        + 1;
    let start = equal.saturating_sub(60);
    let around = |bytes: &[u8]| text(&bytes[start..bytes.len().min(equal + 60)]);
    bail!(
        "{what} differs at byte {equal} (line {line}) of {} expected and {} actual\n\
         expected: …{:?}\n  actual: …{:?}",
        expected.len(),
        actual.len(),
        around(expected),
        around(actual),
    )
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
