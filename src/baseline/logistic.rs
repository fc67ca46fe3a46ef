//! Multinomial logistic regression: a softmax over weighted sums, fitted by Adam on minibatches. The loss is convex, so that
//! a step size which falls to nothing ends near the one minimum.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::{Table, dot, largest};

/// Passes over the training rows.
const EPOCHS: usize = 40;
/// Rows whose gradients are averaged.
const BATCH: usize = 32;
/// The first step size; it falls to nothing in a straight line.
const RATE: f32 = 0.01;
/// Penalty on squared weights: rows are few and wide.
const DECAY: f32 = 1e-3;

/// A class for each dev example; `None` if told to stop.
pub(super) fn predict(table: &Table, seed: u64, told: &dyn Fn() -> bool) -> Option<Vec<u32>> {
    let mut model = Model::new(table.classes, table.train.width);
    let mut order: Vec<usize> = (0..table.train.len()).collect();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let steps = EPOCHS * order.len().div_ceil(BATCH);
    let mut step = 0;
    for _ in 0..EPOCHS {
        shuffle(&mut order, &mut random);
        for batch in order.chunks(BATCH) {
            if told() {
                return None;
            }
            model.gradient.fill(0.0);
            for place in batch {
                model.learn(table.train.row(*place), table.train.labels[*place], 1.0 / batch.len() as f32);
            }
            step += 1;
            model.update(step, RATE * (1.0 - (step - 1) as f32 / steps as f32));
        }
    }
    Some(table.dev.iter().map(|(row, _)| largest(&model.sums(row))).collect())
}

/// Fisher and Yates.
fn shuffle(order: &mut [usize], random: &mut ChaCha8Rng) {
    for last in (1..order.len()).rev() {
        order.swap(last, (random.next_u64() % (last as u64 + 1)) as usize);
    }
}

/// A row of weights for each class, its constant last, and what Adam (Kingma and Ba 2015) remembers of each.
struct Model {
    width: usize,
    weights: Vec<f32>,
    gradient: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Model {
    fn new(classes: usize, width: usize) -> Self {
        let zeros = || vec![0.0; classes * (width + 1)];
        Self { width, weights: zeros(), gradient: zeros(), first: zeros(), second: zeros() }
    }

    /// The weighted sum for each class.
    fn sums(&self, row: &[f32]) -> Vec<f32> {
        let sum = |weights: &[f32]| weights[self.width] + dot(&weights[..self.width], row);
        self.weights.chunks_exact(self.width + 1).map(sum).collect()
    }

    /// Adds a row's share of the gradient of the cross-entropy.
    fn learn(&mut self, row: &[f32], label: u32, share: f32) {
        let mut outputs = self.sums(row);
        let highest = outputs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for output in &mut outputs {
            *output = (*output - highest).exp();
        }
        let all: f32 = outputs.iter().sum();
        for (class, (gradient, output)) in self.gradient.chunks_exact_mut(self.width + 1).zip(outputs).enumerate() {
            let error = share * (output / all - f32::from(u8::from(class == label as usize)));
            gradient.iter_mut().zip(row).for_each(|(gradient, value)| *gradient += error * value);
            gradient[self.width] += error;
        }
    }

    fn update(&mut self, step: i32, rate: f32) {
        let (keep, keep_square) = (0.9f32, 0.999f32);
        let (whole, whole_square) = (1.0 - keep.powi(step), 1.0 - keep_square.powi(step));
        let memory = self.first.iter_mut().zip(&mut self.second);
        for ((weight, gradient), (first, second)) in self.weights.iter_mut().zip(&self.gradient).zip(memory) {
            let gradient = gradient + DECAY * *weight;
            *first = keep * *first + (1.0 - keep) * gradient;
            *second = keep_square * *second + (1.0 - keep_square) * gradient * gradient;
            *weight -= rate * (*first / whole) / ((*second / whole_square).sqrt() + 1e-8);
        }
    }
}
