//! High variance: the network knows its training examples and errs on others of the same kind.

use crate::domain::experiment::AugmentKind;
use crate::domain::remedy::RemedyKind;

use super::weight::gap_problem;
use super::{Case, Problem, ProblemKind};

const REMEDIES: &[RemedyKind] = &[
    RemedyKind::MoreExamples,
    RemedyKind::Augment(AugmentKind::Shift),
    RemedyKind::Augment(AugmentKind::Rotate),
    RemedyKind::HalfTheData,
    RemedyKind::Convolutions,
    RemedyKind::Freeze,
    RemedyKind::MoreDropout,
    RemedyKind::MoreWeightDecay,
    RemedyKind::Augment(AugmentKind::Noise),
    RemedyKind::StopEarly,
    RemedyKind::SmallerNetwork,
    RemedyKind::Search,
];

pub(super) fn check(case: &Case<'_>) -> Option<Problem> {
    gap_problem(
        case,
        ProblemKind::HighVariance,
        "the network has learned its training examples and not what they have in common",
        REMEDIES,
    )
}
