//! An experiment's data in text: where they come from, the sets, their classes, what examples look like.

use crate::domain::duplicates::{Duplicates, Twin};
use crate::domain::experiment::Experiment;
use crate::domain::experiment::change::{toml_text, value_of};
use crate::domain::ladder::Place;
use crate::domain::overview::{AuxiliaryOverview, Numbers, Overview, SetOverview};
use crate::domain::text::{capitalized, harmless, percent, thousands};

use super::pictures::gallery;
use super::wrap::paragraph;
use super::{Align, Ink, Table};

/// With more classes than this only the largest and the smallest are listed, so many of each.
const MOST_CLASSES: usize = 20;
const EXTREMES: usize = 5;
/// With more columns than this only the first are listed.
const MOST_NUMBERS: usize = 12;

/// All there is to see; pictures where there is something to draw them with.
pub(crate) fn overview(experiment: &Experiment, overview: &Overview, ink: Option<Ink>, width: usize) -> String {
    let mut parts = vec![headline(experiment, overview), sets(overview), classes(overview)];
    parts.push(duplicates(&overview.duplicates, ink, width));
    parts.extend((!overview.auxiliary.is_empty()).then(|| auxiliary(&overview.auxiliary)));
    parts.extend(numbers(overview));
    if let Some(ink) = ink {
        parts.push(samples(overview, ink, width));
    }
    parts.push(alterations(experiment, overview, ink, width));
    parts.extend(notes(overview));
    parts.join("\n")
}

/// Name, number, shape, origin.
fn headline(experiment: &Experiment, overview: &Overview) -> String {
    let mut text = format!(
        "{}  {} examples of {} in {} classes\n",
        harmless(&experiment.name),
        thousands(overview.examples()),
        overview.shape,
        overview.classes.len()
    );
    for origin in &overview.origins {
        let mut from = origin.source.clone();
        from += &origin.variant.as_deref().map(|variant| format!(", {}", harmless(variant))).unwrap_or_default();
        from += &origin.path.as_deref().map(|path| format!(", {}", harmless(path))).unwrap_or_default();
        text += &format!("{}: {from}, {} examples\n", origin.section, thousands(origin.examples));
    }
    text
}

fn sets(overview: &Overview) -> String {
    let has_target = overview.origins.len() > 1;
    let mut columns = vec![Align::Left, Align::Right, Align::Right, Align::Left];
    columns.extend(has_target.then_some(Align::Right));
    let mut table = Table::new(&columns);
    let heading = ["Set", "Examples", "Share", ""].map(str::to_owned);
    table.row(heading.into_iter().chain(has_target.then(|| "Of data.target".to_owned())));
    for set in &overview.sets {
        let row = [capitalized(set.set.word()), thousands(set.examples), percent(set.share), bar(set.share, 24)];
        table.row(row.into_iter().chain(has_target.then(|| thousands(set.from_target))));
    }
    table.text()
}

/// The class balance: every class, or the largest and smallest of many.
fn classes(overview: &Overview) -> String {
    let count = overview.classes.len();
    let all = count <= MOST_CLASSES;
    let mut order: Vec<usize> = (0..count).collect();
    if !all && let Some(train) = overview.set(Place::Train) {
        order.sort_by_key(|class| std::cmp::Reverse(train.per_class[*class]));
    }
    let mut columns = vec![Align::Left];
    columns.extend(overview.sets.iter().flat_map(|_| [Align::Right, Align::Left]));
    let mut table = Table::new(&columns);
    let heading = overview.sets.iter().flat_map(|set| [capitalized(set.set.word()), String::new()]);
    table.row(std::iter::once("Class".to_owned()).chain(heading));
    let row = |class: usize| {
        let cells = overview.sets.iter().flat_map(move |set| [thousands(set.per_class[class]), class_bar(set, class)]);
        std::iter::once(harmless(&overview.classes[class]).into_owned()).chain(cells)
    };
    for (place, class) in order.into_iter().enumerate() {
        if all || place < EXTREMES || place >= count - EXTREMES {
            table.row(row(class));
        } else if place == EXTREMES {
            table.row([format!("… {} more", thousands((count - 2 * EXTREMES) as u64))]);
        }
    }
    let balance = overview.balance().map(|sentence| paragraph(&harmless(&sentence), 0)).unwrap_or_default();
    table.text() + &balance
}

/// A bar as long as the class is large, against the largest of its set.
fn class_bar(set: &SetOverview, class: usize) -> String {
    let most = set.per_class.iter().copied().max().unwrap_or(0).max(1);
    bar(set.per_class[class] as f64 / most as f64, 8)
}

/// A bar of at most so many columns, exact to an eighth of one.
fn bar(share: f64, columns: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * columns as f64 * 8.0).round() as usize;
    "█".repeat(eighths / 8) + PARTS[eighths % 8]
}

