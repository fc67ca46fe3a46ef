//! The few shapes of dfdx tensor that the engine works with, and buffers that outlive a step.
//!
//! Every activation is a matrix with a row per example; an image lies in its row as height × width × channels, channels
//! last, and the layer that made it knows how to read it. Every parameter is a flat tensor, and the layer that owns it
//! knows its shape. So operators need no shape but (examples, numbers), and images become vectors without being moved.
//!
//! A step would spend much of its time on getting and clearing memory if every operator made its output anew. Each
//! operator therefore writes into a [`Slot`], which keeps the tensor (and with it the identity under which dfdx files its
//! gradient) from step to step. Gradients are kept likewise, and because every tensor has one reader that comes first in
//! the backward pass, that reader *replaces* the gradient and all others add to it: nothing has to be zeroed.

use std::sync::Arc;

use dfdx::prelude::{Cpu, CpuError, NoneTape, OwnedTape, Shape, Tape, Tensor, TensorFromVec};

use super::raw::{Write, view_mut};

/// Activations: a row per example.
pub(super) type Batch<T = NoneTape> = Tensor<(usize, usize), f32, Cpu, T>;
/// A parameter, whatever its shape.
pub(super) type Flat = Tensor<(usize,), f32, Cpu>;
/// A single number.
pub(super) type Scalar<T = NoneTape> = Tensor<(), f32, Cpu, T>;
/// The tape of a training step.
pub(super) type Recording = OwnedTape<f32, Cpu>;
/// Gradients by tensor.
pub(super) type Gradients = dfdx::prelude::Gradients<f32, Cpu>;

/// What an operator has to find out about its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InputGradient {
    /// Nothing: the input is the data, or all that made it is frozen.
    None,
    /// The gradient, and this operator is the first in the backward pass to know a part of it.
    Replace,
    /// The gradient, to be added to what operators that came earlier in the backward pass have left.
    Add,
}

impl InputGradient {
    /// How the gradient is to be written, if at all.
    pub(super) fn write(self) -> Option<Write> {
        match self {
            Self::None => None,
            Self::Replace => Some(Write::Replace),
            Self::Add => Some(Write::Add),
        }
    }

    /// Whether an operator has anything to find out in the backward pass, and so has to be on the tape.
    pub(super) fn recorded<T: Tape<f32, Cpu>>(self, learned: bool) -> bool {
        T::OWNS_TAPE && (learned || self != Self::None)
    }
}

/// What one operator keeps from step to step: its output, and what its backward pass needs to know beside it.
#[derive(Debug, Default)]
pub(super) struct Slot {
    output: Option<Batch>,
    scalar: Option<Scalar>,
    /// What the operator got, where the gradient of its weights is still to be made of it.
    pub(super) input: Option<Batch>,
    /// Numbers beside the output, such as activations before a GELU.
    pub(super) extra: Arc<Vec<f32>>,
    /// For each output of a pooling, which of its inputs was the largest.
    pub(super) places: Arc<Vec<u8>>,
    /// Means and variances of a training batch.
    pub(super) statistics: Arc<Vec<f32>>,
}

impl Slot {
    /// A tensor of `rows` × `columns` to be written in full: the one of the last step if it has that shape and nobody
    /// else holds it, else a new one. What it holds is left over and means nothing.
    pub(super) fn take(&mut self, rows: usize, columns: usize) -> Result<Batch, CpuError> {
        use dfdx::prelude::HasShape;
        match self.output.take() {
            Some(tensor) if *tensor.shape() == (rows, columns) => Ok(tensor),
            _ => zeros(rows, columns),
        }
    }

    /// Keeps a tensor for the next step, and hands it on.
    pub(super) fn keep(&mut self, tensor: Batch) -> Batch {
        self.output = Some(tensor.clone());
        tensor
    }

    /// A tensor of one number: always the same one. Shared by all steps, so that its gradient is filed only once.
    pub(super) fn scalar(&mut self, number: f32) -> Result<Scalar, CpuError> {
        let mut scalar = match self.scalar.take() {
            Some(scalar) => scalar,
            None => Cpu::default().try_tensor_from_vec(vec![0.0], ())?,
        };
        view_mut(&mut scalar)?[0] = number;
        self.scalar = Some(scalar.clone());
        Ok(scalar)
    }

