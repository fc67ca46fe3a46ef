//! Input as no person makes it: floods, sequences that are cut, bytes that are no text, pastes without end.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::terminal::Terminal;
use crate::workplace::{Ended, with_runs};

/// Every file under a directory, with its bytes.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.to_string_lossy().into_owned(), std::fs::read(&path).unwrap());
        }
    }
    found
}

/// Opens the dashboard, lets it be flooded, and sees that it lives and hears.
fn survives(directory: &Path, flood: impl FnOnce(&mut Terminal)) {
    let mut terminal = Terminal::dashboard(directory, 120, 40);
    terminal.wait_for("digits-2");
    flood(&mut terminal);
    assert!(!terminal.has_ended(), "{}", terminal.screen());
    // Whatever is open, these close it; and then the help opens.
    // A megabyte is some three hundred thousand keys.
    let over = terminal.comes_to(Duration::from_mins(10), |screen| {
        terminal.send("\x1b");
        std::thread::sleep(Duration::from_millis(100));
        terminal.send("\x1b");
        std::thread::sleep(Duration::from_millis(100));
        terminal.send("?");
        std::thread::sleep(Duration::from_millis(100));
        screen.contains("Every key") || terminal.screen().contains("Every key")
    });
    assert!(over, "the flood does not end:\n{}", terminal.screen());
    terminal.send("\x03");
    terminal.wait_for_end();
    assert!(!terminal.raw().contains("panicked"), "{}", terminal.raw());
}

/// Keys and mouse events at random: those that confirm and those that leave only when `all`.
fn noise(chance: &mut ChaCha8Rng, bytes: usize, all: bool) -> Vec<u8> {
    // Enter, what starts or queues or takes up at once, what is written at once, and what answers yes.
    let asks: &[u8] = b"yQpUw\r\n";
    let leaves: &[u8] = b"q\x03\x1a\x11\x13";
    let mut noise = Vec::with_capacity(bytes + 16);
    while noise.len() < bytes {
        match chance.gen_range(0..12) {
            0 => {
                let keys: [&[u8]; 14] = [
                    b"\x1b[A",
                    b"\x1b[B",
                    b"\x1b[C",
                    b"\x1b[D",
                    b"\x1b[5~",
                    b"\x1b[6~",
                    b"\x1b[H",
                    b"\x1b[F",
                    b"\x1bOP",
                    b"\x1b[Z",
                    b"\x1b[3~",
                    b"\x1b[1;5A",
                    b"jO",
                    b"kX",
                ];
                noise.extend(*keys.choose(chance).unwrap());
            }
            1 => {
                // A click starts what is selected, so without confirmations there is only the wheel and what is let go.
                let button =
                    if all { *[0, 1, 2, 32, 64, 65].choose(chance).unwrap() } else { 64 + chance.gen_range(0..2) };
                let (column, row) = (chance.gen_range(0..300), chance.gen_range(0..100));
                let end = if all && chance.gen_bool(0.3) { 'm' } else { 'M' };
                noise.extend(format!("\x1b[<{button};{column};{row}{end}").bytes());
            }
            2 => noise.push(0x1b),
            _ => {
                let byte = chance.gen_range(1..127u8);
                let barred = leaves.contains(&byte) || (!all && asks.contains(&byte));
                // Alone these begin a sequence that takes what is behind it with it, which is tested below.
                if !barred && !b"\x1b[O]PX^_".contains(&byte) {
                    noise.push(byte);
                }
            }
        }
    }
    noise
}

fn flooded(seed: u64, bytes: usize) {
    let folder = with_runs();
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let before = files(&folder.path().join("runs"));
    let experiments = files(&folder.path().join("experiments"));
    survives(folder.path(), |terminal| {
        for piece in noise(&mut chance, bytes, false).chunks(5000) {
            terminal.send_bytes(piece.to_vec());
        }
    });
    // Nothing was asked for that starts, deletes or rewrites. What people say of runs (pins, archives) may have changed.
    let said = |files: BTreeMap<String, Vec<u8>>| -> BTreeMap<String, Vec<u8>> {
        files.into_iter().filter(|(path, _)| !path.contains("/runs/.")).collect()
    };
    assert!(said(files(&folder.path().join("runs"))) == said(before), "runs have changed");
    assert!(files(&folder.path().join("experiments")) == experiments, "experiments have changed");
}

