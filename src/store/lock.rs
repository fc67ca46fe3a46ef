//! Which worker holds a run: at most one, and whoever looks sees whether there is one.
//!
//! The lock is an advisory `flock` on `worker.lock`: the system gives it up with the process, however that ends, so that
//! a killed worker never leaves a run locked. A reader that looks takes the lock shared for a moment; a worker that
//! finds it taken therefore asks whether it is taken shared (by readers: it tries again) or not (by a worker: it gives
//! up). Some network file systems know no `flock`; there the holder is told by the words in the file: by its process
//! id on the same host, by the file's time (the holder touches it) on another. Clocks of hosts differ, and are set: who only
//! looks goes by the file's age, but who wants the lock watches whether the time still changes.

use std::fs::{File, FileTimes, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use super::StoreError;
use super::host::{hostname, pid};

/// The file's name in the run directory.
pub(super) const NAME: &str = "worker.lock";
/// How long a holder on another host may be silent where there is no `flock`.
const SILENCE: Duration = Duration::from_mins(1);
/// Who watches for a sign of life looks so often during that time.
const LOOKS: u32 = 60;
/// How often a worker tries while readers look.
const TRIES: u32 = 500;

/// The lock, held until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    /// Whether the file's age tells that it is held.
    by_age: bool,
}

impl Lock {
    /// Takes the lock of the run in `directory`; `None` when another worker has it.
    ///
    /// # Errors
    /// The file cannot be made.
    pub(super) fn take(directory: &Path) -> Result<Option<Self>, StoreError> {
        Self::take_file(&directory.join(NAME))
    }

    /// Takes the lock that a file stands for; `None` when another process has it.
    ///
    /// # Errors
    /// The file cannot be made.
    pub(super) fn take_file(path: &Path) -> Result<Option<Self>, StoreError> {
        let failed = |error: io::Error| StoreError::io(path, "be locked")(error);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32)
            .open(path)
            .map_err(failed)?;
        Self::of_file(path, file, exclusive, SILENCE).map_err(failed)
    }

    fn of_file(
        path: &Path,
        mut file: File,
        exclusive: impl Fn(&File) -> Answer,
        silence: Duration,
    ) -> io::Result<Option<Self>> {
        let by_age = match exclusive(&file) {
            Answer::Yes => false,
            Answer::No => return Ok(None),
            Answer::Unsupported if Holder::of(&mut file).holds(path, silence) => return Ok(None),
            Answer::Unsupported => true,
        };
        file.rewind()?;
        file.set_len(0)?;
        // No room for a few words (a full disk) is no reason not to train: the lock itself is the system's.
        match file.write_all(Holder::this().to_string().as_bytes()) {
            Err(error) if by_age => return Err(error),
            _ => {}
        }
        Ok(Some(Self { file, by_age }))
    }

    /// Whether the lock is still that of the run in `directory`, and was not moved away with another directory.
    pub(super) fn is_of(&self, directory: &Path) -> bool {
        let identity = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
        let there = std::fs::symlink_metadata(directory.join(NAME)).map(identity);
        there.is_ok_and(|there| self.file.metadata().map(identity).is_ok_and(|own| own == there))
    }

    /// Shows that the holder lives, where that has to be shown. To be called every few seconds.
    pub(super) fn touch(&self) {
        if self.by_age {
            // Readers on other hosts will think it dead if this fails for a minute; nothing better can be done here.
            let _ = self.file.set_times(FileTimes::new().set_modified(SystemTime::now()));
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // An empty file names no holder; the lock itself goes with the file's closing.
        let _ = self.file.set_len(0);
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

/// Whether a worker holds the run in `directory`. Never makes a starting worker fail.
pub(super) fn is_held(directory: &Path) -> bool {
    is_file_held(&directory.join(NAME))
}

/// Whether a process holds the lock that a file stands for.
pub(super) fn is_file_held(path: &Path) -> bool {
    let Ok(mut file) = super::files::open(path) else { return false };
    match flock(&file, FlockOperation::NonBlockingLockShared) {
        Ok(()) => {
            // Told to let go rather than only closed: a process that is being started just now may share the handle.
            let _ = flock(&file, FlockOperation::Unlock);
            false
        }
        Err(Errno::WOULDBLOCK) => true,
        Err(_) => Holder::of(&mut file).is_alive(&file),
    }
}

/// Who holds the run in `directory`, in words; empty when it did not say.
pub(super) fn holder(directory: &Path) -> String {
    let holder = super::files::open(&directory.join(NAME)).map(|mut file| Holder::of(&mut file));
    match holder {
        Ok(Holder { pid, host, .. }) if pid > 0 => format!("process {pid} on {host}"),
        _ => String::new(),
    }
}

/// The system's answer to a worker that wants the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    Unsupported,
}

fn exclusive(file: &File) -> Answer {
    for attempt in 0..TRIES {
        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Answer::Yes,
            Err(Errno::WOULDBLOCK) => {}
            Err(_) => return Answer::Unsupported,
        }
        match flock(file, FlockOperation::NonBlockingLockShared) {
            // Readers only, or another worker that is asking the same: they let go in a moment. Waits of different
            // lengths keep two workers from asking in step.
            Ok(()) => {
                let _ = flock(file, FlockOperation::Unlock);
                let spread = u64::from(pid()) * 131 + u64::from(attempt) * 37;
                std::thread::sleep(Duration::from_micros(200 + spread % 1800));
            }
            Err(_) => return Answer::No,
        }
    }
    Answer::No
}

