//! An experiment's data over the whole screen: in figures on the left, in pictures on the right; where there is no room
//! for both, under one another.
//!
//! ```text
//! ┏ Data of digits ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
//! ┃ 12,000 examples of 28×28 gray in 10 classes        train                     ┃
//! ┃ train      8,400  70.0 %  ███████████████          ▀▀▀▀▀▀  ▀▀▀▀▀▀  ▀▀▀▀▀▀    ┃
//! ┃ dev        1,800  15.0 %  ███                      ▀▀▀▀▀▀  ▀▀▀▀▀▀  ▀▀▀▀▀▀    ┃
//! ┃ …                                                                            ┃
//! ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
//! ```

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Ink;
use super::ladder::role_of;
use crate::domain::ladder::Place;
use crate::domain::overview::{Overview, SetOverview};
use crate::tui::action::{Intent, Target};
use crate::tui::format::{count, percent};
use crate::tui::graphics::Album;
use crate::tui::state::data::{DataView, Look};
use crate::tui::text::{clean, fit, width, wrap};
use crate::tui::theme::{Role, Theme};
use crate::tui::widget::line::{Pen, meter};
use crate::tui::widget::{frame, pictures};

/// From so many columns on figures and pictures stand side by side; so many are the figures'.
const SIDE_BY_SIDE: usize = 110;
const FIGURES: usize = 56;
/// With more classes than this only the largest and the smallest are listed, so many of each.
const MOST_CLASSES: usize = 20;
const EXTREMES: usize = 5;
/// Columns of a set's name and of a class's.
const NAME: usize = 10;

pub(super) fn draw(ink: &mut Ink<'_>, area: Rect, view: &DataView) {
    let size = (area.width, area.height.saturating_sub(1));
    let title = format!("Data of {}", clean(view.owner.name()));
    let inner = frame::over(area, ink.buffer, ink.theme, size, &title);
    let close = Rect { x: inner.x, y: inner.bottom(), width: inner.width.min(12), height: 1 };
    ink.hit(close, Target::Intent(Intent::Back));
    match &view.look {
        Look::Loading { done: 0, of: 0 } => ink.nothing(inner, "loading the data …"),
        Look::Loading { done, of } => {
            let share = if *of == 0 { 0.0 } else { *done as f64 / *of as f64 };
            ink.nothing(inner, &format!("loading the data … {:.0} %", 100.0 * share));
        }
        Look::Failed(problem) => ink.nothing(inner, &format!("The data cannot be shown: {}", clean(problem))),
        Look::Glance(overview) => both(ink, inner, overview, view.scroll, false),
        Look::Whole(overview) => both(ink, inner, overview, view.scroll, true),
    }
    let keys = [("Esc", " back  "), ("↑↓", " more ")];
    let spans: Vec<Span<'_>> = keys
        .into_iter()
        .flat_map(|(key, words)| {
            [Span::styled(key, ink.theme.bold(Role::Key)), Span::styled(words, ink.theme.fg(Role::Muted))]
        })
        .collect();
    ink.buffer.set_line(inner.x, inner.bottom(), &Line::from(spans), inner.width);
}

fn both(ink: &mut Ink<'_>, area: Rect, overview: &Overview, scroll: usize, whole: bool) {
    let wide = usize::from(area.width);
    if wide < SIDE_BY_SIDE {
        let mut lines = headline(ink.theme, overview, wide);
        lines.extend(sets(ink.theme, overview, wide));
        lines.extend(warnings(ink.theme, overview, wide, whole));
        lines.extend(seen(ink.theme, ink.album, overview, wide));
        lines.extend(classes(ink.theme, overview, wide));
        lines.extend(rest(ink.theme, overview, wide));
        return column(ink, area, lines, scroll);
    }
    let mut figures = headline(ink.theme, overview, FIGURES);
    figures.extend(sets(ink.theme, overview, FIGURES));
    figures.extend(warnings(ink.theme, overview, FIGURES, whole));
    figures.extend(classes(ink.theme, overview, FIGURES));
    figures.extend(rest(ink.theme, overview, FIGURES));
    column(ink, Rect { width: FIGURES as u16, ..area }, figures, scroll);
    let left = area.x + FIGURES as u16 + 2;
    let right = Rect { x: left, width: area.right().saturating_sub(left), ..area };
    let pictures = seen(ink.theme, ink.album, overview, usize::from(right.width));
    column(ink, right, pictures, scroll);
}

