//! The queue's file: `runs/.queue.jsonl`, a line for each change, so that any number of people may change it at once. Beside
//! it the lock of the one process that drains it.
//!
//! Whether a run still waits is not told by this file but by the run itself, whose status a worker changes under the run's
//! own lock: whatever becomes of the process that drains, no run is started twice.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::event::{Event, Fault};
use crate::domain::queue::{Change, Line, Queue};
use crate::domain::run::Status;

use super::host::pid;
use super::lines::{LineTail, LineWriter};
use super::lock::{self, Lock};
use super::{Root, RunDir, RunWriter, StoreError};

/// The queue of a directory of runs. No run has a name that begins with a point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueFile {
    runs: PathBuf,
    /// Whether the runs were made elsewhere, so that nothing is queued.
    watched: bool,
}

/// Held by the process that drains the queue, until it is dropped.
#[derive(Debug)]
pub struct DrainLock(Lock);

impl DrainLock {
    /// Shows that the holder lives, where that has to be shown. To be called every few seconds.
    pub fn touch(&self) {
        self.0.touch();
    }
}

impl Root {
    /// The queue of this directory.
    pub fn queue(&self) -> QueueFile {
        QueueFile { runs: self.runs(), watched: self.is_watched() }
    }
}

impl QueueFile {
    fn path(&self) -> PathBuf {
        self.runs.join(".queue.jsonl")
    }

    fn lock_path(&self) -> PathBuf {
        self.runs.join(".queue.lock")
    }

    /// Where the process that drains writes what it has to say.
    pub fn log_path(&self) -> PathBuf {
        self.runs.join(".queue.log")
    }

    /// Bytes that it has; 0 where it is not there. It only grows, so another number is news.
    pub fn size(&self) -> u64 {
        fs::metadata(self.path()).map_or(0, |metadata| metadata.len())
    }

    /// The queue as it stands. Lines that cannot be read are left out.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn read(&self) -> Result<Queue, StoreError> {
        let mut lines: Vec<Line> = Vec::new();
        LineTail::default().poll(&self.path(), u64::MAX, &mut lines)?;
        Ok(Queue::new(lines))
    }

    /// Makes a change at time `now` (seconds since 1970).
    ///
    /// # Errors
    /// It cannot be written to, or nothing is run here.
    pub fn append(&self, change: Change, now: f64) -> Result<(), StoreError> {
        if self.watched {
            return Err(StoreError::Watched { directory: self.runs.clone() });
        }
        // There may be a wish for how many at a time before there is a run.
        fs::create_dir_all(&self.runs).map_err(StoreError::io(&self.runs, "be made"))?;
        LineWriter::open(&self.path())?.append(&Line { time: now, change })
    }

    /// Puts a run at the end.
    ///
    /// # Errors
    /// The run cannot be read, or the queue not written to.
    pub fn add(&self, run: &RunDir, now: f64) -> Result<(), StoreError> {
        static ADDED: AtomicU64 = AtomicU64::new(0);
        let ticket = format!("{:x}-{:x}-{:x}", (now * 1e3) as u64, pid(), ADDED.fetch_add(1, Ordering::Relaxed));
        let created = run.summary()?.created;
        self.append(Change::Add { run: run.id().clone(), ticket, created }, now)
    }

    /// Whether a process drains it.
    pub fn is_drained(&self) -> bool {
        lock::is_file_held(&self.lock_path())
    }

    /// Becomes the process that drains it; `None` when another one does.
    ///
    /// # Errors
    /// The lock cannot be made.
    pub fn take(&self) -> Result<Option<DrainLock>, StoreError> {
        Ok(Lock::take_file(&self.lock_path())?.map(DrainLock))
    }
}

/// What becomes of a run in the queue without a worker.
impl RunDir {
    /// Makes a run that has ended early wait to be taken up, at time `now` (seconds since 1970). Tells whether it waits now.
    ///
    /// # Errors
    /// A worker has it ([`StoreError::Held`]), or its files cannot be written to.
    pub fn put_back(&self, now: f64) -> Result<bool, StoreError> {
        self.become_of(now, |status, step| match status {
            Status::Queued | Status::Finished => None,
            // No worker holds it, so one that was at it is gone.
            Status::Running | Status::Paused | Status::Interrupted | Status::Stopped | Status::Failed => {
                Some(Event::Queued { step })
            }
        })
        .map(|status| status == Status::Queued)
    }

    /// Ends a run that waits, so that no worker takes it. Tells whether it does not wait any more.
    ///
    /// # Errors
    /// As [`Self::put_back`].
    pub fn call_off(&self, now: f64) -> Result<bool, StoreError> {
        let stopped = |status, step| (status == Status::Queued).then_some(Event::Stopped { step, control: None });
        self.become_of(now, stopped).map(|status| status != Status::Queued)
    }

