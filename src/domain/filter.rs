//! The filter language of run lists: `dev<5% & model.kind=cnn & !status=failed`.
//!
//! Conditions joined by `&`, each `KEY OP VALUE` with `<`, `<=`, `>`, `>=`, `=`, `!=`, `~` (contains) or `:` (has, as in
//! `tag:baseline`), or bare words that must each occur in the run's id, status, diagnosis, parent, tags or note, or nearly in
//! its id (`dgts3` finds `digits-3`); `!` before a condition turns it round. Keys are those of [`Subject`] and every key of an
//! experiment file. Capitals do not matter in text. Archived runs pass only where the filter asks about `archived`.

use std::cmp::Ordering;

use serde_json::Value;

use super::annotation::Annotation;
use super::experiment::change::value_of;
use super::experiment::{Experiment, schema};
use super::ladder::Counts;
use super::run::Summary;

/// What a filter is asked about: a run's summary and, for keys such as `model.kind`, its experiment.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The summary.
    pub summary: &'a Summary,
    /// The experiment, where it could be read. [`Filter::needs_experiment`] and [`needs_experiment`] tell when it matters.
    pub experiment: Option<&'a Experiment>,
    /// What people say of the run.
    pub annotation: Option<&'a Annotation>,
}

/// Keys that are not an experiment's, with what they mean; for messages and documents.
pub const KEYS: &[(&str, &str)] = &[
    ("id", "the run's id"),
    ("status", "queued, running, paused, finished, stopped, failed, interrupted"),
    ("verdict", "the diagnosis' verdict"),
    ("train", "train error, as a fraction or with %"),
    ("train-dev", "train-dev error"),
    ("dev", "dev error"),
    ("test", "test error"),
    ("loss", "training loss"),
    ("epoch", "epochs done"),
    ("step", "steps done"),
    ("speed", "examples a second"),
    ("created", "when it was made, in seconds since 1970"),
    ("trained", "seconds trained"),
    ("tag", "a word that somebody gave it"),
    ("note", "what somebody wrote of it"),
    ("pinned", "whether it is pinned"),
    ("archived", "whether it is archived"),
];

impl Subject<'_> {
    /// The value of a key; null where the run has none.
    pub fn value(&self, key: &str) -> Value {
        let summary = self.summary;
        let rate = |counts: Option<Counts>| counts.map(Counts::rate).into();
        match key {
            "id" => summary.id.0.as_str().into(),
            "name" => summary.name.as_str().into(),
            "parent" => summary.parent.as_deref().into(),
            "status" => summary.status.word().into(),
            "verdict" => summary.verdict.as_deref().into(),
            "train" => rate(summary.train),
            "train-dev" => rate(summary.train_dev),
            "dev" => rate(summary.dev),
            "test" => rate(summary.test),
            "loss" => summary.loss.into(),
            "epoch" => summary.epoch.into(),
            "step" => summary.step.into(),
            "speed" => summary.examples_per_second.into(),
            "created" => summary.created.into(),
            "trained" => summary.trained_seconds.into(),
            "tag" => self.annotation.map(|said| said.tags.iter().map(String::as_str).collect::<Vec<_>>()).into(),
            "note" => self.annotation.map(|said| said.note.as_str()).into(),
            "pinned" => self.annotation.is_some_and(|said| said.pinned).into(),
            "archived" => self.annotation.is_some_and(|said| said.archived).into(),
            "notes" => self.experiment.map(|experiment| experiment.notes.as_str()).into(),
            _ => self.experiment.map_or(Value::Null, |experiment| value_of(experiment, key)),
        }
    }
}

/// Whether a key's value stands in the experiment and not in the summary.
pub fn needs_experiment(key: &str) -> bool {
    key == "notes" || (schema::find(key).is_some() && !matches!(key, "name" | "parent"))
}

