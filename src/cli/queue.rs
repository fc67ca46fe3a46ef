//! `rungs queue`: shows the runs that wait and those that train, adds and moves runs, holds the queue and lets it go on, and
//! says how many may train at a time.

use clap::Args;
use serde_json::{Value, json};

use crate::domain::queue::{Change, Queue, Spot};
use crate::domain::run::{Status, Summary};
use crate::domain::text::{duration, harmless};
use crate::store::{QueueFile, Root};
use crate::worker::launch::Launcher;
use crate::worker::queue;

use super::output::{print, print_json};
use super::text::{Align, Table};
use super::{Failure, now};

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(super) struct QueueArgs {
    /// Put this run at the end of the queue: one that was made, or that ended early and is to be taken up from its last
    /// checkpoint.
    run: Option<String>,
    /// Move it before all others.
    #[arg(long, requires = "run", group = "spot")]
    first: bool,
    /// Move it behind all others.
    #[arg(long, requires = "run", group = "spot")]
    last: bool,
    /// Move it before this one.
    #[arg(long, value_name = "OTHER", requires = "run", group = "spot")]
    before: Option<String>,
    /// Let so many runs train at a time; those that were started otherwise take places too. At first it is 1.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    at_a_time: Option<u32>,
    /// Start no more runs for now; those that train go on.
    #[arg(long, conflicts_with = "go_on")]
    hold: bool,
    /// Start runs again.
    #[arg(long)]
    go_on: bool,
    /// Print the queue as one JSON document.
    #[arg(long)]
    json: bool,
}

impl QueueArgs {
    fn spot(&self, root: &Root) -> Result<Option<Spot>, Failure> {
        Ok(match &self.before {
            Some(other) => Some(Spot::Before(root.find(other)?.id().clone())),
            None if self.first => Some(Spot::First),
            None if self.last => Some(Spot::Last),
            None => None,
        })
    }

    fn changes(&self) -> Vec<Change> {
        let count = self.at_a_time.map(|count| Change::AtATime { count });
        let hold = self.hold.then_some(Change::Hold);
        count.into_iter().chain(hold).chain(self.go_on.then_some(Change::GoOn)).collect()
    }
}

pub(super) fn run(root: &Root, args: &QueueArgs) -> Result<(), Failure> {
    let file = root.queue();
    let changes = args.changes();
    let is_look = args.run.is_none() && changes.is_empty();
    let mut said = String::new();
    for change in changes {
        file.append(change.clone(), now())?;
        said += &sentence(&change);
    }
    if let Some(run) = &args.run {
        let (run, spot) = (root.find(run)?, args.spot(root)?);
        queue::enter(root, &run, now())?;
        if let Some(spot) = spot {
            queue::shift(root, run.id(), spot, now())?;
        }
        said += &format!("{}.\n", queue::place_in_words(root, &run)?);
    }
    if !is_look {
        let launcher = Launcher::of_this_program().map_err(Failure::failed)?;
        queue::see_to(root, &launcher)?;
    }
    if !is_look && !args.json {
        return print(&said);
    }
    let (queue, runs) = (file.read()?, root.list()?);
    if args.json { print_json(&document(&file, &queue, &runs)) } else { print(&text(&file, &queue, &runs)) }
}

/// What a change of the whole queue means.
fn sentence(change: &Change) -> String {
    match change {
        Change::AtATime { count: 1 } => "One run at a time.\n".to_owned(),
        Change::AtATime { count } => format!("Up to {count} runs at a time.\n"),
        Change::Hold => {
            "The queue is held: no run is started until `rungs queue --go-on`; those that train go on.\n".to_owned()
        }
        Change::GoOn => "The queue goes on.\n".to_owned(),
        _ => String::new(),
    }
}

fn live(runs: &[Summary]) -> impl Iterator<Item = &Summary> {
    // What another program trains takes no place here.
    runs.iter().filter(|summary| summary.status.is_live() && !summary.elsewhere)
}

fn document(file: &QueueFile, queue: &Queue, runs: &[Summary]) -> Value {
    let waiting: Vec<Value> = queue
        .due(runs)
        .into_iter()
        .enumerate()
        .map(|(place, (waiting, run))| {
            json!({ "place": place + 1, "id": run.id, "since": waiting.since, "name": run.name, "parent": run.parent,
                "epoch": run.epoch, "epochs": run.epochs })
        })
        .collect();
    let running: Vec<Value> = live(runs)
        .map(|run| json!({ "id": run.id, "status": run.status, "epoch": run.epoch, "epochs": run.epochs }))
        .collect();
    json!({ "at_a_time": queue.at_a_time, "held": queue.held, "drained": file.is_drained(), "running": running,
        "waiting": waiting })
}

fn text(file: &QueueFile, queue: &Queue, runs: &[Summary]) -> String {
    use Align::{Left, Right};
    let due = queue.due(runs);
    let mut table = Table::new(&[Right, Left, Right, Right, Left]);
    table.row(["Place", "Run", "Epoch", "Waits", "Variation of"]);
    let line = |place: String, run: &Summary, waits: String| {
        let parent = run.parent.as_deref().map(|parent| harmless(parent).into_owned()).unwrap_or_default();
        let epoch = format!("{}/{}", run.epoch, run.epochs);
        [place, harmless(&run.id.0).into_owned(), epoch, waits, parent]
    };
    for run in live(runs) {
        table.row(line(if run.status == Status::Paused { "paused" } else { "runs" }.to_owned(), run, String::new()));
    }
    for (place, (waiting, run)) in due.iter().enumerate() {
        table.row(line((place + 1).to_string(), run, duration((now() - waiting.since).max(0.0))));
    }
    let is_empty = due.is_empty() && live(runs).next().is_none();
    let table = if is_empty { String::new() } else { format!("{}\n", table.text()) };
    format!("{table}{}\n", state(queue, due.len(), file.is_drained()))
}

/// How the queue stands, in a sentence.
fn state(queue: &Queue, due: usize, drained: bool) -> String {
    let places = match queue.at_a_time {
        1 => "one run at a time".to_owned(),
        count => format!("up to {count} runs at a time"),
    };
    match due {
        _ if queue.held => format!("The queue is held ({places}): `rungs queue --go-on` lets it go on."),
        0 => format!("No run waits ({places}). `rungs train EXPERIMENT --queue` adds one."),
        _ if !drained => {
            format!("Nothing starts the runs that wait ({places}): `rungs queue --go-on` sees to it that they are.")
        }
        1 => format!("1 run waits; {places}."),
        _ => format!("{due} runs wait; {places}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_it_stands_is_a_sentence() {
        let queue = |held, at_a_time| Queue { held, at_a_time, ..Queue::default() };
        for (held, at_a_time, due, drained, part) in [
            (false, 1, 0, false, "No run waits (one run at a time)."),
            (false, 2, 3, true, "3 runs wait; up to 2 runs at a time."),
            (false, 1, 1, true, "1 run waits; one run at a time."),
            (false, 1, 1, false, "Nothing starts the runs that wait"),
            (true, 1, 1, false, "The queue is held (one run at a time)"),
        ] {
            let text = state(&queue(held, at_a_time), due, drained);
            assert!(text.starts_with(part), "{text}");
        }
    }
}
