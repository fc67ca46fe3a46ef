//! Few patterns laid over many training examples: the network may learn the patterns by heart, and in front of any other
//! it is as lost as if it had seen none. The train error does not show it.

use crate::domain::text::thousands;

use super::Case;

/// From so many examples behind each pattern on, it is worth a word. In `tests/fog.rs` a network that has seen one
/// pattern on 2,000 examples errs in fresh fog far more often than one that has seen fresh ones; with sixteen, behind
/// which there are 125 examples each, it is between the two.
const MANY: f64 = 50.0;

/// A sentence on it, if there is reason to.
pub(super) fn doubt(case: &Case<'_>) -> Option<String> {
    let experiment = case.experiment?;
    let examples = case.ladder.train?.counts?.of as f64;
    let few = |one: &&crate::domain::experiment::Synthesize| {
        one.patterns > 0 && examples * one.probability >= MANY * one.patterns as f64
    };
    let one = experiment.data.synthesize.iter().find(few)?;
    let covered = thousands((examples * one.probability).round() as u64);
    let (patterns, lie, them) = match one.patterns {
        1 => ("1 pattern".to_owned(), "lies", "it"),
        several => (format!("{} patterns", thousands(several as u64)), "lie", "them"),
    };
    Some(format!(
        "Only {patterns} of {} {lie} over {covered} training examples: the network may have learned {them} by heart, and be \
         lost in front of any other (data.synthesize, patterns = 0 makes a fresh one each time).",
        one.kind.word()
    ))
}
