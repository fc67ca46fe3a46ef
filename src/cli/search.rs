//! `rungs search`: trains variations of an experiment one after the other, and says which did best on the dev set and which
//! may be as good. What was trained before is not trained again.

use clap::Args;
use serde_json::json;

use crate::domain::experiment::{Change, Experiment, changes};
use crate::domain::ladder::{Counts, Rung};
use crate::domain::remedy::child_of;
use crate::domain::report::Report;
use crate::domain::run::Status;
use crate::domain::search::{Axis, may_be_as_good, usual, variations};
use crate::domain::text::{harmless, percent};
use crate::store::{Root, catalog};

use super::output::{print, print_json};
use super::text::{Align, Table, paragraph};
use super::{Failure, follow, train};

#[derive(Debug, Args)]
pub(super) struct SearchArgs {
    /// A run's id, or an experiment: a file or a name.
    what: String,
    /// Settings and the values to try: train.learning_rate=0.001,0.003 or 1e-4..1e-2. Without any: learning rate, width, batch size and dropout about what they are.
    #[arg(value_name = "KEY=VALUES")]
    axes: Vec<Axis>,
    /// Variations to train, at most.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1000))]
    trials: u32,
    /// Print one JSON document at the end, and nothing else.
    #[arg(long)]
    json: bool,
}

/// Where the search starts: the experiment whose variations are trained, and what they are variations of.
struct Start {
    experiment: Experiment,
    name: String,
}

/// A run of the search that was evaluated.
struct Found {
    id: String,
    changes: Vec<Change>,
    dev: Counts,
    test: Option<f64>,
}

pub(super) fn run(root: &Root, args: &SearchArgs) -> Result<(), Failure> {
    let start = start(root, &args.what)?;
    let axes = if args.axes.is_empty() { usual(&start.experiment) } else { args.axes.clone() };
    let trials = args.trials as usize;
    let variations = variations(&start.experiment, &axes, trials, start.experiment.seed).map_err(Failure::input)?;
    let children: Vec<Experiment> = variations.into_iter().map(|variation| child_of(&start.name, variation)).collect();
    let mut reports = earlier(root, &start, &children)?;
    let known = |experiment: &Experiment, reports: &[Report]| {
        reports.iter().any(|report| changes(&report.experiment, experiment).is_empty())
    };
    // Without the experiment itself nobody could say whether any of this was worth it.
    for experiment in std::iter::once(&start.experiment).chain(&children) {
        if !known(experiment, &reports) {
            reports.extend(trained(root, experiment, &args.what, args.json)?);
        }
    }
    let mut found: Vec<Found> = reports.iter().filter_map(|report| found(&start, report)).collect();
    found.sort_by(|a, b| a.dev.rate().total_cmp(&b.dev.rate()));
    if args.json { print_json(&document(&found)) } else { print(&text(&found)) }
}

fn start(root: &Root, what: &str) -> Result<Start, Failure> {
    if let Ok(run) = root.find(what) {
        let experiment = run.experiment()?;
        return Ok(Start { experiment, name: run.id().0.clone() });
    }
    let experiment = catalog::open(root.directory(), what, &[]).map_err(Failure::input)?;
    let name = experiment.name.clone();
    Ok(Start { experiment, name })
}

/// Finished runs of the experiment itself and of its variations.
fn earlier(root: &Root, start: &Start, children: &[Experiment]) -> Result<Vec<Report>, Failure> {
    let mut reports: Vec<Report> = Vec::new();
    for summary in root.list()? {
        let is_kin = summary.id.0 == start.name || summary.parent.as_deref() == Some(&start.name);
        if summary.status != Status::Finished || !(is_kin || summary.name == start.experiment.name) {
            continue;
        }
        let run = root.run(&summary.id)?;
        let experiment = run.experiment()?;
        let is_asked = std::iter::once(&start.experiment).chain(children);
        let mut is_asked = is_asked.map(|asked| changes(asked, &experiment).is_empty());
        let is_new = reports.iter().all(|report| !changes(&report.experiment, &experiment).is_empty());
        if is_new && is_asked.any(|same| same) {
            reports.push(run.report_of(summary)?);
        }
    }
    Ok(reports)
}

/// Trains one to its end; `None` where it failed, for others may not.
fn trained(root: &Root, experiment: &Experiment, origin: &str, as_json: bool) -> Result<Option<Report>, Failure> {
    let (run, worker) = train::begin(root, experiment, origin)?;
    follow::stay(&run, worker, as_json)?;
    let report = run.report()?;
    Ok(matches!(report.summary.status, Status::Finished | Status::Stopped).then_some(report))
}

fn found(start: &Start, report: &Report) -> Option<Found> {
    Some(Found {
        id: report.summary.id.0.clone(),
        changes: changes(&start.experiment, &report.experiment),
        dev: report.ladder.dev?.counts?,
        test: report.ladder.test.map(|test| test.rate),
    })
}

fn document(found: &[Found]) -> serde_json::Value {
    let best = found.first().map(|best| best.dev);
    let runs: Vec<_> = found
        .iter()
        .map(|one| {
            let rung = Rung::counted(one.dev);
            json!({ "id": one.id, "changes": one.changes, "dev": rung.rate, "errors": one.dev.errors, "of": one.dev.of,
                "low": rung.interval.map(|interval| interval.low), "high": rung.interval.map(|interval| interval.high),
                "test": one.test, "may_be_best": best.is_some_and(|best| may_be_as_good(one.dev, best)) })
        })
        .collect();
    json!({ "runs": runs })
}

fn text(found: &[Found]) -> String {
    let Some(best) = found.first() else { return "None of them could be evaluated.\n".to_owned() };
    let mut table = Table::new(&[Align::Left, Align::Left, Align::Right, Align::Left, Align::Left]);
    table.row(["", "Run", "Dev error", "95 % interval", "Changed"]);
    for one in found {
        let rung = Rung::counted(one.dev);
        let interval = rung.interval.map(|ends| format!("{:.1} to {:.1}", 100.0 * ends.low, 100.0 * ends.high));
        let changed = match one.changes.as_slice() {
            [] => "nothing".to_owned(),
            some => some
                .iter()
                .map(|change| format!("{} → {}", change.key, change.texts().1))
                .collect::<Vec<_>>()
                .join("; "),
        };
        table.row([
            if may_be_as_good(one.dev, best.dev) { "≈" } else { "" }.to_owned(),
            harmless(&one.id).into_owned(),
            percent(rung.rate),
            interval.unwrap_or_default(),
            harmless(&changed).into_owned(),
        ]);
    }
    format!("{}\n{}", table.text(), paragraph(&conclusion(found, best), 0))
}

/// What to make of it: who is best, who may be as good, and that the best of many looks better than it is.
fn conclusion(found: &[Found], best: &Found) -> String {
    let as_good = found.iter().skip(1).filter(|one| may_be_as_good(one.dev, best.dev)).count();
    let id = harmless(&best.id);
    let mut text = format!("{id} has the lowest dev error, {}", percent(best.dev.rate()));
    text += &match as_good {
        0 => "; the others are certainly worse.".to_owned(),
        1 => "; one other (≈) may be as good, for all that so many dev examples can tell.".to_owned(),
        many => format!("; {many} others (≈) may be as good, for all that so many dev examples can tell."),
    };
    if let Some(test) = best.test {
        text += &format!(
            " The best of {} on the dev set looks better than it is; its test error is {}.",
            found.len(),
            percent(test)
        );
    }
    text
}
