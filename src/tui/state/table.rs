//! The runs as a table: which columns it has, and what it is ordered by. A column is a key of the filter language, so that
//! whatever can be asked for can be seen.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::field::Field;
use crate::domain::experiment::schema::FIELDS;
use crate::domain::filter::{KEYS, Subject, needs_experiment, order};
use crate::domain::run::Summary;
use crate::tui::format;
use crate::tui::palette::score;

/// What runs are ordered by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    /// The key.
    pub key: String,
    /// Whether the largest comes first.
    pub descending: bool,
}

impl Sort {
    /// The places of runs in this order; what has no value comes last, whichever way round.
    pub fn order<'a>(&self, runs: impl Iterator<Item = (usize, Subject<'a>)>) -> Vec<usize> {
        let mut keyed: Vec<(Value, usize)> = runs.map(|(place, subject)| (subject.value(&self.key), place)).collect();
        keyed.sort_by(
            |(a, _), (b, _)| {
                if self.descending && !a.is_null() && !b.is_null() { order(b, a) } else { order(a, b) }
            },
        );
        keyed.into_iter().map(|(_, place)| place).collect()
    }
}

/// Columns and order.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Whether the runs have the screen to themselves.
    pub open: bool,
    /// The columns after the id, by key.
    pub columns: Vec<String>,
    /// The order; `None`: the newest first, after those that are pinned.
    pub sort: Option<Sort>,
}

impl Default for Table {
    fn default() -> Self {
        let columns = ["status", "epoch", "train", "dev", "test", "verdict", "parent", "created", "tag", "note"];
        Self { open: false, columns: columns.map(str::to_owned).to_vec(), sort: None }
    }
}

impl Table {
    /// Whether a column that is shown, or the order, asks for what only experiments know.
    pub fn needs_experiments(&self) -> bool {
        let shown = self.columns.iter().filter(|_| self.open);
        shown.chain(self.sort.iter().map(|sort| &sort.key)).any(|key| needs_experiment(key))
    }

    /// Shows a column, or takes it away.
    pub fn toggle(&mut self, key: &str) {
        match self.columns.iter().position(|column| column == key) {
            Some(place) => drop(self.columns.remove(place)),
            // At the front, where there is room for it on any screen.
            None => self.columns.insert(1.min(self.columns.len()), key.to_owned()),
        }
    }

    /// Orders by a key; by the one it is ordered by already, the other way round, and then as it was at first.
    pub fn sort_by(&mut self, key: &str) {
        self.sort = match self.sort.take().filter(|sort| sort.key == key) {
            None => Some(Sort { key: key.to_owned(), descending: false }),
            Some(sort) if !sort.descending => Some(Sort { descending: true, ..sort }),
            Some(_) => None,
        };
        // What runs are ordered by is seen.
        if !self.columns.iter().any(|column| column == key) {
            self.toggle(key);
        }
    }
}

/// Choosing columns and order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Columns {
    /// What is typed.
    pub input: Field,
    /// Which of the keys found is selected.
    pub selected: usize,
}

impl Columns {
    /// The keys that have the letters typed, with their meaning; the nearest first.
    pub fn found(&self) -> Vec<(&'static str, &'static str)> {
        let keys = keys();
        let typed = self.input.text();
        let mut found: Vec<(i32, (&str, &str))> =
            keys.filter_map(|entry| Some((score(entry.0, typed)?, entry))).collect();
        if !typed.is_empty() {
            found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        }
        found.into_iter().map(|(_, entry)| entry).collect()
    }

    /// The key that is selected.
    pub fn key(&self) -> Option<&'static str> {
        self.found().get(self.selected).map(|(key, _)| *key)
    }
}

/// The keys that can be columns, with their meaning.
fn keys() -> impl Iterator<Item = (&'static str, &'static str)> {
    let own = KEYS.iter().copied().filter(|(key, _)| *key != "id");
    own.chain(FIELDS.iter().filter(|field| !field.key.contains("[]")).map(|field| (field.key, field.doc)))
}

/// Whether a key can be a column.
pub(super) fn is_key(key: &str) -> bool {
    keys().any(|(other, _)| other == key)
}

