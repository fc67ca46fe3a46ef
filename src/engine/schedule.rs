//! How the step size changes over a run: a function of where training stands, so that nothing has to be saved and a
//! change of the settings acts at once.

use std::f64::consts::PI;

use crate::domain::experiment::{Schedule, Train};

/// What the step size is multiplied by in a step that leads from `before` to `after`, both in epochs.
pub(super) fn factor(train: &Train, before: f64, after: f64) -> f64 {
    // The end of the step counts for the rise, so that the first step is not lost, and its beginning for the fall.
    let rise = if train.warmup > 0.0 { (after / train.warmup).min(1.0) } else { 1.0 };
    let fall = match train.schedule {
        Schedule::Constant | Schedule::Plateau => 1.0,
        Schedule::Step => train.decay_factor.powf((before / train.decay_every).floor()),
        Schedule::Cosine => {
            let whole = (train.epochs as f64 - train.warmup).max(f64::MIN_POSITIVE);
            let done = ((before - train.warmup) / whole).clamp(0.0, 1.0);
            0.5 * (1.0 + (PI * done).cos())
        }
    };
    rise * fall
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn rates_rise_and_fall_as_said() {
        let train = Train { epochs: 12, warmup: 2.0, decay_every: 3.0, decay_factor: 0.5, ..Train::default() };
        assert!(near(factor(&train, 0.0, 0.1), 0.05) && near(factor(&train, 1.9, 2.0), 1.0));
        assert!(near(factor(&train, 11.0, 11.1), 1.0), "a constant rate stays after its rise");
        let step = Train { schedule: Schedule::Step, ..train.clone() };
        for (before, expected) in [(2.9, 1.0), (3.0, 0.5), (5.9, 0.5), (6.0, 0.25), (11.9, 0.125)] {
            assert!(near(factor(&step, before, before + 0.1), expected), "{before}");
        }
        let cosine = Train { schedule: Schedule::Cosine, ..train };
        for (before, expected) in [(2.0, 1.0), (7.0, 0.5), (12.0, 0.0), (13.0, 0.0)] {
            assert!(near(factor(&cosine, before, before + 0.1), expected), "{before}");
        }
        let all_warmup = Train { warmup: 20.0, ..cosine };
        assert!(factor(&all_warmup, 5.0, 5.1).is_finite());
    }
}
