//! `rungs pause`, `resume`, `stop` and `set`: commands to a run's worker. Each waits for the worker's answer in the log.

use std::time::{Duration, Instant};

use clap::Args;

use crate::domain::control::Command;
use crate::domain::event::Event;
use crate::domain::experiment::change::value_of;
use crate::domain::experiment::{Override, parse, schema};
use crate::domain::run::Status;
use crate::domain::text::harmless;
use crate::store::{Root, RunDir};
use crate::worker::launch::Launcher;
use crate::worker::queue;

use super::output::print;
use super::train::launch;
use super::{Failure, RunArgs, now};

/// How often the log is looked at for the answer.
const POLL: Duration = Duration::from_millis(20);
/// A worker answers between two steps; one that has not by then is busy evaluating, or stuck.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(super) struct SetArgs {
    #[command(flatten)]
    run: RunArgs,
    /// The setting and its new value, as in train.learning_rate=0.001.
    #[arg(value_name = "KEY=VALUE")]
    set: Override,
}

pub(super) fn pause(root: &Root, run: &RunDir) -> Result<(), Failure> {
    ask_live(root, run, Command::Pause, "nothing to pause")?;
    print(&format!("{} is paused; `rungs resume {}` lets it go on.\n", run.id(), run.id()))
}

pub(super) fn stop(root: &Root, run: &RunDir) -> Result<(), Failure> {
    // A worker that has taken it meanwhile is asked as any other.
    if run.summary()?.status == Status::Queued && !run.is_held() && queue::leave(root, run, now())? {
        return print(&format!("{id} does not wait any more; `rungs queue {id}` puts it back.\n", id = run.id()));
    }
    ask_live(root, run, Command::Stop, "nothing to stop")?;
    // Its last word is followed by its last summary; then the run can be taken up again, or put into the queue.
    let begin = Instant::now();
    while run.is_held() && begin.elapsed() < PATIENCE {
        std::thread::sleep(POLL);
    }
    print(&format!("{} is stopped; `rungs show {}` shows its ladder.\n", run.id(), run.id()))
}

pub(super) fn resume(run: &RunDir) -> Result<(), Failure> {
    if run.is_held() {
        ask(run, Command::Resume)?;
        return print(&format!("{} goes on.\n", run.id()));
    }
    run.made_here()?;
    let status = run.summary()?.status;
    if status == Status::Finished {
        return Err(Failure::Failed(format!(
            "{id} has finished: there is nothing left to train; `rungs apply {id} more-epochs` trains a longer one",
            id = run.id()
        )));
    }
    let launcher = Launcher::of_this_program().map_err(Failure::failed)?;
    let started = |run: &RunDir| -> Result<usize, Failure> {
        Ok(run.records()?.iter().filter(|record| matches!(record.event, Event::Started(_))).count())
    };
    let before = started(run)?;
    let mut worker = launch(&launcher, run, true)?;
    let begin = Instant::now();
    while started(run)? <= before {
        // One that has ended may have met another worker, started at the same time, that has the run now.
        if let Ok(Some(_)) = worker.try_wait()
            && !run.is_held()
        {
            let reason = run.summary()?.error.unwrap_or_else(|| "its worker ended; see worker.log".to_owned());
            return Err(Failure::Failed(format!("{} cannot be taken up: {}", run.id(), harmless(&reason))));
        }
        if begin.elapsed() > PATIENCE {
            return print(&format!("{} is being taken up.\n", run.id()));
        }
        std::thread::sleep(POLL);
    }
    print(&match status {
        Status::Queued => format!("{} has started, in the background; it does not wait for its turn.\n", run.id()),
        _ => format!("{} goes on from its last checkpoint, in the background.\n", run.id()),
    })
}

pub(super) fn set(root: &Root, args: &SetArgs) -> Result<(), Failure> {
    let run = args.run.find(root)?;
    let (key, experiment): (&String, _) = (&args.set.key, run.experiment()?);
    // Checked like a file, so that a typo or a value out of range is answered in the same words.
    let changed = parse(&experiment.to_toml(), &experiment.name, &experiment.name, std::slice::from_ref(&args.set))
        .map_err(Failure::input)?;
    if !schema::find(key).is_some_and(|field| field.live) {
        let live: Vec<&str> = schema::FIELDS.iter().filter(|field| field.live).map(|field| field.key).collect();
        return Err(Failure::Input(format!(
            "{key} cannot change while a run trains; these can: {}. For the rest, train a variation: \
             rungs train {}/experiment.toml --set {key}={}",
            live.join(", "),
            run.path().display(),
            args.set.value
        )));
    }
    let value = value_of(&changed, key);
    let ended = matches!(run.summary()?.status, Status::Interrupted | Status::Stopped | Status::Failed);
    if ended && !run.is_held() {
        run.made_here()?;
        run.send(Command::Set { key: key.clone(), value: value.clone() }, now())?;
        let id = run.id();
        return print(&format!("{id}: {key} is {value} once it is taken up, as by `rungs resume {id}`.\n"));
    }
    ask_live(root, &run, Command::Set { key: key.clone(), value: value.clone() }, "nothing to change")?;
    print(&format!("{}: {key} is {value} from now on.\n", run.id()))
}

/// Asks a worker that is there; else says why there is nobody to ask.
fn ask_live(root: &Root, run: &RunDir, command: Command, otherwise: &str) -> Result<(), Failure> {
    run.made_here()?;
    let status = run.summary()?.status;
    // One that is not in the queue has just been made: its worker is about to take it.
    let is_begun = status == Status::Queued && !queue::places(root)?.contains(run.id());
    if !run.is_held() && !is_begun {
        return Err(Failure::Failed(format!("{} is {}: {otherwise}", run.id(), status.word())));
    }
    ask(run, command)
}

/// Sends a command and waits for the line in the log that answers it.
fn ask(run: &RunDir, command: Command) -> Result<(), Failure> {
    let patience = if command == Command::Stop { Duration::from_mins(10) } else { PATIENCE };
    let id = run.send(command, now())?;
    let begin = Instant::now();
    loop {
        let held = run.is_held();
        for record in run.records()? {
            if record.event.control() == Some(id.as_str()) {
                return match record.event {
                    Event::Refused { reason, .. } => {
                        Err(Failure::Failed(format!("{}: {}", run.id(), harmless(&reason))))
                    }
                    _ => Ok(()),
                };
            }
        }
        if !held {
            let status = run.summary()?.status.word();
            return Err(Failure::Failed(format!("{} is {status}: its worker ended without an answer", run.id())));
        }
        if begin.elapsed() > patience {
            return Err(Failure::Failed(format!("{}: the worker has not answered yet; it has the command", run.id())));
        }
        std::thread::sleep(POLL);
    }
}
