//! The dashboard: event → action → state → view, one way round.
//!
//! Keys become actions by [`keymap`] and the table in [`command`]; [`update`] takes an action into the [`state`] and
//! says what is to be done outside; [`view`] draws the state. All of that is pure, so that it is tested without a
//! terminal. Knows `domain`; `data`, `store` and `worker` are reached only where effects are carried out.

pub mod action;
pub mod command;
pub mod format;
pub mod graphics;
pub mod keymap;
pub mod palette;
pub mod picture;
pub mod runtime;
pub mod state;
pub mod text;
pub mod theme;
pub mod update;
pub mod view;
pub mod widget;

pub use runtime::{TuiError, run};

#[cfg(test)]
mod fixtures;
