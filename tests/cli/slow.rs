//! A disk that answers, but slowly: a home directory on a busy server.

use std::time::Duration;

use rustix::process::{Signal, kill_process};

use crate::paced::Paced;
use crate::terminal::Terminal;
use crate::workspace::{LONG, RANDOM, SECONDS, Workspace};

/// Each operation. Training alone writes some ten times a second.
const SLOW: Duration = Duration::from_millis(10);

/// Everything that only moves on the screen is answered before the disk has answered once.
fn answers_keys(screen: &Terminal, disk: &Paced) {
    let operation = Duration::from_secs(10);
    disk.set(operation);
    let within = |wanted: &dyn Fn(&str) -> bool| {
        assert!(screen.comes_to(operation / 2, wanted), "it waits for the disk:\n{}", screen.screen());
    };
    for _ in 0..3 {
        screen.send("?");
        within(&|screen| screen.contains("Every key"));
        screen.send("\x1b");
        within(&|screen| !screen.contains("Every key"));
    }
    // The keys stand in the last line, whatever the size.
    for (columns, rows) in [(90, 30), (120, 40)] {
        screen.resize(columns, rows);
        within(&|screen| screen.lines().nth(usize::from(rows) - 1).is_some_and(|last| last.contains("? help")));
    }
    disk.set(SLOW);
}

#[test]
fn a_run_on_a_slow_disk_is_followed_killed_and_resumed_and_ends_as_on_a_fast_one() {
    let workspace = Workspace::new();
    workspace.stdout(&[&["train", "digits"], RANDOM, SECONDS].concat());
    let Some(disk) = Paced::over(&workspace.path().join("runs"), SLOW) else { return };
    let id = workspace.detach("digits", &[RANDOM, SECONDS].concat());
    let mut screen = Terminal::dashboard(workspace.path(), 120, 40);
    screen.wait_for("running");
    screen.wait_for("Error ladder");
    answers_keys(&screen, &disk);
    let worker = workspace.worker(&id);
    kill_process(worker, Signal::KILL).unwrap();
    workspace.wait_for_status(&id, "interrupted");
    screen.wait_for("! interrupted");
    // Of this the dashboard learns from files alone.
    workspace.stdout(&["resume", &id]);
    workspace.wait_for("a new start", || workspace.events(&id, "started").len() == 2);
    workspace.wait_for_status(&id, "finished");
    // The list of runs is read seldom where that takes long; what is live is watched.
    assert!(screen.comes_to(Duration::from_secs(15), |screen| screen.contains("✓ finished")), "{}", screen.screen());
    workspace.assert_ended_alike("digits-1", &id);
    screen.send("q");
    screen.wait_for_end();
    assert!(!screen.raw().contains("does not answer"), "{}", screen.raw());
}

#[test]
fn training_that_waits_for_its_disk_says_so_once() {
    let workspace = Workspace::new();
    std::fs::create_dir(workspace.path().join("runs")).unwrap();
    let Some(disk) = Paced::over(&workspace.path().join("runs"), Duration::from_millis(50)) else { return };
    let id = workspace.detach("digits", LONG);
    let said = || workspace.events(&id, "warning");
    workspace.wait_for("a word about the disk", || !said().is_empty());
    let shown = workspace.stdout(&["show", &id]);
    assert!(shown.contains("the disk is slow: training waits for it"), "{shown}");
    workspace.stdout(&["stop", &id]);
    workspace.wait_for_status(&id, "stopped");
    assert_eq!(said().len(), 1, "{:?}", said());
    drop(disk);
}
