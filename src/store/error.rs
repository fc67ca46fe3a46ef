//! What can go wrong with run directories, as sentences: what, where, and what would be right.

use std::io;
use std::path::{Path, PathBuf};

use crate::domain::event::Fault;

use super::catalog::CatalogError;

/// Why something could not be done with a run directory.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refused.
    #[error("{}: cannot {action}: {}", path.display(), reason(source))]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was to be done with it, as it follows "cannot".
        action: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{}: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The run's `experiment.toml` cannot be read or says something wrong.
    #[error(transparent)]
    Experiment(#[from] CatalogError),
    /// No run is called so.
    #[error("there is no run `{what}` in {}{}", runs.display(), hint(near.as_ref()))]
    Unknown {
        /// What was asked for.
        what: String,
        /// Where it was looked for.
        runs: PathBuf,
        /// The nearest id.
        near: Option<String>,
    },
    /// Several runs begin so.
    #[error("`{what}` could be any of {}; write more of the id", candidates.join(", "))]
    Ambiguous {
        /// What was asked for.
        what: String,
        /// Some of the ids that begin so.
        candidates: Vec<String>,
    },
    /// There is no run at all.
    #[error("there is no run in {} yet; `rungs train digits` makes one", runs.display())]
    Empty {
        /// Where runs were looked for.
        runs: PathBuf,
    },
    /// It is to start from a run that has saved nothing.
    #[error("run {id} has no checkpoint to start from; one is there once it has trained for a while")]
    NoWeights {
        /// The run without one.
        id: String,
    },
    /// Another worker has it.
    #[error("run {id} is being trained by another worker{}", held_by(holder))]
    Held {
        /// The run.
        id: String,
        /// Process and host of the other worker, if it said so.
        holder: String,
    },
    /// Another program made it, and that alone knows how it was set.
    #[error("run {id} was made by another program: its curves are read here, but its settings are not known")]
    Elsewhere {
        /// The run.
        id: String,
    },
    /// Nothing is run where other programs keep their runs.
    #[error("{}: holds runs made elsewhere, which are only looked at; run experiments in a directory of their own", directory.display())]
    Watched {
        /// The directory.
        directory: PathBuf,
    },
    /// A worker is at it.
    #[error("run {id} trains; stop it first: rungs stop {id}")]
    Busy {
        /// The run.
        id: String,
    },
    /// There is no deletion to take back.
    #[error("nothing was deleted here within the last day")]
    NothingDeleted,
    /// Something has the name that a deleted run would get back.
    #[error("{}: is there already; give it another name, then take the deletion back", path.display())]
    Taken {
        /// What is there.
        path: PathBuf,
    },
    /// The directory was deleted or replaced by another.
    #[error("{}: the run's directory is gone", path.display())]
    Gone {
        /// Where it was.
        path: PathBuf,
    },
}

impl StoreError {
    /// An error of the system, with what was to be done, as it follows "cannot".
    pub(super) fn io(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, action, source }
    }

    /// A file that does not hold what it should.
    pub(super) fn damaged(path: &Path, problem: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_path_buf(), problem: problem.into() }
    }

    /// Whether it was asked for something that does not exist, or the system or a file is at fault.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Unknown { .. }
            | Self::Ambiguous { .. }
            | Self::Empty { .. }
            | Self::NoWeights { .. }
            | Self::Busy { .. }
            | Self::Elsewhere { .. }
            | Self::Watched { .. }
            | Self::NothingDeleted
            | Self::Taken { .. }
            | Self::Experiment(_) => Fault::Input,
            Self::Io { .. } | Self::Damaged { .. } | Self::Held { .. } | Self::Gone { .. } => Fault::Run,
        }
    }

    /// Whether there was no room; what was to be written can be written once there is.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Io { source, .. }
            if matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
    }

    /// Whether what was to be opened does not exist.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// The system's words without the error number that the standard library appends.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

fn hint(near: Option<&String>) -> String {
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

fn held_by(holder: &str) -> String {
    if holder.is_empty() { String::new() } else { format!(" ({holder})") }
}
