//! One part of a minibatch: its examples, its tape, its gradients.
//!
//! A minibatch is cut into a fixed number of parts that are worked on side by side. What is added up, and in what order,
//! depends on the cut alone: the same experiment gives the same bits on one thread and on many.

use dfdx::prelude::{Backward, CpuError, Trace};

use super::network::{Chance, Network};
use super::ops::{Objective, Targets, loss};
use super::raw::view;
use super::tensor::{Batch, Flat, Gradients, Slot, give, take};
use super::{examples, network};
use crate::data::Prepared;

/// The working memory of one part: tensors and gradients that are used again in every step.
#[derive(Debug)]
pub(super) struct Shard {
    rows: usize,
    gradients: Gradients,
    input: Slot,
    slots: Vec<Slot>,
    loss: Slot,
    labels: Vec<u32>,
}

/// What a part is to learn from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    /// The examples, by their place in the data.
    pub(super) examples: &'a [u32],
    /// The epoch, which alterations depend on.
    pub(super) epoch: u64,
    /// What is minimized.
    pub(super) objective: &'a Objective,
    /// What the whole minibatch is worth ([`Objective::worth`]).
    pub(super) worth: f64,
    /// What is random.
    pub(super) chance: Chance,
}

impl Shard {
    /// Working memory for a network; it is got when it is first needed.
    pub(super) fn new(network: &Network) -> Self {
        Self {
            rows: 0,
            gradients: Gradients::leaky(),
            input: Slot::default(),
            slots: network.slots(),
            loss: Slot::default(),
            labels: Vec::new(),
        }
    }

    /// Forward and backward pass; gives this part's share of the mean loss and leaves the gradients for
    /// [`Self::take_gradients`].
    ///
    /// # Errors
    /// No memory.
    pub(super) fn step(&mut self, network: &Network, data: &Prepared, part: Part<'_>) -> Result<f32, CpuError> {
        let rows = part.examples.len();
        if rows != self.rows {
            // Gradients are filed under tensors; those of tensors of another size would stay forever.
            *self = Self { rows, ..Self::new(network) };
        }
        let x = examples::fill(&mut self.input, data, part.examples, Some(part.epoch))?;
        self.labels.clear();
        self.labels.extend(part.examples.iter().map(|example| data.labels[*example as usize]));
        let x = x.traced(std::mem::replace(&mut self.gradients, Gradients::leaky()));
        let logits = network.forward(x, &mut self.slots, Some(part.chance))?;
        let targets = Targets { labels: &self.labels, worth: part.worth };
        let loss = loss(part.objective, logits, targets, &mut self.loss)?;
        let value = view(&loss)?[0];
        self.gradients = loss.try_backward()?;
        Ok(value)
    }

    /// Takes the gradient of each parameter; [`Self::give_gradients`] returns them, so that their memory is used again.
    pub(super) fn take_gradients(&mut self, parameters: &[Flat]) -> Result<Vec<Vec<f32>>, CpuError> {
        parameters.iter().map(|parameter| take(&mut self.gradients, parameter)).collect()
    }

    /// Returns what [`Self::take_gradients`] took.
    pub(super) fn give_gradients(&mut self, parameters: &[Flat], gradients: Vec<Vec<f32>>) -> Result<(), CpuError> {
        parameters
            .iter()
            .zip(gradients)
            .try_for_each(|(parameter, gradient)| give(&mut self.gradients, parameter, gradient))
    }

    /// How many tensors have a gradient on file.
    #[cfg(test)]
    pub(super) fn filed(&self) -> usize {
        format!("{:?}", self.gradients).matches("UniqueId(").count()
    }

    /// The first layer, in the order of the forward pass, whose last output is not all finite.
    pub(super) fn not_finite(&self) -> Option<usize> {
        let wrong = |output: &Batch| !network::all_finite(output);
        self.slots.iter().position(|slot| slot.output().is_some_and(wrong))
    }
}
