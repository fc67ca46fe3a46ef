//! What a terminal answers when it is asked what it can show, and the keys that are pressed meanwhile.
//!
//! A terminal is asked four things at once: its name ([XTVERSION]), whether it knows kitty's graphics, how many pixels a
//! character has, and its device attributes ([DA1]). Every terminal answers the last one, and in order, so that nobody
//! waits for answers that never come.
//!
//! [XTVERSION]: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
//! [DA1]: https://vt100.net/docs/vt510-rm/DA1.html

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::Protocol;

/// The questions. A multiplexer passes none of kitty's on and may take them for a title.
pub fn questions(in_multiplexer: bool) -> &'static str {
    if in_multiplexer { "\x1b[16t\x1b[c" } else { "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[>q\x1b[16t\x1b[c" }
}

/// What has been answered so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// The terminal's name and version.
    name: String,
    /// Whether it knows kitty's graphics.
    kitty: bool,
    /// Whether it knows sixel.
    sixel: bool,
    /// Pixels of a character, across and down.
    pub cell: Option<(u16, u16)>,
    /// Whether the last question has been answered.
    pub done: bool,
    /// The beginning of what is not yet whole.
    rest: Vec<u8>,
}

/// More than any answer; what is longer is none.
const LONGEST: usize = 1024;

impl Answers {
    /// Takes bytes in as they come and gives the keys among them. Mice, function keys and pastes are lost.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<KeyEvent> {
        self.rest.extend_from_slice(bytes);
        let mut keys = Vec::new();
        while !self.rest.is_empty() {
            let (used, key) = match self.rest.as_slice() {
                [0x1b, b'[', ..] => self.control(),
                [0x1b, b'O', last, ..] => (3, arrow(*last)),
                [0x1b, b'O'] => (0, None),
                [0x1b, b'P' | b'_' | b']', ..] => self.string(),
                // Alone it is the Esc key; with something after it, that with Alt.
                [0x1b] => (1, Some(key(KeyCode::Esc))),
                [0x1b, ..] => (2, None),
                _ => self.character(),
            };
            if used == 0 {
                if self.rest.len() > LONGEST {
                    self.rest.clear();
                }
                break;
            }
            self.rest.drain(..used);
            keys.extend(key);
        }
        keys
    }

    /// A control sequence: `ESC [`, parameters, a letter.
    fn control(&mut self) -> (usize, Option<KeyEvent>) {
        let Some(end) = self.rest[2..].iter().position(|byte| (0x40..=0x7e).contains(byte)) else { return (0, None) };
        let (parameters, last) = (&self.rest[2..2 + end], self.rest[2 + end]);
        let text = String::from_utf8_lossy(parameters).into_owned();
        let numbers: Vec<u16> = text.trim_start_matches('?').split(';').filter_map(|part| part.parse().ok()).collect();
        match (last, numbers.as_slice()) {
            (b'c', attributes) if text.starts_with('?') => {
                self.sixel = attributes.iter().skip(1).any(|attribute| *attribute == 4);
                self.done = true;
            }
            (b't', &[6, height, width]) if height > 0 && width > 0 => self.cell = Some((width, height)),
            _ => {}
        }
        (3 + end, parameters.is_empty().then(|| arrow(last)).flatten())
    }

    /// A string: `ESC P`, `ESC _` or `ESC ]`, text, `ESC \` or BEL.
    fn string(&mut self) -> (usize, Option<KeyEvent>) {
        let bell = self.rest.iter().position(|byte| *byte == 0x07).map(|place| (place, 1));
        let end = self.rest.windows(2).skip(2).position(|two| two == b"\x1b\\").map(|place| (place + 2, 2));
        let Some((end, length)) = [bell, end].into_iter().flatten().min() else { return (0, None) };
        let text = String::from_utf8_lossy(&self.rest[2..end.max(2)]).into_owned();
        match self.rest[1] {
            b'P' => {
                if let Some(name) = text.strip_prefix(">|") {
                    self.name = name.to_owned();
                }
            }
            b'_' => self.kitty |= text.starts_with('G') && text.ends_with(";OK"),
            _ => {}
        }
        (end + length, None)
    }

    fn character(&self) -> (usize, Option<KeyEvent>) {
        let first = self.rest[0];
        let control = |code: KeyCode| Some(KeyEvent::new(code, KeyModifiers::CONTROL));
        match first {
            b'\r' => return (1, Some(key(KeyCode::Enter))),
            b'\t' => return (1, Some(key(KeyCode::Tab))),
            0x7f => return (1, Some(key(KeyCode::Backspace))),
            1..=26 => return (1, control(KeyCode::Char(char::from(first - 1 + b'a')))),
            0..=31 => return (1, None),
            _ => {}
        }
        let length = match first {
            0..=0x7f => 1,
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            _ => 4,
        };
        let Some(bytes) = self.rest.get(..length) else { return (0, None) };
        match std::str::from_utf8(bytes).ok().and_then(|text| text.chars().next()) {
            Some(c) => {
                let shift = if c.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
                (length, Some(KeyEvent::new(KeyCode::Char(c), shift)))
            }
            None => (1, None),
        }
    }

    /// The best way to show pictures. `variable` looks a name up in the environment.
    pub fn protocol(&self, variable: impl Fn(&str) -> Option<String>) -> Option<Protocol> {
        let is = |name: &str, value: &str| variable(name).is_some_and(|found| found == value);
        let name = self.name.to_lowercase();
        let called = |names: &[&str]| names.iter().any(|one| name.starts_with(one));
        // Others know kitty's graphics without placeholders.
        let kitty = called(&["kitty", "ghostty"]) || is("TERM", "xterm-kitty") || is("TERM", "xterm-ghostty");
        if self.kitty && kitty {
            Some(Protocol::Kitty)
        } else if called(&["iterm2", "wezterm", "mintty"]) {
            Some(Protocol::Iterm2)
        } else if self.sixel {
            Some(Protocol::Sixel)
        } else {
            None
        }
    }
}

