//! Carries effects out: makes runs, starts workers, sends commands, deletes. What comes of it comes back as an action.

use std::sync::mpsc;

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
use crate::worker::launch::Launcher;
use crate::worker::queue;

use super::{Sender, now};

/// Bytes of `worker.log` that are shown.
const LOG: u64 = 64 << 10;

/// What carries effects out.
#[derive(Clone)]
pub struct Hands {
    /// The directory of experiments and runs.
    pub root: Root,
    /// Where results go.
    pub actions: Sender,
    /// Rung when the lists have changed.
    bell: mpsc::Sender<()>,
    /// Effects that are carried out one after the other.
    turns: mpsc::Sender<Effect>,
}

impl Hands {
    /// Hands for a directory; results go to `actions`, and `bell` is rung when the lists have changed.
    pub fn new(root: Root, actions: Sender, bell: mpsc::Sender<()>) -> Self {
        let (turns, asked) = mpsc::channel();
        let hands = Self { root, actions, bell, turns };
        let in_turn = hands.clone();
        std::thread::spawn(move || asked.into_iter().for_each(|effect| in_turn.do_it(effect)));
        hands
    }

    /// Carries out an effect that reads or writes files, in a thread of its own, since disks may be slow.
    pub fn carry_out(&self, effect: Effect) {
        let hands = self.clone();
        std::thread::spawn(move || hands.do_it(effect));
    }

    /// Carries out an effect after all that were given to this before: what is put into the queue first comes first.
    pub fn in_turn(&self, effect: Effect) {
        // The thread ends with the program.
        let _ = self.turns.send(effect);
    }

    fn do_it(&self, effect: Effect) {
        if let Err(problem) = self.try_to(effect) {
            self.actions.send(Action::Say(Tone::Bad, problem));
        }
        // The list is told last, so that what it finds is whole.
        let _ = self.bell.send(());
    }

    /// Writes a note down, at once: it is a line, and lines must come in their order.
    pub fn note(&self, owner: &Selected, note: Note) {
        let written =
            self.experiment(owner).and_then(|experiment| self.root.review(&experiment).append(&[note]).map_err(words));
        if let Err(problem) = written {
            self.actions.send(Action::Say(Tone::Bad, format!("this is not written down: {problem}")));
        }
    }

    /// Writes down what is said of runs, at once, for the last word counts.
    pub fn annotate(&self, remarks: &[Remark]) {
        if let Err(problem) = self.root.annotations().append(remarks) {
            self.actions.send(Action::Say(Tone::Bad, format!("this is not written down: {problem}")));
        }
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
                let run = self.root.create(&self.planned(planned)?, now()).map_err(words)?;
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
        let hands = self.clone();
        std::thread::spawn(move || {
            let done = Launcher::of_this_program().map_err(words);
            let done = done.and_then(|launcher| queue::see_to(&hands.root, &launcher).map_err(words));
            if let Err(problem) = done {
                hands.actions.send(Action::Say(Tone::Bad, problem));
            }
        });
    }

    /// What happened to a run, and the end of its `worker.log`.
    fn history(&self, id: &RunId) -> Result<Told, String> {
        let run = self.root.run(id).map_err(words)?;
        let events = history(&run.records().map_err(words)?);
        Ok(Told { events, log: run.end_of_worker_log(LOG) })
    }

    fn launch(&self, experiment: &Experiment) -> Result<(), String> {
        let run = self.root.create(experiment, now()).map_err(words)?;
        self.actions.send(Action::Started(run.id().clone()));
        self.start(&run, false)
    }

    /// Starts a worker and stays until it has ended: an ended child that nobody waits for would stay in the process
    /// table. The worker itself goes on when the dashboard ends.
    fn start(&self, run: &RunDir, resume: bool) -> Result<(), String> {
        let cannot = |error: std::io::Error| format!("{}: the worker cannot be started: {error}", run.id());
        let launcher = Launcher::of_this_program().map_err(cannot)?;
        let mut worker =
            launcher.command(run.path(), resume).and_then(|mut command| command.spawn()).map_err(cannot)?;
        let _ = self.bell.send(());
        let ended = worker.wait().map_err(cannot)?;
        let is_queued = run.summary().is_ok_and(|summary| summary.status == Status::Queued);
        if !ended.success() && (is_queued || resume) {
            // It did not come far enough to say so in its files.
            let log = run.end_of_worker_log(LOG);
            let last = log.lines().last().unwrap_or("it left no word in worker.log");
            return Err(format!("{}: the worker ended at once: {}", run.id(), harmless(last)));
        }
        Ok(())
    }

    fn delete(&self, id: &RunId) -> Result<(), String> {
        self.root.delete(id, now()).map_err(words)?;
        self.actions.send(Action::Say(Tone::Good, format!("{id} is deleted; U takes that back, for a day")));
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "so that it can stand in `map_err`")]
fn words(error: impl ToString) -> String {
    error.to_string()
}
