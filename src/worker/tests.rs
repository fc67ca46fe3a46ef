//! Sessions with something that learns in microseconds, and fails, stalls and panics on demand.

use std::cell::Cell;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::WorkerError;
use super::beside::Beside;
use super::learner::Learner;
use super::session::{End, Left, Session, Subject};
use super::signals::Signals;
use crate::data::Set;
use crate::domain::baseline::BaselineKind;
use crate::domain::control::Command;
use crate::domain::event::{Event, Record, SetResult, SetSizes};
use crate::domain::experiment::{Baselines, Experiment};
use crate::domain::ladder::Counts;
use crate::domain::run::Status;
use crate::engine::{EngineError, Phases, Position, SetEvaluation, Step};
use crate::store::{Checkpoint, Root, RunDir, RunWriter};

const STEPS_PER_EPOCH: u64 = 10;

/// Its weight moves by the learning rate; its errors fall with the steps.
#[derive(Debug, Clone)]
struct Fake {
    step: u64,
    epochs: u64,
    rate: f64,
    weight: f64,
    pause: Duration,
    fails_at: u64,
    /// Its dev set is best so early; from then on it gets worse, and training ends twenty steps later.
    best_at: Option<u64>,
    told: Vec<f64>,
    /// Which evaluation of which set the system tells it to leave off.
    leaves_off: Option<(Set, usize)>,
    evaluations: Cell<usize>,
}

impl Fake {
    fn new(epochs: u64) -> Self {
        Self {
            step: 0,
            epochs,
            rate: 0.1,
            weight: 0.0,
            pause: Duration::ZERO,
            fails_at: u64::MAX,
            best_at: None,
            told: Vec::new(),
            leaves_off: None,
            evaluations: Cell::new(0),
        }
    }

    fn slow(epochs: u64) -> Self {
        Self { pause: Duration::from_millis(2), ..Self::new(epochs) }
    }

    fn restore(epochs: u64, bytes: &[u8]) -> Self {
        let (step, rate, weight): (u64, f64, f64) = serde_json::from_slice(bytes).unwrap();
        Self { step, rate, weight, ..Self::new(epochs) }
    }
}

impl Learner for Fake {
    fn layers(&self) -> Vec<String> {
        vec!["one weight".into()]
    }

    fn parameters(&self) -> u64 {
        1
    }

    fn position(&self) -> Position {
        let epoch = self.step / STEPS_PER_EPOCH;
        let (epochs, steps) = (self.epochs, self.epochs * STEPS_PER_EPOCH);
        let done = epoch >= epochs || self.best_at.is_some_and(|best| self.step >= best + 2 * STEPS_PER_EPOCH);
        Position { epoch, step: self.step, epochs, steps, done }
    }

    fn step(&mut self) -> Result<Step, EngineError> {
        std::thread::sleep(self.pause);
        self.step += 1;
        if self.step == self.fails_at {
            return Err(EngineError::NotFinite { step: self.step, layer: "one".into(), what: "a weight" });
        }
        self.weight = self.weight.mul_add(0.999, self.rate);
        Ok(Step {
            step: self.step,
            epoch_done: self.step.is_multiple_of(STEPS_PER_EPOCH),
            loss: 1.0 / self.step as f32,
            losses: Vec::new(),
            learning_rate: self.rate,
            gradient_norm: 1.0,
            examples: 8,
        })
    }

    fn set(&mut self, key: &str, value: &Value) -> Result<Value, EngineError> {
        let from = match key {
            "train.learning_rate" => json!(std::mem::replace(&mut self.rate, value.as_f64().unwrap())),
            "train.epochs" => json!(std::mem::replace(&mut self.epochs, value.as_u64().unwrap())),
            _ => return Err(EngineError::NotLive { key: key.into() }),
        };
        Ok(from)
    }

