//! Draws the state. Changes nothing; gives back where things are, so that clicks find them.

mod baselines;
mod card;
mod classes;
mod compare;
mod curves;
mod data;
mod diagnosis;
mod family;
mod finder;
mod footer;
mod form;
mod header;
mod history;
mod human;
mod ladder;
mod layout;
mod lists;
mod matrix;
mod mistakes;
mod over;
mod settings;
mod table;
mod tasks;

#[cfg(test)]
mod tests;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::action::Target;
use super::graphics::Album;
use super::state::{Pane, State};
use super::theme::{Role, Theme};
use super::widget::frame;

/// Where something is that a click can hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its place.
    pub area: Rect,
    /// What it is.
    pub target: Target,
}

/// What a click at this place hits: the last drawn, for that is on top.
pub fn hit(hits: &[Hit], column: u16, row: u16) -> Option<&Hit> {
    hits.iter().rev().find(|hit| hit.area.contains(Position { x: column, y: row }))
}

/// What panels draw with.
struct Ink<'a> {
    state: &'a State,
    theme: &'a Theme,
    buffer: &'a mut Buffer,
    album: &'a mut Album,
    hits: Vec<Hit>,
}

impl Ink<'_> {
    /// Draws a pane's frame, tells where it is, and gives what is inside.
    fn pane(&mut self, area: Rect, pane: Pane, note: Line<'_>) -> Rect {
        self.hits.push(Hit { area, target: Target::Pane(pane) });
        let focused = self.state.focus == pane && self.state.overlay.is_none();
        frame::pane(area, self.buffer, self.theme, pane, focused, note)
    }

    fn hit(&mut self, area: Rect, target: Target) {
        self.hits.push(Hit { area, target });
    }

    /// Says in the middle of a pane why there is nothing to see yet.
    fn nothing(&mut self, area: Rect, text: &str) {
        let lines = super::text::wrap(text, usize::from(area.width).saturating_sub(4).max(1));
        let top = area.y + area.height.saturating_sub(lines.len() as u16) / 2;
        for (place, line) in lines.iter().enumerate() {
            let y = top + place as u16;
            if y < area.bottom() {
                let x = area.x + area.width.saturating_sub(super::text::width(line) as u16) / 2;
                self.buffer.set_stringn(x, y, line, usize::from(area.width), self.theme.fg(Role::Muted));
            }
        }
    }
}

/// Smaller terminals cannot show anything of use.
const SMALLEST: (u16, u16) = (40, 10);

/// Draws the whole screen. Pictures go into the album, if the terminal shows any.
pub fn view(state: &State, theme: &Theme, album: &mut Album, frame: &mut Frame<'_>) -> Vec<Hit> {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    buffer.set_style(area, theme.ground());
    let mut ink = Ink { state, theme, buffer, album, hits: Vec::new() };
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        ink.nothing(area, &format!("rungs needs {}×{} columns and rows", SMALLEST.0, SMALLEST.1));
        return ink.hits;
    }
    let arrangement = layout::arrange(area, state);
    header::draw(&mut ink, arrangement.header);
    for (pane, area) in arrangement.panes {
        match pane {
            Pane::Experiments => lists::experiments(&mut ink, area),
            Pane::Runs => lists::runs(&mut ink, area),
            Pane::Curves => curves::draw(&mut ink, area),
            Pane::Ladder => ladder::draw(&mut ink, area),
            Pane::Matrix => matrix::draw(&mut ink, area),
            Pane::Diagnosis => diagnosis::draw(&mut ink, area),
            Pane::Classes => classes::draw(&mut ink, area),
            Pane::Settings => settings::draw(&mut ink, area),
        }
    }
    if let Some(area) = arrangement.card {
        card::draw(&mut ink, area);
    }
    footer::draw(&mut ink, arrangement.footer);
    over::draw(&mut ink, area);
    ink.hits
}
