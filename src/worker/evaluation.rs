//! What a worker does at the end of an epoch and at the end of the run: evaluates, remembers the best weights, and at
//! the very end writes predictions and the verdict.

use std::time::Instant;

use super::WorkerError;
use super::history::is_better;
use super::learner::Learner;
use super::session::{End, Session};
use crate::data::Set;
use crate::domain::event::{Evaluation, Event, SetResult, TaskEvaluation};
use crate::domain::mistakes::given;
use crate::domain::signs::{LabelSigns, LayerSigns, Signs};
use crate::domain::text::percent;
use crate::engine::SetEvaluation;
use crate::store::{Checkpoint, Predictions, RunWriter, TestPredictions};

/// Bounds on the sample of the training set that is evaluated while the run is under way. Within them it is as large as
/// the dev set, so that both errors are about as certain.
const SAMPLE: (u64, u64) = (500, 2000);

/// Weights that are better than the saved ones.
#[derive(Debug)]
pub(super) struct Candidate {
    /// Steps done.
    pub(super) step: u64,
    /// The checkpoint.
    pub(super) bytes: Vec<u8>,
}

impl<L: Learner> Session<'_, L> {
    /// Evaluates what is looked at while the run is under way: a sample of the training set, train-dev, dev. Gives what
    /// the dev set gave.
    pub(super) fn evaluate_on_the_way(&mut self) -> Result<SetResult, WorkerError> {
        let begin = Instant::now();
        let sample = self.subject.sizes.dev.clamp(SAMPLE.0, SAMPLE.1) as usize;
        let (dev, _) = self.evaluate(Some(sample))?;
        self.pace.evaluated(begin.elapsed().as_secs_f64());
        Ok(dev.result)
    }

    /// Evaluates and logs it; gives what the network says of the dev set and of the test set. `sample`: so much of the training set, and no
    /// test set; otherwise all of both.
    fn evaluate(&mut self, sample: Option<usize>) -> Result<(SetEvaluation, Option<SetEvaluation>), WorkerError> {
        // It may take a while: what was logged before must not wait for it.
        self.write(RunWriter::flush)?;
        let sizes = self.subject.sizes;
        let position = self.learner.position();
        let evaluate = |set: Set, limit: Option<usize>| self.learner.evaluate(set, limit);
        let train = evaluate(Set::Train, sample)?;
        let train_dev = sizes.train_dev.map(|_| evaluate(Set::TrainDev, None)).transpose()?;
        let dev = evaluate(Set::Dev, None)?;
        let test = (sample.is_none() && sizes.test > 0).then(|| evaluate(Set::Test, None)).transpose()?;

        let tasks = self.learner.tasks();
        let values = scalars(&tasks, [Some(&train), train_dev.as_ref(), Some(&dev), test.as_ref()]);
        self.write_values(position.step, &values)?;
        self.write_layers(position.step, &train.dead)?;
        let of_set = |set: &SetEvaluation, place: usize| set.tasks.get(place).copied().unwrap_or_default();
        let further = tasks.iter().skip(1).enumerate().map(|(place, task)| TaskEvaluation {
            task: task.clone(),
            train: of_set(&train, place),
            train_dev: train_dev.as_ref().map(|set| of_set(set, place)),
            dev: of_set(&dev, place),
            test: test.as_ref().map(|set| of_set(set, place)),
        });
        let evaluation = Evaluation {
            epoch: position.epoch,
            step: position.step,
            train: train.result,
            train_dev: train_dev.as_ref().map(|set| set.result),
            dev: dev.result,
            test: test.as_ref().map(|set| set.result),
            confusion: dev.confusion.clone(),
            tasks: further.collect(),
        };
        self.log(Event::Epoch(Box::new(evaluation)))?;
        let signs = self.signs(position.step, &train.dead, &dev.probabilities);
        self.log(Event::Signs(Box::new(signs)))?;
        self.remember(&dev.result)?;
        Ok((dev, test))
    }

    /// What an evaluation shows beside counts: wrong labels, and layers that do not learn.
    fn signs(&self, step: u64, dead: &[(String, f64)], probabilities: &[f32]) -> Signs {
        let (labels, classes) = (&self.subject.dev_labels, self.subject.classes.len());
        let with_weights = self.learner.gradient_norms().into_iter();
        let mut layers: Vec<LayerSigns> = with_weights
            .map(|(name, norm)| LayerSigns {
                name,
                gradient_norm: Some(norm).filter(|norm| norm.is_finite()),
                dead: None,
            })
            .collect();
        for (name, share) in dead {
            match layers.iter_mut().find(|layer| layer.name == *name) {
                Some(layer) => layer.dead = Some(*share),
                None => layers.push(LayerSigns { name: name.clone(), gradient_norm: None, dead: Some(*share) }),
            }
        }
        Signs { step, labels: Some(LabelSigns::of(probabilities, labels, classes)), layers }
    }

    fn write_values(&mut self, step: u64, values: &[(String, f32)]) -> Result<(), WorkerError> {
        let values: Vec<(&str, f32)> = values.iter().map(|(tag, value)| (tag.as_str(), *value)).collect();
        let added = self.writer.scalars(step, (self.clock)(), &values);
        self.room_for(added)
    }

    /// Logs what shows whether the layers learn: the norm of the last gradient, and the share of ReLUs that are never on.
    fn write_layers(&mut self, step: u64, dead: &[(String, f64)]) -> Result<(), WorkerError> {
        let norms = self.learner.gradient_norms();
        let norms = norms.iter().map(|(layer, norm)| (format!("layers/{layer}/gradient_norm"), *norm as f32));
        let dead = dead.iter().map(|(layer, share)| (format!("layers/{layer}/dead"), *share as f32));
        self.write_values(step, &norms.chain(dead).collect::<Vec<_>>())
    }

    /// Where training ends early if nothing gets better, the best weights are the ones to keep.
    fn keep_best(&mut self) -> Result<(), WorkerError> {
        if !self.learner.keeps_best() {
            return Ok(());
        }
        let saved = match &self.candidate {
            Some(candidate) => Some(candidate.bytes.clone()),
            None => self.writer.run().checkpoint(Checkpoint::Best)?,
        };
        let Some(bytes) = saved else { return Ok(()) };
        self.learner.put_back(&bytes)?;
        let dev =
            self.best.map_or_else(String::new, |best| format!(", with a dev error of {}", percent(best.counts.rate())));
        self.log(Event::Warning { message: format!("The best weights are kept, not the last ones{dev}.") })
    }

    /// Keeps the weights if they are the best so far.
    fn remember(&mut self, dev: &SetResult) -> Result<(), WorkerError> {
        if dev.counts.of > 0 && self.best.as_ref().is_none_or(|best| is_better(dev, best)) {
            self.candidate = Some(Candidate { step: self.step_done(), bytes: self.learner.checkpoint()? });
            self.best = Some(*dev);
        }
        Ok(())
    }

    /// Ends a run that is finished or was stopped: saves, evaluates everything, writes predictions and the last word.
    pub(super) fn conclude(&mut self, end: &End) -> Result<(), WorkerError> {
        self.save_last()?;
        self.keep_best()?;
        let (dev, test) = self.evaluate(None)?;
        self.save_best()?;
        let step = self.step_done();
        let subject = &self.subject;
        let test = test.map(|test| TestPredictions {
            examples: subject.test.clone(),
            labels: subject.test_labels.clone(),
            predicted: given(&test.probabilities, subject.classes.len()),
        });
        let predictions = Predictions {
            step,
            classes: self.subject.classes.clone(),
            examples: self.subject.dev.clone(),
            labels: self.subject.dev_labels.clone(),
            probabilities: dev.probabilities,
            test,
        };
        self.write(|writer| writer.predictions(&predictions))?;
        self.log(match end {
            End::Stopped(control) => Event::Stopped { step, control: Some(control.clone()) },
            End::Finished | End::Interrupted => Event::Finished { step },
        })?;
        let summary = self.writer.summary().clone();
        let report = self.writer.run().report_of(summary)?;
        self.writer.summary().verdict = Some(report.diagnosis.verdict.id().to_owned());
        self.write_summary()
    }
}

/// What is drawn of the sets: training, train-dev, dev, test; those that were evaluated.
fn scalars(tasks: &[String], sets: [Option<&SetEvaluation>; 4]) -> Vec<(String, f32)> {
    let mut values = Vec::new();
    for (name, set) in ["train", "train_dev", "dev", "test"].into_iter().zip(sets) {
        let Some(set) = set else { continue };
        let mut push = |prefix: &str, loss: f64, error: f64| {
            values.push((format!("{prefix}/{name}_loss"), loss as f32));
            values.push((format!("{prefix}/{name}_error"), error as f32));
        };
        push("eval", set.result.loss, set.result.counts.rate());
        for (task, found) in tasks.iter().skip(1).zip(&set.tasks) {
            push(&format!("tasks/{task}"), found.loss, found.error);
        }
    }
    values
}
