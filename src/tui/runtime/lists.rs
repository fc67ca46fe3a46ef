//! Keeps the lists of experiments, runs and themes as they are on disk, in a thread of its own.
//!
//! Reading all runs costs time that grows with their number, so it is done when the directory has changed and otherwise
//! seldom enough to stay within a small share of one core; runs that train are looked at one by one in between.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender as Bell};
use std::time::{Duration, Instant, SystemTime};

use crate::domain::run::Summary;
use crate::store::{Root, catalog};
use crate::tui::action::Action;
use crate::tui::state::Item;
use crate::tui::theme::{BUILTINS, Palette};

use super::Sender;
use super::watch::{Watch, changed};

/// How often runs that train are looked at.
const LIVE: Duration = Duration::from_millis(700);
/// How often directories are looked at, for file systems that do not notify.
const STILL: Duration = Duration::from_secs(2);
/// Changes come in swarms; they are waited out for so long.
const SWARM: Duration = Duration::from_millis(40);
/// Reading all runs may take one part in so many of the time.
const SHARE: u32 = 250;

/// What the lists are made from.
pub struct Places {
    /// The directory of experiments and runs.
    pub root: Root,
    /// Directories of theme files; what comes later hides what comes before.
    pub themes: Vec<PathBuf>,
}

/// Keeps the lists until the dashboard ends.
pub fn run(places: &Places, rung: &Receiver<()>, bell: Bell<()>, actions: &Sender) {
    let root = places.root.directory().to_path_buf();
    let mut directories = vec![root.clone(), catalog::folder(&root), places.root.runs()];
    directories.extend(places.themes.iter().cloned());
    let mut watch = Watch::new(directories, bell);
    let mut known = Known::default();
    loop {
        known.look(places, actions);
        let wait = if known.has_live() { LIVE } else { STILL };
        match rung.recv_timeout(wait) {
            Ok(()) => {
                std::thread::sleep(SWARM);
                while rung.try_recv().is_ok() {}
                known.is_stale = true;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        watch.renew();
    }
}

#[derive(Default)]
struct Known {
    experiments: Vec<Item>,
    runs: Vec<Summary>,
    palettes: Vec<(PathBuf, SystemTime)>,
    /// Times of the directories when they were last read.
    stamps: Vec<Option<SystemTime>>,
    /// Bytes of what people say of runs.
    said: u64,
    read: Option<(Instant, Duration)>,
    is_stale: bool,
}

impl Known {
    fn has_live(&self) -> bool {
        // A run that waits for its worker is about to be live.
        self.runs.iter().any(|run| run.status.is_live() || run.status == crate::domain::run::Status::Queued)
    }

    fn look(&mut self, places: &Places, actions: &Sender) {
        let root = places.root.directory();
        let folders = [catalog::folder(root), places.root.runs()];
        let stamps: Vec<_> =
            folders.iter().chain(&places.themes).map(|folder| newest(folder, folder != &folders[1])).collect();
        let first = self.read.is_none();
        let moved = |place: usize, known: &Self| known.stamps.get(place) != stamps.get(place);
        // What the first screen shows comes first.
        if first || moved(1, self) || self.is_due() {
            self.read_runs(places, actions);
        } else if self.has_live() {
            self.read_live(places, actions);
        }
        self.read_annotations(places, actions);
        if !places.root.is_watched() && (first || self.is_stale || moved(0, self)) {
            self.read_experiments(root, actions);
        }
        if first || self.is_stale || (2..stamps.len()).any(|place| moved(place, self)) {
            self.read_themes(places, actions);
        }
        (self.stamps, self.is_stale) = (stamps, false);
    }

    /// Whether enough time has gone by to read all runs again without being asked.
    fn is_due(&self) -> bool {
        self.read.is_none_or(|(when, took)| when.elapsed() > (took * SHARE).max(STILL))
    }

    fn read_runs(&mut self, places: &Places, actions: &Sender) {
        let begin = Instant::now();
        match places.root.list() {
            Ok(runs) => {
                if self.read.is_none() || runs != self.runs {
                    self.runs.clone_from(&runs);
                    actions.send(Action::Runs(runs));
                }
            }
            Err(error) if self.read.is_none() => {
                actions.send(Action::Runs(Vec::new()));
                actions.send(Action::Say(crate::tui::state::Tone::Bad, error.to_string()));
            }
            Err(_) => {}
        }
        self.read = Some((Instant::now(), begin.elapsed()));
    }

    fn read_annotations(&mut self, places: &Places, actions: &Sender) {
        let file = places.root.annotations();
        let said = file.size();
        if said != self.said
            && let Ok(annotations) = file.read()
        {
            self.said = said;
            actions.send(Action::Annotations(annotations));
        }
    }

    fn read_live(&mut self, places: &Places, actions: &Sender) {
        let mut runs = self.runs.clone();
        for run in
            runs.iter_mut().filter(|run| run.status.is_live() || run.status == crate::domain::run::Status::Queued)
        {
            if let Ok(summary) = places.root.run(&run.id).and_then(|run| run.summary()) {
                *run = summary;
            }
        }
        if runs != self.runs {
            self.runs.clone_from(&runs);
            actions.send(Action::Runs(runs));
        }
    }

    fn read_experiments(&mut self, root: &Path, actions: &Sender) {
        let items: Vec<Item> = catalog::list(root)
            .into_iter()
            .map(|entry| Item {
                builtin: entry.origin == catalog::Origin::Builtin,
                experiment: entry.experiment.map(Box::new).map_err(|error| error.to_string()),
                name: entry.name,
            })
            .collect();
        if items != self.experiments {
            self.experiments.clone_from(&items);
            actions.send(Action::Experiments(items));
        }
    }

    fn read_themes(&mut self, places: &Places, actions: &Sender) {
        let files = theme_files(&places.themes);
        let stamps: Vec<(PathBuf, SystemTime)> =
            files.iter().filter_map(|(_, path)| Some((path.clone(), changed(path)?))).collect();
        if !self.palettes.is_empty() && stamps == self.palettes {
            return;
        }
        self.palettes = stamps;
        let mut palettes: Vec<Palette> = BUILTINS.iter().map(|(name, _)| Palette::builtin(name)).collect();
        for (name, path) in files {
            let Ok(text) = catalog::text(&path) else { continue };
            match Palette::parse(&name, &text) {
                Ok(palette) => match palettes.iter_mut().find(|other| other.name == name) {
                    Some(hidden) => *hidden = palette,
                    None => palettes.push(palette),
                },
                Err(error) => actions.send(Action::Say(crate::tui::state::Tone::Bad, error.to_string())),
            }
        }
        actions.themes(palettes);
    }
}

/// The latest change in a folder: of itself, and where its files matter, of them.
fn newest(folder: &Path, with_files: bool) -> Option<SystemTime> {
    let own = changed(folder);
    if !with_files {
        return own;
    }
    let files = std::fs::read_dir(folder).ok()?.flatten().filter_map(|entry| changed(&entry.path()));
    files.chain(own).max()
}

fn theme_files(folders: &[PathBuf]) -> Vec<(String, PathBuf)> {
    let mut files: Vec<(String, PathBuf)> = folders.iter().flat_map(|folder| catalog::toml_files(folder)).collect();
    files.sort();
    files
}
