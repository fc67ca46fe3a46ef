//! Experiments with one thing wrong, or nothing.

use rungs::data::Prepared;
use rungs::domain::experiment::builtin::Builtin;
use rungs::domain::experiment::{Experiment, Override};

use super::spoil::{intact, leak, linear, mislabel, mislabel_dev, starve};

/// A condition that is planted, and the verdict that is right.
pub(crate) struct Plant {
    pub(crate) name: &'static str,
    pub(crate) expected: &'static str,
    pub(crate) experiment: fn(seed: u64) -> Experiment,
    /// What is done to its data before it trains.
    pub(crate) spoil: fn(data: &mut Prepared, seed: u64),
}

/// A built-in experiment with settings laid over it.
fn variation(builtin: &str, seed: u64, settings: &[&str]) -> Experiment {
    let mut overrides: Vec<Override> = settings.iter().map(|setting| setting.parse().unwrap()).collect();
    overrides.push(format!("seed={seed}").parse().unwrap());
    Builtin::find(builtin).unwrap().experiment(&overrides).unwrap()
}

pub(crate) const PLANTS: &[Plant] = &[
    Plant {
        name: "healthy",
        expected: "healthy",
        experiment: |seed| variation("digits", seed, &["data.examples=40000", "train.epochs=8"]),
        spoil: intact,
    },
    Plant {
        name: "underfit, few units",
        expected: "high-bias",
        experiment: |seed| variation("digits-bias", seed, &[]),
        spoil: intact,
    },
    Plant {
        name: "underfit, dropout",
        expected: "high-bias",
        experiment: |seed| variation("digits", seed, &["model.dropout=0.9", "train.epochs=12"]),
        spoil: intact,
    },
    Plant {
        name: "overfit",
        expected: "high-variance",
        experiment: |seed| variation("digits-variance", seed, &[]),
        spoil: intact,
    },
    Plant {
        name: "overfit, cnn",
        expected: "high-variance",
        experiment: |seed| variation("digits", seed, &["data.examples=600", "train.epochs=40"]),
        spoil: intact,
    },
    Plant {
        name: "mismatch, fog",
        expected: "data-mismatch",
        experiment: |seed| variation("digits-mismatch", seed, &[]),
        spoil: intact,
    },
    Plant {
        name: "rate too high, momentum",
        expected: "diverged",
        experiment: |seed| variation("digits-rate", seed, &[]),
        spoil: intact,
    },
    Plant {
        name: "rate too high, adam",
        expected: "diverged",
        experiment: |seed| variation("digits", seed, &["train.learning_rate=0.5"]),
        spoil: intact,
    },
    Plant {
        name: "rate too high, sgd",
        expected: "diverged",
        experiment: |seed| variation("digits", seed, &["train.learning_rate=10", "train.optimizer=sgd"]),
        spoil: intact,
    },
    Plant {
        name: "rate too low, adam",
        expected: "not-converged",
        experiment: |seed| variation("digits", seed, &["train.learning_rate=0.00001"]),
        spoil: intact,
    },
    Plant {
        name: "rate too low, sgd",
        expected: "not-converged",
        experiment: |seed| variation("digits", seed, &["train.learning_rate=0.001", "train.optimizer=sgd"]),
        spoil: intact,
    },
    Plant {
        name: "too few epochs",
        expected: "not-converged",
        experiment: |seed| variation("digits", seed, &["train.epochs=1"]),
        spoil: intact,
    },
    Plant {
        name: "lights as they are",
        expected: "high-variance",
        experiment: |seed| variation("lights", seed, &[]),
        spoil: intact,
    },
    Plant {
        name: "tones as they are",
        expected: "high-variance",
        experiment: |seed| variation("tones", seed, &[]),
        spoil: intact,
    },
    Plant {
        name: "kangaroos as they are",
        expected: "high-variance",
        experiment: |seed| variation("kangaroos", seed, &[]),
        spoil: intact,
    },
    Plant {
        name: "digits as they are",
        expected: "high-variance",
        experiment: |seed| variation("digits", seed, &[]),
        spoil: intact,
    },
    Plant {
        name: "mislabeled, 3 % of all",
        expected: "label-errors",
        experiment: |seed| variation("digits", seed, &[]),
        spoil: |data, seed| mislabel(data, seed, 0.03),
    },
    Plant {
        name: "mislabeled, 10 % of all",
        expected: "label-errors",
        experiment: |seed| variation("digits", seed, &[]),
        spoil: |data, seed| mislabel(data, seed, 0.1),
    },
    Plant {
        name: "mislabeled, 3 % of dev",
        expected: "label-errors",
        experiment: |seed| variation("digits", seed, &["data.examples=20000"]),
        spoil: |data, seed| mislabel_dev(data, seed, 0.03),
    },
    Plant {
        name: "mislabeled, 10 % of dev",
        expected: "label-errors",
        experiment: |seed| variation("digits", seed, &["data.examples=20000"]),
        spoil: |data, seed| mislabel_dev(data, seed, 0.1),
    },
    Plant {
        name: "classes starved",
        expected: "starved-classes",
        experiment: |seed| variation("digits", seed, &["data.examples=20000"]),
        spoil: starve,
    },
    Plant { name: "leakage", expected: "leakage", experiment: |seed| variation("digits", seed, &[]), spoil: leak },
    Plant {
        name: "baseline enough",
        expected: "baseline-suffices",
        experiment: |seed| variation("digits", seed, &["model.kind=mlp", "model.hidden=[32]", "train.epochs=20"]),
        spoil: linear,
    },
    Plant {
        name: "dead units",
        expected: "dead-units",
        experiment: |seed| variation("digits", seed, &["train.learning_rate=0.1"]),
        spoil: intact,
    },
];
