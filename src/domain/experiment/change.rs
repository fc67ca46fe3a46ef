//! Telling experiments apart, key by key: a child is its parent with one change.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::parse::{ExperimentError, Override, apply, document, parse};
use super::{Experiment, Split, schema};

/// One parameter with its value before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Dotted path, such as `train.learning_rate`.
    pub key: String,
    /// The parent's value; null where it had none.
    pub from: Value,
    /// The new value; null removes the key.
    pub to: Value,
}

impl Change {
    /// `from` and `to` as they would stand in an experiment file.
    pub fn texts(&self) -> (String, String) {
        (toml_text(&self.from), toml_text(&self.to))
    }
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (from, to) = self.texts();
        write!(f, "{}: {from} → {to}", self.key)
    }
}

/// What differs between two experiments apart from name, parent and notes, in the order of [`schema::FIELDS`].
///
/// Lists of tables (`data.augment`) count as one parameter. A split by the rule of size is written out when a run is made:
/// that it stands in one and not in the other is no difference.
pub fn changes(from: &Experiment, to: &Experiment) -> Vec<Change> {
    let (before, after) = if is_ruled(from, to) || is_ruled(to, from) {
        let whole = |experiment: &Experiment| {
            let mut experiment = experiment.clone();
            experiment.data.split = None;
            parameters(&experiment)
        };
        (whole(from), whole(to))
    } else {
        (parameters(from), parameters(to))
    };
    let mut keys: Vec<&String> = before.iter().chain(&after).map(|(key, _)| key).collect();
    keys.sort_by_key(|key| schema::FIELDS.iter().position(|field| field.key.starts_with(key.as_str())));
    keys.dedup();
    let value_of = |list: &[(String, Value)], key: &str| {
        list.iter().find(|(other, _)| other == key).map_or(Value::Null, |(_, value)| value.clone())
    };
    keys.into_iter()
        .map(|key| Change { key: key.clone(), from: value_of(&before, key), to: value_of(&after, key) })
        .filter(|change| change.from != change.to)
        .collect()
}

/// Whether one experiment leaves the split to the rule of size and the other has what the rule says.
fn is_ruled(silent: &Experiment, written: &Experiment) -> bool {
    let by_rule = [0, usize::MAX].map(Split::by_size);
    silent.data.split.is_none() && written.data.split.is_some_and(|split| by_rule.contains(&split))
}

/// The value of one parameter, null where the experiment has none.
pub fn value_of(experiment: &Experiment, key: &str) -> Value {
    parameters(experiment).into_iter().find(|(other, _)| other == key).map_or(Value::Null, |(_, value)| value)
}

/// The experiment with one parameter changed, checked like a file.
///
/// # Errors
/// As [`parse`]: an unknown key, a value out of range, a contradiction with the other settings.
pub fn with_change(experiment: &Experiment, change: &Change) -> Result<Experiment, ExperimentError> {
    with_changes(experiment, std::slice::from_ref(change))
}

/// The experiment with several parameters changed at once: a source and its path are right only together.
///
/// # Errors
/// As [`with_change`].
pub fn with_changes(experiment: &Experiment, changes: &[Change]) -> Result<Experiment, ExperimentError> {
    let (gone, set): (Vec<_>, Vec<_>) = changes.iter().partition(|change| change.to.is_null());
    let text = gone.into_iter().fold(experiment.to_toml(), |text, change| without(&text, &change.key));
    let overrides: Vec<Override> =
        set.into_iter().map(|change| Override { key: change.key.clone(), value: change.texts().1 }).collect();
    parse(&text, &experiment.name, &experiment.name, &overrides)
}

/// An experiment file's text with parameters changed, and all else as it was, comments too. It may say something wrong then,
/// as any file may: see [`parse`].
///
/// # Errors
/// It is no TOML, or a value is none that the parameter takes.
pub fn rewritten(text: &str, origin: &str, changes: &[Change]) -> Result<String, ExperimentError> {
    let mut text = text.to_owned();
    for change in changes {
        if change.to.is_null() {
            text = without(&text, &change.key);
            continue;
        }
        let mut document = document(&text, origin)?;
        apply(&mut document, &Override { key: change.key.clone(), value: change.texts().1 })?;
        text = document.to_string();
    }
    Ok(text)
}

/// The experiment's text with one key, or a whole table, taken out, so that the default holds. A table goes with the last of
/// its keys: an empty `[data.target]` would still be a target.
fn without(text: &str, key: &str) -> String {
    fn take_out(table: &mut dyn toml_edit::TableLike, key: &str) {
        let Some((section, rest)) = key.split_once('.') else {
            table.remove(key);
            return;
        };
        let Some(inner) = table.get_mut(section).and_then(toml_edit::Item::as_table_like_mut) else { return };
        let had_some = !inner.is_empty();
        take_out(inner, rest);
        if had_some && inner.is_empty() {
            table.remove(section);
        }
    }
    let Ok(mut document) = text.parse::<toml_edit::DocumentMut>() else { return text.to_owned() };
    take_out(document.as_table_mut(), key);
    document.to_string()
}

/// Every parameter with its value, lists of tables as one.
pub fn parameters(experiment: &Experiment) -> Vec<(String, Value)> {
    let mut out = Vec::new();
    if let Ok(Value::Object(mut fields)) = serde_json::to_value(experiment) {
        for described in ["name", "parent", "notes"] {
            fields.shift_remove(described);
        }
        flatten("", &Value::Object(fields), &mut out);
    }
    out
}

