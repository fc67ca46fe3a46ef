//! From an experiment to layers: what kind, in what order, with which sizes. All shapes are checked here, before any
//! number is multiplied, and an error names the layer, what reaches it and what it needs.
//!
//! This file holds the types; `build` makes a [`Plan`] of an experiment, `describe` says it in words.

mod build;
mod describe;

use std::ops::Range;

use super::ops::{Convolution, Dense, GlobalPool, Normalize, Pool, Recurrent};
use crate::domain::experiment::Activation;

pub(super) use build::Output;

/// One layer of a network.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    /// What messages and checkpoints call it: `conv1`, `dense2`, `output`.
    pub(super) name: String,
    /// What it does.
    pub(super) kind: Kind,
    /// The places of what it owns in [`Plan::parameters`].
    pub(super) owns: Range<usize>,
}

/// What a layer does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Convolution, with activation and pooling unless other layers do them; owns weights and a bias.
    Convolution(Convolution),
    /// Pooling over 2×2.
    Pool(Pool),
    /// One number for each channel.
    GlobalPool(GlobalPool),
    /// Batch normalization with activation; owns scale, shift, running mean and running variance.
    Normalize(Normalize),
    /// Adds the output of an earlier layer, the input of a residual block.
    Add {
        /// The earlier layer's place.
        shortcut: usize,
        /// Numbers in one example's output.
        numbers: usize,
        /// What is made of the sum.
        activation: Activation,
    },
    /// A recurrent layer; owns the weights of inputs and of states, and a bias for each.
    Recurrent(Recurrent),
    /// Product, bias and activation; owns weights and a bias.
    Dense(Dense),
    /// Drops a share of its input while training.
    Dropout,
}

impl Kind {
    /// What follows the layer's sum.
    pub(super) fn activation(&self) -> Option<Activation> {
        match self {
            Self::Convolution(layer) => layer.activation,
            Self::Normalize(layer) => layer.activation,
            Self::Dense(layer) => layer.activation,
            Self::Add { activation, .. } => Some(*activation),
            Self::Pool(_) | Self::GlobalPool(_) | Self::Recurrent(_) | Self::Dropout => None,
        }
    }
}

/// A tensor that belongs to a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parameter {
    /// Its layer's name.
    pub(super) layer: String,
    /// Its own: `weight`, `bias`, …
    pub(super) part: &'static str,
    /// Its shape, outermost first.
    pub(super) shape: Vec<usize>,
    /// How it begins.
    pub(super) start: Start,
    /// Whether gradients move it: frozen weights and running statistics are not moved.
    pub(super) learned: bool,
    /// Whether weight decay pulls at it: biases and the like are left alone.
    pub(super) decays: bool,
}

impl Parameter {
    /// Its name in checkpoints: `conv1.weight`.
    pub(super) fn name(&self) -> String {
        format!("{}.{}", self.layer, self.part)
    }

    /// Numbers in it.
    pub(super) fn len(&self) -> usize {
        self.shape.iter().product()
    }
}

/// How a parameter begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// At zero.
    Zero,
    /// At one.
    One,
    /// At zero, but for the second quarter, which begins at one: an LSTM remembers until it learns to forget (Gers et
    /// al. 2000, Jozefowicz et al. 2015).
    Remembering,
    /// Drawn so that activations keep their variance from layer to layer (He et al. 2015 for the ReLU family, Glorot and
    /// Bengio 2010 for the others).
    Weights {
        /// Numbers that are summed up into one output.
        fan_in: usize,
        /// Outputs that one input has a part in.
        fan_out: usize,
        /// What follows the sum.
        activation: Option<Activation>,
    },
}

/// A network's layers and parameters, without any numbers: a trunk, and a head for each task.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// In the order of the forward pass.
    pub(super) trunk: Vec<Layer>,
    /// The output layer of each task, the class's first; each is a [`Kind::Dense`] on what the trunk gives.
    pub(super) heads: Vec<Layer>,
    /// Those of the trunk and then of the heads, in the order of the layers.
    pub(super) parameters: Vec<Parameter>,
    /// So many layers of the trunk, from the data on, hold nothing that is learned.
    pub(super) frozen: usize,
}

impl Plan {
    /// Trainable numbers.
    pub(super) fn count(&self) -> u64 {
        let learned = self.parameters.iter().filter(|parameter| parameter.learned);
        learned.map(|parameter| parameter.shape.iter().map(|n| *n as u64).product::<u64>()).sum()
    }

    /// Numbers that a single parameter tensor or activation of one example takes, added up; not more than fits.
    pub(super) fn activations(&self) -> u64 {
        let of = |layer: &Layer| match layer.kind {
            Kind::Convolution(layer) => layer.output() as u64,
            Kind::Pool(layer) => layer.output() as u64,
            Kind::GlobalPool(layer) => layer.channels as u64,
            Kind::Normalize(_) | Kind::Dropout => 0,
            Kind::Add { numbers, .. } => numbers as u64,
            // States, gates and candidates of every step are kept for the way back.
            Kind::Recurrent(layer) => 6 * (layer.steps * layer.units) as u64,
            Kind::Dense(layer) => layer.outputs as u64,
        };
        self.trunk.iter().chain(&self.heads).map(of).sum()
    }

    /// Whether any layer of the trunk normalizes by the statistics of a batch.
    pub(super) fn normalizes(&self) -> bool {
        self.trunk.iter().any(|layer| matches!(layer.kind, Kind::Normalize(_)))
    }
}
