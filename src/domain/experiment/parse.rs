//! From the text of an experiment file to an [`Experiment`], or to one message that says what is wrong, where, and what
//! would be right.

use std::ops::Range as Span;

use toml_edit::{Document, DocumentMut, Item, TableLike, Value};

use super::schema::{self, Field, Kind};
use super::{Experiment, validate};
use crate::domain::text::{harmless, shortened};

/// Characters of a line that a message shows.
const MOST_SHOWN: usize = 160;

/// What is wrong with an experiment, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct ExperimentError {
    /// The file, or what stands for it (`--set`, a built-in name).
    pub origin: String,
    /// Line, counted from 1, and its text, where the mistake has a place in the file.
    pub line: Option<(usize, String)>,
    /// The key at fault.
    pub key: Option<String>,
    /// What is wrong.
    pub problem: String,
    /// What would be right.
    pub remedy: Option<String>,
}

impl ExperimentError {
    fn sentence(&self) -> String {
        let mut text = self.origin.clone();
        if let Some((number, _)) = &self.line {
            text += &format!(":{number}");
        }
        text += ": ";
        if let Some(key) = &self.key {
            text += &format!("{key}: ");
        }
        text += &self.problem;
        if let Some(remedy) = &self.remedy {
            text += &format!("; {remedy}");
        }
        if let Some((number, line)) = &self.line {
            // It may be anything: a damaged file is one long line without an end.
            text += &format!("\n  {number} | {}", shortened(&harmless(line.trim_end()), MOST_SHOWN));
        }
        text
    }
}

/// A `KEY=VALUE` given beside the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Dotted path, such as `train.learning_rate` or `data.augment.0.amount`.
    pub key: String,
    /// A TOML value; what is none is taken as text.
    pub value: String,
}

impl std::str::FromStr for Override {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| format!("`{text}` has no `=`; write KEY=VALUE, as in train.learning_rate=0.01"))?;
        Ok(Self { key: key.trim().to_owned(), value: value.trim().to_owned() })
    }
}

/// Reads an experiment.
///
/// `origin` names the text in messages; `default_name` is the experiment's name when it gives none; `overrides` are
/// laid over the file in order.
///
/// # Errors
/// Syntax, an unknown key (the nearest known one is named), a value of the wrong type or out of range, and settings
/// that contradict each other.
pub fn parse(
    text: &str,
    origin: &str,
    default_name: &str,
    overrides: &[Override],
) -> Result<Experiment, ExperimentError> {
    let source = Document::parse(text.to_owned()).map_err(|error| syntax_error(text, origin, &error))?;
    let mut walker = Walker { text, origin, placed: Vec::new() };
    walker.table("", source.as_table())?;
    let placed = walker.placed;

    let mut document = source.into_mut();
    for item in overrides {
        apply(&mut document, item)?;
    }
    let mut experiment: Experiment = toml::from_str(&document.to_string()).map_err(|error| ExperimentError {
        origin: origin.to_owned(),
        line: None,
        key: None,
        problem: error.message().to_owned(),
        remedy: None,
    })?;
    if experiment.name.is_empty() {
        default_name.clone_into(&mut experiment.name);
    }
    validate::validate(&experiment).map_err(|fault| {
        let overridden = overrides.iter().any(|item| item.key == fault.key);
        let line = placed.iter().find(|(key, _)| *key == fault.key && !overridden).map(|(_, line)| line.clone());
        ExperimentError {
            origin: if overridden { "--set".to_owned() } else { origin.to_owned() },
            line,
            key: Some(fault.key),
            problem: fault.problem,
            remedy: Some(fault.remedy),
        }
    })?;
    Ok(experiment)
}

