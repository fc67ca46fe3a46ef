//! Deleted runs, kept for a day so that a deletion can be taken back: `runs/.trash/MILLISECONDS-ID`.
//!
//! A deletion is one rename, so that a run is whole or gone for everybody who looks, and a link in its place is taken away
//! itself and never followed. The run is held meanwhile, so that no worker takes up what is on its way out.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::domain::run::RunId;

use super::lock::Lock;
use super::{Root, StoreError};

/// Deleted runs are kept for so many seconds.
const KEPT: f64 = 86_400.0;

impl Root {
    fn trash(&self) -> PathBuf {
        // No run has a name that begins with a point.
        self.runs().join(".trash")
    }

    /// Deletes a run at time `now` (seconds since 1970); for a day it can be had back. What was deleted earlier than that
    /// goes for good.
    ///
    /// # Errors
    /// There is no such run, a worker is at it, or the directory cannot be written to.
    pub fn delete(&self, id: &RunId, now: f64) -> Result<(), StoreError> {
        let run = self.run(id)?;
        run.made_here()?;
        if run.is_held() {
            return Err(StoreError::Busy { id: id.0.clone() });
        }
        // Where nothing can be written nobody trains either.
        let lock = match Lock::take(run.path()) {
            Ok(None) => return Err(StoreError::Busy { id: id.0.clone() }),
            taken => taken.ok().flatten(),
        };
        let trash = self.trash();
        fs::create_dir_all(&trash).map_err(StoreError::io(&trash, "be made"))?;
        let time = (now * 1e3).max(0.0) as u64;
        self.put_right(time);
        fs::rename(run.path(), trash.join(name_of(time, &id.0))).map_err(StoreError::io(run.path(), "be deleted"))?;
        drop(lock);
        self.empty_trash(now - KEPT);
        Ok(())
    }

    /// Takes the last deletion back.
    ///
    /// # Errors
    /// Nothing was deleted within a day, another run has its name by now, or the directory cannot be written to.
    pub fn undelete(&self) -> Result<RunId, StoreError> {
        let mut deleted = self.deleted();
        deleted.sort();
        while let Some((_, id, path)) = deleted.pop() {
            let place = self.runs().join(&id);
            match fs::symlink_metadata(&place) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                // Another person was faster.
                _ if !path.exists() => continue,
                _ => return Err(StoreError::Taken { path: place }),
            }
            match fs::rename(&path, &place) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                done => return done.map(|()| RunId(id)).map_err(StoreError::io(&place, "be put back")),
            }
        }
        Err(StoreError::NothingDeleted)
    }

    /// Deletes for good what was deleted before a time (seconds since 1970), as far as that can be done.
    pub fn empty_trash(&self, before: f64) {
        for (time, _, path) in self.deleted() {
            if (time as f64) < before * 1e3 {
                // What cannot be removed now is tried again with the next deletion.
                let _ = fs::remove_dir_all(path);
            }
        }
    }

    /// Sees to it that nothing seems to have been deleted later than now, as after a clock was ahead and was put right: what
    /// did comes right before `now` (milliseconds since 1970), in its order, so that the last deletion is still the last.
    fn put_right(&self, now: u64) {
        let mut ahead: Vec<_> = self.deleted().into_iter().filter(|(time, _, _)| *time >= now).collect();
        ahead.sort();
        for (place, (_, id, path)) in ahead.iter().enumerate() {
            let time = now.saturating_sub((ahead.len() - place) as u64);
            // Else it is kept for longer than a day, which loses nothing.
            let _ = fs::rename(path, self.trash().join(name_of(time, id)));
        }
    }

    /// The ids of deleted runs, which no new run gets while they can be had back.
    pub(super) fn deleted_ids(&self) -> impl Iterator<Item = String> {
        self.deleted().into_iter().map(|(_, id, _)| id)
    }

    /// When (in milliseconds since 1970), which run, and where it is.
    fn deleted(&self) -> Vec<(u64, String, PathBuf)> {
        // What a link leads to are no runs of ours.
        if !fs::symlink_metadata(self.trash()).is_ok_and(|metadata| metadata.is_dir()) {
            return Vec::new();
        }
        let Ok(entries) = fs::read_dir(self.trash()) else { return Vec::new() };
        let parse = |entry: fs::DirEntry| {
            let name = entry.file_name().into_string().ok()?;
            let (time, id) = name.split_once('-')?;
            Self::is_id(id).then_some((time.parse().ok()?, id.to_owned(), entry.path()))
        };
        entries.flatten().filter_map(parse).collect()
    }
}

