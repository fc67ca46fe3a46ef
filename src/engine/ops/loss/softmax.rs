//! Cross-entropy and focal loss over classes that exclude one another.

use super::{Class, Kind, Objective};
use crate::engine::kernels::{math, vectorized};

/// Turns rows of logits into rows of probabilities; gives the sum of the losses, in nats.
pub(super) fn losses(objective: &Objective, logits: &mut [f32], classes: &[Class]) -> f64 {
    let Objective { kind, outputs, weights } = objective;
    let all: f32 = weights.iter().sum();
    vectorized(
        #[inline(always)]
        || {
            let mut total = 0.0;
            for (row, class) in logits.chunks_exact_mut(*outputs).zip(classes) {
                let labels = class.parts().map(|(label, part)| (label, f64::from(part), f64::from(row[label])));
                let labels: [Option<(usize, f64, f64)>; 2] = collect(labels);
                let of_all: f32 = match kind {
                    Kind::CrossEntropy { smoothing } if *smoothing > 0.0 => {
                        row.iter().zip(weights).map(|(logit, weight)| logit * weight).sum()
                    }
                    _ => 0.0,
                };
                let log_sum = f64::from(softmax(row));
                for (label, part, logit) in labels.into_iter().flatten() {
                    let (surprise, weight) = (log_sum - logit, f64::from(weights[label]));
                    total += part
                        * match *kind {
                            Kind::CrossEntropy { smoothing } if smoothing > 0.0 => {
                                let spread = f64::from(all) * log_sum - f64::from(of_all);
                                let smoothing = f64::from(smoothing);
                                (1.0 - smoothing) * weight * surprise + smoothing / *outputs as f64 * spread
                            }
                            Kind::Focal { gamma } => {
                                weight * (1.0 - f64::from(row[label])).powf(f64::from(gamma)) * surprise
                            }
                            _ => weight * surprise,
                        };
                }
            }
            total
        },
    )
}

/// Turns rows of probabilities into the gradient of the losses' sum times `scale`, by the logits.
pub(super) fn differentiate(objective: &Objective, probabilities: &mut [f32], classes: &[Class], scale: f32) {
    let Objective { kind, outputs, weights } = objective;
    let all: f32 = weights.iter().sum();
    for (row, class) in probabilities.chunks_exact_mut(*outputs).zip(classes) {
        // By each label's loss the gradient is `factor` times the probabilities, less `factor` at the label itself; a
        // smoothed one is less a part of that everywhere.
        let (mut factors, mut spread) = (0.0, 0.0);
        let mut at_labels = [None; 2];
        for ((label, part), at) in class.parts().zip(&mut at_labels) {
            let weight = part * scale * weights[label];
            let factor = match *kind {
                Kind::CrossEntropy { smoothing } => {
                    let each = part * scale * smoothing / *outputs as f32;
                    factors += each * all;
                    spread += each;
                    (1.0 - smoothing) * weight
                }
                Kind::Focal { gamma } => {
                    // A probability of 0 would give 0 · ∞ below.
                    let p = row[label].max(f32::MIN_POSITIVE);
                    let q = (1.0 - p).max(f32::MIN_POSITIVE);
                    weight * (q.powf(gamma) - gamma * p * q.powf(gamma - 1.0) * p.ln())
                }
                _ => 0.0,
            };
            factors += factor;
            *at = Some((label, factor));
        }
        for (number, weight) in row.iter_mut().zip(weights) {
            *number = *number * factors - spread * weight;
        }
        for (label, factor) in at_labels.into_iter().flatten() {
            row[label] -= factor;
        }
    }
}

#[inline(always)]
fn collect<T>(items: impl Iterator<Item = T>) -> [Option<T>; 2] {
    let mut both = [None, None];
    for (place, item) in both.iter_mut().zip(items) {
        *place = Some(item);
    }
    both
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
