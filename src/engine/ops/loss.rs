//! Softmax with its losses in one: probabilities, loss and gradient come out of the same passes over the logits.
//!
//! Cross-entropy with class weights and smoothed labels is PyTorch's (a mean weighted by the classes' weights); the focal
//! loss is that of Lin et al. 2017 with the same weights.

use dfdx::prelude::{CpuError, HasShape, PutTape, SplitTape, Tape};

use crate::engine::kernels::{math, vectorized};
use crate::engine::raw::view;
use crate::engine::tensor::{Batch, Recording, Scalar, Slot, give, resized, take};

/// What is minimized.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::engine) struct Objective {
    /// How a row's logits and label make a loss.
    pub(in crate::engine) kind: Kind,
    /// How much each class counts; 1 for all, where all count alike.
    pub(in crate::engine) weights: Vec<f32>,
}

/// The losses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::engine) enum Kind {
    /// −ln p(label), a share of it spread over all classes.
    CrossEntropy {
        /// The share.
        smoothing: f32,
    },
    /// −(1 − p)^γ ln p(label).
    Focal {
        /// γ.
        gamma: f32,
    },
}

impl Objective {
    /// How many examples of weight 1 these labels are worth: what the sum of their losses is divided by.
    pub(in crate::engine) fn worth(&self, labels: impl Iterator<Item = u32>) -> f64 {
        labels.map(|label| f64::from(self.weights[label as usize])).sum()
    }

    /// Turns rows of logits into rows of probabilities, and gives the sum of the rows' losses, in nats, each times the
    /// weight of its class. Labels have to be below the number of classes.
    pub(in crate::engine) fn losses(&self, logits: &mut [f32], labels: &[u32]) -> f64 {
        let classes = self.weights.len();
        let all: f32 = self.weights.iter().sum();
        vectorized(
            #[inline(always)]
            || {
                let mut total = 0.0;
                for (row, label) in logits.chunks_exact_mut(classes).zip(labels) {
                    let label = *label as usize;
                    let logit = row[label];
                    let of_all: f32 = match self.kind {
                        Kind::CrossEntropy { smoothing } if smoothing > 0.0 => {
                            row.iter().zip(&self.weights).map(|(logit, weight)| logit * weight).sum()
                        }
                        _ => 0.0,
                    };
                    let log_sum = softmax(row);
                    let surprise = f64::from(log_sum) - f64::from(logit);
                    let weight = f64::from(self.weights[label]);
                    total += match self.kind {
                        Kind::CrossEntropy { smoothing: 0.0 } => weight * surprise,
                        Kind::CrossEntropy { smoothing } => {
                            let spread = f64::from(all) * f64::from(log_sum) - f64::from(of_all);
                            let smoothing = f64::from(smoothing);
                            (1.0 - smoothing) * weight * surprise + smoothing / classes as f64 * spread
                        }
                        Kind::Focal { gamma } => {
                            weight * (1.0 - f64::from(row[label])).powf(f64::from(gamma)) * surprise
                        }
                    };
                }
                total
            },
        )
    }

    /// Turns the rows of probabilities that [`Self::losses`] left into the gradient of the losses' sum over `worth`, by
    /// the logits.
    fn differentiate(&self, probabilities: &mut [f32], labels: &[u32], worth: f64) {
        let classes = self.weights.len();
        let all: f32 = self.weights.iter().sum();
        let share = (1.0 / worth) as f32;
        for (row, label) in probabilities.chunks_exact_mut(classes).zip(labels) {
            let label = *label as usize;
            let weight = self.weights[label];
            match self.kind {
                Kind::CrossEntropy { smoothing } => {
                    let (certain, spread) = ((1.0 - smoothing) * weight, smoothing / classes as f32);
                    let factor = share * (certain + spread * all);
                    for (number, weight) in row.iter_mut().zip(&self.weights) {
                        *number = *number * factor - share * spread * weight;
                    }
                    row[label] -= share * certain;
                }
                Kind::Focal { gamma } => {
                    // A probability of 0 would give 0 · ∞ below.
                    let p = row[label].max(f32::MIN_POSITIVE);
                    let q = (1.0 - p).max(f32::MIN_POSITIVE);
                    let factor = share * weight * (q.powf(gamma) - gamma * p * q.powf(gamma - 1.0) * p.ln());
                    row[label] -= 1.0;
                    for number in row {
                        *number *= factor;
                    }
                }
            }
        }
    }
}

/// Turns a row of logits into probabilities; gives the logarithm of the sum of the logits' exponentials.
#[inline(always)]
fn softmax(row: &mut [f32]) -> f32 {
    let largest = row.iter().copied().fold(
        f32::NEG_INFINITY,
        #[inline(always)]
        |a, b| if a > b { a } else { b },
    );
    for number in row.iter_mut() {
        *number = math::exp(*number - largest);
    }
    let sum: f32 = row.iter().sum();
    let scale = 1.0 / sum;
    for number in row.iter_mut() {
        *number *= scale;
    }
    sum.ln() + largest
}

/// What the rows of a batch should have been.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Targets<'a> {
    /// The class of each row.
    pub(in crate::engine) labels: &'a [u32],
    /// [`Objective::worth`] of the whole minibatch, so that the losses of its parts add up to its mean.
    pub(in crate::engine) worth: f64,
}

