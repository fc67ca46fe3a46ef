//! Following a run as it goes on: each call gives what is new since the last, and costs next to nothing when nothing
//! is.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::domain::elsewhere::Elsewhere;
use crate::domain::event::Record;
use crate::domain::points::Points;
use crate::domain::run::Summary;

use super::elsewhere::ElsewhereTail;
use super::events::EventTail;
use super::lines::LineTail;
use super::{RunDir, StoreError};

/// Bytes of scalars, and of log, that one call reads at most: whoever takes the points has begun with the first while the
/// next are read.
pub(super) const BUDGET: u64 = 1 << 20;
/// A directory that changed so recently may change again without its time telling: clocks of file systems tick slowly.
const FRESH: Duration = Duration::from_secs(2);

/// What is new.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct News {
    /// Lines of the log.
    pub records: Vec<Record>,
    /// The run was taken up again: values of this step and of later ones that came before do not count any more, and
    /// are to be dropped before [`Self::curves`] are taken.
    pub restart: Option<u64>,
    /// New values of each curve, in the order that the curves came.
    pub curves: Vec<Points>,
    /// The summary, if it changed.
    pub summary: Option<Summary>,
    /// Whether there is more to read now: the next call should not wait.
    pub more: bool,
    /// What is wrong with the files, in a sentence, when that was noticed in this call.
    pub damage: Option<String>,
}

impl News {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What tells one state of a file from another without reading it.
type Stamp = (u64, i64, i64, u64);

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::symlink_metadata(path).ok()?;
    Some((metadata.ino(), metadata.mtime(), metadata.mtime_nsec(), metadata.len()))
}

/// Who made a run.
#[derive(Debug)]
enum Origin {
    /// Nobody has looked yet.
    Unknown,
    /// This program.
    Here,
    /// Another one; how far its files have been read.
    Elsewhere(Box<ElsewhereTail>),
}

impl Origin {
    fn elsewhere(&self) -> Option<&ElsewhereTail> {
        match self {
            Self::Elsewhere(tail) => Some(tail),
            Self::Unknown | Self::Here => None,
        }
    }
}

/// Follows one run.
#[derive(Debug)]
pub struct Follower {
    run: RunDir,
    /// The directory itself, so that another one of the same name is not taken for it.
    identity: Option<(u64, u64)>,
    /// When the directory had last changed.
    listed: Option<Stamp>,
    summary_stamp: Option<Stamp>,
    summary: Option<Summary>,
    log: LineTail,
    events: EventTail,
    origin: Origin,
    damage: Option<String>,
}

impl Follower {
    /// Follows a run from its beginning.
    pub fn new(run: RunDir) -> Self {
        Self {
            run,
            identity: None,
            listed: None,
            summary_stamp: None,
            summary: None,
            log: LineTail::default(),
            events: EventTail::default(),
            origin: Origin::Unknown,
            damage: None,
        }
    }

    /// The run.
    pub fn run(&self) -> &RunDir {
        &self.run
    }

    /// What the curves of a run made elsewhere have told so far; `None` of a run made here.
    pub fn elsewhere(&self) -> Option<&Elsewhere> {
        self.origin.elsewhere().map(ElsewhereTail::told)
    }

