//! A search for better settings: which variations of an experiment to train, and what came of them.
//!
//! As many combinations as are asked for: all of them where there are no more, else some drawn at random, for where few
//! settings matter random draws try more values of each than a grid does (Bergstra and Bengio 2012, "Random search for
//! hyper-parameter optimization", JMLR 13:281).

use std::collections::BTreeSet;

use super::experiment::change::toml_text;
use super::experiment::schema::{Field, Kind, Step, find, nearest};
use super::experiment::{Experiment, ExperimentError, ModelKind, Override, parse, tweak};
use super::interval::newcombe;
use super::ladder::{Counts, Rung};
use super::random::Random;

/// Values of a range that are tried.
const OF_RANGE: usize = 5;
/// Draws after which it is taken that there are no more combinations.
const MOST_DRAWS: usize = 100_000;

/// A setting and the values that it is tried with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// Dotted path, such as `train.learning_rate`.
    pub key: String,
    /// The values, as they would stand in an experiment file.
    pub values: Vec<String>,
}

impl std::str::FromStr for Axis {
    type Err = String;

    /// `train.learning_rate=0.001,0.003`, `model.channels=[8,16],[16,32]`, or a range: `train.learning_rate=1e-4..1e-2`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (key, values) = text.split_once('=').ok_or_else(|| {
            format!("`{text}` has no `=`; write KEY=VALUE,VALUE,… as in train.learning_rate=0.001,0.003")
        })?;
        let (key, values) = (key.trim(), values.trim());
        let Some(field) = find(key) else {
            let hint = nearest(key).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(format!("there is no setting `{key}`{hint}"));
        };
        let values = match values.split_once("..") {
            Some((low, high)) => range(field, low, high)?,
            None => listed(values),
        };
        if values.len() < 2 {
            return Err(format!(
                "`{key}` has one value; a search needs several, separated by commas, or a range LOW..HIGH"
            ));
        }
        Ok(Self { key: key.to_owned(), values })
    }
}

/// Values between two ends: evenly spread, or in equal ratios where the order of magnitude matters.
fn range(field: &Field, low: &str, high: &str) -> Result<Vec<String>, String> {
    let key = field.key;
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    let (Some(low), Some(high)) = (number(low), number(high)) else {
        return Err(format!("`{key}`: a range has two numbers, as in 0.0001..0.01"));
    };
    let (step, whole) = match field.kind {
        Kind::Whole { step, .. } => (step, true),
        Kind::Real { step, .. } => (step, false),
        _ => return Err(format!("`{key}` is no number, so it has no range; list its values, separated by commas")),
    };
    if low >= high {
        return Err(format!("`{key}`: the range {low}..{high} is empty; the lower end comes first"));
    }
    let by_ratio = !matches!(step, Step::Add(_)) && low > 0.0;
    let at = |place: usize| {
        let share = place as f64 / (OF_RANGE - 1) as f64;
        let value = if by_ratio { low * (high / low).powf(share) } else { low + (high - low) * share };
        if whole { format!("{}", value.round()) } else { toml_text(&rounded(value).into()) }
    };
    let mut values: Vec<String> = (0..OF_RANGE).map(at).collect();
    values.dedup();
    Ok(values)
}

fn rounded(value: f64) -> f64 {
    format!("{value:.1e}").parse().unwrap_or(value)
}

/// Values separated by commas that are not within brackets.
fn listed(text: &str) -> Vec<String> {
    let mut depth = 0i32;
    let mut values = vec![String::new()];
    for letter in text.chars() {
        depth += i32::from(letter == '[') - i32::from(letter == ']');
        match values.last_mut() {
            Some(value) if letter != ',' || depth > 0 => value.push(letter),
            _ => values.push(String::new()),
        }
    }
    let values = values.into_iter().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    let mut seen = BTreeSet::new();
    values.filter(|value| seen.insert(value.clone())).collect()
}

/// What is searched where nobody says: the settings that most often matter, a step or two about what they are.
pub fn usual(experiment: &Experiment) -> Vec<Axis> {
    let width = match experiment.model.kind {
        ModelKind::Mlp => "model.hidden",
        ModelKind::Cnn => "model.channels",
        ModelKind::Rnn => "model.units",
    };
    let about = [("train.learning_rate", 2), (width, 1), ("train.batch_size", 1), ("model.dropout", 2)];
    about
        .into_iter()
        .map(|(key, steps)| Axis { key: key.to_owned(), values: around(experiment, key, steps) })
        .filter(|axis| axis.values.len() > 1)
        .collect()
}

/// The values so many steps below and above the one that the experiment has.
fn around(experiment: &Experiment, key: &str, steps: usize) -> Vec<String> {
    let walk = |up: bool| {
        let mut here = experiment.clone();
        let mut values = Vec::new();
        for _ in 0..steps {
            let Some(value) = tweak::stepped(&here, key, up).map(|value| toml_text(&value)) else { break };
            let Ok(next) = with(&here, &[Override { key: key.to_owned(), value: value.clone() }]) else { break };
            here = next;
            values.push(value);
        }
        values
    };
    let own = toml_text(&super::experiment::change::value_of(experiment, key));
    walk(false).into_iter().rev().chain([own]).chain(walk(true)).collect()
}

fn with(experiment: &Experiment, settings: &[Override]) -> Result<Experiment, ExperimentError> {
    parse(&experiment.to_toml(), &experiment.name, &experiment.name, settings)
}

