//! One run's directory, as readers see it: everything here may be called while a worker writes.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::control::{Command, Control};
use crate::domain::event::Record;
use crate::domain::experiment::Experiment;
use crate::domain::report::{Parent, Parts, Report, assemble};
use crate::domain::run::{RunId, Summary};
use crate::domain::series::Series;

use super::elsewhere::ElsewhereTail;
use super::events::EventTail;
use super::follower::BUDGET;
use super::host::pid;
use super::lines::{LineTail, LineWriter};
use super::{Root, StoreError, catalog, files, lock, rebuild};

/// A summary is a few hundred bytes.
const MAX_SUMMARY: u64 = 1 << 20;
/// Bytes that the last words of a worker may have, with the list of calls that led to them.
const LAST_WORDS: u64 = 8 << 10;
/// Networks larger than this are not trained here.
pub(super) const MAX_CHECKPOINT: u64 = 16 << 30;

/// The checkpoints of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Checkpoint {
    /// What a resumed run goes on from.
    Last,
    /// The weights with the fewest mistakes on the dev set.
    Best,
}

impl Checkpoint {
    /// As the log names it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Last => "last",
            Self::Best => "best",
        }
    }
}

/// A run's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDir {
    path: PathBuf,
    id: RunId,
}

impl RunDir {
    /// The directory at `path`, whose name is the run's id.
    ///
    /// # Errors
    /// It is no directory, or has no name.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = || StoreError::io(path, "be opened");
        let metadata = fs::metadata(path).map_err(failed())?;
        if !metadata.is_dir() {
            return Err(StoreError::damaged(path, "is no run's directory"));
        }
        let name = match path.file_name() {
            Some(name) => name.to_owned(),
            None => fs::canonicalize(path).map_err(failed())?.file_name().unwrap_or_default().to_owned(),
        };
        Ok(Self { path: path.to_path_buf(), id: RunId(name.to_string_lossy().into_owned()) })
    }

    pub(super) fn at(path: PathBuf, id: RunId) -> Self {
        Self { path, id }
    }

    /// The same run, reached by another path.
    pub fn moved_to(&self, path: &Path) -> Self {
        Self { path: path.to_path_buf(), id: self.id.clone() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The run's id.
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// `experiment.toml`.
    pub fn experiment_path(&self) -> PathBuf {
        self.path.join("experiment.toml")
    }

    pub(super) fn log_path(&self) -> PathBuf {
        self.path.join("log.jsonl")
    }

    pub(super) fn control_path(&self) -> PathBuf {
        self.path.join("control.jsonl")
    }

    pub(super) fn summary_path(&self) -> PathBuf {
        self.path.join("summary.json")
    }

    pub(super) fn predictions_path(&self) -> PathBuf {
        self.path.join("predictions.safetensors")
    }

    pub(super) fn checkpoint_path(&self, which: Checkpoint) -> PathBuf {
        self.path.join("checkpoints").join(format!("{}.safetensors", which.word()))
    }

    /// Refuses what is done to a run made elsewhere, which is only looked at.
    ///
    /// # Errors
    /// [`StoreError::Elsewhere`] of such a run.
    pub fn made_here(&self) -> Result<(), StoreError> {
        if self.is_elsewhere() { Err(StoreError::Elsewhere { id: self.id.0.clone() }) } else { Ok(()) }
    }

    /// The experiment, with every default.
    ///
    /// # Errors
    /// Its file cannot be read or says something wrong.
    pub fn experiment(&self) -> Result<Experiment, StoreError> {
        self.made_here()?;
        Ok(catalog::read_own(&self.experiment_path())?)
    }

    /// Status and last figures. A live run that no worker holds is `interrupted`. A damaged `summary.json` is made up
    /// for from the log.
    ///
    /// # Errors
    /// There is no such run, or neither its summary nor its experiment can be read.
    pub fn summary(&self) -> Result<Summary, StoreError> {
        let summary = match self.written_summary() {
            Ok(summary) => summary,
            Err(error) => return self.summary_elsewhere().ok_or(error),
        };
        if !summary.status.is_live() || self.is_held() {
            return Ok(summary);
        }
        // A worker that has just ended wrote its last word before it let go.
        let mut summary = self.written_summary()?;
        if summary.status.is_live() {
            summary.lose_worker(&self.end_of_worker_log(LAST_WORDS));
        }
        Ok(summary)
    }

    /// The summary as the worker last wrote it.
    pub(super) fn written_summary(&self) -> Result<Summary, StoreError> {
        match self.own_summary() {
            Ok((_, summary)) => Ok(summary),
            Err(error) => rebuild::summary(self).ok_or(error),
        }
    }

    /// The bytes of `summary.json`, and what they say.
    pub(super) fn own_summary(&self) -> Result<(Vec<u8>, Summary), StoreError> {
        let path = self.summary_path();
        let bytes = files::read(&path, MAX_SUMMARY)?;
        let summary: Summary =
            serde_json::from_slice(&bytes).map_err(|error| StoreError::damaged(&path, error.to_string()))?;
        // The directory's name is the id, whatever it was called when the summary was written.
        Ok((bytes, Summary { id: self.id.clone(), ..summary }))
    }

    /// What happened to the run, oldest first. Lines that cannot be read are left out.
    ///
    /// # Errors
    /// The log is there and cannot be read.
    pub fn records(&self) -> Result<Vec<Record>, StoreError> {
        let mut records = Vec::new();
        LineTail::default().poll(&self.log_path(), u64::MAX, &mut records)?;
        Ok(records)
    }

    /// The last bytes of what the worker printed, so many at most; empty where there is nothing, or nothing that can be read.
    pub fn end_of_worker_log(&self, bytes: u64) -> String {
        let read = || -> std::io::Result<Vec<u8>> {
            let mut file = files::open(&self.path.join("worker.log"))?;
            let begin = file.metadata()?.len().saturating_sub(bytes);
            file.seek(SeekFrom::Start(begin))?;
            let mut end = Vec::new();
            file.take(bytes).read_to_end(&mut end)?;
            Ok(end)
        };
        String::from_utf8_lossy(&read().unwrap_or_default()).into_owned()
    }

    /// The commands sent to the run, oldest first.
    ///
    /// # Errors
    /// They are there and cannot be read.
    pub fn commands(&self) -> Result<Vec<Control>, StoreError> {
        let mut commands = Vec::new();
        LineTail::default().poll(&self.control_path(), u64::MAX, &mut commands)?;
        Ok(commands)
    }

    /// Every curve by its tag, as it stands: what a restart replaced is left out.
    ///
    /// # Errors
    /// The event files cannot be read.
    pub fn curves(&self) -> Result<BTreeMap<String, Series>, StoreError> {
        let mut curves = BTreeMap::<String, Series>::new();
        let mut tail = EventTail::default();
        let mut elsewhere = ElsewhereTail::of(self)?;
        loop {
            let batch = match &mut elsewhere {
                Some(tail) => tail.poll(&self.path, BUDGET, true)?,
                None => tail.poll(&self.path, BUDGET, true)?,
            };
            if let Some(step) = batch.restart {
                for series in curves.values_mut() {
                    series.truncate_from(step as f64);
                }
            }
            for points in batch.curves {
                let series = curves.entry(points.tag.to_string()).or_default();
                for (step, _, value) in points.iter() {
                    series.push(step as f64, value);
                }
            }
            if !batch.more {
                return Ok(curves);
            }
        }
    }

    /// Sends a command to the run's worker at time `now` (seconds since 1970) and gives the id that the answer in the
    /// log will carry.
    ///
    /// # Errors
    /// `control.jsonl` cannot be written to.
    pub fn send(&self, command: Command, now: f64) -> Result<String, StoreError> {
        static SENT: AtomicU64 = AtomicU64::new(0);
        let count = SENT.fetch_add(1, Ordering::Relaxed);
        let id = format!("{:x}-{:x}-{count:x}", (now * 1e3) as u64, pid());
        LineWriter::open(&self.control_path())?.append(&Control { id: id.clone(), time: now, command })?;
        Ok(id)
    }

    /// Whether a worker holds the run.
    pub fn is_held(&self) -> bool {
        lock::is_held(&self.path)
    }

    /// A checkpoint's bytes; `None` when there is none yet.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn checkpoint(&self, which: Checkpoint) -> Result<Option<Vec<u8>>, StoreError> {
        match files::read(&self.checkpoint_path(which), MAX_CHECKPOINT) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Everything known of the run, put together from its files.
    ///
    /// # Errors
    /// One of them is there and cannot be read.
    pub fn report(&self) -> Result<Report, StoreError> {
        self.report_of(self.summary()?)
    }

    /// The same, of a summary that is at hand.
    ///
    /// # Errors
    /// As [`Self::report`].
    pub fn report_of(&self, summary: Summary) -> Result<Report, StoreError> {
        if summary.elsewhere {
            return self.report_elsewhere(summary);
        }
        let experiment = self.experiment()?;
        let parent = self.parent(&experiment);
        self.report_beside(parent.as_ref(), summary, experiment)
    }

    fn report_beside(
        &self,
        parent: Option<&Parent>,
        summary: Summary,
        experiment: Experiment,
    ) -> Result<Report, StoreError> {
        let losses = self.curves()?.remove("train/loss").unwrap_or_default();
        let review = self.reviewed(&experiment)?;
        let (records, losses, tries) = (&self.records()?, losses.ys(), &self.tries().read()?);
        let donor = summary.train.and_then(|train| self.donor(&experiment, train.of));
        let donor = donor.as_ref();
        Ok(assemble(Parts { summary, experiment, parent, records, losses, review, tries, donor, elsewhere: None }))
    }

    /// What this run's experiment is a variation of: the run beside this one, or the experiment of that name.
    pub fn parent(&self, experiment: &Experiment) -> Option<Parent> {
        let name = experiment.parent.as_deref()?;
        let runs = self.path.join("..");
        let run = Root::is_id(name).then(|| runs.join(name)).and_then(|path| Self::open(&path).ok());
        match run {
            // Its own parent is of no concern here.
            Some(run) => {
                let report = run.report_beside(None, run.summary().ok()?, run.experiment().ok()?).ok()?;
                Some(Parent::Run(Box::new(report)))
            }
            // A name, and no path that leads elsewhere.
            None if name.contains('/') => None,
            None => catalog::open(&runs.join(".."), name, &[]).ok().map(Box::new).map(Parent::Experiment),
        }
    }
}
