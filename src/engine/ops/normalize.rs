//! Batch normalization (Ioffe and Szegedy 2015): activation((x − mean) / √(variance + ε) · scale + shift), channel by
//! channel.
//!
//! In training, mean and variance are those of the rows at hand. These are a part of the minibatch, not all of it: parts
//! are worked on side by side, and waiting for each other in every layer would cost more than it gains. Statistics of
//! smaller parts are noisier, which is known to generalize no worse ("ghost batch normalization", Hoffer et al. 2017).

use dfdx::prelude::{Cpu, CpuError, HasShape, PutTape, SplitTape, Tape};

use crate::domain::experiment::Activation;
use crate::engine::kernels::{activation, normalization as kernel, scratch};
use crate::engine::raw::{Write, view, view_mut};
use crate::engine::tensor::{Batch, Flat, InputGradient, Slot, give, resized, take};

/// What keeps divisors off zero; PyTorch's.
const EPSILON: f32 = 1e-5;

/// The sizes of a batch normalization, and what follows it.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Normalize {
    /// Numbers in a pixel; in a whole row, where there are no pixels.
    pub(in crate::engine) channels: usize,
    /// What is made of the result.
    pub(in crate::engine) activation: Option<Activation>,
}

/// The tensors of a batch normalization, a number for each channel.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct NormParameters<'a> {
    /// The deviation of the result; learned.
    pub(in crate::engine) scale: &'a Flat,
    /// The mean of the result; learned.
    pub(in crate::engine) shift: &'a Flat,
    /// The running mean.
    pub(in crate::engine) mean: &'a Flat,
    /// The running variance.
    pub(in crate::engine) variance: &'a Flat,
    /// Whether scale and shift are to be learned.
    pub(in crate::engine) learned: bool,
}

/// Normalizes each channel: with `training` by mean and variance of the rows at hand, which are then in
/// [`Slot::statistics`], else by the running ones.
///
/// # Errors
/// Sizes that do not match; no memory.
pub(in crate::engine) fn normalize<T: Tape<f32, Cpu>>(
    layer: Normalize,
    x: Batch<T>,
    parameters: NormParameters<'_>,
    training: bool,
    input_gradient: InputGradient,
    slot: &mut Slot,
) -> Result<Batch<T>, CpuError> {
    let Normalize { channels, activation } = layer;
    let NormParameters { scale, shift, mean, variance, learned } = parameters;
    let (x, mut tape) = x.split_tape();
    let (rows, columns) = *x.shape();
    let fits = [scale, shift, mean, variance].iter().all(|tensor| tensor.shape().0 == channels);
    if !fits || channels == 0 || columns % channels != 0 {
        return Err(CpuError::WrongNumElements);
    }
    let recorded = input_gradient.recorded::<T>(learned);
    let keep = recorded && activation.is_some_and(activation::needs_input);
    let mut y = slot.take(rows, columns)?;
    let before = resized(&mut slot.extra, if keep { rows * columns } else { 0 });
    let statistics = resized(&mut slot.statistics, if training { 2 * channels } else { 0 });
    {
        let (x, y) = (view(&x)?, view_mut(&mut y)?);
        let (mean, variance) = if training {
            let (mean, variance) = statistics.split_at_mut(channels);
            kernel::moments(x, mean, variance);
            (&*mean, &*variance)
        } else {
            (view(mean)?, view(variance)?)
        };
        scratch::lend([channels], |[factor]| {
            factor.copy_from_slice(variance);
            factor
                .iter_mut()
                .zip(view(scale)?)
                .for_each(|(factor, scale)| *factor = scale * inverse_deviation(*factor));
            kernel::scale_and_shift(x, [mean, factor, view(shift)?], y);
            Ok::<(), CpuError>(())
        })?;
        if keep {
            before.copy_from_slice(y);
        }
        if let Some(activation) = activation {
            activation::apply(activation, y);
        }
    }
    let y = slot.keep(y);
    if recorded {
        let (before, statistics) = (slot.extra.clone(), slot.statistics.clone());
        let (scale, shift, y) = (scale.clone(), shift.clone(), y.clone());
        let (mean, variance) = (mean.clone(), variance.clone());
        tape.add_backward_op(move |gradients| {
            let mut dz = take(gradients, &y)?;
            if let Some(activation) = activation {
                let at = if activation::needs_input(activation) { &before[..] } else { view(&y)? };
                activation::multiply_by_derivative(activation, &mut dz, at);
            }
            let (mean, variance) =
                if training { statistics.split_at(channels) } else { (view(&mean)?, view(&variance)?) };
            let mut dx = input_gradient.write().map(|_| take(gradients, &x)).transpose()?;
            let mut own = learned.then(|| Ok((take(gradients, &scale)?, take(gradients, &shift)?))).transpose()?;
            let forward = Forward { x: view(&x)?, scale: view(&scale)?, mean, variance, training };
            backward(
                forward,
                &dz,
                dx.as_deref_mut().zip(input_gradient.write()),
                own.as_mut().map(|(of_scale, of_shift)| (&mut of_scale[..], &mut of_shift[..])),
            );
            if let Some(dx) = dx {
                give(gradients, &x, dx)?;
            }
            if let Some((of_scale, of_shift)) = own {
                give(gradients, &scale, of_scale)?;
                give(gradients, &shift, of_shift)?;
            }
            give(gradients, &y, dz)
        });
    }
    Ok(y.put_tape(tape))
}

