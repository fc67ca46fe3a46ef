//! Curves as a table: a row for each step, a column for each curve, empty where a curve has no point. RFC 4180.

use std::collections::BTreeMap;

use super::Curves;
use crate::domain::text::harmless;

/// The table, with a head line.
pub fn csv(curves: &Curves) -> String {
    let mut rows: BTreeMap<u64, Vec<Option<f32>>> = BTreeMap::new();
    for (column, series) in curves.values().enumerate() {
        for (x, y) in series.xs().iter().zip(series.ys()) {
            rows.entry(*x as u64).or_insert_with(|| vec![None; curves.len()])[column] = Some(*y);
        }
    }
    let mut text = String::from("step");
    for tag in curves.keys() {
        text.push(',');
        text += &quoted(tag);
    }
    text += "\r\n";
    for (step, values) in rows {
        text += &step.to_string();
        for value in values {
            text.push(',');
            if let Some(value) = value {
                text += &value.to_string();
            }
        }
        text += "\r\n";
    }
    text
}

/// A cell, in quotes where it holds what would end it. A leading `=`, `+`, `-` or `@` would be a formula to spreadsheets.
fn quoted(cell: &str) -> String {
    let cell = harmless(cell);
    let cell = if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell.into_owned() };
    if cell.contains(['"', ',']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_share_the_rows_of_their_steps() {
        let mut curves = Curves::new();
        for (tag, step, value) in [("a", 1.0, 0.5), ("a", 2.0, f32::NAN), ("b,\"x\"", 2.0, 1.5), ("=c", 3.0, 2.0)] {
            curves.entry(tag.to_owned()).or_default().push(step, value);
        }
        assert_eq!(csv(&curves), "step,'=c,a,\"b,\"\"x\"\"\"\r\n1,,0.5,\r\n2,,NaN,1.5\r\n3,2,,\r\n");
    }
}
