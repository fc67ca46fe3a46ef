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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::experiment::Experiment;
    use crate::store::{Root, RunDir};
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    /// A program that stands for `rungs`, and a run for it.
    fn program(script: &str) -> (tempfile::TempDir, Launcher, RunDir) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let experiment = Experiment { name: "a".into(), ..Experiment::default() };
        let run = Root::new(folder.path()).create(&experiment, 1.0).unwrap();
        (folder, Launcher::new(path), run)
    }

    #[test]
    fn a_worker_that_dies_says_why_and_one_that_ends_well_says_nothing() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for (script, failure) in [
            ("exit 0", None),
            ("echo 'rungs: the data are gone' >&2; exit 1", Some("the data are gone")),
            ("exit 3", Some("the worker ended with exit status: 3")),
            ("kill -9 $$", Some("the worker ended with signal: 9 (SIGKILL)")),
        ] {
            let (_folder, launcher, run) = program(script);
            fs::write(run.path().join("worker.log"), "words of an earlier worker\n").unwrap();
            let ended = runtime.block_on(async {
                let (supervisor, mut ended) = Supervisor::new(launcher);
                supervisor.start(run.path(), false).unwrap();
                ended.recv().await.unwrap()
            });
            assert_eq!((ended.failure.as_deref(), ended.directory.as_path()), (failure, run.path()), "{script}");
        }
    }

    #[test]
    fn a_detached_worker_that_dies_at_once_says_why() {
        let (_folder, launcher, run) = program("echo \"no run in $2\" >&2; exit 1");
        let message = launcher.detach(&run, true).unwrap_err().to_string();
        assert_eq!(message, format!("no run in {}", run.path().display()));
        let nothing = Launcher::new("/nowhere/rungs".into()).detach(&run, false).unwrap_err().to_string();
        assert!(nothing.starts_with("/nowhere/rungs: cannot be started: "), "{nothing}");
    }
}