/// Lays one override over a document.
///
/// # Errors
/// An unknown key, a value of the wrong type or out of range, a place in a list that does not exist.
pub fn apply(document: &mut DocumentMut, item: &Override) -> Result<(), ExperimentError> {
    let fail = |problem: String, remedy: Option<String>| ExperimentError {
        origin: "--set".to_owned(),
        line: None,
        key: Some(item.key.clone()),
        problem,
        remedy,
    };
    let value: Value = item.value.parse().unwrap_or_else(|_| Value::from(item.value.as_str()));
    if let Some(field) = schema::find(&item.key) {
        check_value(field, &value).map_err(|(problem, remedy)| fail(problem, Some(remedy)))?;
    } else if schema::is_list_of_tables(&item.key) {
        check_list(&item.key, &value).map_err(|(problem, remedy)| fail(problem, remedy))?;
    } else {
        return Err(fail("there is no such key".into(), meant(&item.key)));
    }
    let mut at: &mut Item = document.as_item_mut();
    let parts: Vec<&str> = item.key.split('.').collect();
    for (depth, part) in parts.iter().enumerate() {
        let last = depth + 1 == parts.len();
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            // A number beyond all numbers is no place either.
            let found = part.parse::<usize>().ok().and_then(|index| at.get_mut(index));
            at = found
                .ok_or_else(|| fail(format!("the list has no place {part}"), Some("places count from 0".to_owned())))?;
            continue;
        }
        let above = parts[..depth].join(".");
        let table = at.as_table_like_mut();
        let table = table.ok_or_else(|| fail(format!("{above} is no table"), None))?;
        if last {
            let mut value = value;
            match table.get_mut(part) {
                Some(before) => {
                    // A comment behind the old value stands behind the new one.
                    if let Some(before) = before.as_value() {
                        *value.decor_mut() = before.decor().clone();
                    }
                    *before = Item::Value(value);
                }
                None => drop(table.insert(part, Item::Value(value))),
            }
            return Ok(());
        }
        if table.get(part).is_none() {
            table.insert(part, toml_edit::table());
        }
        at = table.get_mut(part).ok_or_else(|| fail(format!("{above} is no table"), None))?;
    }
    Ok(())
}

/// A file's text as a document whose comments stay where they are.
///
/// # Errors
/// It is no TOML.
pub(super) fn document(text: &str, origin: &str) -> Result<DocumentMut, ExperimentError> {
    text.parse().map_err(|error| syntax_error(text, origin, &error))
}

fn syntax_error(text: &str, origin: &str, error: &toml_edit::TomlError) -> ExperimentError {
    ExperimentError {
        origin: origin.to_owned(),
        line: error.span().map(|span| line_at(text, span.start)),
        key: None,
        problem: error.message().lines().collect::<Vec<_>>().join(", "),
        remedy: Some("the file has to be TOML: `key = value` lines under `[section]` headings".to_owned()),
    }
}

/// The line that holds byte `at`, with its number counted from 1.
fn line_at(text: &str, at: usize) -> (usize, String) {
    let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let number = text[..at].matches('\n').count() + 1;
    (number, text.lines().nth(number - 1).unwrap_or_default().to_owned())
}

fn meant(path: &str) -> Option<String> {
    schema::nearest(path).map(|near| format!("did you mean `{near}`?"))
}

/// Walks a file's own keys, before defaults blur what was written, and remembers the line of each.
struct Walker<'a> {
    text: &'a str,
    origin: &'a str,
    placed: Vec<(String, (usize, String))>,
}

impl Walker<'_> {
    fn table(&mut self, prefix: &str, table: &dyn TableLike) -> Result<(), ExperimentError> {
        for (key, item) in table.iter() {
            let path = if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
            let span = table.key(key).and_then(toml_edit::Key::span).or_else(|| item.span());
            self.item(&path, item, span)?;
        }
        Ok(())
    }

    fn item(&mut self, path: &str, item: &Item, span: Option<Span<usize>>) -> Result<(), ExperimentError> {
        let line = span.map(|span| line_at(self.text, span.start));
        if let Some(field) = schema::find(path) {
            let value = item
                .as_value()
                .cloned()
                .or_else(|| item.as_table().map(|table| Value::InlineTable(table.clone().into_inline_table())));
            let checked = match &value {
                Some(value) => check_value(field, value),
                None => Err(("a list of tables stands where a value belongs".to_owned(), expected(field))),
            };
            checked.map_err(|(problem, remedy)| self.error(path, line.clone(), problem, Some(remedy)))?;
            if let Some(line) = line {
                self.placed.push((path.to_owned(), line));
            }
            return Ok(());
        }
        if schema::is_list_of_tables(path) && !path.ends_with(|last: char| last.is_ascii_digit()) {
            if let Some(tables) = item.as_array_of_tables() {
                for (index, table) in tables.iter().enumerate() {
                    self.table(&format!("{path}.{index}"), table)?;
                }
                return Ok(());
            }
            if let Some(array) = item.as_array() {
                for (index, value) in array.iter().enumerate() {
                    let place = format!("{path}.{index}");
                    match value.as_inline_table() {
                        Some(table) => self.table(&place, table)?,
                        None => return Err(self.list_expected(path, line)),
                    }
                }
                return Ok(());
            }
            return Err(self.list_expected(path, line));
        }
        if schema::is_section(path) {
            return match item.as_table_like() {
                Some(table) => self.table(path, table),
                None => Err(self.error(
                    path,
                    line,
                    "a section is expected, not a value".to_owned(),
                    Some(format!("write `[{path}]` and its keys below")),
                )),
            };
        }
        Err(self.error(path, line, "there is no such key".to_owned(), meant(path)))
    }

    fn list_expected(&self, path: &str, line: Option<(usize, String)>) -> ExperimentError {
        self.error(
            path,
            line,
            "a list of tables is expected".to_owned(),
            Some(format!("write `[[{path}]]` and its keys below, once for each")),
        )
    }

    fn error(
        &self,
        path: &str,
        line: Option<(usize, String)>,
        problem: String,
        remedy: Option<String>,
    ) -> ExperimentError {
        ExperimentError { origin: self.origin.to_owned(), line, key: Some(path.to_owned()), problem, remedy }
    }
}

