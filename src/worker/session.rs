//! One worker's time with a run: step after step, with commands obeyed, curves logged, sets evaluated and checkpoints
//! saved in between.
//!
//! What is logged is on disk half a second later at the latest, where the disk is fast enough ([`Disk`]); what is saved and
//! evaluated when is [`Pace`]'s to say. [`super::evaluation`] has what is done at the end of an epoch and of the run,
//! [`super::room`] what is done when the disk is full.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::WorkerError;
use super::beside::Beside;
use super::disk::{self, Disk};
use super::evaluation::Candidate;
use super::history::{self, Change};
use super::learner::Learner;
use super::pace::Pace;
use super::signals::Signals;
use super::usage::{self, Meter};
use crate::data::{Prepared, Set};
use crate::domain::control::{Command, Control};
use crate::domain::event::{Event, Record, SetResult, SetSizes, Started};
use crate::domain::series::Smoother;
use crate::engine::{EngineError, Step};
use crate::store::{Checkpoint, RunWriter, StoreError, hostname};

/// Commands are looked for so often while the run holds still.
const LOOK_EVERY_PAUSED: Duration = Duration::from_millis(50);
/// A network that is trained waits so long for its baselines, or a tenth of the time that its training took.
const PATIENCE: Duration = Duration::from_secs(10);
/// Weight of the training loss in the summary.
const SMOOTHING: f64 = 0.95;

/// What the worker knows of the run besides what learns.
#[derive(Debug)]
pub(super) struct Subject {
    /// Names of the classes.
    pub(super) classes: Vec<String>,
    /// Training examples of each class.
    pub(super) class_sizes: Vec<u64>,
    /// How many examples each set holds.
    pub(super) sizes: SetSizes,
    /// The dev set's examples, by their place in the data.
    pub(super) dev: Vec<u32>,
    /// Their true classes.
    pub(super) dev_labels: Vec<u32>,
    /// The test set's examples.
    pub(super) test: Vec<u32>,
    /// Their true classes.
    pub(super) test_labels: Vec<u32>,
}

impl Subject {
    /// What there is to know of loaded data.
    pub(super) fn of(prepared: &Prepared) -> Self {
        let count = |set: &[u32]| set.len() as u64;
        let labels =
            |set: &[u32]| set.iter().filter_map(|example| prepared.labels.get(*example as usize).copied()).collect();
        let sets = &prepared.sets;
        Self {
            classes: prepared.classes.clone(),
            class_sizes: prepared.class_sizes(Set::Train),
            sizes: SetSizes {
                train: count(&sets.train),
                train_dev: Some(count(&sets.train_dev)).filter(|count| *count > 0),
                dev: count(&sets.dev),
                test: count(&sets.test),
            },
            dev: sets.dev.clone(),
            dev_labels: labels(&sets.dev),
            test: sets.test.clone(),
            test_labels: labels(&sets.test),
        }
    }
}

/// How a session ends well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// Trained to the end.
    Finished,
    /// By the command with this id.
    Stopped(String),
    /// By the system.
    Interrupted,
}

/// A session under way.
#[derive(Debug)]
pub(super) struct Session<'a, L> {
    pub(super) learner: L,
    /// The tags of the tasks' training losses.
    task_tags: Vec<String>,
    pub(super) writer: &'a mut RunWriter,
    pub(super) subject: Subject,
    pub(super) pace: Pace,
    pub(super) clock: fn() -> f64,
    pub(super) signals: Signals,
    /// Changes that an earlier worker made at steps that are still to come.
    changes: VecDeque<Change>,
    /// Commands that were there before the worker was, or came while there was no room to answer them.
    pub(super) early: Vec<Control>,
    paused: bool,
    looked: Instant,
    written: Instant,
    pub(super) disk: Disk,
    window: Window,
    meter: Meter,
    loss: Smoother,
    /// What the dev set gave with the best weights so far.
    pub(super) best: Option<SetResult>,
    /// Better weights that are still to be saved.
    pub(super) candidate: Option<Candidate>,
    /// Baselines that are still to be found.
    pub(super) beside: Option<Beside>,
    /// Whether the last checkpoint is the one to go on from, and what was done since is not to replace it.
    last_stands: bool,
}

