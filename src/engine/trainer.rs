//! Training, step by step. Whoever drives it decides when to evaluate, to save and to stop; nothing here knows of files,
//! screens or time.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use dfdx::prelude::CpuError;
use serde_json::Value;

use super::checkpoint::{self, Checkpoint, Progress};
use super::error::EngineError;
use super::evaluate::{SetEvaluation, evaluate};
use super::memory;
use super::model::{Kind, Plan};
use super::network::{Chance, Network};
use super::optimizer::{Optimizer, Settings, Update};
use super::patience::{self, Patience};
use super::phases::Phases;
use super::random::{Noise, sample, shuffled};
use super::raw::view_mut;
use super::schedule;
use super::shard::{Part, Shard};
use super::task::Task;
use super::threads::Threads;
use super::transfer::{Transfer, transfer};
use crate::data::{Prepared, Set};
use crate::domain::experiment::change::{Change, value_of, with_change};
use crate::domain::experiment::{Experiment, schema};

/// Parts that a minibatch is cut into. Fixed, so that the bits of a run do not depend on the machine's threads.
const SHARDS: usize = 4;
/// The share of a batch's statistics in the running ones of a normalization, as in PyTorch.
const NEW_STATISTICS: f64 = 0.1;
/// A part has at least so many examples, where there are enough: smaller ones cost more than they gain.
const FEWEST: usize = 16;

/// A network being trained on data. Lives on one thread and works on all.
#[derive(Debug)]
pub struct Trainer {
    /// With the live changes.
    experiment: Experiment,
    data: Arc<Prepared>,
    network: Network,
    tasks: Vec<Task>,
    optimizer: Optimizer,
    shards: Vec<Shard>,
    threads: Threads,
    /// Set when an evaluation under way is to be left.
    leave: Arc<AtomicBool>,
    /// The training examples in the order of the epoch under way.
    order: Vec<u32>,
    epoch: u64,
    /// Examples of the epoch under way that have been shown.
    shown: usize,
    step: u64,
    patience: Patience,
    /// Since they were last asked for.
    phases: Phases,
    /// Of the last step, one for each parameter.
    gradient_norms: Vec<f64>,
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
    /// Whether there is nothing left to do: all epochs are done, or training ended early.
    pub done: bool,
}

