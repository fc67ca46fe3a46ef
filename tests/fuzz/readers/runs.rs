//! The files of a run's directory, and those beside it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rungs::domain::export;
use rungs::domain::mistakes::{Mistakes, given};
use rungs::domain::review::Review;
use rungs::domain::run::{RunId, Status, Summary};
use rungs::store::{Follower, Root, RunDir, RunWriter, StoreError};
use rustix::fs::{FlockOperation, flock};

use super::{Read, put, said};

const EVENTS: &str = "events.out.tfevents.0000000001.host.1.0";

/// A whole run beside its parent, to put the input in.
struct Site {
    root: Root,
    run: RunDir,
}

impl Site {
    /// Made of what is in the corpus of the readers of its files.
    fn new(folder: &Path) -> Self {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
        let experiment = fs::read_to_string(corpus.join("experiment/a-run.toml")).unwrap();
        let parents = experiment.replace("parent = \"plants-1\"\n", "").replace("epochs = 4", "epochs = 2");
        for (run, experiment) in [("plants-1", parents), ("plants-2", experiment)] {
            let path = folder.join("runs").join(run);
            fs::create_dir_all(path.join("checkpoints")).unwrap();
            fs::write(path.join("experiment.toml"), experiment).unwrap();
            for (from, to) in [
                ("events", EVENTS),
                ("log", "log.jsonl"),
                ("summary", "summary.json"),
                ("predictions", "predictions.safetensors"),
                ("checkpoint", "checkpoints/last.safetensors"),
            ] {
                fs::copy(corpus.join(from).join("a-run"), path.join(to)).unwrap();
            }
        }
        Self { root: Root::new(folder), run: RunDir::open(&folder.join("runs/plants-2")).unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.run.path().join(name)
    }

    /// All that is made of a run.
    fn look(&self) -> Result<String, StoreError> {
        let mut follower = Follower::new(self.run.clone());
        while follower.poll()?.more {}
        self.root.list()?;
        let curves = self.run.curves()?;
        let report = self.run.report()?;
        export::csv(&curves);
        for page in [export::html(&report, &curves), export::svg(&report, &curves)] {
            let harm = page.chars().find(|c| c.is_control() && *c != '\n');
            assert_eq!(harm, None, "a page holds what would move a terminal's cursor");
        }
        Ok(export::json(&report, &curves).to_string())
    }
}

/// Has the input stand in one of the run's files.
fn file(folder: &Path, name: &'static str, read: impl Fn(&Site) -> Result<String, StoreError> + 'static) -> Read {
    let site = Site::new(folder);
    let path = site.path(name);
    Box::new(move |input| {
        put(&path, input);
        said(read(&site))
    })
}

pub fn events(folder: &Path) -> Read {
    file(folder, EVENTS, |site| {
        let curves = site.run.curves()?;
        export::csv(&curves);
        let mut follower = Follower::new(site.run.clone());
        let mut words = String::new();
        loop {
            let news = follower.poll()?;
            let tags = news.curves.iter().map(|curve| &*curve.tag);
            words.extend(tags.chain(news.damage.as_deref()).chain(news.restart.map(|_| "restart")));
            if !news.more {
                return Ok(words);
            }
        }
    })
}

/// The same with checksums put right, so that the messages inside are read.
pub fn messages(folder: &Path) -> Read {
    let mut read = events(folder);
    Box::new(move |input| read(&framed(input)))
}

/// An event file of these messages, which 0xff parts.
fn framed(input: &[u8]) -> Vec<u8> {
    let masked = |bytes: &[u8]| (crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)).to_le_bytes();
    let mut framed = Vec::new();
    for payload in input.split(|byte| *byte == 0xff) {
        let length = (payload.len() as u64).to_le_bytes();
        framed.extend(length.iter().chain(&masked(&length)).chain(payload).chain(&masked(payload)));
    }
    framed
}

pub const MAPPING: &[&str] = &[
    "human_error",
    "[error]",
    "[loss]",
    "[examples]",
    "train",
    "train_dev",
    "\"1 - accuracy/train\"",
    " / 100",
    "accuracy",
    "val_acc",
    "err",
    "loss",
    "epoch",
];

