//! Examples as rows of numbers: a seeded sample of the training set and the dev set, pictures and sequences made small.
//!
//! A simple method gains nothing from 200 pixels to a side, and would take minutes over them: pictures are averaged over
//! squares until no side is longer than [`SIDE`], sequences over stretches of [`STEPS`].

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::data::{Prepared, Shape};

/// The longest side of a picture.
const SIDE: usize = 16;
/// The most steps of a sequence.
const STEPS: usize = 32;
/// Training examples, and dev examples, that are looked at.
const MOST: usize = 4000;
/// Numbers in all of the training rows, so that long rows are fewer.
const NUMBERS: usize = 1_000_000;
/// But so many rows in any case.
const FEWEST: usize = 200;

/// Rows of equal length with their classes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// Numbers in a row.
    pub width: usize,
    /// Row after row.
    pub values: Vec<f32>,
    /// The class of each.
    pub labels: Vec<u32>,
}

impl Rows {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Each row with its class.
    pub fn iter(&self) -> impl Iterator<Item = (&[f32], u32)> {
        self.values.chunks_exact(self.width.max(1)).zip(self.labels.iter().copied())
    }

    /// So many of them at most, from the first to the last at equal distances.
    pub(super) fn thinned(&self, most: usize) -> Self {
        let mut thinned = Self { width: self.width, ..Self::default() };
        let count = most.min(self.len());
        for place in (0..count).map(|nth| nth * self.len() / count) {
            thinned.values.extend(self.row(place));
            thinned.labels.push(self.labels[place]);
        }
        thinned
    }

    /// One row.
    pub fn row(&self, place: usize) -> &[f32] {
        &self.values[place * self.width..(place + 1) * self.width]
    }
}

/// What all methods are trained and scored on.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// A sample of the training set.
    pub train: Rows,
    /// The dev set, or a sample of it.
    pub dev: Rows,
    /// How many classes there are.
    pub classes: usize,
}

impl Table {
    /// The table of loaded data; which training examples are in it depends on the seed alone.
    pub fn of(data: &Prepared, seed: u64) -> Self {
        let width = small(data.shape, &vec![0.0; data.shape.len()]).len();
        let room = (NUMBERS / width.max(1)).clamp(FEWEST, MOST);
        let rows = |examples: &[u32], most: usize, stream: u64| {
            let mut rows = Rows { width, ..Rows::default() };
            let mut whole = vec![0.0; data.shape.len()];
            for example in sample(examples, most, seed, stream) {
                data.plain(example, &mut whole);
                rows.values.extend(small(data.shape, &whole));
                rows.labels.push(data.labels[example as usize]);
            }
            rows
        };
        Self {
            train: rows(&data.sets.train, room, 1),
            dev: rows(&data.sets.dev, room.max(1000), 2),
            classes: data.classes.len(),
        }
    }

    /// A number that says whether two tables hold the same: FNV-1a over all numbers and labels.
    pub fn fingerprint(&self) -> String {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut add = |word: u32| {
            for byte in word.to_le_bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        };
        for rows in [&self.train, &self.dev] {
            add(rows.width as u32);
            rows.values.iter().for_each(|value| add(value.to_bits()));
            rows.labels.iter().for_each(|label| add(*label));
        }
        format!("{hash:016x}")
    }
}

/// So many of the examples at most, in the order of the set.
fn sample(examples: &[u32], most: usize, seed: u64, stream: u64) -> Vec<u32> {
    let mut left = most.min(examples.len());
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    let mut chosen = Vec::with_capacity(left);
    // Knuth's algorithm S: each example is taken with the probability that fills what is left.
    for (place, &example) in examples.iter().enumerate() {
        if (random.next_u64() % (examples.len() - place) as u64) < left as u64 {
            chosen.push(example);
            left -= 1;
        }
    }
    chosen
}

/// The same example in fewer numbers.
fn small(shape: Shape, whole: &[f32]) -> Vec<f32> {
    match shape {
        Shape::Vector(_) => whole.to_vec(),
        Shape::Sequence { steps, features } => {
            let block = steps.div_ceil(STEPS).max(1);
            whole.chunks(block * features.max(1)).flat_map(|stretch| mean_rows(stretch, features)).collect()
        }
        Shape::Image { height, width, .. } => {
            let block = height.max(width).div_ceil(SIDE).max(1);
            whole.chunks(height * width).flat_map(|plane| shrunk(plane, width, block)).collect()
        }
    }
}

/// The mean of rows that follow one another.
fn mean_rows(rows: &[f32], width: usize) -> Vec<f32> {
    let mut mean = vec![0.0; width];
    let count = rows.len() / width.max(1);
    for row in rows.chunks_exact(width.max(1)) {
        mean.iter_mut().zip(row).for_each(|(mean, value)| *mean += value / count as f32);
    }
    mean
}

/// A plane averaged over squares of `block` pixels; those at the right and lower edge may be smaller.
fn shrunk(plane: &[f32], width: usize, block: usize) -> Vec<f32> {
    let mut out = Vec::new();
    for band in plane.chunks(block * width) {
        for left in (0..width).step_by(block) {
            let right = (left + block).min(width);
            let (mut sum, mut count) = (0.0, 0);
            for row in band.chunks_exact(width) {
                sum += row[left..right].iter().sum::<f32>();
                count += right - left;
            }
            out.push(sum / count.max(1) as f32);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_and_sequences_become_small_and_keep_their_means() {
        let plane: Vec<f32> = (0..9).map(|value| value as f32).collect();
        assert_eq!(shrunk(&plane, 3, 2), [2.0, 3.5, 6.5, 8.0]);
        assert_eq!(mean_rows(&[1.0, 10.0, 3.0, 30.0], 2), [2.0, 20.0]);
        let picture = Shape::Image { channels: 3, height: 40, width: 60 };
        let small_picture = small(picture, &vec![0.5; picture.len()]);
        assert_eq!((small_picture.len(), small_picture[0]), (3 * 10 * 15, 0.5));
        let sequence = Shape::Sequence { steps: 65, features: 3 };
        assert_eq!(small(sequence, &vec![0.25; sequence.len()]), vec![0.25; 22 * 3]);
        assert_eq!(small(Shape::Vector(3), &[1.0, 2.0, 3.0]), [1.0, 2.0, 3.0]);
    }

    #[test]
    fn thinned_rows_are_spread_over_all() {
        let rows = Rows { width: 1, values: (0..10).map(|value| value as f32).collect(), labels: (0..10).collect() };
        assert_eq!(rows.thinned(4).labels, [0, 2, 5, 7]);
        assert_eq!(rows.thinned(4).values, [0.0, 2.0, 5.0, 7.0]);
        assert_eq!(rows.thinned(10), rows);
        assert_eq!(rows.thinned(99), rows);
        assert_eq!(Rows::default().thinned(5), Rows::default());
    }

    #[test]
    fn a_sample_is_seeded_and_without_repetition() {
        let examples: Vec<u32> = (0..1000).map(|example| example * 2).collect();
        let chosen = sample(&examples, 100, 7, 1);
        assert_eq!(chosen.len(), 100);
        assert!(chosen.is_sorted() && chosen.windows(2).all(|two| two[0] < two[1]));
        assert_eq!(chosen, sample(&examples, 100, 7, 1));
        assert_ne!(chosen, sample(&examples, 100, 8, 1));
        assert_eq!(sample(&examples, 2000, 7, 1), examples);
        let middle = chosen.iter().sum::<u32>() / 100;
        assert!((800..1200).contains(&middle), "{middle}");
    }
}