/// Lines from the first shown on; a column does not scroll past its end.
fn column(ink: &mut Ink<'_>, area: Rect, lines: Vec<Line<'static>>, scroll: usize) {
    let rows = usize::from(area.height);
    let first = scroll.min(lines.len().saturating_sub(rows));
    let mut pen = Pen::new(area, ink.buffer);
    for line in lines.into_iter().skip(first).take(rows) {
        pen.write(line);
    }
}

fn heading(theme: &Theme, text: impl Into<String>) -> Line<'static> {
    Line::from(Span::styled(text.into(), theme.bold(Role::Accent)))
}

fn paragraph(theme: &Theme, text: &str, role: Role, room: usize) -> Vec<Line<'static>> {
    let lines = wrap(&clean(text), room).into_iter();
    lines.map(|line| Line::from(Span::styled(line, theme.fg(role)))).collect()
}

/// How many of what, and from where.
fn headline(theme: &Theme, overview: &Overview, room: usize) -> Vec<Line<'static>> {
    let classes = overview.classes.len();
    let text = format!("{} examples of {} in {classes} classes", count(overview.examples()), overview.shape);
    let mut lines = paragraph(theme, &text, Role::Text, room);
    for origin in &overview.origins {
        let more =
            [&origin.variant, &origin.path].into_iter().flatten().fold(String::new(), |text, part| text + ", " + part);
        let text = format!("{}: {}{more}, {} examples", origin.section, origin.source, count(origin.examples));
        lines.extend(paragraph(theme, &text, Role::Muted, room));
    }
    lines
}

fn sets(theme: &Theme, overview: &Overview, room: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    for set in &overview.sets {
        let style = theme.fg(role_of(set.set));
        let mut spans = vec![
            Span::styled(format!("{:<NAME$}", set.set.word()), style),
            Span::styled(format!("{:>9}  {:>6}  ", count(set.examples), percent(set.share)), theme.fg(Role::Text)),
        ];
        let target = match set.from_target {
            0 => String::new(),
            of if of == set.examples => "  all data.target's".to_owned(),
            of => format!("  {} data.target's", count(of)),
        };
        let bar = room.saturating_sub(NAME + 19 + 20).min(40);
        spans.extend(meter(bar, set.share, style, theme.fg(Role::Faint)));
        spans.push(Span::styled(target, theme.fg(Role::Muted)));
        lines.push(Line::from(spans));
    }
    lines
}

/// What casts doubt on the ladder, and what else was noted.
fn warnings(theme: &Theme, overview: &Overview, room: usize, whole: bool) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    let found = &overview.duplicates;
    for warning in found.warnings() {
        lines.extend(paragraph(theme, &format!("! {warning}"), Role::Warn, room));
    }
    let words = match (whole, found.is_empty()) {
        (false, _) => "looking for examples that are in two sets …",
        (true, true) => "No example of one set is in another.",
        (true, false) => "",
    };
    lines.extend(paragraph(theme, words, Role::Muted, room));
    for note in &overview.notes {
        lines.extend(paragraph(theme, &format!("· {note}"), Role::Text, room));
    }
    lines
}

