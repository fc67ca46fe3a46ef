//! The dashboard in a pseudo-terminal of 200×50, and a stopwatch at its other end: when the bytes that make the screen what
//! is waited for have come, how many they were, and what the process took for it.

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

pub(crate) const COLUMNS: u16 = 200;
pub(crate) const ROWS: u16 = 50;
/// How each frame ends: between frames the screen is never looked at, for it may be half drawn.
const FRAME_END: &[u8] = b"\x1b[?2026l";
/// What is asked behind it, and what a terminal answers as soon as it has shown the frame.
const QUESTION: &[u8] = b"\x1b[5n";
const ANSWER: &[u8] = b"\x1b[0n";
/// Ticks a second, as the system counts processor time for others to read (`USER_HZ`).
const TICKS: u64 = 100;
/// Whoever waits longer waits in vain.
const PATIENCE: Duration = Duration::from_mins(2);

/// What is called with the text of the screen after every frame, and when that frame had come.
type Watcher = Box<dyn FnMut(&str, Instant) + Send>;
type Wanted = Box<dyn Fn(&str) -> bool + Send>;

/// The dashboard, running. It ends with this value.
pub(crate) struct Terminal {
    /// Keeps the terminal open.
    _master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
    shared: Arc<(Mutex<Shown>, Condvar)>,
    begun: Instant,
}

struct Shown {
    parser: vt100::Parser,
    /// Sent so far.
    bytes: u64,
    tail: Vec<u8>,
    wanted: Option<Wanted>,
    met: Option<Met>,
    watcher: Option<Watcher>,
}

/// When the screen was as wanted, and how many bytes had been sent by then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Met {
    pub(crate) at: Instant,
    pub(crate) bytes: u64,
}

/// What the process has taken of the machine so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    /// Of the processors, all threads.
    pub(crate) cpu: Duration,
    /// At most of memory, in MiB.
    pub(crate) peak: f64,
}

impl Shown {
    /// Takes in what has come, and gives how often it asks for an answer.
    fn take(&mut self, bytes: &[u8], at: Instant) -> usize {
        self.parser.process(bytes);
        self.bytes += bytes.len() as u64;
        self.tail.extend(bytes);
        let asked = self.tail.windows(QUESTION.len()).filter(|window| *window == QUESTION).count();
        let ended = self.tail.strip_suffix(QUESTION).unwrap_or(&self.tail).ends_with(FRAME_END);
        // No question is counted twice; what is kept may be the beginning of the next one.
        let counted = self.tail.windows(QUESTION.len()).rposition(|window| window == QUESTION);
        let counted = counted.map_or(0, |place| place + QUESTION.len());
        let surplus = self.tail.len().saturating_sub(FRAME_END.len() + QUESTION.len() - 1);
        self.tail.drain(..counted.max(surplus));
        if ended {
            self.look(at);
        }
        asked
    }

    /// Looks at a screen that stands.
    fn look(&mut self, at: Instant) {
        if self.wanted.is_none() && self.watcher.is_none() {
            return;
        }
        let text = self.parser.screen().contents();
        if let Some(watch) = &mut self.watcher {
            watch(&text, at);
        }
        self.judge(&text, at);
    }

    fn judge(&mut self, text: &str, at: Instant) {
        if self.wanted.as_ref().is_some_and(|wanted| wanted(text)) {
            self.met = Some(Met { at, bytes: self.bytes });
            self.wanted = None;
        }
    }
}

impl Terminal {
    /// Starts the dashboard on a directory.
    pub(crate) fn open(directory: &Path) -> Self {
        let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        // Another build, to be held against this one.
        let program = std::env::var("RUNGS_BENCH_PROGRAM");
        let mut command = CommandBuilder::new(program.as_deref().unwrap_or(env!("CARGO_BIN_EXE_rungs")));
        command.arg("--dir");
        command.arg(directory);
        command.env("XDG_CONFIG_HOME", directory);
        command.env("XDG_STATE_HOME", directory);
        command.env("TERM", "xterm-256color");
        let parser = vt100::Parser::new(NonZero::new(ROWS).unwrap(), NonZero::new(COLUMNS).unwrap(), 0);
        let shown = Shown { parser, bytes: 0, tail: Vec::new(), wanted: None, met: None, watcher: None };
        let shared = Arc::new((Mutex::new(shown), Condvar::new()));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = Arc::new(Mutex::new(pair.master.take_writer().unwrap()));
        let answers = Arc::clone(&writer);
        let sink = Arc::clone(&shared);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                let at = Instant::now();
                let asked = sink.0.lock().unwrap().take(&buffer[..count], at);
                sink.1.notify_all();
                let _ = answers.lock().unwrap().write_all(&ANSWER.repeat(asked));
            }
        });
        let begun = Instant::now();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        Self { _master: pair.master, child, writer, shared, begun }
    }

    /// When it was started.
    pub(crate) fn begun(&self) -> Instant {
        self.begun
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shared.0.lock().unwrap()
    }

    /// Bytes sent so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.shown().bytes
    }

    /// Has every frame looked at from now on.
    pub(crate) fn watch(&self, watcher: impl FnMut(&str, Instant) + Send + 'static) {
        self.shown().watcher = Some(Box::new(watcher));
    }

    /// Waits until the screen is as wanted, which it may be already.
    pub(crate) fn wait(&self, what: &str, wanted: impl Fn(&str) -> bool + Send + 'static) -> Met {
        let mut shown = self.shown();
        shown.wanted = Some(Box::new(wanted));
        let text = shown.parser.screen().contents();
        shown.judge(&text, Instant::now());
        drop(shown);
        self.met(what)
    }

    fn met(&self, what: &str) -> Met {
        let end = Instant::now() + PATIENCE;
        let mut shown = self.shown();
        loop {
            if let Some(met) = shown.met.take() {
                return met;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited for {what} on\n{}", shown.parser.screen().contents());
            shown = self.shared.1.wait_timeout(shown, left).unwrap().0;
        }
    }

    /// Presses a key and waits for a frame that is as wanted: gives how long that took and how many bytes.
    pub(crate) fn press(&mut self, key: &str, wanted: impl Fn(&str) -> bool + Send + 'static) -> (Duration, u64) {
        let before = {
            let mut shown = self.shown();
            shown.wanted = Some(Box::new(wanted));
            shown.bytes
        };
        let pressed = Instant::now();
        self.send(key);
        let met = self.met(&format!("the answer to {key:?}"));
        (met.at.duration_since(pressed), met.bytes - before)
    }

    pub(crate) fn send(&mut self, keys: &str) {
        let mut writer = self.writer.lock().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Waits until nothing has been sent for so long.
    pub(crate) fn settle(&self, quiet: Duration) {
        let mut last = (self.bytes(), Instant::now());
        while last.1.elapsed() < quiet {
            std::thread::sleep(Duration::from_millis(20));
            let bytes = self.bytes();
            if bytes != last.0 {
                last = (bytes, Instant::now());
            }
        }
    }

    /// What the process has taken so far.
    pub(crate) fn taken(&self) -> Taken {
        let folder = format!("/proc/{}", self.child.process_id().unwrap());
        let stat = std::fs::read_to_string(format!("{folder}/stat")).unwrap();
        // The name of the program, in parentheses, may hold anything; user and system time are 12 and 13 words after it.
        let words: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: u64 = words[11].parse::<u64>().unwrap() + words[12].parse::<u64>().unwrap();
        let status = std::fs::read_to_string(format!("{folder}/status")).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let peak: f64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        Taken { cpu: Duration::from_millis(ticks * 1000 / TICKS), peak: peak / 1024.0 }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
