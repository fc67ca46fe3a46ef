//! Whether an experiment and its examples go together, and what is noted where they may not.

use super::auxiliary::LabelKind;
use super::error::DataError;
use super::source::{Examples, Mirroring};
use super::{Sets, Shape};
use crate::domain::experiment::{Augment, AugmentKind, Experiment};

/// Whether the alterations suit the examples; what they may spoil is noted.
pub(super) fn alterations_fit(
    experiment: &Experiment,
    examples: &Examples,
    notes: &mut Vec<String>,
) -> Result<(), DataError> {
    let data = &experiment.data;
    if !matches!(examples.shape, Shape::Image { .. }) {
        let suits_all = |kind| matches!(kind, AugmentKind::Noise | AugmentKind::Mixup);
        let wants_pictures = data.augment.iter().position(|augment| !suits_all(augment.kind));
        let key = match (wants_pictures, data.synthesize.is_empty()) {
            (Some(place), _) => format!("data.augment.{place}.kind"),
            (None, false) => "data.synthesize.0.kind".to_owned(),
            (None, true) => return Ok(()),
        };
        return Err(DataError::Setting {
            key,
            problem: format!("it alters pictures, and each example is {}", examples.shape),
            remedy: "of all alterations noise and mixup alone suit them".to_owned(),
        });
    }
    let changes_class = |augment: &Augment| match augment.kind {
        AugmentKind::FlipHorizontal => Some("A mirrored"),
        AugmentKind::FlipVertical => Some("An upside-down"),
        AugmentKind::Rotate if augment.amount.is_some_and(|degrees| degrees > 60.0) => Some("A turned"),
        _ => None,
    };
    for (place, augment) in data.augment.iter().enumerate() {
        let Some(how) = changes_class(augment) else { continue };
        match examples.mirroring {
            Mirroring::Spoils(what) => {
                notes.push(format!("data.augment.{place}: {how} {what}: training on it teaches mistakes."));
            }
            Mirroring::MaySpoil(what) => {
                notes.push(format!("data.augment.{place}: {how} {what}; keep it only if that does no harm here."));
            }
            Mirroring::Harmless => {}
        }
    }
    notes.extend(stale_numbers(experiment, examples));
    Ok(())
}

/// Alterations that move what is in a picture, where numbers are learned that may say where it is: a box's corners stay
/// as they were read.
fn stale_numbers(experiment: &Experiment, examples: &Examples) -> Option<String> {
    let moves = |kind| {
        use AugmentKind::{Crop, FlipHorizontal, FlipVertical, Rotate, Shear, Shift};
        matches!(kind, Rotate | Shift | Shear | Crop | FlipHorizontal | FlipVertical)
    };
    let place = experiment.data.augment.iter().position(|augment| moves(augment.kind))?;
    let learned = experiment.task.auxiliary.iter().zip(&examples.further);
    let numbers: Vec<&str> = learned
        .filter(|(_, labels)| labels.kind() == LabelKind::Numbers)
        .map(|(task, _)| task.target.as_str())
        .collect();
    (!numbers.is_empty()).then(|| {
        format!(
            "data.augment.{place}: it moves what is in a picture, and the numbers of {} stay as they are; if they are \
             places in the picture, training on it teaches mistakes.",
            listed(&numbers)
        )
    })
}

/// Whether there is something to tell apart; classes that a set lacks are noted.
pub(super) fn classes_fit(examples: &Examples, sets: &Sets, notes: &mut Vec<String>) -> Result<(), DataError> {
    let classes = &examples.classes;
    let counts = |set: &[u32]| {
        let mut counts = vec![0u64; classes.len()];
        for &example in set {
            counts[examples.labels[example as usize] as usize] += 1;
        }
        counts
    };
    let in_train = counts(&sets.train);
    let learned = in_train.iter().filter(|count| **count > 0).count();
    if learned < 2 {
        let only = in_train.iter().position(|count| *count > 0).and_then(|place| classes.get(place));
        let only = only.map(|name| format!(" ({name})")).unwrap_or_default();
        return Err(DataError::Unfit(format!(
            "all {} examples that train are of one class{only}; there is nothing to tell apart",
            sets.train.len()
        )));
    }
    for (name, counts) in [("train", in_train), ("dev", counts(&sets.dev)), ("test", counts(&sets.test))] {
        let missing: Vec<&str> =
            classes.iter().zip(&counts).filter(|(_, count)| **count == 0).map(|(class, _)| class.as_str()).collect();
        if !missing.is_empty() && missing.len() < classes.len() {
            notes.push(format!("No example of {} is in {name}: the class has too few.", listed(&missing)));
        }
    }
    Ok(())
}

/// The first few of a list, and how many more there are.
fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
