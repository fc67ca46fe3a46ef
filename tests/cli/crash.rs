//! Harm done for real: workers killed at random moments, again and again; run directories deleted and renamed under
//! them; several people at one run at once.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitStatus;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rungs::store::RunDir;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::json;

use crate::terminal::Terminal;
use crate::workspace::{LONG, RANDOM, Workspace};

/// What must never change once it is there: the bytes of every file that is appended to.
fn appended(run: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(run).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    files
        .filter(|path| name(path).starts_with("events.") || path.extension().is_some_and(|end| end == "jsonl"))
        .map(|path| (name(&path), fs::read(&path).unwrap()))
        .collect()
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

/// When the last thing that stands in the run's files happened, in seconds since 1970.
fn last_told(workspace: &Workspace, id: &str) -> f64 {
    let run = RunDir::open(&workspace.run_dir(id)).unwrap();
    let mut follower = rungs::store::Follower::new(run);
    let mut last = 0.0f64;
    loop {
        let news = follower.poll().unwrap();
        let scalars = news.curves.iter().flat_map(|curve| curve.times().iter().copied());
        last = scalars.chain(news.records.iter().map(|record| record.time)).fold(last, f64::max);
        if !news.more {
            return last;
        }
    }
}

/// Kills the worker `kills` times at random moments, taking the run up each time, and compares it with a run that was
/// left alone. Gives the longest time, in seconds, before a kill that nothing was told of.
fn killed_at_random(kills: u32, epochs: &str, seed: u64) -> f64 {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let workspace = Workspace::new();
    let settings = [RANDOM, &["--set", epochs]].concat();
    workspace.stdout(&[&["train", "digits"], settings.as_slice()].concat());
    let id = workspace.detach("digits", &settings);
    let run = workspace.run_dir(&id);
    let mut silent = 0.0f64;
    let mut killed = 0;
    while killed < kills {
        let pid = workspace.worker(&id);
        let moment = Instant::now() + Duration::from_millis(random.gen_range(0..1500));
        while Instant::now() < moment && test_kill_process(pid).is_ok() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let before = appended(&run);
        let time = now();
        if kill_process(pid, Signal::KILL).is_err() {
            break; // It finished first.
        }
        killed += 1;
        workspace.wait_for("the worker to be gone", || !RunDir::open(&run).unwrap().is_held());
        let status = workspace.status(&id);
        if status == "finished" {
            break;
        }
        assert_eq!(status, "interrupted");
        silent = silent.max(time - last_told(&workspace, &id));
        let starts = workspace.events(&id, "started").len();
        workspace.stdout(&["resume", &id]);
        workspace.wait_for("a new start", || workspace.events(&id, "started").len() > starts);
        for (name, bytes) in before {
            assert!(fs::read(run.join(&name)).unwrap().starts_with(&bytes), "{name} was changed");
        }
    }
    workspace.wait_for_status(&id, "finished");
    assert!(killed > 0, "it was never killed");
    workspace.assert_ended_alike("digits-1", &id);
    silent
}

#[test]
fn a_run_killed_at_random_moments_ends_as_the_undisturbed_one() {
    // A busy machine may keep a worker from training, and so from telling, for longer than the half second it takes.
    assert!(killed_at_random(6, "train.epochs=400", 1) < 5.0);
}

/// Minutes long: `cargo test --release --test cli -- --ignored killed_two_hundred`.
#[test]
#[ignore = "takes minutes"]
fn a_run_killed_two_hundred_times_ends_as_the_undisturbed_one() {
    let silent = killed_at_random(200, "train.epochs=20000", 2);
    println!("{silent:.3} s before a kill, nothing was told of");
    assert!(silent < 1.0);
}

#[test]
fn a_run_deleted_under_its_worker_ends_it() {
    let workspace = Workspace::new();
    let id = workspace.detach("digits", LONG);
    let pid = workspace.worker(&id);
    // The worker may make a file between the emptying of a directory and its removal.
    workspace.wait_for("the deletion", || fs::remove_dir_all(workspace.run_dir(&id)).is_ok());
    workspace.wait_for("the worker to go", || is_gone(pid));
    assert_eq!(workspace.runs().len(), 0);
    let (status, message) = workspace.failure(&["show", &id]);
    assert_eq!(status, 2, "{message}");
}

#[test]
fn a_run_renamed_under_its_worker_goes_on_by_its_new_name() {
    let workspace = Workspace::new();
    let id = workspace.detach("digits", LONG);
    let pid = workspace.worker(&id);
    fs::rename(workspace.run_dir(&id), workspace.run_dir("renamed-1")).unwrap();
    let step = || workspace.json(&["show", "renamed-1", "--json"])["step"].as_u64().unwrap();
    let before = step();
    workspace.wait_for("it to go on", || step() > before);
    workspace.stdout(&["stop", "renamed-1"]);
    workspace.wait_for_status("renamed-1", "stopped");
    workspace.wait_for("the worker to go", || is_gone(pid));
    assert_eq!(workspace.json(&["ls", "--json"])[0]["id"], json!("renamed-1"));
}

#[test]
fn of_many_workers_for_one_run_one_trains() {
    let workspace = Workspace::new();
    let id = workspace.detach("digits", LONG);
    let pid = workspace.worker(&id);
    kill_process(pid, Signal::KILL).unwrap();
    workspace.wait_for_status(&id, "interrupted");
    let run = workspace.run_dir(&id);
    let mut workers: Vec<_> =
        (0..4).map(|_| workspace.command(&["worker", run.to_str().unwrap(), "--resume"]).spawn().unwrap()).collect();
    workspace.wait_for("three to give up", || {
        workers.iter_mut().filter_map(|worker| worker.try_wait().unwrap()).count() == 3
    });
    workspace.wait_for("one to train", || workspace.events(&id, "started").len() == 2);
    workspace.stdout(&["stop", &id]);
    workspace.wait_for("it to end", || workers.iter_mut().all(|worker| worker.try_wait().unwrap().is_some()));
    let ended_well = workers.iter_mut().map(|worker| worker.wait().unwrap()).filter(ExitStatus::success).count();
    assert_eq!((ended_well, workspace.status(&id).as_str()), (1, "stopped"));
}

/// Many commands at once: each is answered once, whichever order they arrive in.
#[test]
fn several_people_at_one_run_are_all_answered() {
    let workspace = Workspace::new();
    let id = workspace.detach("digits", LONG);
    workspace.worker(&id);
    workspace.wait_for_status(&id, "running");
    let mut people: Vec<_> = (0..3)
        .flat_map(|person| {
            let rate = format!("train.learning_rate=0.00{}", person + 1);
            [
                workspace.command(&["set", &id, &rate]).spawn().unwrap(),
                workspace.command(&["pause", &id]).spawn().unwrap(),
            ]
        })
        .collect();
    for person in &mut people {
        person.wait().unwrap();
    }
    workspace.stdout(&["stop", &id]);
    workspace.wait_for_status(&id, "stopped");
    let asked = fs::read_to_string(workspace.run_dir(&id).join("control.jsonl")).unwrap();
    let mut asked: Vec<String> = asked
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_str().unwrap().to_owned())
        .collect();
    let mut answered: Vec<String> =
        workspace.log(&id).iter().filter_map(|record| Some(record["control"].as_str()?.to_owned())).collect();
    asked.sort();
    answered.sort();
    assert!(asked.len() >= 5);
    assert_eq!(asked, answered);
}

