//! What one part of a minibatch found out about one parameter.

use std::ops::Range;

use dfdx::prelude::CpuError;

use super::kernels::add;
use super::ops::Factors;
use super::raw::Write;

/// The gradient of one parameter.
#[derive(Debug)]
pub(super) enum Gradient {
    /// The parameter is not learned.
    None,
    /// Every number of it.
    Whole(Vec<f32>),
    /// A matrix that is still to be multiplied out.
    Product(Factors),
}

impl Gradient {
    /// How many numbers of a parameter are best worked on at a time, if they are to be about `wish`: whole rows of a
    /// product.
    pub(super) fn chunk(&self, wish: usize) -> usize {
        match self {
            Self::None | Self::Whole(_) => wish,
            Self::Product(factors) => (wish / factors.row().max(1)).max(1) * factors.row(),
        }
    }

    /// Writes some of its numbers to `out`, or adds them to it.
    ///
    /// # Errors
    /// There are not so many numbers; a range that cuts a row of a product.
    pub(super) fn write(&self, numbers: Range<usize>, out: &mut [f32], write: Write) -> Result<(), CpuError> {
        match self {
            Self::None => Err(CpuError::WrongNumElements),
            Self::Whole(gradient) => {
                let gradient = gradient.get(numbers).ok_or(CpuError::WrongNumElements)?;
                match write {
                    Write::Replace => out.copy_from_slice(gradient),
                    Write::Add => add(out, gradient),
                }
                Ok(())
            }
            Self::Product(factors) => {
                let row = factors.row().max(1);
                if !(numbers.start.is_multiple_of(row) && numbers.end.is_multiple_of(row)) {
                    return Err(CpuError::WrongNumElements);
                }
                factors.multiply(numbers.start / row..numbers.end / row, out, write)
            }
        }
    }
}
