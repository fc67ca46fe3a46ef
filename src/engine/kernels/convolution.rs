//! Convolution of one image at a time, channels last, stride 1, zeros around the border so that the size stays.
//!
//! One image and what is made of it stay in the caches from padding to pooling. Rows of results are held with their
//! channels padded to whole vectors; only where they leave the kernel are they packed.

use super::product::{Block, Steps, Walk, add_product};
use super::{lanes_for, repeat};

/// The sizes of one convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct Geometry {
    /// Rows of the image.
    pub(in crate::engine) height: usize,
    /// Columns of the image.
    pub(in crate::engine) width: usize,
    /// Channels of the image.
    pub(in crate::engine) inputs: usize,
    /// Channels of the result.
    pub(in crate::engine) outputs: usize,
    /// Side of the square kernel; odd.
    pub(in crate::engine) kernel: usize,
}

impl Geometry {
    /// Numbers in an image.
    pub(in crate::engine) fn image(&self) -> usize {
        self.height * self.width * self.inputs
    }

    /// Weights: kernel row, kernel column, input channel, output channel.
    #[cfg(test)]
    pub(in crate::engine) fn weights(&self) -> usize {
        self.kernel * self.kernel * self.inputs * self.outputs
    }

    /// Zeros on each side of the image.
    pub(in crate::engine) fn border(&self) -> usize {
        self.kernel / 2
    }

    /// Output channels with the padding to whole vectors.
    pub(in crate::engine) fn wide_outputs(&self) -> usize {
        self.outputs.next_multiple_of(lanes_for(self.outputs))
    }

    /// Input channels with the padding to whole vectors.
    pub(in crate::engine) fn wide_inputs(&self) -> usize {
        self.inputs.next_multiple_of(lanes_for(self.inputs))
    }

    /// Numbers in an image of `channels` channels with its border.
    pub(in crate::engine) fn bordered(&self, channels: usize) -> usize {
        (self.height + 2 * self.border()) * (self.width + 2 * self.border()) * channels
    }

    /// Where a row of the image begins in a bordered image of `channels` channels.
    fn row(&self, row: usize, channels: usize) -> usize {
        ((row + self.border()) * (self.width + 2 * self.border()) + self.border()) * channels
    }

    /// Copies an image into the middle of a bordered one, whose border is left as it is.
    pub(in crate::engine) fn put_image(&self, image: &[f32], bordered: &mut [f32]) {
        let length = self.width * self.inputs;
        for (row, numbers) in image.chunks_exact(length).enumerate() {
            let at = self.row(row, self.inputs);
            bordered[at..at + length].copy_from_slice(numbers);
        }
    }

    /// Weights with their output channels padded to whole vectors.
    pub(in crate::engine) fn widen_weights(&self, weights: &[f32], wide: &mut [f32]) {
        widen(weights, self.outputs, wide, self.wide_outputs());
    }

    /// Weights turned round and with inputs and outputs exchanged: convolving the output's gradient with them gives the
    /// input's gradient. The layout is kernel row, kernel column, wide output channel, wide input channel.
    pub(in crate::engine) fn turn_weights(&self, weights: &[f32], turned: &mut [f32]) {
        let (inputs, outputs) = (self.inputs, self.outputs);
        let (wide_inputs, wide_outputs) = (self.wide_inputs(), self.wide_outputs());
        turned.fill(0.0);
        let taps = self.kernel * self.kernel;
        for tap in 0..taps {
            let from = &weights[(taps - 1 - tap) * inputs * outputs..][..inputs * outputs];
            let to = &mut turned[tap * wide_outputs * wide_inputs..][..wide_outputs * wide_inputs];
            for (input, row) in from.chunks_exact(outputs).enumerate() {
                for (output, weight) in row.iter().enumerate() {
                    to[output * wide_inputs + input] = *weight;
                }
            }
        }
    }

    /// One row of the result before its activation, `width` × [`Self::wide_outputs`].
    pub(in crate::engine) fn forward_row(
        &self,
        bordered: &[f32],
        wide_weights: &[f32],
        wide_bias: &[f32],
        row: usize,
        out: &mut [f32],
    ) {
        let wide = self.wide_outputs();
        repeat(out, wide_bias);
        self.convolve_row((bordered, self.inputs), (wide_weights, wide), row, out);
    }

