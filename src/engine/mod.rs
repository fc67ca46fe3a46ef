//! Training on dfdx: the only part that knows it. Knows `domain` and `data`.
//!
//! From the outside in: a [`Trainer`] owns a network, its data and an optimizer, and does one step at a time. A step cuts
//! the minibatch into parts (`shard`), each of which goes through the network (`network`, built from a `model`'s plan) on
//! a tape of its own and back; the `optimizer` adds the parts' gradients up and moves the weights. Layers are operators
//! of our own on dfdx's tape (`ops`), made of loops over slices (`kernels`). `raw` is the one place with `unsafe` code.
//!
//! Everything random is a function of seed, epoch and step (`random`), and everything is added up in an order that does
//! not depend on threads, so that a run can be repeated, interrupted and taken up to the bit.

#![allow(clippy::inline_always, reason = "what is not inlined is not compiled for its caller's instruction set")]

mod checkpoint;
mod error;
mod evaluate;
mod examples;
mod gradient;
mod kernels;
mod memory;
mod model;
mod network;
mod ops;
mod optimizer;
mod patience;
mod phases;
mod random;
mod rate;
mod raw;
mod schedule;
mod shard;
mod task;
mod tensor;
#[cfg(test)]
mod tests;
mod threads;
mod trainer;
mod transfer;

pub use error::{EngineError, TensorError};
pub use evaluate::SetEvaluation;
pub use phases::Phases;
pub use trainer::{Position, Step, Trainer};
pub use transfer::Transfer;
