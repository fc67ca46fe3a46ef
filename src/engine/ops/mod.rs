//! Operators on dfdx's tape: each computes its output and records how gradients go back through it.
//!
//! They are fused (product, bias, activation and pooling in one), so that no intermediate is written and read again, and
//! they record only what is asked for: no gradient for the data, none for frozen weights. Shapes have been checked when
//! the network was built; a mismatch here is a fault of the engine and comes back as an error of dfdx's.

mod add;
#[cfg(test)]
mod check;
mod convolution;
mod dense;
mod dropout;
mod loss;
mod normalize;
mod pooling;
#[cfg(test)]
mod recorded;
mod recurrent;

pub(super) use add::add;
pub(super) use convolution::{Convolution, convolution};
pub(super) use dense::{Dense, Factors, dense};
pub(super) use dropout::{Dropout, dropout};
pub(super) use loss::{Class, Kind as LossKind, Objective, Targets, loss, sum};
pub(super) use normalize::{NormParameters, Normalize, normalize};
pub(super) use pooling::{GlobalPool, Pool, Pooling, global_pool, pool};
pub(super) use recurrent::{Recurrent, RecurrentParameters, recurrent};

use super::tensor::Flat;

/// The weights and the bias of a layer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameters<'a> {
    /// What inputs are multiplied by.
    pub(super) weights: &'a Flat,
    /// What is added.
    pub(super) bias: &'a Flat,
    /// Whether they are to be learned.
    pub(super) learned: bool,
}
