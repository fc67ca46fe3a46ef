//! The confusion matrix and the figures of each class.

use crate::domain::confusion::{Confusion, Metrics};
use crate::domain::text::harmless;

use super::{Align, Table};

/// With more classes than this the matrix is wider than a screen; the mistakes are listed instead.
const MOST_COLUMNS: usize = 16;
/// So many kinds of mistake are listed.
const MOST_MISTAKES: usize = 20;

/// The matrix, a row per true class, a column per predicted one.
pub(super) fn matrix(confusion: &Confusion) -> String {
    if confusion.classes.len() > MOST_COLUMNS {
        return mistakes(confusion);
    }
    let mut columns = vec![Align::Left];
    columns.extend(confusion.classes.iter().map(|_| Align::Right));
    let mut table = Table::new(&columns);
    table.row(std::iter::once(String::new()).chain(confusion.classes.iter().map(|class| harmless(class).into_owned())));
    for (class, row) in confusion.classes.iter().zip(&confusion.matrix) {
        let counts = row.iter().map(|count| if *count == 0 { "·".to_owned() } else { count.to_string() });
        table.row(std::iter::once(harmless(class).into_owned()).chain(counts));
    }
    format!("Confusion matrix (dev set; a row per true class, a column per predicted one)\n{}", table.text())
}

fn mistakes(confusion: &Confusion) -> String {
    let name =
        |class: usize| confusion.classes.get(class).map(|class| harmless(class).into_owned()).unwrap_or_default();
    let mut table = Table::new(&[Align::Left, Align::Left, Align::Right]);
    for mistake in confusion.mistakes().iter().take(MOST_MISTAKES) {
        table.row([name(mistake.truth), format!("taken for {}", name(mistake.predicted)), mistake.count.to_string()]);
    }
    format!("Most frequent mistakes (dev set)\n{}", table.text())
}

/// Accuracy, macro averages, and precision, recall, F1 and support of each class.
pub(super) fn per_class(metrics: &Metrics) -> String {
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Right, Align::Right, Align::Right]);
    table.row(["Class", "Precision", "Recall", "F1", "Support"]);
    let figure = |value: f64| format!("{value:.3}");
    for class in &metrics.per_class {
        table.row([
            harmless(&class.class).into_owned(),
            figure(class.precision),
            figure(class.recall),
            figure(class.f1),
            class.support.to_string(),
        ]);
    }
    table.row([
        "macro average".to_owned(),
        figure(metrics.macro_precision),
        figure(metrics.macro_recall),
        figure(metrics.macro_f1),
        metrics.per_class.iter().map(|class| class.support).sum::<u64>().to_string(),
    ]);
    format!("{}Accuracy {}\n", table.text(), figure(metrics.accuracy))
}
