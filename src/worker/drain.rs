//! The process that drains the queue: it starts the runs that wait, as many at a time as people want, until none waits.
//!
//! There is one for a directory of runs, told by a lock, and it needs nobody who looks on. It holds nothing that its files
//! do not: killed at whatever moment, the next one goes on where it was. Waiting, it looks at a few locks and the size of a
//! file, four times a second; the list of all runs is read only when one of those says that something may be done.

use std::collections::HashSet;
use std::io::Write;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::launch::{LaunchError, Launched, Launcher};
use super::queue::QueueError;
use crate::domain::queue::{Change, Queue, Waiting};
use crate::domain::run::{RunId, Status, Summary};
use crate::store::{QueueFile, Root, RunDir, StoreError};

/// How often workers and the queue are looked at.
const LOOK: Duration = Duration::from_millis(250);
/// The list of runs is read so often though nothing seems to have happened.
const STILL: Duration = Duration::from_mins(1);

/// Starts the runs in the queue of `root` until none waits, unless another process does: what `rungs drain` does.
///
/// Makes this process the leader of a session of its own, so that a closed terminal does not concern it.
///
/// # Errors
/// The queue cannot be read, or workers cannot be started at all. What waits then stays in the queue.
pub fn run(root: &Root, launcher: &Launcher) -> Result<(), QueueError> {
    // Refused to who already leads a group, as when started from a shell by hand: then that is as good.
    let _ = rustix::process::setsid();
    let mut drain = Drain::new(root, launcher);
    loop {
        let Some(lock) = drain.file.take()? else { return Ok(()) };
        while drain.turn()? {
            lock.touch();
            std::thread::sleep(LOOK);
        }
        drop(lock);
        // Who has added a run a moment ago may have seen the lock and relied on this process.
        if !drain.is_wanted()? {
            return Ok(());
        }
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// A worker that was started here.
struct Started {
    run: RunDir,
    ticket: String,
    worker: Launched,
    /// Whether it has taken its run.
    begun: bool,
}

struct Drain<'a> {
    root: &'a Root,
    file: QueueFile,
    launcher: &'a Launcher,
    started: Vec<Started>,
    /// Live runs that were started by others.
    others: Vec<RunDir>,
    /// Tickets of runs that could not be started, nor that be written down.
    given_up: HashSet<String>,
    /// Whether a run waits that may be started once there is a place.
    waits: bool,
    /// When the list of runs was last read, and how large the queue's file was then.
    looked: Option<(Instant, u64)>,
}

impl<'a> Drain<'a> {
    fn new(root: &'a Root, launcher: &'a Launcher) -> Self {
        Self {
            root,
            file: root.queue(),
            launcher,
            started: Vec::new(),
            others: Vec::new(),
            given_up: HashSet::new(),
            waits: false,
            looked: None,
        }
    }

    /// Looks whether something has happened and does what there is to do. Tells whether there will be more.
    fn turn(&mut self) -> Result<bool, QueueError> {
        let ended = self.reap();
        let quiet = self.looked.is_some_and(|(when, size)| when.elapsed() < STILL && size == self.file.size());
        if ended || !quiet || self.others.iter().any(|run| !run.is_held()) {
            self.look()?;
        }
        // A worker that has taken its run says itself how it ends.
        Ok(self.waits || self.started.iter().any(|started| !started.begun))
    }

    /// Takes leave of workers that have ended. Tells whether there were any.
    fn reap(&mut self) -> bool {
        let before = self.started.len();
        let mut running = Vec::new();
        for mut started in std::mem::take(&mut self.started) {
            match started.worker.try_wait() {
                Ok(None) => {
                    started.begun = started.begun || has_begun(&started.run);
                    running.push(started);
                }
                Ok(Some(status)) => {
                    if !has_begun(&started.run) {
                        self.give_up(&started.run, &started.ticket, &started.worker.last_words(status));
                    }
                }
                // It cannot be watched; its files tell.
                Err(_) => {}
            }
        }
        self.started = running;
        self.started.len() < before
    }

    /// Reads the queue and the list of runs, and starts as many as there are places.
    fn look(&mut self) -> Result<(), QueueError> {
        // The size first: what is added while the queue is read is news.
        self.looked = Some((Instant::now(), self.file.size()));
        let (queue, runs) = (self.file.read()?, self.root.list()?);
        self.tidy(&queue, &runs);
        let is_own = |id: &RunId, drain: &Self| drain.started.iter().any(|started| started.run.id() == id);
        self.others = runs
            .iter()
            .filter(|summary| summary.status.is_live() || summary.status == Status::Queued)
            .filter(|summary| !is_own(&summary.id, self))
            .filter_map(|summary| self.root.run(&summary.id).ok())
            // One that is still called queued and has a worker is about to train.
            .filter(RunDir::is_held)
            .collect();
        let mut due: Vec<&Waiting> = queue.due(&runs).into_iter().map(|(waiting, _)| waiting).collect();
        due.retain(|waiting| !is_own(&waiting.run, self) && !self.given_up.contains(&waiting.ticket));
        let all = due.len();
        due.retain(|waiting| self.others.iter().all(|run| run.id() != &waiting.run));
        // What others have in hand may yet come back.
        let in_hand = due.len() < all;
        let mut free = queue.free(self.started.len() + self.others.len());
        let mut due = due.into_iter().peekable();
        while free > 0
            && let Some(waiting) = due.next()
        {
            if self.start(waiting)? {
                free -= 1;
            }
        }
        self.waits = !queue.held && (in_hand || due.peek().is_some());
        Ok(())
    }

    /// Starts a worker. Tells whether that went well; if not, the run has failed.
    fn start(&mut self, waiting: &Waiting) -> Result<bool, QueueError> {
        // Deleted since the list was read.
        let Ok(run) = self.root.run(&waiting.run) else { return Ok(false) };
        // A worker that is to begin refuses a run that was started meanwhile, whoever did that.
        match self.launcher.start(&run, false) {
            Ok(worker) => {
                let ticket = waiting.ticket.clone();
                self.started.push(Started { run, ticket, worker, begun: false });
                Ok(true)
            }
            // No fault of this run: the others would fare no better.
            Err(error @ LaunchError::Start { .. }) => Err(QueueError::NotDrained(error)),
            Err(error) => {
                self.give_up(&run, &waiting.ticket, &error.to_string());
                Ok(false)
            }
        }
    }

    /// Ends a run that cannot be started, so that the queue goes on.
    fn give_up(&mut self, run: &RunDir, ticket: &str, reason: &str) {
        let reason = format!("its turn came, and its worker did not start: {reason}");
        self.given_up.insert(ticket.to_owned());
        if let Err(error) = run.give_up(&reason, now()) {
            // Nothing is left to be done when this cannot be written either.
            let _ = writeln!(std::io::stderr(), "rungs: {}: {reason} ({error})", run.id());
        }
    }

    /// Takes runs off the queue that were started, ended or deleted.
    fn tidy(&self, queue: &Queue, runs: &[Summary]) {
        for waiting in &queue.waiting {
            let is_due = match runs.iter().find(|summary| summary.id == waiting.run) {
                Some(summary) => waiting.is_due(summary),
                // What cannot be read just now is left out of the list.
                None => self.root.run(&waiting.run).is_ok(),
            };
            if !is_due {
                let change = Change::Leave { run: waiting.run.clone(), ticket: waiting.ticket.clone() };
                // Else the next one will.
                let _ = self.file.append(change, now());
            }
        }
    }

    /// Whether a run waits that may be started.
    fn is_wanted(&self) -> Result<bool, StoreError> {
        let queue = self.file.read()?;
        let runs = self.root.list()?;
        let due = queue.due(&runs);
        Ok(!queue.held && due.iter().any(|(waiting, _)| !self.given_up.contains(&waiting.ticket)))
    }
}

/// Whether a worker has taken a run, or it waits no more for another reason.
fn has_begun(run: &RunDir) -> bool {
    run.is_held() || run.summary().map_or(true, |summary| summary.status != Status::Queued)
}
