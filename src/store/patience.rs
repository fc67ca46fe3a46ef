//! Disks that do not answer: a server that is gone, a cable that was pulled. Whoever reads from one waits for ever, and
//! nothing takes the thread back.

use std::sync::mpsc;
use std::time::Duration;

/// What a disk tells within a moment; `None` of one that does not answer. Whoever asks is then left to wait alone.
pub fn answered<T: Send + 'static>(ask: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    /// Disks that are merely slow take tenths of a second.
    const MOMENT: Duration = Duration::from_secs(1);
    let (told, heard) = mpsc::channel();
    std::thread::spawn(move || drop(told.send(ask())));
    heard.recv_timeout(MOMENT).ok()
}
