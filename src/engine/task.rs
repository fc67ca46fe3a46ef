//! What each head learns: the class, and whatever the experiment asks for beside it.

use super::error::EngineError;
use super::model::Output;
use super::ops::{Class, LossKind, Objective, Targets};
use crate::data::{ABSENT, Labels, Mixture, Prepared};
use crate::domain::experiment::{ClassWeights, Experiment, Loss, Train};

/// One task: a head of the network learns it.
#[derive(Debug, Clone)]
pub(super) struct Task {
    /// What people call it; the class's is called `class`.
    pub(super) name: String,
    /// What is minimized.
    pub(super) objective: Objective,
    /// How much its loss counts.
    pub(super) weight: f32,
    labels: Source,
}

/// Where a task's labels are.
#[derive(Debug, Clone)]
enum Source {
    /// [`Prepared::labels`].
    Class,
    /// Classes in [`Prepared::auxiliary`] at this place.
    Classes(usize),
    /// Numbers or marks in [`Prepared::auxiliary`] at this place, and how the head sees them.
    Numbers(usize, Vec<Standard>),
}

/// How a number is standardized: less its mean over the training set, over its standard deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Standard {
    pub(super) mean: f32,
    pub(super) deviation: f32,
}

/// The targets of some examples for one task.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Truth {
    Classes(Vec<Class>),
    /// A number for each output of each example.
    Numbers(Vec<f32>),
}

impl Truth {
    /// The targets of the examples from `rows.start` to `rows.end`, of a task with so many outputs.
    pub(super) fn rows(&self, rows: std::ops::Range<usize>, outputs: usize) -> Targets<'_> {
        match self {
            Self::Classes(classes) => Targets::Classes(&classes[rows]),
            Self::Numbers(numbers) => Targets::Numbers(&numbers[rows.start * outputs..rows.end * outputs]),
        }
    }

    /// All of them.
    pub(super) fn all(&self) -> Targets<'_> {
        match self {
            Self::Classes(classes) => Targets::Classes(classes),
            Self::Numbers(numbers) => Targets::Numbers(numbers),
        }
    }
}

impl Task {
    /// The tasks of an experiment, the class first.
    ///
    /// # Errors
    /// Labels that were not loaded, or are not of a kind that the loss goes with.
    pub(super) fn all(experiment: &Experiment, data: &Prepared) -> Result<Vec<Self>, EngineError> {
        let Experiment { task, train, .. } = experiment;
        let class = Self {
            name: "class".to_owned(),
            objective: Objective {
                kind: kind(train.loss, train),
                outputs: data.classes.len(),
                weights: class_weights(train, &data.labels, data.classes.len(), &data.sets.train),
            },
            weight: 1.0,
            labels: Source::Class,
        };
        let mut tasks = vec![class];
        for (place, wanted) in task.auxiliary.iter().enumerate() {
            let found = data.auxiliary.get(place).filter(|found| found.labels.outputs() > 0);
            let found = found
                .ok_or_else(|| EngineError::Data(format!("there are no labels for the task \"{}\"", wanted.target)))?;
            let outputs = found.labels.outputs();
            let (usual, labels, weights) = match &found.labels {
                Labels::Classes { of, .. } => {
                    let weights = class_weights(train, of, outputs, &data.sets.train);
                    (Loss::CrossEntropy, Source::Classes(place), weights)
                }
                Labels::Marks { .. } => {
                    let as_they_are = vec![Standard { mean: 0.0, deviation: 1.0 }; outputs];
                    (Loss::BinaryCrossEntropy, Source::Numbers(place, as_they_are), vec![1.0; outputs])
                }
                Labels::Numbers { of, .. } => {
                    let standards = standards(of, outputs, &data.sets.train);
                    (Loss::MeanSquaredError, Source::Numbers(place, standards), vec![1.0; outputs])
                }
            };
            let loss = wanted.loss.unwrap_or(usual);
            let suits = match found.labels {
                Labels::Classes { .. } => true,
                Labels::Marks { .. } => !matches!(loss, Loss::CrossEntropy | Loss::Focal),
                Labels::Numbers { .. } => matches!(loss, Loss::MeanSquaredError | Loss::Huber),
            };
            if !suits {
                return Err(EngineError::Data(format!(
                    "task.auxiliary.{place}.loss does not go with the labels of \"{}\"; leave it out",
                    wanted.target
                )));
            }
            let objective = Objective { kind: kind(loss, train), outputs, weights };
            tasks.push(Self { name: found.name.clone(), objective, weight: wanted.weight as f32, labels });
        }
        Ok(tasks)
    }

    /// What the task needs of the network.
    pub(super) fn output(&self) -> Output {
        let name = match self.labels {
            Source::Class => "output".to_owned(),
            // A name in a checkpoint has no dots but the one before the part.
            _ => format!("output-{}", self.name.replace(['.', ' ', ','], "-")),
        };
        Output { name, width: self.objective.outputs }
    }

