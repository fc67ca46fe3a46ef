//! Notices that files have changed: by the system's own notification where there is one, and by looking at the times of
//! the few directories that matter, for file systems that do not notify (NFS, some containers).

use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::SystemTime;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};

/// What the bell is rung for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ring {
    /// A directory that is watched has changed, or may have.
    Files,
    /// A run is not any more what the list says.
    Runs,
}

/// Watches directories and rings when something in them changes.
pub struct Watch {
    watcher: Option<RecommendedWatcher>,
    directories: Vec<PathBuf>,
    watched: Vec<PathBuf>,
}

impl Watch {
    /// Watches these directories; those that are not there yet are watched once they are. `bell` is rung for every
    /// change.
    pub fn new(directories: Vec<PathBuf>, bell: Sender<Ring>) -> Self {
        let ring = move |event: notify::Result<notify::Event>| {
            // Reading a file is no change, and would ring for what this program itself reads.
            let is_change = event.is_ok_and(|event| !event.kind.is_access());
            if is_change {
                // When nobody listens any more the program is about to end.
                let _ = bell.send(Ring::Files);
            }
        };
        let mut watch = Self { watcher: notify::recommended_watcher(ring).ok(), directories, watched: Vec::new() };
        watch.renew();
        watch
    }

    /// Takes up directories that have come to be since, and lets go of those that are gone.
    pub fn renew(&mut self) {
        let Some(watcher) = &mut self.watcher else { return };
        self.watched.retain(|directory| directory.is_dir());
        for directory in self.directories.iter().filter(|directory| directory.is_dir()) {
            if !self.watched.contains(directory) && watcher.watch(directory, RecursiveMode::NonRecursive).is_ok() {
                self.watched.push(directory.clone());
            }
        }
    }
}

/// When a file or directory last changed; `None` when it is not there.
pub fn changed(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}
