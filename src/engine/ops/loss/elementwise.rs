//! Losses that look at each output by itself: binary cross-entropy, squared error, Huber.

use super::{Class, Kind, Objective, Targets};
use crate::engine::kernels::math;

/// Turns outputs into predictions; gives the sum of the losses.
pub(super) fn losses(objective: &Objective, outputs: &mut [f32], targets: Targets<'_>) -> f64 {
    let mut total = 0.0;
    for_each(objective, outputs, targets, |output, target, weight| {
        if weight > 0.0 {
            total += f64::from(weight * of_output(objective.kind, *output, target));
        }
        if objective.kind == Kind::BinaryCrossEntropy {
            *output = math::sigmoid(*output);
        }
    });
    total
}

/// Turns predictions into the gradient of the losses' sum times `scale`, by the outputs.
pub(super) fn differentiate(objective: &Objective, predictions: &mut [f32], targets: Targets<'_>, scale: f32) {
    for_each(objective, predictions, targets, |number, target, weight| {
        let difference = *number - target;
        let slope = match objective.kind {
            Kind::MeanSquaredError => 2.0 * difference,
            Kind::Huber { delta } => difference.clamp(-delta, delta),
            _ => difference,
        };
        *number = if weight > 0.0 { scale * weight * slope } else { 0.0 };
    });
}

fn of_output(kind: Kind, output: f32, target: f32) -> f32 {
    let distance = (output - target).abs();
    match kind {
        Kind::MeanSquaredError => distance * distance,
        Kind::Huber { delta } if distance <= delta => 0.5 * distance * distance,
        Kind::Huber { delta } => delta * (distance - 0.5 * delta),
        // ln(1 + e^y) − t y, without overflow.
        _ => output.max(0.0) - target * output + (-output.abs()).exp().ln_1p(),
    }
}

/// Shows each number with its target and what it counts: 0 where the target is not known.
fn for_each(
    objective: &Objective,
    numbers: &mut [f32],
    targets: Targets<'_>,
    mut look: impl FnMut(&mut f32, f32, f32),
) {
    let columns = objective.outputs.max(1);
    match targets {
        Targets::Numbers(targets) => {
            for (number, target) in numbers.iter_mut().zip(targets) {
                let known = !target.is_nan();
                look(number, if known { *target } else { 0.0 }, f32::from(u8::from(known)));
            }
        }
        Targets::Classes(classes) => {
            for (row, class) in numbers.chunks_exact_mut(columns).zip(classes) {
                let weight = class.parts().map(|(label, part)| part * objective.weights[label]).sum();
                for (column, number) in row.iter_mut().enumerate() {
                    look(number, share_of(*class, column), weight);
                }
            }
        }
    }
}

/// How much of a row is of this class.
fn share_of(class: Class, column: usize) -> f32 {
    class.parts().filter(|(label, _)| *label == column).map(|(_, part)| part).sum()
}