fn flatten(prefix: &str, value: &Value, out: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) if schema::find(prefix).is_none() => {
            for (key, value) in fields {
                let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flatten(&path, value, out);
            }
        }
        _ => out.push((prefix.to_owned(), value.clone())),
    }
}

/// A value as it would stand in an experiment file; null as "none".
pub fn toml_text(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Array(items) => format!("[{}]", items.iter().map(toml_text).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(key, value)| format!("{key} = {}", toml_text(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::String(text) => toml_edit::Value::from(text.as_str()).to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::experiment::{Augment, AugmentKind};
    use serde_json::json;

    #[test]
    fn an_experiment_does_not_differ_from_itself_or_by_its_name() {
        let a = Experiment::default();
        let b = Experiment { name: "b".into(), parent: Some("a".into()), notes: "n".into(), ..a.clone() };
        assert_eq!(changes(&a, &b), []);
    }

    #[test]
    fn a_split_that_the_rule_has_written_out_is_no_change() {
        let silent = Experiment::default();
        let with = |split: Split| {
            let mut experiment = Experiment::default();
            experiment.data.split = Some(split);
            experiment
        };
        for ruled in [with(Split::by_size(10)), with(Split::by_size(1_000_000))] {
            assert_eq!((changes(&silent, &ruled), changes(&ruled, &silent)), (vec![], vec![]));
        }
        let chosen = with(Split { train: 0.8, dev: 0.1, test: 0.1 });
        assert_eq!(changes(&silent, &chosen).len(), 3);
        assert_eq!(changes(&with(Split::by_size(10)), &with(Split::by_size(1_000_000))).len(), 3);
    }

    #[test]
    fn a_change_leads_from_one_experiment_to_the_other() {
        let a = Experiment::default();
        for (key, to) in [
            ("train.learning_rate", json!(0.01)),
            ("train.optimizer", json!("sgd")),
            ("model.channels", json!([8, 16, 32])),
            ("data.augment", json!([{ "kind": "noise", "probability": 0.5 }])),
            ("data.examples", json!(500)),
            ("data.target.variant", json!("foggy")),
        ] {
            let change = Change { key: key.into(), from: value_of(&a, key), to: to.clone() };
            let b = with_change(&a, &change).unwrap();
            let found = changes(&a, &b);
            assert!(found.iter().any(|found| found.key == key && found.to == to), "{key}: {found:?}");
        }
    }

    #[test]
    fn a_change_to_nothing_takes_the_key_out() {
        let mut a = Experiment::default();
        a.data.source.examples = Some(500);
        let change = Change { key: "data.examples".into(), from: json!(500), to: Value::Null };
        assert_eq!(with_change(&a, &change).unwrap(), Experiment::default());
    }

    #[test]
    fn a_target_comes_and_goes_with_its_settings() {
        let a = Experiment::default();
        let mut b = a.clone();
        b.data.target =
            parse("[data.target]\nsource = \"folder\"\npath = \"/photos\"", "b", "b", &[]).unwrap().data.target;
        for (from, to) in [(&a, &b), (&b, &a)] {
            let changes = changes(from, to);
            assert!(changes.len() > 1, "{changes:?}");
            assert_eq!(&with_changes(from, &changes).unwrap(), to);
            let text = rewritten(&from.to_toml(), "b", &changes).unwrap();
            assert_eq!(&parse(&text, &to.name, &to.name, &[]).unwrap(), to, "{text}");
        }
        assert!(
            with_change(&a, &Change { key: "data.source".into(), from: json!("digits"), to: json!("folder") }).is_err()
        );
    }

    #[test]
    fn lists_of_tables_are_one_parameter() {
        let a = Experiment::default();
        let mut b = a.clone();
        b.data.augment = vec![Augment { kind: AugmentKind::Blur, probability: 0.5, amount: Some(1.0) }];
        let found = changes(&a, &b);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].to_string(),
            r#"data.augment: none → [{ kind = "blur", probability = 0.5, amount = 1.0 }]"#
        );
    }

    #[test]
    fn a_file_is_rewritten_around_its_comments() {
        let text = "# the first one\n[model]\nkind = \"mlp\"   # small\nhidden = [6]\n\n[train]\n# as found by lr-find\n\
                    learning_rate = 0.001 # a third of the maximum\n\n[[data.augment]]\nkind = \"shift\"\n";
        let change = |key: &str, to: Value| Change { key: key.into(), from: Value::Null, to };
        let changes = [
            change("train.learning_rate", json!(0.01)),
            change("model.hidden", Value::Null),
            change("data.examples", json!(500)),
            change("data.augment", json!([{ "kind": "blur" }])),
        ];
        let written = rewritten(text, "a.toml", &changes).unwrap();
        for part in [
            "# the first one\n[model]\nkind = \"mlp\"   # small\n",
            "# as found by lr-find\nlearning_rate = 0.01 # a third",
        ] {
            assert!(written.contains(part), "{written}");
        }
        assert!(!written.contains("hidden"), "{written}");
        let experiment = parse(&written, "a.toml", "a", &[]).unwrap();
        assert_eq!((experiment.data.source.examples, experiment.train.learning_rate), (Some(500), 0.01));
        assert_eq!(experiment.data.augment[0].kind, AugmentKind::Blur);
        assert!(rewritten(text, "a.toml", &[change("train.epochs", json!("many"))]).is_err());
        assert!(rewritten("[", "a.toml", &[change("seed", json!(2))]).unwrap_err().to_string().contains("a.toml:1"));
    }
}