/// Who holds a lock, as the file says it: process id, when the process began (where the system tells), host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Holder {
    pid: i32,
    began: String,
    host: String,
}

impl Holder {
    fn this() -> Self {
        let pid = pid() as i32;
        Self { pid, began: began(pid).unwrap_or_default(), host: hostname() }
    }

    fn of(file: &mut File) -> Self {
        let mut text = String::new();
        if file.rewind().and_then(|()| file.take(1000).read_to_string(&mut text)).is_err() {
            return Self::default();
        }
        let mut words = text.split_whitespace();
        let pid = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        let host = words.next().unwrap_or_default().to_owned();
        Self { pid, host, began: words.next().unwrap_or_default().to_owned() }
    }

    /// Whether it keeps the lock in the file at `path` from who wants it. One on another host is watched for as long as it may
    /// be silent.
    fn holds(&self, path: &Path, silence: Duration) -> bool {
        if self.pid <= 0 || self.host == hostname() {
            return self.lives_here();
        }
        // Opened anew for each look: network file systems then ask the server.
        let look = || {
            let mut file = super::files::open(path).ok()?;
            Some((Self::of(&mut file), file.metadata().ok()?.modified().ok()?))
        };
        let (begin, before) = (Instant::now(), look());
        while begin.elapsed() < silence {
            std::thread::sleep(silence / LOOKS);
            let now = look();
            if now != before {
                return now.is_some_and(|(holder, _)| holder.pid > 0);
            }
        }
        false
    }

    /// Whether it lives, as far as can be known from here at once.
    fn is_alive(&self, file: &File) -> bool {
        if self.pid > 0 && self.host != hostname() {
            let modified = file.metadata().and_then(|metadata| metadata.modified());
            return modified.is_ok_and(|time| time.elapsed().unwrap_or_default() < SILENCE);
        }
        self.lives_here()
    }

    /// Whether it is a process of this host that lives.
    fn lives_here(&self) -> bool {
        let Some(pid) = Pid::from_raw(self.pid).filter(|_| self.pid > 0) else { return false };
        let exists = !matches!(test_kill_process(pid), Err(Errno::SRCH));
        // The same number may have been given to another process since.
        exists && (self.began.is_empty() || began(self.pid).is_none_or(|began| began == self.began))
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} {} {}", self.pid, self.host, self.began)
    }
}

