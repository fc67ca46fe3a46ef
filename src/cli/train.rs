//! `rungs train`: makes a run of an experiment and starts its worker, or puts it into the queue; stays until it has ended,
//! or returns at once.

use clap::Args;

use crate::domain::experiment::{Experiment, Override};
use crate::domain::text::harmless;
use crate::store::{Root, RunDir, catalog};
use crate::worker::launch::{self, Launched, Launcher};
use crate::worker::{WorkerError, queue};

use super::output::print;
use super::{Failure, follow, now};

#[derive(Debug, Args)]
pub(super) struct TrainArgs {
    /// A file, or the name of an experiment.
    experiment: String,
    /// Lay a value over the file's, as in train.epochs=5.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<Override>,
    /// Print the run's id and return; the run goes on in the background.
    #[arg(long)]
    detach: bool,
    /// Put the run at the end of the queue, print its id and return; it starts when its turn comes.
    #[arg(long, conflicts_with = "detach")]
    queue: bool,
    /// Print one JSON document at the end, and nothing else.
    #[arg(long, conflicts_with_all = ["detach", "queue"])]
    json: bool,
}

pub(super) fn run(root: &Root, args: &TrainArgs) -> Result<(), Failure> {
    let experiment = catalog::open(root.directory(), &args.experiment, &args.set).map_err(Failure::input)?;
    let ending = match (args.detach, args.queue, args.json) {
        (true, ..) => Ending::Detach,
        (_, true, _) => Ending::Queue,
        (.., true) => Ending::Json,
        _ => Ending::Text,
    };
    let origin = catalog::file(root.directory(), &args.experiment);
    let origin = origin.map_or_else(|| format!("built-in {}", args.experiment), |path| path.display().to_string());
    start(root, &experiment, &origin, ending)
}

/// What is printed, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The run's id, at once.
    Detach,
    /// The run's id, at once; it starts when its turn comes.
    Queue,
    /// Ladder, matrix and diagnosis, at the end.
    Text,
    /// The report, at the end.
    Json,
}

/// Makes a run of an experiment whose paths are relative to a run's directory, and starts its worker or puts it into the
/// queue. `origin` says in messages where the experiment stands.
pub(super) fn start(root: &Root, experiment: &Experiment, origin: &str, ending: Ending) -> Result<(), Failure> {
    if ending == Ending::Queue {
        let run = make(root, experiment, origin)?;
        queue::enter(root, &run, now())?;
        print(&format!("{}\n", run.id()))?;
        let launcher = Launcher::of_this_program().map_err(Failure::failed)?;
        return Ok(queue::see_to(root, &launcher)?);
    }
    let (run, worker) = begin(root, experiment, origin)?;
    match ending {
        Ending::Detach | Ending::Queue => print(&format!("{}\n", run.id())),
        Ending::Text => follow::until_the_end(&run, worker, false),
        Ending::Json => follow::until_the_end(&run, worker, true),
    }
}

/// Makes a run and starts its worker; see [`start`].
pub(super) fn begin(root: &Root, experiment: &Experiment, origin: &str) -> Result<(RunDir, Launched), Failure> {
    let launcher = Launcher::of_this_program().map_err(Failure::failed)?;
    let run = make(root, experiment, origin)?;
    let worker = launch(&launcher, &run, false)?;
    Ok((run, worker))
}

/// Makes a run; see [`launch::make`].
fn make(root: &Root, experiment: &Experiment, origin: &str) -> Result<RunDir, Failure> {
    launch::make(root, experiment, now()).map_err(|error| match error {
        WorkerError::Data(error) => Failure::Input(format!("{}: {error}", harmless(origin))),
        error => error.into(),
    })
}

/// Starts a worker for a run.
pub(super) fn launch(launcher: &Launcher, run: &RunDir, resume: bool) -> Result<Launched, Failure> {
    let cannot = |error| Failure::Failed(format!("{}: the worker cannot be started: {error}", run.id()));
    launcher.start(run, resume).map_err(cannot)
}
