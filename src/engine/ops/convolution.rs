//! A convolutional layer: pool(activation(x ∗ W + b)), image by image.

use dfdx::prelude::{Cpu, CpuError, HasShape, PutTape, SplitTape, Tape};

use super::Parameters;
use crate::domain::experiment::Activation;
use crate::engine::kernels::convolution::{self as kernel, Geometry};
use crate::engine::kernels::{activation, add_rows, scratch};
use crate::engine::raw::{view, view_mut};
use crate::engine::tensor::{Batch, InputGradient, Slot, give, resized, take};

/// The sizes of a convolutional layer, and what follows the convolution.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Convolution {
    /// The convolution.
    pub(in crate::engine) geometry: Geometry,
    /// What is made of its results.
    pub(in crate::engine) activation: Activation,
    /// Whether only the largest of each 2×2 results is kept. An odd last row or column is left out.
    pub(in crate::engine) pooled: bool,
}

impl Convolution {
    /// Rows and columns of the output.
    pub(in crate::engine) fn output_size(&self) -> (usize, usize) {
        let Geometry { height, width, .. } = self.geometry;
        if self.pooled { (height / 2, width / 2) } else { (height, width) }
    }

    /// Numbers in the output of one example.
    fn output(&self) -> usize {
        let (height, width) = self.output_size();
        height * width * self.geometry.outputs
    }

    /// Numbers in one row of the output.
    fn output_row(&self) -> usize {
        self.output_size().1 * self.geometry.outputs
    }
}

/// Applies a convolutional layer. Weights are kernel row × kernel column × input channel × output channel.
///
/// # Errors
/// Sizes that do not match; no memory.
pub(in crate::engine) fn convolution<T: Tape<f32, Cpu>>(
    layer: Convolution,
    x: Batch<T>,
    parameters: Parameters<'_>,
    input_gradient: InputGradient,
    slot: &mut Slot,
) -> Result<Batch<T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (rows, columns) = *x.shape();
    if columns != layer.geometry.image() {
        return Err(CpuError::WrongNumElements);
    }
    let mut y = slot.take(rows, layer.output())?;
    let before = T::OWNS_TAPE && activation::needs_input(layer.activation);
    let extra = resized(&mut slot.extra, if before { rows * layer.output() } else { 0 });
    let places = resized(&mut slot.places, if layer.pooled { rows * layer.output() } else { 0 });
    let (weights, bias) = (view(parameters.weights)?, view(parameters.bias)?);
    forward(layer, view(&x)?, (weights, bias), view_mut(&mut y)?, extra, places);
    let y = slot.keep(y);
    if T::OWNS_TAPE {
        let (weights, bias, learned) = (parameters.weights.clone(), parameters.bias.clone(), parameters.learned);
        let (y, extra, places) = (y.clone(), slot.extra.clone(), slot.places.clone());
        tape.add_backward_op(move |gradients| {
            let mut dy = take(gradients, &y)?;
            let at = if activation::needs_input(layer.activation) { &extra[..] } else { view(&y)? };
            activation::multiply_by_derivative(layer.activation, &mut dy, at);
            let mut dx = input_gradient.write().map(|_| take(gradients, &x)).transpose()?;
            let mut dw = learned.then(|| take(gradients, &weights)).transpose()?;
            backward(layer, view(&x)?, view(&weights)?, (&dy, &places), dx.as_deref_mut(), dw.as_deref_mut());
            if let Some(dx) = dx {
                give(gradients, &x, dx)?;
            }
            if let Some(dw) = dw {
                give(gradients, &weights, dw)?;
                let mut db = take(gradients, &bias)?;
                db.fill(0.0);
                add_rows(&mut db, &dy);
                give(gradients, &bias, db)?;
            }
            give(gradients, &y, dy)
        });
    }
    Ok(y.put_tape(tape))
}

