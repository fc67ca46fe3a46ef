//! A disk that gets full, one that cannot be written to, and one that is taken away. All are real ones, small and in
//! memory; where the system does not let a test mount them (it takes a superuser on Linux) there is nothing to see, and the
//! tests say so.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use rungs::store::RunDir;
use rustix::process::test_kill_process;

use crate::terminal::Terminal;
use crate::workspace::{RANDOM, SECONDS, Workspace};

/// A file system of its own, as long as it is held.
struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    /// One of so many MiB, if the system lets us.
    fn new(size: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = mount(&["-t", "tmpfs", "-o", &format!("size={size}m"), "tmpfs"], folder.path());
        if !mounted {
            println!("skipped: nothing can be mounted here");
        }
        mounted.then_some(Self { folder })
    }

    /// Takes all room but for so many bytes, until it is let go.
    fn fill(&self, but: usize) -> Ballast {
        let path = self.folder.path().join("ballast");
        let mut file = fs::File::create(&path).unwrap();
        let mut length = 0u64;
        for piece in [1 << 16, 1 << 12, 1] {
            while let Ok(written @ 1..) = file.write(&vec![7; piece]) {
                length += written as u64;
            }
        }
        file.set_len(length - but as u64).unwrap();
        Ballast(path)
    }

    fn remount(&self, how: &str) {
        let how = format!("remount,{how}");
        // Refused as long as a process that is about to end has a file open.
        for _ in 0..500 {
            if mount(&["-o", &how], self.folder.path()) {
                return;
            }
            sleep(Duration::from_millis(20));
        }
        panic!("{how} is refused");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).status();
    }
}

struct Ballast(std::path::PathBuf);

impl Drop for Ballast {
    fn drop(&mut self) {
        fs::remove_file(&self.0).unwrap();
    }
}

fn mount(how: &[&str], on: &Path) -> bool {
    Command::new("mount").args(how).arg(on).output().is_ok_and(|output| output.status.success())
}

#[test]
fn a_run_on_a_full_disk_holds_still_and_ends_as_the_undisturbed_one() {
    let Some(disk) = Disk::new(32) else { return };
    let workspace = Workspace::within(disk.folder.path());
    workspace.stdout(&[&["train", "digits"], RANDOM, SECONDS].concat());
    let id = workspace.detach("digits", &[RANDOM, SECONDS].concat());
    let run = workspace.run_dir(&id);
    workspace.wait_for("an epoch", || !workspace.events(&id, "epoch").is_empty());
    // Room for nothing; for a line, but no summary; for both, but no checkpoint.
    for (time, room) in [0, 600, 100 << 10].into_iter().enumerate() {
        let step = || workspace.json(&["show", &id, "--json"])["step"].as_u64().unwrap();
        let ballast = disk.fill(room);
        workspace.wait_for_status(&id, "paused");
        let held = step();
        let shown = workspace.stdout(&["show", &id]);
        assert!(shown.contains("No space left on device") && shown.contains("until there is room"), "{shown}");
        assert!(workspace.stdout(&["ls"]).contains("paused"));
        assert!(workspace.stdout(&["export", &id, "--format", "html"]).contains("</html>"));
        sleep(Duration::from_millis(1500));
        assert_eq!((step(), workspace.status(&id).as_str()), (held, "paused"), "it goes on without room");
        drop(ballast);
        workspace.wait_for("it to go on", || workspace.events(&id, "resumed").len() > time);
    }
    workspace.wait_for_status(&id, "finished");
    workspace.assert_ended_alike("digits-1", &id);
    let whole = fs::read_to_string(run.join("log.jsonl")).unwrap();
    assert_eq!(whole.lines().count(), workspace.log(&id).len(), "a line is torn");
    let left: Vec<_> = fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with('.')), "{left:?}");
}

#[test]
fn a_run_on_a_full_disk_can_be_stopped() {
    let Some(disk) = Disk::new(8) else { return };
    let workspace = Workspace::within(disk.folder.path());
    let id = workspace.detach("digits", crate::workspace::LONG);
    workspace.wait_for("an epoch", || !workspace.events(&id, "epoch").is_empty());
    let ballast = disk.fill(0);
    workspace.wait_for_status(&id, "paused");
    let worker = workspace.worker(&id);
    rustix::process::kill_process(worker, rustix::process::Signal::TERM).unwrap();
    workspace.wait_for("it to end", || !RunDir::open(&workspace.run_dir(&id)).unwrap().is_held());
    let shown = workspace.json(&["show", &id, "--json"]);
    assert_eq!(shown["status"], "failed", "{shown:#}");
    assert!(shown["error"].as_str().unwrap().contains("No space left"), "{shown:#}");
    drop(ballast);
    workspace.stdout(&["resume", &id]);
    workspace.wait_for_status(&id, "running");
    workspace.stdout(&["stop", &id]);
    workspace.wait_for_status(&id, "stopped");
}

