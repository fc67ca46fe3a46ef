//! Loops over slices of numbers: what the operators are made of. Nothing here knows of tensors, tapes or layers.
//!
//! Every loop is compiled for several instruction sets (AVX-512, AVX2 with FMA, what the target has at least) and the
//! best one is chosen when the program runs ([`vectorized`]), so that one binary is fast everywhere.

pub(super) mod activation;
pub(super) mod cell;
pub(super) mod convolution;
pub(super) mod math;
pub(super) mod normalization;
pub(super) mod pooling;
pub(super) mod product;
pub(super) mod scratch;

use std::sync::LazyLock;

use super::raw::Write;

/// The instruction set of this machine.
static MACHINE: LazyLock<pulp::Arch> = LazyLock::new(pulp::Arch::new);

/// Runs a loop compiled for the machine's instruction set. The loop and what it calls must be `#[inline(always)]`: what is
/// called out of line is compiled for the least machine.
#[inline]
pub(super) fn vectorized<R>(body: impl FnOnce() -> R) -> R {
    MACHINE.dispatch(body)
}

/// Runs an operation written in vectors of the widest kind that fills them with `columns` numbers without much waste.
pub(super) fn with_lanes<O: pulp::WithSimd>(lanes: usize, operation: O) -> O::Output {
    match *MACHINE {
        #[cfg(target_arch = "x86_64")]
        pulp::Arch::V4(wide) if lanes == 8 => pulp::Simd::vectorize(*wide, operation),
        machine => machine.dispatch(operation),
    }
}

/// Numbers in the vectors that [`with_lanes`] is to use for rows of `columns` numbers: half the widest, where the widest
/// would be half empty.
pub(super) fn lanes_for(columns: usize) -> usize {
    struct Widest;
    impl pulp::WithSimd for Widest {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: pulp::Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    let widest = MACHINE.dispatch(Widest);
    if widest == 16 && (1..=8).contains(&(columns % 16)) { 8 } else { widest }
}

/// Writes numbers that are computed one by one, in place of what was there or on top of it. To be called from within
/// [`vectorized`].
#[inline(always)]
pub(super) fn put(write: Write, to: &mut [f32], numbers: impl Iterator<Item = f32>) {
    match write {
        Write::Replace => to.iter_mut().zip(numbers).for_each(
            #[inline(always)]
            |(to, number)| *to = number,
        ),
        Write::Add => to.iter_mut().zip(numbers).for_each(
            #[inline(always)]
            |(to, number)| *to += number,
        ),
    }
}

/// `to` += `from`.
pub(super) fn add(to: &mut [f32], from: &[f32]) {
    vectorized(
        #[inline(always)]
        || {
            for (to, from) in to.iter_mut().zip(from) {
                *to += *from;
            }
        },
    );
}

/// Multiplies every number.
pub(super) fn scale(numbers: &mut [f32], factor: f32) {
    vectorized(
        #[inline(always)]
        || {
            for number in numbers {
                *number *= factor;
            }
        },
    );
}

/// `to` += the sum of the rows of `from`.
pub(super) fn add_rows(to: &mut [f32], from: &[f32]) {
    vectorized(
        #[inline(always)]
        || {
            for row in from.chunks_exact(to.len().max(1)) {
                for (to, from) in to.iter_mut().zip(row) {
                    *to += *from;
                }
            }
        },
    );
}

/// Fills the rows of `to` with copies of `row`.
pub(super) fn repeat(to: &mut [f32], row: &[f32]) {
    for to in to.chunks_exact_mut(row.len().max(1)) {
        to.copy_from_slice(row);
    }
}

/// The sum of the squares, in the same order on every machine.
pub(super) fn sum_of_squares(numbers: &[f32]) -> f64 {
    const LANES: usize = 32;
    vectorized(
        #[inline(always)]
        || {
            let mut sums = [0.0f32; LANES];
            let (blocks, rest) = numbers.as_chunks::<LANES>();
            for block in blocks {
                for (sum, number) in sums.iter_mut().zip(block) {
                    *sum += number * number;
                }
            }
            let rest: f64 = rest.iter().map(|number| f64::from(*number) * f64::from(*number)).sum();
            sums.iter().map(|sum| f64::from(*sum)).sum::<f64>() + rest
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_copies() {
        let mut to = vec![1.0; 3];
        add(&mut to, &[1.0, 2.0, 3.0]);
        add_rows(&mut to, &[10.0, 20.0, 30.0, 100.0, 200.0, 300.0]);
        assert_eq!(to, [112.0, 223.0, 334.0]);
        let mut rows = vec![0.0; 4];
        repeat(&mut rows, &[5.0, 6.0]);
        assert_eq!(rows, [5.0, 6.0, 5.0, 6.0]);
        let numbers: Vec<f32> = (0..100).map(|n| n as f32).collect();
        assert_eq!(sum_of_squares(&numbers), 328_350.0);
    }
}