    /// The targets of some examples: as they are mixed in `epoch`, or as they are.
    pub(super) fn truth(&self, data: &Prepared, examples: &[u32], epoch: Option<u64>) -> Truth {
        match &self.labels {
            Source::Class => Truth::Classes(classes(&data.labels, data, examples, epoch)),
            Source::Classes(place) => match &data.auxiliary[*place].labels {
                Labels::Classes { of, .. } => Truth::Classes(classes(of, data, examples, epoch)),
                Labels::Marks { .. } | Labels::Numbers { .. } => Truth::Classes(Vec::new()),
            },
            Source::Numbers(place, standards) => match &data.auxiliary[*place].labels {
                Labels::Marks { of, .. } | Labels::Numbers { of, .. } => {
                    let width = standards.len();
                    let number = |example: u32, column: usize| {
                        let Standard { mean, deviation } = standards[column];
                        (of[example as usize * width + column] - mean) / deviation
                    };
                    let mut numbers = Vec::with_capacity(examples.len() * width);
                    for example in examples {
                        let mixture = epoch.and_then(|epoch| data.mixture(*example, epoch));
                        numbers.extend((0..width).map(|column| match mixture {
                            Some(Mixture { partner, share }) => {
                                share * number(*example, column) + (1.0 - share) * number(partner, column)
                            }
                            None => number(*example, column),
                        }));
                    }
                    Truth::Numbers(numbers)
                }
                Labels::Classes { .. } => Truth::Numbers(Vec::new()),
            },
        }
    }

    /// Whether the labels are numbers, and how the head sees them.
    pub(super) fn standards(&self, data: &Prepared) -> Option<&[Standard]> {
        match &self.labels {
            Source::Numbers(place, standards) if matches!(data.auxiliary[*place].labels, Labels::Numbers { .. }) => {
                Some(standards)
            }
            _ => None,
        }
    }
}

fn classes(labels: &[u32], data: &Prepared, examples: &[u32], epoch: Option<u64>) -> Vec<Class> {
    let class = |example: &u32| {
        let label = labels[*example as usize];
        match epoch.and_then(|epoch| data.mixture(*example, epoch)) {
            Some(Mixture { partner, share }) => Class { label, partner: labels[partner as usize], share },
            None => Class::pure(label),
        }
    };
    examples.iter().map(class).collect()
}

fn kind(loss: Loss, train: &Train) -> LossKind {
    match loss {
        Loss::CrossEntropy => LossKind::CrossEntropy { smoothing: train.label_smoothing as f32 },
        Loss::Focal => LossKind::Focal { gamma: train.focal_gamma as f32 },
        Loss::BinaryCrossEntropy => LossKind::BinaryCrossEntropy,
        Loss::MeanSquaredError => LossKind::MeanSquaredError,
        Loss::Huber => LossKind::Huber { delta: train.huber_delta as f32 },
    }
}

/// How much each class counts.
fn class_weights(train: &Train, labels: &[u32], classes: usize, examples: &[u32]) -> Vec<f32> {
    let mut weights = vec![1.0; classes];
    if train.class_weights == ClassWeights::Balanced {
        let mut counts = vec![0usize; classes];
        let known = examples.iter().map(|example| labels[*example as usize]).filter(|label| *label != ABSENT);
        known.for_each(|label| counts[label as usize] += 1);
        let present = counts.iter().filter(|count| **count > 0).count();
        let all: usize = counts.iter().sum();
        for (weight, count) in weights.iter_mut().zip(counts) {
            // A class that does not train keeps its weight of 1: it still counts where it is evaluated.
            if count > 0 {
                *weight = all as f32 / (present * count) as f32;
            }
        }
    }
    weights
}

/// Means and standard deviations of the training set's numbers, those left out that are not known.
fn standards(numbers: &[f32], width: usize, examples: &[u32]) -> Vec<Standard> {
    let of = |column: usize| {
        let known = examples.iter().map(|example| f64::from(numbers[*example as usize * width + column]));
        let known: Vec<f64> = known.filter(|number| number.is_finite()).collect();
        let count = known.len().max(1) as f64;
        let mean = known.iter().sum::<f64>() / count;
        let deviation = (known.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / count).sqrt();
        // What never changes is only centered.
        let deviation = if deviation > 1e-6 * mean.abs().max(1e-6) { deviation } else { 1.0 };
        Standard { mean: mean as f32, deviation: deviation as f32 }
    };
    (0..width).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_standardized_by_what_is_known_of_the_training_set() {
        let numbers = [1.0, 7.0, 3.0, 7.0, f32::NAN, 7.0, 100.0, 7.0];
        let found = standards(&numbers, 2, &[0, 1, 2]);
        assert_eq!(found, [Standard { mean: 2.0, deviation: 1.0 }, Standard { mean: 7.0, deviation: 1.0 }]);
        assert_eq!(standards(&numbers, 2, &[])[0], Standard { mean: 0.0, deviation: 1.0 });
    }

    #[test]
    fn rare_classes_weigh_more_and_unknown_labels_do_not_count() {
        let train = Train { class_weights: ClassWeights::Balanced, ..Train::default() };
        let labels = [0, 0, 0, 1, ABSENT, 2];
        assert_eq!(class_weights(&train, &labels, 3, &[0, 1, 2, 3, 4]), [4.0 / 6.0, 2.0, 1.0]);
        assert_eq!(class_weights(&Train::default(), &labels, 3, &[0]), [1.0; 3]);
    }
}
