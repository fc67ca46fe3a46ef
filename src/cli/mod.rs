//! The command line: parse, dispatch; one file per command. Knows every part, and no part knows it.

mod apply;
mod compare;
mod control;
mod data;
mod diagnose;
mod export;
mod failure;
mod follow;
mod learning_curve;
mod lr_find;
mod ls;
mod mistakes;
mod note;
mod output;
mod queue;
mod search;
mod show;
mod text;
mod train;

pub use failure::Failure;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Parser, Subcommand};

use crate::store::{self, Root, RunDir};
use crate::tui::TuiError;
use crate::worker::launch::Launcher;

/// Runs neural-network experiments, shows how they are doing, says what is wrong, and puts the fix one key away.
///
/// Without a command it opens the dashboard on the current directory.
#[derive(Debug, Parser)]
#[command(name = "rungs", version, max_term_width = 100)]
struct Cli {
    /// The directory that holds `experiments/` and `runs/`; the current one by default.
    #[arg(long, global = true, value_name = "DIR")]
    dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run an experiment: a file, or the name of one in `experiments/` or built in.
    Train(train::TrainArgs),
    /// Look at an experiment's data before anything trains on them: sets, classes, pictures, alterations.
    Data(data::DataArgs),
    /// Find a learning rate to train an experiment with, by a short test.
    LrFind(lr_find::LrFindArgs),
    /// Find out whether more training data would help, by training on parts of what there is.
    LearningCurve(learning_curve::LearningCurveArgs),
    /// Search for better settings: train variations, and say which did best.
    Search(search::SearchArgs),
    /// List past and present runs.
    Ls(ls::LsArgs),
    /// Show one run: status, settings, ladder, confusion matrix, convergence, diagnosis, remedies.
    Show(show::ShowArgs),
    /// List what a run got wrong in the dev set, the surest mistakes first.
    #[command(visible_alias = "errors")]
    Mistakes(mistakes::MistakesArgs),
    /// Say what is wrong with a run, or with any model whose error rates are known.
    Diagnose(diagnose::DiagnoseArgs),
    /// Set runs side by side: settings that differ, and their ladders.
    Compare(compare::CompareArgs),
    /// Make the child experiment of a remedy and run it.
    Apply(apply::ApplyArgs),
    /// Take a run elsewhere: as CSV, JSON, HTML or SVG.
    Export(export::ExportArgs),
    /// The dashboard on runs made elsewhere: a directory of TensorBoard's event files, read live.
    Watch {
        /// The directory, as TensorBoard would be given it.
        logs: PathBuf,
    },
    /// Say something of a run: a note, tags, pinned, archived.
    Note(note::NoteArgs),
    /// Show the queue, or change it: add a run, move one, hold it, say how many may train at a time.
    Queue(queue::QueueArgs),
    /// Let a run hold still.
    Pause(RunArgs),
    /// Let a paused run go on, take up an interrupted, stopped or failed one from its last checkpoint, or start one that
    /// waits in the queue.
    Resume(RunArgs),
    /// End a run early: it is evaluated and can be resumed. One that waits in the queue is taken off it.
    Stop(RunArgs),
    /// Change a setting of a run while it trains, or of one that ended early, for when it is taken up.
    Set(control::SetArgs),
    /// Train the run in this directory (started by the others).
    #[command(hide = true)]
    Worker {
        /// The run's directory.
        run: PathBuf,
        /// Go on from the last checkpoint.
        #[arg(long)]
        resume: bool,
    },
    /// Start the runs in the queue, until none waits (started by the others).
    #[command(hide = true)]
    Drain,
}

/// A run, as every command takes it.
#[derive(Debug, Args)]
struct RunArgs {
    /// A run's id, a unique prefix of one, or `latest`.
    run: String,
}

impl RunArgs {
    fn find(&self, root: &Root) -> Result<RunDir, Failure> {
        Ok(root.find(&self.run)?)
    }
}

/// Parses the command line, does what it says, and answers with the exit status: 0 done; 1 the run or the operation
/// failed; 2 bad usage or bad input.
pub fn main() -> ExitCode {
    match dispatch(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn dispatch(cli: Cli) -> Result<(), Failure> {
    let Some(command) = cli.command else { return first_screen(cli.dir) };
    let root = root(cli.dir.as_deref());
    match command {
        Command::Watch { logs } => dashboard(&Root::watching(logs)),
        Command::Train(args) => train::run(&root, &args),
        Command::Data(args) => data::run(&root, &args),
        Command::LrFind(args) => lr_find::run(&root, &args),
        Command::LearningCurve(args) => learning_curve::run(&root, &args),
        Command::Search(args) => search::run(&root, &args),
        Command::Ls(args) => ls::run(&root, &args),
        Command::Show(args) => show::run(&root, &args),
        Command::Mistakes(args) => mistakes::run(&root, &args),
        Command::Diagnose(args) => diagnose::run(&root, &args),
        Command::Compare(args) => compare::run(&root, &args),
        Command::Apply(args) => apply::run(&root, &args),
        Command::Export(args) => export::run(&root, &args),
        Command::Note(args) => note::run(&root, &args),
        Command::Queue(args) => queue::run(&root, &args),
        Command::Pause(args) => control::pause(&root, &args.find(&root)?),
        Command::Resume(args) => control::resume(&args.find(&root)?),
        Command::Stop(args) => control::stop(&root, &args.find(&root)?),
        Command::Set(args) => control::set(&root, &args),
        Command::Worker { run, resume } => crate::worker::run::run(&run, resume).map_err(Failure::failed),
        Command::Drain => {
            let launcher = Launcher::of_this_program().map_err(Failure::failed)?;
            Ok(crate::worker::drain::run(&root, &launcher)?)
        }
    }
}

/// The directory to work on: a project, or, where somebody names a directory that is none and holds event files of other
/// programs, those.
fn root(directory: Option<&Path>) -> Root {
    let Some(directory) = directory else { return Root::new(".") };
    let is_project = ["runs", "experiments"].iter().any(|name| directory.join(name).is_dir());
    let watched = Root::watching(directory);
    let holds_runs = || watched.list().is_ok_and(|runs| runs.iter().any(|run| run.elsewhere));
    if !is_project && holds_runs() { watched } else { Root::new(directory) }
}

/// The dashboard, which comes up even where the disk does not answer: it says so, and shows what is there once it does.
fn first_screen(directory: Option<PathBuf>) -> Result<(), Failure> {
    let project = Root::new(directory.clone().unwrap_or_else(|| ".".into()));
    dashboard(&store::answered(move || root(directory.as_deref())).unwrap_or(project))
}

fn dashboard(root: &Root) -> Result<(), Failure> {
    crate::tui::run(root).map_err(|error| match error {
        TuiError::Terminal(_) => Failure::failed(error),
        TuiError::NoTerminal | TuiError::Directory { .. } => Failure::input(error),
    })
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}
