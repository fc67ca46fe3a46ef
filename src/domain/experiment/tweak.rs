//! Tweaking an experiment key by key: which keys a form shows, and where one step up or down leads.
//!
//! A step is one that makes a difference: a learning rate goes along 1, 2, 5, 10, a width doubles, a word gives way to
//! the next. It never leaves what the schema allows; what contradicts other settings is for [`with_change`] to refuse.
//!
//! [`with_change`]: super::change::with_change

use serde_json::{Value, json};

use super::change::{Change, value_of};
use super::effect::matters;
use super::schema::{FIELDS, Field, Kind, Range, Step, find};
use super::{Experiment, HumanError};

/// The key that gives an experiment a target, or takes it away.
pub const TARGET: &str = "data.target.source";

/// The keys that a form shows: those that have an effect as the other settings are, in the order of the schema; lists of
/// tables (`data.augment`) as one.
pub fn keys(experiment: &Experiment) -> Vec<&'static str> {
    const DESCRIBED: [&str; 3] = ["name", "parent", "notes"];
    let mut keys: Vec<&'static str> = Vec::new();
    for field in FIELDS {
        let key = field.key.split_once("[]").map_or(field.key, |(list, _)| list);
        // What has no target yet can be given one.
        let shown = matters(experiment, key) || key == TARGET;
        if shown && !keys.contains(&key) && !DESCRIBED.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// The value one step above or below the one that the experiment has; a key that is not set steps from its default.
/// `None` where there is nothing to step: text, lists of tables, the end of a range, a default that depends on the data.
pub fn stepped(experiment: &Experiment, key: &str, up: bool) -> Option<Value> {
    let field = find(key)?;
    if key == TARGET && experiment.data.target.is_none() {
        // Mostly the same thing under other circumstances.
        return Some(value_of(experiment, "data.source"));
    }
    let value = match value_of(experiment, key) {
        Value::Null => default_of(experiment, field)?,
        value => value,
    };
    let next = match field.kind {
        Kind::Text => {
            // The forms of a built-in source are the one text of which all that is right is known.
            let source = match key {
                "data.variant" => &experiment.data.source,
                "data.target.variant" => &experiment.data.target.as_ref()?.source,
                _ => return None,
            };
            beside(source.kind.variants(), value.as_str()?, up)?
        }
        Kind::Path => return None,
        Kind::Choice(words) => beside(words, value.as_str()?, up)?,
        Kind::Whole { min, max, step } => {
            let next = along(step, value.as_f64()?, up).round().clamp(min as f64, max as f64);
            json!(next as u64)
        }
        Kind::Real { range, step } => json!(within(range, rounded(along(step, value.as_f64()?, up)))?),
        Kind::Wholes { max } => {
            let widths = value.as_array()?.iter().map(|width| {
                let width = width.as_u64()?;
                Some(if up { width.saturating_mul(2).min(max) } else { (width / 2).max(1) })
            });
            json!(widths.collect::<Option<Vec<u64>>>()?)
        }
        Kind::HumanError => {
            let rate = experiment.task.human_error.map_or(0.01, HumanError::rate);
            json!(rounded(along_decades(rate, up).min(1.0)))
        }
    };
    (next != value).then_some(next)
}

/// The change of one key to a value, and what has to go with it: a target of the same source as the data is of another
/// variant, and one whose source is taken away goes altogether.
pub fn change_to(experiment: &Experiment, key: &str, to: &Value) -> Vec<Change> {
    let change = |key: &str, to: Value| Change { key: key.to_owned(), from: value_of(experiment, key), to };
    if key != TARGET {
        return vec![change(key, to.clone())];
    }
    if to.is_null() {
        return vec![change("data.target", Value::Null)];
    }
    let source = &experiment.data.source;
    let variants = source.kind.variants();
    let theirs = source.variant.as_deref().or(variants.first().copied());
    let other = variants.iter().find(|variant| Some(**variant) != theirs);
    let other = other.filter(|_| *to == value_of(experiment, "data.source") && experiment.data.target.is_none());
    std::iter::once(change(key, to.clone()))
        .chain(other.map(|other| change("data.target.variant", json!(other))))
        .collect()
}

/// What holds where nothing is set, as far as the schema says it.
fn default_of(experiment: &Experiment, field: &Field) -> Option<Value> {
    let drawn = |source: &super::Source| source.kind.drawn_by_default().map(|examples| json!(examples));
    match (field.key, field.kind) {
        ("data.examples", _) => drawn(&experiment.data.source),
        ("data.target.examples", _) => drawn(&experiment.data.target.as_ref()?.source),
        ("data.variant", _) => experiment.data.source.kind.variants().first().map(|word| json!(word)),
        ("data.target.variant", _) => {
            experiment.data.target.as_ref()?.source.kind.variants().first().map(|word| json!(word))
        }
        (_, Kind::Choice(words)) => words.contains(&field.default).then(|| json!(field.default)),
        (_, Kind::HumanError) => Some(Value::Null),
        _ => serde_json::from_str(field.default).ok(),
    }
}

/// The word before or behind one, round and round.
fn beside(words: &[&str], word: &str, up: bool) -> Option<Value> {
    let place = words.iter().position(|other| *other == word)?;
    let count = words.len();
    Some(json!(words[(place + if up { 1 } else { count - 1 }) % count]))
}

fn along(step: Step, value: f64, up: bool) -> f64 {
    match step {
        Step::Decade => along_decades(value, up),
        Step::Double if value == 0.0 => f64::from(up),
        Step::Double => value * if up { 2.0 } else { 0.5 },
        Step::Add(by) => value + if up { by } else { -by },
    }
}

/// The next of …, 1, 2, 5, 10, 20, … above or below. From 0 up it is 0.0001, so that what is off can be turned on.
pub fn along_decades(value: f64, up: bool) -> f64 {
    if value == 0.0 && up {
        return 1e-4;
    }
    if value <= 0.0 || !value.is_finite() {
        return value;
    }
    let decade = value.log10().floor() as i32;
    // Parsed rather than computed, so that 0.001 is 0.001 and not a hair beside it.
    let rung = |digit: i32, decade: i32| format!("{digit}e{decade}").parse::<f64>().unwrap_or(value);
    let rungs = (decade - 1..=decade + 1).flat_map(|decade| [1, 2, 5].map(|digit| rung(digit, decade)));
    let near = value * 1e-6;
    let next = if up {
        rungs.into_iter().find(|rung| *rung > value + near)
    } else {
        rungs.into_iter().rfind(|rung| *rung < value - near)
    };
    next.unwrap_or(value)
}

/// Without the hair that sums of fractions leave: 0.3 and not 0.30000000000000004.
fn rounded(value: f64) -> f64 {
    format!("{value:.6e}").parse().unwrap_or(value)
}

/// The value brought to a range; `None` where the end that it would reach does not belong to it.
fn within(range: Range, value: f64) -> Option<f64> {
    let value = value.clamp(range.low, range.high);
    range.contains(value).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::experiment::change::with_changes;
    use crate::domain::experiment::parse;

    fn experiment(text: &str) -> Experiment {
        parse(text, "test", "test", &[]).unwrap()
    }

    #[test]
    fn steps_are_those_that_make_a_difference() {
        for (text, key, up, expected) in [
            ("", "train.learning_rate", true, json!(0.002)),
            ("", "train.learning_rate", false, json!(0.0005)),
            ("", "model.hidden", true, json!([256])),
            ("", "model.channels", false, json!([8, 16])),
            ("", "model.kernel", true, json!(5)),
            ("", "model.dropout", true, json!(0.1)),
            ("[model]\ndropout = 0.2", "model.dropout", true, json!(0.3)),
            ("", "train.batch_size", true, json!(128)),
            ("", "train.optimizer", true, json!("adamw")),
            ("", "train.weight_decay", true, json!(0.0001)),
            ("", "data.examples", false, json!(3000)),
            ("", "data.variant", true, json!("foggy")),
            ("", "seed", true, json!(2)),
            ("", "task.human_error", true, json!(0.02)),
        ] {
            assert_eq!(stepped(&experiment(text), key, up), Some(expected), "{key} with {text:?}");
        }
        for (text, key, up) in [
            ("", "model.dropout", false),
            ("", "data.augment", true),
            ("", "data.path", true),
            ("[data]\nsource = \"idx\"\npath = \"a\"", "data.examples", true),
            ("[model]\nkernel = 1", "model.kernel", false),
            ("", "no.such.key", true),
        ] {
            assert_eq!(stepped(&experiment(text), key, up), None, "{key} with {text:?}");
        }
    }

    #[test]
    fn no_step_leads_out_of_what_the_schema_allows() {
        let start = experiment("");
        for key in keys(&start) {
            for up in [true, false] {
                let mut now = start.clone();
                for _ in 0..40 {
                    let Some(to) = stepped(&now, key, up) else { break };
                    match with_changes(&now, &change_to(&now, key, &to)) {
                        Ok(next) => now = next,
                        // A word may contradict the other settings; a number must not be out of range.
                        Err(error) => {
                            let contradicts = matches!(find(key).unwrap().kind, Kind::Choice(_) | Kind::Wholes { .. });
                            assert!(contradicts || key.starts_with("data.split"), "{error}");
                            break;
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn forms_show_what_has_an_effect() {
        let keys_of = |text: &str| keys(&experiment(text));
        let plain = keys_of("");
        assert!(plain.contains(&"data.augment") && plain.contains(&"model.channels"));
        assert!(!plain.contains(&"model.units") && !plain.contains(&"name"));
        assert!(keys_of("[model]\nkind = \"rnn\"").contains(&"model.units"));
    }

    #[test]
    fn decades_go_1_2_5() {
        for (value, up, down) in [(0.001, 0.002, 0.0005), (0.0015, 0.002, 0.001), (5.0, 10.0, 2.0)] {
            assert_eq!((along_decades(value, true), along_decades(value, false)), (up, down));
        }
        assert_eq!((along_decades(0.0, true), along_decades(0.0, false)), (1e-4, 0.0));
        assert!(along_decades(f64::NAN, true).is_nan());
    }
}
