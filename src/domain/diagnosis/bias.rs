//! High bias: the network does not even fit the examples it trains on as well as people would.

use crate::domain::remedy::RemedyKind;

use super::weight::gap_problem;
use super::{Case, Problem, ProblemKind};

/// What holds the network back.
const BRAKES: &[RemedyKind] = &[RemedyKind::LessDropout, RemedyKind::LessWeightDecay];

/// What drives it: more room, more time, another way.
const DRIVES: &[RemedyKind] = &[
    RemedyKind::LargerNetwork,
    RemedyKind::MoreEpochs,
    RemedyKind::Convolutions,
    RemedyKind::Gates,
    RemedyKind::Adam,
    RemedyKind::Momentum,
    RemedyKind::Relu,
    RemedyKind::BatchNormalization,
    RemedyKind::ResidualBlocks,
    RemedyKind::DeeperNetwork,
    RemedyKind::Search,
];

pub(super) fn check(case: &Case<'_>) -> Option<Problem> {
    // Brakes that are on are taken off first; as advice to a stranger they are the lesser guess.
    let remedies = if case.experiment.is_some() { [BRAKES, DRIVES].concat() } else { [DRIVES, BRAKES].concat() };
    gap_problem(case, ProblemKind::HighBias, "the network does not even fit the examples it trains on", &remedies)
}
