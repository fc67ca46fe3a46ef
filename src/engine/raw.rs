//! The one place that needs `unsafe`, and why.
//!
//! 1. [`view`] and [`view_mut`]: dfdx's CPU tensors own a `Vec<f32>`, but from outside the crate it can only be copied
//!    out or read one element at a time. Operators of our own work on slices. Both functions check that the tensor's
//!    first row and its last element lie where those of a contiguous row-major block would, and answer with an error
//!    otherwise.
//! 2. [`multiply`]: the `gemm` crate takes raw pointers and strides. All three matrices are checked to lie within their
//!    slices before it is called.
//!
//! Aliasing: a slice is made from the address of a tensor's first element. That the reference to one element may be
//! widened to its whole allocation is a property of the Tree Borrows model, not of the stricter Stacked Borrows; the
//! allocation is always the tensor's own `Vec`, borrowed for as long as the slice lives.
//!
//! `.ci/memory` runs the tests of this module under valgrind, or with the address sanitizer.

#![allow(unsafe_code, reason = "dfdx hides its buffers and gemm takes pointers; see above")]

use dfdx::prelude::{Cpu, CpuError, HasShape, Shape, Tensor};

/// The numbers of a contiguous tensor, row after row.
///
/// # Errors
/// [`CpuError::WrongNumElements`] when the tensor is a permuted or broadcast view.
pub(super) fn view<S: Shape, T>(tensor: &Tensor<S, f32, Cpu, T>) -> Result<&[f32], CpuError> {
    let count = tensor.shape().num_elements();
    if count == 0 {
        return Ok(&[]);
    }
    check_contiguous(tensor, count)?;
    let first = &raw const tensor[S::Concrete::default()];
    // SAFETY: the tensor's `Vec` holds `count` floats from `first` on: an index computed by dfdx as the place of the last
    // element was in bounds and lies `count - 1` floats behind `first`. The tensor is borrowed as long as the slice.
    Ok(unsafe { std::slice::from_raw_parts(first, count) })
}

/// The numbers of a contiguous tensor, row after row, to be written. A tensor that shares its numbers with another gets
/// a copy of its own first, as with any write through dfdx.
///
/// # Errors
/// [`CpuError::WrongNumElements`] when the tensor is a permuted or broadcast view.
pub(super) fn view_mut<S: Shape>(tensor: &mut Tensor<S, f32, Cpu>) -> Result<&mut [f32], CpuError> {
    let count = tensor.shape().num_elements();
    if count == 0 {
        return Ok(&mut []);
    }
    check_contiguous(tensor, count)?;
    let first = &raw mut tensor[S::Concrete::default()];
    // SAFETY: as in `view`; indexing for writing has made the buffer this tensor's own, and it is borrowed exclusively.
    Ok(unsafe { std::slice::from_raw_parts_mut(first, count) })
}

/// Whether stepping through the tensor along each axis moves as far as in a row-major block.
fn check_contiguous<S: Shape, T>(tensor: &Tensor<S, f32, Cpu, T>, count: usize) -> Result<(), CpuError> {
    let sizes = tensor.shape().concrete();
    let first = (&raw const tensor[S::Concrete::default()]).addr();
    let mut stride = count;
    let mut last = S::Concrete::default();
    for axis in 0..S::NUM_DIMS {
        stride /= sizes[axis];
        let mut index = S::Concrete::default();
        index[axis] = sizes[axis] - 1;
        last[axis] = sizes[axis] - 1;
        let moved = (&raw const tensor[index]).addr().wrapping_sub(first);
        if moved != (sizes[axis] - 1) * stride * size_of::<f32>() {
            return Err(CpuError::WrongNumElements);
        }
    }
    let moved = (&raw const tensor[last]).addr().wrapping_sub(first);
    if moved == (count - 1) * size_of::<f32>() { Ok(()) } else { Err(CpuError::WrongNumElements) }
}