/// A run that another program made, of an event file with these messages.
pub fn elsewhere(folder: &Path) -> Read {
    let site = Site { root: Root::new(folder), run: other_run(folder) };
    Box::new(move |input| {
        put(&site.path(EVENTS), &framed(input));
        said(site.look())
    })
}

/// The input says which of its curves are what.
pub fn mapping(folder: &Path) -> Read {
    let site = Site { root: Root::new(folder), run: other_run(folder) };
    let mapping = folder.join("runs/rungs.toml");
    Box::new(move |input| {
        put(&mapping, input);
        said(site.look())
    })
}

fn other_run(folder: &Path) -> RunDir {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let path = folder.join("runs/other");
    put(&path.join(EVENTS), &fs::read(corpus.join("events/a-run")).unwrap());
    RunDir::open(&path).unwrap()
}

pub const LOG: &[&str] = &[
    "\"event\":\"",
    "epoch",
    "started",
    "\"event\":\"set\"",
    "\"event\":\"refused\"",
    "\"event\":\"paused\"",
    "\"event\":\"overlap\"",
    "\"event\":\"baseline\"",
    "\"event\":\"signs\"",
    "\"event\":\"failed\"",
    "\"confusion\":[[",
    "\"of\":0",
    "\"classes\":[]",
    "\"train_dev\":{\"errors\":1,\"of\":2,\"loss\":1.0}",
    "\"time\":",
    "\"step\":",
    "null",
];

pub fn log(folder: &Path) -> Read {
    let mut read = file(folder, "log.jsonl", Site::look);
    // With a summary and without one, when it is made up from the log.
    let summary = folder.join("runs/plants-2/summary.json");
    let whole = fs::read(&summary).unwrap();
    Box::new(move |input| {
        put(&summary, if input.len().is_multiple_of(2) { &whole[..] } else { b"{" });
        read(input)
    })
}

pub const CONTROL: &[&str] =
    &["\"command\":\"", "pause", "resume", "stop", "set", "\"key\":\"", "\"value\":", "\"id\":\"", "\"time\":"];

pub fn control(folder: &Path) -> Read {
    file(folder, "control.jsonl", |site| Ok(format!("{:?}", site.run.commands()?)))
}

pub const SUMMARY: &[&str] = &[
    "\"status\":\"running\"",
    "\"status\":\"failed\"",
    "\"error\":\"",
    "\"of\":0",
    "\"verdict\":\"",
    "\"train_dev\":{\"errors\":1,\"of\":2}",
    "\"parent\":\"..\"",
    "null",
];

pub fn summary(folder: &Path) -> Read {
    file(folder, "summary.json", Site::look)
}

pub const PREDICTIONS: &[&str] = &[
    "\"dtype\":\"U32\"",
    "\"dtype\":\"F64\"",
    "\"shape\":[",
    "\"data_offsets\":[0,",
    "\"probabilities\"",
    "\"__metadata__\"",
    "\\\"classes\\\":[]",
    "\\\"step\\\":",
];

pub fn predictions(folder: &Path) -> Read {
    let mut read = file(folder, "predictions.safetensors", |site| {
        if let Some(found) = site.run.predictions()? {
            let classes = found.classes.len();
            given(&found.probabilities, classes);
            Mistakes::new(found.classes, &found.examples, &found.labels, &found.probabilities).groups();
        }
        Ok(format!("{:?}", site.run.reviewed(&site.run.experiment()?)?))
    });
    write_notes(&Site { root: Root::new(folder), run: RunDir::open(&folder.join("runs/plants-2")).unwrap() }, NOTE);
    Box::new(move |input| read(&with_header_measured(input)))
}

/// A safetensors file whose first number says where its header ends; every other one as it is.
pub fn with_header_measured(input: &[u8]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    if let Some(end) = bytes.iter().rposition(|byte| *byte == b'}')
        && end >= 8
        && !input.len().is_multiple_of(4)
    {
        bytes[..8].copy_from_slice(&(end as u64 - 7).to_le_bytes());
    }
    bytes
}