/// Checks a whole list of tables given as one value: `[{ kind = "noise" }]`.
fn check_list(path: &str, value: &Value) -> Result<(), (String, Option<String>)> {
    let example = Some(format!("write a list of tables, as in {path}=[{{ kind = \"…\" }}]"));
    let array = value.as_array().ok_or(("a list of tables is expected".to_owned(), example.clone()))?;
    for (index, item) in array.iter().enumerate() {
        let table = item.as_inline_table().ok_or(("a list of tables is expected".to_owned(), example.clone()))?;
        for (key, value) in table {
            let key = format!("{path}.{index}.{key}");
            let field = schema::find(&key).ok_or_else(|| (format!("there is no key `{key}`"), meant(&key)))?;
            check_value(field, value).map_err(|(problem, remedy)| (format!("{key}: {problem}"), Some(remedy)))?;
        }
    }
    Ok(())
}

/// Whether `value` is one that `field` takes; else what is wrong with it and what would be right.
fn check_value(field: &Field, value: &Value) -> Result<(), (String, String)> {
    let written = value.to_string();
    let written = written.trim();
    let right = match field.kind {
        Kind::Text | Kind::Path => value.is_str(),
        Kind::Choice(words) => match value.as_str() {
            Some(word) if words.contains(&word) => true,
            Some(word) => {
                let near = words
                    .iter()
                    .map(|candidate| (strsim::jaro_winkler(candidate, word), candidate))
                    .filter(|(score, _)| *score > 0.7)
                    .max_by(|a, b| a.0.total_cmp(&b.0));
                let hint = near.map_or_else(
                    || expected(field),
                    |(_, near)| format!("did you mean \"{near}\"? {}", expected(field)),
                );
                return Err((format!("\"{word}\" is not known"), hint));
            }
            None => false,
        },
        Kind::Whole { min, max, .. } => {
            value.as_integer().and_then(|n| u64::try_from(n).ok()).is_some_and(|n| (min..=max).contains(&n))
        }
        Kind::Real { range, .. } => number(value).is_some_and(|n| range.contains(n)),
        Kind::Wholes { max } => value.as_array().is_some_and(|items| {
            items.iter().all(|item| {
                item.as_integer().and_then(|n| u64::try_from(n).ok()).is_some_and(|n| (1..=max).contains(&n))
            })
        }),
        Kind::HumanError => match value.as_inline_table() {
            None => number(value).is_some_and(|rate| (0.0..=1.0).contains(&rate)),
            Some(table) => {
                let count = |key: &str| table.get(key).and_then(Value::as_integer).filter(|n| *n >= 0);
                match (count("errors"), count("of")) {
                    (Some(errors), Some(of)) => table.len() == 2 && of > 0 && errors <= of,
                    _ => false,
                }
            }
        },
    };
    if right { Ok(()) } else { Err((format!("{written} will not do"), expected(field))) }
}

fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|n| n as f64))
}

