//! Confidence intervals for error rates and for differences between them.

use serde::{Deserialize, Serialize};

use super::ladder::Counts;

/// The standard normal quantile that leaves 2.5 % on either side.
const Z: f64 = 1.959_963_984_540_054;

/// A range that holds the true value in 95 of 100 cases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The 95 % score interval of a proportion: Wilson 1927, "Probable inference, the law of succession, and statistical
/// inference", JASA 22:209. Unlike the textbook interval it holds its promise for few examples and rates near 0.
///
/// No examples tell nothing: 0 to 1.
pub fn wilson(counts: Counts) -> Interval {
    if counts.of == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    wilson_at(counts.rate(), counts.of as f64)
}

/// [`wilson`] for a rate that was not counted here but is known to rest on `n` examples.
pub fn wilson_at(rate: f64, n: f64) -> Interval {
    let z2 = Z * Z;
    let center = (rate + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (rate * (1.0 - rate) / n + z2 / (4.0 * n * n)).sqrt();
    // At a rate of exactly 0 or 1 that end is exact; rounding would leave it a hair off.
    let low = if rate == 0.0 { 0.0 } else { (center - half).max(0.0) };
    let high = if rate == 1.0 { 1.0 } else { (center + half).min(1.0) };
    Interval { low, high }
}

/// The 95 % interval of `upper` − `lower` for independent samples: method 10 of Newcombe 1998, "Interval estimation for
/// the difference between independent proportions", Statistics in Medicine 17:873, which joins the two score intervals.
///
/// Each argument is a rate with its interval. The same joins the intervals of other independent estimates, gaps among them:
/// Zou and Donner 2008, "Construction of confidence limits about effect measures", Statistics in Medicine 27:1693.
pub fn newcombe(upper: (f64, Interval), lower: (f64, Interval)) -> Interval {
    let ((p1, i1), (p2, i2)) = (upper, lower);
    let difference = p1 - p2;
    Interval {
        low: difference - ((p1 - i1.low).powi(2) + (i2.high - p2).powi(2)).sqrt(),
        high: difference + ((i1.high - p1).powi(2) + (p2 - i2.low).powi(2)).sqrt(),
    }
}

/// The mean of independent estimates with its 95 % interval: Zou, Huang and Zhang 2009, "A note on confidence interval
/// estimation for a linear function of binomial proportions", Computational Statistics & Data Analysis 53:1080. `None` of none.
pub fn mean(estimates: &[(f64, Interval)]) -> Option<(f64, Interval)> {
    let weight = 1.0 / estimates.len() as f64;
    let mean = weight * estimates.iter().map(|(value, _)| value).sum::<f64>();
    let half =
        |end: fn(&(f64, Interval)) -> f64| weight * estimates.iter().map(|one| end(one).powi(2)).sum::<f64>().sqrt();
    let (below, above) =
        (half(|(value, interval)| value - interval.low), half(|(value, interval)| interval.high - value));
    (!estimates.is_empty()).then_some((mean, Interval { low: mean - below, high: mean + above }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(interval: Interval, low: f64, high: f64) {
        assert!((interval.low - low).abs() < 5.1e-5, "{interval:?} is not {low}");
        assert!((interval.high - high).abs() < 5.1e-5, "{interval:?} is not {high}");
    }

    /// Newcombe 1998, Statistics in Medicine 17:857, table I, method 3.
    #[test]
    fn wilson_agrees_with_published_values() {
        for (errors, of, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            close(wilson(Counts { errors, of }), low, high);
        }
    }

    /// Newcombe 1998, Statistics in Medicine 17:873, table II, method 10.
    #[test]
    fn newcombe_agrees_with_published_values() {
        for ((a, m), (b, n), low, high) in [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((6, 7), (2, 7), 0.0582, 0.8062),
            ((5, 56), (0, 29), -0.0381, 0.1926),
            ((0, 10), (0, 20), -0.1611, 0.2775),
            ((0, 10), (0, 10), -0.2775, 0.2775),
            ((10, 10), (0, 20), 0.6791, 1.0),
            ((10, 10), (0, 10), 0.6075, 1.0),
        ] {
            let (upper, lower) = (Counts { errors: a, of: m }, Counts { errors: b, of: n });
            close(newcombe((upper.rate(), wilson(upper)), (lower.rate(), wilson(lower))), low, high);
        }
    }

    #[test]
    fn the_mean_of_estimates_is_as_doubtful_as_they_are_together() {
        let of = |errors, of| {
            let counts = Counts { errors, of };
            (counts.rate(), wilson(counts))
        };
        let (one, several) = (of(10, 100), vec![of(10, 100); 4]);
        assert_eq!(mean(&[]), None);
        assert_eq!(mean(&[one]), Some(one));
        let (rate, interval) = mean(&several).unwrap();
        assert!((rate - 0.1).abs() < 1e-12);
        // Four times as much is known, so the doubt is half as wide.
        assert!((interval.high - rate - (one.1.high - one.0) / 2.0).abs() < 1e-12);
        assert!((rate - interval.low - (one.0 - one.1.low) / 2.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_rate_and_shrinks_with_more_examples(of in 1u64..100_000, share in 0.0..=1.0f64) {
            let errors = (of as f64 * share) as u64;
            let (few, many) = (Counts { errors, of }, Counts { errors: errors * 10, of: of * 10 });
            let (wide, narrow) = (wilson(few), wilson(many));
            prop_assert!(0.0 <= wide.low && wide.low <= few.rate() && few.rate() <= wide.high && wide.high <= 1.0);
            prop_assert!(narrow.high - narrow.low < wide.high - wide.low);
        }
    }
}
