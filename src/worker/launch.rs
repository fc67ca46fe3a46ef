//! Making a run and starting its worker: a process of its own, in a session of its own, that outlives whoever started it.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::fs::OFlags;

use super::WorkerError;
use crate::data;
use crate::domain::experiment::Experiment;
use crate::store::{Root, RunDir};

/// What is told of a worker's last words.
const LAST_WORDS: u64 = 4096;
/// Never through a link to another file, and nobody waits at a pipe's other end.
const FLAGS: i32 = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).bits() as i32;

/// Makes a run of an experiment whose paths are relative to a run's directory, if its data are there.
///
/// # Errors
/// [`WorkerError::Data`]: the data are not there, or are not what the experiment says. [`WorkerError::Store`]: the run cannot
/// be made.
pub fn make(root: &Root, experiment: &Experiment, now: f64) -> Result<RunDir, WorkerError> {
    // Runs lie equally deep: any of them will do to see the data from.
    data::check(experiment, &root.runs().join("new"))?;
    Ok(root.create(experiment, now)?)
}

/// Where a worker's program is and how it is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launcher {
    /// The `rungs` binary.
    program: PathBuf,
}

/// Why a worker could not be started.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The system refused.
    #[error("{}: {source}", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// `worker.log`, or the queue's log, cannot be written to.
    #[error("{}: cannot be written: {source}", path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// It ended at once.
    #[error("{0}")]
    Died(String),
}

impl Launcher {
    /// Workers of this very program.
    ///
    /// # Errors
    /// The system does not tell where the program is.
    pub fn of_this_program() -> io::Result<Self> {
        // After an upgrade in place Linux calls the running file "… (deleted)"; the new one has the old one's path.
        let program = std::env::current_exe()?;
        let path = program.to_string_lossy();
        let program = match path.strip_suffix(" (deleted)") {
            Some(path) if !program.exists() => PathBuf::from(path),
            _ => program.clone(),
        };
        Ok(Self { program })
    }

    /// Workers of the program at `program`.
    pub fn new(program: PathBuf) -> Self {
        Self { program }
    }

    /// Starts a worker that trains a run, and leaves it to itself: it makes itself the leader of a new session as its first
    /// act, so that a closed terminal does not end it. What it prints goes to the run's `worker.log`.
    ///
    /// # Errors
    /// The process cannot be started, or `worker.log` cannot be written to.
    pub fn start(&self, run: &RunDir, resume: bool) -> Result<Launched, LaunchError> {
        let mut command = Command::new(&self.program);
        command.arg("worker").arg(run.path());
        if resume {
            command.arg("--resume");
        }
        self.launch(command, log_path(run.path()))
    }

    /// Starts the process that starts the runs in the queue of the directory `root` one after the other. What it has to say goes
    /// to the file `log`. It makes itself the leader of a new session, as a worker does.
    ///
    /// # Errors
    /// It cannot be started, or `log` cannot be written to.
    pub(super) fn drain(&self, root: &Path, log: PathBuf) -> Result<Launched, LaunchError> {
        // From wherever it is called, and whatever becomes of the directory that it is called from.
        let root = std::fs::canonicalize(root).map_err(|source| LaunchError::Log { path: log.clone(), source })?;
        let mut command = Command::new(&self.program);
        command.arg("--dir").arg(&root).arg("drain").current_dir(&root);
        self.launch(command, log)
    }

    fn launch(&self, mut command: Command, log: PathBuf) -> Result<Launched, LaunchError> {
        let mut begin = || {
            let file = OpenOptions::new().create(true).append(true).custom_flags(FLAGS).open(&log)?;
            let begin = file.metadata()?.len();
            command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
            Ok(begin)
        };
        let begin = begin().map_err(|source| LaunchError::Log { path: log.clone(), source })?;
        let child = command.spawn();
        let child = child.map_err(|source| LaunchError::Start { program: self.program.clone(), source })?;
        Ok(Launched { child, words: Words { path: log, begin } })
    }

    /// The command that makes a learning-rate test of an experiment (a file, or a name) in the directory `root`. It
    /// prints each step as a line of JSON, a [`crate::domain::rate::Point`], and ends when nobody reads them.
    pub fn rate_test(&self, root: &Path, experiment: &OsStr) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--dir").arg(root).args(["lr-find", "--lines", "--"]).arg(experiment);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

fn log_path(directory: &Path) -> PathBuf {
    directory.join("worker.log")
}

/// A process that was started here. It goes on when this value is dropped.
#[derive(Debug)]
pub struct Launched {
    child: Child,
    words: Words,
}

impl Launched {
    /// How it has ended; `None` while it goes on.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Waits for its end, which whoever lives on has to do: an ended child that nobody waits for stays in the process table.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }

    /// The last that it printed, or, when it printed nothing, how it ended.
    pub fn last_words(&self, status: ExitStatus) -> String {
        let text = self.words.read().unwrap_or_default();
        let text = text.trim().trim_start_matches("rungs: ");
        if text.is_empty() { format!("the worker ended with {status}") } else { text.to_owned() }
    }
}

/// What a process prints: what stands in a file from some place on.
#[derive(Debug)]
struct Words {
    path: PathBuf,
    begin: u64,
}

impl Words {
    fn read(&self) -> io::Result<String> {
        let mut file = OpenOptions::new().read(true).custom_flags(FLAGS).open(&self.path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(self.begin.max(length.saturating_sub(LAST_WORDS))))?;
        let mut bytes = Vec::new();
        file.take(LAST_WORDS).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

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
    fn a_worker_that_dies_says_why() {
        for (script, words) in [
            ("exit 0", "the worker ended with exit status: 0"),
            ("echo 'rungs: the data are gone' >&2; exit 1", "the data are gone"),
            ("exit 3", "the worker ended with exit status: 3"),
            ("kill -9 $$", "the worker ended with signal: 9 (SIGKILL)"),
        ] {
            let (_folder, launcher, run) = program(script);
            fs::write(log_path(run.path()), "words of an earlier worker\n").unwrap();
            let mut worker = launcher.start(&run, false).unwrap();
            let status = worker.wait().unwrap();
            assert_eq!((worker.last_words(status).as_str(), status.success()), (words, script == "exit 0"), "{script}");
        }
    }

    #[test]
    fn a_worker_is_told_its_run_and_one_that_cannot_be_started_says_why() {
        let (_folder, launcher, run) = program("echo \"$1 $2 $3\"");
        let mut worker = launcher.start(&run, true).unwrap();
        let status = worker.wait().unwrap();
        assert_eq!(worker.last_words(status), format!("worker {} --resume", run.path().display()));
        let nothing = Launcher::new("/nowhere/rungs".into()).start(&run, false).unwrap_err().to_string();
        assert!(nothing.starts_with("/nowhere/rungs: "), "{nothing}");
        fs::remove_dir_all(run.path()).unwrap();
        let gone = launcher.start(&run, false).unwrap_err().to_string();
        assert!(gone.contains("worker.log: cannot be written: "), "{gone}");
    }
}
