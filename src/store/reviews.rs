//! What people said of labels: `runs/.reviews/KEY.jsonl`, beside the runs and never in the data. Append-only, a line for
//! each remark, the last word on an example counts. KEY stands for the data, so that all runs on them share it.

use std::fs;
use std::path::PathBuf;

use super::lines::{LineTail, LineWriter};
use super::{RunDir, StoreError};
use crate::domain::event::Record;
use crate::domain::experiment::Experiment;
use crate::domain::review::{Predicted, Remark, Review, reviewed};

/// The file of the data that an experiment trains on: the same for all that draw the same examples in the same order.
fn path(run: &RunDir, experiment: &Experiment) -> PathBuf {
    let target = experiment.data.target.as_ref().map(|target| &target.source);
    let drawn = (&experiment.data.source, target, experiment.seed);
    let text = serde_json::to_string(&drawn).unwrap_or_default();
    let key = crc32c::crc32c(text.as_bytes());
    run.path().join("..").join(".reviews").join(format!("{key:08x}.jsonl"))
}

impl RunDir {
    /// What was said of the labels that this run was measured by.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn review(&self, experiment: &Experiment) -> Result<Review, StoreError> {
        let mut remarks: Vec<Remark> = Vec::new();
        LineTail::default().poll(&path(self, experiment), u64::MAX, &mut remarks)?;
        Ok(Review::of(remarks))
    }

    /// Bytes of what was said; it grows with every remark.
    pub fn review_size(&self, experiment: &Experiment) -> u64 {
        fs::symlink_metadata(path(self, experiment)).map_or(0, |metadata| metadata.len())
    }

    /// Says something of a label.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn remark(&self, experiment: &Experiment, remark: &Remark) -> Result<(), StoreError> {
        let path = path(self, experiment);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(StoreError::io(folder, "be made"))?;
        }
        LineWriter::open(&path)?.append(remark)
    }

    /// The run's records as the review has them ([`reviewed`]).
    ///
    /// # Errors
    /// The review or the predictions are there and cannot be read.
    pub fn reviewed(&self, experiment: &Experiment, records: Vec<Record>) -> Result<Vec<Record>, StoreError> {
        let review = self.review(experiment)?;
        if review.is_empty() {
            return Ok(records);
        }
        let Some(found) = self.predictions()? else { return Ok(records) };
        let predicted = Predicted {
            step: found.step,
            classes: &found.classes,
            examples: &found.examples,
            labels: &found.labels,
            probabilities: &found.probabilities,
        };
        Ok(reviewed(records, &predicted, &review))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::review::Opinion;
    use crate::store::Root;

    #[test]
    fn all_runs_on_the_same_data_share_what_was_said() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        let first = Experiment { name: "a".into(), ..Experiment::default() };
        let mut second = Experiment { name: "b".into(), ..Experiment::default() };
        second.train.learning_rate = 0.5;
        let mut other = second.clone();
        other.data.source.examples = Some(99);
        let [a, b, c] = [&first, &second, &other].map(|experiment| root.create(experiment, 1.0).unwrap());
        let remark = |opinion| Remark { time: 2.0, example: 3, given: "7".into(), opinion };
        a.remark(&first, &remark(Opinion::Class("1".into()))).unwrap();
        assert_eq!(b.review(&second).unwrap().opinion(3, "7"), Some(&Opinion::Class("1".into())));
        assert!(c.review(&other).unwrap().is_empty());
        let size = a.review_size(&first);
        b.remark(&second, &remark(Opinion::AsGiven)).unwrap();
        assert!(a.review(&first).unwrap().is_empty() && a.review_size(&first) > size);
        assert_eq!(root.list().unwrap().len(), 3, "it is no run");
    }

    #[test]
    fn a_torn_line_costs_one_remark() {
        let folder = tempfile::tempdir().unwrap();
        let experiment = Experiment { name: "a".into(), ..Experiment::default() };
        let run = Root::new(folder.path()).create(&experiment, 1.0).unwrap();
        let remark = |example| Remark { time: 2.0, example, given: "7".into(), opinion: Opinion::Ambiguous };
        run.remark(&experiment, &remark(1)).unwrap();
        let file = path(&run, &experiment);
        let mut bytes = fs::read(&file).unwrap();
        bytes.extend_from_slice(b"{\"time\":3.0,\"exam");
        fs::write(&file, bytes).unwrap();
        run.remark(&experiment, &remark(2)).unwrap();
        let review = run.review(&experiment).unwrap();
        assert!(review.opinion(1, "7").is_some() && review.opinion(2, "7").is_some());
    }
}
