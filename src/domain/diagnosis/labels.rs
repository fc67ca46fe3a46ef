//! Label errors: so many dev labels are wrong that the dev error cannot be trusted.
//!
//! Networks make mistakes where they are unsure. Wrong labels contradict them everywhere, also where they are surest: if as
//! many examples are "mistaken" there as elsewhere, it is the labels. Measured on the built-in sources in
//! `tests/benches/diagnosis`: of the half that a network is surest of, it mistakes at most 0.5 % if labels are right, on
//! whatever task, and 2.7 to 3.2 % with 3 % of wrong labels.

use crate::domain::confusion::Confusion;
use crate::domain::interval::{Interval, newcombe, wilson};
use crate::domain::ladder::Counts;
use crate::domain::remedy::{RemedyKind, offer};
use crate::domain::signs::LabelSigns;
use crate::domain::text::{percent, thousands};

use super::{Case, Problem, ProblemKind};

/// Fewer mistakes in the surest half tell nothing.
const FEWEST: u64 = 8;
/// With more of them than this it is rather the network that is wrong, of which it can be sure as well.
const MOST: f64 = 0.2;
/// Mistakes of a network become more from the first quarter to the second, from next to none to many; wrong labels do not.
const EVEN: f64 = 0.25;
/// So much of the dev error must be found where the network is surest.
const OF_ERROR: f64 = 1.0 / 3.0;
/// A network that does not know a class cannot tell whether its labels are right. It knows one that it gives so many times
/// for each example of it, and finds this share of; wrong labels make a rare class larger than it is, so that its share may
/// be small.
const GIVEN: f64 = 0.4;
const FOUND: f64 = 0.25;

pub(super) fn check(case: &Case<'_>) -> Option<Problem> {
    let signs = case.findings.labels?;
    let dev = case.ladder.dev?;
    let (rate, interval) = wrong(&signs)?;
    let knows_all = case.findings.confusion.is_none_or(knows_all);
    if interval.low <= case.tolerance() || rate < OF_ERROR * dev.rate || !knows_all {
        return None;
    }
    let half = half(&signs);
    let evidence = format!(
        "About {} of the dev labels look wrong ({:.1} to {:.1} at 95 %), of a dev error of {}: of the half of the dev set that \
         the network is surest of, {} of {} examples are labeled as something else, no fewer where it is surer still. \
         Confident learning suspects {} labels. Until they are looked at, gaps to dev and test are wider than they are.",
        percent(rate),
        100.0 * interval.low,
        100.0 * interval.high,
        percent(dev.rate),
        thousands(half.errors),
        thousands(half.of),
        thousands(signs.suspects),
    );
    Some(Problem {
        kind: ProblemKind::LabelErrors,
        gap: Some(rate),
        low: Some(interval.low),
        high: Some(interval.high),
        evidence,
        remedies: offer(&[RemedyKind::CheckLabels], case.experiment),
    })
}

fn knows_all(confusion: &Confusion) -> bool {
    let given = |class: usize| (0..confusion.matrix.len()).map(|truth| confusion.at(truth, class)).sum::<u64>() as f64;
    confusion.metrics().per_class.iter().enumerate().all(|(place, class)| {
        class.support == 0 || (given(place) >= GIVEN * class.support as f64 && class.recall >= FOUND)
    })
}

/// The surest half.
fn half(signs: &LabelSigns) -> Counts {
    let [first, second] = signs.surest;
    Counts { errors: first.errors + second.errors, of: first.of + second.of }
}

