//! Softmax with cross-entropy in one: the loss and its gradient come out of the same pass over the logits.

use dfdx::prelude::{CpuError, HasShape, PutTape, SplitTape, Tape};

use crate::engine::kernels::{math, vectorized};
use crate::engine::raw::view;
use crate::engine::tensor::{Batch, Recording, Scalar, Slot, give, resized, take};

/// What the rows of a batch should have been.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Targets<'a> {
    /// The class of each row.
    pub(in crate::engine) labels: &'a [u32],
    /// Rows in the whole minibatch: the loss is the mean over them.
    pub(in crate::engine) examples: usize,
}

/// Turns rows of logits into rows of probabilities, and gives the sum of the rows' cross-entropies, −ln p(label), in
/// nats. Labels have to be below `classes`.
pub(in crate::engine) fn softmax(logits: &mut [f32], classes: usize, labels: &[u32]) -> f64 {
    vectorized(
        #[inline(always)]
        || {
            let mut total = 0.0;
            for (row, label) in logits.chunks_exact_mut(classes).zip(labels) {
                let logit = row[*label as usize];
                let largest = row.iter().copied().fold(f32::NEG_INFINITY, |a, b| if a > b { a } else { b });
                for number in row.iter_mut() {
                    *number = math::exp(*number - largest);
                }
                let sum: f32 = row.iter().sum();
                // The exponentials' clamp must not hide what the logits say of a hopeless label.
                total += f64::from(sum.ln()) + f64::from(largest) - f64::from(logit);
                let scale = 1.0 / sum;
                for number in row.iter_mut() {
                    *number *= scale;
                }
            }
            total
        },
    )
}

/// Mean softmax cross-entropy, −ln p(label), in nats; the parts of a split minibatch add up to its mean.
///
/// # Errors
/// No memory; a label beyond the classes.
pub(in crate::engine) fn cross_entropy(
    logits: Batch<Recording>,
    targets: Targets<'_>,
    slot: &mut Slot,
) -> Result<Scalar<Recording>, CpuError> {
    let (logits, mut tape) = logits.split_tape();
    let (rows, classes) = *logits.shape();
    let Targets { labels, examples } = targets;
    if labels.len() != rows || labels.iter().any(|label| *label as usize >= classes) {
        return Err(CpuError::WrongNumElements);
    }
    let gradient = resized(&mut slot.extra, rows * classes);
    gradient.copy_from_slice(view(&logits)?);
    let total = softmax(gradient, classes, labels);
    let share = 1.0 / examples as f32;
    for (row, label) in gradient.chunks_exact_mut(classes).zip(labels) {
        row[*label as usize] -= 1.0;
        for number in row {
            *number *= share;
        }
    }
    let loss = slot.scalar((total / examples as f64) as f32)?;
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

    fn logits() -> Batch {
        let mut logits = zeros(3, 4).unwrap();
        let numbers = [1.0, 2.0, -1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 30.0, -90.0, 5.0, 29.0];
        view_mut(&mut logits).unwrap().copy_from_slice(&numbers);
        logits
    }

    const LABELS: [u32; 3] = [1, 3, 2];

    fn exact(logits: &[f32]) -> f64 {
        let rows = logits.chunks_exact(4).zip(LABELS);
        let losses = rows.map(|(row, label)| {
            let sum: f64 = row.iter().map(|logit| f64::from(*logit).exp()).sum();
            sum.ln() - f64::from(row[label as usize])
        });
        losses.sum::<f64>() / 3.0
    }

    #[test]
    fn loss_and_gradient_agree_with_the_definition() {
        let x = logits();
        let targets = Targets { labels: &LABELS, examples: 3 };
        let loss = cross_entropy(x.clone().traced(Gradients::leaky()), targets, &mut Slot::default()).unwrap();
        assert!((f64::from(view(&loss).unwrap()[0]) - exact(view(&x).unwrap())).abs() < 1e-6);
        let mut gradients = loss.try_backward().unwrap();
        let gradient = take(&mut gradients, &x).unwrap();
        for (place, found) in gradient.iter().enumerate() {
            let mut moved = view(&x).unwrap().to_vec();
            moved[place] += 1e-2;
            let above = exact(&moved);
            moved[place] -= 2e-2;
            let slope = (above - exact(&moved)) / 2e-2;
            assert!((f64::from(*found) - slope).abs() < 1e-4, "{place}: {found} is not {slope}");
        }
    }

    #[test]
    fn probabilities_add_up_to_one() {
        let mut rows = view(&logits()).unwrap().to_vec();
        softmax(&mut rows, 4, &LABELS);
        for row in rows.chunks_exact(4) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
        assert_eq!(rows[4..8], [0.25; 4]);
        let ratio = rows[8] / rows[11];
        assert!((ratio - 1.0f32.exp()).abs() < 1e-5, "{ratio}");
    }

    #[test]
    fn a_label_beyond_the_classes_is_an_error() {
        let x = logits().traced(Gradients::leaky());
        let targets = Targets { labels: &[0, 1, 4], examples: 3 };
        assert!(cross_entropy(x, targets, &mut Slot::default()).is_err());
    }
}
