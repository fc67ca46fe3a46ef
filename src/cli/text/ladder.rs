//! The ladder as the table that people draw on paper: error type, error rate, difference to the rung below.

use crate::domain::diagnosis::Diagnosis;
use crate::domain::ladder::{Gap, Ladder, Rung};
use crate::domain::text::{capitalized, percent, points, thousands};

use super::{Align, Table};

/// The table, with the gaps that are problems marked.
pub(crate) fn ladder(ladder: &Ladder, diagnosis: &Diagnosis) -> String {
    let counted = ladder.rungs().any(|(_, rung)| rung.interval.is_some());
    let mut columns = vec![Align::Left, Align::Right];
    columns.extend(counted.then_some(Align::Left));
    columns.extend([Align::Right, Align::Left, Align::Left]);
    let mut table = Table::new(&columns);
    let headings = ["Error type", "Error rate", "95 % interval", "Difference"];
    table.row(headings.into_iter().filter(|heading| counted || *heading != "95 % interval"));
    let gaps = ladder.gaps();
    for (place, rung) in ladder.rungs() {
        let mut row = vec![format!("{} error", capitalized(place.word())), percent(rung.rate)];
        if counted {
            row.push(certainty(rung));
        }
        if let Some(gap) = gaps.iter().find(|gap| gap.to == place) {
            let sign = if gap.size >= 0.0 { "+" } else { "" };
            row.push(format!("{sign}{}", points(gap.size)));
            row.push(gap.kind.words().to_owned());
            row.push(mark(gap, diagnosis));
        }
        table.row(row);
    }
    table.text()
}

/// `4.2 to 6.1, 46 of 900`.
fn certainty(rung: &Rung) -> String {
    let mut text = String::new();
    if let Some(interval) = rung.interval {
        text += &format!("{:.1} to {:.1}", 100.0 * interval.low, 100.0 * interval.high);
    }
    if let Some(counts) = rung.counts {
        text += &format!(", {} of {}", thousands(counts.errors), thousands(counts.of));
    }
    text
}

fn mark(gap: &Gap, diagnosis: &Diagnosis) -> String {
    let problem = diagnosis.problems.iter().find(|problem| problem.kind.gap() == Some(gap.kind));
    problem.map(|problem| format!("◀ {}", problem.kind.words())).unwrap_or_default()
}
