//! How pictures are held against each other: a fingerprint of their coarse looks, that is compared fast, and a distance
//! of their pixels, that is slow and sure.

use super::super::{Prepared, Shape};

/// Pictures are brought to at most so many pixels a side before anything else.
const SIDE: usize = 32;
/// Side of what the fingerprint is made from.
const GRID: usize = 16;
/// Frequencies in each direction that the fingerprint keeps.
const WAVES: usize = 8;
/// Numbers of a fingerprint: all pairs of frequencies but the mean.
pub(super) const NUMBERS: usize = WAVES * WAVES - 1;
/// What differs from the border by less does not belong to the thing in the picture.
const GROUND: f32 = 0.1;
/// A picture whose numbers deviate less from their mean shows nothing that could be known again.
const FLAT: f32 = 0.025;

/// A picture of at most [`SIDE`] pixels a side, numbers from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Small {
    channels: usize,
    height: usize,
    width: usize,
    /// Less the mean of all.
    numbers: Vec<f32>,
    /// Mean square of `numbers`.
    variance: f32,
}

impl Small {
    /// One example, made small by taking the means of equal areas.
    pub(super) fn of(prepared: &Prepared, example: u32) -> Self {
        let Shape::Image { channels, height, width } = prepared.shape else {
            return Self { channels: 0, height: 0, width: 0, numbers: Vec::new(), variance: 0.0 };
        };
        let mut whole = vec![0.0; prepared.shape.len()];
        prepared.picture(example, &mut whole);
        Self::new(channels, height, width, whole)
    }

    fn new(channels: usize, height: usize, width: usize, whole: Vec<f32>) -> Self {
        let (rows, columns) = (height.min(SIDE), width.min(SIDE));
        let mut numbers = if (rows, columns) == (height, width) {
            whole
        } else {
            let plane = height * width;
            let cut =
                |at: usize, of: usize, side: usize| at * side / of..((at + 1) * side / of).max(at * side / of + 1);
            let mut small = Vec::with_capacity(channels * rows * columns);
            for plane in whole.chunks_exact(plane.max(1)) {
                for row in 0..rows {
                    for column in 0..columns {
                        let (down, across) = (cut(row, rows, height), cut(column, columns, width));
                        let count = down.len() * across.len();
                        let sum: f32 = down.map(|y| plane[y * width..][across.clone()].iter().sum::<f32>()).sum();
                        small.push(sum / count as f32);
                    }
                }
            }
            small
        };
        let count = numbers.len().max(1) as f32;
        let mean = numbers.iter().sum::<f32>() / count;
        for number in &mut numbers {
            *number -= mean;
        }
        let variance = numbers.iter().map(|number| number * number).sum::<f32>() / count;
        Self { channels, height: rows, width: columns, numbers, variance }
    }

    /// Whether there is too little in it to be known again.
    pub(super) fn is_flat(&self) -> bool {
        self.variance < FLAT * FLAT
    }

    /// 1 less the correlation of two pictures' numbers where they overlap, at the best of all shifts by a twelfth of a
    /// side: blind to brightness, contrast and small movements.
    pub(super) fn distance(&self, other: &Self) -> f32 {
        let reach = |side: usize| ((side as f32 / 12.0).round() as isize).max(1);
        let (down, across) = (reach(self.height), reach(self.width));
        let shifts = (-down..=down).flat_map(|y| (-across..=across).map(move |x| (y, x)));
        shifts.map(|(y, x)| 1.0 - self.correlation(other, y, x)).fold(2.0, f32::min)
    }

