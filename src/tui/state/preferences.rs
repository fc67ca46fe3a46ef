//! How a person likes the dashboard, kept from one time to the next: theme, columns and order of the runs.

use serde::{Deserialize, Serialize};

use super::State;
use super::table::{Sort, Table, is_key};

/// What is kept. What is not said is as it is for everybody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// The theme's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// Keys of the columns after the id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// The order of the runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<Sort>,
}

impl Preferences {
    /// What a state shows that is not as it is for everybody; `theme` is the one that it would have by itself.
    pub fn of(state: &State, theme: &str) -> Self {
        let table = &state.list.table;
        Self {
            theme: Some(state.theme.clone()).filter(|name| name != theme),
            columns: Some(table.columns.clone()).filter(|columns| *columns != Table::default().columns),
            sort: table.sort.clone(),
        }
    }

    /// Makes a state as it is liked. Keys that there are none of are left out.
    pub fn apply(&self, state: &mut State) {
        let table = &mut state.list.table;
        if let Some(columns) = &self.columns {
            table.columns.clear();
            for key in columns.iter().filter(|key| is_key(key)) {
                if !table.columns.contains(key) {
                    table.columns.push(key.clone());
                }
            }
        }
        table.sort = self.sort.clone().filter(|sort| is_key(&sort.key));
    }

    /// Reads them as they were written; what cannot be read says nothing.
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// As a file.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_liked_is_kept() {
        let mut state = State { theme: "dark".into(), ..State::default() };
        assert_eq!(Preferences::of(&state, "dark"), Preferences::default());
        assert_eq!(Preferences::default().text(), "{}\n");
        state.list.table.toggle("train.learning_rate");
        state.list.table.sort_by("dev");
        state.theme = "light".into();
        let liked = Preferences::of(&state, "dark");
        let mut other = State::default();
        Preferences::read(&liked.text()).apply(&mut other);
        assert_eq!(other.list.table, state.list.table);
        assert_eq!(Preferences::read(&liked.text()).theme.as_deref(), Some("light"));
    }

    #[test]
    fn nonsense_says_nothing() {
        assert_eq!(Preferences::read("{\"theme\": 3}"), Preferences::default());
        let mut state = State::default();
        let text =
            r#"{"columns": ["dev", "nothing", "dev", "seed"], "sort": {"key": "\u001b[31m", "descending": true}}"#;
        Preferences::read(text).apply(&mut state);
        assert_eq!((state.list.table.columns, state.list.table.sort), (vec!["dev".into(), "seed".into()], None));
    }
}
