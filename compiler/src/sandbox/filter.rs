//! Rules → the kernel's filter: a program of classic BPF, which the kernel runs before each system
//! call (seccomp(2), `SECCOMP_SET_MODE_FILTER`).
//!
//! The numbers are found by a tree of comparisons. When a filter is installed, the kernel runs it once
//! for each number there is, to remember those that are allowed whatever their arguments; that takes
//! most of the time of installing. So the tree is the one that takes the fewest comparisons for all
//! numbers together: the best of all trees over the runs of numbers that are treated alike. An x32
//! call has a number above all others, and is refused as these are.

use super::{Rule, Rules};
use kiln_abi::syscalls::{ALLOW, IF_EQUAL, Instruction, OWN_PROCESS, RETURN, STOP, Test};

/// `BPF_LD | BPF_W | BPF_ABS`: loads a word of `struct seccomp_data`.
const LOAD: u16 = 0x20;
/// `BPF_ALU | BPF_AND | BPF_K`.
const AND: u16 = 0x54;
/// `BPF_JMP | BPF_JGE | BPF_K`.
const IF_AT_LEAST: u16 = 0x35;
/// `BPF_JMP | BPF_JA`.
const JUMP: u16 = 0x05;

/// Offsets in `struct seccomp_data`, the last of argument 0's lower half.
const NUMBER: u32 = 0;
const MACHINE: u32 = 4;
const ARGUMENTS: u32 = 16;

/// A number above those of all system calls, for which the kernel runs no filter ahead of time.
const END: u32 = 512;

/// The filter that allows what the rules do.
pub(super) fn filter(rules: &Rules) -> Vec<Instruction> {
    let mut filter = vec![
        plain(LOAD, MACHINE),
        jump(IF_EQUAL, rules.machine.calls.architecture, 1, 0),
        plain(RETURN, STOP),
        plain(LOAD, NUMBER),
    ];
    filter.extend(tree(&runs(rules)));
    filter
}

/// Numbers in a row that are treated alike.
struct Run<'a> {
    /// The first of them. The run ends where the next begins.
    start: u32,
    treatment: Treatment<'a>,
}

#[derive(PartialEq)]
enum Treatment<'a> {
    Allow,
    Stop,
    /// By the arguments.
    Test(&'a Rule),
}

/// Divides all numbers into runs.
fn runs(rules: &Rules) -> Vec<Run<'_>> {
    let mut runs: Vec<Run> = Vec::new();
    let mut add = |start, treatment| {
        if runs.last().is_none_or(|run| run.treatment != treatment) {
            runs.push(Run { start, treatment });
        }
    };
    let mut next = 0;
    for (&number, rule) in &rules.by_number {
        if next < number {
            add(next, Treatment::Stop);
        }
        let treatment = match rule.is_unconditional() {
            true => Treatment::Allow,
            false => Treatment::Test(rule),
        };
        add(number, treatment);
        next = number + 1;
    }
    add(next, Treatment::Stop);
    runs
}

/// The best tree over the runs: it takes the fewest comparisons for all numbers together.
fn tree(runs: &[Run]) -> Vec<Instruction> {
    let count = runs.len();
    let starts = runs.iter().map(|run| u64::from(run.start));
    let bounds: Vec<u64> = starts.chain([END.into()]).collect();
    // For runs from `first` up to `last`: the comparisons of its numbers together, and the run at which
    // the root of its best tree divides it.
    let mut costs = vec![vec![(0, 0); count]; count];
    for len in 2..=count {
        for first in 0..=count - len {
            let last = first + len - 1;
            let cost = |at: usize| costs[first][at - 1].0 + costs[at][last].0;
            let at = (first + 1..=last).min_by_key(|&at| cost(at));
            let at = at.unwrap_or(last);
            let numbers = bounds[last + 1].saturating_sub(bounds[first]);
            costs[first][last] = (cost(at) + numbers, at);
        }
    }
    subtree(runs, &costs, 0, count - 1)
}

fn subtree(
    runs: &[Run],
    costs: &[Vec<(u64, usize)>],
    first: usize,
    last: usize,
) -> Vec<Instruction> {
    if first == last {
        return leaf(&runs[first].treatment);
    }
    let at = costs[first][last].1;
    let below = subtree(runs, costs, first, at - 1);
    let above = subtree(runs, costs, at, last);
    // A comparison skips 255 instructions at most, a jump as many as are wanted.
    let mut code = match u8::try_from(below.len()) {
        Ok(len) => vec![jump(IF_AT_LEAST, runs[at].start, len, 0)],
        Err(_) => vec![
            jump(IF_AT_LEAST, runs[at].start, 0, 1),
            plain(JUMP, below.len() as u32),
        ],
    };
    code.extend(below);
    code.extend(above);
    code
}

fn leaf(treatment: &Treatment) -> Vec<Instruction> {
    match treatment {
        Treatment::Allow => vec![plain(RETURN, ALLOW)],
        Treatment::Stop => vec![plain(RETURN, STOP)],
        Treatment::Test(rule) => {
            let mut code: Vec<_> = rule
                .alternatives
                .iter()
                .flat_map(|t| alternative(t))
                .collect();
            code.push(plain(RETURN, STOP));
            code
        }
    }
}

