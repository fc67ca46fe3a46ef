//! A baseline suffices: something far simpler errs about as often as the network.

use crate::domain::baseline::{Baseline, best};
use crate::domain::interval::{Interval, newcombe, wilson};
use crate::domain::ladder::Rung;
use crate::domain::remedy::{RemedyKind, offer};
use crate::domain::text::{capitalized, percent, points, thousands};

use super::weight::{Weight, weigh};
use super::{Case, Problem, ProblemKind};

/// How much better the network is than the best of the baselines.
struct Lead<'a> {
    baseline: &'a Baseline,
    dev: Rung,
    /// Baseline's error less the network's, as a fraction.
    size: f64,
    interval: Interval,
}

impl Lead<'_> {
    fn of<'a>(case: &Case<'a>) -> Option<Lead<'a>> {
        let (baseline, dev) = (best(case.findings.baselines)?, case.ladder.dev?);
        let rate = baseline.counts.rate();
        let certain = dev.interval.unwrap_or(Interval { low: dev.rate, high: dev.rate });
        // Both were counted on much the same examples, which makes the true interval narrower: the network's lead is
        // rather underrated than overrated here, by what the dev set's size leaves open.
        let interval = newcombe((rate, wilson(baseline.counts)), (dev.rate, certain));
        Some(Lead { baseline, dev, size: rate - dev.rate, interval })
    }

    /// Whether the network was not found to be better, and is not by more than the tolerance in the numbers at hand.
    fn is_none(&self, tolerance: f64) -> bool {
        self.interval.low <= 0.0 && self.size <= tolerance
    }
}

/// Whether the baseline is as good as the network for certain: a serious lead of the network is excluded.
pub(super) fn is_certain(case: &Case<'_>) -> bool {
    let lead = Lead::of(case);
    lead.is_some_and(|lead| weigh(lead.size, Some(lead.interval), case.tolerance()) == Weight::Fine)
}

pub(super) fn check(case: &Case<'_>) -> Option<Problem> {
    let lead = Lead::of(case).filter(|lead| lead.is_none(case.tolerance()))?;
    Some(Problem {
        kind: ProblemKind::BaselineSuffices,
        gap: None,
        low: None,
        high: None,
        evidence: sentence(&lead),
        remedies: offer(&[RemedyKind::UseBaseline], case.experiment),
    })
}

