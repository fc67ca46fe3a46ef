//! What there is to see of prepared examples before anything is trained on them.

use super::duplicates::{duplicates, exact};
use super::{ABSENT, Labels, Prepared, Set, Shape};
use crate::domain::duplicates::Duplicates;
use crate::domain::experiment::{Experiment, Source};
use crate::domain::ladder::Place;
use crate::domain::overview::{AuxiliaryOverview, Numbers, Origin, Overview, Preview, Sample, SetOverview};
use crate::domain::thumbnail::Thumbnail;

/// Classes of which examples are shown.
const CLASSES_SHOWN: usize = 10;
/// Examples of which alterations are shown, and in how many epochs.
const PREVIEWS: usize = 4;
const EPOCHS: u64 = 5;

/// Looks at the examples of an experiment.
pub fn overview(experiment: &Experiment, prepared: &Prepared) -> Overview {
    look(experiment, prepared, duplicates(prepared))
}

/// What some examples look like, unaltered: vectors as strips, sequences as maps.
pub fn pictures(prepared: &Prepared, examples: &[u32]) -> Vec<Thumbnail> {
    let eye = Eye::new(prepared, &numbers(prepared));
    let mut seen = vec![0.0; prepared.shape.len()];
    let known = examples.iter().filter(|example| (**example as usize) < prepared.labels.len());
    known
        .map(|example| {
            prepared.picture(*example, &mut seen);
            eye.look(&seen)
        })
        .collect()
}

/// [`overview`] without pictures that only look alike; they take longest to find.
pub fn glance(experiment: &Experiment, prepared: &Prepared) -> Overview {
    look(experiment, prepared, Duplicates { exact: exact(prepared), near: None })
}

fn look(experiment: &Experiment, prepared: &Prepared, found: Duplicates) -> Overview {
    let numbers = numbers(prepared);
    let eye = Eye::new(prepared, &numbers);
    let duplicates = with_pictures(found, prepared, &eye);
    let warnings = duplicates.warnings();
    Overview {
        shape: prepared.shape.to_string(),
        classes: prepared.classes.clone(),
        sets: sets(experiment, prepared),
        origins: origins(experiment, prepared),
        auxiliary: auxiliary(prepared),
        notes: prepared.notes.iter().filter(|note| !warnings.contains(note)).cloned().collect(),
        samples: samples(prepared, &eye),
        previews: previews(prepared, &eye),
        duplicates,
        numbers,
    }
}

fn sets(experiment: &Experiment, prepared: &Prepared) -> Vec<SetOverview> {
    let all = [
        (Place::Train, Set::Train),
        (Place::TrainDev, Set::TrainDev),
        (Place::Dev, Set::Dev),
        (Place::Test, Set::Test),
    ];
    let total = prepared.labels.len().max(1) as f64;
    all.into_iter()
        .filter(|(place, _)| *place != Place::TrainDev || experiment.data.target.is_some())
        .map(|(place, set)| {
            let examples = prepared.sets.of(set);
            let mut per_class = vec![0; prepared.classes.len()];
            for &example in examples {
                per_class[prepared.labels[example as usize] as usize] += 1;
            }
            SetOverview {
                set: place,
                examples: examples.len() as u64,
                share: examples.len() as f64 / total,
                from_target: examples.iter().filter(|example| **example as usize >= prepared.own).count() as u64,
                per_class,
            }
        })
        .collect()
}

fn origins(experiment: &Experiment, prepared: &Prepared) -> Vec<Origin> {
    let origin = |section, source: &Source, examples: usize| Origin {
        section,
        // The word that the experiment file has for it.
        source: serde_json::to_value(source.kind)
            .ok()
            .and_then(|word| word.as_str().map(str::to_owned))
            .unwrap_or_default(),
        path: source.path.clone(),
        variant: source.variant.clone(),
        examples: examples as u64,
    };
    let data = &experiment.data;
    let of_target = prepared.labels.len() - prepared.own;
    let target = data.target.as_ref().map(|target| origin("data.target", &target.source, of_target));
    std::iter::once(origin("data", &data.source, prepared.own)).chain(target).collect()
}

