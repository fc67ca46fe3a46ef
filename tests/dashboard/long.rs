//! The dashboard for days: memory, open files and the processor's time stay what they are.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::Pid;

use crate::terminal::Terminal;
use crate::workplace::{ENDLESS, Live, SHORT, rungs, with_experiment, with_runs};

/// What a process uses.
#[derive(Debug, Clone, Copy)]
struct Use {
    mib: f64,
    files: usize,
    threads: usize,
    /// Of the processor's time, in all.
    seconds: f64,
}

impl Use {
    fn of(pid: Pid) -> Self {
        let place = format!("/proc/{}", pid.as_raw_nonzero());
        let status = fs::read_to_string(format!("{place}/status")).unwrap();
        let number = |name: &str| -> f64 {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        };
        let stat = fs::read_to_string(format!("{place}/stat")).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks = |field: usize| fields[field].parse::<f64>().unwrap();
        Self {
            mib: number("VmRSS:") / 1024.0,
            files: fs::read_dir(format!("{place}/fd")).unwrap().count(),
            threads: number("Threads:") as usize,
            seconds: (ticks(11) + ticks(12)) / 100.0,
        }
    }
}

/// Does something over and over; what is used after `warm` rounds may not grow by more than `mib` until the last.
fn assert_flat(terminal: &Terminal, what: &str, warm: usize, rounds: usize, mib: f64, mut round: impl FnMut(usize)) {
    (0..warm).for_each(&mut round);
    // What is begun ends.
    let settled = || {
        std::thread::sleep(Duration::from_millis(500));
        Use::of(terminal.pid())
    };
    let before = settled();
    (warm..rounds / 2).for_each(&mut round);
    let half = settled();
    (rounds / 2..rounds).for_each(&mut round);
    let after = settled();
    eprintln!("{what}, {warm} of {rounds}: {before:?}\n  half: {half:?}\n  all: {after:?}");
    assert!(after.mib - before.mib < mib, "{what}: memory grows");
    assert!(after.files <= before.files + 2, "{what}: open files");
    assert!(after.threads <= before.threads + 2, "{what}: threads");
}

fn overlays(times: usize) {
    let folder = with_runs();
    let terminal = Terminal::dashboard(folder.path(), 100, 30);
    terminal.wait_for("digits-2");
    let keys = ["?", ":", "D", "t", "O", "V", "E", "N", "2o"];
    assert_flat(&terminal, "overlays", times / 4, times, 8.0, |round| {
        terminal.send(keys[round % keys.len()]);
        std::thread::sleep(Duration::from_millis(30));
        terminal.send("\x1b");
        // Esc is a key of its own only after a moment.
        std::thread::sleep(Duration::from_millis(70));
    });
}

fn themes(times: usize) {
    let folder = with_runs();
    let terminal = Terminal::dashboard(folder.path(), 100, 30);
    terminal.wait_for("digits-2");
    assert_flat(&terminal, "themes", times / 4, times, 4.0, |_| {
        terminal.send("T");
        std::thread::sleep(Duration::from_millis(25));
    });
}

fn runs(times: usize) {
    let folder = with_experiment(SHORT);
    let terminal = Terminal::dashboard(folder.path(), 100, 30);
    terminal.wait_for("Enter starts it");
    // Half a mebibyte for each is what its summary, its place in the list and its thread may leave.
    assert_flat(&terminal, "runs", times / 4, times, 2.0 + times as f64 * 0.1, |round| {
        terminal.send("1\r");
        terminal.wait_for(&format!("digits-{}", round + 1));
        terminal.wait_until("its end", |screen| {
            screen
                .lines()
                .next()
                .is_some_and(|line| line.contains(&format!("digits-{} ", round + 1)) && line.contains("finished"))
        });
    });
}

#[test]
fn overlays_leave_nothing() {
    overlays(40);
}

#[test]
#[ignore = "takes two minutes; the one before is its short form"]
fn a_thousand_overlays_leave_nothing() {
    overlays(1000);
}

#[test]
fn themes_leave_nothing() {
    themes(60);
}

#[test]
#[ignore = "takes half a minute; the one before is its short form"]
fn five_hundred_themes_leave_nothing() {
    themes(500);
}

#[test]
fn runs_that_end_leave_little() {
    runs(4);
}

#[test]
#[ignore = "takes minutes; the one before is its short form"]
fn two_hundred_runs_leave_little() {
    runs(200);
}

