//! An example without its label, and the classes that it may be of; at the end, how well the person did.
//!
//! ```text
//! ┏ How well do people do? ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
//! ┃ What is this?  34 judged so far                                 ┃
//! ┃ ▀▀▀▀▀▀▀▀▀▀▀▀▀▀        1 red                                     ┃
//! ┃ ▀▀▀▀▀▀▀▀▀▀▀▀▀▀        2 orange                                  ┃
//! ┃ ▀▀▀▀▀▀▀▀▀▀▀▀▀▀        3 green                                   ┃
//! ┃ › _                                                             ┃
//! ┃ Backspace take back  Esc end                                    ┃
//! ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
//! ```

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Ink;
use super::over::{answers, cursor};
use crate::domain::experiment::HumanError;
use crate::domain::interval::wilson;
use crate::domain::ladder::Counts;
use crate::domain::review::pick::{Picked, is_numbered, pick};
use crate::domain::review::tally::LEAST_JUDGED;
use crate::domain::text::percent;
use crate::domain::thumbnail::Thumbnail;
use crate::tui::action::Intent;
use crate::tui::format::count;
use crate::tui::state::human::{HumanLook, HumanView, Sitting};
use crate::tui::text::{clean, fit, width};
use crate::tui::theme::Role;
use crate::tui::widget::line::Pen;
use crate::tui::widget::{frame, pictures};

/// The widest name of a class.
const NAME: usize = 18;

pub(super) fn draw(ink: &mut Ink<'_>, area: Rect, view: &HumanView) {
    let size = (area.width, area.height.saturating_sub(1));
    let title = format!("How well do people do? {}", clean(view.owner.name()));
    let inner = frame::over(Rect { height: size.1, ..area }, ink.buffer, ink.theme, size, &title);
    let body = Rect { height: inner.height.saturating_sub(1), ..inner };
    let foot = Rect { y: inner.bottom().saturating_sub(1), height: 1.min(inner.height), ..inner };
    let sitting = match &view.look {
        HumanLook::Loading => {
            ink.nothing(body, "loading the data …");
            return answers(ink, foot, &[("Esc", Intent::Back, "back")]);
        }
        HumanLook::Failed(problem) => {
            Pen::new(body, ink.buffer).wrapped(problem, ink.theme.fg(Role::Bad), usize::from(body.height));
            return answers(ink, foot, &[("Esc", Intent::Back, "back")]);
        }
        HumanLook::Ready(sitting) => sitting,
    };
    match view.picture().filter(|_| view.asks()) {
        Some(picture) => ask(ink, (body, foot), view, sitting, picture),
        None => tell(ink, (body, foot), view, sitting),
    }
}

