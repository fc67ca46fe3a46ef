//! What people do with the queue: put runs in, move them, take them off; and see to it that somebody drains it.

use std::fmt::Write;
use std::time::{Duration, Instant};

use super::launch::{LaunchError, Launcher};
use crate::domain::queue::{Change, Spot};
use crate::domain::run::{RunId, Status};
use crate::store::{Root, RunDir, StoreError};

/// How often somebody who was just started is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// Who has not begun by then is taken at their word: the machine is busy.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why the queue could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The queue's files, or the run's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is nothing left to train.
    #[error("{id} has finished: there is nothing left to train; `rungs apply {id} more-epochs` trains a longer one")]
    Finished {
        /// The run.
        id: RunId,
    },
    /// It trains already.
    #[error("{id} is {}: it has a place already", status.word())]
    Live {
        /// The run.
        id: RunId,
        /// Running, or paused.
        status: Status,
    },
    /// It is to be moved, or another one before it, and does not wait.
    #[error("{id} is not in the queue; `rungs queue {id}` adds it")]
    NotWaiting {
        /// The run.
        id: RunId,
    },
    /// Nobody drains it.
    #[error("nothing starts the runs in the queue: {0}; they stay in it, and `rungs queue --go-on` tries again")]
    NotDrained(LaunchError),
}

/// Puts a run at the end of the queue at time `now` (seconds since 1970): a new one, or one that has ended early. One that
/// waits already keeps its place.
///
/// # Errors
/// It trains or has finished, or its files or the queue cannot be written to.
pub fn enter(root: &Root, run: &RunDir, now: f64) -> Result<(), QueueError> {
    run.made_here()?;
    let begin = Instant::now();
    let mut status = run.summary()?.status;
    // A worker that has said how the run ended lets go in a moment.
    while !status.is_live() && run.is_held() && begin.elapsed() < PATIENCE {
        std::thread::sleep(LOOK);
        status = run.summary()?.status;
    }
    if status.is_live() {
        return Err(QueueError::Live { id: run.id().clone(), status });
    }
    if places(root)?.contains(run.id()) {
        return Ok(());
    }
    // Its status comes first: in the queue it is only looked at.
    if status != Status::Queued && !run.put_back(now)? {
        return Err(QueueError::Finished { id: run.id().clone() });
    }
    Ok(root.queue().add(run, now)?)
}

/// Takes a run that waits off the queue, or off the list of those that are about to be started. Tells whether that was done:
/// a worker may have been faster.
///
/// # Errors
/// Its files or the queue cannot be written to.
pub fn leave(root: &Root, run: &RunDir, now: f64) -> Result<bool, QueueError> {
    match run.call_off(now) {
        Err(StoreError::Held { .. }) => return Ok(false),
        done => done?,
    };
    let queue = root.queue().read()?;
    if let Some(waiting) = queue.waiting.into_iter().find(|waiting| waiting.run == *run.id()) {
        root.queue().append(Change::Leave { run: waiting.run, ticket: waiting.ticket }, now)?;
    }
    Ok(run.summary()?.status == Status::Stopped)
}

/// Moves a run that waits.
///
/// # Errors
/// It does not wait, or the one that it is to come before does not; or the queue cannot be written to.
pub fn shift(root: &Root, run: &RunId, to: Spot, now: f64) -> Result<(), QueueError> {
    let places = places(root)?;
    let other = if let Spot::Before(other) = &to { Some(other) } else { None };
    if let Some(id) = std::iter::once(run).chain(other).find(|id| !places.contains(id)) {
        return Err(QueueError::NotWaiting { id: id.clone() });
    }
    Ok(root.queue().append(Change::Move { run: run.clone(), to }, now)?)
}

/// The runs that wait, the next one first.
///
/// # Errors
/// The queue or the directory of runs is there and cannot be read.
pub fn places(root: &Root) -> Result<Vec<RunId>, StoreError> {
    let queue = root.queue().read()?;
    if queue.waiting.is_empty() {
        return Ok(Vec::new());
    }
    Ok(queue.due(&root.list()?).into_iter().map(|(waiting, _)| waiting.run.clone()).collect())
}

/// Sees to it that runs are started while some wait: where nobody does it, a process of its own is started that outlives
/// this one.
///
/// # Errors
/// It cannot be started, or the queue cannot be read.
pub fn see_to(root: &Root, launcher: &Launcher) -> Result<(), QueueError> {
    let file = root.queue();
    if file.is_drained() || file.read()?.held || places(root)?.is_empty() {
        return Ok(());
    }
    let mut drainer = launcher.drain(root.directory(), file.log_path()).map_err(QueueError::NotDrained)?;
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE && !file.is_drained() {
        match drainer.try_wait() {
            Ok(Some(status)) if !status.success() => {
                return Err(QueueError::NotDrained(LaunchError::Died(drainer.last_words(status))));
            }
            Ok(Some(_)) => break,
            Ok(None) | Err(_) => std::thread::sleep(LOOK),
        }
    }
    // For a caller that lives on: an ended child that nobody waits for would stay in the process table.
    std::thread::spawn(move || drainer.wait());
    Ok(())
}

/// `digits-3 is next in the queue`, `digits-3 is number 2 in the queue`, as it stands now.
///
/// # Errors
/// As [`places`].
pub fn place_in_words(root: &Root, run: &RunDir) -> Result<String, StoreError> {
    let place = places(root)?.iter().position(|id| id == run.id());
    let mut text = run.id().to_string();
    // Writing to a string does not fail.
    let _ = match place {
        Some(0) => write!(text, " is next in the queue"),
        Some(place) => write!(text, " is number {} in the queue", place + 1),
        // It was faster than this sentence.
        None => write!(text, " is {}", run.summary()?.status.word()),
    };
    if place.is_some() && root.queue().read()?.held {
        text += ", which is held";
    }
    Ok(text)
}
