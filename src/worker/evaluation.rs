//! What a worker does at the end of an epoch and at the end of the run: evaluates, remembers the best weights, and at
//! the very end writes predictions and the verdict.

use std::time::Instant;

use super::WorkerError;
use super::history::is_better;
use super::learner::Learner;
use super::session::{End, Session};
use crate::data::Set;
use crate::domain::event::{Evaluation, Event, SetResult};
use crate::engine::SetEvaluation;
use crate::store::{Predictions, RunWriter};

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
    /// Evaluates what is looked at while the run is under way: a sample of the training set, train-dev, dev.
    pub(super) fn evaluate_on_the_way(&mut self) -> Result<(), WorkerError> {
        let begin = Instant::now();
        let sample = self.subject.sizes.dev.clamp(SAMPLE.0, SAMPLE.1) as usize;
        self.evaluate(Some(sample))?;
        self.pace.evaluated(begin.elapsed().as_secs_f64());
        Ok(())
    }

    /// Evaluates and logs it; gives what the network says of the dev set. `sample`: so much of the training set, and no
    /// test set; otherwise all of both.
    fn evaluate(&mut self, sample: Option<usize>) -> Result<SetEvaluation, WorkerError> {
        // It may take a while: what was logged before must not wait for it.
        self.write(RunWriter::flush)?;
        let sizes = self.subject.sizes;
        let position = self.learner.position();
        let result = |set: Set, limit: Option<usize>| self.learner.evaluate(set, limit).map(|found| found.result);
        let train = result(Set::Train, sample)?;
        let train_dev = sizes.train_dev.map(|_| result(Set::TrainDev, None)).transpose()?;
        let dev = self.learner.evaluate(Set::Dev, None)?;
        let test = (sample.is_none() && sizes.test > 0).then(|| result(Set::Test, None)).transpose()?;

        let values: Vec<(&str, f32)> = [
            ("eval/train_loss", "eval/train_error", Some(train)),
            ("eval/train_dev_loss", "eval/train_dev_error", train_dev),
            ("eval/dev_loss", "eval/dev_error", Some(dev.result)),
            ("eval/test_loss", "eval/test_error", test),
        ]
        .into_iter()
        .filter_map(|(loss, error, result)| {
            let result = result?;
            Some([(loss, result.loss as f32), (error, result.counts.rate() as f32)])
        })
        .flatten()
        .collect();
        let added = self.writer.scalars(position.step, (self.clock)(), &values);
        self.room_for(added)?;
        self.log(Event::Epoch(Box::new(Evaluation {
            epoch: position.epoch,
            step: position.step,
            train,
            train_dev,
            dev: dev.result,
            test,
            confusion: dev.confusion.clone(),
        })))?;
        self.remember(&dev.result)?;
        Ok(dev)
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
        let dev = self.evaluate(None)?;
        self.save_best()?;
        let step = self.step_done();
        let predictions = Predictions {
            step,
            classes: self.subject.classes.clone(),
            examples: self.subject.dev.clone(),
            labels: self.subject.dev_labels.clone(),
            probabilities: dev.probabilities,
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
