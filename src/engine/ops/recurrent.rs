//! A recurrent layer: all steps of all sequences in one operator, with backpropagation through time inside.
//!
//! The products of each step are written straight into the rows where its gates will be (`kernels::cell`), from weights
//! whose gates have been brought into that order. The gradients of all weights are products over all examples and steps
//! at the end, which is where most of the work is.

use dfdx::prelude::{Cpu, CpuError, HasShape, PutTape, SplitTape, Tape};

use crate::domain::experiment::Cell;
use crate::engine::kernels::cell::{Gates, Side, Strides, Taken};
use crate::engine::kernels::product::{Block, Steps, Walk, add_product};
use crate::engine::kernels::{add, add_rows, scratch};
use crate::engine::raw::{Matrix, Write, multiply, view, view_mut};
use crate::engine::tensor::{Batch, Flat, InputGradient, Slot, give, resized, take};

/// The sizes of a recurrent layer.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Recurrent {
    /// What a step does.
    pub(in crate::engine) cell: Cell,
    /// Steps of a sequence.
    pub(in crate::engine) steps: usize,
    /// Numbers in a step of the input.
    pub(in crate::engine) inputs: usize,
    /// Numbers in a state.
    pub(in crate::engine) units: usize,
    /// Whether the states after all steps come out, one after the other, or only the last.
    pub(in crate::engine) all_states: bool,
}

/// The tensors of a recurrent layer. Gates are in PyTorch's order: r, z, n for a GRU; i, f, g, o for an LSTM.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct RecurrentParameters<'a> {
    /// What a step's input is multiplied by: inputs × (gates × units).
    pub(in crate::engine) input_weights: &'a Flat,
    /// What the state before is multiplied by: units × (gates × units).
    pub(in crate::engine) recurrent_weights: &'a Flat,
    /// What is added to the first product: gates × units.
    pub(in crate::engine) input_bias: &'a Flat,
    /// What is added to the second product: gates × units.
    pub(in crate::engine) recurrent_bias: &'a Flat,
    /// Whether they are to be learned.
    pub(in crate::engine) learned: bool,
}

impl Recurrent {
    /// Blocks of weights, each of as many columns as there are units.
    pub(in crate::engine) fn gates(&self) -> usize {
        Gates::new(self.cell, self.units).count()
    }

    /// Numbers that come out for one sequence.
    pub(in crate::engine) fn output(&self) -> usize {
        if self.all_states { self.steps * self.units } else { self.units }
    }

    /// Numbers that the backward pass needs to know of one step of one sequence: gates, state and cell.
    fn history(&self) -> (usize, usize, usize) {
        let gates = Gates::new(self.cell, self.units);
        (gates.row(), gates.wide, if self.cell == Cell::Lstm { gates.wide } else { 0 })
    }
}

/// Applies a recurrent layer to sequences, step after step in each row; the state before the first step is zero.
///
/// # Errors
/// Sizes that do not match; no memory.
pub(in crate::engine) fn recurrent<T: Tape<f32, Cpu>>(
    layer: Recurrent,
    x: Batch<T>,
    parameters: RecurrentParameters<'_>,
    input_gradient: InputGradient,
    slot: &mut Slot,
) -> Result<Batch<T>, CpuError> {
    let (x, mut tape) = x.split_tape();
    let (rows, columns) = *x.shape();
    let weights = Weights::of(layer, parameters).filter(|_| columns == layer.steps * layer.inputs && columns > 0);
    let weights = weights.ok_or(CpuError::WrongNumElements)?;
    let recorded = input_gradient.recorded::<T>(parameters.learned);
    let mut y = slot.take(rows, layer.output())?;
    let (gates, states, cells) = layer.history();
    let history = resized(&mut slot.extra, if recorded { rows * layer.steps * (gates + states + cells) } else { 0 });
    forward(layer, view(&x)?, weights.views()?, view_mut(&mut y)?, history);
    let y = slot.keep(y);
    if recorded {
        let (y, history, learned) = (y.clone(), slot.extra.clone(), parameters.learned);
        tape.add_backward_op(move |gradients| {
            let dy = take(gradients, &y)?;
            let mut dx = input_gradient.write().map(|_| take(gradients, &x)).transpose()?;
            let learnable = weights.0.iter().take(if learned { 4 } else { 0 });
            let mut own = learnable.map(|tensor| take(gradients, tensor)).collect::<Result<Vec<_>, _>>()?;
            let dx_write = dx.as_deref_mut().zip(input_gradient.write());
            backward(layer, view(&x)?, weights.views()?, &history, &dy, dx_write, &mut own)?;
            if let Some(dx) = dx {
                give(gradients, &x, dx)?;
            }
            weights.0.iter().zip(own).try_for_each(|(tensor, gradient)| give(gradients, tensor, gradient))?;
            give(gradients, &y, dy)
        });
    }
    Ok(y.put_tape(tape))
}

