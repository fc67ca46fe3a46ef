//! The scalars of one run as curves, with their smoothed forms, on the axis that is asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::axis::Axis;
use crate::domain::points::Points;
use crate::domain::series::{Smoother, Values};
use crate::domain::steps::Steps;
use crate::domain::track::{Places, Track};

/// Something that happened to a run, to be marked on the axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// The step.
    pub step: u64,
    /// When, in seconds since 1970.
    pub time: f64,
    /// What, in a few words.
    pub text: String,
}

/// One scalar over time: about 14 bytes a point where steps are evenly spaced.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Curve {
    steps: Steps,
    /// Seconds since the run's first point; where a clock was put back they stand still.
    times: Vec<f32>,
    /// Seconds by which the clock was set back on the way.
    behind: f32,
    raw: Values,
    smooth: Values,
    smoother: Option<Smoother>,
}

impl Curve {
    /// The points as they were written.
    pub fn raw(&self, axis: Axis) -> Track<'_> {
        Track::new(self.places(axis), &self.raw)
    }

    /// The smoothed points; `None` without smoothing.
    pub fn smooth(&self, axis: Axis) -> Option<Track<'_>> {
        (!self.smooth.is_empty()).then(|| Track::new(self.places(axis), &self.smooth))
    }

    fn places(&self, axis: Axis) -> Places<'_> {
        if axis.is_time() { Places::Times(&self.times) } else { Places::Steps(&self.steps) }
    }

    /// Adds points. `origin`: when the run's first was written, in seconds since 1970.
    fn extend(&mut self, weight: f64, origin: f64, points: &Points) {
        if !points.is_empty() {
            // Those of a restart from a checkpoint tell what follows anew.
            self.truncate(weight, points.steps().get(0));
        }
        self.steps.extend(points.steps());
        let mut last = self.times.last().copied().unwrap_or(f32::NEG_INFINITY);
        self.times.extend(points.times().iter().map(|time| {
            let time = (*time - origin) as f32 + self.behind;
            if last > time {
                // What comes later is drawn later.
                self.behind += last - time;
            } else {
                last = time;
            }
            last
        }));
        self.raw.extend(points.values().iter().copied());
        if weight > 0.0 {
            let smoother = self.smoother.get_or_insert_with(|| Smoother::new(weight));
            self.smooth.extend(points.values().iter().map(|value| smoother.push(*value)));
        }
    }

    /// When the point of a step, or the next one, was written, in seconds since the run's first.
    fn time_of(&self, step: u64) -> Option<f64> {
        let place = self.steps.below(step);
        self.times.get(place).copied().map(f64::from)
    }

    /// Drops the points of `step` and beyond.
    fn truncate(&mut self, weight: f64, step: u64) {
        let keep = self.steps.below(step);
        if keep < self.steps.len() {
            self.steps.truncate(keep);
            self.times.truncate(keep);
            self.raw.truncate(keep);
            self.resmooth(weight);
        }
    }

    /// Smooths all points anew.
    fn resmooth(&mut self, weight: f64) {
        (self.smooth, self.smoother) = (Values::default(), None);
        if weight > 0.0 && !self.raw.is_empty() {
            let smoother = self.smoother.insert(Smoother::new(weight));
            self.smooth.extend(self.raw.ys().iter().map(|y| smoother.push(*y)));
        }
    }
}

/// The scalars of one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Curves {
    by_tag: BTreeMap<Arc<str>, Curve>,
    /// The tags in the order they came, which is that of the network's layers.
    tags: Vec<Arc<str>>,
    /// What happened on the way, oldest first.
    pub marks: Vec<Mark>,
    /// When the first point was written, in seconds since 1970.
    origin: Option<f64>,
    axis: Axis,
    weight: f64,
}

impl Curves {
    /// No points yet.
    pub fn new(axis: Axis, weight: f64) -> Self {
        Self { axis, weight, ..Self::default() }
    }

    /// The curve of a tag.
    pub fn get(&self, tag: &str) -> Option<&Curve> {
        self.by_tag.get(tag)
    }

