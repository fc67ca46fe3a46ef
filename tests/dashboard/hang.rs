//! A disk that does not answer: whoever reads or writes on it waits for ever. A real one, made of the kernel's own means: a
//! file system in user space (FUSE) in which nobody answers. Where the system does not let a test mount it (it takes a
//! superuser) there is nothing to see, and the tests say so.

use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::io::{FdFlags, fcntl_setfd};

use crate::terminal::Terminal;

/// A directory that hangs, as long as it is held.
struct Hanging {
    at: PathBuf,
    /// Where the kernel asks; once it is closed, whoever waits is told that nobody answers.
    _asked: File,
}

impl Hanging {
    fn over(at: &Path) -> Option<Self> {
        let asked = OpenOptions::new().read(true).write(true).open("/dev/fuse").ok();
        let mounted = asked.filter(|asked| {
            // The kernel is told of the file by its number, through another process.
            let how = format!("fd={},rootmode=40000,user_id=0,group_id=0", asked.as_raw_fd());
            let given = fcntl_setfd(asked, FdFlags::empty()).is_ok();
            let mount = Command::new("mount").args(["-i", "-t", "fuse", "-o", &how, "nobody"]).arg(at).output();
            let _ = fcntl_setfd(asked, FdFlags::CLOEXEC);
            given && mount.is_ok_and(|done| done.status.success())
        });
        if mounted.is_none() {
            println!("skipped: nothing can be mounted here");
        }
        mounted.map(|asked| Self { at: at.to_owned(), _asked: asked })
    }
}

impl Drop for Hanging {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}

fn rungs(directory: &Path, arguments: &[&str]) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("rungs"));
    let output = command.arg("--dir").arg(directory).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// Everything that only moves on the screen, and notes that cannot be written.
fn is_usable(terminal: &mut Terminal) {
    for _ in 0..2 {
        terminal.send("?");
        terminal.wait_for("Every key");
        terminal.send("\x1b");
        terminal.wait_until("the help to be gone", |screen| !screen.contains("Every key"));
    }
    terminal.resize(90, 30);
    terminal.send(":");
    terminal.wait_for("┏ Commands");
    terminal.send("\x1b");
    terminal.wait_until("the commands to be gone", |screen| !screen.contains("┏ Commands"));
}

/// Presses a key and sees it answered, if it is one that is.
fn press(terminal: &mut Terminal, key: &str) {
    let before = terminal.screen();
    terminal.send(key);
    terminal.comes_to(Duration::from_secs(1), |screen| screen != before);
}

#[test]
fn a_dashboard_whose_disk_stops_to_answer_answers_keys_and_can_be_left() {
    let folder = tempfile::tempdir().unwrap();
    let long = ["train", "digits", "--detach", "--set", "data.examples=300", "--set", "train.epochs=2"];
    rungs(folder.path(), &long);
    let mut terminal = Terminal::dashboard(folder.path(), 120, 40);
    terminal.wait_for("finished");
    terminal.wait_for("Error ladder");
    let Some(hanging) = Hanging::over(&folder.path().join("runs")) else { return };
    is_usable(&mut terminal);
    // Each of these touches files.
    for key in ["P", "#", "slow\r", "D", "\x1b", "E", "\x1b", "O", "\x1b", "F", "\x1b", "W", "U"] {
        press(&mut terminal, key);
    }
    is_usable(&mut terminal);
    terminal.send("q");
    terminal.wait_for_end();
    assert!(terminal.raw().contains("The disk does not answer"), "{}", terminal.raw());
    drop(hanging);
}

/// The dashboard comes up where a directory does not answer, and shows what is there once it does.
fn comes_up(directory: &str) {
    let folder = tempfile::tempdir().unwrap();
    rungs(folder.path(), &["queue", "--at-a-time", "2"]);
    let Some(hanging) = Hanging::over(&folder.path().join(directory)) else { return };
    let mut terminal = Terminal::dashboard(folder.path(), 120, 40);
    terminal.wait_for("Runs");
    is_usable(&mut terminal);
    drop(hanging);
    terminal.wait_for("Enter starts it");
    terminal.send("q");
    terminal.wait_for_end();
    assert!(!terminal.raw().contains("does not answer"), "{}", terminal.raw());
}

#[test]
fn a_dashboard_on_a_disk_that_never_answered_answers_keys_and_shows_what_is_there_once_it_does() {
    comes_up("runs");
}

/// The directory itself is looked at before anything is shown.
#[test]
fn a_directory_that_does_not_answer_is_shown_once_it_does() {
    comes_up("");
}
