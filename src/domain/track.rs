//! A curve on an axis: values, and where each of them stands. Nothing is copied when the same values are looked at over
//! steps or over time.

use std::ops::Range;

use super::series::{Column, Extent, Values};
use super::steps::Steps;

/// Where the points of a curve stand, in an order that never falls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Places<'a> {
    /// At steps.
    Steps(&'a Steps),
    /// At times, in seconds since the run's first point.
    Times(&'a [f32]),
    /// Anywhere.
    Any(&'a [f64]),
}

impl Places<'_> {
    fn get(self, place: usize) -> f64 {
        match self {
            Self::Steps(steps) => steps.get(place) as f64,
            Self::Times(times) => f64::from(times[place]),
            Self::Any(xs) => xs[place],
        }
    }

    /// How many stand before `x`.
    fn before(self, x: f64) -> usize {
        match self {
            Self::Steps(steps) => steps.below(x.ceil() as u64),
            Self::Times(times) => times.partition_point(|time| f64::from(*time) < x),
            Self::Any(xs) => xs.partition_point(|other| *other < x),
        }
    }

    /// How many stand at `x` or before it.
    fn until(self, x: f64) -> usize {
        match self {
            // Steps are whole, and none is below 0.
            Self::Steps(_) if x < 0.0 => 0,
            Self::Steps(steps) => steps.below((x.floor() as u64).saturating_add(1)),
            Self::Times(times) => times.partition_point(|time| f64::from(*time) <= x),
            Self::Any(xs) => xs.partition_point(|other| *other <= x),
        }
    }
}

/// A curve on an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Track<'a> {
    places: Places<'a>,
    values: &'a Values,
}

impl<'a> Track<'a> {
    /// Values at their places; there are as many of both.
    pub fn new(places: Places<'a>, values: &'a Values) -> Self {
        Self { places, values }
    }

    /// Points in it.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether it has no points.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Where the point at this place in the order stands.
    pub fn x(&self, place: usize) -> f64 {
        self.places.get(place)
    }

    /// The values.
    pub fn ys(&self) -> &'a [f32] {
        self.values.ys()
    }

    /// Where it begins and ends; `None` without points.
    pub fn span(&self) -> Option<(f64, f64)> {
        self.len().checked_sub(1).map(|last| (self.x(0), self.x(last)))
    }

    /// The places of the points with `from` ≤ x ≤ `to`.
    pub fn within(&self, from: f64, to: f64) -> Range<usize> {
        let begin = self.places.before(from);
        begin..self.places.until(to).max(begin)
    }

    /// How many points stand at `x` or before it.
    pub fn until(&self, x: f64) -> usize {
        self.places.until(x)
    }

    /// What the points in `range` span.
    pub fn extent(&self, range: Range<usize>) -> Extent {
        self.values.extent(range)
    }

    /// The curve from `from` to `to` in `columns` columns of equal width; `None` where no point lies.
    pub fn columns(&self, from: f64, to: f64, columns: usize) -> Vec<Option<Column>> {
        let width = (to - from) / columns as f64;
        let mut begin = self.places.before(from);
        (1..=columns)
            .map(|column| {
                // The right end of the last column belongs to it, so that the last point is seen.
                let end = if column == columns {
                    self.places.until(to)
                } else {
                    self.places.before(from + width * column as f64)
                };
                let range = begin..end.max(begin);
                begin = range.end;
                (!range.is_empty()).then(|| Column { last: self.ys()[range.end - 1], extent: self.extent(range) })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever they are kept as, the same places give the same picture.
        #[test]
        fn places_agree(strides in prop::collection::vec(1u64..4, 1..300), from in -5.0..300.0f64, wide in 0.1..500.0f64, columns in 1usize..80) {
            let numbers: Vec<u64> = strides.iter().scan(0, |sum, stride| { *sum += stride; Some(*sum) }).collect();
            let (mut steps, mut values) = (Steps::default(), Values::default());
            for (place, number) in numbers.iter().enumerate() {
                steps.push(*number);
                values.push(place as f32);
            }
            let xs: Vec<f64> = numbers.iter().map(|number| *number as f64).collect();
            let times: Vec<f32> = numbers.iter().map(|number| *number as f32).collect();
            let any = Track::new(Places::Any(&xs), &values);
            for places in [Places::Steps(&steps), Places::Times(&times)] {
                let track = Track::new(places, &values);
                prop_assert_eq!(track.within(from, from + wide), any.within(from, from + wide));
                prop_assert_eq!(track.columns(from, from + wide, columns), any.columns(from, from + wide, columns));
                prop_assert_eq!((track.span(), track.until(from)), (any.span(), any.until(from)));
            }
        }
    }

    #[test]
    fn points_of_the_same_time_stand_together() {
        let mut values = Values::default();
        for y in [4.0, 3.0, 2.0] {
            values.push(y);
        }
        let track = Track::new(Places::Times(&[0.0, 0.0, 2.5]), &values);
        let columns = track.columns(0.0, 2.5, 2);
        assert_eq!(columns.iter().flatten().map(|column| column.last).collect::<Vec<_>>(), [3.0, 2.0]);
        assert_eq!(track.within(0.0, 0.0), 0..2);
    }
}
