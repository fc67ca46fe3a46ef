//! Several people at one run at the same time, at dashboards and command lines, and several workers told to take the same
//! run. Whatever the order in which things come: everybody is answered, nothing is lost or doubled, nobody is left behind.

use std::collections::BTreeSet;
use std::fs;
use std::process::Output;
use std::sync::Mutex;
use std::thread::{scope, sleep};
use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rungs::store::Root;
use rustix::process::{Signal, kill_process};

use crate::terminal::Terminal;
use crate::workspace::{LONG, Workspace};

/// The run that everybody is at.
const RUN: &str = "digits-1";
/// What a dashboard shows within that time, unless somebody else was faster.
const GLANCE: Duration = Duration::from_secs(2);

/// A dashboard that shows [`RUN`] and no other, and has it selected.
fn dashboard(workspace: &Workspace) -> Terminal {
    let terminal = Terminal::dashboard(workspace.path(), 120, 40);
    terminal.wait_for(RUN);
    terminal.send(&format!("2/id={RUN}\r"));
    terminal
        .wait_until("the filter", |screen| screen.contains(&format!("/ id={RUN}")) && screen.contains("Error ladder"));
    terminal
}

/// Whether a command ended with an answer: it was done, or a sentence says why not.
fn is_answered(Output { status, stdout, stderr }: &Output) -> bool {
    let words = String::from_utf8_lossy(stderr);
    match status.code() {
        Some(0) => !stdout.is_empty(),
        Some(1 | 2) => words.starts_with("rungs: ") && !words.contains("panicked"),
        _ => false,
    }
}

/// A person with a command line. Gives the tags that were taken.
fn at_the_command_line(workspace: &Workspace, person: usize, rounds: u32, random: &mut ChaCha8Rng) -> Vec<String> {
    let mut tags = Vec::new();
    for round in 0..rounds {
        let (tag, rate) = (format!("person-{person}-{round}"), format!("train.learning_rate=0.00{}", person + 1));
        let command: &[&str] = match random.gen_range(0..7) {
            0 => &["pause", RUN],
            1 => &["resume", RUN],
            2 => &["stop", RUN],
            3 => &["set", RUN, &rate],
            4 => &["queue", RUN],
            5 => &["queue", "--at-a-time", "3"],
            _ => &["note", RUN, "--tag", &tag],
        };
        let output = workspace.output(command);
        assert!(is_answered(&output), "{command:?}: {output:?}");
        if command[0] == "note" && output.status.success() {
            tags.push(tag);
        }
    }
    tags
}

/// A person at a dashboard. What is under the hands may be deleted, stopped or renamed by others at any moment, so that keys
/// that mean something else elsewhere are pressed only where a question was seen. Gives the tags that were taken.
fn at_a_dashboard(terminal: &mut Terminal, person: usize, rounds: u32, random: &mut ChaCha8Rng) -> Vec<String> {
    let mut tags = Vec::new();
    for round in 0..rounds {
        match random.gen_range(0..4) {
            0 => terminal.send("p"),
            1 => {
                terminal.send("#");
                if terminal.comes_to(GLANCE, |screen| screen.contains("A word to find it by")) {
                    let tag = format!("screen-{person}-{round}");
                    terminal.send(&format!("{tag}\r"));
                    if terminal.comes_to(GLANCE, |screen| screen.contains(&format!("{RUN}: tagged #{tag}"))) {
                        tags.push(tag);
                    } else {
                        terminal.send("\x1b");
                    }
                    // What is typed next is not to be taken for an answer to what is still seen.
                    terminal.wait_until("the tag to be taken", |screen| !screen.contains("A word to find it by"));
                }
            }
            2 => {
                terminal.send("X");
                if terminal.comes_to(GLANCE, |screen| screen.contains("The directory goes")) {
                    terminal.send("\r");
                    terminal.wait_until("the answer to be taken", |screen| !screen.contains("The directory goes"));
                }
            }
            _ => terminal.send("U"),
        }
    }
    terminal.send("U");
    tags
}

