//! High bias: the network does not even fit the examples it trains on as well as people would.

use crate::domain::remedy::RemedyKind;

use super::weight::gap_problem;
use super::{Case, Problem, ProblemKind};

/// What holds the network back is taken away first; then it gets more room, then more time, then another way.
const REMEDIES: &[RemedyKind] = &[
    RemedyKind::LessDropout,
    RemedyKind::LessWeightDecay,
    RemedyKind::LargerNetwork,
    RemedyKind::Convolutions,
    RemedyKind::MoreEpochs,
    RemedyKind::Relu,
    RemedyKind::Momentum,
    RemedyKind::Adam,
    RemedyKind::DeeperNetwork,
];

pub(super) fn check(case: &Case<'_>) -> Option<Problem> {
    gap_problem(case, ProblemKind::HighBias, "the network does not even fit the examples it trains on", REMEDIES)
}
