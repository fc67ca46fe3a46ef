//! What a run does when the dev loss falls no more: smaller steps, or an end. The rules are those of PyTorch's
//! `ReduceLROnPlateau` and of early stopping (Prechelt 1998); what they remember is part of a checkpoint.

use serde::{Deserialize, Serialize};

use crate::domain::experiment::{Schedule, Train};

/// A loss counts as lower when it is so by this share at least.
const THRESHOLD: f64 = 1e-4;

/// The dev losses seen so far, as far as they matter.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Patience {
    /// The lowest.
    best: Option<f64>,
    /// Evaluations since.
    since_best: u64,
    /// Evaluations since then or since the step size last fell.
    waited: u64,
    /// How often the step size fell.
    falls: u32,
}

impl Patience {
    /// The dev loss after one more epoch.
    pub(super) fn look(&mut self, loss: f64, train: &Train) {
        let is_lower = loss.is_finite() && self.best.is_none_or(|best| loss < best - best.abs() * THRESHOLD);
        if is_lower {
            *self = Self { best: Some(loss), since_best: 0, waited: 0, falls: self.falls };
            return;
        }
        self.since_best += 1;
        self.waited += 1;
        if train.schedule == Schedule::Plateau && self.waited > train.patience as u64 {
            self.falls += 1;
            self.waited = 0;
        }
    }

    /// What the step size is multiplied by.
    pub(super) fn factor(&self, train: &Train) -> f64 {
        match train.schedule {
            Schedule::Plateau => train.decay_factor.powf(f64::from(self.falls)),
            Schedule::Constant | Schedule::Step | Schedule::Cosine => 1.0,
        }
    }

    /// Whether waiting on is not worth it.
    pub(super) fn is_over(&self, train: &Train) -> bool {
        train.early_stopping > 0 && self.since_best >= train.early_stopping as u64
    }
}

/// Whether a run's course depends on the dev loss of every epoch.
pub(super) fn is_needed(train: &Train) -> bool {
    train.schedule == Schedule::Plateau || train.early_stopping > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_fall_where_pytorch_lets_them_fall() {
        // What torch.optim.lr_scheduler.ReduceLROnPlateau(factor=0.5, patience=1) made of these losses.
        let losses = [1.0, 0.9, 0.95, 0.96, 0.97, 0.97, 0.89, 0.889_999_9, 0.95, f64::NAN, 0.95];
        let expected = [1.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.0625];
        let train = Train { schedule: Schedule::Plateau, decay_factor: 0.5, patience: 1, ..Train::default() };
        let mut patience = Patience::default();
        for (place, (loss, expected)) in losses.into_iter().zip(expected).enumerate() {
            patience.look(loss, &train);
            assert_eq!(patience.factor(&train), expected, "{place}: {patience:?}");
            assert!(!patience.is_over(&train));
        }
        assert_eq!(patience.factor(&Train::default()), 1.0);
    }

    #[test]
    fn training_is_over_when_nothing_got_better_for_long_enough() {
        let train = Train { early_stopping: 2, ..Train::default() };
        let mut patience = Patience::default();
        for (loss, over) in [(1.0, false), (1.1, false), (0.9, false), (0.95, false), (0.91, true), (0.5, false)] {
            patience.look(loss, &train);
            assert_eq!(patience.is_over(&train), over, "{loss}");
        }
    }
}
