//! The end of a residual block (He et al. 2016): activation(x + shortcut).

use dfdx::prelude::{Cpu, CpuError, HasShape, PutTape, SplitTape, Tape};

use crate::domain::experiment::Activation;
use crate::engine::kernels::{activation, put, vectorized};
use crate::engine::raw::{Write, view, view_mut};
use crate::engine::tensor::{Batch, InputGradient, Slot, give, resized, take};

/// Adds the shortcut to what a block has made, and applies an activation.
///
/// Of the two readers of the shortcut this one comes first in the backward pass, and is told by `shortcut_gradient` what
/// to leave for the other, which adds to it. The gradient of `x`, which nobody else reads, is replaced.
///
/// # Errors
/// Sizes that do not match; no memory.
pub(in crate::engine) fn add<T: Tape<f32, Cpu>>(
    activation: Option<Activation>,
    x: Batch<T>,
    shortcut: &Batch,
    shortcut_gradient: InputGradient,
    slot: &mut Slot,
) -> Result<Batch<T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (rows, columns) = *x.shape();
    if *shortcut.shape() != (rows, columns) {
        return Err(CpuError::WrongNumElements);
    }
    let keep = T::OWNS_TAPE && activation.is_some_and(activation::needs_input);
    let mut y = slot.take(rows, columns)?;
    let before = resized(&mut slot.extra, if keep { rows * columns } else { 0 });
    {
        let (x, shortcut, y) = (view(&x)?, view(shortcut)?, view_mut(&mut y)?);
        vectorized(
            #[inline(always)]
            || put(Write::Replace, y, x.iter().zip(shortcut).map(|(x, shortcut)| x + shortcut)),
        );
        if keep {
            before.copy_from_slice(y);
        }
        if let Some(activation) = activation {
            activation::apply(activation, y);
        }
    }
    let y = slot.keep(y);
    if T::OWNS_TAPE {
        let (shortcut, y, before) = (shortcut.clone(), y.clone(), slot.extra.clone());
        tape.add_backward_op(move |gradients| {
            let mut dz = take(gradients, &y)?;
            if let Some(activation) = activation {
                let at = if activation::needs_input(activation) { &before[..] } else { view(&y)? };
                activation::multiply_by_derivative(activation, &mut dz, at);
            }
            if let Some(write) = shortcut_gradient.write() {
                let mut of_shortcut = take(gradients, &shortcut)?;
                vectorized(
                    #[inline(always)]
                    || put(write, &mut of_shortcut, dz.iter().copied()),
                );
                give(gradients, &shortcut, of_shortcut)?;
            }
            // It is the gradient of `x` as it stands: the two change places, and nothing is copied.
            let left_over = take(gradients, &x)?;
            give(gradients, &x, dz)?;
            give(gradients, &y, left_over)
        });
    }
    Ok(y.put_tape(tape))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ops::check::ALL_ACTIVATIONS;
    use crate::engine::tensor::{Gradients, zeros};
    use dfdx::prelude::{Backward, SumTo, Trace};

    fn filled(number: f32) -> Batch {
        let mut batch = zeros(2, 3).unwrap();
        view_mut(&mut batch).unwrap().fill(number);
        batch
    }

    /// The sum of all outputs, the gradient of x, and that of the shortcut, where 5 stood before.
    fn apply(activation: Option<Activation>, x: f32, gradient: InputGradient) -> (f32, f32, f32) {
        let (x, shortcut) = (filled(x), filled(0.25));
        let mut gradients = Gradients::leaky();
        give(&mut gradients, &shortcut, vec![5.0; 6]).unwrap();
        let y = add(activation, x.clone().traced(gradients), &shortcut, gradient, &mut Slot::default()).unwrap();
        let sum = view(&y).unwrap().iter().sum();
        let mut gradients = y.sum::<dfdx::prelude::Rank0, _>().backward();
        let of = |gradient: Vec<f32>| {
            assert_eq!(gradient, [gradient[0]; 6]);
            gradient[0]
        };
        (sum, of(take(&mut gradients, &x).unwrap()), of(take(&mut gradients, &shortcut).unwrap()))
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        for activation in ALL_ACTIVATIONS.into_iter().map(Some).chain([None]) {
            for x in [-1.0, 0.4] {
                let (_, of_x, of_shortcut) = apply(activation, x, InputGradient::Replace);
                let h = 1e-2;
                let value = |x: f32| apply(activation, x, InputGradient::None).0 / 6.0;
                let slope = (value(x + h) - value(x - h)) / (2.0 * h);
                assert!((of_x - slope).abs() < 1e-3, "{activation:?} at {x}: {of_x} is not {slope}");
                assert_eq!(of_shortcut, of_x);
                assert_eq!(apply(activation, x, InputGradient::Add).2, 5.0 + of_x);
                assert_eq!(apply(activation, x, InputGradient::None).2, 5.0);
            }
        }
    }

    #[test]
    fn a_block_and_its_shortcut_have_one_size() {
        let x = zeros(2, 4).unwrap();
        assert!(add(None, x, &filled(1.0), InputGradient::None, &mut Slot::default()).is_err());
    }
}
