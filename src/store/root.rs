//! The directory that holds `runs/`: making runs, finding them, listing them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::domain::experiment::{Experiment, Split};
use crate::domain::run::{RunId, Summary};

use super::files::{self, Durability};
use super::index::{self, Copy, Index, Look};
use super::{RunDir, StoreError, elsewhere, weights};

/// Bytes of an id that come from the experiment's name; a file system allows 255 in all.
const MAX_NAME: usize = 100;
/// A clock that was ahead by less than this, in seconds, and was put right does not change the order of runs.
const AHEAD: f64 = 2.0 * 86_400.0;

/// The directory that holds `runs/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    directory: PathBuf,
    /// Whether the runs are in the directory itself, made elsewhere.
    watched: bool,
}

impl Root {
    /// The directory `directory`; nothing is made there before the first run.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), watched: false }
    }

    /// A directory of runs made elsewhere, such as TensorBoard looks at: they are in the directory itself and below it.
    pub fn watching(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), watched: true }
    }

    /// Whether this is a directory of runs made elsewhere.
    pub fn is_watched(&self) -> bool {
        self.watched
    }

    /// The directory itself.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where the runs are.
    pub fn runs(&self) -> PathBuf {
        if self.watched { self.directory.clone() } else { self.directory.join("runs") }
    }

    /// Where what can be made again is kept, such as decoded pictures. No run has a name that begins with a point.
    pub fn cache(&self) -> PathBuf {
        self.runs().join(".cache")
    }

    /// Makes a run of an experiment at time `now` (seconds since 1970): `runs/NAME-N`, N counted from 1, with
    /// `experiment.toml` and a queued summary.
    ///
    /// # Errors
    /// The directory cannot be written to, or there is no run of the name that it is to start from; no part of the run is
    /// left then.
    pub fn create(&self, experiment: &Experiment, now: f64) -> Result<RunDir, StoreError> {
        let runs = self.runs();
        if self.watched {
            return Err(StoreError::Watched { directory: runs });
        }
        let mut experiment = experiment.clone();
        if let Some(from) = &mut experiment.model.start_from {
            *from = weights::settled(from, self)?;
        }
        fs::create_dir_all(&runs).map_err(StoreError::io(&runs, "be made"))?;
        let name = harmless(&experiment.name);
        let created = self.after_all_others(now);
        let taken = self.ids()?.into_iter().chain(self.deleted_ids());
        let mut number = 1 + taken.filter_map(|id| number_of(&id, &name)).max().unwrap_or(0);
        let run = loop {
            let id = format!("{name}-{number}");
            let path = runs.join(&id);
            // Another process may make the same number at the same time: the directory is made by one of them only.
            match fs::create_dir(&path) {
                Ok(()) => break RunDir::at(path, RunId(id)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(StoreError::io(&path, "be made")(error)),
            }
        };
        fill(&run, &experiment, created).inspect_err(|_| {
            // Made by this call a moment ago and still without a summary, so nobody else's.
            let _ = fs::remove_dir_all(run.path());
        })?;
        Ok(run)
    }

    /// The moment at which a new run is made: `now`, but after all others, whatever was done to the clock. `latest` is what was
    /// made last.
    fn after_all_others(&self, now: f64) -> f64 {
        let latest = self.latest_of_each_name().unwrap_or_default();
        let created = latest.into_iter().filter_map(|id| {
            let run = RunDir::at(self.runs().join(&id.0), id);
            run.written_summary().ok().map(|summary| summary.created)
        });
        let ahead = created.filter(|created| *created > now && *created < now + AHEAD).max_by(f64::total_cmp);
        ahead.map_or(now, |ahead| ahead + 1e-3)
    }

    /// The run with this id.
    ///
    /// # Errors
    /// There is none.
    pub fn run(&self, id: &RunId) -> Result<RunDir, StoreError> {
        // Runs made elsewhere may be in directories of directories; none of them is a link.
        let mut path = self.runs();
        let is_there = |path: &Path| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
        let found = id.0.split('/').all(|name| {
            path.push(name);
            Self::is_id(name) && is_there(&path)
        });
        if found {
            return Ok(RunDir::at(path, id.clone()));
        }
        if self.own_id().is_some_and(|own| own == *id) {
            return Ok(RunDir::at(self.runs(), id.clone()));
        }
        Err(StoreError::Unknown { what: id.0.clone(), runs: self.runs(), near: None })
    }

    /// The run that is meant by an id, a unique prefix of one, or `latest`.
    ///
    /// # Errors
    /// None is meant, or several are.
    pub fn find(&self, what: &str) -> Result<RunDir, StoreError> {
        if let Ok(run) = self.run(&RunId(what.to_owned())) {
            return Ok(run);
        }
        let mut ids = self.ids()?;
        if self.watched || !ids.iter().any(|id| id.starts_with(what)) {
            // Runs made elsewhere are found by looking for them.
            let listed = self.list()?.into_iter().map(|summary| summary.id.0);
            ids = if self.watched {
                listed.collect()
            } else {
                ids.into_iter().chain(listed.filter(|id| id.contains('/'))).collect()
            };
        }
        if ids.is_empty() {
            return Err(StoreError::Empty { runs: self.runs() });
        }
        if what == "latest" {
            let latest = self.list()?.into_iter().next().ok_or(StoreError::Empty { runs: self.runs() })?;
            return self.run(&latest.id);
        }
        let mut candidates: Vec<&String> = ids.iter().filter(|id| !what.is_empty() && id.starts_with(what)).collect();
        match candidates.as_slice() {
            [id] => self.run(&RunId((*id).clone())),
            [] => {
                let near = ids
                    .iter()
                    .map(|id| (strsim::jaro_winkler(id, what), id))
                    .filter(|(score, _)| *score > 0.75)
                    .max_by(|a, b| a.0.total_cmp(&b.0))
                    .map(|(_, id)| id.clone());
                Err(StoreError::Unknown { what: what.to_owned(), runs: self.runs(), near })
            }
            _ => {
                candidates.sort();
                let candidates = candidates.into_iter().take(5).cloned().collect();
                Err(StoreError::Ambiguous { what: what.to_owned(), candidates })
            }
        }
    }

    /// The summaries of all runs, newest first. Live ones without a worker are `interrupted`; what cannot be read at
    /// all is left out.
    ///
    /// # Errors
    /// `runs/` is there and cannot be read.
    pub fn list(&self) -> Result<Vec<Summary>, StoreError> {
        let (runs, ids) = (self.runs(), self.ids()?);
        // A directory that is only watched is somebody else's: nothing is written there.
        let is_indexed = !self.watched && ids.len() >= index::FEWEST;
        let index = is_indexed.then(|| Index::open(&runs, &self.cache())).flatten();
        // Nearly all of the time goes into asking for files, which the system answers several threads at once.
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(ids.len() / 256 + 1);
        let shares: Vec<Share<'_>> = std::thread::scope(|scope| {
            let (runs, index) = (&runs, index.as_ref());
            let read = |ids| scope.spawn(move || share(runs, ids, index));
            let shares: Vec<_> = ids.chunks(ids.len().div_ceil(threads).max(1)).map(read).collect();
            shares.into_iter().map(|share| share.join().unwrap_or_default()).collect()
        });
        let (mut summaries, mut good, mut made) = (Vec::new(), Vec::new(), Vec::new());
        for share in shares {
            summaries.extend(share.summaries);
            good.extend(share.good);
            made.extend(share.made);
        }
        if let Some(index) = index {
            index.renew(&good, &made);
        }
        if let Some(own) = self.own_id() {
            summaries.extend(RunDir::at(self.runs(), own).summary_elsewhere());
        }
        sort(&mut summaries);
        Ok(summaries)
    }

    /// The id of the watched directory itself, which may be a run.
    fn own_id(&self) -> Option<RunId> {
        let directory = fs::canonicalize(&self.directory).ok().filter(|_| self.watched)?;
        let name = directory.file_name()?.to_string_lossy().into_owned();
        Self::is_id(&name).then_some(RunId(name))
    }

    /// The run with the highest number of each name, by name.
    ///
    /// # Errors
    /// `runs/` is there and cannot be read.
    pub(super) fn latest_of_each_name(&self) -> Result<Vec<RunId>, StoreError> {
        let mut latest: BTreeMap<String, u64> = BTreeMap::new();
        for id in self.ids()? {
            if let Some((name, number)) = id.rsplit_once('-')
                && let Ok(number) = number.parse()
            {
                let highest = latest.entry(name.to_owned()).or_insert(number);
                *highest = number.max(*highest);
            }
        }
        Ok(latest.into_iter().map(|(name, number)| RunId(format!("{name}-{number}"))).collect())
    }

    /// Whether a name can be a run's id: it stays in its directory and can be shown as it is.
    pub fn is_id(name: &str) -> bool {
        !name.is_empty() && !name.starts_with('.') && name.chars().all(is_plain_char)
    }

    /// The names of the directories in `runs/` that can be ids. Symbolic links are none.
    fn ids(&self) -> Result<Vec<String>, StoreError> {
        let runs = self.runs();
        let entries = match fs::read_dir(&runs) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(StoreError::io(&runs, "be read")(error)),
        };
        Ok(entries
            .flatten()
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| Self::is_id(name))
            .collect())
    }
}

