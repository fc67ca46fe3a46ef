//! The summaries of all runs in one file, so that a list of thousands of runs does not open thousands of files.
//!
//! `runs/.cache/summaries` holds copies of the runs' `summary.json`, each with what tells one state of that file from
//! another without opening it. A copy counts only while its file is still as it was; whatever is missing, stale or damaged
//! here is read from its own file, so nothing is ever believed that the files do not say. Whoever lists the runs and had to
//! open many writes it anew; where that cannot be done, as in a directory that may not be written to, it is gone without.
//!
//! It is framed as event files are, each copy with a checksum of its own: one that is damaged is passed over.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prost::Message;
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Mode, OFlags};

use super::RunDir;
use super::events::framing::{self, Frame};
use super::files::{self, Appender};
use crate::domain::run::Summary;

/// The first record; another version begins otherwise.
const MAGIC: &[u8] = b"rungs summaries 1";
/// Fewer runs are opened sooner than anybody looks.
pub(super) const FEWEST: usize = 200;
/// So many files that had to be opened are worth writing it anew.
const WORTH_WRITING: usize = 64;
/// Far more than a hundred thousand runs take.
const MOST_BYTES: u64 = 256 << 20;
/// A file that changed so recently may change again without its time telling.
const FRESH: Duration = Duration::from_secs(2);
/// What a writer that was killed left behind goes after this.
const LEFT_BEHIND: Duration = Duration::from_mins(1);

/// What tells one state of a file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: u64,
    seconds: i64,
    nanoseconds: i64,
    bytes: u64,
}

impl Stamp {
    /// Of the summary of the run with this id in an opened directory; `None` where there is none.
    pub(super) fn of(runs: &OwnedFd, id: &str) -> Option<Self> {
        let stat = rustix::fs::statat(runs, format!("{id}/summary.json"), AtFlags::SYMLINK_NOFOLLOW).ok()?;
        Some(Self {
            inode: stat.st_ino,
            seconds: stat.st_mtime,
            nanoseconds: stat.st_mtime_nsec as i64,
            bytes: stat.st_size as u64,
        })
    }

    /// Whether it will tell if the file changes from now on.
    fn is_settled(self, now: SystemTime) -> bool {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(self.seconds).is_ok_and(|seconds| Duration::from_secs(seconds) + FRESH < now)
    }
}

/// A copy of a run's summary.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Copy {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(fixed64, tag = "2")]
    inode: u64,
    #[prost(sfixed64, tag = "3")]
    seconds: i64,
    #[prost(int64, tag = "4")]
    nanoseconds: i64,
    /// The bytes of the file, as they are.
    #[prost(bytes = "vec", tag = "5")]
    summary: Vec<u8>,
}

impl Copy {
    /// A copy that may be kept; `None` of one that may change before its stamp tells, and of a run that trains.
    pub(super) fn new(id: &str, stamp: Stamp, bytes: Vec<u8>, summary: &Summary) -> Option<Self> {
        let keeps = stamp.is_settled(SystemTime::now())
            && stamp.bytes == bytes.len() as u64
            && !summary.status.is_live()
            && !summary.elsewhere;
        let Stamp { inode, seconds, nanoseconds, .. } = stamp;
        keeps.then(|| Self { id: id.to_owned(), inode, seconds, nanoseconds, summary: bytes })
    }

    fn stamp(&self) -> Stamp {
        let Self { inode, seconds, nanoseconds, .. } = *self;
        Stamp { inode, seconds, nanoseconds, bytes: self.summary.len() as u64 }
    }

    /// The summary, if the file is still as it was.
    pub(super) fn summary(&self, stamp: Stamp) -> Option<Summary> {
        if stamp != self.stamp() {
            return None;
        }
        // A live one is never kept, and one that says so would need its lock looked at.
        serde_json::from_slice(&self.summary).ok().filter(|summary: &Summary| !summary.status.is_live())
    }
}

/// What came of looking at a run.
#[derive(Debug)]
pub(super) enum Look {
    /// The copy of its summary is good.
    Good(Summary),
    /// Its file had to be read; a copy of it, where one may be kept.
    Read(Summary, Option<Copy>),
    /// It has no summary that can be read as it is.
    Otherwise,
}

/// The index of a directory of runs.
#[derive(Debug)]
pub(super) struct Index {
    path: PathBuf,
    runs: OwnedFd,
    copies: HashMap<String, Copy>,
}

impl Index {
    /// The index of the runs in `runs`, whose file is in `cache`; `None` where that directory cannot be opened.
    pub(super) fn open(runs: &Path, cache: &Path) -> Option<Self> {
        let path = cache.join("summaries");
        let runs = rustix::fs::open(runs, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).ok()?;
        let copies = files::read(&path, MOST_BYTES).ok().and_then(|bytes| parse(&bytes)).unwrap_or_default();
        Some(Self { path, runs, copies })
    }