/// Why a filter or a sort key is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// No such key.
    #[error("there is no key `{key}`{}; keys are {} and those of experiment files", hint(near.as_ref()), known())]
    Key {
        /// As written.
        key: String,
        /// The nearest one.
        near: Option<String>,
    },
    /// A condition without a value, or nothing between two `&`.
    #[error("`{condition}` is not a condition; write KEY OP VALUE, as in dev<5%, or a word to look for")]
    Condition {
        /// As written.
        condition: String,
    },
    /// `<` and the like with something that is no number.
    #[error("`{condition}`: `{value}` is not a number")]
    Number {
        /// As written.
        condition: String,
        /// Its value.
        value: String,
    },
}

fn hint(near: Option<&String>) -> String {
    near.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default()
}

fn known() -> String {
    KEYS.iter().map(|(key, _)| *key).collect::<Vec<_>>().join(", ")
}

/// A filter, ready to be asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq)]
struct Condition {
    negated: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    /// Each occurs somewhere; in small letters.
    Words(Vec<String>),
    /// Stands in a relation.
    Compare { key: String, relation: Relation, value: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Less,
    AtMost,
    Greater,
    AtLeast,
    Equal,
    Unequal,
    Contains,
    Has,
}

/// Longer signs first, so that `<=` is not read as `<`.
const RELATIONS: &[(&str, Relation)] = &[
    ("<=", Relation::AtMost),
    (">=", Relation::AtLeast),
    ("!=", Relation::Unequal),
    ("<", Relation::Less),
    (">", Relation::Greater),
    ("=", Relation::Equal),
    ("~", Relation::Contains),
    (":", Relation::Has),
];

impl Filter {
    /// Reads a filter; an empty one lets everything through.
    ///
    /// # Errors
    /// An unknown key, a condition without a value, an order asked of what is no number.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        text.split('&').map(condition).collect::<Result<_, _>>().map(|conditions| Self { conditions })
    }

    /// Reads what can be understood of a filter that is still being typed, and says what is not.
    pub fn so_far(text: &str) -> (Self, Option<FilterError>) {
        let read: Vec<_> = text.split('&').filter(|part| !part.trim().is_empty()).map(condition).collect();
        let problem = read.iter().find_map(|condition| condition.as_ref().err().cloned());
        (Self { conditions: read.into_iter().filter_map(Result::ok).collect() }, problem)
    }

    /// Whether a run passes.
    pub fn matches(&self, subject: &Subject<'_>) -> bool {
        (self.asks("archived") || !subject.annotation.is_some_and(|said| said.archived))
            && self
                .conditions
                .iter()
                .all(|condition| condition.test.holds(subject, condition.negated) != condition.negated)
    }

    /// Whether it asks about a key.
    fn asks(&self, wanted: &str) -> bool {
        self.conditions.iter().any(|condition| match &condition.test {
            Test::Words(_) => false,
            Test::Compare { key, .. } => key == wanted,
        })
    }

    /// Whether it asks for something that only experiments know.
    pub fn needs_experiment(&self) -> bool {
        self.conditions.iter().any(|condition| match &condition.test {
            Test::Words(_) => false,
            Test::Compare { key, .. } => needs_experiment(key),
        })
    }
}

fn condition(text: &str) -> Result<Condition, FilterError> {
    let written = text.trim();
    let (negated, body) = match written.strip_prefix('!') {
        Some(rest) if !rest.starts_with('=') => (true, rest.trim()),
        _ => (false, written),
    };
    let found = RELATIONS
        .iter()
        .filter_map(|(sign, relation)| body.find(sign).map(|at| (at, *sign, *relation)))
        .min_by_key(|(at, sign, _)| (*at, std::cmp::Reverse(sign.len())));
    let bad = || FilterError::Condition { condition: written.to_owned() };
    let Some((at, sign, relation)) = found else {
        return if body.is_empty() {
            Err(bad())
        } else {
            Ok(Condition {
                negated,
                test: Test::Words(body.to_lowercase().split_whitespace().map(str::to_owned).collect()),
            })
        };
    };
    let (key, value) = (body[..at].trim(), body[at + sign.len()..].trim().trim_matches('"'));
    if key.is_empty() || value.is_empty() {
        return Err(bad());
    }
    let key = known_key(key)?;
    let ordered = matches!(relation, Relation::Less | Relation::AtMost | Relation::Greater | Relation::AtLeast);
    if ordered && number(value).is_none() {
        return Err(FilterError::Number { condition: written.to_owned(), value: value.to_owned() });
    }
    Ok(Condition { negated, test: Test::Compare { key, relation, value: value.to_lowercase() } })
}

