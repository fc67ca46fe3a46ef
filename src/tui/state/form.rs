//! The form that an experiment is tweaked with: every setting that has an effect, what was changed so far, and what Enter
//! would do about it.

use std::borrow::Cow;

use serde_json::Value;

use super::{Field, Selected};
use crate::domain::experiment::change::{Change, changes, toml_text, value_of, with_changes};
use crate::domain::experiment::paths::Places;
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
    /// A choice that is right only together with what is being typed.
    pending: Vec<Change>,
    /// Where paths begin.
    places: Places,
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
    pub fn new(of: Selected, live: bool, experiment: Experiment, places: Places) -> Self {
        let selected = tweak::keys(&experiment).into_iter().find(|key| *key == "train.learning_rate").unwrap_or("seed");
        let base = Box::new(experiment);
        let edited = base.clone();
        let (input, problem, pending, earlier) = (None, None, Vec::new(), Vec::new());
        Self { of, live, selected, input, problem, pending, places, base, edited, earlier }
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
        let mut keys = tweak::keys(&self.edited);
        if let Some(change) = self.pending.first() {
            // It has no effect yet, and its line stands behind that of the choice.
            let place = keys.iter().position(|key| *key == change.key).map_or(keys.len(), |place| place + 1);
            keys.insert(place, self.selected);
        }
        keys
    }

    /// The value of a key as it would stand in a file; what holds in its stead where it is not set.
    pub fn text(&self, key: &str) -> (Cow<'static, str>, bool) {
        if let Some(change) = self.pending.iter().find(|change| change.key == key) {
            return (plain(&change.to).into(), true);
        }
        match value_of(&self.edited, key) {
            Value::Null if key == tweak::TARGET => ("none".into(), false),
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
        let text = match &value {
            Value::String(path) if !anew && is_path(self.selected) => self.places.held(path),
            value if anew || value.is_null() => String::new(),
            value => plain(value),
        };
        self.input = Some(Field::new(text));
        self.problem = None;
    }

    /// Takes what was typed; nothing at all takes the key out, so that its default holds.
    pub fn finish(&mut self) {
        let Some(input) = &self.input else { return };
        let text = input.text().trim().to_owned();
        let typed = match &*text {
            "" => Value::Null,
            path if is_path(self.selected) => self.places.typed(path).into(),
            text => read(text),
        };
        if typed.is_null() && !self.pending.is_empty() {
            self.leave();
            return;
        }
        self.input = None;
        self.take(&typed);
        if self.problem.is_some() && self.input.is_none() {
            self.input = Some(Field::new(text));
        }
    }

    /// Leaves what is typed, if something is; tells whether it was so.
    pub fn leave(&mut self) -> bool {
        if let Some(choice) = std::mem::take(&mut self.pending).first() {
            self.selected = schema::find(&choice.key).map_or(self.selected, |field| field.key);
        }
        self.problem = None;
        self.input.take().is_some()
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
        let changes = tweak::change_to(&self.edited, self.selected, to);
        match with_changes(&self.edited, &[&self.pending[..], &changes].concat()) {
            Ok(next) => {
                (self.problem, self.pending) = (None, Vec::new());
                if next != *self.edited {
                    self.earlier.push(std::mem::replace(&mut *self.edited, next));
                }
            }
            Err(ExperimentError { problem, remedy, key: fault, .. }) => {
                let remedy = remedy.map(|remedy| format!("; {remedy}")).unwrap_or_default();
                self.problem = Some(format!("{problem}{remedy}"));
                let asked = fault.as_deref().and_then(schema::find).map(|field| field.key);
                if let Some(path) = asked.filter(|asked| *asked != self.selected && is_path(asked)) {
                    // The choice waits until it is named.
                    self.pending = changes;
                    (self.selected, self.input) = (path, Some(Field::default()));
                }
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

fn is_path(key: &str) -> bool {
    schema::find(key).is_some_and(|field| field.kind == Kind::Path)
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
        let places = Places { here: "/work".into(), home: None, run: "/lab/runs/new".into() };
        Form::new(of, live, parse("", "digits", "digits", &[]).unwrap(), places)
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
    fn a_choice_that_needs_a_path_waits_for_it() {
        let mut form = form(false);
        typed(&mut form, "data.source", "folder");
        assert_eq!((form.selected, form.text("data.source").0.as_ref()), ("data.path", "folder"));
        assert!(form.input.is_some() && form.problem.is_some() && form.keys().contains(&"data.path"));
        assert!(form.changes().is_empty(), "neither holds without the other");
        assert!(form.leave());
        assert_eq!(
            (form.selected, form.text("data.source").0.as_ref(), form.leave()),
            ("data.source", "digits", false)
        );
        typed(&mut form, "data.source", "folder");
        form.input = Some(Field::new("../photos"));
        form.finish();
        assert_eq!((&form.problem, &form.input), (&None, &None));
        assert_eq!((form.text("data.source").0.as_ref(), form.text("data.path").0.as_ref()), ("folder", "/photos"));
        // And both go together.
        form.undo();
        assert_eq!(form.text("data.source").0, "digits");
    }

    #[test]
    fn paths_are_edited_whole() {
        let mut form = form(false);
        let held = "[data]\nsource = \"csv\"\npath = \"../../data/a.csv\"";
        *form.edited = parse(held, "digits", "digits", &[]).unwrap();
        form.selected = "data.path";
        form.begin(false);
        assert_eq!(form.input.as_ref().map(Field::text), Some("/lab/data/a.csv"));
    }

    #[test]
    fn a_target_can_be_given_and_taken_away() {
        let mut form = form(false);
        assert_eq!(form.text("data.target.source"), ("none".into(), false));
        form.selected = "data.target.source";
        form.step(true);
        assert_eq!((form.text("data.target.source").0.as_ref(), &form.problem), ("digits", &None));
        assert_eq!(form.text("data.target.variant").0, "foggy", "data's own would tell nothing new");
        assert!(form.keys().contains(&"data.target.share_in_train"));
        typed(&mut form, "data.target.source", "");
        assert_eq!((form.changes(), &form.problem), (vec![], &None));
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
