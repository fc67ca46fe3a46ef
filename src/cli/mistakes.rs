//! `rungs mistakes`: what a run got wrong in the dev set, the surest mistakes first, with what people found about them.

use clap::Args;
use serde_json::{Value, json};

use crate::domain::mistakes::{Group, Mistakes};
use crate::domain::review::tally::Tally;
use crate::domain::review::{Marks, Review};
use crate::domain::text::{harmless, percent, thousands};
use crate::store::{Predictions, Root};

use super::output::{print, print_json};
use super::text::{Align, Table};
use super::{Failure, RunArgs};

#[derive(Debug, Args)]
pub(super) struct MistakesArgs {
    #[command(flatten)]
    run: RunArgs,
    /// Only those whose label confident learning suspects.
    #[arg(long, alias = "suspects")]
    suspected: bool,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 20)]
    most: usize,
    /// Print one JSON document, with all of them.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(root: &Root, args: &MistakesArgs) -> Result<(), Failure> {
    let run = args.run.find(root)?;
    run.made_here()?;
    let Some(Predictions { classes, examples, labels, probabilities, .. }) = run.predictions()? else {
        let problem = format!("{} has no predictions yet: they are written when a run ends or is stopped", run.id());
        return Err(Failure::failed(problem));
    };
    let review = Review::of(&run.review(&run.experiment()?).notes()?);
    let found = Mistakes::new(classes, &examples, &labels, &probabilities);
    let tally = Tally::of(&review, &found.classes, &found.answers);
    let group = if args.suspected { Group::Suspected } else { Group::All };
    if args.json {
        print_json(&document(&found, group, &review, &tally))
    } else {
        print(&text(&found, group, args.most, &review, &tally))
    }
}

fn document(found: &Mistakes, group: Group, review: &Review, tally: &Tally) -> Value {
    let each = found.of_group(group).map(|(_, mistake)| {
        let class = |class: u32| found.class(class);
        let likely =
            mistake.likely.iter().map(|(of, probability)| json!({ "class": class(*of), "probability": probability }));
        json!({
            "example": mistake.example,
            "label": class(mistake.label),
            "predicted": class(mistake.predicted),
            "likely": likely.collect::<Vec<_>>(),
            "suspected": mistake.suspected,
            "review": review.marks(mistake.example, class(mistake.label)).map(|marks| {
                json!({ "class": marks.class, "ambiguous": marks.ambiguous, "tags": marks.tags })
            }),
        })
    });
    json!({ "of": found.of, "mistakes": each.collect::<Vec<_>>(), "review": tally })
}

fn text(found: &Mistakes, group: Group, most: usize, review: &Review, tally: &Tally) -> String {
    let count = found.count(group);
    let what = if group == Group::Suspected { " with a label that confident learning suspects" } else { "" };
    let mut text = format!("{count} mistakes{what} in {} dev examples, the surest first\n", found.of);
    if tally.changes() {
        text += &format!(
            "Labels put right: {}, ambiguous, left out: {}. That leaves {} of {}, {}.\n",
            thousands(tally.relabelled),
            thousands(tally.ambiguous),
            thousands(tally.counts.errors),
            thousands(tally.counts.of),
            percent(tally.counts.rate())
        );
    }
    text.push('\n');
    if count == 0 {
        return text;
    }
    let mut table = Table::new(&[Align::Right, Align::Left, Align::Left, Align::Right, Align::Right, Align::Left]);
    table.row(["Example", "Label", "Taken for", "Sure", "Of label", ""]);
    for (_, mistake) in found.of_group(group).take(most) {
        let given = found.class(mistake.label);
        let sure = |class: u32| {
            let of = mistake.likely.iter().find(|(other, _)| *other == class);
            of.map_or_else(String::new, |(_, probability)| percent(f64::from(*probability)))
        };
        let said = review.marks(mistake.example, given).map(said).unwrap_or_default();
        let note = if said.is_empty() && mistake.suspected { "label suspected".to_owned() } else { said };
        table.row([
            mistake.example.to_string(),
            harmless(given).into_owned(),
            harmless(found.class(mistake.predicted)).into_owned(),
            sure(mistake.predicted),
            sure(mistake.label),
            note,
        ]);
    }
    text += &table.text();
    if count > most {
        text += &format!("and {} more (--most {count} shows them)\n", count - most);
    }
    if !tally.tags.is_empty() {
        let mut table = Table::new(&[Align::Left, Align::Right, Align::Right, Align::Right]);
        table.row(["Tag", "Examples", "Mistakes", "Dev error if all were fixed"]);
        for one in &tally.tags {
            let tag = harmless(&one.tag).into_owned();
            table.row([tag, thousands(one.examples), thousands(one.errors), percent(one.ceiling)]);
        }
        text += &format!("\n{}", table.text());
    }
    text
}

/// What people found of an example, in a few words.
fn said(marks: &Marks) -> String {
    let class = marks.class.as_ref().map(|class| format!("reviewed: {}", harmless(class)));
    let ambiguous = marks.ambiguous.then(|| "reviewed: left out".to_owned());
    let tags = marks.tags.iter().map(|tag| format!("#{}", harmless(tag)));
    class.into_iter().chain(ambiguous).chain(tags).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::review::{Entry, Note};

    #[test]
    fn mistakes_are_listed_with_what_was_said_of_them() {
        let classes = vec!["cat".to_owned(), "dog".to_owned()];
        let found = Mistakes::new(classes, &[3, 4, 5], &[0, 0, 1], &[0.1, 0.9, 0.8, 0.2, 0.75, 0.25]);
        let note = |entry| Note { time: 1.0, entry };
        let review = Review::of(&[
            note(Entry::Label { example: 3, was: "cat".into(), class: "dog".into() }),
            note(Entry::Tag { example: 5, was: "dog".into(), tag: "asleep".into(), is: true }),
        ]);
        let tally = Tally::of(&review, &found.classes, &found.answers);
        let text = text(&found, Group::All, 1, &review, &tally);
        assert!(text.starts_with("2 mistakes in 3 dev examples"), "{text}");
        assert!(text.contains("reviewed: dog") && text.contains("and 1 more"), "{text}");
        assert!(text.contains("That leaves 1 of 3, 33.3 %.") && text.contains("asleep         1         1"), "{text}");
        let document = document(&found, Group::All, &review, &tally);
        assert_eq!(document["mistakes"][1]["likely"][0]["class"], "cat");
        assert_eq!(document["mistakes"][0]["review"], json!({ "class": "dog", "ambiguous": false, "tags": [] }));
        assert_eq!(document["review"]["counts"], json!({ "errors": 1, "of": 3 }));
    }
}
