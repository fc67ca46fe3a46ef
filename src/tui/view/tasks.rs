//! What came of the tasks beside the class, under the ladder.
//!
//! ```text
//!  task         train       dev      test
//!  mood        18.3 %    21.7 %    21.2 %
//!  height     ±13.512   ±14.273   ±13.418
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::ladder::role_of;
use crate::domain::event::{TaskEvaluation, TaskResult};
use crate::domain::ladder::Place;
use crate::tui::format::{percent, reading};
use crate::tui::text::{clean, fit, width};
use crate::tui::theme::{Role, Theme};
use crate::tui::widget::line::Pen;

/// Columns of a figure.
const FIGURE: usize = 10;
/// The longest name.
const NAME: usize = 18;

/// The lines that all of it takes, with a free one above.
pub(super) fn height(tasks: &[TaskEvaluation]) -> u16 {
    if tasks.is_empty() { 0 } else { tasks.len() as u16 + 2 }
}

/// Draws the table from its line `scroll` on; where it does not end in the area, the last line says so.
pub(super) fn draw(area: Rect, buffer: &mut Buffer, theme: &Theme, tasks: &[TaskEvaluation], scroll: usize) {
    let rows = usize::from(area.height).saturating_sub(2);
    if tasks.is_empty() || rows == 0 {
        return;
    }
    let longest = tasks.iter().map(|task| width(&clean(&task.task))).max().unwrap_or(0);
    let names = longest.clamp(5, NAME);
    let places = places(tasks, usize::from(area.width).saturating_sub(names + 2) / FIGURE);
    let mut pen = Pen::new(area, buffer);
    pen.skip();
    let mut heading = vec![Span::styled(format!(" {:<names$}", "task"), theme.fg(Role::Muted))];
    heading.extend(
        places.iter().map(|place| Span::styled(format!("{:>FIGURE$}", place.word()), theme.fg(role_of(*place)))),
    );
    pen.write(heading);
    let first = scroll.min(tasks.len().saturating_sub(rows));
    let shown = if tasks.len() - first > rows { rows - 1 } else { rows };
    for task in tasks.iter().skip(first).take(shown) {
        let name = fit(&clean(&task.task), names).into_owned();
        let pad = " ".repeat(names.saturating_sub(width(&name)));
        let mut spans = vec![Span::styled(format!(" {name}{pad}"), theme.fg(Role::Text))];
        spans.extend(places.iter().map(|place| {
            let text = of_set(task, *place).map_or_else(String::new, text);
            Span::styled(format!("{text:>FIGURE$}"), theme.bold(role_of(*place)))
        }));
        pen.write(Line::from(spans));
    }
    let more = tasks.len().saturating_sub(first + shown);
    if more > 0 {
        pen.write(Span::styled(format!(" … and {more} more"), theme.fg(Role::Muted)));
    }
}

/// The sets that there is room for, in their order; dev and test are left out last.
fn places(tasks: &[TaskEvaluation], room: usize) -> Vec<Place> {
    let known = |place: &Place| tasks.iter().any(|task| of_set(task, *place).is_some());
    let wanted = [Place::Dev, Place::Test, Place::Train, Place::TrainDev].into_iter().filter(known);
    let mut places: Vec<Place> = wanted.take(room.max(1)).collect();
    places.sort_unstable();
    places
}

fn of_set(task: &TaskEvaluation, place: Place) -> Option<&TaskResult> {
    match place {
        Place::Human => None,
        Place::Train => Some(&task.train),
        Place::TrainDev => task.train_dev.as_ref(),
        Place::Dev => Some(&task.dev),
        Place::Test => task.test.as_ref(),
    }
}

/// The share that is wrong, or how far off numbers are, in the source's unit.
fn text(result: &TaskResult) -> String {
    match result {
        TaskResult { known: 0, .. } => "no label".to_owned(),
        TaskResult { is_distance: true, error, .. } => format!("±{}", reading(*error)),
        TaskResult { error, .. } => percent(*error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(size: (u16, u16), scroll: usize) -> Vec<String> {
        let share = TaskResult { known: 100, loss: 0.3, error: 0.125, is_distance: false };
        let distance = TaskResult { error: 14.2731, is_distance: true, ..share };
        let none = TaskResult { known: 0, ..share };
        let of =
            |task: &str, train, dev| TaskEvaluation { task: task.into(), train, train_dev: None, dev, test: Some(dev) };
        let tasks = [of("mood", share, share), of("height", distance, distance), of("shape", share, none)];
        let area = Rect::new(0, 0, size.0, size.1);
        let mut buffer = Buffer::empty(area);
        draw(area, &mut buffer, &Theme::builtin("dark", crate::tui::theme::Depth::True), &tasks, scroll);
        let rows = buffer.content().chunks(usize::from(size.0));
        rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().trim_end().to_owned())
            .collect()
    }

    #[test]
    fn shares_distances_and_what_is_not_known_stand_in_columns() {
        assert_eq!(
            drawn((40, 5), 0),
            [
                "",
                " task       train       dev      test",
                " mood      12.5 %    12.5 %    12.5 %",
                " height    ±14.27    ±14.27    ±14.27",
                " shape     12.5 %  no label  no label",
            ]
        );
    }

    #[test]
    fn what_has_no_room_is_left_out_and_said() {
        assert_eq!(drawn((22, 4), 0), ["", " task         dev", " mood      12.5 %", " … and 2 more"]);
        assert_eq!(drawn((22, 4), 9), ["", " task         dev", " height    ±14.27", " shape   no label"]);
        assert_eq!(drawn((40, 2), 0), ["", ""]);
    }
}
