//! The terminal: taken over, and given back whatever happens. It is restored after a quit, an error, a panic in any
//! thread, and a signal; taken over anew after a suspension.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Once};

use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::style::Print;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal};

use crate::domain::text::harmless;
use crate::tui::graphics::Album;
use crate::tui::graphics::sent::Sent;
use crate::tui::theme::Depth;

/// Whether the terminal is taken over, so that it is given back once.
static TAKEN: AtomicBool = AtomicBool::new(false);
static HOOKED: Once = Once::new();

/// More than the largest frame, so that each goes out in one piece.
const FRAME: usize = 1 << 18;

type Backend = CrosstermBackend<BufWriter<Counted>>;

/// Standard output, and how many bytes have gone there.
#[derive(Debug)]
struct Counted {
    out: Stdout,
    bytes: Arc<AtomicU64>,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes.fetch_add(written as u64, Ordering::Relaxed);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The terminal, taken over.
#[derive(Debug)]
pub struct Screen {
    terminal: Terminal<Backend>,
    /// Sent so far.
    bytes: Arc<AtomicU64>,
    /// The pictures that it shows.
    pictures: Sent,
    /// What it was when the last frame was drawn.
    area: Rect,
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// It cannot be written to or set up.
    pub fn enter() -> io::Result<Self> {
        HOOKED.call_once(hook_panics);
        take()?;
        let bytes = Arc::<AtomicU64>::default();
        let out = Counted { out: io::stdout(), bytes: bytes.clone() };
        let backend = CrosstermBackend::new(BufWriter::with_capacity(FRAME, out));
        let terminal = Terminal::new(backend).inspect_err(|_| restore())?;
        Ok(Self { terminal, bytes, pictures: Sent::default(), area: Rect::ZERO })
    }

    /// Columns and rows.
    ///
    /// # Errors
    /// The terminal does not tell.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Shows pictures in this way from now on.
    pub fn show_pictures(&mut self, pictures: Sent) {
        self.pictures = pictures;
    }

    /// Draws a frame: only what has changed is sent, in one piece, to be shown at once. Gives how many bytes that took.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub fn draw(&mut self, depth: Depth, render: impl FnOnce(&mut Frame<'_>, &mut Album)) -> io::Result<u64> {
        let before = self.sent();
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.autoresize()?;
        let mut frame = self.terminal.get_frame();
        if self.area != frame.area() {
            // With its size everything that was on it is gone.
            self.pictures.cleared();
            self.area = frame.area();
        }
        let mut album = self.pictures.album();
        render(&mut frame, &mut album);
        let parts = self.pictures.arrange(frame.buffer_mut(), &album, depth);
        Write::write_all(self.terminal.backend_mut(), parts.before.as_bytes())?;
        self.terminal.apply_buffer()?;
        for ((x, y), text) in parts.after {
            queue!(self.terminal.backend_mut(), cursor::MoveTo(x, y), Print(text))?;
        }
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        Ok(self.sent() - before)
    }

    fn sent(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Forgets what is on the screen, so that the next frame draws all of it.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub fn clear(&mut self) -> io::Result<()> {
        // Not `Terminal::clear`: it asks the terminal where the cursor is, and a slow line takes too long to answer.
        let size = self.terminal.size()?;
        self.pictures.cleared();
        self.terminal.resize(Rect::new(0, 0, size.width, size.height))
    }

    /// Rings the bell, and tells terminals that can show a notification what for.
    ///
    /// # Errors
    /// The terminal cannot be written to.
    pub fn notify(&mut self, text: &str) -> io::Result<()> {
        let text = harmless(text);
        write!(self.terminal.backend_mut(), "\x1b]9;{text}\x07\x07")?;
        Write::flush(self.terminal.backend_mut())
    }

    /// Gives the terminal back and holds the process, as shells do on Ctrl-Z; goes on when it is told to.
    ///
    /// # Errors
    /// The terminal cannot be taken over again.
    pub fn suspend(&mut self) -> io::Result<()> {
        restore();
        // The whole job, as the terminal itself would.
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
        take()?;
        self.clear()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // What cannot be written has no screen to be on.
        let _ = Write::write_all(self.terminal.backend_mut(), self.pictures.farewell().as_bytes());
        let _ = Write::flush(self.terminal.backend_mut());
        restore();
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(io::stdout(), EnterAlternateScreen, EnableMouseCapture, EnableBracketedPaste, cursor::Hide)
        .inspect_err(|_| restore())
}

/// Gives the terminal back, if it is taken over.
pub fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // A terminal that is gone has nothing left to restore, so errors are of no interest.
    let _ = execute!(
        io::stdout(),
        EndSynchronizedUpdate,
        DisableBracketedPaste,
        DisableMouseCapture,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
}

/// A panic gives the terminal back before it is told of, and ends the program whatever thread it was in: a dashboard
/// with a thread missing would look alive and show old figures.
fn hook_panics() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        restore();
        tell(panic);
        std::process::exit(101);
    }));
}
