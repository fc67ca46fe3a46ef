//! What the worker asks of whatever learns. The engine's [`Trainer`] is the one that does; tests have others, which
//! fail, stall and panic on demand.

use serde_json::Value;

use crate::data::Set;
use crate::engine::{EngineError, Phases, Position, SetEvaluation, Step, Trainer};

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
    /// Puts an earlier checkpoint's weights in place of those there are.
    fn put_back(&mut self, checkpoint: &[u8]) -> Result<(), EngineError>;
    /// Whether the dev loss of every epoch has to be told.
    fn needs_dev_loss(&self) -> bool;
    /// Whether the best weights are to be kept at the end, not the last ones.
    fn keeps_best(&self) -> bool;
    /// Tells the dev loss at the end of an epoch.
    fn look_at(&mut self, dev_loss: f64);
    /// What is learned, the class first.
    fn tasks(&self) -> Vec<String>;
    /// Seconds since this was last asked for, by what they were spent on.
    fn take_phases(&mut self) -> Phases;
    /// The norm of the last gradient by each layer.
    fn gradient_norms(&self) -> Vec<(String, f64)>;
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

    fn put_back(&mut self, checkpoint: &[u8]) -> Result<(), EngineError> {
        self.put_back(checkpoint)
    }

    fn needs_dev_loss(&self) -> bool {
        self.needs_dev_loss()
    }

    fn keeps_best(&self) -> bool {
        self.keeps_best()
    }

    fn look_at(&mut self, dev_loss: f64) {
        self.look_at(dev_loss);
    }

    fn tasks(&self) -> Vec<String> {
        self.tasks()
    }

    fn take_phases(&mut self) -> Phases {
        self.take_phases()
    }

    fn gradient_norms(&self) -> Vec<(String, f64)> {
        self.gradient_norms()
    }
}
