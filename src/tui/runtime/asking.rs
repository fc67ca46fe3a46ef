//! How pictures are to be shown: as the environment says, or else as the terminal does when it is asked.

use super::charset::Charset;
use crate::tui::graphics::Protocol;
use crate::tui::graphics::answers::{Answers, questions};
use crate::tui::graphics::sent::Sent;
use crate::tui::theme::Depth;

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

/// How pictures are shown at first, and what the terminal is to be asked, if anything.
pub fn begin(depth: Depth, charset: Charset) -> (Sent, Option<&'static str>) {
    let variable = |name: &str| std::env::var(name).ok();
    match Wish::of(variable, depth) {
        Wish::Blocks => (Sent::default(), None),
        Wish::As(protocol) => (sent(protocol, None, charset).unwrap_or_default(), None),
        Wish::Ask => {
            let inside = ["TMUX", "STY"].iter().any(|name| variable(name).is_some());
            let term = variable("TERM").unwrap_or_default();
            let in_multiplexer = inside || term.starts_with("tmux") || term.starts_with("screen");
            (Sent::default(), Some(questions(in_multiplexer)))
        }
    }
}

/// How pictures are shown now that the terminal has answered; `None`: in characters.
pub fn answered(answers: &Answers, charset: Charset) -> Option<Sent> {
    let term = std::env::var("TERM").unwrap_or_default();
    sent(answers.protocol(&term)?, answers.cell, charset)
}

fn sent(protocol: Protocol, cell: Option<(u16, u16)>, charset: Charset) -> Option<Sent> {
    // kitty's placeholders are characters, and not of the plainest.
    let can = protocol != Protocol::Kitty || charset == Charset::Full;
    can.then(|| Sent::new(protocol, cell.or_else(measured).unwrap_or(CELL)))
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
