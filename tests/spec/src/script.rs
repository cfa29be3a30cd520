//! The questions of a `.wast` file, taken apart into programs.
//!
//! A *program* is the smallest set of the file's module instances that share nothing with the
//! others, with the commands that concern them in their order: what one executable holds. A module
//! that must be refused is a [`Refusal`]. What cannot be asked of Kiln is counted with the reason:
//! no directive is dropped in silence.

use crate::suite::{Features, KILN};
use crate::value::{Arg, Expected, GARBAGE_COLLECTION};
use anyhow::{Context, Result};
use std::collections::{BTreeMap, HashMap};
use wasmparser::{Parser, Payload, Validator};
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::token::{Id, Span};
use wast::{QuoteWat, QuoteWatTest, Wast, WastDirective, WastExecute, WastInvoke, WastThread};

/// A script taken apart.
#[derive(Debug, Default)]
pub struct Script {
    pub programs: Vec<Program>,
    pub refusals: Vec<Refusal>,
    /// The number of assertions of each kind that are not asked of Kiln, by reason.
    pub uncovered: BTreeMap<(&'static str, Kind), usize>,
}

/// The kinds that are counted, each for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A module that must be instantiated.
    Module,
    /// A command that must end, and is asserted by what follows it.
    Action,
    /// `assert_return`.
    Return,
    /// `assert_trap` and `assert_exhaustion`.
    Trap,
    /// `assert_exception`.
    Throw,
    /// `assert_invalid`.
    Invalid,
    /// `assert_malformed` of a binary module.
    Malformed,
    /// `assert_malformed` of a text module.
    Text,
    /// A module that needs a proposal that Kiln does not have.
    Unsupported,
    /// A module that the command `kiln build` must refuse.
    Command,
    /// Any other assertion.
    Other,
}

/// Instances that share state, and what is done with them.
#[derive(Debug, Default)]
pub struct Program {
    pub instances: Vec<Instance>,
    pub commands: Vec<Command>,
}

/// A module to instantiate.
#[derive(Debug)]
pub struct Instance {
    pub wasm: Vec<u8>,
    /// The instances, by the names it imports them under. `spectest` is not among them.
    pub imports: HashMap<String, usize>,
}

/// One step of a program.
#[derive(Debug)]
pub struct Command {
    /// Its line in the script, from 1.
    pub line: usize,
    pub action: Action,
    pub outcome: Outcome,
}

/// The action of a command.
#[derive(Debug)]
pub enum Action {
    Instantiate(usize),
    Invoke {
        instance: usize,
        export: String,
        args: Vec<Arg>,
    },
    Get {
        instance: usize,
        export: String,
    },
}

/// The end that a command must have.
#[derive(Debug)]
pub enum Outcome {
    /// Without a trap.
    Completes,
    Returns(Vec<Expected>),
    /// In a trap with this message.
    Traps(String),
    /// In an exception that nothing catches.
    Throws,
}

/// A module that must be refused.
#[derive(Debug)]
pub struct Refusal {
    pub line: usize,
    pub kind: Kind,
    /// Binary or text, as its kind says.
    pub module: Vec<u8>,
    /// The words that its refusal must have.
    pub wants: &'static str,
}

impl Kind {
    /// Tells if the script claims something by it.
    pub fn is_assertion(self) -> bool {
        !matches!(self, Self::Module | Self::Action)
    }
}

impl Command {
    pub fn kind(&self) -> Kind {
        match (&self.outcome, &self.action) {
            (Outcome::Completes, Action::Instantiate(_)) => Kind::Module,
            (Outcome::Completes, _) => Kind::Action,
            (Outcome::Returns(_), _) => Kind::Return,
            (Outcome::Traps(_), _) => Kind::Trap,
            (Outcome::Throws, _) => Kind::Throw,
        }
    }

    /// Tells if it ends the process it runs in.
    pub fn is_fatal(&self) -> bool {
        matches!(self.outcome, Outcome::Traps(_) | Outcome::Throws)
    }
}

