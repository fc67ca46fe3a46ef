//! The error ladder: human, train, train-dev, dev and test error on one scale, and the gaps between neighbours.

use serde::{Deserialize, Serialize};

use super::interval::Interval;

/// Mistakes counted on a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Mistakes.
    pub errors: u64,
    /// Examples looked at.
    pub of: u64,
}

/// The places on the ladder, from the bottom up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The stand-in for the best that is possible.
    Human,
    /// On the examples that train.
    Train,
    /// On examples of the training distribution that do not train.
    TrainDev,
    /// On the examples that decisions are made on.
    Dev,
    /// On the examples looked at once, at the end.
    Test,
}

/// One rung: an error rate, and what is known of its certainty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rung {
    /// The error rate, as a fraction.
    pub rate: f64,
    /// What it was counted from; `None` for a rate given as such.
    pub counts: Option<Counts>,
    /// Its 95 % interval, where counts are known.
    pub interval: Option<Interval>,
}

/// The rungs that are known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ladder {
    /// See [`Place::Human`].
    pub human: Option<Rung>,
    /// See [`Place::Train`].
    pub train: Option<Rung>,
    /// See [`Place::TrainDev`].
    pub train_dev: Option<Rung>,
    /// See [`Place::Dev`].
    pub dev: Option<Rung>,
    /// See [`Place::Test`].
    pub test: Option<Rung>,
}

/// The gaps between neighbouring rungs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GapKind {
    /// Train − human.
    AvoidableBias,
    /// Train-dev − train; dev − train when there is no train-dev set.
    Variance,
    /// Dev − train-dev.
    DataMismatch,
    /// Test − dev.
    DevOverfit,
}

/// A difference between two rungs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// Which.
    pub kind: GapKind,
    /// The lower rung.
    pub from: Place,
    /// The upper rung.
    pub to: Place,
    /// `to` − `from`, as a fraction; below zero when the ladder goes down here.
    pub size: f64,
    /// Its 95 % interval, where counts are known.
    pub interval: Option<Interval>,
}
