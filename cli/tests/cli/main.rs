//! The binary `kiln` and the executables it makes, seen from outside.

mod address_space;
mod completions;
mod config_file;
mod configuration;
mod embedding;
mod entries;
mod exit_status;
mod foreign;
mod hosts;
mod images;
mod inspect;
mod isolation;
mod libraries;
mod limits;
mod mistakes;
mod names;
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
