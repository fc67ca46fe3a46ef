//! The dashboard in a real pseudo-terminal: what a person sees and what the terminal is left like.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it found by panicking")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "figures and what could not be tested are told to who asks for them"
)]

mod hang;
mod input;
mod kinds;
mod line;
mod long;
mod restore;
mod sizes;
mod terminal;
mod workplace;

use terminal::Terminal;

#[test]
fn an_empty_directory_offers_experiments_and_one_key_starts_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let terminal = Terminal::dashboard(folder.path(), 120, 40);
    terminal.wait_for("Enter starts it");
    terminal.send("\r");
    terminal.wait_for("digits-1");
    terminal.wait_for("Error ladder");
    terminal.wait_for("finished");
}

/// Keys were drained with a waker that woke nobody: a dashboard in which nothing else happened heard the first key only.
#[test]
fn a_dashboard_at_rest_hears_every_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::dashboard(folder.path(), 100, 30);
    terminal.wait_for("Enter starts it");
    for _ in 0..3 {
        terminal.send("?");
        terminal.wait_for("Every key");
        terminal.send("\x1b");
        terminal.wait_until("the help to be gone", |screen| !screen.contains("Every key"));
    }
    terminal.send("q");
    terminal.wait_for_end();
}

#[test]
fn a_run_goes_on_when_the_dashboard_is_closed_and_is_there_when_it_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("experiments")).unwrap();
    let long = "[data]\nexamples = 300\n[model]\nkind = \"mlp\"\nhidden = [16]\n[train]\nepochs = 1000000\n";
    std::fs::write(folder.path().join("experiments/digits.toml"), long).unwrap();
    let mut terminal = Terminal::dashboard(folder.path(), 120, 40);
    terminal.wait_for("Enter starts it");
    terminal.send("\r");
    terminal.wait_for("running");
    terminal.send("q");
    terminal.wait_for_end();
    assert!(terminal.raw().contains("goes on in the background"), "{}", terminal.raw());

    let again = Terminal::dashboard(folder.path(), 80, 24);
    again.wait_for("digits-1");
    again.wait_for("running");
    let stopped = std::process::Command::new(assert_cmd::cargo::cargo_bin!("rungs"))
        .args(["--dir", folder.path().to_str().unwrap(), "stop", "digits-1"])
        .output()
        .unwrap();
    assert!(stopped.status.success(), "{stopped:?}");
    again.wait_for("stopped");
}

/// Two runs wait, and whoever was to start them was killed: an opened dashboard sees to it that they are.
#[test]
fn a_dashboard_has_the_queue_drained_and_puts_runs_into_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("experiments")).unwrap();
    let short = "[task]\nbaselines = \"none\"\n[data]\nexamples = 300\n[model]\nkind = \"mlp\"\nhidden = [16]\n[train]\nepochs = 2\n";
    std::fs::write(folder.path().join("experiments/digits.toml"), short).unwrap();
    let rungs = |arguments: &[&str]| {
        let output = std::process::Command::new(assert_cmd::cargo::cargo_bin!("rungs"))
            .args(["--dir", folder.path().to_str().unwrap()])
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    rungs(&["queue", "--hold"]);
    let terminal = Terminal::dashboard(folder.path(), 120, 40);
    terminal.wait_for("Enter starts it");
    terminal.send("Q");
    terminal.wait_for("digits-1 is next in the queue");
    // With a run there, the newest is selected until one chooses: back to the experiment.
    terminal.send("1Q");
    terminal.wait_for("queued 2");
    terminal.wait_for("queue held");
    // The file says so without anybody who starts what waits; only the dashboard is there to do it.
    let mut file = std::fs::OpenOptions::new().append(true).open(folder.path().join("runs/.queue.jsonl")).unwrap();
    std::io::Write::write_all(&mut file, b"{\"time\":1.0,\"change\":\"go-on\"}\n").unwrap();
    terminal.wait_until("both to be done", |screen| {
        screen.matches("│ ✓ digits-").count() + screen.matches("┃ ✓ digits-").count() == 2
    });
}
