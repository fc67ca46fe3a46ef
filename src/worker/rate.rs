//! The learning-rate test, carried out: a network of the experiment's own is trained with steps that grow, and thrown away.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::WorkerError;
use crate::data;
use crate::domain::experiment::Experiment;
use crate::domain::rate::{Point, RateTest, rate_at};
use crate::engine::{EngineError, Trainer};

/// Makes the test in at most so many steps.
///
/// `base` is the directory that the experiment's paths are relative to; `weights` are those that the network begins with,
/// if not drawn ones; `watch` sees every step and may end the test.
///
/// # Errors
/// The data cannot be loaded, or the network cannot be trained.
pub fn test(
    experiment: &Experiment,
    base: &Path,
    weights: Option<&[u8]>,
    steps: usize,
    mut watch: impl FnMut(&Point) -> ControlFlow<()>,
) -> Result<RateTest, WorkerError> {
    let prepared = Arc::new(data::prepare(experiment, base)?);
    let mut trainer = Trainer::new(experiment, prepared)?;
    if let Some(weights) = weights {
        trainer.start_from(weights)?;
    }
    let mut test = RateTest::default();
    for place in 0..steps {
        let rate = rate_at(place, steps);
        match trainer.step_with_rate(rate) {
            Ok(step) if test.push(rate, f64::from(step.loss)) => {}
            // That the loss breaks is what the test is after.
            Ok(_) | Err(EngineError::NotFinite { .. }) => break,
            Err(error) => return Err(error.into()),
        }
        if let Some(point) = test.points.last()
            && watch(point).is_break()
        {
            break;
        }
    }
    Ok(test)
}
