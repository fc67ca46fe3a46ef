//! A network's errors on a set: batched, on all threads, without a tape.

use std::sync::atomic::{AtomicBool, Ordering};

use dfdx::prelude::CpuError;

use super::model::Kind;
use super::network::Network;
use super::raw::view;
use super::task::{Standard, Task, Truth};
use super::tensor::Slot;
use super::threads::Threads;
use super::{EngineError, examples};
use crate::data::{ABSENT, Prepared};
use crate::domain::event::{SetResult, TaskResult};
use crate::domain::experiment::Activation;
use crate::domain::ladder::Counts;

/// Examples that go through the network at once.
const ROWS: usize = 64;

/// What a network made of a set.
#[derive(Debug, Clone, PartialEq)]
pub struct SetEvaluation {
    /// Mistakes and mean loss on the class; of an empty set 0 of 0, and a loss of 0.
    pub result: SetResult,
    /// A row per true class, a column per predicted one.
    pub confusion: Vec<Vec<u64>>,
    /// The probability of each class for each example, example after example, in the order of the set.
    pub probabilities: Vec<f32>,
    /// What came of the further tasks, in their order.
    pub tasks: Vec<TaskResult>,
    /// For each layer of ReLUs its name, and the share of its units that were off for every example.
    pub dead: Vec<(String, f64)>,
}

/// A stretch of the set, and the memory to work on it.
struct Piece<'a> {
    examples: &'a [u32],
    probabilities: &'a mut [f32],
    /// One for each task.
    tallies: Vec<Tally>,
    /// For each layer of the trunk which of its units were on for some example; empty for layers of other kinds.
    on: Vec<Vec<bool>>,
}

/// What is added up for a task.
#[derive(Debug, Clone, Default)]
struct Tally {
    loss: f64,
    worth: f64,
    /// Wrong labels, or squared distances.
    wrong: f64,
    /// Labels or numbers that are known.
    known: u64,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.loss += other.loss;
        self.worth += other.worth;
        self.wrong += other.wrong;
        self.known += other.known;
    }

    fn mean_loss(&self) -> f64 {
        if self.worth > 0.0 { self.loss / self.worth } else { 0.0 }
    }
}

/// Shows the examples to the network.
///
/// # Errors
/// No memory; [`EngineError::LeftOff`] soon after `leave` is set.
pub(super) fn evaluate(
    network: &Network,
    tasks: &[Task],
    data: &Prepared,
    examples: &[u32],
    threads: &Threads,
    leave: &AtomicBool,
) -> Result<SetEvaluation, EngineError> {
    let classes = data.classes.len();
    let mut probabilities = super::tensor::zeroed(examples.len() * classes)?;
    // Few long pieces, so that each makes its buffers once; the sums are made in the order of the set all the same.
    let length = examples.len().div_ceil(16).next_multiple_of(ROWS).max(ROWS);
    let mut pieces: Vec<Piece<'_>> = examples
        .chunks(length)
        .zip(probabilities.chunks_mut(length * classes))
        .map(|(examples, probabilities)| Piece {
            examples,
            probabilities,
            tallies: vec![Tally::default(); tasks.len()],
            on: network.plan.trunk.iter().map(|layer| vec![false; relus(&layer.kind)]).collect(),
        })
        .collect();
    let outcomes = threads.map(&mut pieces, |piece| predict(network, tasks, data, piece, leave));
    outcomes.into_iter().collect::<Result<(), EngineError>>()?;

    let mut tallies = vec![Tally::default(); tasks.len()];
    let mut on: Vec<Vec<bool>> = network.plan.trunk.iter().map(|layer| vec![false; relus(&layer.kind)]).collect();
    for piece in &pieces {
        tallies.iter_mut().zip(&piece.tallies).for_each(|(tally, more)| tally.add(more));
        let units = on.iter_mut().flatten().zip(piece.on.iter().flatten());
        units.for_each(|(unit, more)| *unit |= more);
    }
    let mut confusion = vec![vec![0u64; classes]; classes];
    for (example, row) in examples.iter().zip(probabilities.chunks_exact(classes)) {
        confusion[data.labels[*example as usize] as usize][largest(row)] += 1;
    }
    let (class, further) = tallies.split_first().ok_or(CpuError::WrongNumElements)?;
    let counts = Counts { errors: class.wrong as u64, of: examples.len() as u64 };
    let named = tasks.iter().skip(1).zip(further);
    let results = named.map(|(task, tally)| result(task, tally, data));
    let layers = network.plan.trunk.iter().zip(&on).filter(|(_, units)| !units.is_empty() && !examples.is_empty());
    let dead = layers.map(|(layer, units)| {
        let off = units.iter().filter(|on| !**on).count();
        (layer.name.clone(), off as f64 / units.len() as f64)
    });
    Ok(SetEvaluation {
        result: SetResult { counts, loss: class.mean_loss() },
        confusion,
        tasks: results.collect(),
        dead: dead.collect(),
        probabilities,
    })
}