    /// Ends a run that waits and whose worker could not be started.
    ///
    /// # Errors
    /// As [`Self::put_back`].
    pub fn give_up(&self, reason: &str, now: f64) -> Result<(), StoreError> {
        let failed = |status, step| {
            let message = reason.to_owned();
            (status == Status::Queued).then_some(Event::Failed { step, message, fault: Fault::Run })
        };
        self.become_of(now, failed).map(drop)
    }

    /// Logs what `event` makes of the run's status and step, and gives its status after that.
    fn become_of(&self, now: f64, event: impl Fn(Status, u64) -> Option<Event>) -> Result<Status, StoreError> {
        let mut writer = RunWriter::open(self, now)?;
        let summary = writer.summary();
        if let Some(event) = event(summary.status, summary.step) {
            writer.log(now, event)?;
            writer.write_summary(now)?;
            writer.sync()?;
        }
        Ok(writer.summary().status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::experiment::Experiment;
    use crate::domain::queue::Spot;
    use crate::domain::run::RunId;
    use std::io::Write;

    fn root() -> (tempfile::TempDir, Root) {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        (folder, root)
    }

    fn made(root: &Root) -> RunDir {
        root.create(&Experiment { name: "a".into(), ..Experiment::default() }, 1.0).unwrap()
    }

    fn order(root: &Root) -> Vec<String> {
        let queue = root.queue().read().unwrap();
        queue.due(&root.list().unwrap()).into_iter().map(|(waiting, _)| waiting.run.0.clone()).collect()
    }

    #[test]
    fn torn_and_unknown_lines_are_passed_over() {
        let (_folder, root) = root();
        let file = root.queue();
        assert_eq!((file.read().unwrap(), file.size()), (Queue::default(), 0));
        file.add(&made(&root), 2.0).unwrap();
        let mut raw = fs::OpenOptions::new().append(true).open(file.path()).unwrap();
        raw.write_all(b"{\"change\":\"sing\",\"time\":3}\n\xff\xfe\n{\"time\":4.0,\"change\":\"ho").unwrap();
        assert_eq!(order(&root), ["a-1"]);
        file.add(&made(&root), 5.0).unwrap();
        file.append(Change::Move { run: RunId("a-2".into()), to: Spot::First }, 6.0).unwrap();
        assert_eq!(order(&root), ["a-2", "a-1"]);
        assert!(!file.read().unwrap().held);
    }

    #[test]
    fn of_many_who_add_at_once_nobody_is_lost() {
        let (_folder, root) = root();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..5).for_each(|_| root.queue().add(&made(&root), 2.0).unwrap()));
            }
        });
        assert_eq!(order(&root).len(), 40);
    }

    #[test]
    fn a_deleted_run_waits_no_more_and_one_that_gets_its_name_does_not_either() {
        let (_folder, root) = root();
        let run = made(&root);
        root.queue().add(&run, 2.0).unwrap();
        fs::remove_dir_all(run.path()).unwrap();
        assert!(order(&root).is_empty());
        let later = root.create(&Experiment { name: "a".into(), ..Experiment::default() }, 100.0).unwrap();
        assert_eq!(later.id(), run.id());
        assert!(order(&root).is_empty());
    }

    #[test]
    fn what_waits_is_called_off_put_back_and_given_up() {
        let (_folder, root) = root();
        let run = made(&root);
        let status = || run.summary().unwrap().status;
        assert!(run.call_off(2.0).unwrap());
        assert_eq!(status(), Status::Stopped);
        assert!(run.put_back(3.0).unwrap() && run.put_back(3.0).unwrap());
        assert_eq!(status(), Status::Queued);
        assert_eq!(run.records().unwrap().len(), 2, "what waits already is not put back");
        // The log alone tells it too.
        fs::remove_file(run.path().join("summary.json")).unwrap();
        assert_eq!(status(), Status::Queued);
        run.give_up("the program is gone", 4.0).unwrap();
        assert_eq!((status(), run.summary().unwrap().error.as_deref()), (Status::Failed, Some("the program is gone")));
        let held = RunWriter::open(&run, 5.0).unwrap();
        assert!(matches!(run.put_back(6.0), Err(StoreError::Held { .. })));
        drop(held);
        assert!(run.put_back(7.0).unwrap());
        assert_eq!(run.summary().unwrap().error, None);
    }

    #[test]
    fn one_process_drains() {
        let (_folder, root) = root();
        made(&root);
        let file = root.queue();
        assert!(!file.is_drained());
        let lock = file.take().unwrap().unwrap();
        assert!(file.is_drained() && file.take().unwrap().is_none());
        drop(lock);
        assert!(!file.is_drained());
    }
}
