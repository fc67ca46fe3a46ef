//! What the terminal is left like, however the dashboard ends, and in between.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use rustix::process::{Signal, kill_process};

use crate::terminal::{Line, Terminal, dashboard};
use crate::workplace::{Live, rungs};

/// Turns the alternate screen off, the cursor on, and neither mouse nor pastes are told of.
const RESTORED: [&str; 6] = ["\x1b[?1049l", "\x1b[?25h", "\x1b[?1000l", "\x1b[?1002l", "\x1b[?1006l", "\x1b[?2004l"];

fn assert_restored(terminal: &Terminal, modes: &str, after: &str) {
    for sequence in RESTORED {
        assert!(terminal.raw().contains(sequence), "{sequence:?} was not sent after {after}");
    }
    terminal.with_screen(|screen| {
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste(), "after {after}");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "after {after}");
    });
    assert_eq!(terminal.modes(), modes, "after {after}");
}

/// The modes of a terminal on which nothing has run yet.
fn untouched() -> String {
    Terminal::of(CommandBuilder::new("true"), 80, 24).modes()
}

#[test]
fn after_q_and_after_signals() {
    let modes = untouched();
    for signal in [None, Some(Signal::TERM), Some(Signal::HUP), Some(Signal::INT), Some(Signal::QUIT)] {
        let folder = tempfile::tempdir().unwrap();
        let mut terminal = Terminal::dashboard(folder.path(), 80, 24);
        terminal.wait_for("Enter");
        match signal {
            None => terminal.send("q"),
            Some(signal) => kill_process(terminal.pid(), signal).unwrap(),
        }
        terminal.wait_for_end();
        assert_restored(&terminal, &modes, &format!("{signal:?}"));
    }
}

#[test]
fn a_broken_pipe_is_none_of_its_business() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::dashboard(folder.path(), 80, 24);
    terminal.wait_for("Enter");
    kill_process(terminal.pid(), Signal::PIPE).unwrap();
    terminal.send("?");
    terminal.wait_for("Every key");
    terminal.send("\x03");
    terminal.wait_for_end();
    assert_restored(&terminal, &untouched(), "SIGPIPE and Ctrl-C");
}

/// The directory of the dashboard in which a thread is to panic, for the process that has it.
const PANICS_IN: &str = "RUNGS_TEST_PANICS_IN";

/// Not a test of its own: the process of the next one.
#[test]
fn a_dashboard_in_which_threads_panic() {
    let Some(directory) = std::env::var_os(PANICS_IN).map(PathBuf::from) else { return };
    for name in ["one", "another"] {
        let told = directory.join("panic");
        std::thread::spawn(move || {
            while !told.exists() {
                std::thread::sleep(Duration::from_millis(10));
            }
            panic!("{name} thread broke");
        });
    }
    rungs::tui::run(&rungs::store::Root::new(&directory)).unwrap();
}

#[test]
fn after_a_panic_in_any_thread_and_in_two_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--exact", "restore::a_dashboard_in_which_threads_panic", "--nocapture"]);
    command.env(PANICS_IN, folder.path());
    let mut terminal = Terminal::of(command, 80, 24);
    terminal.wait_for("Enter");
    std::fs::write(folder.path().join("panic"), "").unwrap();
    terminal.wait_for_end();
    let raw = terminal.raw();
    let restored = RESTORED.map(|sequence| raw.find(sequence).unwrap_or_else(|| panic!("{sequence:?} was not sent")));
    let told = raw.find("thread broke").unwrap();
    assert!(restored.iter().all(|at| *at < told), "the panic is told on the terminal as it was");
    assert_eq!(terminal.modes(), untouched());
}

/// Who looks at a terminal that has been stopped (Ctrl-S, a connection that hangs) can still end the program from elsewhere.
#[test]
fn it_ends_though_the_terminal_takes_nothing() {
    let live = Live::start();
    let mut terminal = Terminal::dashboard(live.path(), 200, 60);
    terminal.wait_for("running");
    terminal.freeze(true);
    // More than fits into any buffer between.
    for round in 0..60 {
        terminal.resize(200 + round % 2, 60);
        std::thread::sleep(Duration::from_millis(20));
    }
    kill_process(terminal.pid(), Signal::TERM).unwrap();
    let begin = Instant::now();
    while !terminal.has_ended() {
        assert!(begin.elapsed() < Duration::from_secs(10), "it waits for the terminal");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(terminal.modes(), untouched());
}

#[test]
fn an_error_is_told_on_a_terminal_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let mut terminal = Terminal::of(dashboard(&file), 80, 24);
    terminal.wait_for_end();
    assert!(terminal.screen().contains("is no directory"), "{}", terminal.screen());
    assert_eq!(terminal.modes(), untouched());
}