    /// The mean and the variance (mean square, not corrected for the number) of each channel, if the last step was one
    /// of a batch normalization in training.
    pub(super) fn statistics(&self) -> Option<(&[f32], &[f32])> {
        let channels = self.statistics.len() / 2;
        (channels > 0).then(|| self.statistics.split_at(channels))
    }

    /// The output of the last step.
    pub(super) fn output(&self) -> Option<&Batch> {
        self.output.as_ref()
    }
}

/// A matrix of zeros.
///
/// # Errors
/// [`CpuError::OutOfMemory`].
pub(super) fn zeros(rows: usize, columns: usize) -> Result<Batch, CpuError> {
    Cpu::default().try_tensor_from_vec(zeroed(rows * columns)?, (rows, columns))
}

/// A vector of zeros.
///
/// # Errors
/// [`CpuError::OutOfMemory`], where `vec!` would end the process.
pub(super) fn zeroed(count: usize) -> Result<Vec<f32>, CpuError> {
    let mut numbers = Vec::new();
    resize(&mut numbers, count)?;
    Ok(numbers)
}

/// Gives a vector this length; what is new are zeros.
///
/// # Errors
/// [`CpuError::OutOfMemory`], where [`Vec::resize`] would end the process.
pub(super) fn resize(numbers: &mut Vec<f32>, count: usize) -> Result<(), CpuError> {
    numbers.try_reserve_exact(count.saturating_sub(numbers.len())).map_err(|_| CpuError::OutOfMemory)?;
    numbers.resize(count, 0.0);
    Ok(())
}

/// Makes a shared vector this owner's own, of this length. What it holds is left over and means nothing.
pub(super) fn resized<N: Copy + Default>(shared: &mut Arc<Vec<N>>, count: usize) -> &mut Vec<N> {
    let numbers = Arc::make_mut(shared);
    numbers.resize(count, N::default());
    numbers
}

/// Sets every number of a tensor.
pub(super) fn fill(tensor: &mut Flat, numbers: &[f32]) -> Result<(), CpuError> {
    let out = view_mut(tensor)?;
    if out.len() != numbers.len() {
        return Err(CpuError::WrongNumElements);
    }
    out.copy_from_slice(numbers);
    Ok(())
}

/// Takes a tensor's gradient out of the map, so that several can be worked on at once; [`give`] puts it back.
pub(super) fn take<S: Shape>(gradients: &mut Gradients, tensor: &Tensor<S, f32, Cpu>) -> Result<Vec<f32>, CpuError> {
    Ok(std::mem::take(&mut **gradients.get_or_alloc_mut(tensor)?))
}

/// Puts back a gradient that [`take`] took.
pub(super) fn give<S: Shape>(
    gradients: &mut Gradients,
    tensor: &Tensor<S, f32, Cpu>,
    gradient: Vec<f32>,
) -> Result<(), CpuError> {
    **gradients.get_or_alloc_mut(tensor)? = gradient;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::raw::view;

    #[test]
    fn a_slot_gives_back_its_tensor_while_the_shape_stays() {
        let mut slot = Slot::default();
        let first = slot.take(2, 3).unwrap();
        let address = view(&first).unwrap().as_ptr();
        drop(slot.keep(first));
        let second = slot.take(2, 3).unwrap();
        assert_eq!(view(&second).unwrap().as_ptr(), address);
        drop(slot.keep(second));
        assert_eq!(view(&slot.take(4, 3).unwrap()).unwrap().len(), 12);
    }

    #[test]
    fn a_gradient_taken_and_given_is_the_same_one() {
        let tensor = zeros(2, 2).unwrap();
        let mut gradients = Gradients::leaky();
        let mut gradient = take(&mut gradients, &tensor).unwrap();
        assert_eq!(gradient, [0.0; 4]);
        gradient[3] = 1.0;
        give(&mut gradients, &tensor, gradient).unwrap();
        assert_eq!(take(&mut gradients, &tensor).unwrap(), [0.0, 0.0, 0.0, 1.0]);
    }
}
