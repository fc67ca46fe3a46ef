//! How weights follow gradients: one pass over all numbers that adds up the parts' gradients, measures their norm and
//! moves the weights, while everything is in the cache.
//!
//! The rules are those of PyTorch's optimizers of the same names, with their defaults, so that settings mean the same in
//! both; recorded cases hold them together. Weight decay pulls at weights, not at biases.

use dfdx::prelude::CpuError;

use super::kernels::{add, scale, sum_of_squares, vectorized};
use super::model::Parameter;
use super::raw::view_mut;
use super::tensor::{Flat, zeroed};
use super::threads::Threads;
use crate::domain::experiment::{Optimizer as Rule, Train};

/// Decay of Adam's first moment, and of its second.
const ADAM_BETAS: (f64, f64) = (0.9, 0.999);
/// Decay of RMSprop's second moment.
const RMSPROP_ALPHA: f32 = 0.99;
/// What keeps divisors off zero.
const EPSILON: f32 = 1e-8;
/// Numbers that one thread works on at a time: few enough to stay in its cache with all that belongs to them.
const CHUNK: usize = 16_384;
/// Chunks from which on other threads help.
const WORTH_WAKING: usize = 8;

/// The state of an optimizer: moments of the gradients, one number for each weight.
#[derive(Debug, Clone)]
pub(super) struct Optimizer {
    rule: Rule,
    /// Running mean of the gradients or of the steps; empty for a rule that has none.
    pub(super) first: Vec<Vec<f32>>,
    /// Running mean of the squared gradients; empty for a rule that has none.
    pub(super) second: Vec<Vec<f32>>,
}

/// What an update depends on beside gradients and moments.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    /// Step size.
    pub(super) learning_rate: f64,
    /// See [`Train::momentum`].
    pub(super) momentum: f64,
    /// See [`Train::weight_decay`].
    pub(super) weight_decay: f64,
    /// The longest gradient that is followed as it is; 0: any.
    pub(super) gradient_clip: f64,
    /// Updates made when this one is done, from 1.
    pub(super) step: u64,
}

impl Settings {
    /// The settings of an experiment at a step, with the step size that its schedule gives.
    pub(super) fn of(train: &Train, learning_rate: f64, step: u64) -> Self {
        let Train { momentum, weight_decay, gradient_clip, .. } = *train;
        Self { learning_rate, momentum, weight_decay, gradient_clip, step }
    }
}

/// How many moments a rule keeps of each weight.
pub(super) fn moments(rule: Rule) -> usize {
    match rule {
        Rule::Sgd => 0,
        Rule::Momentum | Rule::Nesterov => 1,
        Rule::Rmsprop | Rule::Adam | Rule::Adamw => 2,
    }
}

impl Optimizer {
    /// An optimizer that has seen no gradient yet.
    ///
    /// # Errors
    /// No memory.
    pub(super) fn new(rule: Rule, parameters: &[Parameter]) -> Result<Self, CpuError> {
        let zeros = |wanted: bool| -> Result<Vec<Vec<f32>>, CpuError> {
            let length = |parameter: &Parameter| if parameter.learned { parameter.len() } else { 0 };
            if wanted { parameters.iter().map(|parameter| zeroed(length(parameter))).collect() } else { Ok(Vec::new()) }
        };
        Ok(Self { rule, first: zeros(moments(rule) >= 1)?, second: zeros(moments(rule) >= 2)? })
    }

    /// Moves the weights. `gradients` holds, for each part of the minibatch, the gradient of each parameter (of one that is
    /// not learned nothing); what they hold afterwards means nothing. Gives the square of each parameter's gradient's
    /// Euclidean norm, before weight decay.
    ///
    /// # Errors
    /// A gradient of another size than its parameter.
    pub(super) fn update(
        &mut self,
        described: &[Parameter],
        parameters: &mut [Flat],
        gradients: &mut [Vec<Vec<f32>>],
        settings: Settings,
        threads: &Threads,
    ) -> Result<Vec<f64>, CpuError> {
        let (rule, constants) = (self.rule, Constants::new(settings));
        let mut jobs = self.jobs(described, parameters, gradients)?;
        if settings.gradient_clip <= 0.0 {
            let squares = on_threads(threads, &mut jobs, |job| {
                let square = job.add_gradients();
                move_weights(rule, constants, job);
                square
            });
            return Ok(by_parameter(described.len(), &jobs, &squares));
        }
        // The whole norm has to be known before the first weight moves: two passes.
        let squares = on_threads(threads, &mut jobs, Job::add_gradients);
        let norm = squares.iter().sum::<f64>().sqrt();
        let factor = (settings.gradient_clip / (norm + 1e-6)).min(1.0) as f32;
        on_threads(threads, &mut jobs, |job| {
            if factor < 1.0 {
                job.shorten_gradient(factor);
            }
            move_weights(rule, constants, job);
        });
        Ok(by_parameter(described.len(), &jobs, &squares))
    }

    /// Cuts everything into chunks that can be worked on side by side.
    fn jobs<'a>(
        &'a mut self,
        described: &[Parameter],
        parameters: &'a mut [Flat],
        gradients: &'a mut [Vec<Vec<f32>>],
    ) -> Result<Vec<Job<'a>>, CpuError> {
        let mut jobs = Vec::new();
        let mut gradients: Vec<_> = gradients.iter_mut().map(|part| part.iter_mut()).collect();
        let (mut first, mut second) = (self.first.iter_mut(), self.second.iter_mut());
        for (place, (described, weights)) in described.iter().zip(parameters).enumerate() {
            let count = if described.learned { described.len() } else { 0 };
            let weights = if described.learned { view_mut(weights)? } else { &mut [] };
            let mut parts = Vec::with_capacity(gradients.len());
            for part in &mut gradients {
                let gradient = part.next().filter(|gradient| gradient.len() == count);
                parts.push(gradient.ok_or(CpuError::WrongNumElements)?.chunks_mut(CHUNK));
            }
            let (mut first, mut second) = (chunks(first.next()), chunks(second.next()));
            for weights in weights.chunks_mut(CHUNK) {
                jobs.push(Job {
                    place,
                    weights,
                    first: first.next().unwrap_or_default(),
                    second: second.next().unwrap_or_default(),
                    gradients: parts.iter_mut().filter_map(Iterator::next).collect(),
                    decays: described.decays,
                });
            }
        }
        Ok(jobs)
    }
}