/// Renames the run and back again, while everybody is at it.
fn renaming(workspace: &Workspace, rounds: u32, random: &mut ChaCha8Rng) {
    let (name, other) = (workspace.run_dir(RUN), workspace.run_dir("renamed-1"));
    for _ in 0..rounds {
        sleep(Duration::from_millis(random.gen_range(0..400)));
        // It may be deleted just now.
        if fs::rename(&name, &other).is_ok() {
            sleep(Duration::from_millis(random.gen_range(0..20)));
            fs::rename(&other, &name).unwrap();
        }
    }
}

/// Ends whatever the run is at.
fn end(workspace: &Workspace) {
    workspace.wait_for("the run to be ended", || {
        let ended = |status: &str| ["stopped", "interrupted", "failed"].contains(&status);
        workspace.output(&["stop", RUN]);
        ended(&workspace.status(RUN)) && workspace.workers().is_empty()
    });
}

fn many_at_one_run(rounds: u32, seed: u64) {
    let workspace = Workspace::new();
    assert_eq!(workspace.detach("digits", &[LONG, &["--set", "task.baselines=none"]].concat()), RUN);
    workspace.wait_for_status(RUN, "running");
    let mut screens = [dashboard(&workspace), dashboard(&workspace)];
    let tags = Mutex::new(BTreeSet::new());
    let random = |person: u64| ChaCha8Rng::seed_from_u64(seed * 100 + person);
    scope(|people| {
        let (workspace, tags, random) = (&workspace, &tags, &random);
        for person in 0..3 {
            people.spawn(move || {
                let said = at_the_command_line(workspace, person, rounds, &mut random(person as u64));
                tags.lock().unwrap().extend(said);
            });
        }
        for (person, screen) in screens.iter_mut().enumerate() {
            people.spawn(move || {
                let said = at_a_dashboard(screen, person, rounds, &mut random(10 + person as u64));
                tags.lock().unwrap().extend(said);
            });
        }
        people.spawn(move || renaming(workspace, rounds, &mut random(20)));
    });
    for screen in &mut screens {
        screen.send("\x03");
        screen.wait_for_end();
    }
    // Nothing is lost: deleted or not, the run is there.
    let root = Root::new(workspace.path());
    while root.undelete().is_ok() {}
    end(&workspace);
    // What came between a worker's end and the next one's start is answered by that.
    workspace.stdout(&["resume", RUN]);
    workspace.wait_for_status(RUN, "running");
    end(&workspace);

    let names = workspace.runs().into_iter().map(|run| run.file_name().unwrap().to_string_lossy().into_owned());
    let ids: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    assert_eq!(ids, [RUN]);
    let run = workspace.run_dir(RUN);
    for file in ["log.jsonl", "control.jsonl"] {
        let text = fs::read_to_string(run.join(file)).unwrap();
        assert!(text.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{file}: {text}");
    }
    let ids = |text: String, key: &str| {
        let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let mut ids: Vec<String> = lines.filter_map(|line| Some(line[key].as_str()?.to_owned())).collect();
        ids.sort();
        ids
    };
    let asked = ids(fs::read_to_string(run.join("control.jsonl")).unwrap(), "id");
    let answered = ids(fs::read_to_string(run.join("log.jsonl")).unwrap(), "control");
    assert_eq!(asked, answered, "commands and their answers");
    assert!(asked.windows(2).all(|pair| pair[0] != pair[1]), "a command was sent twice");
    let noted = workspace.json(&["note", RUN, "--json"])["annotation"]["tags"].clone();
    let noted: BTreeSet<String> = serde_json::from_value(noted).unwrap();
    let tags = tags.into_inner().unwrap();
    assert!(tags.is_subset(&noted), "{:?} were lost", tags.difference(&noted));
    assert!(!tags.is_empty() && asked.len() > 2, "nobody did anything: {tags:?}, {asked:?}");
    for look in [&["show", RUN, "--json"][..], &["export", RUN, "--format", "html"], &["compare", RUN, RUN]] {
        workspace.stdout(look);
    }
    workspace.wait_for("everybody to be gone", || workspace.processes().is_empty());
    let left: Vec<_> = fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with('.')), "{left:?}");
}

