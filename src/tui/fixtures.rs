//! Runs made by hand, for tests of states and screens: what a small network looks like halfway through, and after.

use super::action::Action;
use super::state::{Item, Mark, State};
use super::update::update;
use crate::domain::duplicates::{Duplicates, Twin, Twins};
use crate::domain::event::{Evaluation, Event, Record, SetResult, SetSizes, Started, TaskEvaluation, TaskResult};
use crate::domain::experiment::builtin::{BUILTINS, Builtin};
use crate::domain::experiment::{Experiment, HumanError, ModelKind};
use crate::domain::ladder::{Counts, Place};
use crate::domain::mistakes::Mistakes;
use crate::domain::overview::{Numbers, Origin, Overview, Preview, Sample, SetOverview};
use crate::domain::points::Points;
use crate::domain::queue::{Change, Line, Queue};
use crate::domain::report::{Parts, Report, assemble};
use crate::domain::run::{RunId, Status, Summary};
use crate::domain::thumbnail::Thumbnail;
use crate::domain::tries::Tries;

/// When all of this happens, in seconds since 1970.
pub(super) const NOW: f64 = 1_795_000_000.0;

/// The built-in experiments, and a file that says something wrong.
pub(super) fn experiments() -> Vec<Item> {
    let mut items: Vec<Item> = BUILTINS
        .iter()
        .map(|builtin| Item {
            name: builtin.name.to_owned(),
            builtin: true,
            experiment: builtin.experiment(&[]).map(Box::new).map_err(|error| error.to_string()),
        })
        .collect();
    items.push(Item {
        name: "post".into(),
        builtin: false,
        experiment: Err("experiments/post.toml:4: train.learnign_rate: there is no such key; did you mean \
                         `train.learning_rate`?\n  4 | learnign_rate = 0.1"
            .into()),
    });
    items
}

fn set(errors: u64, of: u64, loss: f64) -> SetResult {
    SetResult { counts: Counts { errors, of }, loss }
}

/// A plausible confusion matrix with so many mistakes, most of them 4 for 9, 7 for 1 and 3 for 5.
fn confusion(classes: usize, per_class: u64, mistakes: u64) -> Vec<Vec<u64>> {
    let mut matrix = vec![vec![0; classes]; classes];
    for (class, row) in matrix.iter_mut().enumerate() {
        row[class] = per_class;
    }
    let favored = [(4, 9), (7, 1), (3, 5), (4, 9), (8, 3), (4, 9), (5, 6), (2, 7), (7, 1), (9, 4)];
    for mistake in 0..mistakes {
        let (truth, predicted) = favored[(mistake * 7 % 10) as usize];
        let (truth, predicted) = (truth % classes, predicted % classes);
        if truth != predicted && matrix[truth][truth] > 0 {
            matrix[truth][truth] -= 1;
            matrix[truth][predicted] += 1;
        }
    }
    matrix
}

/// The losses of a run that falls from ln 10 to `floor` with noise.
pub(super) fn losses(steps: u64, floor: f64) -> Vec<f32> {
    (0..steps)
        .map(|step| {
            let share = step as f64 / 120.0;
            let noise = (((step * 7919 + 13) % 1009) as f64 / 1009.0 - 0.5) * 0.6;
            let level = floor + (10f64.ln() - floor) * (-share).exp();
            (level * (1.0 + noise)) as f32
        })
        .collect()
}

/// A run of `digits-bias`: too small a network. `epochs` of 12 are done.
pub(super) fn biased(id: &str, epochs: u64, status: Status) -> (Summary, Report, Vec<Points>) {
    let experiment = Builtin::find("digits-bias").unwrap().experiment(&[]).unwrap();
    run(id, experiment, epochs, status, |epoch| (0.35 / epoch as f64 + 0.09, 0.35 / epoch as f64 + 0.097), 0.35)
}

