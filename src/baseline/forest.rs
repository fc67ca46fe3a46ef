//! A random forest (Breiman 2001), of smartcore's trees.
//!
//! Trees are grown one by one, each as a forest of its own with a seed of its own, and vote here: so a worker that has to
//! go waits for one tree, not for all.

use smartcore::ensemble::random_forest_classifier::{RandomForestClassifier, RandomForestClassifierParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;

use super::table::Rows;
use super::{Table, largest};

/// Rows that trees are grown on: a tree takes a time that grows with the square of their number.
pub(super) const MOST: usize = 1500;
/// Trees that vote.
const TREES: u64 = 50;

/// A class for each dev example; `None` if told to stop, or where no tree can be grown.
pub(super) fn predict(table: &Table, seed: u64, told: &dyn Fn() -> bool) -> Option<Vec<u32>> {
    let rows = table.train.thinned(MOST);
    let (train, dev) = (matrix(&rows)?, matrix(&table.dev)?);
    let mut votes = vec![0u32; table.dev.len() * table.classes];
    for tree in 0..TREES {
        if told() {
            return None;
        }
        let parameters =
            RandomForestClassifierParameters::default().with_n_trees(1).with_seed(seed.wrapping_add(tree << 32));
        let tree = RandomForestClassifier::fit(&train, &rows.labels, parameters).ok()?;
        let classes: Vec<u32> = tree.predict(&dev).ok()?;
        for (votes, class) in votes.chunks_exact_mut(table.classes).zip(classes) {
            votes[class as usize] += 1;
        }
    }
    Some(votes.chunks_exact(table.classes).map(largest).collect())
}

fn matrix(rows: &Rows) -> Option<DenseMatrix<f32>> {
    if rows.is_empty() {
        return None;
    }
    DenseMatrix::new(rows.len(), rows.width, rows.values.clone(), false).ok()
}
