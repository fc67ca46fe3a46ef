//! Round figures for axes. Pure.

/// Round figures from `low` to `high`, at most `most` of them: multiples of 1, 2 or 5 times a power of ten.
pub fn linear(low: f64, high: f64, most: usize) -> Vec<f64> {
    let span = high - low;
    if !(span > 0.0 && span.is_finite()) || most == 0 {
        return Vec::new();
    }
    let rough = span / most as f64;
    let decade = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * decade).into_iter().find(|step| *step >= rough);
    multiples(low, high, step.unwrap_or(10.0 * decade))
}

/// Durations in seconds that people count in.
const DURATIONS: [f64; 16] =
    [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 21_600.0, 86_400.0];

/// Round times from `low` to `high` seconds.
pub fn times(low: f64, high: f64, most: usize) -> Vec<f64> {
    let rough = (high - low) / most.max(1) as f64;
    match DURATIONS.into_iter().find(|step| *step >= rough) {
        Some(step) if rough >= 0.5 => multiples(low, high, step),
        _ => linear(low, high, most),
    }
}

/// Powers of ten from `low` to `high`, with 2 and 5 between them where there is room.
pub fn logarithmic(low: f64, high: f64, most: usize) -> Vec<f64> {
    if !(low > 0.0 && high > low && high.is_finite()) {
        return Vec::new();
    }
    let decades = low.log10().floor() as i32..=high.log10().ceil() as i32;
    let within = |digits: &[i32], every: usize| -> Vec<f64> {
        let decades = decades.clone().step_by(every);
        let figures = decades.flat_map(|decade| digits.iter().map(move |digit| f64::from(*digit) * 10f64.powi(decade)));
        figures.filter(|figure| (low..=high).contains(figure)).collect()
    };
    let fine = [within(&[1, 2, 5], 1), within(&[1, 3], 1), within(&[1], 1)];
    if let Some(ticks) = fine.into_iter().find(|ticks| ticks.len() >= 2 && ticks.len() <= most) {
        return ticks;
    }
    let every = (2..40).map(|every| within(&[1], every)).find(|ticks| ticks.len() <= most);
    every.filter(|ticks| ticks.len() > 1).unwrap_or_else(|| linear(low, high, most))
}

/// The round figure at or above `value`: 1, 1.5, 2, 3, 4, 5, 6, 8 or 10 times a power of ten.
pub fn ceiling(value: f64) -> f64 {
    if !(value > 0.0 && value.is_finite()) {
        return 1.0;
    }
    let decade = 10f64.powf(value.log10().floor());
    let digits = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    digits.map(|digit| digit * decade).into_iter().find(|round| *round >= value * (1.0 - 1e-9)).unwrap_or(value)
}

fn multiples(low: f64, high: f64, step: f64) -> Vec<f64> {
    let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
    (0..=(last - first).max(-1.0) as i64).filter(|_| last >= first).map(|at| (first + at as f64) * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn figures_are_round() {
        assert_eq!(linear(0.0, 10.0, 5), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(linear(0.0, 1.0, 2), [0.0, 0.5, 1.0]);
        assert_eq!(linear(3.0, 3.0, 5), [0.0; 0]);
        assert_eq!(times(0.0, 200.0, 4), [0.0, 60.0, 120.0, 180.0]);
        assert_eq!(logarithmic(0.05, 3.0, 9), [0.05, 0.1, 0.2, 0.5, 1.0, 2.0]);
        assert_eq!(logarithmic(1e-6, 1.0, 4).len(), 4);
        for (value, above) in [(0.093, 0.1), (0.1, 0.1), (0.13, 0.15), (7.0, 8.0), (0.0, 1.0)] {
            assert!((ceiling(value) - above).abs() < 1e-12, "{value}");
        }
    }

    proptest! {
        #[test]
        fn ticks_lie_within(low in -1e6..1e6f64, span in 1e-6..1e6f64, most in 1usize..20) {
            for tick in linear(low, low + span, most) {
                prop_assert!(tick >= low - span * 1e-6 && tick <= low + span * (1.0 + 1e-6));
            }
            prop_assert!(linear(low, low + span, most).len() <= most + 1);
            prop_assert!(times(0.0, span, most).len() <= most + 1 || span > 86_400.0 * most as f64);
        }
    }
}
