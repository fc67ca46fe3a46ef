//! Simple methods on the data that a network learns from, so that one can tell whether a network is needed. Knows `domain`
//! and `data`.
//!
//! [`Table`] makes rows of numbers of examples, the same for all methods; each method is a file: [`majority`],
//! [`centroid`], [`neighbors`], [`logistic`], [`forest`]. All are seeded and work on one thread, so that the same data
//! give the same mistakes on every machine, and all can be told to stop.

mod centroid;
mod forest;
mod logistic;
mod majority;
mod neighbors;
mod table;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

pub use table::Table;

use crate::domain::baseline::{Baseline, BaselineKind};
use crate::domain::ladder::Counts;

/// The mistakes that a method makes on the table's dev set; `None` where it was told to stop, or could not be made.
///
/// `stop` is looked at often enough that nobody waits longer than some tenths of a second.
pub fn score(kind: BaselineKind, table: &Table, seed: u64, stop: &AtomicBool) -> Option<Baseline> {
    let begin = Instant::now();
    let told = || stop.load(Ordering::Relaxed);
    let predicted = match kind {
        BaselineKind::MajorityClass => Some(majority::predict(table)),
        BaselineKind::NearestCentroid => Some(centroid::predict(table)),
        BaselineKind::NearestNeighbors => neighbors::predict(table, &told),
        BaselineKind::LogisticRegression => logistic::predict(table, seed, &told),
        BaselineKind::RandomForest => forest::predict(table, seed, &told),
    }?;
    let errors = predicted.iter().zip(&table.dev.labels).filter(|(found, truth)| found != truth).count() as u64;
    let most = if kind == BaselineKind::RandomForest { forest::MOST } else { usize::MAX };
    Some(Baseline {
        name: kind,
        counts: Counts { errors, of: table.dev.len() as u64 },
        trained_on: table.train.len().min(most) as u64,
        seconds: begin.elapsed().as_secs_f64(),
        data: table.fingerprint(),
    })
}

/// The place of the largest number; the first of equal ones.
fn largest<T: PartialOrd + Copy>(numbers: &[T]) -> u32 {
    let mut best = 0;
    for (place, number) in numbers.iter().enumerate() {
        if *number > numbers[best] {
            best = place;
        }
    }
    best as u32
}

/// Numbers that are multiplied side by side.
const LANES: usize = 16;

/// The sum of products, in lanes that are added up at the end: always in the same order.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}

#[cfg(test)]
mod tests;
