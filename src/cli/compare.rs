//! `rungs compare`: runs side by side: the settings that differ, their ladders, and what each gap did against the first.

use clap::Args;
use serde_json::{Value, json};

use crate::domain::comparison::{self, beside};
use crate::domain::experiment::change::toml_text;
use crate::domain::ladder::Place;
use crate::domain::report::{Report, json as documents};
use crate::domain::text::{capitalized, harmless, percent};
use crate::store::Root;

use super::Failure;
use super::output::{print, print_json};
use super::text::{self, Align, Table};

#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// Runs by id, unique prefix, or `latest`; the first is what the others are held against.
    #[arg(required = true, num_args = 2..)]
    runs: Vec<String>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(root: &Root, args: &CompareArgs) -> Result<(), Failure> {
    let reports: Vec<Report> =
        args.runs.iter().map(|run| root.find(run).and_then(|run| run.report())).collect::<Result<_, _>>()?;
    let settings = beside::differing(&reports.iter().collect::<Vec<_>>());
    if args.json {
        let runs: Vec<Value> = reports
            .iter()
            .map(|report| {
                json!({
                    "id": report.summary.id,
                    "status": report.summary.status,
                    "ladder": documents::ladder(&report.ladder),
                    "verdict": report.diagnosis.verdict,
                })
            })
            .collect();
        let settings: Vec<Value> =
            settings.iter().map(|(key, values)| json!({ "key": key, "values": values })).collect();
        let comparisons: Vec<Value> = reports[1..]
            .iter()
            .map(|report| json!({ "id": report.summary.id, "comparison": comparison::compare(&reports[0], report) }))
            .collect();
        return print_json(&json!({ "runs": runs, "settings": settings, "comparisons": comparisons }));
    }
    let mut text = side_by_side(&reports, &settings);
    for report in &reports[1..] {
        text += &held_against(&reports[0], report);
    }
    print(&text)
}

fn side_by_side(reports: &[Report], settings: &[(String, Vec<Value>)]) -> String {
    let mut columns = vec![Align::Left];
    columns.extend(reports.iter().map(|_| Align::Right));
    let mut table = Table::new(&columns);
    let row =
        |head: String, cells: &mut dyn Iterator<Item = String>| std::iter::once(head).chain(cells).collect::<Vec<_>>();
    table.row(row(String::new(), &mut reports.iter().map(|report| harmless(&report.summary.id.0).into_owned())));
    for (key, values) in settings {
        table.row(row(key.clone(), &mut values.iter().map(|value| harmless(&toml_text(value)).into_owned())));
    }
    for place in Place::ALL.into_iter().filter(|place| reports.iter().any(|one| one.ladder.rung(*place).is_some())) {
        let rates =
            reports.iter().map(|report| report.ladder.rung(place).map(|rung| percent(rung.rate)).unwrap_or_default());
        table.row(row(format!("{} error", capitalized(place.word())), &mut { rates }));
    }
    table.row(row("Diagnosis".to_owned(), &mut reports.iter().map(|one| one.diagnosis.verdict.words().to_owned())));
    table.text()
}

/// What came of the changes of one run against the first.
fn held_against(first: &Report, report: &Report) -> String {
    let (id, first_id) = (&report.summary.id.0, &first.summary.id.0);
    match comparison::compare(first, report) {
        None => format!("\n{} and {}: they have no dev error in common yet.\n", harmless(id), harmless(first_id)),
        Some(found) => format!("\n{}{}", text::comparison(Some(id), &found), text::shifts(&found)),
    }
}