/// Works on all chunks: side by side, unless there are so few that waking the threads would take longer than the work.
fn on_threads<'a, R: Send>(
    threads: &Threads,
    jobs: &mut [Job<'a>],
    work: impl Fn(&mut Job<'a>) -> R + Sync + Send,
) -> Vec<R> {
    if jobs.len() < WORTH_WAKING { jobs.iter_mut().map(work).collect() } else { threads.map(jobs, work) }
}

/// Adds up what was found of each parameter's chunks.
fn by_parameter(parameters: usize, jobs: &[Job<'_>], found: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; parameters];
    jobs.iter().zip(found).for_each(|(job, found)| sums[job.place] += found);
    sums
}

fn chunks(moments: Option<&mut Vec<f32>>) -> std::slice::ChunksMut<'_, f32> {
    moments.map(Vec::as_mut_slice).unwrap_or_default().chunks_mut(CHUNK)
}

/// Some weights, and all that belongs to them.
struct Job<'a> {
    /// The parameter's place.
    place: usize,
    weights: &'a mut [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    /// One for each part of the minibatch.
    gradients: Vec<&'a mut [f32]>,
    decays: bool,
}

impl Job<'_> {
    /// Adds all parts' gradients to the first one's; gives the square of its norm.
    fn add_gradients(&mut self) -> f64 {
        let Some((total, others)) = self.gradients.split_first_mut() else { return 0.0 };
        for other in others {
            add(total, other);
        }
        sum_of_squares(total)
    }

    /// Multiplies the gradient, once it is added up.
    fn shorten_gradient(&mut self, factor: f32) {
        if let Some(total) = self.gradients.first_mut() {
            scale(total, factor);
        }
    }
}

/// Numbers that are the same for all weights.
#[derive(Clone, Copy)]
struct Constants {
    rate: f32,
    momentum: f32,
    decay: f32,
    /// Of the whole weight, in one step (decoupled decay).
    shrink: f32,
    /// Adam's step size, with the first moment's start at zero made up for.
    adam_rate: f32,
    /// Makes up for the second moment's start at zero.
    adam_scale: f32,
}

impl Constants {
    fn new(settings: Settings) -> Self {
        let Settings { learning_rate, momentum, weight_decay, step, .. } = settings;
        let left = |beta: f64| 1.0 - beta.powf(step as f64);
        Self {
            rate: learning_rate as f32,
            momentum: momentum as f32,
            decay: weight_decay as f32,
            shrink: (learning_rate * weight_decay) as f32,
            adam_rate: (learning_rate / left(ADAM_BETAS.0)) as f32,
            adam_scale: (1.0 / left(ADAM_BETAS.1).sqrt()) as f32,
        }
    }
}

/// One update of some weights by the first of their gradients.
fn move_weights(rule: Rule, c: Constants, job: &mut Job<'_>) {
    let decay = if job.decays { c.decay } else { 0.0 };
    let shrink = if job.decays && rule == Rule::Adamw { c.shrink } else { 0.0 };
    let Some(gradient) = job.gradients.first() else { return };
    let weights = job.weights.iter_mut().zip(gradient.iter());
    vectorized(
        #[inline(always)]
        || match rule {
            Rule::Sgd => {
                for (w, g) in weights {
                    *w -= c.rate * (g + decay * *w);
                }
            }
            Rule::Momentum => {
                for ((w, g), first) in weights.zip(job.first.iter_mut()) {
                    *first = c.momentum * *first + (g + decay * *w);
                    *w -= c.rate * *first;
                }
            }
            Rule::Nesterov => {
                for ((w, g), first) in weights.zip(job.first.iter_mut()) {
                    let g = g + decay * *w;
                    *first = c.momentum * *first + g;
                    *w -= c.rate * (g + c.momentum * *first);
                }
            }
            Rule::Rmsprop => {
                for (((w, g), first), second) in weights.zip(job.first.iter_mut()).zip(job.second.iter_mut()) {
                    let g = g + decay * *w;
                    *second = RMSPROP_ALPHA * *second + (1.0 - RMSPROP_ALPHA) * g * g;
                    *first = c.momentum * *first + g / (second.sqrt() + EPSILON);
                    *w -= c.rate * *first;
                }
            }
            Rule::Adam | Rule::Adamw => {
                let decay = if rule == Rule::Adam { decay } else { 0.0 };
                let (beta1, beta2) = (ADAM_BETAS.0 as f32, ADAM_BETAS.1 as f32);
                let (new1, new2) = ((1.0 - ADAM_BETAS.0) as f32, (1.0 - ADAM_BETAS.1) as f32);
                for (((w, g), first), second) in weights.zip(job.first.iter_mut()).zip(job.second.iter_mut()) {
                    let g = g + decay * *w;
                    *first = beta1 * *first + new1 * g;
                    *second = beta2 * *second + new2 * g * g;
                    *w -= shrink * *w + c.adam_rate * *first / (second.sqrt() * c.adam_scale + EPSILON);
                }
            }
        },
    );
}
