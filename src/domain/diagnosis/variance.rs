//! High variance: the network knows its training examples and errs on others of the same kind.

use crate::domain::experiment::AugmentKind;
use crate::domain::remedy::{RemedyKind, transfer};

use super::weight::gap_problem;
use super::{Case, Problem, ProblemKind};

const REMEDIES: &[RemedyKind] = &[
    RemedyKind::MoreExamples,
    RemedyKind::Augment(AugmentKind::Shift),
    RemedyKind::Augment(AugmentKind::Rotate),
    RemedyKind::HalfTheData,
    RemedyKind::FurtherTask,
    RemedyKind::Convolutions,
    RemedyKind::Freeze,
    RemedyKind::MoreDropout,
    RemedyKind::MoreWeightDecay,
    RemedyKind::Augment(AugmentKind::Noise),
    RemedyKind::StopEarly,
    RemedyKind::SmallerNetwork,
    RemedyKind::Search,
];

/// Remedies that come before a start from other weights.
const BEFORE_TRANSFER: usize = 2;

pub(super) fn check(case: &Case<'_>) -> Option<Problem> {
    let meaning = "the network has learned its training examples and not what they have in common";
    let mut problem = gap_problem(case, ProblemKind::HighVariance, meaning, REMEDIES)?;
    let transfer = case.experiment.zip(case.findings.donor).and_then(|(experiment, donor)| transfer(experiment, donor));
    // After more data and the first alteration, which help more often.
    let place = BEFORE_TRANSFER.min(problem.remedies.len());
    problem.remedies.splice(place..place, transfer);
    Some(problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::diagnosis::Findings;
    use crate::domain::experiment::Experiment;
    use crate::domain::ladder::{Counts, Ladder, Rung};
    use crate::domain::run::RunId;

    #[test]
    fn another_run_s_weights_are_offered_where_there_is_one_and_none_are_used() {
        let counted = |errors, of| Some(Rung::counted(Counts { errors, of }));
        let ladder = Ladder { train: counted(2, 700), dev: counted(30, 300), ..Ladder::default() };
        let donor = RunId("digits-3".into());
        let remedies = |experiment: &Experiment, donor: Option<&RunId>| {
            let findings = Findings { donor, ..Findings::default() };
            let case = Case { ladder: &ladder, convergence: None, experiment: Some(experiment), live: false, findings };
            check(&case).unwrap().remedies
        };
        let mut experiment = Experiment::default();
        let offered = remedies(&experiment, Some(&donor));
        assert_eq!(offered[2].id, "transfer");
        assert_eq!(offered[2].change.as_ref().unwrap().to_string(), "model.start_from: none → \"digits-3\"");
        assert!(remedies(&experiment, None).iter().all(|remedy| remedy.id != "transfer"));
        experiment.model.start_from = Some("digits-1".into());
        assert!(remedies(&experiment, Some(&donor)).iter().all(|remedy| remedy.id != "transfer"));
    }
}
