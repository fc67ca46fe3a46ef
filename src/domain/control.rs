//! Commands to a worker, as `control.jsonl` holds them: one JSON object a line, each answered by a line in `log.jsonl`
//! that carries the command's id.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One line of `control.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// Tells the answer apart from others'; unique within the run.
    pub id: String,
    /// When it was asked for, in seconds since 1970.
    pub time: f64,
    /// What is asked for.
    #[serde(flatten)]
    pub command: Command,
}

/// What can be asked of a worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Command {
    /// Hold still.
    Pause,
    /// Go on.
    Resume,
    /// Evaluate, write a checkpoint, end.
    Stop,
    /// Change a setting from the next step on.
    Set {
        /// Dotted key of a field marked live in the schema.
        key: String,
        /// The new value.
        value: Value,
    },
}
