//! From an experiment to examples that are ready to train on: loaded, pooled, split, scaled.

use std::path::Path;

use super::alter::{self, Alterations};
use super::auxiliary::{LabelKind, merge};
use super::error::DataError;
use super::fit::{alterations_fit, classes_fit};
use super::sets::{by_shares, by_target, some_of};
use super::source::{self, Ask, Examples};
use super::{Auxiliary, Loading, Prepared, Values, duplicates};
use crate::domain::duplicates::{Overlap, exact_warning};
use crate::domain::experiment::{Experiment, ModelKind, Split};

/// Whether the files that an experiment names are there; cheap.
///
/// `base` is the directory that the experiment's paths are relative to.
///
/// # Errors
/// A file or folder is missing.
pub fn check(experiment: &Experiment, base: &Path) -> Result<(), DataError> {
    source::check(&experiment.data.source, base, "data")?;
    alter::check(&experiment.data, base)?;
    match &experiment.data.target {
        Some(target) => source::check(&target.source, base, "data.target"),
        None => Ok(()),
    }
}

/// Loads and splits the examples of an experiment.
///
/// `base` is the directory that the experiment's paths are relative to.
///
/// # Errors
/// Files that are missing, cannot be read or are not what they should be; settings that do not go with the data;
/// examples that are too few to split, or all of one class.
pub fn prepare(experiment: &Experiment, base: &Path) -> Result<Prepared, DataError> {
    prepare_with(experiment, base, Loading::default())
}

/// [`prepare`] with help.
///
/// # Errors
/// As [`prepare`]; loading was stopped.
pub fn prepare_with(experiment: &Experiment, base: &Path, loading: Loading<'_>) -> Result<Prepared, DataError> {
    let data = &experiment.data;
    let ask = |section: &'static str| Ask {
        section,
        seed: experiment.seed,
        auxiliary: &experiment.task.auxiliary,
        sequences: experiment.model.kind == ModelKind::Rnn,
    };
    let mut examples = source::load(&data.source, base, ask("data"), loading)?;
    let mut notes = std::mem::take(&mut examples.notes);
    alterations_fit(experiment, &examples, &mut notes)?;
    let own = examples.labels.len();
    let mut sets = match &data.target {
        None => {
            let shares = data.split.unwrap_or_else(|| Split::by_size(own));
            by_shares(&examples, shares, experiment.seed)?
        }
        Some(target) => {
            let mut from_target = source::load(&target.source, base, ask("data.target"), loading)?;
            notes.append(&mut from_target.notes);
            pool(&mut examples, from_target)?;
            by_target(&examples, own, target.share_in_train, data.split, experiment.seed, &mut notes)?
        }
    };
    sets.train = some_of(&examples, sets.train, data.train_share, experiment.seed);
    classes_fit(&examples, &sets, &mut notes)?;
    let auxiliary = auxiliary(experiment, &mut examples, &sets.train)?;
    let Examples { shape, values, labels, classes, .. } = examples;
    let alterations = Alterations::of(data, experiment.seed, base, shape, &mut notes)?;
    let mut prepared = Prepared::new(shape, values, labels, classes, sets).with_alterations(alterations);
    if loading.is_stopped() {
        return Err(DataError::Stopped);
    }
    // First, for screens have room for the first: these cast doubt on the whole ladder.
    let shared = duplicates::exact(&prepared);
    notes.splice(0..0, shared.iter().map(exact_warning));
    prepared.overlaps = shared.iter().map(Overlap::from).collect();
    (prepared.notes, prepared.own, prepared.auxiliary) = (notes, own, auxiliary);
    Ok(prepared)
}

/// The labels of the further tasks: of the kind that their losses learn, less those that the experiment hides from
/// training.
fn auxiliary(experiment: &Experiment, examples: &mut Examples, train: &[u32]) -> Result<Vec<Auxiliary>, DataError> {
    let asked = experiment.task.auxiliary.iter().enumerate();
    asked
        .zip(std::mem::take(&mut examples.further))
        .map(|((task, asked), mut labels)| {
            let kind = labels.kind();
            if asked.loss.is_some_and(|loss| LabelKind::of_loss(loss) != kind) {
                let found = format!("\"{}\" is {}", asked.target, kind.words());
                return Err(source::mismatch(asked, task, &found, kind));
            }
            let seed = experiment.seed.wrapping_add(task as u64);
            labels.hide(train, asked.labelled, examples.keys.as_deref(), seed);
            if !train.iter().any(|&example| labels.known(example)) {
                let key = if asked.labelled < 1.0 { "labelled" } else { "target" };
                return Err(DataError::Setting {
                    key: format!("task.auxiliary.{task}.{key}"),
                    problem: format!(
                        "none of the {} examples that train has a label \"{}\"",
                        train.len(),
                        asked.target
                    ),
                    remedy: "leave the task out, or give more of them one".to_owned(),
                });
            }
            Ok(Auxiliary { name: asked.target.clone(), labels })
        })
        .collect()
}

/// Appends the target's examples to the source's, class by name.
fn pool(examples: &mut Examples, target: Examples) -> Result<(), DataError> {
    let setting = |problem: String| DataError::Setting {
        key: "data.target".to_owned(),
        problem,
        remedy: "both have to be of one kind".to_owned(),
    };
    if examples.shape != target.shape {
        return Err(setting(format!("its examples are {}, those of data {}", target.shape, examples.shape)));
    }
    match (&mut examples.values, target.values) {
        (Values::Bytes(values), Values::Bytes(more)) => values.extend(more),
        (Values::Floats(values), Values::Floats(more)) => values.extend(more),
        _ => return Err(setting("one is of bytes, the other of floating-point numbers".to_owned())),
    }
    for (task, (labels, more)) in examples.further.iter_mut().zip(target.further).enumerate() {
        labels.append(more).map_err(|how| DataError::Setting {
            key: format!("task.auxiliary.{task}.target"),
            problem: format!("its labels in data and in data.target do not go together: {how}"),
            remedy: "both have to be of one kind".to_owned(),
        })?;
    }
    let mapped = merge(&mut examples.classes, target.classes);
    let before = examples.labels.len();
    examples.labels.extend(target.labels.iter().map(|&label| mapped[label as usize]));
    if let (Some(keys), Some(more)) = (&mut examples.keys, &target.keys) {
        keys.extend(more);
    } else if examples.keys.is_some() || target.keys.is_some() {
        // One has keys, the other an order: the order's places serve as keys.
        let ordered = |count: usize| (0..count as u64).collect::<Vec<u64>>();
        let mut keys = examples.keys.take().unwrap_or_else(|| ordered(before));
        keys.extend(target.keys.unwrap_or_else(|| ordered(target.labels.len())));
        examples.keys = Some(keys);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
