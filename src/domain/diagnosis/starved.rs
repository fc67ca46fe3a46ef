//! Starved classes: rare ones are missed, and the error rate hides it.

use crate::domain::confusion::ClassMetrics;
use crate::domain::interval::wilson;
use crate::domain::ladder::Counts;
use crate::domain::remedy::{RemedyKind, offer};
use crate::domain::text::{percent, thousands};

use super::{Case, Problem, ProblemKind};

const REMEDIES: &[RemedyKind] =
    &[RemedyKind::MoreExamples, RemedyKind::BalanceClasses, RemedyKind::FocalLoss, RemedyKind::MoreEpochs];

/// Accuracy less macro F1 that is worth a word.
const FAR: f64 = 0.05;
/// A class is rare below this share of the examples that it would have if all had as many.
const RARE: f64 = 0.5;
/// Fewer examples that are missed tell nothing.
const FEWEST: u64 = 5;
/// Classes that are named.
const NAMED: usize = 3;

pub(super) fn check(case: &Case<'_>) -> Option<Problem> {
    let confusion = case.findings.confusion?;
    let metrics = confusion.metrics();
    let even = confusion.total() as f64 / metrics.per_class.len().max(1) as f64;
    let (all, error) = (metrics.accuracy - metrics.macro_f1, 1.0 - metrics.accuracy);
    let mut starved: Vec<(&ClassMetrics, Counts)> = metrics
        .per_class
        .iter()
        .zip(confusion.missed())
        .filter(|(class, _)| class.support > 0 && (class.support as f64) < RARE * even)
        .filter(|(_, missed)| wilson(*missed).low > error + case.tolerance())
        .collect();
    let misses: u64 = starved.iter().map(|(_, missed)| missed.errors).sum();
    if all < FAR || misses < FEWEST {
        return None;
    }
    starved.sort_by(|(_, a), (_, b)| b.rate().total_cmp(&a.rate()));
    let named = starved
        .iter()
        .take(NAMED)
        .map(|(class, missed)| format!("{} of {} of {}", thousands(missed.errors), thousands(missed.of), class.class));
    let more = match starved.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and those of {more} more"),
    };
    let evidence = format!(
        "Macro F1 ({}) is far below accuracy ({}): rare classes are missed, {}{more}. The error rate hides it, for it counts \
         examples, and these are few.",
        percent(metrics.macro_f1),
        percent(metrics.accuracy),
        named.collect::<Vec<_>>().join(", "),
    );
    let of_all = Counts { errors: misses, of: confusion.total() };
    let interval = wilson(of_all);
    Some(Problem {
        kind: ProblemKind::StarvedClasses,
        gap: Some(of_all.rate()),
        low: Some(interval.low),
        high: Some(interval.high),
        evidence,
        remedies: offer(REMEDIES, case.experiment),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::confusion::Confusion;
    use crate::domain::diagnosis::Findings;
    use crate::domain::ladder::Ladder;

    #[test]
    fn rare_classes_that_are_missed() {
        let ladder = Ladder::default();
        for (matrix, expected) in [
            // Even, and all are found or missed alike.
            ([[95, 3, 2], [3, 94, 3], [2, 3, 95]], None),
            ([[60, 20, 20], [20, 60, 20], [20, 20, 60]], None),
            // One is rare and found.
            ([[480, 10, 0], [10, 480, 0], [0, 1, 19]], None),
            // One is rare and missed.
            ([[490, 5, 0], [5, 490, 0], [8, 6, 6]], Some("14 of 20 of c")),
            // Missed, but so few that it may be chance.
            ([[490, 5, 0], [5, 490, 0], [1, 0, 2]], None),
            // Missed and not rare: that is bias.
            ([[200, 5, 0], [5, 200, 0], [100, 60, 40]], None),
        ] {
            let confusion = Confusion {
                classes: ["a", "b", "c"].map(String::from).to_vec(),
                matrix: matrix.iter().map(|row| row.to_vec()).collect(),
            };
            let findings = Findings { confusion: Some(&confusion), ..Findings::default() };
            let case = Case { ladder: &ladder, convergence: None, experiment: None, live: false, findings };
            let problem = check(&case);
            match expected {
                None => assert_eq!(problem, None, "{matrix:?}"),
                Some(part) => {
                    let problem = problem.unwrap();
                    assert!(problem.evidence.contains(part), "{}", problem.evidence);
                    assert_eq!(problem.remedies[1].id, "balance-classes");
                }
            }
        }
    }
}
