//! The first line: what is selected and how it is doing.
//!
//! ```text
//!  rungs  digits-3  ● running  epoch 3/8  ━━━━━━━━━━────────────  38 %  1:12 left  1.2k/s         2 running
//! ```

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Ink;
use super::lists::status_mark;
use crate::domain::run::{Status, Summary};
use crate::tui::state::Axis;
use crate::tui::state::metric::{CORES_TAG, MEMORY_TAG};
use crate::tui::state::run::{progress, time_left};
use crate::tui::text::clean;
use crate::tui::theme::Role;
use crate::tui::widget::line;
use crate::tui::{format, text};

/// What the program is, in a line.
pub(super) const MOTTO: &str = "trains networks, says what is wrong, and puts the fix one key away";

pub(super) fn draw(ink: &mut Ink<'_>, area: Rect) {
    let theme = ink.theme;
    let mut left = vec![Span::styled(" rungs ", theme.bold(Role::Accent))];
    let right = others(ink);
    match ink.state.selected_run() {
        Some(run) => left.extend(of_run(ink, run, usize::from(area.width).saturating_sub(right.width()))),
        None => left.push(Span::styled(format!(" {MOTTO}"), theme.fg(Role::Muted))),
    }
    line::split(area, ink.buffer, &Line::from(left), &right);
}

/// How many other runs are being trained.
fn others(ink: &Ink<'_>) -> Line<'static> {
    let selected = ink.state.selected_run().map(|run| &run.id);
    let count = ink.state.live().filter(|run| Some(&run.id) != selected).count();
    match count {
        0 => Line::default(),
        _ => Line::from(Span::styled(format!("+{count} running "), ink.theme.fg(Role::Accent))),
    }
}

fn of_run(ink: &Ink<'_>, run: &Summary, room: usize) -> Vec<Span<'static>> {
    let theme = ink.theme;
    let (mark, role) = status_mark(run.status);
    let muted = theme.fg(Role::Muted);
    let place = ink.state.queue_place(&run.id).map(|place| format!(" {}", place + 1)).unwrap_or_default();
    let mut spans = vec![
        Span::styled(format!(" {}  ", text::fit(&clean(&run.id.0), 30)), theme.bold(Role::Text)),
        Span::styled(format!("{mark} {}{place}  ", run.status.word()), theme.bold(role)),
    ];
    if run.elsewhere {
        let told = if run.step > 0 { format!("step {}  ", format::count(run.step)) } else { String::new() };
        let since = when(ink.state.now - run.updated);
        spans.push(Span::styled(format!("{told}made elsewhere, last written {since}"), muted));
        return spans;
    }
    if run.status.is_live() || run.status == Status::Queued {
        let share = progress(run);
        if run.epochs > 0 {
            let epoch = (run.epoch + 1).min(run.epochs);
            spans.push(Span::styled(format!("epoch {epoch}/{}  ", format::count(run.epochs)), theme.fg(Role::Text)));
        }
        let mut after = vec![Span::styled(format!("  {:.0} %", 100.0 * share), theme.fg(Role::Text))];
        if let Some(left) = time_left(run, ink.state.now).filter(|_| run.status == Status::Running) {
            after.push(Span::styled(format!("  {} left", format::duration(left)), theme.fg(Role::Text)));
        }
        if let Some(speed) = run.examples_per_second.filter(|_| room >= 100) {
            after.push(Span::styled(format!("  {} examples/s", format::short(speed)), muted));
        }
        if room >= 130 && run.status == Status::Running {
            after.extend(usage(ink).map(|text| Span::styled(format!("  {text}"), muted)));
        }
        // The bar takes what the figures leave.
        let used: usize = spans.iter().chain(&after).map(Span::width).sum();
        let bar = room.saturating_sub(used + 8).clamp(3, 40);
        spans.extend(line::meter(bar, share, theme.fg(Role::Accent), theme.fg(Role::Faint)));
        spans.extend(after);
        return spans;
    }
    if let Some(error) = run.error.as_deref() {
        spans.push(Span::styled(clean(error).into_owned(), theme.fg(Role::Bad)));
        return spans;
    }
    spans.push(Span::styled(
        format!("{} of {} epochs in {}", run.epoch, format::count(run.epochs), format::duration(run.trained_seconds)),
        muted,
    ));
    spans.push(Span::styled(format!("  {}", when(ink.state.now - run.updated)), muted));
    spans
}

/// What the worker of the open run takes of its machine.
fn usage(ink: &Ink<'_>) -> Option<String> {
    let last = |tag: &str| Some(f64::from(*ink.state.open()?.curves.get(tag)?.raw(Axis::Step).ys().last()?));
    let memory = last(MEMORY_TAG)?;
    let memory = if memory < 1024.0 { format!("{memory:.0} MiB") } else { format!("{:.1} GiB", memory / 1024.0) };
    let cores = last(CORES_TAG).map(|cores| format!("{cores:.1} cores  ")).unwrap_or_default();
    Some(cores + &memory)
}

fn when(seconds: f64) -> String {
    match format::ago(seconds).as_str() {
        "now" => "just now".to_owned(),
        ago => format!("{ago} ago"),
    }
}
