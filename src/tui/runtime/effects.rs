//! Carries effects out: makes runs, starts workers, sends commands, deletes. What comes of it comes back as an action.

use std::sync::mpsc;
use std::time::Duration;

use crate::domain::annotation::Remark;
use crate::domain::experiment::Experiment;
use crate::domain::experiment::change::with_changes;
use crate::domain::history::history;
use crate::domain::queue::Change;
use crate::domain::remedy;
use crate::domain::review::Note;
use crate::domain::run::{RunId, Status};
use crate::domain::text::harmless;
use crate::store::{Root, RunDir, catalog};
use crate::tui::action::{Action, Effect, Planned};
use crate::tui::state::Selected;
use crate::tui::state::Tone;
use crate::tui::state::overlay::Told;
use crate::worker::launch::{self, Launched, Launcher};
use crate::worker::queue;

use super::under_way::{Piece, UnderWay};
use super::watch::Ring;
use super::{Sender, now};

/// Bytes of `worker.log` that are shown.
const LOG: u64 = 64 << 10;
/// What was asked for is waited for so long when the dashboard is left. A disk that takes longer does not answer at all.
const PATIENCE: Duration = Duration::from_secs(2);

/// What carries effects out.
#[derive(Clone)]
pub struct Hands {
    /// The directory of experiments and runs.
    pub root: Root,
    /// Where results go.
    pub actions: Sender,
    /// Rung when the lists have changed.
    bell: mpsc::Sender<Ring>,
    /// Effects that are carried out one after the other.
    turns: mpsc::Sender<(Effect, Piece)>,
    /// Everything that was asked for and is not done.
    under_way: UnderWay,
}

impl Hands {
    /// Hands for a directory; results go to `actions`, and `bell` is rung when the lists have changed.
    pub fn new(root: Root, actions: Sender, bell: mpsc::Sender<Ring>) -> Self {
        let (turns, asked) = mpsc::channel();
        let hands = Self { root, actions, bell, turns, under_way: UnderWay::default() };
        let in_turn = move |hands: &Self| {
            for (effect, piece) in asked {
                hands.do_it(effect);
                drop(piece);
            }
        };
        hands.in_thread(in_turn);
        hands
    }

    /// Does something in a thread of its own, since disks may be slow.
    pub fn in_thread(&self, work: impl FnOnce(&Self) + Send + 'static) {
        let hands = self.clone();
        // Where memory is short, that is told, and the dashboard stays.
        if let Err(error) = std::thread::Builder::new().spawn(move || work(&hands)) {
            self.actions.send(Action::Say(Tone::Bad, format!("this cannot be done now: no thread for it: {error}")));
        }
    }

    /// Carries out an effect that reads or writes files.
    pub fn carry_out(&self, effect: Effect) {
        let is_asked_for = !matches!(effect, Effect::ReadHistory(_) | Effect::ReadExperiments(_));
        let piece = is_asked_for.then(|| self.under_way.begin());
        self.in_thread(move |hands| {
            hands.do_it(effect);
            drop(piece);
        });
    }

    /// Carries out an effect after all that were given to this before: what is put into the queue first comes first, and what
    /// is taken back after what it takes back.
    pub fn in_turn(&self, effect: Effect) {
        // The thread ends with the program.
        let _ = self.turns.send((effect, self.under_way.begin()));
    }

    /// Waits for what was asked for, as long as a person would. Tells whether it is done.
    pub fn finish(&self) -> bool {
        self.under_way.wait(PATIENCE)
    }

    /// Writes a picture of the screen beside the runs.
    pub fn save_picture(&self, picture: String) {
        let piece = self.under_way.begin();
        self.in_thread(move |hands| {
            let name = format!("rungs-screen-{}.svg", now() as u64);
            let path = hands.root.directory().join(&name);
            hands.actions.send(match std::fs::write(&path, picture) {
                Ok(()) => Action::Say(Tone::Good, format!("the screen is saved as {name}")),
                Err(error) => Action::Say(Tone::Bad, format!("{}: cannot be written: {error}", path.display())),
            });
            drop(piece);
        });
    }

    fn do_it(&self, effect: Effect) {
        if let Err(problem) = self.try_to(effect) {
            self.actions.send(Action::Say(Tone::Bad, problem));
        }
        // The list is told last, so that what it finds is whole.
        self.ring(Ring::Files);
    }

