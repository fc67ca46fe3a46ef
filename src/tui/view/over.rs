//! What lies over the screen: help, the palette, and questions.
//!
//! ```text
//!        ┏ Use a larger network ━━━━━━━━━━━━━━━━━━━━━━━┓
//!        ┃ More units can fit shapes that so few cannot.┃
//!        ┃                                              ┃
//!        ┃ model.hidden     [6] → [48]                  ┃
//!        ┃                                              ┃
//!        ┃ Nothing else differs from digits-bias-1 …    ┃
//!        ┃ Enter start as a new run   Esc back          ┃
//!        ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
//! ```

use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::{Ink, finder};
use crate::domain::run::RunId;
use crate::tui::action::{Intent, Target};
use crate::tui::command::{COMMANDS, Group, key_text};
use crate::tui::palette::{self, Entry};
use crate::tui::state::overlay::{Proposal, Saying, Wording};
use crate::tui::state::{Field, Overlay};
use crate::tui::text::{clean, fit, width, wrap};
use crate::tui::theme::{Role, Theme};
use crate::tui::widget::frame;
use crate::tui::widget::line::Pen;

pub(super) fn draw(ink: &mut Ink<'_>, area: Rect) {
    match &ink.state.overlay {
        None => {}
        Some(Overlay::Help { scroll }) => help(ink, area, *scroll),
        Some(Overlay::Data(view)) => super::data::draw(ink, area, view),
        Some(Overlay::Palette { input, selected }) => palette(ink, area, input, *selected),
        Some(Overlay::Try(proposal)) => proposal_box(ink, area, proposal),
        Some(Overlay::Advice(remedy)) => {
            let lines = vec![
                Text::Plain(remedy.why.clone()),
                Text::Muted("This one is for you to do: rungs cannot change it in the experiment.".to_owned()),
            ];
            question(ink, area, &remedy.title, &lines, &[("Enter", Intent::Open, "close")]);
        }
        Some(Overlay::Delete(ids)) => {
            let lines = vec![
                Text::Strong(names(ids)),
                Text::Muted(
                    "The directory goes with everything in it: curves, checkpoints, log. For a day, U brings it back."
                        .to_owned(),
                ),
            ];
            let title =
                if ids.len() == 1 { "Delete this run?".to_owned() } else { format!("Delete {} runs?", ids.len()) };
            question(ink, area, &title, &lines, &[("Enter", Intent::Open, "delete"), ("Esc", Intent::Back, "keep")]);
        }
        Some(Overlay::Stop(id)) => {
            let lines = vec![
                Text::Strong(id.to_string()),
                Text::Muted(
                    "It is evaluated as it stands, on the test set too, and keeps a checkpoint: p takes it up again."
                        .to_owned(),
                ),
            ];
            let keys = [("Enter", Intent::Open, "stop"), ("Esc", Intent::Back, "let it train")];
            question(ink, area, "End this run early?", &lines, &keys);
        }
        Some(Overlay::Columns(columns)) => super::table::columns(ink, area, columns),
        Some(Overlay::Say(saying)) => say_box(ink, area, saying),
        Some(Overlay::Compare { scroll }) => super::compare::draw(ink, area, *scroll),
        Some(Overlay::Family { of, scroll }) => super::family::draw(ink, area, of, *scroll),
        Some(Overlay::History(history)) => super::history::draw(ink, area, history),
        Some(Overlay::Mistakes(view)) => super::mistakes::draw(ink, area, view),
        Some(Overlay::Human(view)) => super::human::draw(ink, area, view),
        Some(Overlay::Form(form)) => super::form::draw(ink, area, form),
        Some(Overlay::Finder(finder)) => finder::draw(ink, area, finder),
    }
}

/// The text from the cursor on, the cursor being shown where typing goes on.
pub(super) fn cursor(theme: &Theme, after: &str, active: bool) -> Vec<Span<'static>> {
    let mut rest = after.chars();
    let under = rest.next();
    let style = theme.fg(Role::Text);
    if !active {
        return vec![Span::styled(after.to_owned(), style)];
    }
    vec![
        Span::styled(under.unwrap_or(' ').to_string(), style.add_modifier(Modifier::REVERSED)),
        Span::styled(rest.collect::<String>(), style),
    ]
}

fn names(ids: &[RunId]) -> String {
    ids.iter().map(|id| clean(&id.0).into_owned()).collect::<Vec<_>>().join(", ")
}

