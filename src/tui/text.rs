//! Text from files made fit for the screen: harmless, and as long as there is room. Pure.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Whatever comes out of a file goes through here before it is drawn.
pub use crate::domain::text::harmless as clean;

/// The columns that text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Text in at most `room` columns; what is cut off is marked by an ellipsis.
pub fn fit(text: &str, room: usize) -> Cow<'_, str> {
    if text.width() <= room {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > room {
            break;
        }
        used += wide;
        kept.push(c);
    }
    if room > 0 {
        kept.push('…');
    }
    Cow::Owned(kept)
}

/// Text in lines of at most `room` columns, broken between words; words that are longer are broken within.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let room = room.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut word = word;
        loop {
            let space = usize::from(!line.is_empty());
            if line.width() + space + word.width() <= room {
                if space == 1 {
                    line.push(' ');
                }
                line.push_str(word);
                break;
            }
            if line.is_empty() {
                let cut = word
                    .char_indices()
                    .scan(0, |used, (at, c)| {
                        *used += c.width().unwrap_or(0);
                        Some((at + c.len_utf8(), *used))
                    })
                    .take_while(|(_, used)| *used <= room)
                    .last()
                    .map_or_else(|| word.chars().next().map_or(0, char::len_utf8), |(end, _)| end);
                lines.push(word[..cut].to_owned());
                word = &word[cut..];
            } else {
                lines.push(std::mem::take(&mut line));
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_cut_off_is_marked() {
        for (text, room, shown) in
            [("digits", 6, "digits"), ("digits", 5, "digi…"), ("数字数", 5, "数字…"), ("ab", 1, "…"), ("ab", 0, "")]
        {
            assert_eq!(fit(text, room), shown, "{text} in {room}");
        }
    }

    proptest! {
        #[test]
        fn text_keeps_to_its_room(text in "\\PC{0,60}", room in 0usize..40) {
            prop_assert!(fit(&text, room).width() <= room);
            let room = room.max(2);
            let lines = wrap(&text, room);
            prop_assert!(lines.iter().all(|line| line.width() <= room), "{:?}", lines);
            let kept: String = lines.concat().chars().filter(|c| !c.is_whitespace()).collect();
            let given: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            prop_assert_eq!(kept, given);
        }
    }
}
