//! Which examples are train, train-dev, dev and test: by shares of one distribution, or with dev and test from the target
//! distribution alone. Who is in which set is decided by `split`; here is how many of which examples each set gets.

use super::Sets;
use super::error::DataError;
use super::source::Examples;
use super::split::{Pool, apportion, split};
use crate::domain::experiment::Split;

/// What sets the draw of a share of the training set apart from the draws of the sets.
const SHARE: u64 = 2;

/// Train, dev and test from one distribution.
pub(super) fn by_shares(examples: &Examples, shares: Split, seed: u64) -> Result<Sets, DataError> {
    let count = examples.labels.len();
    let sizes = apportion(count, &[shares.train, shares.dev, shares.test]);
    if sizes[0] == 0 || sizes[1] == 0 {
        let empty = if sizes[0] == 0 { "train" } else { "dev" };
        return Err(DataError::Unfit(format!(
            "{count} examples are too few for three sets: {empty} would be empty; more examples or another data.split \
             are needed"
        )));
    }
    let pool = Pool { labels: &examples.labels, keys: examples.keys.as_deref(), classes: examples.classes.len() };
    let mut sets = split(pool, &sizes, seed, 0).into_iter();
    let mut next = || sets.next().unwrap_or_default();
    Ok(Sets { train: next(), dev: next(), test: next(), train_dev: Vec::new() })
}

/// Dev and test from the target alone; train from the source, less train-dev, and a share of the target.
///
/// The first `own` examples are the source's, the others the target's.
pub(super) fn by_target(
    examples: &Examples,
    own: usize,
    share_in_train: f64,
    shares: Option<Split>,
    seed: u64,
    notes: &mut Vec<String>,
) -> Result<Sets, DataError> {
    let of_target = examples.labels.len() - own;
    let shares = shares.unwrap_or_else(|| Split::by_size(own));
    let rest = (1.0 - share_in_train) / (shares.dev + shares.test);
    let sizes = apportion(of_target, &[share_in_train, shares.dev * rest, shares.test * rest]);
    let (classes, keys) = (examples.classes.len(), examples.keys.as_deref());
    let part = |range: std::ops::Range<usize>| Pool {
        labels: &examples.labels[range.clone()],
        keys: keys.map(|keys| &keys[range]),
        classes,
    };
    let mut target = split(part(own..own + of_target), &sizes, seed, 1).into_iter();
    let mut next = || {
        let place = |example: u32| example + own as u32;
        target.next().unwrap_or_default().into_iter().map(place).collect::<Vec<u32>>()
    };
    let (in_train, dev, test) = (next(), next(), next());

    // As many as dev has make the two as exact; but training should not be starved for it.
    let most = (own as f64 * shares.dev).floor() as usize;
    let held_out = dev.len().min(most);
    if dev.is_empty() || held_out == 0 || held_out == own {
        return Err(DataError::Unfit(format!(
            "{own} examples of data and {of_target} of data.target are too few for train, train-dev, dev and test"
        )));
    }
    let mut source = split(part(0..own), &[own - held_out, held_out], seed, 0).into_iter();
    let mut train = source.next().unwrap_or_default();
    let train_dev = source.next().unwrap_or_default();
    notes.push(format!(
        "Train-dev holds {held_out} examples of data that never train: {}. Dev and test are of data.target alone.",
        if held_out < most {
            "as many as dev, so that both errors are equally exact".to_owned()
        } else {
            format!("{} % of them, the share that dev would have, so that training keeps the rest", percent(shares.dev))
        }
    ));
    if !in_train.is_empty() {
        notes.push(format!(
            "{} examples of data.target train as well; train-dev has none of them, so it is of data alone.",
            in_train.len()
        ));
    }
    train.extend(in_train);
    Ok(Sets { train, train_dev, dev, test })
}

fn percent(share: f64) -> f64 {
    (share * 1000.0).round() / 10.0
}
/// A share of a set's examples, at least one, the same share of each class; a larger share keeps what a smaller one does.
pub(super) fn some_of(examples: &Examples, set: Vec<u32>, share: f64, seed: u64) -> Vec<u32> {
    if share >= 1.0 {
        return set;
    }
    let labels: Vec<u32> = set.iter().map(|example| examples.labels[*example as usize]).collect();
    let keys: Option<Vec<u64>> =
        examples.keys.as_ref().map(|keys| set.iter().map(|example| keys[*example as usize]).collect());
    let kept = ((set.len() as f64 * share).round() as usize).clamp(1.min(set.len()), set.len());
    let pool = Pool { labels: &labels, keys: keys.as_deref(), classes: examples.classes.len() };
    let parts = split(pool, &[kept, set.len() - kept], seed, SHARE);
    parts.into_iter().next().unwrap_or_default().into_iter().map(|place| set[place as usize]).collect()
}
