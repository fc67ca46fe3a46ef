//! `rungs show`: one run, all of it.

use clap::Args;
use serde_json::json;

use crate::domain::report::json;
use crate::store::Root;

use super::output::{print, print_json};
use super::{Failure, RunArgs, note, text};

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    run: RunArgs,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(root: &Root, args: &ShowArgs) -> Result<(), Failure> {
    let report = args.run.find(root)?.report()?;
    let annotations = root.annotations().read()?;
    let annotation = annotations.of(&report.summary);
    if args.json {
        let mut document = json::report(&report);
        // Where nothing is said of it, the document is the one that training ended with.
        if let Some(annotation) = annotation {
            document["annotation"] = json!(annotation);
        }
        return print_json(&document);
    }
    let said = annotation.map(note::text).filter(|text| !text.is_empty());
    print(&(text::everything(&report) + &said.map(|said| format!("\nNoted: {said}")).unwrap_or_default()))
}
