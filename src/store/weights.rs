//! The weights that a network begins with (`model.start_from`): those of a run beside this one, or of a safetensors file.

use std::path::Path;

use super::run_dir::MAX_CHECKPOINT;
use super::{Checkpoint, Root, RunDir, StoreError, files};
use crate::domain::experiment::paths::plain;
use crate::domain::experiment::{Experiment, Model};
use crate::domain::run::{RunId, Status};

/// Whether `model.start_from` names a file; else it names a run.
pub(super) fn is_file(start_from: &str) -> bool {
    start_from.contains(['/', '\\']) || start_from.ends_with(".safetensors")
}

/// What `model.start_from` means once and for all: `latest` or the beginning of an id becomes the id; a path stays.
pub(super) fn settled(start_from: &str, root: &Root) -> Result<String, StoreError> {
    if is_file(start_from) { Ok(start_from.to_owned()) } else { Ok(root.find(start_from)?.id().0.clone()) }
}

impl RunDir {
    /// The weights that `start_from` names, as safetensors: of a run in the same directory its best ones, or its last if
    /// none are known to be best. A path is relative to this run's directory.
    ///
    /// # Errors
    /// There is no such run or file, it has no checkpoint, or it cannot be read.
    pub fn weights_of(&self, start_from: &str) -> Result<Vec<u8>, StoreError> {
        read(self.path(), start_from)
    }
}

/// Runs that are asked whether they have weights to give.
const ASKED: usize = 40;

impl RunDir {
    /// A finished run beside this one whose weights an experiment like this could begin with: a network of the same layers
    /// that learned from more examples of another source. Of several names the latest run each is asked, of these the one with
    /// the most examples is taken.
    pub fn donor(&self, experiment: &Experiment, examples: u64) -> Option<RunId> {
        let runs = self.path().join("..");
        let root = Root::new(runs.join(".."));
        let own = layers(experiment);
        let latest = root.latest_of_each_name().unwrap_or_default();
        let candidates = latest.into_iter().filter(|id| id != self.id()).take(ASKED);
        candidates
            .filter_map(|id| {
                let run = root.run(&id).ok()?;
                let summary = run.summary().ok().filter(|summary| summary.status == Status::Finished)?;
                let other = run.experiment().ok()?;
                let learned_from = summary.train?.of;
                let fits = layers(&other) == own && shares_no_source(&other, experiment) && learned_from > examples;
                (fits && run.checkpoint_path(Checkpoint::Last).is_file()).then_some((learned_from, id))
            })
            .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(&a.1)))
            .map(|(_, id)| id)
    }
}

/// Whether two experiments draw from different sources: weights that have seen this one's dev examples would remember them.
fn shares_no_source(a: &Experiment, b: &Experiment) -> bool {
    let sources = |experiment: &Experiment| {
        let data = &experiment.data;
        let all = std::iter::once(&data.source).chain(data.target.as_ref().map(|target| &target.source));
        let named = all.map(|source| {
            let variant = source.variant.as_deref().or(source.kind.variants().first().copied());
            (source.kind, source.path.clone(), variant.map(str::to_owned))
        });
        named.collect::<Vec<_>>()
    };
    let (a, b) = (sources(a), sources(b));
    a.iter().all(|source| !b.contains(source))
}

/// What weights have to agree in to be of use to another network.
fn layers(experiment: &Experiment) -> Model {
    Model { start_from: None, freeze: 0, dropout: 0.0, ..experiment.model.clone() }
}

impl Root {
    /// [`RunDir::weights_of`] for an experiment that has no run yet: paths are relative to where it would lie.
    ///
    /// # Errors
    /// As there; and `start_from` names no run, or several.
    pub fn weights_of(&self, start_from: &str) -> Result<Vec<u8>, StoreError> {
        read(&self.runs().join("new"), &settled(start_from, self)?)
    }
}

fn read(directory: &Path, start_from: &str) -> Result<Vec<u8>, StoreError> {
    if is_file(start_from) {
        return files::read(&plain(&directory.join(start_from)), MAX_CHECKPOINT);
    }
    let runs = directory.parent().filter(|parent| !parent.as_os_str().is_empty());
    let runs = runs.map_or_else(|| directory.join(".."), Path::to_path_buf);
    let other = RunDir::at(runs.join(start_from), RunId(start_from.to_owned()));
    if !Root::is_id(start_from) || !other.path().is_dir() {
        return Err(StoreError::Unknown { what: start_from.to_owned(), runs, near: None });
    }
    match other.checkpoint(Checkpoint::Best)? {
        Some(bytes) => Ok(bytes),
        None => other.checkpoint(Checkpoint::Last)?.ok_or(StoreError::NoWeights { id: start_from.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::experiment::Experiment;
    use crate::store::RunWriter;

    #[test]
    fn weights_come_from_the_best_checkpoint_of_a_run_or_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        let named = |name: &str, from: Option<&str>| {
            let mut experiment = Experiment { name: name.to_owned(), ..Experiment::default() };
            experiment.model.start_from = from.map(str::to_owned);
            experiment
        };
        let first = root.create(&named("first", None), 1.0).unwrap();
        let second = root.create(&named("second", Some("fir")), 2.0).unwrap();
        assert_eq!(second.experiment().unwrap().model.start_from.as_deref(), Some("first-1"));
        let nothing = second.weights_of("first-1").unwrap_err().to_string();
        assert!(nothing.contains("first-1") && nothing.contains("no checkpoint"), "{nothing}");
        let mut writer = RunWriter::open(&first, 3.0).unwrap();
        writer.checkpoint(Checkpoint::Last, b"last").unwrap();
        assert_eq!(second.weights_of("first-1").unwrap(), b"last");
        writer.checkpoint(Checkpoint::Best, b"best").unwrap();
        assert_eq!(second.weights_of("first-1").unwrap(), b"best");
        let path = "../first-1/checkpoints/last.safetensors";
        assert_eq!(second.weights_of(path).unwrap(), b"last");
        assert!(second.weights_of("../nowhere.safetensors").is_err());
        assert!(second.weights_of("..").is_err());
        assert_eq!(root.weights_of("first").unwrap(), b"best");
        assert_eq!(root.weights_of(path).unwrap(), b"last");
        let unknown = root.create(&named("third", Some("thrid")), 4.0).unwrap_err().to_string();
        assert!(unknown.contains("thrid"), "{unknown}");
        assert_eq!(root.list().unwrap().len(), 2);
    }
}