pub const NOTES: &[&str] = &[
    "\"note\":\"",
    "label",
    "ambiguous",
    "tag",
    "human",
    "undo",
    "\"example\":",
    "\"was\":\"fern\"",
    "\"class\":\"moss\"",
    "\"is\":",
];
const NOTE: &[u8] = b"{\"time\":1.0,\"note\":\"label\",\"example\":66,\"was\":\"fern\",\"class\":\"moss\"}\n";

fn write_notes(site: &Site, notes: &[u8]) {
    put(site.run.review(&site.run.experiment().unwrap()).path(), notes);
}

pub fn notes(folder: &Path) -> Read {
    let site = Site::new(folder);
    let experiment = site.run.experiment().unwrap();
    Box::new(move |input| {
        write_notes(&site, input);
        let notes = site.run.review(&experiment).notes();
        if let Ok(notes) = &notes {
            Review::of(notes).human();
        }
        said(notes.and_then(|_| site.look()).and_then(|_| Ok(format!("{:?}", site.run.reviewed(&experiment)?))))
    })
}

pub const REMEDIES: &[&str] = &[
    "\"outcome\":\"helped\"",
    "\"problem\":\"high-bias\"",
    "\"before\":",
    "\"after\":null",
    "\"remedy\":\"more-epochs\"",
];

pub fn remedies(folder: &Path) -> Read {
    file(folder, "../.remedies.jsonl", |site| {
        site.run.tries().read()?;
        site.look()
    })
}

pub const ANNOTATIONS: &[&str] = &[
    "\"note\":\"",
    "\"tag\":\"",
    "\"untag\":\"",
    "\"pin\":true",
    "\"archive\":false",
    "\"run\":\"plants-2\"",
    "\"created\":",
];

pub fn annotations(folder: &Path) -> Read {
    file(folder, "../.annotations.jsonl", |site| {
        let annotations = site.root.annotations().read()?;
        Ok(format!("{:?}", annotations.of(&site.run.summary()?)))
    })
}

pub const QUEUE: &[&str] = &[
    "\"change\":\"add\"",
    "\"change\":\"leave\"",
    "\"change\":\"move\"",
    "\"to\":\"first\"",
    "{\"before\":\"plants-1\"}",
    "\"count\":0",
    "\"ticket\":\"1-1-0\"",
];

pub fn queue(folder: &Path) -> Read {
    file(folder, "../.queue.jsonl", |site| {
        let queue = site.root.queue().read()?;
        let due = queue.due(&site.root.list()?).len();
        Ok(format!("{queue:?} {due} {}", queue.free(1)))
    })
}

/// The index of a directory with as many runs as it takes to have one: whatever it says, the list is what the files say.
pub fn index(folder: &Path) -> Read {
    let root = Root::new(folder);
    for number in 1..=210 {
        let mut summary = Summary::new(RunId(format!("many-{number}")), "many".into(), None, 9, f64::from(number));
        summary.status = Status::Finished;
        let path = root.runs().join(format!("many-{number}/summary.json"));
        put(&path, &serde_json::to_vec(&summary).unwrap());
        let ago = SystemTime::now() - Duration::from_hours(1);
        File::options().write(true).open(&path).unwrap().set_modified(ago).unwrap();
    }
    let (right, path) = (root.list().unwrap(), root.cache().join("summaries"));
    Box::new(move |input| {
        put(&path, input);
        let list = root.list();
        assert!(list.as_ref().is_ok_and(|list| *list == right), "an index is believed that the files do not bear out");
        said(list.map(|_| String::new()))
    })
}

/// While somebody holds the run, whose name the input is.
pub fn lock(folder: &Path) -> Read {
    let site = Site::new(folder);
    let path = site.path("worker.lock");
    let held = File::create(&path).unwrap();
    flock(&held, FlockOperation::NonBlockingLockExclusive).unwrap();
    Box::new(move |input| {
        // As long as it is open.
        let _held = &held;
        put(&path, input);
        assert!(site.run.is_held());
        said(
            RunWriter::open(&site.run, 1.0)
                .map_or_else(|error| Ok::<_, StoreError>(error.to_string()), |_| panic!("two hold it")),
        )
    })
}