/// When a process began, in ticks since the host did, where the system tells (Linux: field 22 of `/proc/PID/stat`).
fn began(pid: i32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field, the program's name in parentheses, may hold blanks.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn one_worker_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_held(folder.path()), "no file, no holder");
        let lock = Lock::take(folder.path()).unwrap().unwrap();
        assert!(is_held(folder.path()));
        assert!(holder(folder.path()).starts_with(&format!("process {} on ", pid())));
        assert!(Lock::take(folder.path()).unwrap().is_none());
        drop(lock);
        assert!(!is_held(folder.path()));
        assert!(Lock::take(folder.path()).unwrap().is_some());
    }

    #[test]
    fn readers_that_look_all_the_time_do_not_keep_a_worker_out() {
        let folder = tempfile::tempdir().unwrap();
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        is_held(folder.path());
                    }
                });
            }
            let taken = (0..100).filter(|_| Lock::take(folder.path()).unwrap().is_some()).count();
            stop.store(true, Ordering::Relaxed);
            assert_eq!(taken, 100);
        });
    }

    #[test]
    fn of_many_workers_one_wins() {
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let locks: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| Lock::take(folder.path()).unwrap())).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert_eq!(locks.iter().flatten().count(), 1);
        }
    }

    /// Where there is no `flock`, the words in the file decide.
    #[test]
    fn without_flock_the_holder_is_known_by_name_or_age() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        let open = || OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).unwrap();
        let take = || Lock::of_file(&path, open(), |_| Answer::Unsupported, Duration::from_millis(60)).unwrap();
        let write = |text: &str| std::fs::write(&path, text).unwrap();
        let held = take().unwrap();
        assert!(held.by_age && take().is_none(), "this process lives");
        drop(held);
        assert!(take().is_some(), "it let go");
        let (pid, host) = (pid(), hostname());
        for (text, free) in [
            (String::new(), true),
            ("no number".to_owned(), true),
            (format!("{} {host} 1", i32::MAX), true),
            (format!("{pid} {host} 1"), true), // the number was given to another process: it began at another time
            (format!("{pid} {host}"), false),
            (format!("{pid} elsewhere 1"), true), // it gives no sign of life
        ] {
            write(&text);
            assert_eq!(take().is_some(), free, "{text:?}");
        }
    }

    /// The clock of a holder on another host is a day behind or ahead, or jumps there between two signs of life.
    #[test]
    fn without_flock_a_holder_that_gives_signs_of_life_keeps_the_lock_whatever_the_clocks_say() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        let open = || OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).unwrap();
        let day = Duration::from_hours(24);
        let clock = |beat: u32| match beat % 3 {
            0 => SystemTime::now(),
            1 => SystemTime::now() - day,
            _ => SystemTime::now() + day,
        };
        for (alive, modified) in [(true, 0), (true, 1), (true, 2), (false, 0), (false, 1), (false, 2)] {
            std::fs::write(&path, "1 elsewhere 1").unwrap();
            open().set_modified(clock(modified)).unwrap();
            let done = AtomicBool::new(false);
            let taken = std::thread::scope(|scope| {
                scope.spawn(|| {
                    for beat in 1.. {
                        if done.load(Ordering::Relaxed) || !alive {
                            break;
                        }
                        open().set_modified(clock(modified + beat)).unwrap();
                        std::thread::sleep(Duration::from_millis(5));
                    }
                });
                // A busy machine may keep the holder from a sign of life for as long as a second.
                let silence = Duration::from_millis(if alive { 20_000 } else { 100 });
                let taken = Lock::of_file(&path, open(), |_| Answer::Unsupported, silence).unwrap();
                done.store(true, Ordering::Relaxed);
                taken
            });
            assert_eq!(taken.is_some(), !alive, "alive: {alive}, clock {modified}");
        }
    }
}