/// A shell as people have it.
fn shell(line: Line) -> Terminal {
    let mut command = CommandBuilder::new("bash");
    command.args(["--norc", "--noprofile", "-i"]);
    command.env("PS1", "shell> ");
    command.env("INPUTRC", "/dev/null");
    Terminal::over(line, command, 100, 30)
}

fn command_line(directory: &Path) -> String {
    format!("{} --dir {}\r", assert_cmd::cargo::cargo_bin!("rungs").display(), directory.display())
}

/// The shell does what it is told: it hears keys as they are, and nothing else was typed.
fn assert_shell_works(terminal: &Terminal, sum: u32) {
    terminal.wait_until("the shell", |screen| screen.trim_end().ends_with("shell>"));
    assert!(!terminal.with_screen(vt100::Screen::alternate_screen));
    terminal.send(&format!("echo it is $((1000+{sum}))\r"));
    terminal.wait_for(&format!("it is {}", 1000 + sum));
    let screen = terminal.screen();
    assert!(!screen.contains("[0n") && !screen.contains("not found"), "an answer was left for the shell:\n{screen}");
}

#[test]
fn held_and_taken_up_by_a_shell() {
    if std::process::Command::new("bash").arg("--version").output().is_err() {
        eprintln!("there is no bash: not tested");
        return;
    }
    let slow = Line { latency: Duration::from_millis(40), ..Line::default() };
    for line in [Line::default(), slow, Line { answers: false, ..Line::default() }] {
        let live = Live::start();
        let terminal = shell(line);
        terminal.wait_for("shell>");
        let modes = terminal.modes();
        terminal.send(&command_line(live.path()));
        terminal.wait_for("running");
        for round in 0..2 {
            // By a key, and by a signal from elsewhere.
            if round == 0 {
                terminal.send("\x1a");
            } else {
                let found = std::process::Command::new("pgrep")
                    .args(["-f", &format!("rungs --dir {}$", live.path().display())])
                    .output()
                    .unwrap();
                let pid: i32 = String::from_utf8(found.stdout).unwrap().trim().parse().unwrap();
                kill_process(rustix::process::Pid::from_raw(pid).unwrap(), Signal::TSTP).unwrap();
            }
            terminal.wait_for("Stopped");
            assert_shell_works(&terminal, round);
            terminal.send("fg\r");
            // All of it is drawn anew, the frame included.
            terminal.wait_until("the dashboard again", |screen| {
                screen.contains("Experiments") && screen.contains("running") && !screen.contains("shell>")
            });
            assert!(terminal.with_screen(vt100::Screen::alternate_screen));
            terminal.send("?");
            terminal.wait_for("Every key");
            terminal.send("\x1b");
            terminal.wait_until("the help to be gone", |screen| !screen.contains("Every key"));
        }
        terminal.send("q");
        terminal.wait_for("on in the background");
        assert_shell_works(&terminal, 7);
        // The shell has its own modes while a line is typed.
        terminal.wait_until("the shell's modes", |_| terminal.modes() == modes);
    }
}

/// Nobody could let it go on: `ssh -t host rungs`.
#[test]
fn without_a_shell_it_is_not_held() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::dashboard(folder.path(), 100, 24);
    terminal.wait_for("Enter");
    terminal.send("\x1a");
    terminal.wait_for("no shell to go back to");
    terminal.send("q");
    terminal.wait_for_end();
}

/// The connection breaks: what has the other end of the terminal is gone from one moment to the next.
#[test]
fn it_ends_when_the_terminal_is_gone_and_runs_go_on() {
    if std::process::Command::new("script").arg("--version").output().is_err() {
        eprintln!("there is no `script`: not tested");
        return;
    }
    let live = Live::start();
    let pid_file = live.path().join("pid");
    let program = format!(
        "echo $$ > {}; exec {} --dir {}",
        pid_file.display(),
        assert_cmd::cargo::cargo_bin!("rungs").display(),
        live.path().display()
    );
    let mut command = CommandBuilder::new("script");
    command.args(["-qfc", &program, "/dev/null"]);
    let mut terminal = Terminal::of(command, 100, 30);
    terminal.wait_for("running");
    let pid: i32 = std::fs::read_to_string(pid_file).unwrap().trim().parse().unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    kill_process(terminal.pid(), Signal::KILL).unwrap();
    terminal.wait_for_end();
    let begin = Instant::now();
    while rustix::process::test_kill_process(pid).is_ok() && !is_zombie(pid) {
        assert!(begin.elapsed() < Duration::from_secs(10), "it goes on without a terminal");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(rungs(live.path(), &["show", "digits-1", "--json"]).contains("\"running\""));
}

/// Whether a process has ended and nobody has asked how.
fn is_zombie(pid: rustix::process::Pid) -> bool {
    std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()))
        .is_ok_and(|stat| stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')))
}
