//! The queue of a project: which runs wait for a place, in which order, and how many may train at a time.
//!
//! It is made of changes, oldest first, each of which means the same whoever else changes it at the same moment: a run is
//! added, leaves, or moves before another; what concerns a run that is not in the queue does nothing.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::run::{RunId, Status, Summary};

/// A summary that had to be made up for says that its run was made a moment later; in seconds.
const MOMENT: f64 = 1.0;

/// A change of the queue, as its file tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// When, in seconds since 1970.
    pub time: f64,
    /// What.
    #[serde(flatten)]
    pub change: Change,
}

/// What can change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// A run comes in at the end.
    Add {
        /// The run.
        run: RunId,
        /// Tells this time from other times that the run was in the queue.
        ticket: String,
        /// When the run was made: a later one may have been given its name.
        created: f64,
    },
    /// A run is not in the queue any more.
    Leave {
        /// The run.
        run: RunId,
        /// Which time: it may have come in again since.
        ticket: String,
    },
    /// A run is to come sooner or later.
    Move {
        /// The run.
        run: RunId,
        /// Where to.
        to: Spot,
    },
    /// No run is started until the queue goes on.
    Hold,
    /// Runs are started again.
    GoOn,
    /// How many may train at a time.
    AtATime {
        /// So many.
        count: u32,
    },
    /// A change that a newer program made.
    #[serde(other)]
    Unknown,
}

/// A place in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spot {
    /// Before all others.
    First,
    /// After all others.
    Last,
    /// Before this one.
    Before(RunId),
}

/// A run in the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// The run.
    pub run: RunId,
    /// Which time it is in the queue.
    pub ticket: String,
    /// When it came in, in seconds since 1970.
    pub since: f64,
    created: f64,
}

impl Waiting {
    /// Whether the run still waits. One that was started or ended does not, nor one that was made later and was given a
    /// deleted one's name.
    pub fn is_due(&self, summary: &Summary) -> bool {
        summary.id == self.run && summary.status == Status::Queued && summary.created <= self.created + MOMENT
    }
}

/// The queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Queue {
    /// The runs that were added and have not left, the next one first. Some of them may have been started or deleted since:
    /// [`Self::due`] tells.
    pub waiting: Vec<Waiting>,
    /// Whether no run is started for now.
    pub held: bool,
    /// How many runs may train at a time.
    pub at_a_time: usize,
}

impl Default for Queue {
    fn default() -> Self {
        Self { waiting: Vec::new(), held: false, at_a_time: 1 }
    }
}

impl Queue {
    /// What changes have made of it, oldest first.
    pub fn new(lines: impl IntoIterator<Item = Line>) -> Self {
        let mut queue = Self::default();
        for Line { time, change } in lines {
            queue.apply(time, change);
        }
        queue
    }

    /// Makes one more change.
    pub fn apply(&mut self, time: f64, change: Change) {
        match change {
            Change::Add { run, ticket, created } => {
                self.waiting.retain(|waiting| waiting.run != run);
                self.waiting.push(Waiting { run, ticket, since: time, created });
            }
            Change::Leave { run, ticket } => {
                self.waiting.retain(|waiting| waiting.run != run || waiting.ticket != ticket);
            }
            Change::Move { run, to } => self.shift(&run, &to),
            Change::Hold => self.held = true,
            Change::GoOn => self.held = false,
            Change::AtATime { count } => self.at_a_time = count.max(1) as usize,
            Change::Unknown => {}
        }
    }

    fn place(&self, run: &RunId) -> Option<usize> {
        self.waiting.iter().position(|waiting| waiting.run == *run)
    }

    fn shift(&mut self, run: &RunId, to: &Spot) {
        let Some(from) = self.place(run) else { return };
        if matches!(to, Spot::Before(other) if other == run || self.place(other).is_none()) {
            return;
        }
        let moved = self.waiting.remove(from);
        let place = match to {
            Spot::First => 0,
            Spot::Last => self.waiting.len(),
            Spot::Before(other) => self.place(other).unwrap_or(self.waiting.len()),
        };
        self.waiting.insert(place, moved);
    }

