//! Runs made elsewhere: by PyTorch, Lightning, Keras, JAX or anything that writes TensorBoard's event files.
//!
//! Their tags are called as their authors liked. A [`Mapping`] says which of them are the training loss and the error rates
//! of the ladder; where it says nothing, [`guess`] goes by the words that nearly everybody uses. [`Elsewhere`] takes in
//! values as they come, gives back what they are in this program's own tags, and keeps what a ladder needs.

mod guess;
mod mapping;

pub use guess::Role;
pub use mapping::{Mapping, Reading};

use std::collections::BTreeMap;

use super::event::{Evaluation, Event, Record, SetResult};
use super::ladder::{Counts, Ladder, Place, Rung};

/// The sets that a run made elsewhere may have errors of, from the bottom of the ladder up.
const SETS: [Place; 4] = [Place::Train, Place::TrainDev, Place::Dev, Place::Test];

/// What is known of a run made elsewhere.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Elsewhere {
    mapping: Mapping,
    /// Which tag plays which role; the first that could does.
    cast: BTreeMap<Role, String>,
    /// What each tag is; `None`: nothing of ours.
    roles: BTreeMap<String, Option<(Role, Reading)>>,
    /// Step and value, oldest first, of each role that ladders are made of.
    values: BTreeMap<Role, Vec<(u64, f64)>>,
}

impl Elsewhere {
    /// A run of which nothing has come yet.
    pub fn new(mapping: Mapping) -> Self {
        Self { mapping, ..Self::default() }
    }

    /// Takes a value in, and gives the tag and the value under which this program draws it, where there is one.
    pub fn take(&mut self, tag: &str, step: u64, value: f32) -> Option<(&'static str, f32)> {
        if !self.roles.contains_key(tag) {
            let found = self.mapping.role(tag).or_else(|| guess::role(tag));
            // A role that the mapping gives to a tag is no other tag's, whichever comes first.
            let free = |role: &Role| match self.mapping.tag(*role) {
                Some(named) => named == tag,
                None => !self.cast.contains_key(role),
            };
            let found = found.filter(|(role, _)| free(role));
            if let Some((role, _)) = &found {
                self.cast.insert(*role, tag.to_owned());
            }
            self.roles.insert(tag.to_owned(), found);
        }
        let (role, reading) = self.roles.get_mut(tag)?.as_mut()?;
        let value = reading.read(f64::from(value));
        if role.set().is_some() {
            let values = self.values.entry(*role).or_default();
            // Who begins anew does the steps again.
            while values.last().is_some_and(|(last, _)| *last >= step) {
                values.pop();
            }
            values.push((step, value));
        }
        Some((role.tag(), value as f32))
    }

    /// Values of this step and of later ones that came before do not count any more.
    pub fn restart(&mut self, step: u64) {
        for values in self.values.values_mut() {
            values.retain(|(at, _)| *at < step);
        }
    }

    /// How well people do, as the mapping says.
    pub fn human_error(&self) -> Option<f64> {
        self.mapping.human_error
    }

    /// What is drawn as what: the role in words, and the tag.
    pub fn sources(&self) -> Vec<(String, String)> {
        let text = |(role, tag): (&Role, &String)| {
            let reading = self.roles.get(tag).and_then(Option::as_ref).map(|(_, reading)| reading.text(tag));
            (role.words().to_owned(), reading.unwrap_or_else(|| tag.clone()))
        };
        self.cast.iter().map(text).collect()
    }

    /// What the mapping names and has not come, in sentences: a tag that is spelled otherwise, or comes later.
    pub fn missing(&self) -> Vec<String> {
        let missing = self.mapping.named().filter(|(role, _)| !self.cast.contains_key(role));
        missing
            .map(|(role, tag)| format!("rungs.toml names `{tag}` as the {}: no such tag has come.", role.words()))
            .collect()
    }

    /// The last error rates, as rungs; with an interval where the mapping says how many examples a set has.
    pub fn ladder(&self) -> Ladder {
        let rung = |place: Place| {
            let (_, rate) = self.values.get(&Role::Error(place))?.last()?;
            let rate = rate.is_finite().then(|| rate.clamp(0.0, 1.0))?;
            Some(match self.counts(place, rate) {
                Some(counts) => Rung::counted(counts),
                None => Rung::given(rate, None),
            })
        };
        Ladder {
            human: self.mapping.human_error.map(|rate| Rung::given(rate, None)),
            train: rung(Place::Train),
            train_dev: rung(Place::TrainDev),
            dev: rung(Place::Dev),
            test: rung(Place::Test),
        }
    }

