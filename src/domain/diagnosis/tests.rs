use super::*;
use crate::domain::experiment::{Synthesize, SynthesizeKind};
use crate::domain::ladder::{Counts, Rung};

fn given(rates: [Option<f64>; 5], examples: Option<u64>) -> Ladder {
    let rung = |place: usize| rates[place].map(|rate| Rung::given(rate / 100.0, examples));
    Ladder {
        human: rates[0].map(|rate| Rung::given(rate / 100.0, None)),
        train: rung(1),
        train_dev: rung(2),
        dev: rung(3),
        test: rung(4),
    }
}

fn of(ladder: &Ladder) -> Diagnosis {
    let findings = Findings::default();
    diagnose(&Case { ladder, convergence: None, experiment: None, live: false, findings })
}

/// The article's three tables, and each problem alone.
#[test]
fn golden_ladders() {
    let none = None;
    for (rates, problem, gap) in [
        ([Some(0.1), Some(5.1), none, Some(5.2), Some(5.5)], ProblemKind::HighBias, 0.05),
        ([Some(0.1), Some(0.3), none, Some(5.3), Some(5.5)], ProblemKind::HighVariance, 0.05),
        ([Some(0.8), Some(1.0), Some(1.5), Some(9.0), Some(9.5)], ProblemKind::DataMismatch, 0.075),
        ([Some(1.0), Some(1.5), none, Some(2.0), Some(6.0)], ProblemKind::DevOverfit, 0.04),
    ] {
        let diagnosis = of(&given(rates, None));
        assert_eq!(diagnosis.verdict, Verdict::Problem(problem));
        assert_eq!(diagnosis.problems.len(), 1, "{diagnosis:?}");
        assert!((diagnosis.problems[0].gap.unwrap() - gap).abs() < 1e-9);
        assert!(diagnosis.problems[0].remedies.len() >= 3);
        assert_eq!(diagnosis.notes, [""; 0]);
    }
}

#[test]
fn the_widest_gap_comes_first() {
    let diagnosis = of(&given([Some(1.0), Some(4.0), None, Some(12.0), None], None));
    let kinds: Vec<_> = diagnosis.problems.iter().map(|problem| problem.kind).collect();
    assert_eq!(kinds, [ProblemKind::HighVariance, ProblemKind::HighBias]);
}

