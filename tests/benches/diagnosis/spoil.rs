//! What is done to good data to plant a condition in them.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use rungs::data::{Prepared, Set, Sets, Shape, Values};
use rungs::domain::experiment::Experiment;

use super::training::trained;

/// Does something to the data of an experiment.
pub(crate) type Spoil = fn(data: &mut Prepared, of: &Experiment);

/// Nothing.
pub(crate) fn intact(_: &mut Prepared, _: &Experiment) {}

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
pub(crate) fn mislabel_all(data: &mut Prepared, of: &Experiment, share: f64) {
    let all: Vec<u32> = (0..data.labels.len() as u32).collect();
    relabel(data, &all, of.seed, share);
}

/// Wrong labels in dev and test alone.
pub(crate) fn mislabel_dev(data: &mut Prepared, of: &Experiment, share: f64) {
    let seen = [&data.sets.dev[..], &data.sets.test].concat();
    relabel(data, &seen, of.seed, share);
}

/// The first class loses most of its examples: in training all but one in a hundred, elsewhere all but one in ten. With many
/// classes all but two do.
pub(crate) fn starve(data: &mut Prepared, _: &Experiment) {
    let labels = &data.labels;
    let many = data.classes.len() > 4;
    let is_rare = |label: u32| if many { label > 1 } else { label == 0 };
    let keep = |set: &mut Vec<u32>, one_in: u32| {
        set.retain(|example| !is_rare(labels[*example as usize]) || example % one_in == 0);
    };
    keep(&mut data.sets.train, 100);
    keep(&mut data.sets.dev, 10);
    keep(&mut data.sets.test, 10);
}

/// Half of the dev examples train, too.
pub(crate) fn leak(data: &mut Prepared, _: &Experiment) {
    let seen: Vec<u32> = data.sets.dev.iter().copied().step_by(2).collect();
    data.sets.train.extend(seen);
}

/// The first class and the last are one and the same: which of both names an example bears is chance.
pub(crate) fn indistinct(data: &mut Prepared, of: &Experiment) {
    let last = data.classes.len() as u32 - 1;
    let mut random = ChaCha8Rng::seed_from_u64(of.seed);
    for label in &mut data.labels {
        if *label == 0 || *label == last {
            *label = if random.next_u32() % 2 == 0 { 0 } else { last };
        }
    }
}

/// The dev set and the network were chosen for one another: nine in ten of the examples that the network got wrong when
/// three quarters of its training were done are out.
pub(crate) fn dev_chosen(data: &mut Prepared, of: &Experiment) {
    let mut earlier = of.clone();
    earlier.train.epochs = (of.train.epochs * 3 / 4).max(1);
    let trainer = trained(&earlier, data.clone()).0;
    let classes = data.classes.len();
    let probabilities = trainer.evaluate(Set::Dev, None).unwrap().probabilities;
    let is_right = |place: usize, label: u32| {
        let of_example = &probabilities[place * classes..(place + 1) * classes];
        (0..classes).max_by(|a, b| of_example[*a].total_cmp(&of_example[*b])) == Some(label as usize)
    };
    let mut wrong = 0;
    let mut dev = Vec::new();
    for (place, example) in data.sets.dev.iter().enumerate() {
        wrong += u32::from(!is_right(place, data.labels[*example as usize]));
        if is_right(place, data.labels[*example as usize]) || wrong % 10 == 0 {
            dev.push(*example);
        }
    }
    data.sets.dev = dev;
}

/// Clouds about the corners of a cube, a little into one another: a line between them is all that there is to learn.
pub(crate) fn linear(data: &mut Prepared, of: &Experiment) {
    let mut random = ChaCha8Rng::seed_from_u64(of.seed);
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

/// The target is the training distribution out of focus.
pub(crate) fn blurred(data: &mut Prepared, _: &Experiment) {
    on_target(data, |plane, height, width| {
        for _ in 0..3 {
            let before = plane.to_vec();
            for (place, out) in plane.iter_mut().enumerate() {
                let (row, column) = (place / width, place % width);
                let rows = row.saturating_sub(1)..(row + 2).min(height);
                let near = rows.flat_map(|row| {
                    let columns = column.saturating_sub(1)..(column + 2).min(width);
                    columns.map(move |column| row * width + column)
                });
                let (sum, count) = near.fold((0u32, 0u32), |(sum, count), at| (sum + u32::from(before[at]), count + 1));
                *out = (sum / count) as u8;
            }
        }
    });
}

/// The target is the training distribution half as large.
pub(crate) fn shrunk(data: &mut Prepared, _: &Experiment) {
    on_target(data, |plane, height, width| {
        let before = plane.to_vec();
        let background = before[0];
        for (place, out) in plane.iter_mut().enumerate() {
            let from = |at: usize, size: usize| (2 * at).checked_sub(size / 2).filter(|at| *at < size);
            let source = from(place / width, height).zip(from(place % width, width));
            *out = source.map_or(background, |(row, column)| before[row * width + column]);
        }
    });
}

/// Makes the target of examples taken out of training, and does something to each plane of them.
fn on_target(data: &mut Prepared, change: fn(plane: &mut [u8], height: usize, width: usize)) {
    let Shape::Image { channels, height, width } = data.shape else { panic!("no pictures") };
    let Values::Bytes(values) = &mut data.values else { panic!("no bytes") };
    let size = channels * height * width;
    let own = data.own;
    // Those of the target that train stay where they are.
    let of_target = data.sets.train.split_off(data.sets.train.partition_point(|example| (*example as usize) < own));
    for example in own..data.labels.len() {
        let donor = data.sets.train.pop().unwrap() as usize;
        data.labels[example] = data.labels[donor];
        values.copy_within(donor * size..(donor + 1) * size, example * size);
        values[example * size..(example + 1) * size]
            .chunks_exact_mut(height * width)
            .for_each(|plane| change(plane, height, width));
    }
    data.sets.train.extend(of_target);
}
