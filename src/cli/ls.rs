//! `rungs ls`: past and present runs, the newest first unless sorted otherwise.

use clap::Args;
use serde_json::{Value, json};

use crate::domain::annotation::Annotation;
use crate::domain::experiment::Experiment;
use crate::domain::filter::{self, Filter, Subject, known_key, needs_experiment};
use crate::domain::ladder::Counts;
use crate::domain::run::Summary;
use crate::domain::text::{duration, harmless, percent};
use crate::store::Root;

use super::output::{print, print_json};
use super::text::{Align, Table};
use super::{Failure, note, now};

#[derive(Debug, Args)]
pub(super) struct LsArgs {
    /// Only runs that pass, as in 'dev<5% & model.kind=cnn & !status=failed'; a bare word is looked for.
    #[arg(long, value_name = "EXPR", default_value = "", hide_default_value = true)]
    filter: String,
    /// Order by a key, such as dev, status or train.learning_rate; what has none comes last. With a minus before it,
    /// the other way round.
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    sort: Option<String>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(root: &Root, args: &LsArgs) -> Result<(), Failure> {
    let wanted = Filter::parse(&args.filter).map_err(|error| Failure::Input(format!("--filter: {error}")))?;
    let sort = match &args.sort {
        Some(key) => {
            let (key, descending) = key.strip_prefix('-').map_or((key.as_str(), false), |key| (key, true));
            Some((known_key(key).map_err(|error| Failure::Input(format!("--sort: {error}")))?, descending))
        }
        None => None,
    };
    // Experiments are files of their own; they are read only when somebody asks for what only they know.
    let opens = wanted.needs_experiment() || sort.as_ref().is_some_and(|(key, _)| needs_experiment(key));
    let annotations = root.annotations().read()?;
    let mut runs: Vec<Listed> = root
        .list()?
        .into_iter()
        .map(|summary| {
            let experiment = opens.then(|| root.run(&summary.id).and_then(|run| run.experiment()).ok()).flatten();
            Listed { annotation: annotations.of(&summary).cloned(), summary, experiment }
        })
        .filter(|listed| wanted.matches(&listed.subject()))
        .collect();
    match sort {
        Some((key, descending)) => runs.sort_by(|a, b| {
            let (a, b) = (a.subject().value(&key), b.subject().value(&key));
            // What is missing comes last either way.
            if descending && !a.is_null() && !b.is_null() { filter::order(&b, &a) } else { filter::order(&a, &b) }
        }),
        None => runs.sort_by_key(|listed| !listed.annotation.as_ref().is_some_and(|said| said.pinned)),
    }
    if args.json {
        let documents: Vec<Value> = runs.iter().map(Listed::json).collect();
        return print_json(&json!(documents));
    }
    match (runs.is_empty(), args.filter.is_empty()) {
        (true, true) => print("No runs yet. `rungs train digits` makes one; `rungs` opens the dashboard.\n"),
        (true, false) => print("No run passes the filter.\n"),
        _ => print(&table(&runs, now())),
    }
}

/// A run, and what else is known of it.
struct Listed {
    summary: Summary,
    /// Where somebody asks for what only it knows.
    experiment: Option<Experiment>,
    annotation: Option<Annotation>,
}

impl Listed {
    fn subject(&self) -> Subject<'_> {
        Subject { summary: &self.summary, experiment: self.experiment.as_ref(), annotation: self.annotation.as_ref() }
    }

    fn json(&self) -> Value {
        let mut document = json!(self.summary);
        document["annotation"] = json!(self.annotation);
        document
    }
}

fn table(runs: &[Listed], now: f64) -> String {
    use Align::{Left, Right};
    let noted = runs.iter().any(|listed| listed.annotation.is_some());
    let mut table = Table::new(&[Left, Left, Right, Right, Right, Right, Left, Right, Left, Left]);
    let headings = ["Run", "Status", "Epoch", "Train", "Dev", "Test", "Diagnosis", "Age", "Variation of", "Noted"];
    table.row(headings.into_iter().take(if noted { 10 } else { 9 }));
    let rate = |counts: Option<Counts>| counts.map(|counts| percent(counts.rate())).unwrap_or_default();
    let shown = |text: Option<&str>| text.map(|text| harmless(text).into_owned()).unwrap_or_default();
    for Listed { summary: run, annotation, .. } in runs {
        let cells = [
            harmless(&run.id.0).into_owned(),
            run.status.word().to_owned(),
            if run.elsewhere { String::new() } else { format!("{}/{}", run.epoch, run.epochs) },
            rate(run.train),
            rate(run.dev),
            rate(run.test),
            shown(run.verdict.as_deref()),
            duration((now - run.created).max(0.0)),
            shown(run.parent.as_deref()),
        ];
        let said = noted.then(|| annotation.as_ref().map(note::text).unwrap_or_default().trim_end().to_owned());
        table.row(cells.into_iter().chain(said));
    }
    table.text()
}
