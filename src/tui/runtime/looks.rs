//! Looks at data: loads them in a thread of its own and tells how far it is. There is one look at a time; one that nobody
//! waits for any more ends soon.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::data::{self, Loading, Progress};
use crate::domain::mistakes::{Mistake, Mistakes};
use crate::domain::run::RunId;
use crate::store::{Predictions, Root, catalog};
use crate::tui::action::Action;
use crate::tui::state::data::{Look, Owner};
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
    pub fn begin(&mut self, hands: &Hands, owner: Owner) {
        self.end();
        let stop = Arc::new(AtomicBool::new(false));
        self.stop = Some(stop.clone());
        let (root, actions) = (hands.root.clone(), hands.actions.clone());
        std::thread::spawn(move || {
            let tell = |look: Look| {
                if !stop.load(Ordering::Relaxed) {
                    actions.send(Action::Data { owner: owner.clone(), look });
                }
            };
            if let Err(problem) = look(&root, &owner, &stop, &tell) {
                tell(Look::Failed(problem));
            }
        });
    }

    /// Begins a look at what a run got wrong; one that is under way ends.
    pub fn mistakes(&mut self, hands: &Hands, id: RunId) {
        self.end();
        let stop = Arc::new(AtomicBool::new(false));
        self.stop = Some(stop.clone());
        let (root, actions) = (hands.root.clone(), hands.actions.clone());
        std::thread::spawn(move || {
            let look = mistakes(&root, &id, &stop).unwrap_or_else(MistakesLook::Failed);
            if !stop.load(Ordering::Relaxed) {
                actions.send(Action::Mistakes { run: id, look });
            }
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
fn look(root: &Root, owner: &Owner, stop: &AtomicBool, tell: &(dyn Fn(Look) + Sync)) -> Result<(), String> {
    let (experiment, base) = match owner {
        Owner::Experiment(name) => {
            let experiment = catalog::open(root.directory(), name, &[]).map_err(|error| error.to_string())?;
            // Runs lie equally deep: any of them will do to see the data from.
            (experiment, root.runs().join("new"))
        }
        Owner::Run(id) => {
            let run = root.run(id).map_err(|error| error.to_string())?;
            (run.experiment().map_err(|error| error.to_string())?, run.path().to_path_buf())
        }
    };
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
    let cache = root.cache();
    let loading = Loading { watch: None, cache: Some(&cache), stop: Some(stop) };
    let prepared = data::prepare_with(&experiment, run.path(), loading).map_err(|error| error.to_string())?;
    // Where the data have changed since, its pictures would be others'.
    let same = |mistake: &Mistake| prepared.labels.get(mistake.example as usize) == Some(&mistake.label);
    let surest = found.all.iter().take(PICTURES);
    let surest: Vec<u32> = surest.take_while(|mistake| same(mistake)).map(|mistake| mistake.example).collect();
    let pictures = data::pictures(&prepared, &surest);
    let review = run.review(&experiment).map_err(|error| error.to_string())?;
    Ok(MistakesLook::Ready { found: Box::new(found), pictures, review })
}
