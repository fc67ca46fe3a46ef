//! `rungs learning-curve`: would more training data help? Trains a run's experiment on an eighth, a quarter and half of its
//! training set, for as many steps as it had, and reads off the curve what twice and four times as many would bring.

use clap::Args;
use serde_json::json;

use crate::domain::experiment::{Experiment, changes};
use crate::domain::ladder::Rung;
use crate::domain::learning_curve::{Curve, Point, forecast, promise, sentence};
use crate::domain::remedy::child_of;
use crate::domain::report::Report;
use crate::domain::run::Status;
use crate::domain::text::{harmless, percent, thousands};
use crate::store::{Root, RunDir};

use super::output::{print, print_json};
use super::text::{Align, Table, paragraph};
use super::{Failure, RunArgs, follow, train};

/// Parts of the run's own training set.
const PARTS: [f64; 3] = [0.125, 0.25, 0.5];
/// Fewer training examples are no part worth training on.
const FEWEST: f64 = 20.0;
/// More epochs than this are not made of few.
const MOST_EPOCHS: f64 = 10_000.0;

#[derive(Debug, Args)]
pub(super) struct LearningCurveArgs {
    #[command(flatten)]
    run: RunArgs,
    /// Train nothing: make do with the parts that were trained before.
    #[arg(long)]
    known: bool,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

/// A run that is a point of the curve.
struct Part {
    id: String,
    share: f64,
    point: Point,
}

pub(super) fn run(root: &Root, args: &LearningCurveArgs) -> Result<(), Failure> {
    let run = args.run.find(root)?;
    run.made_here()?;
    let whole = run.report()?;
    let last = part(&whole).filter(|_| whole.summary.status == Status::Finished).ok_or_else(|| {
        let id = run.id();
        Failure::Input(format!("{id} has not finished, so there is nothing to hold parts of its data against; `rungs show {id}` says how it stands"))
    })?;
    let mut parts = known(root, &whole)?;
    if !args.known {
        for experiment in missing(&whole, &parts, last.point.examples) {
            let report = trained(root, &experiment, &run, args.json)?;
            parts.extend(part(&report));
        }
    }
    parts.push(last);
    parts.sort_by_key(|part| part.point.examples);
    let tolerance = whole.experiment.task.tolerance;
    if args.json { print_json(&document(&parts, tolerance)) } else { print(&text(&parts, tolerance)) }
}

/// The runs that were made of `whole` on parts of its data and have finished.
fn known(root: &Root, whole: &Report) -> Result<Vec<Part>, Failure> {
    let is_child = |parent: Option<&str>| parent == Some(whole.summary.id.0.as_str());
    let mut parts: Vec<Part> = Vec::new();
    for summary in root.list()? {
        if summary.status != Status::Finished || !is_child(summary.parent.as_deref()) {
            continue;
        }
        let report = root.run(&summary.id)?.report_of(summary)?;
        let differ = changes(&whole.experiment, &report.experiment);
        let is_part = differ.iter().any(|change| change.key == "data.train_share")
            && differ.iter().all(|change| ["data.train_share", "train.epochs"].contains(&change.key.as_str()));
        // The latest of each size counts; the list has it first.
        if is_part && parts.iter().all(|part| part.share != report.experiment.data.train_share) {
            parts.extend(part(&report));
        }
    }
    Ok(parts)
}

/// The point that a run is, if it was evaluated.
fn part(report: &Report) -> Option<Part> {
    let point = Point { examples: report.started.as_ref()?.sets.train, dev: report.ladder.dev?.counts? };
    Some(Part { id: report.summary.id.0.clone(), share: report.experiment.data.train_share, point })
}

/// The experiments that are to be trained yet, the smallest part first. Each has as many steps as the whole: with as many
/// epochs, a part would differ in how long it trains, too.
fn missing(whole: &Report, parts: &[Part], examples: u64) -> Vec<Experiment> {
    let id = &whole.summary.id.0;
    let of_part = |share: f64| {
        let mut experiment = child_of(id, whole.experiment.clone());
        experiment.data.train_share *= share;
        experiment.train.epochs = (whole.experiment.train.epochs as f64 / share).round().min(MOST_EPOCHS) as usize;
        experiment
    };
    PARTS
        .into_iter()
        .filter(|share| share * examples as f64 >= FEWEST)
        .map(of_part)
        .filter(|experiment| parts.iter().all(|part| part.share != experiment.data.train_share))
        .collect()
}

/// Trains a part to its end.
fn trained(root: &Root, experiment: &Experiment, whole: &RunDir, as_json: bool) -> Result<Report, Failure> {
    let (run, worker) = train::begin(root, experiment, &whole.id().0)?;
    follow::stay(&run, worker, as_json)?;
    let report = run.report()?;
    match report.summary.status {
        Status::Finished => Ok(report),
        status => Err(Failure::Failed(format!(
            "{} is {}, so the curve lacks a point; call this again to train what is missing",
            run.id(),
            status.word()
        ))),
    }
}

fn points(parts: &[Part]) -> Vec<Point> {
    parts.iter().map(|part| part.point).collect()
}

fn document(parts: &[Part], tolerance: f64) -> serde_json::Value {
    let points = points(parts);
    let runs: Vec<_> = parts
        .iter()
        .map(|part| {
            let rung = Rung::counted(part.point.dev);
            let interval = rung.interval.map(|interval| [interval.low, interval.high]);
            json!({ "id": part.id, "share": part.share, "examples": part.point.examples, "dev": rung.rate,
                "errors": part.point.dev.errors, "of": part.point.dev.of,
                "low": interval.map(|ends| ends[0]), "high": interval.map(|ends| ends[1]) })
        })
        .collect();
    let last = points.last().map_or(0, |point| point.examples);
    let forecasts = [2, 4].map(|times| forecast(&points, times * last));
    json!({
        "points": runs,
        "curve": Curve::fit(&points),
        "forecasts": forecasts,
        "promise": promise(&points, tolerance),
    })
}

fn text(parts: &[Part], tolerance: f64) -> String {
    let mut table = Table::new(&[Align::Right, Align::Right, Align::Left, Align::Left]);
    table.row(["Training examples", "Dev error", "95 % interval", "Run"]);
    for part in parts {
        let rung = Rung::counted(part.point.dev);
        let interval = rung.interval.map(|interval| interval_text(interval.low, interval.high)).unwrap_or_default();
        table.row([thousands(part.point.examples), percent(rung.rate), interval, harmless(&part.id).into_owned()]);
    }
    let points = points(parts);
    let last = points.last().map_or(0, |point| point.examples);
    for expected in [2, 4].into_iter().filter_map(|times| forecast(&points, times * last)) {
        let interval = interval_text(expected.low, expected.high);
        table.row([thousands(expected.examples), percent(expected.rate), interval, "expected".to_owned()]);
    }
    format!("{}\n{}", table.text(), paragraph(&sentence(&points, tolerance), 0))
}

fn interval_text(low: f64, high: f64) -> String {
    format!("{:.1} to {:.1}", 100.0 * low, 100.0 * high)
}