    /// The tags that have points, in the order they came.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().map(|tag| &**tag)
    }

    /// Points in all.
    pub fn points(&self) -> usize {
        self.by_tag.values().map(|curve| curve.steps.len()).sum()
    }

    /// Adds points.
    pub fn extend(&mut self, news: &[Points]) {
        for points in news {
            let tag = &points.tag;
            if !self.by_tag.contains_key(tag) {
                self.tags.push(tag.clone());
            }
            let curve = self.by_tag.entry(tag.clone()).or_default();
            if let Some(time) = points.times().first() {
                curve.extend(self.weight, *self.origin.get_or_insert(*time), points);
            }
        }
    }

    /// Drops what was logged of `step` and beyond, before the run was taken up again.
    pub fn restart(&mut self, step: u64) {
        let weight = self.weight;
        self.by_tag.values_mut().for_each(|curve| curve.truncate(weight, step));
    }

    /// Puts the points on another axis or smooths them otherwise. `weight` 0: not at all.
    pub fn reform(&mut self, axis: Axis, weight: f64) {
        self.axis = axis;
        if self.weight != weight {
            self.weight = weight;
            self.by_tag.values_mut().for_each(|curve| curve.resmooth(weight));
        }
    }

    /// When the first point was written, in seconds since 1970.
    pub fn origin(&self) -> Option<f64> {
        self.origin
    }

    /// Where a mark stands among the points.
    pub fn place_of(&self, mark: &Mark) -> f64 {
        if !self.axis.is_time() {
            return mark.step as f64;
        }
        let point = self.get("train/loss").and_then(|loss| loss.time_of(mark.step));
        point.unwrap_or_else(|| mark.time - self.origin.unwrap_or(mark.time))
    }

    /// From the first to the last point of these tags.
    pub fn span(&self, tags: &[&str]) -> Option<(f64, f64)> {
        let curves = tags.iter().filter_map(|tag| self.get(tag)?.raw(self.axis).span());
        curves.reduce(|(low, high), (from, to)| (low.min(from), high.max(to)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(points: &[(u64, f64, f32)]) -> Vec<Points> {
        vec![Points::of("train/loss", points.iter().copied())]
    }

    #[test]
    fn a_restart_tells_what_follows_anew() {
        let mut curves = Curves::new(Axis::Step, 0.5);
        curves.extend(&batch(&[(1, 10.0, 4.0), (2, 11.0, 3.0), (3, 12.0, 9.0)]));
        curves.extend(&batch(&[(2, 20.0, 2.0), (3, 21.0, 1.0)]));
        let mut straight = Curves::new(Axis::Step, 0.5);
        straight.extend(&batch(&[(1, 10.0, 4.0), (2, 20.0, 2.0), (3, 21.0, 1.0)]));
        assert_eq!(curves, straight);
    }

    #[test]
    fn points_can_be_placed_by_time_and_back() {
        let mut curves = Curves::new(Axis::Step, 0.0);
        curves.extend(&batch(&[(1, 10.0, 4.0), (2, 10.0, 3.0), (3, 12.5, 2.0)]));
        let before = curves.clone();
        curves.reform(Axis::Time, 0.9);
        let curve = curves.get("train/loss").unwrap();
        let raw = curve.raw(Axis::Time);
        assert_eq!(raw.within(0.0, 0.0), 0..2, "points of the same time are both there");
        assert_eq!((raw.x(2), curve.raw(Axis::Step).x(2)), (2.5, 3.0));
        assert_eq!(curve.smooth(Axis::Time).unwrap().len(), 3);
        curves.reform(Axis::Step, 0.0);
        assert_eq!(curves, before);
    }

    /// A day back between two points, and a day ahead: what is drawn goes on from left to right, a second for a second.
    #[test]
    fn a_clock_that_is_set_back_does_not_turn_time_round() {
        let mut curves = Curves::new(Axis::Time, 0.0);
        let day = 86_400.0;
        curves.extend(&batch(&[(1, day, 4.0), (2, day + 1.0, 3.0), (3, 2.0, 2.0), (4, 3.0, 1.0), (5, 3.5, 1.0)]));
        let track = curves.get("train/loss").unwrap().raw(Axis::Time);
        let xs: Vec<f64> = (0..track.len()).map(|place| track.x(place)).collect();
        for (x, time) in xs.iter().zip([0.0, 1.0, 1.0, 2.0, 2.5]) {
            assert!((x - time).abs() < 0.01, "{xs:?}");
        }
        let mark = Mark { step: 4, time: 3.0, text: String::new() };
        assert!((curves.place_of(&mark) - 2.0).abs() < 0.01);
    }
}
