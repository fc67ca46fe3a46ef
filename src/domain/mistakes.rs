//! What a network got wrong in the dev set, the surest mistakes first: what a person looks at to find out why.

use serde::Serialize;

use super::label_errors::suspects;
use super::review::tally::Answers;

/// Classes named as likely for each example.
const LIKELY: usize = 3;
/// Pairs of classes that make a group of their own.
const PAIRS: usize = 8;

/// One example that was taken for another class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mistake {
    /// Its place in the data, as `rungs data` counts them.
    pub example: u32,
    /// The class it is labelled with.
    pub label: u32,
    /// The class that the network gave.
    pub predicted: u32,
    /// The likeliest classes with their probabilities, the likeliest first; the label's last, if it is not among them.
    pub likely: Vec<(u32, f32)>,
    /// Whether the label itself is probably wrong, by confident learning ([`super::label_errors`]).
    pub suspected: bool,
}

/// All mistakes in a set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mistakes {
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Examples in the set.
    pub of: u64,
    /// Those that were taken for another class, the surest first.
    pub all: Vec<Mistake>,
    /// What the network gave for every example of the set.
    #[serde(skip)]
    pub answers: Answers,
}

/// Some of the mistakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// All.
    All,
    /// Those whose label is probably wrong.
    Suspected,
    /// Those of one class taken for one other.
    Pair {
        /// The class they are labelled with.
        label: u32,
        /// The class that the network gave.
        predicted: u32,
    },
}

impl Group {
    /// Whether a mistake is one of them.
    pub fn holds(self, mistake: &Mistake) -> bool {
        match self {
            Self::All => true,
            Self::Suspected => mistake.suspected,
            Self::Pair { label, predicted } => (mistake.label, mistake.predicted) == (label, predicted),
        }
    }
}

impl Mistakes {
    /// Finds them. `examples` holds the place of each example in the data, `labels` its class, `probabilities` a number
    /// for each class, example after example. What does not fit together is answered with no mistakes.
    pub fn new(classes: Vec<String>, examples: &[u32], labels: &[u32], probabilities: &[f32]) -> Self {
        let (count, width) = (examples.len(), classes.len());
        let fits = width > 0 && labels.len() == count && probabilities.len() == count * width;
        if !fits || labels.iter().any(|label| *label as usize >= width) {
            return Self { classes, of: 0, all: Vec::new(), answers: Answers::default() };
        }
        let suspected: Vec<usize> = suspects(probabilities, labels, width).iter().map(|one| one.place).collect();
        let rows = examples.iter().zip(labels).zip(probabilities.chunks_exact(width)).enumerate();
        let mut all: Vec<Mistake> = rows
            .filter_map(|(place, ((&example, &label), row))| {
                let mut order: Vec<u32> = (0..width as u32).collect();
                order.sort_by(|a, b| row[*b as usize].total_cmp(&row[*a as usize]).then(a.cmp(b)));
                let predicted = order[0];
                let mut named: Vec<u32> = order.into_iter().take(LIKELY).collect();
                if !named.contains(&label) {
                    named.push(label);
                }
                let likely = named.into_iter().map(|class| (class, row[class as usize])).collect();
                let suspected = suspected.contains(&place);
                (predicted != label).then_some(Mistake { example, label, predicted, likely, suspected })
            })
            .collect();
        let sure = |mistake: &Mistake| mistake.likely.first().map_or(0.0, |(_, probability)| *probability);
        all.sort_by(|a, b| sure(b).total_cmp(&sure(a)).then(a.example.cmp(&b.example)));
        let answers =
            Answers { examples: examples.to_vec(), labels: labels.to_vec(), predicted: given(probabilities, width) };
        Self { classes, of: count as u64, all, answers }
    }

    /// The groups that there is something in: all, those with a doubtful label, and the pairs of classes that are
    /// confused most often.
    pub fn groups(&self) -> Vec<Group> {
        let mut pairs: Vec<((u32, u32), usize)> = Vec::new();
        for mistake in &self.all {
            let pair = (mistake.label, mistake.predicted);
            match pairs.iter_mut().find(|(other, _)| *other == pair) {
                Some((_, count)) => *count += 1,
                None => pairs.push((pair, 1)),
            }
        }
        pairs.sort_by_key(|(pair, count)| (std::cmp::Reverse(*count), *pair));
        let pairs = pairs.into_iter().take(PAIRS).map(|((label, predicted), _)| Group::Pair { label, predicted });
        let fixed = [Group::All, Group::Suspected].into_iter().filter(|group| self.count(*group) > 0);
        fixed.chain(pairs).collect()
    }

    /// How many are in a group.
    pub fn count(&self, group: Group) -> usize {
        self.of_group(group).count()
    }

    /// Those of a group with their places among all.
    pub fn of_group(&self, group: Group) -> impl Iterator<Item = (usize, &Mistake)> {
        self.all.iter().enumerate().filter(move |(_, mistake)| group.holds(mistake))
    }

    /// The name of a class.
    pub fn class(&self, class: u32) -> &str {
        self.classes.get(class as usize).map_or("", String::as_str)
    }
}

/// The likeliest class of each example; of equally likely ones the first.
pub fn given(probabilities: &[f32], classes: usize) -> Vec<u32> {
    let likeliest = |row: &[f32]| {
        let better = |best: usize, class: usize| if row[class].total_cmp(&row[best]).is_gt() { class } else { best };
        (0..row.len()).reduce(better).unwrap_or(0) as u32
    };
    probabilities.chunks_exact(classes.max(1)).map(likeliest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes() -> Mistakes {
        let classes = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
        let rows = [
            ([0.9, 0.1, 0.0, 0.0, 0.0], 0),
            ([0.1, 0.6, 0.3, 0.0, 0.0], 0),
            ([0.0, 0.95, 0.05, 0.0, 0.0], 0),
            ([0.5, 0.3, 0.2, 0.0, 0.0], 4),
            ([0.5, 0.3, 0.2, 0.0, 0.0], 2),
        ];
        let labels: Vec<u32> = rows.iter().map(|(_, label)| *label).collect();
        let probabilities: Vec<f32> = rows.iter().flat_map(|(row, _)| *row).collect();
        Mistakes::new(classes, &[10, 11, 12, 13, 14], &labels, &probabilities)
    }

    #[test]
    fn the_surest_come_first_with_what_was_likely() {
        let found = mistakes();
        assert_eq!(found.of, 5);
        assert_eq!(found.all.iter().map(|one| one.example).collect::<Vec<_>>(), [12, 11, 13, 14]);
        assert_eq!(found.all[0].likely, [(1, 0.95), (2, 0.05), (0, 0.0)]);
        assert_eq!(found.all[2].likely, [(0, 0.5), (1, 0.3), (2, 0.2), (4, 0.0)], "the label is always told of");
    }

    #[test]
    fn groups_hold_what_they_say() {
        let found = mistakes();
        let pair = Group::Pair { label: 0, predicted: 1 };
        assert!(found.groups().starts_with(&[Group::All]) && found.groups().contains(&pair));
        assert_eq!((found.count(Group::All), found.count(pair)), (4, 2));
        assert_eq!(found.of_group(pair).map(|(place, _)| place).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn what_does_not_fit_together_has_no_mistakes() {
        let classes = || vec!["a".to_owned(), "b".to_owned()];
        for (examples, labels, probabilities) in
            [(&[1][..], &[2][..], &[0.5, 0.5][..]), (&[1], &[0], &[0.5]), (&[1, 2], &[0], &[0.5, 0.5])]
        {
            assert_eq!(Mistakes::new(classes(), examples, labels, probabilities).all, []);
        }
    }
}
