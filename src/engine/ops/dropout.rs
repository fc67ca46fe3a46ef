//! Dropout (Srivastava et al. 2014), inverted: what is kept is scaled up while training, so that nothing has to be scaled
//! when the network is used.

use dfdx::prelude::{Cpu, CpuError, HasShape, PutTape, SplitTape, Tape};

use crate::engine::kernels::{put, vectorized};
use crate::engine::random::Noise;
use crate::engine::raw::{view, view_mut};
use crate::engine::tensor::{Batch, InputGradient, Slot, give, resized, take};

/// What is dropped in one step.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Dropout {
    /// The share of numbers set to zero; below 1.
    pub(in crate::engine) rate: f64,
    /// Which.
    pub(in crate::engine) noise: Noise,
    /// The place of the batch's first row in the whole minibatch.
    pub(in crate::engine) first_row: usize,
}

/// Sets a share of the numbers to zero and scales up the others.
///
/// # Errors
/// No memory.
pub(in crate::engine) fn dropout<T: Tape<f32, Cpu>>(
    layer: Dropout,
    x: Batch<T>,
    input_gradient: InputGradient,
    slot: &mut Slot,
) -> Result<Batch<T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (rows, columns) = *x.shape();
    let mut y = slot.take(rows, columns)?;
    let factors = resized(&mut slot.extra, rows * columns);
    let dropped = (layer.rate * f64::from(u32::MAX)) as u32;
    let kept = (1.0 / (1.0 - layer.rate)) as f32;
    let first = (layer.first_row * columns) as u64;
    {
        let (x, y) = (view(&x)?, view_mut(&mut y)?);
        vectorized(
            #[inline(always)]
            || {
                for (place, ((y, x), factor)) in y.iter_mut().zip(x).zip(factors.iter_mut()).enumerate() {
                    *factor = if layer.noise.at(first + place as u64) < dropped { 0.0 } else { kept };
                    *y = x * *factor;
                }
            },
        );
    }
    let y = slot.keep(y);
    if let Some(write) = input_gradient.write().filter(|_| T::OWNS_TAPE) {
        let (y, factors) = (y.clone(), slot.extra.clone());
        tape.add_backward_op(move |gradients| {
            let dy = take(gradients, &y)?;
            let mut dx = take(gradients, &x)?;
            vectorized(
                #[inline(always)]
                || put(write, &mut dx, dy.iter().zip(factors.iter()).map(|(dy, factor)| dy * factor)),
            );
            give(gradients, &x, dx)?;
            give(gradients, &y, dy)
        });
    }
    Ok(y.put_tape(tape))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ops::check::{Case, Operator, check};
    use crate::engine::tensor::zeros;

    impl Operator for Dropout {
        fn apply<T: Tape<f32, Cpu>>(&self, case: Case<'_, T>) -> Result<Batch<T>, CpuError> {
            dropout(*self, case.x, case.input_gradient, case.slot)
        }
    }

    fn half(first_row: usize) -> Dropout {
        Dropout { rate: 0.5, noise: Noise::of_step(1, 2), first_row }
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        check(&half(0), (6, 5), &[]);
    }

    #[test]
    fn a_split_batch_drops_what_the_whole_one_drops_and_keeps_the_mean() {
        let ones = |rows: usize| {
            let mut batch = zeros(rows, 50).unwrap();
            view_mut(&mut batch).unwrap().fill(1.0);
            batch
        };
        let apply = |rows: usize, first: usize| {
            let dropped = dropout(half(first), ones(rows), InputGradient::None, &mut Slot::default());
            view(&dropped.unwrap()).unwrap().to_vec()
        };
        let whole = apply(40, 0);
        assert_eq!([apply(15, 0), apply(25, 15)].concat(), whole);
        assert!(whole.iter().all(|n| *n == 0.0 || *n == 2.0));
        let mean = whole.iter().sum::<f32>() / whole.len() as f32;
        assert!((mean - 1.0).abs() < 0.1, "{mean}");
    }
}
