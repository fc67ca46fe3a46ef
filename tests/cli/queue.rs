//! The queue: runs that start when there is a place, though nobody waits for them.

use std::fs;

use rustix::process::{Pid, Signal, getsid, kill_process, test_kill_process};
use serde_json::Value;

use crate::workspace::{LONG, QUICK, Workspace};

/// Puts an experiment into the queue and gives the run's id.
fn enqueue(workspace: &Workspace, settings: &[&str]) -> String {
    let arguments = [&["train", "digits", "--queue", "--set", "task.baselines=none"], settings].concat();
    workspace.stdout(&arguments).trim().to_owned()
}

fn waiting(workspace: &Workspace) -> Vec<String> {
    let queue = workspace.json(&["queue", "--json"]);
    let ids = queue["waiting"].as_array().unwrap().iter();
    ids.map(|run| run["id"].as_str().unwrap().to_owned()).collect()
}

fn running(workspace: &Workspace) -> usize {
    workspace.json(&["queue", "--json"])["running"].as_array().unwrap().len()
}

/// When a worker began and when it ended, as the run's log tells.
fn span(workspace: &Workspace, id: &str) -> (f64, f64) {
    let time = |event: &str| workspace.events(id, event).last().and_then(|record| record["time"].as_f64());
    let ended = time("finished").or(time("failed")).or(time("stopped")).unwrap();
    (time("started").unwrap_or(ended), ended)
}

