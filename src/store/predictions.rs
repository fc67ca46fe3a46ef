//! `predictions.safetensors`: what the network says of each dev example, for error analysis; and of each test example,
//! so that both can be counted again once labels are put right.

use std::collections::HashMap;

use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, TensorView, serialize};
use serde::{Deserialize, Serialize};

use super::{RunDir, StoreError, files};

/// A million examples of a hundred classes take 400 MB.
const MAX_BYTES: u64 = 4 << 30;

/// The dev set's class probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    /// Steps done.
    pub step: u64,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// The place of each example in the data.
    pub examples: Vec<u32>,
    /// Its true class.
    pub labels: Vec<u32>,
    /// A probability for each class: example after example.
    pub probabilities: Vec<f32>,
    /// The same of the test set, where it was evaluated.
    pub test: Option<TestPredictions>,
}

/// The test set's classes: enough to count it again, and no more, for nobody should look at its examples.
#[derive(Debug, Clone, PartialEq)]
pub struct TestPredictions {
    /// The place of each example in the data.
    pub examples: Vec<u32>,
    /// Its true class.
    pub labels: Vec<u32>,
    /// The class that the network gave.
    pub predicted: Vec<u32>,
}

/// The test set's tensors: examples, labels, predicted classes.
const TEST: [&str; 3] = ["test_examples", "test_labels", "test_predicted"];

/// The entry of the file's metadata that says what it holds, as JSON.
const ABOUT: &str = "rungs";

/// What the file holds.
#[derive(Debug, Serialize, Deserialize)]
struct About {
    set: String,
    step: u64,
    classes: Vec<String>,
}

impl Predictions {
    /// The file's bytes: `probabilities` (examples × classes, F32), `labels` and `examples` (U32), of the test set
    /// `test_examples`, `test_labels` and `test_predicted` (U32), with the classes' names and the step as metadata. The same predictions give the same bytes.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, SafeTensorError> {
        let probabilities: Vec<u8> = self.probabilities.iter().flat_map(|value| value.to_le_bytes()).collect();
        let bytes = |values: &[u32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
        let (labels, examples) = (bytes(&self.labels), bytes(&self.examples));
        let count = self.examples.len();
        let mut views = vec![
            ("examples", TensorView::new(Dtype::U32, vec![count], &examples)?),
            ("labels", TensorView::new(Dtype::U32, vec![count], &labels)?),
            ("probabilities", TensorView::new(Dtype::F32, vec![count, self.classes.len()], &probabilities)?),
        ];
        let test = self.test.as_ref().map(|test| [bytes(&test.examples), bytes(&test.labels), bytes(&test.predicted)]);
        for (name, bytes) in TEST.into_iter().zip(test.iter().flatten()) {
            views.push((name, TensorView::new(Dtype::U32, vec![bytes.len() / 4], bytes)?));
        }
        let about = About { set: "dev".to_owned(), step: self.step, classes: self.classes.clone() };
        // One entry that holds all: several would be written in an order that changes from one file to the next.
        let about = serde_json::to_string(&about).unwrap_or_default();
        serialize(views, Some(HashMap::from([(ABOUT.to_owned(), about)])))
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (_, header) = SafeTensors::read_metadata(bytes).ok()?;
        let about: About = serde_json::from_str(header.metadata().as_ref()?.get(ABOUT)?).ok()?;
        let tensors = SafeTensors::deserialize(bytes).ok()?;
        let data = |name: &str, dtype: Dtype| {
            let view = tensors.tensor(name).ok().filter(|view| view.dtype() == dtype)?;
            Some(view.data().chunks_exact(4).map(|four| [four[0], four[1], four[2], four[3]]).collect::<Vec<_>>())
        };
        let numbers =
            |name: &str| Some(data(name, Dtype::U32)?.into_iter().map(u32::from_le_bytes).collect::<Vec<u32>>());
        let [examples, labels, predicted] = TEST;
        let test = match tensors.tensor(examples) {
            Ok(_) => Some(TestPredictions {
                examples: numbers(examples)?,
                labels: numbers(labels)?,
                predicted: numbers(predicted)?,
            }),
            Err(_) => None,
        };
        let predictions = Self {
            step: about.step,
            classes: about.classes,
            examples: numbers("examples")?,
            labels: numbers("labels")?,
            probabilities: data("probabilities", Dtype::F32)?.into_iter().map(f32::from_le_bytes).collect(),
            test,
        };
        let (count, classes) = (predictions.examples.len(), predictions.classes.len());
        let known = |of: &[u32]| of.iter().all(|class| (*class as usize) < classes);
        let test_fits = predictions.test.as_ref().is_none_or(|test| {
            let count = test.examples.len();
            test.labels.len() == count && test.predicted.len() == count && known(&test.labels) && known(&test.predicted)
        });
        let fits = test_fits
            && predictions.labels.len() == count
            && known(&predictions.labels)
            && count.checked_mul(classes) == Some(predictions.probabilities.len());
        fits.then_some(predictions)
    }
}

impl RunDir {
    /// The dev set's predictions, written where the run ended; `None` before.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn predictions(&self) -> Result<Option<Predictions>, StoreError> {
        let path = self.predictions_path();
        let bytes = match files::read(&path, MAX_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.is_missing() => return Ok(None),
            Err(error) => return Err(error),
        };
        let predictions = Predictions::from_bytes(&bytes);
        predictions.map(Some).ok_or_else(|| StoreError::damaged(&path, "does not hold a run's predictions"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_come_back_as_they_were_and_damage_is_noticed() {
        let predictions = Predictions {
            step: 7,
            classes: vec!["a".into(), "\"b".into()],
            examples: vec![4, 9, 2],
            labels: vec![0, 1, 1],
            probabilities: vec![0.5, 0.5, 0.25, 0.75, 1.0, 0.0],
            test: Some(TestPredictions { examples: vec![5, 6], labels: vec![1, 0], predicted: vec![1, 1] }),
        };
        let bytes = predictions.to_bytes().unwrap();
        assert_eq!(Predictions::from_bytes(&bytes), Some(predictions.clone()));
        assert_eq!(predictions.to_bytes().unwrap(), bytes);
        for cut in 0..bytes.len() {
            assert_eq!(Predictions::from_bytes(&bytes[..cut]), None, "cut at {cut}");
        }
        let without = Predictions { test: None, ..predictions.clone() };
        assert_eq!(Predictions::from_bytes(&without.to_bytes().unwrap()), Some(without));
        let test = TestPredictions { examples: vec![5, 6], labels: vec![1], predicted: vec![1, 1] };
        let wrong = Predictions { test: Some(test), ..predictions.clone() };
        assert_eq!(Predictions::from_bytes(&wrong.to_bytes().unwrap()), None, "a test example without a label");
        let wrong = Predictions { labels: vec![0, 1, 2], ..predictions };
        assert_eq!(Predictions::from_bytes(&wrong.to_bytes().unwrap()), None, "a label without a class");
    }
}