impl Action {
    fn instance_mut(&mut self) -> &mut usize {
        match self {
            Self::Instantiate(instance)
            | Self::Invoke { instance, .. }
            | Self::Get { instance, .. } => instance,
        }
    }
}

impl Script {
    /// Takes the text of a `.wast` file apart.
    pub fn parse(text: &str) -> Result<Self> {
        let mut lexer = Lexer::new(text);
        lexer.allow_confusing_unicode(true);
        let buffer = ParseBuffer::new_with_lexer(lexer)?;
        let mut reader = Reader::new(text);
        for directive in parser::parse::<Wast<'_>>(&buffer)?.directives {
            let line = reader.line(directive.span());
            reader
                .directive(line, directive)
                .with_context(|| format!("line {line}"))?;
        }
        Ok(reader.finish())
    }
}

/// A script being read. Instances are numbered as they come; those that Kiln cannot hold stay as
/// the reason why.
struct Reader {
    /// Offsets at which lines end.
    line_ends: Vec<usize>,
    instances: Vec<Result<Instance, &'static str>>,
    /// For each instance, an earlier one that it shares state with, or itself.
    linked: Vec<usize>,
    commands: Vec<Command>,
    definitions: HashMap<String, Vec<u8>>,
    last_definition: Vec<u8>,
    ids: HashMap<String, usize>,
    registry: HashMap<String, usize>,
    current: Option<usize>,
    script: Script,
}

impl Reader {
    fn new(text: &str) -> Self {
        Self {
            line_ends: text.match_indices('\n').map(|(at, _)| at).collect(),
            instances: Vec::new(),
            linked: Vec::new(),
            commands: Vec::new(),
            definitions: HashMap::new(),
            last_definition: Vec::new(),
            ids: HashMap::new(),
            registry: HashMap::new(),
            current: None,
            script: Script::default(),
        }
    }

    fn line(&self, span: Span) -> usize {
        1 + self.line_ends.partition_point(|&end| end < span.offset())
    }

    fn directive(&mut self, line: usize, directive: WastDirective<'_>) -> Result<()> {
        match directive {
            WastDirective::Module(mut module) => {
                let id = module.name();
                let wasm = module.encode()?;
                let instance = self.instantiate(line, wasm, Outcome::Completes)?;
                self.enter(id, instance);
            }
            WastDirective::ModuleDefinition(mut module) => {
                self.last_definition = module.encode()?;
                if let Some(id) = module.name() {
                    let wasm = self.last_definition.clone();
                    self.definitions.insert(id.name().into(), wasm);
                }
            }
            WastDirective::ModuleInstance {
                instance: id,
                module,
                ..
            } => {
                let wasm = match module {
                    Some(module) => self
                        .definitions
                        .get(module.name())
                        .context("a definition")?,
                    None => &self.last_definition,
                };
                let instance = self.instantiate(line, wasm.clone(), Outcome::Completes)?;
                self.enter(id, instance);
            }
            WastDirective::Register { name, module, .. } => {
                let instance = self.find(module)?;
                self.registry.insert(name.into(), instance);
            }
            WastDirective::Invoke(invoke) => self.invoke(line, &invoke, Ok(Outcome::Completes))?,
            WastDirective::AssertReturn { exec, results, .. } => {
                let results = results.iter().map(Expected::new).collect::<Result<_, _>>();
                self.execute(line, exec, results.map(Outcome::Returns))?;
            }
            WastDirective::AssertTrap { exec, message, .. } => {
                self.execute(line, exec, Ok(Outcome::Traps(message.into())))?;
            }
            WastDirective::AssertExhaustion { call, message, .. } => {
                self.invoke(line, &call, Ok(Outcome::Traps(message.into())))?;
            }
            WastDirective::AssertException { exec, .. } => {
                self.execute(line, exec, Ok(Outcome::Throws))?;
            }
            WastDirective::AssertInvalid { module, .. } => {
                self.refuse(line, Kind::Invalid, module);
            }
            WastDirective::AssertMalformed { module, .. } => {
                self.refuse(line, Kind::Malformed, module);
            }
            WastDirective::AssertUnlinkable { .. } => {
                self.skip(
                    Kind::Other,
                    "assert_unlinkable: the harness does the linking",
                );
            }
            WastDirective::AssertInvalidCustom { .. }
            | WastDirective::AssertMalformedCustom { .. } => {
                self.skip(Kind::Other, "annotations of custom sections are not read");
            }
            WastDirective::AssertSuspension { .. } => {
                self.skip(Kind::Other, "needs stack switching");
            }
            WastDirective::Thread(thread) => self.skip_thread(&thread),
            WastDirective::Wait { .. } => {}
        }
        Ok(())
    }

