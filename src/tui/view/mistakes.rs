//! What a run got wrong in the dev set: a list, and the picture of the one that is selected with what the network made
//! of it.
//!
//! ```text
//! ┏ Mistakes of digits-1 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
//! ┃ all 52   doubtful labels 3   4→9 8   7→1 5                      ┃
//! ┃                                                                 ┃
//! ┃ ▸ 4 → 9   99 %  !          ▀▀▀▀▀▀▀▀▀▀▀▀▀▀                       ┃
//! ┃   7 → 1   98 %             ▀▀▀▀▀▀▀▀▀▀▀▀▀▀                       ┃
//! ┃   …                        labelled 4, taken for 9              ┃
//! ┃                            9  99.1 %  ━━━━━━━━━━━━              ┃
//! ┃                            4   0.7 %  ────────────              ┃
//! ┗━Esc back  ↑↓ next  ←→ group ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
//! ```

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Ink;
use super::over::{answers, cursor};
use crate::domain::mistakes::{Group, Mistake, Mistakes};
use crate::domain::review::Opinion;
use crate::domain::text::percent;
use crate::domain::thumbnail::Thumbnail;
use crate::tui::action::Intent;
use crate::tui::format::count;
use crate::tui::state::mistakes::{MistakesLook, MistakesView};
use crate::tui::text::{clean, fit, width, wrap};
use crate::tui::theme::{Role, Theme};
use crate::tui::widget::line::{Pen, meter};
use crate::tui::widget::{frame, pictures};

/// Lines under the picture: two sentences, the probabilities.
const BELOW: usize = 8;

pub(super) fn draw(ink: &mut Ink<'_>, area: Rect, view: &MistakesView) {
    let theme = ink.theme;
    let title = format!("Mistakes of {} in the dev set", clean(&view.run.0));
    let size = (area.width, area.height.saturating_sub(1));
    let inner = frame::over(Rect { height: size.1, ..area }, ink.buffer, theme, size, &title);
    let body = Rect { height: inner.height.saturating_sub(1), ..inner };
    match &view.look {
        MistakesLook::Loading => ink.nothing(body, "reading predictions and data …"),
        MistakesLook::Failed(problem) => {
            Pen::new(body, ink.buffer).wrapped(problem, theme.fg(Role::Bad), usize::from(body.height));
        }
        MistakesLook::Ready { found, .. } if found.all.is_empty() => {
            ink.nothing(body, "nothing in the dev set was taken for another class");
        }
        MistakesLook::Ready { found, .. } => mistakes(ink, body, view, found),
    }
    let foot = Rect { y: inner.bottom().saturating_sub(1), height: 1.min(inner.height), ..inner };
    let keys: &[_] = if view.input.is_some() {
        &[("Enter", Intent::Open, "this is what it is"), ("Esc", Intent::Back, "leave the label")]
    } else {
        &[
            ("↑↓", Intent::Down, "next"),
            ("←→", Intent::Right, "group"),
            ("r", Intent::Relabel, "relabel"),
            ("x", Intent::Ambiguous, "leave out"),
            ("u", Intent::Undo, "undo"),
            ("Esc", Intent::Back, "back"),
        ]
    };
    answers(ink, foot, keys);
}

fn mistakes(ink: &mut Ink<'_>, area: Rect, view: &MistakesView, found: &Mistakes) {
    let theme = ink.theme;
    let mut pen = Pen::new(area, ink.buffer);
    pen.write(groups(theme, view, found, usize::from(area.width)));
    pen.skip();
    let rest = pen.rest();
    let longest = found.classes.iter().map(|class| width(&clean(class)).min(12)).max().unwrap_or(1);
    let column = (2 * longest + 16).min(usize::from(rest.width) / 2) as u16;
    let list = Rect { width: column, ..rest };
    let side = Rect { x: rest.x + column + 1, width: rest.width.saturating_sub(column + 1), ..rest };
    let shown = view.shown();
    let rows = usize::from(list.height).max(1);
    let first = view.selected.saturating_sub(rows / 2).min(shown.len().saturating_sub(rows));
    let mut pen = Pen::new(list, ink.buffer);
    for (place, (mistake, _)) in shown.iter().enumerate().skip(first).take(rows) {
        let selected = place == view.selected;
        let row = pen.write(line(theme, view, found, mistake, longest, selected));
        if let Some(row) = row.filter(|_| selected) {
            pen.tint(row, theme.selected(true));
        }
    }
    if let Some((mistake, picture)) = shown.get(view.selected) {
        closely(ink, side, view, found, mistake, *picture);
    }
}

