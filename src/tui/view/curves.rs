//! Scalars over time: every column of dots spans from the least to the greatest point in it, so that no spike is lost
//! however many points there are; the smoothed curve lies over its faint raw one; evaluations are joined points.
//!
//! ```text
//! ╭ 3 Curves ───────────────── loss error rate gradient speed ╮
//! │ ━ train 0.213   ━ dev 0.301                   smoothed 0.9 │
//! │ 2.0 ┤⡇                                                     │
//! │ 1.0 ┤⢣⣀   •──•                                             │
//! │   0 ┤  ⠉⠒⠤⣀⣀⣀⣀⣀•────•                                      │
//! │      0        500       1,000      1,500          step     │
//! ╰────────────────────────────────────────────────────────────╯
//! ```

mod legend;
mod paint;
mod plot;
mod strand;

use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use self::plot::Plot;
use self::strand::{Drawn, Strand, by_seed};
use super::Ink;
use crate::domain::ladder::Rung;
use crate::domain::run::Status;
use crate::tui::action::Target;
use crate::tui::format::count;
use crate::tui::state::metric::{Hue, Metric};
use crate::tui::state::run::OpenRun;
use crate::tui::state::{Axis, Pane, State};
use crate::tui::text::{clean, fit, width as text_width};
use crate::tui::theme::Role;

/// Colors of runs that are laid over one another, in the order they were marked.
pub(super) const RUNS: [Role; 6] = [Role::Train, Role::Dev, Role::TrainDev, Role::Test, Role::Human, Role::Key];

/// Columns of a chart's title among the others.
const TITLE: usize = 24;

pub(super) fn draw(ink: &mut Ink<'_>, area: Rect) {
    let note = tabs(ink, usize::from(area.width));
    let inner = ink.pane(area, Pane::Curves, note);
    let Some(run) = ink.state.open() else {
        return ink.nothing(inner, "reading …");
    };
    if inner.height < 3 || inner.width < 20 {
        return;
    }
    let drawn = drawn(ink.state, run);
    if drawn.iter().all(Drawn::is_empty) {
        let text = waiting(ink.state, run);
        return ink.nothing(inner, &text);
    }
    let (from, to) = ink.state.stretch();
    let placing = ink.state.placing(run);
    let plot = Plot {
        from,
        to: if to > from { to } else { from + 1.0 },
        log: ink.state.chart.log,
        reference: reference(run, ink.state.chart.metric),
        metric: ink.state.chart.metric,
        axis: ink.state.axis(),
        ahead: ink.state.ahead,
        cursor: ink.state.chart.cursor,
        marks: run.curves.marks.iter().map(|mark| placing.on_axis(run.curves.place_of(mark))).collect(),
    };
    // The picture keeps most of the pane.
    let taken = legend::draw(ink, inner, &drawn, run, inner.height / 5);
    let below = Rect { y: inner.y + taken, height: inner.height - taken, ..inner };
    if let Some(canvas) = plot.draw(below, ink.buffer, ink.theme, &drawn) {
        ink.hit(canvas, Target::Axis);
    }
}

