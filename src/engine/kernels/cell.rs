//! One step of a recurrent cell and back, and the order in which its gates lie.
//!
//! The equations are PyTorch's, with two biases. Before a step, each example has a row of blocks, one number for each unit
//! in each block, that hold sums of products:
//!
//! | cell | blocks | from the input | from the state before |
//! | --- | --- | --- | --- |
//! | plain | h | all | all |
//! | GRU | n from the input, r, z, n from the state | the first three | the last three |
//! | LSTM | i, f, g, o | all | all |
//!
//! So what comes from the input and what comes from the state are ranges of neighboring columns, and one matrix product
//! each writes them into the same row; a GRU needs its candidate's two parts one by one. The step turns the sums into
//! gates in place: they are what the backward pass needs. Units are padded to whole vectors; padding stays zero.

use super::math::{sigmoid, tanh};
use super::{lanes_for, vectorized};
use crate::domain::experiment::Cell;

/// How the gates of a layer lie in memory.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Gates {
    cell: Cell,
    units: usize,
    /// Units with their padding.
    pub(in crate::engine) wide: usize,
    /// The length of the vectors that `wide` is made of.
    pub(in crate::engine) lanes: usize,
}

/// Where sums of products come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Side {
    /// The input of the step.
    Input,
    /// The state before the step.
    State,
}

impl Gates {
    /// The gates of a layer.
    pub(in crate::engine) fn new(cell: Cell, units: usize) -> Self {
        let lanes = lanes_for(units);
        Self { cell, units, wide: units.next_multiple_of(lanes), lanes }
    }

    /// Blocks of weights: PyTorch's.
    pub(in crate::engine) fn count(&self) -> usize {
        match self.cell {
            Cell::Rnn => 1,
            Cell::Gru => 3,
            Cell::Lstm => 4,
        }
    }

    /// Numbers in a row of blocks.
    pub(in crate::engine) fn row(&self) -> usize {
        if self.cell == Cell::Gru { 4 * self.wide } else { self.product() }
    }

    /// Numbers in a row of one product.
    pub(in crate::engine) fn product(&self) -> usize {
        self.count() * self.wide
    }

    /// Where a product's columns begin.
    pub(in crate::engine) fn begin(&self, from: Side) -> usize {
        match from {
            Side::Input => 0,
            Side::State => self.row() - self.product(),
        }
    }

    /// Where a block of PyTorch's order (r, z, n; i, f, g, o) lies in a product's columns.
    fn place(&self, from: Side, block: usize) -> usize {
        match (self.cell, from) {
            (Cell::Gru, Side::Input) => (block + 1) % 3 * self.wide,
            _ => block * self.wide,
        }
    }

    /// Rows of weights or a bias, from PyTorch's order to that of a product's columns.
    pub(in crate::engine) fn spread(&self, from: Side, weights: &[f32], wide: &mut [f32]) {
        wide.fill(0.0);
        let rows = weights.chunks_exact(self.count() * self.units).zip(wide.chunks_exact_mut(self.product()));
        for (weights, wide) in rows {
            for (block, weights) in weights.chunks_exact(self.units).enumerate() {
                wide[self.place(from, block)..][..self.units].copy_from_slice(weights);
            }
        }
    }

    /// The reverse of [`Self::spread`].
    pub(in crate::engine) fn collect(&self, from: Side, wide: &[f32], weights: &mut [f32]) {
        let rows = weights.chunks_exact_mut(self.count() * self.units).zip(wide.chunks_exact(self.product()));
        for (weights, wide) in rows {
            for (block, weights) in weights.chunks_exact_mut(self.units).enumerate() {
                weights.copy_from_slice(&wide[self.place(from, block)..][..self.units]);
            }
        }
    }

