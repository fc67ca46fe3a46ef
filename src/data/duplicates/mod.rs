//! Examples that are in two sets at once: the same to the last bit ([`mod@exact`]), or pictures that look alike ([`mod@near`]).
//! Each example is looked for in the sets that come before its own: train, train-dev, dev, test.

mod exact;
mod look;
mod near;

use super::{Prepared, Set, Shape};
use crate::domain::duplicates::{Duplicates, SHOWN, Twin, Twins};
use crate::domain::ladder::Place;

pub(super) use exact::exact;

/// The sets in the order in which the later must hold nothing of the earlier.
const ORDER: [(Place, Set); 4] =
    [(Place::Train, Set::Train), (Place::TrainDev, Set::TrainDev), (Place::Dev, Set::Dev), (Place::Test, Set::Test)];

/// Looks for both kinds across all sets.
pub fn duplicates(prepared: &Prepared) -> Duplicates {
    let exact = exact(prepared);
    let near = matches!(prepared.shape, Shape::Image { .. }).then(|| near::near(prepared));
    Duplicates { exact, near }
}

/// Two examples that were found to be one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found {
    /// In the later set.
    example: u32,
    /// In the earlier set.
    twin: u32,
    distance: f32,
}

/// Counts what was found by pairs of sets, given as places in [`ORDER`]: the later, then the earlier. Each example counts
/// once for each earlier set.
fn by_pairs(prepared: &Prepared, found: &[(usize, usize, Found)]) -> Vec<Twins> {
    let mut pairs = Vec::new();
    for (later, &(place, set)) in ORDER.iter().enumerate() {
        for (earlier, &(within, _)) in ORDER.iter().enumerate().take(later) {
            let here: Vec<Found> =
                found.iter().filter(|one| (one.0, one.1) == (later, earlier)).map(|one| one.2).collect();
            if here.is_empty() {
                continue;
            }
            let label = |example: u32| prepared.labels[example as usize];
            let name = |example: u32| prepared.classes.get(label(example) as usize).cloned().unwrap_or_default();
            let twin = |one: &Found| Twin {
                example: one.example,
                class: name(one.example),
                twin: one.twin,
                twin_class: name(one.twin),
                distance: f64::from(one.distance),
                pictures: None,
            };
            let other_class = here.iter().filter(|one| label(one.example) != label(one.twin)).count() as u64;
            pairs.push(Twins {
                set: place,
                within,
                examples: here.len() as u64,
                of: prepared.sets.of(set).len() as u64,
                other_class,
                shown: here.iter().take(SHOWN).map(twin).collect(),
            });
        }
    }
    pairs
}