    /// Adds one row of the input's gradient, `width` × [`Self::wide_inputs`], from the bordered gradient of the output.
    pub(in crate::engine) fn backward_row(&self, bordered: &[f32], turned: &[f32], row: usize, out: &mut [f32]) {
        self.convolve_row((bordered, self.wide_outputs()), (turned, self.wide_inputs()), row, out);
    }

    fn convolve_row(
        &self,
        (bordered, from): (&[f32], usize),
        (weights, to): (&[f32], usize),
        row: usize,
        out: &mut [f32],
    ) {
        let line = (self.width + 2 * self.border()) * from;
        let walk = Walk {
            outer: self.kernel,
            inner: self.kernel * from,
            a: Steps { outer: line, inner: 1, row: from },
            b: Steps { outer: self.kernel * from * to, inner: to, row: 0 },
        };
        add_product(
            vector_of(to),
            walk,
            &bordered[row * line..],
            weights,
            out,
            Block { rows: self.width, columns: to, stride: to },
        );
    }

    /// Adds what one image says of the weights' gradient, with output channels padded to whole vectors.
    pub(in crate::engine) fn add_weight_gradient(&self, image: &[f32], gradient: &[f32], out: &mut [f32]) {
        let wide = self.wide_outputs();
        let columns = self.width + 2 * self.border();
        let taps = self.kernel * self.inputs;
        for kernel_row in 0..self.kernel {
            let walk = Walk {
                outer: self.height,
                inner: self.width,
                a: Steps { outer: columns * self.inputs, inner: self.inputs, row: 1 },
                b: Steps { outer: columns * wide, inner: wide, row: 0 },
            };
            add_product(
                vector_of(wide),
                walk,
                &image[kernel_row * columns * self.inputs..],
                &gradient[self.row(0, wide)..],
                &mut out[kernel_row * taps * wide..][..taps * wide],
                Block { rows: taps, columns: wide, stride: wide },
            );
        }
    }

    /// The place of a row, without its border, in the bordered gradient of the output.
    pub(in crate::engine) fn gradient_row<'a>(&self, bordered: &'a mut [f32], row: usize) -> &'a mut [f32] {
        let wide = self.wide_outputs();
        let at = self.row(row, wide);
        &mut bordered[at..at + self.width * wide]
    }

    /// The places of a row and of the next one.
    pub(in crate::engine) fn gradient_rows<'a>(
        &self,
        bordered: &'a mut [f32],
        row: usize,
    ) -> (&'a mut [f32], &'a mut [f32]) {
        let wide = self.wide_outputs();
        let (at, next) = (self.row(row, wide), self.row(row + 1, wide));
        let (above, below) = bordered[at..].split_at_mut(next - at);
        (&mut above[..self.width * wide], &mut below[..self.width * wide])
    }
}

/// The length of the vectors that rows of `wide` numbers are made of.
fn vector_of(wide: usize) -> usize {
    lanes_for(wide)
}

/// Copies rows of `narrow` numbers into rows of `wide`, with zeros behind them.
pub(in crate::engine) fn widen(from: &[f32], narrow: usize, to: &mut [f32], wide: usize) {
    for (from, to) in from.chunks_exact(narrow).zip(to.chunks_exact_mut(wide)) {
        to[..narrow].copy_from_slice(from);
        to[narrow..].fill(0.0);
    }
}

