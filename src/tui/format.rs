//! Figures as people read them, the same on every panel. Pure.

use serde_json::Value;

use crate::domain::experiment::Change;
use crate::domain::experiment::change::toml_text;
pub use crate::domain::text::{duration, percent, thousands as count};

/// The two values of a change in few words: of a list of tables only the kinds are told.
pub fn change(change: &Change) -> (String, String) {
    let short = |value: &Value| match value {
        Value::Array(items) if items.iter().any(Value::is_object) => {
            let kinds = items.iter().map(|item| item["kind"].as_str().unwrap_or("…"));
            kinds.collect::<Vec<_>>().join(" + ")
        }
        Value::String(text) => text.clone(),
        other => toml_text(other),
    };
    (short(&change.from), short(&change.to))
}

/// How long ago, roughly: `now`, `5 min`, `3 h`, `12 d`.
pub fn ago(seconds: f64) -> String {
    let seconds = seconds.max(0.0);
    match seconds {
        s if s < 10.0 => "now".to_owned(),
        s if s < 60.0 => format!("{s:.0} s"),
        s if s < 3600.0 => format!("{:.0} min", s / 60.0),
        s if s < 86_400.0 => format!("{:.0} h", (s / 3600.0).floor()),
        s => format!("{:.0} d", (s / 86_400.0).floor()),
    }
}

/// A number in at most five characters or so: `12.3k`, `0.0012`, `3e-7`.
pub fn short(number: f64) -> String {
    let size = number.abs();
    if !number.is_finite() {
        return if number.is_nan() { "NaN" } else { "∞" }.to_owned();
    }
    match size {
        0.0 => "0".to_owned(),
        s if s >= 1e9 => format!("{number:.1e}"),
        s if s >= 1e6 => trimmed(format!("{:.1}", number / 1e6)) + "M",
        s if s >= 1e4 => trimmed(format!("{:.1}", number / 1e3)) + "k",
        s if s >= 100.0 => format!("{number:.0}"),
        s if s >= 10.0 => trimmed(format!("{number:.1}")),
        s if s >= 1.0 => trimmed(format!("{number:.2}")),
        s if s >= 0.01 => trimmed(format!("{number:.3}")),
        s if s >= 0.001 => trimmed(format!("{number:.4}")),
        _ => format!("{number:.0e}"),
    }
}

/// A reading at the cursor or in a legend: four significant digits.
pub fn reading(number: f64) -> String {
    let size = number.abs();
    if !number.is_finite() || size >= 1e4 {
        return short(number);
    }
    match size {
        0.0 => "0".to_owned(),
        s if s >= 100.0 => format!("{number:.1}"),
        s if s >= 10.0 => format!("{number:.2}"),
        s if s >= 0.1 => format!("{number:.3}"),
        s if s >= 0.001 => format!("{number:.4}"),
        _ => format!("{number:.1e}"),
    }
}

/// A duration from microseconds to minutes, with two or three digits: `0`, `250 µs`, `1.5 ms`, `2 s`.
pub fn seconds(seconds: f64) -> String {
    match seconds.abs() {
        0.0 => "0".to_owned(),
        s if s < 1e-3 => format!("{} µs", short(seconds * 1e6)),
        s if s < 1.0 => format!("{} ms", short(seconds * 1e3)),
        _ => format!("{} s", short(seconds)),
    }
}

/// A moment (seconds since 1970) on clocks that are so many seconds ahead of UTC, as closely as a stretch of `span`
/// seconds needs it: `14:05:10`, `14:05`, `Nov 27`; of no stretch in full: `Nov 27 14:05:10`.
pub fn clock(moment: f64, ahead: i32, span: f64) -> String {
    let format = match span {
        s if s <= 0.0 => "%b %-d %H:%M:%S",
        s if s < 600.0 => "%H:%M:%S",
        s if s < 172_800.0 => "%H:%M",
        _ => "%b %-d",
    };
    match jiff::Timestamp::from_second((moment + f64::from(ahead)).round() as i64) {
        Ok(time) => time.strftime(format).to_string(),
        Err(_) => short(moment),
    }
}

fn trimmed(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn changes_are_told_in_few_words() {
        for (from, to, words) in [
            (json!([6]), json!([48]), ("[6]", "[48]")),
            (json!("mlp"), json!("cnn"), ("mlp", "cnn")),
            (
                json!(null),
                json!([{ "kind": "noise", "probability": 0.5 }, { "kind": "blur" }]),
                ("none", "noise + blur"),
            ),
        ] {
            let told = change(&Change { key: "k".into(), from, to });
            assert_eq!((told.0.as_str(), told.1.as_str()), words);
        }
    }

    #[test]
    fn clocks_tell_what_a_stretch_needs() {
        let moment = 1_764_245_110.4;
        for (ahead, span, text) in
            [(0, 0.0, "Nov 27 12:05:10"), (3600, 60.0, "13:05:10"), (-43_200, 7200.0, "00:05"), (43_200, 1e6, "Nov 28")]
        {
            assert_eq!(clock(moment, ahead, span), text);
        }
        assert_eq!(clock(f64::INFINITY, 0, 0.0), "∞");
    }

    #[test]
    fn figures() {
        for (seconds, text) in [(3.0, "now"), (50.0, "50 s"), (300.0, "5 min"), (7300.0, "2 h"), (1e6, "11 d")] {
            assert_eq!(ago(seconds), text);
        }
        for (number, text) in [
            (0.0, "0"),
            (12_345.0, "12.3k"),
            (2e6, "2M"),
            (150.0, "150"),
            (2.5, "2.5"),
            (0.05, "0.05"),
            (0.0012, "0.0012"),
            (3e-7, "3e-7"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(short(number), text);
        }
        for (time, text) in [(0.0, "0"), (2.5e-4, "250 µs"), (0.001_53, "1.53 ms"), (0.2, "200 ms"), (2.0, "2 s")] {
            assert_eq!(seconds(time), text);
        }
        for (number, text) in [(0.21345, "0.213"), (2.5, "2.500"), (123.44, "123.4"), (1e-5, "1.0e-5")] {
            assert_eq!(reading(number), text);
        }
    }
}
