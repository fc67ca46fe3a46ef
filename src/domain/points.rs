//! Points of curves on their way from a file to whoever looks at them.

use std::sync::Arc;

use super::steps::Steps;

/// One value: the step, when it was logged in seconds since 1970, and the value.
pub type Point = (u64, f64, f32);

/// New points of one curve, in the order in which they were logged: twelve bytes each where steps are evenly spaced.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    /// The curve, such as `train/loss`.
    pub tag: Arc<str>,
    steps: Steps,
    times: Vec<f64>,
    values: Vec<f32>,
}

impl Points {
    /// None yet.
    pub fn new(tag: impl Into<Arc<str>>) -> Self {
        Self { tag: tag.into(), steps: Steps::default(), times: Vec::new(), values: Vec::new() }
    }

    /// These.
    pub fn of(tag: impl Into<Arc<str>>, points: impl IntoIterator<Item = Point>) -> Self {
        let mut all = Self::new(tag);
        points.into_iter().for_each(|point| all.push(point));
        all
    }

    /// Adds one. A step that does not lie above the last begins a new account of what follows: the points from there on are
    /// dropped first, as after a restart from a checkpoint.
    #[inline]
    pub fn push(&mut self, (step, time, value): Point) {
        if self.steps.last().is_some_and(|last| step <= last) {
            self.truncate_from(step);
        }
        self.steps.push(step);
        self.times.push(time);
        self.values.push(value);
    }

    /// Drops the points of `step` and beyond.
    pub fn truncate_from(&mut self, step: u64) {
        let keep = self.steps.below(step);
        self.steps.truncate(keep);
        self.times.truncate(keep);
        self.values.truncate(keep);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The step of each, in rising order.
    pub fn steps(&self) -> &Steps {
        &self.steps
    }

    /// When each was logged, in seconds since 1970.
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// The values.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = Point> {
        let rest = self.times.iter().zip(&self.values);
        self.steps.iter().zip(rest).map(|(step, (time, value))| (step, *time, *value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_step_back_is_told_anew() {
        let points = Points::of("a", [(1, 0.5, 1.0), (2, 1.0, 2.0), (4, 2.0, 3.0), (2, 9.0, 4.0), (3, 9.5, 5.0)]);
        assert_eq!(points.iter().collect::<Vec<_>>(), [(1, 0.5, 1.0), (2, 9.0, 4.0), (3, 9.5, 5.0)]);
        assert_eq!((points.len(), points.steps().last(), points.times().len()), (3, Some(3), points.values().len()));
    }
}