/// The variations of `experiment` to train: different from it and from one another, `trials` at most, the same for the same
/// `seed`.
///
/// # Errors
/// A value is out of range, or contradicts the other settings.
pub fn variations(
    experiment: &Experiment,
    axes: &[Axis],
    trials: usize,
    seed: u64,
) -> Result<Vec<Experiment>, ExperimentError> {
    let all = axes.iter().try_fold(1usize, |product, axis| product.checked_mul(axis.values.len()));
    let combinations = match all {
        Some(all) if all <= trials + 1 => (0..all).map(|number| combination(axes, number)).collect(),
        _ => drawn(axes, trials + 1, seed),
    };
    let mut variations: Vec<Experiment> = Vec::new();
    for places in combinations {
        let settings: Vec<Override> = axes
            .iter()
            .zip(places)
            .map(|(axis, place)| Override { key: axis.key.clone(), value: axis.values[place].clone() })
            .collect();
        let variation = with(experiment, &settings)?;
        if variation != *experiment && !variations.contains(&variation) && variations.len() < trials {
            variations.push(variation);
        }
    }
    Ok(variations)
}

/// The places of the values of one combination: its number in the mixed radix of the axes.
fn combination(axes: &[Axis], mut number: usize) -> Vec<usize> {
    let mut place = |axis: &Axis| {
        let place = number % axis.values.len();
        number /= axis.values.len();
        place
    };
    axes.iter().map(&mut place).collect()
}

/// Different combinations, drawn.
fn drawn(axes: &[Axis], count: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut random = Random::new(seed);
    let mut seen = BTreeSet::new();
    let mut drawn = Vec::new();
    for _ in 0..MOST_DRAWS {
        let places: Vec<usize> = axes.iter().map(|axis| random.below(axis.values.len())).collect();
        if seen.insert(places.clone()) {
            drawn.push(places);
        }
        if drawn.len() >= count {
            break;
        }
    }
    drawn
}

/// Whether a dev error may be as good as the best one: that it is larger is not certain at 95 %, were both counted on
/// examples of their own.
pub fn may_be_as_good(dev: Counts, best: Counts) -> bool {
    let known = |counts: Counts| Rung::counted(counts).interval.map(|interval| (counts.rate(), interval));
    known(dev).zip(known(best)).is_some_and(|(dev, best)| newcombe(dev, best).low <= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::experiment::changes;

    fn axis(text: &str) -> Axis {
        text.parse().unwrap()
    }

    #[test]
    fn axes_are_lists_or_ranges() {
        for (text, expected) in [
            ("train.learning_rate=0.001, 0.003", "0.001 0.003"),
            ("model.channels=[8,16],[16,32]", "[8,16] [16,32]"),
            ("train.optimizer=adam,sgd,adam", "adam sgd"),
            ("train.learning_rate=1e-4..1e-2", "0.0001 0.00032 0.001 0.0032 0.01"),
            ("train.batch_size=16..256", "16 32 64 128 256"),
            ("model.dropout=0..0.4", "0.0 0.1 0.2 0.3 0.4"),
            ("train.epochs=1..3", "1 2 3"),
        ] {
            assert_eq!(axis(text).values.join(" "), expected, "{text}");
        }
        for (text, part) in [
            ("train.learning_rate", "has no `=`"),
            ("train.learningrate=1,2", "did you mean `train.learning_rate`?"),
            ("train.learning_rate=0.1", "has one value"),
            ("train.learning_rate=", "has one value"),
            ("train.learning_rate=1..a", "a range has two numbers"),
            ("train.learning_rate=0.1..0.01", "the lower end comes first"),
            ("train.optimizer=adam..sgd", "a range has two numbers"),
            ("train.optimizer=1..2", "is no number"),
        ] {
            let error = text.parse::<Axis>().unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn few_combinations_are_all_tried_and_of_many_some() {
        let plain = Experiment::default();
        let axes = [axis("train.learning_rate=0.001,0.003,0.01"), axis("train.batch_size=32,64")];
        let all = variations(&plain, &axes, 10, 1).unwrap();
        assert_eq!(all.len(), 5, "the experiment itself is none of its variations");
        let some = variations(&plain, &axes, 3, 1).unwrap();
        assert_eq!(some.len(), 3);
        assert_eq!(some, variations(&plain, &axes, 3, 1).unwrap());
        assert_ne!(some, variations(&plain, &axes, 3, 2).unwrap());
        for variation in &all {
            assert!(changes(&plain, variation).iter().all(|change| change.key.starts_with("train.")));
        }
        let wrong = [axis("train.learning_rate=0.001,-1")];
        assert!(variations(&plain, &wrong, 9, 1).unwrap_err().to_string().contains("train.learning_rate"));
    }

    #[test]
    fn the_usual_settings_are_tried_about_where_they_are() {
        let axes = usual(&Experiment::default());
        let keys: Vec<&str> = axes.iter().map(|axis| axis.key.as_str()).collect();
        assert_eq!(keys, ["train.learning_rate", "model.channels", "train.batch_size", "model.dropout"]);
        assert_eq!(axes[0].values, ["0.0002", "0.0005", "0.001", "0.002", "0.005"]);
        assert_eq!(variations(&Experiment::default(), &axes, 8, 1).unwrap().len(), 8);
    }

    #[test]
    fn what_may_be_as_good_as_the_best() {
        let of = |errors| Counts { errors, of: 1000 };
        assert!(may_be_as_good(of(20), of(15)));
        assert!(may_be_as_good(of(15), of(15)));
        assert!(!may_be_as_good(of(60), of(15)));
    }
}
