//! A run as others see it: its id, its status, and the summary that lists are made of.

use serde::{Deserialize, Serialize};

use super::ladder::Counts;

/// A run's id: the name of its directory, `NAME-N`, such as `digits-3`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

impl std::fmt::Display for RunId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Made, not started.
    Queued,
    /// Training.
    Running,
    /// Holding still until it is resumed or stopped.
    Paused,
    /// Trained to the end.
    Finished,
    /// Ended early on request.
    Stopped,
    /// Ended by an error, which the log tells.
    Failed,
    /// Its worker is gone without a word.
    Interrupted,
}

impl Status {
    /// The word of the contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Finished => "finished",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }

    /// Whether a worker should be at it.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }
}

/// `summary.json`: status and last figures, enough for a line in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The run.
    pub id: RunId,
    /// The experiment's name.
    pub name: String,
    /// The experiment or run it is a variation of.
    pub parent: Option<String>,
    /// As the worker last wrote it; a reader turns a live one into `interrupted` when no worker holds the run.
    pub status: Status,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When the run was made, in seconds since 1970.
    pub created: f64,
    /// When this was written, in seconds since 1970.
    pub updated: f64,
    /// Epochs done.
    pub epoch: u64,
    /// Epochs to be done in all.
    pub epochs: u64,
    /// Steps done.
    pub step: u64,
    /// Steps to be done in all; 0 while unknown.
    pub steps: u64,
    /// Training loss, smoothed over the last steps.
    pub loss: Option<f64>,
    /// Speed of training, without evaluation.
    pub examples_per_second: Option<f64>,
    /// Seconds that the worker has trained, pauses and interruptions left out.
    pub trained_seconds: f64,
    /// Last counts on the training set.
    pub train: Option<Counts>,
    /// Last counts on the train-dev set.
    pub train_dev: Option<Counts>,
    /// Last counts on the dev set.
    pub dev: Option<Counts>,
    /// Counts on the test set, taken at the end.
    pub test: Option<Counts>,
    /// The diagnosis' verdict, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    /// Whether it was made by another program, and is only looked at here.
    #[serde(default, skip_serializing_if = "is_false")]
    pub elsewhere: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Summary {
    /// A new run that has done nothing yet.
    pub fn new(id: RunId, name: String, parent: Option<String>, epochs: u64, created: f64) -> Self {
        Self {
            id,
            name,
            parent,
            status: Status::Queued,
            error: None,
            created,
            updated: created,
            epoch: 0,
            epochs,
            step: 0,
            steps: 0,
            loss: None,
            examples_per_second: None,
            trained_seconds: 0.0,
            train: None,
            train_dev: None,
            dev: None,
            test: None,
            verdict: None,
            elsewhere: false,
        }
    }

    /// Says that the worker is gone without a word in the log; `printed` is the end of what it printed.
    pub fn lose_worker(&mut self, printed: &str) {
        let id = &self.id;
        self.status = Status::Interrupted;
        // As the standard library says it; a list of calls may follow.
        let how = if printed.contains("memory allocation of") {
            format!(
                "its worker ran out of memory: `rungs set {id} train.batch_size=16` makes its batches smaller, then"
            )
        } else {
            "its worker was killed, for lack of memory or by somebody, or the machine went down:".to_owned()
        };
        self.error = Some(format!("{how} `rungs resume {id}` takes it up from its last checkpoint"));
    }

    /// Seconds of training left, if it goes on as fast as it has so far.
    pub fn seconds_left(&self) -> Option<f64> {
        let is_known = self.step > 0 && self.steps >= self.step && self.trained_seconds > 0.0;
        is_known.then(|| self.trained_seconds / self.step as f64 * (self.steps - self.step) as f64)
    }
}
