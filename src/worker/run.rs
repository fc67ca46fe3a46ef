//! A worker's life: it takes a run, loads what the run needs, trains, and whatever happens says how it ended.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::WorkerError;
use super::beside::Beside;
use super::history;
use super::loading::{self, Loaded};
use super::session::{End, Left, Session, Subject};
use super::signals::Signals;
use crate::data::Prepared;
use crate::domain::baseline::baselines;
use crate::domain::control::{Command, Control};
use crate::domain::event::{Event, Record};
use crate::domain::experiment::{Experiment, Split};
use crate::domain::run::Status;
use crate::engine::Trainer;
use crate::store::{Checkpoint, RunDir, RunWriter, StoreError};

/// Trains the run in `directory`: what `rungs worker` does, and all it does.
///
/// Makes this process the leader of a session of its own and goes to live in the run's directory, so that neither a
/// closed terminal nor a renamed directory concerns it. Told to go by SIGTERM or SIGINT, it leaves a checkpoint behind.
///
/// # Errors
/// The run could not be trained to its end; unless another worker has it or there is nothing to do, the run's log and
/// summary say so too.
pub fn run(directory: &Path, resume: bool) -> Result<(), WorkerError> {
    // Refused to who already leads a group, as when started from a shell by hand: then that is as good.
    let _ = rustix::process::setsid();
    let signals = Signals::listen()?;
    let run = RunDir::open(directory)?;
    let cannot = |source| WorkerError::System { action: "enter the run's directory", source };
    let place = directory.canonicalize().map_err(cannot)?;
    std::env::set_current_dir(&place).map_err(cannot)?;
    train(&run.moved_to(Path::new(".")), &place, resume, &signals)
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

fn train(run: &RunDir, place: &Path, resume: bool, signals: &Signals) -> Result<(), WorkerError> {
    let mut writer = RunWriter::open(run, now())?;
    if !writer.is_at(place) {
        // It was deleted while this process started, and lies where nobody looks.
        return Err(StoreError::Gone { path: place.to_path_buf() }.into());
    }
    let commands = writer.commands()?;
    let records = run.records()?;
    let commands = history::unanswered(commands, &records);
    let status = writer.summary().status;
    if status == Status::Finished && !commands.iter().any(history::changes_length) {
        return Err(WorkerError::Finished { id: run.id().0.clone() });
    }
    if !resume && status != Status::Queued {
        return Err(WorkerError::NotNew { id: run.id().0.clone() });
    }
    // One that was put back into the queue has a past to go on from.
    let resume = resume || !records.is_empty();
    let outcome = catch_unwind(AssertUnwindSafe(|| work(run, &mut writer, records, commands, resume, signals)));
    let outcome = outcome.unwrap_or_else(|panic| Err(WorkerError::Panic(words_of(&*panic))));
    outcome.inspect_err(|error| say_failed(&mut writer, error))
}

/// Loads and trains.
fn work(
    run: &RunDir,
    writer: &mut RunWriter,
    records: Vec<Record>,
    mut commands: Vec<Control>,
    resume: bool,
    signals: &Signals,
) -> Result<(), WorkerError> {
    let summary = writer.summary();
    (summary.status, summary.error, summary.verdict, summary.test) = (Status::Running, None, None, None);
    writer.write_summary(now())?;

    let experiment = run.experiment()?;
    // Beside the run, where the other runs find it too.
    let cache = run.path().join("../.cache");
    // What was asked of an earlier worker about its going on does not concern this one; settings do.
    let late: Vec<_> = commands.extract_if(.., |command| resume && !is_setting(command)).collect();
    let prepared = match loading::load(&experiment, run.path(), &cache, writer, &mut commands, signals)? {
        Loaded::Data(prepared) => prepared,
        Loaded::Left(end) => return leave(writer, end),
    };
    if experiment.data.split.is_none() {
        writer.experiment(&with_split(&experiment, &prepared))?;
    }
    let checkpoint = if resume { run.checkpoint(Checkpoint::Last)? } else { None };
    let (mut notes, overlaps) = (prepared.notes.clone(), prepared.overlaps.clone());
    let trainer = if let Some(bytes) = checkpoint {
        Trainer::restore(&experiment, prepared.clone(), &bytes)?.that_heeds(signals.flag())
    } else {
        let mut trainer = Trainer::new(&experiment, prepared.clone())?.that_heeds(signals.flag());
        if let Some(from) = &experiment.model.start_from {
            let transfer = trainer.start_from(&run.weights_of(from)?)?;
            notes.push(format!("It starts from {from}: {transfer}."));
        }
        trainer
    };
    let first = !records.iter().any(|record| matches!(record.event, Event::Started(_)));
    let left = Left::of(&records, commands, trainer.position().step);
    let beside = Beside::begin(&experiment, &prepared, &baselines(&records), run.path().join("../.."));
    drop(records);
    let mut session = Session::begin(trainer, writer, Subject::of(&prepared), signals.clone(), now, left)?;
    session.beside = beside;
    for command in late {
        let reason = "it was asked for before the run was taken up again".to_owned();
        session.log(Event::Refused { control: command.id, reason })?;
    }
    if first {
        let overlaps = overlaps.into_iter().map(Event::Overlap);
        let notes = notes.into_iter().map(|message| Event::Warning { message });
        overlaps.chain(notes).try_for_each(|event| session.log(event))?;
    }
    let end = session.run()?;
    drop(session);
    if end == End::Finished {
        // The run itself is done: that nobody could note what it has come to is no failure of it.
        if let Err(error) = run.record_try(now()) {
            let message = format!("What it has come to as a remedy is not kept: {error}");
            let _ = writer.log(now(), Event::Warning { message });
        }
    }
    Ok(())
}

/// Ends a run that never came to train.
fn leave(writer: &mut RunWriter, end: End) -> Result<(), WorkerError> {
    let step = writer.summary().step;
    writer.log(
        now(),
        match end {
            End::Stopped(control) => Event::Stopped { step, control: Some(control) },
            End::Interrupted | End::Finished => Event::Interrupted { step },
        },
    )?;
    writer.write_summary(now())?;
    Ok(writer.sync()?)
}

fn is_setting(control: &Control) -> bool {
    matches!(control.command, Command::Set { .. })
}

/// The experiment with the split by size that its data were given.
fn with_split(experiment: &Experiment, prepared: &Prepared) -> Experiment {
    let mut experiment = experiment.clone();
    // The rule looks at the training source alone.
    experiment.data.split = Some(Split::by_size(prepared.own));
    experiment
}

/// Writes that the run failed, and why, as far as that can be written.
fn say_failed(writer: &mut RunWriter, error: &WorkerError) {
    let step = writer.summary().step;
    let event = Event::Failed { step, message: error.to_string(), fault: error.fault() };
    // The caller prints the error; where the directory is gone or cannot be written to, that has to do.
    // On a full disk the little room there is must go to the words, not to the scalars that wait.
    if !matches!(error, WorkerError::NoRoom(_)) {
        let _ = writer.flush();
    }
    let _ = writer.last_words(now(), [event]);
    let _ = writer.sync();
}

/// What a panic had to say.
fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it broke off".to_owned())
}
