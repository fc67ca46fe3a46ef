//! Runs as a worker leaves them, and runs that a worker is at.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use rungs::domain::event::{Event, SetSizes, Started};
use rungs::domain::experiment::Experiment;
use rungs::domain::ladder::Counts;
use rungs::domain::run::{RunId, Status, Summary};
use rungs::store::{Root, RunDir, RunWriter};

/// What every curve ends at, so that its end is told on the screen when all of it has been read.
pub(crate) const END: f32 = 7.5;
/// Points at the end that have this value: more than smoothing looks back.
const TAIL: u64 = 400;

pub(crate) fn now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64()
}

/// The tags of so many curves: the loss first.
pub(crate) fn tags(count: usize) -> Vec<String> {
    (0..count).map(|place| if place == 0 { "train/loss".to_owned() } else { format!("metric/{place:02}") }).collect()
}

/// A falling, noisy curve.
fn value(step: u64, steps: u64) -> f32 {
    if step + TAIL > steps {
        return END;
    }
    let noise = (step.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f32 / (1 << 24) as f32;
    6.0 / (1.0 + step as f32 * 1e-4) + noise
}

fn begun(root: &Root, name: &str) -> (RunDir, RunWriter) {
    let experiment = Experiment { name: name.to_owned(), ..Experiment::default() };
    let run = root.create(&experiment, now()).unwrap();
    let mut writer = RunWriter::open(&run, now()).unwrap();
    writer.begin(0, now()).unwrap();
    let started = Started {
        step: 0,
        steps: 10_000_000,
        pid: std::process::id(),
        host: "bench".into(),
        version: "0".into(),
        classes: vec!["a".into(), "b".into()],
        class_sizes: Vec::new(),
        sets: SetSizes::default(),
        parameters: 1,
        layers: Vec::new(),
    };
    writer.log(now(), Event::Started(started)).unwrap();
    writer.write_summary(now()).unwrap();
    (run, writer)
}

fn fill(writer: &mut RunWriter, tags: &[String], steps: u64) {
    let mut values: Vec<(&str, f32)> = tags.iter().map(|tag| (tag.as_str(), 0.0)).collect();
    let begin = now();
    for step in 1..=steps {
        for (_, y) in &mut values {
            *y = value(step, steps);
        }
        writer.scalars(step, begin + step as f64 * 0.01, &values).unwrap();
    }
    writer.flush().unwrap();
}

/// A finished run with so many curves of so many points each.
pub(crate) fn finished(root: &Root, name: &str, curves: usize, points: u64) -> RunDir {
    let (run, mut writer) = begun(root, name);
    fill(&mut writer, &tags(curves), points);
    writer.log(now(), Event::Finished { step: points }).unwrap();
    writer.write_summary(now()).unwrap();
    run
}

/// So many finished runs that share their event file with one.
pub(crate) fn alike(root: &Root, original: &RunDir, count: usize) {
    for place in 0..count {
        let (run, mut writer) = begun(root, &format!("alike{place}"));
        for entry in fs::read_dir(run.path()).unwrap().flatten() {
            if entry.file_name().to_string_lossy().starts_with("events.") {
                fs::remove_file(entry.path()).unwrap();
            }
        }
        for entry in fs::read_dir(original.path()).unwrap().flatten() {
            if entry.file_name().to_string_lossy().starts_with("events.") {
                fs::hard_link(entry.path(), run.path().join(entry.file_name())).unwrap();
            }
        }
        writer.log(now(), Event::Finished { step: 1 }).unwrap();
        writer.write_summary(now()).unwrap();
    }
}

/// A directory of so many finished runs without curves, made some time ago; gives the id of the newest.
pub(crate) fn many(root: &Root, count: usize) -> String {
    let experiment = Experiment { name: "many".into(), ..Experiment::default() };
    let first = root.create(&experiment, now()).unwrap();
    let text = fs::read(first.experiment_path()).unwrap();
    let ago = SystemTime::now() - Duration::from_hours(1);
    for number in 1..=count {
        let id = format!("many-{number}");
        let folder = root.runs().join(&id);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("experiment.toml"), &text).unwrap();
        let mut summary = Summary::new(RunId(id), "many".into(), None, 10, now() - 1e6 + number as f64);
        (summary.status, summary.epoch, summary.step, summary.steps) = (Status::Finished, 10, 1000, 1000);
        (summary.loss, summary.examples_per_second) = (Some(0.123_456), Some(12_345.6));
        summary.train = Some(Counts { errors: number as u64 % 97, of: 4000 });
        summary.dev = Some(Counts { errors: number as u64 % 101, of: 1000 });
        summary.verdict = Some("high-variance".into());
        let path = folder.join("summary.json");
        fs::write(&path, serde_json::to_vec(&summary).unwrap()).unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_modified(ago).unwrap();
    }
    format!("many-{count}")
}

/// Values that tell which step they are of, in the four digits that a legend shows.
pub(crate) fn telling(step: u64) -> f32 {
    1.0 + (step % 8000) as f32 / 1000.0
}

/// A worker that writes points as they come, until it is dropped.
pub(crate) struct Stream {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Vec<(u64, Instant)>>>,
}

impl Stream {
    /// Begins with so many points of each curve and goes on with so many a second.
    pub(crate) fn begin(root: &Root, name: &str, curves: usize, points: u64, per_second: u32) -> Self {
        let (_, mut writer) = begun(root, name);
        let tags = tags(curves);
        fill(&mut writer, &tags, points);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let pause = Duration::from_secs(1) / per_second;
            let (mut written, mut due) = (Vec::new(), Instant::now());
            let mut told = Instant::now();
            let mut step = points;
            while !stopped.load(Ordering::Relaxed) {
                step += 1;
                let values: Vec<(&str, f32)> = tags.iter().map(|tag| (tag.as_str(), telling(step))).collect();
                writer.scalars(step, now(), &values).unwrap();
                writer.flush().unwrap();
                written.push((step, Instant::now()));
                if told.elapsed() > Duration::from_millis(500) {
                    writer.summary().step = step;
                    writer.write_summary(now()).unwrap();
                    told = Instant::now();
                }
                due += pause;
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
            written
        });
        Self { stop, thread: Some(thread) }
    }

    /// Ends it, and gives when each step was written.
    pub(crate) fn end(mut self) -> Vec<(u64, Instant)> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().map(|thread| thread.join().unwrap()).unwrap_or_default()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A directory that goes with its value, on a disk rather than in memory where the system's temporary one is.
pub(crate) fn folder() -> (tempfile::TempDir, Root) {
    let folder = tempfile::tempdir().unwrap();
    let root = Root::new(folder.path());
    (folder, root)
}

/// The directory of a root.
pub(crate) fn path(root: &Root) -> &Path {
    root.directory()
}
