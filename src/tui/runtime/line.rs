//! The line to the terminal, which may be slow, stand still or be cut: nobody waits for it but a thread of its own.
//!
//! What is sent goes to that thread, which writes as the terminal takes it. What must be said although the terminal takes
//! nothing any more, to give it back, is tried for a moment and given up.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::termios::{QueueSelector, tcflush, ttyname};

/// How long the thread that writes looks at nothing else.
const LOOK_UP: Duration = Duration::from_millis(100);
/// How long last words are tried.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// What a terminal that is ready takes for certain, where it cannot be asked for more.
const CERTAIN: usize = 256;

/// The terminal on standard output, opened for this process alone.
#[derive(Debug)]
struct Tty {
    file: File,
    /// Whether a write gives up rather than wait.
    yields: bool,
    /// Held while something is written, so that two do not mix.
    turn: Mutex<()>,
    /// How often the line was closed or opened: while that is odd, nothing is written but what is said. What was sent
    /// before it was closed is not written after it was opened again.
    turns: AtomicUsize,
}

static TTY: OnceLock<Arc<Tty>> = OnceLock::new();

impl Tty {
    /// The one of this process.
    fn get() -> io::Result<Arc<Self>> {
        if let Some(tty) = TTY.get() {
            return Ok(tty.clone());
        }
        let tty = Self::open()?;
        Ok(TTY.get_or_init(|| Arc::new(tty)).clone())
    }

    /// Standard output is shared with whoever started this process, so it is opened anew and only that made to yield.
    fn open() -> io::Result<Self> {
        let anew = || -> io::Result<OwnedFd> {
            let name = ttyname(io::stdout().as_fd(), Vec::new())?;
            let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
            Ok(open(name.as_c_str(), flags, Mode::empty())?)
        };
        let (file, yields) = match anew() {
            Ok(file) => (file, true),
            Err(_) => (io::stdout().as_fd().try_clone_to_owned()?, false),
        };
        Ok(Self { file: file.into(), yields, turn: Mutex::new(()), turns: AtomicUsize::new(0) })
    }

    /// Waits until the terminal takes something, at most so long.
    fn await_room(&self, time: Duration) {
        let most = Timespec { tv_sec: time.as_secs() as i64, tv_nsec: i64::from(time.subsec_nanos()) };
        // When this fails, the write that follows tells why.
        let _ = poll(&mut [PollFd::new(&self.file, PollFlags::OUT)], Some(&most));
    }

    /// Writes what the terminal takes at once; 0: nothing.
    fn write_some(&self, bytes: &[u8]) -> io::Result<usize> {
        let some = if self.yields { bytes } else { &bytes[..bytes.len().min(CERTAIN)] };
        match (&self.file).write(some) {
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(0),
            result => result,
        }
    }

    /// Writes all of it, unless the line was or is closed after this turn.
    fn write(&self, mut bytes: &[u8], turn: usize) -> io::Result<()> {
        while !bytes.is_empty() {
            self.await_room(LOOK_UP);
            let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
            if self.turns.load(Ordering::SeqCst) != turn || !turn.is_multiple_of(2) {
                return Ok(());
            }
            bytes = &bytes[self.write_some(bytes)?..];
        }
        Ok(())
    }

    /// Writes within a time, and gives up then. Tells whether all was written.
    fn write_within(&self, mut bytes: &[u8], time: Duration) -> bool {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = Instant::now();
        while !bytes.is_empty() {
            let Some(left) = time.checked_sub(begin.elapsed()) else { return false };
            self.await_room(left.min(LOOK_UP));
            match self.write_some(bytes) {
                Ok(count) => bytes = &bytes[count..],
                // Nobody is there any more.
                Err(_) => return false,
            }
        }
        true
    }
}

/// Says something to the terminal when the dashboard is not on it: before, between and after. Gives up when the terminal
/// takes nothing, and then says it in place of what still waited.
pub fn say(text: &str) {
    let Ok(tty) = Tty::get() else { return };
    if !tty.write_within(text.as_bytes(), LAST_WORDS) {
        let _ = tcflush(&tty.file, QueueSelector::OFlush);
        tty.write_within(text.as_bytes(), LOOK_UP);
    }
}

/// Lets nothing through but what is said with [`say`]; what the thread has in hand is dropped.
pub fn close() {
    turn_to(1);
}

/// Lets everything through again that is sent from now on.
pub fn reopen() {
    turn_to(0);
}

fn turn_to(parity: usize) {
    if let Some(tty) = TTY.get() {
        let turned = |turns: usize| (turns % 2 != parity).then_some(turns + 1);
        // Where nothing is to be turned nothing is.
        let _ = tty.turns.fetch_update(Ordering::SeqCst, Ordering::SeqCst, turned);
    }
}

/// The thread that writes.
#[derive(Debug)]
pub struct Line {
    tty: Arc<Tty>,
    /// What is to be written, and of which turn it is.
    work: mpsc::Sender<(usize, Vec<u8>)>,
    /// Bytes that it has in hand.
    waiting: Arc<AtomicUsize>,
}

impl Line {
    /// Starts it. `tell` is called whenever all is written, and when the terminal is gone.
    ///
    /// # Errors
    /// Standard output cannot be used.
    pub fn start(tell: impl Fn(io::Result<()>) + Send + 'static) -> io::Result<Self> {
        let tty = Tty::get()?;
        let (work, todo) = mpsc::channel::<(usize, Vec<u8>)>();
        let waiting = Arc::<AtomicUsize>::default();
        let (left, file) = (waiting.clone(), tty.clone());
        std::thread::spawn(move || {
            for (turn, bytes) in todo {
                let result = file.write(&bytes, turn);
                let is_gone = result.is_err();
                let idle = left.fetch_sub(bytes.len(), Ordering::SeqCst) == bytes.len();
                if idle || is_gone {
                    tell(result);
                }
                if is_gone {
                    return;
                }
            }
        });
        Ok(Self { tty, work, waiting })
    }

    /// Sends bytes; they go out when those before them have.
    pub fn send(&self, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            self.waiting.fetch_add(bytes.len(), Ordering::SeqCst);
            // A thread that has ended has said why.
            let _ = self.work.send((self.tty.turns.load(Ordering::SeqCst), bytes));
        }
    }

    /// Whether all that was sent is written.
    pub fn is_idle(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) == 0
    }
}
