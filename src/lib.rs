//! `rungs` runs neural-network experiments in the background, shows in a terminal how they are doing, says what is
//! wrong with them, and puts the fix one key away.
pub mod data;
pub mod domain;