    fn evaluate(&self, set: Set, limit: Option<usize>) -> Result<SetEvaluation, EngineError> {
        if let Some((_, place)) = self.leaves_off.filter(|(of, _)| *of == set)
            && self.evaluations.replace(self.evaluations.get() + 1) == place
        {
            return Err(EngineError::LeftOff);
        }
        let of = match set {
            Set::Train => limit.unwrap_or(80) as u64,
            Set::TrainDev => 0,
            Set::Dev | Set::Test => 4,
        };
        let counts = Counts { errors: (of / (1 + self.step / 20)).min(of), of };
        let loss = match self.best_at {
            Some(best) => best.abs_diff(self.step) as f64,
            None => 1.0 / (1.0 + self.step as f64),
        };
        let counts = if self.best_at.is_some() { Counts { errors: of / 2, of } } else { counts };
        let result = SetResult { counts, loss };
        let (confusion, probabilities) = (vec![vec![2, 0], vec![1, 1]], vec![0.5; 2 * of as usize]);
        Ok(SetEvaluation { result, confusion, probabilities, tasks: Vec::new(), dead: Vec::new() })
    }

    fn checkpoint(&self) -> Result<Vec<u8>, EngineError> {
        Ok(serde_json::to_vec(&(self.step, self.rate, self.weight)).unwrap())
    }

    fn put_back(&mut self, checkpoint: &[u8]) -> Result<(), EngineError> {
        self.weight = Self::restore(self.epochs, checkpoint).weight;
        Ok(())
    }

    fn needs_dev_loss(&self) -> bool {
        self.best_at.is_some()
    }

    fn keeps_best(&self) -> bool {
        self.best_at.is_some()
    }

    fn look_at(&mut self, dev_loss: f64) {
        self.told.push(dev_loss);
    }

    fn tasks(&self) -> Vec<String> {
        vec!["class".into()]
    }

    fn take_phases(&mut self) -> Phases {
        Phases::default()
    }

    fn gradient_norms(&self) -> Vec<(String, f64)> {
        vec![("one".into(), 1.0)]
    }
}

fn subject() -> Subject {
    Subject {
        classes: vec!["a".into(), "b".into()],
        class_sizes: vec![40, 40],
        sizes: SetSizes { train: 80, train_dev: None, dev: 4, test: 4 },
        dev: vec![3, 1, 2, 0],
        dev_labels: vec![0, 0, 1, 1],
        test: vec![7, 4, 6, 5],
        test_labels: vec![0, 0, 1, 1],
    }
}

fn new_run() -> (tempfile::TempDir, RunDir) {
    let folder = tempfile::tempdir().unwrap();
    let experiment = Experiment { name: "a".into(), ..Experiment::default() };
    let run = Root::new(folder.path()).create(&experiment, 1.0).unwrap();
    (folder, run)
}

/// A session from the run's last checkpoint, or from its beginning.
fn session(run: &RunDir, fake: Fake, signals: &Signals) -> Result<(End, Fake), WorkerError> {
    let mut writer = RunWriter::open(run, 1.0)?;
    let records = run.records()?;
    let fake = match run.checkpoint(Checkpoint::Last)? {
        Some(bytes) => {
            let Fake { step, rate, weight, .. } = Fake::restore(fake.epochs, &bytes);
            Fake { step, rate, weight, ..fake }
        }
        None => fake,
    };
    let left = Left::of(&records, Vec::new(), fake.step);
    let mut session = Session::begin(fake, &mut writer, subject(), signals.clone(), || 2.0, left)?;
    let end = session.run()?;
    Ok((end, session.learner))
}

/// The events that are not told apart by what a test does, by name.
fn events(run: &RunDir) -> Vec<String> {
    let name = |record: &Record| serde_json::to_value(&record.event).unwrap()["event"].as_str().unwrap().to_owned();
    run.records()
        .unwrap()
        .iter()
        .map(name)
        .filter(|name| !["epoch", "signs", "checkpoint"].contains(&name.as_str()))
        .collect()
}

fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let begin = std::time::Instant::now();
    while !done() {
        assert!(begin.elapsed() < Duration::from_secs(20), "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_run_from_beginning_to_end() {
    let (_folder, run) = new_run();
    let (end, _) = session(&run, Fake::new(6), &Signals::default()).unwrap();
    assert_eq!(end, End::Finished);
    assert_eq!(events(&run), ["started", "finished"]);

    let summary = run.summary().unwrap();
    assert_eq!((summary.status, summary.epoch, summary.step, summary.steps), (Status::Finished, 6, 60, 60));
    assert_eq!(summary.test, Some(Counts { errors: 1, of: 4 }));
    assert_eq!(summary.train.unwrap().of, 80, "at the end all of the training set");
    assert!(summary.verdict.is_some() && summary.loss.is_some() && summary.examples_per_second.is_some());

    let curves = run.curves().unwrap();
    assert_eq!(curves["train/loss"].len(), 60);
    assert_eq!(curves["train/loss"].ys()[..3], [1.0, 0.5, 1.0 / 3.0]);
    assert_eq!(curves["eval/dev_error"].xs().last(), Some(&60.0));
    assert_eq!(curves["eval/test_error"].ys(), [0.25]);
    let predictions = run.predictions().unwrap().unwrap();
    assert_eq!((predictions.step, predictions.examples, predictions.labels), (60, vec![3, 1, 2, 0], vec![0, 0, 1, 1]));
    let test = predictions.test.unwrap();
    assert_eq!((test.examples, test.labels), (vec![7, 4, 6, 5], vec![0, 0, 1, 1]));
    let report = run.report().unwrap();
    assert_eq!(report.diagnosis.verdict.id(), summary.verdict.unwrap());
    assert_eq!(report.evaluations.last().unwrap().epoch, 6);
    // Errors no longer fall after 20 steps and the loss does, so the last weights are the best.
    assert_eq!(run.checkpoint(Checkpoint::Best).unwrap(), run.checkpoint(Checkpoint::Last).unwrap());
}

#[test]
fn commands_are_obeyed_and_answered() {
    let (_folder, run) = new_run();
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| session(&run, Fake::slow(1_000_000), &Signals::default()).unwrap());
        let answered = |id: &str| run.records().unwrap().into_iter().find(|record| record.event.control() == Some(id));
        let ask = |command: Command| {
            let id = run.send(command, 1.0).unwrap();
            wait_for("an answer", || answered(&id).is_some());
            answered(&id).unwrap().event
        };
        let set = |key: &str, value: Value| Command::Set { key: key.into(), value };
        let refusal = |event: Event| match event {
            Event::Refused { reason, .. } => reason,
            other => panic!("{other:?}"),
        };
        wait_for("the start", || run.summary().unwrap().status == Status::Running);
        assert_eq!(refusal(ask(Command::Resume)), "it is not paused");
        let Event::Paused { step, .. } = ask(Command::Pause) else { panic!() };
        wait_for("the summary", || run.summary().unwrap().status == Status::Paused);
        assert_eq!(run.summary().unwrap().step, step);
        assert_eq!(refusal(ask(Command::Pause)), "it is paused already");
        let event = ask(set("train.learning_rate", json!(0.5)));
        let Event::Set { step: from_step, from, to, .. } = event else { panic!("{event:?}") };
        assert_eq!((from_step, from, to), (step + 1, json!(0.1), json!(0.5)));
        assert!(refusal(ask(set("model.hidden", json!([3])))).contains("cannot change while a run trains"));
        assert_eq!(run.summary().unwrap().step, step, "it holds still");
        assert!(matches!(ask(Command::Resume), Event::Resumed { .. }));
        wait_for("it to go on", || run.summary().unwrap().step > step);
        let rates = run.curves().unwrap().remove("train/learning_rate").unwrap();
        assert_eq!(rates.ys().get(step as usize), Some(&0.5));
        assert!(matches!(ask(Command::Stop), Event::Stopped { .. }));
        assert!(matches!(worker.join().unwrap(), (End::Stopped(_), _)));
    });
    let summary = run.summary().unwrap();
    assert_eq!(summary.status, Status::Stopped);
    assert!(summary.test.is_some() && summary.verdict.is_some(), "a stopped run has its whole ladder");
}

