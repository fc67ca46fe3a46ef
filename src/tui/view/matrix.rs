//! The confusion matrix of the dev set as a heatmap: a row for each true class, a column for what it was taken for. What
//! was told right is calm, what was confused glows; the worst confusions are named below.
//!
//! ```text
//! ╭ 5 Confusion ────────── accuracy 97.1 % ╮
//! │        0   1   2   3   4 …  ← taken for │
//! │   0   98       1                        │
//! │   1       91           7                │
//! │ 1 taken for 4: 7×   5 for 3: 4×         │
//! ╰─────────────────────────────────────────╯
//! ```
//!
//! Classes stand as in the data, or so that those are side by side that are confused. ↓ goes from one kind of mistake to the next, the most frequent first; its cell stands reversed, and Enter opens it.
//!
//! With more classes than there is room for figures the cells shrink to pixels, two to a character, and beyond that a
//! pixel stands for a block of classes and shows its worst.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::Ink;
use super::ladder::scrub_note;
use crate::domain::confusion::{Confusion, Mistake};
use crate::tui::action::Target;
use crate::tui::format::percent;
use crate::tui::state::Pane;
use crate::tui::text::{clean, fit, width};
use crate::tui::theme::Role;

/// A cell's color: which kind, and how strong, from 0 to 1.
#[derive(Clone, Copy, PartialEq)]
struct Heat {
    role: Role,
    share: f64,
}

pub(super) fn draw(ink: &mut Ink<'_>, area: Rect) {
    let confusion = ink.state.open().and_then(|run| run.confusion(ink.state.scrub));
    let mut note = scrub_note(ink);
    if let (Some(confusion), true) = (&confusion, note.spans.is_empty()) {
        let accuracy = format!("accuracy {}", percent(confusion.metrics().accuracy));
        note = Line::from(Span::styled(accuracy, ink.theme.fg(Role::Muted)));
    }
    let inner = ink.pane(area, Pane::Matrix, note);
    match confusion {
        None if ink.state.selected_run().is_some_and(|run| run.elsewhere) => {
            ink.nothing(inner, "event files hold no confusions: a log.jsonl beside them can");
        }
        None => ink.nothing(inner, "the first matrix comes with the end of the first epoch"),
        Some(confusion) if confusion.matrix.is_empty() => ink.nothing(inner, "there are no classes"),
        Some(confusion) => {
            let classes = confusion.matrix.len();
            let order = if ink.state.grouped { confusion.by_mistakes() } else { (0..classes).collect() };
            matrix(ink, inner, &confusion, &order);
        }
    }
}

/// Shares of each true class, and the largest share that was confused.
struct Shares {
    rows: Vec<Vec<f64>>,
    worst: f64,
}

impl Shares {
    fn of(confusion: &Confusion) -> Self {
        let rows: Vec<Vec<f64>> = confusion
            .matrix
            .iter()
            .map(|row| {
                let total = row.iter().sum::<u64>().max(1) as f64;
                row.iter().map(|count| *count as f64 / total).collect()
            })
            .collect();
        let wrong = rows.iter().enumerate().flat_map(|(truth, row)| {
            row.iter().enumerate().filter(move |(predicted, _)| *predicted != truth).map(|(_, share)| *share)
        });
        let worst = wrong.fold(0.0, f64::max);
        Self { rows, worst }
    }

    /// What was told right is shown faintly, so that mistakes stand out.
    fn heat(&self, truth: usize, predicted: usize) -> Heat {
        let share = self.rows.get(truth).and_then(|row| row.get(predicted)).copied().unwrap_or(0.0);
        if truth == predicted {
            Heat { role: Role::Right, share: 0.25 + 0.6 * share * share }
        } else if share == 0.0 {
            Heat { role: Role::Wrong, share: 0.0 }
        } else {
            Heat { role: Role::Wrong, share: 0.15 + 0.85 * (share / self.worst).sqrt() }
        }
    }
}