    fn counts(&self, place: Place, rate: f64) -> Option<Counts> {
        let of = self.mapping.examples(place).filter(|of| *of > 0)?;
        Some(Counts { errors: (rate * of as f64).round() as u64, of })
    }

    /// The evaluations that its values tell of, one for each dev error; none where the mapping does not say how many
    /// examples the sets have.
    pub fn evaluations(&self) -> Vec<Record> {
        let dev = self.values.get(&Role::Error(Place::Dev)).map_or(&[][..], Vec::as_slice);
        let at = |role: Role, step: u64| -> Option<f64> {
            let values = self.values.get(&role)?;
            values.get(values.partition_point(|(at, _)| *at <= step).checked_sub(1)?).map(|(_, value)| *value)
        };
        let set = |place: Place, step: u64| {
            let rate = at(Role::Error(place), step).filter(|rate| rate.is_finite())?;
            let loss = at(Role::Loss(place), step).unwrap_or(f64::NAN);
            Some(SetResult { counts: self.counts(place, rate.clamp(0.0, 1.0))?, loss })
        };
        let evaluation = |(epoch, (step, _)): (usize, &(u64, f64))| {
            let [train, train_dev, dev, test] = SETS.map(|place| set(place, *step));
            let evaluation = Evaluation {
                epoch: epoch as u64 + 1,
                step: *step,
                train: train.unwrap_or_default(),
                train_dev,
                dev: dev?,
                test,
                confusion: Vec::new(),
                tasks: Vec::new(),
            };
            Some(Record { time: 0.0, event: Event::Epoch(Box::new(evaluation)) })
        };
        dev.iter().enumerate().filter_map(evaluation).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_this_program_s_own() {
        let mut run = Elsewhere::default();
        for (tag, value, ours) in [
            ("Loss/train", 0.5, Some(("train/loss", 0.5))),
            ("Accuracy/val", 0.75, Some(("eval/dev_error", 0.25))),
            ("Accuracy/train", 0.875, Some(("eval/train_error", 0.125))),
            ("lr", 0.001, Some(("train/learning_rate", 0.001))),
            ("images seen", 7.0, None),
            ("val_acc", 0.5, None),
        ] {
            assert_eq!(run.take(tag, 10, value), ours, "{tag}");
        }
        let ladder = run.ladder();
        assert_eq!((ladder.train.unwrap().rate, ladder.dev.unwrap().rate, ladder.test), (0.125, 0.25, None));
        assert_eq!(ladder.dev.unwrap().interval, None, "nobody said how many examples there are");
        assert!(run.evaluations().is_empty());
        let sources = run.sources();
        assert!(sources.contains(&("dev error".into(), "1 - Accuracy/val".into())), "{sources:?}");
    }

    #[test]
    fn percentages_are_told_from_fractions() {
        let mut run = Elsewhere::default();
        assert_eq!(run.take("val_acc1", 1, 75.0), Some(("eval/dev_error", 0.25)));
        assert_eq!(run.take("val_acc1", 2, 0.5).unwrap().1, 0.995, "what was a percentage once stays one");
    }

    #[test]
    fn a_mapping_says_what_nobody_could_guess() {
        let text =
            "human_error = 0.01\n[error]\ndev = \"1 - holdout/top1 / 100\"\ntest = \"final\"\n[examples]\ndev = 400\n";
        let mut run = Elsewhere::new(Mapping::parse(text).unwrap());
        assert_eq!(run.take("val_acc", 1, 0.5), None, "the mapping has given that role away");
        for step in [1, 2, 3] {
            assert!(run.take("holdout/top1", step, 89.0 + step as f32).is_some());
        }
        run.restart(3);
        let (ladder, evaluations) = (run.ladder(), run.evaluations());
        assert_eq!(ladder.dev.unwrap().counts, Some(Counts { errors: 36, of: 400 }));
        assert_eq!((evaluations.len(), ladder.human.unwrap().rate), (2, 0.01));
        assert_eq!(run.missing(), ["rungs.toml names `final` as the test error: no such tag has come."]);
    }
}
