//! What happens to a run, as `log.jsonl` tells it: one JSON object a line, `time` and `event` in each.
//!
//! Readers skip events whose name they do not know, so that older programs can follow newer runs.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::baseline::Baseline;
use super::duplicates::Overlap;
use super::ladder::{Counts, counts, rows_of_counts};
use super::signs::Signs;

/// One line of `log.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When, in seconds since 1970.
    pub time: f64,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// What can happen to a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A worker has loaded the data, built the network and begins at `step` (0, or a checkpoint's).
    Started(Started),
    /// All sets were evaluated: after each epoch, and where the run ends.
    Epoch(Box<Evaluation>),
    /// Two sets share examples.
    Overlap(Overlap),
    /// What a simple method made of the same data.
    Baseline(Baseline),
    /// What the evaluation before it showed beside counts.
    Signs(Box<Signs>),
    /// A setting was changed while the run trained.
    Set {
        /// The step before which it took effect.
        step: u64,
        /// Dotted key, such as `train.learning_rate`.
        key: String,
        /// The value before.
        from: Value,
        /// The value from `step` on.
        to: Value,
        /// The command in `control.jsonl` that asked for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        control: Option<String>,
    },
    /// A command in `control.jsonl` could not be obeyed.
    Refused {
        /// The command's id.
        control: String,
        /// Why, and what would be right.
        reason: String,
    },
    /// A checkpoint was written.
    Checkpoint {
        /// Steps done.
        step: u64,
        /// `last` or `best`.
        name: String,
    },
    /// Training holds still.
    Paused {
        /// Steps done.
        step: u64,
        /// The command that asked for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        control: Option<String>,
    },
    /// Training goes on after a pause.
    Resumed {
        /// Steps done.
        step: u64,
        /// The command that asked for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        control: Option<String>,
    },
    /// Something worth knowing that does not end the run.
    Warning {
        /// What, in a sentence.
        message: String,
    },
    /// Trained to the end.
    Finished {
        /// Steps done.
        step: u64,
    },
    /// Ended early on request.
    Stopped {
        /// Steps done.
        step: u64,
        /// The command that asked for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        control: Option<String>,
    },
    /// Ended by an error.
    Failed {
        /// Steps done.
        step: u64,
        /// What went wrong, in a sentence.
        message: String,
        /// Whose fault it was.
        #[serde(default)]
        fault: Fault,
    },
    /// The worker was told to go by the system (a signal) and left a checkpoint behind.
    Interrupted {
        /// Steps done.
        step: u64,
    },
    /// It waits in the queue to be taken up.
    Queued {
        /// Steps done.
        step: u64,
    },
    /// An event that a newer program wrote.
    #[serde(other)]
    Unknown,
}

impl Event {
    /// The command in `control.jsonl` that this answers.
    pub fn control(&self) -> Option<&str> {
        match self {
            Self::Refused { control, .. } => Some(control),
            Self::Set { control, .. }
            | Self::Paused { control, .. }
            | Self::Resumed { control, .. }
            | Self::Stopped { control, .. } => control.as_deref(),
            Self::Started(_)
            | Self::Epoch(_)
            | Self::Baseline(_)
            | Self::Overlap(_)
            | Self::Signs(_)
            | Self::Checkpoint { .. }
            | Self::Warning { .. }
            | Self::Finished { .. }
            | Self::Failed { .. }
            | Self::Interrupted { .. }
            | Self::Queued { .. }
            | Self::Unknown => None,
        }
    }
}

/// Whose fault a failure was; decides the exit status of `rungs train`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The run itself, or the machine: the loss was not finite, the disk was full.
    #[default]
    Run,
    /// What it was given: data that cannot be read, a network that does not fit them.
    Input,
}

/// What a worker knows once it has loaded the data and built the network.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)] // so that a few lines of any language can tell what matters: the classes
pub struct Started {
    /// The step it begins at: 0, or a checkpoint's.
    pub step: u64,
    /// Steps in all, if nothing is changed.
    pub steps: u64,
    /// Process id of the worker.
    pub pid: u32,
    /// Host of the worker.
    pub host: String,
    /// Version of rungs.
    pub version: String,
    /// Names of the classes, in the order of the confusion matrix.
    pub classes: Vec<String>,
    /// Training examples of each class; empty where an older program wrote this.
    #[serde(deserialize_with = "counts", skip_serializing_if = "Vec::is_empty")]
    pub class_sizes: Vec<u64>,
    /// Sizes of the sets.
    pub sets: SetSizes,
    /// Trainable parameters of the network.
    pub parameters: u64,
    /// The network, a line for each layer.
    pub layers: Vec<String>,
}

/// How many examples each set holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SetSizes {
    /// Examples that train.
    pub train: u64,
    /// Held out of the training distribution; `None` when the distributions are the same.
    pub train_dev: Option<u64>,
    /// Examples that decisions are made on.
    pub dev: u64,
    /// Examples looked at once, at the end.
    pub test: u64,
}

/// The sets evaluated with the weights as they are, without dropout or augmentation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Whole epochs done.
    #[serde(default)]
    pub epoch: u64,
    /// Steps done.
    pub step: u64,
    /// Counts and mean loss on the training set, or on a fixed sample of it while the run is under way.
    #[serde(default)]
    pub train: SetResult,
    /// On the train-dev set.
    pub train_dev: Option<SetResult>,
    /// On the dev set.
    pub dev: SetResult,
    /// On the test set; only where the run ends, for it is not to be steered by.
    pub test: Option<SetResult>,
    /// Dev set: a row per true class, a column per predicted one.
    #[serde(default, deserialize_with = "rows_of_counts")]
    pub confusion: Vec<Vec<u64>>,
    /// What came of the tasks beside the class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<TaskEvaluation>,
}

/// What came of one task beside the class, on each set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskEvaluation {
    /// What the experiment calls it (`task.auxiliary[].target`).
    pub task: String,
    /// On the training set, or on a fixed sample of it.
    pub train: TaskResult,
    /// On the train-dev set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_dev: Option<TaskResult>,
    /// On the dev set.
    pub dev: TaskResult,
    /// On the test set; only where the run ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<TaskResult>,
}

/// What one set gave for a task beside the class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskResult {
    /// Labels that are known: examples, or single marks or numbers.
    pub known: u64,
    /// Mean loss over them, in the loss function's unit.
    pub loss: f64,
    /// The share of them that is predicted wrong; for numbers the root of the mean squared error, in the source's unit.
    pub error: f64,
    /// Whether `error` is a distance in the source's unit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_distance: bool,
}

/// What one set gave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct SetResult {
    /// Mistakes.
    #[serde(flatten)]
    pub counts: Counts,
    /// Mean loss, in the loss function's unit (nats for cross-entropy).
    #[serde(default)]
    pub loss: f64,
}
