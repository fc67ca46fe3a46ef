//! `rungs apply`: the child experiment of a remedy, made and run, or put into the queue.

use clap::Args;

use crate::domain::remedy;
use crate::domain::text::harmless;
use crate::store::Root;

use super::train::{Ending, start};
use super::{Failure, RunArgs};

#[derive(Debug, Args)]
pub(super) struct ApplyArgs {
    #[command(flatten)]
    run: RunArgs,
    /// A remedy's short name, as `show` prints it.
    remedy: String,
    /// Print the child's id and return; it goes on in the background.
    #[arg(long)]
    detach: bool,
    /// Put the child at the end of the queue, print its id and return; it starts when its turn comes.
    #[arg(long, conflicts_with = "detach")]
    queue: bool,
}

pub(super) fn run(root: &Root, args: &ApplyArgs) -> Result<(), Failure> {
    let run = args.run.find(root)?;
    let report = run.report()?;
    let id = run.id().to_string();
    let remedies = || report.diagnosis.problems.iter().flat_map(|problem| &problem.remedies);
    let Some(remedy) = remedies().find(|remedy| remedy.id == args.remedy) else {
        let names: Vec<&str> = remedies().filter(|one| one.change.is_some()).map(|one| one.id.as_str()).collect();
        let right = if names.is_empty() {
            "its diagnosis offers none".to_owned()
        } else {
            format!("its diagnosis offers {}", names.join(", "))
        };
        return Err(Failure::Input(format!("{id} has no remedy `{}`; {right}", harmless(&args.remedy))));
    };
    let Some(change) = &remedy.change else {
        let what = format!("{id}: {} is something that you have to do: {}", remedy.id, remedy.why);
        return Err(Failure::Input(what));
    };
    let child = remedy::child(&id, &report.experiment, change).map_err(Failure::input)?;
    let ending = match (args.detach, args.queue) {
        (true, _) => Ending::Detach,
        (_, true) => Ending::Queue,
        _ => Ending::Text,
    };
    if ending == Ending::Text {
        super::output::print(&format!("A variation of {id} in one parameter: {}\n\n", harmless(&change.to_string())))?;
    }
    start(root, &child, &id, ending)
}