/// The class balance of every set.
fn classes(theme: &Theme, overview: &Overview, room: usize) -> Vec<Line<'static>> {
    let total = overview.classes.len();
    let mut order: Vec<usize> = (0..total).collect();
    if total > MOST_CLASSES
        && let Some(train) = overview.set(Place::Train)
    {
        order.sort_by_key(|class| std::cmp::Reverse(train.per_class[*class]));
    }
    let longest = overview.classes.iter().map(|class| width(&clean(class))).max().unwrap_or(0);
    let name = longest.clamp(5, 16);
    let sets: Vec<&SetOverview> = overview.sets.iter().filter(|set| set.examples > 0).collect();
    // Names and figures first, what is left is for bars.
    let bar = (room.saturating_sub(name + 1) / sets.len().max(1)).saturating_sub(NAME + 1).min(14);
    let mut titles = vec![Span::raw(" ".repeat(name + 1))];
    for set in &sets {
        let style = theme.fg(role_of(set.set));
        titles.push(Span::styled(format!("{:>NAME$}{}", set.set.word(), " ".repeat(bar + 1)), style));
    }
    let mut lines = vec![Line::default(), heading(theme, "Class balance"), Line::from(titles)];
    for (place, class) in order.iter().copied().enumerate() {
        if total > MOST_CLASSES && place == EXTREMES {
            let more = format!("… {} more", count((total - 2 * EXTREMES) as u64));
            lines.push(Line::from(Span::styled(more, theme.fg(Role::Muted))));
        }
        if total > MOST_CLASSES && (EXTREMES..total - EXTREMES).contains(&place) {
            continue;
        }
        let word = clean(&overview.classes[class]).into_owned();
        let word = fit(&word, name).into_owned();
        let blanks = " ".repeat((name + 1).saturating_sub(width(&word)));
        let mut spans = vec![Span::styled(word + &blanks, theme.fg(Role::Text))];
        for set in &sets {
            let most = set.per_class.iter().copied().max().unwrap_or(1).max(1);
            spans.push(Span::styled(format!("{:>NAME$} ", count(set.per_class[class])), theme.fg(Role::Text)));
            let share = set.per_class[class] as f64 / most as f64;
            spans.extend(meter(bar, share, theme.fg(role_of(set.set)), theme.fg(Role::Faint)));
        }
        lines.push(Line::from(spans));
    }
    if let Some(balance) = overview.balance() {
        lines.extend(paragraph(theme, &balance, Role::Muted, room));
    }
    lines
}

/// Further tasks, and the ranges of numbers.
fn rest(theme: &Theme, overview: &Overview, room: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for task in &overview.auxiliary {
        lines.push(Line::default());
        lines.push(heading(theme, format!("Further task {}", clean(&task.name))));
        let text = format!(
            "{} {}; {} of {} examples have it, {} of them train",
            task.names.len(),
            task.kind,
            count(task.known),
            count(task.examples),
            count(task.known_in_train)
        );
        lines.extend(paragraph(theme, &text, Role::Text, room));
    }
    lines.push(Line::default());
    lines.push(heading(theme, "Numbers of train"));
    for numbers in overview.numbers.iter().take(MOST_CLASSES) {
        let name = clean(&numbers.name).into_owned();
        let figures = format!(
            "{:<14} {:.3} to {:.3}, mean {:.3}, deviation {:.3}",
            fit(&name, 14),
            numbers.low,
            numbers.high,
            numbers.mean,
            numbers.deviation
        );
        lines.extend(paragraph(theme, &figures, Role::Text, room));
    }
    lines
}

/// Everything that is a picture: what is in two sets, one of each class, originals beside altered ones.
fn seen(theme: &Theme, album: &mut Album, overview: &Overview, room: usize) -> Vec<Line<'static>> {
    let class =
        |class: u32| overview.classes.get(class as usize).map(|name| clean(name).into_owned()).unwrap_or_default();
    let mut lines = Vec::new();
    for place in Place::ALL {
        let samples = overview.samples.iter().filter(|sample| sample.set == place);
        let shown: Vec<_> = samples.map(|sample| (class(sample.class), &sample.picture)).collect();
        if !shown.is_empty() {
            lines.push(heading(theme, format!("One of each class in {}", place.word())));
            lines.extend(pictures::gallery(&shown, theme, album, room));
        }
    }
    for twins in overview.duplicates.pairs() {
        let both = twins.shown.iter().filter_map(|twin| Some((twin, twin.pictures.as_ref()?)));
        let shown: Vec<_> = both
            .flat_map(|(twin, (own, other))| {
                let caption = |class: &str, example: u32| format!("{} #{example}", clean(class));
                [(caption(&twin.class, twin.example), own), (caption(&twin.twin_class, twin.twin), other)]
            })
            .collect();
        lines.push(heading(theme, format!("In {} and in {}", twins.set.word(), twins.within.word())));
        lines.extend(pictures::gallery(&shown, theme, album, room));
    }
    if !overview.previews.is_empty() {
        lines.push(heading(theme, "Training examples as they are altered"));
    }
    for preview in &overview.previews {
        let original = (format!("{}, original", class(preview.class)), &preview.original);
        let altered = (1..).zip(&preview.altered).map(|(epoch, picture)| (format!("in epoch {epoch}"), picture));
        let shown: Vec<_> = std::iter::once(original).chain(altered).collect();
        lines.extend(pictures::gallery(&shown, theme, album, room));
    }
    lines
}
