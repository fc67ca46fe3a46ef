//! What a network got wrong once labels are put right and ambiguous examples left out, and how far the error would fall
//! if all of one kind were put right.

use serde::Serialize;

use super::{Marks, Review};
use crate::domain::event::Evaluation;
use crate::domain::experiment::HumanError;
use crate::domain::ladder::Counts;
use crate::domain::signs::LabelSigns;
use crate::domain::text::capitalized;

/// People who looked at fewer examples than this measured nothing yet.
pub const LEAST_JUDGED: u64 = 30;

/// What a network answered: for each example its place in the data, its label there, and the class the network gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// Places in the data.
    pub examples: Vec<u32>,
    /// Labels.
    pub labels: Vec<u32>,
    /// What the network gave.
    pub predicted: Vec<u32>,
}

/// A tag and what it is worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tagged {
    /// In a person's own words.
    pub tag: String,
    /// Examples of the set that have it.
    pub examples: u64,
    /// Those of them that the network gets wrong.
    pub errors: u64,
    /// The error that would be left if all of those were put right: the ceiling of what work on them can win.
    pub ceiling: f64,
}

/// One set, counted with what people found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tally {
    /// Mistakes, ambiguous examples left out.
    pub counts: Counts,
    /// Examples whose label was put right.
    pub relabelled: u64,
    /// Examples left out.
    pub ambiguous: u64,
    /// A row per true class, a column per predicted one.
    #[serde(skip)]
    pub matrix: Vec<Vec<u64>>,
    /// The tags, those with most mistakes first.
    pub tags: Vec<Tagged>,
}

impl Tally {
    /// Counts a set.
    pub fn of(review: &Review, classes: &[String], answers: &Answers) -> Self {
        let mut tally = Self {
            counts: Counts { errors: 0, of: 0 },
            relabelled: 0,
            ambiguous: 0,
            matrix: vec![vec![0; classes.len()]; classes.len()],
            tags: Vec::new(),
        };
        let Answers { examples, labels, predicted } = answers;
        for ((example, label), predicted) in examples.iter().zip(labels).zip(predicted) {
            let (label, predicted) = (*label as usize, *predicted as usize);
            let marks = classes.get(label).and_then(|name| review.marks(*example, name));
            let Some(truth) = truth(marks, classes, label) else {
                tally.ambiguous += 1;
                continue;
            };
            tally.relabelled += u64::from(truth != label);
            let wrong = u64::from(truth != predicted);
            tally.counts.of += 1;
            tally.counts.errors += wrong;
            if let Some(count) = tally.matrix.get_mut(truth).and_then(|row| row.get_mut(predicted)) {
                *count += 1;
            }
            for tag in marks.iter().flat_map(|marks| &marks.tags) {
                tally.tag(tag, wrong);
            }
        }
        let Counts { errors, of } = tally.counts;
        for tagged in &mut tally.tags {
            tagged.ceiling = Counts { errors: errors - tagged.errors, of }.rate();
        }
        tally.tags.sort_by(|a, b| b.errors.cmp(&a.errors).then_with(|| a.tag.cmp(&b.tag)));
        tally
    }

    fn tag(&mut self, tag: &str, wrong: u64) {
        match self.tags.iter_mut().find(|tagged| tagged.tag == tag) {
            Some(tagged) => (tagged.examples, tagged.errors) = (tagged.examples + 1, tagged.errors + wrong),
            None => self.tags.push(Tagged { tag: tag.to_owned(), examples: 1, errors: wrong, ceiling: 0.0 }),
        }
    }

    /// Whether what people found changes any count.
    pub fn changes(&self) -> bool {
        self.relabelled > 0 || self.ambiguous > 0
    }
}

/// The class that counts: the right one, where the label was put right; `None`: nobody could tell.
fn truth(marks: Option<&Marks>, classes: &[String], label: usize) -> Option<usize> {
    let Some(marks) = marks else { return Some(label) };
    let right = marks.class.as_ref().and_then(|right| classes.iter().position(|class| class == right));
    // A class that this run does not know cannot be counted: the label stands.
    (!marks.ambiguous).then(|| right.unwrap_or(label))
}

