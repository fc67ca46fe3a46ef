//! The charts of an exported run: loss over steps, the ladder, the confusion matrix.

use crate::domain::confusion::Confusion;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::ladder::Ladder;
use crate::domain::series::{Series, Smoother};
use crate::domain::text::{capitalized, percent, points, thousands};

use super::Curves;
use super::svg::{Anchor, Svg};

/// Width of every chart, in pixels.
pub(super) const WIDTH: f64 = 760.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 30.0;
/// TensorBoard's own default weight.
const SMOOTHING: f64 = 0.6;

/// A chart and its height.
pub(super) struct Chart {
    pub(super) svg: Svg,
    pub(super) height: f64,
}

/// Training loss, raw and smoothed, with the dev loss of each evaluation. `None` without points.
pub(super) fn loss(curves: &Curves) -> Option<Chart> {
    let train = curves.get("train/loss").filter(|series| !series.is_empty())?;
    let dev = curves.get("eval/dev_loss");
    let height = 280.0;
    let (width, tall) = (WIDTH - LEFT - RIGHT, height - TOP - BOTTOM);
    let (from, to) = (*train.xs().first()?, train.last()?.0.max(train.xs().first()? + 1.0));
    let spans = train.track().columns(from, to, width as usize);
    let finite = spans.iter().flatten().map(|column| column.extent).filter(crate::domain::series::Extent::has_values);
    let dev_points: Vec<(f64, f32)> =
        dev.map(|dev| dev.xs().iter().copied().zip(dev.ys().iter().copied()).collect()).unwrap_or_default();
    let highest = finite
        .map(|extent| extent.max)
        .chain(dev_points.iter().map(|point| point.1).filter(|y| y.is_finite()))
        .fold(f32::MIN_POSITIVE, f32::max);
    let top = nice_ceiling(f64::from(highest));
    let place = |x: f64, y: f64| (LEFT + (x - from) / (to - from) * width, TOP + tall - (y / top).min(1.0) * tall);

    let mut svg = Svg::default();
    svg.text("head", (LEFT, 20.0), Anchor::Start, "Loss");
    svg.text(
        "faint",
        (LEFT + 44.0, 20.0),
        Anchor::Start,
        "blue: training, smoothed over the raw curve; orange: dev set",
    );
    for quarter in 0..=4 {
        let y = top * f64::from(quarter) / 4.0;
        svg.line("grid", place(from, y), place(to, y));
        svg.text("faint", (LEFT - 8.0, place(from, y).1 + 4.0), Anchor::End, &format!("{y:.3}"));
    }
    for quarter in 0..=4 {
        let x = from + (to - from) * f64::from(quarter) / 4.0;
        svg.text("faint", (place(x, 0.0).0, height - 10.0), Anchor::Middle, &thousands(x.round() as u64));
    }
    // Raw: from lowest to highest in each column, so that no spike is lost.
    let mut raw = Vec::new();
    for (column, span) in spans.iter().enumerate() {
        if let Some(span) = span.filter(|span| span.extent.has_values()) {
            let x = from + (column as f64 + 0.5) / spans.len() as f64 * (to - from);
            raw.push(place(x, f64::from(span.extent.min)));
            raw.push(place(x, f64::from(span.extent.max)));
        }
    }
    svg.path("raw", &raw);
    svg.path("train", &smoothed(train, width as usize).into_iter().map(|(x, y)| place(x, y)).collect::<Vec<_>>());
    let dev: Vec<(f64, f64)> =
        dev_points.iter().filter(|point| point.1.is_finite()).map(|point| place(point.0, f64::from(point.1))).collect();
    svg.path("dev", &dev);
    for point in dev {
        svg.dot("devdot", point);
    }
    Some(Chart { svg, height })
}

/// The smoothed curve at about as many points as there are columns.
fn smoothed(series: &Series, columns: usize) -> Vec<(f64, f64)> {
    let mut smoother = Smoother::new(SMOOTHING);
    let stride = (series.len() / columns.max(1)).max(1);
    let mut out = Vec::new();
    for (place, (x, y)) in series.xs().iter().zip(series.ys()).enumerate() {
        let value = smoother.push(*y);
        if value.is_finite() && (place % stride == 0 || place + 1 == series.len()) {
            out.push((*x, f64::from(value)));
        }
    }
    out
}

/// The next of 1, 2, 2.5, 5 times a power of ten.
fn nice_ceiling(value: f64) -> f64 {
    let power = 10f64.powf(value.max(1e-12).log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0].iter().map(|step| step * power).find(|step| *step >= value).unwrap_or(value)
}

