//! Starting workers from a program that lives on, the dashboard: each is watched until it ends, so that none is left
//! as a zombie and one that dies at once is not taken for one that is slow to start.
//!
//! Watching is all it does: a worker that is running when the dashboard is closed goes on.

use std::path::{Path, PathBuf};

use tokio::process::Command;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::launch::{LaunchError, Launcher};

/// A worker that was started here has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The run's directory.
    pub directory: PathBuf,
    /// Its process.
    pub pid: u32,
    /// Its last words, when it did not end well.
    pub failure: Option<String>,
}

/// Starts workers and watches them.
#[derive(Debug, Clone)]
pub struct Supervisor {
    launcher: Launcher,
    ended: UnboundedSender<Ended>,
}

impl Supervisor {
    /// A supervisor, and where it tells of workers that have ended.
    pub fn new(launcher: Launcher) -> (Self, UnboundedReceiver<Ended>) {
        let (ended, receiver) = unbounded_channel();
        (Self { launcher, ended }, receiver)
    }

    /// Starts a worker for the run in `directory` and gives its process id. To be called within a tokio runtime.
    ///
    /// # Errors
    /// The process cannot be started.
    pub fn start(&self, directory: &Path, resume: bool) -> Result<u32, LaunchError> {
        let (command, words) = self.launcher.prepare(directory, resume)?;
        let mut child = Command::from(command).spawn().map_err(|source| self.launcher.refused(source))?;
        let pid = child.id().unwrap_or_default();
        let (directory, ended) = (directory.to_path_buf(), self.ended.clone());
        tokio::spawn(async move {
            let failure = match child.wait().await {
                Ok(status) if status.success() => None,
                Ok(status) => Some(words.last_words(status)),
                Err(error) => Some(format!("the worker cannot be watched: {error}")),
            };
            // Nobody listens any more once the dashboard is closing.
            let _ = ended.send(Ended { directory, pid, failure });
        });
        Ok(pid)
    }
}
