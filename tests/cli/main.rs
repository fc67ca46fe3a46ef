//! The binary as its users meet it: real processes in real directories.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it found by panicking")]
#![allow(clippy::print_stdout, reason = "a test that cannot test anything says so")]
#![allow(unreachable_pub, reason = "in a test binary everything is private in the end")]

mod bad_input;
mod clock;
mod comparison;
mod control;
mod crash;
mod damage;
mod data;
mod diagnose;
mod disk;
mod elsewhere;
mod hostile;
mod memory;
mod notes;
#[cfg(target_os = "linux")]
mod paced;
mod queue;
mod races;
#[cfg(target_os = "linux")]
mod slow;
#[path = "../dashboard/terminal.rs"]
mod terminal;
mod train;
mod workspace;
