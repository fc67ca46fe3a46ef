//! An experiment: everything that has to be said to get the same run again.
//!
//! The types stand in a file for each section ([`task`], [`data`], [`model`], [`train`]); [`schema`] describes every key (for messages, forms and documents), [`mod@parse`] turns
//! TOML into an [`Experiment`] and answers mistakes with line and key, [`validate`] checks what a single key cannot
//! know, [`change`] tells experiments apart and changes one parameter, [`effect`] tells which settings matter,
//! [`tweak`] steps them.
//!
//! Pure: no files are opened here. Paths inside an experiment are relative to the experiment's file, and it is the
//! caller who knows where that is.

pub mod builtin;
pub mod change;
pub mod data;
pub mod effect;
pub mod model;
pub mod parse;
pub mod paths;
pub mod schema;
pub mod task;
pub mod train;
pub mod tweak;
pub mod validate;

pub use change::{Change, changes};
pub use data::{Augment, AugmentKind, Color, Data, Fit, Source, SourceKind, Split, Synthesize, SynthesizeKind, Target};
pub use effect::matters;
pub use model::{Activation, Cell, Head, Model, ModelKind, Normalization, Pooling};
pub use parse::{ExperimentError, Override, parse};
pub use task::{Auxiliary, Baselines, HumanError, Task};
pub use train::{ClassWeights, Loss, Optimizer, Schedule, Train};

use serde::{Deserialize, Serialize};

/// One experiment: task, data, model, training. See [`schema::FIELDS`] for what each key means and its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Experiment {
    /// What people call it. Default: the file's name.
    pub name: String,
    /// The experiment or run that this is a variation of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Free text.
    pub notes: String,
    /// Seeds the split, the shuffling, the initialization, the augmentation and dropout.
    pub seed: u64,
    /// What is to be learned, and how well people do it.
    pub task: Task,
    /// What it is learned from.
    pub data: Data,
    /// The network.
    pub model: Model,
    /// How it is trained.
    pub train: Train,
}

impl Default for Experiment {
    fn default() -> Self {
        Self {
            name: String::new(),
            parent: None,
            notes: String::new(),
            seed: 1,
            task: Task::default(),
            data: Data::default(),
            model: Model::default(),
            train: Train::default(),
        }
    }
}

impl Experiment {
    /// The experiment as TOML with every default written out.
    pub fn to_toml(&self) -> String {
        // Serializing plain data structs into a TOML table cannot fail: no map keys but strings, no mixed arrays.
        toml::to_string(self).unwrap_or_default()
    }
}
