//! The form that an experiment is tweaked with: every setting that has an effect, what was changed so far, and what Enter
//! would do about it.

use std::borrow::Cow;

use serde_json::Value;

use super::{Field, Selected};
use crate::domain::experiment::change::{Change, changes, toml_text, value_of, with_change};
use crate::domain::experiment::schema::{self, Kind};
use crate::domain::experiment::{Experiment, ExperimentError, tweak};

/// An experiment that is being tweaked.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// Whose settings they were at first.
    pub of: Selected,
    /// Whether it is a run that trains: some settings can change while it does.
    pub live: bool,
    /// The key that steps and typing are about.
    pub selected: &'static str,
    /// What is typed for it, while something is.
    pub input: Option<Field>,
    /// Why the last step or value was not taken.
    pub problem: Option<String>,
    /// As it was when the form was opened.
    base: Box<Experiment>,
    /// As it is now.
    edited: Box<Experiment>,
    /// As it was before each change, the last one last.
    earlier: Vec<Experiment>,
}

/// What Enter does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nothing: nothing was changed.
    Nothing,
    /// The run takes the changes up at its next step.
    Apply,
    /// A new run is started.
    Start,
}

impl Form {
    /// A form on an experiment as it stands.
    pub fn new(of: Selected, live: bool, experiment: Experiment) -> Self {
        let selected = tweak::keys(&experiment).into_iter().find(|key| *key == "train.learning_rate").unwrap_or("seed");
        let base = Box::new(experiment);
        Self { of, live, selected, input: None, problem: None, edited: base.clone(), base, earlier: Vec::new() }
    }

    /// What people call whose settings they were.
    pub fn name(&self) -> &str {
        self.of.name()
    }

    /// The experiment as it is now.
    pub fn experiment(&self) -> &Experiment {
        &self.edited
    }

    /// What is there now is what was there at first.
    pub fn settle(&mut self) {
        self.base = self.edited.clone();
        (self.earlier, self.problem) = (Vec::new(), None);
    }

    /// The keys on show, in their order.
    pub fn keys(&self) -> Vec<&'static str> {
        tweak::keys(&self.edited)
    }

    /// The value of a key as it would stand in a file; what holds in its stead where it is not set.
    pub fn text(&self, key: &str) -> (Cow<'static, str>, bool) {
        match value_of(&self.edited, key) {
            Value::Null => (schema::find(key).map_or("none", |field| field.default).into(), false),
            value => (plain(&value).into(), true),
        }
    }

    /// Whether a key's value is another one than at first.
    pub fn is_changed(&self, key: &str) -> bool {
        value_of(&self.base, key) != value_of(&self.edited, key)
    }

    /// Whether the run takes up another value of the key while it trains.
    pub fn is_live(&self, key: &str) -> bool {
        self.live && schema::find(key).is_some_and(|field| field.live)
    }

    /// All that differs from what was there at first.
    pub fn changes(&self) -> Vec<Change> {
        changes(&self.base, &self.edited)
    }

    /// What Enter does with the changes as they are.
    pub fn answer(&self) -> Answer {
        let changes = self.changes();
        let is_run = matches!(self.of, Selected::Run(_));
        if changes.is_empty() {
            if is_run { Answer::Nothing } else { Answer::Start }
        } else if changes.iter().all(|change| self.is_live(&change.key)) {
            Answer::Apply
        } else {
            Answer::Start
        }
    }

    /// To the key so many lines further down.
    pub fn go(&mut self, by: isize) {
        let keys = self.keys();
        let place = keys.iter().position(|key| *key == self.selected).unwrap_or(0);
        let place = place.saturating_add_signed(by).min(keys.len().saturating_sub(1));
        if let Some(key) = keys.get(place) {
            self.selected = key;
        }
        self.problem = None;
    }

    /// Steps the selected key's value.
    pub fn step(&mut self, up: bool) {
        if let Some(to) = tweak::stepped(&self.edited, self.selected, up) {
            return self.take(&to);
        }
        let steps = schema::find(self.selected).is_some_and(|field| !matches!(field.kind, Kind::Path | Kind::Text));
        let why = if steps && value_of(&self.edited, self.selected) != Value::Null {
            "it goes no further"
        } else {
            "there is nothing to step: e types a value"
        };
        self.problem = Some(why.to_owned());
    }

    /// Begins to type a value: a new one, or from the one that is there.
    pub fn begin(&mut self, anew: bool) {
        let value = value_of(&self.edited, self.selected);
        let text = if anew || value.is_null() { String::new() } else { plain(&value) };
        self.input = Some(Field::new(text));
        self.problem = None;
    }

    /// Takes what was typed; nothing at all takes the key out, so that its default holds.
    pub fn finish(&mut self) {
        let Some(input) = &self.input else { return };
        let text = input.text().trim().to_owned();
        let typed = if text.is_empty() { Value::Null } else { read(&text) };
        self.take(&typed);
        if self.problem.is_none() {
            self.input = None;
        }
    }

    /// Takes the last change back.
    pub fn undo(&mut self) {
        self.problem = match self.earlier.pop() {
            Some(before) => {
                *self.edited = before;
                None
            }
            None => Some("nothing is left to undo".to_owned()),
        };
        self.stay_on_show();
    }

    fn take(&mut self, to: &Value) {
        let from = value_of(&self.edited, self.selected);
        let change = Change { key: self.selected.to_owned(), from, to: to.clone() };
        match with_change(&self.edited, &change) {
            Ok(next) => {
                self.problem = None;
                if next != *self.edited {
                    self.earlier.push(std::mem::replace(&mut *self.edited, next));
                }
            }
            Err(ExperimentError { problem, remedy, .. }) => {
                let remedy = remedy.map(|remedy| format!("; {remedy}")).unwrap_or_default();
                self.problem = Some(format!("{problem}{remedy}"));
            }
        }
        self.stay_on_show();
    }

    /// A change may take other keys' effect away, and with it their lines.
    fn stay_on_show(&mut self) {
        let keys = self.keys();
        if !keys.contains(&self.selected) {
            self.selected = keys.first().copied().unwrap_or("seed");
        }
    }
}

