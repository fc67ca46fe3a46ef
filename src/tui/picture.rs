//! The screen as a picture: an SVG of what is shown, to be put into a report or a message.
//!
//! Every stretch of one style is a piece of text that is told how wide to be, so that columns stay columns in whatever
//! monospaced font a viewer has.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// Width and height of a cell, in the picture's units.
const CELL: (f64, f64) = (8.4, 16.4);
/// How far up from the bottom of a cell the line of writing is.
const BASE: f64 = 4.0;

/// A screen as SVG. `ink` and `ground` stand for the terminal's own colors.
pub fn svg(buffer: &Buffer, ink: Color, ground: Color) -> String {
    let (columns, rows) = (buffer.area.width, buffer.area.height);
    let (wide, high) = (f64::from(columns) * CELL.0, f64::from(rows) * CELL.1);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide:.1} {high:.1}\" width=\"{wide:.0}\" height=\"{high:.0}\" \
         font-family=\"ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n",
        hex(ground, "#000000")
    );
    for row in 0..rows {
        let mut column = 0;
        while column < columns {
            let begin = column;
            let look = Look::of(cell(buffer, begin, row), ink, ground);
            let mut written = String::new();
            while column < columns && Look::of(cell(buffer, column, row), ink, ground) == look {
                written.push_str(cell(buffer, column, row).symbol());
                // The second half of a wide character is a cell with nothing of its own.
                let wide = unicode_width::UnicodeWidthStr::width(cell(buffer, column, row).symbol()).max(1);
                column += wide as u16;
            }
            look.write(&mut text, &written, (begin, row), column.min(columns) - begin, ground);
        }
    }
    text + "</svg>\n"
}

fn cell(buffer: &Buffer, column: u16, row: u16) -> &Cell {
    &buffer[(buffer.area.x + column, buffer.area.y + row)]
}

/// What a cell looks like besides its character.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Look {
    ink: Color,
    ground: Color,
    bold: bool,
    underlined: bool,
    dim: bool,
}

impl Look {
    fn of(cell: &Cell, ink: Color, ground: Color) -> Self {
        let own = |color: Color, default: Color| if color == Color::Reset { default } else { color };
        let (mut front, mut back) = (own(cell.fg, ink), own(cell.bg, ground));
        if cell.modifier.contains(Modifier::REVERSED) {
            std::mem::swap(&mut front, &mut back);
        }
        Self {
            ink: front,
            ground: back,
            bold: cell.modifier.contains(Modifier::BOLD),
            underlined: cell.modifier.contains(Modifier::UNDERLINED),
            dim: cell.modifier.contains(Modifier::DIM),
        }
    }

    fn write(self, out: &mut String, text: &str, at: (u16, u16), columns: u16, ground: Color) {
        let (x, y) = (f64::from(at.0) * CELL.0, f64::from(at.1) * CELL.1);
        let wide = f64::from(columns) * CELL.0;
        if self.ground != ground {
            let fill = hex(self.ground, "#000000");
            // Writing into a text never fails.
            let _ = writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{:.1}\" fill=\"{fill}\"/>",
                CELL.1
            );
        }
        if text.trim().is_empty() {
            return;
        }
        let bold = if self.bold { " font-weight=\"bold\"" } else { "" };
        let line = if self.underlined { " text-decoration=\"underline\"" } else { "" };
        let dim = if self.dim { " opacity=\"0.6\"" } else { "" };
        let _ = writeln!(
            out,
            "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{wide:.1}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\" \
             fill=\"{}\"{bold}{line}{dim}>{}</text>",
            y + CELL.1 - BASE,
            hex(self.ink, "#ffffff"),
            escaped(text)
        );
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A color as a picture names it; those that only a terminal knows stand for `otherwise`.
fn hex(color: Color, otherwise: &str) -> String {
    match color {
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        _ => otherwise.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn stretches_of_one_style_are_one_piece() {
        let (ink, ground) = (Color::Rgb(255, 255, 255), Color::Rgb(0, 0, 0));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 2));
        buffer.set_string(0, 0, "a<b", Style::new());
        buffer.set_string(3, 0, "red", Style::new().fg(Color::Rgb(255, 0, 0)).add_modifier(Modifier::BOLD));
        buffer.set_string(0, 1, "数字 x", Style::new().bg(Color::Rgb(1, 2, 3)));
        let picture = svg(&buffer, ink, ground);
        assert!(picture.contains(">a&lt;b</text>") && picture.contains("textLength=\"25.2\""), "{picture}");
        assert!(picture.contains("fill=\"#ff0000\" font-weight=\"bold\">red</text>"), "{picture}");
        assert!(picture.contains("fill=\"#010203\"") && picture.contains(">数字 x</text>"), "{picture}");
        assert_eq!(picture.matches("<text").count(), 3, "what is empty is not written");
    }
}
