//! How a command ends when it does not end well: one message on standard error, and an exit status.

use std::io::Write;
use std::process::ExitCode;

/// Why a command did not do what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Bad usage or bad input: an experiment file, data, an argument. Exit status 2.
    Input(String),
    /// The run or the operation failed. Exit status 1.
    Failed(String),
    /// The same, and everything has been said already. Exit status 1.
    Silent,
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
            Self::Silent => return ExitCode::from(1),
        };
        // Nothing is left to be done when even standard error is closed.
        let _ = writeln!(std::io::stderr(), "rungs: {message}");
        ExitCode::from(status)
    }
}
