//! The dashboard at the end of a bad line: few bytes, no queue of stale frames, keys heard at once.

use std::time::{Duration, Instant};

use crate::terminal::{Line, Terminal, dashboard};
use crate::workplace::{Live, SHORT, with_experiment, with_runs};

/// A satellite, or a telephone: 300 ms either way and 4 KiB a second.
const BAD: Line = Line { latency: Duration::from_millis(300), bytes_per_second: Some(4096), answers: true };

/// What is under way at most: a frame of the whole screen. Of frames that wait behind it there are none.
const ONE_FRAME: usize = 16 << 10;

#[test]
fn a_bad_line_never_has_a_queue_of_stale_frames() {
    let live = Live::start();
    let begin = Instant::now();
    let mut terminal = Terminal::over(BAD, dashboard(live.path()), 120, 40);
    terminal.wait_for("running");
    eprintln!("first screen after {:.1} s, {} bytes", begin.elapsed().as_secs_f64(), terminal.bytes());
    // Somebody leans on keys that change much of the screen: more than the line takes, by far.
    let mut most = 0;
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(5) {
        for key in ["m", "\t", "3", "\r", "\x1b", "?", "j", "\x1b"] {
            terminal.send(key);
            std::thread::sleep(Duration::from_millis(15));
            most = most.max(terminal.under_way());
        }
    }
    assert!(most <= ONE_FRAME, "{most} bytes are under way");
    // What is pressed now is seen after what is under way, its own way there and back, and its own bytes.
    let pressed = Instant::now();
    terminal.send("\x1b\x1b1:");
    terminal.wait_for("Commands");
    eprintln!("a key is seen after {:.1} s; at most {most} bytes were under way", pressed.elapsed().as_secs_f64());
    let pressed = Instant::now();
    terminal.send("\x03");
    terminal.wait_for("on in the background");
    eprintln!("left after {:.1} s", pressed.elapsed().as_secs_f64());
    terminal.wait_for_end();
}

/// Nothing when nothing happens, and about a kilobyte a second when something does: most at the beginning of a run, when
/// the axes still move. `cargo bench --bench line` tells the average.
#[test]
fn few_bytes_are_sent_and_none_at_rest() {
    let folder = with_runs();
    let terminal = Terminal::dashboard(folder.path(), 120, 40);
    terminal.wait_for("digits-2");
    let mut settled = (terminal.bytes(), Instant::now());
    let begin = Instant::now();
    while settled.1.elapsed() < Duration::from_secs(3) {
        assert!(begin.elapsed() < Duration::from_secs(30), "it never comes to rest");
        if terminal.bytes() != settled.0 {
            settled = (terminal.bytes(), Instant::now());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let live = Live::start();
    let terminal = Terminal::dashboard(live.path(), 120, 40);
    terminal.wait_for("running");
    std::thread::sleep(Duration::from_secs(2));
    let (before, begin) = (terminal.bytes(), Instant::now());
    std::thread::sleep(Duration::from_secs(6));
    let rate = (terminal.bytes() - before) as f64 / begin.elapsed().as_secs_f64();
    eprintln!("live: {rate:.0} bytes a second");
    assert!(rate <= 1536.0, "{rate} bytes a second");
}

/// Whether or not a terminal answers what it is asked, all is shown and keys are heard.
#[test]
fn a_terminal_that_never_answers_is_served_too() {
    let folder = with_experiment(SHORT);
    let line = Line { answers: false, ..Line::default() };
    let mut terminal = Terminal::over(line, dashboard(folder.path()), 120, 40);
    terminal.wait_for("Enter starts it");
    terminal.send("\r");
    terminal.wait_for("finished");
    for _ in 0..5 {
        terminal.send("?");
        terminal.wait_for("Every key");
        terminal.send("\x1b");
        terminal.wait_until("the help to be gone", |screen| !screen.contains("Every key"));
    }
    terminal.send("q");
    terminal.wait_for_end();
}

/// Nobody looks for a while (Ctrl-S, a laptop that sleeps): then the newest is shown, and nothing of what was between.
#[test]
fn after_a_standstill_the_newest_is_shown() {
    let live = Live::start();
    let terminal = Terminal::dashboard(live.path(), 120, 40);
    terminal.wait_for("running");
    terminal.freeze(true);
    let before = terminal.bytes();
    for _ in 0..40 {
        terminal.send("?");
        std::thread::sleep(Duration::from_millis(25));
        terminal.send("\x1b");
        std::thread::sleep(Duration::from_millis(75));
    }
    terminal.send(":");
    std::thread::sleep(Duration::from_millis(100));
    terminal.freeze(false);
    terminal.wait_for("Commands");
    let came = terminal.bytes() - before;
    assert!(came < 3 * ONE_FRAME, "{came} bytes were waiting");
}
