//! A pseudo-terminal with a program in it, and a reader that keeps the screen as a terminal would show it and answers what
//! terminals are asked. Between them may lie a line that is as slow as one likes. The tests of the command line share it.

#![allow(dead_code, reason = "whoever shares it uses a part of it")]

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::Pid;

/// What a terminal is asked behind each frame, and what it answers.
const QUESTION: &[u8] = b"\x1b[5n";
const ANSWER: &[u8] = b"\x1b[0n";

/// What lies between the program and the eyes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    /// From one end to the other, either way.
    pub(crate) latency: Duration,
    /// So much goes through, towards the eyes; `None`: all at once.
    pub(crate) bytes_per_second: Option<u32>,
    /// Whether the terminal answers what it is asked.
    pub(crate) answers: bool,
}

impl Default for Line {
    fn default() -> Self {
        Self { latency: Duration::ZERO, bytes_per_second: None, answers: true }
    }
}

/// A program, running. It ends with this value.
pub(crate) struct Terminal {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    keys: mpsc::Sender<Vec<u8>>,
    shown: Arc<Mutex<Shown>>,
    /// Bytes that the program has sent and that nobody has seen yet.
    under_way: Arc<AtomicUsize>,
    frozen: Arc<AtomicBool>,
}

struct Shown {
    parser: vt100::Parser,
    raw: Vec<u8>,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn whole(cells: u16) -> NonZero<u16> {
    NonZero::new(cells.max(1)).unwrap()
}

/// The command that opens the dashboard on a directory.
pub(crate) fn dashboard(directory: &Path) -> CommandBuilder {
    let mut command = CommandBuilder::new(assert_cmd::cargo::cargo_bin!("rungs"));
    command.arg("--dir");
    command.arg(directory);
    command.env("XDG_CONFIG_HOME", directory);
    command.env("XDG_STATE_HOME", directory);
    command.env("TERM", "xterm-256color");
    command.env("LC_ALL", "C.UTF-8");
    command
}

impl Terminal {
    /// The dashboard on a directory.
    pub(crate) fn dashboard(directory: &Path, columns: u16, rows: u16) -> Self {
        Self::of(dashboard(directory), columns, rows)
    }

    /// A program of its own.
    pub(crate) fn of(command: CommandBuilder, columns: u16, rows: u16) -> Self {
        Self::over(Line::default(), command, columns, rows)
    }

    /// A program of its own, over a line.
    pub(crate) fn over(line: Line, mut command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        if command.get_env("TERM").is_none() {
            command.env("TERM", "xterm-256color");
        }
        Self::with(line, command, pair, columns, rows)
    }

    /// A program with the environment that it has.
    pub(crate) fn bare(command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        Self::with(Line::default(), command, pair, columns, rows)
    }

