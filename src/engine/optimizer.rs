//! How weights follow gradients: one pass over all numbers that adds up the parts' gradients (or makes them, where they
//! are products still), measures their norm and moves the weights, while everything is in the cache.
//!
//! The rules are those of PyTorch's optimizers of the same names, with their defaults, so that settings mean the same in
//! both; recorded cases hold them together. Weight decay pulls at weights, not at biases.

use std::time::Instant;

use dfdx::prelude::CpuError;

use super::gradient::Gradient;
use super::kernels::scratch::lend;
use super::kernels::{scale, sum_of_squares, vectorized};
use super::model::Parameter;
use super::raw::{Write, view_mut};
use super::tensor::{Flat, resize, zeroed};
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
    /// Whole gradients, where they have to be known before the first weight moves.
    whole: Vec<Vec<f32>>,
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

/// What an update did.
#[derive(Debug)]
pub(super) struct Update {
    /// The square of each parameter's gradient's Euclidean norm, before weight decay.
    pub(super) squares: Vec<f64>,
    /// Seconds of it that went into making and adding up gradients.
    pub(super) gradients: f64,
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
        Ok(Self { rule, first: zeros(moments(rule) >= 1)?, second: zeros(moments(rule) >= 2)?, whole: Vec::new() })
    }

    /// Moves the weights. `gradients` holds, for each part of the minibatch, what it found about each parameter.
    ///
    /// # Errors
    /// A gradient of another size than its parameter; no memory.
    pub(super) fn update(
        &mut self,
        described: &[Parameter],
        parameters: &mut [Flat],
        gradients: &[Vec<Gradient>],
        settings: Settings,
        threads: &Threads,
    ) -> Result<Update, CpuError> {
        let (rule, constants) = (self.rule, Constants::new(settings));
        let clips = settings.gradient_clip > 0.0;
        if clips {
            self.whole.resize_with(described.len(), Vec::new);
            let learned = self.whole.iter_mut().zip(described).filter(|(_, parameter)| parameter.learned);
            learned.into_iter().try_for_each(|(whole, parameter)| resize(whole, parameter.len()))?;
        }
        let mut jobs = self.jobs(described, parameters, gradients)?;
        let begin = Instant::now();
        if !clips {
            let found = on_threads(threads, &mut jobs, |job| {
                lend([job.weights.len()], |[gradient]| {
                    let begin = Instant::now();
                    let square = job.gradient(gradient)?;
                    let there = Instant::now();
                    move_weights(rule, constants, job, gradient);
                    Ok((square, (there - begin).as_secs_f64(), there.elapsed().as_secs_f64()))
                })
            })?;
            let (making, moving) = found.iter().fold((0.0, 0.0), |sums, found| (sums.0 + found.1, sums.1 + found.2));
            let gradients = begin.elapsed().as_secs_f64() * making / (making + moving).max(f64::MIN_POSITIVE);
            let squares = by_parameter(described.len(), &jobs, found.iter().map(|found| found.0));
            return Ok(Update { squares, gradients });
        }
        let squares = on_threads(threads, &mut jobs, |job| {
            let gradient = std::mem::take(&mut job.whole);
            let square = job.gradient(gradient);
            job.whole = gradient;
            square
        })?;
        let gradients = begin.elapsed().as_secs_f64();
        let norm = squares.iter().sum::<f64>().sqrt();
        let factor = (settings.gradient_clip / (norm + 1e-6)).min(1.0) as f32;
        on_threads(threads, &mut jobs, |job| {
            let gradient = std::mem::take(&mut job.whole);
            if factor < 1.0 {
                scale(gradient, factor);
            }
            move_weights(rule, constants, job, gradient);
            Ok(())
        })?;
        Ok(Update { squares: by_parameter(described.len(), &jobs, squares.into_iter()), gradients })
    }

    /// Cuts everything into chunks that can be worked on side by side.
    fn jobs<'a>(
        &'a mut self,
        described: &[Parameter],
        parameters: &'a mut [Flat],
        gradients: &'a [Vec<Gradient>],
    ) -> Result<Vec<Job<'a>>, CpuError> {
        let mut jobs = Vec::new();
        let (mut first, mut second) = (self.first.iter_mut(), self.second.iter_mut());
        let mut whole = self.whole.iter_mut();
        for (place, (described, weights)) in described.iter().zip(parameters).enumerate() {
            let (first, second, whole) = (first.next(), second.next(), whole.next());
            if !described.learned {
                continue;
            }
            let gradient = gradients.first().and_then(|part| part.get(place)).ok_or(CpuError::WrongNumElements)?;
            let chunk = gradient.chunk(CHUNK);
            let (mut first, mut second, mut whole) =
                (chunks(first, chunk), chunks(second, chunk), chunks(whole, chunk));
            for (number, weights) in view_mut(weights)?.chunks_mut(chunk).enumerate() {
                jobs.push(Job {
                    place,
                    begin: number * chunk,
                    weights,
                    first: first.next().unwrap_or_default(),
                    second: second.next().unwrap_or_default(),
                    whole: whole.next().unwrap_or_default(),
                    gradients,
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
    work: impl Fn(&mut Job<'a>) -> Result<R, CpuError> + Sync + Send,
) -> Result<Vec<R>, CpuError> {
    let found = if jobs.len() < WORTH_WAKING { jobs.iter_mut().map(work).collect() } else { threads.map(jobs, work) };
    found.into_iter().collect()
}

/// Adds up what was found of each parameter's chunks.
fn by_parameter(parameters: usize, jobs: &[Job<'_>], found: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sums = vec![0.0; parameters];
    jobs.iter().zip(found).for_each(|(job, found)| sums[job.place] += found);
    sums
}

fn chunks(numbers: Option<&mut Vec<f32>>, chunk: usize) -> std::slice::ChunksMut<'_, f32> {
    numbers.map(Vec::as_mut_slice).unwrap_or_default().chunks_mut(chunk)
}

/// Some weights, and all that belongs to them.
struct Job<'a> {
    /// The parameter's place.
    place: usize,
    /// The place of the first of these weights in it.
    begin: usize,
    weights: &'a mut [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    /// Where their gradient is kept, if it is.
    whole: &'a mut [f32],
    /// What each part of the minibatch found about each parameter.
    gradients: &'a [Vec<Gradient>],
    decays: bool,
}

impl Job<'_> {
    /// Adds up what all parts found; gives the square of its norm.
    fn gradient(&self, total: &mut [f32]) -> Result<f64, CpuError> {
        let range = self.begin..self.begin + self.weights.len();
        for (number, part) in self.gradients.iter().enumerate() {
            let write = if number == 0 { Write::Replace } else { Write::Add };
            part.get(self.place).ok_or(CpuError::WrongNumElements)?.write(range.clone(), total, write)?;
        }
        Ok(sum_of_squares(total))
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

/// One update of some weights by their gradient.
fn move_weights(rule: Rule, c: Constants, job: &mut Job<'_>, gradient: &[f32]) {
    let decay = if job.decays { c.decay } else { 0.0 };
    let shrink = if job.decays && rule == Rule::Adamw { c.shrink } else { 0.0 };
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