/// Where a note or a tag is typed.
fn say_box(ink: &mut Ink<'_>, area: Rect, saying: &Saying) {
    let theme = ink.theme;
    let ids: Vec<RunId> = saying.runs.iter().map(|(id, _)| id.clone()).collect();
    let (title, hint) = match saying.wording {
        Wording::Note => ("A note", "What you want to remember of it. An empty note takes it away.".to_owned()),
        Wording::Tag => {
            let tags = ink.state.annotations.tags();
            let used = tags.iter().map(|tag| format!("#{tag}")).collect::<Vec<_>>().join(" ");
            let used = if used.is_empty() { String::new() } else { format!(" In use: {used}") };
            ("A tag", format!("A word to find it by: / tag:WORD. One that it has already is taken away.{used}"))
        }
    };
    let inner = frame::over(area, ink.buffer, theme, (WIDE.min(area.width.saturating_sub(4)), 9), title);
    let mut pen = Pen::new(inner, ink.buffer);
    pen.write(Span::styled(fit(&names(&ids), usize::from(inner.width)).into_owned(), theme.bold(Role::Text)));
    pen.skip();
    let (before, after) = saying.field.halves();
    let room = usize::from(inner.width).saturating_sub(2);
    // Of a long line the end before the cursor is what one looks at.
    let skipped = before.chars().count().saturating_sub(room.saturating_sub(after.chars().count().min(8) + 1));
    let before: String = before.chars().skip(skipped).collect();
    let mut spans = vec![Span::styled("> ", theme.bold(Role::Key)), Span::styled(before, theme.fg(Role::Text))];
    spans.extend(cursor(theme, after, true));
    pen.write(spans);
    let (text, role) = match &saying.problem {
        Some(problem) => (problem.as_str(), Role::Bad),
        None => (hint.as_str(), Role::Muted),
    };
    pen.wrapped(text, theme.fg(role), 2);
    let row = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    answers(ink, row, &[("Enter", Intent::Open, "keep it"), ("Esc", Intent::Back, "leave it")]);
}

/// A paragraph of a question.
enum Text {
    Strong(String),
    Plain(String),
    Muted(String),
    /// A change: key, before, after.
    Change(String, String, String),
}

const WIDE: u16 = 68;

/// A box with paragraphs and the keys that answer it.
fn question(ink: &mut Ink<'_>, area: Rect, title: &str, paragraphs: &[Text], keys: &[(&str, Intent, &str)]) {
    let theme = ink.theme;
    let wide = WIDE.min(area.width.saturating_sub(4));
    let room = usize::from(wide).saturating_sub(4);
    let mut lines: Vec<Line<'static>> = Vec::new();
    for paragraph in paragraphs {
        lines.push(Line::default());
        let (text, style) = match paragraph {
            Text::Strong(text) => (text, theme.bold(Role::Text)),
            Text::Plain(text) => (text, theme.fg(Role::Text)),
            Text::Muted(text) => (text, theme.fg(Role::Muted)),
            Text::Change(key, from, to) => {
                lines.extend(change_lines(theme, key, from, to, room));
                continue;
            }
        };
        lines.extend(wrap(&clean(text), room).into_iter().map(|line| Line::from(Span::styled(line, style))));
    }
    let high = lines.len() as u16 + 5;
    let inner = frame::over(area, ink.buffer, theme, (wide, high), title);
    let mut pen = Pen::new(inner, ink.buffer);
    let body = usize::from(inner.height).saturating_sub(2);
    for line in lines.into_iter().take(body) {
        pen.write(line);
    }
    pen.skip();
    let row = pen.rest();
    answers(ink, row, keys);
}

/// The keys that answer, in one row.
pub(super) fn answers(ink: &mut Ink<'_>, row: Rect, keys: &[(&str, Intent, &str)]) {
    let theme = ink.theme;
    let mut x = row.x;
    let taken: usize = keys.iter().map(|(key, _, words)| width(key) + 1 + width(words)).sum();
    let gap = if taken + 4 * keys.len() > usize::from(row.width) + 4 { 2 } else { 4 };
    for (key, intent, words) in keys {
        let spans = Line::from(vec![
            Span::styled((*key).to_owned(), theme.bold(Role::Key)),
            Span::styled(format!(" {words}"), theme.fg(Role::Text)),
        ]);
        let wide = spans.width() as u16;
        ink.buffer.set_line(x, row.y, &spans, row.right().saturating_sub(x));
        ink.hits
            .push(super::Hit { area: Rect { x, y: row.y, width: wide, height: 1 }, target: Target::Intent(*intent) });
        x += wide + gap;
    }
}

/// A change in one line where there is room, else the values under one another.
fn change_lines(theme: &Theme, key: &str, from: &str, to: &str, room: usize) -> Vec<Line<'static>> {
    let (key, from, to) = (clean(key).into_owned(), clean(from).into_owned(), clean(to).into_owned());
    let accent = theme.bold(Role::Accent);
    if width(&key) + width(&from) + width(&to) + 7 <= room {
        return vec![Line::from(vec![
            Span::styled(format!("{key}   "), accent),
            Span::styled(from, theme.fg(Role::Muted)),
            Span::styled(" → ", theme.fg(Role::Muted)),
            Span::styled(to, theme.bold(Role::Good)),
        ])];
    }
    let mut lines = vec![Line::from(Span::styled(key, accent))];
    for (sign, text, style) in [("− ", from, theme.fg(Role::Muted)), ("+ ", to, theme.bold(Role::Good))] {
        for (place, line) in wrap(&text, room - 2).into_iter().enumerate() {
            let sign = if place == 0 { sign } else { "  " };
            lines.push(Line::from(Span::styled(format!("{sign}{line}"), style)));
        }
    }
    lines
}

