//! Run directories: event files, log, control, summary; written by one, read by many. Knows `domain`.
//!
//! [`Root`] makes, finds and lists runs; a [`RunDir`] is one of them as readers see it, a [`Follower`] what is new in
//! it, a [`RunWriter`] the worker's end. Any number of readers may look on, on any machine that sees the directory;
//! the one writer is told by a lock ([`lock`]). Every file is either replaced as a whole ([`files`]) or appended to
//! ([`lines`], [`events`]), so that whoever is killed at whatever moment leaves what was written before readable.

mod annotations;
pub mod catalog;
mod crc;
#[cfg(test)]
mod damage;
mod elsewhere;
mod error;
mod events;
mod files;
mod follower;
mod host;
mod index;
mod lines;
mod lock;
mod patience;
mod predictions;
mod queue;
mod rebuild;
mod review;
mod root;
mod run_dir;
mod trash;
mod tries;
mod weights;
mod writer;

pub use annotations::AnnotationsFile;
pub use error::StoreError;
pub use follower::{Follower, News};
pub use host::hostname;
pub use patience::answered;
pub use predictions::{Predictions, TestPredictions};
pub use queue::{DrainLock, QueueFile};
pub use review::ReviewFile;
pub use root::Root;
pub use run_dir::{Checkpoint, RunDir};
pub use tries::TriesFile;
pub use writer::RunWriter;