/// A run made by hand. `rates` gives train and dev error after an epoch.
pub(super) fn run(
    id: &str,
    experiment: Experiment,
    epochs: u64,
    status: Status,
    rates: impl Fn(u64) -> (f64, f64),
    floor: f64,
) -> (Summary, Report, Vec<Points>) {
    let per_epoch = 66;
    let all = experiment.train.epochs as u64;
    let step = if status == Status::Finished { epochs * per_epoch } else { epochs * per_epoch + 20 };
    let mut summary = Summary::new(RunId(id.into()), experiment.name.clone(), None, all, NOW - 400.0);
    (summary.status, summary.updated, summary.epoch, summary.step) = (status, NOW - 1.0, epochs, step);
    (summary.steps, summary.trained_seconds) = (all * per_epoch, step as f64 * 0.12);
    summary.examples_per_second = Some(1240.0);
    let losses = losses(step, floor);
    let scalar = |values: &[f32]| -> Vec<(u64, f64, f32)> {
        values.iter().enumerate().map(|(at, y)| (at as u64 + 1, NOW - 400.0 + at as f64 * 0.15, *y)).collect()
    };
    let mut batches = vec![
        Points::of("train/loss", scalar(&losses)),
        Points::of("train/learning_rate", scalar(&vec![0.001; losses.len()])),
    ];
    let classes: Vec<String> = (0..10).map(|class| class.to_string()).collect();
    let sizes = SetSizes { train: 4200, train_dev: None, dev: 900, test: 900 };
    let started = Started {
        step: 0,
        steps: all * per_epoch,
        pid: 4711,
        host: "here".into(),
        version: "0.1.0".into(),
        class_sizes: Vec::new(),
        classes,
        sets: sizes,
        parameters: 4780,
        layers: vec!["784 → 6, relu".into(), "6 → 10".into()],
    };
    let mut records = vec![Record { time: NOW - 400.0, event: Event::Started(started) }];
    let mut evaluated: [Vec<(u64, f64, f32)>; 4] = Default::default();
    for epoch in 1..=epochs {
        let (train, dev) = rates(epoch);
        let counts = |rate: f64, of: u64| (rate * of as f64).round() as u64;
        let (train_errors, dev_errors) = (counts(train, 4200), counts(dev, 900));
        let ended = epoch == epochs && status == Status::Finished;
        let test = ended.then(|| set(dev_errors + 6, 900, dev * 4.0));
        let evaluation = Evaluation {
            epoch,
            step: epoch * per_epoch,
            train: set(train_errors, 4200, train * 3.2),
            train_dev: None,
            dev: set(dev_errors, 900, dev * 3.6),
            test,
            confusion: confusion(10, 90, dev_errors),
            tasks: Vec::new(),
        };
        let time = NOW - 400.0 + (epoch * per_epoch) as f64 * 0.15;
        for (place, value) in [train * 3.2, dev * 3.6, train, dev].into_iter().enumerate() {
            evaluated[place].push((epoch * per_epoch, time, value as f32));
        }
        (summary.train, summary.dev) = (Some(evaluation.train.counts), Some(evaluation.dev.counts));
        summary.test = evaluation.test.map(|test| test.counts);
        records.push(Record { time, event: Event::Epoch(Box::new(evaluation)) });
    }
    let tags = ["eval/train_loss", "eval/dev_loss", "eval/train_error", "eval/dev_error"];
    batches.extend(tags.into_iter().zip(evaluated).map(|(tag, points)| Points::of(tag, points)));
    let mut report = assemble(Parts {
        summary: summary.clone(),
        experiment,
        parent: None,
        records: &records,
        losses: &losses,
        review: None,
        tries: &Tries::default(),
        donor: None,
        elsewhere: None,
    });
    summary.verdict = Some(report.diagnosis.verdict.id().to_owned());
    report.summary = summary.clone();
    (summary, report, batches)
}

/// The list of a person who has worked for a while.
pub(super) fn summaries() -> Vec<Summary> {
    let figures = [
        ("digits-mismatch-2", Status::Finished, 212, "data-mismatch"),
        ("digits-4", Status::Finished, 9, "healthy"),
        ("digits-rate-1", Status::Failed, 0, "diverged"),
        ("digits-variance-1", Status::Interrupted, 131, "high-variance"),
        ("digits-3", Status::Stopped, 31, "undecided"),
        ("digits-2", Status::Finished, 17, "undecided"),
        ("digits-1", Status::Finished, 22, "high-bias"),
    ];
    let made = figures.into_iter().enumerate().map(|(place, (id, status, errors, verdict))| {
        let name = id.rsplit_once('-').unwrap().0.to_owned();
        let mut summary = Summary::new(RunId(id.into()), name, None, 8, NOW - 1000.0 * (place + 1) as f64);
        (summary.status, summary.epoch, summary.step, summary.steps) = (status, 8, 300, 528);
        (summary.updated, summary.trained_seconds) = (summary.created + 70.0, 64.0);
        summary.dev = (errors > 0).then_some(Counts { errors, of: 900 });
        summary.verdict = Some(verdict.to_owned());
        summary
    });
    made.collect()
}

