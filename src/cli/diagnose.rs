//! `rungs diagnose`: the diagnosis alone, of a run or of any model whose error rates are known.

use clap::Args;
use serde_json::json;

use crate::domain::diagnosis::{Case, Diagnosis, Findings, diagnose};
use crate::domain::ladder::{Ladder, Rung};
use crate::store::Root;

use super::output::{print, print_json};
use super::{Failure, text};

#[derive(Debug, Args)]
pub(super) struct DiagnoseArgs {
    /// A run's id, a unique prefix of one, or `latest`; or give error rates instead.
    #[arg(required_unless_present = "train", conflicts_with_all = ["human", "train", "train_dev", "dev", "test", "examples"])]
    run: Option<String>,
    /// Human error, in percent.
    #[arg(long, value_name = "PERCENT", value_parser = percentage)]
    human: Option<f64>,
    /// Train error, in percent.
    #[arg(long, value_name = "PERCENT", requires = "dev", value_parser = percentage)]
    train: Option<f64>,
    /// Train-dev error, in percent.
    #[arg(long, value_name = "PERCENT", value_parser = percentage)]
    train_dev: Option<f64>,
    /// Dev error, in percent.
    #[arg(long, value_name = "PERCENT", requires = "train", value_parser = percentage)]
    dev: Option<f64>,
    /// Test error, in percent.
    #[arg(long, value_name = "PERCENT", value_parser = percentage)]
    test: Option<f64>,
    /// Examples behind each of the rates (but the human one), for intervals.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    examples: Option<u64>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

/// A rate in percent, as a fraction.
fn percentage(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').trim_end().parse::<f64>() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent / 100.0),
        _ => Err("a rate in percent is from 0 to 100, as in 5.1".to_owned()),
    }
}

pub(super) fn run(root: &Root, args: &DiagnoseArgs) -> Result<(), Failure> {
    if let Some(run) = &args.run {
        let report = root.find(run).and_then(|run| run.report()).map_err(Failure::from)?;
        return show(&report.ladder, &report.diagnosis, Some(&report.summary.id.0), args.json);
    }
    let counted = |rate: Option<f64>| rate.map(|rate| Rung::given(rate, args.examples));
    let ladder = Ladder {
        human: args.human.map(|rate| Rung::given(rate, None)),
        train: counted(args.train),
        train_dev: counted(args.train_dev),
        dev: counted(args.dev),
        test: counted(args.test),
    };
    let findings = Findings::default();
    let diagnosis = diagnose(&Case { ladder: &ladder, convergence: None, experiment: None, live: false, findings });
    show(&ladder, &diagnosis, None, args.json)
}

fn show(ladder: &Ladder, diagnosis: &Diagnosis, run: Option<&str>, json: bool) -> Result<(), Failure> {
    if json {
        return print_json(&json!(diagnosis));
    }
    print(&format!("{}\n{}", text::ladder(ladder, diagnosis), text::diagnosis(diagnosis, run)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages() {
        assert_eq!([percentage("5"), percentage("5.5%"), percentage("0")], [Ok(0.05), Ok(0.055), Ok(0.0)]);
        for text in ["-1", "101", "nan", "inf", "", "five"] {
            assert!(percentage(text).is_err(), "{text}");
        }
    }
}