#[test]
fn a_flood_of_keys_does_nothing_that_was_not_asked_for() {
    flooded(1, 30_000);
}

#[test]
#[ignore = "takes minutes; the one before is its short form"]
fn a_megabyte_of_keys_does_nothing_that_was_not_asked_for() {
    flooded(2, 1 << 20);
}

/// With what confirms and starts among it there is no telling what happens, but the dashboard bears it. A megabyte would start
/// hundreds of runs.
#[test]
#[ignore = "takes minutes, and starts whatever the keys ask for"]
fn a_flood_of_anything_is_borne() {
    let folder = with_runs();
    let _ended = Ended(folder.path());
    let mut chance = ChaCha8Rng::seed_from_u64(3);
    survives(folder.path(), |terminal| {
        for piece in noise(&mut chance, 1 << 16, true).chunks(5000) {
            terminal.send_bytes(piece.to_vec());
        }
    });
}

/// The dashboard waited in the middle of a sequence for its end, and heard and showed nothing meanwhile.
#[test]
fn what_is_cut_off_stops_nothing() {
    let folder = with_runs();
    for cut in
        [&b"\x1b["[..], b"\x1b[<0;3", b"\x1bO", b"\xe5", b"\x1b]0;title", b"\x1bP", b"\xff\xfe\xc0\x80", b"\x1b[999999"]
    {
        let mut terminal = Terminal::dashboard(folder.path(), 100, 30);
        terminal.wait_for("digits-2");
        // A key before it, so that both are read at once.
        terminal.send_bytes([b"?", cut].concat());
        terminal.wait_for("Every key");
        // What comes from elsewhere is shown though nothing more is typed.
        let changed = folder.path().join("experiments/other.toml");
        std::fs::write(&changed, "notes = \"\"\n").unwrap();
        terminal.resize(140, 40);
        terminal.wait_until("the new size", |screen| screen.lines().count() == 40);
        std::thread::sleep(Duration::from_millis(2100));
        terminal.send("\x1b");
        terminal.wait_until("the help to be gone", |screen| !screen.contains("Every key"));
        terminal.send("q");
        terminal.wait_for_end();
    }
}

/// A megabyte as a paste, with and without its end, where it may go.
#[test]
fn a_paste_of_a_megabyte_is_one_text() {
    let folder = with_runs();
    let before = files(&folder.path().join("runs"));
    // Text that would delete, start and leave if it were keys.
    let text = "Xy\rQq\x1b[3~\ny\u{1F600}ä".repeat((1 << 20) / 16);
    for (place, keys) in
        [("list", "2"), ("filter", "2/"), ("form", "te"), ("note", "N"), ("palette", ":"), ("help", "?")]
    {
        for end in ["\x1b[201~", ""] {
            let mut terminal = Terminal::dashboard(folder.path(), 120, 40);
            terminal.wait_for("digits-2");
            terminal.send(keys);
            std::thread::sleep(Duration::from_millis(300));
            terminal.send(&format!("\x1b[200~{text}{end}"));
            if place == "filter" || place == "note" {
                terminal.wait_until("the text", |screen| screen.contains("XyQq"));
            }
            std::thread::sleep(Duration::from_millis(if end.is_empty() { 2500 } else { 200 }));
            assert!(!terminal.has_ended(), "{place}");
            // The next key is heard, though the end never came.
            terminal.send("\x03");
            terminal.wait_for_end();
            assert!(!terminal.raw().contains("panicked"));
        }
    }
    assert!(files(&folder.path().join("runs")) == before, "what was pasted was taken for keys");
}
