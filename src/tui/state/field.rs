//! A line of text that is being typed.

/// What a key does to the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// A character is typed.
    Insert(char),
    /// Text is pasted.
    Paste(String),
    /// The character before the cursor goes.
    Backspace,
    /// The character under the cursor goes.
    Delete,
    /// The word before the cursor goes.
    DeleteWord,
    /// All before the cursor goes.
    DeleteToStart,
    /// One to the left.
    Left,
    /// One to the right.
    Right,
    /// To the start.
    Start,
    /// To the end.
    End,
}

/// Nobody types more; what is pasted beyond is cut.
const MOST: usize = 500;

/// A line of text with a cursor in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    text: String,
    /// Byte before which the next character goes.
    cursor: usize,
}

impl Field {
    /// A line with the cursor at its end.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { cursor: text.len(), text }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before the cursor and from it on.
    pub fn halves(&self) -> (&str, &str) {
        self.text.split_at(self.cursor)
    }

    /// Does what a key asks for.
    pub fn edit(&mut self, edit: &Edit) {
        match edit {
            Edit::Insert(c) => self.insert(*c),
            Edit::Paste(text) => text.chars().for_each(|c| self.insert(c)),
            Edit::Backspace => self.remove_from(self.before()),
            Edit::Delete => {
                let end = self.after();
                self.text.replace_range(self.cursor..end, "");
            }
            Edit::DeleteWord => {
                let kept = self.text[..self.cursor].trim_end();
                let start = kept.rfind(char::is_whitespace).map_or(0, |at| at + 1);
                self.remove_from(start);
            }
            Edit::DeleteToStart => self.remove_from(0),
            Edit::Left => self.cursor = self.before(),
            Edit::Right => self.cursor = self.after(),
            Edit::Start => self.cursor = 0,
            Edit::End => self.cursor = self.text.len(),
        }
    }

    fn insert(&mut self, c: char) {
        if !c.is_control() && self.text.len() < MOST {
            self.text.insert(self.cursor, c);
            self.cursor += c.len_utf8();
        }
    }

    fn remove_from(&mut self, start: usize) {
        self.text.replace_range(start..self.cursor, "");
        self.cursor = start;
    }

    fn before(&self) -> usize {
        self.text[..self.cursor].char_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        self.text[self.cursor..].chars().next().map_or(self.cursor, |c| self.cursor + c.len_utf8())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_edited() {
        use Edit::{Backspace, Delete, DeleteToStart, DeleteWord, End, Insert, Left, Paste, Right, Start};
        for (text, edits, result) in [
            ("", vec![Insert('ä'), Insert('b')], "äb|"),
            ("äb", vec![Left, Left, Insert('x')], "x|äb"),
            ("äb", vec![Backspace, Backspace, Backspace], "|"),
            ("äb", vec![Start, Delete], "|b"),
            ("one two ", vec![DeleteWord], "one |"),
            ("one", vec![Left, DeleteToStart, Right], "e|"),
            ("a", vec![Start, Paste("x\ny".into()), End], "xya|"),
        ] {
            let mut field = Field::new(text);
            for edit in &edits {
                field.edit(edit);
            }
            let (before, after) = field.halves();
            assert_eq!(format!("{before}|{after}"), result, "{text} {edits:?}");
        }
    }
}