    /// Looks at a run.
    pub(super) fn look(&self, run: &RunDir) -> Look {
        let id = run.id();
        let Some(stamp) = Stamp::of(&self.runs, &id.0) else { return Look::Otherwise };
        if let Some(summary) = self.copies.get(&id.0).and_then(|copy| copy.summary(stamp)) {
            return Look::Good(Summary { id: id.clone(), ..summary });
        }
        let Ok((bytes, summary)) = run.own_summary() else { return Look::Otherwise };
        if summary.status.is_live() {
            return Look::Otherwise;
        }
        let copy = Copy::new(&id.0, stamp, bytes, &summary);
        Look::Read(summary, copy)
    }

    /// Writes it anew where that is worth it: the copies of these runs, which were good, and those that had to be made.
    /// Trouble is no matter: then the files are opened again next time.
    pub(super) fn renew(mut self, good: &[&str], made: &[Copy]) {
        let gone = self.copies.len().saturating_sub(good.len());
        if made.len() < WORTH_WRITING && gone <= good.len() / 2 + WORTH_WRITING {
            return;
        }
        let good: HashSet<&str> = good.iter().copied().collect();
        self.copies.retain(|id, _| good.contains(id.as_str()));
        let mut bytes = Vec::new();
        framing::append(&mut bytes, |out| out.extend(MAGIC));
        for copy in self.copies.values().chain(made) {
            framing::append(&mut bytes, |out| copy.encode_raw(out));
        }
        // Where it cannot be written, nothing is lost.
        let _ = write(&self.path, bytes);
    }
}

/// The copies in the bytes of an index; `None` where it is none of this version.
fn parse(bytes: &[u8]) -> Option<HashMap<String, Copy>> {
    let Frame::Whole(MAGIC) = framing::split(bytes) else { return None };
    let mut rest = &bytes[MAGIC.len() + framing::AROUND..];
    let mut copies = HashMap::new();
    loop {
        let total = match framing::split(rest) {
            Frame::Whole(payload) => {
                copies.extend(Copy::decode(payload).ok().map(|copy| (copy.id.clone(), copy)));
                payload.len() + framing::AROUND
            }
            Frame::Damaged(total) => total as usize,
            Frame::Cut(_) | Frame::Short | Frame::Lost => return Some(copies),
        };
        rest = rest.get(total..)?;
    }
}

