//! `rungs data`: what an experiment would train on: sets, class balance, origin, samples, alterations.

use std::io::IsTerminal;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::data::{self, DataError, Loading, Prepared, Progress, Shape};
use crate::domain::experiment::{Experiment, Override};
use crate::domain::overview::Overview;
use crate::domain::text::harmless;
use crate::store::{Root, catalog};
use crate::tui::theme::Depth;

use super::Failure;
use super::output::{print, print_json, width};
use super::text::{self, Ink};

#[derive(Debug, Args)]
pub(super) struct DataArgs {
    /// A file, or the name of an experiment.
    experiment: String,
    /// Lay a value over the file's, as in data.examples=1000.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<Override>,
    /// How sample pictures are drawn; auto: in color where the terminal has it, and not at all in a pipe.
    #[arg(long, value_enum, value_name = "HOW", default_value = "auto", conflicts_with = "json")]
    pictures: Pictures,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Pictures {
    Auto,
    Color,
    Shades,
    None,
}

impl Pictures {
    fn ink(self) -> Option<Ink> {
        let depth = Depth::detect(|name| std::env::var(name).ok());
        let colors = if depth.has_shades() { Ink::Colors(depth) } else { Ink::Shades };
        match self {
            Self::Auto => std::io::stdout().is_terminal().then_some(colors),
            // Who asks for colors gets some, whatever the terminal says of itself.
            Self::Color => Some(Ink::Colors(if depth.has_shades() { depth } else { Depth::Indexed })),
            Self::Shades => Some(Ink::Shades),
            Self::None => None,
        }
    }
}

pub(super) fn run(root: &Root, args: &DataArgs) -> Result<(), Failure> {
    let experiment = catalog::open(root.directory(), &args.experiment, &args.set).map_err(Failure::input)?;
    let prepared = load(root, &experiment).map_err(|error| {
        let origin = catalog::file(root.directory(), &args.experiment);
        let origin = origin.map_or_else(|| format!("built-in {}", args.experiment), |path| path.display().to_string());
        Failure::Input(format!("{}: {error}", harmless(&origin)))
    })?;
    let overview = data::overview(&experiment, &prepared);
    if args.json {
        return print_json(&document(&experiment, &prepared, &overview));
    }
    print(&text::overview(&experiment, &overview, args.pictures.ink(), width()))
}

/// Loads the data, with a bar on a terminal while it takes long.
fn load(root: &Root, experiment: &Experiment) -> Result<Prepared, DataError> {
    // Runs lie equally deep: any of them will do to see the data from.
    let base = root.runs().join("new");
    data::check(experiment, &base)?;
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    let style = ProgressStyle::with_template("loading data {bar:28} {percent:>3} %");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─"));
    let watch = |Progress { done, of }| {
        bar.set_length(of);
        bar.set_position(done);
    };
    let cache = root.cache();
    let loading = Loading { watch: Some(&watch), cache: Some(&cache), stop: None };
    let prepared = data::prepare_with(experiment, &base, loading);
    bar.finish_and_clear();
    prepared
}

/// The JSON document: all numbers, and no pictures.
fn document(experiment: &Experiment, prepared: &Prepared, overview: &Overview) -> Value {
    let sets: serde_json::Map<String, Value> = overview
        .sets
        .iter()
        .map(|set| {
            let extremes = set.extremes().map(|(largest, smallest)| {
                json!({ "largest": overview.classes.get(largest), "smallest": overview.classes.get(smallest) })
            });
            let mut figures = json!({
                "examples": set.examples,
                "share": set.share,
                "from_target": set.from_target,
                "per_class": set.per_class,
                "imbalance": set.imbalance(),
            });
            if let (Some(figures), Some(Value::Object(extremes))) = (figures.as_object_mut(), extremes) {
                figures.extend(extremes);
            }
            (set.set.word().replace('-', "_"), figures)
        })
        .collect();
    json!({
        "experiment": experiment.name,
        "seed": experiment.seed,
        "shape": shape(prepared.shape),
        "examples": overview.examples(),
        "classes": overview.classes,
        "sets": sets,
        "origins": overview.origins,
        "auxiliary": overview.auxiliary,
        "numbers": overview.numbers,
        "duplicates": overview.duplicates,
        "augment": experiment.data.augment,
        "synthesize": experiment.data.synthesize,
        "notes": overview.notes,
    })
}

fn shape(shape: Shape) -> Value {
    match shape {
        Shape::Image { channels, height, width } => {
            json!({ "kind": "image", "channels": channels, "height": height, "width": width })
        }
        Shape::Vector(features) => json!({ "kind": "vector", "features": features }),
        Shape::Sequence { steps, features } => json!({ "kind": "sequence", "steps": steps, "features": features }),
    }
}
