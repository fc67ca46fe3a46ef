//! Starting a worker: a process of its own, in a session of its own, that outlives whoever started it.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;

use crate::store::RunDir;

/// How often a worker that was just started is looked at.
pub(super) const LOOK: Duration = Duration::from_millis(5);
/// A worker that has not taken its run by then is taken at its word: the machine is busy.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// What is told of a worker's last words.
const LAST_WORDS: u64 = 4096;
/// `worker.log` is never a link to another file, and nobody waits at a pipe's other end.
const FLAGS: i32 = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).bits() as i32;

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
    #[error("{}: cannot be started: {source}", program.display())]
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

    /// The command that trains the run in `directory`. What the worker prints goes to `worker.log` there. It makes
    /// itself the leader of a new session as its first act, so that a closed terminal does not end it.
    ///
    /// # Errors
    /// `worker.log` cannot be opened.
    pub fn command(&self, directory: &Path, resume: bool) -> io::Result<Command> {
        let log = OpenOptions::new().create(true).append(true).custom_flags(FLAGS).open(log_path(directory))?;
        let mut command = Command::new(&self.program);
        command.arg("worker").arg(directory);
        if resume {
            command.arg("--resume");
        }
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        Ok(command)
    }

    /// The command that starts the runs in the queue of the directory `root` one after the other. What it has to say goes to
    /// the file `log`. It makes itself the leader of a new session, as a worker does.
    ///
    /// # Errors
    /// `log` cannot be opened.
    pub(super) fn drainer(&self, root: &Path, log: &Path) -> Result<(Command, Words), LaunchError> {
        let refused = |source| LaunchError::Log { path: log.to_path_buf(), source };
        // From wherever it is called, and whatever becomes of the directory that it is called from.
        let root = std::fs::canonicalize(root).map_err(refused)?;
        let file = OpenOptions::new().create(true).append(true).open(log).map_err(refused)?;
        let begin = file.metadata().map_err(refused)?.len();
        let mut command = Command::new(&self.program);
        command.arg("--dir").arg(&root).arg("drain").current_dir(&root).stdin(Stdio::null());
        command.stdout(file.try_clone().map_err(refused)?).stderr(file);
        Ok((command, Words { path: log.to_path_buf(), begin }))
    }

    /// The command that makes a learning-rate test of an experiment (a file, or a name) in the directory `root`. It
    /// prints each step as a line of JSON, a [`crate::domain::rate::Point`], and ends when nobody reads them.
    pub fn rate_test(&self, root: &Path, experiment: &OsStr) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--dir").arg(root).args(["lr-find", "--lines", "--"]).arg(experiment);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Starts a worker and leaves it to itself once it has taken its run; its files tell the rest. Gives its process
    /// id. For callers that end soon: who lives on watches its workers with a [`super::Supervisor`].
    ///
    /// # Errors
    /// The process cannot be started, or ends at once: with its last words.
    pub fn detach(&self, run: &RunDir, resume: bool) -> Result<u32, LaunchError> {
        let (mut command, log) = self.prepare(run.path(), resume)?;
        let mut child = command.spawn().map_err(|source| self.refused(source))?;
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE && !run.is_held() {
            match child.try_wait() {
                Ok(Some(status)) if !status.success() => return Err(LaunchError::Died(log.last_words(status))),
                Ok(Some(_)) => break,
                Ok(None) | Err(_) => std::thread::sleep(LOOK),
            }
        }
        Ok(child.id())
    }

    /// The command, and the place in `worker.log` from which its words will stand.
    pub(super) fn prepare(&self, directory: &Path, resume: bool) -> Result<(Command, Words), LaunchError> {
        let path = log_path(directory);
        let refused = |source| LaunchError::Log { path: path.clone(), source };
        let command = self.command(directory, resume).map_err(refused)?;
        let begin = std::fs::metadata(&path).map_err(refused)?.len();
        Ok((command, Words { path, begin }))
    }

    pub(super) fn refused(&self, source: io::Error) -> LaunchError {
        LaunchError::Start { program: self.program.clone(), source }
    }
}

fn log_path(directory: &Path) -> PathBuf {
    directory.join("worker.log")
}

/// What a worker prints.
#[derive(Debug, Clone)]
pub(super) struct Words {
    path: PathBuf,
    begin: u64,
}

impl Words {
    /// The last of them, or, when there are none, how the process ended.
    pub(super) fn last_words(&self, status: ExitStatus) -> String {
        let text = self.read().unwrap_or_default();
        let text = text.trim().trim_start_matches("rungs: ");
        if text.is_empty() { format!("the worker ended with {status}") } else { text.to_owned() }
    }

    fn read(&self) -> io::Result<String> {
        let mut file = OpenOptions::new().read(true).custom_flags(FLAGS).open(&self.path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(self.begin.max(length.saturating_sub(LAST_WORDS))))?;
        let mut bytes = Vec::new();
        file.take(LAST_WORDS).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
