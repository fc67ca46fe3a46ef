//! The confusion matrix and the figures read off it, by the conventions of scikit-learn: what would divide by zero is 0.

use serde::Serialize;

use super::ladder::Counts;

/// Counts of true against predicted classes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// Names of the classes.
    pub classes: Vec<String>,
    /// A row per true class, a column per predicted one.
    pub matrix: Vec<Vec<u64>>,
}

/// The figures of one class against all others.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassMetrics {
    /// The class.
    pub class: String,
    /// The share of the predictions of this class that are right.
    pub precision: f64,
    /// The share of the examples of this class that are found.
    pub recall: f64,
    /// Harmonic mean of precision and recall.
    pub f1: f64,
    /// Examples of this class.
    pub support: u64,
}

/// The figures of a confusion matrix; macro averages weigh every class alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metrics {
    /// The share of all examples that are right.
    pub accuracy: f64,
    /// Mean F1.
    pub macro_f1: f64,
    /// Mean precision.
    pub macro_precision: f64,
    /// Mean recall.
    pub macro_recall: f64,
    /// In the order of the classes.
    pub per_class: Vec<ClassMetrics>,
}

/// Where so many are taken for one class, all are.
const SAME: f64 = 0.995;
/// Where so many are of one class, to say it of all is no bad guess.
const NEARLY_ALL: f64 = 0.9;

/// One kind of mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mistake {
    /// The true class, by its place.
    pub truth: usize,
    /// What it was taken for, by its place.
    pub predicted: usize,
    /// How often.
    pub count: u64,
}

impl Confusion {
    /// The examples in it.
    pub fn total(&self) -> u64 {
        self.matrix.iter().flatten().sum()
    }

    /// The kinds of mistake that were made, the most frequent first.
    pub fn mistakes(&self) -> Vec<Mistake> {
        let mut mistakes: Vec<Mistake> = self
            .matrix
            .iter()
            .enumerate()
            .flat_map(|(truth, row)| {
                row.iter().enumerate().map(move |(predicted, &count)| Mistake { truth, predicted, count })
            })
            .filter(|mistake| mistake.truth != mistake.predicted && mistake.count > 0)
            .collect();
        mistakes.sort_by_key(|mistake| std::cmp::Reverse(mistake.count));
        mistakes
    }

    /// The classes in an order that puts those side by side that are taken for one another: first the two with the most
    /// mistakes between them, then after each the one of the rest with the most between it and the last. Of equals, and
    /// where there are no mistakes, the first comes first.
    pub fn by_mistakes(&self) -> Vec<usize> {
        let Some((first, second, _)) = self.worst_pair() else { return (0..self.matrix.len()).collect() };
        let mut order = vec![first, second];
        let mut rest: Vec<usize> = (0..self.matrix.len()).filter(|class| !order.contains(class)).collect();
        let mut last = second;
        while !rest.is_empty() {
            let between = |class: usize| self.at(last, class) + self.at(class, last);
            let most = rest.iter().map(|class| between(*class)).max().unwrap_or(0);
            let place = rest.iter().position(|class| between(*class) == most).unwrap_or(0);
            last = rest.remove(place);
            order.push(last);
        }
        order
    }

    /// The matrix with its classes in another order.
    pub fn ordered(&self, order: &[usize]) -> Self {
        let name = |class: &usize| self.classes.get(*class).cloned().unwrap_or_default();
        let row = |truth: &usize| order.iter().map(|predicted| self.at(*truth, *predicted)).collect();
        Self { classes: order.iter().map(name).collect(), matrix: order.iter().map(row).collect() }
    }

    /// The examples of each class that were taken for another one.
    pub fn missed(&self) -> impl Iterator<Item = Counts> {
        self.matrix.iter().enumerate().map(|(class, row)| {
            let of = row.iter().sum();
            Counts { errors: of - self.at(class, class), of }
        })
    }

    /// Whether every example is taken for the same class, though no class is nearly all there is.
    pub fn says_one(&self) -> bool {
        let total = self.total();
        let column = |class: usize| (0..self.matrix.len()).map(|truth| self.at(truth, class)).sum::<u64>();
        let largest = self.matrix.iter().map(|row| row.iter().sum::<u64>()).max().unwrap_or(0);
        let given = (0..self.matrix.len()).map(column).max().unwrap_or(0);
        total > 0 && ratio(given, total) >= SAME && ratio(largest, total) < NEARLY_ALL
    }

    /// The two classes with the most mistakes between them, either way, and how many; the first of equals.
    pub fn worst_pair(&self) -> Option<(usize, usize, u64)> {
        let classes = self.matrix.len();
        let pairs = (0..classes).flat_map(|a| (a + 1..classes).map(move |b| (a, b)));
        pairs.map(|(a, b)| (a, b, self.at(a, b) + self.at(b, a))).rev().max_by_key(|(_, _, count)| *count)
    }

