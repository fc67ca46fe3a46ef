//! Training, step by step. Whoever drives it decides when to evaluate, to save and to stop; nothing here knows of files,
//! screens or time.

use std::ops::Range;
use std::sync::Arc;

use dfdx::prelude::CpuError;
use serde_json::Value;

use super::checkpoint::{self, Checkpoint, Progress};
use super::error::EngineError;
use super::evaluate::{SetEvaluation, evaluate};
use super::memory;
use super::model::Plan;
use super::network::{Chance, Network};
use super::ops::{LossKind, Objective};
use super::optimizer::{Optimizer, Settings};
use super::random::{Noise, sample, shuffled};
use super::schedule;
use super::shard::{Part, Shard};
use super::threads::Threads;
use crate::data::{Prepared, Set};
use crate::domain::experiment::change::{Change, value_of, with_change};
use crate::domain::experiment::{ClassWeights, Experiment, Loss, Train, schema};

/// Parts that a minibatch is cut into. Fixed, so that the bits of a run do not depend on the machine's threads.
const SHARDS: usize = 4;
/// A part has at least so many examples, where there are enough: smaller ones cost more than they gain.
const FEWEST: usize = 16;

/// A network being trained on data. Lives on one thread and works on all.
#[derive(Debug)]
pub struct Trainer {
    /// With the live changes.
    experiment: Experiment,
    data: Arc<Prepared>,
    network: Network,
    objective: Objective,
    optimizer: Optimizer,
    shards: Vec<Shard>,
    threads: Threads,
    /// The training examples in the order of the epoch under way.
    order: Vec<u32>,
    epoch: u64,
    /// Examples of the epoch under way that have been shown.
    shown: usize,
    step: u64,
}

/// Where training stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Whole epochs done.
    pub epoch: u64,
    /// Steps done.
    pub step: u64,
    /// Epochs in all, as settings stand now.
    pub epochs: u64,
    /// Steps in all, as settings stand now.
    pub steps: u64,
    /// Whether all epochs are done.
    pub done: bool,
}

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Steps done, this one included.
    pub step: u64,
    /// Whether it was the last of its epoch.
    pub epoch_done: bool,
    /// Mean loss of the minibatch before the update, in the loss function's unit.
    pub loss: f32,
    /// Step size of the update.
    pub learning_rate: f64,
    /// Euclidean norm of the gradient of the loss, without weight decay.
    pub gradient_norm: f32,
    /// Examples in the minibatch.
    pub examples: u64,
}

impl Trainer {
    /// Builds the network of an experiment for data, with its first weights. All shapes are checked here.
    ///
    /// # Errors
    /// No training examples, layers that do not fit each other or the data, no memory.
    pub fn new(experiment: &Experiment, data: Arc<Prepared>) -> Result<Self, EngineError> {
        if data.sets.train.is_empty() {
            let sentence = "there are no training examples; give data.split.train a larger share, or more data";
            return Err(EngineError::Data(sentence.to_owned()));
        }
        if data.shape.is_empty() || data.classes.is_empty() {
            let sentence = format!("examples of {} in {} classes teach nothing", data.shape, data.classes.len());
            return Err(EngineError::Data(sentence));
        }
        let plan = Plan::new(&experiment.model, data.shape, data.classes.len())?;
        memory::check(&plan, &experiment.train, data.shape, SHARDS)?;
        let objective = objective(&experiment.train, &data);
        let optimizer = Optimizer::new(experiment.train.optimizer, &plan.parameters)?;
        let network = Network::new(plan, experiment.seed)?;
        let shards = (0..SHARDS).map(|_| Shard::new(&network)).collect();
        let order = shuffled(&data.sets.train, experiment.seed, 0);
        let experiment = experiment.clone();
        let threads = Threads::new(None)?;
        let begun = Self {
            experiment,
            data,
            network,
            objective,
            optimizer,
            shards,
            threads,
            order,
            epoch: 0,
            shown: 0,
            step: 0,
        };
        Ok(begun)
    }

    /// Takes up a run where [`Self::checkpoint`] left it, live changes included.
    ///
    /// # Errors
    /// As [`Self::new`]; a checkpoint of another network, or none at all.
    pub fn restore(experiment: &Experiment, data: Arc<Prepared>, checkpoint: &[u8]) -> Result<Self, EngineError> {
        let checkpoint = Checkpoint::read(checkpoint)?;
        let Progress { epoch, shown, step, settings } = checkpoint.progress.clone();
        let mut trainer = Self::new(experiment, data)?;
        if shown >= trainer.order.len() {
            return Err(EngineError::Checkpoint(format!(
                "it has seen {shown} examples of an epoch, and the training set has {}",
                trainer.order.len()
            )));
        }
        for (key, value) in settings {
            trainer.set(&key, &value)?;
        }
        let Network { plan, parameters } = &mut trainer.network;
        checkpoint.restore(&plan.parameters, parameters, &mut trainer.optimizer)?;
        trainer.order = shuffled(&trainer.data.sets.train, experiment.seed, epoch);
        Ok(Self { epoch, shown, step, ..trainer })
    }

