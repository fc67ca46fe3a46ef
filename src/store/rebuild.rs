//! A summary made up from the log, for when `summary.json` is damaged or gone.

use std::fs;
use std::time::UNIX_EPOCH;

use crate::domain::event::{Evaluation, Event, Record};
use crate::domain::run::{Status, Summary};

use super::RunDir;

/// What the experiment and the log say of a run; `None` when the experiment cannot be read.
pub(super) fn summary(run: &RunDir) -> Option<Summary> {
    let experiment = run.experiment().ok()?;
    let made = fs::metadata(run.experiment_path()).and_then(|metadata| metadata.modified()).ok()?;
    let created = made.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let epochs = experiment.train.epochs as u64;
    let mut summary = Summary::new(run.id().clone(), experiment.name, experiment.parent, epochs, created);
    for record in run.records().unwrap_or_default() {
        if matches!(record.event, Event::Started(_)) {
            // The file may have been copied or touched since.
            summary.created = summary.created.min(record.time);
        }
        tell(&mut summary, &record);
    }
    Some(summary)
}

/// Brings a summary up to what a record tells. When the run was made is no matter of the log's: notes and places in the queue
/// know the run by that moment, and a clock that was set back may have written an earlier one.
pub(super) fn tell(summary: &mut Summary, record: &Record) {
    summary.updated = summary.updated.max(record.time);
    match &record.event {
        Event::Started(started) => {
            (summary.step, summary.steps) = (started.step, started.steps);
            (summary.status, summary.error) = (Status::Running, None);
        }
        Event::Epoch(evaluation) => evaluated(summary, evaluation),
        Event::Set { step, .. } | Event::Checkpoint { step, .. } => summary.step = summary.step.max(*step),
        Event::Paused { step, .. } => (summary.step, summary.status) = (*step, Status::Paused),
        Event::Resumed { step, .. } => (summary.step, summary.status) = (*step, Status::Running),
        Event::Finished { step } => (summary.step, summary.status) = (*step, Status::Finished),
        Event::Stopped { step, .. } => (summary.step, summary.status) = (*step, Status::Stopped),
        Event::Interrupted { step } => (summary.step, summary.status) = (*step, Status::Interrupted),
        Event::Queued { step } => {
            (summary.step, summary.status) = (*step, Status::Queued);
            summary.error = None;
        }
        Event::Failed { step, message, .. } => {
            (summary.step, summary.status) = (*step, Status::Failed);
            summary.error = Some(message.clone());
        }
        Event::Overlap(_)
        | Event::Baseline(_)
        | Event::Signs(_)
        | Event::Refused { .. }
        | Event::Warning { .. }
        | Event::Unknown => {}
    }
}

/// Takes the counts of an evaluation.
pub(super) fn evaluated(summary: &mut Summary, evaluation: &Evaluation) {
    (summary.epoch, summary.step) = (evaluation.epoch, evaluation.step);
    summary.train = Some(evaluation.train.counts);
    summary.train_dev = evaluation.train_dev.map(|set| set.counts);
    summary.dev = Some(evaluation.dev.counts);
    summary.test = evaluation.test.map(|set| set.counts);
}

#[cfg(test)]
mod tests {
    use crate::domain::event::{Event, Started};
    use crate::domain::experiment::Experiment;
    use crate::store::{Root, RunWriter};

    /// A clock that is set back a day between a run's making and its start: notes and the queue know a run by when it was made.
    #[test]
    fn when_a_run_was_made_is_settled_when_it_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        let (made, started) = (200_000.0, 100_000.0);
        let run = root.create(&Experiment { name: "a".into(), ..Experiment::default() }, made).unwrap();
        let mut writer = RunWriter::open(&run, started).unwrap();
        writer.log(started, Event::Started(Started::default())).unwrap();
        writer.write_summary(started).unwrap();
        drop(writer);
        assert_eq!(run.summary().unwrap().created, made);
        // Without a summary the log and the file's time are all there is.
        std::fs::remove_file(run.summary_path()).unwrap();
        assert_eq!(run.summary().unwrap().created, started);
    }
}
