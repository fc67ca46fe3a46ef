//! The binary as its users meet it: real processes in real directories.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it found by panicking")]

mod bad_input;
mod control;
mod diagnose;
mod train;
mod workspace;