/// What still speaks for wrong labels. `probabilities` holds a number for each class, example after example.
pub fn label_signs(review: &Review, classes: &[String], answers: &Answers, probabilities: &[f32]) -> LabelSigns {
    let width = classes.len();
    let (mut labels, mut rows) = (Vec::new(), Vec::new());
    let examples = answers.examples.iter().zip(&answers.labels);
    for ((example, label), row) in examples.zip(probabilities.chunks_exact(width.max(1))) {
        let marks = classes.get(*label as usize).and_then(|name| review.marks(*example, name));
        if let Some(truth) = truth(marks, classes, *label as usize) {
            labels.push(truth as u32);
            rows.extend_from_slice(row);
        }
    }
    LabelSigns::of(&rows, &labels, width)
}

/// What people found, as it bears on one run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Reviewed {
    /// Steps done when the network was asked.
    #[serde(skip)]
    pub step: u64,
    /// The dev set, where its predictions are kept.
    pub dev: Option<Tally>,
    /// The test set, where its predictions are kept.
    pub test: Option<Tally>,
    /// How often people were wrong who did not see labels.
    pub human: Option<Counts>,
    /// What still speaks for wrong labels in dev.
    #[serde(skip)]
    pub labels: Option<LabelSigns>,
}

impl Reviewed {
    /// Puts the counts of the evaluation right that the predictions are of.
    pub fn correct(&self, evaluations: &mut [Evaluation]) {
        let Some(last) = evaluations.last_mut().filter(|last| last.step == self.step) else { return };
        if let Some(dev) = self.dev.as_ref().filter(|dev| dev.changes()) {
            (last.dev.counts, last.confusion) = (dev.counts, dev.matrix.clone());
        }
        if let (Some(test), Some(tally)) = (&mut last.test, self.test.as_ref().filter(|test| test.changes())) {
            test.counts = tally.counts;
        }
    }

    /// The human error, once it rests on enough examples.
    pub fn human_error(&self) -> Option<HumanError> {
        let Counts { errors, of } = self.human.filter(|human| human.of >= LEAST_JUDGED)?;
        Some(HumanError::Measured { errors, of })
    }

