//! Standard output, where what the user asked for goes and nothing else.

use std::io::{ErrorKind, Write};

use serde_json::Value;

use super::Failure;
use crate::domain::text::is_harmful;

/// Prints a text. A reader that has seen enough (`rungs ls | head`) is no failure.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::Failed(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Columns of the terminal on standard output; what most have where there is none.
pub(super) fn width() -> usize {
    rustix::termios::tcgetwinsize(std::io::stdout()).map_or(0, |size| usize::from(size.ws_col)).clamp(40, 400).max(80)
}

/// Prints one JSON document.
pub(super) fn print_json(value: &Value) -> Result<(), Failure> {
    print(&document(value))
}

/// A JSON document as text, with every character escaped that does something to a terminal: JSON itself escapes but those
/// below the blank. They stand in strings only, so that the document means what it should.
pub(super) fn document(value: &Value) -> String {
    let plain = format!("{value:#}\n");
    let mut text = String::with_capacity(plain.len());
    for c in plain.chars() {
        if c != '\n' && is_harmful(c) {
            text.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_harmless_document_means_the_same() {
        let value = serde_json::json!({ "a\u{9b}2J\u{7f}": ["\u{1b}\u{202e}ß\n", 1.5] });
        let text = document(&value);
        assert!(text.chars().all(|c| c == '\n' || !is_harmful(c)) && text.contains('ß'), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
