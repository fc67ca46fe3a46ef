//! What a person who looked at examples said of their labels, and what becomes of the dev set's figures for it.
//!
//! Labels are corrected beside the data, never in them. What is said of an example holds for every run on the same data,
//! as long as the data give it the label that it had when it was looked at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::{Event, Record};
use super::ladder::Counts;
use super::signs::LabelSigns;

/// Something that was said of one example's label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remark {
    /// When, in seconds since 1970.
    pub time: f64,
    /// The example's place in the data.
    pub example: u32,
    /// The class that the data give it.
    pub given: String,
    /// What was said.
    pub opinion: Opinion,
}

/// What a person thinks of a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Opinion {
    /// It should be this class.
    Class(String),
    /// Nobody can say which class it is: it does not count.
    Ambiguous,
    /// It stands as the data have it, whatever was said before.
    AsGiven,
}

/// All that was said, the last word on each example.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Review {
    said: BTreeMap<u32, (String, Opinion)>,
}

/// What a network says of the dev set.
#[derive(Debug, Clone, Copy)]
pub struct Predicted<'a> {
    /// The step that it says it at.
    pub step: u64,
    /// Names of the classes.
    pub classes: &'a [String],
    /// The place of each example in the data.
    pub examples: &'a [u32],
    /// The class that the data give it.
    pub labels: &'a [u32],
    /// A probability for each class, example after example.
    pub probabilities: &'a [f32],
}

impl Review {
    /// What remarks come to, the oldest first.
    pub fn of(remarks: impl IntoIterator<Item = Remark>) -> Self {
        let mut review = Self::default();
        for remark in remarks {
            review.add(remark);
        }
        review
    }

    /// Takes in one more remark.
    pub fn add(&mut self, remark: Remark) {
        match remark.opinion {
            Opinion::AsGiven => drop(self.said.remove(&remark.example)),
            opinion => drop(self.said.insert(remark.example, (remark.given, opinion))),
        }
    }

