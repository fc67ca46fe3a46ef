//! When to evaluate and when to save, so that neither takes much of the time that belongs to training.
//!
//! Knows no clock: the seconds that things took are told to it.

/// Share of the time that evaluation may take, once the first epochs are over.
const EVALUATION: f64 = 0.2;
/// Share of the time that each kind of checkpoint may take.
const SAVING: f64 = 0.01;
/// So many epochs are evaluated whatever it costs: whoever looks on wants to see something soon.
const FIRST_EPOCHS: u64 = 3;
/// About so many evaluations are kept of a run, however many epochs it has.
const EVALUATIONS: u64 = 2000;
/// Seconds of training that a checkpoint has to be worth.
const WORTH_SAVING: f64 = 1.0;

/// What training, evaluating and saving have cost so far, in seconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Pace {
    trained: f64,
    evaluating: f64,
    last_evaluation: f64,
    last: Saves,
    best: Saves,
}

/// What the checkpoints of one kind have cost.
#[derive(Debug, Clone, Default, PartialEq)]
struct Saves {
    /// In all.
    cost: f64,
    /// The last one.
    one: f64,
    /// Seconds trained when it was made.
    at: f64,
}

impl Saves {
    fn saved(&mut self, cost: f64, trained: f64) {
        *self = Self { cost: self.cost + cost, one: cost, at: trained };
    }
}

impl Pace {
    /// So many seconds were trained.
    pub(super) fn trained(&mut self, seconds: f64) {
        self.trained += seconds;
    }

    /// An evaluation took so many seconds.
    pub(super) fn evaluated(&mut self, seconds: f64) {
        self.evaluating += seconds;
        self.last_evaluation = seconds;
    }

    /// The checkpoint `last` took so many seconds.
    pub(super) fn saved_last(&mut self, seconds: f64) {
        self.last.saved(seconds, self.trained);
    }

    /// The checkpoint `best` took so many seconds.
    pub(super) fn saved_best(&mut self, seconds: f64) {
        self.best.saved(seconds, self.trained);
    }

    /// Whether to evaluate after `epoch` of `epochs` epochs: after the first ones; then after each, or, when there are
    /// thousands, every so often; unless evaluations have taken more than their share of the time.
    pub(super) fn evaluation_is_due(&self, epoch: u64, epochs: u64) -> bool {
        if epoch <= FIRST_EPOCHS {
            return true;
        }
        let after = self.evaluating + self.last_evaluation;
        epoch.is_multiple_of(epochs.div_ceil(EVALUATIONS).max(1)) && after <= EVALUATION * (self.trained + after)
    }

    /// Whether the checkpoint `last` pays: enough would be lost without it.
    pub(super) fn last_is_due(&self) -> bool {
        self.trained - self.last.at >= WORTH_SAVING.max(self.last.one / SAVING)
    }

    /// Whether a checkpoint `best` that waits may be written.
    pub(super) fn best_is_due(&self) -> bool {
        self.best.cost + self.best.one <= SAVING * self.trained
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trains `epochs` epochs of so many seconds with evaluations of so many; gives which epochs were evaluated.
    fn evaluated(epochs: u64, epoch: f64, evaluation: f64) -> Vec<u64> {
        let mut pace = Pace::default();
        (1..=epochs)
            .filter(|number| {
                pace.trained(epoch);
                let due = pace.evaluation_is_due(*number, epochs);
                if due {
                    pace.evaluated(evaluation);
                }
                due
            })
            .collect()
    }

    #[test]
    fn evaluation_keeps_to_its_share() {
        assert_eq!(evaluated(10, 1.0, 0.1).len(), 10, "cheap: after every epoch");
        let dear = evaluated(1000, 0.1, 1.0);
        assert_eq!(dear[..3], [1, 2, 3], "the first ones in any case");
        let share = dear.len() as f64 / (100.0 + dear.len() as f64);
        assert!((0.15..=0.2).contains(&share), "{share}");
        let tiny = evaluated(1_000_000, 0.0001, 0.00001);
        assert!((1900..=2100).contains(&tiny.len()), "{}", tiny.len());
    }

    #[test]
    fn checkpoints_keep_to_their_share() {
        for cost in [0.0001, 0.05, 3.0] {
            let (mut pace, mut last, mut best) = (Pace::default(), 0, 0);
            for _ in 0..100_000 {
                pace.trained(0.02);
                if pace.last_is_due() {
                    pace.saved_last(cost);
                    last += 1;
                }
                if pace.best_is_due() {
                    pace.saved_best(cost);
                    best += 1;
                }
            }
            assert!(last >= 6 && f64::from(last) * cost <= 0.011 * 2000.0 + cost, "{last} of {cost} s");
            assert!(best >= 6 && f64::from(best) * cost <= 0.011 * 2000.0 + cost, "{best} of {cost} s");
            assert!(last <= 2000, "{last}");
        }
    }
}
