//! What a run got wrong in the dev set: a list, and the picture of the one that is selected with what the network made
//! of it and what a person said about it.
//!
//! ```text
//! ┏ Mistakes of digits-1 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
//! ┃ all 52   doubtful labels 3   4→9 8   7→1 5                      ┃
//! ┃ dev error 5.8 % → 5.6 %; labels put right: 2, ambiguous: 0      ┃
//! ┃ ▸ 4 → 9   99 %  !          ▀▀▀▀▀▀▀▀▀▀▀▀▀▀                       ┃
//! ┃   7 → 1   98 %  ✓ #        ▀▀▀▀▀▀▀▀▀▀▀▀▀▀                       ┃
//! ┃   …                        labelled 4, taken for 9              ┃
//! ┃                            9  99.1 %  ━━━━━━━━━━━━              ┃
//! ┃                            4   0.7 %  ────────────              ┃
//! ┃ r relabel  x leave out  t tag  u undo  c tags  Esc back         ┃
//! ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
//! ```

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Ink;
use super::over::{answers, cursor};
use crate::domain::mistakes::{Group, Mistake, Mistakes};
use crate::domain::review::Marks;
use crate::domain::review::pick::is_numbered;
use crate::domain::review::tally::Tally;
use crate::domain::text::percent;
use crate::domain::thumbnail::Thumbnail;
use crate::tui::action::Intent;
use crate::tui::format::count;
use crate::tui::state::Field;
use crate::tui::state::mistakes::{Asking, MistakesLook, MistakesView};
use crate::tui::text::{clean, fit, width, wrap};
use crate::tui::theme::{Role, Theme};
use crate::tui::widget::line::{Pen, meter};
use crate::tui::widget::{frame, pictures};

/// Lines under the picture: what it is, the probabilities, what was said, and why its label is doubtful.
const BELOW: usize = 9;

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
    let MistakesLook::Ready { found, .. } = &view.look else {
        return answers(ink, foot, &[("Esc", Intent::Back, "back")]);
    };
    if let Some((asking, field)) = &view.asking {
        return question(ink, foot, view, found, *asking, field);
    }
    let keys = [
        ("↑↓", Intent::Down, "next"),
        ("←→", Intent::Right, "group"),
        ("r", Intent::Relabel, "relabel"),
        ("x", Intent::Ambiguous, "leave out"),
        ("t", Intent::Tag, "tag"),
        ("u", Intent::Undo, "undo"),
        ("c", Intent::TagTable, "tags"),
        ("Esc", Intent::Back, "back"),
    ];
    answers(ink, foot, &keys);
}

/// What is being typed, and what it may be.
fn question(ink: &mut Ink<'_>, row: Rect, view: &MistakesView, found: &Mistakes, asking: Asking, field: &Field) {
    let theme = ink.theme;
    let (ask, words): (&str, Vec<String>) = match asking {
        Asking::Class => {
            let numbered = is_numbered(&found.classes);
            let name = |(number, class): (usize, &String)| {
                if numbered { format!("{number} {}", clean(class)) } else { clean(class).into_owned() }
            };
            ("it is: ", (1..).zip(&found.classes).map(name).collect())
        }
        Asking::Tag => ("tag: ", view.review.tags().into_iter().map(|tag| clean(tag).into_owned()).collect()),
    };
    let (before, after) = field.halves();
    let mut spans =
        vec![Span::styled(ask, theme.bold(Role::Key)), Span::styled(clean(before).into_owned(), theme.fg(Role::Text))];
    spans.extend(cursor(theme, &clean(after), true));
    let about = match (&view.word, words.is_empty()) {
        (Some(word), _) => Span::styled(clean(word).into_owned(), theme.fg(Role::Bad)),
        (None, _) if asking == Asking::Class && field.text().is_empty() => {
            let shown = view.shown();
            let predicted = shown.get(view.selected).map_or("", |(mistake, _)| found.class(mistake.predicted));
            Span::styled(format!("Enter: {}   or {}", clean(predicted), words.join("  ")), theme.fg(Role::Muted))
        }
        (None, true) => Span::styled("words of your own; Enter takes them", theme.fg(Role::Muted)),
        (None, false) => Span::styled(words.join("  "), theme.fg(Role::Muted)),
    };
    let line = Line::from(spans);
    let taken = (line.width() as u16 + 3).min(row.width);
    ink.buffer.set_line(row.x, row.y, &line, row.width);
    let room = usize::from(row.width - taken);
    let about = Span::styled(fit(&about.content, room).into_owned(), about.style);
    ink.buffer.set_line(row.x + taken, row.y, &Line::from(about), row.width - taken);
}

/// How the dev error stands with what was said.
fn standing(theme: &Theme, view: &MistakesView, found: &Mistakes) -> Line<'static> {
    if let Some(word) = view.word.as_ref().filter(|_| view.asking.is_none()) {
        return Line::from(Span::styled(clean(word).into_owned(), theme.fg(Role::Warn)));
    }
    let Some(tally) = &view.tally else { return Line::default() };
    let counted = found.all.len() as f64 / found.of.max(1) as f64;
    if !tally.changes() {
        return Line::from(Span::styled(format!("dev error {}", percent(counted)), theme.fg(Role::Muted)));
    }
    let Tally { relabelled, ambiguous, .. } = tally;
    Line::from(vec![
        Span::styled(format!("dev error {} → ", percent(counted)), theme.fg(Role::Muted)),
        Span::styled(percent(tally.counts.rate()), theme.bold(Role::Dev)),
        Span::styled(
            format!("; labels put right: {}, ambiguous, left out: {}", count(*relabelled), count(*ambiguous)),
            theme.fg(Role::Muted),
        ),
    ])
}

