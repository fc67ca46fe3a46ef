//! Which example is in which set: stratified by class, seeded, and stable.
//!
//! Every example has a fixed place between 0 and 1 within its class, and the sets are consecutive stretches of that
//! range, cut so that sizes are exact. The places are those of a scrambled van der Corput sequence over the examples of
//! a class in their order (Owen 1995): any first so many of them fill the range evenly. So when examples are added after
//! the others, the cuts hardly move, and all but one or two examples of a class at each cut keep their set. Where
//! examples have keys instead of an order (files in a folder), the places are hashes of the keys, and additions anywhere
//! move a few more.

use super::random::{Purpose, fraction, mix};

/// What is to be split.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pool<'a> {
    /// The class of each example.
    pub(super) labels: &'a [u32],
    /// What each is known by, where the order may change.
    pub(super) keys: Option<&'a [u64]>,
    /// Number of classes.
    pub(super) classes: usize,
}

/// Whole numbers that add up to `count` in these shares, by largest remainder; the first of equals is favored.
pub(super) fn apportion(count: usize, shares: &[f64]) -> Vec<usize> {
    let sum: f64 = shares.iter().sum();
    let quotas: Vec<f64> = shares.iter().map(|share| count as f64 * share / sum).collect();
    // A share that is a hair below a whole number for want of bits counts as that number.
    let mut parts: Vec<usize> = quotas.iter().map(|quota| (quota + 1e-9).floor() as usize).collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| {
        let remainder = |set: usize| ((quotas[set] - parts[set] as f64) * 1e9).round();
        remainder(b).total_cmp(&remainder(a))
    });
    let missing = count.saturating_sub(parts.iter().sum());
    order.into_iter().cycle().take(missing).for_each(|set| parts[set] += 1);
    parts
}

/// Splits the pool into sets of exactly these sizes, which add up to the pool's; gives the examples of each set in order.
///
/// Each class is spread over the sets in the same shares, to within one example.
pub(super) fn split(pool: Pool<'_>, sizes: &[usize], seed: u64, origin: u64) -> Vec<Vec<u32>> {
    let mut members: Vec<Vec<(f64, u32)>> = vec![Vec::new(); pool.classes];
    for (example, &label) in pool.labels.iter().enumerate() {
        let class = &mut members[label as usize];
        let place = match pool.keys {
            Some(keys) => fraction(Purpose::Split, &[seed, origin, keys[example]]),
            None => scrambled_place(class.len() as u32, mix(Purpose::Split, &[seed, origin, u64::from(label)])),
        };
        class.push((place, example as u32));
    }
    let counts: Vec<usize> = members.iter().map(Vec::len).collect();
    let mut sets = vec![Vec::new(); sizes.len()];
    for (class, parts) in members.iter_mut().zip(stratify(&counts, sizes)) {
        class.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut rest = class.iter().map(|(_, example)| *example);
        for (set, part) in sets.iter_mut().zip(parts) {
            set.extend(rest.by_ref().take(part));
        }
    }
    for set in &mut sets {
        set.sort_unstable();
    }
    sets
}

/// The place of the `index`-th element of a van der Corput sequence in base 2 whose every halving is flipped or not by
/// the seed.
fn scrambled_place(index: u32, seed: u64) -> f64 {
    let reversed = index.reverse_bits();
    let mut place = 0u32;
    for depth in 0..u32::BITS {
        // The flip hangs on the halvings above it, so that different stretches are flipped apart.
        let above = u64::from(reversed.checked_shr(u32::BITS - depth).unwrap_or(0));
        let flip = mix(Purpose::Split, &[seed, u64::from(depth), above]) & 1;
        let bit = (reversed >> (u32::BITS - 1 - depth)) & 1;
        place = (place << 1) | (bit ^ flip as u32);
    }
    f64::from(place) / 2f64.powi(32)
}

/// How many of each class go into each set: whole numbers next to the exact shares, whose sums are the classes' counts
/// one way and the sets' sizes the other.
fn stratify(counts: &[usize], sizes: &[usize]) -> Vec<Vec<usize>> {
    let total = counts.iter().sum::<usize>().max(1) as f64;
    let quota = |count: usize, set: usize| count as f64 * sizes[set] as f64 / total;
    // What each set is owed so far: rounding is carried from class to class, so that it does not add up.
    let mut owed = vec![0.0; sizes.len()];
    let mut table: Vec<Vec<usize>> = Vec::with_capacity(counts.len());
    let mut rounded_up: Vec<Vec<bool>> = Vec::with_capacity(counts.len());
    for &count in counts {
        let mut parts: Vec<usize> = (0..sizes.len()).map(|set| (quota(count, set) + 1e-9).floor() as usize).collect();
        for (set, owed) in owed.iter_mut().enumerate() {
            *owed += quota(count, set) - parts[set] as f64;
        }
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        order.sort_by(|&a, &b| owed[b].total_cmp(&owed[a]));
        let mut up = vec![false; sizes.len()];
        for &set in order.iter().take(count - parts.iter().sum::<usize>()) {
            parts[set] += 1;
            owed[set] -= 1.0;
            up[set] = true;
        }
        table.push(parts);
        rounded_up.push(up);
    }
    settle(&mut table, &mut rounded_up, sizes);
    table
}

