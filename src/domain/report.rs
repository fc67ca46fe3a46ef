//! Everything known of one run, put together: what `rungs show` prints and the dashboard draws.

use super::confusion::Confusion;
use super::convergence::Convergence;
use super::diagnosis::Diagnosis;
use super::event::{Evaluation, Started};
use super::experiment::{Change, Experiment};
use super::ladder::Ladder;
use super::run::Summary;

/// One run with all that is derived from its files.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Status and last figures.
    pub summary: Summary,
    /// The experiment as it was run.
    pub experiment: Experiment,
    /// What differs from the parent, where the parent is known.
    pub changes: Vec<Change>,
    /// What the worker found when it started.
    pub started: Option<Started>,
    /// The evaluations so far, oldest first.
    pub evaluations: Vec<Evaluation>,
    /// The ladder of the last evaluation.
    pub ladder: Ladder,
    /// The dev set's confusion matrix of the last evaluation.
    pub confusion: Option<Confusion>,
    /// What the training loss is doing.
    pub convergence: Convergence,
    /// What is wrong, and what could be done.
    pub diagnosis: Diagnosis,
}
