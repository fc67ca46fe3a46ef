use super::*;
use crate::domain::confusion::Confusion;
use crate::domain::experiment::Experiment;
use crate::domain::experiment::change::with_change;
use crate::domain::ladder::{Counts, Ladder, Rung};
use crate::domain::remedy::{Remedy, RemedyKind};
use crate::domain::report::tests::finished;

/// A run with so many mistakes among 20,000 training and 2,000 dev examples; the parent's problem is high variance.
fn run(train: u64, dev: u64) -> Report {
    let mut report = finished();
    let counted = |errors, of| Some(Rung::counted(Counts { errors, of }));
    report.ladder = Ladder { train: counted(train, 20_000), dev: counted(dev, 2000), ..report.ladder };
    report.ladder.test = None;
    report
}

/// The run that a remedy of `parent`'s first problem made.
fn child(parent: &Report, remedy: &str, train: u64, dev: u64) -> Report {
    let remedy: &Remedy = parent.diagnosis.problems[0].remedies.iter().find(|one| one.id == remedy).unwrap();
    let experiment = with_change(&parent.experiment, remedy.change.as_ref().unwrap()).unwrap();
    Report { experiment, ..run(train, dev) }
}

#[test]
fn a_gap_shrank_grew_or_cannot_be_told_from_chance() {
    let parent = run(20, 200);
    for (train, dev, expected) in [
        (20, 80, Outcome::Helped),
        (20, 300, Outcome::Hurt),
        (20, 195, Outcome::CannotTell),
        // The gap closed because the training error rose, and the dev error with it.
        (6000, 640, Outcome::Mixed),
        // The gap opened because the training error fell further than the dev error did.
        (0, 100, Outcome::Helped),
    ] {
        let comparison = compare(&parent, &child(&parent, "more-dropout", train, dev)).unwrap();
        assert_eq!(comparison.problem, Some(ProblemKind::HighVariance));
        assert_eq!(comparison.remedy.as_deref(), Some("more-dropout"));
        assert_eq!(comparison.measured.of, Measure::Gap(GapKind::Variance));
        assert_eq!(comparison.outcome, expected, "{train} {dev}: {}", comparison.sentence());
        assert_eq!(comparison.caveat(), None);
    }
}

#[test]
fn sentences_say_what_moved_and_by_how_much() {
    let parent = run(20, 200);
    let helped = compare(&parent, &child(&parent, "more-dropout", 20, 80)).unwrap();
    assert_eq!(
        helped.sentence(),
        "Variance fell from 9.9 to 3.9 points (95 %: by 4.4 to 7.6). Dev error fell from 10.0 to 4.0 % (95 %: by 4.4 to 7.6)."
    );
    let chance = compare(&parent, &child(&parent, "more-dropout", 20, 195)).unwrap();
    assert!(
        chance
            .sentence()
            .starts_with("Variance went from 9.9 to 9.7 points, which may be chance (95 %: -2.1 to +1.6).")
    );
    assert_eq!(helped.verdict(), "high variance: helped");
}

#[test]
fn two_changes_are_two_and_no_remedy() {
    let parent = run(20, 200);
    let mut both = child(&parent, "more-dropout", 20, 80);
    both.experiment.train.batch_size = 32;
    let comparison = compare(&parent, &both).unwrap();
    assert_eq!((comparison.changes.len(), comparison.remedy.as_ref()), (2, None));
    assert_eq!(comparison.problem, Some(ProblemKind::HighVariance), "the problem that there was all the same");
    assert!(comparison.caveat().unwrap().starts_with("2 parameters were changed"));
    let same = compare(&parent, &run(20, 80)).unwrap();
    assert!(same.caveat().unwrap().starts_with("Nothing was changed"));
}

#[test]
fn a_problem_of_training_is_gone_or_not() {
    let mut parent = run(18_000, 1800);
    let remedies = vec![RemedyKind::LowerLearningRate.remedy(Some(&Experiment::default())).unwrap()];
    parent.experiment = Experiment::default();
    parent.diagnosis.problems[0] = crate::domain::diagnosis::Problem {
        kind: ProblemKind::Diverged,
        remedies,
        ..parent.diagnosis.problems[0].clone()
    };
    let mut cured = child(&parent, "lower-learning-rate", 17_900, 1790);
    let comparison = compare(&parent, &cured).unwrap();
    assert_eq!((comparison.cured, comparison.outcome), (Some(true), Outcome::Helped));
    assert_eq!(comparison.measured.of, Measure::DevError);
    assert_eq!(comparison.verdict(), "diverged: solved");
    cured.diagnosis.problems = parent.diagnosis.problems.clone();
    let comparison = compare(&parent, &cured).unwrap();
    assert_eq!((comparison.cured, comparison.outcome), (Some(false), Outcome::CannotTell));
}

#[test]
fn starved_and_confused_classes_are_measured_by_what_they_suffer() {
    let with = |kind, matrix: Vec<Vec<u64>>| {
        let mut report = run(20, 200);
        let classes = ["a", "b", "c"].map(String::from).to_vec();
        report.confusion = Some(Confusion { classes, matrix });
        report.diagnosis.problems[0].kind = kind;
        report
    };
    let before = vec![vec![900, 0, 0], vec![0, 900, 0], vec![40, 40, 20]];
    let after = vec![vec![870, 30, 0], vec![0, 900, 0], vec![10, 10, 80]];
    let kind = ProblemKind::StarvedClasses;
    let comparison = compare(&with(kind, before.clone()), &with(kind, after)).unwrap();
    assert_eq!(comparison.measured.of, Measure::MacroError);
    assert!((comparison.measured.before - 0.8 / 3.0).abs() < 1e-12);
    assert_eq!(comparison.outcome, Outcome::Helped, "{}", comparison.sentence());

    let kind = ProblemKind::ConfusedClasses;
    let after = vec![vec![900, 0, 0], vec![0, 900, 0], vec![5, 40, 55]];
    let comparison = compare(&with(kind, before), &with(kind, after)).unwrap();
    assert_eq!(comparison.measured.of.words(), "confusion of a and c");
    assert_eq!((comparison.measured.before, comparison.measured.after), (0.04, 0.005));
    assert_eq!(comparison.outcome, Outcome::Helped);
}

#[test]
fn what_was_not_evaluated_cannot_be_compared() {
    let parent = run(20, 200);
    assert_eq!(compare(&parent, &Report { ladder: Ladder::default(), ..run(1, 1) }), None);
    assert_eq!(compare(&Report { ladder: Ladder::default(), ..run(1, 1) }, &parent), None);
}

#[test]
fn half_the_data_tell_what_twice_as_many_would_bring() {
    let parent = run(20, 200);
    let child = child(&parent, "half-the-data", 20, 400);
    let text = compare(&parent, &child).unwrap().sentence();
    assert!(text.contains("with twice as many it would be about 4.9 points"), "{text}");
    let same = Report { ladder: parent.ladder.clone(), ..child };
    assert!(compare(&parent, &same).unwrap().outlook().unwrap().contains("cannot be expected"));
    assert_eq!(compare(&parent, &run(20, 400)).unwrap().outlook(), None);
}