/// The runs that one thread reads.
#[derive(Default)]
struct Share<'a> {
    summaries: Vec<Summary>,
    /// Those whose copies in the index are good.
    good: Vec<&'a str>,
    /// Copies of summaries that had to be read.
    made: Vec<Copy>,
}

/// Reads the summaries of these runs.
fn share<'a>(runs: &Path, ids: &'a [String], index: Option<&Index>) -> Share<'a> {
    let mut share = Share::default();
    for id in ids {
        let run = RunDir::at(runs.join(id), RunId(id.clone()));
        match index.map_or(Look::Otherwise, |index| index.look(&run)) {
            Look::Good(summary) => {
                share.summaries.push(summary);
                share.good.push(id);
            }
            Look::Read(summary, copy) => {
                share.summaries.push(summary);
                share.made.extend(copy);
            }
            Look::Otherwise => match run.summary() {
                Ok(summary) if !summary.elsewhere => share.summaries.push(summary),
                _ => share
                    .summaries
                    .extend(elsewhere::below(run.path(), id).iter().filter_map(RunDir::summary_elsewhere)),
            },
        }
    }
    share
}

/// Newest first; of the same moment, the higher number first.
pub(super) fn sort(summaries: &mut [Summary]) {
    let number = |summary: &Summary| summary.id.0.rsplit('-').next().and_then(|n| n.parse::<u64>().ok());
    summaries.sort_by(|a, b| {
        b.created.total_cmp(&a.created).then_with(|| number(b).cmp(&number(a))).then_with(|| a.id.cmp(&b.id))
    });
}

