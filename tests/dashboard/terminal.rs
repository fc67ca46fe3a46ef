//! A pseudo-terminal with the dashboard in it, and a reader that keeps the screen as a terminal would show it. The tests of the
//! command line share it.

#![allow(dead_code, reason = "whoever shares it uses a part of it")]

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// The dashboard, running. It ends with this value.
pub(crate) struct Terminal {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    shown: Arc<Mutex<Shown>>,
}

struct Shown {
    parser: vt100::Parser,
    raw: Vec<u8>,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn whole(cells: u16) -> NonZero<u16> {
    NonZero::new(cells).unwrap()
}

impl Terminal {
    /// The dashboard on a directory.
    pub(crate) fn dashboard(directory: &Path, columns: u16, rows: u16) -> Self {
        let mut command = CommandBuilder::new(assert_cmd::cargo::cargo_bin!("rungs"));
        command.arg("--dir");
        command.arg(directory);
        command.env("XDG_CONFIG_HOME", directory);
        command.env("XDG_STATE_HOME", directory);
        Self::of(command, columns, rows)
    }

    /// A program of its own.
    pub(crate) fn of(mut command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        command.env("TERM", "xterm-256color");
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let shown =
            Arc::new(Mutex::new(Shown { parser: vt100::Parser::new(whole(rows), whole(columns), 0), raw: Vec::new() }));
        let sink = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count) = reader.read(&mut buffer) {
                if count == 0 {
                    break;
                }
                let mut shown = sink.lock().unwrap();
                shown.parser.process(&buffer[..count]);
                shown.raw.extend(&buffer[..count]);
            }
        });
        Self { master: pair.master, child, writer, shown }
    }

    pub(crate) fn send(&mut self, keys: &str) {
        // To one that has just ended nothing can be sent; whoever waits for an answer says so.
        let _ = self.writer.write_all(keys.as_bytes()).and_then(|()| self.writer.flush());
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.shown.lock().unwrap().parser.screen_mut().set_size(whole(rows), whole(columns));
        self.master.resize(size(columns, rows)).unwrap();
    }

    /// What stands on the screen.
    pub(crate) fn screen(&self) -> String {
        self.shown.lock().unwrap().parser.screen().contents()
    }

    /// All that was ever sent.
    pub(crate) fn raw(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap().raw).into_owned()
    }

    pub(crate) fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_raw(self.child.process_id().unwrap() as i32).unwrap()
    }

    pub(crate) fn wait_for(&mut self, text: &str) {
        self.wait_until(&format!("{text:?}"), |screen| screen.contains(text));
    }

    /// Polls until the screen is as wanted, and gives up after a minute and a half.
    pub(crate) fn wait_until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        assert!(self.comes_to(Duration::from_secs(90), wanted), "waited for {what} on\n{}", self.screen());
    }

    /// Polls until the screen is as wanted; tells whether it was within so much time.
    pub(crate) fn comes_to(&self, patience: Duration, wanted: impl Fn(&str) -> bool) -> bool {
        let begin = Instant::now();
        while !wanted(&self.screen()) {
            if begin.elapsed() > patience {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        true
    }

    /// Whether it has not ended.
    pub(crate) fn is_there(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub(crate) fn wait_for_end(&mut self) {
        let begin = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(begin.elapsed() < Duration::from_secs(30), "it does not end:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(20));
        }
        // What was on its way is read too: the reader ends when the terminal has nobody left.
        let settled = self.raw().len();
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_millis(300) && self.raw().len() == settled {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
