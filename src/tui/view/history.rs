//! What happened to a run, and what its worker had to say, the newest last.
//!
//! ```text
//! ┏ What happened to digits-3 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
//! ┃   0:00  started by process 4711 on here (rungs 0.1.0)             ┃
//! ┃   0:41  evaluated after step 66: dev error 12.1 %                 ┃
//! ┃ ── worker.log                                                     ┃
//! ```

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Ink;
use crate::tui::action::Intent;
use crate::tui::format::duration;
use crate::tui::state::overlay::{History, Told};
use crate::tui::text::{clean, wrap};
use crate::tui::theme::Role;
use crate::tui::widget::frame;

/// Columns for times.
const TIMES: usize = 12;

pub(super) fn draw(ink: &mut Ink<'_>, area: Rect, history: &History) {
    let theme = ink.theme;
    let title = format!("What happened to {}", clean(&history.run.0));
    let size = (area.width.min(110), area.height.saturating_sub(1));
    let inner = frame::over(area, ink.buffer, theme, size, &title);
    let room = usize::from(inner.width).saturating_sub(TIMES);
    let mut lines: Vec<Line<'static>> = Vec::new();
    let plain = |text: &str, role: Role| Line::from(Span::styled(text.to_owned(), theme.fg(role)));
    match &history.told {
        None => lines.push(plain("reading …", Role::Muted)),
        Some(Err(problem)) => lines.extend(wrap(&clean(problem), room).iter().map(|line| plain(line, Role::Bad))),
        Some(Ok(Told { events, log })) => {
            let begin = events.first().map_or(0.0, |(time, _)| *time);
            for (time, text) in events {
                let mut at = format!("{:>10}  ", duration((time - begin).max(0.0)));
                for line in wrap(&clean(text), room) {
                    let spans = vec![Span::styled(at, theme.fg(Role::Muted)), Span::styled(line, theme.fg(Role::Text))];
                    lines.push(Line::from(spans));
                    at = " ".repeat(TIMES);
                }
            }
            if !log.trim().is_empty() {
                lines.push(Line::from(Span::styled("── worker.log", theme.bold(Role::Muted))));
                lines.extend(
                    log.lines().flat_map(|line| wrap(&clean(line), room + TIMES)).map(|line| plain(&line, Role::Text)),
                );
            }
        }
    }
    let rows = usize::from(inner.height.saturating_sub(1));
    let last = lines.len().saturating_sub(rows);
    // The newest is seen first; one scrolls back from there.
    let first = last.saturating_sub(history.back);
    for (row, line) in lines.into_iter().skip(first).take(rows).enumerate() {
        ink.buffer.set_line(inner.x, inner.y + row as u16, &line, inner.width);
    }
    let keys = [("↑↓", Intent::Up, "earlier"), ("Esc", Intent::Back, "close")];
    let row = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    super::over::answers(ink, row, if last == 0 { &keys[1..] } else { &keys });
}
