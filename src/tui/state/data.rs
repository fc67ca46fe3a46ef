//! The data of an experiment or a run, as far as they have been looked at.

use crate::domain::overview::Overview;
use crate::domain::run::RunId;

/// Whose data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// An experiment's, by name.
    Experiment(String),
    /// A run's.
    Run(RunId),
}

impl Owner {
    /// What people call it.
    pub fn name(&self) -> &str {
        match self {
            Self::Experiment(name) => name,
            Self::Run(id) => &id.0,
        }
    }
}

/// How far a look at data has come.
#[derive(Debug, Clone, PartialEq)]
pub enum Look {
    /// So many pieces of so many are loaded; `of` is 0 while nobody knows.
    Loading {
        /// Pieces that are done.
        done: u64,
        /// Pieces in all.
        of: u64,
    },
    /// All is seen but what only looks alike; that takes longer.
    Glance(Box<Overview>),
    /// All is seen.
    Whole(Box<Overview>),
    /// They cannot be loaded, in a sentence.
    Failed(String),
}

/// A look at data, over the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct DataView {
    /// Whose.
    pub owner: Owner,
    /// How far it has come.
    pub look: Look,
    /// First line shown.
    pub scroll: usize,
}

impl DataView {
    /// A look that has just begun.
    pub fn new(owner: Owner) -> Self {
        Self { owner, look: Look::Loading { done: 0, of: 0 }, scroll: 0 }
    }
}
