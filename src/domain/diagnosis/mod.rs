//! From a ladder, curves and an experiment to the problems they show and what could be done.

use serde::{Deserialize, Serialize};

use crate::domain::experiment::Change;

/// The kinds of problem. The words are part of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// Train error far above human error.
    HighBias,
    /// Error on unseen examples of the training distribution far above train error.
    HighVariance,
    /// Dev error far above train-dev error: the training data do not look like the target's.
    DataMismatch,
    /// Test error far above dev error.
    DevOverfit,
    /// The loss goes up, swings, or is not finite.
    Diverged,
    /// The loss has not settled yet.
    NotConverged,
    /// Dev labels look wrong.
    LabelErrors,
    /// Something simpler than the network does as well.
    BaselineSuffices,
}

/// What a diagnosis comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The most important problem.
    Problem(ProblemKind),
    /// No problem found, and enough evidence that there is none.
    Healthy,
    /// Too little evidence.
    Undecided,
}

/// A diagnosis: the most important problem first.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    /// What it comes to.
    pub verdict: Verdict,
    /// The problems, the most important first.
    pub problems: Vec<Problem>,
    /// Whether the loss had not settled, so that the ladder may still move.
    pub provisional: bool,
    /// What would decide an undecided verdict, or what to bear in mind; sentences.
    pub notes: Vec<String>,
}

/// One problem with its evidence and what could be done about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// Which.
    pub kind: ProblemKind,
    /// The gap it shows in, as a fraction; `None` where it does not show in a gap.
    pub gap: Option<f64>,
    /// Lower end of the gap's 95 % interval.
    pub low: Option<f64>,
    /// Upper end of the gap's 95 % interval.
    pub high: Option<f64>,
    /// What speaks for it, in a sentence or two.
    pub evidence: String,
    /// What could be done, the most promising first.
    pub remedies: Vec<Remedy>,
}

/// A change to one parameter, with the reason for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remedy {
    /// Short name, as `rungs apply` takes it: `larger-network`.
    pub id: String,
    /// What is done, in a few words.
    pub title: String,
    /// Why it should help, in a sentence.
    pub why: String,
    /// The change; `None` where the remedy is something that a person has to do.
    pub change: Option<Change>,
}
