//! A curve of millions of points that can be drawn at any width without losing a spike: minimum and maximum per block,
//! blocks of blocks above, extended as points arrive.

use std::ops::Range;

use super::track::{Places, Track};

/// Points per block, and blocks per block above.
const FAN: usize = 16;

/// What a stretch of a curve spans.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extent {
    /// Smallest finite value; infinity when there is none.
    pub min: f32,
    /// Largest finite value; minus infinity when there is none.
    pub max: f32,
    /// How many points are NaN or infinite.
    pub not_finite: u32,
}

impl Extent {
    const EMPTY: Self = Self { min: f32::INFINITY, max: f32::NEG_INFINITY, not_finite: 0 };

    fn of(y: f32) -> Self {
        // Without a jump, for a million of them at a time.
        let (min, max) = if y.is_finite() { (y, y) } else { (f32::INFINITY, f32::NEG_INFINITY) };
        Self { min, max, not_finite: u32::from(!y.is_finite()) }
    }

    fn join(self, other: Self) -> Self {
        // Neither is NaN, which `f32::min` would have to look for.
        Self {
            min: if other.min < self.min { other.min } else { self.min },
            max: if other.max > self.max { other.max } else { self.max },
            not_finite: self.not_finite + other.not_finite,
        }
    }

    /// Whether there is a finite value in it.
    pub fn has_values(&self) -> bool {
        self.min <= self.max
    }
}

/// One column of a drawn curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    /// What the points in it span.
    pub extent: Extent,
    /// The last point in it.
    pub last: f32,
}

/// Values in their order, with a pyramid of extents: about 5 bytes each.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Values {
    ys: Vec<f32>,
    /// `pyramid[k]` holds the extents of whole blocks of `FAN`^(k+1) values.
    pyramid: Vec<Vec<Extent>>,
}

impl Values {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.ys.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ys.is_empty()
    }

    /// The values themselves.
    pub fn ys(&self) -> &[f32] {
        &self.ys
    }

    /// Appends one.
    pub fn push(&mut self, y: f32) {
        self.extend([y]);
    }

    /// Appends any number of them, which is quicker than one after the other.
    pub fn extend(&mut self, ys: impl IntoIterator<Item = f32>) {
        self.ys.extend(ys);
        // The blocks that have become whole, level by level.
        for level in 0.. {
            let (below, here) = self.pyramid.split_at_mut(level);
            let known = FAN * here.first().map_or(0, Vec::len);
            let blocks: Vec<Extent> = match below.last() {
                None => {
                    self.ys[known..].chunks_exact(FAN).map(|ys| joined(ys.iter().copied().map(Extent::of))).collect()
                }
                Some(below) => below[known..].chunks_exact(FAN).map(|block| joined(block.iter().copied())).collect(),
            };
            if blocks.is_empty() {
                return;
            }
            match here.first_mut() {
                Some(here) => here.extend(blocks),
                None => self.pyramid.push(blocks),
            }
        }
    }

    /// Keeps so many of the first ones.
    pub fn truncate(&mut self, keep: usize) {
        self.ys.truncate(keep);
        let mut blocks = self.ys.len();
        for level in &mut self.pyramid {
            blocks /= FAN;
            level.truncate(blocks);
        }
        self.pyramid.retain(|level| !level.is_empty());
    }

    /// What the values in `range` span. Touches a number of blocks that grows with the logarithm of the range.
    pub fn extent(&self, range: Range<usize>) -> Extent {
        let (begin, end) = (range.start, range.end.min(self.len()));
        if begin >= end {
            return Extent::EMPTY;
        }
        // Loose values on either side of whole blocks first, then the same one level up.
        let [before, mut blocks, after] = around_blocks(begin..end);
        let of = |range: Range<usize>| joined(self.ys[range].iter().copied().map(Extent::of));
        let mut extent = of(before).join(of(after));
        for (place, level) in self.pyramid.iter().enumerate() {
            let of = |range: Range<usize>| joined(level[range].iter().copied());
            if place + 1 == self.pyramid.len() {
                return extent.join(of(blocks));
            }
            let [before, inside, after] = around_blocks(blocks);
            extent = extent.join(of(before)).join(of(after));
            blocks = inside;
        }
        extent
    }
}

/// An append-only curve: values, and where on an axis each stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    xs: Vec<f64>,
    values: Values,
}

impl Series {
    /// A curve without points.
    pub fn new() -> Self {
        Self::default()
    }

    /// Points in it.
    pub fn len(&self) -> usize {
        self.xs.len()
    }

    /// Whether it has no points.
    pub fn is_empty(&self) -> bool {
        self.xs.is_empty()
    }

    /// Where each point stands, in rising order.
    pub fn xs(&self) -> &[f64] {
        &self.xs
    }

    /// The values.
    pub fn ys(&self) -> &[f32] {
        self.values.ys()
    }

    /// The last point.
    pub fn last(&self) -> Option<(f64, f32)> {
        Some((*self.xs.last()?, *self.ys().last()?))
    }