/// Moves single examples of a class between sets until the sets have their sizes.
fn settle(table: &mut [Vec<usize>], rounded_up: &mut [Vec<bool>], sizes: &[usize]) {
    let excess = |table: &[Vec<usize>], set: usize| {
        table.iter().map(|parts| parts[set]).sum::<usize>() as i64 - sizes[set] as i64
    };
    for from in 0..sizes.len() {
        while excess(table, from) > 0 {
            let Some(to) = (0..sizes.len()).find(|&set| excess(table, set) < 0) else { return };
            // Preferably one that was rounded up here and down there; else any will do.
            let class = (0..table.len())
                .filter(|&class| table[class][from] > 0)
                .max_by_key(|&class| (rounded_up[class][from], !rounded_up[class][to], table[class][from]));
            let Some(class) = class else { return };
            table[class][from] -= 1;
            table[class][to] += 1;
            rounded_up[class][from] = false;
            rounded_up[class][to] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(labels: &[u32], classes: usize, seed: u64) -> Vec<Vec<u32>> {
        let sizes = apportion(labels.len(), &[0.7, 0.15, 0.15]);
        split(Pool { labels, keys: None, classes }, &sizes, seed, 0)
    }

    /// The set of each example.
    fn places(sets: &[Vec<u32>]) -> Vec<usize> {
        let mut places = vec![usize::MAX; sets.iter().map(Vec::len).sum()];
        for (set, examples) in sets.iter().enumerate() {
            for &example in examples {
                places[example as usize] = set;
            }
        }
        places
    }

    #[test]
    fn shares_become_whole_numbers() {
        for (count, shares, parts) in [
            (300, [0.7, 0.15, 0.15], [210, 45, 45]),
            (10, [0.7, 0.15, 0.15], [7, 2, 1]),
            (1, [0.7, 0.15, 0.15], [1, 0, 0]),
            (0, [0.7, 0.15, 0.15], [0, 0, 0]),
            (100_000, [0.98, 0.01, 0.01], [98_000, 1000, 1000]),
            (7, [0.5, 0.5, 0.0], [4, 3, 0]),
        ] {
            assert_eq!(apportion(count, &shares), parts, "{count} {shares:?}");
        }
    }

    #[test]
    fn places_fill_the_range_evenly_from_the_start() {
        for seed in 0..20 {
            let places: Vec<f64> = (0..1000).map(|index| scrambled_place(index, seed)).collect();
            for count in [10, 30, 100, 300, 1000] {
                for cut in [0.15, 0.5, 0.85] {
                    let below = places[..count].iter().filter(|place| **place < cut).count() as f64;
                    assert!((below - cut * count as f64).abs() < 3.0, "{count} {cut} {below}");
                }
            }
        }
        assert_ne!(scrambled_place(0, 1), scrambled_place(0, 2));
    }

    #[test]
    fn an_example_keeps_its_set_when_others_come_after_it() {
        let labels: Vec<u32> = (0..6000u32).map(|example| (example * 7 + example / 10) % 10).collect();
        let all = places(&of(&labels, 10, 1));
        for count in [300, 1000, 1010, 2500, 5900] {
            let few = places(&of(&labels[..count], 10, 1));
            let moved = few.iter().zip(&all).filter(|(few, all)| few != all).count();
            // Ten classes, two cuts each.
            assert!(moved <= 25, "{moved} of {count} moved");
        }
    }

    #[test]
    fn an_example_with_a_key_keeps_its_set_wherever_others_come() {
        let labels = vec![0; 1100];
        let keys: Vec<u64> = (0..1100).collect();
        let set_of = |keys: &[u64]| {
            let sizes = apportion(keys.len(), &[0.7, 0.15, 0.15]);
            places(&split(Pool { labels: &labels[..keys.len()], keys: Some(keys), classes: 1 }, &sizes, 1, 0))
        };
        let (few, all) = (set_of(&keys[100..]), set_of(&keys));
        let moved = few.iter().zip(&all[100..]).filter(|(few, all)| few != all).count();
        assert!(moved < 30, "{moved} of 1000 moved");
    }

    #[test]
    fn seeds_split_differently() {
        let labels = vec![0; 400];
        let splits: Vec<Vec<usize>> = (0..40).map(|seed| places(&of(&labels, 1, seed))).collect();
        let same = |pair: &[Vec<usize>]| pair[0].iter().zip(&pair[1]).filter(|(a, b)| a == b).count() as f64 / 400.0;
        let mean = splits.windows(2).map(same).sum::<f64>() / 39.0;
        // By chance 0.7² + 0.15² + 0.15² = 0.535 agree.
        assert!((mean - 0.535).abs() < 0.06, "{mean}");
    }

    proptest! {
        #[test]
        fn sizes_are_exact_and_classes_spread_evenly(
            labels in prop::collection::vec(0u32..12, 1..400),
            shares in prop::array::uniform3(0.0..1.0f64),
            seed in any::<u64>(),
        ) {
            prop_assume!(shares.iter().sum::<f64>() > 0.01);
            let sizes = apportion(labels.len(), &shares);
            prop_assert_eq!(sizes.iter().sum::<usize>(), labels.len());
            let sets = split(Pool { labels: &labels, keys: None, classes: 12 }, &sizes, seed, 0);
            let mut all: Vec<u32> = sets.concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..labels.len() as u32).collect::<Vec<_>>());
            for (set, &size) in sets.iter().zip(&sizes) {
                prop_assert_eq!(set.len(), size);
                for class in 0..12 {
                    let there = labels.iter().filter(|label| **label == class).count() as f64;
                    let here = set.iter().filter(|&&example| labels[example as usize] == class).count() as f64;
                    let quota = there * size as f64 / labels.len() as f64;
                    prop_assert!((here - quota).abs() < 2.0, "class {}: {} is not {}", class, here, quota);
                }
            }
        }
    }
}
