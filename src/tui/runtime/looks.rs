//! Looks at data: loads them in a thread of its own and tells how far it is. There is one look at a time; one that nobody
//! waits for any more ends soon.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::data::{self, Loading, Progress};
use crate::store::{Root, catalog};
use crate::tui::action::Action;
use crate::tui::state::data::{Look, Owner};

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