    /// What is new since the last call. Never waits, and reads a bounded amount: see [`News::more`].
    ///
    /// # Errors
    /// The directory is gone or was replaced by another run's of the same name, or a file cannot be read.
    pub fn poll(&mut self) -> Result<News, StoreError> {
        let path = self.run.path().to_path_buf();
        let gone = || StoreError::Gone { path: path.clone() };
        let directory = fs::symlink_metadata(&path).map_err(|_| gone())?;
        let identity = (directory.dev(), directory.ino());
        if *self.identity.get_or_insert(identity) != identity {
            return Err(gone());
        }
        let listed = stamp(&path);
        let fresh = directory.modified().map_or(Duration::ZERO, |time| match SystemTime::now().duration_since(time) {
            Ok(ago) => ago,
            Err(ahead) => ahead.duration(),
        }) < FRESH;
        let new_files = fresh || listed != self.listed;

        let mut news = News::default();
        if matches!(self.origin, Origin::Unknown) {
            let tail = ElsewhereTail::of(&self.run)?;
            self.origin = tail.map_or(Origin::Here, |tail| Origin::Elsewhere(Box::new(tail)));
        }
        // The summary first: a worker writes it last, so that whatever it speaks of can be read after it.
        self.look_at_summary(&mut news);
        let more_log = self.log.poll(&self.run.log_path(), BUDGET, &mut news.records)?;
        let elsewhere = if let Origin::Elsewhere(tail) = &mut self.origin { Some(tail) } else { None };
        let batch = match elsewhere {
            // Files may come in directories below, which this one does not tell of.
            Some(tail) => tail.poll(&path, BUDGET, true)?,
            None => self.events.poll(&path, BUDGET, new_files)?,
        };
        news.more = more_log || batch.more;
        (news.restart, news.curves) = (batch.restart, batch.curves);
        if !batch.more {
            self.listed = listed;
        }
        let damage = match self.log.damaged() {
            0 => self.events.damage().map(str::to_owned),
            lines => Some(format!("{}: {lines} damaged lines are passed over", self.run.log_path().display())),
        };
        if damage != self.damage {
            self.damage.clone_from(&damage);
            news.damage = damage;
        }
        Ok(news)
    }

