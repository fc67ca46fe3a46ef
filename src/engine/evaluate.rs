//! A network's errors on a set: batched, on all threads, without a tape.

use dfdx::prelude::CpuError;

use super::network::Network;
use super::ops::Objective;
use super::raw::view;
use super::tensor::Slot;
use super::threads::Threads;
use super::{EngineError, examples};
use crate::data::Prepared;
use crate::domain::event::SetResult;
use crate::domain::ladder::Counts;

/// Examples that go through the network at once.
const ROWS: usize = 64;

/// What a network made of a set.
#[derive(Debug, Clone, PartialEq)]
pub struct SetEvaluation {
    /// Mistakes and mean loss; of an empty set 0 of 0, and a loss of 0.
    pub result: SetResult,
    /// A row per true class, a column per predicted one.
    pub confusion: Vec<Vec<u64>>,
    /// The probability of each class for each example, example after example, in the order of the set.
    pub probabilities: Vec<f32>,
}

/// A stretch of the set, and the memory to work on it.
struct Piece<'a> {
    examples: &'a [u32],
    probabilities: &'a mut [f32],
}

/// Shows the examples to the network.
///
/// # Errors
/// No memory.
pub(super) fn evaluate(
    network: &Network,
    objective: &Objective,
    data: &Prepared,
    examples: &[u32],
    threads: &Threads,
) -> Result<SetEvaluation, EngineError> {
    let classes = network.plan.classes;
    let mut probabilities = super::tensor::zeroed(examples.len() * classes)?;
    // Few long pieces, so that each makes its buffers once; the sums are made in the order of the set all the same.
    let length = examples.len().div_ceil(16).next_multiple_of(ROWS).max(ROWS);
    let mut pieces: Vec<Piece<'_>> = examples
        .chunks(length)
        .zip(probabilities.chunks_mut(length * classes))
        .map(|(examples, probabilities)| Piece { examples, probabilities })
        .collect();
    let losses = threads.map(&mut pieces, |piece| predict(network, objective, data, piece));
    let losses = losses.into_iter().collect::<Result<Vec<_>, CpuError>>()?;
    let loss: f64 = losses.iter().flatten().sum();

    let mut confusion = vec![vec![0u64; classes]; classes];
    let mut errors = 0;
    for (example, row) in examples.iter().zip(probabilities.chunks_exact(classes)) {
        let truth = data.labels[*example as usize] as usize;
        let predicted = largest(row);
        confusion[truth][predicted] += 1;
        errors += u64::from(truth != predicted);
    }
    let of = examples.len() as u64;
    let worth = objective.worth(examples.iter().map(|example| data.labels[*example as usize]));
    let loss = if of == 0 { 0.0 } else { loss / worth };
    Ok(SetEvaluation { result: SetResult { counts: Counts { errors, of }, loss }, confusion, probabilities })
}

/// Fills in the probabilities of a piece; gives the sum of the losses of each batch.
fn predict(
    network: &Network,
    objective: &Objective,
    data: &Prepared,
    piece: &mut Piece<'_>,
) -> Result<Vec<f64>, CpuError> {
    let classes = network.plan.classes;
    let (mut input, mut slots) = (Slot::default(), network.slots());
    let mut losses = Vec::new();
    for (batch, out) in piece.examples.chunks(ROWS).zip(piece.probabilities.chunks_mut(ROWS * classes)) {
        let x = examples::fill(&mut input, data, batch, None)?;
        let logits = network.forward(x, &mut slots, None)?;
        out.copy_from_slice(view(&logits)?);
        let labels: Vec<u32> = batch.iter().map(|example| data.labels[*example as usize]).collect();
        losses.push(objective.losses(out, &labels));
    }
    Ok(losses)
}

/// The place of the largest number; the first of equal ones.
fn largest(row: &[f32]) -> usize {
    let mut best = 0;
    for (place, number) in row.iter().enumerate() {
        if *number > row[best] {
            best = place;
        }
    }
    best
}
