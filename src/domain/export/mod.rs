//! A run taken elsewhere: as a table for spreadsheets, as JSON, as a picture, as a page that opens without a network.
//!
//! Pure: from a report and its curves to text. Whatever comes out of files is escaped for the format at hand.

mod chart;
mod csv;
mod html;
mod picture;
mod svg;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::report::{Report, json as documents};
use super::series::Series;

pub use csv::csv;
pub use html::html;
pub use picture::svg;

/// Curves by their tags, such as `train/loss`.
pub type Curves = BTreeMap<String, Series>;

/// The report with every curve: `{…, "curves": {TAG: {"step": […], "value": […]}}}`. Values that are not finite are null.
pub fn json(report: &Report, curves: &Curves) -> Value {
    let mut document = documents::report(report);
    let curves: serde_json::Map<String, Value> = curves
        .iter()
        .map(|(tag, series)| (tag.clone(), json!({ "step": series.xs(), "value": series.ys() })))
        .collect();
    document["curves"] = Value::Object(curves);
    document
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::report::tests::finished;

    pub(crate) fn run() -> (Report, Curves) {
        let mut report = finished();
        report.experiment.notes = "<script>alert(1)</script>".to_owned();
        let mut curves = Curves::new();
        for step in 1..=300u32 {
            let loss = 0.02 + 0.67 * (-0.05 * step as f32).exp();
            curves
                .entry("train/loss".into())
                .or_default()
                .push(f64::from(step), if step == 7 { f32::NAN } else { loss });
        }
        for step in [100.0, 300.0] {
            curves.entry("eval/dev_loss".into()).or_default().push(step, 0.3);
        }
        (report, curves)
    }

    #[test]
    fn json_holds_report_and_curves() {
        let (report, curves) = run();
        let document = json(&report, &curves);
        assert_eq!(document["id"], "a-1");
        assert_eq!(document["curves"]["eval/dev_loss"]["step"], json!([100.0, 300.0]));
        assert_eq!(document["curves"]["train/loss"]["value"][6], Value::Null);
        assert_eq!(document["curves"]["train/loss"]["value"].as_array().map(Vec::len), Some(300));
    }
}