/// What is in two sets at once, and pictures of the first few.
fn duplicates(duplicates: &Duplicates, ink: Option<Ink>, width: usize) -> String {
    if duplicates.is_empty() {
        let looks = if duplicates.near.is_some() { ", nor one that looks like it" } else { "" };
        return format!("No example of one set is in another{looks}.\n");
    }
    let mut text = "In two sets at once\n".to_owned();
    for (twins, warning) in duplicates.pairs().zip(duplicates.warnings()) {
        text += &paragraph(&harmless(&warning), 2);
        let caption = |class: &str, example: u32| format!("{} ({})", harmless(class), thousands(example.into()));
        let pictures = twins.shown.iter().filter_map(|twin| Some((twin, twin.pictures.as_ref()?)));
        let shown: Vec<_> = pictures
            .flat_map(|(Twin { class, example, twin_class, twin, .. }, (own, other))| {
                [(caption(class, *example), own), (caption(twin_class, *twin), other)]
            })
            .collect();
        text += &ink.map(|ink| gallery(&shown, ink, width)).unwrap_or_default();
    }
    text
}

/// Labels of further tasks, and how many are known.
fn auxiliary(tasks: &[AuxiliaryOverview]) -> String {
    let mut table = Table::new(&[Align::Left, Align::Left, Align::Right, Align::Right, Align::Left]);
    table.row(["Further task", "Labels", "Known", "In train", ""]);
    for task in tasks {
        let named = |count: &u64, name: &String| format!("{} {}", harmless(name), thousands(*count));
        let counts: Vec<String> = task.counts.iter().zip(&task.names).map(|(count, name)| named(count, name)).collect();
        let names: Vec<_> = task.names.iter().map(|name| harmless(name).into_owned()).collect();
        let shown = if counts.is_empty() { names } else { counts };
        table.row([
            harmless(&task.name).into_owned(),
            format!("{} {}", task.names.len(), task.kind),
            format!("{} of {}", thousands(task.known), thousands(task.examples)),
            thousands(task.known_in_train),
            shown.iter().take(EXTREMES).cloned().collect::<Vec<_>>().join(", "),
        ]);
    }
    table.text()
}

/// The ranges of the training set's numbers.
fn numbers(overview: &Overview) -> Option<String> {
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Right, Align::Right, Align::Right]);
    table.row(["Numbers of train", "Lowest", "Highest", "Mean", "Deviation"]);
    for Numbers { name, low, high, mean, deviation } in overview.numbers.iter().take(MOST_NUMBERS) {
        let name = capitalized(&harmless(name));
        table.row(std::iter::once(name).chain([low, high, mean, deviation].map(|number| figure(*number))));
    }
    let more = overview.numbers.len().saturating_sub(MOST_NUMBERS);
    if more > 0 {
        table.row([format!("… {more} more")]);
    }
    (!overview.numbers.is_empty()).then(|| table.text())
}

/// A number in four digits.
fn figure(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && !(1e-3..1e6).contains(&size) {
        return format!("{number:.2e}");
    }
    let before = if size >= 1.0 { size.log10().floor() as usize + 1 } else { 1 };
    format!("{number:.*}", 4usize.saturating_sub(before))
}

fn samples(overview: &Overview, ink: Ink, width: usize) -> String {
    let mut text = String::new();
    for place in Place::ALL {
        let of_set: Vec<_> = overview
            .samples
            .iter()
            .filter(|sample| sample.set == place)
            .map(|sample| (class(overview, sample.class), &sample.picture))
            .collect();
        if !of_set.is_empty() {
            text += &format!("One of each class in {}\n{}", place.word(), gallery(&of_set, ink, width));
        }
    }
    text
}

fn class(overview: &Overview, class: u32) -> String {
    overview.classes.get(class as usize).map(|name| harmless(name).into_owned()).unwrap_or_default()
}

/// What alters training examples, and originals beside altered ones.
fn alterations(experiment: &Experiment, overview: &Overview, ink: Option<Ink>, width: usize) -> String {
    let mut text = String::new();
    for key in ["data.augment", "data.synthesize"] {
        if let Some(list) = value_of(experiment, key).as_array() {
            for one in list {
                text += &format!("{key}: {}\n", harmless(&toml_text(one)));
            }
        }
    }
    if text.is_empty() {
        return "Training examples are not altered.\n".to_owned();
    }
    let Some(ink) = ink else { return text };
    for preview in &overview.previews {
        let original = (format!("{}, original", class(overview, preview.class)), &preview.original);
        let altered = (1..).zip(&preview.altered).map(|(epoch, picture)| (format!("in epoch {epoch}"), picture));
        text += &gallery(&std::iter::once(original).chain(altered).collect::<Vec<_>>(), ink, width);
    }
    text
}

fn notes(overview: &Overview) -> Option<String> {
    let lines = overview.notes.iter().map(|note| paragraph(&harmless(note), 2));
    (!overview.notes.is_empty()).then(|| std::iter::once("Notes\n".to_owned()).chain(lines).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_share() {
        assert_eq!([0.0, 0.5, 1.0, 2.0, 0.26].map(|share| bar(share, 4)), ["", "██", "████", "████", "█"]);
        assert_eq!(bar(0.51, 8), "████▏");
    }

    #[test]
    fn numbers_have_four_digits() {
        let shown = [0.0, 1.0, 0.13251, -12.345, 123_456.7, 1e-5, 3e9].map(figure);
        assert_eq!(shown, ["0.000", "1.000", "0.133", "-12.35", "123457", "1.00e-5", "3.00e9"]);
    }
}