    /// Accuracy, and precision, recall and F1 per class and on average.
    ///
    /// As in scikit-learn, averages go over the classes that occur, as truth or as prediction.
    pub fn metrics(&self) -> Metrics {
        let right: u64 = (0..self.matrix.len()).map(|class| self.at(class, class)).sum();
        let per_class: Vec<(ClassMetrics, bool)> = (0..self.matrix.len()).map(|class| self.class(class)).collect();
        let mean = |figure: fn(&ClassMetrics) -> f64| {
            let occurring = per_class.iter().filter(|(_, occurs)| *occurs).map(|(metrics, _)| figure(metrics));
            let (sum, count) = occurring.fold((0.0, 0u64), |(sum, count), value| (sum + value, count + 1));
            if count == 0 { 0.0 } else { sum / count as f64 }
        };
        Metrics {
            accuracy: ratio(right, self.total()),
            macro_f1: mean(|class| class.f1),
            macro_precision: mean(|class| class.precision),
            macro_recall: mean(|class| class.recall),
            per_class: per_class.into_iter().map(|(metrics, _)| metrics).collect(),
        }
    }

    /// The figures of one class, and whether it occurs at all.
    fn class(&self, class: usize) -> (ClassMetrics, bool) {
        let found = self.at(class, class);
        let support: u64 = self.matrix.get(class).map_or(0, |row| row.iter().sum());
        let predicted: u64 = (0..self.matrix.len()).map(|truth| self.at(truth, class)).sum();
        let metrics = ClassMetrics {
            class: self.classes.get(class).cloned().unwrap_or_else(|| class.to_string()),
            precision: ratio(found, predicted),
            recall: ratio(found, support),
            f1: ratio(2 * found, support + predicted),
            support,
        };
        (metrics, support + predicted > 0)
    }

    /// How often `truth` was taken for `predicted`, classes by their places.
    pub fn at(&self, truth: usize, predicted: usize) -> u64 {
        self.matrix.get(truth).and_then(|row| row.get(predicted)).copied().unwrap_or(0)
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// Recorded by `tests/fixtures/confusion/make.py` from the real scikit-learn.
    #[test]
    fn classes_that_are_confused_stand_side_by_side() {
        let classes = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let matrix = vec![vec![9, 0, 1, 0], vec![0, 9, 0, 5], vec![0, 2, 9, 0], vec![1, 0, 0, 9]];
        let confusion = Confusion { classes: classes.clone(), matrix };
        assert_eq!(confusion.by_mistakes(), [1, 3, 0, 2]);
        let ordered = confusion.ordered(&[1, 3, 0, 2]);
        assert_eq!(ordered.classes, ["b", "d", "a", "c"]);
        assert_eq!(ordered.matrix, [[9, 5, 0, 0], [0, 9, 1, 0], [0, 0, 9, 1], [2, 0, 0, 9]]);
        assert_eq!(ordered.total(), confusion.total());
        let right = Confusion { classes, matrix: vec![vec![1, 0, 0, 0]; 4] };
        assert_eq!(right.by_mistakes().len(), 4);
        assert!(Confusion { classes: Vec::new(), matrix: Vec::new() }.by_mistakes().is_empty());
    }

    #[test]
    fn figures_agree_with_scikit_learn() {
        let text = include_str!("../../tests/fixtures/confusion/scikit_learn.json");
        let cases: Vec<Value> = serde_json::from_str(text).unwrap();
        assert!(cases.len() >= 8);
        for case in cases {
            let name = &case["name"];
            let matrix: Vec<Vec<u64>> = serde_json::from_value(case["matrix"].clone()).unwrap();
            let classes = (0..matrix.len()).map(|class| class.to_string()).collect();
            let metrics = Confusion { classes, matrix }.metrics();
            let near = |ours: f64, theirs: &Value| {
                let theirs = theirs.as_f64().unwrap();
                assert!((ours - theirs).abs() < 1e-12, "{name}: {ours} is not {theirs}");
            };
            near(metrics.accuracy, &case["accuracy"]);
            near(metrics.macro_f1, &case["macro_f1"]);
            near(metrics.macro_precision, &case["macro_precision"]);
            near(metrics.macro_recall, &case["macro_recall"]);
            for (place, class) in metrics.per_class.iter().enumerate() {
                near(class.precision, &case["precision"][place]);
                near(class.recall, &case["recall"][place]);
                near(class.f1, &case["f1"][place]);
                assert_eq!(class.support, case["support"][place].as_u64().unwrap(), "{name}");
            }
        }
    }

    #[test]
    fn a_network_that_says_the_same_of_everything() {
        for (matrix, expected) in [
            ([[60, 0], [40, 0]], true),
            ([[0, 60], [1, 399]], true),
            ([[59, 1], [40, 0]], false),
            // Nearly all are of this class.
            ([[950, 0], [50, 0]], false),
            ([[0, 0], [0, 0]], false),
        ] {
            let matrix = matrix.iter().map(|row| row.to_vec()).collect();
            let confusion = Confusion { classes: vec!["a".into(), "b".into()], matrix };
            assert_eq!(confusion.says_one(), expected, "{:?}", confusion.matrix);
        }
    }

    #[test]
    fn mistakes_come_by_frequency() {
        let classes = ["a", "b", "c"].map(String::from).to_vec();
        let confusion = Confusion { classes, matrix: vec![vec![5, 1, 0], vec![4, 9, 2], vec![0, 0, 3]] };
        let mistakes: Vec<_> = confusion.mistakes().iter().map(|m| (m.truth, m.predicted, m.count)).collect();
        assert_eq!(mistakes, [(1, 0, 4), (1, 2, 2), (0, 1, 1)]);
    }
}
