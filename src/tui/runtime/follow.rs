//! Reads the runs that are looked at, and goes on reading them, in a thread of its own: points as they come, and a report
//! whenever its parts have changed, but not more often than a person can read.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::domain::event::{Event, Record};
use crate::domain::experiment::Experiment;
use crate::domain::report::{Parent, Parts, assemble};
use crate::domain::run::{RunId, Summary};
use crate::domain::steps::Steps;
use crate::store::{Follower, News, Root, StoreError};
use crate::tui::action::Action;
use crate::tui::state::Mark;

use super::Sender;

/// How often a run that trains is looked at.
const LIVE: Duration = Duration::from_millis(33);
/// The same of one made elsewhere, whose directories have to be searched each time.
const ELSEWHERE: Duration = Duration::from_millis(100);
/// How often one that does not is: somebody may take it up.
const STILL: Duration = Duration::from_secs(1);
/// The time between two reports of a run that trains.
const REPORT: Duration = Duration::from_millis(700);
/// The time between two looks at a parent that trains as well.
const PARENT: Duration = Duration::from_secs(10);

/// Reads runs until nobody asks any more. Each message names all runs that are to be read from now on.
pub fn run(root: &Root, asked: &Receiver<Vec<RunId>>, actions: &Sender) {
    let mut followed: BTreeMap<RunId, Followed> = BTreeMap::new();
    let mut wait = STILL;
    loop {
        match asked.recv_timeout(wait) {
            Ok(ids) => {
                // The last word counts: who moves quickly through a list looks at none of what lies between.
                let ids = asked.try_iter().last().unwrap_or(ids);
                followed.retain(|id, _| ids.contains(id));
                for id in ids {
                    followed.entry(id.clone()).or_insert_with(|| Followed::new(root, id));
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        wait = STILL;
        for run in followed.values_mut() {
            let next = run.look(root, actions);
            wait = wait.min(next);
        }
    }
}

/// A run that is being read.
struct Followed {
    id: RunId,
    follower: Option<Follower>,
    is_new: bool,
    /// Whether more points were on their way when some were last told of.
    more: bool,
    summary: Option<Summary>,
    experiment: Option<Experiment>,
    parent: Option<Parent>,
    /// When the parent was last read.
    parent_read: Option<Instant>,
    records: Vec<Record>,
    /// Steps and training losses, for the judgement of convergence.
    steps: Steps,
    losses: Vec<f32>,
    /// Whether something has changed that the last report does not tell.
    changed: bool,
    reported: Option<Instant>,
    /// Bytes of notes on its examples and of the record of remedies that the last report knows of.
    noted: (u64, u64),
    problem: Option<String>,
}

impl Followed {
    fn new(root: &Root, id: RunId) -> Self {
        let follower = root.run(&id).ok().map(Follower::new);
        Self {
            id,
            follower,
            is_new: true,
            more: false,
            summary: None,
            experiment: None,
            parent: None,
            parent_read: None,
            records: Vec::new(),
            steps: Steps::default(),
            losses: Vec::new(),
            changed: true,
            reported: None,
            noted: (0, 0),
            problem: None,
        }
    }

    /// Reads what is new, tells of it, and gives the time until it should be looked at again.
    fn look(&mut self, root: &Root, actions: &Sender) -> Duration {
        let Some(follower) = &mut self.follower else {
            self.fail(actions, "there is no such run any more".to_owned());
            self.follower = root.run(&self.id).ok().map(Follower::new);
            return STILL;
        };
        let news = match follower.poll() {
            Ok(news) => news,
            Err(error) => {
                self.fail(actions, error.to_string());
                if matches!(error, StoreError::Gone { .. }) {
                    // Should it come back, or another in its place, that is read from its beginning.
                    let problem = self.problem.take();
                    *self = Self { problem, follower: None, ..Self::new(root, self.id.clone()) };
                }
                return STILL;
            }
        };
        self.problem = None;
        let more = news.more;
        self.take(news, actions);
        let noted = self.notes();
        self.changed |= noted != self.noted;
        let is_live = self.summary.as_ref().is_some_and(|summary| summary.status.is_live());
        let due = self.reported.is_none_or(|last| last.elapsed() >= REPORT) || !is_live;
        if self.changed && due && !more {
            self.report(actions);
        }
        match (more, is_live || self.changed) {
            (true, _) => Duration::ZERO,
            (_, true) if self.follower.as_ref().is_some_and(|follower| follower.elsewhere().is_some()) => ELSEWHERE,
            (_, true) => LIVE,
            _ => STILL,
        }
    }

    fn take(&mut self, news: News, actions: &Sender) {
        if let Some(step) = news.restart {
            let keep = self.steps.below(step);
            self.steps.truncate(keep);
            self.losses.truncate(keep);
        }
        for losses in news.curves.iter().filter(|curve| &*curve.tag == "train/loss" && !curve.is_empty()) {
            // Who begins anew does the steps again.
            let keep = self.steps.below(losses.steps().get(0));
            self.steps.truncate(keep);
            self.losses.truncate(keep);
            self.steps.extend(losses.steps());
            self.losses.extend(losses.values());
        }
        let marks: Vec<Mark> = news.records.iter().filter_map(mark).collect();
        // What is evaluated elsewhere is told by scalars.
        let told = self.follower.as_ref().is_some_and(|follower| follower.elsewhere().is_some());
        self.changed |= !news.records.is_empty() || news.summary.is_some() || (told && !news.curves.is_empty());
        self.records.extend(news.records);
        self.summary = news.summary.or(self.summary.take());
        let is_end = self.more && !news.more;
        if self.is_new || is_end || !news.curves.is_empty() || !marks.is_empty() || news.restart.is_some() {
            let run = self.id.clone();
            let News { restart, curves: batches, more, .. } = news;
            actions.send(Action::Points { run, whole: self.is_new, restart, batches, marks, more });
            (self.is_new, self.more) = (false, more);
        }
    }

    /// Bytes of notes on its examples, and of the record of remedies.
    fn notes(&self) -> (u64, u64) {
        let notes = self.follower.as_ref().zip(self.experiment.as_ref());
        notes.map_or((0, 0), |(follower, experiment)| {
            (follower.run().review(experiment).size(), follower.run().tries().size())
        })
    }

    /// Reads what the run is a variation of; again after a while, for it may train as well.
    fn read_parent(&mut self) {
        let is_due = match (self.parent_read, &self.parent) {
            (None, _) => true,
            (Some(last), Some(Parent::Run(parent))) => parent.summary.status.is_live() && last.elapsed() >= PARENT,
            (Some(_), _) => false,
        };
        if let (true, Some(follower), Some(experiment)) = (is_due, &self.follower, &self.experiment) {
            self.parent = follower.run().parent(experiment);
            self.parent_read = Some(Instant::now());
        }
    }

    fn report(&mut self, actions: &Sender) {
        if self.report_elsewhere(actions) {
            return;
        }
        if self.experiment.is_none() {
            self.experiment = self.follower.as_ref().and_then(|follower| follower.run().experiment().ok());
        }
        self.read_parent();
        let (Some(follower), Some(summary)) = (&self.follower, &self.summary) else { return };
        let Some(experiment) = &self.experiment else {
            self.fail(actions, format!("{}: its experiment.toml cannot be read", self.id));
            return;
        };
        self.noted = self.notes();
        // Notes that cannot be read leave the ladder as it was counted; who opens them is told why.
        let review = follower.run().reviewed(experiment).ok().flatten();
        // Others are asked when it has ended, not with every report on the way.
        let ended = summary.train.filter(|_| !summary.status.is_live());
        let donor = ended.and_then(|train| follower.run().donor(experiment, train.of));
        let report = assemble(Parts {
            summary: summary.clone(),
            experiment: experiment.clone(),
            parent: self.parent.as_ref(),
            records: &self.records,
            losses: &self.losses,
            review,
            tries: &follower.run().tries().read().unwrap_or_default(),
            donor: donor.as_ref(),
            elsewhere: None,
        });
        actions.send(Action::Report { run: self.id.clone(), report: Ok(Box::new(report)) });
        self.changed = false;
        self.reported = Some(Instant::now());
    }

    /// The same of a run made elsewhere; tells whether it is one.
    fn report_elsewhere(&mut self, actions: &Sender) -> bool {
        let told = self.follower.as_ref().and_then(Follower::elsewhere);
        let (Some(told), Some(summary)) = (told, &self.summary) else { return false };
        let report = assemble(Parts::elsewhere(summary.clone(), &self.records, &self.losses, told));
        actions.send(Action::Report { run: self.id.clone(), report: Ok(Box::new(report)) });
        self.changed = false;
        self.reported = Some(Instant::now());
        true
    }

    fn fail(&mut self, actions: &Sender, problem: String) {
        if self.problem.as_ref() != Some(&problem) {
            actions.send(Action::Report { run: self.id.clone(), report: Err(problem.clone()) });
            self.problem = Some(problem);
        }
    }
}

/// What of the log is marked on the axis.
fn mark(record: &Record) -> Option<Mark> {
    match &record.event {
        Event::Set { step, key, from, to, .. } => {
            Some(Mark { step: *step, time: record.time, text: format!("{key}: {from} → {to}") })
        }
        Event::Started(started) if started.step > 0 => {
            Some(Mark { step: started.step, time: record.time, text: "taken up".to_owned() })
        }
        _ => None,
    }
}