    /// One step of some examples. `rows` holds the sums of each, `stride` numbers apart, and gets the gates; states and
    /// cells (empty, where the cell has none) go from before the step to after it.
    pub(in crate::engine) fn step(&self, rows: &mut [f32], stride: usize, states: &mut [f32], cells: &mut [f32]) {
        let wide = self.wide;
        vectorized(
            #[inline(always)]
            || {
                for (example, state) in states.chunks_exact_mut(wide).enumerate() {
                    let row = &mut rows[example * stride..][..self.row()];
                    match self.cell {
                        Cell::Rnn => step_plain(row, state),
                        Cell::Gru => step_gru(blocks_mut(row, wide), state),
                        Cell::Lstm => step_lstm(blocks_mut(row, wide), &mut cells[example * wide..][..wide], state),
                    }
                }
            },
        );
    }

    /// The way back through one step. Takes the gates, the states and cells before the step and the gradients of those
    /// after it (`of_states`, `of_cells`). Leaves the gradients of the sums, and in `of_states` and `of_cells` those of
    /// what was before the step, as far as they did not pass through the sums.
    pub(in crate::engine) fn step_back(
        &self,
        Taken { gates, states, cells }: Taken<'_>,
        Strides { row: stride, state: state_stride }: Strides,
        of_rows: &mut [f32],
        of_states: &mut [f32],
        of_cells: &mut [f32],
    ) {
        let wide = self.wide;
        vectorized(
            #[inline(always)]
            || {
                for (example, of_state) in of_states.chunks_exact_mut(wide).enumerate() {
                    let gates = &gates[example * stride..][..self.row()];
                    let of_row = &mut of_rows[example * stride..][..self.row()];
                    match self.cell {
                        Cell::Rnn => back_plain(gates, of_row, of_state),
                        Cell::Gru => {
                            let state = &states[example * state_stride..][..wide];
                            back_gru(blocks(gates, wide), state, blocks_mut(of_row, wide), of_state);
                        }
                        Cell::Lstm => {
                            let cell = &cells[example * state_stride..][..wide];
                            let of_cell = &mut of_cells[example * wide..][..wide];
                            back_lstm(blocks(gates, wide), cell, blocks_mut(of_row, wide), of_state, of_cell);
                        }
                    }
                }
            },
        );
    }
}

/// What a step left for the way back.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Taken<'a> {
    /// What [`Gates::step`] made of the sums.
    pub(in crate::engine) gates: &'a [f32],
    /// The states before the step.
    pub(in crate::engine) states: &'a [f32],
    /// The cells before the step; empty, where there are none.
    pub(in crate::engine) cells: &'a [f32],
}

/// How far apart examples lie.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Strides {
    /// Of gates and their gradients.
    pub(in crate::engine) row: usize,
    /// Of states and cells.
    pub(in crate::engine) state: usize,
}

#[inline(always)]
fn blocks(row: &[f32], wide: usize) -> [&[f32]; 4] {
    std::array::from_fn(
        #[inline(always)]
        |block| &row[block * wide..(block + 1) * wide],
    )
}

#[inline(always)]
fn blocks_mut(row: &mut [f32], wide: usize) -> [&mut [f32]; 4] {
    let (first, row) = row.split_at_mut(wide);
    let (second, row) = row.split_at_mut(wide);
    let (third, fourth) = row.split_at_mut(wide);
    [first, second, third, &mut fourth[..wide]]
}

#[inline(always)]
fn step_plain(row: &mut [f32], state: &mut [f32]) {
    for (gate, state) in row.iter_mut().zip(state) {
        *gate = tanh(*gate);
        *state = *gate;
    }
}

#[inline(always)]
fn back_plain(gates: &[f32], of_row: &mut [f32], of_state: &mut [f32]) {
    for ((h, of_sum), of_state) in gates.iter().zip(of_row).zip(of_state) {
        *of_sum = *of_state * (1.0 - h * h);
        *of_state = 0.0;
    }
}

#[inline(always)]
fn step_gru([candidate, reset, update, from_state]: [&mut [f32]; 4], state: &mut [f32]) {
    let gates = candidate.iter_mut().zip(reset).zip(update.iter_mut().zip(from_state));
    for (state, ((n, r), (z, from_state))) in state.iter_mut().zip(gates) {
        *r = sigmoid(*r);
        *z = sigmoid(*z);
        *n = tanh(*n + *r * *from_state);
        *state = *n + *z * (*state - *n);
    }
}

