//! Losses: predictions, loss and gradient come out of the same passes over a head's outputs.
//!
//! All are PyTorch's of the same names, with its means (over the weights of the classes that were shown for cross-entropy,
//! over all outputs for the others); the focal loss is that of Lin et al. 2017 with the same class weights. Labels may be
//! blended (mixup, Zhang et al. 2018) or missing: what is not known counts nothing.

mod elementwise;
mod softmax;

use dfdx::prelude::{CpuError, HasShape, PutTape, SplitTape, Tape};

use crate::data::ABSENT;
use crate::engine::raw::view;
use crate::engine::tensor::{Batch, Recording, Scalar, Slot, give, resized, take};

/// What one head minimizes.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::engine) struct Objective {
    /// How a row's outputs and its target make a loss.
    pub(in crate::engine) kind: Kind,
    /// Numbers that the head gives for an example.
    pub(in crate::engine) outputs: usize,
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
    /// −t ln σ(y) − (1 − t) ln(1 − σ(y)).
    BinaryCrossEntropy,
    /// (y − t)².
    MeanSquaredError,
    /// (y − t)² / 2 up to a difference of δ, δ (|y − t| − δ / 2) beyond.
    Huber {
        /// δ.
        delta: f32,
    },
}

/// What a row should have been, where that is a class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::engine) struct Class {
    /// The class; [`ABSENT`] where it is not known.
    pub(in crate::engine) label: u32,
    /// The class of the example that was mixed in.
    pub(in crate::engine) partner: u32,
    /// How much of the row is the first's; 1 where nothing was mixed in.
    pub(in crate::engine) share: f32,
}

impl Class {
    /// An example that is of one class.
    pub(in crate::engine) fn pure(label: u32) -> Self {
        Self { label, partner: label, share: 1.0 }
    }

    /// The classes with their parts of the row.
    #[inline(always)]
    fn parts(self) -> impl Iterator<Item = (usize, f32)> {
        let known = move |label: u32, part: f32| (label != ABSENT && part > 0.0).then_some((label as usize, part));
        known(self.label, self.share).into_iter().chain(known(self.partner, 1.0 - self.share))
    }
}

/// What the rows of a batch should have been.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::engine) enum Targets<'a> {
    /// One class each.
    Classes(&'a [Class]),
    /// A number for each output, row after row; NaN where it is not known.
    Numbers(&'a [f32]),
}

impl Targets<'_> {
    /// Whether they are for a batch of so many rows, and none is beyond the outputs.
    fn fit(&self, rows: usize, outputs: usize) -> bool {
        match self {
            Self::Classes(classes) => {
                let within = |label: u32| label == ABSENT || (label as usize) < outputs;
                classes.len() == rows && classes.iter().all(|class| within(class.label) && within(class.partner))
            }
            Self::Numbers(numbers) => numbers.len() == rows * outputs,
        }
    }
}

impl Objective {
    /// What the sum of the losses of these targets is divided by to give their mean.
    pub(in crate::engine) fn worth(&self, targets: Targets<'_>) -> f64 {
        let weight = |label: usize| f64::from(self.weights[label]);
        match targets {
            Targets::Classes(classes) => {
                let parts = classes.iter().flat_map(|class| class.parts());
                let rows: f64 = parts.map(|(label, part)| f64::from(part) * weight(label)).sum();
                if self.is_over_classes() { rows } else { rows * self.outputs as f64 }
            }
            Targets::Numbers(numbers) => numbers.iter().filter(|number| !number.is_nan()).count() as f64,
        }
    }

    /// Whether the outputs are the logits of classes that exclude one another.
    fn is_over_classes(&self) -> bool {
        matches!(self.kind, Kind::CrossEntropy { .. } | Kind::Focal { .. })
    }

    /// Turns rows of outputs into rows of predictions (probabilities for the cross-entropies, the outputs themselves for
    /// the others), and gives the sum of the losses, each times the weight of its class.
    pub(in crate::engine) fn losses(&self, outputs: &mut [f32], targets: Targets<'_>) -> f64 {
        match (targets, self.is_over_classes()) {
            (Targets::Classes(classes), true) => softmax::losses(self, outputs, classes),
            _ => elementwise::losses(self, outputs, targets),
        }
    }

