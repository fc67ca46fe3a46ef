//! What simple methods make of the data that a network learns from: whoever does not beat them needs no network.

use serde::{Deserialize, Serialize};

use super::event::{Event, Record};
use super::ladder::Counts;

/// The methods, from the simplest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineKind {
    /// The class that most training examples have, whatever is shown.
    MajorityClass,
    /// The class whose mean is nearest.
    NearestCentroid,
    /// What the nearest training examples are.
    NearestNeighbors,
    /// Multinomial logistic regression: a network without a hidden layer.
    LogisticRegression,
    /// A random forest (Breiman 2001).
    RandomForest,
}

impl BaselineKind {
    /// From the simplest on.
    pub const ALL: [Self; 5] = [
        Self::MajorityClass,
        Self::NearestCentroid,
        Self::NearestNeighbors,
        Self::LogisticRegression,
        Self::RandomForest,
    ];

    /// As it is written on screens.
    pub fn words(self) -> &'static str {
        match self {
            Self::MajorityClass => "majority class",
            Self::NearestCentroid => "nearest centroid",
            Self::NearestNeighbors => "nearest neighbors",
            Self::LogisticRegression => "logistic regression",
            Self::RandomForest => "random forest",
        }
    }

    /// As the subject of a sentence about one.
    pub fn subject(self) -> &'static str {
        match self {
            Self::MajorityClass => "always saying the most frequent class",
            Self::NearestCentroid => "a nearest-centroid classifier",
            Self::NearestNeighbors => "a nearest-neighbors classifier",
            Self::LogisticRegression => "logistic regression",
            Self::RandomForest => "a random forest",
        }
    }
}

/// What one method made of the dev set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// The method.
    pub name: BaselineKind,
    /// Its mistakes on the dev set, or on a sample of it.
    #[serde(flatten)]
    pub counts: Counts,
    /// So many training examples it has seen.
    pub trained_on: u64,
    /// What it took, training and dev set together, in seconds.
    pub seconds: f64,
    /// A fingerprint of the numbers and labels that it saw: where it is the same, so is the result.
    #[serde(default)]
    pub data: String,
}

/// The baselines in a log, from the simplest on; of each the last.
pub fn baselines(records: &[Record]) -> Vec<Baseline> {
    let last = |kind: BaselineKind| {
        records.iter().rev().find_map(|record| match &record.event {
            Event::Baseline(baseline) if baseline.name == kind => Some(baseline.clone()),
            _ => None,
        })
    };
    BaselineKind::ALL.into_iter().filter_map(last).collect()
}

/// The one with the fewest mistakes; of equals the simplest. `None` where there is none.
pub fn best(baselines: &[Baseline]) -> Option<&Baseline> {
    let counted = baselines.iter().filter(|baseline| baseline.counts.of > 0);
    counted.min_by(|a, b| a.counts.rate().total_cmp(&b.counts.rate()).then(a.name.cmp(&b.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline(name: BaselineKind, errors: u64) -> Baseline {
        Baseline { name, counts: Counts { errors, of: 100 }, trained_on: 400, seconds: 0.5, data: "ab".into() }
    }

    #[test]
    fn a_line_of_the_log_says_what_it_has_to() {
        let record = Record { time: 7.0, event: Event::Baseline(baseline(BaselineKind::NearestNeighbors, 3)) };
        let line = serde_json::to_string(&record).unwrap();
        assert_eq!(
            line,
            r#"{"time":7.0,"event":"baseline","name":"nearest-neighbors","errors":3,"of":100,"trained_on":400,"seconds":0.5,"data":"ab"}"#
        );
        assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), record);
    }

    #[test]
    fn the_last_of_each_counts_and_the_simplest_of_equals_is_best() {
        let log = [
            (BaselineKind::RandomForest, 3),
            (BaselineKind::LogisticRegression, 9),
            (BaselineKind::NearestCentroid, 20),
            (BaselineKind::LogisticRegression, 3),
        ];
        let records: Vec<Record> = log
            .into_iter()
            .map(|(name, errors)| Record { time: 0.0, event: Event::Baseline(baseline(name, errors)) })
            .collect();
        let found = baselines(&records);
        let seen: Vec<_> = found.iter().map(|one| (one.name, one.counts.errors)).collect();
        assert_eq!(
            seen,
            [
                (BaselineKind::NearestCentroid, 20),
                (BaselineKind::LogisticRegression, 3),
                (BaselineKind::RandomForest, 3)
            ]
        );
        assert_eq!(best(&found).map(|one| one.name), Some(BaselineKind::LogisticRegression));
        assert_eq!(best(&[]), None);
    }
}
