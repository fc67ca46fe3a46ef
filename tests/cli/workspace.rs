//! A directory to run the binary in, and what tests ask of it again and again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use rungs::store::RunDir;
use serde_json::Value;

/// An experiment that trains in a moment.
pub const QUICK: &[&str] =
    &["--set", "data.examples=300", "--set", "model.kind=mlp", "--set", "model.hidden=[16]", "--set", "train.epochs=2"];

/// An experiment that trains for minutes: long enough to be disturbed, and it never ends by itself in a test.
pub const LONG: &[&str] = &[
    "--set",
    "data.examples=300",
    "--set",
    "model.kind=mlp",
    "--set",
    "model.hidden=[16]",
    "--set",
    "train.epochs=1000000",
];

/// A small network with dropout, so that every kind of random state matters; what it is like in the end tells whether anything
/// was lost on the way.
pub const RANDOM: &[&str] = &[
    "--set",
    "data.examples=300",
    "--set",
    "model.kind=mlp",
    "--set",
    "model.hidden=[32]",
    "--set",
    "model.dropout=0.2",
    "--set",
    "train.batch_size=16",
];

/// So many epochs of it take seconds.
pub const SECONDS: &[&str] = &["--set", "train.epochs=1200"];

/// An empty directory of its own. Workers that are left in it end with it.
pub struct Workspace {
    folder: tempfile::TempDir,
}

impl Workspace {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// The same in another directory.
    pub fn within(directory: &Path) -> Self {
        Self { folder: tempfile::tempdir_in(directory).unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A small table, `insects.csv`, of two classes.
    pub fn put_table(&self, classes: [&str; 2]) {
        let mut text = String::from("legs,wings,kind\n");
        for row in 0..60 {
            text += &format!("{},{},\"{}\"\n", row % 7, row % 11, classes[row % 2].replace('"', "\"\""));
        }
        fs::write(self.path().join("insects.csv"), text).unwrap();
    }

    pub fn run_dir(&self, id: &str) -> PathBuf {
        self.path().join("runs").join(id)
    }

    /// The command, on this directory, with no terminal.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("rungs"));
        command.arg("--dir").arg(self.path()).args(arguments).stdin(std::process::Stdio::null());
        command
    }

    pub fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What it prints when it does well.
    pub fn stdout(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "rungs {arguments:?} ended with {}: {error}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.stdout(arguments)).unwrap()
    }

    /// Exit status and message when it does not do well.
    pub fn failure(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.output(arguments);
        assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    /// Starts an experiment in the background and gives the run's id.
    pub fn detach(&self, experiment: &str, settings: &[&str]) -> String {
        let arguments = [&["train", experiment, "--detach"], settings].concat();
        self.stdout(&arguments).trim().to_owned()
    }

    pub fn status(&self, id: &str) -> String {
        self.json(&["show", id, "--json"])["status"].as_str().unwrap().to_owned()
    }

    /// The lines of a run's log that are whole.
    pub fn log(&self, id: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.run_dir(id).join("log.jsonl")).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    pub fn events(&self, id: &str, name: &str) -> Vec<Value> {
        self.log(id).into_iter().filter(|record| record["event"] == name).collect()
    }

    /// The process that trains a run.
    pub fn worker(&self, id: &str) -> rustix::process::Pid {
        self.wait_for("the worker to start", || !self.events(id, "started").is_empty());
        let pid = self.events(id, "started").last().unwrap()["pid"].as_i64().unwrap();
        rustix::process::Pid::from_raw(pid as i32).unwrap()
    }

    /// The process that has taken a run, whether it trains yet or not.
    pub fn holder(&self, id: &str) -> rustix::process::Pid {
        let words = fs::read_to_string(self.run_dir(id).join("worker.lock")).unwrap();
        let pid = words.split_whitespace().next().unwrap().parse().unwrap();
        rustix::process::Pid::from_raw(pid).unwrap()
    }

    /// Polls until `done`, and gives up after a minute.
    pub fn wait_for(&self, what: &str, mut done: impl FnMut() -> bool) {
        let begin = Instant::now();
        while !done() {
            assert!(begin.elapsed() < Duration::from_mins(1), "waited a minute for {what}:\n{}", self.state());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn wait_for_status(&self, id: &str, status: &str) {
        self.wait_for(&format!("{id} to be {status}"), || self.status(id) == status);
    }

    /// Two runs of one experiment that have come to the same, whatever happened to one of them on the way: weights,
    /// predictions, curves and ladder.
    pub fn assert_ended_alike(&self, undisturbed: &str, disturbed: &str) {
        let (one, other) = (self.run_dir(undisturbed), self.run_dir(disturbed));
        for file in ["checkpoints/last.safetensors", "predictions.safetensors"] {
            assert!(fs::read(one.join(file)).unwrap() == fs::read(other.join(file)).unwrap(), "{file} differs");
        }
        let loss = |run: &Path| RunDir::open(run).unwrap().curves().unwrap().remove("train/loss").unwrap();
        assert!(loss(&one) == loss(&other), "the curves differ");
        let ladder = |id: &str| self.json(&["show", id, "--json"])["ladder"].take();
        assert_eq!(ladder(undisturbed), ladder(disturbed));
    }

    /// What a failed wait wants to show.
    fn state(&self) -> String {
        let mut text = String::new();
        for run in self.runs() {
            for file in ["worker.log", "summary.json", "log.jsonl"] {
                let body = fs::read_to_string(run.join(file)).unwrap_or_default();
                text += &format!("--- {}\n{}\n", run.join(file).display(), &body[..body.len().min(2000)]);
            }
        }
        text
    }

    /// The processes whose command line names this directory, and what it is: dashboards, workers, the one that drains the
    /// queue. One that waits to be buried by its parent is none.
    pub fn processes(&self) -> Vec<(rustix::process::Pid, String)> {
        let here = self.path().to_string_lossy().into_owned();
        let of = |entry: fs::DirEntry| {
            let pid = rustix::process::Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?;
            let words = fs::read(entry.path().join("cmdline")).ok()?;
            let words = String::from_utf8_lossy(&words).replace('\0', " ");
            words.contains(&here).then_some((pid, words))
        };
        fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(of).collect()
    }

    /// The workers among them.
    pub fn workers(&self) -> Vec<rustix::process::Pid> {
        let all = self.processes().into_iter();
        all.filter(|(_, words)| words.contains(" worker ")).map(|(pid, _)| pid).collect()
    }

    pub fn runs(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.path().join("runs")) else { return Vec::new() };
        let mut runs: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
        runs.sort();
        runs
    }
}

/// Ends a process that a lock or a log tells of, if its command line names `place`: the number may be another's by now.
fn end(pid: i64, place: &Path) {
    let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    if String::from_utf8_lossy(&command).contains(&*place.to_string_lossy())
        && let Some(pid) = rustix::process::Pid::from_raw(pid as i32)
    {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    }
}

fn holder(lock: &Path) -> Option<i64> {
    fs::read_to_string(lock).unwrap_or_default().split_whitespace().next()?.parse().ok()
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // Who starts workers ends before them.
        if let (Some(pid), Ok(whole)) = (holder(&self.path().join("runs/.queue.lock")), fs::canonicalize(self.path())) {
            end(pid, &whole);
        }
        for run in self.runs() {
            let id = run.file_name().unwrap().to_string_lossy().into_owned();
            let started = self.events(&id, "started").into_iter().filter_map(|started| started["pid"].as_i64());
            for pid in started.chain(holder(&run.join("worker.lock"))) {
                end(pid, &run);
            }
        }
    }
}
