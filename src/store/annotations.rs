//! What people say of runs: `runs/.annotations.jsonl`, one file for all runs of a directory, so that a list of ten thousand
//! reads one file and not as many.

use std::fs;
use std::path::PathBuf;

use crate::domain::annotation::{Annotations, Remark};

use super::lines::{LineTail, LineWriter};
use super::{Root, StoreError};

/// The file of remarks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnotationsFile {
    path: PathBuf,
}

impl AnnotationsFile {
    /// Bytes that it has; 0 where it is not there. It only grows, so more bytes are news.
    pub fn size(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    /// What is said of each run. Lines that cannot be read are left out.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn read(&self) -> Result<Annotations, StoreError> {
        let mut remarks: Vec<Remark> = Vec::new();
        LineTail::default().poll(&self.path, u64::MAX, &mut remarks)?;
        Ok(Annotations::new(remarks))
    }

    /// Adds remarks.
    ///
    /// # Errors
    /// The file cannot be written to.
    pub fn append(&self, remarks: &[Remark]) -> Result<(), StoreError> {
        let mut writer = LineWriter::open(&self.path)?;
        remarks.iter().try_for_each(|remark| writer.append(remark))
    }
}

impl Root {
    /// What people say of its runs.
    pub fn annotations(&self) -> AnnotationsFile {
        // No run has a name that begins with a point.
        AnnotationsFile { path: self.runs().join(".annotations.jsonl") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::annotation::Word;
    use crate::domain::experiment::Experiment;

    #[test]
    fn remarks_outlive_a_torn_line() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        assert_eq!(root.annotations().read().unwrap(), Annotations::default());
        let run = root.create(&Experiment { name: "a".into(), ..Experiment::default() }, 1.25).unwrap();
        let summary = run.summary().unwrap();
        let remark = |word: Word| Remark { time: 2.0, run: run.id().clone(), created: summary.created, word };
        root.annotations().append(&[remark(Word::Tag("x".into())), remark(Word::Note("n".into()))]).unwrap();
        let path = root.runs().join(".annotations.jsonl");
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 3]).unwrap();
        root.annotations().append(&[remark(Word::Pin(true))]).unwrap();
        let annotations = root.annotations().read().unwrap();
        let annotation = annotations.of(&summary).unwrap();
        assert!(annotation.tags.contains("x") && annotation.pinned && annotation.note.is_empty());
    }
}
