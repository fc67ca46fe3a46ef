//! What loading may use beside the files that it loads, and who hears of it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// So many pieces (files, or bytes of a file) of so many are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Pieces that are done.
    pub done: u64,
    /// Pieces in all.
    pub of: u64,
}

/// What loading may use.
#[derive(Clone, Copy, Default)]
pub struct Loading<'a> {
    /// Told from any thread how far it has come; it begins anew for a target.
    pub watch: Option<&'a (dyn Fn(Progress) + Sync)>,
    /// Where decoded pictures are kept; it need not be there yet. Without one they are decoded each time.
    pub cache: Option<&'a Path>,
    /// Set by whoever no longer wants the data: then loading ends soon, with an error.
    pub stop: Option<&'a AtomicBool>,
}

impl Loading<'_> {
    /// Tells how far it has come.
    pub(super) fn tell(&self, progress: Progress) {
        if let Some(watch) = self.watch {
            watch(progress);
        }
    }

    /// Whether nobody wants the data any more.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }
}
