//! Looks at data: loads them in a thread of its own and tells how far it is. There is one look at a time; one that nobody
//! waits for any more ends soon.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::data::{self, Loading, Progress};
use crate::domain::experiment::Experiment;
use crate::domain::mistakes::{Mistake, Mistakes};
use crate::domain::review::Review;
use crate::domain::run::RunId;
use crate::store::{Predictions, Root, catalog};
use crate::tui::action::Action;
use crate::tui::state::Selected;
use crate::tui::state::data::Look;
use crate::tui::state::human::{HumanLook, Sitting};
use crate::tui::state::mistakes::MistakesLook;

use super::effects::Hands;

/// Between two words on how far loading is.
const TELL: Duration = Duration::from_millis(100);

/// The look that is under way.
#[derive(Default)]
pub struct Looks {
    stop: Option<Arc<AtomicBool>>,
}

impl Looks {
    /// Begins a look; one that is under way ends.
    pub fn begin(&mut self, hands: &Hands, owner: Selected) {
        self.start(hands, move |root, stop, tell| {
            let tell = |look: Look| tell(Action::Data { owner: owner.clone(), look });
            if let Err(problem) = look(root, &owner, stop, &tell) {
                tell(Look::Failed(problem));
            }
        });
    }

    /// Begins a look at what a run got wrong; one that is under way ends.
    pub fn mistakes(&mut self, hands: &Hands, id: RunId) {
        self.start(hands, move |root, stop, tell| {
            let look = mistakes(root, &id, stop).unwrap_or_else(MistakesLook::Failed);
            tell(Action::Mistakes { run: id, look });
        });
    }

    /// Begins to load examples to be judged without their labels; a look that is under way ends.
    pub fn judge(&mut self, hands: &Hands, owner: Selected) {
        self.start(hands, move |root, stop, tell| {
            let look = sitting(root, &owner, stop).unwrap_or_else(HumanLook::Failed);
            tell(Action::Human { owner, look });
        });
    }

    /// Looks, in a thread of its own; what it has to tell is told as long as somebody waits for it.
    fn start(
        &mut self,
        hands: &Hands,
        look: impl FnOnce(&Root, &AtomicBool, &(dyn Fn(Action) + Sync)) + Send + 'static,
    ) {
        self.end();
        let stop = Arc::new(AtomicBool::new(false));
        self.stop = Some(stop.clone());
        hands.in_thread(move |hands| {
            let tell = |action: Action| {
                if !stop.load(Ordering::Relaxed) {
                    hands.actions.send(action);
                }
            };
            look(&hands.root, &stop, &tell);
        });
    }

    /// Ends the look that is under way.
    pub fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.store(true, Ordering::Relaxed);
        }
    }
}

/// Loads, then tells what there is to see: first all that is seen at once, then all.
fn look(root: &Root, owner: &Selected, stop: &AtomicBool, tell: &(dyn Fn(Look) + Sync)) -> Result<(), String> {
    let (experiment, base) = opened(root, owner)?;
    let told = Mutex::new(Instant::now());
    let watch = |Progress { done, of }| {
        // Another thread that is telling is enough.
        if let Ok(mut told) = told.try_lock()
            && told.elapsed() >= TELL
        {
            *told = Instant::now();
            tell(Look::Loading { done, of });
        }
    };
    let cache = root.cache();
    let loading = Loading { watch: Some(&watch), cache: Some(&cache), stop: Some(stop) };
    let prepared = data::prepare_with(&experiment, &base, loading).map_err(|error| error.to_string())?;
    tell(Look::Glance(Box::new(data::glance(&experiment, &prepared))));
    if !stop.load(Ordering::Relaxed) {
        tell(Look::Whole(Box::new(data::overview(&experiment, &prepared))));
    }
    Ok(())
}

/// The experiment whose data are meant, and where its paths begin.
fn opened(root: &Root, owner: &Selected) -> Result<(Experiment, PathBuf), String> {
    match owner {
        Selected::Experiment(name) => {
            let experiment = catalog::open(root.directory(), name, &[]).map_err(|error| error.to_string())?;
            // Runs lie equally deep: any of them will do to see the data from.
            Ok((experiment, root.runs().join("new")))
        }
        Selected::Run(id) => {
            let run = root.run(id).map_err(|error| error.to_string())?;
            Ok((run.experiment().map_err(|error| error.to_string())?, run.path().to_path_buf()))
        }
    }
}

/// Examples of a sitting.
const SITTING: usize = 500;

/// Loads dev examples that nobody has judged yet, in an order of chance that is the same every time.
fn sitting(root: &Root, owner: &Selected, stop: &AtomicBool) -> Result<HumanLook, String> {
    let (experiment, base) = opened(root, owner)?;
    let notes = root.review(&experiment).notes().map_err(|error| error.to_string())?;
    let cache = root.cache();
    let loading = Loading { watch: None, cache: Some(&cache), stop: Some(stop) };
    let prepared = data::prepare_with(&experiment, &base, loading).map_err(|error| error.to_string())?;
    let review = Review::of(&notes);
    let label = |example: u32| prepared.labels.get(example as usize).copied().unwrap_or_default();
    let name = |class: u32| prepared.classes.get(class as usize).map_or("", String::as_str);
    let judged = |example: u32| review.marks(example, name(label(example))).is_some_and(|marks| marks.human.is_some());
    let mut queue = prepared.sets.dev.clone();
    queue.shuffle(&mut ChaCha8Rng::seed_from_u64(experiment.seed));
    queue.retain(|example| !judged(*example));
    queue.truncate(SITTING);
    Ok(HumanLook::Ready(Box::new(Sitting {
        pictures: data::pictures(&prepared, &queue),
        queue: queue.into_iter().map(|example| (example, label(example))).collect(),
        classes: prepared.classes.clone(),
        notes,
        given: experiment.task.human_error,
    })))
}

/// Mistakes that are shown with a picture.
const PICTURES: usize = 500;

/// Reads what a run got wrong, and loads the pictures of the surest mistakes.
fn mistakes(root: &Root, id: &RunId, stop: &AtomicBool) -> Result<MistakesLook, String> {
    let run = root.run(id).map_err(|error| error.to_string())?;
    let predictions = run.predictions().map_err(|error| error.to_string())?;
    let Some(Predictions { classes, examples, labels, probabilities, .. }) = predictions else {
        return Err(format!("{id} has no predictions yet: they are written when a run ends or is stopped"));
    };
    let found = Mistakes::new(classes, &examples, &labels, &probabilities);
    let experiment = run.experiment().map_err(|error| error.to_string())?;
    let notes = root.review(&experiment).notes().map_err(|error| error.to_string())?;
    let cache = root.cache();
    let loading = Loading { watch: None, cache: Some(&cache), stop: Some(stop) };
    let prepared = data::prepare_with(&experiment, run.path(), loading).map_err(|error| error.to_string())?;
    // Where the data have changed since, its pictures would be others'.
    let same = |mistake: &Mistake| prepared.labels.get(mistake.example as usize) == Some(&mistake.label);
    let surest = found.all.iter().take(PICTURES);
    let surest: Vec<u32> = surest.take_while(|mistake| same(mistake)).map(|mistake| mistake.example).collect();
    let pictures = data::pictures(&prepared, &surest);
    Ok(MistakesLook::Ready { found: Box::new(found), pictures, notes })
}