    /// Has the lists read anew. Where they are not kept any more, the dashboard is about to end.
    pub fn ring(&self, ring: Ring) {
        let _ = self.bell.send(ring);
    }

    /// Writes a note down.
    fn note(&self, owner: &Selected, note: Note) -> Result<(), String> {
        let experiment = self.experiment(owner)?;
        self.root.review(&experiment).append(&[note]).map_err(words)
    }

    /// Writes down what is said of runs.
    fn annotate(&self, remarks: &[Remark]) -> Result<(), String> {
        self.root.annotations().append(remarks).map_err(words)
    }

    /// The experiment whose data are meant.
    fn experiment(&self, owner: &Selected) -> Result<Experiment, String> {
        match owner {
            Selected::Experiment(name) => catalog::open(self.root.directory(), name, &[]).map_err(words),
            Selected::Run(id) => self.root.run(id).and_then(|run| run.experiment()).map_err(words),
        }
    }

    fn try_to(&self, effect: Effect) -> Result<(), String> {
        match effect {
            Effect::Launch(name) => self.launch(&self.planned(Planned::Experiment(name))?),
            Effect::LaunchChild(experiment) => self.launch(&experiment),
            Effect::LaunchChanged(name, changes) => self.launch(&self.planned(Planned::Changed(name, changes))?),
            Effect::Queue(Planned::Run(id)) => self.enter(&self.root.run(&id).map_err(words)?),
            Effect::Queue(planned) => {
                let run = self.make(&self.planned(planned)?)?;
                self.enter(&run)
            }
            Effect::Unqueue(id) => {
                let run = self.root.run(&id).map_err(words)?;
                if !queue::leave(&self.root, &run, now()).map_err(words)? {
                    return Err(format!("{id} has been started meanwhile"));
                }
                self.actions.send(Action::Say(Tone::Good, format!("{id} does not wait any more; Q puts it back")));
                Ok(())
            }
            Effect::Shift(run, to) => self.root.queue().append(Change::Move { run, to }, now()).map_err(words),
            Effect::Hold(hold) => {
                self.root.queue().append(if hold { Change::Hold } else { Change::GoOn }, now()).map_err(words)?;
                self.see_to_queue();
                Ok(())
            }
            Effect::AtATime(count) => {
                self.root.queue().append(Change::AtATime { count }, now()).map_err(words)?;
                self.see_to_queue();
                Ok(())
            }
            Effect::Control(id, command) => {
                let run = self.root.run(&id).map_err(words)?;
                if !run.is_held() {
                    return Err(format!("{id}: no worker is at it"));
                }
                run.send(command, now()).map(|_| ()).map_err(words)
            }
            Effect::TakeUp(id) => {
                let run = self.root.run(&id).map_err(words)?;
                if run.is_held() {
                    return Err(format!("{id}: a worker is at it already"));
                }
                // A run that waits is begun, which its worker refuses if another one was faster.
                let waits = run.summary().is_ok_and(|summary| summary.status == Status::Queued);
                self.start(&run, !waits)
            }
            Effect::Note(owner, note) => self.note(&owner, note).map_err(not_written),
            Effect::Annotate(remarks) => self.annotate(&remarks).map_err(not_written),
            Effect::Delete(id) => self.delete(&id),
            Effect::Undelete => {
                let id = self.root.undelete().map_err(words)?;
                self.actions.send(Action::Say(Tone::Good, format!("{id} is back")));
                Ok(())
            }
            Effect::Rewrite(name, changes) => {
                let path = catalog::write(self.root.directory(), &name, &changes).map_err(words)?;
                self.actions.send(Action::Say(Tone::Good, format!("written to {}", path.display())));
                Ok(())
            }
            Effect::ReadHistory(run) => {
                let told = self.history(&run);
                self.actions.send(Action::History { run, told });
                Ok(())
            }
            Effect::ReadExperiments(ids) => {
                let read = |id: RunId| Some((id.clone(), Box::new(self.root.run(&id).ok()?.experiment().ok()?)));
                self.actions.send(Action::Details(ids.into_iter().filter_map(read).collect()));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The experiment of a run that is to be made.
    fn planned(&self, planned: Planned) -> Result<Experiment, String> {
        match planned {
            Planned::Experiment(name) => catalog::open(self.root.directory(), &name, &[]).map_err(words),
            Planned::Child(experiment) => Ok(*experiment),
            Planned::Changed(name, changes) => {
                let experiment = catalog::open(self.root.directory(), &name, &[]).map_err(words)?;
                let changed = with_changes(&experiment, &changes).map_err(words)?;
                Ok(remedy::child_of(&name, changed))
            }
            Planned::Run(id) => self.root.run(&id).and_then(|run| run.experiment()).map_err(words),
        }
    }

    /// Puts a run into the queue, and sees to it that it is started when its turn comes.
    fn enter(&self, run: &RunDir) -> Result<(), String> {
        queue::enter(&self.root, run, now()).map_err(words)?;
        let place = queue::place_in_words(&self.root, run).map_err(words)?;
        self.actions.send(Action::Say(Tone::Good, place));
        self.see_to_queue();
        Ok(())
    }

    /// Sees to it that the queue is drained, in a thread of its own: a process takes a moment to start.
    fn see_to_queue(&self) {
        let piece = self.under_way.begin();
        self.in_thread(move |hands| {
            let done = Launcher::of_this_program().map_err(words);
            let done = done.and_then(|launcher| queue::see_to(&hands.root, &launcher).map_err(words));
            if let Err(problem) = done {
                hands.actions.send(Action::Say(Tone::Bad, problem));
            }
            drop(piece);
        });
    }

    /// What happened to a run, and the end of its `worker.log`.
    fn history(&self, id: &RunId) -> Result<Told, String> {
        let run = self.root.run(id).map_err(words)?;
        let events = history(&run.records().map_err(words)?);
        Ok(Told { events, log: run.end_of_worker_log(LOG) })
    }

    fn launch(&self, experiment: &Experiment) -> Result<(), String> {
        let run = self.make(experiment)?;
        self.actions.send(Action::Started(run.id().clone()));
        self.start(&run, false)
    }

    fn make(&self, experiment: &Experiment) -> Result<RunDir, String> {
        launch::make(&self.root, experiment, now()).map_err(words)
    }

    /// Starts a worker, and has a thread stay until it has ended: an ended child that nobody waits for would stay in the
    /// process table. The worker itself goes on when the dashboard ends.
    fn start(&self, run: &RunDir, resume: bool) -> Result<(), String> {
        let cannot = |error: &dyn std::fmt::Display| format!("{}: the worker cannot be started: {error}", run.id());
        let launcher = Launcher::of_this_program().map_err(|error| cannot(&error))?;
        let worker = launcher.start(run, resume).map_err(|error| cannot(&error))?;
        let run = run.clone();
        self.in_thread(move |hands| {
            if let Err(problem) = watch(worker, &run, resume) {
                hands.actions.send(Action::Say(Tone::Bad, problem));
            }
            hands.ring(Ring::Runs);
        });
        Ok(())
    }

    fn delete(&self, id: &RunId) -> Result<(), String> {
        self.root.delete(id, now()).map_err(words)?;
        self.actions.send(Action::Say(Tone::Good, format!("{id} is deleted; U takes that back, for a day")));
        Ok(())
    }
}

/// Stays until a worker has ended; an error is one that did not come far enough to say so in its run's files.
fn watch(mut worker: Launched, run: &RunDir, resume: bool) -> Result<(), String> {
    let ended = worker.wait().map_err(|error| format!("{}: its worker cannot be watched: {error}", run.id()))?;
    let is_queued = run.summary().is_ok_and(|summary| summary.status == Status::Queued);
    if !ended.success() && (is_queued || resume) {
        let words = worker.last_words(ended);
        // What follows the first line shows the place in a file.
        let first = words.lines().next().unwrap_or_default();
        let what = if is_queued { "cannot be trained" } else { "is not trained any more" };
        return Err(format!("{} {what}: {}", run.id(), harmless(first)));
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "so that it can stand in `map_err`")]
fn not_written(problem: String) -> String {
    format!("this is not written down: {problem}")
}

#[expect(clippy::needless_pass_by_value, reason = "so that it can stand in `map_err`")]
fn words(error: impl ToString) -> String {
    error.to_string()
}
