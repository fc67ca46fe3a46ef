//! The proof of the diagnosis: plants a condition, trains for real, and asks what the diagnosis says of it.
//!
//! `cargo bench --bench diagnosis` prints each run, the table of planted against diagnosed, and for each first remedy
//! whether it helped: the gap that it was offered for shrank beyond its interval, or the problem of training is gone.
//! `-- --seeds 5` takes more seeds, `-- --from 9000` others, `-- --only fog` the plants whose name contains a word,
//! `-- --no-remedies` leaves the children out, `-- --curves FILE` keeps every loss curve as JSON, `-- --predictions FILE`
//! what each network said of its dev set.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench says what it found by printing and panicking"
)]

mod plants;
mod spoil;
mod training;

use std::collections::BTreeMap;

use rungs::domain::comparison::{Outcome, compare};
use rungs::domain::diagnosis::Verdict;
use rungs::domain::experiment::change::with_change;
use rungs::domain::report::Report;

use plants::{Plant, plants};
use training::{Trained, train};

struct Options {
    seeds: u64,
    from: u64,
    only: String,
    remedies: bool,
    curves: Option<String>,
    predictions: Option<String>,
}

fn options() -> Options {
    let mut options =
        Options { seeds: 3, from: 1000, only: String::new(), remedies: true, curves: None, predictions: None };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = |or: u64| arguments.next().and_then(|n| n.parse().ok()).unwrap_or(or);
        match argument.as_str() {
            "--seeds" => options.seeds = number(options.seeds),
            "--from" => options.from = number(options.from),
            "--only" => options.only = arguments.next().unwrap_or_default(),
            "--no-remedies" => options.remedies = false,
            "--curves" => options.curves = arguments.next(),
            "--predictions" => options.predictions = arguments.next(),
            _ => {} // cargo passes --bench
        }
    }
    options
}

/// What was counted.
#[derive(Default)]
struct Tally {
    /// Runs by condition and verdict.
    table: BTreeMap<(&'static str, String), usize>,
    runs: usize,
    /// Runs whose verdict is right.
    first: usize,
    /// Runs that have the planted problem among theirs.
    found: usize,
    healthy: usize,
    alarms: usize,
    /// By problem and remedy.
    remedies: BTreeMap<String, Effect>,
}

/// How often a remedy was tried, and what came of it.
#[derive(Default)]
struct Effect {
    tried: usize,
    /// The figure is smaller.
    smaller: usize,
    /// Beyond its interval.
    helped: usize,
}

fn main() {
    let options = options();
    let mut tally = Tally::default();
    let (mut curves, mut predictions) = (Vec::new(), Vec::new());
    for plant in plants().iter().filter(|plant| plant.name.contains(&options.only)) {
        for seed in options.from..options.from + options.seeds {
            let Trained { report, losses, probabilities, labels } = train(&plant.experiment(seed), plant.spoil);
            let is_right = count(plant, &report, &mut tally);
            print_run(plant, seed, &report, is_right);
            // What is the same to the eye no setting can tell apart.
            if options.remedies && is_right && plant.condition != "two classes alike" {
                try_first_remedy(plant, &report, &mut tally.remedies);
            }
            curves.push(serde_json::json!({ "plant": plant.name, "seed": seed, "state": report.convergence.state,
                "classes": report.started.as_ref().map(|started| started.classes.len()), "losses": losses }));
            predictions.push(serde_json::json!({ "plant": plant.name, "seed": seed, "labels": labels,
                "probabilities": probabilities }));
        }
    }
    print_tally(&tally);
    for (path, kept) in [(options.curves, curves), (options.predictions, predictions)] {
        if let Some(path) = path {
            std::fs::write(path, serde_json::to_string(&kept).unwrap()).unwrap();
        }
    }
}

/// Counts a run, and says whether its verdict is right.
fn count(plant: &Plant, report: &Report, tally: &mut Tally) -> bool {
    let verdict = report.diagnosis.verdict.id().to_owned();
    let is_listed = |kind: &str| report.diagnosis.problems.iter().any(|problem| problem.kind.id() == kind);
    let is_right = plant.expected.contains(&verdict.as_str()) && plant.listed.is_none_or(is_listed);
    tally.runs += 1;
    tally.first += usize::from(is_right);
    tally.found += usize::from(is_right || is_listed(plant.listed.unwrap_or(plant.expected[0])));
    if plant.condition == "healthy" {
        tally.healthy += 1;
        tally.alarms += usize::from(matches!(report.diagnosis.verdict, Verdict::Problem(_)));
    }
    *tally.table.entry((plant.condition, verdict)).or_default() += 1;
    is_right
}

fn print_tally(tally: &Tally) {
    println!("\nplanted → diagnosed");
    for ((condition, verdict), count) in &tally.table {
        println!("  {condition:<24} {verdict:<18} {count}");
    }
    let Tally { runs, first, found, healthy, alarms, .. } = tally;
    println!(
        "\nthe planted problem first: {first} of {runs}, among those found: {found}; false alarms on healthy ones: {alarms} of {healthy}"
    );
    let (mut all, mut some) = (Effect::default(), 0);
    for (remedy, Effect { tried, smaller, helped }) in &tally.remedies {
        println!("  {remedy:<40} helped in {helped} of {tried}, smaller in {smaller}");
        (all.tried, all.smaller, all.helped) = (all.tried + tried, all.smaller + smaller, all.helped + helped);
        some += 1;
    }
    println!("{some} first remedies: helped in {} of {}, smaller in {}", all.helped, all.tried, all.smaller);
}

fn print_run(plant: &Plant, seed: u64, report: &Report, is_right: bool) {
    let rungs: Vec<String> =
        report.ladder.rungs().map(|(place, rung)| format!("{} {:.1}", place.word(), 100.0 * rung.rate)).collect();
    let mark = if is_right { " " } else { "✗" };
    println!(
        "{mark} {:<34} {seed}  {:<17} {}  [{}]",
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

/// Trains the child that the first remedy with a change makes, and holds it against its parent.
fn try_first_remedy(plant: &Plant, report: &Report, effects: &mut BTreeMap<String, Effect>) {
    let Some(problem) = report.diagnosis.problems.first() else { return };
    let Some((remedy, change)) = problem.remedies.iter().find_map(|remedy| Some((remedy, remedy.change.as_ref()?)))
    else {
        return;
    };
    let child = train(&with_change(&report.experiment, change).unwrap(), plant.spoil).report;
    let Some(comparison) = compare(report, &child) else { return };
    let measured = &comparison.measured;
    let (helped, smaller) = (comparison.outcome == Outcome::Helped, measured.size() < 0.0);
    let mark = if helped { "" } else { "  ✗" };
    println!("    {} ({change}): {}{mark}", remedy.id, comparison.sentence());
    let effect = effects.entry(format!("{}: {}", problem.kind.id(), remedy.id)).or_default();
    effect.tried += 1;
    effect.smaller += usize::from(smaller || helped);
    effect.helped += usize::from(helped);
}