    /// What was changed, in a sentence; `None` where the ladder is as it was counted at first.
    pub fn sentence(&self) -> Option<String> {
        let sets = [("dev", &self.dev), ("test", &self.test)];
        let parts: Vec<String> = sets
            .iter()
            .filter_map(|(name, set)| Some((name, set.as_ref().filter(|set| set.changes())?)))
            .map(|(name, set)| {
                format!("{name}, labels put right: {}, ambiguous, left out: {}", set.relabelled, set.ambiguous)
            })
            .collect();
        let test = if self.dev.is_some() && self.test.is_none() { "; test is as it was counted" } else { "" };
        (!parts.is_empty()).then(|| {
            format!("Counted with what people found in the examples. {}{test}.", capitalized(&parts.join("; ")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Entry;
    use super::super::tests::{label, notes};
    use super::*;
    use crate::domain::event::SetResult;

    fn answers() -> (Vec<String>, Answers) {
        let classes = ["a", "b"].map(str::to_owned).to_vec();
        // 10: right; 11, 12, 13: a taken for b; 14: b taken for a.
        let (labels, predicted) = (vec![0, 0, 0, 0, 1], vec![0, 1, 1, 1, 0]);
        (classes, Answers { examples: vec![10, 11, 12, 13, 14], labels, predicted })
    }

    fn tally(entries: &[Entry]) -> Tally {
        let (classes, answers) = answers();
        Tally::of(&Review::of(&notes(entries)), &classes, &answers)
    }

    fn tag(example: u32, was: &str, tag: &str) -> Entry {
        Entry::Tag { example, was: was.into(), tag: tag.into(), is: true }
    }

    #[test]
    fn without_notes_it_is_what_was_counted() {
        let plain = tally(&[]);
        assert_eq!((plain.counts, plain.changes()), (Counts { errors: 4, of: 5 }, false));
        assert_eq!(plain.matrix, [[1, 3], [1, 0]]);
    }

    #[test]
    fn labels_put_right_and_ambiguous_examples_change_the_counts() {
        let ambiguous = Entry::Ambiguous { example: 12, was: "a".into(), is: true };
        let found =
            tally(&[label(11, "a", "b"), label(10, "a", "b"), ambiguous, label(13, "b", "a"), label(14, "b", "z")]);
        assert_eq!((found.relabelled, found.ambiguous), (2, 1), "one had another label, one has an unknown class");
        assert_eq!(found.counts, Counts { errors: 3, of: 4 });
        assert_eq!(found.matrix, [[0, 1], [2, 1]]);
    }

    #[test]
    fn labels_that_were_put_right_are_suspected_no_more() {
        let classes = ["a", "b"].map(str::to_owned).to_vec();
        let labels: Vec<u32> = (0..40).map(|example| u32::from(example % 2 == 1 && example != 7)).collect();
        let sure = |example: usize| if example % 2 == 1 { [0.02, 0.98] } else { [0.98, 0.02] };
        let probabilities: Vec<f32> = (0..40).flat_map(sure).collect();
        let answers = Answers { examples: (0..40).collect(), labels, predicted: vec![0; 40] };
        let signs = |said: &[Entry]| label_signs(&Review::of(&notes(said)), &classes, &answers, &probabilities);
        assert_eq!((signs(&[]).suspects, signs(&[]).of), (1, 40));
        assert_eq!((signs(&[label(7, "a", "b")]).suspects, signs(&[label(7, "a", "b")]).of), (0, 40));
        let left_out = signs(&[Entry::Ambiguous { example: 7, was: "a".into(), is: true }]);
        assert_eq!((left_out.suspects, left_out.of), (0, 39));
    }

    #[test]
    fn tags_tell_what_work_on_them_could_win() {
        let found =
            tally(&[tag(11, "a", "blurred"), tag(12, "a", "blurred"), tag(10, "a", "blurred"), tag(12, "a", "dark")]);
        let told: Vec<_> =
            found.tags.iter().map(|one| (one.tag.as_str(), one.examples, one.errors, one.ceiling)).collect();
        assert_eq!(told, [("blurred", 3, 2, 0.4), ("dark", 1, 1, 0.6)]);
    }

    #[test]
    fn only_the_evaluation_that_was_looked_at_is_put_right() {
        let set = SetResult { counts: Counts { errors: 4, of: 5 }, loss: 1.0 };
        let evaluation = Evaluation {
            epoch: 1,
            step: 9,
            train: set,
            train_dev: None,
            dev: set,
            test: Some(set),
            confusion: vec![vec![1, 3], vec![1, 0]],
            tasks: Vec::new(),
        };
        let dev = tally(&[label(11, "a", "b")]);
        let reviewed = Reviewed { step: 9, dev: Some(dev), ..Reviewed::default() };
        let mut evaluations = vec![evaluation.clone(), evaluation.clone()];
        reviewed.correct(&mut evaluations);
        assert_eq!(evaluations[0], evaluation);
        assert_eq!((evaluations[1].dev.counts.errors, evaluations[1].confusion[1][1]), (3, 1));
        assert_eq!(evaluations[1].test.unwrap().counts.errors, 4);
        let other = Reviewed { step: 8, ..reviewed };
        let mut evaluations = vec![evaluation.clone()];
        other.correct(&mut evaluations);
        assert_eq!(evaluations, [evaluation]);
    }

    #[test]
    fn a_few_judgements_are_no_measurement() {
        let human = |of| Reviewed { human: Some(Counts { errors: 1, of }), ..Reviewed::default() }.human_error();
        assert_eq!(human(LEAST_JUDGED - 1), None);
        assert_eq!(human(LEAST_JUDGED), Some(HumanError::Measured { errors: 1, of: LEAST_JUDGED }));
    }
}
