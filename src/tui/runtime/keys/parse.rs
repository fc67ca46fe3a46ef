//! From a terminal's bytes to keys, mouse events and pastes. Pure: bytes and silences come in.
//!
//! The sequences are those of xterm and of those after it (ECMA-48 functions, SS3 keys, SGR mouse reports, bracketed paste).
//! What is none of them is passed over as a whole: its bytes are never taken for keys.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::Input;
use crate::tui::graphics::answers::Told;

/// After Esc: the rest of a sequence comes with it, and a key of its own stays alone.
const AFTER_ESC: Duration = Duration::from_millis(50);
/// In the middle of a sequence: slow lines tear them apart.
const IN_SEQUENCE: Duration = Duration::from_secs(2);
/// In a paste: then what has come of it is shown.
const IN_PASTE: Duration = Duration::from_secs(1);

/// No sequence that means something is longer.
const LONGEST: usize = 64;
/// So much of a paste as any field takes, and more.
const MOST_PASTED: usize = 1 << 16;
/// Bytes of a key, at most. What comes at once and is longer is a paste that goes on.
const KEY: usize = 8;

/// As many answers in a row, with nothing between them, are a silence.
const SILENCE: u8 = 4;

const ANSWER: &[u8] = b"\x1b[0n";
const PASTE_END: &[u8] = b"\x1b[201~";

/// Where the bytes have led.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// Between keys; what has come of a character of several bytes.
    Ground(Vec<u8>),
    /// After Esc.
    Escape,
    /// In `Esc [ …`: what has come behind.
    Control(Vec<u8>),
    /// After `Esc O`.
    Single,
    /// In an old mouse report: bytes to come.
    OldMouse(u8),
    /// In a string, most often an answer.
    Text {
        /// What began it.
        introducer: u8,
        /// What has come of it.
        bytes: Vec<u8>,
        /// Whether its last byte was Esc.
        escaped: bool,
    },
    /// In a paste.
    Paste {
        /// What has come of it and was not given out.
        bytes: Vec<u8>,
        /// The last bytes, as many as the end mark has.
        last: Vec<u8>,
        /// Whether nothing has come for a while.
        silent: bool,
        /// How often nothing but an answer has come since: that is a silence, too, for what trains is asked about all
        /// the time.
        answers: u8,
    },
}

/// Takes bytes and gives what they mean.
#[derive(Debug)]
pub(super) struct Parser {
    place: Place,
}

impl Default for Parser {
    fn default() -> Self {
        Self { place: Place::Ground(Vec::new()) }
    }
}

impl Parser {
    /// After how long a silence [`Self::silence`] is to be told of it; `None`: nothing is begun.
    pub(super) fn patience(&self) -> Option<Duration> {
        match &self.place {
            Place::Ground(begun) if begun.is_empty() => None,
            Place::Escape => Some(AFTER_ESC),
            Place::Paste { silent: true, .. } => None,
            Place::Paste { .. } => Some(IN_PASTE),
            _ => Some(IN_SEQUENCE),
        }
    }

    /// Nothing has come for a while.
    pub(super) fn silence(&mut self) -> Vec<Input> {
        let mut found = Vec::new();
        match &mut self.place {
            Place::Paste { bytes, silent, .. } => {
                *silent = true;
                found.extend(pasted(bytes));
            }
            Place::Escape => {
                self.rest();
                found.push(key(KeyCode::Esc, KeyModifiers::NONE));
            }
            _ => self.rest(),
        }
        found
    }