    fn correlation(&self, other: &Self, y: isize, x: isize) -> f32 {
        let Self { height, width, .. } = *self;
        // Rows and columns of `self` that lie over some of `other`, and where those are.
        let span = |shift: isize, side: usize| {
            let from = shift.max(0) as usize;
            (from, (-shift).max(0) as usize, side - shift.unsigned_abs().min(side))
        };
        let ((top, other_top, rows), (left, other_left, columns)) = (span(y, height), span(x, width));
        let (mut a_sum, mut b_sum, mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for plane in 0..self.channels {
            let start = plane * height * width;
            for row in 0..rows {
                let a = &self.numbers[start + (top + row) * width + left..][..columns];
                let b = &other.numbers[start + (other_top + row) * width + other_left..][..columns];
                // Sums of a row first: short sums lose nothing.
                let (mut row_a, mut row_b, mut row_aa, mut row_bb, mut row_ab) = (0.0, 0.0, 0.0, 0.0, 0.0);
                for (a, b) in a.iter().zip(b) {
                    row_a += a;
                    row_b += b;
                    row_aa += a * a;
                    row_bb += b * b;
                    row_ab += a * b;
                }
                a_sum += row_a;
                b_sum += row_b;
                aa += row_aa;
                bb += row_bb;
                ab += row_ab;
            }
        }
        let count = (self.channels * rows * columns).max(1) as f32;
        let (a_spread, b_spread) = (aa - a_sum * a_sum / count, bb - b_sum * b_sum / count);
        let both: f32 = a_spread * b_spread;
        if both > 0.0 { (ab - a_sum * b_sum / count) / both.sqrt() } else { 0.0 }
    }

    /// All channels in one plane.
    fn gray(&self) -> Vec<f32> {
        let plane = self.height * self.width;
        let mut gray = vec![0.0; plane];
        for channel in self.numbers.chunks_exact(plane.max(1)) {
            for (gray, number) in gray.iter_mut().zip(channel) {
                *gray += number / self.channels as f32;
            }
        }
        gray
    }
}

/// The low frequencies of a picture (its discrete cosine transform): of the whole, and of the same about the thing in it,
/// which stays where it is when the thing is moved. Each half has length 127.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fingerprint(pub(super) [[i8; NUMBERS]; 2]);

impl Fingerprint {
    /// How alike two pictures are, as the cosine of the more alike of their halves.
    pub(super) fn likeness(&self, other: &Self) -> f32 {
        let dot = |a: &[i8; NUMBERS], b: &[i8; NUMBERS]| {
            a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum::<i32>()
        };
        dot(&self.0[0], &other.0[0]).max(dot(&self.0[1], &other.0[1])) as f32 / (127.0 * 127.0)
    }
}

/// Makes fingerprints.
pub(super) struct Press {
    /// A row for each frequency.
    waves: [[f32; GRID]; WAVES],
    /// Pairs of frequencies, the lowest first.
    order: Vec<(usize, usize)>,
}

impl Press {
    pub(super) fn new() -> Self {
        let wave = |frequency: usize| {
            std::array::from_fn(|at| {
                (std::f32::consts::PI * (at as f32 + 0.5) * frequency as f32 / GRID as f32).cos()
                    * if frequency == 0 { std::f32::consts::FRAC_1_SQRT_2 } else { 1.0 }
            })
        };
        let mut order: Vec<(usize, usize)> =
            (0..WAVES).flat_map(|down| (0..WAVES).map(move |across| (down, across))).skip(1).collect();
        order.sort_by_key(|(down, across)| (down + across, *down));
        Self { waves: std::array::from_fn(wave), order }
    }

    pub(super) fn print(&self, small: &Small) -> Fingerprint {
        let gray = small.gray();
        let middle = ((small.width as f32 - 1.0) / 2.0, (small.height as f32 - 1.0) / 2.0);
        let of = |center| self.transform(&resampled(&gray, small.height, small.width, center));
        Fingerprint([of(middle), of(center(&gray, small.height, small.width).unwrap_or(middle))])
    }