/// A bar for each rung, with its interval as whiskers and the gap to the one below named.
pub(super) fn ladder(ladder: &Ladder, diagnosis: &Diagnosis) -> Option<Chart> {
    let rungs: Vec<_> = ladder.rungs().collect();
    if rungs.len() < 2 {
        return None;
    }
    let (row, left, width) = (34.0, 120.0, WIDTH - 120.0 - 300.0);
    let highest = rungs.iter().map(|(_, rung)| rung.interval.map_or(rung.rate, |one| one.high)).fold(1e-4, f64::max);
    let at = |rate: f64| left + rate / highest * width;
    let gaps = ladder.gaps();
    let mut svg = Svg::default();
    svg.text("head", (LEFT, 20.0), Anchor::Start, "Error ladder");
    for (place, (rung_place, rung)) in rungs.iter().enumerate() {
        let y = TOP + place as f64 * row;
        let gap = gaps.iter().find(|gap| gap.to == *rung_place);
        let problem = gap.and_then(|gap| diagnosis.problems.iter().find(|one| one.kind.gap() == Some(gap.kind)));
        svg.text("", (left - 10.0, y + 15.0), Anchor::End, &capitalized(rung_place.word()));
        let class = if problem.is_some() { "badbar" } else { "bar" };
        svg.rect(class, (left, y + 2.0), ((at(rung.rate) - left).max(1.0), 18.0), 0.85);
        if let Some(interval) = rung.interval {
            svg.line("whisker", (at(interval.low), y + 11.0), (at(interval.high), y + 11.0));
            for end in [interval.low, interval.high] {
                svg.line("whisker", (at(end), y + 7.0), (at(end), y + 15.0));
            }
        }
        let mut label = percent(rung.rate);
        if let Some(gap) = gap {
            label += &format!("   {}{} {}", if gap.size < 0.0 { "" } else { "+" }, points(gap.size), gap.kind.words());
        }
        if let Some(problem) = problem {
            label += &format!(" ◀ {}", problem.kind.words());
        }
        let class = if problem.is_some() { "badtext" } else { "" };
        svg.text(class, (left + width + 12.0, y + 15.0), Anchor::Start, &label);
    }
    Some(Chart { svg, height: TOP + rungs.len() as f64 * row + 8.0 })
}

/// A cell for each pair of classes, as strong as its share of the true class; mistakes in another color.
pub(super) fn confusion(confusion: &Confusion) -> Option<Chart> {
    let classes = confusion.classes.len();
    if classes < 2 || confusion.matrix.len() != classes {
        return None;
    }
    let left = 110.0;
    let side = ((WIDTH - left - RIGHT) / classes as f64).min(44.0);
    let named = side >= 14.0;
    let mut svg = Svg::default();
    svg.text("head", (LEFT, 20.0), Anchor::Start, "Confusion matrix of the dev set");
    svg.text("faint", (LEFT + 230.0, 20.0), Anchor::Start, "a row per true class, a column per predicted one");
    let top = TOP + 20.0;
    for (truth, row) in confusion.matrix.iter().enumerate() {
        let sum = row.iter().sum::<u64>().max(1) as f64;
        let y = top + truth as f64 * side;
        if named {
            svg.text("", (left - 8.0, y + side / 2.0 + 4.0), Anchor::End, &short(&confusion.classes[truth], 14));
            let x = left + (truth as f64 + 0.5) * side;
            svg.text("faint", (x, top - 6.0), Anchor::Middle, &short(&confusion.classes[truth], 5));
        }
        for (predicted, count) in row.iter().enumerate() {
            let x = left + predicted as f64 * side;
            let class = if truth == predicted { "cell" } else { "wrongcell" };
            // A square root, so that rare mistakes are seen beside the many that are right.
            svg.rect(class, (x, y), (side - 1.0, side - 1.0), (*count as f64 / sum).sqrt() * 0.9);
            if side >= 24.0 && *count > 0 {
                svg.text("", (x + side / 2.0, y + side / 2.0 + 4.0), Anchor::Middle, &count.to_string());
            }
        }
    }
    Some(Chart { svg, height: top + classes as f64 * side + 12.0 })
}

fn short(name: &str, letters: usize) -> String {
    if name.chars().count() <= letters {
        return name.to_owned();
    }
    name.chars().take(letters - 1).chain(['…']).collect()
}
