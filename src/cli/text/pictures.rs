//! Pictures in characters, side by side with a caption over each: half-blocks in color, or shades where there is none.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::domain::thumbnail::{Cell, Grid, Thumbnail, shade};
use crate::tui::theme::Depth;

/// What pictures are drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Half-blocks, with so many colors.
    Colors(Depth),
    /// Characters that are more or less full.
    Shades,
}

/// A picture takes no more lines.
const MOST_LINES: usize = 16;

/// Pictures with their captions in rows that are filled as far as the width goes.
pub(super) fn gallery(pictures: &[(String, &Thumbnail)], ink: Ink, width: usize) -> String {
    let Some((_, first)) = pictures.first() else { return String::new() };
    let Grid { per_row, cell } = Grid::of(pictures.len(), first.width, width);
    let gap = " ".repeat(Grid::GAP);
    let mut text = String::new();
    for row in pictures.chunks(per_row) {
        let fitted: Vec<Thumbnail> = row.iter().map(|(_, picture)| picture.fitted(cell, MOST_LINES)).collect();
        let captions: Vec<String> = row.iter().map(|(caption, _)| padded(caption, cell)).collect();
        text += captions.join(&gap).trim_end();
        text.push('\n');
        for line in 0..fitted.iter().map(Thumbnail::lines).max().unwrap_or(0) {
            let drawn: Vec<String> = fitted.iter().map(|picture| drawn(picture, line, ink, cell)).collect();
            text += drawn.join(&gap).trim_end();
            text.push('\n');
        }
    }
    text
}

/// One line of a picture, with blanks up to the width.
fn drawn(picture: &Thumbnail, line: usize, ink: Ink, width: usize) -> String {
    let cells: Vec<Cell> = picture.line(line).collect();
    let blanks = " ".repeat(width.saturating_sub(cells.len()));
    let Ink::Colors(depth) = ink else {
        return cells.into_iter().map(shade).collect::<String>() + &blanks;
    };
    let mut text = String::new();
    let mut before = None;
    for &(upper, lower) in &cells {
        if before != Some((upper, lower)) {
            let above = depth.escape(upper, false).unwrap_or_default();
            // Beyond the last row is the terminal's own ground.
            let below = lower.and_then(|lower| depth.escape(lower, true)).unwrap_or_else(|| "49".to_owned());
            text += &format!("\x1b[{above};{below}m");
            before = Some((upper, lower));
        }
        text.push('▀');
    }
    if before.is_some() {
        text += "\x1b[0m";
    }
    text + &blanks
}

/// A caption in exactly so many columns.
fn padded(caption: &str, width: usize) -> String {
    let mut text = String::new();
    let mut taken = 0;
    let cut = caption.width() > width;
    for c in caption.chars() {
        let next = c.width().unwrap_or(0);
        if taken + next + usize::from(cut) > width {
            break;
        }
        text.push(c);
        taken += next;
    }
    if cut && width > 0 {
        text.push('…');
        taken += 1;
    }
    text + &" ".repeat(width - taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(height: usize, width: usize, byte: u8) -> Thumbnail {
        Thumbnail { channels: 1, height, width, bytes: vec![byte; height * width] }
    }

    #[test]
    fn shades_stand_side_by_side_under_their_captions() {
        let (dark, bright) = (gray(4, 12, 0), gray(4, 12, 255));
        let pictures = [("a".to_owned(), &bright), ("a long name".to_owned(), &dark), ("b".to_owned(), &bright)];
        let full = "█".repeat(12);
        let wanted = format!("a             a long name   b\n{full}{0}{full}\n{full}{0}{full}\n", " ".repeat(16));
        assert_eq!(gallery(&pictures, Ink::Shades, 40), wanted);
        assert_eq!(gallery(&pictures, Ink::Shades, 36).lines().count(), 6, "two rows where one is too narrow");
        assert_eq!(gallery(&[], Ink::Shades, 40), "");
    }

    #[test]
    fn colors_are_set_where_they_change_and_end_with_the_line() {
        let picture = Thumbnail { channels: 3, height: 2, width: 2, bytes: vec![1, 1, 4, 4, 2, 2, 5, 5, 3, 3, 6, 6] };
        assert_eq!(drawn(&picture, 0, Ink::Colors(Depth::True), 3), "\x1b[38;2;1;2;3;48;2;4;5;6m▀▀\x1b[0m ");
        assert_eq!(drawn(&gray(1, 1, 255), 0, Ink::Colors(Depth::Indexed), 1), "\x1b[38;5;231;49m▀\x1b[0m");
    }

    #[test]
    fn captions_are_cut_by_columns() {
        for (caption, width, wanted) in
            [("abc", 5, "abc  "), ("abcdef", 4, "abc…"), ("漢字漢", 4, "漢… "), ("a", 1, "a")]
        {
            assert_eq!(padded(caption, width), wanted);
        }
    }
}