/// A run of so many steps with the dashboard open: what it uses at a quarter of the way and at the end.
fn trained(steps: u64) {
    let live = Live::of(&format!("{ENDLESS}batch_size = 2\n"));
    let terminal = Terminal::dashboard(live.path(), 120, 40);
    terminal.wait_for("running");
    let step = || -> u64 {
        let shown: serde_json::Value =
            serde_json::from_str(&rungs(live.path(), &["show", "digits-1", "--json"])).unwrap();
        shown["step"].as_u64().unwrap()
    };
    let until = |wanted: u64| {
        let begin = Instant::now();
        while step() < wanted {
            assert!(begin.elapsed() < Duration::from_mins(15), "it does not come to step {wanted}");
            std::thread::sleep(Duration::from_secs(1));
        }
        // The processor's time of two seconds there.
        let before = Use::of(terminal.pid());
        std::thread::sleep(Duration::from_secs(4));
        let after = Use::of(terminal.pid());
        let share = (after.seconds - before.seconds) / 4.0;
        eprintln!("step {wanted}: {after:?}, {:.1} % of a core", 100.0 * share);
        (after, share)
    };
    let (first, early) = until(steps / 4);
    let (last, late) = until(steps);
    let points = 0.75 * steps as f64;
    let per_point = (last.mib - first.mib) * f64::from(1 << 20) / points;
    eprintln!("{per_point:.0} bytes for each of {points} steps");
    assert!(last.files <= first.files + 2 && last.threads <= first.threads + 2, "{first:?}, {last:?}");
    assert!(late < early + 0.15, "{early}, then {late} of a core");
}

#[test]
#[ignore = "takes minutes"]
fn a_hundred_thousand_steps_are_followed_evenly() {
    trained(100_000);
}

/// So many points are written as if they came from a worker, while the dashboard follows.
fn replayed(points: u64) {
    let folder = with_experiment(SHORT);
    let root = rungs::store::Root::new(folder.path());
    let experiment = rungs::domain::experiment::Experiment { name: "replay".into(), ..Default::default() };
    let now = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    let run = root.create(&experiment, now()).unwrap();
    let mut writer = rungs::store::RunWriter::open(&run, now()).unwrap();
    writer.begin(0, now()).unwrap();
    let terminal = Terminal::dashboard(folder.path(), 120, 40);
    terminal.wait_for("replay-1");
    let mut uses = Vec::new();
    let begin = Instant::now();
    for part in 1..=8u64 {
        for step in (part - 1) * points / 8..part * points / 8 {
            let loss = 2.0 / (1.0 + step as f32 / 1000.0) + (step as f32 * 0.7).sin() * 0.05;
            writer.scalars(step + 1, now(), &[("train/loss", loss)]).unwrap();
            if step % 10_000 == 0 {
                writer.flush().unwrap();
            }
        }
        writer.flush().unwrap();
        // It has caught up when it rests.
        let mut last = Use::of(terminal.pid());
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let next = Use::of(terminal.pid());
            if next.seconds - last.seconds < 0.15 {
                break;
            }
            assert!(begin.elapsed() < Duration::from_mins(30), "it does not catch up: {next:?}");
            last = next;
        }
        let at = Use::of(terminal.pid());
        eprintln!("{} points: {at:?}", part * points / 8);
        uses.push(at);
    }
    let (first, last) = (uses[1], uses[7]);
    let grown = points as f64 * 6.0 / 8.0;
    let per_point = (last.mib - first.mib) * f64::from(1 << 20) / grown;
    let per_million = |from: Use, to: Use| (to.seconds - from.seconds) / (points as f64 / 4e6);
    eprintln!(
        "{per_point:.0} bytes a point; {:.2} s of the processor for a million points at first, {:.2} s at last",
        per_million(uses[1], uses[3]),
        per_million(uses[5], uses[7])
    );
    assert!(last.files <= first.files + 2 && last.threads <= first.threads + 2, "{first:?}, {last:?}");
    if points >= 1_000_000 {
        assert!(per_point < 120.0, "{per_point} bytes a point");
    }
}

#[test]
fn points_are_followed_evenly() {
    replayed(80_000);
}

#[test]
#[ignore = "takes minutes, 600 MB of disk and a gigabyte of memory"]
fn ten_million_points_are_followed_evenly() {
    replayed(10_000_000);
}