/// All images of a batch. `before`, where it is not empty, gets what went into the activation of each output.
fn forward(
    layer: Convolution,
    x: &[f32],
    (weights, bias): (&[f32], &[f32]),
    y: &mut [f32],
    before: &mut [f32],
    places: &mut [u8],
) {
    let g = layer.geometry;
    let (wide, channels) = (g.wide_outputs(), g.outputs);
    let (line, out_line) = (g.width * wide, layer.output_row());
    let taps = g.kernel * g.kernel * g.inputs;
    let lengths = [g.bordered(g.inputs), taps * wide, wide, 2 * line, 2 * line];
    scratch::lend(lengths, |[image, wide_weights, wide_bias, results, activated]| {
        image.fill(0.0);
        g.widen_weights(weights, wide_weights);
        kernel::widen(bias, channels, wide_bias, wide);
        for (example, (x, y)) in x.chunks_exact(g.image()).zip(y.chunks_exact_mut(layer.output())).enumerate() {
            g.put_image(x, image);
            for (row, y) in y.chunks_exact_mut(out_line).enumerate() {
                let at = example * layer.output() + row * out_line;
                if !layer.pooled {
                    g.forward_row(image, wide_weights, wide_bias, row, &mut results[..line]);
                    kernel::narrow(&results[..line], wide, y, channels);
                    if !before.is_empty() {
                        before[at..at + out_line].copy_from_slice(y);
                    }
                    activation::apply(layer.activation, y);
                    continue;
                }
                g.forward_row(image, wide_weights, wide_bias, 2 * row, &mut results[..line]);
                g.forward_row(image, wide_weights, wide_bias, 2 * row + 1, &mut results[line..]);
                let places = &mut places[at..at + out_line];
                if activation::is_monotonic(layer.activation) {
                    // The largest activation is that of the largest result: a quarter of the work is left.
                    kernel::pool_largest(results.split_at(line), wide, channels, y, places);
                    activation::apply(layer.activation, y);
                } else {
                    activated.copy_from_slice(results);
                    activation::apply(layer.activation, activated);
                    kernel::pool_largest(activated.split_at(line), wide, channels, y, places);
                    if !before.is_empty() {
                        let before = &mut before[at..at + out_line];
                        kernel::gather(results.split_at(line), wide, channels, places, before);
                    }
                }
            }
        }
    });
}

/// The gradients of all images of a batch, from that of the results before pooling and activation, which `dz` holds for
/// the pixels at `places`.
fn backward(
    layer: Convolution,
    x: &[f32],
    weights: &[f32],
    (dz, places): (&[f32], &[u8]),
    mut dx: Option<&mut [f32]>,
    dw: Option<&mut [f32]>,
) {
    let g = layer.geometry;
    let (wide, wide_inputs, channels) = (g.wide_outputs(), g.wide_inputs(), g.outputs);
    let taps = g.kernel * g.kernel;
    let lengths = [
        g.bordered(wide),
        g.bordered(g.inputs),
        taps * g.inputs * wide,
        if dx.is_some() { taps * wide * wide_inputs } else { 0 },
        g.width * wide_inputs,
    ];
    scratch::lend(lengths, |[gradient, image, weight_gradient, turned, line]| {
        // Borders, padding channels and what pooling leaves out stay zero for all images.
        gradient.fill(0.0);
        image.fill(0.0);
        weight_gradient.fill(0.0);
        if dx.is_some() {
            g.turn_weights(weights, turned);
        }
        for (example, (x, dz)) in x.chunks_exact(g.image()).zip(dz.chunks_exact(layer.output())).enumerate() {
            for (row, dz) in dz.chunks_exact(layer.output_row()).enumerate() {
                if layer.pooled {
                    let at = example * layer.output() + row * layer.output_row();
                    let places = &places[at..at + layer.output_row()];
                    kernel::spread(dz, places, wide, channels, g.gradient_rows(gradient, 2 * row));
                } else {
                    kernel::widen(dz, channels, g.gradient_row(gradient, row), wide);
                }
            }
            if dw.is_some() {
                g.put_image(x, image);
                g.add_weight_gradient(image, gradient, weight_gradient);
            }
            if let Some(dx) = &mut dx {
                let length = g.width * g.inputs;
                let dx = &mut dx[example * g.image()..(example + 1) * g.image()];
                for (row, dx) in dx.chunks_exact_mut(length).enumerate() {
                    line.fill(0.0);
                    g.backward_row(gradient, turned, row, line);
                    kernel::narrow(line, wide_inputs, dx, g.inputs);
                }
            }
        }
        if let Some(dw) = dw {
            kernel::narrow(weight_gradient, wide, dw, channels);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ops::check::{ALL_ACTIVATIONS, Operator, check};

    #[test]
    fn gradients_agree_with_finite_differences() {
        for (height, width, inputs, outputs, kernel) in [(4, 4, 1, 3, 3), (5, 3, 2, 9, 3), (6, 7, 3, 2, 5)] {
            let geometry = Geometry { height, width, inputs, outputs, kernel };
            for activation in ALL_ACTIVATIONS {
                for pooled in [false, true] {
                    let layer = Convolution { geometry, activation, pooled };
                    check(&Operator {
                        input: (2, geometry.image()),
                        weights: geometry.weights(),
                        bias: outputs,
                        apply: &|x, parameters, slot| convolution(layer, x, parameters, InputGradient::Replace, slot),
                        name: format!("{layer:?}"),
                    });
                }
            }
        }
    }
}
