//! What came of the tasks beside the class.

use crate::domain::event::{TaskEvaluation, TaskResult};
use crate::domain::text::{harmless, percent};

use super::{Align, Table};

/// A line for each task: how much of it is wrong on each set, or how far off its numbers are.
pub(crate) fn tasks(tasks: &[TaskEvaluation]) -> String {
    let has_train_dev = tasks.iter().any(|task| task.train_dev.is_some());
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Right, Align::Right, Align::Right]);
    let headings = [Some("Task"), Some("Train"), has_train_dev.then_some("Train-dev"), Some("Dev"), Some("Test")];
    table.row(headings.into_iter().flatten());
    for task in tasks {
        let mut row = vec![harmless(&task.task).into_owned(), error(Some(&task.train))];
        row.extend(has_train_dev.then(|| error(task.train_dev.as_ref())));
        row.extend([error(Some(&task.dev)), error(task.test.as_ref())]);
        table.row(row);
    }
    table.text()
}

fn error(result: Option<&TaskResult>) -> String {
    match result {
        Some(result) if result.known == 0 => "no label".to_owned(),
        Some(result) if result.is_distance => format!("±{:.3}", result.error),
        Some(result) => percent(result.error),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_percent_and_distances_are_in_their_unit() {
        let share = TaskResult { known: 100, loss: 0.3, error: 0.125, is_distance: false };
        let distance = TaskResult { error: 1.5, is_distance: true, ..share };
        let none = TaskResult { known: 0, ..share };
        let of =
            |task: &str, train, test| TaskEvaluation { task: task.into(), train, train_dev: None, dev: none, test };
        let text = tasks(&[of("shape", share, Some(share)), of("width, height", distance, None)]);
        assert_eq!(
            text,
            "Task            Train       Dev    Test\n\
             shape          12.5 %  no label  12.5 %\n\
             width, height  ±1.500  no label\n"
        );
    }
}