    /// Bytes have come, at once.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<Input> {
        let mut found = Vec::new();
        if let Place::Paste { answers, .. } = &mut self.place {
            if bytes == ANSWER {
                *answers = answers.saturating_add(1);
                let is_silence = *answers == SILENCE;
                found.push(Input::Answer);
                if is_silence {
                    found.extend(self.silence());
                }
                return found;
            }
            *answers = 0;
        }
        if let Place::Paste { silent, .. } = &mut self.place
            && std::mem::take(silent)
            && bytes.len() <= KEY
            && !bytes.starts_with(PASTE_END)
        {
            // Its end mark was lost: a key that comes alone after a silence is one.
            self.rest();
        }
        for byte in bytes {
            self.take(*byte, &mut found);
        }
        found
    }

    fn rest(&mut self) {
        self.place = Place::Ground(Vec::new());
    }

    fn take(&mut self, byte: u8, found: &mut Vec<Input>) {
        match &mut self.place {
            Place::Ground(begun) => {
                if byte < 0x80 {
                    // What was begun was no character, and this is one.
                    begun.clear();
                    self.plain(byte, KeyModifiers::NONE, found);
                } else {
                    found.extend(character(begun, byte).map(typed));
                }
            }
            Place::Escape => self.after_escape(byte, found),
            Place::Control(begun) => match byte {
                // Cut off by what begins anew, or taken back.
                0x1b => self.place = Place::Escape,
                0x18 | 0x1a => self.rest(),
                0x40..=0x7e if !(begun.is_empty() && byte == b'[') => {
                    let begun = std::mem::take(begun);
                    self.rest();
                    self.control(&begun, byte, found);
                }
                _ if begun.len() < LONGEST => begun.push(byte),
                _ => {}
            },
            Place::Single => {
                self.rest();
                match byte {
                    0x1b => self.place = Place::Escape,
                    b'P'..=b'S' => found.push(key(KeyCode::F(byte - b'P' + 1), KeyModifiers::NONE)),
                    b'M' => found.push(key(KeyCode::Enter, KeyModifiers::NONE)),
                    _ => found.extend(arrow(byte).map(|code| key(code, KeyModifiers::NONE))),
                }
            }
            Place::OldMouse(left) => {
                *left -= 1;
                if *left == 0 {
                    self.rest();
                }
            }
            Place::Text { introducer, bytes, escaped } => match byte {
                0x18 | 0x1a => self.rest(),
                _ if byte == 0x07 || (byte == b'\\' && *escaped) => {
                    let text = String::from_utf8_lossy(bytes).into_owned();
                    found.extend(Told::of_text(*introducer, &text).map(Input::Told));
                    self.rest();
                }
                // It was cut off by what begins anew.
                _ if *escaped => self.after_escape(byte, found),
                0x1b => *escaped = true,
                _ if bytes.len() < LONGEST => bytes.push(byte),
                _ => {}
            },
            Place::Paste { bytes, last, .. } => {
                if last.len() == PASTE_END.len() {
                    last.remove(0);
                }
                last.push(byte);
                if bytes.len() < MOST_PASTED {
                    bytes.push(byte);
                }
                if last == PASTE_END {
                    if bytes.ends_with(PASTE_END) {
                        bytes.truncate(bytes.len() - PASTE_END.len());
                    }
                    found.extend(pasted(bytes));
                    self.rest();
                }
            }
        }
    }

    /// A byte of ASCII that is not in a sequence.
    fn plain(&mut self, byte: u8, modifiers: KeyModifiers, found: &mut Vec<Input>) {
        found.push(match byte {
            0x1b => {
                self.place = Place::Escape;
                return;
            }
            b'\r' => key(KeyCode::Enter, modifiers),
            b'\t' => key(KeyCode::Tab, modifiers),
            0x7f => key(KeyCode::Backspace, modifiers),
            0 => key(KeyCode::Char(' '), modifiers | KeyModifiers::CONTROL),
            0x01..=0x1a => key(KeyCode::Char(char::from(byte - 1 + b'a')), modifiers | KeyModifiers::CONTROL),
            0x1c..=0x1f => key(KeyCode::Char(char::from(byte - 0x1c + b'4')), modifiers | KeyModifiers::CONTROL),
            _ if modifiers.is_empty() => typed(char::from(byte)),
            _ => key(KeyCode::Char(char::from(byte)), modifiers),
        });
    }

    fn after_escape(&mut self, byte: u8, found: &mut Vec<Input>) {
        self.rest();
        match byte {
            b'[' => self.place = Place::Control(Vec::new()),
            b'O' => self.place = Place::Single,
            b']' | b'P' | b'_' => {
                self.place = Place::Text { introducer: byte, bytes: Vec::new(), escaped: false };
            }
            0x1b => {
                found.push(key(KeyCode::Esc, KeyModifiers::NONE));
                self.place = Place::Escape;
            }
            0x7f => self.plain(byte, KeyModifiers::ALT, found),
            // Esc, and then another key so soon that a slow line brought both at once. Alt means nothing here, so none of
            // the two is lost.
            _ => {
                found.push(key(KeyCode::Esc, KeyModifiers::NONE));
                self.take(byte, found);
            }
        }
    }

    /// A whole `Esc [ … last`.
    fn control(&mut self, begun: &[u8], last: u8, found: &mut Vec<Input>) {
        if begun == b"[" {
            // The console of Linux.
            if matches!(last, b'A'..=b'E') {
                found.push(key(KeyCode::F(last - b'A' + 1), KeyModifiers::NONE));
            }
            return;
        }
        if let Some(report) = begun.strip_prefix(b"<") {
            found.extend(numbers(report).and_then(|report| mouse(&report, last)));
            return;
        }
        let (private, begun) = begun.strip_prefix(b"?").map_or((false, begun), |rest| (true, rest));
        let Some(numbers) = numbers(begun) else { return };
        if let Some(told) = Told::of_control(private, &numbers, last) {
            found.push(Input::Told(told));
        }
        if private {
            return;
        }
        let modifiers = modifiers(numbers.get(1).copied().unwrap_or(1));
        let first = numbers.first().copied().unwrap_or(1);
        match last {
            b'n' if numbers == [0] || numbers == [3] => found.push(Input::Answer),
            b'M' if begun.is_empty() => self.place = Place::OldMouse(3),
            b'Z' => found.push(key(KeyCode::BackTab, KeyModifiers::SHIFT)),
            b'I' if begun.is_empty() => found.push(Input::Event(Event::FocusGained)),
            b'P' | b'Q' | b'S' => found.push(key(KeyCode::F(last - b'P' + 1), modifiers)),
            b'~' if first == 200 => {
                self.place = Place::Paste { bytes: Vec::new(), last: Vec::new(), silent: false, answers: 0 };
            }
            b'~' => found.extend(numbered(first).map(|code| key(code, modifiers))),
            b'u' => found.extend(char::from_u32(first).and_then(|c| of_unicode(c, modifiers))),
            _ => found.extend(arrow(last).map(|code| key(code, modifiers))),
        }
    }
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Input {
    Input::Event(Event::Key(KeyEvent::new(code, modifiers)))
}

