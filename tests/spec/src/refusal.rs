//! Modules that must be refused.

use crate::engine::Engine;
use crate::judge::Verdict;
use crate::script::{Kind, Refusal};
use crate::suite::{Features, KILN};
use std::str;
use wasmparser::Validator;

/// The fate of a module that must be refused.
pub enum Fate {
    /// It was put to the compiler.
    Judged(Verdict),
    /// It was not, for this reason.
    Skipped(&'static str),
}

/// Judges a refusal that a script wants of an engine with just `features`.
pub fn judge(engine: &Engine, features: Features, refusal: &Refusal) -> Fate {
    let kind = refusal.kind;
    if kind != Kind::Unsupported && accepts(KILN, refusal) && !accepts(features, refusal) {
        return Fate::Skipped("valid under a later proposal");
    }
    match engine.refuses(&refusal.module) {
        Some(Ok(message)) if kind == Kind::Unsupported && !message.contains(refusal.wants) => {
            Fate::Judged(Err(format!("does not say what it lacks: {message}")))
        }
        Some(verdict) => Fate::Judged(verdict.map(drop)),
        None => Fate::Skipped("the reference is not asked to refuse"),
    }
}

/// Tells if a module is valid under these features, whatever engine it is for.
pub fn accepts(features: Features, refusal: &Refusal) -> bool {
    let valid = |wasm: &[u8]| {
        Validator::new_with_features(features)
            .validate_all(wasm)
            .is_ok()
    };
    match refusal.kind {
        Kind::Text => str::from_utf8(&refusal.module)
            .ok()
            .and_then(|text| wat::parse_str(text).ok())
            .is_some_and(|wasm| valid(&wasm)),
        _ => valid(&refusal.module),
    }
}
