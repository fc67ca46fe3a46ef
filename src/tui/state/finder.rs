//! A learning-rate test that is looked at: of what, how far it is, what came of it.

use serde_json::json;

use super::Selected;
use crate::domain::experiment::change::value_of;
use crate::domain::experiment::{Change, Experiment};
use crate::domain::rate::{RateTest, STEPS, Suggestion};

/// The parameter that is looked for.
const KEY: &str = "train.learning_rate";

/// A test under way, or done.
#[derive(Debug, Clone, PartialEq)]
pub struct Finder {
    /// Tells the tests apart: what comes in late from one that was closed is not taken for this one's.
    pub ticket: u64,
    /// The experiment or the run that is tested.
    pub of: Selected,
    /// What it says.
    pub experiment: Box<Experiment>,
    /// When the test began, in seconds since 1970.
    pub since: f64,
    /// The steps so far.
    pub test: RateTest,
    /// When it ended, and why it could not be made, if it could not; `None` while it goes on.
    pub ended: Option<(f64, Result<(), String>)>,
}

impl Finder {
    /// A test that is about to begin.
    pub fn new(ticket: u64, of: Selected, experiment: Box<Experiment>, now: f64) -> Self {
        Self { ticket, of, experiment, since: now, test: RateTest::default(), ended: None }
    }

    /// What the experiment or the run is called.
    pub fn name(&self) -> &str {
        self.of.name()
    }

    /// Whether it goes on.
    pub fn is_running(&self) -> bool {
        self.ended.is_none()
    }

    /// Why it could not be made.
    pub fn problem(&self) -> Option<&str> {
        self.ended.as_ref().and_then(|(_, outcome)| outcome.as_ref().err()).map(String::as_str)
    }

    /// Seconds that it has taken.
    pub fn seconds(&self, now: f64) -> f64 {
        (self.ended.as_ref().map_or(now, |(at, _)| *at) - self.since).max(0.0)
    }

    /// How far it is, from 0 to 1. It may end before 1 is reached: when the loss has broken.
    pub fn progress(&self) -> f64 {
        self.test.points.len() as f64 / STEPS as f64
    }

    /// What it says, once it has ended well.
    pub fn suggestion(&self) -> Option<Suggestion> {
        matches!(self.ended, Some((_, Ok(())))).then(|| self.test.suggestion())?
    }

    /// The one change of a child that trains with the rate that is suggested; `None` where it has it already.
    pub fn change(&self) -> Option<Change> {
        let to = json!(self.suggestion()?.rate);
        let from = value_of(&self.experiment, KEY);
        (from != to).then(|| Change { key: KEY.to_owned(), from, to })
    }
}
