//! What is typed: a thread that reads the terminal's bytes as they come, however they come, and makes [`Input`] of them.
//!
//! crossterm's own reader is not used, for it waits without end in the middle of a sequence that was cut, takes no key
//! any more after a paste whose end mark was lost, and turns without rest when the terminal is gone.

mod parse;

use std::io;
use std::time::Duration;

use crossterm::event::Event;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio::sync::mpsc::Sender;

use crate::tui::graphics::answers::Told;
use parse::Parser;

/// What comes from the terminal.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A key, the mouse, a paste.
    Event(Event),
    /// The answer to [`super::flow::QUESTION`].
    Answer,
    /// What the terminal tells of itself.
    Told(Told),
}

/// Reads until the terminal is gone or nobody listens, and then lets go of `inputs`. What is not taken stays in the
/// terminal's buffer.
pub fn run(inputs: &Sender<Input>) {
    let mut parser = Parser::default();
    let mut buffer = [0; 4096];
    loop {
        let found = match ready(parser.patience()) {
            // Nothing has come for so long: what was begun was all.
            Ok(false) => parser.silence(),
            Ok(true) => match rustix::io::read(rustix::stdio::stdin(), &mut buffer) {
                Ok(0) => return,
                Ok(count) => parser.feed(&buffer[..count]),
                Err(Errno::INTR | Errno::AGAIN) => continue,
                Err(_) => return,
            },
            Err(_) => return,
        };
        for input in found {
            if inputs.blocking_send(input).is_err() {
                return;
            }
        }
    }
}

/// Waits until there is something to read; `false` when there is not after so long.
fn ready(patience: Option<Duration>) -> io::Result<bool> {
    let time = patience
        .map(|patience| Timespec { tv_sec: patience.as_secs() as i64, tv_nsec: i64::from(patience.subsec_nanos()) });
    loop {
        match poll(&mut [PollFd::from_borrowed_fd(rustix::stdio::stdin(), PollFlags::IN)], time.as_ref()) {
            Ok(count) => return Ok(count > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