    /// Counts what a thread of the script would do.
    fn skip_thread(&mut self, thread: &WastThread<'_>) {
        for directive in &thread.directives {
            let kind = match directive {
                WastDirective::Module(_) => Kind::Module,
                WastDirective::AssertReturn { .. } => Kind::Return,
                WastDirective::AssertTrap { .. } => Kind::Trap,
                _ => Kind::Other,
            };
            self.skip(kind, "in a thread of the script");
        }
    }

    fn skip(&mut self, kind: Kind, reason: &'static str) {
        *self.script.uncovered.entry((reason, kind)).or_default() += 1;
    }

    /// Makes an instance the one that commands concern.
    fn enter(&mut self, id: Option<Id<'_>>, instance: usize) {
        self.current = Some(instance);
        if let Some(id) = id {
            self.ids.insert(id.name().into(), instance);
        }
    }

    fn find(&self, id: Option<Id<'_>>) -> Result<usize> {
        match id {
            Some(id) => self.ids.get(id.name()).copied(),
            None => self.current,
        }
        .context("a module is named that does not exist")
    }

    fn instantiate(&mut self, line: usize, wasm: Vec<u8>, outcome: Outcome) -> Result<usize> {
        let index = self.instances.len();
        self.linked.push(index);
        let instance = match missing(&wasm) {
            None => self.link(index, &wasm)?,
            Some(reason) => {
                // An import that is not WASI's is refused for that.
                let names_reason = imported_modules(&wasm)?.is_empty();
                self.script.refusals.push(Refusal {
                    line,
                    kind: Kind::Unsupported,
                    module: wasm.clone(),
                    wants: if names_reason { reason } else { "" },
                });
                Err(reason)
            }
        };
        let command = Command {
            line,
            action: Action::Instantiate(index),
            outcome,
        };
        match &instance {
            Ok(_) => self.commands.push(command),
            Err(reason) => self.skip(command.kind(), reason),
        }
        self.instances.push(instance);
        Ok(index)
    }

