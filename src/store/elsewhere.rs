//! Runs made elsewhere, found by their event files: a directory that holds some and was not made by this program.
//!
//! Keras and TensorFlow's estimators write one run into several directories, `train` beside `validation`: where the
//! directories of a directory are called like sets, they are one run, and its tags begin with their names. A `rungs.toml`
//! in the run's directory or in one above it says which tags are what: see [`Mapping`].

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::domain::elsewhere::{Elsewhere, Mapping};
use crate::domain::points::Points;
use crate::domain::report::{Parts, Report, assemble};
use crate::domain::run::{RunId, Status, Summary};

use super::events::{Batch, EventTail, seconds_of};
use super::follower::BUDGET;
use super::{RunDir, StoreError, files};

/// Where nothing has been written for so long, nothing is being trained any more.
const QUIET: Duration = Duration::from_mins(2);
/// Directories below one another that are searched.
const DEPTH: usize = 6;
/// Longer files are no mappings.
const MAX_MAPPING: u64 = 1 << 20;
/// Directories of one run that are called so.
const SETS: [&str; 8] = ["train", "train_dev", "validation", "val", "valid", "dev", "eval", "test"];
/// The loss that convergence is judged by.
const TRAIN_LOSS: &str = "train/loss";
/// The name of a mapping.
const MAPPING: &str = "rungs.toml";

/// The directories that make one run of a directory: itself (with no name), and those in it that are called like sets.
fn parts(directory: &Path) -> Vec<(String, PathBuf)> {
    let mut parts = Vec::new();
    if has_events(directory) {
        parts.push((String::new(), directory.to_path_buf()));
    }
    for name in SETS {
        let path = directory.join(name);
        let is_directory = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir());
        if is_directory && has_events(&path) {
            parts.push((format!("{name}/"), path));
        }
    }
    parts
}

/// Whether a directory holds event files.
fn has_events(directory: &Path) -> bool {
    let Ok(entries) = fs::read_dir(directory) else { return false };
    entries.flatten().any(|entry| entry.file_name().to_str().is_some_and(|name| seconds_of(name).is_some()))
}

/// The runs made elsewhere in a directory and below it, by their path from `base`, which begins with `id`.
pub(super) fn below(directory: &Path, id: &str) -> Vec<RunDir> {
    let mut found = Vec::new();
    search(directory, id, DEPTH, &mut found);
    found
}

fn search(directory: &Path, id: &str, depth: usize, found: &mut Vec<RunDir>) {
    let parts = parts(directory);
    if !parts.is_empty() {
        found.push(RunDir::at(directory.to_path_buf(), RunId(id.to_owned())));
    }
    let Some(depth) = depth.checked_sub(1) else { return };
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let is_part = parts.iter().any(|(_, path)| *path == entry.path());
        if !is_part && super::Root::is_id(&name) {
            let id = if id.is_empty() { name } else { format!("{id}/{name}") };
            search(&entry.path(), &id, depth, found);
        }
    }
}

impl RunDir {
    /// Whether another program made it: it has event files, and no experiment.
    pub fn is_elsewhere(&self) -> bool {
        fs::symlink_metadata(self.experiment_path()).is_err() && !parts(self.path()).is_empty()
    }

    /// Everything that the event files and the log of a run made elsewhere tell.
    pub(super) fn report_elsewhere(&self, mut summary: Summary) -> Result<Report, StoreError> {
        let gone = || StoreError::Gone { path: self.path().to_path_buf() };
        let mut tail = ElsewhereTail::of(self)?.ok_or_else(gone)?;
        let (mut steps, mut losses) = (Vec::new(), Vec::new());
        loop {
            let batch = tail.poll(self.path(), BUDGET, true)?;
            if let Some(step) = batch.restart {
                let keep = steps.partition_point(|other| *other < step);
                steps.truncate(keep);
                losses.truncate(keep);
            }
            let losses_read = batch.curves.iter().filter(|curve| &*curve.tag == TRAIN_LOSS);
            for (step, _, value) in losses_read.flat_map(Points::iter) {
                steps.push(step);
                losses.push(value);
            }
            if !batch.more {
                break;
            }
        }
        tail.tell(&mut summary);
        Ok(assemble(Parts::elsewhere(summary, &self.records()?, &losses, tail.told())))
    }

