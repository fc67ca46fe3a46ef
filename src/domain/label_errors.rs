//! Labels that are probably wrong, found by confident learning: Northcutt, Jiang and Chuang 2021, "Confident learning:
//! estimating uncertainty in dataset labels", JAIR 70:1373.
//!
//! It needs probabilities of a network that has not trained on these labels, as a dev set's are. An example whose
//! probability for some other class is at least what examples of that class usually get counts as confidently another
//! class; how many such examples there are between two classes, brought to the sizes of the classes, says how many
//! labels are wrong, and those with the widest margin are suspected first.

use super::ladder::Counts;

/// An example whose label is probably wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Suspect {
    /// The example's place in the set.
    pub place: usize,
    /// The class it is labelled with.
    pub given: usize,
    /// The class that the network sees.
    pub suggested: usize,
    /// Probability of the given class less that of the suggested one: the nearer −1, the surer.
    pub margin: f32,
}

/// The suspected label errors of a set, the surest first.
///
/// `probabilities` holds `classes` numbers for each example, example after example; `labels` the class of each. What
/// does not fit together (too few probabilities, a label that is no class) is answered with no suspects.
pub fn suspects(probabilities: &[f32], labels: &[u32], classes: usize) -> Vec<Suspect> {
    let fits = classes > 1 && probabilities.len() == labels.len() * classes;
    if !fits || labels.iter().any(|label| *label as usize >= classes) {
        return Vec::new();
    }
    let rows: Vec<&[f32]> = probabilities.chunks_exact(classes).collect();
    let thresholds = thresholds(&rows, labels, classes);
    let joint = joint(&rows, labels, &thresholds);
    let mut suspects: Vec<Suspect> = Vec::new();
    for (given, row) in joint.iter().enumerate() {
        for (suggested, wrong) in whole(row).into_iter().enumerate().filter(|(suggested, _)| *suggested != given) {
            suspects.extend(widest(&rows, labels, given, suggested, wrong));
        }
    }
    // An example can be suspected of several classes; the network's own choice decides, and it must be another class.
    suspects.retain(|suspect| best(rows[suspect.place]) != suspect.given);
    suspects.sort_by(|a, b| a.place.cmp(&b.place).then(a.margin.total_cmp(&b.margin)));
    suspects.dedup_by_key(|suspect| suspect.place);
    suspects.sort_by(|a, b| a.margin.total_cmp(&b.margin).then(a.place.cmp(&b.place)));
    suspects
}

/// Mistakes among the quarter of the examples that the network is surest of, whatever it is sure of, and among the next.
///
/// Where labels are right, a network makes hardly any mistakes there, and more in the second quarter than in the first.
/// Wrong labels do not know how sure it is, so that as many of them are in either as anywhere else.
pub fn surest(probabilities: &[f32], labels: &[u32], classes: usize) -> [Counts; 2] {
    let fits = classes > 1 && probabilities.len() == labels.len() * classes;
    let quarter = if fits { labels.len() / 4 } else { 0 };
    let mut order: Vec<(f32, bool)> = probabilities
        .chunks_exact(classes.max(1))
        .zip(labels)
        .map(|(row, label)| (row[best(row)], best(row) != *label as usize))
        .collect();
    // Of equals those that come first in the set.
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let count = |from: usize| {
        let errors = order.iter().skip(from).take(quarter).filter(|(_, wrong)| *wrong).count() as u64;
        Counts { errors, of: quarter as u64 }
    };
    [count(0), count(quarter)]
}

/// For each class the mean probability that its own examples get for it; a class without examples is out of reach.
fn thresholds(rows: &[&[f32]], labels: &[u32], classes: usize) -> Vec<f32> {
    let mut sums = vec![(0.0f64, 0u32); classes];
    for (row, label) in rows.iter().zip(labels) {
        let (sum, count) = &mut sums[*label as usize];
        *sum += f64::from(row[*label as usize]);
        *count += 1;
    }
    sums.into_iter()
        .map(|(sum, count)| if count == 0 { f32::INFINITY } else { (sum / f64::from(count)) as f32 })
        .collect()
}

/// How many examples are labelled with the row's class and really of the column's: the confident joint, brought to the
/// number of examples that each class has.
fn joint(rows: &[&[f32]], labels: &[u32], thresholds: &[f32]) -> Vec<Vec<f64>> {
    let classes = thresholds.len();
    let mut joint = vec![vec![0.0; classes]; classes];
    let mut sizes = vec![0.0; classes];
    for (row, label) in rows.iter().zip(labels) {
        sizes[*label as usize] += 1.0;
        let confident = (0..classes).filter(|class| row[*class] >= thresholds[*class]);
        if let Some(class) = confident.max_by(|a, b| row[*a].total_cmp(&row[*b])) {
            joint[*label as usize][class] += 1.0;
        }
    }
    for (row, size) in joint.iter_mut().zip(sizes) {
        let sum: f64 = row.iter().sum();
        if sum > 0.0 {
            for count in row {
                *count *= size / sum;
            }
        }
    }
    joint
}

