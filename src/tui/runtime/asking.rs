//! Asks the terminal what it can show, without making anybody wait: until it has answered, this reads the keys.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read};
use rustix::stdio::stdin;

use super::{Message, Sender};
use crate::tui::graphics::Protocol;
use crate::tui::graphics::answers::{Answers, questions};
use crate::tui::graphics::sent::Sent;
use crate::tui::theme::Depth;

/// A terminal that has answered nothing for so long never will; lines that are slower than that are not for pictures.
const PATIENCE: Duration = Duration::from_secs(3);
/// Pixels of a character where the terminal does not tell.
const CELL: (u16, u16) = (8, 16);

/// How pictures are to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// In characters.
    Blocks,
    /// So, whatever the terminal says.
    As(Protocol),
    /// As the terminal says.
    Ask,
}

impl Wish {
    /// What the environment tells; `variable` looks a name up.
    fn of(variable: impl Fn(&str) -> Option<String>, depth: Depth) -> Self {
        let wanted = variable("RUNGS_PICTURES").unwrap_or_default();
        if let Some(protocol) = Protocol::ALL.into_iter().find(|protocol| protocol.word() == wanted) {
            return Self::As(protocol);
        }
        // These may print what they do not understand.
        let simple = matches!(variable("TERM").as_deref(), None | Some("" | "dumb" | "linux"));
        if simple || depth == Depth::None || wanted == "blocks" { Self::Blocks } else { Self::Ask }
    }
}

/// Finds out how the terminal shows pictures. What is known at once is given; else the terminal is asked, and a thread
/// tells the loop, which must not read the terminal until then.
pub fn begin(depth: Depth, actions: &Sender) -> io::Result<Option<Sent>> {
    let variable = |name: &str| std::env::var(name).ok();
    match Wish::of(variable, depth) {
        Wish::Blocks => Ok(Some(Sent::default())),
        Wish::As(protocol) => Ok(Some(Sent::new(protocol, measured().unwrap_or(CELL)))),
        Wish::Ask => {
            let term = variable("TERM").unwrap_or_default();
            let inside = ["TMUX", "STY"].iter().any(|name| variable(name).is_some());
            let in_multiplexer = inside || term.starts_with("tmux") || term.starts_with("screen");
            let mut out = io::stdout();
            out.write_all(questions(in_multiplexer).as_bytes())?;
            out.flush()?;
            let actions = actions.clone();
            std::thread::spawn(move || {
                let answers = listen(&actions);
                let cell = answers.cell.or_else(measured).unwrap_or(CELL);
                let sent = answers.protocol(variable).map(|protocol| Sent::new(protocol, cell));
                actions.message(Message::Answered(sent.unwrap_or_default()));
            });
            Ok(None)
        }
    }
}

/// Reads the terminal until the last answer is there.
fn listen(actions: &Sender) -> Answers {
    let (mut answers, until) = (Answers::default(), Instant::now() + PATIENCE);
    let mut bytes = [0; 256];
    while !answers.done {
        let left = until.saturating_duration_since(Instant::now());
        let mut ready = [PollFd::from_borrowed_fd(stdin(), PollFlags::IN)];
        let timeout = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: i64::from(left.subsec_nanos()) };
        match poll(&mut ready, Some(&timeout)) {
            Ok(0) => break,
            Err(Errno::INTR) => continue,
            Err(_) => break,
            Ok(_) => {}
        }
        match read(stdin(), &mut bytes) {
            Ok(0) => break,
            Err(Errno::INTR) => {}
            Err(_) => break,
            Ok(length) => answers.take(&bytes[..length]).into_iter().for_each(|key| actions.message(Message::Key(key))),
        }
    }
    answers
}

/// Pixels of a character as the system knows them.
fn measured() -> Option<(u16, u16)> {
    let size = crossterm::terminal::window_size().ok()?;
    let cell = (size.width.checked_div(size.columns)?, size.height.checked_div(size.rows)?);
    (cell.0 > 0 && cell.1 > 0).then_some(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_is_asked_unless_the_answer_is_known() {
        let wish = |pictures: &'static str, term: &'static str, depth: Depth| {
            Wish::of(|name| Some(if name == "TERM" { term } else { pictures }.to_owned()), depth)
        };
        for (pictures, term, depth, expected) in [
            ("", "xterm-256color", Depth::Indexed, Wish::Ask),
            ("", "xterm", Depth::Ansi, Wish::Ask),
            ("", "linux", Depth::Ansi, Wish::Blocks),
            ("", "", Depth::Ansi, Wish::Blocks),
            ("", "xterm-kitty", Depth::None, Wish::Blocks),
            ("blocks", "xterm-kitty", Depth::True, Wish::Blocks),
            ("sixel", "tmux-256color", Depth::True, Wish::As(Protocol::Sixel)),
            ("kitty", "dumb", Depth::None, Wish::As(Protocol::Kitty)),
            ("nonsense", "xterm", Depth::True, Wish::Ask),
        ] {
            assert_eq!(wish(pictures, term, depth), expected, "{pictures} {term}");
        }
    }
}
