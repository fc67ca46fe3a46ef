//! Reports as plain text: what `train`, `show`, `diagnose` and `compare` print.

mod baselines;
mod comparison;
mod confusion;
mod data;
mod diagnosis;
mod ladder;
mod pictures;
mod run;
mod table;
mod tasks;
mod wrap;

pub(super) use comparison::{comparison, shifts};
pub(super) use data::overview;
pub(super) use diagnosis::diagnosis;
pub(super) use ladder::ladder;
pub(super) use pictures::Ink;
pub(super) use run::{ending, everything};
pub(super) use table::{Align, Table};
pub(super) use wrap::paragraph;
