//! `rungs.toml` beside runs made elsewhere: which tags are what, and how many examples the sets have.
//!
//! ```toml
//! human_error = 0.01
//! [error]
//! train = "1 - train/acc"       # an accuracy
//! dev = "valid/top1_err / 100"  # in percent
//! [loss]
//! train = "objective"
//! [examples]
//! dev = 10000
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Role;
use crate::domain::ladder::Place;

/// How a tag's values are error rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    /// A loss, or anything else that is drawn as it is.
    AsItIs,
    /// Error rates.
    Error {
        /// In percent.
        percent: bool,
        /// Whether that was said, not guessed.
        sure: bool,
    },
    /// Shares that are right.
    Accuracy {
        /// In percent.
        percent: bool,
        /// Whether that was said, not guessed.
        sure: bool,
    },
}

impl Reading {
    /// A value as this program has it. A guessed rate above 1 tells that the tag is in percent.
    pub(super) fn read(&mut self, value: f64) -> f64 {
        let (Self::Error { percent, sure } | Self::Accuracy { percent, sure }) = self else { return value };
        *percent |= !*sure && value > 1.0;
        let rate = if *percent { value / 100.0 } else { value };
        if matches!(self, Self::Accuracy { .. }) { 1.0 - rate } else { rate }
    }

    /// As a mapping would say it of a tag.
    pub(super) fn text(self, tag: &str) -> String {
        let rest = |percent: bool| if percent { " / 100" } else { "" };
        match self {
            Self::AsItIs => tag.to_owned(),
            Self::Error { percent, .. } => format!("{tag}{}", rest(percent)),
            Self::Accuracy { percent, .. } => format!("1 - {tag}{}", rest(percent)),
        }
    }
}

/// What a file says of the tags of runs made elsewhere.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mapping {
    /// How often people are wrong, as a fraction.
    pub human_error: Option<f64>,
    roles: BTreeMap<String, (Role, Reading)>,
    examples: BTreeMap<Place, u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    human_error: Option<f64>,
    #[serde(default)]
    error: Sets<String>,
    #[serde(default)]
    loss: Sets<String>,
    #[serde(default)]
    examples: Sets<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sets<T> {
    train: Option<T>,
    train_dev: Option<T>,
    dev: Option<T>,
    test: Option<T>,
}

impl<T> Default for Sets<T> {
    fn default() -> Self {
        Self { train: None, train_dev: None, dev: None, test: None }
    }
}

impl<T> Sets<T> {
    fn known(self) -> impl Iterator<Item = (Place, T)> {
        let sets = [(Place::Train, self.train), (Place::TrainDev, self.train_dev)];
        let more = [(Place::Dev, self.dev), (Place::Test, self.test)];
        sets.into_iter().chain(more).filter_map(|(place, value)| Some((place, value?)))
    }
}

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// It is no TOML, or says something that a mapping does not have; in a sentence, with its line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        if let Some(rate) = file.human_error.filter(|rate| !(0.0..=1.0).contains(rate)) {
            return Err(format!("human_error: {rate} is no fraction; write 0.01 for 1 %"));
        }
        let mut roles = BTreeMap::new();
        for (place, text) in file.error.known() {
            let (tag, reading) = reading(&text)?;
            roles.insert(tag, (Role::Error(place), reading));
        }
        roles.extend(file.loss.known().map(|(place, tag)| (tag, (Role::Loss(place), Reading::AsItIs))));
        Ok(Self { human_error: file.human_error, roles, examples: file.examples.known().collect() })
    }

    /// What it says of a tag.
    pub(super) fn role(&self, tag: &str) -> Option<(Role, Reading)> {
        self.roles.get(tag).copied()
    }

    /// The tag that it gives a role to.
    pub(super) fn tag(&self, role: Role) -> Option<&str> {
        self.roles.iter().find(|(_, (other, _))| *other == role).map(|(tag, _)| tag.as_str())
    }

    /// The roles that it gives away, and the tags that it gives them to.
    pub(super) fn named(&self) -> impl Iterator<Item = (Role, &str)> {
        self.roles.iter().map(|(tag, (role, _))| (*role, tag.as_str()))
    }

    /// How many examples a set has.
    pub(super) fn examples(&self, place: Place) -> Option<u64> {
        self.examples.get(&place).copied()
    }
}

/// `TAG`, `1 - TAG`, each with ` / 100` after it where the tag is in percent.
fn reading(text: &str) -> Result<(String, Reading), String> {
    let (body, percent) = match text.trim().strip_suffix("/ 100") {
        Some(body) => (body.trim_end(), true),
        None => (text.trim(), false),
    };
    let (tag, reading) = match body.strip_prefix("1 -") {
        Some(tag) if tag.is_empty() || tag.starts_with(' ') => (tag.trim(), Reading::Accuracy { percent, sure: true }),
        _ => (body, Reading::Error { percent, sure: true }),
    };
    if tag.is_empty() {
        return Err(format!(
            "`{text}` names no tag; write \"TAG\" for an error rate, \"1 - TAG\" for an accuracy, with \" / 100\" if in percent"
        ));
    }
    Ok((tag.to_owned(), reading))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_mapping_says() {
        for (text, tag, read) in [
            ("val/err", "val/err", 0.5),
            ("1 - val/acc", "val/acc", 0.5),
            ("err / 100", "err", 0.005),
            ("1 - a / b / 100", "a / b", 0.995),
        ] {
            let (found, mut reading) = reading(text).unwrap();
            assert_eq!((found.as_str(), reading.read(0.5)), (tag, read), "{text}");
            assert_eq!(reading.text(tag), text);
        }
    }

    #[test]
    fn what_is_wrong_with_a_mapping_is_said() {
        for (text, part) in [
            ("[error]\nval = \"x\"", "unknown field `val`, expected one of `train`, `train_dev`, `dev`, `test`"),
            ("[error]\ndev = \"1 - \"", "names no tag"),
            ("human_error = 2", "is no fraction"),
            ("[examples]\ndev = -1", "-1"),
            ("[", ""),
        ] {
            let error = Mapping::parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
