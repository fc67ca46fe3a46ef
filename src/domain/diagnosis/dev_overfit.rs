//! Dev-set overfitting: so many choices were made on the dev set that they fit its accidents.

use crate::domain::remedy::RemedyKind;

use super::weight::gap_problem;
use super::{Case, Problem, ProblemKind};

const REMEDIES: &[RemedyKind] = &[RemedyKind::LargerDevSet, RemedyKind::MoreDropout, RemedyKind::MoreWeightDecay];

pub(super) fn check(case: &Case<'_>) -> Option<Problem> {
    gap_problem(case, ProblemKind::DevOverfit, "choices made on the dev set fit its accidents", REMEDIES)
}
