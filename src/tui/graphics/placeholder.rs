//! Cells that stand for a piece of a picture, as [kitty's protocol] has them: a private character, with one mark above it
//! that tells the line and one that tells the column, in a color that is the picture's number.
//!
//! [kitty's protocol]: https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders

use ratatui::buffer::Cell;
use ratatui::style::{Color, Style};
use ratatui::text::Span;

/// The character; it belongs to nobody else.
const CHARACTER: char = '\u{10eeee}';

/// The marks that tell numbers from 0 on, the first of kitty's list (class 230 of Unicode's combining characters).
const MARKS: [char; 64] = [
    '\u{305}', '\u{30d}', '\u{30e}', '\u{310}', '\u{312}', '\u{33d}', '\u{33e}', '\u{33f}', '\u{346}', '\u{34a}',
    '\u{34b}', '\u{34c}', '\u{350}', '\u{351}', '\u{352}', '\u{357}', '\u{35b}', '\u{363}', '\u{364}', '\u{365}',
    '\u{366}', '\u{367}', '\u{368}', '\u{369}', '\u{36a}', '\u{36b}', '\u{36c}', '\u{36d}', '\u{36e}', '\u{36f}',
    '\u{483}', '\u{484}', '\u{485}', '\u{486}', '\u{487}', '\u{592}', '\u{593}', '\u{594}', '\u{595}', '\u{597}',
    '\u{598}', '\u{599}', '\u{59c}', '\u{59d}', '\u{59e}', '\u{59f}', '\u{5a0}', '\u{5a1}', '\u{5a8}', '\u{5a9}',
    '\u{5ab}', '\u{5ac}', '\u{5af}', '\u{5c4}', '\u{610}', '\u{611}', '\u{612}', '\u{613}', '\u{614}', '\u{615}',
    '\u{616}', '\u{617}', '\u{657}', '\u{658}',
];

/// No picture has more columns or lines.
pub const MOST: usize = MARKS.len();

/// Whether a symbol is a placeholder. Terminals that know it take it for one column wide.
pub fn is_one(symbol: &str) -> bool {
    symbol.starts_with(CHARACTER)
}

/// One line of a picture's placeholders.
pub(super) fn line(id: u32, line: u16, columns: u16) -> Span<'static> {
    let mark = |number: u16| MARKS[usize::from(number).min(MOST - 1)];
    let text = (0..columns).flat_map(|column| [CHARACTER, mark(line), mark(column)]).collect::<String>();
    let [_, red, green, blue] = id.to_be_bytes();
    Span::styled(text, Style::new().fg(Color::Rgb(red, green, blue)))
}

/// Which piece of which picture a cell stands for: its number, line and column.
pub(super) fn read(cell: &Cell) -> Option<(u32, u16, u16)> {
    let mut characters = cell.symbol().chars();
    if characters.next() != Some(CHARACTER) {
        return None;
    }
    let mut number = || {
        let mark = characters.next()?;
        MARKS.iter().position(|other| *other == mark).map(|place| place as u16)
    };
    let (line, column) = (number()?, number()?);
    match cell.fg {
        Color::Rgb(red, green, blue) => Some((u32::from_be_bytes([0, red, green, blue]), line, column)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    #[test]
    fn each_placeholder_is_one_cell_that_tells_its_piece() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 70, 1));
        for at in [0, 5, 63] {
            buffer.set_span(2, 0, &line(0x12_3456, at, 64), 64);
            for column in 0..64 {
                assert_eq!(read(&buffer[(2 + column, 0)]), Some((0x12_3456, at, column)));
            }
        }
        assert_eq!(read(&buffer[(0, 0)]), None);
    }

    #[test]
    fn marks_differ() {
        let mut marks = MARKS.to_vec();
        marks.sort_unstable();
        marks.dedup();
        assert_eq!(marks.len(), MOST);
    }
}
