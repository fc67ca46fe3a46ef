//! What most of the nearest training examples are (Cover and Hart 1967).

use super::{Table, dot};

/// So many neighbors have a say.
const NEIGHBORS: usize = 5;
/// Dev examples between two looks at whether to stop.
const LOOK_EVERY: usize = 16;

/// A class for each dev example; `None` if told to stop.
pub(super) fn predict(table: &Table, told: &dyn Fn() -> bool) -> Option<Vec<u32>> {
    let squares: Vec<f32> = table.train.iter().map(|(row, _)| dot(row, row)).collect();
    let mut predicted = Vec::with_capacity(table.dev.len());
    for (place, (row, _)) in table.dev.iter().enumerate() {
        if place % LOOK_EVERY == 0 && told() {
            return None;
        }
        // |a − b|² less |b|², which is the same for all.
        let near =
            table.train.iter().zip(&squares).map(|((other, label), square)| (square - 2.0 * dot(row, other), label));
        predicted.push(vote(&nearest(near)));
    }
    Some(predicted)
}

/// The nearest, the very nearest first; of equals those that come first.
fn nearest(all: impl Iterator<Item = (f32, u32)>) -> Vec<(f32, u32)> {
    let mut nearest: Vec<(f32, u32)> = Vec::with_capacity(NEIGHBORS + 1);
    for (distance, label) in all {
        if nearest.len() == NEIGHBORS && nearest.last().is_some_and(|(furthest, _)| distance >= *furthest) {
            continue;
        }
        let place = nearest.partition_point(|(nearer, _)| *nearer <= distance);
        nearest.insert(place, (distance, label));
        nearest.truncate(NEIGHBORS);
    }
    nearest
}

/// The class with the most votes; of equals the one whose first voter is nearer.
fn vote(neighbors: &[(f32, u32)]) -> u32 {
    let votes = |label: u32| neighbors.iter().filter(|(_, other)| *other == label).count();
    let mut best = None;
    for (_, label) in neighbors {
        if best.is_none_or(|(_, most)| votes(*label) > most) {
            best = Some((*label, votes(*label)));
        }
    }
    best.map_or(0, |(label, _)| label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_of_the_nearest_decide() {
        let near = nearest([(5.0, 9), (1.0, 0), (3.0, 1), (9.0, 9), (2.0, 1), (4.0, 0), (8.0, 9)].into_iter());
        assert_eq!(near, [(1.0, 0), (2.0, 1), (3.0, 1), (4.0, 0), (5.0, 9)]);
        assert_eq!(vote(&near), 0, "of two with two votes the nearer");
        assert_eq!(vote(&[(1.0, 3), (2.0, 1), (3.0, 1)]), 1);
    }
}