/// A queue in which these runs wait.
pub(super) fn queue_of(runs: &[RunId]) -> Queue {
    let add = |run: &RunId| Change::Add { run: run.clone(), ticket: run.0.clone(), created: NOW };
    Queue::new(runs.iter().map(|run| Line { time: NOW - 60.0, change: add(run) }))
}

/// A dashboard of this size in an empty directory.
pub(super) fn empty(size: (u16, u16)) -> State {
    let mut state = State { now: NOW, size, ..State::default() };
    update(&mut state, Action::Experiments(experiments()));
    update(&mut state, Action::Runs(Vec::new()));
    update(&mut state, Action::Themes(vec!["dark".into(), "light".into()]));
    state
}

/// A dashboard with a list of runs, the newest of which is `made`.
pub(super) fn with_run(size: (u16, u16), made: (Summary, Report, Vec<Points>)) -> State {
    let mut state = empty(size);
    let (summary, report, batches) = made;
    let run = summary.id.clone();
    let mut runs = vec![summary];
    runs.extend(summaries());
    update(&mut state, Action::Runs(runs));
    let mark = Mark { step: 200, time: NOW - 370.0, text: "learning rate".into() };
    let marks = vec![mark];
    update(&mut state, Action::Points { run: run.clone(), whole: true, restart: None, batches, marks, more: false });
    update(&mut state, Action::Report { run, report: Ok(Box::new(report)) });
    state
}

/// A deep network whose gradient becomes shorter from layer to layer towards the data.
pub(super) fn deep(id: &str) -> (Summary, Report, Vec<Points>) {
    let experiment = Builtin::find("digits").unwrap().experiment(&[]).unwrap();
    let mut made =
        run(id, experiment, 8, Status::Finished, |epoch| (0.3 / epoch as f64, 0.02 + 0.3 / epoch as f64), 0.1);
    let mut names = vec!["conv1".to_owned()];
    names.extend((1..=5).flat_map(|block| [1, 2].map(|place| format!("conv1-block{block}-conv{place}"))));
    names.extend(["dense1".to_owned(), "output".to_owned()]);
    for (place, name) in names.iter().enumerate() {
        let point = |epoch: u64| {
            let norm = 2.5 * 0.75f64.powi((names.len() - place) as i32) * (1.0 + 2.0 / epoch as f64);
            (epoch * 66, NOW - 400.0 + epoch as f64 * 10.0, norm as f32)
        };
        made.2.push(Points::of(format!("layers/{name}/gradient_norm"), (1..=8).map(point)));
    }
    made
}

/// A network that learns three further tasks beside the class.
pub(super) fn multitask(id: &str) -> (Summary, Report, Vec<Points>) {
    let mut made = biased(id, 5, Status::Running);
    let result = |error: f64, is_distance: bool| TaskResult { known: 900, loss: error, error, is_distance };
    let of = |task: &str, train: f64, dev: f64, is_distance: bool| TaskEvaluation {
        task: task.into(),
        train: result(train, is_distance),
        train_dev: None,
        dev: result(dev, is_distance),
        test: None,
    };
    for evaluation in &mut made.1.evaluations {
        evaluation.tasks =
            vec![of("mood", 0.183, 0.217, false), of("width", 1.388, 1.592, true), of("height", 13.51, 14.27, true)];
    }
    for (place, task) in ["class", "mood", "width", "height"].into_iter().enumerate() {
        let share = 1.0 / (place + 1) as f32;
        let points = losses(350, 0.35).into_iter().enumerate();
        let points = points.map(|(step, loss)| (step as u64 + 1, NOW - 400.0 + step as f64 * 0.15, loss * share));
        made.2.push(Points::of(format!("tasks/{task}/loss"), points));
        let dev =
            |epoch: u64| (epoch * 66, NOW - 400.0 + (epoch * 66) as f64 * 0.15, (0.5 + 1.0 / epoch as f32) * share);
        made.2.push(Points::of(format!("tasks/{task}/dev_loss"), (1..=5).map(dev)));
    }
    made
}

