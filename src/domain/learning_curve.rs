//! The learning curve: how the dev error falls with the number of training examples, and so what more of them would bring.
//!
//! The curve is a power law with a floor, rate(n) = floor + scale · n^−exponent: Cortes, Jackel, Solla, Vapnik and Denker
//! 1993, "Learning curves: asymptotic values and rate of convergence", NIPS 6; found again for deep networks by Hestness
//! et al. 2017, "Deep learning scaling is predictable, empirically", arXiv:1712.00409.

use serde::Serialize;

use super::ladder::Counts;
use super::random::Random;
use super::text::{percent, thousands};

/// Sizes of the training set below which no curve can be told from a point.
pub const FEWEST: usize = 3;
/// Exponents that are tried: from hardly any fall to the fastest that is seen.
const EXPONENTS: std::ops::RangeInclusive<i32> = 1..=80;
/// The step between them.
const EXPONENT: f64 = 0.025;
/// Draws that a forecast's interval is made of.
const DRAWS: u64 = 400;

/// What a network made of the dev set after training on so many examples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Training examples.
    pub examples: u64,
    /// Mistakes on the dev set.
    pub dev: Counts,
}

/// A power law with a floor.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Curve {
    /// The rate that no number of examples gets below, as a fraction.
    pub floor: f64,
    /// What is above the floor with one example.
    pub scale: f64,
    /// How fast that falls.
    pub exponent: f64,
}

/// The dev error to be expected with so many training examples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Forecast {
    /// Training examples.
    pub examples: u64,
    /// The rate, as a fraction.
    pub rate: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// What more data promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Promise {
    /// The dev error would fall, by more than the tolerance.
    Helps,
    /// Whatever it would fall by is less than the tolerance.
    HardlyHelps,
    /// The points are too few or too doubtful.
    CannotTell,
}

impl Curve {
    /// The curve that is nearest to the points, each weighed by how exact it is (weighted least squares). `None` of fewer
    /// than [`FEWEST`] sizes.
    pub fn fit(points: &[Point]) -> Option<Self> {
        let sizes: std::collections::BTreeSet<u64> = points.iter().map(|point| point.examples).collect();
        if sizes.len() < FEWEST || points.iter().any(|point| point.examples == 0 || point.dev.of == 0) {
            return None;
        }
        let rates: Vec<f64> = points.iter().map(|point| point.dev.rate()).collect();
        Self::through(points, &rates)
    }

    /// The same with other rates in place of the points' own.
    fn through(points: &[Point], rates: &[f64]) -> Option<Self> {
        let of_exponent = |step: i32| {
            let exponent = EXPONENT * f64::from(step);
            let terms: Vec<(f64, f64, f64)> = points
                .iter()
                .zip(rates)
                .map(|(point, rate)| (weight(point.dev), (point.examples as f64).powf(-exponent), *rate))
                .collect();
            let (floor, scale) = line(&terms);
            let misfit: f64 = terms.iter().map(|(w, x, y)| w * (y - floor - scale * x).powi(2)).sum();
            (misfit, Self { floor, scale, exponent })
        };
        let best = EXPONENTS.map(of_exponent).min_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(best.1)
    }

    /// The rate with so many training examples.
    pub fn rate(&self, examples: u64) -> f64 {
        (self.floor + self.scale * (examples.max(1) as f64).powf(-self.exponent)).clamp(0.0, 1.0)
    }
}

/// How exact a rate is: one over its variance, with half a mistake added either way so that none is exact.
fn weight(counts: Counts) -> f64 {
    let (errors, of) = (counts.errors as f64 + 0.5, counts.of as f64 + 1.0);
    let rate = errors / of;
    of / (rate * (1.0 - rate))
}

/// Floor and scale of weighted points (weight, x, y), neither below zero.
fn line(terms: &[(f64, f64, f64)]) -> (f64, f64) {
    let sum = |of: fn(&(f64, f64, f64)) -> f64| terms.iter().map(of).sum::<f64>();
    let (w, x, y) = (sum(|t| t.0), sum(|t| t.0 * t.1), sum(|t| t.0 * t.2));
    let (xx, xy) = (sum(|t| t.0 * t.1 * t.1), sum(|t| t.0 * t.1 * t.2));
    let spread = w * xx - x * x;
    let scale = if spread > 0.0 { (w * xy - x * y) / spread } else { 0.0 };
    let floor = (y - scale * x) / w;
    match (floor < 0.0, scale < 0.0) {
        (_, true) => (y / w, 0.0),
        (true, _) => (0.0, xy / xx),
        _ => (floor, scale),
    }
}

