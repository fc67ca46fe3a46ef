//! `rungs lr-find`: which learning rate an experiment should be trained with, found by a short test.

use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::domain::event::Fault;
use crate::domain::experiment::Override;
use crate::domain::rate::{Point, RateTest, STEPS, Suggestion};
use crate::domain::text::harmless;
use crate::store::{Root, catalog};
use crate::worker::rate;

use super::Failure;
use super::output::{print, print_json};

/// Cells of the longest bar.
const BAR: f64 = 40.0;
/// Lines of the curve for each factor of ten.
const PER_DECADE: f64 = 2.0;

#[derive(Debug, Args)]
pub(super) struct LrFindArgs {
    /// A file, or the name of an experiment.
    experiment: String,
    /// Lay a value over the file's, as in train.batch_size=128.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<Override>,
    /// Steps of the test, from 1e-7 to 10.
    #[arg(long, default_value_t = STEPS as u32, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    steps: u32,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
    /// Print each step as a line of JSON as soon as it is made, and nothing else (for the dashboard).
    #[arg(long, hide = true, conflicts_with = "json")]
    lines: bool,
}

pub(super) fn run(root: &Root, args: &LrFindArgs) -> Result<(), Failure> {
    let experiment = catalog::open(root.directory(), &args.experiment, &args.set).map_err(Failure::input)?;
    let weights = experiment.model.start_from.as_deref().map(|from| root.weights_of(from)).transpose()?;
    let shown = std::io::stderr().is_terminal() && !args.json && !args.lines;
    let bar = if shown { ProgressBar::new(args.steps.into()) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} steps  {msg}") {
        bar.set_style(style);
    }
    let watch = |point: &Point| {
        bar.inc(1);
        bar.set_message(format!("rate {:.1e}  loss {:.3}", point.rate, point.loss));
        // Where nobody reads the lines any more, nobody waits for the end either.
        if args.lines && line(point).is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    // Runs lie equally deep: any of them will do to see the data from.
    let base = root.runs().join("new");
    let test = rate::test(&experiment, &base, weights.as_deref(), args.steps as usize, watch);
    bar.finish_and_clear();
    let test = test.map_err(|error| match error.fault() {
        Fault::Input => Failure::Input(format!("{}: {error}", harmless(&args.experiment))),
        Fault::Run => Failure::Failed(error.to_string()),
    })?;
    if args.lines {
        return Ok(());
    }
    if args.json {
        let both = test.points.iter().zip(test.curve());
        let points: Vec<_> = both
            .map(|(point, smooth)| json!({ "learning_rate": point.rate, "loss": point.loss, "smooth": smooth }))
            .collect();
        return print_json(&json!({
            "experiment": experiment.name,
            "learning_rate": experiment.train.learning_rate,
            "suggestion": test.suggestion(),
            "points": points,
        }));
    }
    print(&text(&test, &experiment.name, experiment.train.learning_rate))
}

/// Prints a step.
fn line(point: &Point) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(point)?)?;
    out.flush()
}

/// The curve as bars, and what it says.
fn text(test: &RateTest, name: &str, present: f64) -> String {
    let suggestion = test.suggestion();
    let curve = test.curve();
    let highest = curve.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let mut text = String::from("learning rate    loss\n");
    for (point, loss) in lines(&test.points, &curve) {
        let length = (loss / highest * BAR).round().max(0.0) as usize;
        let mark = suggestion.map_or("", |found| mark(found, &test.points, point));
        let bar = format!("{}{mark}", "▇".repeat(length));
        text += &format!("{:>13}  {:>6.3}  {bar}\n", format!("{:.1e}", point.rate), loss);
    }
    text.push('\n');
    text += &match suggestion {
        None => format!(
            "The loss did not fall in {} steps at any rate: more of them (--steps), or another network or data, would tell \
             more.\n",
            test.points.len()
        ),
        Some(found) => format!(
            "{found}\n{} has {present}.{}\n",
            harmless(name),
            if found.is_near(present) {
                " That is about right.".to_owned()
            } else {
                format!("\nTry it: rungs train {} --set train.learning_rate={}", harmless(name), found.rate)
            }
        ),
    };
    text
}

/// A few points for each factor of ten.
fn lines<'a>(points: &'a [Point], curve: &[f64]) -> Vec<(&'a Point, f64)> {
    let mut next = f64::NEG_INFINITY;
    let mut lines = Vec::new();
    for (point, loss) in points.iter().zip(curve) {
        let place = point.rate.log10() * PER_DECADE;
        if place >= next {
            lines.push((point, *loss));
            next = place.floor() + 1.0;
        }
    }
    lines
}

/// What the line of a point is marked with.
fn mark(found: Suggestion, points: &[Point], point: &Point) -> &'static str {
    let step = 10f64.powf(1.0 / PER_DECADE);
    let has = |rate: f64| point.rate <= rate * 1.001 && rate < point.rate * step;
    match (has(found.rate), has(found.lowest)) {
        (true, _) => " ← falls fastest",
        (_, true) if points.last().is_some_and(|last| last.rate > found.lowest) => " ← lowest",
        _ => "",
    }
}
