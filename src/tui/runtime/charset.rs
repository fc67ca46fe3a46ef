//! Which characters a terminal can show. Most show all; the console of Linux has a font of 512 glyphs, and a locale that is
//! not UTF-8 knows ASCII for certain. Everything is drawn in full and brought down here, cell by cell, so that no screen
//! needs to know.

use unicode_width::UnicodeWidthChar;

/// The characters of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// All of Unicode.
    Full,
    /// Those of the old IBM PC, in UTF-8: lines and blocks, and no more.
    Console,
    /// ASCII.
    Ascii,
}

impl Charset {
    /// What the environment tells; `variable` looks a name up. A locale that nobody has set says nothing: terminals have
    /// been UTF-8 for long, and containers often have no locale.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
        let is_utf8 = |locale: &String| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        };
        if term == "dumb" || locale.is_some_and(|locale| !is_utf8(&locale)) {
            Self::Ascii
        } else if term == "linux" {
            Self::Console
        } else {
            Self::Full
        }
    }

    /// What stands for a cell's symbol; as wide as that.
    pub fn of(self, symbol: &str) -> &str {
        let mut characters = symbol.chars();
        match (self, characters.next()) {
            (Self::Full, _) | (_, None) => symbol,
            (_, Some(c)) if c.is_ascii() => &symbol[..1],
            (Self::Console, Some(c)) => console(c).unwrap_or_else(|| ascii(c)),
            (Self::Ascii, Some(c)) => ascii(c),
        }
    }
}

/// What the old PC has for a character; `None`: nothing better than ASCII.
fn console(c: char) -> Option<&'static str> {
    Some(match c {
        '─' | '━' | '╌' | '┄' | '╴' | '╶' | '╸' | '╺' => "─",
        '│' | '┃' | '╎' | '┆' | '╵' | '╷' | '╹' | '╻' => "│",
        '╭' | '┌' | '┏' => "┌",
        '╮' | '┐' | '┓' => "┐",
        '╰' | '└' | '┗' => "└",
        '╯' | '┘' | '┛' => "┘",
        '├' | '┣' => "├",
        '┤' | '┫' => "┤",
        '┬' | '┳' => "┬",
        '┴' | '┻' => "┴",
        '┼' | '╋' => "┼",
        '█' | '▇' | '▉' | '▊' => "█",
        '▄' | '▃' | '▅' | '▂' | '▁' => "▄",
        '▀' => "▀",
        '▌' | '▋' | '▍' | '▎' | '▏' => "▌",
        '▐' => "▐",
        '░' => "░",
        '▒' => "▒",
        '▓' => "▓",
        '·' => "·",
        '±' => "±",
        'ä' => "ä",
        'ö' => "ö",
        'ü' => "ü",
        'é' => "é",
        '✓' => "√",
        '←' => "←",
        '→' => "→",
        '↑' => "↑",
        '↓' => "↓",
        '●' | '○' | '◉' | '◌' => "•",
        '▲' | '△' => "▲",
        '▼' | '▽' => "▼",
        '◀' | '◁' => "◄",
        '▶' | '▷' => "►",
        '≤' => "≤",
        '≥' => "≥",
        _ => return None,
    })
}

/// What stands for a character in ASCII.
fn ascii(c: char) -> &'static str {
    match c {
        '─' | '━' | '╌' | '┄' | '╴' | '╶' | '╸' | '╺' | '–' | '—' | '−' => "-",
        '│' | '┃' | '╎' | '┆' | '╵' | '╷' | '╹' | '╻' | '║' => "|",
        '\u{250c}'..='\u{254b}' | '\u{256d}'..='\u{2570}' | '✓' | '✔' => "+",
        '▒' => ":",
        '▁' | '▂' => "_",
        '▃' | '▄' | '▅' | '═' => "=",
        '\u{2580}'..='\u{2590}' | '\u{2594}'..='\u{259f}' | '▓' => "#",
        '⠀' | '\u{a0}' => " ",
        // Of the eight dots of a cell, the more the darker.
        '\u{2801}'..='\u{28ff}' => match (u32::from(c) - 0x2800).count_ones() {
            1 => ".",
            2 | 3 => ":",
            4 | 5 => "*",
            _ => "#",
        },
        '·' | '…' | '░' => ".",
        '•' | '●' | '◉' | '◆' | '■' | '✱' => "*",
        '○' | '◌' | '◇' | '□' | '°' => "o",
        '✗' | '✘' | '×' | '✕' => "x",
        '←' | '◀' | '◁' | '‹' | '«' | '◂' => "<",
        '→' | '▶' | '▷' | '›' | '»' | '▸' => ">",
        '↑' | '▲' | '△' | '▴' => "^",
        '↓' | '▼' | '▽' | '▾' => "v",
        '‘' | '’' | '′' => "'",
        '“' | '”' | '″' => "\"",
        '±' => "~",
        _ => match c.width() {
            Some(2) => "??",
            Some(3) => "???",
            _ => "?",
        },
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn characters_are_told_by_the_environment() {
        for (environment, charset) in [
            (&[][..], Charset::Full),
            (&[("LANG", "en_US.UTF-8")], Charset::Full),
            (&[("LANG", "C.utf8"), ("TERM", "linux")], Charset::Console),
            (&[("LANG", "C")], Charset::Ascii),
            (&[("LANG", "en_US.UTF-8"), ("LC_ALL", "POSIX")], Charset::Ascii),
            (&[("LC_CTYPE", "de_DE.ISO-8859-1")], Charset::Ascii),
            (&[("LC_ALL", ""), ("LANG", "en_US.UTF-8")], Charset::Full),
            (&[("TERM", "dumb")], Charset::Ascii),
        ] {
            let variable =
                |name: &str| environment.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(Charset::detect(variable), charset, "{environment:?}");
        }
    }

    #[test]
    fn what_stands_for_a_character_is_as_wide_and_of_the_set() {
        let all = (0x20..0x3000u32).chain(0x4e00..0x4e10).filter_map(char::from_u32);
        for c in all.filter(|c| UnicodeWidthChar::width(*c).is_some_and(|width| width > 0)) {
            let text = c.to_string();
            assert_eq!(Charset::Full.of(&text), text);
            assert!(Charset::Ascii.of(&text).is_ascii(), "{c}");
            for charset in [Charset::Ascii, Charset::Console] {
                assert_eq!(charset.of(&text).width(), text.width(), "{charset:?}: {c} ({:x})", u32::from(c));
            }
        }
        assert_eq!((Charset::Console.of("╭"), Charset::Ascii.of("╭"), Charset::Ascii.of("⣿")), ("┌", "+", "#"));
        assert_eq!(["░", "▒", "▓", "█"].map(|shade| Charset::Ascii.of(shade)), [".", ":", "#", "#"]);
        assert_eq!(Charset::Ascii.of("e\u{301}"), "e", "without its accent");
    }
}