    /// The transform's numbers in the order of their frequencies, brought to length 127.
    fn transform(&self, grid: &[f32]) -> [i8; NUMBERS] {
        let rows: Vec<[f32; WAVES]> = grid
            .chunks_exact(GRID)
            .map(|row| std::array::from_fn(|wave| self.waves[wave].iter().zip(row).map(|(a, b)| a * b).sum()))
            .collect();
        let number = |(down, across): (usize, usize)| -> f32 {
            self.waves[down].iter().zip(&rows).map(|(a, row)| a * row[across]).sum()
        };
        let numbers: Vec<f32> = self.order.iter().map(|pair| number(*pair)).collect();
        let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        std::array::from_fn(|place| (numbers[place] / length * 127.0).round() as i8)
    }
}

/// The middle of what stands out against the border, as column and row; `None` where nothing does.
fn center(gray: &[f32], height: usize, width: usize) -> Option<(f32, f32)> {
    let at_border = |place: &usize| {
        let (row, column) = (place / width, place % width);
        row == 0 || column == 0 || row + 1 == height || column + 1 == width
    };
    let mut border: Vec<f32> = (0..gray.len()).filter(at_border).map(|place| gray[place]).collect();
    let half = border.len() / 2;
    let (_, ground, _) = border.select_nth_unstable_by(half, f32::total_cmp);
    let ground = *ground;
    let (mut sum, mut x, mut y) = (0.0, 0.0, 0.0);
    for (place, number) in gray.iter().enumerate() {
        let weight = (number - ground).abs();
        if weight >= GROUND {
            sum += weight;
            x += weight * (place % width) as f32;
            y += weight * (place / width) as f32;
        }
    }
    (sum > 0.0).then(|| (x / sum, y / sum))
}

/// A square as long as the longer side about a center, in [`GRID`] × [`GRID`] numbers, each the mean of four bilinear
/// samples; beyond the border the border's own numbers go on.
fn resampled(gray: &[f32], height: usize, width: usize, (x, y): (f32, f32)) -> Vec<f32> {
    const FINE: usize = 2 * GRID;
    let extent = height.max(width) as f32;
    // Where a sample lies between two lines of pixels.
    let places = |center: f32, side: usize| -> [(usize, usize, f32); FINE] {
        std::array::from_fn(|at| {
            let place = center + ((at as f32 + 0.5) / FINE as f32 - 0.5) * extent;
            let place = place.clamp(0.0, side as f32 - 1.0);
            let low = place as usize;
            (low, (low + 1).min(side - 1), place - low as f32)
        })
    };
    let (columns, rows) = (places(x, width), places(y, height));
    let mut grid = vec![0.0; GRID * GRID];
    for (row, &(upper, lower, down)) in rows.iter().enumerate() {
        let (upper, lower) = (&gray[upper * width..][..width], &gray[lower * width..][..width]);
        let out = &mut grid[row / 2 * GRID..][..GRID];
        for (column, &(left, right, along)) in columns.iter().enumerate() {
            let above = upper[left] + (upper[right] - upper[left]) * along;
            let below = lower[left] + (lower[right] - lower[left]) * along;
            out[column / 2] += 0.25 * (above + (below - above) * down);
        }
    }
    grid
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::random::{Purpose, Stream};

    /// A blob of its own shape at a place, on a dark ground.
    fn blob(seed: u64, x: f32, y: f32) -> Small {
        let mut stream = Stream::new(Purpose::Draw, &[seed]);
        let bumps: Vec<(f32, f32, f32)> =
            (0..6).map(|_| (stream.between(-5.0, 5.0), stream.between(-5.0, 5.0), stream.between(1.0, 2.5))).collect();
        let number = |place: usize| {
            let (row, column) = ((place / 28) as f32, (place % 28) as f32);
            let bump = |(dx, dy, size): &(f32, f32, f32)| {
                (-((column - x - dx).powi(2) + (row - y - dy).powi(2)) / (2.0 * size * size)).exp()
            };
            bumps.iter().map(bump).sum::<f32>().min(1.0)
        };
        Small::new(1, 28, 28, (0..784).map(number).collect())
    }

    #[test]
    fn a_moved_darker_picture_is_near_and_another_is_far() {
        let (one, moved, other) = (blob(1, 13.0, 13.0), blob(1, 15.0, 12.0), blob(2, 13.0, 13.0));
        let darker = Small::new(1, 28, 28, moved.numbers.iter().map(|number| 0.5 * number + 0.2).collect());
        assert!(one.distance(&darker) < 0.001, "{}", one.distance(&darker));
        assert!(one.distance(&other) > 0.05, "{}", one.distance(&other));
        let press = Press::new();
        let likeness = |a: &Small, b: &Small| press.print(a).likeness(&press.print(b));
        assert!(likeness(&one, &darker) > 0.99, "{}", likeness(&one, &darker));
        assert!(likeness(&one, &other) < 0.95, "{}", likeness(&one, &other));
    }

    #[test]
    fn the_same_shape_in_another_color_is_far() {
        let colored = |planes: [f32; 3]| {
            let shape = |place: usize| if (10..18).contains(&(place % 28)) { 1.0 } else { 0.0 };
            let numbers = planes.iter().flat_map(|light| (0..784).map(move |place| light * shape(place)));
            Small::new(3, 28, 28, numbers.collect())
        };
        let distance = colored([1.0, 0.0, 0.0]).distance(&colored([0.0, 1.0, 0.0]));
        assert!(distance > 0.3, "{distance}");
    }

    #[test]
    fn large_pictures_become_small_and_flat_ones_are_known_as_such() {
        let large = Small::new(1, 100, 70, (0..7000).map(|place| (place / 70) as f32 / 100.0).collect());
        assert_eq!((large.height, large.width, large.numbers.len()), (32, 32, 1024));
        assert!(large.numbers.windows(2).all(|pair| pair[1] - pair[0] > -1e-5) && !large.is_flat());
        assert!(Small::new(1, 4, 4, vec![0.7; 16]).is_flat());
        let tiny = Small::new(1, 1, 1, vec![0.5]);
        assert!(tiny.is_flat() && tiny.distance(&tiny).is_finite());
        Press::new().print(&tiny);
    }
}