#[test]
fn a_disk_that_is_only_read_shows_its_runs_and_says_why_it_trains_none() {
    let Some(disk) = Disk::new(8) else { return };
    let workspace = Workspace::within(disk.folder.path());
    let id = workspace.detach("digits", crate::workspace::LONG);
    workspace.wait_for("an epoch", || !workspace.events(&id, "epoch").is_empty());
    workspace.stdout(&["stop", &id]);
    workspace.wait_for("it to end", || !RunDir::open(&workspace.run_dir(&id)).unwrap().is_held());
    disk.remount("ro");
    assert!(workspace.stdout(&["ls"]).contains("stopped"));
    assert!(workspace.stdout(&["show", &id]).contains("Train error"));
    assert!(!workspace.stdout(&["diagnose", "latest"]).is_empty());
    let train = ["train", "digits", "--detach"];
    for arguments in [&["resume", &id][..], &train, &train[..2], &["apply", &id, "adam"], &["search", "digits"]] {
        let output = workspace.output(arguments);
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(matches!(output.status.code(), Some(1 | 2)), "{arguments:?}: {message}");
        if arguments[0] != "apply" && arguments[0] != "search" {
            assert!(message.contains("Read-only file system"), "{arguments:?}: {message}");
        }
        assert!(!message.contains("panicked"), "{message}");
    }
    disk.remount("rw");
    workspace.stdout(&["resume", &id]);
    workspace.wait_for_status(&id, "running");
}

/// A mounted directory that can be seen in two places is taken away in the one where everybody is. Nobody who is in it notices
/// by an error: what is written goes somewhere, and nobody else sees it.
#[test]
fn a_disk_that_is_taken_away_is_let_go_of_with_a_checkpoint_left_on_it() {
    let Some(disk) = Disk::new(32) else { return };
    let second = tempfile::tempdir().unwrap();
    assert!(mount(&["--bind", &disk.folder.path().to_string_lossy()], second.path()));
    let second = Disk { folder: second };
    let workspace = Workspace::within(disk.folder.path());
    let name = workspace.path().file_name().unwrap().to_owned();
    let id = workspace.detach("digits", crate::workspace::LONG);
    workspace.wait_for("an epoch", || !workspace.events(&id, "epoch").is_empty());
    let worker = workspace.worker(&id);
    let mut screen = Terminal::dashboard(workspace.path(), 120, 40);
    screen.wait_for("running");
    screen.wait_for("Error ladder");

    let unmounted = Command::new("umount").arg("-l").arg(disk.folder.path()).status().unwrap();
    assert!(unmounted.success());
    workspace.wait_for("the worker to let go", || test_kill_process(worker).is_err());
    screen.wait_until("the run to be gone", |screen| !screen.contains("running"));
    screen.send("?");
    screen.wait_for("Every key");
    screen.send("\x1b");

    // Back again, by its other name: nothing is lost.
    assert!(mount(&["--bind", &second.folder.path().to_string_lossy()], disk.folder.path()));
    assert!(second.folder.path().join(&name).is_dir());
    assert_eq!(workspace.status(&id), "interrupted");
    let shown = workspace.stdout(&["show", &id]);
    assert!(shown.contains("out of reach"), "{shown}");
    let step = workspace.json(&["show", &id, "--json"])["step"].as_u64().unwrap();
    screen.wait_for("interrupted");
    workspace.stdout(&["resume", &id]);
    screen.wait_for("running");
    assert_eq!(
        workspace.events(&id, "started")[1]["step"].as_u64(),
        Some(step),
        "its last checkpoint is where it ended"
    );
    workspace.stdout(&["stop", &id]);
    screen.send("q");
    screen.wait_for_end();
}

/// The directory above a mounted one gets another name: the run goes on, and is found by it.
#[test]
fn a_disk_that_gets_another_name_goes_on() {
    let Some(disk) = Disk::new(16) else { return };
    let workspace = Workspace::within(disk.folder.path());
    let top = workspace.path().join("top");
    fs::create_dir(&top).unwrap();
    let inner = Disk { folder: tempfile::tempdir_in(&top).unwrap() };
    assert!(mount(&["-t", "tmpfs", "tmpfs"], inner.folder.path()));
    let project = Workspace::within(inner.folder.path());
    let id = project.detach("digits", crate::workspace::LONG);
    project.wait_for_status(&id, "running");
    let renamed = workspace.path().join("renamed");
    fs::rename(&top, &renamed).unwrap();
    let place = renamed.join(project.path().strip_prefix(&top).unwrap());
    let step = || {
        let run = RunDir::open(&place.join("runs").join(&id)).unwrap();
        (run.summary().unwrap().step, run.is_held())
    };
    let before = step();
    workspace.wait_for("it to go on", || step() > before);
    fs::rename(&renamed, &top).unwrap();
    project.stdout(&["stop", &id]);
}
