//! Examples ready to train on: loaded, split, with the scaling that the network sees them through.
//!
//! The network sees standardized numbers: each channel of a picture, each column of a vector, each number of a sequence's
//! steps less its mean, over its standard deviation, both measured on the training set alone, so that dev and test stay
//! unseen.

use super::alter::{Alterations, Mixture};
use super::scale::Scale;
use super::{Auxiliary, Set, Shape};
use crate::domain::duplicates::Overlap;

/// The numbers of all examples, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// 0 to 255, as pictures have them.
    Bytes(Vec<u8>),
    /// Any, all finite.
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

impl Sets {
    /// The examples of one set.
    pub fn of(&self, set: Set) -> &[u32] {
        match set {
            Set::Train => &self.train,
            Set::TrainDev => &self.train_dev,
            Set::Dev => &self.dev,
            Set::Test => &self.test,
        }
    }
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
    /// Labels of further tasks.
    pub auxiliary: Vec<Auxiliary>,
    /// The sets.
    pub sets: Sets,
    /// So many examples, the first ones, are of `data`; those after them are of `data.target`.
    pub own: usize,
    /// What was left out or looks odd, in sentences.
    pub notes: Vec<String>,
    /// Sets that share examples to the last bit.
    pub overlaps: Vec<Overlap>,
    scale: Scale,
    alterations: Alterations,
}

impl Prepared {
    /// Examples that are seen scaled and never altered. `labels` are places in `classes`, `sets` places in `labels`,
    /// and `values` hold [`Shape::len`] numbers for each label.
    pub fn new(shape: Shape, values: Values, labels: Vec<u32>, classes: Vec<String>, sets: Sets) -> Self {
        let scale = Scale::of_training_set(shape, &values, &sets.train);
        let (auxiliary, notes, overlaps) = (Vec::new(), Vec::new(), Vec::new());
        let alterations = Alterations::none();
        let own = labels.len();
        Self { shape, values, labels, classes, auxiliary, sets, own, notes, overlaps, scale, alterations }
    }

    /// The same examples, altered in training.
    pub(super) fn with_alterations(self, alterations: Alterations) -> Self {
        Self { alterations, ..self }
    }

    /// How many examples of each class a set holds.
    pub fn class_sizes(&self, set: Set) -> Vec<u64> {
        let mut sizes = vec![0; self.classes.len()];
        for example in self.sets.of(set) {
            sizes[self.labels[*example as usize] as usize] += 1;
        }
        sizes
    }

    /// Writes one example as the network sees it: scaled, unaltered. `out` holds [`Shape::len`] numbers.
    pub fn plain(&self, example: u32, out: &mut [f32]) {
        self.picture(example, out);
        self.scale.standardize(out);
    }

    /// Writes one training example as the network sees it in this epoch: augmented and synthesized as the experiment
    /// says, then scaled, then blended as [`Self::mixture`] says. Depends on nothing but the experiment's seed, the
    /// example and the epoch.
    pub fn altered(&self, example: u32, epoch: u64, out: &mut [f32]) {
        self.altered_alone(example, epoch, out);
        if let Some(mixture) = self.mixture(example, epoch) {
            let mut partner = vec![0.0; out.len()];
            self.altered_alone(mixture.partner, epoch, &mut partner);
            mixture.blend(out, &partner);
        }
    }

    /// Whom this training example is blended with in this epoch, and how much of it is left; `None`: it is itself. The
    /// loss has to count the labels of both by their shares.
    pub fn mixture(&self, example: u32, epoch: u64) -> Option<Mixture> {
        self.alterations.mixture(&self.sets.train, example, epoch)
    }

    fn altered_alone(&self, example: u32, epoch: u64, out: &mut [f32]) {
        self.altered_picture_alone(example, epoch, out);
        self.scale.standardize(out);
        if !matches!(self.shape, Shape::Image { .. }) {
            self.alterations.apply_to_numbers(example, epoch, out);
        }
    }

    /// Writes one example as people see it: bytes and pictures from 0 (dark) to 1, other numbers as they were
    /// read.
    pub fn picture(&self, example: u32, out: &mut [f32]) {
        let numbers = self.shape.len();
        let place = example as usize * numbers;
        match &self.values {
            Values::Bytes(values) => self.scale.bytes_to_units(&values[place..place + numbers], out),
            Values::Floats(values) => self.scale.floats_to_units(&values[place..place + numbers], out),
        }
    }

    /// Whether training examples are altered at all.
    pub fn alters(&self) -> bool {
        !self.alterations.is_none()
    }

    /// [`Self::picture`] with the alterations that the example has in this epoch.
    pub fn altered_picture(&self, example: u32, epoch: u64, out: &mut [f32]) {
        if !matches!(self.shape, Shape::Image { .. }) {
            self.altered(example, epoch, out);
            self.scale.restore(out);
            return;
        }
        self.altered_picture_alone(example, epoch, out);
        if let Some(mixture) = self.mixture(example, epoch) {
            let mut partner = vec![0.0; out.len()];
            self.altered_picture_alone(mixture.partner, epoch, &mut partner);
            mixture.blend(out, &partner);
        }
    }

    fn altered_picture_alone(&self, example: u32, epoch: u64, out: &mut [f32]) {
        self.picture(example, out);
        self.alterations.apply(self.shape, example, epoch, out);
    }
}