    /// Appends a point. A point that does not lie beyond the last one begins a new account of what follows: the points
    /// from there on are dropped first, as after a restart from a checkpoint.
    pub fn push(&mut self, x: f64, y: f32) {
        if self.xs.last().is_some_and(|last| x <= *last) {
            self.truncate_from(x);
        }
        self.xs.push(x);
        self.values.push(y);
    }

    /// Drops the points at `x` and beyond.
    pub fn truncate_from(&mut self, x: f64) {
        let keep = self.xs.partition_point(|other| *other < x);
        self.xs.truncate(keep);
        self.values.truncate(keep);
    }

    /// The curve on its axis, to be drawn.
    pub fn track(&self) -> Track<'_> {
        Track::new(Places::Any(&self.xs), &self.values)
    }
}

/// What lies before, in and behind the whole blocks in a range; the blocks are counted.
fn around_blocks(range: Range<usize>) -> [Range<usize>; 3] {
    let (first, last) = (range.start.div_ceil(FAN), range.end / FAN);
    if first >= last {
        return [range, 0..0, 0..0];
    }
    [range.start..first * FAN, first..last, last * FAN..range.end]
}

fn joined(extents: impl Iterator<Item = Extent>) -> Extent {
    extents.fold(Extent::EMPTY, Extent::join)
}

/// TensorBoard's smoothing: an exponential moving average, corrected for its start at zero (as Adam corrects its
/// moments: Kingma and Ba 2015). Values that are not finite pass through and leave the average as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Smoother {
    weight: f64,
    average: f64,
    /// The share of the average that is still its start: the weight to the power of the number of points.
    start: f64,
}

impl Smoother {
    /// `weight` from 0 (nothing is smoothed) to below 1.
    pub fn new(weight: f64) -> Self {
        Self { weight: weight.clamp(0.0, 0.999_999), average: 0.0, start: 1.0 }
    }

    /// The smoothed value at the next point.
    pub fn push(&mut self, y: f32) -> f32 {
        if !y.is_finite() {
            return y;
        }
        self.start *= self.weight;
        self.average = self.average * self.weight + (1.0 - self.weight) * f64::from(y);
        (self.average / (1.0 - self.start)) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn series(ys: &[f32]) -> Series {
        let mut series = Series::new();
        ys.iter().enumerate().for_each(|(x, y)| series.push(x as f64, *y));
        series
    }

    fn value() -> impl Strategy<Value = f32> {
        prop_oneof![20 => -1e3..1e3f32, 1 => Just(f32::NAN), 1 => Just(f32::INFINITY)]
    }

    proptest! {
        #[test]
        fn extents_agree_with_looking_at_every_point(ys in prop::collection::vec(value(), 0..5000), a in 0usize..5000, b in 0usize..5000) {
            let series = series(&ys);
            let range = a.min(b).min(ys.len())..a.max(b).min(ys.len());
            let naive = joined(ys[range.clone()].iter().map(|y| Extent::of(*y)));
            prop_assert_eq!(series.track().extent(range), naive);
        }

        #[test]
        fn many_at_a_time_make_the_same_curve(ys in prop::collection::vec(value(), 0..3000), parts in prop::collection::vec(0usize..900, 0..6)) {
            let (mut one_by_one, mut in_parts) = (Values::default(), Values::default());
            for y in &ys {
                one_by_one.push(*y);
            }
            let mut rest = &ys[..];
            for part in parts {
                let (now, later) = rest.split_at(part.min(rest.len()));
                in_parts.extend(now.iter().copied());
                rest = later;
            }
            in_parts.extend(rest.iter().copied());
            prop_assert_eq!(format!("{in_parts:?}"), format!("{one_by_one:?}"));
        }

        #[test]
        fn columns_lose_no_point(ys in prop::collection::vec(value(), 1..3000), columns in 1usize..300) {
            let series = series(&ys);
            let drawn = series.track().columns(0.0, (ys.len() - 1) as f64, columns);
            prop_assert_eq!(drawn.len(), columns);
            let whole = joined(drawn.iter().flatten().map(|column| column.extent));
            prop_assert_eq!(whole, joined(ys.iter().map(|y| Extent::of(*y))));
            let bits = drawn.iter().flatten().last().map(|column| column.last.to_bits());
            prop_assert_eq!(bits, ys.last().map(|y| y.to_bits()));
        }

        #[test]
        fn a_restart_replaces_what_follows(before in 1usize..2000, restart in 0usize..2000, after in 1usize..2000) {
            let restart = restart.min(before);
            let mut restarted = series(&vec![1.0; before]);
            (restart..restart + after).for_each(|x| restarted.push(x as f64, 2.0));
            let mut ys = vec![1.0; restart];
            ys.extend(vec![2.0; after]);
            prop_assert_eq!(restarted, series(&ys));
        }
    }

    #[test]
    fn smoothing_is_debiased() {
        let mut smoother = Smoother::new(0.9);
        assert!((smoother.push(5.0) - 5.0).abs() < 1e-6, "the first value is its own average");
        assert!(smoother.push(f32::NAN).is_nan());
        let second = smoother.push(1.0);
        assert!((second - (0.1 * 1.0 + 0.09 * 5.0) / 0.19).abs() < 1e-6, "{second}");
    }
}
