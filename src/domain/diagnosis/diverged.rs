//! Diverged: the loss goes up, swings or is no number. The steps are too large.

use crate::domain::convergence::State;
use crate::domain::remedy::{RemedyKind, offer};

use super::{Case, Problem, ProblemKind};

const REMEDIES: &[RemedyKind] = &[
    RemedyKind::LowerLearningRate,
    RemedyKind::LargerBatch,
    RemedyKind::ClipGradients,
    RemedyKind::ReduceOnPlateau,
    RemedyKind::Gates,
    RemedyKind::Adam,
    RemedyKind::LeakyRelu,
];

pub(super) fn check(case: &Case<'_>) -> Option<Problem> {
    let convergence = case.convergence?;
    let is_diverged = matches!(convergence.state, State::Diverging | State::Oscillating | State::NotFinite);
    is_diverged.then(|| Problem {
        kind: ProblemKind::Diverged,
        gap: None,
        low: None,
        high: None,
        evidence: convergence.evidence.clone(),
        remedies: offer(REMEDIES, case.experiment),
    })
}
