//! Why data cannot be used.

use std::path::PathBuf;

use crate::domain::event::Fault;

/// Why data cannot be used: what, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataError {
    /// A setting of the experiment does not go with the data.
    #[error("{key}: {problem}; {remedy}")]
    Setting {
        /// The key.
        key: String,
        /// What is wrong.
        problem: String,
        /// What would be right.
        remedy: String,
    },
    /// A file or folder is not there.
    #[error("{key}: there is no {} {what}; {remedy}", path.display())]
    Missing {
        /// The key that names it.
        key: String,
        /// The path.
        path: PathBuf,
        /// What it should be, in brackets.
        what: &'static str,
        /// What would be right.
        remedy: String,
    },
    /// The system does not let a file be read.
    #[error("{}: cannot be read: {problem}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// A file is not what it should be.
    #[error("{}: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// Whoever asked for the data no longer wants them.
    #[error("loading was stopped")]
    Stopped,
    /// The examples do not make an experiment.
    #[error("{0}")]
    Unfit(String),
}

impl DataError {
    /// Whose fault it was: always that of what was given.
    pub fn fault(&self) -> Fault {
        Fault::Input
    }
}
