//! `rungs` runs neural-network experiments in the background, shows in a terminal how they are doing, says what is
//! wrong with them, and puts the fix one key away.
//!
//! The parts, and who may know whom: [`domain`] knows nobody. [`data`], [`engine`] and [`store`] know `domain` (and
//! `engine` knows `data`), and so does [`baseline`]. [`worker`] knows engine, baseline, data and store. [`tui`] knows
//! `domain`, and reaches `data`, `store` and `worker` only through its effects. [`cli`] knows all.
//! `tests/architecture.rs` reads the imports and fails on a breach.

pub mod baseline;
pub mod cli;
pub mod data;
pub mod domain;
pub mod engine;
pub mod store;
pub mod tui;
pub mod worker;
