//! Experiments with one thing wrong, or nothing: every condition on every task that the program draws for itself.

use rungs::domain::experiment::builtin::Builtin;
use rungs::domain::experiment::{Experiment, Override};

use super::spoil::{
    Spoil, blurred, dev_chosen, indistinct, intact, leak, linear, mislabel_all, mislabel_dev, shrunk, starve,
};

/// A condition that is planted, and the verdict that is right.
pub(crate) struct Plant {
    /// `overfit, lights`.
    pub(crate) name: String,
    /// The condition alone.
    pub(crate) condition: &'static str,
    /// Verdicts that are right, as words of the contract; the first is what was planted.
    pub(crate) expected: &'static [&'static str],
    /// What must be among the problems, wherever it stands: a cause that comes after what it does.
    pub(crate) listed: Option<&'static str>,
    builtin: &'static str,
    settings: Vec<&'static str>,
    /// What is done to its data before it trains.
    pub(crate) spoil: Spoil,
}

impl Plant {
    pub(crate) fn experiment(&self, seed: u64) -> Experiment {
        let mut overrides: Vec<Override> = self.settings.iter().map(|setting| setting.parse().unwrap()).collect();
        overrides.push(format!("seed={seed}").parse().unwrap());
        Builtin::find(self.builtin).unwrap().experiment(&overrides).unwrap()
    }
}

/// A task, and the settings that make each condition of it.
struct Task {
    builtin: &'static str,
    /// Enough examples, and a network that suits them.
    healthy: &'static [&'static str],
    /// Too few units for its examples, trained until they can no more.
    underfit: &'static [&'static str],
    /// Few examples, learned by heart.
    overfit: &'static [&'static str],
    /// The same source, seen under other conditions.
    target: &'static [&'static str],
    /// Whether these are harder.
    is_harder: bool,
    /// Rates that are far too high and far too low.
    high_rate: &'static str,
    low_rate: &'static str,
    /// Whether its examples are pictures.
    pictures: bool,
}

const TASKS: &[Task] = &[
    Task {
        builtin: "digits",
        healthy: &["data.examples=60000", "train.epochs=8"],
        underfit: &["data.examples=40000", "model.kind=mlp", "model.hidden=[6]", "train.epochs=30"],
        overfit: &["data.examples=600", "train.epochs=40"],
        target: &["data.target.source=digits", "data.target.variant=foggy", "data.target.examples=8000"],
        is_harder: true,
        high_rate: "train.learning_rate=0.5",
        low_rate: "train.learning_rate=0.00001",
        pictures: true,
    },
    Task {
        builtin: "lights",
        healthy: &["data.examples=30000", "model.global_pooling=max", "train.epochs=12"],
        underfit: &["data.examples=30000", "model.kind=mlp", "model.hidden=[2]", "train.epochs=30"],
        overfit: &["data.examples=800", "train.epochs=60"],
        target: &["data.target.source=lights", "data.target.variant=night", "data.target.examples=8000"],
        is_harder: false,
        high_rate: "train.learning_rate=0.5",
        low_rate: "train.learning_rate=0.00001",
        pictures: true,
    },
    Task {
        builtin: "kangaroos",
        healthy: &["data.examples=16000", "train.epochs=12", "task.tolerance=0.02"],
        underfit: &[
            "data.examples=16000",
            "model.kind=mlp",
            "model.hidden=[2]",
            "train.epochs=120",
            "task.auxiliary=[]",
        ],
        overfit: &["data.examples=700", "train.epochs=40"],
        target: &["data.target.source=kangaroos", "data.target.variant=dusk", "data.target.examples=1500"],
        is_harder: true,
        high_rate: "train.learning_rate=10",
        low_rate: "train.learning_rate=0.000001",
        pictures: true,
    },
    Task {
        builtin: "tones",
        healthy: &["data.examples=40000", "task.tolerance=0.02"],
        underfit: &["data.examples=20000", "model.kind=mlp", "model.hidden=[3]", "train.epochs=40"],
        overfit: &["data.examples=1200", "train.epochs=50"],
        target: &["data.target.source=tones", "data.target.variant=noisy", "data.target.examples=8000"],
        is_harder: true,
        high_rate: "train.learning_rate=1",
        low_rate: "train.learning_rate=0.00001",
        pictures: false,
    },
];

