//! What the log of a run that is taken up again has to say to its new worker: which commands were answered, which
//! settings were changed after the checkpoint, how good the best weights were.

use std::collections::{HashSet, VecDeque};

use serde_json::Value;

use crate::domain::control::{Command, Control};
use crate::domain::event::{Event, Record, SetResult};
use crate::store::Checkpoint;

/// The commands that the log has no answer to.
pub(super) fn unanswered(commands: Vec<Control>, records: &[Record]) -> Vec<Control> {
    let answered: HashSet<&str> = records.iter().filter_map(|record| record.event.control()).collect();
    commands.into_iter().filter(|command| !answered.contains(command.id.as_str())).collect()
}

/// Whether a command changes how long the run is.
pub(super) fn changes_length(command: &Control) -> bool {
    matches!(&command.command, Command::Set { key, .. } if key == "train.epochs")
}

/// A change of a setting that an earlier worker made.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    /// The step before which it took effect.
    pub(super) step: u64,
    /// Dotted key.
    pub(super) key: String,
    /// The value from then on.
    pub(super) value: Value,
}

/// The changes made after `step` steps, which a worker that goes on from there has to make again at the same steps, so
/// that it trains as the earlier one did. Oldest first.
pub(super) fn changes_after(records: &[Record], step: u64) -> VecDeque<Change> {
    let mut changes: Vec<(usize, Change)> = Vec::new();
    let mut session = 0;
    for record in records {
        match &record.event {
            Event::Started(_) => session += 1,
            Event::Set { step, key, to, .. } => {
                // What an earlier worker changed later in training is overruled by what was asked for since.
                changes.retain(|(made_in, change)| *made_in == session || change.key != *key || change.step < *step);
                changes.push((session, Change { step: *step, key: key.clone(), value: to.clone() }));
            }
            _ => {}
        }
    }
    let mut changes: Vec<Change> = changes.into_iter().map(|(_, change)| change).collect();
    changes.retain(|change| change.step > step);
    changes.sort_by_key(|change| change.step);
    changes.into()
}

/// What the dev set gave with the weights of the checkpoint `best`.
pub(super) fn best(records: &[Record]) -> Option<SetResult> {
    let saved = records.iter().rev().find_map(|record| match &record.event {
        Event::Checkpoint { step, name } if name == Checkpoint::Best.word() => Some(*step),
        _ => None,
    })?;
    records.iter().rev().find_map(|record| match &record.event {
        Event::Epoch(evaluation) if evaluation.step == saved => Some(evaluation.dev),
        _ => None,
    })
}

/// Whether a dev result is better than another: fewer mistakes, or as many and a smaller loss.
pub(super) fn is_better(new: &SetResult, old: &SetResult) -> bool {
    let (new_rate, old_rate) = (new.counts.rate(), old.counts.rate());
    new_rate < old_rate || (new_rate == old_rate && new.loss < old.loss)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{SetSizes, Started};
    use serde_json::json;

    fn record(event: Event) -> Record {
        Record { time: 0.0, event }
    }

    fn started(step: u64) -> Record {
        record(Event::Started(Started {
            step,
            steps: 100,
            pid: 1,
            host: "h".into(),
            version: "0".into(),
            classes: vec![],
            class_sizes: Vec::new(),
            sets: SetSizes::default(),
            parameters: 0,
            layers: vec![],
        }))
    }

    fn set(step: u64, key: &str, to: Value, control: Option<&str>) -> Record {
        let control = control.map(str::to_owned);
        record(Event::Set { step, key: key.into(), from: json!(0), to, control })
    }

    #[test]
    fn changes_are_made_again_in_order_unless_overruled() {
        let rate = "train.learning_rate";
        let log = [
            started(0),
            set(10, rate, json!(0.1), None),
            set(20, "model.dropout", json!(0.5), None),
            set(30, rate, json!(0.3), None),
            started(15),
            set(18, rate, json!(0.2), None), // overrules what was changed at 30
            set(25, "train.momentum", json!(0.8), None),
        ];
        let after = |step| -> Vec<(u64, Value)> {
            changes_after(&log, step).into_iter().map(|change| (change.step, change.value)).collect()
        };
        assert_eq!(after(9).len(), 4);
        assert_eq!(after(12), [(18, json!(0.2)), (20, json!(0.5)), (25, json!(0.8))]);
        assert_eq!(after(20), [(25, json!(0.8))]);
        assert_eq!(after(25), []);
    }

    #[test]
    fn answered_commands_are_left_out() {
        let control = |id: &str| Control { id: id.into(), time: 0.0, command: Command::Pause };
        let log =
            [set(1, "a", json!(1), Some("x")), record(Event::Refused { control: "y".into(), reason: "r".into() })];
        let left = unanswered(vec![control("x"), control("y"), control("z")], &log);
        assert_eq!(left, [control("z")]);
    }
}
