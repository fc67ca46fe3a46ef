//! Layers that do not learn: ReLUs that are off whatever is shown, and gradients that have vanished before the first
//! layer. Either is spoken of only where the network has trouble learning, for a network can do well with much of it dead.

use crate::domain::remedy::{RemedyKind, offer};
use crate::domain::signs::LayerSigns;
use crate::domain::text::percent;

use super::{Case, Problem, ProblemKind};

/// A layer is as good as dead from this share of its units on.
const DEAD: f64 = 0.9;
/// A gradient that is this share of the longest one, or less, has vanished.
const VANISHED: f64 = 1e-3;

const FOR_DEAD: &[RemedyKind] =
    &[RemedyKind::LowerLearningRate, RemedyKind::LeakyRelu, RemedyKind::BatchNormalization, RemedyKind::ClipGradients];

const FOR_VANISHED: &[RemedyKind] = &[
    RemedyKind::Relu,
    RemedyKind::BatchNormalization,
    RemedyKind::ResidualBlocks,
    RemedyKind::Gates,
    RemedyKind::Adam,
];

pub(super) fn dead(case: &Case<'_>) -> Option<Problem> {
    let layers = case.findings.layers;
    let share = |layer: &&LayerSigns| layer.dead.unwrap_or(0.0);
    let worst = layers.iter().filter(|layer| share(layer) >= DEAD).max_by(|a, b| share(a).total_cmp(&share(b)))?;
    let evidence = format!(
        "{} of the ReLUs of {} are off for every training example that was looked at: no gradient passes them, and they do \
         not come back by themselves.",
        percent(share(&worst)),
        worst.name,
    );
    Some(problem(case, ProblemKind::DeadUnits, evidence, FOR_DEAD))
}

pub(super) fn vanished(case: &Case<'_>) -> Option<Problem> {
    let learning: Vec<(&LayerSigns, f64)> =
        case.findings.layers.iter().filter_map(|layer| Some((layer, layer.gradient_norm?))).collect();
    let ((first, short), later) = learning.split_first()?;
    let (last, long) = later.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let has_vanished = learning.len() > 2 && *long > 0.0 && *short < VANISHED * long;
    has_vanished.then(|| {
        let times =
            if *short > 0.0 { format!("{:.0} times shorter than", long / short) } else { "nothing beside".to_owned() };
        let evidence = format!(
            "The gradient of {} is {times} that of {}: it vanishes on the way back, and the first layers do not learn.",
            first.name, last.name,
        );
        problem(case, ProblemKind::VanishingGradients, evidence, FOR_VANISHED)
    })
}

fn problem(case: &Case<'_>, kind: ProblemKind, evidence: String, remedies: &[RemedyKind]) -> Problem {
    Problem { kind, gap: None, low: None, high: None, evidence, remedies: offer(remedies, case.experiment) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::diagnosis::Findings;
    use crate::domain::ladder::Ladder;

    fn layers(figures: &[(Option<f64>, Option<f64>)]) -> Vec<LayerSigns> {
        let layer = |(place, (norm, dead)): (usize, &(Option<f64>, Option<f64>))| LayerSigns {
            name: format!("dense{}", place + 1),
            gradient_norm: *norm,
            dead: *dead,
        };
        figures.iter().enumerate().map(layer).collect()
    }

    #[test]
    fn dead_layers_and_short_gradients() {
        let healthy = [(Some(0.5), Some(0.1)), (Some(0.7), Some(0.3)), (Some(1.0), None)];
        let dead = [(Some(0.0), Some(0.95)), (Some(0.0), Some(1.0)), (Some(1.0), None)];
        let vanished = [(Some(1e-6), None), (Some(1e-3), None), (Some(1.0), None)];
        // Layers that stay as they are have no gradient.
        let frozen = [(None, Some(0.2)), (Some(0.2), None), (Some(0.3), None), (Some(1.0), None)];
        for (figures, is_dead, is_vanished) in [
            (&healthy[..], None, None),
            (&dead, Some("100.0 % of the ReLUs of dense2"), Some("is nothing beside that of dense3")),
            (&vanished, None, Some("is 1000000 times shorter than that of dense3")),
            (&frozen, None, None),
            (&vanished[..2], None, None),
            (&[], None, None),
        ] {
            let (layers, ladder) = (layers(figures), Ladder::default());
            let findings = Findings { layers: &layers, ..Findings::default() };
            let case = Case { ladder: &ladder, convergence: None, experiment: None, live: false, findings };
            for (problem, expected) in [(super::dead(&case), is_dead), (super::vanished(&case), is_vanished)] {
                match (problem.map(|problem| problem.evidence), expected) {
                    (None, None) => {}
                    (Some(evidence), Some(part)) => assert!(evidence.contains(part), "{evidence}"),
                    (found, _) => panic!("{figures:?}: {found:?}"),
                }
            }
        }
    }
}
