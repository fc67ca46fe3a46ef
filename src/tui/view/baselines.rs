//! What simple methods make of the dev set, under the ladder: whether a network is needed at all.
//!
//! ```text
//!  baseline                 dev
//!  majority class        89.7 %
//!  logistic regression    9.6 %
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::domain::baseline::{Baseline, best};
use crate::domain::ladder::Place;
use crate::tui::format::percent;
use crate::tui::theme::{Role, Theme};
use crate::tui::widget::line::Pen;

use super::ladder::role_of;

/// Columns of a name.
const NAMES: usize = 20;
/// Columns of a figure.
const FIGURE: usize = 8;

/// The lines that they take of so many, with a free one above: all of them, else the best alone, else nothing.
pub(super) fn height(baselines: &[Baseline], room: u16) -> u16 {
    let all = baselines.len() as u16 + 2;
    match baselines.len() {
        0 => 0,
        _ if room >= all => all,
        _ if room >= 2 => 2,
        _ => 0,
    }
}

/// Draws them into an area of such a height.
pub(super) fn draw(area: Rect, buffer: &mut Buffer, theme: &Theme, baselines: &[Baseline]) {
    let Some(best) = best(baselines).filter(|_| area.height >= 2) else { return };
    let mut pen = Pen::new(area, buffer);
    pen.skip();
    let line = |baseline: &Baseline, before: &str| {
        let style = |role| if baseline == best { theme.bold(role) } else { theme.fg(role) };
        let name = format!("{before}{}", baseline.name.words());
        Line::from(vec![
            Span::styled(format!(" {name:<NAMES$}"), style(Role::Text)),
            Span::styled(format!("{:>FIGURE$}", percent(baseline.counts.rate())), style(role_of(Place::Dev))),
        ])
    };
    if usize::from(area.height) < baselines.len() + 2 {
        pen.write(line(best, "baseline: "));
        return;
    }
    pen.write(Line::from(vec![
        Span::styled(format!(" {:<NAMES$}", "baseline"), theme.fg(Role::Muted)),
        Span::styled(format!("{:>FIGURE$}", Place::Dev.word()), theme.fg(role_of(Place::Dev))),
    ]));
    for baseline in baselines {
        pen.write(line(baseline, ""));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::baseline::BaselineKind;
    use crate::domain::ladder::Counts;

    fn shown(height: u16) -> Vec<String> {
        let one = |name, errors| {
            let counts = Counts { errors, of: 900 };
            Baseline { name, counts, trained_on: 4000, seconds: 0.5, data: String::new() }
        };
        let baselines = [one(BaselineKind::MajorityClass, 807), one(BaselineKind::LogisticRegression, 86)];
        let area = Rect::new(0, 0, 40, super::height(&baselines, height));
        let mut buffer = Buffer::empty(area);
        draw(area, &mut buffer, &Theme::builtin("dark", crate::tui::theme::Depth::True), &baselines);
        let rows = buffer.content().chunks(40);
        rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().trim_end().to_owned())
            .collect()
    }

    #[test]
    fn all_of_them_or_the_best_or_nothing() {
        assert_eq!(
            shown(9),
            ["", " baseline                 dev", " majority class        89.7 %", " logistic regression    9.6 %"]
        );
        assert_eq!(shown(3), ["", " baseline: logistic regression   9.6 %"]);
        assert_eq!(shown(1), [""; 0]);
    }
}
