//! What is wrong, in plain words, and what could be done, each one letter away.
//!
//! ```text
//! ╭ 6 Diagnosis ──────────────────────── still falling ╮
//! │ HIGH BIAS  provisional                             │
//! │ Train error is 9.3 points above human error: …     │
//! │ One change, as a new run:                          │
//! │  a  Use a larger network     model.hidden [6] → [48] │
//! │  b  Train longer             train.epochs 12 → 24  │
//! ╰────────────────────────────────────────────────────╯
//! ```

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Ink;
use crate::domain::comparison::{Comparison, Outcome};
use crate::domain::diagnosis::{Diagnosis, Verdict};
use crate::domain::remedy::Remedy;
use crate::domain::report::Report;
use crate::domain::run::Status;
use crate::tui::action::Target;
use crate::tui::format;
use crate::tui::state::run::MOST_REMEDIES;
use crate::tui::state::{OpenRun, Pane};
use crate::tui::text::{clean, fit, width};
use crate::tui::theme::Role;
use crate::tui::widget::line::Pen;

/// More lines than this leave room for whole sentences.
const ROOMY: usize = 16;
/// Lines for the selected remedy's reason, notes, and what the loss does.
const BESIDES: usize = 11;

pub(super) fn draw(ink: &mut Ink<'_>, area: Rect) {
    let report = ink.state.open().and_then(|run| run.report.as_deref());
    let note = report.map_or_else(String::new, |report| format!("loss {}", report.convergence.state.words()));
    let inner = ink.pane(area, Pane::Diagnosis, Line::from(Span::styled(note, ink.theme.fg(Role::Muted))));
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let Some(run) = ink.state.open() else {
        return ink.nothing(inner, "reading …");
    };
    if let Some(problem) = &run.problem {
        return ink.nothing(inner, &clean(problem));
    }
    match &run.report {
        None => ink.nothing(inner, "reading …"),
        Some(report) if report.started.is_none() && report.summary.status == Status::Queued => {
            ink.nothing(inner, "what is wrong, and what could be done, will stand here");
        }
        Some(report) => of_report(ink, inner, run, report),
    }
}

fn of_report(ink: &mut Ink<'_>, area: Rect, run: &OpenRun, report: &Report) {
    let theme = ink.theme;
    let diagnosis = &report.diagnosis;
    let remedies = run.remedies();
    let mut pen = Pen::new(area, ink.buffer);
    let (word, role) = verdict(report);
    let mut heading = vec![Span::styled(word, theme.bold(role))];
    if diagnosis.provisional && !diagnosis.problems.is_empty() {
        let words = ["  so far: the loss has not settled", "  so far"];
        let room = usize::from(area.width).saturating_sub(Line::from(heading.clone()).width());
        let fits = words.into_iter().find(|words| width(words) <= room);
        heading.push(Span::styled(fits.unwrap_or_default(), theme.fg(Role::Muted)));
    }
    // What casts doubt on the whole ladder is not left out even where there is no line for it: all of it stands in 8.
    if let Some(first) = report.warnings.first() {
        let room = usize::from(area.width).saturating_sub(Line::from(heading.clone()).width());
        let text = format!("  ! {}", clean(first));
        heading.push(Span::styled(fit(&text, room).into_owned(), theme.fg(Role::Warn)));
    }
    pen.write(heading);
    if let Some(error) = &report.summary.error {
        pen.wrapped(error, theme.fg(Role::Bad), 3);
    }
    if let Some(comparison) = &report.comparison {
        against_parent(&mut pen, theme, comparison);
    }
    // What could be done must be seen, so the words before it give way; but the first problem is told in two lines, for
    // less would end before it has said what is wrong.
    let wanted = remedies.len().min(MOST_REMEDIES) + usize::from(!remedies.is_empty());
    for (place, problem) in diagnosis.problems.iter().take(2).enumerate() {
        let room = pen.left().saturating_sub(wanted).max(if place == 0 { 2 } else { 1 });
        pen.wrapped(&problem.evidence, theme.fg(Role::Text), room.min(4));
    }
    let room = pen.left().saturating_sub(wanted + 5);
    warnings(&mut pen, theme, report, room.min(8));
    if remedies.is_empty() {
        explain(&mut pen, ink.theme, report, diagnosis);
        return;
    }
    let roomy = pen.left() > wanted + 3;
    if roomy {
        pen.skip();
    }
    if pen.left() > remedies.len().min(3) {
        let heading = if report.elsewhere.is_some() { "What to try:" } else { "Try one change, as a new run:" };
        pen.write(Span::styled(heading, theme.fg(Role::Muted)));
    }
    let focused = ink.state.focus == Pane::Diagnosis;
    let mut rows: Vec<(Rect, usize)> = Vec::new();
    // Where not all have room, those round the selected one are shown; what is said of them keeps its room.
    let room = if roomy { pen.left().saturating_sub(BESIDES).max(MOST_REMEDIES) } else { pen.left() };
    let shown = room.min(remedies.len());
    let selected = if focused { ink.state.remedy } else { 0 };
    let first = (selected + 1).saturating_sub(shown).min(remedies.len() - shown);
    for (place, remedy) in remedies.iter().enumerate().skip(first).take(shown) {
        let (left, right) = remedy_line(ink.theme, place, remedy, pen.width());
        if let Some(row) = pen.split(&left, &right) {
            rows.push((row, place));
        }
    }
    if roomy {
        pen.skip();
        if let Some(remedy) = remedies.get(ink.state.remedy).filter(|_| focused) {
            let standing = remedy.standing.map(|standing| format!(" It {}.", standing.words())).unwrap_or_default();
            pen.wrapped(&format!("{}{standing}", remedy.why), theme.fg(Role::Text), 3);
            pen.skip();
        }
        for note in &diagnosis.notes {
            pen.wrapped(note, theme.fg(Role::Muted), 3);
        }
        pen.wrapped(&report.convergence.evidence, theme.fg(Role::Muted), 3);
    }
    if shown < remedies.len() {
        // Into the border, so that no remedy gives way to it.
        let text = format!(" +{} more{} ", remedies.len() - shown, if focused { "" } else { ": 6, then ↓" });
        let x = area.right().saturating_sub(width(&text) as u16 + 1);
        ink.buffer.set_string(x, area.bottom(), text, theme.fg(Role::Muted));
    }
    for (row, place) in rows {
        if focused && place == ink.state.remedy {
            ink.buffer.set_style(row, theme.selected(true));
        }
        ink.hit(row, Target::Remedy(place));
    }
}

