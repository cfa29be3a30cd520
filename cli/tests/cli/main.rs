//! The binary `kiln` and the executables it makes, seen from outside.

mod address_space;
mod completions;
mod config_file;
mod configuration;
mod embedding;
mod exit_status;
mod images;
mod inspect;
mod isolation;
mod libraries;
mod limits;
mod mistakes;
mod output;
mod refusals;
mod reproducible;
mod run;
mod sealing;
mod strangers;
mod streams;
mod support;
mod terminal;
mod usage;
