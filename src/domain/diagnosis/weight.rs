//! How much a gap weighs: a problem, none, or not to be told from so few examples.

use crate::domain::interval::{Interval, newcombe, wilson_at};
use crate::domain::ladder::{Gap, GapKind, Rung};
use crate::domain::remedy::{RemedyKind, offer};
use crate::domain::text::{capitalized, percent, points, thousands};

use super::{Case, Problem, ProblemKind};

/// A gap of so many tolerances has to be excluded before a ladder counts as healthy.
const SERIOUS: f64 = 3.0;

/// Beyond so many examples a gap is as good as equal to the tolerance, and counting does not help.
const MOST_EXAMPLES: f64 = 1e7;

/// Differences of decimal fractions are off in the last bit: 0.015 − 0.005 is a hair below 0.01.
const ROUNDING: f64 = 1e-9;

/// What a gap comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// The lower end of its interval clears the tolerance.
    Problem,
    /// It may or may not be a problem: there are too few examples to tell.
    Open,
    /// It is within the tolerance, and a serious gap is excluded.
    Fine,
}

/// Weighs a gap of a size, with its interval where one is known.
pub fn weigh(size: f64, interval: Option<Interval>, tolerance: f64) -> Weight {
    let tolerance = tolerance + ROUNDING;
    match interval {
        None if size > tolerance => Weight::Problem,
        Some(interval) if interval.low > tolerance => Weight::Problem,
        Some(_) if size > tolerance => Weight::Open,
        Some(interval) if interval.high > SERIOUS * tolerance => Weight::Open,
        None | Some(_) => Weight::Fine,
    }
}

/// The problem that a gap shows, if it weighs as one: `meaning` ends the sentence that says so.
pub(super) fn gap_problem(
    case: &Case<'_>,
    kind: ProblemKind,
    meaning: &str,
    remedies: &[RemedyKind],
) -> Option<Problem> {
    let gap = case.ladder.gap(kind.gap()?)?;
    if weigh(gap.size, gap.interval, case.tolerance()) != Weight::Problem {
        return None;
    }
    Some(Problem {
        kind,
        gap: Some(gap.size),
        low: gap.interval.map(|interval| interval.low),
        high: gap.interval.map(|interval| interval.high),
        evidence: sentence(case, &gap, meaning),
        remedies: offer(remedies, case.experiment),
    })
}

/// «Dev error (9.0 %) is 7.5 points above train-dev error (1.5 %): the training data do not look like the target data.
/// At 95 % the gap is between 6.9 and 8.1 points.»
fn sentence(case: &Case<'_>, gap: &Gap, meaning: &str) -> String {
    let rate = |place| case.ladder.rung(place).map_or(0.0, |rung| rung.rate);
    let mut text = format!(
        "{} error ({}) is {} above {} error ({}): {meaning}.",
        capitalized(gap.to.word()),
        percent(rate(gap.to)),
        points(gap.size),
        gap.from.word(),
        percent(rate(gap.from))
    );
    if let Some(interval) = gap.interval {
        let (low, high) = (100.0 * interval.low, 100.0 * interval.high);
        text += &format!(" At 95 % the gap is between {low:.1} and {high:.1} points.");
    }
    text
}

/// A sentence for each gap that is open: what it may be, and how many examples would decide it.
pub(super) fn doubts(case: &Case<'_>) -> Vec<String> {
    let tolerance = case.tolerance();
    let is_open = |gap: &Gap| weigh(gap.size, gap.interval, tolerance) == Weight::Open;
    case.ladder.gaps().iter().filter(|gap| is_open(gap)).filter_map(|gap| doubt(case, gap)).collect()
}

fn doubt(case: &Case<'_>, gap: &Gap) -> Option<String> {
    let interval = gap.interval?;
    let (of, set) = match gap.kind {
        GapKind::AvoidableBias => ("avoidable bias", "train"),
        GapKind::Variance => ("variance", gap.to.word()),
        GapKind::DataMismatch => ("data mismatch", "dev"),
        GapKind::DevOverfit => ("dev-set overfitting", "test"),
    };
    let decides = match examples_needed(case, gap) {
        Some(examples) => format!("about {} {set} examples would decide it", thousands(examples)),
        None => "it lies too near the tolerance for counting to decide".to_owned(),
    };
    Some(format!(
        "Whether there is a problem of {of} is open: the gap is {} but may be anything from {:.1} to {:.1}; {decides}.",
        points(gap.size),
        100.0 * interval.low,
        100.0 * interval.high
    ))
}

/// How many examples the gap's upper rung (and its lower one, where it has fewer) would have to rest on for the gap to
/// be weighed one way or the other, if the rates stay as they are; to two digits, rounded up.
fn examples_needed(case: &Case<'_>, gap: &Gap) -> Option<u64> {
    let (lower, upper) = (case.ladder.rung(gap.from)?, case.ladder.rung(gap.to)?);
    let mut examples = examples_behind(upper).or_else(|| examples_behind(lower))?;
    while examples <= MOST_EXAMPLES {
        let at = |rung: &Rung| match examples_behind(rung) {
            Some(own) => (rung.rate, wilson_at(rung.rate, own.max(examples))),
            None => (rung.rate, Interval { low: rung.rate, high: rung.rate }),
        };
        if weigh(gap.size, Some(newcombe(at(upper), at(lower))), case.tolerance()) != Weight::Open {
            let unit = 10f64.powf(examples.log10().floor() - 1.0).max(1.0);
            return Some(((examples / unit).ceil() * unit) as u64);
        }
        examples *= 1.05;
    }
    None
}

/// The number of examples that a rung rests on: counted, or read back off its interval's width.
fn examples_behind(rung: &Rung) -> Option<f64> {
    if let Some(counts) = rung.counts {
        return Some(counts.of as f64);
    }
    let interval = rung.interval?;
    let (mut few, mut many) = (1.0, 1e12);
    for _ in 0..80 {
        let middle = f64::sqrt(few * many);
        let wide = wilson_at(rung.rate, middle);
        if wide.high - wide.low > interval.high - interval.low { few = middle } else { many = middle }
    }
    Some(many)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights() {
        let between = |low, high| Some(Interval { low, high });
        for (size, interval, weight) in [
            (0.05, None, Weight::Problem),
            (0.01, None, Weight::Fine),
            (0.015 - 0.005, None, Weight::Fine),
            (-0.2, None, Weight::Fine),
            (0.05, between(0.02, 0.08), Weight::Problem),
            (0.05, between(0.005, 0.1), Weight::Open),
            (0.002, between(-0.01, 0.02), Weight::Fine),
            (0.002, between(-0.1, 0.1), Weight::Open),
        ] {
            assert_eq!(weigh(size, interval, 0.01), weight, "{size} {interval:?}");
        }
    }

    #[test]
    fn the_number_behind_an_interval_is_read_back() {
        let rung = Rung::given(0.03, Some(1500));
        assert!((examples_behind(&rung).unwrap() - 1500.0).abs() < 1.0);
    }
}
