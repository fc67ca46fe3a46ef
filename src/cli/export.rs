//! `rungs export`: a run taken elsewhere.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::domain::export;
use crate::store::Root;

use super::output::{document, print};
use super::{Failure, RunArgs};

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    run: RunArgs,
    /// csv: every curve as a table; json: the report with every curve; html: a page that opens without a network;
    /// svg: loss, ladder and confusion matrix as a picture.
    #[arg(long, value_enum)]
    format: Format,
    /// Write to this file instead of standard output, which is also called `-`.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Json,
    Html,
    Svg,
}

pub(super) fn run(root: &Root, args: &ExportArgs) -> Result<(), Failure> {
    let run = args.run.find(root)?;
    let curves = run.curves()?;
    let text = match args.format {
        Format::Csv => export::csv(&curves),
        Format::Json => document(&export::json(&run.report()?, &curves)),
        Format::Html => export::html(&run.report()?, &curves),
        Format::Svg => export::svg(&run.report()?, &curves),
    };
    match &args.output {
        Some(path) if path.as_os_str() != "-" => std::fs::write(path, text)
            .map_err(|error| Failure::Failed(format!("{}: cannot be written: {error}", path.display()))),
        _ => print(&text),
    }
}
