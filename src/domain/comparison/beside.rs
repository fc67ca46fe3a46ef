//! Any number of runs side by side: what they are set to differently, and what two of them confuse differently.

use serde_json::Value;

use crate::domain::confusion::Confusion;
use crate::domain::experiment::change::{parameters, value_of};
use crate::domain::report::Report;

/// The parameters that are not the same in all runs, each with the value of every run; null where it has none.
pub fn differing(reports: &[&Report]) -> Vec<(String, Vec<Value>)> {
    let mut keys: Vec<String> = Vec::new();
    for (key, _) in reports.iter().flat_map(|report| parameters(&report.experiment)) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys.into_iter()
        .map(|key| {
            let values = reports.iter().map(|report| value_of(&report.experiment, &key)).collect();
            (key, values)
        })
        .filter(|(_, values): &(String, Vec<Value>)| values.iter().any(|value| *value != values[0]))
        .collect()
}

/// One confusion matrix minus another: a row per true class, a column per predicted one, above zero where `run` has more.
/// `None` where their classes or the examples of a class are not equally many, for then counts say nothing.
pub fn confusion_minus(run: &Confusion, other: &Confusion) -> Option<Vec<Vec<i64>>> {
    let sizes = |confusion: &Confusion| -> Vec<u64> { confusion.matrix.iter().map(|row| row.iter().sum()).collect() };
    if run.classes != other.classes || sizes(run) != sizes(other) {
        return None;
    }
    let rows = run.matrix.iter().zip(&other.matrix);
    Some(rows.map(|(a, b)| a.iter().zip(b).map(|(a, b)| *a as i64 - *b as i64).collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_of_the_same_examples_are_subtracted() {
        let confusion = |matrix: [[u64; 2]; 2]| Confusion {
            classes: vec!["a".into(), "b".into()],
            matrix: matrix.map(|row| row.to_vec()).to_vec(),
        };
        let (run, other) = (confusion([[9, 1], [0, 10]]), confusion([[7, 3], [2, 8]]));
        assert_eq!(confusion_minus(&run, &other), Some(vec![vec![2, -2], vec![-2, 2]]));
        assert_eq!(confusion_minus(&run, &confusion([[7, 4], [2, 8]])), None, "another dev set");
        let named = Confusion { classes: vec!["a".into(), "c".into()], ..other };
        assert_eq!(confusion_minus(&run, &named), None, "other classes");
    }
}
