//! How far loading has come, for whoever shows it.

/// So many pieces (files, or bytes of a file) of so many are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Pieces that are done.
    pub done: u64,
    /// Pieces in all.
    pub of: u64,
}