/// The groups in one line, as many as fit around the one that is shown.
fn groups(theme: &Theme, view: &MistakesView, found: &Mistakes, room: usize) -> Line<'static> {
    let word = |group: Group| match group {
        Group::All => "all".to_owned(),
        Group::Suspected => "doubtful labels".to_owned(),
        Group::Pair { label, predicted } => pair(found, label, predicted, 12),
    };
    let texts: Vec<String> =
        view.groups().into_iter().map(|(group, of)| format!("{} {}", word(group), count(of as u64))).collect();
    let taken = |from: usize| texts[from..=view.group].iter().map(|text| width(text) + 3).sum::<usize>();
    let first = (0..=view.group).find(|from| taken(*from) <= room).unwrap_or(view.group);
    let mut spans = Vec::new();
    for (place, text) in texts.iter().enumerate().skip(first) {
        let style = if place == view.group { theme.bold(Role::Accent) } else { theme.fg(Role::Muted) };
        spans.push(Span::styled(format!("{text}   "), style));
    }
    Line::from(spans)
}

fn pair(found: &Mistakes, label: u32, predicted: u32, most: usize) -> String {
    let name = |class: u32| fit(&clean(found.class(class)), most).into_owned();
    format!("{} → {}", name(label), name(predicted))
}

fn line(
    theme: &Theme,
    view: &MistakesView,
    found: &Mistakes,
    mistake: &Mistake,
    longest: usize,
    selected: bool,
) -> Line<'static> {
    let sure = mistake.likely.first().map_or(0.0, |(_, probability)| *probability);
    let pair = pair(found, mistake.label, mistake.predicted, longest);
    let blanks = " ".repeat((2 * longest + 4).saturating_sub(width(&pair)));
    Line::from(vec![
        Span::styled(if selected { "▸ " } else { "  " }, theme.bold(Role::Accent)),
        Span::styled(pair + &blanks, theme.fg(Role::Text)),
        Span::styled(format!("{:>4.0} %", sure * 100.0), theme.fg(Role::Muted)),
        match view.opinion(mistake) {
            Some(Opinion::Ambiguous) => Span::styled(" ~", theme.bold(Role::Muted)),
            Some(_) => Span::styled(" ✓", theme.bold(Role::Good)),
            None => Span::styled(if mistake.suspected { " !" } else { "" }, theme.bold(Role::Warn)),
        },
    ])
}

/// One mistake: its picture, and what the network made of it.
fn closely(
    ink: &mut Ink<'_>,
    area: Rect,
    view: &MistakesView,
    found: &Mistakes,
    mistake: &Mistake,
    picture: Option<&Thumbnail>,
) {
    let theme = ink.theme;
    let room = usize::from(area.width);
    let mut pen = Pen::new(area, ink.buffer);
    match picture {
        Some(picture) => {
            let lines = usize::from(area.height).saturating_sub(BELOW).max(1);
            for line in pictures::one(picture, theme, room.min(3 * lines), lines) {
                pen.write(line);
            }
        }
        None => pen.wrapped(
            "no picture: only the surest 500 have one, as long as the data are what they were",
            theme.fg(Role::Muted),
            2,
        ),
    }
    let name = |class: u32| clean(found.class(class)).into_owned();
    let told = format!("#{}: labelled {}, taken for {}", mistake.example, name(mistake.label), name(mistake.predicted));
    pen.write(Span::styled(fit(&told, room).into_owned(), theme.bold(Role::Text)));
    let longest = mistake.likely.iter().map(|(class, _)| width(&name(*class)).min(16)).max().unwrap_or(1);
    for (class, probability) in &mistake.likely {
        let word = fit(&name(*class), longest).into_owned();
        let blanks = " ".repeat(longest.saturating_sub(width(&word)));
        let role = if *class == mistake.label { Role::Good } else { Role::Bad };
        let figure = percent(f64::from(*probability));
        let bar = room.saturating_sub(longest + 13).min(30);
        let mut spans = vec![Span::styled(format!("{word}{blanks}  {figure:>7}  "), theme.fg(Role::Text))];
        spans.extend(meter(bar, f64::from(*probability), theme.fg(role), theme.fg(Role::Faint)));
        pen.write(spans);
    }
    if let Some(input) = &view.input {
        let (before, after) = input.halves();
        let mut spans = vec![
            Span::styled("it is: ", theme.bold(Role::Key)),
            Span::styled(clean(before).into_owned(), theme.bold(Role::Good)),
        ];
        spans.extend(cursor(theme, &clean(after), true));
        pen.write(spans);
        if let Some(problem) = &view.problem {
            pen.wrapped(problem, theme.fg(Role::Bad), 2);
        }
        return;
    }
    if let Some(opinion) = view.opinion(mistake) {
        let said = match opinion {
            Opinion::Class(class) => format!("✓ You say it is {}: it counts as that.", clean(class)),
            _ => "~ You say that nobody can tell: it does not count.".to_owned(),
        };
        pen.wrapped(&said, theme.fg(Role::Good), 2);
    } else if mistake.suspected {
        let why = "! Confident learning suspects the label: the network is as sure of the other class as of that class's own.";
        for text in wrap(why, room) {
            pen.write(Span::styled(text, theme.fg(Role::Warn)));
        }
    }
}