/// What stands in a cell.
pub fn cell(key: &str, subject: &Subject<'_>, now: f64) -> String {
    let value = subject.value(key);
    match (key, &value) {
        (_, Value::Null) => String::new(),
        ("train" | "train-dev" | "dev" | "test", Value::Number(rate)) => {
            format::percent(rate.as_f64().unwrap_or(f64::NAN))
        }
        ("created", Value::Number(time)) => format::ago(now - time.as_f64().unwrap_or(now)),
        ("trained", Value::Number(seconds)) => format::duration(seconds.as_f64().unwrap_or(0.0)),
        ("epoch", _) => epochs(subject.summary),
        ("verdict", Value::String(verdict)) => verdict.replace('-', " "),
        ("tag", Value::Array(tags)) => {
            tags.iter().filter_map(Value::as_str).map(|tag| format!("#{tag}")).collect::<Vec<_>>().join(" ")
        }
        (_, Value::Bool(is)) => if *is { "yes" } else { "" }.to_owned(),
        (_, Value::String(text)) => text.clone(),
        ("loss" | "speed", Value::Number(number)) => format::reading(number.as_f64().unwrap_or(f64::NAN)),
        (_, other) => crate::domain::experiment::change::toml_text(other),
    }
}

fn epochs(summary: &Summary) -> String {
    if summary.elsewhere { String::new() } else { format!("{}/{}", summary.epoch, summary.epochs) }
}

/// What stands over a column.
pub fn heading(key: &str) -> &str {
    match key {
        "verdict" => "diagnosis",
        "created" => "age",
        "parent" => "variation of",
        "tag" => "tags",
        _ => key,
    }
}

/// Whether a column's cells stand at its right edge.
pub fn is_figure(key: &str) -> bool {
    matches!(key, "train" | "train-dev" | "dev" | "test" | "loss" | "epoch" | "step" | "speed" | "created" | "trained")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::annotation::Annotation;
    use crate::domain::experiment::Experiment;
    use crate::domain::ladder::Counts;
    use crate::domain::run::RunId;

    fn summary(id: &str, errors: Option<u64>) -> Summary {
        let mut summary = Summary::new(RunId(id.into()), "digits".into(), None, 8, 100.0);
        summary.dev = errors.map(|errors| Counts { errors, of: 200 });
        summary
    }

    #[test]
    fn runs_are_ordered_by_any_key() {
        let runs = [summary("a-1", Some(9)), summary("a-2", None), summary("a-3", Some(4))];
        let order = |key: &str, descending| {
            let subjects = runs.iter().map(|summary| Subject { summary, experiment: None, annotation: None });
            Sort { key: key.into(), descending }.order(subjects.enumerate())
        };
        assert_eq!(order("dev", false), [2, 0, 1]);
        assert_eq!(order("dev", true), [0, 2, 1], "what is missing comes last");
        assert_eq!(order("id", true), [2, 1, 0]);
    }

    #[test]
    fn ordering_turns_round_and_ends() {
        let mut table = Table::default();
        let mut states = Vec::new();
        for key in ["dev", "dev", "dev", "loss"] {
            table.sort_by(key);
            states.push(table.sort.clone().map(|sort| (sort.key, sort.descending)));
        }
        assert_eq!(
            states,
            [Some(("dev".into(), false)), Some(("dev".into(), true)), None, Some(("loss".into(), false))]
        );
        table.columns.clear();
        table.sort_by("dev");
        assert_eq!(table.columns, ["dev"], "what runs are ordered by is seen");
        table.toggle("model.kind");
        assert!(!table.needs_experiments(), "it is not shown");
        table.open = true;
        assert!(table.needs_experiments());
    }

    #[test]
    fn keys_are_found_by_their_letters() {
        let found = |typed: &str| Columns { input: Field::new(typed), selected: 0 }.key();
        assert_eq!(found("learning"), Some("train.learning_rate"));
        assert_eq!(found("status"), Some("status"));
        assert_eq!(found("zzzz"), None);
    }

    #[test]
    fn cells_are_as_people_read_them() {
        let summary = summary("a-1", Some(9));
        let annotation =
            Annotation { tags: ["b".to_owned(), "a".to_owned()].into(), pinned: true, ..Annotation::default() };
        let experiment = Experiment::default();
        let subject = Subject { summary: &summary, experiment: Some(&experiment), annotation: Some(&annotation) };
        for (key, text) in [
            ("dev", "4.5 %"),
            ("test", ""),
            ("created", "5 min"),
            ("epoch", "0/8"),
            ("tag", "#a #b"),
            ("pinned", "yes"),
            ("archived", ""),
            ("model.hidden", "[128]"),
            ("train.learning_rate", "0.001"),
            ("model.kind", "cnn"),
        ] {
            assert_eq!(cell(key, &subject, 400.0), text, "{key}");
        }
    }
}
