//! One step with any step size: what a learning-rate test is made of.

use super::error::EngineError;
use super::trainer::{Step, Trainer};

impl Trainer {
    /// Learns from the next minibatch with this step size, whatever the experiment says.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn step_with_rate(&mut self, learning_rate: f64) -> Result<Step, EngineError> {
        let batch = self.next_batch();
        self.step_at(batch, learning_rate)
    }
}
