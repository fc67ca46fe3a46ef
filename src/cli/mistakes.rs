//! `rungs mistakes`: what a run got wrong in the dev set, the surest mistakes first.

use clap::Args;
use serde_json::{Value, json};

use crate::domain::mistakes::{Group, Mistakes};
use crate::domain::review::{Opinion, Review};
use crate::domain::text::{harmless, percent};
use crate::store::{Predictions, Root};

use super::output::{print, print_json};
use super::text::{Align, Table};
use super::{Failure, RunArgs};

#[derive(Debug, Args)]
pub(super) struct MistakesArgs {
    #[command(flatten)]
    run: RunArgs,
    /// Only those whose label confident learning suspects.
    #[arg(long)]
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
    let Some(Predictions { classes, examples, labels, probabilities, .. }) = run.predictions()? else {
        let problem = format!("{} has no predictions yet: they are written when a run ends or is stopped", run.id());
        return Err(Failure::failed(problem));
    };
    let review = run.review(&run.experiment()?)?;
    let found = Mistakes::new(classes, &examples, &labels, &probabilities);
    let group = if args.suspected { Group::Suspected } else { Group::All };
    if args.json {
        print_json(&document(&found, group, &review))
    } else {
        print(&text(&found, group, args.most, &review))
    }
}

fn document(found: &Mistakes, group: Group, review: &Review) -> Value {
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
            "review": review.opinion(mistake.example, class(mistake.label)),
        })
    });
    json!({ "of": found.of, "mistakes": each.collect::<Vec<_>>() })
}

fn text(found: &Mistakes, group: Group, most: usize, review: &Review) -> String {
    let count = found.count(group);
    let what = if group == Group::Suspected { " with a label that confident learning suspects" } else { "" };
    let mut text = format!("{count} mistakes{what} in {} dev examples, the surest first\n\n", found.of);
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
        let note = match review.opinion(mistake.example, given) {
            Some(Opinion::Class(class)) => format!("reviewed: {}", harmless(class)),
            Some(_) => "reviewed: left out".to_owned(),
            None if mistake.suspected => "label suspected".to_owned(),
            None => String::new(),
        };
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
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::review::Remark;

    #[test]
    fn mistakes_are_listed_with_what_was_said_of_them() {
        let classes = vec!["cat".to_owned(), "dog".to_owned()];
        let found = Mistakes::new(classes, &[3, 4, 5], &[0, 0, 1], &[0.1, 0.9, 0.8, 0.2, 0.75, 0.25]);
        let remark = Remark { time: 1.0, example: 3, given: "cat".into(), opinion: Opinion::Class("dog".into()) };
        let review = Review::of([remark]);
        let text = text(&found, Group::All, 1, &review);
        assert!(text.starts_with("2 mistakes in 3 dev examples"), "{text}");
        assert!(text.contains("reviewed: dog") && text.contains("and 1 more"), "{text}");
        let document = document(&found, Group::All, &review);
        assert_eq!(document["mistakes"][1]["likely"][0]["class"], "cat");
        assert_eq!(document["mistakes"][0]["review"], json!({ "class": "dog" }));
    }
}