/// The tags with what each is worth.
fn table(ink: &mut Ink<'_>, area: Rect, view: &MistakesView) {
    let theme = ink.theme;
    let mut pen = Pen::new(area, ink.buffer);
    let Some(tally) = view.tally.as_ref().filter(|tally| !tally.tags.is_empty()) else {
        let none = "Nothing is tagged yet: t gives the selected example a tag, in words of your own. Then this tells what \
                    fixing all of one tag could win.";
        return pen.wrapped(none, theme.fg(Role::Muted), 5);
    };
    let name = usize::from(area.width).saturating_sub(27).clamp(8, 30);
    let head = format!("{:<name$} {:>8} {:>6} {:>9}", "tag", "mistakes", "share", "ceiling");
    pen.write(Span::styled(head, theme.bold(Role::Accent)));
    let errors = tally.counts.errors.max(1) as f64;
    for one in &tally.tags {
        let tag = fit(&clean(&one.tag), name).into_owned();
        let blanks = " ".repeat(name.saturating_sub(width(&tag)));
        let share = format!("{:.0} %", 100.0 * one.errors as f64 / errors);
        pen.write(vec![
            Span::styled(tag + &blanks, theme.fg(Role::Text)),
            Span::styled(format!(" {:>8} {share:>6}", count(one.errors)), theme.fg(Role::Muted)),
            Span::styled(format!(" {:>9}", percent(one.ceiling)), theme.bold(Role::Dev)),
        ]);
    }
    pen.skip();
    let told = format!(
        "The ceiling is the dev error that would be left if every mistake with this tag were fixed; it is {} now.",
        percent(tally.counts.rate())
    );
    pen.wrapped(&told, theme.fg(Role::Muted), 4);
}

fn mistakes(ink: &mut Ink<'_>, area: Rect, view: &MistakesView, found: &Mistakes) {
    let theme = ink.theme;
    let mut pen = Pen::new(area, ink.buffer);
    pen.write(groups(theme, view, found, usize::from(area.width)));
    pen.write(standing(theme, view, found));
    let rest = pen.rest();
    let longest = found.classes.iter().map(|class| width(&clean(class)).min(12)).max().unwrap_or(1);
    let column = (2 * longest + 20).min(usize::from(rest.width) / 2) as u16;
    let list = Rect { width: column, ..rest };
    let side = Rect { x: rest.x + column + 1, width: rest.width.saturating_sub(column + 1), ..rest };
    let shown = view.shown();
    let rows = usize::from(list.height).max(1);
    let first = view.selected.saturating_sub(rows / 2).min(shown.len().saturating_sub(rows));
    let mut pen = Pen::new(list, ink.buffer);
    for (place, (mistake, _)) in shown.iter().enumerate().skip(first).take(rows) {
        let selected = place == view.selected;
        let row = pen.write(line(theme, found, (mistake, view.marks(mistake)), longest, selected));
        if let Some(row) = row.filter(|_| selected) {
            pen.tint(row, theme.selected(true));
        }
    }
    if view.table {
        table(ink, side, view);
    } else if let Some((mistake, picture)) = shown.get(view.selected) {
        closely(ink, side, found, (mistake, view.marks(mistake)), *picture);
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
    found: &Mistakes,
    (mistake, marks): (&Mistake, Option<&Marks>),
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
        Span::styled(if mistake.suspected { " !" } else { "  " }, theme.bold(Role::Warn)),
        Span::styled(signs(marks), theme.bold(Role::Accent)),
    ])
}

/// What was said in signs: ✓ put right, ? ambiguous, # tagged.
fn signs(marks: Option<&Marks>) -> String {
    let Some(marks) = marks else { return String::new() };
    let signs = [(marks.class.is_some(), '✓'), (marks.ambiguous, '?'), (!marks.tags.is_empty(), '#')];
    signs.into_iter().filter_map(|(is, sign)| is.then_some(sign)).collect()
}

/// What was said in words.
fn said(marks: &Marks) -> String {
    let class = marks.class.as_ref().map(|class| format!("really {}", clean(class)));
    let ambiguous = marks.ambiguous.then(|| "ambiguous: left out".to_owned());
    let tags = marks.tags.iter().map(|tag| format!("#{}", clean(tag)));
    class.into_iter().chain(ambiguous).chain(tags).collect::<Vec<_>>().join("  ")
}

/// One mistake: its picture, and what the network made of it.
fn closely(
    ink: &mut Ink<'_>,
    area: Rect,
    found: &Mistakes,
    (mistake, marks): (&Mistake, Option<&Marks>),
    picture: Option<&Thumbnail>,
) {
    let theme = ink.theme;
    let room = usize::from(area.width);
    let mut pen = Pen::new(area, ink.buffer);
    match picture {
        Some(picture) => {
            let lines = usize::from(area.height).saturating_sub(BELOW).max(1);
            for line in pictures::one(picture, theme, ink.album, room.min(3 * lines), lines) {
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
    let said = marks.map(said).unwrap_or_default();
    if !said.is_empty() {
        pen.write(Span::styled(fit(&said, room).into_owned(), theme.bold(Role::Accent)));
    }
    if said.is_empty() && mistake.suspected {
        let why = "! Confident learning suspects the label: the network is as sure of the other class as of that class's own.";
        for text in wrap(why, room) {
            pen.write(Span::styled(text, theme.fg(Role::Warn)));
        }
    }
}