    /// What was said of an example that the data give this class.
    pub fn opinion(&self, example: u32, given: &str) -> Option<&Opinion> {
        self.said.get(&example).filter(|(was, _)| was == given).map(|(_, opinion)| opinion)
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    /// The class of each example as the review has it: another one, none where it does not count, or the given one.
    fn labels(&self, predicted: &Predicted<'_>) -> Vec<Option<u32>> {
        let name = |class: u32| predicted.classes.get(class as usize).map_or("", String::as_str);
        let each = predicted.examples.iter().zip(predicted.labels);
        each.map(|(&example, &label)| match self.opinion(example, name(label)) {
            Some(Opinion::Ambiguous) => None,
            // A class that this data set does not know is no class that a network could have given.
            Some(Opinion::Class(class)) => {
                Some(predicted.classes.iter().position(|name| name == class).map_or(label, |class| class as u32))
            }
            Some(Opinion::AsGiven) | None => Some(label),
        })
        .collect()
    }
}

/// The records of a run with the dev set's figures of its last evaluation as the review has them, and a warning that says
/// so. They stay as they are where nothing was said of these examples, or where the predictions are of another step.
pub fn reviewed(mut records: Vec<Record>, predicted: &Predicted<'_>, review: &Review) -> Vec<Record> {
    let width = predicted.classes.len();
    let fits = width > 0
        && predicted.labels.len() == predicted.examples.len()
        && predicted.probabilities.len() == predicted.examples.len() * width;
    let labels = review.labels(predicted);
    let said = |place: &usize| labels[*place] != Some(predicted.labels[*place]);
    let (mut corrected, mut left_out) = (0u64, 0u64);
    for place in (0..labels.len()).filter(said) {
        if labels[place].is_some() { corrected += 1 } else { left_out += 1 }
    }
    if !fits || corrected + left_out == 0 {
        return records;
    }
    let last = records.iter_mut().rev().find_map(|record| match &mut record.event {
        Event::Epoch(evaluation) => Some(evaluation),
        _ => None,
    });
    let Some(last) = last.filter(|last| last.step == predicted.step) else { return records };
    let mut confusion = vec![vec![0u64; width]; width];
    for (label, row) in labels.iter().zip(predicted.probabilities.chunks_exact(width)) {
        let Some(label) = label else { continue };
        // The first of equals, as where the run counted.
        let best = (1..width).fold(0, |best, class| if row[class] > row[best] { class } else { best });
        confusion[*label as usize][best] += 1;
    }
    let of: u64 = confusion.iter().flatten().sum();
    let right: u64 = (0..width).map(|class| confusion[class][class]).sum();
    last.dev.counts = Counts { errors: of - right, of };
    last.confusion = confusion;
    let signs = records.iter_mut().rev().find_map(|record| match &mut record.event {
        Event::Signs(signs) => Some(signs),
        _ => None,
    });
    if let Some(signs) = signs.filter(|signs| signs.step == predicted.step) {
        signs.labels = Some(of_labels(&labels, predicted));
    }
    let time = records.last().map_or(0.0, |record| record.time);
    let message = format!(
        "Dev labels as they were reviewed: {corrected} corrected, {left_out} left out as ambiguous; dev error and \
         confusion matrix count accordingly, test error does not."
    );
    records.push(Record { time, event: Event::Warning { message } });
    records
}

/// What still speaks for wrong labels once those that were looked at are as the review has them.
fn of_labels(labels: &[Option<u32>], predicted: &Predicted<'_>) -> LabelSigns {
    let width = predicted.classes.len();
    let counting = labels.iter().zip(predicted.probabilities.chunks_exact(width));
    let (labels, rows): (Vec<u32>, Vec<&[f32]>) = counting.filter_map(|(label, row)| Some(((*label)?, row))).unzip();
    LabelSigns::of(&rows.concat(), &labels, width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{Evaluation, SetResult};
    use crate::domain::signs::{Signs, signs as signs_of};

    fn remark(example: u32, given: &str, opinion: Opinion) -> Remark {
        Remark { time: 1.0, example, given: given.into(), opinion }
    }

    fn review(remarks: &[Remark]) -> Review {
        Review::of(remarks.iter().cloned())
    }

    fn records() -> Vec<Record> {
        let result = SetResult { counts: Counts { errors: 2, of: 4 }, loss: 0.5 };
        let evaluation = Evaluation {
            epoch: 1,
            step: 7,
            train: result,
            train_dev: None,
            dev: result,
            test: None,
            confusion: vec![vec![1, 1], vec![1, 1]],
            tasks: Vec::new(),
        };
        vec![Record { time: 5.0, event: Event::Epoch(Box::new(evaluation)) }]
    }

    fn figures(step: u64, review: &Review) -> (Counts, Vec<Vec<u64>>, usize) {
        let classes = ["a".to_owned(), "b".to_owned()];
        let predicted = Predicted {
            step,
            classes: &classes,
            examples: &[10, 11, 12, 13],
            labels: &[0, 0, 1, 1],
            probabilities: &[0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.3, 0.7],
        };
        let records = reviewed(records(), &predicted, review);
        let Event::Epoch(last) = &records[0].event else { panic!() };
        (last.dev.counts, last.confusion.clone(), records.len())
    }

    #[test]
    fn the_last_word_on_each_example_counts() {
        let as_run = (Counts { errors: 2, of: 4 }, vec![vec![1, 1], vec![1, 1]], 1);
        assert_eq!(figures(7, &Review::default()), as_run);
        let corrected = review(&[remark(11, "a", Opinion::Ambiguous), remark(11, "a", Opinion::Class("b".into()))]);
        assert_eq!(figures(7, &corrected), (Counts { errors: 1, of: 4 }, vec![vec![1, 0], vec![1, 2]], 2));
        let left_out = review(&[remark(12, "b", Opinion::Ambiguous)]);
        assert_eq!(figures(7, &left_out), (Counts { errors: 1, of: 3 }, vec![vec![1, 1], vec![0, 1]], 2));
        let undone = review(&[remark(12, "b", Opinion::Ambiguous), remark(12, "b", Opinion::AsGiven)]);
        assert_eq!(figures(7, &undone), as_run);
    }

    #[test]
    fn what_was_said_of_other_labels_or_another_step_does_not_count() {
        let as_run = (Counts { errors: 2, of: 4 }, vec![vec![1, 1], vec![1, 1]], 1);
        for said in [
            remark(11, "b", Opinion::Ambiguous),
            remark(11, "a", Opinion::Class("zebra".into())),
            remark(99, "a", Opinion::Ambiguous),
        ] {
            assert_eq!(figures(7, &review(&[said])), as_run);
        }
        assert_eq!(figures(8, &review(&[remark(11, "a", Opinion::Ambiguous)])), as_run);
    }

    #[test]
    fn labels_that_were_corrected_are_no_longer_suspected() {
        let classes = ["a".to_owned(), "b".to_owned()];
        let predicted = Predicted {
            step: 7,
            classes: &classes,
            examples: &[10, 11, 12, 13],
            labels: &[0, 0, 1, 1],
            probabilities: &[0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.3, 0.7],
        };
        let surest = |said: &[Remark]| {
            let labels = Some(LabelSigns::of(predicted.probabilities, predicted.labels, 2));
            let signs = Signs { step: 7, labels, layers: Vec::new() };
            let mut records = records();
            records.push(Record { time: 5.0, event: Event::Signs(Box::new(signs)) });
            let records = reviewed(records, &predicted, &review(said));
            signs_of(&records).and_then(|signs| signs.labels).unwrap().surest.map(|counts| counts.errors)
        };
        assert_eq!(surest(&[]), [0, 1]);
        assert_eq!(surest(&[remark(11, "a", Opinion::Class("b".into()))]), [0, 0]);
        assert_eq!(surest(&[remark(11, "a", Opinion::Ambiguous)]), [0, 0]);
    }
}
