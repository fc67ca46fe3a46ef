//! The learning-rate range test (Smith 2017): train for a little while with steps that grow from tiny to far too large,
//! and read off the curve of the loss where learning is fastest and where it breaks.

use serde::{Deserialize, Serialize};

/// Steps of a test, if nobody asks for more.
pub const STEPS: usize = 150;
/// The smallest and the largest step size that are tried.
pub const RANGE: (f64, f64) = (1e-7, 10.0);
/// Weight of the past in the average that tells when to stop.
const SMOOTHING: f64 = 0.9;
/// The loss has broken when it is so many times as far above the lowest as where it began.
const BROKEN: f64 = 2.0;
/// Where it began counts as at least this share of itself above the lowest: minibatches differ before anything is learned.
const NOISE: f64 = 0.5;
/// Steps to either side that have a part in the smooth curve.
const WINDOW: usize = 8;
/// Steps to either side over which the slope at a step is measured.
const REACH: usize = 4;
/// Fewer steps tell nothing.
const FEWEST: usize = 20;

/// One step of the test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The step size.
    pub rate: f64,
    /// The minibatch's loss before the step.
    pub loss: f64,
}

/// The test's curve, as far as it has been made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RateTest {
    /// A point for each step, in order.
    pub points: Vec<Point>,
    #[serde(skip)]
    average: f64,
    #[serde(skip)]
    lowest: Option<f64>,
}

/// What a test says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// Where the loss falls fastest: a step size to train with.
    pub rate: f64,
    /// Where the loss is lowest: steps of this size are about to be too large.
    pub lowest: f64,
}

impl Suggestion {
    /// Whether a step size is about the one that is suggested: within a factor of two.
    pub fn is_near(&self, rate: f64) -> bool {
        (0.5..=2.0).contains(&(self.rate / rate))
    }
}

impl std::fmt::Display for Suggestion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "The loss falls fastest at a learning rate of {}; beyond {} it rises.", self.rate, self.lowest)
    }
}

/// The step size of step `place` of `steps`, evenly spaced by factors over [`RANGE`].
pub fn rate_at(place: usize, steps: usize) -> f64 {
    let share = place as f64 / (steps.max(2) - 1) as f64;
    RANGE.0 * (RANGE.1 / RANGE.0).powf(share)
}

impl RateTest {
    /// Adds a step; gives whether it is worth going on: not once the loss has broken.
    pub fn push(&mut self, rate: f64, loss: f64) -> bool {
        if !loss.is_finite() {
            return false;
        }
        self.average = SMOOTHING * self.average + (1.0 - SMOOTHING) * loss;
        self.points.push(Point { rate, loss });
        let average = self.average / (1.0 - SMOOTHING.powi(self.points.len() as i32));
        let lowest = self.lowest.map_or(average, |lowest| lowest.min(average));
        self.lowest = Some(lowest);
        let first = self.points[0].loss;
        self.points.len() < FEWEST || average <= lowest + BROKEN * (first - lowest).max(NOISE * first.abs())
    }

    /// The loss without its noise: at each step the mean of its neighbors to both sides, the nearer ones counting more.
    /// An average over the past alone would show everything too late, at too large a rate.
    pub fn curve(&self) -> Vec<f64> {
        let weight = |distance: usize| (WINDOW + 1 - distance) as f64;
        let mean = |place: usize| {
            // As far to both sides as there are neighbors on both, so that the ends are not drawn to one side.
            let reach = WINDOW.min(place).min(self.points.len() - 1 - place);
            let near = &self.points[place - reach..=place + reach];
            let weights = (0..near.len()).map(|at| weight(at.abs_diff(reach)));
            let sum: f64 = near.iter().zip(weights.clone()).map(|(point, weight)| point.loss * weight).sum();
            sum / weights.sum::<f64>()
        };
        (0..self.points.len()).map(mean).collect()
    }

    /// The step size to train with; `None` where the loss never fell.
    pub fn suggestion(&self) -> Option<Suggestion> {
        let curve = self.curve();
        let lowest = (0..curve.len()).min_by(|a, b| curve[*a].total_cmp(&curve[*b]))?;
        let first = curve.iter().take(WINDOW).sum::<f64>() / curve.len().clamp(1, WINDOW) as f64;
        if lowest < 2 * REACH || first - curve[lowest] < 0.1 * first.abs() {
            return None;
        }
        let slope = |place: usize| curve[place + REACH] - curve[place - REACH];
        let steepest = (REACH..=lowest - REACH).min_by(|a, b| slope(*a).total_cmp(&slope(*b)))?;
        Some(Suggestion { rate: round(self.points[steepest].rate), lowest: round(self.points[lowest].rate) })
    }
}

/// To two digits: more would pretend to know.
fn round(rate: f64) -> f64 {
    let unit = 10f64.powf(rate.log10().floor() - 1.0);
    let digits = (rate / unit).round();
    // Through text, so that 0.0031 is not 0.0031000000000000003.
    format!("{digits}e{}", unit.log10().round()).parse().unwrap_or(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A loss that stays, falls about `fastest` and breaks a hundred times beyond, with noise.
    fn test(fastest: f64) -> RateTest {
        let mut test = RateTest::default();
        let mut noise = 0.37f64;
        for place in 0..150 {
            let rate = rate_at(place, 150);
            noise = (noise * 997.3).fract();
            let x = (rate / fastest).log10();
            let fallen = 1.0 / (1.0 + (-3.0 * x).exp());
            let broken = (2.5 * (x - 1.6)).exp();
            if !test.push(rate, 2.3 - 1.8 * fallen + broken + 0.1 * (noise - 0.5)) {
                break;
            }
        }
        test
    }

    #[test]
    fn the_rate_where_the_loss_falls_fastest_is_found() {
        for fastest in [1e-4, 1e-3, 1e-2, 1e-1] {
            let test = test(fastest);
            let Suggestion { rate, lowest } = test.suggestion().unwrap();
            assert!((0.4..2.5).contains(&(rate / fastest)), "{fastest}: {rate}");
            assert!(lowest > rate && lowest < 1000.0 * fastest, "{fastest}: {lowest}");
            // The last of these breaks too near the end to be noticed in time.
            let stopped = test.points.last().unwrap().rate < RANGE.1 || fastest > 0.05;
            assert!(stopped, "it goes on though the loss has broken");
        }
    }

    #[test]
    fn where_nothing_is_learned_nothing_is_suggested() {
        let mut flat = RateTest::default();
        (0..100).for_each(|place| assert!(flat.push(rate_at(place, 100), 2.3)));
        assert_eq!(flat.suggestion(), None);
        assert_eq!(RateTest::default().suggestion(), None);
        assert!(!flat.push(1.0, f64::NAN));
    }

    #[test]
    fn noise_before_anything_is_learned_is_no_break() {
        let mut noisy = RateTest::default();
        for place in 0..60 {
            // Minibatches that differ by a third, the first of them the easiest.
            let loss = 3.2 + ((place * 7) % 13) as f64 / 12.0;
            assert!(noisy.push(rate_at(place, 150), loss), "it ends after {} steps", place + 1);
        }
    }

    #[test]
    fn rates_are_spaced_by_factors_and_said_with_two_digits() {
        assert!((rate_at(0, 9) - 1e-7).abs() < 1e-20 && (rate_at(8, 9) - 10.0).abs() < 1e-9);
        assert!((rate_at(4, 9) - 1e-3).abs() < 1e-12);
        for (rate, said) in [(0.003_149, 0.0031), (0.000_999, 0.001), (1.26, 1.3), (9.96, 10.0)] {
            assert_eq!(round(rate), said);
        }
    }
}
