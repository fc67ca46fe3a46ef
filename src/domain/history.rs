//! What happened to a run, in words: the lines of its log that a person would want to read.

use serde_json::Value;

use super::event::{Event, Record};
use super::experiment::change::toml_text;
use super::text::{percent, thousands};

/// The event in a sentence; `None` of what screens show in a better way, such as evaluations.
pub fn sentence(record: &Record) -> Option<String> {
    let at = |step: u64| if step == 0 { String::new() } else { format!(" after step {}", thousands(step)) };
    let value = |value: &Value| if value.is_null() { "none".to_owned() } else { toml_text(value) };
    Some(match &record.event {
        Event::Started(started) => {
            let what = if started.step == 0 { "started".to_owned() } else { format!("taken up{}", at(started.step)) };
            format!("{what} by process {} on {} (rungs {})", started.pid, started.host, started.version)
        }
        Event::Set { step, key, from, to, .. } => {
            format!("{key} was set from {} to {}, from step {} on", value(from), value(to), thousands(*step))
        }
        Event::Refused { reason, .. } => format!("a command was refused: {reason}"),
        Event::Checkpoint { step, name } => format!("the {name} weights were saved{}", at(*step)),
        Event::Paused { step, .. } => format!("paused{}", at(*step)),
        Event::Resumed { step, .. } => format!("went on{}", at(*step)),
        Event::Warning { message } => message.clone(),
        Event::Finished { step } => format!("finished{}", at(*step)),
        Event::Stopped { step, .. } => format!("stopped on request{}", at(*step)),
        Event::Failed { step, message, .. } => format!("failed{}: {message}", at(*step)),
        Event::Interrupted { step } => format!("told to go by the system{}", at(*step)),
        Event::Epoch(evaluation) => {
            let dev = percent(evaluation.dev.counts.rate());
            format!("evaluated{}: dev error {dev}", at(evaluation.step))
        }
        _ => return None,
    })
}

/// A run's whole history: when (seconds since 1970) and what. Of checkpoints, which come by the dozen, only the last of each
/// name is told.
pub fn history(records: &[Record]) -> Vec<(f64, String)> {
    let is_last = |place: usize| match &records[place].event {
        Event::Checkpoint { name, .. } => records[place + 1..]
            .iter()
            .all(|later| !matches!(&later.event, Event::Checkpoint { name: other, .. } if other == name)),
        _ => true,
    };
    let told = records.iter().enumerate().filter(|(place, _)| is_last(*place));
    told.filter_map(|(_, record)| Some((record.time, sentence(record)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{Fault, Started};
    use serde_json::json;

    #[test]
    fn a_run_s_life_is_told() {
        let record = |time: f64, event: Event| Record { time, event };
        let checkpoint = |step: u64| Event::Checkpoint { step, name: "last".into() };
        let started = |step: u64| {
            Event::Started(Started { step, pid: 7, host: "here".into(), version: "0.1".into(), ..Started::default() })
        };
        let key = "train.learning_rate".to_owned();
        let records = [
            record(1.0, started(0)),
            record(2.0, checkpoint(100)),
            record(3.0, Event::Set { step: 1200, key, from: json!(0.1), to: Value::Null, control: None }),
            record(4.0, checkpoint(1300)),
            record(5.0, Event::Unknown),
            record(6.0, started(1300)),
            record(7.0, Event::Failed { step: 1400, message: "why".into(), fault: Fault::Run }),
        ];
        let told = history(&records);
        let texts: Vec<&str> = told.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "started by process 7 on here (rungs 0.1)",
                "train.learning_rate was set from 0.1 to none, from step 1,200 on",
                "the last weights were saved after step 1,300",
                "taken up after step 1,300 by process 7 on here (rungs 0.1)",
                "failed after step 1,400: why",
            ]
        );
        assert_eq!(told[2].0, 4.0);
    }
}
