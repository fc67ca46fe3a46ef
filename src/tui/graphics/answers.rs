//! What a terminal answers when it is asked how it can show pictures.
//!
//! It is asked four things at once: its name ([XTVERSION]), whether it knows kitty's graphics, how many pixels a character
//! has, and its device attributes ([DA1]). Every terminal answers the last one, and in order, so that nobody waits for
//! answers that never come.
//!
//! [XTVERSION]: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
//! [DA1]: https://vt100.net/docs/vt510-rm/DA1.html

use super::Protocol;

/// The questions. A multiplexer passes kitty's on to nobody and may take it for a title.
pub fn questions(in_multiplexer: bool) -> &'static str {
    if in_multiplexer { "\x1b[16t\x1b[c" } else { "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[>q\x1b[16t\x1b[c" }
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Name and version.
    Name(String),
    /// It knows kitty's graphics.
    Kitty,
    /// Pixels of a character, across and down.
    Cell(u16, u16),
    /// The numbers of what it can do, behind that of its kind.
    Attributes(Vec<u32>),
}

impl Told {
    /// Reads a string as terminals send them: `introducer` is the byte after its Esc.
    pub fn of_text(introducer: u8, text: &str) -> Option<Self> {
        match introducer {
            b'P' => Some(Self::Name(text.strip_prefix(">|")?.to_owned())),
            b'_' if text.starts_with('G') && text.ends_with(";OK") => Some(Self::Kitty),
            _ => None,
        }
    }

    /// Reads a control sequence by its parameters and its last byte; `private` if a `?` stands before them.
    pub fn of_control(private: bool, numbers: &[u32], last: u8) -> Option<Self> {
        match (last, private, numbers) {
            (b'c', true, [_kind, attributes @ ..]) => Some(Self::Attributes(attributes.to_vec())),
            (b't', false, &[6, height, width]) => {
                let whole = |side: u32| u16::try_from(side).ok().filter(|side| *side > 0);
                Some(Self::Cell(whole(width)?, whole(height)?))
            }
            _ => None,
        }
    }
}

/// What has been answered so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    name: String,
    kitty: bool,
    sixel: bool,
    /// Pixels of a character, across and down.
    pub cell: Option<(u16, u16)>,
}

impl Answers {
    /// Takes an answer in, and tells whether it was the last one.
    pub fn hear(&mut self, told: Told) -> bool {
        match told {
            Told::Name(name) => self.name = name.to_lowercase(),
            Told::Kitty => self.kitty = true,
            Told::Cell(width, height) => self.cell = Some((width, height)),
            Told::Attributes(attributes) => {
                self.sixel = attributes.contains(&4);
                return true;
            }
        }
        false
    }

    /// The best way to show pictures. `term` is the environment's.
    pub fn protocol(&self, term: &str) -> Option<Protocol> {
        let called = |names: &[&str]| names.iter().any(|one| self.name.starts_with(one));
        // Others know kitty's graphics without placeholders.
        let places = called(&["kitty", "ghostty"]) || matches!(term, "xterm-kitty" | "xterm-ghostty");
        if self.kitty && places {
            Some(Protocol::Kitty)
        } else if called(&["iterm2", "wezterm", "mintty"]) {
            Some(Protocol::Iterm2)
        } else {
            self.sixel.then_some(Protocol::Sixel)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_are_known_by_their_answers() {
        let xterm = "xterm-256color";
        for (name, kitty, attributes, term, expected) in [
            ("kitty(0.41.1)", true, &[52][..], "xterm-kitty", Some(Protocol::Kitty)),
            ("ghostty 1.2.0", true, &[22], xterm, Some(Protocol::Kitty)),
            ("WezTerm 20240203", true, &[4, 6, 18, 22], xterm, Some(Protocol::Iterm2)),
            ("iTerm2 3.5.4", false, &[1, 2, 4, 6, 17, 18, 21, 22, 52], xterm, Some(Protocol::Iterm2)),
            ("Konsole 24.12.3", true, &[1, 4], xterm, Some(Protocol::Sixel)),
            ("XTerm(379)", false, &[1, 2, 4, 6, 9, 15, 16, 22, 28], "xterm", Some(Protocol::Sixel)),
            ("foot(1.21.0)", false, &[4, 22, 28, 29], "foot", Some(Protocol::Sixel)),
            ("VTE(7402)", false, &[1, 21, 22], xterm, None),
            ("", false, &[2, 4], "tmux-256color", Some(Protocol::Sixel)),
            ("", false, &[], "vt100", None),
        ] {
            let mut answers = Answers::default();
            if kitty {
                assert!(!answers.hear(Told::of_text(b'_', "Gi=31;OK").unwrap()));
            }
            if !name.is_empty() {
                assert!(!answers.hear(Told::of_text(b'P', &format!(">|{name}")).unwrap()));
            }
            let numbers: Vec<u32> = [62].iter().chain(attributes).copied().collect();
            assert!(answers.hear(Told::of_control(true, &numbers, b'c').unwrap()));
            assert_eq!(answers.protocol(term), expected, "{name} {term}");
        }
    }

    #[test]
    fn what_is_no_answer_tells_nothing() {
        // Of a device's attributes the first is its kind.
        assert_eq!(Told::of_control(true, &[4], b'c'), Some(Told::Attributes(Vec::new())));
        assert_eq!(Told::of_control(false, &[6, 20, 9], b't'), Some(Told::Cell(9, 20)));
        for told in [
            Told::of_control(false, &[62, 4], b'c'),
            Told::of_control(true, &[], b'c'),
            Told::of_control(false, &[6, 0, 9], b't'),
            Told::of_control(false, &[6, 70_000, 9], b't'),
            Told::of_control(false, &[8, 24, 80], b't'),
            Told::of_text(b'_', "Gi=31;ENOTSUPPORTED"),
            Told::of_text(b'P', "1$r0m"),
            Told::of_text(b']', "11;rgb:0/0/0"),
        ] {
            assert_eq!(told, None);
        }
    }
}