#[inline(always)]
fn back_gru(
    [candidate, reset, update, from_state]: [&[f32]; 4],
    state: &[f32],
    of: [&mut [f32]; 4],
    of_state: &mut [f32],
) {
    let [of_candidate, of_reset, of_update, of_from_state] = of;
    let gates = candidate.iter().zip(reset).zip(update.iter().zip(from_state)).zip(state);
    let of = of_candidate.iter_mut().zip(of_reset).zip(of_update.iter_mut().zip(of_from_state)).zip(of_state);
    for ((((n, r), (z, from_state)), state), (((of_n, of_r), (of_z, of_from_state)), of_state)) in gates.zip(of) {
        let through = *of_state * (1.0 - z) * (1.0 - n * n);
        *of_n = through;
        *of_r = through * from_state * r * (1.0 - r);
        *of_z = *of_state * (state - n) * z * (1.0 - z);
        *of_from_state = through * r;
        *of_state *= z;
    }
}

#[inline(always)]
fn step_lstm([input, forget, candidate, output]: [&mut [f32]; 4], cell: &mut [f32], state: &mut [f32]) {
    let gates = input.iter_mut().zip(forget).zip(candidate.iter_mut().zip(output));
    for ((cell, state), ((i, f), (g, o))) in cell.iter_mut().zip(state).zip(gates) {
        *i = sigmoid(*i);
        *f = sigmoid(*f);
        *g = tanh(*g);
        *o = sigmoid(*o);
        *cell = *f * *cell + *i * *g;
        *state = *o * tanh(*cell);
    }
}

#[inline(always)]
fn back_lstm(
    [input, forget, candidate, output]: [&[f32]; 4],
    cell: &[f32],
    [of_input, of_forget, of_candidate, of_output]: [&mut [f32]; 4],
    of_state: &mut [f32],
    of_cell: &mut [f32],
) {
    let gates = input.iter().zip(forget).zip(candidate.iter().zip(output)).zip(cell);
    let of = of_input.iter_mut().zip(of_forget).zip(of_candidate.iter_mut().zip(of_output));
    let of = of.zip(of_state.iter_mut().zip(of_cell));
    for ((((i, f), (g, o)), cell), (((of_i, of_f), (of_g, of_o)), (of_state, of_cell))) in gates.zip(of) {
        let squashed = tanh(f * cell + i * g);
        let through = *of_cell + *of_state * o * (1.0 - squashed * squashed);
        *of_o = *of_state * squashed * o * (1.0 - o);
        *of_i = through * g * i * (1.0 - i);
        *of_f = through * cell * f * (1.0 - f);
        *of_g = through * i * (1.0 - g * g);
        *of_cell = through * f;
        *of_state = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_go_to_their_columns_and_come_back() {
        for cell in [Cell::Rnn, Cell::Gru, Cell::Lstm] {
            let gates = Gates::new(cell, 5);
            let weights: Vec<f32> = (1..=2 * gates.count() * 5).map(|n| n as f32).collect();
            for from in [Side::Input, Side::State] {
                let mut wide = vec![9.0; 2 * gates.product()];
                gates.spread(from, &weights, &mut wide);
                let mut back = vec![0.0; weights.len()];
                gates.collect(from, &wide, &mut back);
                assert_eq!(back, weights);
                assert_eq!(wide.iter().filter(|number| **number == 0.0).count(), wide.len() - weights.len());
            }
        }
        // The candidate's weights are last in PyTorch's order; its columns are first, or last of those from the state.
        let gates = Gates::new(Cell::Gru, 1);
        let mut wide = vec![0.0; gates.product()];
        gates.spread(Side::Input, &[1.0, 2.0, 3.0], &mut wide);
        assert_eq!([wide[0], wide[gates.wide], wide[2 * gates.wide]], [3.0, 1.0, 2.0]);
        assert_eq!((gates.begin(Side::Input), gates.begin(Side::State)), (0, gates.wide));
    }
}