/// The key as it is known: `train_dev` is `train-dev`.
///
/// # Errors
/// There is none like it.
pub fn known_key(key: &str) -> Result<String, FilterError> {
    let dashed = key.to_lowercase().replace('_', "-");
    if KEYS.iter().any(|(known, _)| *known == dashed) {
        return Ok(dashed);
    }
    if schema::find(key).is_some() {
        return Ok(key.to_owned());
    }
    let near_key = KEYS
        .iter()
        .map(|(known, _)| (strsim::jaro_winkler(known, &dashed), (*known).to_owned()))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known);
    Err(FilterError::Key { key: key.to_owned(), near: near_key.or_else(|| schema::nearest(key)) })
}

/// A number, or a percentage as a fraction.
fn number(text: &str) -> Option<f64> {
    match text.strip_suffix('%') {
        Some(percent) => percent.trim_end().parse::<f64>().ok().map(|value| value / 100.0),
        None => text.parse().ok(),
    }
}

impl Test {
    /// `exactly`: what only nearly occurs does not count, for whoever wants to be rid of something means just that.
    fn holds(&self, subject: &Subject<'_>, exactly: bool) -> bool {
        match self {
            Self::Words(words) => words.iter().all(|word| {
                let occurs = |key: &&str| text_of(&subject.value(key)).contains(word.as_str());
                ["id", "status", "verdict", "parent", "tag", "note"].iter().any(occurs)
                    || (!exactly && nearly(&subject.summary.id.0.to_lowercase(), word))
            }),
            Self::Compare { key, relation, value } => compare(&subject.value(key), *relation, value),
        }
    }
}

/// Whether the letters of a word of three or more stand in a text in their order, the first of them at its beginning or after
/// a sign that parts words.
fn nearly(text: &str, word: &str) -> bool {
    let Some(first) = word.chars().next().filter(|_| word.chars().count() >= 3) else { return false };
    let begins = |at: usize| !text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
    text.match_indices(first).filter(|(at, _)| begins(*at)).any(|(at, _)| {
        let mut rest = text[at..].chars();
        word.chars().all(|wanted| rest.any(|c| c == wanted))
    })
}

/// Of a value that the run does not have nothing holds, except that it is not equal to anything.
fn compare(ours: &Value, relation: Relation, theirs: &str) -> bool {
    if ours.is_null() {
        return relation == Relation::Unequal;
    }
    let order = match (ours.as_f64(), number(theirs)) {
        (Some(ours), Some(theirs)) => ours.partial_cmp(&theirs),
        _ => Some(text_of(ours).as_str().cmp(theirs)),
    };
    match relation {
        Relation::Less => order == Some(Ordering::Less),
        Relation::AtMost => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Relation::Greater => order == Some(Ordering::Greater),
        Relation::AtLeast => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        Relation::Equal => order == Some(Ordering::Equal),
        Relation::Unequal => order != Some(Ordering::Equal),
        Relation::Contains => text_of(ours).contains(theirs),
        // Of a list one of its entries, of a text a part of it, of anything else the whole.
        Relation::Has => match ours {
            Value::Array(entries) => entries.iter().any(|entry| text_of(entry) == theirs),
            Value::String(_) => text_of(ours).contains(theirs),
            _ => order == Some(Ordering::Equal),
        },
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.to_lowercase(),
        other => other.to_string().to_lowercase(),
    }
}