fn key(code: KeyCode) -> KeyEvent {
    KeyEvent::new(code, KeyModifiers::NONE)
}

fn arrow(last: u8) -> Option<KeyEvent> {
    let code = match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'Z' => return Some(KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT)),
        _ => return None,
    };
    Some(key(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KITTY: &str = "\x1b_Gi=31;OK\x1b\\\x1bP>|kitty(0.41.1)\x1b\\\x1b[6;20;9t\x1b[?62;52;c";

    fn protocol(answers: &str, term: &str) -> Option<Protocol> {
        let mut read = Answers::default();
        assert_eq!(read.take(answers.as_bytes()), []);
        assert!(read.done);
        read.protocol(|name| (name == "TERM").then(|| term.to_owned()))
    }

    #[test]
    fn terminals_are_known_by_their_answers() {
        let xterm = "xterm-256color";
        for (answers, term, expected) in [
            (KITTY, "xterm-kitty", Some(Protocol::Kitty)),
            ("\x1b_Gi=31;OK\x1b\\\x1bP>|ghostty 1.2.0\x1b\\\x1b[6;17;8t\x1b[?62;22c", xterm, Some(Protocol::Kitty)),
            ("\x1b_Gi=31;OK\x1b\\\x1bP>|WezTerm 20240203\x1b\\\x1b[?65;4;6;18;22c", xterm, Some(Protocol::Iterm2)),
            ("\x1bP>|iTerm2 3.5.4\x1b\\\x1b[6;15;7t\x1b[?64;1;2;4;6;17;18;21;22;52c", xterm, Some(Protocol::Iterm2)),
            ("\x1b_Gi=31;OK\x1b\\\x1bP>|Konsole 24.12.3\x1b\\\x1b[?62;1;4c", xterm, Some(Protocol::Sixel)),
            ("\x1bP>|XTerm(379)\x1b\\\x1b[?63;1;2;4;6;9;15;16;22;28c", "xterm", Some(Protocol::Sixel)),
            ("\x1bP>|foot(1.21.0)\x1b\\\x1b[?62;4;22;28;29c", "foot", Some(Protocol::Sixel)),
            ("\x1bP>|VTE(7402)\x1b\\\x1b[?61;1;21;22c", xterm, None),
            ("\x1b[?1;2;4c", "tmux-256color", Some(Protocol::Sixel)),
            ("\x1b[?6c", "vt100", None),
            // 4 as the first number is the kind of terminal.
            ("\x1b[?4c", "vt132", None),
        ] {
            assert_eq!(protocol(answers, term), expected, "{answers:?}");
        }
    }

    #[test]
    fn answers_may_come_in_pieces_with_keys_between() {
        let mut whole = Answers::default();
        assert_eq!(whole.take(KITTY.as_bytes()), []);
        assert_eq!(whole.cell, Some((9, 20)));
        let keys = format!("j\x1b[A{KITTY}G\r\x1bOBé\x03");
        let mut pieces = Answers::default();
        let mut found = Vec::new();
        // Byte by byte, but for an Esc, which alone would be the key.
        for piece in keys.as_bytes().chunk_by(|one, _| *one == 0x1b) {
            found.extend(pieces.take(piece));
        }
        let codes: Vec<KeyCode> = found.iter().map(|key| key.code).collect();
        let expected = [
            KeyCode::Char('j'),
            KeyCode::Up,
            KeyCode::Char('G'),
            KeyCode::Enter,
            KeyCode::Down,
            KeyCode::Char('é'),
            KeyCode::Char('c'),
        ];
        assert_eq!(codes, expected);
        assert_eq!(pieces, whole);
    }

    #[test]
    fn a_string_without_an_end_is_given_up() {
        let mut answers = Answers::default();
        answers.take(b"\x1bP");
        answers.take(&[b'x'; 2 * LONGEST]);
        assert_eq!(answers.take(b"q").len(), 1);
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut answers = Answers::default();
            for chunk in bytes.chunks(7) {
                answers.take(chunk);
            }
            prop_assert!(answers.rest.len() <= LONGEST);
        }
    }
}
