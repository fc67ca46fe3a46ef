//! The same numbers to the last bit.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};

use rayon::prelude::*;

use super::{Found, ORDER, by_pairs};
use crate::data::{Prepared, Values};
use crate::domain::duplicates::Twins;

/// The pairs of sets that share examples to the last bit.
pub(in crate::data) fn exact(prepared: &Prepared) -> Vec<Twins> {
    let hashes: Vec<u64> = (0..prepared.labels.len())
        .into_par_iter()
        .map(|example| hash(&prepared.values, numbers(prepared), example))
        .collect();
    // The first example of each hash in each of the earlier sets, and those that only share the hash.
    let mut seen: HashMap<u64, Vec<(usize, u32)>> = HashMap::with_capacity(hashes.len());
    let mut found = Vec::new();
    for (later, &(_, set)) in ORDER.iter().enumerate() {
        let examples = prepared.sets.of(set);
        for &example in examples {
            let Some(others) = seen.get(&hashes[example as usize]) else { continue };
            for earlier in 0..later {
                let twin = others.iter().find(|(set, other)| *set == earlier && same(prepared, example, *other));
                found.extend(twin.map(|(_, twin)| (later, earlier, Found { example, twin: *twin, distance: 0.0 })));
            }
        }
        for &example in examples {
            let others = seen.entry(hashes[example as usize]).or_default();
            if !others.iter().any(|(set, other)| *set == later && same(prepared, example, *other)) {
                others.push((later, example));
            }
        }
    }
    by_pairs(prepared, &found)
}

fn numbers(prepared: &Prepared) -> usize {
    prepared.shape.len()
}

fn hash(values: &Values, numbers: usize, example: usize) -> u64 {
    let mut hasher = DefaultHasher::new();
    let range = example * numbers..(example + 1) * numbers;
    match values {
        Values::Bytes(values) => hasher.write(&values[range]),
        Values::Floats(values) => {
            for value in &values[range] {
                hasher.write_u32(value.to_bits());
            }
        }
    }
    hasher.finish()
}

/// Whether two examples hold the same numbers.
pub(super) fn same(prepared: &Prepared, a: u32, b: u32) -> bool {
    let numbers = numbers(prepared);
    let range = |example: u32| example as usize * numbers..(example as usize + 1) * numbers;
    match &prepared.values {
        Values::Bytes(values) => values[range(a)] == values[range(b)],
        Values::Floats(values) => values[range(a)] == values[range(b)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Sets, Shape};
    use crate::domain::ladder::Place;

    #[test]
    fn each_example_is_found_in_every_earlier_set_once() {
        let values = Values::Floats(vec![0.0, 1.0, 1.0, 3.0, 1.0, 5.0, 3.0, 0.0]);
        let sets = Sets { train: vec![0, 1, 2], train_dev: vec![3], dev: vec![4, 5], test: vec![6, 7] };
        let classes = vec!["a".to_owned(), "b".to_owned()];
        let prepared = Prepared::new(Shape::Vector(1), values, vec![0, 0, 0, 0, 1, 0, 0, 0], classes, sets);
        let found = exact(&prepared);
        let pairs: Vec<_> =
            found.iter().map(|one| (one.set, one.within, one.examples, one.other_class, one.shown[0].twin)).collect();
        assert_eq!(
            pairs,
            [
                (Place::Dev, Place::Train, 1, 1, 1),
                (Place::Test, Place::Train, 1, 0, 0),
                (Place::Test, Place::TrainDev, 1, 0, 3),
            ]
        );
    }

    #[test]
    fn bytes_are_compared_whole() {
        let values = Values::Bytes(vec![1, 2, 1, 3, 1, 2]);
        let sets = Sets { train: vec![0, 1], dev: vec![2], ..Sets::default() };
        let prepared = Prepared::new(Shape::Vector(2), values, vec![0, 1, 0], vec!["a".into(), "b".into()], sets);
        let found = exact(&prepared);
        assert_eq!((found.len(), found[0].examples, found[0].shown[0].twin), (1, 1, 0));
    }
}
