//! A convolutional layer: pool(activation(x ∗ W + b)), image by image.

use std::ops::Range;

use dfdx::prelude::{Cpu, CpuError, HasShape, PutTape, SplitTape, Tape};

use super::{Parameters, Pooling};
use crate::domain::experiment::Activation;
use crate::engine::kernels::convolution::{self as kernel, Geometry};
use crate::engine::kernels::pooling::{gather, pool_average, pool_largest, share, spread};
use crate::engine::kernels::{activation, add_rows, put, scratch, vectorized};
use crate::engine::raw::{Write, view, view_mut};
use crate::engine::tensor::{Batch, InputGradient, Slot, give, resized, take};

/// The sizes of a convolutional layer, and what follows the convolution.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Convolution {
    /// The convolution.
    pub(in crate::engine) geometry: Geometry,
    /// What is made of its results; `None` where a normalization comes first.
    pub(in crate::engine) activation: Option<Activation>,
    /// What each 2×2 activations become, if they are pooled. An odd last row or column is left out.
    pub(in crate::engine) pooling: Option<Pooling>,
}

impl Convolution {
    /// Rows and columns of the output.
    pub(in crate::engine) fn output_size(&self) -> (usize, usize) {
        let Geometry { height, width, .. } = self.geometry;
        if self.pooling.is_some() { (height / 2, width / 2) } else { (height, width) }
    }

    /// Numbers in the output of one example.
    pub(in crate::engine) fn output(&self) -> usize {
        let (height, width) = self.output_size();
        height * width * self.geometry.outputs
    }

    /// Numbers in one row of the output.
    fn output_row(&self) -> usize {
        self.output_size().1 * self.geometry.outputs
    }

    /// Numbers in one row of results, before pooling.
    fn results_row(&self) -> usize {
        self.geometry.width * self.geometry.outputs
    }

