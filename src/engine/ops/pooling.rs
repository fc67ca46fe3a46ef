//! Pooling alone: of 2×2 pixels where something stands between a convolution and its pooling, and of all pixels at once
//! (Lin, Chen and Yan 2013).

use dfdx::prelude::{Cpu, CpuError, HasShape, PutTape, SplitTape, Tape};

use crate::engine::kernels::{pooling as kernel, put, scratch, vectorized};
use crate::engine::raw::{Write, view, view_mut};
use crate::engine::tensor::{Batch, InputGradient, Slot, give, resized, take};

/// What several pixels become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Pooling {
    /// The largest; its gradient goes to the first of equal ones.
    Max,
    /// Their mean.
    Average,
}

/// Pooling of 2×2 pixels with stride 2. An odd last row or column is left out.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Pool {
    /// Rows of the image.
    pub(in crate::engine) height: usize,
    /// Columns of the image.
    pub(in crate::engine) width: usize,
    /// Channels of the image and of what comes out.
    pub(in crate::engine) channels: usize,
    /// What pixels become.
    pub(in crate::engine) pooling: Pooling,
}

impl Pool {
    fn image(&self) -> usize {
        self.height * self.width * self.channels
    }

    pub(in crate::engine) fn output(&self) -> usize {
        (self.height / 2) * self.output_row()
    }

    fn output_row(&self) -> usize {
        (self.width / 2) * self.channels
    }

    /// `places` gets what [`Pooling::Max`] has to remember.
    fn forward(&self, x: &[f32], y: &mut [f32], places: &mut [u8]) {
        let line = self.width * self.channels;
        for (example, (x, y)) in x.chunks_exact(self.image()).zip(y.chunks_exact_mut(self.output())).enumerate() {
            let pairs = x.chunks_exact(2 * line).zip(y.chunks_exact_mut(self.output_row()));
            for (row, (pair, y)) in pairs.enumerate() {
                let pair = pair.split_at(line);
                match self.pooling {
                    Pooling::Max => {
                        let at = example * self.output() + row * self.output_row();
                        let places = &mut places[at..at + self.output_row()];
                        kernel::pool_largest(pair, self.channels, self.channels, y, places);
                    }
                    Pooling::Average => kernel::pool_average(pair, self.channels, y),
                }
            }
        }
    }

    fn backward(&self, dy: &[f32], places: &[u8], dx: &mut [f32], write: Write) {
        let line = self.width * self.channels;
        scratch::lend([line, line], |[above, below]| {
            // A column that is left out stays zero.
            above.fill(0.0);
            below.fill(0.0);
            for (example, (dy, dx)) in dy.chunks_exact(self.output()).zip(dx.chunks_exact_mut(self.image())).enumerate()
            {
                let mut pairs = dx.chunks_exact_mut(2 * line);
                for (row, (dy, pair)) in dy.chunks_exact(self.output_row()).zip(&mut pairs).enumerate() {
                    match self.pooling {
                        Pooling::Max => {
                            let at = example * self.output() + row * self.output_row();
                            let places = &places[at..at + self.output_row()];
                            kernel::spread(dy, places, self.channels, self.channels, (above, below));
                        }
                        Pooling::Average => kernel::share(dy, self.channels, (above, below)),
                    }
                    let (upper, lower) = pair.split_at_mut(line);
                    vectorized(
                        #[inline(always)]
                        || {
                            put(write, upper, above.iter().copied());
                            put(write, lower, below.iter().copied());
                        },
                    );
                }
                if write == Write::Replace {
                    pairs.into_remainder().fill(0.0);
                }
            }
        });
    }
}

