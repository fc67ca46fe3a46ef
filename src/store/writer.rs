//! A run's directory, as its worker writes it. Whoever has a [`RunWriter`] holds the run: nobody else writes there,
//! but for commands that are appended to `control.jsonl`.
//!
//! The order of writing lets readers rely on what they see: scalars are on disk before the line of the log that
//! follows them, and both before the summary that speaks of them.
//!
//! On a full disk nothing is lost or torn: what could not be written is kept, and the next call begins with it. Some
//! room is set aside from the start ([`RunWriter::use_reserve`]), so that the log can still say that there is none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::domain::control::Control;
use crate::domain::event::{Event, Record};
use crate::domain::experiment::Experiment;
use crate::domain::run::Summary;

use super::events::EventWriter;
use super::files::{self, Durability};
use super::lines::{LineTail, LineWriter};
use super::lock::{self, Lock};
use super::predictions::Predictions;
use super::{Checkpoint, RunDir, StoreError, rebuild, root};

/// Set aside for the last words of a worker on a full disk.
const RESERVE: usize = 64 << 10;
/// Scalars are written before this much of them waits.
const MAX_WAITING: usize = 1 << 20;

/// The worker's end of a run's directory.
#[derive(Debug)]
pub struct RunWriter {
    run: RunDir,
    lock: Lock,
    log: LineWriter,
    /// From [`Self::begin`] on.
    events: Option<EventWriter>,
    control: LineTail,
    summary: Summary,
    reserve: Option<PathBuf>,
    /// Where the directory was when it was taken, from the root of all.
    place: Option<PathBuf>,
}

impl RunWriter {
    /// Takes a run, at time `now` (seconds since 1970).
    ///
    /// # Errors
    /// Another worker has it ([`StoreError::Held`]), or its files cannot be read or written.
    pub fn open(run: &RunDir, now: f64) -> Result<Self, StoreError> {
        run.made_here()?;
        let Some(lock) = Lock::take(run.path())? else {
            return Err(StoreError::Held { id: run.id().0.clone(), holder: lock::holder(run.path()) });
        };
        if !lock.is_of(run.path()) {
            // Whoever had it has deleted the run.
            return Err(StoreError::Gone { path: run.path().to_path_buf() });
        }
        let checkpoints = run.path().join("checkpoints");
        fs::create_dir_all(&checkpoints).map_err(StoreError::io(&checkpoints, "be made"))?;
        for path in [
            run.experiment_path(),
            run.summary_path(),
            run.predictions_path(),
            run.checkpoint_path(Checkpoint::Last),
            run.checkpoint_path(Checkpoint::Best),
        ] {
            files::sweep(&path);
        }
        let mut writer = Self {
            run: run.clone(),
            lock,
            log: LineWriter::open(&run.log_path())?,
            events: None,
            control: LineTail::default(),
            summary: run.written_summary()?,
            reserve: None,
            place: fs::canonicalize(run.path()).ok(),
        };
        writer.set_aside()?;
        writer.summary.updated = now;
        Ok(writer)
    }

    /// The run.
    pub fn run(&self) -> &RunDir {
        &self.run
    }

    /// The summary, to be changed and written by [`Self::write_summary`].
    pub fn summary(&mut self) -> &mut Summary {
        &mut self.summary
    }

    /// Whether this path leads to the directory that is written to, and not to another one or nowhere.
    pub fn is_at(&self, directory: &Path) -> bool {
        self.lock.is_of(directory)
    }

