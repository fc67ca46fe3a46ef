//! The class whose mean is nearest.

use super::{Table, largest};

/// A class for each dev example.
pub(super) fn predict(table: &Table) -> Vec<u32> {
    let width = table.train.width;
    let mut sums = vec![vec![0.0f64; width]; table.classes];
    let mut counts = vec![0u32; table.classes];
    for (row, label) in table.train.iter() {
        counts[label as usize] += 1;
        sums[label as usize].iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    let nearness = |row: &[f32], class: usize| {
        // A class without examples has no mean.
        if counts[class] == 0 {
            return f64::NEG_INFINITY;
        }
        let count = f64::from(counts[class]);
        -sums[class].iter().zip(row).map(|(sum, value)| (sum / count - f64::from(*value)).powi(2)).sum::<f64>()
    };
    let nearest = |row: &[f32]| largest(&(0..table.classes).map(|class| nearness(row, class)).collect::<Vec<_>>());
    table.dev.iter().map(|(row, _)| nearest(row)).collect()
}
