//! Memory that runs short: for a worker, by a limit of its own or by the hand of the system, and for a dashboard. Limits are
//! set with `prlimit`; where that is not there, there is nothing to see, and the tests say so.

use std::fs;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::terminal::Terminal;
use crate::workspace::{LONG, Workspace};

/// Trains for ever, in batches that take little memory and may be made to take much.
const SETTINGS: &[&str] = &[
    "--set",
    "task.baselines=none",
    "--set",
    "data.examples=3000",
    "--set",
    "model.kind=mlp",
    "--set",
    "model.hidden=[1024]",
    "--set",
    "train.batch_size=8",
    "--set",
    "train.epochs=1000000",
];

/// Lets a process have so many bytes more than it has. Tells whether that could be done.
fn limit(pid: Pid, more: u64) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kib =
        status.lines().find_map(|line| line.strip_prefix("VmSize:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    let limited = kib.is_some_and(|kib| {
        let most = format!("--as={}", kib * 1024 + more);
        Command::new("prlimit")
            .arg("--pid")
            .arg(pid.to_string())
            .arg(most)
            .output()
            .is_ok_and(|done| done.status.success())
    });
    if !limited {
        println!("skipped: no limit can be set here");
    }
    limited
}

/// The run is told of by a sentence that says what to do, and that does it.
fn is_taken_up_with_smaller_batches(workspace: &Workspace, id: &str) {
    let shown = workspace.stdout(&["show", id]);
    assert!(shown.contains("memory") && shown.contains("rungs resume"), "{shown}");
    assert!(workspace.stdout(&["set", id, "train.batch_size=4"]).contains("once it is taken up"));
    workspace.stdout(&["resume", id]);
    workspace.wait_for_status(id, "running");
    workspace
        .wait_for("the smaller batch", || workspace.events(id, "set").last().is_some_and(|set| set["to"] == json!(4)));
    let step = || workspace.json(&["show", id, "--json"])["step"].as_u64().unwrap();
    let before = step();
    workspace.wait_for("it to go on", || step() > before);
    workspace.stdout(&["stop", id]);
}

#[test]
fn a_worker_that_gets_no_more_memory_says_so_and_is_taken_up_with_smaller_batches() {
    let workspace = Workspace::new();
    let id = workspace.detach("digits", SETTINGS);
    let worker = workspace.worker(&id);
    workspace.wait_for("a checkpoint", || !workspace.events(&id, "checkpoint").is_empty());
    if !limit(worker, 4 << 20) {
        return;
    }
    // The worker may be gone before it can say that it has heard.
    workspace.output(&["set", &id, "train.batch_size=3000"]);
    workspace.wait_for("it to break off", || ["interrupted", "failed"].contains(&workspace.status(&id).as_str()));
    let error = workspace.json(&["ls", "--json"])[0]["error"].as_str().unwrap().to_owned();
    assert!(error.contains("out of memory"), "{error}");
    is_taken_up_with_smaller_batches(&workspace, &id);
}

#[test]
fn a_worker_that_the_system_kills_for_memory_is_taken_up_with_smaller_batches() {
    let workspace = Workspace::new();
    let id = workspace.detach("digits", SETTINGS);
    let worker = workspace.worker(&id);
    workspace.wait_for("a checkpoint", || !workspace.events(&id, "checkpoint").is_empty());
    kill_process(worker, Signal::KILL).unwrap();
    workspace.wait_for_status(&id, "interrupted");
    is_taken_up_with_smaller_batches(&workspace, &id);
}

/// Whatever becomes of the dashboard, the run goes on, and another dashboard shows it.
#[test]
fn a_dashboard_that_gets_no_more_memory_takes_nothing_with_it() {
    let workspace = Workspace::new();
    let id = workspace.detach("digits", LONG);
    let mut screen = Terminal::dashboard(workspace.path(), 120, 40);
    screen.wait_for("running");
    if !limit(screen.pid(), 0) {
        return;
    }
    // Looking at data takes a thread and memory; so do tables, pictures, notes.
    for keys in ["D", "\x1b", "w", "\x1b", "O", "\x1b", "#one\r", "s", "x", "?", "\x1b"] {
        if screen.has_ended() {
            break;
        }
        screen.send(keys);
        screen.comes_to(std::time::Duration::from_millis(200), |_| false);
    }
    let step = || workspace.json(&["show", &id, "--json"])["step"].as_u64().unwrap();
    let before = step();
    workspace.wait_for("the run to go on", || step() > before);
    assert_eq!(workspace.status(&id), "running");
    drop(screen);
    let mut again = Terminal::dashboard(workspace.path(), 120, 40);
    again.wait_for("running");
    again.send("q");
    again.wait_for_end();
}