/// What the backward pass needs to know of the forward pass.
#[derive(Clone, Copy)]
struct Forward<'a> {
    x: &'a [f32],
    scale: &'a [f32],
    mean: &'a [f32],
    variance: &'a [f32],
    /// Whether mean and variance were made of `x`, and so have a gradient too.
    training: bool,
}

/// The gradients of the input, and of scale and shift.
fn backward(
    Forward { x, scale, mean, variance, training }: Forward<'_>,
    dz: &[f32],
    dx: Option<(&mut [f32], Write)>,
    own: Option<(&mut [f32], &mut [f32])>,
) {
    let channels = mean.len();
    let share = channels as f32 / x.len() as f32;
    scratch::lend([channels; 5], |[factor, plain, products, shift, tilt]| {
        shift.fill(0.0);
        tilt.fill(0.0);
        if training || own.is_some() {
            kernel::gradient_sums(x, dz, mean, plain, products);
        }
        for channel in 0..channels {
            let inverse = inverse_deviation(variance[channel]);
            factor[channel] = scale[channel] * inverse;
            if training {
                shift[channel] = plain[channel] * share;
                tilt[channel] = products[channel] * share * inverse * inverse;
            }
        }
        if let Some((dx, write)) = dx {
            kernel::input_gradient((x, dz), [mean, factor, shift, tilt], dx, write);
        }
        if let Some((of_scale, of_shift)) = own {
            of_shift.copy_from_slice(plain);
            for ((of_scale, product), variance) in of_scale.iter_mut().zip(products.iter()).zip(variance) {
                *of_scale = product * inverse_deviation(*variance);
            }
        }
    });
}

fn inverse_deviation(variance: f32) -> f32 {
    1.0 / (variance + EPSILON).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ops::check::{ALL_ACTIVATIONS, Case, Operator, check};
    use crate::engine::tensor::{Gradients, zeros};
    use dfdx::prelude::{Backward, SumTo, TensorFromVec, Trace};

    #[derive(Debug)]
    struct Checked {
        layer: Normalize,
        training: bool,
    }

    impl Operator for Checked {
        fn apply<T: Tape<f32, Cpu>>(&self, case: Case<'_, T>) -> Result<Batch<T>, CpuError> {
            let channels = self.layer.channels;
            let running = |first: f32| -> Flat {
                let numbers = (0..channels).map(|channel| first + 0.3 * channel as f32).collect();
                Cpu::default().tensor_from_vec(numbers, (channels,))
            };
            let parameters = NormParameters {
                scale: &case.parameters[0],
                shift: &case.parameters[1],
                mean: &running(-0.2),
                variance: &running(0.5),
                learned: case.learned,
            };
            normalize(self.layer, case.x, parameters, self.training, case.input_gradient, case.slot)
        }
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        for activation in ALL_ACTIVATIONS.into_iter().map(Some).chain([None]) {
            for training in [true, false] {
                for (rows, pixels, channels) in [(5, 1, 3), (2, 6, 2), (3, 4, 1)] {
                    let layer = Normalize { channels, activation };
                    check(&Checked { layer, training }, (rows, pixels * channels), &[channels, channels]);
                }
            }
        }
    }

    fn flat(number: f32) -> Flat {
        Cpu::default().tensor_from_vec(vec![number; 2], (2,))
    }

    #[test]
    fn statistics_of_a_training_batch_are_left_in_the_slot() {
        let layer = Normalize { channels: 2, activation: None };
        let x: Batch = Cpu::default().tensor_from_vec(vec![1.0, 10.0, 3.0, 30.0], (1, 4));
        let (scale, shift, mean, variance) = (flat(2.0), flat(5.0), flat(1.0), flat(4.0 - EPSILON));
        let parameters =
            NormParameters { scale: &scale, shift: &shift, mean: &mean, variance: &variance, learned: true };
        let mut slot = Slot::default();
        let mut apply = |training: bool| {
            let y = normalize(layer, x.clone(), parameters, training, InputGradient::None, &mut slot).unwrap();
            let statistics = slot.statistics().map(|(mean, variance)| (mean.to_vec(), variance.to_vec()));
            (view(&y).unwrap().to_vec(), statistics)
        };
        let (y, statistics) = apply(true);
        assert!((y[0] - 3.0).abs() < 1e-4 && (y[3] - 7.0).abs() < 1e-4, "{y:?}");
        assert_eq!(statistics, Some((vec![2.0, 20.0], vec![1.0, 100.0])));
        let (y, statistics) = apply(false);
        assert_eq!((y, statistics), (vec![5.0, 14.0, 7.0, 34.0], None));
    }

    #[test]
    fn a_single_row_becomes_the_shift_and_has_no_gradient() {
        let layer = Normalize { channels: 2, activation: Some(Activation::Tanh) };
        let (one, zero) = (flat(1.0), flat(0.0));
        let parameters = NormParameters { scale: &one, shift: &zero, mean: &zero, variance: &one, learned: true };
        let mut x = zeros(1, 2).unwrap();
        view_mut(&mut x).unwrap().copy_from_slice(&[3.0, -1e6]);
        let traced = x.clone().traced(Gradients::leaky());
        let y = normalize(layer, traced, parameters, true, InputGradient::Replace, &mut Slot::default()).unwrap();
        assert_eq!(view(&y).unwrap(), [0.0, 0.0]);
        let mut gradients = y.sum::<dfdx::prelude::Rank0, _>().backward();
        assert_eq!(take(&mut gradients, &x).unwrap(), [0.0, 0.0]);
    }
}