    /// Numbers that the backward pass needs to know of one example beside its output, to differentiate the activation.
    fn beside(&self) -> usize {
        match (self.activation, self.pooling) {
            (None, _) => 0,
            (Some(_), Some(Pooling::Average)) => 2 * self.output_size().0 * self.results_row(),
            (Some(activation), _) => {
                if activation::needs_input(activation) {
                    self.output()
                } else {
                    0
                }
            }
        }
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
    if columns != layer.geometry.image() || layer.output() == 0 {
        return Err(CpuError::WrongNumElements);
    }
    let recorded = input_gradient.recorded::<T>(parameters.learned);
    let mut y = slot.take(rows, layer.output())?;
    let extra = resized(&mut slot.extra, if recorded { rows * layer.beside() } else { 0 });
    let places = resized(&mut slot.places, if layer.pooling == Some(Pooling::Max) { rows * layer.output() } else { 0 });
    let (weights, bias) = (view(parameters.weights)?, view(parameters.bias)?);
    forward(layer, view(&x)?, (weights, bias), view_mut(&mut y)?, extra, places);
    let y = slot.keep(y);
    if recorded {
        let (weights, bias, learned) = (parameters.weights.clone(), parameters.bias.clone(), parameters.learned);
        let (y, extra, places) = (y.clone(), slot.extra.clone(), slot.places.clone());
        tape.add_backward_op(move |gradients| {
            let mut dy = take(gradients, &y)?;
            if let Some(activation) = layer.activation.filter(|_| layer.pooling != Some(Pooling::Average)) {
                let at = if activation::needs_input(activation) { &extra[..] } else { view(&y)? };
                activation::multiply_by_derivative(activation, &mut dy, at);
            }
            let mut dx = input_gradient.write().map(|_| take(gradients, &x)).transpose()?;
            let mut own = learned.then(|| Ok((take(gradients, &weights)?, take(gradients, &bias)?))).transpose()?;
            backward(
                layer,
                (view(&x)?, view(&weights)?),
                Upstream { dy: &dy, extra: &extra, places: &places },
                dx.as_deref_mut().zip(input_gradient.write()),
                own.as_mut().map(|(dw, db)| (&mut dw[..], &mut db[..])),
            );
            if let Some(dx) = dx {
                give(gradients, &x, dx)?;
            }
            if let Some((dw, db)) = own {
                give(gradients, &weights, dw)?;
                give(gradients, &bias, db)?;
            }
            give(gradients, &y, dy)
        });
    }
    Ok(y.put_tape(tape))
}

/// All images of a batch. `extra`, where it is not empty, gets what [`Convolution::beside`] counts.
fn forward(
    layer: Convolution,
    x: &[f32],
    (weights, bias): (&[f32], &[f32]),
    y: &mut [f32],
    extra: &mut [f32],
    places: &mut [u8],
) {
    let g = layer.geometry;
    let (wide, channels) = (g.wide_outputs(), g.outputs);
    let line = g.width * wide;
    let taps = g.kernel * g.kernel * g.inputs;
    let lengths = [g.bordered(g.inputs), taps * wide, wide, 2 * line, 2 * line];
    scratch::lend(lengths, |[image, wide_weights, wide_bias, results, activated]| {
        image.fill(0.0);
        g.widen_weights(weights, wide_weights);
        kernel::widen(bias, channels, wide_bias, wide);
        for (example, (x, y)) in x.chunks_exact(g.image()).zip(y.chunks_exact_mut(layer.output())).enumerate() {
            g.put_image(x, image);
            for (row, y) in y.chunks_exact_mut(layer.output_row()).enumerate() {
                let at = example * layer.output() + row * layer.output_row();
                let at = at..at + y.len();
                match layer.pooling {
                    None => {
                        g.forward_row(image, wide_weights, wide_bias, row, &mut results[..line]);
                        kernel::narrow(&results[..line], wide, y, channels);
                        activate(layer.activation, y, extra.get_mut(at));
                    }
                    Some(pooling) => {
                        g.forward_row(image, wide_weights, wide_bias, 2 * row, &mut results[..line]);
                        g.forward_row(image, wide_weights, wide_bias, 2 * row + 1, &mut results[line..]);
                        match pooling {
                            Pooling::Max => {
                                let extra = extra.get_mut(at.clone());
                                pool_max(layer, results, activated, y, extra, &mut places[at]);
                            }
                            Pooling::Average => {
                                let pixels = &mut activated[..2 * layer.results_row()];
                                kernel::narrow(results, wide, pixels, channels);
                                activate(layer.activation, pixels, extra.get_mut(beside_rows(layer, example, row)));
                                pool_average(pixels.split_at(layer.results_row()), channels, y);
                            }
                        }
                    }
                }
            }
        }
    });
}

/// Where the two rows of results under a row of the output lie among the numbers beside the output.
fn beside_rows(layer: Convolution, example: usize, row: usize) -> Range<usize> {
    let at = example * layer.beside() + row * 2 * layer.results_row();
    at..at + 2 * layer.results_row()
}

/// Applies an activation, and keeps the numbers at which its derivative is known.
fn activate(activation: Option<Activation>, numbers: &mut [f32], keep: Option<&mut [f32]>) {
    let Some(activation) = activation else { return };
    match keep {
        Some(keep) if activation::needs_input(activation) => {
            keep.copy_from_slice(numbers);
            activation::apply(activation, numbers);
        }
        Some(keep) => {
            activation::apply(activation, numbers);
            keep.copy_from_slice(numbers);
        }
        None => activation::apply(activation, numbers),
    }
}

/// Activation and pooling of two rows of results.
fn pool_max(
    layer: Convolution,
    results: &[f32],
    activated: &mut [f32],
    y: &mut [f32],
    extra: Option<&mut [f32]>,
    places: &mut [u8],
) {
    let (wide, channels) = (layer.geometry.wide_outputs(), layer.geometry.outputs);
    let rows = results.split_at(layer.geometry.width * wide);
    match layer.activation {
        Some(activation) if !activation::is_monotonic(activation) => {
            activated.copy_from_slice(results);
            activation::apply(activation, activated);
            pool_largest(activated.split_at(rows.0.len()), wide, channels, y, places);
            if let Some(extra) = extra {
                gather(rows, wide, channels, places, extra);
            }
        }
        // The largest activation is that of the largest result: a quarter of the work is left.
        activation => {
            pool_largest(rows, wide, channels, y, places);
            activate(activation, y, extra);
        }
    }
}

/// What the backward pass knows of the output.
#[derive(Clone, Copy)]
struct Upstream<'a> {
    /// The gradient: of the results at `places`, or of all; of the output, where it holds averages.
    dy: &'a [f32],
    extra: &'a [f32],
    places: &'a [u8],
}

