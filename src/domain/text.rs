//! Texts and figures as people read them, on every screen alike.

use std::borrow::Cow;

/// Text out of a file, made safe to show: control characters, and the marks that turn the direction of what follows,
/// stand as `·`, so that a name cannot move the cursor, change colors or hide its end.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if text.contains(is_harmful) { Cow::Owned(text.replace(is_harmful, "·")) } else { Cow::Borrowed(text) }
}

/// Whether a character does something to a terminal or to the text around it.
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// So much of a text as anybody reads. What damage or malice made of a name or a sentence may go on for megabytes.
pub fn shortened(text: &str, characters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(characters) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// A fraction in percent: `5.1 %`.
pub fn percent(rate: f64) -> String {
    format!("{} %", hundredfold(rate))
}

/// A difference of fractions in percentage points: `5.0 points`.
pub fn points(difference: f64) -> String {
    format!("{} points", hundredfold(difference))
}

/// One digit after the point, a second where one would hide the figure.
fn hundredfold(fraction: f64) -> String {
    let value = 100.0 * fraction;
    if value != 0.0 && value.abs() < 0.095 { format!("{value:.2}") } else { format!("{value:.1}") }
}

/// A whole number in groups of three digits: `12,000`.
pub fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A stretch of time: `8 s`, `2:05`, `1:02:05`, `3 d 4 h`.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "?".to_owned();
    }
    let whole = seconds.round() as u64;
    let (days, hours, minutes, rest) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{rest} s"),
        (0, 0, _) => format!("{minutes}:{rest:02}"),
        (0, _, _) => format!("{hours}:{minutes:02}:{rest:02}"),
        _ => format!("{days} d {hours} h"),
    }
}

/// The first letter made a capital.
pub fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmful_characters_are_replaced_and_others_kept() {
        for (text, shown) in [
            ("digits-1", "digits-1"),
            ("größe 漢字 🙂", "größe 漢字 🙂"),
            ("\u{1b}[2Jboo\r\n", "·[2Jboo··"),
            ("a\u{202e}b\u{9b}c\u{feff}", "a·b·c·"),
        ] {
            assert_eq!(harmless(text), shown);
        }
    }

    #[test]
    fn long_texts_are_shortened() {
        assert_eq!(
            ["", "größe", "漢字漢字漢字"].map(|text| shortened(text, 5).into_owned()),
            ["", "größe", "漢字漢字漢…"]
        );
    }

    #[test]
    fn figures() {
        assert_eq!([0.051, 0.0004, 0.0, 0.001].map(percent), ["5.1 %", "0.04 %", "0.0 %", "0.1 %"]);
        assert_eq!(points(-0.0123), "-1.2 points");
        assert_eq!([900, 12_000, 1_234_567].map(thousands), ["900", "12,000", "1,234,567"]);
        assert_eq!([8.2, 125.0, 3725.0, 273_600.0, f64::NAN].map(duration), ["8 s", "2:05", "1:02:05", "3 d 4 h", "?"]);
        assert_eq!(capitalized("high bias"), "High bias");
        assert_eq!(capitalized(""), "");
    }
}
