//! Sentences broken into lines.

use unicode_width::UnicodeWidthStr;

/// Wide enough for a sentence, narrow enough to be read.
const WIDTH: usize = 96;

/// The text in lines of at most [`WIDTH`] columns, each indented by so many blanks. Words are never broken.
pub(crate) fn paragraph(text: &str, indent: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last().map_or(0, |line| line.width());
        if line > 0 && indent + line + 1 + word.width() > WIDTH {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.iter().fold(String::new(), |text, line| text + &" ".repeat(indent) + line + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_too_wide_and_no_word_is_lost() {
        let text = "seventeen letters ".repeat(30) + &"x".repeat(200);
        let wrapped = paragraph(&text, 4);
        assert!(wrapped.lines().all(|line| line.starts_with("    ")));
        assert!(wrapped.lines().filter(|line| !line.contains("xxx")).all(|line| line.len() <= WIDTH));
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&wrapped), words(&text));
    }
}