    fn with(line: Line, command: CommandBuilder, pair: portable_pty::PtyPair, columns: u16, rows: u16) -> Self {
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let mut writer = pair.master.take_writer().unwrap();
        let shown =
            Arc::new(Mutex::new(Shown { parser: vt100::Parser::new(whole(rows), whole(columns), 0), raw: Vec::new() }));
        let (under_way, frozen) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let (keys, typed) = mpsc::channel::<Vec<u8>>();
        let (sent, arriving) = mpsc::channel::<(Instant, Vec<u8>)>();
        // What is typed comes when it comes, each in its turn.
        let (leaving, to_write) = mpsc::channel::<(Instant, Vec<u8>)>();
        std::thread::spawn(move || {
            for (when, bytes) in to_write {
                std::thread::sleep(when.saturating_duration_since(Instant::now()));
                if writer.write_all(&bytes).and_then(|()| writer.flush()).is_err() {
                    return;
                }
            }
        });
        let from_keys = leaving.clone();
        std::thread::spawn(move || {
            for bytes in typed {
                let _ = from_keys.send((Instant::now() + line.latency, bytes));
            }
        });
        // Buffers on the way take everything at once.
        let (counter, stopped) = (under_way.clone(), frozen.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            loop {
                while stopped.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(5));
                }
                let Ok(count @ 1..) = reader.read(&mut buffer) else { return };
                counter.fetch_add(count, Ordering::SeqCst);
                let _ = sent.send((Instant::now() + line.latency, buffer[..count].to_vec()));
            }
        });
        let (sink, counter) = (Arc::clone(&shown), under_way.clone());
        std::thread::spawn(move || {
            let mut last: Vec<u8> = Vec::new();
            for (when, bytes) in arriving {
                std::thread::sleep(when.saturating_duration_since(Instant::now()));
                let piece = line.bytes_per_second.map_or(bytes.len(), |rate| (rate as usize / 20).max(1));
                for piece in bytes.chunks(piece.max(1)) {
                    if let Some(rate) = line.bytes_per_second {
                        std::thread::sleep(Duration::from_secs_f64(piece.len() as f64 / f64::from(rate)));
                    }
                    counter.fetch_sub(piece.len(), Ordering::SeqCst);
                    let mut shown = sink.lock().unwrap();
                    shown.parser.process(piece);
                    shown.raw.extend(piece);
                    drop(shown);
                    last.extend(piece);
                    let asked = last.windows(QUESTION.len()).filter(|window| *window == QUESTION).count();
                    last.drain(..last.len().saturating_sub(QUESTION.len() - 1));
                    if line.answers && asked > 0 {
                        let _ = leaving.send((Instant::now() + line.latency, ANSWER.repeat(asked)));
                    }
                }
            }
        });
        Self { master: pair.master, child, keys, shown, under_way, frozen }
    }

    pub(crate) fn send(&self, keys: &str) {
        self.send_bytes(keys.as_bytes().to_vec());
    }

    pub(crate) fn send_bytes(&self, bytes: Vec<u8>) {
        // To one that has just ended nothing can be sent; whoever waits for an answer says so.
        let _ = self.keys.send(bytes);
    }

    /// The eyes see so much, whatever the program is told.
    pub(crate) fn see(&self, columns: u16, rows: u16) {
        self.shown.lock().unwrap().parser.screen_mut().set_size(whole(rows), whole(columns));
    }

    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        self.see(columns, rows);
        self.master.resize(size(columns, rows)).unwrap();
    }

    /// The terminal takes nothing any more, as after Ctrl-S; or takes it again.
    pub(crate) fn freeze(&self, frozen: bool) {
        self.frozen.store(frozen, Ordering::SeqCst);
    }

    /// What stands on the screen.
    pub(crate) fn screen(&self) -> String {
        self.with_screen(vt100::Screen::contents)
    }

    pub(crate) fn with_screen<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.shown.lock().unwrap().parser.screen())
    }

    /// All that was ever sent and has come.
    pub(crate) fn raw(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap().raw).into_owned()
    }

    /// How many bytes that were.
    pub(crate) fn bytes(&self) -> usize {
        self.shown.lock().unwrap().raw.len()
    }

    /// How many bytes have been sent and not come.
    pub(crate) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::SeqCst)
    }

    /// How the terminal treats lines, as far as it can be told apart.
    pub(crate) fn modes(&self) -> String {
        format!("{:?}", self.master.get_termios().unwrap())
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(self.child.process_id().unwrap() as i32).unwrap()
    }

    pub(crate) fn wait_for(&self, text: &str) {
        self.wait_until(&format!("{text:?}"), |screen| screen.contains(text));
    }

    /// Polls until the screen is as wanted, and gives up after a minute and a half.
    pub(crate) fn wait_until(&self, what: &str, wanted: impl Fn(&str) -> bool) {
        assert!(self.comes_to(Duration::from_secs(90), wanted), "waited for {what} on\n{}", self.screen());
    }

    /// Polls until the screen is as wanted; tells whether it was within so much time.
    pub(crate) fn comes_to(&self, patience: Duration, wanted: impl Fn(&str) -> bool) -> bool {
        let begin = Instant::now();
        while !wanted(&self.screen()) {
            if begin.elapsed() > patience {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        true
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub(crate) fn wait_for_end(&mut self) {
        let begin = Instant::now();
        while !self.has_ended() {
            assert!(begin.elapsed() < Duration::from_secs(30), "it does not end:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(20));
        }
        // What was on its way is read too: the reader ends when the terminal has nobody left.
        let settled = self.bytes();
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_millis(300) && self.bytes() == settled {
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