/// A character as it was typed.
fn typed(c: char) -> Input {
    key(KeyCode::Char(c), if c.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE })
}

/// The character that is complete with this byte, which is not of ASCII. What is none is passed over.
fn character(begun: &mut Vec<u8>, byte: u8) -> Option<char> {
    begun.push(byte);
    match std::str::from_utf8(begun) {
        Ok(text) => {
            let c = text.chars().next();
            begun.clear();
            return c;
        }
        // More of it is to come.
        Err(error) if error.error_len().is_none() => {}
        Err(_) => {
            begun.clear();
            // This byte may begin another.
            if matches!(byte, 0xc2..=0xf4) {
                begun.push(byte);
            }
        }
    }
    None
}

/// What was pasted, if anything was.
fn pasted(bytes: &mut Vec<u8>) -> Option<Input> {
    let bytes = std::mem::take(bytes);
    (!bytes.is_empty()).then(|| Input::Event(Event::Paste(String::from_utf8_lossy(&bytes).into_owned())))
}

/// The parameters of a sequence, of which only the first part of each counts; `None`: they are none.
fn numbers(bytes: &[u8]) -> Option<Vec<u32>> {
    if bytes.is_empty() {
        return Some(Vec::new());
    }
    let number = |part: &str| {
        let part = part.split(':').next().unwrap_or_default();
        if part.is_empty() { Some(1) } else { part.parse().ok() }
    };
    std::str::from_utf8(bytes).ok()?.split(';').map(number).collect()
}

fn modifiers(parameter: u32) -> KeyModifiers {
    let bits = parameter.saturating_sub(1);
    [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL)]
        .into_iter()
        .filter_map(|(bit, modifier)| (bits & bit != 0).then_some(modifier))
        .collect()
}

fn arrow(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        _ => return None,
    })
}

/// The key of `Esc [ number ~`.
fn numbered(number: u32) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(number as u8 - 10),
        17..=21 => KeyCode::F(number as u8 - 11),
        23 | 24 => KeyCode::F(number as u8 - 12),
        _ => return None,
    })
}

/// A key of `Esc [ number u`, as some terminals send those with modifiers.
fn of_unicode(c: char, modifiers: KeyModifiers) -> Option<Input> {
    let code = match c {
        '\r' => KeyCode::Enter,
        '\t' => KeyCode::Tab,
        '\x1b' => KeyCode::Esc,
        '\x7f' => KeyCode::Backspace,
        c if c.is_control() => return None,
        c => KeyCode::Char(c),
    };
    Some(key(code, modifiers))
}

