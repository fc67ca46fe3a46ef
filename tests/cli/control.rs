//! Runs in the background: paused, resumed, changed, stopped, killed.

use std::fs;

use rustix::process::{Signal, kill_process, test_kill_process};
use serde_json::json;

use crate::workspace::{LONG, Workspace};

#[test]
fn a_run_is_paused_resumed_changed_and_stopped() {
    let workspace = Workspace::new();
    let id = workspace.detach("digits", LONG);
    workspace.worker(&id);
    workspace.wait_for_status(&id, "running");

    workspace.stdout(&["pause", &id]);
    workspace.wait_for_status(&id, "paused");
    let held = workspace.json(&["show", &id, "--json"])["step"].clone();
    assert_eq!(workspace.json(&["show", &id, "--json"])["step"], held);

    workspace.stdout(&["resume", &id]);
    workspace.wait_for_status(&id, "running");

    workspace.stdout(&["set", &id, "train.learning_rate=0.0005"]);
    workspace.wait_for("the change", || !workspace.events(&id, "set").is_empty());
    let change = workspace.events(&id, "set").remove(0);
    assert_eq!((&change["key"], &change["to"]), (&json!("train.learning_rate"), &json!(0.0005)));
    assert_eq!(change["from"], json!(0.001));

    for (setting, part) in [("model.hidden=[3]", "cannot change while"), ("train.learning_rate=-1", "above 0")] {
        let (status, message) = workspace.failure(&["set", &id, setting]);
        assert_eq!(status, 2, "{message}");
        assert!(message.contains(part), "{message}");
    }

    workspace.stdout(&["stop", &id]);
    workspace.wait_for_status(&id, "stopped");
    let shown = workspace.json(&["show", &id, "--json"]);
    assert!(shown["ladder"]["test"]["of"].as_u64().unwrap() > 0, "a stopped run has its whole ladder");
    let answers: Vec<String> = workspace
        .log(&id)
        .iter()
        .filter(|record| record["control"].is_string())
        .map(|record| record["event"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(answers, ["paused", "resumed", "set", "stopped"]);

    let (status, message) = workspace.failure(&["pause", &id]);
    assert_eq!(status, 1, "{message}");
    assert!(message.contains("stopped"), "{message}");
}

#[test]
fn a_killed_worker_leaves_a_readable_run_that_can_be_taken_up() {
    let workspace = Workspace::new();
    let id = workspace.detach("digits", LONG);
    workspace.wait_for("two epochs", || workspace.events(&id, "epoch").len() >= 2);
    kill_process(workspace.worker(&id), Signal::KILL).unwrap();
    workspace.wait_for_status(&id, "interrupted");
    assert!(workspace.json(&["show", &id, "--json"])["ladder"]["dev"]["of"].as_u64().unwrap() > 0);
    assert!(workspace.stdout(&["ls"]).contains("interrupted"));

    workspace.stdout(&["resume", &id]);
    workspace.wait_for("a second start", || workspace.events(&id, "started").len() == 2);
    workspace.wait_for_status(&id, "running");
    workspace.stdout(&["stop", &id]);
    workspace.wait_for_status(&id, "stopped");
}

#[test]
fn a_run_outlives_who_started_it_in_a_session_of_its_own() {
    let workspace = Workspace::new();
    let id = workspace.detach("digits", LONG);
    let pid = workspace.worker(&id);
    assert_eq!(rustix::process::getsid(Some(pid)).unwrap(), pid, "the worker leads a session of its own");
    kill_process(pid, Signal::HUP).unwrap();
    let step = || workspace.json(&["show", &id, "--json"])["step"].as_u64().unwrap();
    let before = step();
    workspace.wait_for("it to go on after a hang-up", || step() > before);
}

#[test]
fn a_worker_told_to_go_leaves_a_checkpoint_and_no_lie() {
    let workspace = Workspace::new();
    let id = workspace.detach("digits", LONG);
    let pid = workspace.worker(&id);
    workspace.wait_for_status(&id, "running");
    kill_process(pid, Signal::TERM).unwrap();
    workspace.wait_for_status(&id, "interrupted");
    let checkpoints = fs::read_dir(workspace.run_dir(&id).join("checkpoints")).unwrap().count();
    assert!(checkpoints > 0);
}

/// A hundred thousand pictures take a while to paint. Told to go or to stop meanwhile, the worker does, without having trained.
#[test]
fn a_worker_that_loads_data_listens() {
    let workspace = Workspace::new();
    let settings = ["--set", "data.examples=100000", "--set", "task.baselines=none"];
    for (ends, status) in [("SIGTERM", "interrupted"), ("a command", "stopped")] {
        let id = workspace.detach("kangaroos", &settings);
        workspace.wait_for_status(&id, "running");
        let pid = workspace.holder(&id);
        match ends {
            "SIGTERM" => kill_process(pid, Signal::TERM).unwrap(),
            _ => drop(workspace.stdout(&["stop", &id])),
        }
        workspace.wait_for("the worker to end", || test_kill_process(pid).is_err());
        assert_eq!(workspace.status(&id), status, "by {ends}");
        assert!(workspace.events(&id, "started").is_empty(), "by {ends}: nothing was trained");
        assert!(workspace.stdout(&["show", &id]).contains(status), "by {ends}");
    }
}

#[test]
fn two_workers_do_not_share_a_run() {
    let workspace = Workspace::new();
    let id = workspace.detach("digits", LONG);
    workspace.worker(&id);
    let second = workspace.output(&["worker", workspace.run_dir(&id).to_str().unwrap()]);
    assert_eq!(second.status.code(), Some(1));
    assert_eq!(workspace.events(&id, "started").len(), 1);
}