/// «Logistic regression errs on 2.1 % of the dev examples (19 of 900), the network on 2.0 % (18 of 900): …»
fn sentence(lead: &Lead<'_>) -> String {
    let Lead { baseline, dev, interval, .. } = lead;
    let counts = baseline.counts;
    let of_network = dev
        .counts
        .map_or_else(String::new, |counts| format!(" ({} of {})", thousands(counts.errors), thousands(counts.of)));
    let comparison = if interval.high < 0.0 {
        "the network is worse".to_owned()
    } else {
        format!("the network is not found to be better (at 95 % its lead is {} at most)", points(interval.high))
    };
    format!(
        "{} errs on {} of the dev examples ({} of {}), the network on {}{of_network}: {comparison}. The \
         simpler one saw {} training examples and took {:.1} s. What is simpler is quicker to train, to run and to \
         explain: a network has to earn its keep.",
        capitalized(baseline.name.subject()),
        percent(counts.rate()),
        thousands(counts.errors),
        thousands(counts.of),
        percent(dev.rate),
        thousands(baseline.trained_on),
        baseline.seconds,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::baseline::BaselineKind;
    use crate::domain::convergence::{Convergence, State};
    use crate::domain::diagnosis::{Findings, Verdict, diagnose};
    use crate::domain::ladder::{Counts, Ladder};

    fn verdict(
        network: (u64, u64),
        baselines: &[(BaselineKind, u64, u64)],
        state: State,
        live: bool,
    ) -> (String, bool) {
        let counted = |errors, of| Some(Rung::counted(Counts { errors, of }));
        let ladder = Ladder {
            human: Some(Rung::given(0.01, None)),
            train: counted(network.0 * 10, network.1 * 10),
            dev: counted(network.0, network.1),
            ..Ladder::default()
        };
        let baselines: Vec<Baseline> = baselines
            .iter()
            .map(|&(name, errors, of)| {
                let (counts, trained_on) = (Counts { errors, of }, 4000);
                Baseline { name, counts, trained_on, seconds: 0.3, data: String::new() }
            })
            .collect();
        let convergence = Convergence { state, evidence: "e".into() };
        let findings = Findings { baselines: &baselines, ..Findings::default() };
        let case = Case { ladder: &ladder, convergence: Some(&convergence), experiment: None, live, findings };
        let diagnosis = diagnose(&case);
        let found = diagnosis.problems.iter().any(|problem| problem.kind == ProblemKind::BaselineSuffices);
        assert!(!found || diagnosis.problems.last().is_some_and(|last| last.kind == ProblemKind::BaselineSuffices));
        (diagnosis.verdict.id().to_owned(), found)
    }

    #[test]
    fn the_simplest_that_is_as_good_is_named_unless_something_is_worse() {
        use BaselineKind::{LogisticRegression, MajorityClass, RandomForest};
        let done = State::Converged;
        for (network, baselines, state, live, expected) in [
            // As good, and many examples.
            (
                (30, 2000),
                vec![(MajorityClass, 1800, 2000), (LogisticRegression, 31, 2000)],
                done,
                false,
                ("baseline-suffices", true),
            ),
            ((30, 2000), vec![(RandomForest, 20, 2000)], done, false, ("baseline-suffices", true)),
            // The network is better: by far, or by a little for certain.
            ((30, 2000), vec![(RandomForest, 300, 2000)], done, false, ("healthy", false)),
            ((30, 2000), vec![(RandomForest, 55, 2000)], done, false, ("healthy", false)),
            ((30, 2000), vec![], done, false, ("healthy", false)),
            // Few examples: as good as far as one can see, and nothing is decided by it.
            ((1, 60), vec![(RandomForest, 1, 60)], done, false, ("undecided", true)),
            ((1, 60), vec![(RandomForest, 4, 60)], done, false, ("undecided", false)),
            // What is wrong with the network comes first.
            ((400, 2000), vec![(RandomForest, 380, 2000)], done, false, ("high-bias", true)),
            // A network that has not trained to its end is not compared.
            ((400, 2000), vec![(RandomForest, 20, 2000)], State::Diverging, false, ("diverged", false)),
            ((400, 2000), vec![(RandomForest, 20, 2000)], State::Decreasing, true, ("undecided", false)),
            ((30, 2000), vec![(RandomForest, 20, 2000)], State::Decreasing, false, ("not-converged", false)),
        ] {
            let (id, found) = verdict(network, &baselines, state, live);
            assert_eq!((id.as_str(), found), expected, "{network:?} {baselines:?} {state:?}");
        }
        assert_eq!(Verdict::Problem(ProblemKind::BaselineSuffices).id(), "baseline-suffices");
    }

    #[test]
    fn the_evidence_has_both_errors() {
        let baseline = Baseline {
            name: BaselineKind::LogisticRegression,
            counts: Counts { errors: 19, of: 900 },
            trained_on: 4000,
            seconds: 0.84,
            data: String::new(),
        };
        let ladder = Ladder { dev: Some(Rung::counted(Counts { errors: 18, of: 900 })), ..Ladder::default() };
        let findings = Findings { baselines: std::slice::from_ref(&baseline), ..Findings::default() };
        let case = Case { ladder: &ladder, convergence: None, experiment: None, live: false, findings };
        let problem = check(&case).unwrap();
        assert!(
            problem.evidence.starts_with(
                "Logistic regression errs on 2.1 % of the dev examples (19 of 900), the network on 2.0 % (18 of 900): the \
                 network is not found to be better (at 95 % its lead is 1.5 points at most). The simpler one saw 4,000 \
                 training examples and took 0.8 s."
            ),
            "{}",
            problem.evidence
        );
        assert_eq!(problem.remedies[0].id, "use-baseline");
    }
}
