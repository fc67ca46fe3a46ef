//! Data mismatch: the network does well on data like its training data, and the data that count are different.

use crate::domain::experiment::AugmentKind;
use crate::domain::remedy::RemedyKind;

use super::weight::gap_problem;
use super::{Case, Problem, ProblemKind, patterns};

const REMEDIES: &[RemedyKind] = &[
    // Offered only where there are few patterns, and then the likeliest cause.
    RemedyKind::MorePatterns,
    RemedyKind::TargetInTraining,
    RemedyKind::SynthesizeFog,
    RemedyKind::Augment(AugmentKind::Noise),
    RemedyKind::Augment(AugmentKind::Blur),
    RemedyKind::StudyMismatch,
];

pub(super) fn check(case: &Case<'_>) -> Option<Problem> {
    let mut problem =
        gap_problem(case, ProblemKind::DataMismatch, "the training data do not look like the target data", REMEDIES)?;
    if let Some(doubt) = patterns::doubt(case) {
        problem.evidence = format!("{} {doubt}", problem.evidence);
    }
    Some(problem)
}
