//! What the worker asks of whatever learns. The engine's [`Trainer`] is the one that does; tests have others, which
//! fail, stall and panic on demand.

use serde_json::Value;

use crate::data::Set;
use crate::engine::{EngineError, Position, SetEvaluation, Step, Trainer};

/// Something that is trained step by step. The methods are those of [`Trainer`].
pub(super) trait Learner {
    /// The network, a line for each layer.
    fn layers(&self) -> Vec<String>;
    /// Trainable parameters.
    fn parameters(&self) -> u64;
    /// Where training stands.
    fn position(&self) -> Position;
    /// Trains on one minibatch.
    fn step(&mut self) -> Result<Step, EngineError>;
    /// Changes a setting from the next step on; gives the value before.
    fn set(&mut self, key: &str, value: &Value) -> Result<Value, EngineError>;
    /// Evaluates a set, or a fixed sample of it of so many examples.
    fn evaluate(&self, set: Set, limit: Option<usize>) -> Result<SetEvaluation, EngineError>;
    /// Everything that is needed to go on from here.
    fn checkpoint(&self) -> Result<Vec<u8>, EngineError>;
}

impl Learner for Trainer {
    fn layers(&self) -> Vec<String> {
        self.layers()
    }

    fn parameters(&self) -> u64 {
        self.parameters()
    }

    fn position(&self) -> Position {
        self.position()
    }

    fn step(&mut self) -> Result<Step, EngineError> {
        self.step()
    }

    fn set(&mut self, key: &str, value: &Value) -> Result<Value, EngineError> {
        self.set(key, value)
    }

    fn evaluate(&self, set: Set, limit: Option<usize>) -> Result<SetEvaluation, EngineError> {
        self.evaluate(set, limit)
    }

    fn checkpoint(&self) -> Result<Vec<u8>, EngineError> {
        self.checkpoint()
    }
}
