//! Baselines beside a run: a thread of its own, at the lowest priority, that takes over what an earlier run on the same
//! data found and works out the rest. Training does not wait for it, and whoever has to go does not either.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};

use crate::baseline::{Table, score};
use crate::data::Prepared;
use crate::domain::baseline::{Baseline, BaselineKind, baselines};
use crate::domain::experiment::{Baselines, Experiment};
use crate::store::Root;

/// Earlier runs that are asked, the newest first.
const ASKED: usize = 200;

/// Baselines under way. Dropped, they end soon.
#[derive(Debug)]
pub(super) struct Beside {
    found: Receiver<Baseline>,
    stop: Arc<AtomicBool>,
    is_done: bool,
}

impl Beside {
    /// Begins, unless the experiment wants no baselines or all are `known`. `root` is the directory of the project, where
    /// other runs are.
    pub(super) fn begin(
        experiment: &Experiment,
        data: &Arc<Prepared>,
        known: &[Baseline],
        root: PathBuf,
    ) -> Option<Self> {
        let missing: Vec<BaselineKind> =
            BaselineKind::ALL.into_iter().filter(|kind| known.iter().all(|one| one.name != *kind)).collect();
        if experiment.task.baselines == Baselines::None || missing.is_empty() || data.sets.dev.is_empty() {
            return None;
        }
        let (sender, found) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let (told, experiment, data) = (stop.clone(), experiment.clone(), data.clone());
        let work = move || {
            step_back();
            find(&experiment, &data, &root, &missing, &told, &sender);
        };
        // A run without baselines is better than none.
        std::thread::Builder::new().name("baselines".to_owned()).spawn(work).ok()?;
        Some(Self { found, stop, is_done: false })
    }

    /// What was found since this was last asked.
    pub(super) fn take(&mut self) -> Vec<Baseline> {
        let mut found = Vec::new();
        loop {
            match self.found.try_recv() {
                Ok(baseline) => found.push(baseline),
                Err(TryRecvError::Empty) => return found,
                Err(TryRecvError::Disconnected) => {
                    self.is_done = true;
                    return found;
                }
            }
        }
    }

    /// Whether nothing more will be found; known once [`Self::take`] has come to the end.
    pub(super) fn is_done(&self) -> bool {
        self.is_done
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Finds all that are missing, the quickest first.
fn find(
    experiment: &Experiment,
    data: &Prepared,
    root: &Path,
    missing: &[BaselineKind],
    stop: &AtomicBool,
    sender: &Sender<Baseline>,
) {
    let table = Table::of(data, experiment.seed);
    let earlier = taken_over(experiment, &table.fingerprint(), root);
    for kind in missing {
        let known = earlier.iter().find(|one| one.name == *kind).cloned();
        let Some(baseline) = known.or_else(|| score(*kind, &table, experiment.seed, stop)) else {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            continue;
        };
        if sender.send(baseline).is_err() {
            return;
        }
    }
}

/// What the newest run on the same examples found. The fingerprint decides; seed and data section only tell which logs
/// are worth reading.
fn taken_over(experiment: &Experiment, fingerprint: &str, root: &Path) -> Vec<Baseline> {
    let root = Root::new(root);
    let runs = root.list().unwrap_or_default().into_iter().take(ASKED);
    let on_the_same = runs.filter_map(|summary| root.run(&summary.id).ok()).filter(|run| {
        run.experiment().is_ok_and(|other| other.seed == experiment.seed && is_same_source(&other, experiment))
    });
    let found = on_the_same.map(|run| {
        let mut found = baselines(&run.records().unwrap_or_default());
        found.retain(|baseline| baseline.data == fingerprint);
        found
    });
    found.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
}

/// Whether two experiments draw the same examples; how they alter them in training is no concern of a baseline's.
fn is_same_source(a: &Experiment, b: &Experiment) -> bool {
    (&a.data.source, &a.data.target) == (&b.data.source, &b.data.target)
}

/// Lets every other thread go first. On Linux each thread has a priority of its own; elsewhere it would be the whole
/// process's, which has to train.
fn step_back() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, 19);
}
