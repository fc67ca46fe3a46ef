//! A run in text: in short at the end of training, in full for `show`.

use serde_json::Value;

use crate::domain::experiment::change::{parameters, toml_text};
use crate::domain::experiment::matters;
use crate::domain::ladder::Ladder;
use crate::domain::report::Report;
use crate::domain::run::Status;
use crate::domain::text::{duration, harmless, thousands};

use super::comparison::comparison;
use super::wrap::paragraph;
use super::{Align, Table, baselines, confusion, diagnosis, ladder, tasks};

/// What `train` ends with: ladder, confusion matrix, diagnosis.
pub(crate) fn ending(report: &Report) -> String {
    told(report, false)
}

/// What `show` prints: all of it, with the figures of each class and the settings.
pub(crate) fn everything(report: &Report) -> String {
    told(report, true)
}

fn told(report: &Report, whole: bool) -> String {
    let mut parts = vec![headline(report)];
    parts.extend(warnings(report));
    // Runs made elsewhere may have errors that nobody can count.
    if !report.evaluations.is_empty() || (report.elsewhere.is_some() && report.ladder != Ladder::default()) {
        parts.push(ladder(&report.ladder, &report.diagnosis));
    }
    parts.extend(simple(report));
    parts.extend(further(report));
    if let Some(confusion) = &report.confusion {
        parts.push(confusion::matrix(confusion));
        parts.extend(whole.then(|| confusion::per_class(&confusion.metrics())));
    }
    parts.push(loss(report));
    parts.extend(report.comparison.as_ref().map(|found| comparison(None, found)));
    parts.push(diagnosis(&report.diagnosis, Some(&harmless(&report.summary.id.0))));
    if whole {
        parts.push(match &report.elsewhere {
            Some(sources) => taken_for(sources),
            None => settings(report),
        });
    }
    parts.join("\n")
}

/// The baselines, if there are any.
fn simple(report: &Report) -> Option<String> {
    (!report.baselines.is_empty()).then(|| baselines::baselines(&report.baselines))
}

/// The tasks beside the class, if there are any.
fn further(report: &Report) -> Option<String> {
    let tasks = report.tasks();
    (!tasks.is_empty()).then(|| tasks::tasks(tasks))
}

/// What is worth knowing of the data and of the run's course.
fn warnings(report: &Report) -> Option<String> {
    let lines = report.warnings.iter().map(|warning| paragraph(&harmless(warning), 2));
    (!report.warnings.is_empty()).then(|| std::iter::once("Bear in mind\n".to_owned()).chain(lines).collect())
}

/// What the loss is doing, with the figures that say so.
fn loss(report: &Report) -> String {
    let convergence = &report.convergence;
    format!("Loss: {}\n{}", convergence.state.words(), paragraph(&harmless(&convergence.evidence), 2))
}

/// Id, status, how far it is, how fast, what it is a variation of.
fn headline(report: &Report) -> String {
    let summary = &report.summary;
    if report.elsewhere.is_some() {
        let step = thousands(summary.step);
        return format!("{}  {}  step {step}, made elsewhere\n", harmless(&summary.id.0), summary.status.word());
    }
    let mut text = format!(
        "{}  {}  epoch {} of {}, step {} of {}, {} trained",
        harmless(&summary.id.0),
        summary.status.word(),
        thousands(summary.epoch),
        thousands(summary.epochs),
        thousands(summary.step),
        thousands(summary.steps),
        duration(summary.trained_seconds),
    );
    if let Some(speed) = summary.examples_per_second {
        text += &format!(", {} examples a second", thousands(speed.round() as u64));
    }
    text.push('\n');
    if let Some(error) = &summary.error {
        // A run that holds still for want of room says why, too, and one whose worker is gone.
        let how = if summary.status == Status::Failed { "Failed: " } else { "" };
        text += &format!("{how}{}\n", harmless(error));
    }
    if !report.experiment.notes.is_empty() {
        text += &format!("{}\n", harmless(&report.experiment.notes));
    }
    if let Some(parent) = &summary.parent {
        text += &format!("A variation of {}", harmless(parent));
        let changes: Vec<String> = report.changes.iter().map(|one| harmless(&one.to_string()).into_owned()).collect();
        text += &match changes.as_slice() {
            [] => ".\n".to_owned(),
            [one] => format!(" in one parameter: {one}\n"),
            many => format!(" in {} parameters: {}\n", many.len(), many.join("; ")),
        };
    }
    if let Some(started) = &report.started {
        let sets = started.sets;
        let train_dev = sets.train_dev.map(|size| format!("{} train-dev, ", thousands(size))).unwrap_or_default();
        text += &format!(
            "{} train, {train_dev}{} dev, {} test examples; {} parameters\n",
            thousands(sets.train),
            thousands(sets.dev),
            thousands(sets.test),
            thousands(started.parameters)
        );
    }
    text
}

/// Which tags of a run made elsewhere were taken for what; how it was set is not known.
fn taken_for(sources: &[(String, String)]) -> String {
    let mut table = Table::new(&[Align::Left, Align::Left]);
    for (role, tag) in sources {
        table.row([format!("  {role}"), harmless(tag).into_owned()]);
    }
    format!("Tags and what they were taken for\n{}", table.text())
}

/// Every parameter with its value, those last that the others leave without effect.
fn settings(report: &Report) -> String {
    let experiment = &report.experiment;
    let (heard, vain): (Vec<_>, Vec<_>) =
        parameters(experiment).into_iter().partition(|(key, _)| matters(experiment, key));
    let table = |set: &[(String, Value)]| {
        let mut table = Table::new(&[Align::Left, Align::Left]);
        for (key, value) in set {
            table.row([format!("  {key}"), harmless(&toml_text(value)).into_owned()]);
        }
        table.text()
    };
    let mut text = format!("Settings\n{}", table(&heard));
    if !vain.is_empty() {
        text += &format!("Without effect beside the others\n{}", table(&vain));
    }
    text
}