fn auxiliary(prepared: &Prepared) -> Vec<AuxiliaryOverview> {
    let examples = prepared.labels.len();
    prepared
        .auxiliary
        .iter()
        .map(|task| {
            let width = task.labels.outputs().max(1);
            let (kind, names, is_known, counts): (_, _, Box<dyn Fn(usize) -> bool>, Vec<u64>) = match &task.labels {
                Labels::Classes { names, of } => {
                    let mut counts = vec![0; names.len()];
                    for class in of.iter().filter(|class| **class != ABSENT) {
                        counts[*class as usize] += 1;
                    }
                    ("classes", names, Box::new(|example| of[example] != ABSENT), counts)
                }
                Labels::Marks { names, of } => {
                    let holds =
                        |mark: usize| of.iter().skip(mark).step_by(width).filter(|value| **value == 1.0).count();
                    let counts = (0..names.len()).map(|mark| holds(mark) as u64).collect();
                    ("marks", names, Box::new(|example| all_known(of, width, example)), counts)
                }
                Labels::Numbers { names, of } => {
                    ("numbers", names, Box::new(|example| all_known(of, width, example)), Vec::new())
                }
            };
            AuxiliaryOverview {
                name: task.name.clone(),
                kind,
                names: names.clone(),
                examples: examples as u64,
                known: (0..examples).filter(|example| is_known(*example)).count() as u64,
                known_in_train: prepared.sets.train.iter().filter(|example| is_known(**example as usize)).count()
                    as u64,
                counts,
            }
        })
        .collect()
}

fn all_known(of: &[f32], width: usize, example: usize) -> bool {
    of[example * width..][..width].iter().all(|value| !value.is_nan())
}

/// The range of the training set's numbers, by channel, column or feature.
fn numbers(prepared: &Prepared) -> Vec<Numbers> {
    let shape = prepared.shape;
    // Which of the ranges a number belongs to, by its place in the example.
    let (ranges, plane) = match shape {
        Shape::Image { channels, height, width } => (channels, height * width),
        Shape::Vector(features) | Shape::Sequence { features, .. } => (features, 1),
    };
    let mut seen = vec![0.0; shape.len()];
    let mut found = vec![Sums::default(); ranges];
    for &example in &prepared.sets.train {
        prepared.picture(example, &mut seen);
        for (place, run) in seen.chunks_exact(plane.max(1)).enumerate() {
            let sums = &mut found[place % ranges];
            for value in run {
                sums.add(f64::from(*value));
            }
        }
    }
    let name = |place: usize| match (shape, place) {
        (Shape::Image { channels: 1, .. }, _) => "brightness".to_owned(),
        (Shape::Image { channels: 3, .. }, 0) => "red".to_owned(),
        (Shape::Image { channels: 3, .. }, 1) => "green".to_owned(),
        (Shape::Image { channels: 3, .. }, _) => "blue".to_owned(),
        (Shape::Image { .. }, _) => format!("channel {}", place + 1),
        (Shape::Vector(_), _) => format!("column {}", place + 1),
        (Shape::Sequence { .. }, _) => format!("feature {}", place + 1),
    };
    found.into_iter().enumerate().map(|(place, sums)| sums.finish(name(place))).collect()
}

#[derive(Clone, Default)]
struct Sums {
    count: f64,
    low: f64,
    high: f64,
    sum: f64,
    squares: f64,
}

impl Sums {
    fn add(&mut self, value: f64) {
        (self.low, self.high) =
            if self.count == 0.0 { (value, value) } else { (self.low.min(value), self.high.max(value)) };
        self.count += 1.0;
        self.sum += value;
        self.squares += value * value;
    }

    fn finish(self, name: String) -> Numbers {
        let count = self.count.max(1.0);
        let mean = self.sum / count;
        let variance = (self.squares / count - mean * mean).max(0.0);
        Numbers { name, low: self.low, high: self.high, mean, deviation: variance.sqrt() }
    }
}

/// Turns examples into pictures. Vectors become a strip, each column in its own range; sequences a map with time from
/// left to right and the first feature at the bottom, all in one range.
struct Eye {
    shape: Shape,
    /// The number that is seen as dark, and what it is multiplied by to be seen, for each column.
    ranges: Vec<(f32, f32)>,
}