fn matrix(ink: &mut Ink<'_>, area: Rect, confusion: &Confusion, order: &[usize]) {
    let classes = confusion.matrix.len();
    let ordered = confusion.ordered(order);
    let shares = Shares::of(&ordered);
    let longest = confusion.classes.iter().map(|name| width(&clean(name))).max().unwrap_or(1);
    let names = longest.clamp(1, 12.min(usize::from(area.width) / 4)) + 2;
    let wide = usize::from(area.width).saturating_sub(names + 1);
    let cell = (wide / classes).min(6);
    let most = confusion.matrix.iter().flatten().max().copied().unwrap_or(0);
    let digits = if ink.state.normalized { 3 } else { most.to_string().len() };
    // A line for the names above; the lines below name the worst confusions.
    let rows = usize::from(area.height).saturating_sub(2);
    if cell > digits && rows >= classes {
        let tall = if cell >= 4 && rows > 2 * classes + 1 { 2 } else { 1 };
        figures(ink, area, (&ordered, order), &shares, Grid { names, cell, tall });
        let used = (1 + classes * tall) as u16;
        worst(ink, Rect { y: area.y + used, height: area.height - used, ..area }, confusion);
    } else {
        let used = pixels(ink, Rect { height: area.height.saturating_sub(1), ..area }, &shares);
        worst(ink, Rect { y: area.y + used, height: area.height - used, ..area }, confusion);
    }
}

/// Sizes in columns and rows.
#[derive(Clone, Copy)]
struct Grid {
    names: usize,
    cell: usize,
    tall: usize,
}

/// Draws the matrix in figures. `order` tells which class each row and column of it is.
fn figures(ink: &mut Ink<'_>, area: Rect, (confusion, order): (&Confusion, &[usize]), shares: &Shares, grid: Grid) {
    let theme = ink.theme;
    let Grid { names, cell, tall } = grid;
    let chosen = ink.state.confused();
    let name_of = |class: usize| clean(confusion.classes.get(class).map_or("?", String::as_str)).into_owned();
    let column = |class: usize| area.x + (names + cell * class) as u16;
    for class in 0..confusion.matrix.len() {
        let name = format!("{:>cell$}", fit(&name_of(class), cell.saturating_sub(1)).into_owned() + " ");
        ink.buffer.set_stringn(column(class), area.y, name, cell, theme.fg(Role::Muted));
    }
    for (truth, row) in confusion.matrix.iter().enumerate() {
        let y = area.y + 1 + (truth * tall) as u16;
        let name = format!(" {:>room$}", fit(&name_of(truth), names - 2).into_owned(), room = names - 2);
        ink.buffer.set_stringn(area.x, y, name, names, theme.fg(Role::Muted));
        for (predicted, count) in row.iter().enumerate() {
            let heat = shares.heat(truth, predicted);
            let figure = match (*count, ink.state.normalized) {
                (0, _) => String::new(),
                (_, true) => format!("{:.0}", 100.0 * shares.rows[truth][predicted]),
                (count, false) => count.to_string(),
            };
            let mut style = cell_style(ink, heat, *count);
            let classes = (order[truth], order[predicted]);
            if chosen == Some(classes) {
                style = theme.bold(Role::Accent).add_modifier(Modifier::REVERSED);
            }
            for line in 0..tall as u16 {
                let text = if line == 0 { format!("{figure:>room$} ", room = cell - 1) } else { " ".repeat(cell) };
                ink.buffer.set_stringn(column(predicted), y + line, text, cell, style);
            }
            if *count > 0 && truth != predicted {
                let area = Rect { x: column(predicted), y, width: cell as u16, height: tall as u16 };
                ink.hit(area, Target::Cell(classes.0, classes.1));
            }
        }
    }
}

fn cell_style(ink: &Ink<'_>, heat: Heat, count: u64) -> Style {
    let theme = ink.theme;
    match theme.heat(heat.role, heat.share) {
        Some(style) if heat.share > 0.0 => style,
        _ if count == 0 => theme.fg(Role::Faint),
        _ if heat.role == Role::Right => theme.fg(Role::Good),
        _ => theme.bold(Role::Bad),
    }
}

/// Shades for terminals that have no colors for them.
const HATCH: [&str; 5] = [" ", "░", "▒", "▓", "█"];