    /// Turns the rows of predictions that [`Self::losses`] left into the gradient of the losses' sum over `worth`, by the
    /// outputs.
    fn differentiate(&self, predictions: &mut [f32], targets: Targets<'_>, worth: f64) {
        let scale = if worth > 0.0 { (1.0 / worth) as f32 } else { 0.0 };
        match (targets, self.is_over_classes()) {
            (Targets::Classes(classes), true) => softmax::differentiate(self, predictions, classes, scale),
            _ => elementwise::differentiate(self, predictions, targets, scale),
        }
    }

    /// Turns rows of predictions into probabilities that add up to 1; what is largest stays so.
    pub(in crate::engine) fn probabilities(&self, predictions: &mut [f32]) {
        if self.is_over_classes() {
            return;
        }
        for row in predictions.chunks_exact_mut(self.outputs.max(1)) {
            let sum: f32 = row.iter().map(|number| number.max(0.0)).sum();
            let even = 1.0 / row.len() as f32;
            for number in row {
                *number = if sum > 0.0 { number.max(0.0) / sum } else { even };
            }
        }
    }
}

/// This batch's share of the mean loss. `worth`: [`Objective::worth`] of the whole minibatch, so that the losses of its
/// parts add up to its mean.
///
/// # Errors
/// No memory; targets that are not the outputs'.
pub(in crate::engine) fn loss(
    objective: &Objective,
    outputs: Batch<Recording>,
    targets: Targets<'_>,
    worth: f64,
    slot: &mut Slot,
) -> Result<Scalar<Recording>, CpuError> {
    let (outputs, mut tape) = outputs.split_tape();
    let (rows, columns) = *outputs.shape();
    if objective.outputs != columns || !targets.fit(rows, columns) {
        return Err(CpuError::WrongNumElements);
    }
    let gradient = resized(&mut slot.extra, rows * columns);
    gradient.copy_from_slice(view(&outputs)?);
    let total = objective.losses(gradient, targets);
    objective.differentiate(gradient, targets, worth);
    let loss = slot.scalar(if worth > 0.0 { (total / worth) as f32 } else { 0.0 })?;
    let difference = slot.extra.clone();
    let ghost = loss.clone();
    tape.add_backward_op(move |gradients| {
        let upstream = take(gradients, &ghost)?;
        let mut dx = take(gradients, &outputs)?;
        for (dx, difference) in dx.iter_mut().zip(difference.iter()) {
            *dx = upstream[0] * difference;
        }
        give(gradients, &outputs, dx)?;
        give(gradients, &ghost, upstream)
    });
    Ok(loss.put_tape(tape))
}

