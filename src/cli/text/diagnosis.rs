//! A diagnosis in words: each problem with its evidence and its remedies, then what is left open.

use crate::domain::diagnosis::{Diagnosis, Problem, Verdict};
use crate::domain::remedy::Remedy;
use crate::domain::text::{capitalized, harmless};
use crate::domain::tries::Standing;

use super::wrap::paragraph;

/// The diagnosis. `run` is the run that remedies can be applied to, where there is one.
pub(crate) fn diagnosis(diagnosis: &Diagnosis, run: Option<&str>) -> String {
    let mut text = match diagnosis.verdict {
        Verdict::Healthy => "Healthy: no gap that matters.\n".to_owned(),
        Verdict::Undecided => "Undecided\n".to_owned(),
        Verdict::Problem(_) => String::new(),
    };
    for problem in &diagnosis.problems {
        if !text.is_empty() {
            text.push('\n');
        }
        text += &self::problem(problem);
    }
    if !diagnosis.notes.is_empty() && !diagnosis.problems.is_empty() {
        text += "\nNote\n";
    }
    for note in &diagnosis.notes {
        text += &paragraph(&harmless(note), 2);
    }
    let offers_changes =
        diagnosis.problems.iter().flat_map(|problem| &problem.remedies).any(|one| one.change.is_some());
    if let (Some(run), true) = (run, offers_changes) {
        text += &format!("\n`rungs apply {run} REMEDY` makes the change and trains again.\n");
    }
    text
}

fn problem(problem: &Problem) -> String {
    let mut text = format!("{}\n", capitalized(problem.kind.words()));
    text += &paragraph(&harmless(&problem.evidence), 2);
    if !problem.remedies.is_empty() {
        text += "  What to try, one change at a time:\n";
    }
    for remedy in &problem.remedies {
        text += &format!("  - {}\n", offer(remedy));
        text += &paragraph(&remedy.why, 6);
    }
    text
}

/// `larger-network: Use a larger network (model.hidden: [6] → [48]; helped 2 of 3 times here)`.
fn offer(remedy: &Remedy) -> String {
    let change = remedy.change.as_ref().map(|change| harmless(&change.to_string()).into_owned());
    let notes: Vec<String> = change.into_iter().chain(remedy.standing.map(Standing::words)).collect();
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join("; ")) };
    format!("{}: {}{notes}", remedy.id, remedy.title)
}