/// A wide network that learns few examples by heart, done.
pub(super) fn overfitted(id: &str) -> (Summary, Report, Vec<Points>) {
    let mut experiment = Builtin::find("digits-variance").unwrap().experiment(&[]).unwrap();
    experiment.task.human_error = Some(HumanError::Rate(0.005));
    experiment.model.kind = ModelKind::Mlp;
    experiment.parent = Some("digits-variance-1".into());
    run(id, experiment, 40, Status::Finished, |epoch| (0.3 / (epoch * epoch) as f64, 0.11 + 0.3 / epoch as f64), 0.01)
}

/// A ring of its own size, as a picture.
pub(super) fn ring(class: usize, dim: f64) -> Thumbnail {
    let radius = 4.0 + class as f64 * 0.8;
    let byte = |place: usize| {
        let (row, column) = ((place / 28) as f64 - 13.5, (place % 28) as f64 - 13.5);
        let off = (row.hypot(column) - radius).abs();
        (255.0 * dim * (1.0 - off / 2.5).max(0.0)) as u8
    };
    Thumbnail { channels: 1, height: 28, width: 28, bytes: (0..784).map(byte).collect() }
}

/// What a run on digits might have got wrong.
pub(super) fn mistakes() -> (Mistakes, Vec<Thumbnail>) {
    let classes: Vec<String> = (0..10).map(|class| class.to_string()).collect();
    let (mut labels, mut probabilities) = (Vec::new(), Vec::new());
    for example in 0..200u32 {
        let label = example % 10;
        let wrong = if example % 9 == 0 { Some((label + 1 + example / 90) % 10) } else { None };
        let sure = 0.99 - f64::from(example) / 500.0;
        labels.push(label);
        probabilities.extend((0..10).map(|class| match wrong {
            Some(predicted) if class == predicted => sure as f32,
            None if class == label => 0.97,
            Some(_) if class == label => (1.0 - sure) as f32 * 0.8,
            _ => 0.003,
        }));
    }
    let examples: Vec<u32> = (1000..1200).collect();
    let found = Mistakes::new(classes, &examples, &labels, &probabilities);
    let pictures = found.all.iter().map(|mistake| ring(mistake.label as usize, 1.0)).collect();
    (found, pictures)
}

/// The data of `digits-mismatch` as they might be, with something wrong about them.
pub(super) fn overview() -> Overview {
    let set = |set: Place, examples: u64, from_target: u64| SetOverview {
        set,
        examples,
        share: examples as f64 / 14_000.0,
        from_target,
        per_class: (0..10).map(|class| examples / 10 + class * examples / 400).collect(),
    };
    let origin = |section, variant: Option<&str>, examples| Origin {
        section,
        source: "digits".into(),
        path: None,
        variant: variant.map(str::to_owned),
        examples,
    };
    let twin = |example: u32| Twin {
        example,
        class: "7".into(),
        twin: 12,
        twin_class: "7".into(),
        distance: 0.0,
        pictures: Some((ring(7, 1.0), ring(7, 1.0))),
    };
    let twins = Twins {
        set: Place::Dev,
        within: Place::Train,
        examples: 12,
        of: 1000,
        other_class: 0,
        shown: vec![twin(11_070), twin(11_071)],
    };
    let sample =
        |set, class: usize, dim| Sample { set, example: class as u32, class: class as u32, picture: ring(class, dim) };
    let preview = |class: usize| Preview {
        example: class as u32,
        class: class as u32,
        original: ring(class, 1.0),
        altered: [0.9, 0.3, 0.7, 0.5, 1.0].map(|dim| ring(class, dim)).to_vec(),
    };
    Overview {
        shape: "28×28 gray".into(),
        classes: (0..10).map(|class| class.to_string()).collect(),
        sets: vec![
            set(Place::Train, 11_000, 0),
            set(Place::TrainDev, 1000, 0),
            set(Place::Dev, 1000, 1000),
            set(Place::Test, 1000, 1000),
        ],
        origins: vec![origin("data", None, 12_000), origin("data.target", Some("foggy"), 2000)],
        auxiliary: Vec::new(),
        numbers: vec![Numbers { name: "brightness".into(), low: 0.0, high: 1.0, mean: 0.179, deviation: 0.224 }],
        duplicates: Duplicates { exact: vec![twins], near: Some(Vec::new()) },
        notes: vec!["Train-dev holds 1000 examples of data that never train: as many as dev.".into()],
        samples: [(Place::Train, 1.0), (Place::Dev, 0.5)]
            .into_iter()
            .flat_map(|(set, dim)| (0..10).map(move |class| sample(set, class, dim)))
            .collect(),
        previews: (0..2).map(preview).collect(),
    }
}