/// The metrics there are, the one that is drawn standing out.
fn tabs(ink: &Ink<'_>, width: usize) -> Line<'static> {
    let theme = ink.theme;
    let current = ink.state.chart.metric;
    let curves = ink.state.open().map(|run| &run.curves);
    let title = |metric: Metric| fit(&clean(&metric.title(curves)), TITLE).into_owned();
    if width < 64 {
        return Line::from(Span::styled(title(current), theme.fg(Role::Text)));
    }
    let mut spans = Vec::new();
    let offered = Metric::offered(curves);
    // Where not all have room, those after the current one give way.
    let length = |metrics: &[Metric]| metrics.iter().map(|metric| text_width(&title(*metric)) + 2).sum::<usize>();
    let mut shown = offered.len();
    while shown > 5 && length(&offered[..shown]) + 16 > width {
        shown -= 1;
    }
    let place = offered.iter().position(|metric| *metric == current).unwrap_or(0);
    let first = (place + 1).saturating_sub(shown);
    for metric in offered.into_iter().skip(first).take(shown) {
        let style = if metric == current {
            theme.bold(Role::Text).add_modifier(Modifier::UNDERLINED)
        } else {
            theme.fg(Role::Muted)
        };
        spans.push(Span::styled(title(metric), style));
        spans.push(Span::raw("  "));
    }
    spans.pop();
    Line::from(spans)
}

/// What is drawn, the last on top: each line of the metric, or with marked runs one color for each run.
fn drawn<'a>(state: &'a State, run: &'a OpenRun) -> Vec<Drawn<'a>> {
    let (metric, axis) = (state.chart.metric, state.chart.axis);
    let several = state.others.iter().any(|other| other.id != run.id);
    let runs: Vec<&OpenRun> =
        if several { state.others.iter().filter(|other| other.id != run.id).chain([run]).collect() } else { vec![run] };
    let groups = if state.chart.pooled { by_seed(&runs) } else { runs.iter().map(|run| vec![*run]).collect() };
    let alone = groups.len() == 1;
    let mut drawn = Vec::new();
    for (place, group) in groups.iter().enumerate() {
        let Some(first) = group.first() else { continue };
        for line in metric.lines(&first.curves).iter() {
            let of_run = |run: &&'a OpenRun| {
                let curve = run.curves.get(&line.tag)?;
                let smooth = if line.noisy { curve.smooth(axis) } else { None };
                Some(Strand { raw: curve.raw(axis), smooth, placing: state.placing(run) })
            };
            let strands: Vec<Strand<'a>> = group.iter().filter_map(of_run).collect();
            if strands.is_empty() {
                continue;
            }
            let name = if group.len() > 1 {
                format!(
                    "{} ×{} seeds ",
                    first.id.0.rsplit_once('-').map_or(first.id.0.as_str(), |(name, _)| name),
                    group.len()
                )
            } else if several {
                format!("{} ", first.id)
            } else {
                String::new()
            };
            drawn.push(Drawn {
                strands,
                hue: if alone { line.hue } else { Hue::Of(RUNS[place % RUNS.len()]) },
                label: name + &line.label,
                // The raw curves of several runs would hide one another.
                with_raw: !several,
                joined: !line.noisy,
            });
        }
    }
    drawn
}

/// Human error, on the chart of errors.
fn reference(run: &OpenRun, metric: Metric) -> Option<f64> {
    let human = run.report.as_ref()?.human_error()?;
    (metric == Metric::Error).then(|| Rung::from(human).rate)
}

fn waiting(state: &State, run: &OpenRun) -> String {
    if let Some(problem) = &run.problem {
        return clean(problem).into_owned();
    }
    let has_points = run.curves.points() > 0;
    match state.status() {
        Some(Status::Queued) if state.place_in_queue().is_some() => in_queue(state),
        Some(Status::Queued) => "waiting for a worker to start …".to_owned(),
        Some(status) if status.is_live() && !has_points => "loading the data, building the network …".to_owned(),
        Some(status) if status.is_live() => "these come with the end of the first epoch".to_owned(),
        _ => "nothing of this was logged".to_owned(),
    }
}

/// What a run that waits waits for, and what can be done about it.
fn in_queue(state: &State) -> String {
    let place = match state.place_in_queue() {
        Some(0) | None => "next in the queue".to_owned(),
        Some(place) => format!("number {} in the queue", place + 1),
    };
    let held = if state.queue.held { ", which is held" } else { "" };
    format!("{place}{held}; p starts it, [ ] move it")
}

/// A place on the axis in words.
fn place_text(state: &State, x: f64) -> String {
    match state.axis() {
        Axis::Step => format!("step {}", count(x.max(0.0).round() as u64)),
        Axis::Epoch => format!("epoch {x:.2}"),
        Axis::Examples => format!("{} examples", count(x.max(0.0).round() as u64)),
        Axis::Time => crate::tui::format::duration(x),
        Axis::Clock => crate::tui::format::clock(x, state.ahead, 0.0),
    }
}