/// A worker told to go by the system leaves a checkpoint; the next one goes on from there as if nothing had been.
#[test]
fn an_interrupted_run_ends_as_the_undisturbed_one() {
    let (_folder, undisturbed) = new_run();
    let (_, expected) = session(&undisturbed, Fake::new(40), &Signals::default()).unwrap();

    let (_folder, run) = new_run();
    let signals = Signals::default();
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| session(&run, Fake::slow(40), &signals).unwrap());
        wait_for("some steps", || run.summary().unwrap().step > 30);
        signals.tell();
        assert_eq!(worker.join().unwrap().0, End::Interrupted);
    });
    assert_eq!(run.summary().unwrap().status, Status::Interrupted);
    let (end, resumed) = session(&run, Fake::new(40), &Signals::default()).unwrap();
    assert_eq!((end, resumed.weight.to_bits()), (End::Finished, expected.weight.to_bits()));
    assert_eq!(events(&run), ["started", "interrupted", "started", "finished"]);
    let loss = |run: &RunDir| run.curves().unwrap().remove("train/loss").unwrap();
    assert_eq!(loss(&run), loss(&undisturbed));
}

/// Told to go in the middle of an evaluation, on the way, one that training goes by, or at the end: it goes at once, and
/// the next worker ends as the undisturbed one.
#[test]
fn an_evaluation_left_off_is_made_again() {
    let with_best = |best_at: Option<u64>| Fake { best_at, ..Fake::new(6) };
    let cases = [(None, (Set::Dev, 0)), (None, (Set::Test, 0))]
        .into_iter()
        // Training ends after four epochs, each with an evaluation; the fifth is the one of everything.
        .chain([(Set::Dev, 2), (Set::Train, 4), (Set::Test, 0)].map(|left| (Some(20), left)));
    for (best_at, leaves_off) in cases {
        let (_folder, undisturbed) = new_run();
        let (_, expected) = session(&undisturbed, with_best(best_at), &Signals::default()).unwrap();
        let (_folder, run) = new_run();
        let fake = Fake { leaves_off: Some(leaves_off), ..with_best(best_at) };
        let case = format!("best at {best_at:?}, left off at {leaves_off:?}");
        assert_eq!(session(&run, fake, &Signals::default()).unwrap().0, End::Interrupted, "{case}");
        assert_eq!(run.summary().unwrap().status, Status::Interrupted, "{case}");
        let (end, resumed) = session(&run, with_best(best_at), &Signals::default()).unwrap();
        let bits = |fake: &Fake| (fake.step, fake.weight.to_bits());
        assert_eq!((end, bits(&resumed)), (End::Finished, bits(&expected)), "{case}");
        assert!(events(&run).contains(&"interrupted".to_owned()), "{case}");
        let last = |run: &RunDir| run.checkpoint(Checkpoint::Last).unwrap();
        assert_eq!(last(&run), last(&undisturbed), "{case}");
    }
}

/// Killed after the last checkpoint, with a setting changed in between: the change is made again at the same step.
#[test]
fn changes_after_the_checkpoint_are_made_again() {
    let (_folder, run) = new_run();
    let rate = |to: f64, step: u64| Event::Set {
        step,
        key: "train.learning_rate".into(),
        from: json!(0),
        to: json!(to),
        control: None,
    };
    let mut expected = Fake::new(5);
    while !expected.position().done {
        match expected.step + 1 {
            21 => expected.rate = 0.7,
            33 => expected.rate = 0.01,
            _ => {}
        }
        expected.step().unwrap();
    }
    {
        let mut writer = RunWriter::open(&run, 1.0).unwrap();
        let mut at_15 = Fake::new(5);
        (0..15).for_each(|_| assert!(at_15.step().is_ok()));
        writer.checkpoint(Checkpoint::Last, &at_15.checkpoint().unwrap()).unwrap();
        writer.log(1.0, rate(0.7, 21)).unwrap();
        writer.log(1.0, rate(0.01, 33)).unwrap();
    }
    let (_, resumed) = session(&run, Fake::new(5), &Signals::default()).unwrap();
    assert_eq!(resumed.weight.to_bits(), expected.weight.to_bits());
}

