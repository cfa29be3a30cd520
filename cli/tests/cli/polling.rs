//! `poll_oneoff` with thousands of subscriptions, where a process may have few descriptors.

use crate::support::{Folder, Outcome};
use std::io::pipe;
use std::process::Command;

/// Subscribes `N` times, once by a call of `$subscribe` for each, and demands of the events that they
/// are those of the first subscription and every `STEP`th after it, of which `TYPE` says the type.
fn module(subscribe: &str, step: u32, event_type: &str) -> String {
    format!(
        r#"(module
            (import "wasi_snapshot_preview1" "poll_oneoff"
                (func $poll (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 10)
            (func $subscribe (param $number i32) (param $at i32) {subscribe})
            (func $type (param $number i32) (result i32) {event_type})
            (func (export "_start") (local $number i32) (local $event i32)
                (loop $next
                    (i32.store (i32.mul (local.get $number) (i32.const 48)) (local.get $number))
                    (call $subscribe (local.get $number)
                        (i32.mul (local.get $number) (i32.const 48)))
                    (br_if $next (i32.lt_u
                        (local.tee $number (i32.add (local.get $number) (i32.const 1)))
                        (i32.const 5000))))
                (if (call $poll (i32.const 0) (i32.const 300000) (i32.const 5000)
                        (i32.const 600000)) (then unreachable))
                (if (i32.ne (i32.load (i32.const 600000)) (i32.const {events})) (then unreachable))
                (local.set $number (i32.const 0))
                (local.set $event (i32.const 300000))
                (loop $next
                    (if (i32.ne (i32.load (local.get $event)) (local.get $number))
                        (then unreachable))
                    (if (i32.load16_u offset=8 (local.get $event)) (then unreachable))
                    (if (i32.ne (i32.load8_u offset=10 (local.get $event))
                            (call $type (local.get $number))) (then unreachable))
                    (local.set $event (i32.add (local.get $event) (i32.const 32)))
                    (br_if $next (i32.lt_u
                        (local.tee $number (i32.add (local.get $number) (i32.const {step})))
                        (i32.const 5000))))))"#,
        events = 5000 / step
    )
}

/// A command that runs the program with 16 descriptors at most.
fn limited(folder: &Folder, wat: &str) -> Command {
    let app = folder.built(wat, &[]).get_program().to_owned();
    let mut shell = folder.command("sh");
    shell.args(["-c", "ulimit -n 16 && exec \"$0\""]).arg(app);
    shell
}

#[test]
fn clocks_need_no_descriptors() {
    let folder = Folder::new();
    let clock = "(i32.store offset=16 (local.get $at) (i32.const 1))";
    let wat = module(clock, 1, "(i32.const 0)");
    Outcome::of(&mut limited(&folder, &wat)).succeeds();
}

/// Reading from standard input and writing to standard output in turn.
const STREAMS: &str = "
    (i32.store8 offset=8 (local.get $at)
        (i32.sub (i32.const 2) (i32.and (local.get $number) (i32.const 1))))
    (i32.store offset=16 (local.get $at)
        (i32.sub (i32.const 1) (i32.and (local.get $number) (i32.const 1))))";

#[test]
fn a_descriptor_may_be_waited_for_any_number_of_times() {
    let folder = Folder::new();
    // `/dev/null` can always be read.
    let either = "(i32.sub (i32.const 2) (i32.and (local.get $number) (i32.const 1)))";
    Outcome::of(&mut limited(&folder, &module(STREAMS, 1, either))).succeeds();
    // With nothing to read, only those that wait to write are told.
    let (reader, _writer) = pipe().unwrap();
    let mut app = limited(&folder, &module(STREAMS, 2, "(i32.const 2)"));
    Outcome::of(app.stdin(reader)).succeeds();
}
