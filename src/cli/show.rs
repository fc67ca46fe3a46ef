//! `rungs show`: one run, all of it.

use clap::Args;

use crate::domain::report::json;
use crate::store::Root;

use super::output::{print, print_json};
use super::{Failure, RunArgs, text};

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
    if args.json { print_json(&json::report(&report)) } else { print(&text::everything(&report)) }
}