fn fill(run: &RunDir, experiment: &Experiment, now: f64) -> Result<(), StoreError> {
    let text = with_split(experiment).to_toml();
    files::replace(&run.experiment_path(), text.as_bytes(), Durability::Process)?;
    let epochs = experiment.train.epochs as u64;
    let summary = Summary::new(run.id().clone(), experiment.name.clone(), experiment.parent.clone(), epochs, now);
    write_summary(run, &summary)
}

pub(super) fn write_summary(run: &RunDir, summary: &Summary) -> Result<(), StoreError> {
    let mut bytes = serde_json::to_vec(summary)
        .map_err(|error| StoreError::damaged(&run.summary_path(), format!("cannot be expressed: {error}")))?;
    bytes.push(b'\n');
    files::replace(&run.summary_path(), &bytes, Durability::Process)
}

/// The experiment with the split by size written out, where the size is known before the data are loaded. Otherwise the
/// worker writes it out once it knows.
fn with_split(experiment: &Experiment) -> Experiment {
    let mut experiment = experiment.clone();
    let source = &experiment.data.source;
    let size = match source.kind.drawn_by_default() {
        Some(drawn) => Some(source.examples.unwrap_or(drawn)),
        // Of so few examples at most, the rule says the same for any number.
        None => source.examples.filter(|examples| *examples < 100_000),
    };
    experiment.data.split = experiment.data.split.or(size.map(Split::by_size));
    experiment
}

/// A name as part of a path: letters, digits, `-`, `_` and `.`; no other name turns into the same one by chance of
/// being dots alone, hidden, or too long.
fn harmless(name: &str) -> String {
    let mut plain = String::new();
    for c in name.chars().map(|c| if is_plain_char(c) { c } else { '-' }) {
        let repeated = c == '-' && plain.ends_with('-');
        if !repeated && plain.len() + c.len_utf8() <= MAX_NAME {
            plain.push(c);
        }
    }
    let plain = plain.trim_start_matches(['.', '-']).trim_end_matches(['.', '-']);
    if plain.is_empty() { "run".to_owned() } else { plain.to_owned() }
}

