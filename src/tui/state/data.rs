//! The data of an experiment or a run, as far as they have been looked at.

use super::Selected;
use crate::domain::overview::Overview;

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
    pub owner: Selected,
    /// How far it has come.
    pub look: Look,
    /// First line shown.
    pub scroll: usize,
}

impl DataView {
    /// A look that has just begun.
    pub fn new(owner: Selected) -> Self {
        Self { owner, look: Look::Loading { done: 0, of: 0 }, scroll: 0 }
    }
}