/// Weights of input and state, biases of input and state.
struct Weights([Flat; 4]);

impl Weights {
    /// The tensors of a layer, if they have its sizes.
    fn of(layer: Recurrent, parameters: RecurrentParameters<'_>) -> Option<Self> {
        let RecurrentParameters { input_weights, recurrent_weights, input_bias, recurrent_bias, .. } = parameters;
        let columns = layer.gates() * layer.units;
        let sizes = [layer.inputs * columns, layer.units * columns, columns, columns];
        let tensors = [input_weights, recurrent_weights, input_bias, recurrent_bias];
        let fits = tensors.iter().zip(sizes).all(|(tensor, size)| tensor.shape().0 == size && size > 0);
        fits.then(|| Self(tensors.map(Clone::clone)))
    }

    fn views(&self) -> Result<[&[f32]; 4], CpuError> {
        let [a, b, c, d] = &self.0;
        Ok([view(a)?, view(b)?, view(c)?, view(d)?])
    }
}

/// All steps. `history`, where it is not empty, gets gates, states before and cells before each step.
fn forward(layer: Recurrent, x: &[f32], weights: [&[f32]; 4], y: &mut [f32], history: &mut [f32]) {
    let Recurrent { steps, inputs, units, .. } = layer;
    let gates = Gates::new(layer.cell, units);
    let (wide, product, row) = (gates.wide, gates.product(), gates.row());
    let rows = x.len() / (steps * inputs);
    let recorded = !history.is_empty();
    let cell = if layer.cell == Cell::Lstm { rows * wide } else { 0 };
    // Without a history, the gates of one step are overwritten by those of the next.
    let lengths =
        [inputs * product, wide * product, row, product, rows * wide, cell, if recorded { 0 } else { rows * row }];
    scratch::lend(lengths, |[of_input, of_state, start, bias, state, memory, one_step]| {
        let [input_weights, recurrent_weights, input_bias, recurrent_bias] = weights;
        gates.spread(Side::Input, input_weights, of_input);
        gates.spread(Side::State, recurrent_weights, of_state);
        start.fill(0.0);
        for (from, narrow) in [(Side::Input, input_bias), (Side::State, recurrent_bias)] {
            gates.spread(from, narrow, bias);
            add(&mut start[gates.begin(from)..][..product], bias);
        }
        state.fill(0.0);
        memory.fill(0.0);
        let (all_gates, rest) = history.split_at_mut(if recorded { rows * steps * row } else { 0 });
        let (all_states, all_cells) = rest.split_at_mut(if recorded { rows * steps * wide } else { 0 });
        for step in 0..steps {
            let (sums, stride) =
                if recorded { (&mut all_gates[step * row..], steps * row) } else { (&mut *one_step, row) };
            sums.chunks_mut(stride).for_each(|sums| sums[..row].copy_from_slice(start));
            let walk = Walk {
                outer: 1,
                inner: inputs,
                a: Steps { outer: 0, inner: 1, row: steps * inputs },
                b: Steps { outer: 0, inner: product, row: 0 },
            };
            let out = Block { rows, columns: product, stride };
            add_product(gates.lanes, walk, &x[step * inputs..], of_input, sums, out);
            if step > 0 {
                let walk = Walk { inner: wide, a: Steps { outer: 0, inner: 1, row: wide }, ..walk };
                add_product(gates.lanes, walk, state, of_state, &mut sums[gates.begin(Side::State)..], out);
            }
            if recorded {
                put_rows(state, wide, &mut all_states[step * wide..], steps * wide);
                put_rows(memory, wide, all_cells.get_mut(step * wide..).unwrap_or_default(), steps * wide);
            }
            gates.step(sums, stride, state, memory);
            if layer.all_states {
                put_narrow(state, wide, &mut y[step * units..], steps * units, units);
            }
        }
        if !layer.all_states {
            put_narrow(state, wide, y, units, units);
        }
    });
}