    /// The same training on so many threads (default: as many as there are). The results are the same to the bit.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub fn on_threads(self, count: usize) -> Result<Self, EngineError> {
        Ok(Self { threads: Threads::new(Some(count))?, ..self })
    }

    /// The network, a line for each layer.
    pub fn layers(&self) -> Vec<String> {
        self.network.plan.describe()
    }

    /// Trainable parameters of the network.
    pub fn parameters(&self) -> u64 {
        self.network.plan.count()
    }

    /// Where training stands.
    pub fn position(&self) -> Position {
        let epochs = self.experiment.train.epochs as u64;
        let per_batch = |examples: usize| examples.div_ceil(self.batch_size()) as u64;
        let left = match epochs.checked_sub(self.epoch + 1) {
            Some(whole) => per_batch(self.order.len() - self.shown) + whole * per_batch(self.order.len()),
            None => 0,
        };
        Position { epoch: self.epoch, step: self.step, epochs, steps: self.step + left, done: self.epoch >= epochs }
    }

    /// Learns from the next minibatch. It is the whole training set where [`Train::batch_size`] is larger, and what is
    /// left of the epoch at its end. Past the last epoch training simply goes on.
    ///
    /// [`Train::batch_size`]: crate::domain::experiment::Train::batch_size
    ///
    /// # Errors
    /// [`EngineError::NotFinite`] when the loss or a weight is not finite, with the layer where it began; no memory.
    pub fn step(&mut self) -> Result<Step, EngineError> {
        let batch = self.shown..(self.shown + self.batch_size()).min(self.order.len());
        let (loss, parts) = self.gradients(batch.clone())?;
        let settings = Settings::of(&self.experiment.train, self.learning_rate(&batch), self.step + 1);
        let gradient_norm = self.update(parts, settings)?;
        if !gradient_norm.is_finite() {
            return Err(self.not_finite("the gradient", parts));
        }
        self.step += 1;
        self.shown = batch.end;
        let epoch_done = self.shown == self.order.len();
        if epoch_done {
            self.epoch += 1;
            self.shown = 0;
            self.order = shuffled(&self.data.sets.train, self.experiment.seed, self.epoch);
        }
        let (learning_rate, examples) = (settings.learning_rate, batch.len() as u64);
        Ok(Step { step: self.step, epoch_done, loss, learning_rate, gradient_norm, examples })
    }

    /// Changes a setting from the next step on; gives its old value.
    ///
    /// # Errors
    /// A setting that is not live, a value that it does not take.
    pub fn set(&mut self, key: &str, value: &Value) -> Result<Value, EngineError> {
        if !schema::find(key).is_some_and(|field| field.live) {
            return Err(EngineError::NotLive { key: key.to_owned() });
        }
        let from = value_of(&self.experiment, key);
        let change = Change { key: key.to_owned(), from: from.clone(), to: value.clone() };
        self.experiment = with_change(&self.experiment, &change)?;
        Ok(from)
    }

    /// Shows a set to the network as it is, unaltered and with nothing dropped. `limit`: only so many of it, always the
    /// same ones.
    ///
    /// # Errors
    /// [`EngineError::NotFinite`] when the loss is not finite; no memory.
    pub fn evaluate(&self, set: Set, limit: Option<usize>) -> Result<SetEvaluation, EngineError> {
        let examples = sample(self.data.sets.of(set), self.experiment.seed, limit);
        let evaluation = evaluate(&self.network, &self.objective, &self.data, &examples, &self.threads)?;
        if evaluation.result.loss.is_finite() { Ok(evaluation) } else { Err(self.not_finite("the output", 0)) }
    }

    /// All that is needed to go on from here to the bit: weights, moments, position, live settings, as safetensors.
    ///
    /// # Errors
    /// No memory.
    pub fn checkpoint(&self) -> Result<Vec<u8>, EngineError> {
        let live = schema::FIELDS.iter().filter(|field| field.live);
        let settings = live.map(|field| (field.key.to_owned(), value_of(&self.experiment, field.key))).collect();
        let progress = Progress { epoch: self.epoch, shown: self.shown, step: self.step, settings };
        let Network { plan, parameters } = &self.network;
        checkpoint::write(&plan.parameters, parameters, &self.optimizer, &progress)
    }

    /// The step size of the step that shows these examples of the epoch.
    fn learning_rate(&self, batch: &Range<usize>) -> f64 {
        let epochs = |shown: usize| self.epoch as f64 + shown as f64 / self.order.len() as f64;
        let train = &self.experiment.train;
        train.learning_rate * schedule::factor(train, epochs(batch.start), epochs(batch.end))
    }

    /// All weights, one parameter after the other.
    #[cfg(test)]
    pub(super) fn weights(&self) -> Vec<f32> {
        let all = self.network.parameters.iter().flat_map(|tensor| super::raw::view(tensor).unwrap_or_default());
        all.copied().collect()
    }

    /// How many tensors have a gradient on file, in each shard.
    #[cfg(test)]
    pub(super) fn filed(&self) -> Vec<usize> {
        self.shards.iter().map(Shard::filed).collect()
    }

    /// Sets all weights, one parameter after the other.
    #[cfg(test)]
    pub(super) fn set_weights(&mut self, mut numbers: &[f32]) {
        for tensor in &mut self.network.parameters {
            let (own, rest) = numbers.split_at(super::raw::view(tensor).unwrap_or_default().len());
            super::tensor::fill(tensor, own).unwrap();
            numbers = rest;
        }
    }

    fn batch_size(&self) -> usize {
        self.experiment.train.batch_size.clamp(1, self.order.len())
    }

    /// Forward and backward pass over some of the epoch's examples; gives the mean loss, and in how many shards the
    /// gradients lie.
    fn gradients(&mut self, batch: Range<usize>) -> Result<(f32, usize), EngineError> {
        let Self { network, objective, data, order, shards, threads, epoch, step, experiment, .. } = self;
        let noise = Noise::of_step(experiment.seed, *step);
        let dropout = experiment.model.dropout;
        let examples = &order[batch];
        let worth = objective.worth(examples.iter().map(|example| data.labels[*example as usize]));
        let ends = cut(examples.len());
        let parts = ends.len();
        let mut work: Vec<_> = shards
            .iter_mut()
            .zip(ends)
            .map(|(shard, range)| {
                let chance = Chance { dropout, noise, first_row: range.start };
                (shard, Part { examples: &examples[range], epoch: *epoch, objective, worth, chance })
            })
            .collect();
        let losses = threads.map(&mut work, |(shard, part)| shard.step(network, data, *part));
        let losses = losses.into_iter().collect::<Result<Vec<f32>, CpuError>>()?;
        let loss = losses.iter().sum::<f32>();
        if loss.is_finite() { Ok((loss, parts)) } else { Err(self.not_finite("the output", parts)) }
    }

    /// Moves the weights by the gradients of the first `parts` shards; gives the gradient's norm.
    fn update(&mut self, parts: usize, settings: Settings) -> Result<f32, EngineError> {
        let Self { network: Network { plan, parameters }, shards, optimizer, threads, .. } = self;
        let shards = &mut shards[..parts];
        let taken = shards.iter_mut().map(|shard| shard.take_gradients(parameters));
        let mut gradients = taken.collect::<Result<Vec<_>, CpuError>>()?;
        let norm = optimizer.update(&plan.parameters, parameters, &mut gradients, settings, threads)?;
        for (shard, gradients) in shards.iter_mut().zip(gradients) {
            shard.give_gradients(parameters, gradients)?;
        }
        Ok(norm)
    }

    /// The error for a number that ran out of the finite ones in the step under way: names the first layer with a weight
    /// that is not finite, else the first one with such an output in the first `parts` shards.
    fn not_finite(&self, what: &'static str, parts: usize) -> EngineError {
        let step = self.step + 1;
        if let Some(layer) = self.network.not_finite() {
            return EngineError::NotFinite { step, layer: layer.to_owned(), what: "a weight" };
        }
        let layers = &self.network.plan.layers;
        let first = self.shards[..parts].iter().filter_map(Shard::not_finite).min();
        let layer = first.and_then(|place| layers.get(place)).or(layers.last());
        EngineError::NotFinite { step, layer: layer.map_or_else(String::new, |layer| layer.name.clone()), what }
    }
}

