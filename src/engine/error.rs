//! What can go wrong in training, as types; their sentences say what, where, and what would be right.

use dfdx::tensor::CpuError;

use crate::domain::event::Fault;
use crate::domain::experiment::ExperimentError;

/// Why a network could not be built, trained, changed or saved.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EngineError {
    /// A layer does not take what the layer before it gives.
    #[error("{layer} gets {got} and needs {needed}")]
    Shape {
        /// The layer's name, with what it is: `pool3 (2×2)`.
        layer: String,
        /// The shape that reaches it.
        got: String,
        /// What it could work on, or what to change.
        needed: String,
    },
    /// The data leave nothing to train on.
    #[error("{0}")]
    Data(String),
    /// The network, its gradients and the optimizer's moments would not fit into memory.
    #[error(
        "a network of {parameters} parameters needs about {needed} MiB to train and this machine has {available} MiB; make its layers narrower"
    )]
    TooLarge {
        /// Trainable parameters.
        parameters: u64,
        /// What training would take, in MiB.
        needed: u64,
        /// What the machine has, in MiB.
        available: u64,
    },
    /// A value ran out of the finite numbers, and training cannot go on.
    #[error("step {step}: {what} of {layer} is not finite; a lower train.learning_rate may help")]
    NotFinite {
        /// The step that was being made, counted from 1.
        step: u64,
        /// The first layer, in the order of the forward pass, where it is so.
        layer: String,
        /// Which number of it: the output, a weight, a gradient.
        what: &'static str,
    },
    /// A setting that cannot be changed while the network trains.
    #[error("{key} cannot change while a run trains; what can: {}", live_keys())]
    NotLive {
        /// The dotted key.
        key: String,
    },
    /// A new value of a setting that is none the setting takes.
    #[error(transparent)]
    Setting(#[from] ExperimentError),
    /// A checkpoint that cannot be read, or that belongs to another network.
    #[error("the checkpoint does not fit: {0}")]
    Checkpoint(String),
    /// Weights to begin with that cannot be read, or that fit no layer.
    #[error("model.start_from: {0}")]
    Transfer(String),
    /// The threads to train on could not be started.
    #[error("no threads to train on: {0}")]
    Threads(String),
    /// It was told to leave off, by the flag of [`super::Trainer::that_heeds`].
    #[error("left off before it was done")]
    LeftOff,
    /// dfdx could not do it: no memory, or a tensor of another size than said.
    #[error("{}", tensor_sentence(*.0))]
    Tensor(TensorError),
}

/// What dfdx answers with when a tensor cannot be made or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TensorError {
    /// Out of memory.
    OutOfMemory,
    /// A tensor does not hold as many numbers as its shape says.
    WrongSize,
}

impl From<CpuError> for EngineError {
    fn from(error: CpuError) -> Self {
        Self::Tensor(match error {
            CpuError::OutOfMemory => TensorError::OutOfMemory,
            CpuError::WrongNumElements => TensorError::WrongSize,
        })
    }
}

impl EngineError {
    /// Whose fault it is: what the run was given, or the run and the machine.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Shape { .. }
            | Self::Data(_)
            | Self::TooLarge { .. }
            | Self::NotLive { .. }
            | Self::Setting(_)
            | Self::Transfer(_)
            | Self::Checkpoint(_) => Fault::Input,
            Self::NotFinite { .. } | Self::Threads(_) | Self::LeftOff | Self::Tensor(_) => Fault::Run,
        }
    }
}

fn live_keys() -> String {
    let live = crate::domain::experiment::schema::FIELDS.iter().filter(|field| field.live);
    live.map(|field| field.key).collect::<Vec<_>>().join(", ")
}

fn tensor_sentence(error: TensorError) -> &'static str {
    match error {
        TensorError::OutOfMemory => "out of memory; make train.batch_size or the layers smaller",
        TensorError::WrongSize => "a tensor does not hold as many numbers as its shape says (a fault of rungs itself)",
    }
}