/// Whether a process is gone, or waits for nothing but to be buried by whoever started it.
fn is_gone(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    test_kill_process(pid).is_err() || stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
}

/// What came of killing.
#[derive(Debug, Default, PartialEq)]
struct Harm {
    /// Files from which something that had been written was gone.
    lost: usize,
    /// Times that a run was called running though nobody was at it, or the other way round.
    misjudged: usize,
    /// Processes that were there when all had been told to go.
    left: usize,
}

/// Kills dashboards and workers at random moments, in every way that the system has, taking the run up by hand or at the
/// dashboard.
fn anything_killed(kills: u32, seed: u64) -> Harm {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let workspace = Workspace::new();
    let id = workspace.detach("digits", &[LONG, &["--set", "task.baselines=none"]].concat());
    let run = workspace.run_dir(&id);
    let mut screen = Terminal::dashboard(workspace.path(), 100, 30);
    let mut harm = Harm::default();
    for kill in 1..=kills {
        screen.wait_until("the run", |screen| screen.contains("running") && screen.contains("Error ladder"));
        let worker = workspace.worker(&id);
        std::thread::sleep(Duration::from_millis(random.gen_range(0..600)));
        let signal = [Signal::TERM, Signal::HUP, Signal::KILL][random.gen_range(0..3)];
        let before = appended(&run);
        if random.gen_bool(0.5) {
            kill_process(screen.pid(), signal).unwrap();
            screen.wait_for_end();
            harm.misjudged += usize::from(is_gone(worker) || workspace.status(&id) != "running");
            screen = Terminal::dashboard(workspace.path(), 100, 30);
        } else if signal == Signal::HUP {
            kill_process(worker, signal).unwrap();
            harm.misjudged += usize::from(is_gone(worker) || workspace.status(&id) != "running");
        } else {
            kill_process(worker, signal).unwrap();
            workspace.wait_for("the worker to go", || is_gone(worker));
            // Its threads may take a moment longer than its first one, and hold the lock till then.
            let begin = Instant::now();
            while workspace.status(&id) != "interrupted" && begin.elapsed() < Duration::from_secs(1) {}
            harm.misjudged += usize::from(workspace.status(&id) != "interrupted");
            let starts = workspace.events(&id, "started").len();
            // With its mark, as in the first line: a message may still tell of the last time.
            screen.wait_for("! interrupted");
            if random.gen_bool(0.5) {
                screen.send("2p");
            } else {
                workspace.stdout(&["resume", &id]);
            }
            workspace.wait_for("a new start", || workspace.events(&id, "started").len() > starts);
        }
        if kill % 20 == 0 {
            println!("{kill} kills: {harm:?}");
        }
        harm.lost +=
            before.iter().filter(|(name, bytes)| !fs::read(run.join(name)).unwrap().starts_with(bytes)).count();
    }
    workspace.stdout(&["stop", &id]);
    screen.wait_for("stopped");
    kill_process(screen.pid(), Signal::TERM).unwrap();
    screen.wait_for_end();
    let begin = Instant::now();
    while !workspace.processes().is_empty() && begin.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
    }
    harm.left = workspace.processes().len();
    harm
}

#[test]
fn whatever_is_killed_nothing_is_lost_and_nobody_left() {
    assert_eq!(anything_killed(8, 1), Harm::default());
}

/// Minutes long: `cargo test --release --test cli -- --ignored --nocapture whatever_is_killed`.
#[test]
#[ignore = "takes minutes"]
fn whatever_is_killed_two_hundred_times_nothing_is_lost_and_nobody_left() {
    let harm = anything_killed(200, 3);
    println!("{harm:?}");
    assert_eq!(harm, Harm::default());
}