/// Training since the summary was last written.
#[derive(Debug, Default)]
struct Window {
    /// Spent on listening and telling: commands, curves, log, summary.
    told: f64,
    steps: u64,
    examples: u64,
    seconds: f64,
    /// The last step alone, in seconds.
    step: f64,
}

/// What an earlier worker left to do.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// See [`history::changes_after`].
    pub(super) changes: VecDeque<Change>,
    /// Commands without an answer.
    pub(super) commands: Vec<Control>,
    /// See [`history::best`].
    pub(super) best: Option<SetResult>,
}

impl Left {
    /// What the log of a run tells one that goes on after `step` steps.
    pub(super) fn of(records: &[Record], commands: Vec<Control>, step: u64) -> Self {
        Self { changes: history::changes_after(records, step), commands, best: history::best(records) }
    }
}

impl<'a, L: Learner> Session<'a, L> {
    /// Begins: an event file of its own, and the line in the log that says so.
    pub(super) fn begin(
        learner: L,
        writer: &'a mut RunWriter,
        subject: Subject,
        signals: Signals,
        clock: fn() -> f64,
        left: Left,
    ) -> Result<Self, WorkerError> {
        let now = Instant::now();
        let tasks = learner.tasks();
        let mut session = Self {
            learner,
            task_tags: tasks.iter().map(|task| format!("tasks/{task}/loss")).collect(),
            writer,
            subject,
            pace: Pace::default(),
            clock,
            signals,
            changes: left.changes,
            early: left.commands,
            paused: false,
            looked: now,
            written: now,
            disk: Disk::default(),
            window: Window::default(),
            meter: Meter::new(),
            loss: Smoother::new(SMOOTHING),
            best: left.best,
            candidate: None,
            beside: None,
            last_stands: false,
        };
        let position = session.learner.position();
        let time = clock();
        session.write(|writer| writer.begin(position.step, time))?;
        session.log(Event::Started(Started {
            step: position.step,
            steps: position.steps,
            pid: std::process::id(),
            host: hostname(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            classes: session.subject.classes.clone(),
            class_sizes: session.subject.class_sizes.clone(),
            sets: session.subject.sizes,
            parameters: session.learner.parameters(),
            layers: session.learner.layers(),
        }))?;
        session.write_summary()?;
        Ok(session)
    }

    /// Trains until there is nothing left to train, or someone says to end, and writes the last word.
    pub(super) fn run(&mut self) -> Result<End, WorkerError> {
        let mut end = self.train()?;
        // What was not found by now is left: its thread would only be in the way.
        self.beside = None;
        if end != End::Interrupted && self.unless_left_off(|session| session.conclude(&end))?.is_none() {
            (end, self.last_stands) = (End::Interrupted, true);
        }
        if end == End::Interrupted {
            if !self.last_stands {
                self.save_last()?;
            }
            self.save_best()?;
            self.log(Event::Interrupted { step: self.step_done() })?;
            self.write_summary()?;
        }
        self.refuse_the_rest(&end)?;
        let synced = self.writer.sync();
        self.room_for(synced)?;
        Ok(end)
    }

    fn train(&mut self) -> Result<End, WorkerError> {
        let early = std::mem::take(&mut self.early);
        if let Some(end) = self.obey_all(early)? {
            return Ok(end);
        }
        loop {
            if let Some(end) = self.attend()? {
                return Ok(end);
            }
            self.repeat_changes()?;
            if self.learner.position().done {
                return self.wait_for_baselines();
            }
            let begin = Instant::now();
            let step = self.learner.step()?;
            let trained = Instant::now();
            self.account(&step, (trained - begin).as_secs_f64())?;
            self.window.told += trained.elapsed().as_secs_f64();
            if step.epoch_done && self.unless_left_off(Self::end_epoch)?.is_none() {
                // Without the evaluation that training goes by the epoch is not over.
                self.last_stands = self.learner.needs_dev_loss();
                return Ok(End::Interrupted);
            }
            if self.pace.last_is_due() {
                self.save_last()?;
            }
            if self.candidate.is_some() && self.pace.best_is_due() {
                self.save_best()?;
            }
            // A long step ahead would keep what is logged from the disk for as long.
            let every = self.disk.write_every().as_secs_f64();
            if self.written.elapsed().as_secs_f64() + self.window.step >= every {
                let begin = Instant::now();
                self.disk.writes();
                self.tell_baselines()?;
                self.write_summary()?;
                self.mind_the_directory()?;
                let took = begin.elapsed();
                self.disk.wrote(took);
                self.window.told += took.as_secs_f64();
                if let Some(message) = self.disk.complaint() {
                    self.log(Event::Warning { message: message.to_owned() })?;
                }
            }
        }
    }

    /// Does something that evaluates; `None` when the system told the worker to go before it was done.
    fn unless_left_off(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<(), WorkerError>,
    ) -> Result<Option<()>, WorkerError> {
        match work(self) {
            Err(WorkerError::Engine(EngineError::LeftOff)) => Ok(None),
            done => done.map(Some),
        }
    }

    /// Logs the baselines that were found since.
    fn tell_baselines(&mut self) -> Result<(), WorkerError> {
        let Some(beside) = &mut self.beside else { return Ok(()) };
        let found = beside.take();
        if beside.is_done() {
            self.beside = None;
        }
        found.into_iter().try_for_each(|baseline| self.log(Event::Baseline(baseline)))
    }

    /// Gives the baselines of a trained network a little time, since without them nobody knows whether it is needed; but
    /// only for as long as nobody wants it to end.
    fn wait_for_baselines(&mut self) -> Result<End, WorkerError> {
        let begin = Instant::now();
        let trained = Duration::from_secs_f64(self.writer.summary().trained_seconds.clamp(0.0, 1e6));
        let patience = PATIENCE.max(trained / 10);
        loop {
            self.tell_baselines()?;
            if self.beside.is_none() || begin.elapsed() >= patience {
                return Ok(End::Finished);
            }
            if let Some(end) = self.attend()? {
                return Ok(end);
            }
            std::thread::sleep(disk::LOOK_EVERY);
        }
    }

    /// Evaluates, if it is time to; always where training goes by what comes of it.
    fn end_epoch(&mut self) -> Result<(), WorkerError> {
        let position = self.learner.position();
        if self.learner.needs_dev_loss() {
            let dev = self.evaluate_on_the_way()?;
            self.learner.look_at(dev.loss);
        } else if !position.done && self.pace.evaluation_is_due(position.epoch, position.epochs) {
            self.evaluate_on_the_way()?;
        }
        Ok(())
    }

    /// Logs what a step did and how long it took.
    fn account(&mut self, step: &Step, seconds: f64) -> Result<(), WorkerError> {
        self.pace.trained(seconds);
        self.disk.trained(Duration::from_secs_f64(seconds));
        self.window.steps += 1;
        self.window.examples += step.examples;
        self.window.seconds += seconds;
        self.window.step = seconds;
        let smooth = self.loss.push(step.loss);
        let summary = self.writer.summary();
        summary.trained_seconds += seconds;
        summary.step = step.step;
        summary.loss = Some(f64::from(smooth)).filter(|loss| loss.is_finite());
        let mut values = vec![
            ("train/loss", step.loss),
            ("train/learning_rate", step.learning_rate as f32),
            ("train/gradient_norm", step.gradient_norm),
        ];
        values.extend(self.task_tags.iter().map(String::as_str).zip(step.losses.iter().copied()));
        let added = self.writer.scalars(step.step, (self.clock)(), &values);
        self.room_for(added)
    }

    /// Answers what the system and people have to say. While the run is paused this returns only once it goes on or
    /// ends.
    fn attend(&mut self) -> Result<Option<End>, WorkerError> {
        let begin = Instant::now();
        let mut held = false;
        loop {
            if self.signals.told_to_go() {
                return Ok(Some(End::Interrupted));
            }
            if self.paused || self.looked.elapsed() >= self.disk.look_every() {
                let look = Instant::now();
                let mut commands = std::mem::take(&mut self.early);
                commands.append(&mut self.writer.commands()?);
                self.looked = Instant::now();
                if !self.paused {
                    self.disk.looked(self.looked - look);
                }
                if let Some(end) = self.obey_all(commands)? {
                    return Ok(Some(end));
                }
            }
            if !self.paused {
                // A pause is no work.
                self.window.told += if held { 0.0 } else { begin.elapsed().as_secs_f64() };
                return Ok(None);
            }
            held = true;
            std::thread::sleep(LOOK_EVERY_PAUSED);
            // Also tells whether the directory is still there.
            self.write(RunWriter::flush)?;
            self.mind_the_directory()?;
        }
    }

    /// Goes, as when the system says so, once nobody can reach what is written: a disk that was taken away while it is in use
    /// keeps what it is given, and is let go of for that.
    fn mind_the_directory(&mut self) -> Result<(), WorkerError> {
        if self.signals.told_to_go() || self.writer.is_within_reach() {
            return Ok(());
        }
        self.signals.tell();
        let message =
            "its directory was out of reach, as when a disk is unmounted: the worker left a checkpoint and ended";
        self.log(Event::Warning { message: message.to_owned() })
    }

    /// Obeys commands until one of them ends the session; those after it are kept.
    fn obey_all(&mut self, commands: Vec<Control>) -> Result<Option<End>, WorkerError> {
        let mut commands = commands.into_iter();
        while let Some(command) = commands.next() {
            if let Some(end) = self.obey(command)? {
                self.early = commands.collect();
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    /// Answers what came too late to be obeyed, but for changes of settings: they are made when the run is taken up.
    fn refuse_the_rest(&mut self, end: &End) -> Result<(), WorkerError> {
        let reason = match end {
            End::Finished => "it has finished",
            End::Stopped(_) => "it is stopped already",
            End::Interrupted => "its worker was told to go",
        };
        let mut commands = std::mem::take(&mut self.early);
        commands.append(&mut self.writer.commands()?);
        commands.retain(|control| !matches!(control.command, Command::Set { .. }));
        commands.into_iter().try_for_each(|control| self.refuse(control.id, reason))
    }

    /// Obeys a command, or says why not.
    fn obey(&mut self, Control { id, command, .. }: Control) -> Result<Option<End>, WorkerError> {
        let step = self.step_done();
        match command {
            Command::Pause if self.paused => self.refuse(id, "it is paused already")?,
            Command::Pause => {
                self.paused = true;
                self.log(Event::Paused { step, control: Some(id) })?;
                self.write_summary()?;
                self.save()?;
            }
            Command::Resume if !self.paused => self.refuse(id, "it is not paused")?,
            Command::Resume => {
                self.paused = false;
                self.log(Event::Resumed { step, control: Some(id) })?;
                self.write_summary()?;
            }
            Command::Stop => return Ok(Some(End::Stopped(id))),
            Command::Set { key, value } => match self.learner.set(&key, &value) {
                Ok(from) => {
                    self.changes.retain(|change| change.key != key);
                    self.log(Event::Set { step: step + 1, key, from, to: value, control: Some(id) })?;
                    self.write_summary()?;
                }
                Err(error) => self.refuse(id, &error.to_string())?,
            },
        }
        Ok(None)
    }

    fn refuse(&mut self, control: String, reason: &str) -> Result<(), WorkerError> {
        self.log(Event::Refused { control, reason: reason.to_owned() })
    }

    /// Makes the changes that an earlier worker made before the step that comes next.
    fn repeat_changes(&mut self) -> Result<(), WorkerError> {
        let next = self.step_done() + 1;
        while let Some(change) = self.changes.pop_front_if(|change| change.step <= next) {
            self.learner.set(&change.key, &change.value)?;
        }
        Ok(())
    }

    /// Steps done.
    pub(super) fn step_done(&self) -> u64 {
        self.learner.position().step
    }

    /// Saves all that there is to save.
    pub(super) fn save(&mut self) -> Result<(), WorkerError> {
        self.save_last()?;
        self.save_best()
    }

    /// Replaces the checkpoint that a resumed run goes on from.
    pub(super) fn save_last(&mut self) -> Result<(), WorkerError> {
        let begin = Instant::now();
        let bytes = self.learner.checkpoint()?;
        // The curves up to here belong to the checkpoint: they are on the disk before it is.
        self.write(RunWriter::sync)?;
        self.write(|writer| writer.checkpoint(Checkpoint::Last, &bytes))?;
        self.log(Event::Checkpoint { step: self.step_done(), name: Checkpoint::Last.word().to_owned() })?;
        self.pace.saved_last(begin.elapsed().as_secs_f64());
        Ok(())
    }

    /// Replaces the checkpoint of the best weights, if better ones wait.
    pub(super) fn save_best(&mut self) -> Result<(), WorkerError> {
        let Some(Candidate { step, bytes }) = self.candidate.take() else { return Ok(()) };
        let begin = Instant::now();
        self.write(|writer| writer.checkpoint(Checkpoint::Best, &bytes))?;
        self.log(Event::Checkpoint { step, name: Checkpoint::Best.word().to_owned() })?;
        self.pace.saved_best(begin.elapsed().as_secs_f64());
        Ok(())
    }

    /// Adds a line to the log.
    pub(super) fn log(&mut self, event: Event) -> Result<(), WorkerError> {
        let logged = self.writer.log((self.clock)(), event);
        self.room_for(logged)
    }

    /// Replaces the summary, with the speed since it was last replaced, and writes all that waits.
    pub(super) fn write_summary(&mut self) -> Result<(), WorkerError> {
        let position = self.learner.position();
        let now = (self.clock)();
        if self.window.seconds > 0.0 && self.window.examples > 0 {
            self.write_window(position.step, now)?;
        }
        let summary = self.writer.summary();
        (summary.epoch, summary.epochs) = (position.epoch, position.epochs);
        (summary.step, summary.steps) = (position.step, position.steps);
        self.write(|writer| writer.write_summary(now))?;
        self.written = Instant::now();
        Ok(())
    }

    /// Adds what training was like since this was last done: its speed, where the time went, what memory it takes.
    fn write_window(&mut self, step: u64, now: f64) -> Result<(), WorkerError> {
        let speed = self.window.examples as f64 / self.window.seconds;
        self.writer.summary().examples_per_second = Some(speed);
        let phases = self.learner.take_phases();
        let per_step = |seconds: f64| (seconds / self.window.steps.max(1) as f64) as f32;
        let mut values = vec![
            ("train/examples_per_second", speed as f32),
            ("time/data", per_step(phases.data)),
            ("time/forward", per_step(phases.forward)),
            ("time/backward", per_step(phases.backward)),
            ("time/update", per_step(phases.update)),
            ("time/telling", per_step(self.window.told)),
        ];
        values.push(("system/cpu_cores", self.meter.cores()));
        values.extend(usage::used_mib().map(|used| ("system/memory_mib", used)));
        let added = self.writer.scalars(step, now, &values);
        self.window = Window { step: self.window.step, ..Window::default() };
        self.room_for(added)
    }

    /// Does something with the directory; again and again while the disk is full.
    pub(super) fn write(
        &mut self,
        mut action: impl FnMut(&mut RunWriter) -> Result<(), StoreError>,
    ) -> Result<(), WorkerError> {
        loop {
            match action(self.writer) {
                Err(error) if error.is_full() => self.wait_for_room(&error)?,
                done => return Ok(done?),
            }
        }
    }
}