/// What is to be expected with `examples` training examples; `None` where there is no curve. The interval comes of drawing
/// the points again, each as far from its rate as chance may have put it (parametric bootstrap, with a fixed seed).
pub fn forecast(points: &[Point], examples: u64) -> Option<Forecast> {
    let rate = Curve::fit(points)?.rate(examples);
    let mut random = Random::new(1);
    let mut drawn: Vec<f64> = (0..DRAWS)
        .filter_map(|_| {
            let rates: Vec<f64> = points
                .iter()
                .map(|point| (point.dev.rate() + random.normal() / weight(point.dev).sqrt()).clamp(0.0, 1.0))
                .collect();
            Curve::through(points, &rates).map(|curve| curve.rate(examples))
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    let at = |share: f64| drawn.get((share * (drawn.len() - 1) as f64).round() as usize).copied();
    Some(Forecast { examples, rate, low: at(0.025)?.min(rate), high: at(0.975)?.max(rate) })
}

/// What twice as many examples as the last point has would bring, against its rate.
pub fn promise(points: &[Point], tolerance: f64) -> Promise {
    let Some(last) = points.iter().max_by_key(|point| point.examples) else { return Promise::CannotTell };
    let Some(twice) = forecast(points, 2 * last.examples) else { return Promise::CannotTell };
    let now = Curve::fit(points).map_or(0.0, |curve| curve.rate(last.examples));
    if now - twice.high > tolerance {
        Promise::Helps
    } else if now - twice.low <= tolerance {
        Promise::HardlyHelps
    } else {
        Promise::CannotTell
    }
}

/// What the curve says, in a sentence or two.
pub fn sentence(points: &[Point], tolerance: f64) -> String {
    let Some(last) = points.iter().max_by_key(|point| point.examples) else {
        return "There are no points yet.".to_owned();
    };
    let Some(twice) = forecast(points, 2 * last.examples) else {
        return format!("A curve needs {FEWEST} sizes of the training set; there are fewer.");
    };
    let expected = format!(
        "With twice as many training examples ({}) the dev error would be about {} (95 %: {:.1} to {:.1}) in place of {}",
        thousands(twice.examples),
        percent(twice.rate),
        100.0 * twice.low,
        100.0 * twice.high,
        percent(last.dev.rate()),
    );
    match promise(points, tolerance) {
        Promise::Helps => format!("{expected}: more data would help."),
        Promise::HardlyHelps => format!("{expected}: more data would hardly help."),
        Promise::CannotTell => {
            format!("{expected}: whether more data would help cannot be told from this; a larger dev set would tell.")
        }
    }
}

/// What twice as many examples would leave of a gap that was `half` with half of them and is `now`: a power law through
/// two points, whose floor is no gap at all. `None` where the gap did not grow with fewer examples.
pub fn doubled(half: f64, now: f64) -> Option<f64> {
    (now > 0.0 && half > now).then(|| now * now / half)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points on a curve, counted on dev sets of `of`.
    fn on(curve: Curve, sizes: &[u64], of: u64) -> Vec<Point> {
        let counted = |examples: u64| Counts { errors: (curve.rate(examples) * of as f64).round() as u64, of };
        sizes.iter().map(|size| Point { examples: *size, dev: counted(*size) }).collect()
    }

    #[test]
    fn a_curve_is_found_again() {
        for (floor, scale, exponent) in [(0.0, 2.0, 0.5), (0.02, 3.0, 0.6), (0.1, 1.0, 0.3), (0.05, 0.0, 0.5)] {
            let curve = Curve { floor, scale, exponent };
            let points = on(curve, &[500, 1000, 2000, 4000, 8000], 10_000_000);
            let found = Curve::fit(&points).unwrap();
            for size in [1000, 8000, 16_000, 32_000] {
                let (ours, truth) = (found.rate(size), curve.rate(size));
                assert!((ours - truth).abs() < 0.002, "{curve:?} at {size}: {ours} is not {truth}");
            }
        }
    }

    #[test]
    fn forecasts_hold_their_promise() {
        // Of 200 curves counted by chance, nearly all intervals hold the true rate.
        let curve = Curve { floor: 0.02, scale: 3.0, exponent: 0.5 };
        let mut random = Random::new(7);
        let mut held = 0;
        for _ in 0..200 {
            let points: Vec<Point> = on(curve, &[1000, 2000, 4000, 8000], 2000)
                .into_iter()
                .map(|point| {
                    let rate = point.dev.rate();
                    let errors = 2000.0 * rate + random.normal() * (2000.0 * rate * (1.0 - rate)).sqrt();
                    Point { dev: Counts { errors: errors.round() as u64, of: 2000 }, ..point }
                })
                .collect();
            let twice = forecast(&points, 16_000).unwrap();
            held += u32::from(twice.low <= curve.rate(16_000) && curve.rate(16_000) <= twice.high);
        }
        assert!(held >= 180, "{held} of 200");
    }

    #[test]
    fn what_more_data_promise() {
        let sizes = [1000, 2000, 4000, 8000];
        let falling = Curve { floor: 0.0, scale: 8.0, exponent: 0.5 };
        let flat = Curve { floor: 0.08, scale: 30.0, exponent: 1.2 };
        for (curve, of, expected) in [
            (falling, 20_000, Promise::Helps),
            (flat, 20_000, Promise::HardlyHelps),
            (falling, 100, Promise::CannotTell),
        ] {
            let points = on(curve, &sizes, of);
            assert_eq!(promise(&points, 0.01), expected, "{}", sentence(&points, 0.01));
        }
        assert_eq!(promise(&on(falling, &sizes[..2], 20_000), 0.01), Promise::CannotTell);
        assert_eq!(promise(&[], 0.01), Promise::CannotTell);
        let text = sentence(&on(falling, &sizes, 20_000), 0.01);
        assert!(
            text.starts_with("With twice as many training examples (16,000) the dev error would be about 6.3 %"),
            "{text}"
        );
        assert!(text.ends_with("in place of 8.9 %: more data would help."), "{text}");
    }

    #[test]
    fn a_gap_that_grows_with_fewer_examples_shrinks_with_more() {
        assert_eq!(doubled(0.04, 0.02), Some(0.01));
        assert_eq!(doubled(0.02, 0.02), None);
        assert_eq!(doubled(0.02, -0.01), None);
    }
}
