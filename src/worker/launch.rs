//! Starting a worker: a process of its own, in a session of its own, that outlives whoever started it.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where a worker's program is and how it is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launcher {
    /// The `rungs` binary.
    program: PathBuf,
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
        let log = OpenOptions::new().create(true).append(true).open(directory.join("worker.log"))?;
        let mut command = Command::new(&self.program);
        command.arg("worker").arg(directory);
        if resume {
            command.arg("--resume");
        }
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        Ok(command)
    }

    /// Starts a worker and leaves it to itself; its files tell the rest. Gives its process id.
    ///
    /// # Errors
    /// The process cannot be started.
    pub fn detach(&self, directory: &Path, resume: bool) -> io::Result<u32> {
        Ok(self.command(directory, resume)?.spawn()?.id())
    }
}
