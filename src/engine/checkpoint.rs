//! A training run frozen between two steps, as safetensors: weights under their own names, moments under
//! `optimizer.first.` and `optimizer.second.`, and where the run stands as JSON in the metadata.
//!
//! There is no random state to save: every draw follows from seed, epoch and step.

use std::collections::HashMap;

use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::EngineError;
use super::model::Parameter;
use super::optimizer::Optimizer;
use super::patience::Patience;
use super::raw::view;
use super::tensor::{Flat, fill};

/// The metadata's key.
const KEY: &str = "rungs";

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Whole epochs done.
    pub(super) epoch: u64,
    /// Examples of the next epoch that have been shown.
    pub(super) shown: usize,
    /// Steps done.
    pub(super) step: u64,
    /// Settings that can change while a run trains, as they stand.
    pub(super) settings: Vec<(String, Value)>,
    /// What is remembered of the dev losses.
    #[serde(default)]
    pub(super) patience: Patience,
}

/// Writes a checkpoint.
///
/// # Errors
/// [`EngineError::Checkpoint`] when safetensors cannot.
pub(super) fn write(
    described: &[Parameter],
    parameters: &[Flat],
    optimizer: &Optimizer,
    progress: &Progress,
) -> Result<Vec<u8>, EngineError> {
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (place, (described, parameter)) in described.iter().zip(parameters).enumerate() {
        let mut push = |prefix: &str, numbers: &[f32]| {
            let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
            tensors.push((format!("{prefix}{}", described.name()), described.shape.clone(), bytes));
        };
        push("", view(parameter)?);
        if !described.learned {
            continue;
        }
        for (prefix, moments) in moments(optimizer) {
            if let Some(numbers) = moments.get(place) {
                push(prefix, numbers);
            }
        }
    }
    let views = tensors.iter().map(|(name, shape, bytes)| {
        TensorView::new(Dtype::F32, shape.clone(), bytes).map(|view| (name.as_str(), view))
    });
    let fail = |error: String| EngineError::Checkpoint(error);
    let views = views.collect::<Result<Vec<_>, _>>().map_err(|error| fail(error.to_string()))?;
    let progress = serde_json::to_string(progress).map_err(|error| fail(error.to_string()))?;
    serialize(views, Some(HashMap::from([(KEY.to_owned(), progress)]))).map_err(|error| fail(error.to_string()))
}

/// A checkpoint that has been read, its tensors not yet looked at.
pub(super) struct Checkpoint<'a> {
    tensors: SafeTensors<'a>,
    /// Where the run stood.
    pub(super) progress: Progress,
}

impl<'a> Checkpoint<'a> {
    /// Reads a checkpoint's head.
    ///
    /// # Errors
    /// [`EngineError::Checkpoint`] when it is none.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, EngineError> {
        let fail = |error: String| EngineError::Checkpoint(error);
        let (_, head) = SafeTensors::read_metadata(bytes).map_err(|error| fail(error.to_string()))?;
        let text = head.metadata().as_ref().and_then(|entries| entries.get(KEY));
        let text = text.ok_or_else(|| fail("it is a safetensors file, but not written by rungs".to_owned()))?;
        let progress = serde_json::from_str(text).map_err(|error| fail(error.to_string()))?;
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| fail(error.to_string()))?;
        Ok(Self { tensors, progress })
    }

    /// Copies weights and moments into a network and its optimizer.
    ///
    /// # Errors
    /// [`EngineError::Checkpoint`] with the tensor that is missing or has another shape.
    pub(super) fn restore(
        &self,
        described: &[Parameter],
        parameters: &mut [Flat],
        optimizer: &mut Optimizer,
    ) -> Result<(), EngineError> {
        self.restore_weights(described, parameters)?;
        for (prefix, moments) in moments_mut(optimizer) {
            for (described, moments) in described.iter().zip(moments).filter(|(described, _)| described.learned) {
                *moments = self.numbers(prefix, described)?;
            }
        }
        Ok(())
    }

    /// Copies weights into a network.
    ///
    /// # Errors
    /// [`EngineError::Checkpoint`] with the tensor that is missing or has another shape.
    pub(super) fn restore_weights(&self, described: &[Parameter], parameters: &mut [Flat]) -> Result<(), EngineError> {
        let mut both = described.iter().zip(parameters);
        both.try_for_each(|(described, parameter)| Ok(fill(parameter, &self.numbers("", described)?)?))
    }

    fn numbers(&self, prefix: &str, described: &Parameter) -> Result<Vec<f32>, EngineError> {
        let name = format!("{prefix}{}", described.name());
        let fail = |problem: String| EngineError::Checkpoint(format!("{name} {problem}"));
        let tensor = self.tensors.tensor(&name).map_err(|_| fail("is missing".to_owned()))?;
        if tensor.dtype() != Dtype::F32 || tensor.shape() != described.shape {
            return Err(fail(format!(
                "is {:?} {:?}, and the experiment's network needs F32 {:?}",
                tensor.dtype(),
                tensor.shape(),
                described.shape
            )));
        }
        Ok(floats(tensor.data()))
    }
}

/// The numbers of a tensor of type F32.
pub(super) fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

fn moments(optimizer: &Optimizer) -> [(&'static str, &Vec<Vec<f32>>); 2] {
    [("optimizer.first.", &optimizer.first), ("optimizer.second.", &optimizer.second)]
}

fn moments_mut(optimizer: &mut Optimizer) -> [(&'static str, &mut Vec<Vec<f32>>); 2] {
    [("optimizer.first.", &mut optimizer.first), ("optimizer.second.", &mut optimizer.second)]
}