    /// The runs that wait, the next one first, out of all runs there are.
    pub fn due<'a>(&'a self, runs: &'a [Summary]) -> Vec<(&'a Waiting, &'a Summary)> {
        if self.waiting.is_empty() {
            return Vec::new();
        }
        let by_id: HashMap<&RunId, &Summary> = runs.iter().map(|summary| (&summary.id, summary)).collect();
        let pair = |waiting: &'a Waiting| Some((waiting, *by_id.get(&waiting.run)?));
        self.waiting.iter().filter_map(pair).filter(|(waiting, summary)| waiting.is_due(summary)).collect()
    }

    /// How many runs may be started while so many train.
    pub fn free(&self, live: usize) -> usize {
        if self.held { 0 } else { self.at_a_time.saturating_sub(live) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> RunId {
        RunId(text.into())
    }

    fn add(run: &str) -> Change {
        Change::Add { run: id(run), ticket: format!("{run} once"), created: 5.0 }
    }

    fn leave(run: &str, time: &str) -> Change {
        Change::Leave { run: id(run), ticket: format!("{run} {time}") }
    }

    fn shift(run: &str, to: Spot) -> Change {
        Change::Move { run: id(run), to }
    }

    fn before(run: &str) -> Spot {
        Spot::Before(id(run))
    }

    fn queue(changes: Vec<Change>) -> Queue {
        Queue::new(changes.into_iter().enumerate().map(|(at, change)| Line { time: at as f64, change }))
    }

    fn order(changes: Vec<Change>) -> String {
        queue(changes).waiting.into_iter().map(|waiting| waiting.run.0).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn changes_make_an_order() {
        let again = Change::Add { run: id("a"), ticket: "a twice".into(), created: 5.0 };
        for (change, expected) in [
            (vec![], "a b c"),
            (vec![add("d")], "a b c d"),
            (vec![again.clone()], "b c a"),
            (vec![leave("b", "once")], "a c"),
            (vec![leave("x", "once")], "a b c"),
            (vec![again, leave("a", "once")], "b c a"),
            (vec![shift("c", Spot::First)], "c a b"),
            (vec![shift("a", Spot::Last)], "b c a"),
            (vec![shift("c", before("b"))], "a c b"),
            (vec![shift("a", before("c"))], "b a c"),
            (vec![shift("a", before("a"))], "a b c"),
            (vec![shift("a", before("x"))], "a b c"),
            (vec![shift("x", before("a"))], "a b c"),
            (vec![Change::Unknown], "a b c"),
        ] {
            let all = vec![add("a"), add("b"), add("c")].into_iter().chain(change.clone()).collect();
            assert_eq!(order(all), expected, "{change:?}");
        }
    }

    #[test]
    fn places_are_free_up_to_so_many_at_a_time() {
        let at = |count| Change::AtATime { count };
        for (changes, live, free) in [
            (vec![], 0, 1),
            (vec![], 1, 0),
            (vec![at(3)], 1, 2),
            (vec![at(3)], 5, 0),
            (vec![at(0)], 0, 1),
            (vec![at(3), Change::Hold], 0, 0),
            (vec![Change::Hold, Change::GoOn], 0, 1),
        ] {
            assert_eq!(queue(changes.clone()).free(live), free, "{changes:?} with {live}");
        }
    }

    #[test]
    fn only_runs_that_are_there_and_were_not_started_wait() {
        let queue = queue(["a", "gone", "b", "started", "later"].map(add).to_vec());
        let summary = |run: &str, status: Status, created: f64| Summary {
            status,
            ..Summary::new(id(run), run.into(), None, 5, created)
        };
        let runs = [
            summary("b", Status::Queued, 5.2),
            summary("a", Status::Queued, 5.0),
            summary("later", Status::Queued, 50.0),
            summary("started", Status::Running, 5.0),
            summary("elsewhere", Status::Queued, 5.0),
        ];
        let due: Vec<&str> = queue.due(&runs).into_iter().map(|(waiting, _)| waiting.run.0.as_str()).collect();
        assert_eq!(due, ["a", "b"]);
    }

    #[test]
    fn lines_are_read_as_they_are_written() {
        let lines = [
            (add("a"), r#"{"time":1.0,"change":"add","run":"a","ticket":"a once","created":5.0}"#),
            (leave("a", "once"), r#"{"time":1.0,"change":"leave","run":"a","ticket":"a once"}"#),
            (shift("a", Spot::First), r#"{"time":1.0,"change":"move","run":"a","to":"first"}"#),
            (shift("a", before("b")), r#"{"time":1.0,"change":"move","run":"a","to":{"before":"b"}}"#),
            (Change::GoOn, r#"{"time":1.0,"change":"go-on"}"#),
            (Change::AtATime { count: 2 }, r#"{"time":1.0,"change":"at-a-time","count":2}"#),
        ];
        for (change, text) in lines {
            let line = Line { time: 1.0, change };
            assert_eq!(serde_json::to_string(&line).unwrap(), text);
            assert_eq!(serde_json::from_str::<Line>(text).unwrap(), line);
        }
        let newer: Line = serde_json::from_str(r#"{"time":1.0,"change":"share","with":"all"}"#).unwrap();
        assert_eq!(newer.change, Change::Unknown);
    }
}
