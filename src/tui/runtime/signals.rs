//! The signals that the dashboard hears. SIGPIPE is none of them: Rust's programs ignore it, and a pipe that breaks is an
//! error where it is written to.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What signals say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The program is to end.
    End,
    /// It is to be held, as by a shell.
    Hold,
    /// It goes on after it was held.
    GoOn,
    /// The terminal has another size.
    Size,
}

/// The signals, from now on.
#[derive(Debug)]
pub struct Signals(Vec<(Signal, Heard)>);

impl Signals {
    /// Begins to hear them.
    ///
    /// # Errors
    /// The system does not let us.
    pub fn new() -> io::Result<Self> {
        let kinds = [
            (SignalKind::terminate(), Heard::End),
            (SignalKind::hangup(), Heard::End),
            (SignalKind::interrupt(), Heard::End),
            (SignalKind::quit(), Heard::End),
            (SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()), Heard::Hold),
            (SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()), Heard::GoOn),
            (SignalKind::window_change(), Heard::Size),
        ];
        let signals: io::Result<Vec<_>> = kinds.into_iter().map(|(kind, heard)| Ok((signal(kind)?, heard))).collect();
        Ok(Self(signals?))
    }

    /// Waits for the next.
    pub async fn any(&mut self) -> Heard {
        std::future::poll_fn(|context| {
            let heard =
                self.0.iter_mut().find_map(|(signal, heard)| signal.poll_recv(context).is_ready().then_some(*heard));
            heard.map_or(std::task::Poll::Pending, std::task::Poll::Ready)
        })
        .await
    }
}
