//! What people found in examples: `runs/.labels/KEY.jsonl`, one file for all runs on the same data
//! ([`crate::domain::review::key`]), beside the data and never in them. It only grows; a line is a note.

use std::fs;
use std::path::{Path, PathBuf};

use crate::domain::experiment::Experiment;
use crate::domain::mistakes::given;
use crate::domain::review::key::key;
use crate::domain::review::tally::{Answers, Reviewed, Tally, label_signs};
use crate::domain::review::{Note, Review};

use super::lines::{LineTail, LineWriter};
use super::{Root, RunDir, StoreError};

/// The notes on the examples of some data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewFile {
    path: PathBuf,
}

impl ReviewFile {
    fn beside(runs: &Path, experiment: &Experiment) -> Self {
        // No run has a name that begins with a point.
        Self { path: runs.join(".labels").join(format!("{}.jsonl", key(experiment))) }
    }

    /// Where it is, or would be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes that it has; 0 where it is not there. It only grows, so more bytes are news.
    pub fn size(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    /// All notes, the oldest first. Lines that cannot be read are left out.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn notes(&self) -> Result<Vec<Note>, StoreError> {
        let mut notes = Vec::new();
        LineTail::default().poll(&self.path, u64::MAX, &mut notes)?;
        Ok(notes)
    }

    /// Adds notes.
    ///
    /// # Errors
    /// It cannot be written to.
    pub fn append(&self, notes: &[Note]) -> Result<(), StoreError> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(StoreError::io(folder, "be made"))?;
        }
        let mut writer = LineWriter::open(&self.path)?;
        notes.iter().try_for_each(|note| writer.append(note))
    }
}

impl Root {
    /// The notes on the data of an experiment.
    pub fn review(&self, experiment: &Experiment) -> ReviewFile {
        ReviewFile::beside(&self.runs(), experiment)
    }
}

impl RunDir {
    /// The notes on the data of this run's experiment.
    pub fn review(&self, experiment: &Experiment) -> ReviewFile {
        ReviewFile::beside(&self.path().join(".."), experiment)
    }

    /// What people found, as it bears on this run; `None` where nobody looked.
    ///
    /// # Errors
    /// The notes or the predictions are there and cannot be read.
    pub fn reviewed(&self, experiment: &Experiment) -> Result<Option<Reviewed>, StoreError> {
        let file = self.review(experiment);
        if file.size() == 0 {
            return Ok(None);
        }
        let review = Review::of(&file.notes()?);
        let human = Some(review.human()).filter(|human| human.of > 0);
        let Some(predictions) = self.predictions()? else {
            return Ok(Some(Reviewed { human, ..Reviewed::default() }));
        };
        let classes = &predictions.classes;
        let predicted = given(&predictions.probabilities, classes.len());
        let dev = Answers { examples: predictions.examples, labels: predictions.labels, predicted };
        let test = predictions.test.map(|test| {
            let answers = Answers { examples: test.examples, labels: test.labels, predicted: test.predicted };
            Tally::of(&review, classes, &answers)
        });
        Ok(Some(Reviewed {
            step: predictions.step,
            labels: Some(label_signs(&review, classes, &dev, &predictions.probabilities)),
            dev: Some(Tally::of(&review, classes, &dev)),
            test,
            human,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::review::Entry;
    use std::io::Write;

    fn note(example: u32) -> Note {
        Note { time: 1.0, entry: Entry::Ambiguous { example, was: "a".into(), is: true } }
    }

    #[test]
    fn notes_are_shared_by_runs_on_the_same_data_and_damage_costs_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        let mut experiment = Experiment::default();
        let run = root.create(&experiment, 1.0).unwrap();
        assert_eq!(run.reviewed(&experiment).unwrap(), None);
        let file = root.review(&experiment);
        assert_eq!((file.size(), file.notes().unwrap()), (0, vec![]));
        file.append(&[note(1)]).unwrap();
        fs::OpenOptions::new().append(true).open(file.path()).unwrap().write_all(b"{\"time\":").unwrap();
        file.append(&[note(2)]).unwrap();
        experiment.train.epochs = 3;
        let other = root.create(&experiment, 2.0).unwrap();
        assert_eq!(other.review(&other.experiment().unwrap()).notes().unwrap(), [note(1), note(2)]);
        assert_eq!(other.reviewed(&experiment).unwrap().unwrap(), Reviewed::default());
        experiment.seed = 9;
        assert_eq!(root.review(&experiment).size(), 0);
        assert_eq!(root.list().unwrap().len(), 2, "the notes are no run");
    }
}