impl Eye {
    fn new(prepared: &Prepared, numbers: &[Numbers]) -> Self {
        let range = |low: f64, high: f64| (low as f32, if high > low { (255.0 / (high - low)) as f32 } else { 0.0 });
        let ranges = match prepared.shape {
            Shape::Image { .. } => vec![(0.0, 255.0)],
            Shape::Vector(_) => numbers.iter().map(|one| range(one.low, one.high)).collect(),
            Shape::Sequence { .. } => {
                let low = numbers.iter().map(|one| one.low).fold(f64::INFINITY, f64::min);
                let high = numbers.iter().map(|one| one.high).fold(f64::NEG_INFINITY, f64::max);
                vec![range(low, high)]
            }
        };
        Self { shape: prepared.shape, ranges }
    }

    fn look(&self, numbers: &[f32]) -> Thumbnail {
        let byte = |place: usize| {
            let (low, factor) = self.ranges[place % self.ranges.len()];
            ((numbers[place] - low) * factor).round().clamp(0.0, 255.0) as u8
        };
        match self.shape {
            Shape::Image { channels, height, width } => {
                let shown = if channels >= 3 { 3 } else { 1 };
                Thumbnail { channels: shown, height, width, bytes: (0..shown * height * width).map(byte).collect() }
            }
            Shape::Vector(features) => {
                Thumbnail { channels: 1, height: 1, width: features, bytes: (0..features).map(byte).collect() }
            }
            Shape::Sequence { steps, features } => {
                let place = |row: usize, column: usize| column * features + (features - 1 - row);
                let bytes = (0..features).flat_map(|row| (0..steps).map(move |column| byte(place(row, column))));
                Thumbnail { channels: 1, height: features, width: steps, bytes: bytes.collect() }
            }
        }
    }
}

/// The first example of each of the first classes, in the training set and in the dev set.
fn samples(prepared: &Prepared, eye: &Eye) -> Vec<Sample> {
    let mut seen = vec![0.0; prepared.shape.len()];
    let mut samples = Vec::new();
    for (place, set) in [(Place::Train, Set::Train), (Place::Dev, Set::Dev)] {
        for (class, example) in firsts(prepared, prepared.sets.of(set)).into_iter().take(CLASSES_SHOWN) {
            prepared.picture(example, &mut seen);
            samples.push(Sample { set: place, example, class, picture: eye.look(&seen) });
        }
    }
    samples
}

/// The first example of each class that there is one of.
fn firsts(prepared: &Prepared, examples: &[u32]) -> Vec<(u32, u32)> {
    let mut first: Vec<Option<u32>> = vec![None; prepared.classes.len()];
    for &example in examples {
        first[prepared.labels[example as usize] as usize].get_or_insert(example);
    }
    (0..).zip(first).filter_map(|(class, example)| Some((class, example?))).collect()
}

/// What is in two sets at once, with the pictures of what is shown of it.
fn with_pictures(mut found: Duplicates, prepared: &Prepared, eye: &Eye) -> Duplicates {
    let mut seen = vec![0.0; prepared.shape.len()];
    let mut look = |example: u32| {
        prepared.picture(example, &mut seen);
        eye.look(&seen)
    };
    for twins in found.exact.iter_mut().chain(found.near.iter_mut().flatten()) {
        for twin in &mut twins.shown {
            twin.pictures = Some((look(twin.example), look(twin.twin)));
        }
    }
    found
}

