//! One part of a minibatch: its examples, its tape, its gradients.
//!
//! A minibatch is cut into a fixed number of parts that are worked on side by side. What is added up, and in what order,
//! depends on the cut alone: the same experiment gives the same bits on one thread and on many.

use std::ops::Range;
use std::time::Instant;

use dfdx::prelude::{Backward, CpuError, PutTape, SplitTape, Trace};

use super::gradient::Gradient;
use super::model::Kind;
use super::network::{Chance, Network};
use super::ops::{Factors, loss, sum};
use super::phases::Phases;
use super::raw::view;
use super::task::{Task, Truth};
use super::tensor::{Batch, Gradients, Scalar, Slot, give, take};
use super::{examples, network};
use crate::data::Prepared;

/// The working memory of one part: tensors and gradients that are used again in every step.
#[derive(Debug)]
pub(super) struct Shard {
    rows: usize,
    gradients: Gradients,
    input: Slot,
    slots: Vec<Slot>,
    /// One for each task's loss, and one for their sum.
    losses: Vec<Slot>,
    /// Seconds that the last step took here.
    pub(super) phases: Phases,
}

/// What a part is to learn from.
#[derive(Debug, Clone)]
pub(super) struct Part<'a> {
    /// The examples of the whole minibatch, by their place in the data.
    pub(super) examples: &'a [u32],
    /// Which of them are this part's.
    pub(super) rows: Range<usize>,
    /// The epoch that decides on alterations.
    pub(super) epoch: u64,
    /// What is learned of them.
    pub(super) tasks: &'a [Task],
    /// The whole minibatch's targets for each task, and what they are worth ([`Objective::worth`]).
    ///
    /// [`Objective::worth`]: super::ops::Objective::worth
    pub(super) targets: &'a [(Truth, f64)],
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
            losses: network.plan.heads.iter().map(|_| Slot::default()).chain([Slot::default()]).collect(),
            phases: Phases::default(),
        }
    }

    /// Forward and backward pass; gives this part's share of each task's mean loss and leaves the gradients for
    /// [`Self::take_gradients`].
    ///
    /// # Errors
    /// No memory.
    pub(super) fn step(&mut self, network: &Network, data: &Prepared, part: &Part<'_>) -> Result<Vec<f32>, CpuError> {
        if part.rows.len() != self.rows {
            // Gradients are filed under tensors; those of tensors of another size would stay forever.
            *self = Self { rows: part.rows.len(), ..Self::new(network) };
        }
        let begin = Instant::now();
        let x = examples::fill(&mut self.input, data, &part.examples[part.rows.clone()], Some(part.epoch))?;
        let filled = Instant::now();
        let (frozen, whole) = (network.plan.frozen, network.plan.trunk.len());
        let chance = Some(part.chance);
        // What is frozen is gone through without a tape.
        let x = network.trunk(0..frozen, x, &mut self.slots, chance)?;
        let x = x.traced(std::mem::replace(&mut self.gradients, Gradients::leaky()));
        let x = network.trunk(frozen..whole, x, &mut self.slots, chance)?;
        let (values, total) = self.losses(network, x, part)?;
        let there = Instant::now();
        self.gradients = total.try_backward()?;
        let back = Instant::now();
        self.phases = Phases {
            data: (filled - begin).as_secs_f64(),
            forward: (there - filled).as_secs_f64(),
            backward: (back - there).as_secs_f64(),
            update: 0.0,
        };
        Ok(values)
    }

    /// Each task's loss, and the loss that goes back.
    fn losses(
        &mut self,
        network: &Network,
        x: Batch<super::tensor::Recording>,
        part: &Part<'_>,
    ) -> Result<(Vec<f32>, Scalar<super::tensor::Recording>), CpuError> {
        let (x, mut tape) = x.split_tape();
        let (mut values, mut earlier, mut last) = (Vec::new(), Vec::new(), None);
        for (head, (task, (truth, worth))) in part.tasks.iter().zip(part.targets).enumerate() {
            let outputs = network.head(head, x.clone().put_tape(tape), &mut self.slots)?;
            let targets = truth.rows(part.rows.clone(), task.objective.outputs);
            let loss = loss(&task.objective, outputs, targets, *worth, &mut self.losses[head])?;
            values.push(view(&loss)?[0]);
            let (loss, rest) = loss.split_tape();
            tape = rest;
            earlier.extend(last.replace((loss, task.weight)));
        }
        let Some((last, weight)) = last else { return Err(CpuError::WrongNumElements) };
        let last = last.put_tape(tape);
        let total =
            if earlier.is_empty() { last } else { sum(earlier, (last, weight), &mut self.losses[part.tasks.len()])? };
        Ok((values, total))
    }

    /// Takes what was found of each parameter; [`Self::give_gradients`] returns it, so that its memory is used again.
    pub(super) fn take_gradients(&mut self, network: &Network) -> Result<Vec<Gradient>, CpuError> {
        let Network { plan, parameters } = network;
        let mut found: Vec<_> = plan.parameters.iter().map(|_| Gradient::None).collect();
        for (layer, slot) in plan.trunk.iter().chain(&plan.heads).zip(&mut self.slots) {
            for (part, place) in layer.owns.clone().enumerate().filter(|(_, place)| plan.parameters[*place].learned) {
                found[place] = match layer.kind {
                    Kind::Dense(kind) if part == 0 => {
                        Gradient::Product(Factors::take(kind, slot, &mut self.gradients)?)
                    }
                    _ => Gradient::Whole(take(&mut self.gradients, &parameters[place])?),
                };
            }
        }
        Ok(found)
    }

    /// Returns what [`Self::take_gradients`] took.
    pub(super) fn give_gradients(&mut self, network: &Network, gradients: Vec<Gradient>) -> Result<(), CpuError> {
        let Network { plan, parameters } = network;
        let mut gradients = gradients.into_iter().zip(parameters);
        for (layer, slot) in plan.trunk.iter().chain(&plan.heads).zip(&self.slots) {
            for (gradient, parameter) in gradients.by_ref().take(layer.owns.len()) {
                match gradient {
                    Gradient::None => {}
                    Gradient::Whole(gradient) => give(&mut self.gradients, parameter, gradient)?,
                    Gradient::Product(factors) => factors.give(slot, &mut self.gradients)?,
                }
            }
        }
        Ok(())
    }

    /// Mean and variance of what went into the normalization at this place of the trunk in the last step, and of how many
    /// numbers for each channel.
    pub(super) fn statistics(&self, place: usize) -> Option<(usize, &[f32], &[f32])> {
        let slot = self.slots.get(place)?;
        let (mean, variance) = slot.statistics()?;
        let numbers = view(slot.output()?).ok()?.len();
        Some((numbers / mean.len().max(1), mean, variance))
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
