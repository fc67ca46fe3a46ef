//! Standard output, where what the user asked for goes and nothing else.

use std::io::{ErrorKind, Write};

use serde_json::Value;

use super::Failure;

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
pub(super) fn print_json(document: &Value) -> Result<(), Failure> {
    print(&format!("{document:#}\n"))
}