/// What the change against its parent did, in a line, or in a few where there is room.
fn against_parent(pen: &mut Pen<'_>, theme: &crate::tui::theme::Theme, comparison: &Comparison) {
    let (mark, role) = match comparison.outcome {
        Outcome::Helped => ("✓", Role::Good),
        Outcome::Hurt => ("✗", Role::Bad),
        Outcome::Mixed => ("±", Role::Warn),
        Outcome::CannotTell => ("≈", Role::Muted),
    };
    let so_far = if comparison.provisional { " so far" } else { "" };
    let (before, after) = comparison.measured.figures();
    let text = if pen.left() > ROOMY {
        let caveat = comparison.caveat().map(|caveat| format!(" {caveat}")).unwrap_or_default();
        format!("{}{so_far}. {}{caveat}", comparison.verdict(), comparison.sentence())
    } else {
        let what = comparison.measured.of.words();
        format!("{}{so_far}, {what} {before} → {after}", comparison.outcome.words())
    };
    pen.wrapped(&format!("{mark} against {}: {text}", clean(&comparison.with.0)), theme.fg(role), 4);
}

/// What is worth knowing of the data, in so many lines at most.
fn warnings(pen: &mut Pen<'_>, theme: &crate::tui::theme::Theme, report: &Report, room: usize) {
    let before = pen.left();
    for warning in &report.warnings {
        let room = room.saturating_sub(before - pen.left());
        if room == 0 {
            return;
        }
        pen.wrapped(&format!("! {warning}"), theme.fg(Role::Warn), room.min(3));
    }
}

/// The verdict in a word or two, with its color.
fn verdict(report: &Report) -> (String, Role) {
    let verdict = report.diagnosis.verdict;
    match (verdict, report.summary.status) {
        (_, Status::Failed) => ("FAILED".to_owned(), Role::Bad),
        (Verdict::Undecided, status) if status.is_live() || status == Status::Queued => {
            ("TOO EARLY TO TELL".to_owned(), Role::Accent)
        }
        (Verdict::Undecided, _) => ("UNDECIDED".to_owned(), Role::Warn),
        (Verdict::Healthy, _) => ("HEALTHY".to_owned(), Role::Good),
        (Verdict::Problem(kind), _) => (kind.words().to_uppercase(), Role::Bad),
    }
}

/// What is to be said where nothing is to be done.
fn explain(pen: &mut Pen<'_>, theme: &crate::tui::theme::Theme, report: &Report, diagnosis: &Diagnosis) {
    if diagnosis.verdict == Verdict::Healthy {
        pen.wrapped(
            "Every gap on the ladder is small. To go lower, lower the target: a better estimate of human error, or a harder dev set.",
            theme.fg(Role::Text),
            4,
        );
    }
    for note in &diagnosis.notes {
        pen.wrapped(note, theme.fg(Role::Text), 4);
    }
    pen.skip();
    pen.wrapped(&report.convergence.evidence, theme.fg(Role::Muted), 4);
}

fn remedy_line(
    theme: &crate::tui::theme::Theme,
    place: usize,
    remedy: &Remedy,
    room: usize,
) -> (Line<'static>, Line<'static>) {
    let letter = if place < MOST_REMEDIES { char::from(b'a' + place as u8) } else { ' ' };
    let mark = remedy.standing.map_or("", |standing| match standing.helped.cmp(&standing.hurt) {
        std::cmp::Ordering::Greater => " ✓",
        std::cmp::Ordering::Less => " ✗",
        std::cmp::Ordering::Equal => " ≈",
    });
    let title = format!("{}{mark}", clean(&remedy.title));
    let taken = width(&title) + 5;
    let change = match &remedy.change {
        Some(change) => {
            let (from, to) = format::change(change);
            let whole = format!("{} {from} → {to}", change.key);
            let short = format!("{from} → {to}");
            // The title says which parameter where there is no room for its name.
            let fits = [whole, short].into_iter().find(|text| width(text) + taken <= room);
            fits.unwrap_or_else(|| fit(&format!("→ {to}"), room.saturating_sub(taken)).into_owned())
        }
        None => "by hand".to_owned(),
    };
    let left = Line::from(vec![
        Span::styled(format!(" {letter}  "), theme.bold(Role::Key)),
        Span::styled(title, theme.fg(Role::Text)),
    ]);
    (left, Line::from(Span::styled(clean(&change).into_owned(), theme.fg(Role::Muted))))
}
