//! A run as one SVG picture: loss, ladder and confusion matrix, one below the other.

use super::chart::{self, Chart, WIDTH};
use super::svg::{Anchor, Svg};
use super::{Curves, Report};

/// The picture.
pub fn svg(report: &Report, curves: &Curves) -> String {
    let mut whole = Svg::default();
    let headline =
        format!("{} ({}): {}", report.summary.id, report.summary.status.word(), report.diagnosis.verdict.words());
    whole.text("head", (60.0, 26.0), Anchor::Start, &headline);
    let mut y = 40.0;
    for Chart { svg, height } in charts(report, curves) {
        whole.place(&svg, (0.0, y));
        y += height;
    }
    whole.finish(WIDTH, y + 12.0, &headline)
}

/// The charts that there is something to show in.
pub(super) fn charts(report: &Report, curves: &Curves) -> Vec<Chart> {
    let matrix = report.confusion.as_ref().and_then(chart::confusion);
    [chart::loss(curves), chart::ladder(&report.ladder, &report.diagnosis), matrix].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::export::tests::run;

    #[test]
    fn the_picture_shows_curve_ladder_and_matrix() {
        let (report, curves) = run();
        let picture = svg(&report, &curves);
        for part in ["<svg xmlns", "Loss", "Error ladder", "high variance", "Confusion matrix", "cat", "</svg>"] {
            assert!(picture.contains(part), "{part}");
        }
        assert!(!picture.contains("NaN"), "a point that is not finite has no place");
    }

    #[test]
    fn a_run_that_has_done_nothing_still_makes_a_picture() {
        let (mut report, _) = run();
        report.confusion = None;
        report.ladder = crate::domain::ladder::Ladder::default();
        assert!(svg(&report, &Curves::new()).ends_with("</svg>\n"));
    }
}
