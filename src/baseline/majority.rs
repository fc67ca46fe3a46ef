//! The class that most training examples have. What does not beat it has learned nothing.

use super::{Table, largest};

/// A class for each dev example.
pub(super) fn predict(table: &Table) -> Vec<u32> {
    let mut counts = vec![0u64; table.classes];
    table.train.labels.iter().for_each(|label| counts[*label as usize] += 1);
    vec![largest(&counts); table.dev.len()]
}
