//! Leakage: dev or test examples are among those that train, or dev is easier than train for no reason.
//!
//! Errors are measured without dropout and without alterations, so neither explains a dev error below the train error.

use crate::domain::duplicates::Overlap;
use crate::domain::interval::{Interval, newcombe};
use crate::domain::ladder::{Place, Rung};
use crate::domain::remedy::{RemedyKind, offer};
use crate::domain::text::{capitalized, percent, points, thousands};

use super::{Case, Problem, ProblemKind};

/// Rows of tables may be the same by chance, where columns are few and whole: from this share on they are spoken of.
const OF_TABLES: f64 = 0.05;
/// Chance does not look at labels: with more twins of another class than this share it is chance.
const OTHER_CLASS: f64 = 0.02;

pub(super) fn check(case: &Case<'_>) -> Option<Problem> {
    let evidence = copied(case).or_else(|| easier(case))?;
    let remedies = offer(&[RemedyKind::RemoveDuplicates], case.experiment);
    Some(Problem { kind: ProblemKind::Leakage, gap: None, low: None, high: None, evidence, remedies })
}

/// Examples of dev or test that are in an earlier set to the last bit.
fn copied(case: &Case<'_>) -> Option<String> {
    let is_table = case.experiment.is_some_and(|experiment| !experiment.data.source.kind.holds_images());
    let least = if is_table { OF_TABLES.max(case.tolerance()) } else { case.tolerance() };
    let matters = |overlap: &&Overlap| {
        let by_chance = overlap.other_class as f64 > OTHER_CLASS * overlap.examples as f64;
        matches!(overlap.set, Place::Dev | Place::Test)
            && matches!(overlap.within, Place::Train | Place::TrainDev)
            && overlap.share() > least
            && !by_chance
    };
    let worst = case.findings.overlaps.iter().filter(matters).max_by(|a, b| a.share().total_cmp(&b.share()))?;
    Some(format!(
        "{} of {} {} examples ({}) are in {} as well, to the last bit: what the network remembers of them counts as what it \
         knows, and the {} error is lower than it will be on new examples.",
        thousands(worst.examples),
        thousands(worst.of),
        worst.set.word(),
        percent(worst.share()),
        worst.within.word(),
        worst.set.word(),
    ))
}

/// A dev error far below the train error. With a target the sets are of two distributions, and train-dev is asked.
fn easier(case: &Case<'_>) -> Option<String> {
    // How a run made elsewhere was measured nobody knows: a mean over the epoch, with dropout, is above what comes of it.
    case.experiment?;
    let ladder = case.ladder;
    let place = if ladder.train_dev.is_some() { Place::TrainDev } else { Place::Dev };
    let (train, unseen) = (ladder.train?, *ladder.rung(place)?);
    let certain = |rung: &Rung| rung.interval.unwrap_or(Interval { low: rung.rate, high: rung.rate });
    let interval = newcombe((train.rate, certain(&train)), (unseen.rate, certain(&unseen)));
    (interval.low > case.tolerance()).then(|| {
        format!(
            "{} error ({}) is {} below train error ({}), and both were measured without dropout and alterations: its \
             examples are easier than those that train, or known from them. Compare where they come from and how they were \
             labeled.",
            capitalized(place.word()),
            percent(unseen.rate),
            points(train.rate - unseen.rate),
            percent(train.rate),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::diagnosis::Findings;
    use crate::domain::experiment::{Experiment, SourceKind};
    use crate::domain::ladder::{Counts, Ladder};

    #[test]
    fn copies_and_sets_that_are_too_easy() {
        let overlap = |set, within, examples, other_class| Overlap { set, within, examples, of: 900, other_class };
        let in_train = |examples, other_class| overlap(Place::Dev, Place::Train, examples, other_class);
        for (train, dev, overlaps, is_table, expected) in [
            ((20, 2000), (18, 900), vec![], false, None),
            ((200, 2000), (18, 900), vec![], false, Some("Dev error (2.0 %) is 8.0 points below train error (10.0 %)")),
            ((200, 2000), (82, 900), vec![], false, None),
            (
                (20, 2000),
                (18, 900),
                vec![in_train(300, 0)],
                false,
                Some("300 of 900 dev examples (33.3 %) are in train"),
            ),
            ((20, 2000), (18, 900), vec![in_train(300, 20)], false, None),
            ((20, 2000), (18, 900), vec![in_train(4, 0)], false, None),
            ((20, 2000), (18, 900), vec![in_train(30, 0)], true, None),
            ((20, 2000), (18, 900), vec![in_train(90, 0)], true, Some("90 of 900")),
            ((20, 2000), (18, 900), vec![overlap(Place::Test, Place::Dev, 300, 0)], false, None),
            (
                (20, 2000),
                (18, 900),
                vec![in_train(30, 0), overlap(Place::Test, Place::Train, 60, 0)],
                false,
                Some("60 of 900 test"),
            ),
        ] {
            let counted = |(errors, of)| Some(Rung::counted(Counts { errors, of }));
            let ladder = Ladder { train: counted(train), dev: counted(dev), ..Ladder::default() };
            let mut experiment = Experiment::default();
            if is_table {
                experiment.data.source.kind = SourceKind::Csv;
            }
            let findings = Findings { overlaps: &overlaps, ..Findings::default() };
            let case =
                Case { ladder: &ladder, convergence: None, experiment: Some(&experiment), live: false, findings };
            let found = check(&case).map(|problem| problem.evidence);
            match expected {
                None => assert_eq!(found, None),
                Some(part) => assert!(found.as_ref().is_some_and(|found| found.contains(part)), "{part}: {found:?}"),
            }
        }
    }
}