/// A row of the joint in whole examples with the same sum: what is cut off is given back where most was cut. Rounding
/// each number by itself would lose the rare confusions, of which there are many.
fn whole(row: &[f64]) -> Vec<usize> {
    let mut counts: Vec<usize> = row.iter().map(|count| *count as usize).collect();
    let missing = (row.iter().sum::<f64>().round() as usize).saturating_sub(counts.iter().sum());
    let mut order: Vec<usize> = (0..row.len()).collect();
    order.sort_by(|a, b| row[*b].fract().total_cmp(&row[*a].fract()).then(a.cmp(b)));
    order.into_iter().take(missing).for_each(|class| counts[class] += 1);
    counts
}

/// The `wrong` examples of class `given` that look most like `suggested`.
fn widest(rows: &[&[f32]], labels: &[u32], given: usize, suggested: usize, wrong: usize) -> Vec<Suspect> {
    if wrong == 0 {
        return Vec::new();
    }
    let mut of_class: Vec<Suspect> = rows
        .iter()
        .zip(labels)
        .enumerate()
        .filter(|(_, (_, label))| **label as usize == given)
        .map(|(place, (row, _))| Suspect { place, given, suggested, margin: row[given] - row[suggested] })
        .collect();
    of_class.sort_by(|a, b| a.margin.total_cmp(&b.margin).then(a.place.cmp(&b.place)));
    of_class.truncate(wrong);
    of_class
}

fn best(row: &[f32]) -> usize {
    row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0))).map_or(0, |(class, _)| class)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// Precision and recall against planted errors.
    fn quality(found: &[usize], planted: &[bool]) -> (f64, f64) {
        let right = found.iter().filter(|place| planted[**place]).count() as f64;
        let all = planted.iter().filter(|planted| **planted).count() as f64;
        (right / (found.len() as f64).max(1.0), right / all.max(1.0))
    }

    /// Recorded by `tests/fixtures/label_errors/make.py` from the real cleanlab.
    #[test]
    fn planted_errors_are_found_as_well_as_cleanlab_finds_them() {
        let text = include_str!("../../tests/fixtures/label_errors/cleanlab.json");
        let cases: Vec<Value> = serde_json::from_str(text).unwrap();
        assert!(cases.len() >= 4);
        for case in cases {
            let labels: Vec<u32> = serde_json::from_value(case["labels"].clone()).unwrap();
            let probabilities: Vec<f32> = serde_json::from_value(case["probabilities"].clone()).unwrap();
            let planted: Vec<u8> = serde_json::from_value(case["planted"].clone()).unwrap();
            let planted: Vec<bool> = planted.into_iter().map(|one| one == 1).collect();
            let theirs: Vec<usize> = serde_json::from_value(case["cleanlab"].clone()).unwrap();
            let classes = case["classes"].as_u64().unwrap() as usize;
            let found = suspects(&probabilities, &labels, classes);
            let ours: Vec<usize> = found.iter().map(|suspect| suspect.place).collect();
            let (name, us, them) = (&case["name"], quality(&ours, &planted), quality(&theirs, &planted));
            println!(
                "{name}: precision and recall {us:.3?}, cleanlab's {them:.3?}, of {} and {}",
                ours.len(),
                theirs.len()
            );
            assert!(us.0 >= them.0 - 0.02 && us.1 >= them.1 - 0.02, "{name}: {us:?}, cleanlab {them:?}");
            assert!(found.iter().all(|suspect| suspect.margin < 0.0 && suspect.given != suspect.suggested));
        }
    }

    #[test]
    fn mistakes_are_counted_where_the_network_is_surest() {
        // Eight examples, less and less sure of class 0; the second, the fourth and the last are of class 1.
        let probabilities: Vec<f32> =
            (0..8).flat_map(|place| [0.99 - 0.05 * place as f32, 0.01 + 0.05 * place as f32]).collect();
        let labels = [0, 1, 0, 1, 0, 0, 0, 1];
        assert_eq!(surest(&probabilities, &labels, 2), [Counts { errors: 1, of: 2 }; 2]);
        let labels = [0, 0, 1, 1, 0, 0, 0, 1];
        assert_eq!(surest(&probabilities, &labels, 2), [Counts { errors: 0, of: 2 }, Counts { errors: 2, of: 2 }]);
        for (probabilities, labels) in [(&[0.5f32, 0.5][..], &[0u32, 1][..]), (&[], &[])] {
            assert_eq!(surest(probabilities, labels, 2), [Counts { errors: 0, of: 0 }; 2]);
        }
    }

    #[test]
    fn what_does_not_fit_together_has_no_suspects() {
        assert_eq!(suspects(&[], &[], 0), []);
        assert_eq!(suspects(&[1.0], &[0], 1), []);
        assert_eq!(suspects(&[0.5, 0.5, 0.1], &[0, 1], 2), []);
        assert_eq!(suspects(&[0.5, 0.5], &[2], 2), []);
        assert_eq!(suspects(&[f32::NAN, f32::NAN], &[0], 2), []);
    }
}