fn result(task: &Task, tally: &Tally, data: &Prepared) -> TaskResult {
    let mean = if tally.known > 0 { tally.wrong / tally.known as f64 } else { 0.0 };
    let is_distance = task.standards(data).is_some();
    let error = if is_distance { mean.sqrt() } else { mean };
    TaskResult { known: tally.known, loss: tally.mean_loss(), error, is_distance }
}

/// Fills in a piece's probabilities and tallies.
fn predict(
    network: &Network,
    tasks: &[Task],
    data: &Prepared,
    piece: &mut Piece<'_>,
    leave: &AtomicBool,
) -> Result<(), EngineError> {
    let classes = data.classes.len();
    let (mut input, mut slots, mut outputs) = (Slot::default(), network.slots(), Vec::new());
    let whole = 0..network.plan.trunk.len();
    for (batch, out) in piece.examples.chunks(ROWS).zip(piece.probabilities.chunks_mut(ROWS * classes)) {
        if leave.load(Ordering::Relaxed) {
            return Err(EngineError::LeftOff);
        }
        let x = examples::fill(&mut input, data, batch, None)?;
        let x = network.trunk(whole.clone(), x, &mut slots, None)?;
        for (layer, on) in slots.iter().zip(&mut piece.on).filter(|(_, on)| !on.is_empty()) {
            look(layer, on)?;
        }
        for (head, (task, tally)) in tasks.iter().zip(&mut piece.tallies).enumerate() {
            let y = network.head(head, x.clone(), &mut slots)?;
            outputs.clear();
            outputs.extend_from_slice(view(&y)?);
            let truth = task.truth(data, batch, None);
            tally.loss += task.objective.losses(&mut outputs, truth.all());
            tally.worth += task.objective.worth(truth.all());
            count(tally, &outputs, &truth, task.objective.outputs, task.standards(data));
            if head == 0 {
                task.objective.probabilities(&mut outputs);
                out.copy_from_slice(&outputs);
            }
        }
    }
    Ok(())
}

/// Counts what is wrong in rows of predictions.
fn count(tally: &mut Tally, predictions: &[f32], truth: &Truth, width: usize, standards: Option<&[Standard]>) {
    let rows = predictions.chunks_exact(width.max(1));
    match truth {
        Truth::Classes(classes) => {
            for (row, class) in rows.zip(classes).filter(|(_, class)| class.label != ABSENT) {
                tally.known += 1;
                tally.wrong += f64::from(u8::from(largest(row) != class.label as usize));
            }
        }
        Truth::Numbers(numbers) => {
            for (row, truth) in rows.zip(numbers.chunks_exact(width.max(1))) {
                for (place, (found, truth)) in row.iter().zip(truth).enumerate().filter(|(_, (_, t))| !t.is_nan()) {
                    tally.known += 1;
                    tally.wrong += match standards {
                        Some(standards) => f64::from((found - truth) * standards[place].deviation).powi(2),
                        None => f64::from(u8::from((*found > 0.5) != (*truth > 0.5))),
                    };
                }
            }
        }
    }
}

/// Units of a layer that are ReLUs: channels of a convolution, numbers of a fully connected layer.
fn relus(kind: &Kind) -> usize {
    match kind {
        _ if kind.activation() != Some(Activation::Relu) => 0,
        Kind::Convolution(layer) => layer.geometry.outputs,
        Kind::Normalize(layer) => layer.channels,
        Kind::Dense(layer) => layer.outputs,
        // A sum with what was on before says nothing of the layer itself.
        Kind::Add { .. } | Kind::Pool(_) | Kind::GlobalPool(_) | Kind::Recurrent(_) | Kind::Dropout => 0,
    }
}

/// Notes the units that are on in a layer's last output.
fn look(layer: &Slot, on: &mut [bool]) -> Result<(), CpuError> {
    let Some(output) = layer.output() else { return Ok(()) };
    for pixel in view(output)?.chunks_exact(on.len()) {
        for (on, number) in on.iter_mut().zip(pixel) {
            *on |= *number > 0.0;
        }
    }
    Ok(())
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