fn ask(ink: &mut Ink<'_>, (body, foot): (Rect, Rect), view: &HumanView, sitting: &Sitting, picture: &Thumbnail) {
    let theme = ink.theme;
    let mut pen = Pen::new(body, ink.buffer);
    pen.write(vec![
        Span::styled("What is this?", theme.bold(Role::Text)),
        Span::styled(format!("  {} judged so far", count(view.counts().of)), theme.fg(Role::Muted)),
    ]);
    let rest = pen.rest();
    let longest = sitting.classes.iter().map(|class| width(&clean(class))).max().unwrap_or(1).min(NAME);
    let column = (longest + 6) as u16;
    let rows = rest.height.saturating_sub(1);
    let columns = (sitting.classes.len() as u16).div_ceil(rows.max(1)).clamp(1, 3);
    let side = (column * columns).min(rest.width / 2);
    let lines = usize::from(rows);
    let room = usize::from(rest.width - side).saturating_sub(2);
    let drawn = pictures::one(picture, theme, ink.album, room.min(3 * lines), lines);
    let shown = drawn.first().map_or(0, Line::width) as u16;
    let mut pen = Pen::new(rest, ink.buffer);
    for line in drawn {
        pen.write(line);
    }
    // What can still be meant stands out.
    let numbered = is_numbered(&sitting.classes);
    let typed = view.field.text().trim().to_lowercase();
    for (place, class) in sitting.classes.iter().enumerate().take(usize::from(rows * columns)) {
        let (at, down) = (place as u16 / rows.max(1), place as u16 % rows.max(1));
        let number = (place + 1).to_string();
        let open = class.to_lowercase().starts_with(&typed) || numbered && number.starts_with(&typed);
        let name = fit(&clean(class), longest).into_owned();
        let key = if numbered { format!("{number:>2} ") } else { String::new() };
        let role = if open { Role::Text } else { Role::Faint };
        let line = Line::from(vec![Span::styled(key, theme.fg(Role::Key)), Span::styled(name, theme.fg(role))]);
        let x = (rest.x + shown + 4).min(rest.right().saturating_sub(side)) + at * column;
        ink.buffer.set_line(x, rest.y + down, &line, rest.right().saturating_sub(x));
    }
    let (before, after) = view.field.halves();
    let mut spans =
        vec![Span::styled("› ", theme.bold(Role::Key)), Span::styled(before.to_owned(), theme.fg(Role::Text))];
    spans.extend(cursor(theme, after, true));
    let hint = match pick(&sitting.classes, view.field.text()) {
        Picked::None => "  no class begins so",
        Picked::Whole(_) => "  Enter, or type on",
        Picked::Several if typed.is_empty() && numbered => "  type its number or its name, as far as it takes",
        Picked::Several if typed.is_empty() => "  type its name, as far as it takes",
        Picked::Several | Picked::Only(_) => "",
    };
    spans.push(Span::styled(hint, theme.fg(Role::Muted)));
    ink.buffer.set_line(rest.x, rest.bottom().saturating_sub(1), &Line::from(spans), rest.width);
    let keys = Line::from(vec![
        Span::styled("Backspace", theme.bold(Role::Key)),
        Span::styled(" take the last one back    ", theme.fg(Role::Text)),
        Span::styled("Esc", theme.bold(Role::Key)),
        Span::styled(" break off and see how it went", theme.fg(Role::Text)),
    ]);
    ink.buffer.set_line(foot.x, foot.y, &keys, foot.width);
}

fn tell(ink: &mut Ink<'_>, (body, foot): (Rect, Rect), view: &HumanView, sitting: &Sitting) {
    let theme = ink.theme;
    let counts = view.counts();
    let mut pen = Pen::new(body, ink.buffer);
    pen.skip();
    if counts.of == 0 {
        pen.wrapped("Nothing has been judged yet.", theme.fg(Role::Text), 2);
        pen.skip();
    } else {
        let interval = wilson(counts);
        let told = format!(
            "{} of {} examples were taken for another class: {}. At 95 % people's error is between {:.1} and {:.1} %.",
            count(counts.errors),
            count(counts.of),
            percent(counts.rate()),
            100.0 * interval.low,
            100.0 * interval.high
        );
        pen.wrapped(&told, theme.bold(Role::Human), 4);
        pen.skip();
        for text in meaning(counts, sitting) {
            pen.wrapped(&text, theme.fg(Role::Text), 5);
            pen.skip();
        }
    }
    let left = sitting.pictures.len().saturating_sub(view.place);
    let open = if left == 0 {
        "All examples of dev that were to be judged are judged.".to_owned()
    } else {
        format!("{} more can be judged, now or later: it goes on where it was left.", count(left as u64))
    };
    pen.wrapped(&open, theme.fg(Role::Muted), 3);
    let on = [("Enter", Intent::Open, "go on judging"), ("Esc", Intent::Back, "back")];
    answers(ink, foot, if left == 0 { &on[1..] } else { &on });
}

/// What the figures are for.
fn meaning(counts: Counts, sitting: &Sitting) -> Vec<String> {
    let Counts { errors, of } = counts;
    let line = format!("task.human_error = {{ errors = {errors}, of = {of} }}");
    match sitting.given {
        Some(given) => {
            let rate = match given {
                HumanError::Rate(rate) => percent(rate),
                HumanError::Measured { errors, of } => format!("{errors} of {of}"),
            };
            vec![
                format!("The experiment says {rate} (task.human_error), and that counts on its ladder."),
                format!("For this measurement to count, take the key out of its file, or write {line}"),
            ]
        }
        None if of < LEAST_JUDGED => {
            vec![format!("From {LEAST_JUDGED} examples on it counts as the human rung of every run on these data.")]
        }
        None => vec![
            "It counts as the human rung of every run on these data, past and to come.".to_owned(),
            format!("To take it to other data, write into the experiment's file: {line}"),
        ],
    }
}
