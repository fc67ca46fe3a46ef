//! Experiments with one thing wrong, or nothing.

use rungs::domain::experiment::builtin::Builtin;
use rungs::domain::experiment::{Experiment, Override};

/// A condition that is planted, and the verdict that is right.
pub(crate) struct Plant {
    pub(crate) name: &'static str,
    pub(crate) expected: &'static str,
    pub(crate) experiment: fn(seed: u64) -> Experiment,
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
        experiment: |seed| variation("digits", seed, &["data.examples=20000"]),
    },
    Plant {
        name: "underfit, few units",
        expected: "high-bias",
        experiment: |seed| variation("digits-bias", seed, &[]),
    },
    Plant {
        name: "underfit, dropout",
        expected: "high-bias",
        experiment: |seed| variation("digits", seed, &["model.dropout=0.9", "train.epochs=12"]),
    },
    Plant { name: "overfit", expected: "high-variance", experiment: |seed| variation("digits-variance", seed, &[]) },
    Plant {
        name: "overfit, cnn",
        expected: "high-variance",
        experiment: |seed| variation("digits", seed, &["data.examples=600", "train.epochs=40"]),
    },
    Plant {
        name: "mismatch, fog",
        expected: "data-mismatch",
        experiment: |seed| variation("digits-mismatch", seed, &[]),
    },
    Plant {
        name: "rate too high, momentum",
        expected: "diverged",
        experiment: |seed| variation("digits-rate", seed, &[]),
    },
    Plant {
        name: "rate too high, adam",
        expected: "diverged",
        experiment: |seed| variation("digits", seed, &["train.learning_rate=0.5"]),
    },
    Plant {
        name: "rate too high, sgd",
        expected: "diverged",
        experiment: |seed| variation("digits", seed, &["train.learning_rate=10", "train.optimizer=sgd"]),
    },
    Plant {
        name: "rate too low, adam",
        expected: "not-converged",
        experiment: |seed| variation("digits", seed, &["train.learning_rate=0.00001"]),
    },
    Plant {
        name: "rate too low, sgd",
        expected: "not-converged",
        experiment: |seed| variation("digits", seed, &["train.learning_rate=0.001", "train.optimizer=sgd"]),
    },
    Plant {
        name: "too few epochs",
        expected: "not-converged",
        experiment: |seed| variation("digits", seed, &["train.epochs=1"]),
    },
];
