//! `kiln completions`: what a shell needs to complete command lines.

use crate::args::{Args, Completions};
use crate::output;
use crate::report::Failure;
use clap::{Arg, Command, CommandFactory, ValueHint};
use clap_complete::Shell;

/// Runs the subcommand.
pub fn completions(args: &Completions) -> Result<(), Failure> {
    let mut command = described();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "kiln", &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    if args.shell == Shell::Bash {
        script += &bash_words(&command);
    }
    output::print(&script)
}

/// The command, with hints for the paths that are resolved at launch. Elsewhere a hint tells them
/// from paths that the build reads or writes ([`crate::settings`]).
fn described() -> Command {
    let hint = |arg: Arg| match arg.get_id().as_str() {
        "dirs" => arg.value_hint(ValueHint::DirPath),
        "stdin" | "stdout" | "stderr" => arg.value_hint(ValueHint::FilePath),
        "vars" | "listen" | "args" | "argv0" => arg.value_hint(ValueHint::Other),
        _ => arg,
    };
    let mut command = Args::command();
    for name in ["build", "run"] {
        command = command.mut_subcommand(name, |subcommand| subcommand.mut_args(hint));
    }
    command
}

/// Makes bash complete files where clap's script offers options alone: a word that does not begin
/// with `-` names a file. After the module of `kiln run` every word is the program's.
fn bash_words(command: &Command) -> String {
    let run = command.find_subcommand("run");
    let takes_value = |arg: &&Arg| arg.get_action().takes_values();
    let options = run.into_iter().flat_map(Command::get_opts);
    let flags = options.filter(takes_value).flat_map(|arg| {
        let long = arg.get_long().map(|long| format!("--{long}"));
        long.into_iter()
            .chain(arg.get_short().map(|short| format!("-{short}")))
    });
    let flags: Vec<_> = flags.collect();
    BASH_WORDS.replace("FLAGS", &flags.join(" "))
}

const BASH_WORDS: &str = r#"
_kiln_words() {
    case "${COMP_WORDS[1]}" in
        build|run|inspect|size) ;;
        *) _kiln "$@"; return ;;
    esac
    local word words with_value=" FLAGS "
    # As they are typed: COMP_WORDS has them split at `=` and `:` too.
    read -ra words <<< "${COMP_LINE:0:COMP_POINT}"
    [[ "${COMP_LINE:0:COMP_POINT}" == *[[:space:]] ]] && words+=('')
    if [[ "${words[1]}" == run ]]; then
        local index last=$((${#words[@]} - 1))
        for ((index = 2; index < last; index++)); do
            word="${words[index]}"
            if [[ "$word" != -?* || "$word" == -- ]]; then
                COMPREPLY=()
                return
            elif [[ "$with_value" == *" $word "* ]]; then
                ((index++))
            fi
        done
    fi
    # In `--option=word` the option stands two words before, or is what precedes the `=`.
    if [[ "$3" == = ]]; then
        set -- "$1" "$2" "${COMP_WORDS[COMP_CWORD - 2]}"
    elif [[ "$2" == = ]]; then
        set -- "$1" "" "$3"
    fi
    _kiln "$@"
    if [[ "$2" != -* && "${COMPREPLY[0]}" == -* ]]; then
        COMPREPLY=()
    fi
}

complete -F _kiln_words -o bashdefault -o default kiln
"#;