fn assert_one_by_one(workspace: &Workspace, ids: &[String]) {
    let spans: Vec<(f64, f64)> = ids.iter().map(|id| span(workspace, id)).collect();
    assert!(spans.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{ids:?} overlap or change order: {spans:?}");
}

/// The process that drains the queue.
fn drainer(workspace: &Workspace) -> Pid {
    let words = fs::read_to_string(workspace.path().join("runs/.queue.lock")).unwrap();
    Pid::from_raw(words.split_whitespace().next().unwrap().parse().unwrap()).unwrap()
}

#[test]
fn queued_runs_train_one_after_the_other_though_nobody_waits() {
    let workspace = Workspace::new();
    let ids: Vec<String> = (0..3).map(|_| enqueue(&workspace, QUICK)).collect();
    assert_eq!(ids, ["digits-1", "digits-2", "digits-3"]);
    for id in &ids {
        workspace.wait_for_status(id, "finished");
    }
    assert_one_by_one(&workspace, &ids);
    workspace.wait_for("the drainer to end", || workspace.json(&["queue", "--json"])["drained"] == false);
    let queue = workspace.json(&["queue", "--json"]);
    assert_eq!(
        (&queue["drained"], &queue["waiting"], &queue["running"]),
        (&false.into(), &Value::Array(vec![]), &Value::Array(vec![]))
    );
}

#[test]
fn as_many_train_at_a_time_as_people_want_whoever_started_them() {
    let workspace = Workspace::new();
    assert_eq!(workspace.stdout(&["queue", "--at-a-time", "2"]), "Up to 2 runs at a time.\n");
    let other = workspace.detach("digits", LONG);
    workspace.wait_for_status(&other, "running");
    let ids: Vec<String> = (0..3).map(|_| enqueue(&workspace, LONG)).collect();
    let pid = drainer(&workspace);
    assert_eq!(getsid(Some(pid)).unwrap(), pid, "who starts them leads a session of its own");
    workspace.wait_for_status(&ids[0], "running");
    assert_eq!((running(&workspace), waiting(&workspace)), (2, ids[1..].to_vec()));
    // A place that becomes free is taken, and one more when there are more.
    workspace.stdout(&["stop", &other]);
    workspace.wait_for_status(&ids[1], "running");
    assert_eq!(waiting(&workspace), [ids[2].clone()]);
    workspace.stdout(&["queue", "--at-a-time", "3"]);
    workspace.wait_for_status(&ids[2], "running");
    assert_eq!(running(&workspace), 3);
    workspace.wait_for("the drainer to end", || test_kill_process(pid).is_err());
}

#[test]
fn a_killed_drainer_loses_nothing_and_starts_nothing_twice() {
    let workspace = Workspace::new();
    let mut ids = vec![enqueue(&workspace, LONG)];
    ids.extend((0..2).map(|_| enqueue(&workspace, QUICK)));
    workspace.wait_for_status(&ids[0], "running");
    kill_process(drainer(&workspace), Signal::KILL).unwrap();
    workspace.wait_for("the drainer to be gone", || workspace.json(&["queue", "--json"])["drained"] == false);
    assert_eq!(waiting(&workspace), ids[1..]);
    assert!(workspace.stdout(&["queue"]).contains("Nothing starts the runs that wait"));
    assert_eq!(workspace.status(&ids[0]), "running", "what trains goes on");
    ids.push(enqueue(&workspace, QUICK));
    assert_eq!(waiting(&workspace), ids[1..], "the new one counts what was started before");
    workspace.stdout(&["stop", &ids[0]]);
    for id in &ids[1..] {
        workspace.wait_for_status(id, "finished");
        assert_eq!(workspace.events(id, "started").len(), 1, "{id}");
    }
    assert_one_by_one(&workspace, &ids);
}

#[test]
fn a_run_that_fails_or_cannot_start_does_not_stop_the_queue() {
    let workspace = Workspace::new();
    workspace.stdout(&["queue", "--hold"]);
    let table = workspace.path().join("table.csv");
    fs::write(&table, format!("x,y,label\n{}", "1,2,a\n2,1,b\n".repeat(100))).unwrap();
    let source = format!("data.path={}", table.display());
    let broken = enqueue(&workspace, &["--set", "data.source=csv", "--set", &source, "--set", "model.kind=mlp"]);
    let mute = enqueue(&workspace, QUICK);
    let gone = enqueue(&workspace, QUICK);
    let well = enqueue(&workspace, QUICK);
    fs::remove_file(table).unwrap();
    // What a worker prints has nowhere to go.
    fs::create_dir(workspace.run_dir(&mute).join("worker.log")).unwrap();
    fs::remove_dir_all(workspace.run_dir(&gone)).unwrap();
    workspace.stdout(&["queue", "--go-on"]);
    workspace.wait_for_status(&well, "finished");
    for (id, reason) in [(&broken, "table.csv"), (&mute, "its turn came, and its worker did not start: ")] {
        let shown = workspace.json(&["ls", "--filter", &format!("id={id}"), "--json"]);
        assert_eq!(shown[0]["status"], "failed", "{shown}");
        assert!(shown[0]["error"].as_str().unwrap().contains(reason), "{shown}");
    }
}

#[test]
fn runs_are_moved_and_taken_off() {
    let workspace = Workspace::new();
    assert!(workspace.stdout(&["queue", "--hold"]).starts_with("The queue is held"));
    let ids: Vec<String> = (0..4).map(|_| enqueue(&workspace, QUICK)).collect();
    assert!(workspace.stdout(&["queue", "digits-3", "--first"]).starts_with("digits-3 is next in the queue"));
    workspace.stdout(&["queue", "digits-1", "--last"]);
    workspace.stdout(&["queue", "digits-4", "--before", "digits-2"]);
    assert_eq!(waiting(&workspace), ["digits-3", "digits-4", "digits-2", "digits-1"]);
    assert!(workspace.stdout(&["stop", "digits-4"]).contains("does not wait any more"));
    assert_eq!(workspace.status("digits-4"), "stopped");
    for (arguments, status, part) in [
        (&["queue", "digits-1", "--before", "digits-4"][..], 1, "digits-4 is not in the queue; `rungs queue digits-4`"),
        (&["queue", "digits-9"], 2, "there is no run `digits-9`"),
        (&["queue", "--first"], 2, "required"),
        (&["queue", "digits-1", "--first", "--last"], 2, "cannot be used with"),
        (&["queue", "--at-a-time", "0"], 2, "0 is not in 1..=1000"),
        (&["pause", "digits-1"], 1, "digits-1 is queued: nothing to pause"),
    ] {
        let (ended, message) = workspace.failure(arguments);
        assert!(ended == status && message.contains(part), "{arguments:?}: {ended} {message}");
    }
    let shown = workspace.stdout(&["queue"]);
    assert!(shown.contains("digits-2") && shown.contains("The queue is held"), "{shown}");
    assert_eq!(workspace.json(&["queue", "--json"])["drained"], false, "a queue that is held needs nobody");
    workspace.stdout(&["queue", "--go-on"]);
    for id in ["digits-3", "digits-2", "digits-1"] {
        workspace.wait_for_status(id, "finished");
    }
    assert_one_by_one(&workspace, &["digits-3", "digits-2", "digits-1"].map(str::to_owned));
    assert_eq!(workspace.status(&ids[3]), "stopped", "it was taken off");
    assert!(workspace.failure(&["queue", "digits-1"]).1.contains("has finished"));
}

#[test]
fn a_run_that_ended_early_waits_for_its_turn_and_goes_on_where_it_was() {
    let workspace = Workspace::new();
    let id = workspace.detach("digits", LONG);
    workspace.wait_for("an epoch", || !workspace.events(&id, "epoch").is_empty());
    assert!(workspace.failure(&["queue", &id]).1.contains("it has a place already"));
    workspace.stdout(&["stop", &id]);
    let step = workspace.json(&["show", &id, "--json"])["step"].as_u64().unwrap();
    let other = workspace.detach("digits", LONG);
    workspace.wait_for_status(&other, "running");
    assert_eq!(workspace.stdout(&["queue", &id]), format!("{id} is next in the queue.\n"));
    assert_eq!(workspace.status(&id), "queued");
    workspace.stdout(&["stop", &other]);
    workspace.wait_for("a second start", || workspace.events(&id, "started").len() == 2);
    assert_eq!(workspace.events(&id, "started")[1]["step"].as_u64(), Some(step));
    // Nor need it wait: what was queued is started at once by hand.
    assert!(workspace.stdout(&["queue", &other]).contains("is next in the queue"));
    assert!(workspace.stdout(&["resume", &other]).contains("does not wait for its turn"));
    assert_eq!((running(&workspace), waiting(&workspace)), (2, vec![]));
}

#[test]
fn a_remedy_is_queued() {
    let workspace = Workspace::new();
    let settings = ["--set", "data.examples=300", "--set", "train.epochs=1", "--set", "task.baselines=none"];
    workspace.stdout(&[&["train", "digits"], &settings[..]].concat());
    workspace.stdout(&["queue", "--hold"]);
    let remedies = workspace.json(&["show", "latest", "--json"])["diagnosis"]["problems"][0]["remedies"].clone();
    let remedy = remedies.as_array().unwrap().iter().find(|remedy| !remedy["change"].is_null()).unwrap();
    let id = workspace.stdout(&["apply", "latest", remedy["id"].as_str().unwrap(), "--queue"]);
    assert_eq!(waiting(&workspace), [id.trim()]);
    assert_eq!(workspace.json(&["queue", "--json"])["waiting"][0]["parent"], "digits-1");
}
