//! Terminals of every size, and of sizes that change while something is going on.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::terminal::Terminal;
use crate::workplace::Live;

/// Keys that open every pane at its full size, and whatever lies over the screen; Esc leaves each.
const SCREENS: [&str; 20] =
    ["", "3\r", "4\r", "5\r", "6\r", "7\r", "8\r", "?", ":", "D", "t", "O", "V", "E", "J", "2w", "2o", "N", "2/", "X"];

fn any_size(chance: &mut ChaCha8Rng) -> (u16, u16) {
    match chance.gen_range(0..4) {
        0 => (chance.gen_range(1..20), chance.gen_range(1..8)),
        1 => (chance.gen_range(1..=500), chance.gen_range(1..=300)),
        _ => (chance.gen_range(40..200), chance.gen_range(10..80)),
    }
}

fn resized(seed: u64, times: u32) {
    let live = Live::start();
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut terminal = Terminal::dashboard(live.path(), 100, 30);
    terminal.wait_for("running");
    for keys in SCREENS {
        terminal.send(keys);
        for _ in 0..times {
            let (columns, rows) = any_size(&mut chance);
            terminal.resize(columns, rows);
            std::thread::sleep(std::time::Duration::from_millis(chance.gen_range(0..30)));
            assert!(!terminal.has_ended(), "at {columns}x{rows} after {keys:?}:\n{}", terminal.screen());
        }
        terminal.send("\x1b\x1b");
    }
    // At last all is as if nothing had been.
    terminal.resize(120, 40);
    terminal.wait_until("the whole screen", |screen| {
        screen.contains("running") && screen.contains("Experiments") && screen.lines().count() == 40
    });
    terminal.send("q");
    terminal.wait_for_end();
    assert!(!terminal.raw().contains("panicked"));
}

#[test]
fn every_screen_bears_any_size_while_data_come() {
    resized(1, 4);
}

#[test]
#[ignore = "takes a minute; the one before is its short form"]
fn every_screen_bears_any_size_for_long() {
    for seed in 2..5 {
        resized(seed, 60);
    }
}

/// What stands on the screen when the size has changed is what a terminal of that size would have shown from the start.
#[test]
fn a_changed_size_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let fresh = |columns, rows| {
        let terminal = Terminal::dashboard(folder.path(), columns, rows);
        terminal.wait_for("Enter");
        terminal
    };
    let terminal = fresh(100, 30);
    for (columns, rows) in [(60, 20), (140, 45), (80, 24)] {
        terminal.resize(columns, rows);
        let wanted = fresh(columns, rows);
        terminal.wait_until("what a fresh one shows", |screen| screen == wanted.screen());
    }
}