/// What one step did.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Steps done, this one included.
    pub step: u64,
    /// Whether it was the last of its epoch.
    pub epoch_done: bool,
    /// Mean loss of the minibatch before the update, in the loss function's unit; of several tasks the weighted sum.
    pub loss: f32,
    /// The mean loss of each task by itself, the class first; empty where the class is all that is learned.
    pub losses: Vec<f32>,
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
        let tasks = Task::all(experiment, &data)?;
        let outputs: Vec<_> = tasks.iter().map(Task::output).collect();
        let plan = Plan::new(&experiment.model, data.shape, &outputs)?;
        memory::check(&plan, &experiment.train, data.shape, SHARDS)?;
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
            tasks,
            optimizer,
            shards,
            threads,
            leave: Arc::default(),
            order,
            epoch: 0,
            shown: 0,
            step: 0,
            patience: Patience::default(),
            phases: Phases::default(),
            gradient_norms: Vec::new(),
        };
        Ok(begun)
    }

    /// Takes up a run where [`Self::checkpoint`] left it, live changes included.
    ///
    /// # Errors
    /// As [`Self::new`]; a checkpoint of another network, or none at all.
    pub fn restore(experiment: &Experiment, data: Arc<Prepared>, checkpoint: &[u8]) -> Result<Self, EngineError> {
        let checkpoint = Checkpoint::read(checkpoint)?;
        let Progress { epoch, shown, step, settings, patience } = checkpoint.progress.clone();
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
        Ok(Self { epoch, shown, step, patience, ..trainer })
    }

    /// Begins with the weights in a safetensors file, a run's checkpoint or any other, instead of weights that are drawn.
    /// What does not fit begins as drawn.
    ///
    /// # Errors
    /// [`EngineError::Transfer`] when the file is none, or when nothing in it fits.
    pub fn start_from(&mut self, safetensors: &[u8]) -> Result<Transfer, EngineError> {
        transfer(&mut self.network, safetensors, self.experiment.model.head)
    }

    /// Puts the weights of an earlier checkpoint of this run in place of those it has; where it stands stays.
    ///
    /// # Errors
    /// A checkpoint of another network, or none at all.
    pub fn put_back(&mut self, checkpoint: &[u8]) -> Result<(), EngineError> {
        let Network { plan, parameters } = &mut self.network;
        Checkpoint::read(checkpoint)?.restore_weights(&plan.parameters, parameters)
    }

    /// The same training on so many threads (default: as many as there are). The results are the same to the bit.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub fn on_threads(self, count: usize) -> Result<Self, EngineError> {
        Ok(Self { threads: Threads::new(Some(count))?, ..self })
    }

    /// The same training, whose evaluations, which may take minutes, are left off soon after `leave` is set.
    pub fn that_heeds(self, leave: Arc<AtomicBool>) -> Self {
        Self { leave, ..self }
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
        let ended_early = self.patience.is_over(&self.experiment.train);
        let left = if ended_early { 0 } else { left };
        let done = ended_early || self.epoch >= epochs;
        Position { epoch: self.epoch, step: self.step, epochs, steps: self.step + left, done }
    }

    /// Learns from the next minibatch. It is the whole training set where [`Train::batch_size`] is larger, and what is
    /// left of the epoch at its end. Past the last epoch training simply goes on.
    ///
    /// [`Train::batch_size`]: crate::domain::experiment::Train::batch_size
    ///
    /// # Errors
    /// [`EngineError::NotFinite`] when the loss or a weight is not finite, with the layer where it began; no memory.
    pub fn step(&mut self) -> Result<Step, EngineError> {
        let batch = self.next_batch();
        let learning_rate = self.learning_rate(&batch);
        self.step_at(batch, learning_rate)
    }

    /// Learns from some examples of the epoch with this step size.
    pub(super) fn step_at(&mut self, batch: Range<usize>, learning_rate: f64) -> Result<Step, EngineError> {
        let (losses, parts) = self.gradients(batch.clone())?;
        let weighted = self.tasks.iter().zip(&losses).map(|(task, loss)| task.weight * loss);
        let loss = weighted.sum::<f32>();
        if !loss.is_finite() {
            return Err(self.not_finite("the output", parts));
        }
        let settings = Settings::of(&self.experiment.train, learning_rate, self.step + 1);
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
        let examples = batch.len() as u64;
        let losses = if losses.len() > 1 { losses } else { Vec::new() };
        Ok(Step { step: self.step, epoch_done, loss, losses, learning_rate, gradient_norm, examples })
    }

    /// Whether the course of training depends on [`Self::look_at`] after every epoch.
    pub fn needs_dev_loss(&self) -> bool {
        patience::is_needed(&self.experiment.train)
    }

    /// Whether the best weights are to be kept when training is over, not the last ones.
    pub fn keeps_best(&self) -> bool {
        self.experiment.train.early_stopping > 0
    }

    /// Takes note of the dev loss at the end of an epoch: the step size may fall for it, or training be over.
    pub fn look_at(&mut self, dev_loss: f64) {
        self.patience.look(dev_loss, &self.experiment.train);
    }

    /// The tasks that are learned, the class first; in the order of [`Step::losses`].
    pub fn tasks(&self) -> Vec<String> {
        self.tasks.iter().map(|task| task.name.clone()).collect()
    }

    /// Seconds that training took since this was last asked for, by what they were spent on.
    pub fn take_phases(&mut self) -> Phases {
        std::mem::take(&mut self.phases)
    }

    /// The Euclidean norm of the last step's gradient by each layer that learns.
    pub fn gradient_norms(&self) -> Vec<(String, f64)> {
        let Plan { trunk, heads, parameters, .. } = &self.network.plan;
        let learning = trunk.iter().chain(heads).filter(|layer| {
            !layer.owns.is_empty() && parameters[layer.owns.clone()].iter().any(|parameter| parameter.learned)
        });
        let norm = |owns: Range<usize>| self.gradient_norms.get(owns).map(|squares| squares.iter().sum::<f64>().sqrt());
        learning.filter_map(|layer| Some((layer.name.clone(), norm(layer.owns.clone())?))).collect()
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
    /// [`EngineError::NotFinite`] when the loss is not finite; [`EngineError::LeftOff`] when the flag of
    /// [`Self::that_heeds`] was set; no memory.
    pub fn evaluate(&self, set: Set, limit: Option<usize>) -> Result<SetEvaluation, EngineError> {
        let examples = sample(self.data.sets.of(set), self.experiment.seed, limit);
        let evaluation = evaluate(&self.network, &self.tasks, &self.data, &examples, &self.threads, &self.leave)?;
        if evaluation.result.loss.is_finite() { Ok(evaluation) } else { Err(self.not_finite("the output", 0)) }
    }

    /// All that is needed to go on from here to the bit: weights, moments, position, live settings, as safetensors.
    ///
    /// # Errors
    /// No memory.
    pub fn checkpoint(&self) -> Result<Vec<u8>, EngineError> {
        let live = schema::FIELDS.iter().filter(|field| field.live);
        let settings = live.map(|field| (field.key.to_owned(), value_of(&self.experiment, field.key))).collect();
        let (epoch, shown, step, patience) = (self.epoch, self.shown, self.step, self.patience.clone());
        let progress = Progress { epoch, shown, step, settings, patience };
        let Network { plan, parameters } = &self.network;
        checkpoint::write(&plan.parameters, parameters, &self.optimizer, &progress)
    }

    /// The step size of the step that shows these examples of the epoch.
    fn learning_rate(&self, batch: &Range<usize>) -> f64 {
        let epochs = |shown: usize| self.epoch as f64 + shown as f64 / self.order.len() as f64;
        let train = &self.experiment.train;
        let by_patience = self.patience.factor(train);
        train.learning_rate * by_patience * schedule::factor(train, epochs(batch.start), epochs(batch.end))
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

    /// The examples of the epoch that the next step shows.
    pub(super) fn next_batch(&self) -> Range<usize> {
        self.shown..(self.shown + self.batch_size()).min(self.order.len())
    }

    fn batch_size(&self) -> usize {
        self.experiment.train.batch_size.clamp(1, self.order.len())
    }

    /// Forward and backward pass over some of the epoch's examples; gives each task's mean loss, and in how many shards
    /// the gradients lie.
    fn gradients(&mut self, batch: Range<usize>) -> Result<(Vec<f32>, usize), EngineError> {
        let begin = Instant::now();
        let Self { network, tasks, data, order, shards, threads, epoch, step, experiment, .. } = self;
        let noise = Noise::of_step(experiment.seed, *step);
        let dropout = experiment.model.dropout;
        let (epoch, examples) = (*epoch, &order[batch]);
        let targets = tasks.iter().map(|task| {
            let truth = task.truth(data, examples, Some(epoch));
            let worth = task.objective.worth(truth.all());
            (truth, worth)
        });
        let targets: Vec<_> = targets.collect();
        let ends = cut(examples.len());
        let parts = ends.len();
        let mut work: Vec<_> = shards
            .iter_mut()
            .zip(ends)
            .map(|(shard, rows)| {
                let chance = Chance { dropout, noise, first_row: rows.start };
                (shard, Part { examples, rows, epoch, tasks, targets: &targets, chance })
            })
            .collect();
        let found = threads.map(&mut work, |(shard, part)| shard.step(network, data, part));
        let found = found.into_iter().collect::<Result<Vec<_>, CpuError>>()?;
        let mut losses = vec![0.0; tasks.len()];
        for part in found {
            losses.iter_mut().zip(part).for_each(|(loss, more)| *loss += more);
        }
        let mut phases = Phases::default();
        shards[..parts].iter().for_each(|shard| phases.add(shard.phases));
        self.phases.add(phases.within(begin.elapsed().as_secs_f64()));
        Ok((losses, parts))
    }

    /// Moves the weights by the gradients of the first `parts` shards; gives the gradient's norm.
    fn update(&mut self, parts: usize, settings: Settings) -> Result<f32, EngineError> {
        let begin = Instant::now();
        let Self { network, shards, optimizer, threads, .. } = self;
        let shards = &mut shards[..parts];
        let taken = shards.iter_mut().map(|shard| shard.take_gradients(network));
        let gradients = taken.collect::<Result<Vec<_>, CpuError>>()?;
        let Network { plan, parameters } = &mut *network;
        let Update { squares, gradients: making } =
            optimizer.update(&plan.parameters, parameters, &gradients, settings, threads)?;
        for (shard, gradients) in shards.iter_mut().zip(gradients) {
            shard.give_gradients(network, gradients)?;
        }
        if network.plan.normalizes() {
            move_statistics(network, shards)?;
        }
        self.phases.backward += making;
        self.phases.update += begin.elapsed().as_secs_f64() - making;
        let norm = squares.iter().sum::<f64>().sqrt();
        self.gradient_norms = squares;
        Ok(norm as f32)
    }

    /// The error for a number that ran out of the finite ones in the step under way: names the first layer with a weight
    /// that is not finite, else the first one with such an output in the first `parts` shards.
    fn not_finite(&self, what: &'static str, parts: usize) -> EngineError {
        let step = self.step + 1;
        if let Some(layer) = self.network.not_finite() {
            return EngineError::NotFinite { step, layer: layer.to_owned(), what: "a weight" };
        }
        let Plan { trunk, heads, .. } = &self.network.plan;
        let first = self.shards[..parts].iter().filter_map(Shard::not_finite).min();
        let layer = first.and_then(|place| trunk.iter().chain(heads).nth(place)).or(heads.first());
        EngineError::NotFinite { step, layer: layer.map_or_else(String::new, |layer| layer.name.clone()), what }
    }
}

/// Cuts a minibatch into parts of about equal size.
fn cut(examples: usize) -> Vec<Range<usize>> {
    let parts = (examples / FEWEST).clamp(1, SHARDS);
    (0..parts).map(|part| part * examples / parts..(part + 1) * examples / parts).collect()
}

/// Moves the running statistics of each normalization towards those of the minibatch: the parts' taken together, so that
/// they do not depend on how it was cut.
fn move_statistics(network: &mut Network, shards: &[Shard]) -> Result<(), CpuError> {
    let Network { plan, parameters } = network;
    for (place, layer) in plan.trunk.iter().enumerate().skip(plan.frozen) {
        let Kind::Normalize(_) = layer.kind else { continue };
        let parts: Vec<_> = shards.iter().filter_map(|shard| shard.statistics(place)).collect();
        let count: f64 = parts.iter().map(|(count, ..)| *count as f64).sum();
        let [_, _, running_mean, running_variance] = &mut parameters[layer.owns.clone()] else {
            return Err(CpuError::WrongNumElements);
        };
        let (means, variances) = (view_mut(running_mean)?, view_mut(running_variance)?);
        for (channel, (running_mean, running_variance)) in means.iter_mut().zip(variances).enumerate() {
            let of = |number: &dyn Fn(&[f32], &[f32]) -> f64| -> f64 {
                parts.iter().map(|(part, mean, variance)| *part as f64 / count * number(mean, variance)).sum()
            };
            let mean = of(&|mean, _| f64::from(mean[channel]));
            let square = of(&|mean, variance| f64::from(variance[channel]) + f64::from(mean[channel]).powi(2));
            let towards = |old: &mut f32, new: f64| {
                *old = (f64::from(*old) * (1.0 - NEW_STATISTICS) + new * NEW_STATISTICS) as f32;
            };
            towards(running_mean, mean);
            // The estimate for the population, as PyTorch keeps it.
            towards(running_variance, (square - mean * mean).max(0.0) * count / (count - 1.0).max(1.0));
        }
    }
    Ok(())
}
