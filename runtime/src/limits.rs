//! The limits of a program: those it was built with, or lower ones where its launch says so.

use crate::config::Config;
use crate::refusal::Refusal;
use kiln_abi::layout::Program;
use kiln_abi::units::{STACK_SIZE, parse_count, parse_duration, parse_size, parse_stack_size};

/// The limits a program runs under; `u64::MAX` where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that memories, tables and exceptions may come to take together.
    pub memory: u64,
    /// Bytes of wasm stack.
    pub stack: u64,
    /// Descriptors that the guest may have open.
    pub open_files: u64,
    /// Nanoseconds after which the program is ended.
    pub timeout: u64,
}

const SIZE: &str = "a size, such as 65536, 64K, 8M or 1G";
const COUNT: &str = "a number above 0";
const DURATION: &str = "a duration, such as 500ms, 30s, 2m or 1h";

impl Limits {
    /// Those that a program was built with.
    pub fn baked(program: &Program) -> Self {
        Limits {
            memory: program.max_memory,
            stack: program.stack_size,
            open_files: program.max_open_files,
            timeout: program.timeout,
        }
    }

    /// These, or less where `config` says so: no launch gives a program more than its builder did.
    pub fn lowered(mut self, config: Config) -> Result<Self, Refusal> {
        type Parse = fn(&[u8]) -> Option<u64>;
        let variables: [(&mut u64, &str, Parse, &str); 4] = [
            (&mut self.memory, "KILN_MAX_MEMORY", parse_size, SIZE),
            (
                &mut self.stack,
                "KILN_STACK_SIZE",
                parse_stack_size,
                STACK_SIZE,
            ),
            (
                &mut self.open_files,
                "KILN_MAX_OPEN_FILES",
                parse_count,
                COUNT,
            ),
            (&mut self.timeout, "KILN_TIMEOUT", parse_duration, DURATION),
        ];
        for (limit, variable, parse, expected) in variables {
            let Some(value) = config.ours(variable.as_bytes()) else {
                continue;
            };
            let mut buffer = [0; 32];
            let given = value.copy_to(&mut buffer).and_then(|text| parse(text));
            let given = given.ok_or(Refusal::Misunderstood {
                variable,
                value,
                expected,
            })?;
            *limit = given.min(*limit);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::launch;

    fn lowered(variables: &[&str]) -> Result<Limits, Refusal> {
        let baked = Limits {
            memory: u64::MAX,
            stack: 8 << 20,
            open_files: 20,
            timeout: 1_000_000_000,
        };
        baked.lowered(Config::new(launch(&["app"], variables, Vec::new())))
    }

    #[test]
    fn a_launch_can_only_lower() {
        let limits = lowered(&[
            "KILN_MAX_MEMORY=1M",
            "KILN_STACK_SIZE=64M",
            "KILN_MAX_OPEN_FILES=30",
            "KILN_TIMEOUT=10ms",
        ]);
        let expected = Limits {
            memory: 1 << 20,
            stack: 8 << 20,
            open_files: 20,
            timeout: 10_000_000,
        };
        assert_eq!(limits.ok(), Some(expected));
    }

    #[test]
    fn what_is_no_limit_is_told() {
        for variable in [
            "KILN_TIMEOUT=5",
            "KILN_STACK_SIZE=",
            "KILN_STACK_SIZE=1",
            "KILN_STACK_SIZE=99999999G",
            "KILN_MAX_OPEN_FILES=x",
        ] {
            let refused = lowered(&["KILN_MAX_MEMORY=1M", variable]).unwrap_err();
            let told = refused.tell(|parts| parts.concat());
            let name = variable.split_once('=').unwrap().0;
            assert!(told.starts_with(name.as_bytes()), "{refused:?}");
        }
        let long = format!("KILN_MAX_MEMORY={}", "0".repeat(100));
        assert!(lowered(&[&long]).is_err());
    }
}
