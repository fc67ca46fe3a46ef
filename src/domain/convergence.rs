//! Whether a loss has settled. Errors are to be trusted only once it has.

use serde::{Deserialize, Serialize};

/// What a loss curve is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Too few points to tell.
    TooShort,
    /// Still going down.
    Decreasing,
    /// Settled, far below where it began.
    Converged,
    /// Settled, near where it began.
    Plateaued,
    /// Swinging without going down.
    Oscillating,
    /// Going up.
    Diverging,
    /// NaN or infinite.
    NotFinite,
}

/// The state with what speaks for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Convergence {
    /// The state.
    pub state: State,
    /// Figures, in a sentence.
    pub evidence: String,
}