    /// What the times of its files tell of a run made elsewhere; its figures are in its curves.
    pub(super) fn summary_elsewhere(&self) -> Option<Summary> {
        let mut times: Vec<SystemTime> = Vec::new();
        let mut created = f64::INFINITY;
        for (_, directory) in parts(self.path()) {
            for entry in fs::read_dir(directory).ok()?.flatten() {
                let name = entry.file_name();
                let Some(made) = name.to_str().and_then(seconds_of) else { continue };
                created = created.min(made as f64);
                times.extend(entry.metadata().and_then(|metadata| metadata.modified()).ok());
            }
        }
        let last = times.into_iter().max()?;
        let mut summary = Summary::new(self.id().clone(), self.id().0.clone(), None, 0, created.min(seconds(last)));
        summary.status = if is_fresh(last, SystemTime::now()) { Status::Running } else { Status::Finished };
        (summary.updated, summary.elsewhere) = (seconds(last), true);
        Some(summary)
    }

    /// The mapping that holds for it: the nearest above it, up to the directory that holds `runs/`.
    ///
    /// # Errors
    /// There is one, and it says something wrong.
    fn mapping(&self) -> Result<Mapping, StoreError> {
        for directory in self.path().ancestors().take(DEPTH + 2) {
            let path = directory.join(MAPPING);
            let text = match files::read(&path, MAX_MAPPING) {
                Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Err(error) if error.is_missing() => continue,
                Err(error) => return Err(error),
            };
            return Mapping::parse(&text).map_err(|problem| StoreError::damaged(&path, problem));
        }
        Ok(Mapping::default())
    }
}

