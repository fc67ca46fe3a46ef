//! A clock that is set back a day and ahead a day under everybody's hands. What time means to each part has tests of its own
//! beside it; here whole processes live through it, by `libfaketime`. Where that is not installed there is nothing to see, and
//! the test says so.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::json;

use crate::terminal::Terminal;
use crate::workspace::{LONG, QUICK, Workspace};

/// Where Linux distributions put it.
const LIBRARIES: &[&str] = &[
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib64/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
];

/// A clock that can be set, of every process that is started with it and of those that they start.
struct Clock {
    library: PathBuf,
    file: tempfile::NamedTempFile,
}

impl Clock {
    fn new() -> Option<Self> {
        let library = LIBRARIES.iter().map(Path::new).find(|path| path.exists());
        if library.is_none() {
            println!("skipped: libfaketime is not installed here");
        }
        let clock = Self { library: library?.to_owned(), file: tempfile::NamedTempFile::new().unwrap() };
        clock.set("+0");
        Some(clock)
    }

    /// Sets it so far off the true time, such as `-1d`.
    fn set(&self, off: &str) {
        fs::write(self.file.path(), format!("{off}\n")).unwrap();
    }

    /// What a process has to be told. Clocks that only go on, and are not set, stay as they are.
    fn variables(&self) -> [(&str, OsString); 4] {
        [
            ("LD_PRELOAD", self.library.clone().into()),
            ("FAKETIME_TIMESTAMP_FILE", self.file.path().into()),
            ("FAKETIME_NO_CACHE", "1".into()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
        ]
    }

    fn run(&self, workspace: &Workspace, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = workspace.command(arguments).envs(self.variables()).output().unwrap();
        assert!(status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap()
    }
}

#[test]
fn a_clock_that_is_set_back_and_ahead_disturbs_nobody() {
    let Some(clock) = Clock::new() else { return };
    let workspace = Workspace::new();
    let rungs = |arguments: &[&str]| clock.run(&workspace, arguments);
    let long = [&["train", "digits", "--detach", "--set", "task.baselines=none"], LONG].concat();
    let id = rungs(&long).trim().to_owned();
    workspace.wait_for_status(&id, "running");
    rungs(&["note", &id, "--tag", "kept"]);
    let mut command = portable_pty::CommandBuilder::new(assert_cmd::cargo::cargo_bin!("rungs"));
    command.arg("--dir");
    command.arg(workspace.path());
    for (name, value) in clock.variables() {
        command.env(name, value);
    }
    let mut screen = Terminal::of(command, 120, 40);
    screen.wait_until("the run", |screen| screen.contains("running") && screen.contains("Error ladder"));

    for off in ["-1d", "+1d", "-400d", "+0"] {
        clock.set(off);
        rungs(&["pause", &id]);
        screen.wait_for("paused");
        rungs(&["resume", &id]);
        screen.wait_for("running");
        let step = || workspace.json(&["show", &id, "--json"])["step"].as_u64().unwrap();
        let before = step();
        workspace.wait_for("it to go on", || step() > before);
        screen.send("?");
        screen.wait_for("Every key");
        screen.send("\x1b");
        screen.wait_until("the help to be gone", |screen| !screen.contains("Every key"));
    }

    // Taken up on a clock that is a day behind: nothing is forgotten, and nothing is drawn twice.
    clock.set("-1d");
    rungs(&["stop", &id]);
    rungs(&["resume", &id]);
    assert_eq!(workspace.json(&["note", &id, "--json"])["annotation"]["tags"], json!(["kept"]));
    rungs(&["queue", "--at-a-time", "2"]);
    let queued = rungs(&[&["train", "digits", "--queue"], QUICK].concat()).trim().to_owned();
    for off in ["+1d", "-1d", "+1d"] {
        clock.set(off);
        rungs(&["queue"]);
    }
    workspace.wait_for_status(&queued, "finished");
    clock.set("-1d");
    let last = rungs(&[&["train", "digits", "--queue"], QUICK].concat()).trim().to_owned();
    assert_eq!(workspace.json(&["ls", "--json"])[0]["id"], json!(last), "the run made last comes first");
    workspace.wait_for_status(&last, "finished");
    rungs(&["stop", &id]);
    screen.send("q");
    screen.wait_for_end();
    let losses =
        rungs::store::RunDir::open(&workspace.run_dir(&id)).unwrap().curves().unwrap().remove("train/loss").unwrap();
    assert!(losses.xs().windows(2).all(|pair| pair[0] + 1.0 == pair[1]), "every step once, in its order");
}