/// The weighted sum of several losses. All but the last come without a tape: it is the last one's.
///
/// # Errors
/// No memory; no losses.
pub(in crate::engine) fn sum(
    earlier: Vec<(Scalar, f32)>,
    (last, weight): (Scalar<Recording>, f32),
    slot: &mut Slot,
) -> Result<Scalar<Recording>, CpuError> {
    let (last, mut tape) = last.split_tape();
    let mut losses = earlier;
    losses.push((last, weight));
    let mut total = 0.0;
    for (loss, weight) in &losses {
        total += weight * view(loss)?[0];
    }
    let total = slot.scalar(total)?;
    let ghost = total.clone();
    tape.add_backward_op(move |gradients| {
        let upstream = take(gradients, &ghost)?;
        for (loss, weight) in &losses {
            let mut gradient = take(gradients, loss)?;
            gradient[0] = weight * upstream[0];
            give(gradients, loss, gradient)?;
        }
        give(gradients, &ghost, upstream)
    });
    Ok(total.put_tape(tape))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::raw::view_mut;
    use crate::engine::tensor::{Gradients, zeros};
    use dfdx::prelude::{Backward, Trace};

    const LABELS: [u32; 3] = [1, 3, 2];
    const LOGITS: [f32; 12] = [1.0, 2.0, -1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 3.0, -9.0, 5.0, 2.9];
    const NUMBERS: [f32; 12] = [0.0, 1.0, f32::NAN, 1.0, 0.0, 0.0, 1.0, 0.3, f32::NAN, 0.0, 1.0, 1.0];

    fn logits() -> Batch {
        let mut logits = zeros(3, 4).unwrap();
        view_mut(&mut logits).unwrap().copy_from_slice(&LOGITS);
        logits
    }

    fn pure(labels: [u32; 3]) -> Vec<Class> {
        labels.map(Class::pure).to_vec()
    }

    fn objectives() -> Vec<Objective> {
        let kinds = [
            Kind::CrossEntropy { smoothing: 0.0 },
            Kind::CrossEntropy { smoothing: 0.3 },
            Kind::Focal { gamma: 2.0 },
            Kind::Focal { gamma: 0.5 },
            Kind::BinaryCrossEntropy,
            Kind::MeanSquaredError,
            Kind::Huber { delta: 1.0 },
            Kind::Huber { delta: 2.5 },
        ];
        let weights = [vec![1.0; 4], vec![0.5, 2.0, 1.0, 3.0]];
        let objective = |kind| weights.clone().map(|weights| Objective { kind, outputs: 4, weights });
        kinds.into_iter().flat_map(objective).collect()
    }

    /// The loss of one output by its definition.
    fn of_output(kind: Kind, y: f64, t: f64) -> f64 {
        match kind {
            Kind::BinaryCrossEntropy => (1.0 + y.exp()).ln() - t * y,
            Kind::MeanSquaredError => (y - t).powi(2),
            Kind::Huber { delta } => {
                let (delta, d) = (f64::from(delta), (y - t).abs());
                if d <= delta { d * d / 2.0 } else { delta * (d - delta / 2.0) }
            }
            Kind::CrossEntropy { .. } | Kind::Focal { .. } => panic!("{kind:?} is of rows"),
        }
    }

    /// The mean loss by its definition, in f64.
    fn exact(objective: &Objective, logits: &[f32], targets: Targets<'_>) -> f64 {
        let weights: Vec<f64> = objective.weights.iter().map(|weight| f64::from(*weight)).collect();
        let (mut total, mut worth) = (0.0, 0.0);
        for (place, row) in logits.chunks_exact(4).enumerate() {
            let row: Vec<f64> = row.iter().map(|logit| f64::from(*logit)).collect();
            let sum: f64 = row.iter().map(|logit| logit.exp()).sum();
            let p: Vec<f64> = row.iter().map(|logit| logit.exp() / sum).collect();
            let parts: Vec<(usize, f64)> = match targets {
                Targets::Numbers(numbers) => {
                    for (y, t) in row.iter().zip(&numbers[place * 4..]).filter(|(_, t)| !t.is_nan()) {
                        total += of_output(objective.kind, *y, f64::from(*t));
                        worth += 1.0;
                    }
                    continue;
                }
                Targets::Classes(classes) => {
                    let Class { label, partner, share } = classes[place];
                    let share = f64::from(share);
                    let all = [(label, share), (partner, 1.0 - share)];
                    all.into_iter().filter(|(label, _)| *label != ABSENT).map(|(l, part)| (l as usize, part)).collect()
                }
            };
            let weight: f64 = parts.iter().map(|(label, part)| part * weights[*label]).sum();
            worth += weight;
            for (label, part) in &parts {
                let surprise = -p[*label].ln() * weights[*label] * part;
                total += match objective.kind {
                    Kind::CrossEntropy { smoothing } => {
                        let smoothing = f64::from(smoothing);
                        let spread: f64 = p.iter().zip(&weights).map(|(p, weight)| -weight * p.ln()).sum();
                        (1.0 - smoothing) * surprise + smoothing / 4.0 * spread * part
                    }
                    Kind::Focal { gamma } => surprise * (1.0 - p[*label]).powf(f64::from(gamma)),
                    _ => 0.0,
                };
            }
            if !objective.is_over_classes() {
                let target = |k: usize| parts.iter().filter(|(label, _)| *label == k).map(|(_, part)| part).sum();
                total += weight * (0..4).map(|k| of_output(objective.kind, row[k], target(k))).sum::<f64>() / 4.0;
            }
        }
        total / worth
    }

    #[test]
    fn losses_and_gradients_agree_with_the_definitions() {
        let mixed = [
            Class { label: 1, partner: 3, share: 0.75 },
            Class { label: ABSENT, partner: ABSENT, share: 1.0 },
            Class { label: 2, partner: 2, share: 0.25 },
        ];
        for objective in objectives() {
            let pure = pure(LABELS);
            let mut all = vec![Targets::Classes(&pure), Targets::Classes(&mixed)];
            if !objective.is_over_classes() {
                all.push(Targets::Numbers(&NUMBERS));
            }
            for targets in all {
                let x = logits();
                let traced = x.clone().traced(Gradients::leaky());
                let loss = loss(&objective, traced, targets, objective.worth(targets), &mut Slot::default()).unwrap();
                let found = f64::from(view(&loss).unwrap()[0]);
                let expected = exact(&objective, &LOGITS, targets);
                assert!((found - expected).abs() < 1e-5, "{objective:?} {targets:?}: {found} is not {expected}");
                let mut gradients = loss.try_backward().unwrap();
                for (place, found) in take(&mut gradients, &x).unwrap().iter().enumerate() {
                    let mut moved = LOGITS;
                    moved[place] += 1e-2;
                    let above = exact(&objective, &moved, targets);
                    moved[place] -= 2e-2;
                    let slope = (above - exact(&objective, &moved, targets)) / 2e-2;
                    let fits = (f64::from(*found) - slope).abs() < 1e-3;
                    assert!(fits, "{objective:?} {targets:?} {place}: {found} is not {slope}");
                }
            }
        }
    }

    #[test]
    fn probabilities_add_up_to_one_and_a_hopeless_label_is_not_hidden() {
        let classes = pure(LABELS);
        for objective in objectives() {
            let mut rows = LOGITS;
            objective.losses(&mut rows, Targets::Classes(&classes));
            objective.probabilities(&mut rows);
            for (row, logits) in rows.chunks_exact(4).zip(LOGITS.chunks_exact(4)) {
                assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6, "{objective:?}: {row:?}");
                let largest = logits.iter().copied().fold(f32::MIN, f32::max);
                let likeliest = row.iter().copied().fold(f32::MIN, f32::max);
                let at = logits.iter().position(|logit| *logit == largest).unwrap();
                assert_eq!(row[at], likeliest, "{objective:?}");
            }
        }
        let plain = Objective { kind: Kind::CrossEntropy { smoothing: 0.0 }, outputs: 4, weights: vec![1.0; 4] };
        let third = [Class::pure(2)];
        assert_eq!(plain.losses(&mut [0.0, 500.0, 0.0, 0.0], Targets::Classes(&third)), 500.0);
        for kind in [Kind::Focal { gamma: 2.0 }, Kind::BinaryCrossEntropy] {
            let objective = Objective { kind, ..plain.clone() };
            for label in [1, 2] {
                let class = [Class::pure(label)];
                let mut certain = [0.0, 500.0, 0.0, 0.0];
                assert!(objective.losses(&mut certain, Targets::Classes(&class)).is_finite());
                objective.differentiate(&mut certain, Targets::Classes(&class), 1.0);
                assert!(certain.iter().all(|number| number.is_finite()), "{certain:?}");
            }
        }
    }

    #[test]
    fn a_batch_without_any_label_costs_nothing_and_teaches_nothing() {
        let absent = [Class::pure(ABSENT); 3];
        for objective in objectives() {
            let x = logits();
            let traced = x.clone().traced(Gradients::leaky());
            let loss = loss(&objective, traced, Targets::Classes(&absent), 0.0, &mut Slot::default()).unwrap();
            assert_eq!(view(&loss).unwrap(), [0.0]);
            let gradient = take(&mut loss.try_backward().unwrap(), &x).unwrap();
            assert_eq!(gradient, [0.0; 12], "{objective:?}");
        }
    }

    #[test]
    fn several_losses_add_up_with_their_weights() {
        let (x, y) = (logits(), logits());
        let objective = &objectives()[0];
        let classes = pure(LABELS);
        let targets = Targets::Classes(&classes);
        let mut slots: [Slot; 3] = Default::default();
        let [first, second, total] = &mut slots;
        let one = loss(objective, x.clone().traced(Gradients::leaky()), targets, 3.0, first).unwrap();
        let (one, tape) = one.split_tape();
        let two = loss(objective, y.clone().put_tape(tape), targets, 3.0, second).unwrap();
        let single = view(&one).unwrap()[0];
        let both = sum(vec![(one, 2.0)], (two, 0.5), total).unwrap();
        assert!((view(&both).unwrap()[0] - 2.5 * single).abs() < 1e-6);
        let mut gradients = both.try_backward().unwrap();
        let (dx, dy) = (take(&mut gradients, &x).unwrap(), take(&mut gradients, &y).unwrap());
        assert!(dx.iter().zip(&dy).all(|(dx, dy)| (dx - 4.0 * dy).abs() < 1e-6), "{dx:?} {dy:?}");
    }

    #[test]
    fn a_label_beyond_the_classes_is_an_error() {
        let x = logits().traced(Gradients::leaky());
        let classes = pure([0, 1, 4]);
        assert!(loss(&objectives()[0], x, Targets::Classes(&classes), 3.0, &mut Slot::default()).is_err());
        let x = logits().traced(Gradients::leaky());
        assert!(loss(&objectives()[8], x, Targets::Numbers(&[0.0; 11]), 3.0, &mut Slot::default()).is_err());
    }
}
