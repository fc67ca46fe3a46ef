//! What a change did, in words: the outcome, the figures, and what nobody can tell.

use crate::domain::comparison::{Comparison, Shift};
use crate::domain::text::{capitalized, harmless};

use super::wrap::paragraph;
use super::{Align, Table};

/// A run, named where that is not clear, held against another one.
pub(crate) fn comparison(run: Option<&str>, comparison: &Comparison) -> String {
    let changes: Vec<String> = comparison.changes.iter().map(|one| harmless(&one.to_string()).into_owned()).collect();
    let changes = if changes.is_empty() { String::new() } else { format!(" ({})", changes.join("; ")) };
    let against = run.map_or_else(|| "Against".to_owned(), |run| format!("{} against", harmless(run)));
    let mut text = format!("{against} {}{changes}\n", harmless(&comparison.with.0));
    let said = format!("{}. {}", capitalized(&comparison.verdict()), comparison.sentence());
    text += &paragraph(&harmless(&said), 2);
    if let Some(caveat) = comparison.caveat() {
        text += &paragraph(&harmless(&caveat), 2);
    }
    text
}

/// Every gap and the dev error before and after, with the interval of the difference.
pub(crate) fn shifts(comparison: &Comparison) -> String {
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Right, Align::Left, Align::Left]);
    for shift in comparison.gaps.iter().chain(&comparison.dev) {
        let (before, after) = shift.figures();
        let interval = format!("95 %: {:+.1} to {:+.1}", 100.0 * shift.low, 100.0 * shift.high);
        table.row([format!("  {}", shift.of.words()), before, format!("→ {after}"), interval, word(shift).to_owned()]);
    }
    table.text()
}

fn word(shift: &Shift) -> &'static str {
    match (shift.fell(), shift.rose()) {
        (true, _) => "fell",
        (_, true) => "rose",
        _ => "may be chance",
    }
}