#[test]
fn a_failure_ends_the_session_with_what_was_logged_on_disk() {
    let (_folder, run) = new_run();
    let error = session(&run, Fake { fails_at: 25, ..Fake::new(10) }, &Signals::default()).unwrap_err();
    assert!(error.to_string().contains("step 25: a weight of one is not finite"), "{error}");
    assert_eq!(run.curves().unwrap()["train/loss"].len(), 24);
}

#[test]
fn where_training_ends_early_the_best_weights_are_kept() {
    let (_folder, run) = new_run();
    let best = 20 * STEPS_PER_EPOCH;
    let (end, fake) = session(&run, Fake { best_at: Some(best), ..Fake::new(1000) }, &Signals::default()).unwrap();
    assert_eq!(end, End::Finished);
    assert_eq!((fake.step, fake.told.len()), (best + 2 * STEPS_PER_EPOCH, 22), "it was told of every epoch");
    let mut there = Fake::new(1000);
    (0..best).for_each(|_| drop(there.step().unwrap()));
    assert_eq!(fake.weight, there.weight);
    let said =
        |record: &Record| matches!(&record.event, Event::Warning { message } if message.contains("best weights"));
    assert_eq!(run.records().unwrap().iter().filter(|record| said(record)).count(), 1);
    // What is taken up again goes on from the last weights all the same.
    let last = Fake::restore(1000, &run.checkpoint(Checkpoint::Last).unwrap().unwrap());
    assert!(last.step == fake.step && last.weight > fake.weight);
}

#[test]
fn a_deleted_run_ends_its_worker() {
    let (_folder, run) = new_run();
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| session(&run, Fake::slow(1_000_000), &Signals::default()));
        wait_for("the start", || run.summary().unwrap().status == Status::Running);
        fs::remove_dir_all(run.path()).or_else(|_| fs::remove_dir_all(run.path())).unwrap();
        let error = worker.join().unwrap().unwrap_err();
        assert!(error.to_string().contains("cannot be") || error.to_string().contains("is gone"), "{error}");
    });
}

/// A run whose data have baselines to be found, and one on the same data that takes them over.
#[test]
fn baselines_are_found_beside_the_first_run_and_taken_over_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let mut experiment = Experiment { name: "a".into(), ..Experiment::default() };
    experiment.data.source.examples = Some(200);
    let data = Arc::new(crate::data::prepare(&experiment, folder.path()).unwrap());
    let trained = |experiment: &Experiment| {
        let run = Root::new(folder.path()).create(experiment, 1.0).unwrap();
        let mut writer = RunWriter::open(&run, 1.0).unwrap();
        let mut session =
            Session::begin(Fake::new(2), &mut writer, subject(), Signals::default(), || 2.0, Left::default()).unwrap();
        session.beside = Beside::begin(experiment, &data, &[], folder.path().to_path_buf());
        session.run().unwrap();
        run.report().unwrap().baselines
    };
    let first = trained(&experiment);
    assert_eq!(first.iter().map(|one| one.name).collect::<Vec<_>>(), BaselineKind::ALL);
    let mut other = experiment.clone();
    other.model.hidden = vec![7];
    assert_eq!(trained(&other), first, "the seconds tell that nothing was done again");
    other.seed += 1;
    assert_ne!(trained(&other), first);
    other.task.baselines = Baselines::None;
    assert_eq!(trained(&other), []);
}

/// Whoever wants a run to end does not wait for its baselines.
#[test]
fn a_stop_does_not_wait_for_baselines() {
    let (folder, run) = new_run();
    let experiment = Experiment::default();
    let data = Arc::new(crate::data::prepare(&experiment, folder.path()).unwrap());
    run.send(Command::Stop, 1.0).unwrap();
    let mut writer = RunWriter::open(&run, 1.0).unwrap();
    let mut session =
        Session::begin(Fake::new(3), &mut writer, subject(), Signals::default(), || 2.0, Left::default()).unwrap();
    session.beside = Beside::begin(&experiment, &data, &[], folder.path().to_path_buf());
    let begin = std::time::Instant::now();
    assert!(matches!(session.run().unwrap(), End::Stopped(_)));
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    assert!(session.beside.is_none());
    // The thread lets go of the data soon after.
    wait_for("the thread to end", || Arc::strong_count(&data) == 1);
}
