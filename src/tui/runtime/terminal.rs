//! The terminal: taken over, and given back whatever happens. It is restored after a quit, an error, a panic in any
//! thread, and a signal; taken over anew after a suspension.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::time::Instant;

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use ratatui::layout::{Rect, Size};
use ratatui::{Frame, Terminal};
use rustix::process::{Signal, getpgrp, getsid, kill_current_process_group};

use super::asking;
use super::charset::Charset;
use super::flow::{Flow, QUESTION};
use super::line::{self, Line};
use super::wire::{self, Wire};
use crate::domain::text::harmless;
use crate::tui::graphics::Album;
use crate::tui::graphics::answers::Answers;
use crate::tui::graphics::sent::Sent;
use crate::tui::theme::Depth;

/// Whether the terminal is taken over, so that it is given back once.
static TAKEN: AtomicBool = AtomicBool::new(false);
static HOOKED: Once = Once::new();
/// Held by the thread that has panicked first, until the program has ended.
static PANICKING: Mutex<()> = Mutex::new(());

/// The alternate screen, mouse buttons with and without motion (but not motion alone, which would send bytes for nothing)
/// in SGR's form, bracketed paste, no cursor.
const TAKE: &str = "\x1b[?1049h\x1b[?1000h\x1b[?1002h\x1b[?1006h\x1b[?2004h\x1b[?25l";
/// All of that back, after the end of a frame that may be torn; colors too.
const RESTORE: &str = "\x1b[?2026l\x1b[m\x1b[?2004l\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?1049l\x1b[?25h";
/// A frame is shown at once, where the terminal can do that.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// What a terminal is taken for that tells no size, as some serial lines and containers do.
const UNTOLD: (u16, u16) = (80, 24);

/// The terminal, taken over.
#[derive(Debug)]
pub struct Screen {
    terminal: Terminal<Wire>,
    line: Line,
    flow: Flow,
    /// Whether the terminal decides how pictures are shown.
    asks_for_pictures: bool,
    pictures: Sent,
}

