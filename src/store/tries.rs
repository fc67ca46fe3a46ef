//! What remedies have come to: `runs/.remedies.jsonl`, one file for all runs of a directory. It only grows, so that what was
//! learned here outlives the runs that it was learned from.

use std::fs;
use std::path::{Path, PathBuf};

use crate::domain::tries::{Tries, Try};

use super::lines::{LineTail, LineWriter};
use super::{RunDir, StoreError};

/// The record of remedies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriesFile {
    path: PathBuf,
}

impl TriesFile {
    fn in_runs(runs: &Path) -> Self {
        // No run has a name that begins with a point.
        Self { path: runs.join(".remedies.jsonl") }
    }

    /// Bytes that it has; 0 where it is not there. It only grows, so more bytes are news.
    pub fn size(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    /// Every try. Lines that cannot be read are left out.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn read(&self) -> Result<Tries, StoreError> {
        let mut lines = Vec::new();
        LineTail::default().poll(&self.path, u64::MAX, &mut lines)?;
        Ok(Tries::new(lines))
    }

    /// Adds a try.
    ///
    /// # Errors
    /// It cannot be written to.
    pub fn append(&self, one: &Try) -> Result<(), StoreError> {
        LineWriter::open(&self.path)?.append(one)
    }
}

impl RunDir {
    /// The record of remedies beside this run.
    pub fn tries(&self) -> TriesFile {
        TriesFile::in_runs(&self.path().join(".."))
    }

    /// Adds what this run has come to at time `now` (seconds since 1970), where it was a remedy for its parent.
    ///
    /// # Errors
    /// One of its files cannot be read, or the record cannot be written to.
    pub fn record_try(&self, now: f64) -> Result<(), StoreError> {
        let report = self.report()?;
        let comparison = report.comparison.as_ref();
        match comparison.and_then(|comparison| Try::of(&report.summary.id, comparison, now)) {
            Some(one) => self.tries().append(&one),
            None => Ok(()),
        }
    }
}