    fn look_at_summary(&mut self, news: &mut News) {
        let stamp = stamp(&self.run.summary_path());
        let unchanged = self.summary.is_some() && stamp == self.summary_stamp;
        // The file of a killed worker's run stays as it is: only the lock tells.
        let may_have_died =
            self.summary.as_ref().is_some_and(|summary| summary.status.is_live()) && !self.run.is_held();
        let elsewhere = self.origin.elsewhere();
        if unchanged && !may_have_died && elsewhere.is_none() {
            return;
        }
        // A summary that cannot be read just now is looked at again at the next call.
        let Ok(mut summary) = self.run.summary() else { return };
        if let Some(tail) = elsewhere {
            tail.tell(&mut summary);
        }
        self.summary_stamp = stamp;
        if self.summary.as_ref() != Some(&summary) {
            self.summary = Some(summary.clone());
            news.summary = Some(summary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::control::Command;
    use crate::domain::event::{Event, Fault, SetSizes, Started};
    use crate::domain::experiment::Experiment;
    use crate::domain::run::Status;
    use crate::store::{Checkpoint, Root, RunWriter};

    fn started(step: u64) -> Event {
        Event::Started(Started {
            step,
            steps: 100,
            pid: std::process::id(),
            host: "h".into(),
            version: "0".into(),
            classes: vec!["a".into(), "b".into()],
            class_sizes: Vec::new(),
            sets: SetSizes::default(),
            parameters: 1,
            layers: vec![],
        })
    }

    fn run() -> (tempfile::TempDir, RunDir) {
        let folder = tempfile::tempdir().unwrap();
        let experiment = Experiment { name: "a".into(), ..Experiment::default() };
        let run = Root::new(folder.path()).create(&experiment, 1.0).unwrap();
        (folder, run)
    }

    #[test]
    fn a_reader_sees_what_a_worker_does() {
        let (_folder, run) = run();
        let mut follower = Follower::new(run.clone());
        assert_eq!(follower.poll().unwrap().summary.unwrap().status, Status::Queued);
        assert!(follower.poll().unwrap().is_empty());

        let mut writer = RunWriter::open(&run, 2.0).unwrap();
        assert!(matches!(RunWriter::open(&run, 2.0), Err(StoreError::Held { .. })));
        writer.begin(0, 2.0).unwrap();
        writer.log(2.0, started(0)).unwrap();
        writer.write_summary(2.0).unwrap();
        let news = follower.poll().unwrap();
        assert_eq!((news.records.len(), news.summary.unwrap().status), (1, Status::Running));

        (1..=10).for_each(|step| writer.scalars(step, 2.0, &[("train/loss", step as f32)]).unwrap());
        assert!(follower.poll().unwrap().is_empty(), "not written yet");
        writer.flush().unwrap();
        let news = follower.poll().unwrap();
        assert_eq!(news.curves.len(), 1);
        let steps: Vec<u64> = news.curves[0].steps().iter().collect();
        assert_eq!(steps, (1..=10).collect::<Vec<_>>());
        assert!(follower.poll().unwrap().is_empty());

        let sent = run.send(Command::Pause, 3.0).unwrap();
        let commands = writer.commands().unwrap();
        assert_eq!((commands.len(), &commands[0].id, &commands[0].command), (1, &sent, &Command::Pause));
        writer.log(3.0, Event::Paused { step: 10, control: Some(sent.clone()) }).unwrap();
        writer.write_summary(3.0).unwrap();
        let news = follower.poll().unwrap();
        assert_eq!(news.records[0].event, Event::Paused { step: 10, control: Some(sent) });
        assert_eq!(news.summary.unwrap().status, Status::Paused);

        // The worker is killed: nothing in the files changes.
        drop(writer);
        assert_eq!(follower.poll().unwrap().summary.unwrap().status, Status::Interrupted);
        assert!(follower.poll().unwrap().is_empty());

        let mut writer = RunWriter::open(&run, 4.0).unwrap();
        writer.begin(7, 4.0).unwrap();
        writer.log(4.0, started(7)).unwrap();
        writer.scalars(8, 4.0, &[("train/loss", 0.5)]).unwrap();
        writer.log(5.0, Event::Finished { step: 8 }).unwrap();
        writer.write_summary(5.0).unwrap();
        let news = follower.poll().unwrap();
        assert_eq!((news.restart, news.curves[0].len(), news.records.len()), (Some(8), 1, 2));
        assert_eq!(news.summary.unwrap().status, Status::Finished);
        assert_eq!(run.curves().unwrap()["train/loss"].ys(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 0.5]);
    }

    #[test]
    fn another_run_of_the_same_name_is_not_taken_for_it() {
        let (folder, run) = run();
        let mut follower = Follower::new(run.clone());
        follower.poll().unwrap();
        fs::rename(run.path(), folder.path().join("away")).unwrap();
        assert!(matches!(follower.poll(), Err(StoreError::Gone { .. })));
        Root::new(folder.path()).create(&Experiment { name: "a".into(), ..Experiment::default() }, 1.0).unwrap();
        assert!(matches!(follower.poll(), Err(StoreError::Gone { .. })));
    }

    #[test]
    fn a_deleted_directory_is_noticed_by_its_worker() {
        let (_folder, run) = run();
        let mut writer = RunWriter::open(&run, 2.0).unwrap();
        writer.begin(0, 2.0).unwrap();
        writer.flush().unwrap();
        fs::remove_dir_all(run.path()).unwrap();
        assert!(matches!(writer.write_summary(2.0), Err(StoreError::Gone { .. })));
        assert!(writer.checkpoint(Checkpoint::Last, b"x").is_err());
    }

    #[test]
    fn a_damaged_summary_is_made_up_for_from_the_log() {
        let (_folder, run) = run();
        let mut writer = RunWriter::open(&run, 2.0).unwrap();
        writer.log(2.0, started(3)).unwrap();
        writer.log(3.0, Event::Failed { step: 9, message: "why".into(), fault: Fault::Run }).unwrap();
        drop(writer);
        for text in ["", "{", "[1]", "{\"id\": 3}"] {
            fs::write(run.summary_path(), text).unwrap();
            let summary = run.summary().unwrap();
            assert_eq!((summary.status, summary.step, summary.steps), (Status::Failed, 9, 100));
            assert_eq!((summary.error.as_deref(), &summary.id, summary.name.as_str()), (Some("why"), run.id(), "a"));
        }
    }
}
