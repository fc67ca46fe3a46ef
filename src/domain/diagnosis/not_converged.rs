//! Not converged: training ended before the loss had settled, or it never left its start.

use crate::domain::convergence::State;
use crate::domain::remedy::{RemedyKind, offer};

use super::{Case, Problem, ProblemKind, units};

/// For a loss that was still falling when training ended.
const TOO_SHORT: &[RemedyKind] =
    &[RemedyKind::MoreEpochs, RemedyKind::HigherLearningRate, RemedyKind::Adam, RemedyKind::Momentum];

/// For a loss that got nowhere.
const STUCK: &[RemedyKind] = &[
    RemedyKind::HigherLearningRate,
    RemedyKind::LowerLearningRate,
    RemedyKind::Relu,
    RemedyKind::BatchNormalization,
    RemedyKind::Gates,
    RemedyKind::Adam,
    RemedyKind::Momentum,
    RemedyKind::LeakyRelu,
];

/// For one whose gradients do not reach the first layers: larger steps of nothing are nothing.
const VANISHED: &[RemedyKind] = &[
    RemedyKind::Relu,
    RemedyKind::BatchNormalization,
    RemedyKind::Gates,
    RemedyKind::ResidualBlocks,
    RemedyKind::Adam,
    RemedyKind::HigherLearningRate,
    RemedyKind::LowerLearningRate,
    RemedyKind::LeakyRelu,
];

pub(super) fn check(case: &Case<'_>) -> Option<Problem> {
    let convergence = case.convergence?;
    let remedies = match convergence.state {
        // A loss that is still falling is what a run under way should show.
        State::Decreasing if !case.live => TOO_SHORT,
        // Without an evaluation nothing has been trained that could be said to have ended too soon.
        State::TooShort if !case.live && case.ladder.train.is_some() => TOO_SHORT,
        State::Plateaued if units::vanished(case).is_some() => VANISHED,
        State::Plateaued => STUCK,
        _ => return None,
    };
    Some(Problem {
        kind: ProblemKind::NotConverged,
        gap: None,
        low: None,
        high: None,
        evidence: convergence.evidence.clone(),
        remedies: offer(remedies, case.experiment),
    })
}