/// The share of labels that are wrong, if it can be told from the network's own mistakes.
fn wrong(signs: &LabelSigns) -> Option<(f64, Interval)> {
    let [first, second] = signs.surest;
    let half = half(signs);
    let more = newcombe((second.rate(), wilson(second)), (first.rate(), wilson(first)));
    let is_even = first.rate() >= EVEN * second.rate() && more.low <= 0.0;
    (half.errors >= FEWEST && half.rate() <= MOST && is_even).then(|| (half.rate(), wilson(half)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::diagnosis::{Findings, Verdict, diagnose};
    use crate::domain::ladder::{Ladder, Rung};

    fn counted(errors: u64, of: u64) -> Rung {
        Rung::counted(Counts { errors, of })
    }

    /// Figures of real runs (`cargo bench --bench diagnosis`): mistakes of the surest quarter and of the next, and of all.
    #[test]
    fn wrong_labels_are_told_from_a_network_s_own_mistakes() {
        for (name, quarters, quarter, errors, expected) in [
            ("digits", [0, 0], 450, 56, false),
            ("tones", [1, 3], 225, 54, false),
            ("lights", [0, 2], 300, 78, false),
            ("kangaroos", [0, 3], 150, 60, false),
            ("overfit", [0, 6], 56, 57, false),
            ("overfit", [1, 6], 56, 52, false),
            ("overfit cnn", [2, 2], 22, 25, false),
            ("foggy target", [72, 156], 250, 548, false),
            ("3 % of all", [10, 14], 450, 121, true),
            ("3 % of all", [8, 18], 450, 133, true),
            ("10 % of all", [50, 44], 450, 243, true),
            ("3 % of dev", [22, 21], 750, 114, true),
            ("10 % of dev", [69, 64], 750, 291, true),
            ("a network that always says the same", [405, 405], 450, 1620, false),
        ] {
            let of = |errors| Counts { errors, of: quarter };
            let labels = Some(LabelSigns { suspects: 50, of: quarter * 4, surest: quarters.map(of) });
            let ladder = Ladder { dev: Some(counted(errors, quarter * 4)), ..Ladder::default() };
            let findings = Findings { labels, ..Findings::default() };
            let case = Case { ladder: &ladder, convergence: None, experiment: None, live: false, findings };
            assert_eq!(check(&case).is_some(), expected, "{name} {quarters:?}");
        }
    }

    #[test]
    fn the_gap_that_is_left_decides_what_comes_first() {
        let of = |errors| Counts { errors, of: 750 };
        let labels = Some(LabelSigns { suspects: 93, of: 3000, surest: [of(22), of(21)] });
        let verdict = |dev: u64, labels: Option<LabelSigns>| {
            let ladder = Ladder {
                human: Some(Rung::given(0.005, None)),
                train: Some(counted(3, 14_000)),
                dev: Some(counted(dev, 3000)),
                ..Ladder::default()
            };
            let findings = Findings { labels, ..Findings::default() };
            diagnose(&Case { ladder: &ladder, convergence: None, experiment: None, live: false, findings })
        };
        let found = verdict(114, labels);
        assert_eq!(found.verdict, Verdict::Problem(ProblemKind::LabelErrors));
        assert_eq!(found.problems[1].kind, ProblemKind::HighVariance);
        assert!(
            found.problems[0].evidence.starts_with(
                "About 2.9 % of the dev labels look wrong (2.1 to 3.8 at 95 %), of a dev error of 3.8 %: of the half of the dev \
                 set that the network is surest of, 43 of 1,500 examples are labeled as something else"
            ),
            "{}",
            found.problems[0].evidence
        );
        assert_eq!(verdict(240, labels).verdict, Verdict::Problem(ProblemKind::HighVariance));
        assert_eq!(verdict(114, None).verdict, Verdict::Problem(ProblemKind::HighVariance));
    }

    #[test]
    fn a_network_that_misses_a_class_cannot_tell() {
        let of = |errors| Counts { errors, of: 250 };
        let labels = Some(LabelSigns { suspects: 100, of: 1000, surest: [of(25), of(25)] });
        let ladder = Ladder { dev: Some(counted(100, 1000)), ..Ladder::default() };
        for (matrix, expected) in [
            ([[850, 50], [50, 50]], true),
            ([[900, 0], [100, 0]], false),
            // Given as often as it is there, and at random.
            ([[800, 100], [90, 10]], false),
            // A rare class whose labels are mostly wrong.
            ([[800, 5], [100, 95]], true),
        ] {
            let matrix = matrix.iter().map(|row| row.to_vec()).collect();
            let confusion = Confusion { classes: vec!["a".into(), "b".into()], matrix };
            let findings = Findings { labels, confusion: Some(&confusion), ..Findings::default() };
            let case = Case { ladder: &ladder, convergence: None, experiment: None, live: false, findings };
            assert_eq!(check(&case).is_some(), expected);
        }
    }
}