#[test]
fn two_dashboards_and_three_command_lines_at_one_run_lose_nothing() {
    many_at_one_run(5, 1);
}

/// Minutes long: `cargo test --release --test cli -- --ignored for_a_long_time`.
#[test]
#[ignore = "takes minutes"]
fn two_dashboards_and_three_command_lines_at_one_run_for_a_long_time_lose_nothing() {
    for seed in 2..8 {
        many_at_one_run(30, seed);
    }
}

/// By hand, from two command lines, from a dashboard and by the queue, all at once.
#[test]
fn of_all_ways_to_start_a_run_one_wins() {
    let workspace = Workspace::new();
    assert_eq!(workspace.detach("digits", &[LONG, &["--set", "task.baselines=none"]].concat()), RUN);
    workspace.wait_for("an epoch", || !workspace.events(RUN, "epoch").is_empty());
    let mut screen = dashboard(&workspace);
    let run = workspace.run_dir(RUN);
    for times in 2..5 {
        kill_process(workspace.workers()[0], Signal::KILL).unwrap();
        workspace.wait_for_status(RUN, "interrupted");
        screen.wait_for("! interrupted");
        let worker = run.to_str().unwrap();
        let ways: [&[&str]; 4] = [&["worker", worker, "--resume"], &["resume", RUN], &["resume", RUN], &["queue", RUN]];
        let mut started: Vec<_> = ways.iter().map(|way| workspace.command(way).spawn().unwrap()).collect();
        screen.send("p");
        for person in &mut started[1..] {
            person.wait().unwrap();
        }
        // At the dashboard the key that takes a run up pauses one that somebody else has taken up.
        workspace.wait_for("it to be at work", || ["running", "paused"].contains(&workspace.status(RUN).as_str()));
        workspace.wait_for("one worker to be left", || {
            // Of those that gave up, one is a child of this process.
            let _ = started[0].try_wait();
            workspace.workers().len() == 1 && workspace.events(RUN, "started").len() >= times
        });
        assert_eq!(workspace.events(RUN, "started").len(), times, "it was started twice");
    }
    workspace.stdout(&["stop", RUN]);
    screen.wait_for("stopped");
    screen.send("q");
    screen.wait_for_end();
    workspace.wait_for("everybody to be gone", || workspace.processes().is_empty());
}

/// The run on the screen is deleted, another one renamed and named back: the dashboard says so, and hears every key.
#[test]
fn runs_deleted_and_renamed_while_a_dashboard_shows_them() {
    let workspace = Workspace::new();
    let id = workspace.detach("digits", LONG);
    workspace.wait_for_status(&id, "running");
    let mut screen = Terminal::dashboard(workspace.path(), 120, 40);
    screen.wait_until("the run", |screen| screen.contains(RUN) && screen.contains("Error ladder"));
    let (here, there) = (workspace.run_dir(RUN), workspace.run_dir("other-1"));
    fs::rename(&here, &there).unwrap();
    screen.wait_until("the other name", |screen| screen.contains("other-1") && !screen.contains(RUN));
    fs::rename(&there, &here).unwrap();
    screen.wait_until("its own name", |screen| screen.contains(RUN) && !screen.contains("other-1"));
    screen.send("2g");
    screen.wait_until("its figures", |screen| screen.contains("running") && screen.contains("Error ladder"));
    workspace.wait_for("the deletion", || fs::remove_dir_all(&here).is_ok());
    screen.wait_until("it to be gone", |screen| !screen.contains("running"));
    screen.send("?");
    screen.wait_for("Every key");
    screen.send("\x03");
    screen.wait_for_end();
    workspace.wait_for("its worker to go", || workspace.processes().is_empty());
}