/// The gradients of the input and, if `own` is not empty, of the four parameters.
fn backward(
    layer: Recurrent,
    x: &[f32],
    weights: [&[f32]; 4],
    history: &[f32],
    dy: &[f32],
    dx: Option<(&mut [f32], Write)>,
    own: &mut [Vec<f32>],
) -> Result<(), CpuError> {
    let Recurrent { steps, inputs, units, .. } = layer;
    let gates = Gates::new(layer.cell, units);
    let (wide, product, row) = (gates.wide, gates.product(), gates.row());
    let rows = x.len() / (steps * inputs);
    let (all_gates, rest) = history.split_at(rows * steps * row);
    let (all_states, all_cells) = rest.split_at(rows * steps * wide);
    let cell = if layer.cell == Cell::Lstm { rows * wide } else { 0 };
    let lengths = [inputs.max(wide) * product, wide * product, rows * steps * row, rows * wide, cell, row];
    scratch::lend(lengths, |[in_order, turned, of_sums, of_states, of_cells, bias]| {
        gates.spread(Side::State, weights[1], &mut in_order[..wide * product]);
        turn(&in_order[..units * product], product, turned, wide);
        of_states.fill(0.0);
        of_cells.fill(0.0);
        let strides = Strides { row: steps * row, state: steps * wide };
        for step in (0..steps).rev() {
            if layer.all_states {
                add_narrow(&dy[step * units..], steps * units, units, of_states, wide);
            } else if step + 1 == steps {
                add_narrow(dy, units, units, of_states, wide);
            }
            let taken = Taken {
                gates: &all_gates[step * row..],
                states: &all_states[step * wide..],
                cells: all_cells.get(step * wide..).unwrap_or_default(),
            };
            let of_sums = &mut of_sums[step * row..];
            gates.step_back(taken, strides, of_sums, of_states, of_cells);
            if step > 0 {
                let walk = Walk {
                    outer: 1,
                    inner: product,
                    a: Steps { outer: 0, inner: 1, row: steps * row },
                    b: Steps { outer: 0, inner: wide, row: 0 },
                };
                let out = Block { rows, columns: wide, stride: wide };
                add_product(gates.lanes, walk, &of_sums[gates.begin(Side::State)..], turned, of_states, out);
            }
        }
        let all = rows * steps;
        let columns = |from| Matrix { numbers: &of_sums[gates.begin(from)..], row_stride: row, column_stride: 1 };
        if let [of_input_weights, of_recurrent_weights, of_input_bias, of_recurrent_bias] = own {
            bias.fill(0.0);
            add_rows(bias, of_sums);
            gates.collect(Side::Input, &bias[..product], of_input_bias);
            gates.collect(Side::State, &bias[gates.begin(Side::State)..], of_recurrent_bias);
            let states = Matrix::rows(all_states, wide).transposed();
            multiply((units, all, product), states, columns(Side::State), in_order, Write::Replace)?;
            gates.collect(Side::State, &in_order[..units * product], of_recurrent_weights);
            let x = Matrix::rows(x, inputs).transposed();
            multiply((inputs, all, product), x, columns(Side::Input), in_order, Write::Replace)?;
            gates.collect(Side::Input, &in_order[..inputs * product], of_input_weights);
        }
        if let Some((dx, write)) = dx {
            gates.spread(Side::Input, weights[0], &mut in_order[..inputs * product]);
            let weights = Matrix::rows(in_order, product).transposed();
            multiply((all, product, inputs), columns(Side::Input), weights, dx, write)?;
        }
        Ok(())
    })
}

