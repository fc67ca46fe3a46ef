//! Directories of experiments and runs to open the dashboard on.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A network that is trained in a moment.
pub(crate) const SHORT: &str = "[task]\nbaselines = \"none\"\n[data]\nexamples = 300\n[model]\nkind = \"mlp\"\nhidden = [16]\n[train]\nepochs = 2\n";
/// One that trains until it is stopped.
pub(crate) const ENDLESS: &str = "[task]\nbaselines = \"none\"\n[data]\nexamples = 300\n[model]\nkind = \"mlp\"\nhidden = [16]\n[train]\nepochs = 1000000\n";

/// Runs the program on a directory and gives what it prints.
pub(crate) fn rungs(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("rungs"))
        .args(["--dir", directory.to_str().unwrap()])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A directory with this experiment, called `digits`.
pub(crate) fn with_experiment(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("experiments")).unwrap();
    std::fs::write(folder.path().join("experiments/digits.toml"), text).unwrap();
    folder
}

/// A directory with two runs that have ended.
pub(crate) fn with_runs() -> TempDir {
    let folder = with_experiment(SHORT);
    rungs(folder.path(), &["train", "digits"]);
    rungs(folder.path(), &["train", "digits", "--set", "seed=2"]);
    folder
}

/// Ends every process that has to do with a directory when it is dropped: workers, and who starts them from the queue.
pub(crate) struct Ended<'a>(pub(crate) &'a Path);

impl Ended<'_> {
    fn processes(&self) -> Vec<Pid> {
        let here = std::fs::canonicalize(self.0).unwrap_or_else(|_| self.0.to_owned());
        let (given, here) = (self.0.to_string_lossy(), here.to_string_lossy());
        let of = |entry: std::fs::DirEntry| {
            let pid = Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?;
            let words = std::fs::read(entry.path().join("cmdline")).ok()?;
            let words = String::from_utf8_lossy(&words);
            let program = words.split('\0').next()?;
            (program.ends_with("rungs") && (words.contains(&*given) || words.contains(&*here))).then_some(pid)
        };
        std::fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(of).collect()
    }
}

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        let begin = Instant::now();
        // One that is about to end may have started another.
        while let found @ [_, ..] = &self.processes()[..] {
            if begin.elapsed() > Duration::from_secs(10) {
                println!("these cannot be ended: {found:?}");
                return;
            }
            for pid in found {
                let _ = kill_process(*pid, Signal::KILL);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A directory with a run that trains until this value is dropped.
pub(crate) struct Live(pub(crate) TempDir);

impl Live {
    pub(crate) fn start() -> Self {
        Self::of(ENDLESS)
    }

    /// Of an experiment that does not end by itself.
    pub(crate) fn of(experiment: &str) -> Self {
        let live = Self(with_experiment(experiment));
        rungs(live.path(), &["train", "digits", "--detach"]);
        live
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        rungs(self.path(), &["stop", "digits-1"]);
    }
}