impl Screen {
    /// Takes the terminal over. `tell` is called whenever all is written that was sent, and when the terminal is gone.
    ///
    /// # Errors
    /// It cannot be written to or set up.
    pub fn enter(depth: Depth, tell: impl Fn(io::Result<()>) + Send + 'static) -> io::Result<Self> {
        HOOKED.call_once(hook_panics);
        let variable = |name: &str| std::env::var(name).ok();
        // One that cannot place text cannot be asked how it is, either.
        let term = variable("TERM").unwrap_or_default();
        let asks = !matches!(term.as_str(), "" | "dumb");
        let (width, height) = size()?;
        let charset = Charset::detect(variable);
        let (pictures, questions) = asking::begin(depth, charset);
        let terminal = Terminal::new(Wire::new(Size { width, height }, charset, wire::erases(&term)))?;
        let line = Line::start(tell)?;
        take()?;
        let asks_for_pictures = questions.is_some();
        let mut screen = Self { terminal, line, flow: Flow::new(asks), asks_for_pictures, pictures };
        screen.ask(questions.unwrap_or_default());
        Ok(screen)
    }

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        let size = self.terminal.backend().size;
        (size.width, size.height)
    }

    /// Asks the terminal how large it is, and draws all anew from the next frame on.
    ///
    /// # Errors
    /// It does not tell.
    pub fn resize(&mut self) -> io::Result<(u16, u16)> {
        let (width, height) = size()?;
        self.terminal.backend_mut().size = Size { width, height };
        self.clear()?;
        Ok((width, height))
    }

    /// Draws a frame: only what has changed is sent, to be shown at once. Gives how many bytes that takes.
    ///
    /// # Errors
    /// None that are known; what becomes of the bytes is told when they are written.
    pub fn draw(&mut self, depth: Depth, render: impl FnOnce(&mut Frame<'_>, &mut Album)) -> io::Result<u64> {
        let mut album = self.pictures.album();
        let mut frame = self.terminal.get_frame();
        render(&mut frame, &mut album);
        let parts = self.pictures.arrange(frame.buffer_mut(), &album, depth);
        self.terminal.apply_buffer()?;
        let mut changed = parts.before.into_bytes();
        changed.extend(self.terminal.backend_mut().take());
        if !parts.after.is_empty() {
            // Where a picture leaves the cursor is the terminal's affair.
            self.terminal.backend_mut().forget();
        }
        for ((x, y), text) in parts.after {
            changed.extend(format!("\x1b[{};{}H{text}", y + 1, x + 1).into_bytes());
        }
        if changed.is_empty() {
            return Ok(0);
        }
        let mut bytes = [BEGIN, &changed, END].concat();
        if self.flow.asks() {
            bytes.extend(QUESTION.as_bytes());
        }
        let count = bytes.len();
        self.flow.sent(count, Instant::now());
        self.line.send(bytes);
        Ok(count as u64)
    }

    /// From when on a frame may be drawn; `None`: not before something is heard of the last one.
    pub fn ready_from(&mut self, now: Instant) -> Option<Instant> {
        self.flow.forget_lost(now);
        self.line.is_idle().then(|| self.flow.open_from().unwrap_or(now))
    }

    /// The terminal has shown a frame.
    pub fn answered(&mut self) {
        self.flow.answered();
    }

    /// Whether the terminal still has to answer, so that the answer would go to whoever reads from it next.
    pub fn will_answer(&self) -> bool {
        !self.flow.is_settled()
    }

    /// Asks whether the terminal answers, behind other questions.
    fn ask(&mut self, questions: &str) {
        if self.flow.asks() {
            let text = format!("{questions}{QUESTION}");
            self.flow.sent(text.len(), Instant::now());
            self.line.send(text.into_bytes());
        }
    }

    /// Shows pictures as the terminal's answers have it from now on; `false` where that makes no difference.
    pub fn show_pictures(&mut self, answers: &Answers) -> bool {
        let sent = asking::answered(answers, self.terminal.backend().charset());
        let differs = self.asks_for_pictures && sent.is_some();
        if let Some(sent) = sent.filter(|_| differs) {
            self.pictures = sent;
        }
        differs
    }

    /// Forgets what is on the screen, so that the next frame draws all of it.
    ///
    /// # Errors
    /// None that are known.
    pub fn clear(&mut self) -> io::Result<()> {
        // Not `Terminal::clear`: it asks the terminal where the cursor is, and a slow line takes too long to answer.
        let Size { width, height } = self.terminal.backend().size;
        self.pictures.cleared();
        self.terminal.resize(Rect::new(0, 0, width, height))
    }

    /// Rings the bell, and tells terminals that can show a notification what for.
    pub fn notify(&mut self, text: &str) {
        let text = harmless(text);
        self.line.send(format!("\x1b]9;{text}\x07\x07").into_bytes());
    }

    /// Gives the terminal back and holds the process, as shells do on Ctrl-Z; goes on when it is told to.
    ///
    /// # Errors
    /// The terminal cannot be taken over again.
    pub fn suspend(&mut self) -> io::Result<()> {
        restore();
        // The whole job, as the terminal itself would; and not by a signal that this program hears.
        kill_current_process_group(Signal::STOP)?;
        self.resume()
    }

    /// Takes the terminal over again after the process was held.
    ///
    /// # Errors
    /// It cannot be set up.
    pub fn resume(&mut self) -> io::Result<()> {
        disable_raw_mode()?;
        take()?;
        self.terminal.backend_mut().forget();
        self.resize()?;
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        line::say(&self.pictures.farewell());
        restore();
    }
}

/// Whether somebody could let this process go on: a shell keeps each of its jobs in a group of its own, and a group that
/// the terminal itself began with has nobody to go back to.
pub fn can_be_held() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}

/// Columns and rows of the terminal; what it does not tell is taken from the environment, or for usual.
fn size() -> io::Result<(u16, u16)> {
    let variable = |name: &str| std::env::var(name).ok()?.parse().ok().filter(|cells| *cells > 0);
    let told = crossterm::terminal::size()?;
    let or = |told: u16, name: &str, usual: u16| if told > 0 { told } else { variable(name).unwrap_or(usual) };
    Ok((or(told.0, "COLUMNS", UNTOLD.0), or(told.1, "LINES", UNTOLD.1)))
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    line::reopen();
    line::say(TAKE);
    Ok(())
}

/// Gives the terminal back, if it is taken over.
pub fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    line::close();
    line::say(RESTORE);
    // A terminal that is gone has nothing left to restore, so errors are of no interest.
    let _ = disable_raw_mode();
}

/// A panic gives the terminal back before it is told of, and ends the program whatever thread it was in: a dashboard
/// with a thread missing would look alive and show old figures.
fn hook_panics() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // Were a second thread to panic, it would end the program while the first gives the terminal back.
        let _first = PANICKING.lock().unwrap_or_else(PoisonError::into_inner);
        restore();
        tell(panic);
        std::process::exit(101);
    }));
}