/// This batch's share of the mean loss.
///
/// # Errors
/// No memory; a label beyond the classes.
pub(in crate::engine) fn loss(
    objective: &Objective,
    logits: Batch<Recording>,
    targets: Targets<'_>,
    slot: &mut Slot,
) -> Result<Scalar<Recording>, CpuError> {
    let (logits, mut tape) = logits.split_tape();
    let (rows, classes) = *logits.shape();
    let Targets { labels, worth } = targets;
    let fits = labels.len() == rows && objective.weights.len() == classes;
    if !fits || labels.iter().any(|label| *label as usize >= classes) {
        return Err(CpuError::WrongNumElements);
    }
    let gradient = resized(&mut slot.extra, rows * classes);
    gradient.copy_from_slice(view(&logits)?);
    let total = objective.losses(gradient, labels);
    objective.differentiate(gradient, labels, worth);
    let loss = slot.scalar((total / worth) as f32)?;
    let difference = slot.extra.clone();
    let ghost = loss.clone();
    tape.add_backward_op(move |gradients| {
        let upstream = take(gradients, &ghost)?;
        let mut dx = take(gradients, &logits)?;
        for (dx, difference) in dx.iter_mut().zip(difference.iter()) {
            *dx = upstream[0] * difference;
        }
        give(gradients, &logits, dx)?;
        give(gradients, &ghost, upstream)
    });
    Ok(loss.put_tape(tape))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::raw::view_mut;
    use crate::engine::tensor::{Gradients, zeros};
    use dfdx::prelude::{Backward, Trace};

    const LABELS: [u32; 3] = [1, 3, 2];
    const LOGITS: [f32; 12] = [1.0, 2.0, -1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 3.0, -9.0, 5.0, 2.9];

    fn logits() -> Batch {
        let mut logits = zeros(3, 4).unwrap();
        view_mut(&mut logits).unwrap().copy_from_slice(&LOGITS);
        logits
    }

    fn objectives() -> Vec<Objective> {
        let kinds = [
            Kind::CrossEntropy { smoothing: 0.0 },
            Kind::CrossEntropy { smoothing: 0.3 },
            Kind::Focal { gamma: 2.0 },
            Kind::Focal { gamma: 0.5 },
        ];
        let weights = [vec![1.0; 4], vec![0.5, 2.0, 1.0, 3.0]];
        kinds.into_iter().flat_map(|kind| weights.clone().map(|weights| Objective { kind, weights })).collect()
    }

    /// The mean loss by its definition, in f64.
    fn exact(objective: &Objective, logits: &[f32]) -> f64 {
        let weights: Vec<f64> = objective.weights.iter().map(|weight| f64::from(*weight)).collect();
        let (mut total, mut worth) = (0.0, 0.0);
        for (row, label) in logits.chunks_exact(4).zip(LABELS) {
            let label = label as usize;
            let sum: f64 = row.iter().map(|logit| f64::from(*logit).exp()).sum();
            let p: Vec<f64> = row.iter().map(|logit| f64::from(*logit).exp() / sum).collect();
            total += match objective.kind {
                Kind::CrossEntropy { smoothing } => {
                    let smoothing = f64::from(smoothing);
                    let spread: f64 = p.iter().zip(&weights).map(|(p, weight)| -weight * p.ln()).sum();
                    -(1.0 - smoothing) * weights[label] * p[label].ln() + smoothing / 4.0 * spread
                }
                Kind::Focal { gamma } => -weights[label] * (1.0 - p[label]).powf(f64::from(gamma)) * p[label].ln(),
            };
            worth += weights[label];
        }
        total / worth
    }

    #[test]
    fn losses_and_gradients_agree_with_the_definitions() {
        for objective in objectives() {
            let x = logits();
            let targets = Targets { labels: &LABELS, worth: objective.worth(LABELS.into_iter()) };
            let traced = x.clone().traced(Gradients::leaky());
            let loss = loss(&objective, traced, targets, &mut Slot::default()).unwrap();
            let found = f64::from(view(&loss).unwrap()[0]);
            assert!((found - exact(&objective, &LOGITS)).abs() < 1e-6, "{objective:?}: {found}");
            let mut gradients = loss.try_backward().unwrap();
            for (place, found) in take(&mut gradients, &x).unwrap().iter().enumerate() {
                let mut moved = LOGITS;
                moved[place] += 1e-2;
                let above = exact(&objective, &moved);
                moved[place] -= 2e-2;
                let slope = (above - exact(&objective, &moved)) / 2e-2;
                assert!((f64::from(*found) - slope).abs() < 1e-4, "{objective:?} {place}: {found} is not {slope}");
            }
        }
    }

    #[test]
    fn probabilities_add_up_to_one_and_a_hopeless_label_is_not_hidden() {
        let plain = Objective { kind: Kind::CrossEntropy { smoothing: 0.0 }, weights: vec![1.0; 4] };
        let mut rows = LOGITS;
        plain.losses(&mut rows, &LABELS);
        for row in rows.chunks_exact(4) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
        assert_eq!(rows[4..8], [0.25; 4]);
        assert_eq!(plain.losses(&mut [0.0, 500.0, 0.0, 0.0], &[2]), 500.0);
        let focal = Objective { kind: Kind::Focal { gamma: 2.0 }, ..plain };
        for label in [1, 2] {
            let mut certain = [0.0, 500.0, 0.0, 0.0];
            assert!(focal.losses(&mut certain, &[label]).is_finite());
            focal.differentiate(&mut certain, &[label], 1.0);
            assert!(certain.iter().all(|number| number.is_finite()), "{certain:?}");
        }
    }

    #[test]
    fn a_label_beyond_the_classes_is_an_error() {
        let x = logits().traced(Gradients::leaky());
        let targets = Targets { labels: &[0, 1, 4], worth: 3.0 };
        assert!(loss(&objectives()[0], x, targets, &mut Slot::default()).is_err());
    }
}
