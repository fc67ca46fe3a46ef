//! What must not happen while a file is read: a panic, a hang, memory out of proportion, an end of the process.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::readers::Reader;

/// Reading a few kilobytes takes the processor no longer, without optimization.
const SLOW: Duration = Duration::from_secs(5);
/// Then it is not waited for any more, however busy the machine is.
const STUCK: Duration = Duration::from_mins(3);

/// One reader at a time: memory is the whole process's.
pub fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps watch over one reader.
pub struct Limits {
    /// Where the input under way is kept, for the process may end without a word.
    path: PathBuf,
    file: File,
    /// MiB.
    memory: u64,
    /// When the input under way was begun.
    begun: Arc<Mutex<Option<Instant>>>,
    done: Arc<AtomicBool>,
    /// The longest that any took.
    pub slowest: Duration,
}

impl Limits {
    /// For the inputs of a reader.
    pub fn of(reader: &Reader) -> Self {
        let path = std::env::temp_dir().join(format!("rungs-fuzz-{}-{}", reader.name, std::process::id()));
        let file = File::create(&path).unwrap();
        let (begun, done) = (Arc::new(Mutex::new(None::<Instant>)), Arc::new(AtomicBool::new(false)));
        let watched = (Arc::clone(&begun), Arc::clone(&done), path.clone());
        std::thread::spawn(move || {
            let (begun, done, path) = watched;
            while !done.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(200));
                if begun.lock().unwrap().is_some_and(|begun| begun.elapsed() > STUCK) {
                    eprintln!("{} is read without end", path.display());
                    std::process::abort();
                }
            }
        });
        Self { path, file, memory: reader.memory, begun, done, slowest: Duration::ZERO }
    }

    /// Has an input read, and fails if that does not go as it should.
    pub fn watch(&mut self, input: &[u8], read: &mut dyn FnMut(&[u8]) -> String) -> String {
        self.file.write_all_at(input, 0).unwrap();
        self.file.set_len(input.len() as u64).unwrap();
        let before = memory("VmHWM:");
        let resident = memory("VmRSS:");
        let begin = processor_time();
        *self.begun.lock().unwrap() = Some(Instant::now());
        let answer = catch_unwind(AssertUnwindSafe(|| read(input)));
        *self.begun.lock().unwrap() = None;
        let took = processor_time().saturating_sub(begin);
        self.slowest = self.slowest.max(took);
        let path = self.path.display();
        let Ok(answer) = answer else { panic!("{path} makes the reader panic") };
        assert!(took < SLOW, "{path} takes {:.1} s to read", took.as_secs_f64());
        let after = memory("VmHWM:");
        // Below the highest ever, it took no more than an earlier one that was let pass.
        let took = if after > before { after.saturating_sub(resident) } else { 0 };
        assert!(took <= self.memory, "{path} takes {took} MiB to read");
        answer
    }
}

impl Drop for Limits {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if !std::thread::panicking() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// What this process has had of the processors: what others do on the machine is no fault of a reader.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// A figure of this process's memory, in MiB; 0 where the system does not tell.
fn memory(key: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or_default() >> 10
}
