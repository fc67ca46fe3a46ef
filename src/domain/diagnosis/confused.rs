//! Confused classes: most mistakes are made between two classes.

use crate::domain::interval::wilson;
use crate::domain::ladder::Counts;
use crate::domain::remedy::{RemedyKind, offer};
use crate::domain::text::{percent, thousands};

use super::{Case, Problem, ProblemKind};

const REMEDIES: &[RemedyKind] =
    &[RemedyKind::StudyConfusion, RemedyKind::MoreExamples, RemedyKind::LargerNetwork, RemedyKind::Convolutions];

/// Fewer mistakes than this have no pattern.
const FEWEST: u64 = 20;
/// The share of all mistakes that two classes must have between them.
const MOST: f64 = 1.0 / 3.0;
/// And so many times what they would have if all pairs had as many.
const OVER: f64 = 1.5;

pub(super) fn check(case: &Case<'_>) -> Option<Problem> {
    let confusion = case.findings.confusion?;
    let dev = case.ladder.dev?;
    // Mistakes that people make as well are no problem of the network's.
    let human = case.ladder.human.map_or(0.0, |human| human.rate);
    let (a, b, between) = confusion.worst_pair()?;
    let classes = confusion.matrix.len() as f64;
    let pairs = classes * (classes - 1.0) / 2.0;
    let errors = confusion.mistakes().iter().map(|mistake| mistake.count).sum();
    let share = wilson(Counts { errors: between, of: errors });
    let of_all = wilson(Counts { errors: between, of: confusion.total() });
    let stands_out = errors >= FEWEST && share.low > MOST.max(OVER / pairs);
    if !stands_out || of_all.low <= case.tolerance() || dev.rate - human <= case.tolerance() {
        return None;
    }
    let name = |class: usize| confusion.classes.get(class).cloned().unwrap_or_else(|| class.to_string());
    let evidence = format!(
        "{} of {} mistakes on the dev set are made between {} and {}: {} of all dev examples. Whatever tells these two apart \
         is worth more than anything else.",
        thousands(between),
        thousands(errors),
        name(a),
        name(b),
        percent(between as f64 / confusion.total().max(1) as f64),
    );
    let remedies = offer(REMEDIES, case.experiment);
    Some(Problem { kind: ProblemKind::ConfusedClasses, gap: None, low: None, high: None, evidence, remedies })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::confusion::Confusion;
    use crate::domain::diagnosis::Findings;
    use crate::domain::ladder::{Ladder, Rung};

    fn found(matrix: &[Vec<u64>], human: f64) -> Option<String> {
        let classes = (0..matrix.len()).map(|class| format!("c{class}")).collect();
        let confusion = Confusion { classes, matrix: matrix.to_vec() };
        let right: u64 = (0..matrix.len()).map(|class| matrix[class][class]).sum();
        let of = confusion.total();
        let dev = Rung::counted(Counts { errors: of - right, of });
        let ladder = Ladder { human: Some(Rung::given(human, None)), dev: Some(dev), ..Ladder::default() };
        let findings = Findings { confusion: Some(&confusion), ..Findings::default() };
        check(&Case { ladder: &ladder, convergence: None, experiment: None, live: false, findings })
            .map(|problem| problem.evidence)
    }

    /// Five classes of 200, with so many mistakes between 1 and 3 and one between all others.
    fn matrix(between: u64) -> Vec<Vec<u64>> {
        let mut matrix = vec![vec![1; 5]; 5];
        (0..5).for_each(|class| matrix[class][class] = 196);
        (matrix[1][3], matrix[3][1]) = (between / 2, between - between / 2);
        (matrix[1][1], matrix[3][3]) = (196 - between / 2, 196 - between / 2);
        matrix
    }

    #[test]
    fn two_classes_with_most_of_the_mistakes() {
        for (between, human, expected) in [(60, 0.0, true), (60, 0.2, false), (6, 0.0, false), (2, 0.0, false)] {
            assert_eq!(found(&matrix(between), human).is_some(), expected, "{between} {human}");
        }
        let evidence = found(&matrix(60), 0.0).unwrap();
        assert!(evidence.starts_with("60 of 78 mistakes on the dev set are made between c1 and c3: "), "{evidence}");
        // With two classes there is but one pair.
        assert_eq!(found(&[vec![60, 40], vec![40, 60]], 0.0), None);
    }
}
