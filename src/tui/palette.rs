//! The command palette: commands and themes found by a few letters of their names. Pure.

use super::command::{self, Command};
use super::state::State;

/// Something that the palette offers.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A command that works here.
    Command(&'static Command),
    /// A theme.
    Theme(String),
}

impl Entry {
    /// What it is found by.
    pub fn text(&self) -> String {
        match self {
            Self::Command(command) => command.help.to_owned(),
            Self::Theme(name) => format!("theme: {name}"),
        }
    }
}

/// What has all the letters typed, in their order, the nearest first.
pub fn matches(state: &State, typed: &str) -> Vec<Entry> {
    let commands = command::available(state).into_iter().map(Entry::Command);
    let entries = commands.chain(state.themes.iter().cloned().map(Entry::Theme));
    let mut found: Vec<(i32, Entry)> =
        entries.filter_map(|entry| Some((score(&entry.text(), typed)?, entry))).collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, entry)| entry).collect()
}

/// How near `typed` is to `text`: higher is nearer, `None` when a letter is missing. Letters that begin a word, or follow
/// the one before, count more.
pub fn score(text: &str, typed: &str) -> Option<i32> {
    let letters: Vec<char> = text.to_lowercase().chars().collect();
    let mut score = 0;
    let mut from = 0;
    let mut last = None;
    for wanted in typed.to_lowercase().chars().filter(|c| !c.is_whitespace()) {
        let begins_word = |at: usize| at == 0 || !letters[at - 1].is_alphanumeric();
        let rest = || (from..letters.len()).filter(|at| letters[*at] == wanted);
        // A letter right behind the last, else one that begins a word, else any.
        let at = rest()
            .find(|at| last.is_some_and(|last| *at == last + 1))
            .or_else(|| rest().find(|at| begins_word(*at)))
            .or_else(|| rest().next())?;
        score += if last.is_some_and(|last| at == last + 1) { 5 } else { 0 };
        score += if begins_word(at) { 4 } else { 0 };
        (from, last) = (at + 1, Some(at));
    }
    Some(score * 100 - letters.len() as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_found_in_order() {
        assert!(score("pause a run", "par").is_some());
        assert!(score("pause a run", "rap").is_none());
        assert!(score("theme: light", "light") > score("filter the runs by words", "light"));
        assert!(score("zoom out", "zo") > score("to the zoo", "zo"));
    }

    #[test]
    fn what_does_not_work_here_is_not_offered() {
        let state = State { themes: vec!["light".into()], ..State::default() };
        let found = matches(&state, "");
        assert!(found.contains(&Entry::Theme("light".into())));
        let offers = |part: &str| found.iter().any(|entry| entry.text().contains(part));
        assert!(offers("every key") && !offers("pause"));
    }
}