/// The gradients of all images of a batch: of the input, and of weights and bias.
fn backward(
    layer: Convolution,
    (x, weights): (&[f32], &[f32]),
    Upstream { dy, extra, places }: Upstream<'_>,
    mut dx: Option<(&mut [f32], Write)>,
    own: Option<(&mut [f32], &mut [f32])>,
) {
    let g = layer.geometry;
    let (wide, wide_inputs, channels) = (g.wide_outputs(), g.wide_inputs(), g.outputs);
    let taps = g.kernel * g.kernel;
    let average = layer.pooling == Some(Pooling::Average);
    let lengths = [
        g.bordered(wide),
        g.bordered(g.inputs),
        taps * g.inputs * wide,
        if dx.is_some() { taps * wide * wide_inputs } else { 0 },
        g.width * wide_inputs,
        if average { 2 * layer.results_row() } else { 0 },
        channels,
    ];
    scratch::lend(lengths, |[gradient, image, weight_gradient, turned, line, pixels, bias_gradient]| {
        // Borders, padding channels and what pooling leaves out stay zero for all images.
        for zeros in [&mut *gradient, image, weight_gradient, pixels, bias_gradient] {
            zeros.fill(0.0);
        }
        if dx.is_some() {
            g.turn_weights(weights, turned);
        }
        if !average {
            add_rows(bias_gradient, dy);
        }
        for (example, (x, dy)) in x.chunks_exact(g.image()).zip(dy.chunks_exact(layer.output())).enumerate() {
            for (row, dy) in dy.chunks_exact(layer.output_row()).enumerate() {
                match layer.pooling {
                    None => kernel::widen(dy, channels, g.gradient_row(gradient, row), wide),
                    Some(Pooling::Max) => {
                        let at = example * layer.output() + row * layer.output_row();
                        let places = &places[at..at + layer.output_row()];
                        spread(dy, places, wide, channels, g.gradient_rows(gradient, 2 * row));
                    }
                    Some(Pooling::Average) => {
                        share(dy, channels, pixels.split_at_mut(layer.results_row()));
                        if let Some(activation) = layer.activation {
                            let at = &extra[beside_rows(layer, example, row)];
                            activation::multiply_by_derivative(activation, pixels, at);
                        }
                        add_rows(bias_gradient, pixels);
                        let (above, below) = g.gradient_rows(gradient, 2 * row);
                        kernel::widen(&pixels[..layer.results_row()], channels, above, wide);
                        kernel::widen(&pixels[layer.results_row()..], channels, below, wide);
                    }
                }
            }
            if own.is_some() {
                g.put_image(x, image);
                g.add_weight_gradient(image, gradient, weight_gradient);
            }
            if let Some((dx, write)) = &mut dx {
                let dx = &mut dx[example * g.image()..(example + 1) * g.image()];
                for (row, dx) in dx.chunks_exact_mut(g.width * g.inputs).enumerate() {
                    line.fill(0.0);
                    g.backward_row(gradient, turned, row, line);
                    narrow_to(*write, line, wide_inputs, dx, g.inputs);
                }
            }
        }
        if let Some((dw, db)) = own {
            kernel::narrow(weight_gradient, wide, dw, channels);
            db.copy_from_slice(bias_gradient);
        }
    });
}

/// Writes the first `narrow` numbers of each row of `wide`.
fn narrow_to(write: Write, from: &[f32], wide: usize, to: &mut [f32], narrow: usize) {
    match write {
        Write::Replace => kernel::narrow(from, wide, to, narrow),
        Write::Add => vectorized(
            #[inline(always)]
            || {
                for (from, to) in from.chunks_exact(wide).zip(to.chunks_exact_mut(narrow)) {
                    put(Write::Add, to, from.iter().copied());
                }
            },
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ops::check::{ALL_ACTIVATIONS, Case, Operator, check};

    impl Operator for Convolution {
        fn apply<T: Tape<f32, Cpu>>(&self, case: Case<'_, T>) -> Result<Batch<T>, CpuError> {
            let parameters =
                Parameters { weights: &case.parameters[0], bias: &case.parameters[1], learned: case.learned };
            convolution(*self, case.x, parameters, case.input_gradient, case.slot)
        }
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        for (height, width, inputs, outputs, kernel) in [(4, 4, 1, 3, 3), (5, 3, 2, 9, 3), (6, 7, 3, 2, 1)] {
            let geometry = Geometry { height, width, inputs, outputs, kernel };
            for activation in ALL_ACTIVATIONS.into_iter().map(Some).chain([None]) {
                for pooling in [None, Some(Pooling::Max), Some(Pooling::Average)] {
                    let layer = Convolution { geometry, activation, pooling };
                    check(&layer, (2, geometry.image()), &[geometry.weights(), outputs]);
                }
            }
        }
        let geometry = Geometry { height: 6, width: 7, inputs: 3, outputs: 2, kernel: 5 };
        let layer = Convolution { geometry, activation: None, pooling: None };
        check(&layer, (2, geometry.image()), &[geometry.weights(), 2]);
    }
}
