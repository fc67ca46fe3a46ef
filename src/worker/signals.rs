//! What the system may tell a worker: to go (SIGTERM, SIGINT: it saves and says so), or that a terminal is gone (SIGHUP:
//! none of its business).

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag::register;

use super::WorkerError;

/// Whether the system has told this process to go.
#[derive(Debug, Clone, Default)]
pub(super) struct Signals {
    go: Arc<AtomicBool>,
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// The system does not let it.
    pub(super) fn listen() -> Result<Self, WorkerError> {
        let signals = Self::default();
        let listen = |signal, flag: &Arc<AtomicBool>| -> io::Result<()> { register(signal, flag.clone()).map(drop) };
        listen(SIGTERM, &signals.go)
            .and_then(|()| listen(SIGINT, &signals.go))
            // A handler that does nothing anyone looks at takes the place of the default, which is to end.
            .and_then(|()| listen(SIGHUP, &Arc::default()))
            .map_err(|source| WorkerError::System { action: "listen to signals", source })?;
        Ok(signals)
    }

    /// Whether it is time to go.
    pub(super) fn told_to_go(&self) -> bool {
        self.go.load(Ordering::Relaxed)
    }

    /// Set once it is time to go.
    pub(super) fn flag(&self) -> Arc<AtomicBool> {
        self.go.clone()
    }

    /// As if the system had told it.
    pub(super) fn tell(&self) {
        self.go.store(true, Ordering::Relaxed);
    }
}
