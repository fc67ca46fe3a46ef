//! What is done to good data to plant a condition in them.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use rungs::data::{Prepared, Sets, Shape, Values};

/// Nothing.
pub(crate) fn intact(_: &mut Prepared, _: u64) {}

/// Another class for a share of some examples, each of the others alike.
fn relabel(data: &mut Prepared, examples: &[u32], seed: u64, share: f64) {
    let classes = data.classes.len() as u64;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for example in examples {
        if unit(&mut random) < share {
            let label = &mut data.labels[*example as usize];
            *label = ((u64::from(*label) + 1 + random.next_u64() % (classes - 1)) % classes) as u32;
        }
    }
}

fn unit(random: &mut ChaCha8Rng) -> f64 {
    f64::from(random.next_u32()) / f64::from(u32::MAX)
}

/// Wrong labels everywhere, as in data that were labeled carelessly.
pub(crate) fn mislabel(data: &mut Prepared, seed: u64, share: f64) {
    let all: Vec<u32> = (0..data.labels.len() as u32).collect();
    relabel(data, &all, seed, share);
}

/// Wrong labels in dev and test alone.
pub(crate) fn mislabel_dev(data: &mut Prepared, seed: u64, share: f64) {
    let seen = [&data.sets.dev[..], &data.sets.test].concat();
    relabel(data, &seen, seed, share);
}

/// All classes but two lose most of their examples: in training all but one in a hundred, elsewhere all but one in ten.
pub(crate) fn starve(data: &mut Prepared, _: u64) {
    let labels = &data.labels;
    let keep =
        |set: &mut Vec<u32>, one_in: u32| set.retain(|example| labels[*example as usize] > 1 || example % one_in == 0);
    keep(&mut data.sets.train, 100);
    keep(&mut data.sets.dev, 10);
    keep(&mut data.sets.test, 10);
}

/// Half of the dev examples train, too.
pub(crate) fn leak(data: &mut Prepared, _: u64) {
    let seen: Vec<u32> = data.sets.dev.iter().copied().step_by(2).collect();
    data.sets.train.extend(seen);
}

/// Clouds about the corners of a cube, a little into one another: a line between them is all that there is to learn.
pub(crate) fn linear(data: &mut Prepared, seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let count = 8000u32;
    let labels: Vec<u32> = (0..count).map(|example| example % 4).collect();
    let mut values = Vec::new();
    for label in &labels {
        for axis in 0..6 {
            let center = if axis == *label { 4.0 } else { 0.0 };
            let scatter: f64 = (0..12).map(|_| unit(&mut random)).sum::<f64>() - 6.0;
            values.push((center + scatter) as f32);
        }
    }
    let of = |from: u32, to: u32| (from..to).collect();
    let sets = Sets { train: of(0, 5000), train_dev: Vec::new(), dev: of(5000, 6500), test: of(6500, count) };
    let classes = ["a", "b", "c", "d"].map(String::from).to_vec();
    *data = Prepared::new(Shape::Vector(6), Values::Floats(values), labels, classes, sets);
}
