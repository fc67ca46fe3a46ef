//! The command line: parse, dispatch; one file per command. Knows every part, and no part knows it.

mod failure;

pub use failure::Failure;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::domain::experiment::Override;

/// Runs neural-network experiments, shows how they are doing, says what is wrong, and puts the fix one key away.
///
/// Without a command it opens the dashboard on the current directory.
#[derive(Debug, Parser)]
#[command(name = "rungs", version, max_term_width = 100)]
struct Cli {
    /// The directory that holds `experiments/` and `runs/`.
    #[arg(long, global = true, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run an experiment: a file, or the name of one in `experiments/` or built in.
    Train(TrainArgs),
    /// List past and present runs.
    Ls(LsArgs),
    /// Show one run: status, settings, ladder, confusion matrix, convergence, diagnosis, remedies.
    Show(ShowArgs),
    /// Say what is wrong with a run, or with any model whose error rates are known.
    Diagnose(DiagnoseArgs),
    /// Make the child experiment of a remedy and run it.
    Apply(ApplyArgs),
    /// Let a run hold still.
    Pause(RunArgs),
    /// Let a paused run go on, or take up an interrupted, stopped or failed one from its last checkpoint.
    Resume(RunArgs),
    /// End a run early: it is evaluated and can be resumed.
    Stop(RunArgs),
    /// Change a setting of a run while it trains.
    Set(SetArgs),
    /// Train the run in this directory (started by the others).
    #[command(hide = true)]
    Worker {
        /// The run's directory.
        run: PathBuf,
        /// Go on from the last checkpoint.
        #[arg(long)]
        resume: bool,
    },
}

#[derive(Debug, Args)]
struct TrainArgs {
    /// A file, or the name of an experiment.
    experiment: String,
    /// Lay a value over the file's, as in train.epochs=5.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<Override>,
    /// Print the run's id and return; the run goes on in the background.
    #[arg(long)]
    detach: bool,
    /// Print one JSON document at the end, and nothing else.
    #[arg(long, conflicts_with = "detach")]
    json: bool,
}

#[derive(Debug, Args)]
struct LsArgs {
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

/// A run by its id, a unique prefix of one, or `latest`.
#[derive(Debug, Args)]
struct RunArgs {
    /// A run's id, a unique prefix of one, or `latest`.
    run: String,
}

#[derive(Debug, Args)]
struct ShowArgs {
    #[command(flatten)]
    run: RunArgs,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct DiagnoseArgs {
    /// A run's id, a unique prefix of one, or `latest`; or give error rates instead.
    #[arg(required_unless_present = "train", conflicts_with_all = ["human", "train", "train_dev", "dev", "test", "examples"])]
    run: Option<String>,
    /// Human error, in percent.
    #[arg(long, value_name = "PERCENT")]
    human: Option<f64>,
    /// Train error, in percent.
    #[arg(long, value_name = "PERCENT", requires = "dev")]
    train: Option<f64>,
    /// Train-dev error, in percent.
    #[arg(long, value_name = "PERCENT")]
    train_dev: Option<f64>,
    /// Dev error, in percent.
    #[arg(long, value_name = "PERCENT", requires = "train")]
    dev: Option<f64>,
    /// Test error, in percent.
    #[arg(long, value_name = "PERCENT")]
    test: Option<f64>,
    /// Examples in the dev set (and in the others), for intervals.
    #[arg(long, value_name = "N")]
    examples: Option<u64>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ApplyArgs {
    #[command(flatten)]
    run: RunArgs,
    /// A remedy's short name, as `show` prints it.
    remedy: String,
    /// Print the child's id and return; it goes on in the background.
    #[arg(long)]
    detach: bool,
}

#[derive(Debug, Args)]
struct SetArgs {
    #[command(flatten)]
    run: RunArgs,
    /// The setting and its new value, as in train.learning_rate=0.001.
    #[arg(value_name = "KEY=VALUE")]
    set: Override,
}

/// Parses the command line, does what it says, and answers with the exit status: 0 done; 1 the run or the operation
/// failed; 2 bad usage or bad input.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    Failure::failed(format!("not yet: {cli:?}")).report()
}
