//! From keys of the terminal to actions. Keys have names such as `ctrl-p`, `shift-tab`, `G`; what a name means is in
//! [`super::command`]'s table. While a line is being typed, characters are text.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::action::{Action, Intent};
use super::command::{self, When};
use super::state::field::Edit;
use super::state::{Overlay, State};

/// The name of a key; `None` for those that nobody binds.
pub fn name(key: &KeyEvent) -> Option<String> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let (plain, shows_shift) = match key.code {
        KeyCode::Char(' ') => ("space".to_owned(), false),
        // Characters already tell of Shift by what they are.
        KeyCode::Char(c) => (c.to_string(), true),
        KeyCode::Enter => ("enter".to_owned(), false),
        KeyCode::Esc => ("esc".to_owned(), false),
        KeyCode::Tab => ("tab".to_owned(), false),
        KeyCode::BackTab => ("shift-tab".to_owned(), true),
        KeyCode::Backspace => ("backspace".to_owned(), false),
        KeyCode::Delete => ("delete".to_owned(), false),
        KeyCode::Left => ("left".to_owned(), false),
        KeyCode::Right => ("right".to_owned(), false),
        KeyCode::Up => ("up".to_owned(), false),
        KeyCode::Down => ("down".to_owned(), false),
        KeyCode::Home => ("home".to_owned(), false),
        KeyCode::End => ("end".to_owned(), false),
        KeyCode::PageUp => ("pageup".to_owned(), false),
        KeyCode::PageDown => ("pagedown".to_owned(), false),
        KeyCode::F(number) => (format!("f{number}"), false),
        _ => return None,
    };
    let mut name = String::new();
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        name.push_str("ctrl-");
    }
    if key.modifiers.contains(KeyModifiers::ALT) {
        name.push_str("alt-");
    }
    if key.modifiers.contains(KeyModifiers::SHIFT) && !shows_shift {
        name.push_str("shift-");
    }
    Some(name + &plain)
}

/// What a key means here.
pub fn resolve(state: &State, key: &KeyEvent) -> Option<Action> {
    let name = name(key)?;
    if is_typing(state) {
        return typed(&name, key);
    }
    if state.overlay.is_some() {
        return own(state, &name, key).or_else(|| over(&name).map(Action::Intent));
    }
    command::of_key(state, &name).map(|command| Action::Intent(command.intent))
}

/// Whether a line is being typed, so that characters are text.
pub fn is_typing(state: &State) -> bool {
    state.list.filtering || state.overlay.as_ref().is_some_and(Overlay::takes_text)
}

/// While a line is typed: what edits it, and the few keys that do something else.
fn typed(name: &str, key: &KeyEvent) -> Option<Action> {
    let edit = match name {
        "enter" => return Some(Action::Intent(Intent::Open)),
        "esc" => return Some(Action::Intent(Intent::Back)),
        "ctrl-c" => return Some(Action::Intent(Intent::Quit)),
        "ctrl-z" => return Some(Action::Intent(Intent::Suspend)),
        "ctrl-p" | "up" => return Some(Action::Intent(Intent::Up)),
        "ctrl-n" | "down" => return Some(Action::Intent(Intent::Down)),
        "pageup" => return Some(Action::Intent(Intent::PageUp)),
        "pagedown" => return Some(Action::Intent(Intent::PageDown)),
        "tab" => return Some(Action::Intent(Intent::NextPane)),
        "backspace" | "ctrl-h" => Edit::Backspace,
        "delete" | "ctrl-d" => Edit::Delete,
        "ctrl-w" | "alt-backspace" | "ctrl-backspace" => Edit::DeleteWord,
        "ctrl-u" => Edit::DeleteToStart,
        "left" | "ctrl-b" => Edit::Left,
        "right" | "ctrl-f" => Edit::Right,
        "home" | "ctrl-a" => Edit::Start,
        "end" | "ctrl-e" => Edit::End,
        _ => match key.code {
            KeyCode::Char(c) if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => Edit::Insert(c),
            _ => return None,
        },
    };
    Some(Action::Edit(edit))
}

/// In the form and over mistakes: their own keys, and in the form what a value begins with.
fn own(state: &State, name: &str, key: &KeyEvent) -> Option<Action> {
    let when = match state.overlay {
        Some(Overlay::Form(_)) => When::Form,
        Some(Overlay::Mistakes(_)) => When::Mistakes,
        _ => return None,
    };
    let mut own = command::COMMANDS.iter().filter(|command| command.when == when);
    if let Some(command) = own.find(|command| command.keys.contains(&name)) {
        return Some(Action::Intent(command.intent));
    }
    if when != When::Form {
        return None;
    }
    match key.code {
        KeyCode::Char(c @ ('0'..='9' | '.' | '-' | '[' | '{' | '"')) if name.chars().count() == 1 => {
            Some(Action::Edit(Edit::Insert(c)))
        }
        _ => None,
    }
}

/// Over a question or the help screen: the keys of the table that get about, and `y` and `n` as people expect.
fn over(name: &str) -> Option<Intent> {
    match name {
        "y" => return Some(Intent::Open),
        "n" => return Some(Intent::Back),
        _ => {}
    }
    let bound = command::COMMANDS.iter().filter(|command| command.keys.contains(&name));
    bound.map(|command| command.intent).find(|intent| {
        matches!(
            intent,
            Intent::Open
                | Intent::Queue
                | Intent::Back
                | Intent::Quit
                | Intent::Suspend
                | Intent::Redraw
                | Intent::Up
                | Intent::Down
                | Intent::PageUp
                | Intent::PageDown
                | Intent::First
                | Intent::Last
                | Intent::Help
                | Intent::Data
                | Intent::Mistakes
                | Intent::Human
                | Intent::Left
                | Intent::Right
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::state::Field;

    #[test]
    fn keys_have_names() {
        for (code, modifiers, expected) in [
            (KeyCode::Char('p'), KeyModifiers::CONTROL, "ctrl-p"),
            (KeyCode::Char('G'), KeyModifiers::SHIFT, "G"),
            (KeyCode::Char('+'), KeyModifiers::NONE, "+"),
            (KeyCode::BackTab, KeyModifiers::SHIFT, "shift-tab"),
            (KeyCode::Left, KeyModifiers::SHIFT, "shift-left"),
            (KeyCode::Char(' '), KeyModifiers::NONE, "space"),
        ] {
            assert_eq!(name(&KeyEvent::new(code, modifiers)).as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_is_typed_is_text() {
        let mut state =
            State { overlay: Some(Overlay::Palette { input: Field::default(), selected: 0 }), ..State::default() };
        let key = |c: char| KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
        assert_eq!(resolve(&state, &key('q')), Some(Action::Edit(Edit::Insert('q'))));
        let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(resolve(&state, &interrupt), Some(Action::Intent(Intent::Quit)));
        state.overlay = None;
        assert_eq!(resolve(&state, &key('q')), Some(Action::Intent(Intent::Quit)));
        state.overlay = Some(Overlay::Help { scroll: 0 });
        assert_eq!(resolve(&state, &key('q')), Some(Action::Intent(Intent::Quit)));
        assert_eq!(resolve(&state, &key('p')), None, "a question is not paused by accident");
    }
}