/// Orders two runs by a key: numbers by size, texts by letters, what is missing last.
pub fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        _ => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => text_of(a).cmp(&text_of(b)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::{RunId, Status};
    use proptest::prelude::*;

    fn summary() -> Summary {
        let mut summary = Summary::new(RunId("digits-3".into()), "digits".into(), Some("digits-1".into()), 8, 10.0);
        summary.status = Status::Finished;
        summary.dev = Some(Counts { errors: 45, of: 900 });
        summary.verdict = Some("high-variance".into());
        summary
    }

    #[test]
    fn conditions_hold_or_not() {
        let (summary, experiment) = (summary(), Experiment::default());
        let tags = ["baseline".to_owned(), "v2".to_owned()].into();
        let annotation = Annotation { note: "Before the new labels".into(), tags, ..Annotation::default() };
        for (filter, passes) in [
            ("", true),
            ("  ", true),
            ("dev<=5%", true),
            ("dev < 0.05", false),
            ("dev<0.06 & model.kind=cnn", true),
            ("dev<0.06 & model.kind=mlp", false),
            ("!model.kind=mlp", true),
            ("model.kind!=mlp", true),
            ("status=FINISHED", true),
            ("verdict~variance", true),
            ("high", true),
            ("!high", false),
            ("test<0.5", false),
            ("test!=0.5", true),
            ("train.learning_rate=1e-3", true),
            ("epoch>=1", false),
            ("parent=digits-1", true),
            ("model.hidden~128", true),
            ("tag:baseline", true),
            ("tag:base", false),
            ("tag~base", true),
            ("!tag:v2", false),
            ("tag:v2 & dev<6%", true),
            ("note:labels", true),
            ("pinned=true", false),
            ("pinned:false", true),
            ("archived=false", true),
            ("digits variance", true),
            ("digits bias", false),
            ("LABELS", true),
            ("dgts3", true),
            ("digits4", false),
            ("gts", false),
            ("tsi", false),
            ("!dgts3", true),
        ] {
            let subject = Subject { summary: &summary, experiment: Some(&experiment), annotation: Some(&annotation) };
            assert_eq!(Filter::parse(filter).unwrap().matches(&subject), passes, "{filter}");
        }
        assert!(Filter::parse("model.kind=cnn").unwrap().needs_experiment());
        assert!(!Filter::parse("dev<1 & name=x").unwrap().needs_experiment());
    }

    #[test]
    fn archived_runs_pass_only_when_asked_for() {
        let annotation = Annotation { archived: true, ..Annotation::default() };
        let summary = summary();
        let subject = Subject { summary: &summary, experiment: None, annotation: Some(&annotation) };
        for (filter, passes) in [("", false), ("digits", false), ("archived:true", true), ("archived=false", false)] {
            assert_eq!(Filter::parse(filter).unwrap().matches(&subject), passes, "{filter}");
        }
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for (filter, part) in [
            ("devv<1", "did you mean `dev`?"),
            ("modle.kind=cnn", "did you mean `model.kind`?"),
            ("dev<", "KEY OP VALUE"),
            ("dev<1 & ", "KEY OP VALUE"),
            ("dev<much", "`much` is not a number"),
        ] {
            let error = Filter::parse(filter).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn what_is_understood_of_a_filter_counts_while_it_is_typed() {
        let summary = summary();
        let subject = Subject { summary: &summary, experiment: None, annotation: None };
        for (text, passes, problem) in [
            ("dev<6% & ", true, false),
            ("dev<1% & test<", false, true),
            ("& dev<6% & tset=3", true, true),
            ("", true, false),
        ] {
            let (filter, error) = Filter::so_far(text);
            assert_eq!((filter.matches(&subject), error.is_some()), (passes, problem), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
            if let Ok(filter) = Filter::parse(&text) {
                filter.matches(&Subject { summary: &summary(), experiment: None, annotation: None });
            }
        }
    }

    #[test]
    fn what_is_missing_comes_last() {
        let mut values = [Value::Null, 2.into(), Value::Null, 1.into()];
        values.sort_by(order);
        assert_eq!(values, [1.into(), 2.into(), Value::Null, Value::Null]);
    }
}