fn proposal_box(ink: &mut Ink<'_>, area: Rect, proposal: &Proposal) {
    let (from, to) = proposal.change.texts();
    let mut lines = Vec::new();
    if let Some(remedy) = &proposal.remedy {
        lines.push(Text::Plain(remedy.why.clone()));
    }
    lines.push(Text::Change(proposal.change.key.clone(), from, to));
    let title = proposal.remedy.as_ref().map_or("A child with one change", |remedy| remedy.title.as_str());
    match &proposal.child {
        Ok(_) => {
            lines.push(Text::Muted(format!(
                "Nothing else differs from {}: whatever moves on the ladder, this moved it.",
                proposal.parent
            )));
            let keys = [
                ("Enter", Intent::Open, "start as a new run"),
                ("Q", Intent::Queue, "queue it"),
                ("Esc", Intent::Back, "back"),
            ];
            question(ink, area, title, &lines, &keys);
        }
        Err(problem) => {
            lines.push(Text::Plain(problem.clone()));
            question(ink, area, title, &lines, &[("Esc", Intent::Back, "back")]);
        }
    }
}

fn palette(ink: &mut Ink<'_>, area: Rect, input: &Field, selected: usize) {
    let theme = ink.theme;
    let found = palette::matches(ink.state, input.text());
    let high = area.height.saturating_sub(6).clamp(6, 20);
    let inner = frame::over(area, ink.buffer, theme, (72.min(area.width.saturating_sub(4)), high), "Commands");
    let mut pen = Pen::new(inner, ink.buffer);
    let (before, after) = input.halves();
    let mut spans =
        vec![Span::styled(": ", theme.bold(Role::Key)), Span::styled(before.to_owned(), theme.fg(Role::Text))];
    spans.extend(cursor(theme, after, true));
    pen.write(spans);
    if found.is_empty() {
        pen.write(Span::styled("nothing is called that", theme.fg(Role::Muted)));
    }
    let rows = pen.left();
    let first = selected.saturating_sub(rows / 2).min(found.len().saturating_sub(rows));
    let mut highlighted = None;
    for (place, entry) in found.iter().enumerate().skip(first).take(rows) {
        let keys = match entry {
            Entry::Command(command) => command.keys.iter().map(|key| key_text(key)).collect::<Vec<_>>().join(" "),
            Entry::Theme(name) if *name == ink.state.theme => "in use".to_owned(),
            Entry::Theme(_) => String::new(),
        };
        let left = Line::from(Span::styled(fit(&clean(&entry.text()), 58).into_owned(), theme.fg(Role::Text)));
        let row = pen.split(&left, &Line::from(Span::styled(keys, theme.fg(Role::Key))));
        if place == selected {
            highlighted = row;
        }
    }
    if let Some(row) = highlighted {
        ink.buffer.set_style(row, theme.selected(true));
    }
}

fn help(ink: &mut Ink<'_>, area: Rect, scroll: usize) {
    let theme = ink.theme;
    let lines = help_lines(theme);
    let wide = 78.min(area.width);
    let high = (lines.len() as u16 + 2).min(area.height.saturating_sub(1));
    let inner = frame::over(area, ink.buffer, theme, (wide, high), "Every key");
    let rows = usize::from(inner.height);
    let first = scroll.min(lines.len().saturating_sub(rows));
    let more = lines.len() > first + rows;
    let mut pen = Pen::new(inner, ink.buffer);
    for line in lines.into_iter().skip(first).take(rows) {
        pen.write(line);
    }
    if more {
        let y = inner.bottom();
        ink.buffer.set_string(inner.right().saturating_sub(10), y, " ↓ more ", theme.bold(Role::Key));
    }
}

fn help_lines(theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for group in Group::ALL {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::from(Span::styled(group.title(), theme.bold(Role::Accent))));
        let mut told: Vec<(Intent, &str)> = Vec::new();
        for command in COMMANDS.iter().filter(|command| command.group == group) {
            if told.contains(&(command.intent, command.help)) {
                continue;
            }
            told.push((command.intent, command.help));
            let keys = command.keys.iter().map(|key| key_text(key)).collect::<Vec<_>>().join(" ");
            lines.push(Line::from(vec![
                Span::styled(format!("{keys:>16}  "), theme.bold(Role::Key)),
                Span::styled(command.help, theme.fg(Role::Text)),
            ]));
        }
    }
    lines
}
