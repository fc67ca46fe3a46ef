//! Keeps the lists of experiments, runs and themes and the queue as they are on disk, in a thread of its own.
//!
//! Reading all runs costs time that grows with their number, so it is done when the directory has changed and otherwise
//! seldom enough to stay within a small share of one core; runs that train are looked at one by one in between.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender as Bell};
use std::time::{Duration, Instant, SystemTime};

use crate::domain::queue::Queue;
use crate::domain::run::{RunId, Status, Summary};
use crate::store::{Root, catalog};
use crate::tui::action::Action;
use crate::tui::state::{Item, Tone};
use crate::tui::theme::{BUILTINS, Palette};
use crate::worker::launch::Launcher;
use crate::worker::queue;

use super::Sender;
use super::watch::{Ring, Watch, changed};

/// How often runs that train are looked at.
const LIVE: Duration = Duration::from_millis(700);
/// How often directories are looked at, for file systems that do not notify.
const STILL: Duration = Duration::from_secs(2);
/// Changes come in swarms; they are waited out for so long.
const SWARM: Duration = Duration::from_millis(40);
/// Reading all runs may take one part in so many of the time.
const SHARE: u32 = 250;

/// Between two tries to have the queue drained.
const TRIES: Duration = Duration::from_secs(15);

/// What the lists are made from.
pub struct Places {
    /// The directory of experiments and runs.
    pub root: Root,
    /// Directories of theme files; what comes later hides what comes before.
    pub themes: Vec<PathBuf>,
}

/// Keeps the lists until the dashboard ends.
pub fn run(places: &Places, rung: &Receiver<Ring>, bell: Bell<Ring>, actions: &Sender) {
    let root = places.root.directory().to_path_buf();
    let mut directories = vec![root.clone(), catalog::folder(&root), places.root.runs()];
    directories.extend(places.themes.iter().cloned());
    let mut watch = Watch::new(directories, bell);
    let mut known = Known::default();
    loop {
        known.look(places, actions);
        let wait = if known.has_live() { LIVE } else { STILL };
        match rung.recv_timeout(wait) {
            Ok(ring) => {
                std::thread::sleep(SWARM);
                known.is_stale = true;
                for ring in std::iter::once(ring).chain(rung.try_iter()) {
                    known.is_behind |= ring == Ring::Runs;
                }
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
    queue: Queue,
    /// How large the queue's file was when it was last read.
    queue_size: u64,
    /// When it was last seen to that the queue is drained.
    seen_to: Option<Instant>,
    palettes: Vec<(PathBuf, SystemTime)>,
    /// Times of the directories when they were last read.
    stamps: Vec<Option<SystemTime>>,
    /// Bytes of what people say of runs.
    said: u64,
    read: Option<(Instant, Duration)>,
    is_stale: bool,
    /// Whether somebody has heard something else of a run than the list says.
    is_behind: bool,
}

impl Known {
    fn has_live(&self) -> bool {
        let far = self.far();
        self.runs.iter().any(|run| is_watched(run, &far))
    }

    /// Runs that wait in the queue and whose turn is not next.
    fn far(&self) -> HashSet<RunId> {
        let next = if self.queue.held { 0 } else { self.queue.at_a_time };
        self.queue.due(&self.runs).into_iter().skip(next).map(|(waiting, _)| waiting.run.clone()).collect()
    }

    fn look(&mut self, places: &Places, actions: &Sender) {
        let root = places.root.directory();
        let folders = [catalog::folder(root), places.root.runs()];
        let stamps: Vec<_> =
            folders.iter().chain(&places.themes).map(|folder| newest(folder, folder != &folders[1])).collect();
        let first = self.read.is_none();
        let moved = |place: usize, known: &Self| known.stamps.get(place) != stamps.get(place);
        let is_requeued = places.root.queue().size() != self.queue_size;
        // What the first screen shows comes first.
        let is_behind = std::mem::take(&mut self.is_behind);
        if first || moved(1, self) || is_requeued || is_behind || self.is_due() {
            self.read_runs(places, actions, is_behind);
        } else if self.has_live() {
            self.read_live(places, actions);
        }
        self.read_annotations(places, actions);
        self.read_queue(places, actions);
        self.see_to_queue(places, actions);
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

    /// Tells of them where they are not what was told last, or somebody `asked`, who has heard something else.
    fn read_runs(&mut self, places: &Places, actions: &Sender, asked: bool) {
        let begin = Instant::now();
        match places.root.list() {
            Ok(runs) => {
                if asked || self.read.is_none() || runs != self.runs {
                    self.runs.clone_from(&runs);
                    actions.send(Action::Runs(runs));
                }
            }
            Err(error) if self.read.is_none() => {
                actions.send(Action::Runs(Vec::new()));
                actions.send(Action::Say(Tone::Bad, error.to_string()));
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
        let (far, mut runs) = (self.far(), self.runs.clone());
        for run in runs.iter_mut().filter(|run| is_watched(run, &far)) {
            if let Ok(summary) = places.root.run(&run.id).and_then(|run| run.summary()) {
                *run = summary;
            }
        }
        if runs != self.runs {
            self.runs.clone_from(&runs);
            actions.send(Action::Runs(runs));
        }
    }

    fn read_queue(&mut self, places: &Places, actions: &Sender) {
        let file = places.root.queue();
        let size = file.size();
        if size == self.queue_size {
            return;
        }
        self.queue_size = size;
        match file.read() {
            Ok(queue) => {
                self.queue.clone_from(&queue);
                actions.send(Action::Queue(queue));
            }
            Err(error) => actions.send(Action::Say(Tone::Bad, error.to_string())),
        }
    }

    /// Starts the process that drains the queue, where it is gone.
    fn see_to_queue(&mut self, places: &Places, actions: &Sender) {
        let is_time = self.seen_to.is_none_or(|when| when.elapsed() > TRIES);
        if !is_time || self.queue.held || self.queue.due(&self.runs).is_empty() || places.root.queue().is_drained() {
            return;
        }
        self.seen_to = Some(Instant::now());
        let (root, actions) = (places.root.clone(), actions.clone());
        // It may take a moment, and the lists are not to wait for it. Without a thread for it, it is tried again.
        let _ = std::thread::Builder::new().spawn(move || {
            let done = Launcher::of_this_program().map_err(|error| error.to_string());
            let done = done.and_then(|launcher| queue::see_to(&root, &launcher).map_err(|error| error.to_string()));
            if let Err(problem) = done {
                actions.send(Action::Say(Tone::Bad, problem));
            }
        });
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
                Err(error) => actions.send(Action::Say(Tone::Bad, error.to_string())),
            }
        }
        actions.themes(palettes);
    }
}

/// Whether a run may change at any moment: it trains, or waits for its worker or for a place that may be free soon.
fn is_watched(run: &Summary, far: &HashSet<RunId>) -> bool {
    run.status.is_live() || (run.status == Status::Queued && !far.contains(&run.id))
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