fn name_of(milliseconds: u64, id: &str) -> String {
    format!("{milliseconds}-{id}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::experiment::Experiment;
    use crate::store::RunWriter;
    use std::os::unix::fs::symlink;

    fn root() -> (tempfile::TempDir, Root) {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        (folder, root)
    }

    fn create(root: &Root) -> RunId {
        root.create(&Experiment { name: "a".into(), ..Experiment::default() }, 1.0).unwrap().id().clone()
    }

    #[test]
    fn deletions_are_taken_back_the_last_first() {
        let (_folder, root) = root();
        assert!(matches!(root.undelete(), Err(StoreError::NothingDeleted)));
        let (first, second) = (create(&root), create(&root));
        root.delete(&first, 10.0).unwrap();
        root.delete(&second, 11.0).unwrap();
        assert!(root.list().unwrap().is_empty() && root.run(&first).is_err());
        assert_eq!(create(&root).0, "a-3", "an id that may come back is not given away");
        assert_eq!(root.undelete().unwrap(), second);
        assert_eq!(root.undelete().unwrap(), first);
        assert!(root.run(&first).unwrap().experiment().is_ok());
        assert!(matches!(root.undelete(), Err(StoreError::NothingDeleted)));
    }

    #[test]
    fn what_was_deleted_long_ago_is_gone() {
        let (_folder, root) = root();
        let (first, second) = (create(&root), create(&root));
        root.delete(&first, 10.0).unwrap();
        root.delete(&second, 11.0 + KEPT).unwrap();
        assert_eq!(root.undelete().unwrap(), second);
        assert!(root.undelete().is_err());
    }

    /// A clock that was a day ahead and is put right: the last deletion is the last, and none is kept for ever.
    #[test]
    fn a_clock_that_is_set_back_changes_no_order() {
        let (_folder, root) = root();
        let ids: Vec<RunId> = (0..4).map(|_| create(&root)).collect();
        for (id, now) in ids.iter().zip([90_000.0, 90_001.0, 10.0, 11.0]) {
            root.delete(id, now).unwrap();
        }
        for id in ids.iter().rev() {
            assert_eq!(root.undelete().unwrap(), *id);
        }
        root.delete(&ids[0], 1e9).unwrap();
        root.delete(&ids[1], 10.0).unwrap();
        root.empty_trash(11.0);
        assert!(matches!(root.undelete(), Err(StoreError::NothingDeleted)), "a day after the clock was put right");
    }

    #[test]
    fn of_many_who_take_deletions_back_each_gets_another_run() {
        let (_folder, root) = root();
        let mut ids: Vec<RunId> = (0..8).map(|_| create(&root)).collect();
        for id in &ids {
            root.delete(id, 10.0).unwrap();
        }
        let mut back: Vec<RunId> = std::thread::scope(|scope| {
            let people: Vec<_> = (0..8).map(|_| scope.spawn(|| root.undelete().unwrap())).collect();
            people.into_iter().map(|person| person.join().unwrap()).collect()
        });
        back.sort();
        ids.sort();
        assert_eq!(back, ids);
    }

    #[test]
    fn of_a_deletion_and_a_worker_that_begins_one_wins() {
        for _ in 0..50 {
            let (_folder, root) = root();
            let id = create(&root);
            let run = root.run(&id).unwrap();
            let (deleted, taken) = std::thread::scope(|scope| {
                let deletion = scope.spawn(|| root.delete(&id, 10.0));
                let worker = scope.spawn(|| RunWriter::open(&run, 10.0));
                (deletion.join().unwrap(), worker.join().unwrap())
            });
            assert!(deleted.is_err() || taken.is_err(), "a worker is at a run that is deleted: {taken:?}");
            assert!(deleted.is_ok() || taken.is_ok(), "{deleted:?}, {taken:?}");
            assert_eq!(root.run(&id).is_ok(), deleted.is_err());
        }
    }

    #[test]
    fn nothing_that_a_run_or_a_link_leads_to_is_deleted() {
        let (folder, root) = root();
        let elsewhere = tempfile::tempdir().unwrap();
        let kept = elsewhere.path().join("5-kept");
        fs::create_dir(&kept).unwrap();
        fs::write(kept.join("file"), "x").unwrap();
        let id = create(&root);
        let run = root.runs().join(&id.0);
        symlink(&kept, run.join("folder")).unwrap();
        symlink(kept.join("file"), run.join("file")).unwrap();
        symlink(&kept, root.runs().join("link-1")).unwrap();
        for name in ["link-1", "..", "../x", "", ".", "a-1/..", "/"] {
            assert!(matches!(root.delete(&RunId(name.to_owned()), 10.0), Err(StoreError::Unknown { .. })), "{name}");
        }
        root.delete(&id, 10.0).unwrap();
        root.empty_trash(f64::MAX);
        assert_eq!(fs::read_dir(root.trash()).unwrap().count(), 0);
        assert!(root.runs().join("link-1").is_symlink());
        fs::remove_dir(root.trash()).unwrap();
        symlink(elsewhere.path(), root.trash()).unwrap();
        root.empty_trash(f64::MAX);
        assert!(kept.join("file").exists() && root.undelete().is_err(), "{folder:?}");
    }

    #[test]
    fn what_stands_in_the_way_stays() {
        let (_folder, root) = root();
        let id = create(&root);
        root.delete(&id, 10.0).unwrap();
        fs::create_dir(root.runs().join(&id.0)).unwrap();
        assert!(root.undelete().unwrap_err().to_string().contains("is there already"));
    }
}