/// Copies rows that lie close together to places `stride` numbers apart.
fn put_rows(from: &[f32], wide: usize, to: &mut [f32], stride: usize) {
    put_narrow(from, wide, to, stride, wide);
}

/// As [`put_rows`], with only the first `narrow` numbers of each row.
fn put_narrow(from: &[f32], wide: usize, to: &mut [f32], stride: usize, narrow: usize) {
    for (from, to) in from.chunks_exact(wide).zip(to.chunks_mut(stride)) {
        to[..narrow].copy_from_slice(&from[..narrow]);
    }
}

/// Adds rows of `narrow` numbers, `stride` apart, to the beginnings of rows of `wide`.
fn add_narrow(from: &[f32], stride: usize, narrow: usize, to: &mut [f32], wide: usize) {
    for (from, to) in from.chunks(stride).zip(to.chunks_exact_mut(wide)) {
        add(to, &from[..narrow]);
    }
}

/// Rows of `columns` numbers become columns of a matrix with rows of `wide`; the columns that are left are zero.
fn turn(from: &[f32], columns: usize, to: &mut [f32], wide: usize) {
    to.fill(0.0);
    for (row, from) in from.chunks_exact(columns).enumerate() {
        for (to, number) in to[row..].iter_mut().step_by(wide).zip(from) {
            *to = *number;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ops::check::{Case, Operator, check};

    impl Operator for Recurrent {
        fn apply<T: Tape<f32, Cpu>>(&self, case: Case<'_, T>) -> Result<Batch<T>, CpuError> {
            let [input_weights, recurrent_weights, input_bias, recurrent_bias] = case.parameters else {
                return Err(CpuError::WrongNumElements);
            };
            let learned = case.learned;
            let parameters =
                RecurrentParameters { input_weights, recurrent_weights, input_bias, recurrent_bias, learned };
            recurrent(*self, case.x, parameters, case.input_gradient, case.slot)
        }
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        for cell in [Cell::Rnn, Cell::Gru, Cell::Lstm] {
            for (steps, inputs, units, all_states) in [(1, 2, 3, false), (4, 3, 2, true), (3, 1, 17, false)] {
                let layer = Recurrent { cell, steps, inputs, units, all_states };
                let columns = layer.gates() * units;
                check(&layer, (3, steps * inputs), &[inputs * columns, units * columns, columns, columns]);
            }
        }
    }

    #[test]
    fn sequences_of_another_length_are_an_error() {
        let layer = Recurrent { cell: Cell::Rnn, steps: 2, inputs: 1, units: 1, all_states: false };
        let one: Flat = dfdx::prelude::TensorFromVec::tensor_from_vec(&Cpu::default(), vec![1.0], (1,));
        let parameters = RecurrentParameters {
            input_weights: &one,
            recurrent_weights: &one,
            input_bias: &one,
            recurrent_bias: &one,
            learned: false,
        };
        let apply = |columns| {
            let x = crate::engine::tensor::zeros(3, columns).unwrap();
            recurrent(layer, x, parameters, InputGradient::None, &mut Slot::default())
        };
        assert!(apply(3).is_err());
        assert_eq!(view(&apply(2).unwrap()).unwrap().len(), 3);
    }
}