    /// Whether others can still reach the directory, where it was or where it was moved to. Of a file system that was
    /// unmounted while it was written to, a writer would not notice otherwise.
    pub fn is_within_reach(&self) -> bool {
        match fs::canonicalize(self.run.path()) {
            // The working directory of a worker has no path any more. The disk may have come back in its old place.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.place.as_ref().is_some_and(|place| self.is_at(place))
            }
            _ => true,
        }
    }

    /// Begins an event file of this worker's own, after `step` steps: what older ones say of later steps does not
    /// count any more.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn begin(&mut self, step: u64, now: f64) -> Result<(), StoreError> {
        self.events.insert(EventWriter::begin(self.run.path(), now, step)?).flush()
    }

    /// Adds values of curves at `step`. They are on disk after the next [`Self::flush`], or call that writes.
    ///
    /// # Errors
    /// So many wait that they had to be written, and could not be; they are kept.
    pub fn scalars(&mut self, step: u64, now: f64, values: &[(&str, f32)]) -> Result<(), StoreError> {
        let Some(events) = &mut self.events else { return Ok(()) };
        events.scalars(step, now, values);
        if events.waiting() > MAX_WAITING { events.flush() } else { Ok(()) }
    }

    /// Adds a line to the log, after the scalars that wait, and brings the summary (in memory) up to what it tells.
    ///
    /// # Errors
    /// The disk is full or gone. The line is kept and written by the next call: it is not to be logged again.
    pub fn log(&mut self, now: f64, event: Event) -> Result<(), StoreError> {
        let record = Record { time: now, event };
        rebuild::tell(&mut self.summary, &record);
        let flushed = self.events.as_mut().map_or(Ok(()), EventWriter::flush);
        self.log.append(&record)?;
        flushed
    }

    /// Adds lines to the log and replaces the summary in the room that was set aside, ahead of the scalars that wait,
    /// which may need more than that.
    ///
    /// # Errors
    /// There is no room even so. What was not written waits.
    pub fn last_words(&mut self, now: f64, events: impl IntoIterator<Item = Event>) -> Result<(), StoreError> {
        self.use_reserve();
        let mut said = Ok(());
        for event in events {
            let record = Record { time: now, event };
            rebuild::tell(&mut self.summary, &record);
            said = said.and(self.log.append(&record));
        }
        self.summary.updated = now;
        said.and(root::write_summary(&self.run, &self.summary))
    }

    /// Writes all that waits.
    ///
    /// # Errors
    /// The disk is full or gone, or the directory was deleted ([`StoreError::Gone`]).
    pub fn flush(&mut self) -> Result<(), StoreError> {
        if self.log.is_deleted() {
            return Err(StoreError::Gone { path: self.run.path().to_path_buf() });
        }
        self.lock.touch();
        self.events.as_mut().map_or(Ok(()), EventWriter::flush)?;
        self.log.flush()
    }

    /// Writes all that waits, and makes it survive a power cut.
    ///
    /// # Errors
    /// As [`Self::flush`].
    pub fn sync(&mut self) -> Result<(), StoreError> {
        self.flush()?;
        self.events.as_mut().map_or(Ok(()), EventWriter::sync)?;
        self.log.sync()
    }

    /// Replaces `summary.json`, after all that waits has been written.
    ///
    /// # Errors
    /// As [`Self::flush`].
    pub fn write_summary(&mut self, now: f64) -> Result<(), StoreError> {
        self.flush()?;
        self.summary.updated = now;
        root::write_summary(&self.run, &self.summary)
    }

    /// Replaces a checkpoint; it is on the disk when this returns.
    ///
    /// # Errors
    /// The disk is full or gone. The checkpoint before is still there.
    pub fn checkpoint(&mut self, which: Checkpoint, bytes: &[u8]) -> Result<(), StoreError> {
        files::replace(&self.run.checkpoint_path(which), bytes, Durability::Disk)
    }

    /// Replaces the dev set's predictions.
    ///
    /// # Errors
    /// The disk is full or gone.
    pub fn predictions(&mut self, predictions: &Predictions) -> Result<(), StoreError> {
        let path = self.run.predictions_path();
        let bytes = predictions
            .to_bytes()
            .map_err(|error| StoreError::damaged(&path, format!("the predictions cannot be expressed: {error}")))?;
        files::replace(&path, &bytes, Durability::Process)
    }

    /// Replaces `experiment.toml`: for defaults that are known only once the data are.
    ///
    /// # Errors
    /// The disk is full or gone.
    pub fn experiment(&mut self, experiment: &Experiment) -> Result<(), StoreError> {
        files::replace(&self.run.experiment_path(), experiment.to_toml().as_bytes(), Durability::Process)
    }

    /// Commands that came since the last call.
    ///
    /// # Errors
    /// `control.jsonl` is there and cannot be read.
    pub fn commands(&mut self) -> Result<Vec<Control>, StoreError> {
        let mut commands = Vec::new();
        self.control.poll(&self.run.control_path(), u64::MAX, &mut commands)?;
        Ok(commands)
    }

    /// Gives up the room that was set aside, so that a few words can be written on a full disk.
    pub fn use_reserve(&mut self) {
        if let Some(path) = self.reserve.take() {
            let _ = fs::remove_file(path);
        }
    }

    /// Sets room aside again.
    ///
    /// # Errors
    /// There is none.
    pub fn set_aside(&mut self) -> Result<(), StoreError> {
        if self.reserve.is_none() {
            let path = self.run.path().join(".reserve");
            files::replace(&path, &filler(RESERVE), Durability::Process)?;
            self.reserve = Some(path);
        }
        Ok(())
    }
}

impl Drop for RunWriter {
    fn drop(&mut self) {
        // Whoever drops it without having written the last words has said why elsewhere.
        let _ = self.flush();
        self.use_reserve();
    }
}

/// Bytes that a compressing file system cannot store in less room.
fn filler(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        // Xorshift (Marsaglia 2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
