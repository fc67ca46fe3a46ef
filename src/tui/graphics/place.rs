//! Pictures on terminals that show them where the cursor is: their placeholders are taken out of the frame, and what has
//! not been there before is sent.
//!
//! Such a picture goes away where something is written over it. So the cells beneath it are left alone as long as it
//! stands there, and written as soon as it does not, whatever is written: also a blank over what was a blank before.

use std::collections::BTreeMap;

use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::style::{Color, Style};

use super::{Album, Plate, placeholder};
use crate::domain::thumbnail::{Thumbnail, shade};
use crate::tui::theme::Depth;

/// Where a picture stands: its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Placed {
    /// Its number.
    pub id: u32,
    /// Column.
    pub x: u16,
    /// Row.
    pub y: u16,
}

/// Takes the placeholders out of a frame and gives where whole pictures stand; `before` are those of the last frame.
/// What is left of a picture that is cut off or covered in part is drawn in characters.
pub fn take_out(buffer: &mut Buffer, album: &Album, before: &[Placed], depth: Depth) -> Vec<Placed> {
    let mut found: BTreeMap<Placed, Vec<(u16, u16)>> = BTreeMap::new();
    let area = buffer.area;
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            if let Some((id, line, column)) = placeholder::read(&buffer[(x, y)]) {
                // A picture that is cut off may begin outside of the frame.
                let placed = Placed { id, x: x.wrapping_sub(column), y: y.wrapping_sub(line) };
                found.entry(placed).or_default().push((x, y));
            }
        }
    }
    let mut whole = Vec::new();
    for (placed, cells) in found {
        let plate = album.plate(placed.id);
        let is_whole = plate.is_some_and(|plate| cells.len() == usize::from(plate.columns) * usize::from(plate.lines));
        let stays = is_whole && before.contains(&placed);
        let blocks = plate.filter(|_| !is_whole).map(Plate::in_characters);
        for (x, y) in cells {
            let cell = &mut buffer[(x, y)];
            cell.set_symbol(" ").set_fg(Color::Reset);
            if is_whole {
                cell.set_diff_option(if stays { CellDiffOption::Skip } else { CellDiffOption::AlwaysUpdate });
            } else if let Some(blocks) = &blocks {
                let (line, column) = (y.wrapping_sub(placed.y), x.wrapping_sub(placed.x));
                if let Some((upper, Some(lower))) = blocks.line(usize::from(line)).nth(usize::from(column)) {
                    let color = |[red, green, blue]: [u8; 3]| depth.nearest(Color::Rgb(red, green, blue), false);
                    if depth.has_shades() {
                        cell.set_char('▀').set_style(Style::new().fg(color(upper)).bg(color(lower)));
                    } else {
                        cell.set_char(shade((upper, Some(lower))));
                    }
                }
            }
        }
        if is_whole {
            whole.push(placed);
        }
    }
    whole
}

impl Plate {
    /// The picture as large as its room, two pixels to a character.
    fn in_characters(&self) -> Thumbnail {
        self.picture.resampled(2 * usize::from(self.lines), usize::from(self.columns))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{one, slope};
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::text::Span;

    fn screen(rows: &[Span<'_>], x: u16, y: u16) -> Buffer {
        let mut buffer = Buffer::with_lines(vec!["t".repeat(20); 8]);
        for (place, row) in (y..).zip(rows) {
            if place < 8 {
                buffer.set_span(x, place, row, 20 - x);
            }
        }
        buffer
    }

    #[test]
    fn a_picture_is_sent_once_and_what_is_beneath_it_left_alone() {
        let (album, id, rows) = one(&slope(8, 16), 8, 4);
        let mut first = screen(&rows, 3, 2);
        let placed = take_out(&mut first, &album, &[], Depth::True);
        assert_eq!(placed, [Placed { id, x: 3, y: 2 }]);
        assert_eq!((first[(3, 2)].symbol(), first[(3, 2)].diff_option), (" ", CellDiffOption::AlwaysUpdate), "blanked");
        let mut second = screen(&rows, 3, 2);
        assert_eq!(take_out(&mut second, &album, &placed, Depth::True), placed);
        assert!(first.diff(&second).is_empty(), "nothing is written over it");
        let third = screen(&[], 0, 0);
        let rewritten = second.diff(&third);
        let (columns, lines) = album.plate(id).unwrap().characters();
        assert_eq!(rewritten.len(), usize::from(columns * lines), "it goes away as a whole");
        // It is on the move.
        let mut moved = screen(&rows, 3, 1);
        take_out(&mut moved, &album, &placed, Depth::True);
        let rewritten = first.diff(&moved);
        for y in 1..2 + lines {
            assert_eq!(rewritten.iter().filter(|(_, row, _)| *row == y).count(), usize::from(columns), "line {y}");
        }
        // It moves.
        let mut moved = screen(&rows, 4, 2);
        let after = take_out(&mut moved, &album, &placed, Depth::True);
        assert_eq!(after, [Placed { id, x: 4, y: 2 }]);
        assert!(second.diff(&moved).iter().any(|(x, y, _)| (*x, *y) == (3, 2)));
    }

    #[test]
    fn what_is_cut_off_is_drawn_in_characters() {
        let (album, _, rows) = one(&slope(8, 16), 8, 4);
        for (shown, y) in [(&rows[1..], 0), (&rows[..], 7)] {
            for (depth, symbol) in [(Depth::True, "▀"), (Depth::None, "▓")] {
                let mut buffer = screen(shown, 3, y);
                assert_eq!(take_out(&mut buffer, &album, &[], depth), []);
                assert_eq!(buffer[(3 + 6, y)].symbol(), symbol);
            }
        }
    }

    #[test]
    fn a_placeholder_of_no_picture_leaves_nothing() {
        let (_, _, rows) = one(&slope(8, 16), 8, 4);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 1));
        buffer.set_span(0, 0, &rows[0], 10);
        assert_eq!(take_out(&mut buffer, &Album::blocks(), &[], Depth::True), []);
        assert_eq!(buffer[(0, 0)].symbol(), " ");
    }
}