/// A matrix laid over a slice: element (row, column) at `row * row_stride + column * column_stride`.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    /// The numbers.
    pub(super) numbers: &'a [f32],
    /// From one row to the next.
    pub(super) row_stride: usize,
    /// From one column to the next.
    pub(super) column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// Row after row, `columns` numbers each.
    pub(super) fn rows(numbers: &'a [f32], columns: usize) -> Self {
        Self { numbers, row_stride: columns, column_stride: 1 }
    }

    /// The same numbers with rows for columns.
    pub(super) fn transposed(self) -> Self {
        Self { row_stride: self.column_stride, column_stride: self.row_stride, ..self }
    }

    fn holds(&self, rows: usize, columns: usize) -> bool {
        rows == 0
            || columns == 0
            || (rows - 1) * self.row_stride + (columns - 1) * self.column_stride < self.numbers.len()
    }
}

/// What becomes of the numbers that were there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    /// They are replaced, and may be anything.
    Replace,
    /// The result is added to them.
    Add,
}

/// `out` (`rows` × `columns`, row after row) = or += `a` (`rows` × `inner`) · `b` (`inner` × `columns`), on this thread.
///
/// # Errors
/// [`CpuError::WrongNumElements`] when a slice is too short for its matrix.
pub(super) fn multiply(
    (rows, inner, columns): (usize, usize, usize),
    a: Matrix<'_>,
    b: Matrix<'_>,
    out: &mut [f32],
    write: Write,
) -> Result<(), CpuError> {
    if !(a.holds(rows, inner) && b.holds(inner, columns) && out.len() >= rows * columns) {
        return Err(CpuError::WrongNumElements);
    }
    // SAFETY: every element that gemm reads or writes lies within the three slices, as checked above; `out` is borrowed
    // exclusively, so that it does not overlap `a` or `b`.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            inner,
            out.as_mut_ptr(),
            1,
            columns as isize,
            write == Write::Add,
            a.numbers.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.numbers.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            1.0f32,
            1.0f32,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::{Axis, BroadcastTo, PermuteTo, TensorFromVec, ZerosTensor};

    #[test]
    fn a_view_is_the_tensor_and_only_of_contiguous_ones() {
        let device = Cpu::default();
        let numbers: Vec<f32> = (0..12).map(|n| n as f32).collect();
        let tensor = device.tensor_from_vec(numbers.clone(), (3, 4));
        assert_eq!(view(&tensor).unwrap(), numbers);
        let transposed: Tensor<(usize, usize), f32, Cpu> = tensor.clone().permute();
        assert!(view(&transposed).is_err());
        let row = device.tensor_from_vec(vec![1.0, 2.0], (2,));
        let broadcast: Tensor<(usize, usize), f32, Cpu> = row.broadcast_like::<_, Axis<0>>(&(3, 2));
        assert!(view(&broadcast).is_err());
        let empty: Tensor<(usize, usize), f32, Cpu> = device.zeros_like(&(0, 4));
        assert_eq!(view(&empty).unwrap(), &[] as &[f32]);
    }

    #[test]
    fn writing_to_a_shared_tensor_leaves_the_other_alone() {
        let device = Cpu::default();
        let before = device.tensor_from_vec(vec![1.0, 2.0], (2,));
        let mut after = before.clone();
        view_mut(&mut after).unwrap()[1] = 5.0;
        assert_eq!((view(&before).unwrap(), view(&after).unwrap()), (&[1.0, 2.0][..], &[1.0, 5.0][..]));
    }

    #[test]
    fn products_by_hand_and_slices_that_are_too_short() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
        let mut out = [10.0; 4];
        multiply((2, 3, 2), Matrix::rows(&a, 3), Matrix::rows(&b, 2), &mut out, Write::Replace).unwrap();
        assert_eq!(out, [4.0, 5.0, 10.0, 11.0]);
        multiply((2, 3, 2), Matrix::rows(&a, 2).transposed(), Matrix::rows(&b, 2), &mut out, Write::Add).unwrap();
        assert_eq!(out, [4.0 + 6.0, 5.0 + 8.0, 10.0 + 8.0, 11.0 + 10.0]);
        let short = multiply((2, 3, 2), Matrix::rows(&a[1..], 3), Matrix::rows(&b, 2), &mut out, Write::Add);
        assert!(short.is_err());
    }
}