/// Replaces the file as a whole. Who finds another one at it leaves it to them.
fn write(path: &Path, bytes: Vec<u8>) -> Result<(), super::StoreError> {
    let failed = || super::StoreError::io(path, "be written");
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed())?;
    }
    let fresh = path.with_extension("new");
    let age = fs::symlink_metadata(&fresh).and_then(|metadata| metadata.modified()).map(|time| time.elapsed());
    if age.is_ok_and(|age| age.is_ok_and(|age| age > LEFT_BEHIND)) {
        fs::remove_file(&fresh).map_err(failed())?;
    }
    let mut file = Appender::create(&fresh)?;
    *file.pending() = bytes;
    let written = file.flush().and_then(|()| fs::rename(&fresh, path).map_err(failed()));
    written.inspect_err(|_| {
        // Ours, made a moment ago.
        let _ = fs::remove_file(&fresh);
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::{RunId, Status};
    use crate::store::Root;

    const RUNS: usize = FEWEST + 30;

    fn write_summary(root: &Root, number: usize, epoch: u64, age: Duration) -> PathBuf {
        let id = format!("many-{number}");
        let folder = root.runs().join(&id);
        fs::create_dir_all(&folder).unwrap();
        let mut summary = Summary::new(RunId(id), "many".into(), None, 9, number as f64);
        (summary.status, summary.epoch) = (Status::Finished, epoch);
        let (path, fresh) = (folder.join("summary.json"), folder.join("fresh"));
        fs::write(&fresh, serde_json::to_vec(&summary).unwrap()).unwrap();
        fs::File::options().write(true).open(&fresh).unwrap().set_modified(SystemTime::now() - age).unwrap();
        fs::rename(&fresh, &path).unwrap();
        path
    }

    /// A directory of runs that ended an hour ago.
    fn many() -> (tempfile::TempDir, Root) {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        (1..=RUNS).for_each(|number| drop(write_summary(&root, number, 5, Duration::from_hours(1))));
        (folder, root)
    }

    fn file(root: &Root) -> PathBuf {
        root.cache().join("summaries")
    }

    fn is_good(root: &Root, number: usize) -> bool {
        let run = root.run(&RunId(format!("many-{number}"))).unwrap();
        matches!(Index::open(&root.runs(), &root.cache()).unwrap().look(&run), Look::Good(_))
    }

    #[test]
    fn what_was_read_once_is_not_opened_again() {
        let (_folder, root) = many();
        let before = root.list().unwrap();
        assert_eq!(before.len(), RUNS);
        assert!((1..=RUNS).all(|number| is_good(&root, number)));
        let written = fs::metadata(file(&root)).unwrap().modified().unwrap();
        assert_eq!(root.list().unwrap(), before);
        assert_eq!(fs::metadata(file(&root)).unwrap().modified().unwrap(), written, "there was nothing to write");
    }

    #[test]
    fn a_change_is_seen_at_once() {
        let (_folder, root) = many();
        root.list().unwrap();
        let epoch = |number: usize| {
            let runs = root.list().unwrap();
            runs.into_iter().find(|run| run.id.0 == format!("many-{number}")).map(|run| run.epoch)
        };
        // As many bytes as before, and with the same time: it is another file.
        let path = root.runs().join("many-1/summary.json");
        let time = fs::metadata(&path).unwrap().modified().unwrap();
        write_summary(&root, 1, 6, Duration::ZERO);
        fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        assert_eq!(epoch(1), Some(6));
        // In its place.
        let path = root.runs().join("many-2/summary.json");
        let text = fs::read_to_string(&path).unwrap().replace("\"epoch\":5", "\"epoch\":7");
        fs::write(&path, text).unwrap();
        assert_eq!(epoch(2), Some(7));
        fs::remove_dir_all(root.runs().join("many-3")).unwrap();
        assert_eq!(epoch(3), None);
        write_summary(&root, RUNS + 1, 8, Duration::ZERO);
        assert_eq!(epoch(RUNS + 1), Some(8));
    }

    #[test]
    fn what_may_change_unseen_is_not_kept() {
        let (_folder, root) = many();
        write_summary(&root, 1, 5, Duration::ZERO);
        let path = root.runs().join("many-2/summary.json");
        let text = fs::read_to_string(&path).unwrap().replace("finished", "paused");
        fs::write(&path, text).unwrap();
        let ago = SystemTime::now() - Duration::from_hours(1);
        fs::File::options().write(true).open(&path).unwrap().set_modified(ago).unwrap();
        let statuses: Vec<Status> = root.list().unwrap().iter().map(|run| run.status).collect();
        assert_eq!(statuses.iter().filter(|status| **status == Status::Interrupted).count(), 1, "nobody holds it");
        assert!(!is_good(&root, 1), "it was written a moment ago");
        assert!(!is_good(&root, 2), "its lock tells what it is");
        assert!(is_good(&root, 3));
    }

    /// Cut, flipped, of another version, or something else altogether: the list is as if it were not there, and it is mended.
    #[test]
    fn whatever_the_file_holds_the_list_is_right() {
        let (_folder, root) = many();
        let right = root.list().unwrap();
        let sound = fs::read(file(&root)).unwrap();
        let mut damaged: Vec<Vec<u8>> = (0..40).map(|part| sound[..sound.len() * part / 40].to_vec()).collect();
        damaged.extend((0..40).map(|part| {
            let mut bytes = sound.clone();
            bytes[sound.len() * part / 40 + part] ^= 1 << (part % 8);
            bytes
        }));
        let mut other_version = Vec::new();
        framing::append(&mut other_version, |out| out.extend(b"rungs summaries 0"));
        other_version.extend(&sound[MAGIC.len() + framing::AROUND..]);
        damaged.extend([other_version, b"{}".to_vec(), [&sound[..], &sound[..]].concat()]);
        for (place, bytes) in damaged.into_iter().enumerate() {
            fs::write(file(&root), bytes).unwrap();
            assert_eq!(root.list().unwrap(), right, "{place}");
        }
        fs::write(file(&root), b"").unwrap();
        root.list().unwrap();
        assert!(is_good(&root, RUNS));
    }

    #[test]
    fn it_is_gone_without_where_it_cannot_be() {
        let (_folder, root) = many();
        fs::write(root.cache(), "in its way").unwrap();
        assert_eq!(root.list().unwrap().len(), RUNS);
        fs::remove_file(root.cache()).unwrap();
        let watched = Root::watching(root.runs());
        watched.list().unwrap();
        assert!(!watched.cache().exists(), "a directory that is only watched stays as it is");
    }

    #[test]
    fn one_writes_at_a_time_and_one_that_was_killed_is_not_waited_for() {
        let (_folder, root) = many();
        let fresh = file(&root).with_extension("new");
        fs::create_dir_all(root.cache()).unwrap();
        fs::write(&fresh, "half").unwrap();
        root.list().unwrap();
        assert!(!file(&root).exists() && fs::read(&fresh).unwrap() == b"half", "another one is at it");
        let ago = SystemTime::now() - 2 * LEFT_BEHIND;
        fs::File::options().write(true).open(&fresh).unwrap().set_modified(ago).unwrap();
        root.list().unwrap();
        assert!(is_good(&root, 1) && !fresh.exists());
    }
}
