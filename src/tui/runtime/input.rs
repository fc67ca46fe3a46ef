//! From the terminal's events to actions.

use crossterm::event::{Event, MouseButton, MouseEvent, MouseEventKind};

use crate::tui::action::{Action, Target};
use crate::tui::keymap;
use crate::tui::state::State;
use crate::tui::state::field::Edit;
use crate::tui::view::{Hit, hit};

/// What an event asks for; `hits` tells what was where when the last frame was drawn.
pub fn action(state: &State, hits: &[Hit], event: &Event) -> Option<Action> {
    match event {
        Event::Key(key) => keymap::resolve(state, key),
        Event::Paste(text) if keymap::is_typing(state) => Some(Action::Edit(Edit::Paste(text.clone()))),
        Event::Mouse(mouse) => of_mouse(hits, *mouse),
        // Of its size the system tells, by a signal.
        Event::Resize(..) | Event::Paste(_) | Event::FocusGained | Event::FocusLost => None,
    }
}

fn of_mouse(hits: &[Hit], mouse: MouseEvent) -> Option<Action> {
    let found = hit(hits, mouse.column, mouse.row)?;
    match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) | MouseEventKind::Drag(MouseButton::Left) => {
            // Dragging moves the cursor along the curves and does nothing else.
            if matches!(mouse.kind, MouseEventKind::Drag(_)) && found.target != Target::Axis {
                return None;
            }
            let span = f64::from(found.area.width.saturating_sub(1).max(1));
            let along = f64::from(mouse.column - found.area.x) / span;
            Some(Action::Click { target: found.target.clone(), along })
        }
        MouseEventKind::ScrollUp | MouseEventKind::ScrollDown => {
            // What is scrolled is the pane, whatever of it is under the mouse.
            let panes = hits
                .iter()
                .rev()
                .filter(|hit| hit.area.contains(ratatui::layout::Position { x: mouse.column, y: mouse.row }));
            let pane = panes.into_iter().find_map(|hit| match hit.target {
                Target::Pane(pane) => Some(pane),
                _ => None,
            })?;
            Some(Action::Wheel { pane, down: mouse.kind == MouseEventKind::ScrollDown })
        }
        _ => None,
    }
}
