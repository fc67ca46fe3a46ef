//! The proof of the diagnosis: plants a condition, trains for real, and asks what the diagnosis says of it.
//!
//! `cargo bench --bench diagnosis` prints each run, the table of planted against diagnosed, and for each first remedy
//! whether it shrank the gap that it was offered for. `-- --seeds 5` takes more seeds, `-- --only fog` the plants whose
//! name contains a word, `-- --no-remedies` leaves the children out, `-- --curves FILE` keeps every loss curve as JSON,
//! `-- --predictions FILE` what each network said of its dev set.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench says what it found by printing and panicking")]

mod plants;
mod spoil;
mod training;

use std::collections::BTreeMap;

use rungs::domain::diagnosis::Verdict;
use rungs::domain::experiment::change::with_change;
use rungs::domain::report::Report;

use plants::{PLANTS, Plant};
use training::{Trained, train};

struct Options {
    seeds: u64,
    only: String,
    remedies: bool,
    curves: Option<String>,
    predictions: Option<String>,
}

fn options() -> Options {
    let mut options = Options { seeds: 3, only: String::new(), remedies: true, curves: None, predictions: None };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seeds" => options.seeds = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(options.seeds),
            "--only" => options.only = arguments.next().unwrap_or_default(),
            "--no-remedies" => options.remedies = false,
            "--curves" => options.curves = arguments.next(),
            "--predictions" => options.predictions = arguments.next(),
            _ => {} // cargo passes --bench
        }
    }
    options
}

fn main() {
    let options = options();
    let mut table: BTreeMap<(&str, String), usize> = BTreeMap::new();
    let mut remedies: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let (mut right, mut listed, mut runs, mut alarms, mut healthy) = (0, 0, 0, 0, 0);
    let (mut curves, mut predictions) = (Vec::new(), Vec::new());
    for plant in PLANTS.iter().filter(|plant| plant.name.contains(&options.only)) {
        for seed in 0..options.seeds {
            let experiment = (plant.experiment)(1000 + seed);
            let Trained { report, losses, probabilities, labels } = train(&experiment, plant.spoil);
            let verdict = report.diagnosis.verdict.id().to_owned();
            runs += 1;
            right += usize::from(verdict == plant.expected);
            let kinds = report.diagnosis.problems.iter().map(|problem| problem.kind.id());
            listed += usize::from(verdict == plant.expected || kinds.into_iter().any(|kind| kind == plant.expected));
            if plant.expected == "healthy" {
                healthy += 1;
                alarms += usize::from(matches!(report.diagnosis.verdict, Verdict::Problem(_)));
            }
            print_run(plant, seed, &report);
            if options.remedies && verdict == plant.expected {
                try_first_remedy(plant, &report, &mut remedies);
            }
            curves.push(serde_json::json!({ "plant": plant.name, "seed": seed, "state": report.convergence.state,
                "classes": report.started.as_ref().map(|started| started.classes.len()), "losses": losses }));
            predictions.push(serde_json::json!({ "plant": plant.name, "seed": seed, "labels": labels,
                "probabilities": probabilities }));
            *table.entry((plant.name, verdict)).or_default() += 1;
        }
    }
    println!("\nplanted → diagnosed");
    for ((plant, verdict), count) in &table {
        println!("  {plant:<24} {verdict:<16} {count}");
    }
    println!(
        "\nthe planted problem first: {right} of {runs}, among those found: {listed}; false alarms on healthy ones: {alarms} of {healthy}"
    );
    for (remedy, (worked, tried)) in &remedies {
        println!("  {remedy:<24} shrank its gap in {worked} of {tried}");
    }
    for (path, kept) in [(options.curves, curves), (options.predictions, predictions)] {
        if let Some(path) = path {
            std::fs::write(path, serde_json::to_string(&kept).unwrap()).unwrap();
        }
    }
}

fn print_run(plant: &Plant, seed: u64, report: &Report) {
    let rungs: Vec<String> =
        report.ladder.rungs().map(|(place, rung)| format!("{} {:.1}", place.word(), 100.0 * rung.rate)).collect();
    let mark = if report.diagnosis.verdict.id() == plant.expected { " " } else { "✗" };
    println!(
        "{mark} {:<24} {seed}  {:<16} {}  [{}]",
        plant.name,
        report.diagnosis.verdict.id(),
        rungs.join(", "),
        report.convergence.evidence
    );
    let simple = report.baselines.iter().map(|one| {
        let rate = 100.0 * one.counts.rate();
        format!("{} {rate:.1} ({:.1} s)", one.name.words(), one.seconds)
    });
    println!("    {}", simple.collect::<Vec<_>>().join(", "));
    let kinds: Vec<&str> = report.diagnosis.problems.iter().map(|problem| problem.kind.id()).collect();
    println!("    all: {}", kinds.join(", "));
}

/// Trains the child that the first remedy makes, and looks whether the problem's gap (or, for a problem of training,
/// the dev error) became smaller.
fn try_first_remedy(plant: &Plant, report: &Report, remedies: &mut BTreeMap<String, (usize, usize)>) {
    let Some(problem) = report.diagnosis.problems.first() else { return };
    let Some((remedy, change)) = problem.remedies.iter().find_map(|remedy| Some((remedy, remedy.change.as_ref()?)))
    else {
        return;
    };
    let child = train(&with_change(&report.experiment, change).unwrap(), plant.spoil).report;
    let figure = |report: &Report| match problem.kind.gap() {
        Some(gap) => report.ladder.gap(gap).map(|gap| gap.size),
        None => report.ladder.dev.map(|dev| dev.rate),
    };
    let (before, after) = (figure(report), figure(&child));
    let worked = after.zip(before).is_some_and(|(after, before)| after < before);
    let percent = |figure: Option<f64>| figure.map_or("?".to_owned(), |figure| format!("{:.1}", 100.0 * figure));
    println!(
        "    {} ({change}): {} → {} points{}",
        remedy.id,
        percent(before),
        percent(after),
        if worked { "" } else { "  ✗" }
    );
    let entry = remedies.entry(format!("{}: {}", problem.kind.id(), remedy.id)).or_default();
    entry.0 += usize::from(worked);
    entry.1 += 1;
}
