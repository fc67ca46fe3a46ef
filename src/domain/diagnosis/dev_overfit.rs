//! Dev-set overfitting: so many choices were made on the dev set that they fit its accidents.

use crate::domain::remedy::RemedyKind;

use super::weight::gap_problem;
use super::{Case, Problem, ProblemKind};

const REMEDIES: &[RemedyKind] = &[RemedyKind::LargerDevSet, RemedyKind::MoreDropout, RemedyKind::MoreWeightDecay];

pub(super) fn check(case: &Case<'_>) -> Option<Problem> {
    let mut problem =
        gap_problem(case, ProblemKind::DevOverfit, "choices made on the dev set fit its accidents", REMEDIES)?;
    problem.evidence += match case.experiment {
        Some(_) => {
            " Both sets were drawn at random from the same examples, so it is not that they are of another kind."
        }
        None => {
            " Or the test set is of another kind than the dev set: then choices made on dev do not hold for it at all."
        }
    };
    Some(problem)
}
