//! Completion of command lines, by the shell itself.

use crate::support::{Folder, Outcome};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

/// A bash on a terminal, that completes words in a folder.
struct Bash {
    child: std::process::Child,
    keyboard: File,
    screen: mpsc::Receiver<Vec<u8>>,
}

impl Bash {
    fn start(folder: &Folder) -> Self {
        let script = Outcome::of(&mut folder.kiln(["completions", "bash"])).succeeds();
        folder.write(".kiln.bash", script);
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        let name = ptsname(&terminal, Vec::new()).unwrap().into_string();
        let open = || {
            let mut options = OpenOptions::new();
            options.read(true).write(true).open(name.as_ref().unwrap())
        };
        let mut bash = folder.command("/bin/bash");
        bash.args(["--norc", "--noprofile", "-i"])
            .envs([("PS1", "> "), ("TERM", "dumb"), ("PATH", "/usr/bin:/bin")])
            .stdin(Stdio::from(open().unwrap()))
            .stdout(open().unwrap())
            .stderr(open().unwrap());
        // SAFETY: between fork and exec only a system call is made.
        unsafe { bash.pre_exec(|| rustix::process::setsid().map(drop).map_err(Into::into)) };
        let child = bash.spawn().unwrap();
        let keyboard = File::from(terminal);
        let mut reader = keyboard.try_clone().unwrap();
        let (sender, screen) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let mut bash = Self {
            child,
            keyboard,
            screen,
        };
        bash.types("bind 'set bell-style none'; bind 'set enable-bracketed-paste off'\n");
        bash.types("kiln() { printf '<%s>' \"$@\"; echo END; }; . ./.kiln.bash; echo REA''DY\n");
        bash.reads("READY\r\n");
        bash
    }

    fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// All that is shown until this is.
    fn reads(&self, end: &str) -> String {
        let mut shown = String::new();
        while !shown.contains(end) {
            let more = self.screen.recv_timeout(Duration::from_secs(20));
            let more = more.unwrap_or_else(|_| panic!("{end:?} does not come: {shown}"));
            shown += &String::from_utf8_lossy(&more);
        }
        shown
    }

    /// The words that a line has when the last one is completed and the line entered.
    fn completes(&mut self, line: &str) -> String {
        self.types(&format!("{line}\t\n"));
        let shown = self.reads("END\r\n");
        let words = shown.lines().find(|line| line.starts_with('<')).unwrap();
        words.trim_end_matches("END").to_owned()
    }
}

impl Drop for Bash {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn bash_completes_files_and_options() {
    let folder = Folder::new();
    for file in [
        "module.wasm",
        "other dir/x",
        "imports.o",
        "alone/only.wat",
        "settings.toml",
    ] {
        folder.write(file, "");
    }
    let mut bash = Bash::start(&folder);
    for (line, words) in [
        ("kiln bui", "<build>"),
        ("kiln build mod", "<build><module.wasm>"),
        ("kiln build alone/", "<build><alone/only.wat>"),
        ("kiln build -Os mod", "<build><-Os><module.wasm>"),
        (
            "kiln build module.wasm --lin",
            "<build><module.wasm><--link>",
        ),
        (
            "kiln build module.wasm --link im",
            "<build><module.wasm><--link><imports.o>",
        ),
        ("kiln build --config se", "<build><--config><settings.toml>"),
        ("kiln build -o mod", "<build><-o><module.wasm>"),
        ("kiln build --output mod", "<build><--output><module.wasm>"),
        ("kiln build --dir al", "<build><--dir><alone/>"),
        ("kiln build --embed al", "<build><--embed><alone/>"),
        ("kiln build --stdin se", "<build><--stdin><settings.toml>"),
        ("kiln build --emit sh", "<build><--emit><sharedlib>"),
        (
            "kiln build --bounds-checks=ex",
            "<build><--bounds-checks=explicit>",
        ),
        ("kiln build --cpu=nat", "<build><--cpu=native>"),
        ("kiln run --link=im", "<run><--link=imports.o>"),
        ("kiln inspect mod", "<inspect><module.wasm>"),
        ("kiln size mod", "<size><module.wasm>"),
        ("kiln size module.wasm --s", "<size><module.wasm><--svg>"),
        ("kiln run mod", "<run><module.wasm>"),
        ("kiln run --dir . mod", "<run><--dir><.><module.wasm>"),
        (
            "kiln run --dir .::/x mod",
            "<run><--dir><.::/x><module.wasm>",
        ),
        ("kiln run --cpu nat", "<run><--cpu><native>"),
        ("kiln run -- mod", "<run><--><module.wasm>"),
        // Among the program's arguments, Kiln has no options.
        (
            "kiln run module.wasm se",
            "<run><module.wasm><settings.toml>",
        ),
        ("kiln run module.wasm --inh", "<run><module.wasm><--inh>"),
        ("kiln run --inh", "<run><--inherit-env>"),
        ("kiln completions zs", "<completions><zsh>"),
        ("kiln build oth", "<build><other dir/>"),
    ] {
        assert_eq!(bash.completes(line), words, "{line}");
    }
    // With nothing typed of a word, files are offered and not options.
    bash.types("kiln build \t\t");
    let shown = bash.reads("settings.toml");
    assert!(!shown.contains("--"), "{shown}");
}

#[test]
fn other_shells_are_told_which_words_are_files() {
    let script = |shell| Outcome::of(&mut Folder::new().kiln(["completions", shell])).succeeds();
    let zsh = script("zsh");
    for line in [":_files' \\", "--dir=", "--link=[", ":_files -/' \\"] {
        assert!(zsh.contains(line), "{zsh}");
    }
    let fish = script("fish");
    for option in ["-l config", "-l link", "-l output", "-l stdin"] {
        let line = fish.lines().find(|line| line.contains(option)).unwrap();
        assert!(line.contains("-r -F"), "{line}");
    }
}
