//! The check of the `KILN_…` variables of a launch: of their names, and of what is written in them. All are
//! checked before any is used, so that one that is misspelt or malformed never silently counts for nothing.

use crate::config::names::NAMES;
use crate::config::{Config, Dir};
use crate::given_text::Text;
use crate::refusal::Refusal;
use kiln_abi::grants;
use kiln_abi::nearest::nearest;

/// Refuses a launch with a variable of ours that does not exist or says nothing sensible. Sizes,
/// durations and addresses are refused where they are used.
pub fn check(config: Config) -> Result<(), Refusal> {
    for name in config.our_names() {
        if !NAMES.iter().any(|known| known.as_bytes() == name) {
            let near = nearest(name, NAMES);
            return Err(Refusal::UnknownVariable { name, near });
        }
    }
    type Check = fn(Text<'static>) -> Result<(), grants::Problem>;
    let lists: [(&str, Check); 2] = [("KILN_DIRS", check_dir), ("KILN_ENV", check_setting)];
    for (variable, check) in lists {
        for entry in config.our_list(variable.as_bytes()) {
            check(entry).map_err(|problem| Refusal::Malformed {
                variable,
                entry,
                problem,
            })?;
        }
    }
    for variable in ["KILN_STDIN", "KILN_STDOUT", "KILN_STDERR"] {
        if let Some(entry) = config.ours(variable.as_bytes()) {
            grants::check_path(entry.raw()).map_err(|problem| Refusal::Malformed {
                variable,
                entry,
                problem,
            })?;
        }
    }
    check_word(config, "KILN_TRAP", [b"abort", b"exit"], "abort or exit")?;
    check_word(config, "KILN_CORE_DUMP", [b"full", b"host"], "full or host")?;
    let modes: [&[u8]; 2] = [b"off", b"require"];
    check_word(config, "KILN_SANDBOX", modes, "off or require")
}

/// Refuses a variable that is neither of two words.
fn check_word(
    config: Config,
    variable: &'static str,
    words: [&[u8]; 2],
    expected: &'static str,
) -> Result<(), Refusal> {
    match config.ours(variable.as_bytes()) {
        Some(value) if !words.contains(&value.raw()) => Err(Refusal::Misunderstood {
            variable,
            value,
            expected,
        }),
        _ => Ok(()),
    }
}

fn check_dir(entry: Text<'static>) -> Result<(), grants::Problem> {
    Dir::parse(entry).map(drop)
}

fn check_setting(entry: Text) -> Result<(), grants::Problem> {
    match entry.raw() {
        [b'=', ..] => Err("the name before `=` is empty"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::names::LIST;
    use crate::testing::launch;
    use kiln_abi::config::{Entry, write};
    use std::string::{String, ToString};
    use std::vec::Vec;

    fn checked(variables: &[&str], baked: Vec<u8>) -> Result<(), String> {
        let config = Config::new(launch(&["app"], variables, baked));
        check(config).map_err(|refusal| {
            let told = refusal.tell(|parts| parts.concat());
            String::from_utf8_lossy(&told).to_string()
        })
    }

    #[test]
    fn a_name_that_is_none_of_ours_is_told_with_the_nearest() {
        for (variable, near) in [
            ("KILN_DIR=.", "there is KILN_DIRS"),
            ("KILN_TIMEOT=1s", "there is KILN_TIMEOUT"),
            ("KILN_dirs=.", "there is KILN_DIRS"),
            ("KILN_OTHER=", LIST),
            ("KILN_=x", LIST),
        ] {
            let told = checked(&["KILN_ENV=A=b", variable], Vec::new()).unwrap_err();
            let (name, _) = variable.split_once('=').unwrap();
            assert!(told.starts_with(&std::format!("{name} ")), "{told}");
            assert!(told.contains(near), "{told}");
        }
    }

    #[test]
    fn malformed_entries_are_told_with_the_reason() {
        for (variable, entry) in [
            ("KILN_DIRS=/a;h::/d:rw", "h::/d:rw"),
            ("KILN_DIRS=~/x::/d", "~/x::/d"),
            ("KILN_DIRS=~", "~"),
            ("KILN_DIRS=::/d", "::/d"),
            ("KILN_DIRS=/d::", "/d::"),
            ("KILN_DIRS=data:ro", "data:ro"),
            ("KILN_ENV=A;=x", "=x"),
            ("KILN_STDIN=", ""),
            ("KILN_STDOUT=~/out", "~/out"),
        ] {
            let told = checked(&[variable], Vec::new()).unwrap_err();
            let (name, _) = variable.split_once('=').unwrap();
            let expected = std::format!("{name} has `{entry}`: ");
            assert!(told.starts_with(&expected), "{told}");
        }
    }

    #[test]
    fn a_trap_raises_a_signal_or_exits() {
        let told = checked(&["KILN_TRAP=1"], Vec::new()).unwrap_err();
        assert!(told.contains("abort or exit"), "{told}");
        let raises = |variables: &[&str], entries: &[Entry]| {
            let mut baked = Vec::new();
            entries.iter().for_each(|entry| write(&mut baked, entry));
            Config::new(launch(&["app"], variables, baked)).raises_on_trap()
        };
        assert!(!raises(&[], &[]));
        assert!(raises(&["KILN_TRAP=abort"], &[]));
        assert!(raises(&[], &[Entry::TrapSignal]));
        assert!(!raises(&["KILN_TRAP=exit"], &[Entry::TrapSignal]));
        assert!(!raises(&["KILN_TRAP=abort"], &[Entry::Sealed]));
    }

    #[test]
    fn a_core_dump_is_in_full_or_of_the_host() {
        let told = checked(&["KILN_CORE_DUMP=off"], Vec::new()).unwrap_err();
        assert!(told.contains("full or host"), "{told}");
        let is_of_host = |variables: &[&str], entries: &[Entry]| {
            let mut baked = Vec::new();
            entries.iter().for_each(|entry| write(&mut baked, entry));
            Config::new(launch(&["app"], variables, baked)).dumps_host_alone()
        };
        assert!(!is_of_host(&[], &[]));
        assert!(is_of_host(&["KILN_CORE_DUMP=host"], &[]));
        assert!(is_of_host(&[], &[Entry::HostDump]));
        assert!(!is_of_host(&["KILN_CORE_DUMP=full"], &[Entry::HostDump]));
        assert!(!is_of_host(&["KILN_CORE_DUMP=host"], &[Entry::Sealed]));
    }

    #[test]
    fn what_is_right_is_not_refused() {
        for name in LIST.split(", ") {
            let name = name.strip_prefix("KILN_").unwrap();
            assert!(NAMES.contains(&name), "{name}");
        }
        let variables = [
            r"KILN_DIRS=.;/a::/b:ro;/c::x\:rw;./~::/d;;",
            "KILN_ENV=A=b;C;D=;",
            "KILN_ARGV0=",
            "KILN_STDIN=&0",
            "KILN_LISTEN=",
            "KILN_TRAP=abort",
            "KILN_SANDBOX=off",
            "KILNX=1",
            "KILN=1",
        ];
        assert_eq!(checked(&variables, Vec::new()), Ok(()));
    }

    #[test]
    fn a_sealed_program_ignores_them_all() {
        let mut sealed = Vec::new();
        write(&mut sealed, &Entry::Sealed);
        assert_eq!(checked(&["KILN_DIR=.", "KILN_ENV==x"], sealed), Ok(()));
    }
}