/// Allows a call whose arguments pass all tests, and goes on behind otherwise.
fn alternative(tests: &[Test]) -> Vec<Instruction> {
    let mut code = vec![plain(RETURN, ALLOW)];
    for test in tests.iter().rev() {
        // No rule has so many tests that this is more than a byte holds.
        let rest = code.len() as u8;
        let mut before = vec![plain(LOAD, ARGUMENTS + 8 * u32::from(test.argument))];
        if test.mask != u32::MAX {
            before.push(plain(AND, test.mask));
        }
        debug_assert!(test.value != OWN_PROCESS || test.mask == u32::MAX);
        before.push(jump(IF_EQUAL, test.value, 0, rest));
        code.splice(0..0, before);
    }
    code
}

const fn plain(code: u16, operand: u32) -> Instruction {
    jump(code, operand, 0, 0)
}

const fn jump(code: u16, operand: u32, jump_true: u8, jump_false: u8) -> Instruction {
    Instruction {
        code,
        jump_true,
        jump_false,
        operand,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Target;
    use crate::target::Machine;
    use kiln_abi::contract::PREVIEW1;
    use kiln_abi::syscalls::architecture::X86_64;

    /// Gives what the kernel makes of a call, and how many instructions it takes.
    fn run(filter: &[Instruction], machine: u32, number: u32, arguments: [u32; 6]) -> (u32, usize) {
        let (mut at, mut value) = (0, 0);
        for steps in 1.. {
            let Instruction {
                code,
                operand,
                jump_true,
                jump_false,
            } = filter[at];
            let skip = |holds: bool| usize::from(if holds { jump_true } else { jump_false });
            at += 1;
            match code {
                LOAD if operand == MACHINE => value = machine,
                LOAD if operand == NUMBER => value = number,
                LOAD => value = arguments[(operand - ARGUMENTS) as usize / 8],
                AND => value &= operand,
                IF_EQUAL => at += skip(value == operand),
                IF_AT_LEAST => at += skip(value >= operand),
                JUMP => at += operand as usize,
                RETURN => return (operand, steps),
                _ => unreachable!("{code:#x}"),
            }
        }
        unreachable!()
    }

    fn everything() -> Rules {
        let mut rules = Rules::of_imports(Target::X86_64, &[], [].into_iter());
        for function in PREVIEW1 {
            function.calls.iter().for_each(|calls| rules.allow(calls));
        }
        rules
    }

    /// Arguments of which every test of the rule with this number holds, in its last alternative.
    fn passing(tests: &[Test]) -> [u32; 6] {
        let mut arguments = [0; 6];
        for test in tests {
            arguments[usize::from(test.argument)] |= test.value;
        }
        arguments
    }

    #[test]
    fn the_filter_decides_as_the_rules_say() {
        let rules = everything();
        let filter = filter(&rules);
        assert!(filter.len() < kiln_abi::syscalls::FILTER_MAX);
        for number in (0..600).chain([0x4000_0000, 0x4000_0001, u32::MAX]) {
            let verdict = |arguments| run(&filter, X86_64, number, arguments).0;
            match rules.by_number.get(&number) {
                None => assert_eq!(verdict([0; 6]), STOP, "{number}"),
                Some(rule) => {
                    for tests in &rule.alternatives {
                        assert_eq!(verdict(passing(tests)), ALLOW, "{number} {tests:?}");
                    }
                    let expected = if rule.is_unconditional() { ALLOW } else { STOP };
                    assert_eq!(verdict([0x7654_3210; 6]), expected, "{number}");
                }
            }
            // i386.
            assert_eq!(run(&filter, 0x4000_0003, number, [0; 6]).0, STOP);
        }
    }

    #[test]
    fn no_memory_becomes_executable() {
        let filter = filter(&everything());
        let number = |name: &str| {
            let calls = &Machine::of(Target::X86_64).calls;
            (calls.find)(name).unwrap().0
        };
        let verdict = |name, arguments| run(&filter, X86_64, number(name), arguments).0;
        // MAP_PRIVATE | MAP_ANONYMOUS.
        assert_eq!(verdict("mmap", [0, 4096, 3, 0x22, u32::MAX, 0]), ALLOW);
        assert_eq!(verdict("mmap", [0, 4096, 7, 0x22, u32::MAX, 0]), STOP);
        assert_eq!(verdict("mmap", [0, 4096, 3, 0x02, 3, 0]), STOP);
        assert_eq!(verdict("mprotect", [0, 4096, 3, 0, 0, 0]), ALLOW);
        assert_eq!(verdict("mprotect", [0, 4096, 5, 0, 0, 0]), STOP);
        assert_eq!(verdict("kill", [OWN_PROCESS, 9, 0, 0, 0, 0]), ALLOW);
        assert_eq!(verdict("kill", [1, 9, 0, 0, 0, 0]), STOP);
    }

    #[test]
    fn paths_are_short() {
        let mut rules = Rules::of_imports(Target::X86_64, &[], [].into_iter());
        rules.allow(kiln_abi::syscalls::WRITE);
        let filter = filter(&rules);
        let steps = (0..470).map(|number| run(&filter, X86_64, number, [0; 6]).1);
        let mean = steps.sum::<usize>() as f64 / 470.0;
        assert!(mean < 8.0, "{mean} of {}", filter.len());
    }
}