/// A mouse report: button, column and row from 1, and whether the button went down.
fn mouse(report: &[u32], last: u8) -> Option<Input> {
    let [code, column, row] = *report else { return None };
    let cell = |number: u32| u16::try_from(number.checked_sub(1)?).ok();
    let button = || match code & 3 {
        0 => Some(MouseButton::Left),
        1 => Some(MouseButton::Middle),
        2 => Some(MouseButton::Right),
        _ => None,
    };
    let kind = match (code & !(4 | 8 | 16), last) {
        (64, b'M') => MouseEventKind::ScrollUp,
        (65, b'M') => MouseEventKind::ScrollDown,
        (0..=2, b'M') => MouseEventKind::Down(button()?),
        (0..=2, b'm') => MouseEventKind::Up(button()?),
        (32..=34, _) => MouseEventKind::Drag(button()?),
        _ => return None,
    };
    let held = [(4, KeyModifiers::SHIFT), (8, KeyModifiers::ALT), (16, KeyModifiers::CONTROL)];
    let modifiers = held.into_iter().filter_map(|(bit, modifier)| (code & bit != 0).then_some(modifier)).collect();
    Some(Input::Event(Event::Mouse(MouseEvent { kind, column: cell(column)?, row: cell(row)?, modifiers })))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> Input {
        key(code, modifiers)
    }

    fn parsed(bytes: &[u8]) -> Vec<Input> {
        Parser::default().feed(bytes)
    }

    #[test]
    fn keys_are_told_apart() {
        use KeyModifiers as M;
        for (bytes, code, modifiers) in [
            (&b"a"[..], KeyCode::Char('a'), M::NONE),
            (b"G", KeyCode::Char('G'), M::SHIFT),
            ("ä".as_bytes(), KeyCode::Char('ä'), M::NONE),
            ("好".as_bytes(), KeyCode::Char('好'), M::NONE),
            (b"\r", KeyCode::Enter, M::NONE),
            (b"\x03", KeyCode::Char('c'), M::CONTROL),
            (b"\x7f", KeyCode::Backspace, M::NONE),
            (b"\x1b\x7f", KeyCode::Backspace, M::ALT),
            (b"\x1b[A", KeyCode::Up, M::NONE),
            (b"\x1bOB", KeyCode::Down, M::NONE),
            (b"\x1b[1;5C", KeyCode::Right, M::CONTROL),
            (b"\x1b[1;2D", KeyCode::Left, M::SHIFT),
            (b"\x1b[Z", KeyCode::BackTab, M::SHIFT),
            (b"\x1b[3~", KeyCode::Delete, M::NONE),
            (b"\x1b[5~", KeyCode::PageUp, M::NONE),
            (b"\x1b[H", KeyCode::Home, M::NONE),
            (b"\x1b[4~", KeyCode::End, M::NONE),
            (b"\x1bOP", KeyCode::F(1), M::NONE),
            (b"\x1b[11~", KeyCode::F(1), M::NONE),
            (b"\x1b[24~", KeyCode::F(12), M::NONE),
            (b"\x1b[[A", KeyCode::F(1), M::NONE),
            (b"\x1b[112;5u", KeyCode::Char('p'), M::CONTROL),
        ] {
            assert_eq!(parsed(bytes), [press(code, modifiers)], "{}", bytes.escape_ascii());
        }
        assert_eq!(parsed(b"\x1b[0n"), [Input::Answer]);
        assert_eq!(parsed(b"\x1bq"), [press(KeyCode::Esc, M::NONE), typed('q')], "pressed one after the other");
    }

    #[test]
    fn the_mouse_is_heard() {
        let event = |kind| MouseEvent { kind, column: 299, row: 1, modifiers: KeyModifiers::NONE };
        for (bytes, kind) in [
            ("\x1b[<0;300;2M", MouseEventKind::Down(MouseButton::Left)),
            ("\x1b[<0;300;2m", MouseEventKind::Up(MouseButton::Left)),
            ("\x1b[<32;300;2M", MouseEventKind::Drag(MouseButton::Left)),
            ("\x1b[<65;300;2M", MouseEventKind::ScrollDown),
        ] {
            assert_eq!(parsed(bytes.as_bytes()), [Input::Event(Event::Mouse(event(kind)))], "{bytes:?}");
        }
        assert_eq!(parsed(b"\x1b[<0;0;0M\x1b[<0;99999999999;1M\x1b[M !!q"), [typed('q')], "no place on a screen");
    }

    /// Who leans on Esc and then types must not wait, and a sequence that was cut must not turn into keys.
    #[test]
    fn what_is_cut_off_ends_with_a_silence() {
        let mut parser = Parser::default();
        assert_eq!(parser.feed(b"\x1b"), []);
        assert_eq!(parser.patience(), Some(AFTER_ESC));
        assert_eq!(parser.silence(), [press(KeyCode::Esc, KeyModifiers::NONE)]);
        assert_eq!(parser.patience(), None);

        assert_eq!(parser.feed(b"\x1b[1;"), []);
        assert_eq!(parser.feed(b"5A"), [press(KeyCode::Up, KeyModifiers::CONTROL)], "it was only torn");
        assert_eq!(parser.feed(b"\x1b[1;"), []);
        assert_eq!(parser.silence(), []);
        assert_eq!(parser.feed(b"q"), [typed('q')]);
        assert_eq!(parser.feed(b"\x1b[<0;1\x1b[B"), [press(KeyCode::Down, KeyModifiers::NONE)]);
        assert_eq!(parser.feed(b"\x1b]0;rm -rf X"), []);
        assert_eq!(parser.silence(), []);
        assert_eq!(parser.feed(b"\x1bPno end\x1b[0nq"), [Input::Answer, typed('q')], "answers come all the time");
        assert_eq!(parser.feed(b"\x1b]11;rgb:0/0/0\x1b\\q"), [typed('q')]);
        assert_eq!(parser.feed(b"\xe5\xa5"), []);
        assert_eq!(parser.silence(), []);
        assert_eq!(parser.feed(b"j"), [typed('j')]);
    }

    #[test]
    fn what_is_no_utf8_is_passed_over() {
        assert_eq!(parsed(b"\xff\xfea\xe5b\xc3\xc3\xa4\xf5\x80c"), [typed('a'), typed('b'), typed('ä'), typed('c')]);
    }

    fn paste(text: &str) -> Input {
        Input::Event(Event::Paste(text.to_owned()))
    }

    #[test]
    fn a_paste_is_one_text_however_it_comes() {
        let mut parser = Parser::default();
        assert_eq!(parser.feed(b"\x1b[200~q\x1b[Ax\x1b[20"), []);
        assert_eq!(parser.feed(b"1~j"), [paste("q\x1b[Ax"), typed('j')]);
        let large = vec![b'x'; 1 << 20];
        assert_eq!(parser.feed(b"\x1b[200~"), []);
        assert_eq!(parser.feed(&large), []);
        let [Input::Event(Event::Paste(text))] = &parser.feed(b"\x1b[201~")[..] else { panic!() };
        assert_eq!(text.len(), MOST_PASTED);
        assert_eq!(parser.feed(b"j"), [typed('j')]);
    }

    /// Nothing would be heard any more, not even Ctrl-C.
    #[test]
    fn a_paste_without_an_end_ends_with_the_next_key() {
        for (bytes, code, modifiers) in [
            (&b"\x03"[..], KeyCode::Char('c'), KeyModifiers::CONTROL),
            (b"\x1b[1;5A", KeyCode::Up, KeyModifiers::CONTROL),
        ] {
            let mut parser = Parser::default();
            assert_eq!(parser.feed(b"\x1b[200~some text"), []);
            assert_eq!(parser.silence(), [paste("some text")]);
            assert_eq!(parser.patience(), None);
            assert_eq!(parser.feed(b" that goes on after a while"), [], "on a slow line");
            assert_eq!(parser.silence(), [paste(" that goes on after a while")]);
            assert_eq!(parser.feed(bytes), [press(code, modifiers)]);
        }
        let mut parser = Parser::default();
        parser.feed(b"\x1b[200~text");
        let heard: Vec<Input> = (0..6).flat_map(|_| parser.feed(b"\x1b[0n")).collect();
        assert_eq!(heard.iter().filter(|input| **input == Input::Answer).count(), 6);
        assert!(heard.contains(&paste("text")), "answers alone are a silence: {heard:?}");
        assert_eq!(parser.feed(b"q"), [typed('q')]);
        let mut parser = Parser::default();
        parser.feed(b"\x1b[200~text");
        parser.silence();
        assert_eq!(parser.feed(b"\x1b[201~"), []);
        assert_eq!(parser.feed(b"j"), [typed('j')]);
    }

    proptest! {
        /// However bytes are cut, they mean the same; and whatever came, a key after a silence is heard.
        #[test]
        fn any_bytes_are_borne(bytes in prop::collection::vec(
            prop_oneof![any::<u8>(), Just(0x1b), Just(b'['), Just(b';'), Just(b'M'), Just(b'<'), Just(b'~'), 48u8..58],
            0..200,
        ), cut in 0usize..200) {
            let whole = parsed(&bytes);
            let (first, rest) = bytes.split_at(cut.min(bytes.len()));
            let mut parser = Parser::default();
            let mut parts = parser.feed(first);
            parts.extend(parser.feed(rest));
            prop_assert_eq!(whole, parts);
            while parser.patience().is_some() {
                parser.silence();
            }
            prop_assert_eq!(parser.feed(b"\x03"), [press(KeyCode::Char('c'), KeyModifiers::CONTROL)]);
        }
    }
}
