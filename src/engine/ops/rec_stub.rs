//! Stands in until the operator is here.
use crate::domain::experiment::Cell;
use crate::engine::tensor::{Batch, Flat, InputGradient, Slot};
use dfdx::prelude::{Cpu, CpuError, Tape};
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Recurrent {
    pub(in crate::engine) cell: Cell,
    pub(in crate::engine) steps: usize,
    pub(in crate::engine) inputs: usize,
    pub(in crate::engine) units: usize,
    pub(in crate::engine) all_states: bool,
}
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct RecurrentParameters<'a> {
    pub(in crate::engine) input_weights: &'a Flat,
    pub(in crate::engine) recurrent_weights: &'a Flat,
    pub(in crate::engine) input_bias: &'a Flat,
    pub(in crate::engine) recurrent_bias: &'a Flat,
    pub(in crate::engine) learned: bool,
}
pub(in crate::engine) fn recurrent<T: Tape<f32, Cpu>>(
    _: Recurrent,
    _: Batch<T>,
    _: RecurrentParameters<'_>,
    _: InputGradient,
    _: &mut Slot,
) -> Result<Batch<T>, CpuError> {
    Err(CpuError::WrongNumElements)
}