fn is_plain_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// The number of an id made of `name`.
fn number_of(id: &str, name: &str) -> Option<u64> {
    id.strip_prefix(name)?.strip_prefix('-')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Fault;
    use crate::domain::run::Status;

    fn experiment(name: &str) -> Experiment {
        Experiment { name: name.to_owned(), ..Experiment::default() }
    }

    #[test]
    fn runs_are_counted_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        assert_eq!(root.list().unwrap(), []);
        let create = |name: &str, now: f64| root.create(&experiment(name), now).unwrap().id().0.clone();
        assert_eq!(
            [create("digits", 1.0), create("digits", 2.0), create("digits-2", 3.0), create("digits", 4.0)],
            ["digits-1", "digits-2", "digits-2-1", "digits-3"]
        );
        let ids: Vec<String> = root.list().unwrap().into_iter().map(|summary| summary.id.0).collect();
        assert_eq!(ids, ["digits-3", "digits-2-1", "digits-2", "digits-1"]);
    }

    #[test]
    fn a_new_run_has_every_default_and_is_queued() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        let run = root.create(&experiment("digits"), 5.0).unwrap();
        let text = fs::read_to_string(run.experiment_path()).unwrap();
        for key in ["seed", "[data.split]", "learning_rate", "momentum", "dropout"] {
            assert!(text.contains(key), "{key} is not in\n{text}");
        }
        let read = run.experiment().unwrap();
        assert_eq!(read, Experiment { name: "digits".into(), ..with_split(&Experiment::default()) });
        let summary = run.summary().unwrap();
        assert_eq!((summary.status, summary.created, summary.epochs), (Status::Queued, 5.0, 10));
        assert!(!run.is_held());
    }

    /// The clock is set back a day, and ahead again; or it was years ahead for a moment.
    #[test]
    fn the_latest_run_is_the_one_made_last_whatever_the_clock_says() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        let day = 86_400.0;
        for (name, now) in [("a", 10.0), ("a", 9.0), ("b", 9.0), ("c", 10.5), ("b", 9.9)] {
            let made = root.create(&experiment(name), now * day).unwrap();
            assert_eq!(root.find("latest").unwrap().id(), made.id(), "day {now}");
        }
        let order: Vec<String> = root.list().unwrap().into_iter().map(|summary| summary.id.0).collect();
        assert_eq!(order, ["b-2", "c-1", "b-1", "a-2", "a-1"]);
        let created = |run: RunDir| run.summary().unwrap().created;
        assert_eq!(created(root.create(&experiment("d"), 9e9).unwrap()), 9e9);
        assert_eq!(created(root.create(&experiment("e"), 11.0 * day).unwrap()), 11.0 * day, "years are not made up");
    }

    #[test]
    fn names_are_made_harmless() {
        for (name, plain) in [
            ("digits", "digits"),
            ("../../etc/passwd", "etc-passwd"),
            ("..", "run"),
            ("", "run"),
            (".hidden", "hidden"),
            ("a b\n\u{1b}[31mc\0", "a-b-31mc"),
            ("Ziffern_1.5", "Ziffern_1.5"),
            ("数字", "数字"),
            ("a\u{202e}b", "a-b"),
            ("--set", "set"),
        ] {
            assert_eq!(harmless(name), plain, "{name:?}");
        }
        let long = harmless(&"ü".repeat(500));
        assert!(long.len() <= MAX_NAME && Root::is_id(&long));
    }

    #[test]
    fn runs_are_found_by_id_prefix_and_latest() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        let error = root.find("latest").unwrap_err();
        assert!(matches!(error, StoreError::Empty { .. }) && error.fault() == Fault::Input);
        for (name, now) in [("digits", 1.0), ("kangaroos", 3.0), ("digits", 9.0)] {
            root.create(&experiment(name), now).unwrap();
        }
        for (what, id) in [("digits-1", "digits-1"), ("kang", "kangaroos-1"), ("latest", "digits-2")] {
            assert_eq!(root.find(what).unwrap().id().0, id);
        }
        for (what, part) in [
            ("digits", "`digits` could be any of digits-1, digits-2"),
            ("digts-1", "did you mean `digits-1`?"),
            ("zzz", "there is no run `zzz`"),
            ("", "there is no run ``"),
            ("../digits-1", "there is no run"),
        ] {
            let error = root.find(what).unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
            assert_eq!(error.fault(), Fault::Input);
        }
    }

    #[test]
    fn links_are_no_runs() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        let run = root.create(&experiment("digits"), 1.0).unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let moved = elsewhere.path().join("x");
        fs::rename(run.path(), &moved).unwrap();
        std::os::unix::fs::symlink(&moved, run.path()).unwrap();
        assert_eq!(root.list().unwrap(), []);
        assert!(root.find("digits-1").is_err());
    }

    #[test]
    fn what_cannot_be_made_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("runs"), "").unwrap();
        let error = Root::new(folder.path()).create(&experiment("digits"), 1.0).unwrap_err();
        assert!(error.to_string().contains("runs: cannot be made"), "{error}");
        assert_eq!(error.fault(), Fault::Run);
    }

    #[test]
    fn runs_made_at_the_same_time_are_different_ones() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path());
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..5).for_each(|_| drop(root.create(&experiment("digits"), 1.0).unwrap())));
            }
        });
        assert_eq!(root.list().unwrap().len(), 40);
    }
}