fn previews(prepared: &Prepared, eye: &Eye) -> Vec<Preview> {
    if !prepared.alters() {
        return Vec::new();
    }
    let mut seen = vec![0.0; prepared.shape.len()];
    firsts(prepared, &prepared.sets.train)
        .into_iter()
        .take(PREVIEWS)
        .map(|(class, example)| {
            prepared.picture(example, &mut seen);
            let original = eye.look(&seen);
            let altered = (0..EPOCHS)
                .map(|epoch| {
                    prepared.altered_picture(example, epoch, &mut seen);
                    eye.look(&seen)
                })
                .collect();
            Preview { example, class, original, altered }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Auxiliary, Sets, Values, prepare};
    use crate::domain::experiment::{Override, parse};
    use std::path::Path;

    fn of(text: &str) -> Overview {
        let experiment = parse(text, "test.toml", "test", &[] as &[Override]).unwrap();
        overview(&experiment, &prepare(&experiment, Path::new(".")).unwrap())
    }

    fn made(shape: Shape, values: Vec<f32>, labels: Vec<u32>) -> Prepared {
        let sets = Sets {
            train: (0..labels.len() as u32 - 1).collect(),
            dev: vec![labels.len() as u32 - 1],
            ..Sets::default()
        };
        Prepared::new(shape, Values::Floats(values), labels, vec!["a".into(), "b".into()], sets)
    }

    #[test]
    fn sets_are_counted_by_class_and_origin() {
        let seen =
            of("[data]\nexamples = 600\n[data.target]\nvariant = \"foggy\"\nexamples = 200\nshare_in_train = 0.1");
        let sizes: Vec<_> = seen.sets.iter().map(|set| (set.set.word(), set.examples, set.from_target)).collect();
        assert_eq!(sizes, [("train", 530, 20), ("train-dev", 90, 0), ("dev", 90, 90), ("test", 90, 90)]);
        for set in &seen.sets {
            assert_eq!(set.per_class.iter().sum::<u64>(), set.examples);
            assert!((set.share - set.examples as f64 / 800.0).abs() < 1e-12);
        }
        let origins: Vec<_> =
            seen.origins.iter().map(|one| (one.section, one.variant.as_deref(), one.examples)).collect();
        assert_eq!(origins, [("data", None, 600), ("data.target", Some("foggy"), 200)]);
        assert_eq!(seen.samples.len(), 20);
        assert_eq!(of("[data]\nexamples = 300").sets.len(), 3, "no train-dev without a target");
    }

    #[test]
    fn previews_show_alterations_and_are_none_without() {
        assert_eq!(of("[data]\nexamples = 300").previews, []);
        let seen = of("[data]\nexamples = 300\n[[data.augment]]\nkind = \"invert\"\nprobability = 1.0");
        assert_eq!(seen.previews.len(), PREVIEWS);
        for preview in seen.previews {
            assert_eq!(preview.altered.len(), EPOCHS as usize);
            for altered in preview.altered {
                let inverted = preview.original.bytes.iter().zip(&altered.bytes);
                assert!(inverted.clone().all(|(a, b)| (i32::from(*a) + i32::from(*b) - 255).abs() <= 1));
            }
        }
    }

    #[test]
    fn vectors_are_strips_in_each_column_s_range() {
        let prepared = made(Shape::Vector(2), vec![0.0, 10.0, 1.0, 30.0, 0.5, 1000.0], vec![0, 1, 0]);
        let numbers = numbers(&prepared);
        assert_eq!((numbers[1].low, numbers[1].high, numbers[1].mean), (10.0, 30.0, 20.0));
        let seen = samples(&prepared, &Eye::new(&prepared, &numbers));
        let bytes: Vec<&[u8]> = seen.iter().map(|sample| &sample.picture.bytes[..]).collect();
        assert_eq!(bytes, [&[0, 0][..], &[255, 255], &[128, 255]]);
    }

    #[test]
    fn sequences_are_maps_with_time_to_the_right_and_the_first_feature_below() {
        let shape = Shape::Sequence { steps: 3, features: 2 };
        let prepared = made(shape, [[0.0, 1.0, 2.0, 3.0, 4.0, 5.0], [5.0; 6], [0.0; 6]].concat(), vec![0, 1, 0]);
        let numbers = numbers(&prepared);
        let seen = samples(&prepared, &Eye::new(&prepared, &numbers));
        assert_eq!(
            seen[0].picture,
            Thumbnail { channels: 1, height: 2, width: 3, bytes: vec![51, 153, 255, 0, 102, 204] }
        );
    }

    #[test]
    fn further_labels_are_counted_where_they_are_known() {
        let mut prepared = made(Shape::Vector(1), vec![1.0, 2.0, 3.0], vec![0, 1, 0]);
        let names = || vec!["x".to_owned(), "y".to_owned()];
        let task = |labels| Auxiliary { name: "t".into(), labels };
        prepared.auxiliary = vec![
            task(Labels::Classes { names: names(), of: vec![1, ABSENT, 1] }),
            task(Labels::Marks { names: names(), of: vec![1.0, 0.0, f32::NAN, f32::NAN, 1.0, 1.0] }),
            task(Labels::Numbers { names: names(), of: vec![0.5, 0.5, 0.5, f32::NAN, f32::NAN, 0.0] }),
        ];
        let seen = auxiliary(&prepared);
        let figures: Vec<_> = seen.iter().map(|one| (one.known, one.known_in_train, one.counts.clone())).collect();
        assert_eq!(figures, [(2, 1, vec![0, 2]), (2, 1, vec![2, 1]), (1, 1, vec![])]);
    }
}
