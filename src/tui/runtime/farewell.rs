//! The last word, once the terminal is given back: what goes on without the dashboard.

use std::fmt::Write;

use crate::domain::run::RunId;

/// What goes on without the dashboard.
#[derive(Debug)]
pub(super) struct Left {
    /// Runs that train.
    pub(super) live: Vec<RunId>,
    /// How many wait to be started.
    pub(super) waiting: usize,
    /// Whether all that was asked for is done.
    pub(super) done: bool,
}

impl Left {
    /// What is said of it, in lines.
    pub(super) fn farewell(&self) -> String {
        let Self { live, waiting, done } = self;
        let mut said = String::new();
        if !done {
            said.push_str("The disk does not answer: what was asked for last may not be done; see `rungs ls`.\n");
        }
        let (runs, them) = if *waiting == 1 { ("run waits", "it") } else { ("runs wait", "them") };
        if *waiting > 0 {
            let _ = writeln!(said, "{waiting} {runs} in the queue for a place; `rungs queue` shows {them}.");
        }
        if !live.is_empty() {
            let names: Vec<String> = live.iter().map(ToString::to_string).collect();
            let (verb, them) = if live.len() == 1 { ("goes", "it") } else { ("go", "them") };
            let _ = writeln!(said, "{} {verb} on in the background; `rungs` shows {them} again.", names.join(", "));
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_goes_on_and_what_may_not_be_done() {
        let ids = |ids: &[&str]| ids.iter().map(|id| RunId((*id).to_owned())).collect();
        let said = |live, waiting, done| Left { live: ids(live), waiting, done }.farewell();
        assert_eq!(said(&[], 0, true), "");
        assert_eq!(said(&["a-1"], 0, true), "a-1 goes on in the background; `rungs` shows it again.\n");
        assert_eq!(
            said(&["a-1", "b-2"], 1, true),
            "1 run waits in the queue for a place; `rungs queue` shows it.\n\
             a-1, b-2 go on in the background; `rungs` shows them again.\n"
        );
        let late = said(&[], 2, false);
        assert!(late.starts_with("The disk does not answer: what was asked for last may not be done"), "{late}");
        assert!(late.ends_with("2 runs wait in the queue for a place; `rungs queue` shows them.\n"), "{late}");
    }
}