/// Copies the first `narrow` numbers of each row of `wide`.
pub(in crate::engine) fn narrow(from: &[f32], wide: usize, to: &mut [f32], narrow: usize) {
    for (from, to) in from.chunks_exact(wide).zip(to.chunks_exact_mut(narrow)) {
        to.copy_from_slice(&from[..narrow]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        (0..count as u32)
            .map(|i| (i.wrapping_mul(2_654_435_761).wrapping_add(seed) >> 16) as f32 / 65_536.0 - 0.5)
            .collect()
    }

    /// Convolution by its definition, in f64.
    fn plain(g: &Geometry, image: &[f32], weights: &[f32], bias: &[f32], y: usize, x: usize, output: usize) -> f64 {
        let mut sum = f64::from(bias[output]);
        for ky in 0..g.kernel {
            for kx in 0..g.kernel {
                let (row, column) = (y + ky, x + kx);
                let inside = (g.border()..g.height + g.border()).contains(&row)
                    && (g.border()..g.width + g.border()).contains(&column);
                if !inside {
                    continue;
                }
                for input in 0..g.inputs {
                    let pixel = ((row - g.border()) * g.width + column - g.border()) * g.inputs + input;
                    let weight = ((ky * g.kernel + kx) * g.inputs + input) * g.outputs + output;
                    sum += f64::from(image[pixel]) * f64::from(weights[weight]);
                }
            }
        }
        sum
    }

    const CASES: [Geometry; 5] = [
        Geometry { height: 6, width: 7, inputs: 1, outputs: 16, kernel: 3 },
        Geometry { height: 5, width: 5, inputs: 3, outputs: 8, kernel: 5 },
        Geometry { height: 1, width: 1, inputs: 2, outputs: 3, kernel: 3 },
        Geometry { height: 4, width: 33, inputs: 17, outputs: 40, kernel: 3 },
        Geometry { height: 3, width: 4, inputs: 4, outputs: 20, kernel: 1 },
    ];

    #[test]
    fn forward_agrees_with_the_definition() {
        for g in CASES {
            let (image, weights, bias) = (numbers(g.image(), 1), numbers(g.weights(), 2), numbers(g.outputs, 3));
            let wide = g.wide_outputs();
            let mut bordered = vec![0.0; g.bordered(g.inputs)];
            g.put_image(&image, &mut bordered);
            let mut wide_weights = vec![9.0; g.kernel * g.kernel * g.inputs * wide];
            g.widen_weights(&weights, &mut wide_weights);
            let mut wide_bias = vec![9.0; wide];
            widen(&bias, g.outputs, &mut wide_bias, wide);
            let mut row = vec![9.0; g.width * wide];
            for y in 0..g.height {
                g.forward_row(&bordered, &wide_weights, &wide_bias, y, &mut row);
                for x in 0..g.width {
                    for output in 0..g.outputs {
                        let exact = plain(&g, &image, &weights, &bias, y, x, output);
                        let ours = f64::from(row[x * wide + output]);
                        assert!((ours - exact).abs() < 1e-4, "{g:?} ({y}, {x}, {output}): {ours} is not {exact}");
                    }
                }
            }
        }
    }

    /// With L = Σ dz·(w * x), the gradients are linear in x and w: ⟨dx, x⟩ = ⟨dw, w⟩ = L without bias.
    #[test]
    fn both_gradients_agree_with_the_forward_pass() {
        for g in CASES {
            let (image, weights) = (numbers(g.image(), 1), numbers(g.weights(), 2));
            let (wide, wide_inputs) = (g.wide_outputs(), g.wide_inputs());
            let zero = vec![0.0; g.outputs];
            let mut gradient = vec![0.0; g.bordered(wide)];
            let mut loss = 0.0;
            for y in 0..g.height {
                let upstream = numbers(g.width * g.outputs, 50 + y as u32);
                widen(&upstream, g.outputs, g.gradient_row(&mut gradient, y), wide);
                for x in 0..g.width {
                    for output in 0..g.outputs {
                        let value = plain(&g, &image, &weights, &zero, y, x, output);
                        loss += value * f64::from(upstream[x * g.outputs + output]);
                    }
                }
            }
            let mut bordered = vec![0.0; g.bordered(g.inputs)];
            g.put_image(&image, &mut bordered);
            let taps = g.kernel * g.kernel * g.inputs;
            let mut weight_gradient = vec![0.0; taps * wide];
            g.add_weight_gradient(&bordered, &gradient, &mut weight_gradient);
            let mut packed = vec![0.0; g.weights()];
            narrow(&weight_gradient, wide, &mut packed, g.outputs);
            let product: f64 = packed.iter().zip(&weights).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            assert!((product - loss).abs() < 1e-4 * (1.0 + loss.abs()), "{g:?}: {product} is not {loss}");

            let mut turned = vec![9.0; g.kernel * g.kernel * wide * wide_inputs];
            g.turn_weights(&weights, &mut turned);
            let mut product = 0.0;
            for y in 0..g.height {
                let mut row = vec![0.0; g.width * wide_inputs];
                g.backward_row(&gradient, &turned, y, &mut row);
                let mut packed = vec![0.0; g.width * g.inputs];
                narrow(&row, wide_inputs, &mut packed, g.inputs);
                let pixels = &image[y * g.width * g.inputs..];
                product += packed.iter().zip(pixels).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
            }
            assert!((product - loss).abs() < 1e-4 * (1.0 + loss.abs()), "{g:?}: {product} is not {loss}");
        }
    }
}