/// Pools 2×2 pixels.
///
/// # Errors
/// Sizes that do not match; no memory.
pub(in crate::engine) fn pool<T: Tape<f32, Cpu>>(
    layer: Pool,
    x: Batch<T>,
    input_gradient: InputGradient,
    slot: &mut Slot,
) -> Result<Batch<T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (rows, columns) = *x.shape();
    if columns != layer.image() || layer.output() == 0 {
        return Err(CpuError::WrongNumElements);
    }
    let mut y = slot.take(rows, layer.output())?;
    let places = resized(&mut slot.places, if layer.pooling == Pooling::Max { rows * layer.output() } else { 0 });
    layer.forward(view(&x)?, view_mut(&mut y)?, places);
    let y = slot.keep(y);
    if let Some(write) = input_gradient.write().filter(|_| T::OWNS_TAPE) {
        let (y, places) = (y.clone(), slot.places.clone());
        tape.add_backward_op(move |gradients| {
            let dy = take(gradients, &y)?;
            let mut dx = take(gradients, &x)?;
            layer.backward(&dy, &places, &mut dx, write);
            give(gradients, &x, dx)?;
            give(gradients, &y, dy)
        });
    }
    Ok(y.put_tape(tape))
}

/// Pooling of all pixels of an image, or of all steps of a sequence.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct GlobalPool {
    /// How many there are.
    pub(in crate::engine) pixels: usize,
    /// Numbers in each of them, and in the output.
    pub(in crate::engine) channels: usize,
    /// What pixels become.
    pub(in crate::engine) pooling: Pooling,
}

/// Pools all pixels: a row of `pixels` × `channels` becomes one of `channels`.
///
/// # Errors
/// Sizes that do not match; no memory.
pub(in crate::engine) fn global_pool<T: Tape<f32, Cpu>>(
    layer: GlobalPool,
    x: Batch<T>,
    input_gradient: InputGradient,
    slot: &mut Slot,
) -> Result<Batch<T>, CpuError> {
    let GlobalPool { pixels, channels, pooling } = layer;
    let (x, mut tape) = x.split_tape();
    let (rows, columns) = *x.shape();
    if columns != pixels * channels || columns == 0 {
        return Err(CpuError::WrongNumElements);
    }
    let mut y = slot.take(rows, channels)?;
    for (x, y) in view(&x)?.chunks_exact(columns).zip(view_mut(&mut y)?.chunks_exact_mut(channels)) {
        match pooling {
            Pooling::Max => kernel::largest_of_all(x, y),
            Pooling::Average => kernel::mean_of_all(x, y),
        }
    }
    let y = slot.keep(y);
    if let Some(write) = input_gradient.write().filter(|_| T::OWNS_TAPE) {
        let y = y.clone();
        tape.add_backward_op(move |gradients| {
            let mut dy = take(gradients, &y)?;
            let mut dx = take(gradients, &x)?;
            let images = view(&x)?.chunks_exact(columns).zip(dx.chunks_exact_mut(columns));
            let results = view(&y)?.chunks_exact(channels).zip(dy.chunks_exact_mut(channels));
            for ((x, dx), (y, dy)) in images.zip(results) {
                match pooling {
                    Pooling::Max => kernel::give_largest(write, x, y, dy, dx),
                    Pooling::Average => kernel::give_all(write, dy, dx),
                }
            }
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

    impl Operator for Pool {
        fn apply<T: Tape<f32, Cpu>>(&self, case: Case<'_, T>) -> Result<Batch<T>, CpuError> {
            pool(*self, case.x, case.input_gradient, case.slot)
        }
    }

    impl Operator for GlobalPool {
        fn apply<T: Tape<f32, Cpu>>(&self, case: Case<'_, T>) -> Result<Batch<T>, CpuError> {
            global_pool(*self, case.x, case.input_gradient, case.slot)
        }
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        for pooling in [Pooling::Max, Pooling::Average] {
            for (height, width, channels) in [(4, 4, 1), (5, 3, 2), (2, 7, 9)] {
                let layer = Pool { height, width, channels, pooling };
                check(&layer, (3, layer.image()), &[]);
                check(&GlobalPool { pixels: height * width, channels, pooling }, (3, layer.image()), &[]);
            }
        }
    }

    #[test]
    fn an_image_too_small_to_pool_is_an_error() {
        let layer = Pool { height: 1, width: 4, channels: 1, pooling: Pooling::Max };
        let x = crate::engine::tensor::zeros(2, 4).unwrap();
        assert!(pool(layer, x, InputGradient::None, &mut Slot::default()).is_err());
    }
}
