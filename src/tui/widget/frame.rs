//! Frames: panes with their digit and title, and boxes that lie over the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Widget};

use crate::tui::state::Pane;
use crate::tui::text;
use crate::tui::theme::{Role, Theme};

/// Draws a pane's frame and gives what is inside. `note` stands at the right of the title.
pub fn pane(area: Rect, buffer: &mut Buffer, theme: &Theme, pane: Pane, focused: bool, note: Line<'_>) -> Rect {
    let (border, title) = if focused {
        (theme.fg(Role::Accent), theme.bold(Role::Accent))
    } else {
        (theme.fg(Role::Faint), theme.fg(Role::Text))
    };
    let heading = Line::from(vec![
        Span::styled(format!(" {} ", pane.digit()), if focused { title } else { theme.fg(Role::Muted) }),
        Span::styled(format!("{} ", pane.title()), title),
    ]);
    let room = usize::from(area.width).saturating_sub(heading.width() + 4);
    let kind = if focused { BorderType::Thick } else { BorderType::Rounded };
    let block = Block::bordered().border_type(kind).border_style(border).title_top(heading);
    let inner = block.inner(area);
    let note_fits = note.width() > 0 && note.width() + 2 <= room;
    let block = if note_fits { block.title_top(padded(note).right_aligned()) } else { block };
    block.render(area, buffer);
    inner
}

fn padded(mut line: Line<'_>) -> Line<'_> {
    line.spans.insert(0, Span::raw(" "));
    line.spans.push(Span::raw(" "));
    line
}

/// Clears room for a box of this size in the middle of an area, frames it, and gives what is inside.
pub fn over(area: Rect, buffer: &mut Buffer, theme: &Theme, size: (u16, u16), title: &str) -> Rect {
    let (width, height) = (size.0.min(area.width), size.1.min(area.height));
    let middle = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width, height };
    Clear.render(middle, buffer);
    buffer.set_style(middle, theme.ground());
    let title = text::fit(title, usize::from(width).saturating_sub(6)).into_owned();
    let block = Block::bordered()
        .border_type(BorderType::Thick)
        .border_style(theme.fg(Role::Accent))
        .title_top(Span::styled(format!(" {title} "), theme.bold(Role::Accent)));
    let inner = block.inner(middle);
    block.render(middle, buffer);
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}
