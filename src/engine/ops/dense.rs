//! A fully connected layer: activation(x · W + b).
//!
//! The backward pass does not multiply out the gradient of the weights, the largest tensor of all. It leaves the two
//! matrices that it is the product of ([`Factors`]), and the optimizer makes the product piece by piece, over all parts
//! of the minibatch, while the weights that it moves lie in the cache.

use std::ops::Range;

use dfdx::prelude::{Cpu, CpuError, HasShape, PutTape, SplitTape, Tape};

use super::Parameters;
use crate::domain::experiment::Activation;
use crate::engine::kernels::{activation, add_rows, repeat};
use crate::engine::raw::{Matrix, Write, multiply, view, view_mut};
use crate::engine::tensor::{Batch, Gradients, InputGradient, Slot, give, resized, take};

/// The sizes of a fully connected layer.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Dense {
    /// Numbers in.
    pub(in crate::engine) inputs: usize,
    /// Numbers out.
    pub(in crate::engine) outputs: usize,
    /// What is made of them; `None` for the last layer.
    pub(in crate::engine) activation: Option<Activation>,
}

/// What the gradient of a layer's weights is the product of.
#[derive(Debug)]
pub(in crate::engine) struct Factors {
    layer: Dense,
    /// What the layer got: examples × inputs.
    x: Batch,
    /// By the sums, before the activation: examples × outputs.
    dz: Vec<f32>,
}

impl Factors {
    /// What the backward pass left of a layer, and the gradient of its output, which the factors hold until they are
    /// [given back](Self::give).
    ///
    /// # Errors
    /// Nothing was recorded.
    pub(in crate::engine) fn take(layer: Dense, slot: &mut Slot, gradients: &mut Gradients) -> Result<Self, CpuError> {
        let (Some(x), Some(y)) = (slot.input.take(), slot.output()) else { return Err(CpuError::WrongNumElements) };
        let dz = take(gradients, y)?;
        Ok(Self { layer, x, dz })
    }

    /// Returns what [`Self::take`] took, so that its memory is used again.
    pub(in crate::engine) fn give(self, slot: &Slot, gradients: &mut Gradients) -> Result<(), CpuError> {
        let y = slot.output().ok_or(CpuError::WrongNumElements)?;
        give(gradients, y, self.dz)
    }

    /// Numbers in a row of the weights.
    pub(in crate::engine) fn row(&self) -> usize {
        self.layer.outputs
    }

    /// The gradient of some rows of the weights, in place of what `out` holds or on top of it.
    ///
    /// # Errors
    /// Sizes that do not match.
    pub(in crate::engine) fn multiply(
        &self,
        rows: Range<usize>,
        out: &mut [f32],
        write: Write,
    ) -> Result<(), CpuError> {
        let Dense { inputs, outputs, .. } = self.layer;
        let x = view(&self.x)?.get(rows.start..).ok_or(CpuError::WrongNumElements)?;
        let examples = self.dz.len() / outputs.max(1);
        let sizes = (rows.len(), examples, outputs);
        multiply(sizes, Matrix::rows(x, inputs).transposed(), Matrix::rows(&self.dz, outputs), out, write)
    }
}

/// Applies a fully connected layer. Weights are `inputs` × `outputs`. Of what is learned, the backward pass leaves the
/// gradient of the bias, and that of the weights as [`Factors`].
///
/// # Errors
/// Sizes that do not match; no memory.
pub(in crate::engine) fn dense<T: Tape<f32, Cpu>>(
    layer: Dense,
    x: Batch<T>,
    parameters: Parameters<'_>,
    input_gradient: InputGradient,
    slot: &mut Slot,
) -> Result<Batch<T>, CpuError> {
    let Dense { inputs, outputs, activation } = layer;
    let (x, mut tape) = x.split_tape();
    let rows = x.shape().0;
    let recorded = input_gradient.recorded::<T>(parameters.learned);
    let mut y = slot.take(rows, outputs)?;
    {
        let y = view_mut(&mut y)?;
        repeat(y, view(parameters.bias)?);
        let (x, weights) = (Matrix::rows(view(&x)?, inputs), Matrix::rows(view(parameters.weights)?, outputs));
        multiply((rows, inputs, outputs), x, weights, y, Write::Add)?;
        if let Some(activation) = activation {
            if recorded && activation::needs_input(activation) {
                resized(&mut slot.extra, y.len()).copy_from_slice(y);
            }
            activation::apply(activation, y);
        }
    }
    let y = slot.keep(y);
    if recorded {
        let (weights, bias, learned) = (parameters.weights.clone(), parameters.bias.clone(), parameters.learned);
        slot.input = learned.then(|| x.clone());
        let (y, before) = (y.clone(), slot.extra.clone());
        tape.add_backward_op(move |gradients| {
            let mut dz = take(gradients, &y)?;
            if let Some(activation) = activation {
                let at = if activation::needs_input(activation) { &before[..] } else { view(&y)? };
                activation::multiply_by_derivative(activation, &mut dz, at);
            }
            let dz_rows = Matrix::rows(&dz, outputs);
            if learned {
                let mut db = take(gradients, &bias)?;
                db.fill(0.0);
                add_rows(&mut db, &dz);
                give(gradients, &bias, db)?;
            }
            if let Some(write) = input_gradient.write() {
                let mut dx = take(gradients, &x)?;
                let weights = Matrix::rows(view(&weights)?, outputs).transposed();
                multiply((rows, outputs, inputs), dz_rows, weights, &mut dx, write)?;
                give(gradients, &x, dx)?;
            }
            give(gradients, &y, dz)
        });
    }
    Ok(y.put_tape(tape))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ops::check::{ALL_ACTIVATIONS, Case, Operator, check};
    use crate::engine::tensor::Flat;

    impl Operator for Dense {
        fn apply<T: Tape<f32, Cpu>>(&self, case: Case<'_, T>) -> Result<Batch<T>, CpuError> {
            let parameters =
                Parameters { weights: &case.parameters[0], bias: &case.parameters[1], learned: case.learned };
            dense(*self, case.x, parameters, case.input_gradient, case.slot)
        }

        fn finish(&self, parameters: &[Flat], slot: &mut Slot, gradients: &mut Gradients) -> Result<(), CpuError> {
            let factors = Factors::take(*self, slot, gradients)?;
            let mut dw = take(gradients, &parameters[0])?;
            // In two pieces, as the optimizer does it.
            let (first, second) = dw.split_at_mut(3 * self.outputs);
            factors.multiply(0..3, first, Write::Replace)?;
            factors.multiply(3..self.inputs, second, Write::Replace)?;
            factors.give(slot, gradients)?;
            give(gradients, &parameters[0], dw)
        }
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        for activation in ALL_ACTIVATIONS.into_iter().map(Some).chain([None]) {
            check(&Dense { inputs: 7, outputs: 5, activation }, (4, 7), &[35, 5]);
        }
    }
}
