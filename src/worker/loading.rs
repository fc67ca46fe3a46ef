//! Loading a run's data while listening: a large set takes minutes, and nobody who wants the worker to go should have
//! to wait for it.

use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::WorkerError;
use super::session::End;
use super::signals::Signals;
use crate::data::{self, DataError, Loading, Prepared};
use crate::domain::control::{Command, Control};
use crate::domain::experiment::Experiment;
use crate::store::RunWriter;

/// Signals and the loaded data are looked for so often.
const LISTEN_EVERY: Duration = Duration::from_millis(5);
/// Commands are looked for so often.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What loading came to.
#[derive(Debug)]
pub(super) enum Loaded {
    /// The data are there.
    Data(Arc<Prepared>),
    /// Someone wants the worker to go before they are.
    Left(End),
}

/// Loads the data of an experiment whose paths are relative to `base`, with decoded pictures kept in `cache`. Commands
/// that come meanwhile are added to `commands`; they are obeyed by the session, but for one to stop.
///
/// # Errors
/// Those of the data; control lines that cannot be read.
pub(super) fn load(
    experiment: &Experiment,
    base: &Path,
    cache: &Path,
    writer: &mut RunWriter,
    commands: &mut Vec<Control>,
    signals: &Signals,
) -> Result<Loaded, WorkerError> {
    let (owned, base, cache) = (experiment.clone(), base.to_owned(), cache.to_owned());
    let work = move || data::prepare_with(&owned, &base, Loading { cache: Some(&cache), ..Loading::default() });
    let loader = thread::Builder::new().name("load".to_owned()).spawn(work);
    let loader = loader.map_err(|source| WorkerError::System { action: "start a thread to load data", source })?;
    attend(&loader, writer, commands, signals)?.map_or_else(
        || {
            let loaded: Result<Prepared, DataError> = loader.join().unwrap_or_else(|panic| resume_unwind(panic));
            Ok(Loaded::Data(Arc::new(loaded?)))
        },
        // The thread is left behind: it writes nothing but whole files of the cache, and ends with the process.
        |end| Ok(Loaded::Left(end)),
    )
}

/// Waits for a thread to end; gives why it should not be waited for, if that comes first.
fn attend<T>(
    loader: &thread::JoinHandle<T>,
    writer: &mut RunWriter,
    commands: &mut Vec<Control>,
    signals: &Signals,
) -> Result<Option<End>, WorkerError> {
    let mut looked = Instant::now();
    while !loader.is_finished() {
        if signals.told_to_go() {
            return Ok(Some(End::Interrupted));
        }
        if let Some(stop) = commands.iter().find(|control| control.command == Command::Stop) {
            return Ok(Some(End::Stopped(stop.id.clone())));
        }
        thread::sleep(LISTEN_EVERY);
        if looked.elapsed() >= LOOK_EVERY {
            looked = Instant::now();
            commands.append(&mut writer.commands()?);
        }
    }
    Ok(None)
}