/// Every plant, task by task.
pub(crate) fn plants() -> Vec<Plant> {
    TASKS.iter().flat_map(of_task).collect()
}

fn of_task(task: &Task) -> Vec<Plant> {
    let mut plants = Vec::new();
    let mut plant = |condition, expected, settings: &[&[&'static str]], spoil: Spoil| {
        plants.push(Plant {
            name: format!("{condition}, {}", task.builtin),
            condition,
            expected,
            listed: None,
            builtin: task.builtin,
            settings: settings.concat(),
            spoil,
        });
    };
    plant("healthy", &["healthy"], &[task.healthy], intact);
    plant("underfit", &["high-bias"], &[task.underfit], intact);
    plant("overfit", &["high-variance"], &[task.overfit], intact);
    if task.is_harder {
        plant("mismatch by variant", &["data-mismatch"], &[task.healthy, task.target], intact);
    }
    if task.pictures {
        let alone = ["task.auxiliary=[]"];
        plant("mismatch by blur", &["data-mismatch"], &[task.healthy, task.target, &alone], blurred);
        plant("mismatch by scale", &["data-mismatch"], &[task.healthy, task.target, &alone], shrunk);
    }
    let halves = ["data.examples=8000", "data.split.train=0.3", "data.split.dev=0.35", "data.split.test=0.35"];
    plant("dev overfit", &["dev-overfit"], &[&halves, &["train.epochs=30"]], dev_chosen);
    plant("rate too high", &["diverged"], &[&[task.high_rate]], intact);
    // Momentum swings where Adam jumps.
    let momentum = ["train.optimizer=momentum", "train.learning_rate=3"];
    plant("rate too high, momentum", &["diverged"], &[&momentum], intact);
    plant("rate too low", &["not-converged"], &[&[task.low_rate]], intact);
    plant("too few epochs", &["not-converged"], &[&["train.epochs=1"]], intact);
    plant("mislabeled, 3 % of all", &["label-errors"], &[task.healthy], |data, of| mislabel_all(data, of, 0.03));
    plant("mislabeled, 10 % of all", &["label-errors"], &[task.healthy], |data, of| mislabel_all(data, of, 0.1));
    plant("mislabeled, 5 % of dev", &["label-errors"], &[task.healthy], |data, of| mislabel_dev(data, of, 0.05));
    plant("mislabeled, 10 % of dev", &["label-errors"], &[task.healthy], |data, of| mislabel_dev(data, of, 0.1));
    plant("classes starved", &["starved-classes"], &[&["data.examples=20000", "train.epochs=20"]], starve);
    plant("leakage", &["leakage"], &[task.healthy], leak);
    let simple = ["model.kind=mlp", "model.hidden=[32]", "train.epochs=20", "task.auxiliary=[]"];
    plant("baseline enough", &["baseline-suffices"], &[&simple], linear);
    // A cause that the ladder's or the loss's problem comes before.
    let symptoms = &["high-bias", "not-converged", "diverged"];
    let dead = ["model.kind=mlp", "model.hidden=[64, 64]", "train.learning_rate=0.3", "train.epochs=6"];
    plant("dead units", symptoms, &[&dead], intact);
    let deep = [
        "model.kind=mlp",
        "model.hidden=[32, 32, 32, 32, 32, 32, 32, 32]",
        "model.activation=sigmoid",
        "model.normalization=none",
        "train.optimizer=sgd",
        "train.learning_rate=0.1",
        "train.epochs=6",
    ];
    plant("gradients vanish", symptoms, &[&deep], intact);
    plant("two classes alike", &["high-bias", "confused-classes"], &[task.healthy], indistinct);
    for plant in &mut plants {
        plant.listed = match plant.condition {
            "dead units" => Some("dead-units"),
            "gradients vanish" => Some("vanishing-gradients"),
            "two classes alike" => Some("confused-classes"),
            _ => None,
        };
    }
    plants
}
