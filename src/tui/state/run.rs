//! One run in full: its report, its curves, and what of them is looked at.

use super::axis::Axis;
use super::curves::Curves;
use super::metric::Metric;
use crate::domain::confusion::Confusion;
use crate::domain::event::Evaluation;
use crate::domain::ladder::Ladder;
use crate::domain::remedy::Remedy;
use crate::domain::report::Report;
use crate::domain::run::{RunId, Summary};

/// A run whose files have been read, or are being read.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenRun {
    /// Which.
    pub id: RunId,
    /// What was made of its files; `None` until it is there.
    pub report: Option<Box<Report>>,
    /// Its scalars.
    pub curves: Curves,
    /// Whether all of its points have come that there were when it was opened.
    pub whole: bool,
    /// Why it cannot be read.
    pub problem: Option<String>,
}

impl OpenRun {
    /// A run of which nothing has been read yet.
    pub fn new(id: RunId, axis: Axis, weight: f64) -> Self {
        Self { id, report: None, curves: Curves::new(axis, weight), whole: false, problem: None }
    }

    /// All remedies, the most promising first.
    pub fn remedies(&self) -> Vec<&Remedy> {
        let problems = self.report.iter().flat_map(|report| &report.diagnosis.problems);
        problems.flat_map(|problem| &problem.remedies).collect()
    }

    /// The evaluation at a place; `None`: the last.
    pub fn evaluation(&self, scrub: Option<usize>) -> Option<&Evaluation> {
        let evaluations = &self.report.as_ref()?.evaluations;
        match scrub {
            Some(place) => evaluations.get(place),
            None => evaluations.last(),
        }
    }

    /// The ladder of an evaluation.
    pub fn ladder(&self, scrub: Option<usize>) -> Option<Ladder> {
        let report = self.report.as_ref()?;
        match scrub {
            None => Some(report.ladder.clone()),
            Some(_) => Some(Ladder::from_evaluation(self.evaluation(scrub)?, report.human_error())),
        }
    }

    /// The confusion matrix of an evaluation.
    pub fn confusion(&self, scrub: Option<usize>) -> Option<Confusion> {
        let report = self.report.as_ref()?;
        let last = report.confusion.as_ref()?;
        match scrub {
            None => Some(last.clone()),
            Some(_) => {
                Some(Confusion { classes: last.classes.clone(), matrix: self.evaluation(scrub)?.confusion.clone() })
            }
        }
    }

    /// From the first to the last point of what is drawn.
    pub fn span(&self, metric: Metric) -> Option<(f64, f64)> {
        let lines = metric.lines(&self.curves);
        let tags: Vec<&str> = lines.iter().map(|line| &*line.tag).collect();
        self.curves.span(&tags)
    }
}

/// So many remedies have a letter, a to f; those after them are gone to.
pub const MOST_REMEDIES: usize = 6;

/// How far a run is, from 0 to 1.
pub fn progress(summary: &Summary) -> f64 {
    if summary.steps > 0 {
        (summary.step as f64 / summary.steps as f64).min(1.0)
    } else if summary.epochs > 0 {
        (summary.epoch as f64 / summary.epochs as f64).min(1.0)
    } else {
        0.0
    }
}

/// Seconds that a live run still needs, at the speed it had so far.
pub fn time_left(summary: &Summary, now: f64) -> Option<f64> {
    if summary.step == 0 || summary.steps <= summary.step || summary.trained_seconds <= 0.0 {
        return None;
    }
    let per_step = summary.trained_seconds / summary.step as f64;
    let since = (now - summary.updated).clamp(0.0, 60.0);
    Some((per_step * (summary.steps - summary.step) as f64 - since).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_goes_by_the_speed_so_far() {
        let mut summary = Summary::new(RunId("a-1".into()), "a".into(), None, 10, 0.0);
        assert_eq!(time_left(&summary, 5.0), None);
        (summary.step, summary.steps, summary.trained_seconds, summary.updated) = (100, 400, 20.0, 50.0);
        assert_eq!(time_left(&summary, 50.0), Some(60.0));
        assert_eq!(time_left(&summary, 55.0), Some(55.0));
        assert!((progress(&summary) - 0.25).abs() < 1e-12);
    }
}
