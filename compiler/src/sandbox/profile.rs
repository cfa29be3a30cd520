//! Rules → what other sandboxes take: the seccomp section of an OCI runtime's configuration
//! ("Linux Container Configuration", OCI runtime specification) and systemd's `SystemCallFilter=`
//! (systemd.exec(5)). These hold from before the program starts, so they allow what it does before its
//! own sandbox is up, too.

use super::Rules;
use kiln_abi::syscalls::{OWN_PROCESS, START, Test};
use serde::Serialize;

/// The system calls that a program may make, as other sandboxes take them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Profile {
    /// Those that its own sandbox allows, by name.
    pub allowed: Vec<&'static str>,
    /// The value of systemd's `SystemCallFilter=`.
    pub system_call_filter: String,
    /// The `linux.seccomp` of an OCI runtime's configuration.
    pub seccomp: Seccomp,
}

/// The `linux.seccomp` of an OCI runtime's configuration.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Seccomp {
    default_action: &'static str,
    architectures: [&'static str; 1],
    syscalls: Vec<Allowed>,
}

/// System calls that are allowed.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Allowed {
    names: Vec<&'static str>,
    action: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    args: Vec<Argument>,
}

/// The values that an argument may have.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Argument {
    index: u8,
    value: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_two: Option<u64>,
    op: &'static str,
}

impl Profile {
    /// The profile of a program with these rules.
    pub fn of(rules: &Rules) -> Self {
        let allowed = rules.iter().map(|rule| rule.name).collect();
        let mut all = rules.clone();
        all.allow(START);
        let names: Vec<_> = all.iter().map(|rule| rule.name).collect();
        let always = all.iter().filter(|rule| is_free(&rule.alternatives));
        let mut syscalls = vec![Allowed {
            names: always.map(|rule| rule.name).collect(),
            action: "SCMP_ACT_ALLOW",
            args: Vec::new(),
        }];
        for rule in all.iter().filter(|rule| !is_free(&rule.alternatives)) {
            syscalls.extend(rule.alternatives.iter().map(|tests| Allowed {
                names: vec![rule.name],
                action: "SCMP_ACT_ALLOW",
                args: tests.iter().map(argument).collect(),
            }));
        }
        Self {
            allowed,
            system_call_filter: names.join(" "),
            seccomp: Seccomp {
                default_action: "SCMP_ACT_ERRNO",
                architectures: [rules.machine.calls.seccomp],
                syscalls,
            },
        }
    }
}

/// Tells if arguments may be any, as far as a profile can say: it does not know the process.
fn is_free(alternatives: &[&[Test]]) -> bool {
    let is_unknown = |test: &Test| test.value == OWN_PROCESS;
    alternatives
        .iter()
        .any(|tests| tests.iter().all(is_unknown))
}

fn argument(test: &Test) -> Argument {
    let is_whole = test.mask == u32::MAX;
    Argument {
        index: test.argument,
        value: if is_whole { test.value } else { test.mask }.into(),
        value_two: (!is_whole).then(|| test.value.into()),
        op: match is_whole {
            true => "SCMP_CMP_EQ",
            false => "SCMP_CMP_MASKED_EQ",
        },
    }
}
