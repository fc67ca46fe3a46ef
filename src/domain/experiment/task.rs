//! What is to be learned: the keys under `[task]`.

use serde::{Deserialize, Serialize};

use super::Loss;

/// What is to be learned, and how well people do it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Task {
    /// Human error, the lowest rung of the ladder and the stand-in for the best that is possible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub human_error: Option<HumanError>,
    /// A gap between rungs up to this is no problem, as a fraction.
    pub tolerance: f64,
    /// Which simple methods are run beside the network.
    pub baselines: Baselines,
    /// What is learned beside the class, by heads of their own on the same trunk (multi-task learning).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub auxiliary: Vec<Auxiliary>,
}

impl Task {
    /// Unless the experiment says otherwise, a gap up to one percentage point is no problem.
    pub const TOLERANCE: f64 = 0.01;
}

impl Default for Task {
    fn default() -> Self {
        Self { human_error: None, tolerance: Self::TOLERANCE, baselines: Baselines::All, auxiliary: Vec::new() }
    }
}

/// Simple methods that are run beside the network, to tell whether one is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Baselines {
    /// None.
    None,
    /// All that there are.
    All,
}

/// Human error as a rate, or as it was measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum HumanError {
    /// A fraction: 0.002 is 0.2 %.
    Rate(f64),
    /// So many mistakes in so many examples.
    Measured {
        /// Mistakes.
        errors: u64,
        /// Examples shown.
        of: u64,
    },
}

impl HumanError {
    /// As a fraction; 0 where nothing was measured.
    pub fn rate(self) -> f64 {
        match self {
            Self::Rate(rate) => rate,
            Self::Measured { errors, of } => errors as f64 / of.max(1) as f64,
        }
    }
}

/// A further task on the same examples (Caruana 1997): other labels, a head and a loss of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Auxiliary {
    /// What the source calls the labels: a task of a built-in source, a column of a table (or several, separated by
    /// commas), an array's name.
    pub target: String,
    /// What is minimized; `None`: what suits the labels (cross-entropy for classes, binary cross-entropy for marks, mean
    /// squared error for numbers).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss: Option<Loss>,
    /// How much its loss counts beside the class's, which counts 1.
    #[serde(default = "Auxiliary::default_weight")]
    pub weight: f64,
    /// The share of training examples whose label is known to the network; the others lack it.
    #[serde(default = "Auxiliary::default_labelled")]
    pub labelled: f64,
}

impl Auxiliary {
    fn default_weight() -> f64 {
        1.0
    }

    fn default_labelled() -> f64 {
        1.0
    }
}