/// Whether a file that was written `last` may still be written. A time that is ahead tells as little as one long past: the
/// clock was set back since.
fn is_fresh(last: SystemTime, now: SystemTime) -> bool {
    let apart = now.duration_since(last).unwrap_or_else(|ahead| ahead.duration());
    apart < QUIET
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// How far the event files of a run made elsewhere have been read, and what they told.
#[derive(Debug)]
pub(super) struct ElsewhereTail {
    /// Their names as tags begin with them, and how far each has been read.
    parts: Vec<(String, PathBuf, EventTail)>,
    told: Elsewhere,
    /// The last step, for the summary.
    step: u64,
}

impl ElsewhereTail {
    /// A run of which nothing has been read yet; `None` where it was made here.
    ///
    /// # Errors
    /// Its mapping says something wrong.
    pub(super) fn of(run: &RunDir) -> Result<Option<Self>, StoreError> {
        if !run.is_elsewhere() {
            return Ok(None);
        }
        Ok(Some(Self { parts: Vec::new(), told: Elsewhere::new(run.mapping()?), step: 0 }))
    }

    /// What the curves told so far.
    pub(super) fn told(&self) -> &Elsewhere {
        &self.told
    }

    /// Reads what was added, up to about `budget` bytes: each value under its own tag where it is not drawn as something of
    /// this program's, and under ours where it is.
    ///
    /// # Errors
    /// A directory or a file in it cannot be read.
    pub(super) fn poll(&mut self, run: &Path, budget: u64, new_files: bool) -> Result<Batch, StoreError> {
        for (name, directory) in if new_files || self.parts.is_empty() { parts(run) } else { Vec::new() } {
            if self.parts.iter().all(|(_, other, _)| *other != directory) {
                self.parts.push((name, directory, EventTail::default()));
            }
        }
        let (mut all, mut read) = (Batch::default(), Vec::new());
        for (name, directory, tail) in &mut self.parts {
            let batch = tail.poll(directory, budget, new_files)?;
            // One set that begins anew does not take away what the others have.
            if let Some(step) = batch.restart.filter(|_| name.is_empty()) {
                self.told.restart(step);
                all.restart = Some(step);
            }
            all.more |= batch.more;
            let named = |tag: Arc<str>| if name.is_empty() { tag } else { format!("{name}{tag}").into() };
            read.extend(batch.curves.into_iter().map(|mut curve| {
                curve.tag = named(curve.tag);
                curve
            }));
        }
        for curve in read {
            self.take(&curve, &mut all);
        }
        Ok(all)
    }

    /// Takes the points of one curve: under its own tag where they are not drawn as something of this program's, and under
    /// ours where they are.
    fn take(&mut self, points: &Points, all: &mut Batch) {
        let mut ours: Option<Points> = None;
        let mut theirs = Points::new(points.tag.clone());
        for (step, time, value) in points.iter() {
            self.step = self.step.max(step);
            let read = self.told.take(&points.tag, step, value);
            if let Some((tag, value)) = read {
                ours.get_or_insert_with(|| Points::new(tag)).push((step, time, value));
            }
            if read.is_none_or(|(_, read)| read.to_bits() != value.to_bits()) {
                theirs.push((step, time, value));
            }
        }
        all.curves.extend(ours);
        if !theirs.is_empty() {
            all.curves.push(theirs);
        }
    }

    /// Adds the last figures to a summary.
    pub(super) fn tell(&self, summary: &mut Summary) {
        let ladder = self.told.ladder();
        summary.step = self.step;
        summary.train = ladder.train.and_then(|rung| rung.counts);
        summary.train_dev = ladder.train_dev.and_then(|rung| rung.counts);
        summary.dev = ladder.dev.and_then(|rung| rung.counts);
        summary.test = ladder.test.and_then(|rung| rung.counts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::experiment::Experiment;
    use crate::domain::ladder::Counts;
    use crate::store::events::EventWriter;
    use crate::store::{Follower, News, Root};

    /// Writes an event file as another program might: an epoch of ten steps, so many times.
    fn write(directory: &Path, epochs: u64, loss: &str, error: Option<&str>) {
        fs::create_dir_all(directory).unwrap();
        let mut writer = EventWriter::begin(directory, 1_700_000_000.0, 0).unwrap();
        for step in 1..=10 * epochs {
            let mut values = vec![(loss, 1.0 / step as f32)];
            values.extend(error.filter(|_| step % 10 == 0).map(|tag| (tag, 0.5 + step as f32 / 1000.0)));
            writer.scalars(step, 1_700_000_000.0 + step as f64, &values);
        }
        writer.flush().unwrap();
    }

    #[test]
    fn a_run_whose_files_are_of_tomorrow_is_not_taken_for_one_that_trains() {
        let (now, day) = (SystemTime::now(), Duration::from_hours(24));
        for (last, fresh) in
            [(now, true), (now - QUIET, false), (now + QUIET / 2, true), (now + day, false), (now - day, false)]
        {
            assert_eq!(is_fresh(last, now), fresh, "{:?}", seconds(last) - seconds(now));
        }
    }

    fn ids(root: &Root) -> Vec<String> {
        let mut ids: Vec<String> = root.list().unwrap().into_iter().map(|summary| summary.id.0).collect();
        ids.sort();
        ids
    }

    #[test]
    fn runs_are_found_however_deep_and_sets_make_one() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path();
        write(&logs.join("lightning_logs/version_0"), 2, "train_loss", Some("val_acc"));
        write(&logs.join("keras/train"), 2, "epoch_loss", Some("epoch_accuracy"));
        write(&logs.join("keras/validation"), 2, "epoch_loss", Some("epoch_accuracy"));
        fs::create_dir(logs.join("empty")).unwrap();
        let root = Root::watching(logs);
        assert_eq!(ids(&root), ["keras", "lightning_logs/version_0"]);
        let summary = root.list().unwrap().remove(0);
        assert!(summary.elsewhere && summary.status == Status::Running && summary.created == 1_700_000_000.0);
        for (what, id) in [("keras", "keras"), ("light", "lightning_logs/version_0")] {
            assert_eq!(root.find(what).unwrap().id().0, id);
        }
        assert!(root.find("../keras").is_err() && root.find("lightning_logs/../keras").is_err());
        let curves = root.find("keras").unwrap().curves().unwrap();
        assert_eq!(curves["train/loss"].len(), 20);
        assert_eq!(curves["eval/dev_error"].ys(), [0.51f32, 0.52].map(|share| (1.0 - f64::from(share)) as f32));
        assert_eq!(curves["validation/epoch_accuracy"].ys(), [0.51, 0.52], "accuracies are kept as they are, too");
    }

    #[test]
    fn a_directory_may_be_a_run_itself() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("mine");
        write(&logs, 1, "loss", None);
        write(&logs.join("deeper"), 1, "loss", None);
        let root = Root::watching(&logs);
        assert_eq!(ids(&root), ["deeper", "mine"]);
        assert_eq!(root.find("mine").unwrap().curves().unwrap()["train/loss"].len(), 10);
    }

    #[test]
    fn they_stand_beside_runs_of_our_own_and_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        root.create(&Experiment { name: "a".into(), ..Experiment::default() }, 1.0).unwrap();
        write(&root.runs().join("Nov25_12-00-00_host"), 3, "Loss/train", Some("Accuracy/val"));
        assert_eq!(ids(&root), ["Nov25_12-00-00_host", "a-1"]);
        let run = root.find("Nov25").unwrap();
        assert!(matches!(run.experiment(), Err(StoreError::Elsewhere { .. })));
        assert!(matches!(root.delete(run.id(), 2.0), Err(StoreError::Elsewhere { .. })));
        let report = run.report().unwrap();
        assert_eq!((report.ladder.dev.unwrap().counts, report.evaluations.len()), (None, 0));
        assert!((report.ladder.dev.unwrap().rate - 0.47).abs() < 1e-6);
        fs::write(folder.path().join(MAPPING), "[examples]\ndev = 1000").unwrap();
        let report = run.report().unwrap();
        assert_eq!(report.ladder.dev.unwrap().counts, Some(Counts { errors: 470, of: 1000 }));
        assert_eq!(report.evaluations.len(), 3, "with sizes there is a ladder for each evaluation");
        fs::write(folder.path().join(MAPPING), "[example]\ndev = 1000").unwrap();
        let error = run.report().unwrap_err().to_string();
        assert!(error.contains("rungs.toml") && error.contains("example"), "{error}");
    }

    #[test]
    fn they_are_followed_as_they_grow() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("keras");
        write(&logs.join("train"), 1, "epoch_loss", Some("epoch_accuracy"));
        let mut follower = Follower::new(Root::watching(folder.path()).find("keras").unwrap());
        let news = follower.poll().unwrap();
        let points = |news: &News| news.curves.iter().map(Points::len).sum::<usize>();
        assert_eq!(points(&news), 12, "ten losses, an accuracy and its error");
        assert!(news.summary.unwrap().elsewhere && follower.elsewhere().unwrap().ladder().dev.is_none());
        assert!(follower.poll().unwrap().curves.is_empty());
        // The validation set's directory comes with the end of the first epoch.
        write(&logs.join("validation"), 1, "epoch_loss", Some("epoch_accuracy"));
        assert_eq!(points(&follower.poll().unwrap()), 12);
        assert!((follower.elsewhere().unwrap().ladder().dev.unwrap().rate - 0.49).abs() < 1e-6);
    }
}
