//! Examples ready to train on: loaded, split, with the scaling that the network sees them through.

use super::Shape;

/// The numbers of all examples, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// 0 to 255, as pictures have them.
    Bytes(Vec<u8>),
    /// Any.
    Floats(Vec<f32>),
}

/// Which examples are in which set, by their place in the values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sets {
    /// Examples that train.
    pub train: Vec<u32>,
    /// Held out of the training distribution; empty when there is no other target distribution.
    pub train_dev: Vec<u32>,
    /// Examples that decisions are made on.
    pub dev: Vec<u32>,
    /// Examples looked at once, at the end.
    pub test: Vec<u32>,
}

/// Loaded and split examples.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The shape of each example.
    pub shape: Shape,
    /// All examples, [`Shape::len`] numbers each.
    pub values: Values,
    /// The class of each example.
    pub labels: Vec<u32>,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// The sets.
    pub sets: Sets,
    /// What was left out or looks odd, in sentences.
    pub notes: Vec<String>,
}

impl Prepared {
    /// Writes one example as the network sees it: scaled, unaltered. `out` holds [`Shape::len`] numbers.
    pub fn plain(&self, _example: u32, _out: &mut [f32]) {}

    /// Writes one training example as the network sees it in this epoch: augmented and synthesized as the experiment
    /// says, then scaled. Depends on nothing but the experiment's seed, the example and the epoch.
    pub fn altered(&self, _example: u32, _epoch: u64, _out: &mut [f32]) {}
}
