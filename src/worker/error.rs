//! Why a worker ends without having trained to the end.

use std::io;

use crate::data::DataError;
use crate::domain::event::Fault;
use crate::engine::EngineError;
use crate::store::StoreError;

/// Why a run could not be trained.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// Its directory.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Its network, or a step of its training.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// There is nothing left to train.
    #[error("run {id} is finished: there is nothing left to train; `rungs apply {id} more-epochs` trains a longer one")]
    Finished {
        /// The run.
        id: String,
    },
    /// It was to be begun, and has been begun before.
    #[error("run {id} was started before; `rungs resume {id}` takes it up from its last checkpoint")]
    NotNew {
        /// The run.
        id: String,
    },
    /// The disk was full, and the system told the worker to go before there was room again.
    #[error("{0}")]
    NoRoom(String),
    /// The program broke off.
    #[error("a fault of rungs itself: {0}")]
    Panic(String),
    /// The system would not let the worker be set up.
    #[error("cannot {action}: {source}")]
    System {
        /// What was to be done, as it follows "cannot".
        action: &'static str,
        /// The system's answer.
        source: io::Error,
    },
}

impl WorkerError {
    /// Whose fault it was.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Store(error) => error.fault(),
            Self::Data(error) => error.fault(),
            Self::Engine(error) => error.fault(),
            Self::Finished { .. } | Self::NotNew { .. } => Fault::Input,
            Self::NoRoom(_) | Self::Panic(_) | Self::System { .. } => Fault::Run,
        }
    }
}