    /// Binds the names of the modules that instance `index` imports.
    fn link(&mut self, index: usize, wasm: &[u8]) -> Result<Result<Instance, &'static str>> {
        let mut imports = HashMap::new();
        for module in imported_modules(wasm)? {
            match self.registry.get(&module) {
                Some(&other) => {
                    if let Err(reason) = self.instances[other] {
                        return Ok(Err(reason));
                    }
                    let (a, b) = (self.root(other), self.root(index));
                    self.linked[a.max(b)] = a.min(b);
                    imports.insert(module, other);
                }
                None if module == "spectest" => {}
                None => return Ok(Err("imports a module that is not there")),
            }
        }
        Ok(Ok(Instance {
            wasm: wasm.to_vec(),
            imports,
        }))
    }

    fn root(&self, mut index: usize) -> usize {
        while self.linked[index] != index {
            index = self.linked[index];
        }
        index
    }

    fn execute(
        &mut self,
        line: usize,
        exec: WastExecute<'_>,
        outcome: Result<Outcome, &'static str>,
    ) -> Result<()> {
        match exec {
            WastExecute::Invoke(invoke) => self.invoke(line, &invoke, outcome)?,
            WastExecute::Wat(mut module) => {
                let wasm = module.encode()?;
                let outcome = outcome.map_err(anyhow::Error::msg)?;
                self.instantiate(line, wasm, outcome)?;
            }
            WastExecute::Get { module, global, .. } => {
                let action = Action::Get {
                    instance: self.find(module)?,
                    export: global.into(),
                };
                self.command(line, Ok(action), outcome);
            }
        }
        Ok(())
    }

    fn invoke(
        &mut self,
        line: usize,
        invoke: &WastInvoke<'_>,
        outcome: Result<Outcome, &'static str>,
    ) -> Result<()> {
        let instance = self.find(invoke.module)?;
        let args = invoke.args.iter().map(Arg::new).collect::<Result<_, _>>();
        let action = args.map(|args| Action::Invoke {
            instance,
            export: invoke.name.into(),
            args,
        });
        self.command(line, action, outcome);
        Ok(())
    }

    /// Adds a command, unless its instance, its arguments or its results cannot be had.
    fn command(
        &mut self,
        line: usize,
        action: Result<Action, &'static str>,
        outcome: Result<Outcome, &'static str>,
    ) {
        let kind = match &outcome {
            Ok(Outcome::Completes) => Kind::Action,
            Ok(Outcome::Returns(_)) | Err(_) => Kind::Return,
            Ok(Outcome::Traps(_)) => Kind::Trap,
            Ok(Outcome::Throws) => Kind::Throw,
        };
        let available = action.and_then(|mut action| {
            let instance = *action.instance_mut();
            self.instances[instance]
                .as_ref()
                .map_err(|reason| *reason)?;
            Ok((action, outcome?))
        });
        match available {
            Ok((action, outcome)) => self.commands.push(Command {
                line,
                action,
                outcome,
            }),
            Err(reason) => self.skip(kind, reason),
        }
    }

    fn refuse(&mut self, line: usize, kind: Kind, mut module: QuoteWat<'_>) {
        let (kind, module) = match module.to_test() {
            Ok(QuoteWatTest::Binary(module)) => (kind, module),
            Ok(QuoteWatTest::Text(module)) => (Kind::Text, module),
            Err(_) => return self.skip(kind, "cannot be assembled"),
        };
        self.script.refusals.push(Refusal {
            line,
            kind,
            module,
            wants: "",
        });
    }

    /// Parts the instances into programs.
    fn finish(mut self) -> Script {
        let mut places = HashMap::new();
        let mut programs: BTreeMap<usize, Program> = BTreeMap::new();
        let roots: Vec<_> = (0..self.instances.len()).map(|i| self.root(i)).collect();
        for (index, instance) in self.instances.into_iter().enumerate() {
            let Ok(mut instance) = instance else { continue };
            let program = programs.entry(roots[index]).or_default();
            places.insert(index, program.instances.len());
            for other in instance.imports.values_mut() {
                *other = places[other];
            }
            program.instances.push(instance);
        }
        for mut command in self.commands {
            let instance = command.action.instance_mut();
            let root = roots[*instance];
            *instance = places[instance];
            programs.entry(root).or_default().commands.push(command);
        }
        self.script.programs = programs.into_values().collect();
        self.script
    }
}

/// Why Kiln does not take a valid module.
fn missing(wasm: &[u8]) -> Option<&'static str> {
    let accepts = |features| {
        Validator::new_with_features(features)
            .validate_all(wasm)
            .is_ok()
    };
    if accepts(KILN) {
        None
    } else if accepts(KILN | Features::GC) {
        Some(GARBAGE_COLLECTION)
    } else {
        Some("a proposal that nobody has")
    }
}

fn imported_modules(wasm: &[u8]) -> Result<Vec<String>> {
    let mut modules = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::ImportSection(imports) = payload? {
            for import in imports.into_imports() {
                modules.push(import?.module.into());
            }
        }
    }
    Ok(modules)
}
