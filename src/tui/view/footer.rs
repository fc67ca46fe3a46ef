//! The last line: what was just said, and the keys that work here, from the table of commands.
//!
//! ```text
//!  Enter start  Tab next pane  / filter                                       : commands  ? help  q quit
//! ```

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Ink;
use crate::tui::action::{Intent, Target};
use crate::tui::command::{self, Command};
use crate::tui::state::Tone;
use crate::tui::text::{clean, fit};
use crate::tui::theme::Role;

/// These stand at the right, wherever one is.
const ALWAYS: [Intent; 3] = [Intent::Palette, Intent::Help, Intent::Quit];

pub(super) fn draw(ink: &mut Ink<'_>, area: Rect) {
    let theme = ink.theme;
    let hinted: Vec<&Command> = command::available(ink.state)
        .into_iter()
        .filter(|command| !command::hint(command, ink.state).is_empty())
        .collect();
    let (always, here): (Vec<&Command>, Vec<&Command>) =
        hinted.into_iter().partition(|command| ALWAYS.contains(&command.intent));
    let mut end = area.right();
    for command in always.into_iter().rev() {
        let spans = hint(ink, command);
        let width = Line::from(spans.clone()).width() as u16 + 1;
        if end < area.x + width {
            break;
        }
        end -= width;
        ink.buffer.set_line(end, area.y, &Line::from(spans), width);
        ink.hit(Rect { x: end, width, ..area }, Target::Intent(command.intent));
    }
    let mut x = area.x + 1;
    if let Some(notice) = &ink.state.notice {
        let style = match notice.tone {
            Tone::Good => theme.bold(Role::Good),
            Tone::Plain => theme.fg(Role::Text),
            Tone::Bad => theme.bold(Role::Bad),
        };
        let room = usize::from(end.saturating_sub(x + 1));
        ink.buffer.set_stringn(x, area.y, fit(&clean(&notice.text), room), room, style);
        return;
    }
    for command in here {
        let spans = hint(ink, command);
        let width = Line::from(spans.clone()).width() as u16;
        if x + width + 2 > end {
            continue;
        }
        ink.buffer.set_line(x, area.y, &Line::from(spans), width);
        ink.hit(Rect { x, width, ..area }, Target::Intent(command.intent));
        x += width + 2;
    }
}

fn hint(ink: &Ink<'_>, command: &Command) -> Vec<Span<'static>> {
    let keys = match command.intent {
        Intent::Remedy(_) => remedy_keys(ink),
        Intent::Left => "←→".to_owned(),
        Intent::Sooner => "[ ]".to_owned(),
        Intent::ZoomIn => "+-0".to_owned(),
        _ => command::key_text(command.keys[0]),
    };
    vec![
        Span::styled(keys, ink.theme.bold(Role::Key)),
        Span::styled(format!(" {}", command::hint(command, ink.state)), ink.theme.fg(Role::Muted)),
    ]
}

/// `a`, or `a–d` where there are several.
fn remedy_keys(ink: &Ink<'_>) -> String {
    let count = ink.state.open().map_or(1, |run| run.remedies().len()).clamp(1, 6) as u8;
    if count == 1 { "a".to_owned() } else { format!("a–{}", char::from(b'a' + count - 1)) }
}
