//! How curves are looked at.

use crate::tui::action::Intent;
use crate::tui::state::chart::SMOOTHING;
use crate::tui::state::{State, Tone};

/// How much closer one key brings the curves.
const ZOOM: f64 = 1.5;

pub(super) fn intent(state: &mut State, intent: Intent) {
    let all = state.span();
    let chart = &mut state.chart;
    match intent {
        Intent::ZoomIn => chart.zoom(all, ZOOM),
        Intent::ZoomOut => chart.zoom(all, 1.0 / ZOOM),
        Intent::ZoomReset => chart.window = None,
        Intent::PanLeft => chart.pan(all, -0.25),
        Intent::PanRight => chart.pan(all, 0.25),
        Intent::Log => chart.log = !chart.log,
        Intent::Axis => {
            // What cannot be told of this run is passed over.
            for _ in 0..5 {
                state.chart.axis = state.chart.axis.next();
                if state.axis() == state.chart.axis {
                    break;
                }
            }
            let chart = &mut state.chart;
            (chart.window, chart.cursor) = (None, None);
            reform(state);
        }
        Intent::Pool => {
            chart.pooled = !chart.pooled;
            let how = if chart.pooled { "as one: their mean, and what they span" } else { "one by one" };
            state.say(Tone::Plain, format!("runs that differ only in the seed are drawn {how}"));
        }
        Intent::Smooth => {
            chart.smoothing = (chart.smoothing + 1) % SMOOTHING.len();
            let weight = chart.weight();
            reform(state);
            let text = if weight > 0.0 { format!("smoothing {weight}") } else { "no smoothing".to_owned() };
            state.say(Tone::Plain, text);
        }
        Intent::NextMetric | Intent::PreviousMetric => {
            let metric = state.chart.metric.turned(intent == Intent::NextMetric, state.open().map(|run| &run.curves));
            let chart = &mut state.chart;
            chart.metric = metric;
            (chart.window, chart.cursor) = (None, None);
        }
        _ => {}
    }
}

/// Moves the cursor, as arrow keys and their like ask for.
pub(super) fn move_cursor(state: &mut State, intent: Intent) {
    let all = state.span();
    // About a column and a half of a chart as wide as the screen.
    let step = 1.5 / f64::from(state.size.0.max(20));
    match intent {
        Intent::Left => state.chart.move_cursor(all, -step),
        Intent::Right => state.chart.move_cursor(all, step),
        Intent::PageUp => state.chart.move_cursor(all, -0.25),
        Intent::PageDown => state.chart.move_cursor(all, 0.25),
        Intent::First => state.chart.put_cursor(all, all.0),
        Intent::Last => state.chart.put_cursor(all, all.1),
        // Up and down turn to the other scalars, as one leafs through pages.
        Intent::Up => self::intent(state, Intent::PreviousMetric),
        Intent::Down => self::intent(state, Intent::NextMetric),
        _ => {}
    }
}

/// Puts the cursor where the window was clicked.
pub(super) fn point(state: &mut State, along: f64) {
    let (all, (from, to)) = (state.span(), state.stretch());
    state.chart.put_cursor(all, from + (to - from) * along.clamp(0.0, 1.0));
}

fn reform(state: &mut State) {
    let (axis, weight) = (state.chart.axis, state.chart.weight());
    for run in state.run.iter_mut().chain(&mut state.others) {
        run.curves.reform(axis, weight);
    }
}
