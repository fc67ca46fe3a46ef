//! A comparison in sentences.

use super::{Comparison, Measure, Outcome, Shift};
use crate::domain::experiment::Change;
use crate::domain::ladder::GapKind;
use crate::domain::learning_curve::doubled;
use crate::domain::text::{capitalized, percent, points};

impl Comparison {
    /// What came of it in a sentence or two: «Variance fell from 4.2 to 1.9 points (95 %: by 1.2 to 3.4).»
    pub fn sentence(&self) -> String {
        let mut text = self.measured.sentence();
        if let Some(dev) = self.dev.as_ref().filter(|dev| dev.of != self.measured.of) {
            text = format!("{text} {}", dev.sentence());
        }
        if let Some(outlook) = self.outlook() {
            text = format!("{text} {outlook}");
        }
        if self.provisional {
            text += " The loss has not settled yet, so this may still move.";
        }
        text
    }

    /// What the comparison cannot tell, where there is something.
    pub fn caveat(&self) -> Option<String> {
        match self.changes.len() {
            0 => Some("Nothing was changed: what differs is chance.".to_owned()),
            1 => None,
            many => Some(format!(
                "{many} parameters were changed, so nobody can tell which of them did it; change one at a time."
            )),
        }
    }

    /// What a run on half of the other's training examples says of twice as many; `None` of any other run.
    pub fn outlook(&self) -> Option<String> {
        let [Change { key, from, to }] = self.changes.as_slice() else { return None };
        let halves = key == "data.train_share" && from.as_f64()? == 2.0 * to.as_f64()?;
        let variance = self.gaps.iter().find(|shift| shift.of == Measure::Gap(GapKind::Variance)).filter(|_| halves)?;
        let twice = doubled(variance.after, variance.before).filter(|_| variance.rose());
        Some(match twice {
            Some(twice) => format!(
                "With half the training examples the variance is that much larger: with twice as many it would be about {}, by a \
                 power law through both.",
                points(twice)
            ),
            None => {
                "With half the training examples the variance is not certainly larger, so that twice as many cannot be \
                     expected to make it smaller."
                    .to_owned()
            }
        })
    }

    /// What the change did to what it was to remedy, in a few words: `high variance: helped`.
    pub fn verdict(&self) -> String {
        let outcome = match self.outcome {
            Outcome::Helped if self.cured == Some(true) => "solved",
            outcome => outcome.words(),
        };
        match self.problem {
            Some(problem) => format!("{}: {outcome}", problem.words()),
            None => outcome.to_owned(),
        }
    }
}

impl Shift {
    /// «Variance fell from 4.2 to 1.9 points (95 %: by 1.2 to 3.4).»
    pub fn sentence(&self) -> String {
        let (before, after) = self.figures();
        let (low, high) = (100.0 * self.low, 100.0 * self.high);
        let moved = if self.fell() {
            format!("fell from {before} to {after} (95 %: by {:.1} to {:.1})", -high, -low)
        } else if self.rose() {
            format!("rose from {before} to {after} (95 %: by {low:.1} to {high:.1})")
        } else {
            format!("went from {before} to {after}, which may be chance (95 %: {low:+.1} to {high:+.1})")
        };
        format!("{} {moved}.", capitalized(&self.of.words()))
    }

    /// The figure before and after, with the unit after the last.
    pub fn figures(&self) -> (String, String) {
        let number = |value: f64| percent(value).trim_end_matches(" %").to_owned();
        let unit = if matches!(self.of, Measure::Gap(_)) { "points" } else { "%" };
        (number(self.before), format!("{} {unit}", number(self.after)))
    }
}