/// A value without the quotes of a word.
pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| toml_text(value), str::to_owned)
}

/// What is typed: a TOML value, or a word without quotes.
fn read(text: &str) -> Value {
    #[derive(serde::Deserialize)]
    struct Line {
        value: Value,
    }
    toml::from_str::<Line>(&format!("value = {text}")).map_or_else(|_| text.into(), |line| line.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::experiment::parse;
    use crate::domain::run::RunId;

    fn form(live: bool) -> Form {
        let of = Selected::Run(RunId("digits-1".into()));
        Form::new(of, live, parse("", "digits", "digits", &[]).unwrap())
    }

    fn typed(form: &mut Form, key: &'static str, text: &str) {
        form.selected = key;
        form.input = Some(Field::new(text));
        form.finish();
    }

    #[test]
    fn what_is_typed_is_a_value_or_a_word() {
        for (key, text, expected) in [
            ("train.learning_rate", "3e-4", "0.0003"),
            ("train.optimizer", "sgd", "sgd"),
            ("model.hidden", "[64, 32]", "[64, 32]"),
            ("data.augment", "[{ kind = \"noise\" }]", "[{ kind = \"noise\", probability = 0.5 }]"),
            ("task.human_error", "{ errors = 3, of = 200 }", "{ errors = 3, of = 200 }"),
        ] {
            let mut form = form(false);
            typed(&mut form, key, text);
            assert_eq!((form.text(key).0.as_ref(), &form.problem, &form.input), (expected, &None, &None));
            assert_eq!(form.changes().len(), 1);
            typed(&mut form, key, "");
            assert_eq!(form.changes(), [], "without a value the default holds");
        }
    }

    #[test]
    fn what_is_wrong_is_told_and_stays_typed() {
        let mut form = form(false);
        typed(&mut form, "train.learning_rate", "fast");
        assert!(form.problem.is_some() && form.input.is_some() && form.changes().is_empty());
        typed(&mut form, "model.kernel", "4");
        assert!(form.problem.as_ref().unwrap().contains("odd"), "{:?}", form.problem);
    }

    #[test]
    fn changes_are_undone_one_by_one() {
        let mut form = form(false);
        form.step(true);
        form.step(true);
        assert_eq!(form.changes()[0].to, serde_json::json!(0.005));
        form.undo();
        assert_eq!(form.changes()[0].to, serde_json::json!(0.002));
        form.undo();
        form.undo();
        assert!(form.changes().is_empty() && form.problem.is_some());
    }

    #[test]
    fn what_can_change_while_it_trains_is_applied_and_all_else_makes_a_run() {
        let mut form = form(true);
        assert_eq!(form.answer(), Answer::Nothing);
        form.step(true);
        assert_eq!(form.answer(), Answer::Apply);
        typed(&mut form, "model.hidden", "[8]");
        assert_eq!(form.answer(), Answer::Start);
        form.live = false;
        form.undo();
        assert_eq!(form.answer(), Answer::Start);
    }

    #[test]
    fn another_kind_of_network_has_other_settings() {
        let mut form = form(false);
        typed(&mut form, "model.kind", "rnn");
        assert!(form.keys().contains(&"model.units"), "{:?}", form.problem);
        form.selected = "model.units";
        form.undo();
        assert!(form.keys().contains(&form.selected));
    }
}