/// What a field takes, as the end of a sentence.
fn expected(field: &Field) -> String {
    match field.kind {
        Kind::Text => "write a text in quotes".to_owned(),
        Kind::Path => "write a path in quotes".to_owned(),
        Kind::Choice(words) => format!("choose one of {}", words.join(", ")),
        Kind::Whole { min, max, .. } if max >= 1_000_000_000 => format!("write a whole number from {min} up"),
        Kind::Whole { min, max, .. } => format!("write a whole number from {min} to {max}"),
        Kind::Real { range, .. } => format!("write a number {range}"),
        Kind::Wholes { max } => format!("write a list of whole numbers from 1 to {max}, as in [16, 32]"),
        Kind::HumanError => "write a rate from 0 to 1 (0.002), or { errors = 3, of = 200 }".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::experiment::{HumanError, ModelKind, SourceKind};

    fn sets(items: &[&str]) -> Vec<Override> {
        items.iter().map(|item| item.parse().unwrap()).collect()
    }

    fn read(text: &str) -> Result<Experiment, ExperimentError> {
        parse(text, "a.toml", "a", &[])
    }

    #[test]
    fn an_empty_file_is_the_default_experiment_under_its_own_name() {
        let experiment = read("").unwrap();
        assert_eq!(experiment, Experiment { name: "a".into(), ..Experiment::default() });
    }

    #[test]
    fn what_is_written_out_reads_back_the_same() {
        let text = r#"
            parent = "digits"
            [task]
            human_error = { errors = 3, of = 200 }
            [data]
            source = "idx"
            path = "data/mnist"
            [data.target]
            source = "digits"
            share_in_train = 0.02
            [[data.augment]]
            kind = "noise"
            [[data.synthesize]]
            kind = "fog"
            patterns = 16
            [model]
            kind = "mlp"
        "#;
        let experiment = read(text).unwrap();
        assert_eq!(experiment.task.human_error, Some(HumanError::Measured { errors: 3, of: 200 }));
        assert_eq!(experiment.data.source.kind, SourceKind::Idx);
        assert_eq!(experiment.model.kind, ModelKind::Mlp);
        assert_eq!(read(&experiment.to_toml()).unwrap(), experiment);
    }

    #[test]
    fn messages_name_line_key_and_what_would_be_right() {
        for (text, wanted) in [
            (
                "[train]\nlearnign_rate = 0.1",
                "a.toml:2: train.learnign_rate: there is no such key; did you mean `train.learning_rate`?\n  2 | learnign_rate = 0.1",
            ),
            (
                "[train]\n\nlearning_rate = -1",
                "a.toml:3: train.learning_rate: -1 will not do; write a number above 0 to 1000\n  3 | learning_rate = -1",
            ),
            (
                "[model]\nkind = \"ccn\"",
                "a.toml:2: model.kind: \"ccn\" is not known; did you mean \"cnn\"? choose one of mlp, cnn, rnn\n  2 | kind = \"ccn\"",
            ),
            (
                "seed = \"one\"",
                "a.toml:1: seed: \"one\" will not do; write a whole number from 0 up\n  1 | seed = \"one\"",
            ),
            (
                "train = 3",
                "a.toml:1: train: a section is expected, not a value; write `[train]` and its keys below\n  1 | train = 3",
            ),
            (
                "[data]\naugment = 1",
                "a.toml:2: data.augment: a list of tables is expected; write `[[data.augment]]` and its keys below, once for each\n  2 | augment = 1",
            ),
            (
                "[task]\nhuman_error = { errors = 3 }",
                "a.toml:2: task.human_error: { errors = 3 } will not do; write a rate from 0 to 1 (0.002), or { errors = 3, of = 200 }\n  2 | human_error = { errors = 3 }",
            ),
            (
                "[data.split]\ntrain = 0.5\ndev = 0.1\ntest = 0.1",
                "a.toml:2: data.split.train: train, dev and test add up to 0.7; they have to add up to 1\n  2 | train = 0.5",
            ),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), wanted);
        }
        let error = read("[train\nepochs = 3").unwrap_err();
        assert_eq!(error.line.as_ref().map(|line| line.0), Some(1), "{error}");
    }

    #[test]
    fn overrides_lie_over_the_file_and_answer_for_themselves() {
        let text = "[train]\nepochs = 3";
        let all = sets(&[
            "train.epochs=5",
            "model.hidden=[64, 32]",
            "data.path=some/where",
            "data.augment=[{kind=\"blur\"}]",
        ]);
        let experiment = parse(text, "a.toml", "a", &all).unwrap();
        assert_eq!(experiment.train.epochs, 5);
        assert_eq!(experiment.model.hidden, [64, 32]);
        assert_eq!(experiment.data.source.path.as_deref(), Some("some/where"));
        assert_eq!(experiment.data.augment.len(), 1);
        for (item, wanted) in [
            ("train.epoch=5", "--set: train.epoch: there is no such key; did you mean `train.epochs`?"),
            ("train.epochs=0", "--set: train.epochs: 0 will not do; write a whole number from 1 to 1000000"),
            // More digits than a number has.
            (
                "data.augment.46011686018427387903.amount=0.5",
                "--set: data.augment.46011686018427387903.amount: the list has no place 46011686018427387903; places count \
                 from 0",
            ),
            ("data.augment.0.kind=blur", "--set: data.augment.0.kind: the list has no place 0; places count from 0"),
            (
                "data.augment=[{kid=1}]",
                "--set: data.augment: there is no key `data.augment.0.kid`; did you mean `data.augment[].kind`?",
            ),
            ("model.kernel=4", "--set: model.kernel: 4 is even; an odd kernel has a middle, 3 or 5 would do"),
        ] {
            let error = parse(text, "a.toml", "a", &sets(&[item])).unwrap_err();
            assert_eq!(error.to_string(), wanted);
        }
    }
}
