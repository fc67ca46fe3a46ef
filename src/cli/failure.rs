//! How a command ends when it does not end well: one message on standard error, and an exit status.

use std::io::Write;
use std::process::ExitCode;

use crate::domain::event::Fault;
use crate::domain::text::harmless;
use crate::store::StoreError;
use crate::worker::{QueueError, WorkerError};

/// Why a command did not do what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Bad usage or bad input: an experiment file, data, an argument. Exit status 2.
    Input(String),
    /// The run or the operation failed. Exit status 1.
    Failed(String),
    /// The user went away (Ctrl-C) from something that goes on without them. Exit status 130, as shells expect.
    LeftAlone(String),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error.fault() {
            Fault::Input => Self::Input(error.to_string()),
            Fault::Run => Self::Failed(error.to_string()),
        }
    }
}

impl From<WorkerError> for Failure {
    fn from(error: WorkerError) -> Self {
        match error.fault() {
            Fault::Input => Self::Input(error.to_string()),
            Fault::Run => Self::Failed(error.to_string()),
        }
    }
}

impl From<QueueError> for Failure {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::Store(error) => error.into(),
            error => Self::Failed(error.to_string()),
        }
    }
}

impl Failure {
    /// Bad input, in the words of the error that found it.
    #[expect(clippy::needless_pass_by_value, reason = "so that it can stand in `map_err`")]
    pub fn input(error: impl ToString) -> Self {
        Self::Input(error.to_string())
    }

    /// A failed operation, in the words of the error that stopped it.
    #[expect(clippy::needless_pass_by_value, reason = "so that it can stand in `map_err`")]
    pub fn failed(error: impl ToString) -> Self {
        Self::Failed(error.to_string())
    }

    /// Says it on standard error and gives the exit status.
    pub fn report(self) -> ExitCode {
        let (message, status) = match self {
            Self::Input(message) => (message, 2),
            Self::Failed(message) => (message, 1),
            Self::LeftAlone(message) => (message, 130),
        };
        // It may quote a name or a line out of a file.
        let message: Vec<_> = message.lines().map(harmless).collect();
        let message = message.join("\n");
        // Nothing is left to be done when even standard error is closed.
        let _ = writeln!(std::io::stderr(), "rungs: {message}");
        ExitCode::from(status)
    }
}