/// What an experiment minimizes.
fn objective(train: &Train, data: &Prepared) -> Objective {
    let kind = match train.loss {
        Loss::CrossEntropy => LossKind::CrossEntropy { smoothing: train.label_smoothing as f32 },
        Loss::Focal => LossKind::Focal { gamma: train.focal_gamma as f32 },
        Loss::BinaryCrossEntropy | Loss::MeanSquaredError | Loss::Huber => LossKind::CrossEntropy { smoothing: 0.0 },
    };
    let mut weights = vec![1.0; data.classes.len()];
    if train.class_weights == ClassWeights::Balanced {
        let mut counts = vec![0usize; weights.len()];
        data.sets.train.iter().for_each(|example| counts[data.labels[*example as usize] as usize] += 1);
        let present = counts.iter().filter(|count| **count > 0).count();
        for (weight, count) in weights.iter_mut().zip(counts) {
            // A class that does not train keeps its weight of 1: it still counts where it is evaluated.
            if count > 0 {
                *weight = data.sets.train.len() as f32 / (present * count) as f32;
            }
        }
    }
    Objective { kind, weights }
}

/// Cuts a minibatch into parts of about equal size.
fn cut(examples: usize) -> Vec<Range<usize>> {
    let parts = (examples / FEWEST).clamp(1, SHARDS);
    (0..parts).map(|part| part * examples / parts..(part + 1) * examples / parts).collect()
}
