//! The error ladder: human, train, train-dev, dev and test error on one scale, and the gaps between neighbours.

use serde::{Deserialize, Serialize};

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