/// Draws the matrix as pixels and gives the rows it took.
fn pixels(ink: &mut Ink<'_>, area: Rect, shares: &Shares) -> u16 {
    let classes = shares.rows.len();
    let (across, down) = (usize::from(area.width).saturating_sub(2).max(1), usize::from(area.height).max(1) * 2);
    let block = classes.div_ceil(across.min(down)).max(1);
    let side = classes.div_ceil(block);
    // Characters are twice as tall as wide: two columns to a pixel make squares of the halves.
    let broad = if side * 2 <= across { 2 } else { 1 };
    for row in 0..side.div_ceil(2) {
        for column in 0..side {
            let [upper, lower] =
                [2 * row, 2 * row + 1].map(|row| (row < side).then(|| hottest(shares, row, column, block)));
            let (x, y) = (area.x + 1 + (column * broad) as u16, area.y + row as u16);
            let color = |heat: Option<Heat>| heat.and_then(|heat| ink.theme.heat(heat.role, heat.share)?.bg);
            if let Some(top) = color(upper) {
                let ground = color(lower).unwrap_or(ink.theme.color(Role::Background));
                ink.buffer.set_string(x, y, "▀".repeat(broad), Style::new().fg(top).bg(ground));
                continue;
            }
            let strongest = [upper, lower].into_iter().flatten().max_by(|a, b| a.share.total_cmp(&b.share));
            let Some(heat) = strongest else { continue };
            let shade = HATCH[((heat.share * 4.0).ceil() as usize).min(4)];
            let role = if heat.role == Role::Right { Role::Good } else { Role::Bad };
            ink.buffer.set_string(x, y, shade.repeat(broad), ink.theme.fg(role));
        }
    }
    side.div_ceil(2) as u16
}

/// The strongest cell of a block: a mistake if there is one.
fn hottest(shares: &Shares, row: usize, column: usize, block: usize) -> Heat {
    let classes = shares.rows.len();
    let cells = (row * block..((row + 1) * block).min(classes)).flat_map(|truth| {
        (column * block..((column + 1) * block).min(classes)).map(move |predicted| (truth, predicted))
    });
    let mut best = Heat { role: Role::Wrong, share: 0.0 };
    for (truth, predicted) in cells {
        let heat = shares.heat(truth, predicted);
        let outdoes = match (heat.role, best.role) {
            (Role::Wrong, Role::Right) => heat.share > 0.0,
            (Role::Right, Role::Wrong) => best.share == 0.0,
            _ => heat.share > best.share,
        };
        if outdoes {
            best = heat;
        }
    }
    best
}

/// Names the worst confusions in the lines that are left.
fn worst(ink: &mut Ink<'_>, area: Rect, confusion: &Confusion) {
    let theme = ink.theme;
    let mistakes = confusion.mistakes();
    if area.height == 0 {
        return;
    }
    if mistakes.is_empty() {
        ink.buffer.set_string(area.x + 1, area.y, "no mistakes", theme.fg(Role::Good));
        return;
    }
    let name = |class: usize| fit(&clean(confusion.classes.get(class).map_or("?", String::as_str)), 12).into_owned();
    let (mut x, mut y) = (area.x + 1, area.y + u16::from(area.height > 2));
    // The selected kind comes first, so that it can be read.
    let from = ink.state.confused.filter(|place| *place < mistakes.len()).unwrap_or(0);
    for (place, Mistake { truth, predicted, count }) in mistakes.iter().skip(from).enumerate() {
        let between = if place == 0 { " taken for " } else { " for " };
        let text = format!("{}{between}{}", name(*truth), name(*predicted));
        let times = format!(" {count}×");
        let wide = (width(&text) + width(&times)) as u16;
        if x + wide > area.right() {
            (x, y) = (area.x + 1, y + 1);
        }
        if y >= area.bottom() || x + wide > area.right() {
            return;
        }
        let selected = place == 0 && ink.state.confused.is_some();
        let style = if selected { theme.bold(Role::Accent) } else { theme.fg(Role::Text) };
        ink.buffer.set_string(x, y, &text, style);
        ink.buffer.set_string(x + width(&text) as u16, y, &times, theme.bold(Role::Bad));
        x += wide + 3;
    }
}
