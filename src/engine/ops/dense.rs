//! A fully connected layer: activation(x · W + b).

use dfdx::prelude::{Cpu, CpuError, HasShape, PutTape, SplitTape, Tape};

use super::Parameters;
use crate::domain::experiment::Activation;
use crate::engine::kernels::{activation, add_rows, repeat};
use crate::engine::raw::{Matrix, Write, multiply, view, view_mut};
use crate::engine::tensor::{Batch, InputGradient, Slot, give, resized, take};

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

/// Applies a fully connected layer. Weights are `inputs` × `outputs`.
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
                let mut dw = take(gradients, &weights)?;
                let x = Matrix::rows(view(&x)?, inputs).transposed();
                multiply((inputs, rows, outputs), x, dz_rows, &mut dw, Write::Replace)?;
                give(gradients, &weights, dw)?;
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

    impl Operator for Dense {
        fn apply<T: Tape<f32, Cpu>>(&self, case: Case<'_, T>) -> Result<Batch<T>, CpuError> {
            let parameters =
                Parameters { weights: &case.parameters[0], bias: &case.parameters[1], learned: case.learned };
            dense(*self, case.x, parameters, case.input_gradient, case.slot)
        }
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        for activation in ALL_ACTIVATIONS.into_iter().map(Some).chain([None]) {
            check(&Dense { inputs: 7, outputs: 5, activation }, (4, 7), &[35, 5]);
        }
    }
}