#[test]
fn few_examples_leave_it_open_and_say_how_many_would_do() {
    let rates = [Some(1.0), Some(1.2), None, Some(4.0), None];
    let few = of(&given(rates, Some(100)));
    assert_eq!(few.verdict, Verdict::Undecided);
    let note = few.notes.iter().find(|note| note.contains("variance")).unwrap();
    let needed: u64 = note
        .split("about ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next())
        .map(|number| number.replace(',', "").parse().unwrap())
        .unwrap();
    assert_eq!(of(&given(rates, Some(needed))).verdict, Verdict::Problem(ProblemKind::HighVariance), "{note}");
    assert_eq!(of(&given(rates, Some(needed / 2))).verdict, Verdict::Undecided, "{note}");
}

#[test]
fn healthy_needs_evidence() {
    let rates = [Some(1.0), Some(1.2), None, Some(1.5), Some(1.6)];
    assert_eq!(of(&given(rates, None)).verdict, Verdict::Healthy);
    assert_eq!(of(&given(rates, Some(2000))).verdict, Verdict::Healthy);
    assert_eq!(of(&given(rates, Some(50))).verdict, Verdict::Undecided);
    assert_eq!(of(&Ladder::default()).verdict, Verdict::Undecided);
}

#[test]
fn without_human_error_much_train_error_is_not_called_healthy() {
    let diagnosis = of(&given([None, Some(30.0), None, Some(30.2), None], None));
    assert_eq!(diagnosis.verdict, Verdict::Undecided);
    assert!(diagnosis.notes[0].contains("--human"), "{:?}", diagnosis.notes);
    assert_eq!(of(&given([None, Some(0.4), None, Some(0.6), None], None)).verdict, Verdict::Healthy);
}

#[test]
fn a_ladder_is_trusted_once_the_loss_has_settled() {
    let ladder = given([Some(0.1), Some(0.3), None, Some(5.3), None], None);
    let experiment = Experiment::default();
    let at = |state: State, live: bool| {
        let convergence = Convergence { state, evidence: "e".to_owned() };
        let findings = Findings::default();
        let case =
            Case { ladder: &ladder, convergence: Some(&convergence), experiment: Some(&experiment), live, findings };
        diagnose(&case)
    };
    for (state, live, verdict, provisional) in [
        (State::Converged, false, "high-variance", false),
        (State::Converged, true, "high-variance", false),
        (State::Decreasing, false, "not-converged", true),
        (State::Decreasing, true, "undecided", true),
        (State::TooShort, true, "undecided", true),
        (State::Plateaued, true, "not-converged", false),
        (State::Oscillating, true, "diverged", true),
        (State::Diverging, false, "diverged", true),
        (State::NotFinite, false, "diverged", true),
    ] {
        let diagnosis = at(state, live);
        assert_eq!((diagnosis.verdict.id(), diagnosis.provisional), (verdict, provisional), "{state:?} {live}");
        assert!(diagnosis.problems.iter().any(|problem| problem.kind == ProblemKind::HighVariance));
        for remedy in diagnosis.problems.iter().flat_map(|problem| &problem.remedies) {
            assert!(remedy.change.is_some() || remedy.id == "search", "{remedy:?}");
        }
    }
}

#[test]
fn the_tolerance_is_the_experiment_s() {
    let ladder = Ladder {
        human: Some(Rung::given(0.001, None)),
        train: Some(Rung::counted(Counts { errors: 10, of: 10_000 })),
        dev: Some(Rung::counted(Counts { errors: 70, of: 10_000 })),
        ..Ladder::default()
    };
    let mut experiment = Experiment::default();
    let verdict = |experiment: &Experiment| {
        let findings = Findings::default();
        diagnose(&Case { ladder: &ladder, convergence: None, experiment: Some(experiment), live: false, findings })
            .verdict
    };
    assert_eq!(verdict(&experiment), Verdict::Healthy);
    experiment.task.tolerance = 0.002;
    assert_eq!(verdict(&experiment), Verdict::Problem(ProblemKind::HighVariance));
}

#[test]
fn few_patterns_over_many_examples_are_told_of() {
    let counted = |errors| Some(Rung::counted(Counts { errors, of: 2000 }));
    let with = |patterns: usize, dev_errors: u64| {
        let ladder = Ladder {
            human: Some(Rung::given(0.001, None)),
            train: counted(10),
            train_dev: counted(14),
            dev: counted(dev_errors),
            test: None,
        };
        let mut experiment = Experiment::default();
        experiment.data.synthesize =
            vec![Synthesize { kind: SynthesizeKind::Fog, path: None, patterns, probability: 0.5, amount: 0.6 }];
        let findings = Findings::default();
        diagnose(&Case { ladder: &ladder, convergence: None, experiment: Some(&experiment), live: false, findings })
    };
    let mismatch = with(1, 400);
    assert_eq!(mismatch.verdict, Verdict::Problem(ProblemKind::DataMismatch));
    assert!(mismatch.problems[0].evidence.contains("Only 1 pattern of fog lies"), "{}", mismatch.problems[0].evidence);
    assert_eq!(mismatch.problems[0].remedies[0].id, "more-patterns");
    assert!(mismatch.notes.is_empty());
    let healthy = with(4, 14);
    assert_eq!(healthy.verdict, Verdict::Healthy);
    assert!(healthy.notes[0].contains("Only 4 patterns of fog lie over 1,000"), "{:?}", healthy.notes);
    for enough in [with(0, 400), with(500, 400)] {
        assert!(!enough.problems[0].evidence.contains("Only"), "{}", enough.problems[0].evidence);
    }
}
