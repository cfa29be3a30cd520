//! Executables that `kiln run` has made before, in `$XDG_CACHE_HOME/kiln` or `~/.cache/kiln`.
//!
//! A file's name is the hash of all that decides its contents, so an entry is never stale. What
//! was not used for longest goes when there is too much. Since its files are executed, a cache is
//! used only where nobody but its owner can write.

use crate::{output, report};
use kiln_compiler::Options;
use std::ffi::{CStr, OsStr, c_char};
use std::fs::{self, DirBuilder, File};
use std::hash::{Hash, Hasher};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Bytes of executables that are kept.
const CAPACITY: u64 = 1 << 30;

/// A directory of executables.
pub struct Cache {
    dir: PathBuf,
}

impl Cache {
    /// The user's cache, made if need be; or why it cannot be had.
    pub fn open() -> Result<Self, String> {
        let base = base_dir().ok_or("neither XDG_CACHE_HOME nor HOME is an absolute path")?;
        let dir = base.join("kiln");
        let name = report::shown(&dir);
        let mut builder = DirBuilder::new();
        builder
            .recursive(true)
            .mode(0o700)
            .create(&dir)
            .map_err(|error| format!("{name} cannot be made: {error}"))?;
        if !is_private(&dir) {
            return Err(format!("others than its owner, you, can write to {name}"));
        }
        Ok(Self { dir })
    }

    /// An executable that was made before, noting that it is used again.
    pub fn find(&self, key: &str) -> Option<PathBuf> {
        let path = self.dir.join(key);
        let mut file = File::open(&path).ok()?;
        let mut magic = [0; 4];
        file.read_exact(&mut magic).ok()?;
        // A crash of the machine can leave a file whose contents never reached the disk.
        if magic != *b"\x7fELF" {
            return None;
        }
        // Should this fail, the entry goes too soon: no more than another compilation.
        let _ = file.set_modified(SystemTime::now());
        Some(path)
    }

    /// Adds an executable.
    pub fn insert(&self, key: &str, executable: &[u8]) -> io::Result<PathBuf> {
        let path = self.dir.join(key);
        output::replace(&path, executable, 0o777)?;
        self.trim(CAPACITY)?;
        Ok(path)
    }

    /// Removes what was not used for longest until the newest `capacity` bytes are left.
    fn trim(&self, capacity: u64) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            // Another kiln may be trimming too.
            if let Ok(metadata) = entry.metadata() {
                files.push((metadata.modified()?, metadata.len(), entry.path()));
            }
        }
        files.sort_by(|a, b| b.cmp(a));
        let mut total = 0;
        for (_, len, path) in &files {
            total += len;
            if total > capacity && total > *len {
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }
}

/// The name of what this compiler makes of a module under these options, for processors with these
/// features: machines may share a home directory, and `--cpu native` means another on each.
pub fn key(module: &[u8], options: &Options, features: &[String]) -> io::Result<String> {
    let compiler = fs::metadata(compiler()?)?;
    // Hashing the compiler's own bytes would take longer than starting the program.
    let compiler = (compiler.len(), compiler.mtime(), compiler.mtime_nsec());
    let mut key = Key(blake3::Hasher::new());
    (env!("CARGO_PKG_VERSION"), compiler, features).hash(&mut key);
    (options, module).hash(&mut key);
    Ok(key.0.finalize().to_hex().to_string())
}

/// This program's file. Where there is no /proc to name it, the kernel has told the path by which it
/// was started.
fn compiler() -> io::Result<PathBuf> {
    std::env::current_exe().or_else(|error| {
        // SAFETY: a number is asked for, and no memory is touched.
        let path = unsafe { libc::getauxval(libc::AT_EXECFN) } as *const c_char;
        if path.is_null() {
            return Err(error);
        }
        // SAFETY: AT_EXECFN is the address of a string in this process that the kernel wrote and
        // nobody changes.
        let path = unsafe { CStr::from_ptr(path) };
        Ok(OsStr::from_bytes(path.to_bytes()).into())
    })
}

/// Hashes values, of types whose `Hash` is complete, so well that different ones never meet.
struct Key(blake3::Hasher);

impl Hasher for Key {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let mut first = [0; 8];
        self.0.finalize_xof().fill(&mut first);
        u64::from_le_bytes(first)
    }
}

/// Relative paths in `XDG_CACHE_HOME` are ignored, as its specification asks.
fn base_dir() -> Option<PathBuf> {
    let absolute = |name| {
        let path = PathBuf::from(std::env::var_os(name)?);
        path.is_absolute().then_some(path)
    };
    absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))
}

fn is_private(dir: &Path) -> bool {
    const OTHERS_CAN_WRITE: u32 = 0o022;
    fs::metadata(dir).is_ok_and(|dir| {
        dir.uid() == rustix::process::geteuid().as_raw() && dir.mode() & OTHERS_CAN_WRITE == 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::time::Duration;

    #[test]
    fn processors_with_other_features_have_other_entries() {
        let features = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let some: [Vec<String>; 4] = [
            features(&[]),
            features(&["avx"]),
            features(&["avx", "fma"]),
            features(&["avxfma"]),
        ];
        let options = Options::default();
        let keys: BTreeSet<_> = some
            .iter()
            .map(|features| key(b"module", &options, features).unwrap())
            .collect();
        assert_eq!(keys.len(), some.len());
        assert!(keys.contains(&key(b"module", &options, &some[1]).unwrap()));
    }

    #[test]
    fn what_was_used_last_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache {
            dir: dir.path().to_owned(),
        };
        for (key, minutes) in [("a", 3), ("b", 2), ("c", 1)] {
            let path = cache.insert(key, &[*b"\x7fELF"; 25].concat()).unwrap();
            let age = Duration::from_secs(minutes * 60);
            let file = File::open(path).unwrap();
            file.set_modified(SystemTime::now() - age).unwrap();
        }
        let kept = || ["a", "b", "c"].map(|key| dir.path().join(key).exists());
        cache.find("a").unwrap();
        cache.trim(250).unwrap();
        assert_eq!(kept(), [true, false, true]);
        cache.trim(0).unwrap();
        assert_eq!(
            kept(),
            [true, false, false],
            "the newest stays, however large"
        );
    }
}
