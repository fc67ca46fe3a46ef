//! Lines of styled text put where they belong.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::tui::text;

/// A pen that writes line after line into an area and stops at its end.
pub struct Pen<'a> {
    area: Rect,
    buffer: &'a mut Buffer,
    row: u16,
}

impl<'a> Pen<'a> {
    /// A pen at the top of an area.
    pub fn new(area: Rect, buffer: &'a mut Buffer) -> Self {
        Self { area, buffer, row: 0 }
    }

    /// Columns in a line.
    pub fn width(&self) -> usize {
        usize::from(self.area.width)
    }

    /// Lines that are left.
    pub fn left(&self) -> usize {
        usize::from(self.area.height.saturating_sub(self.row))
    }

    /// The area that is left.
    pub fn rest(&self) -> Rect {
        let row = self.row.min(self.area.height);
        Rect { y: self.area.y + row, height: self.area.height - row, ..self.area }
    }

    /// Writes a line, and gives where it went if there was room.
    pub fn write<'l>(&mut self, line: impl Into<Line<'l>>) -> Option<Rect> {
        if self.row >= self.area.height {
            return None;
        }
        let y = self.area.y + self.row;
        self.buffer.set_line(self.area.x, y, &line.into(), self.area.width);
        self.row += 1;
        Some(Rect { y, height: 1, ..self.area })
    }

    /// Writes a line with something at its right end; the left side gives way.
    pub fn split(&mut self, left: &Line<'_>, right: &Line<'_>) -> Option<Rect> {
        let row = self.row;
        let area = self.write("")?;
        split(Rect { y: self.area.y + row, ..area }, self.buffer, left, right);
        Some(area)
    }

    /// Writes text broken into lines, `most` of them; the last is cut if there is more.
    pub fn wrapped(&mut self, text: &str, style: Style, most: usize) {
        self.indented("", text, style, most);
    }

    /// Like [`Self::wrapped`], with every line behind an indent.
    pub fn indented(&mut self, indent: &str, text: &str, style: Style, most: usize) {
        let room = self.width().saturating_sub(text::width(indent));
        let lines = text::wrap(&text::clean(text), room);
        let more = lines.len() > most;
        for (place, line) in lines.into_iter().take(most).enumerate() {
            let line =
                if more && place + 1 == most { text::fit(&format!("{line} …"), room).into_owned() } else { line };
            self.write(Line::from(vec![Span::raw(indent.to_owned()), Span::styled(line, style)]));
        }
    }

    /// Lays a style over a line that was written.
    pub fn tint(&mut self, row: Rect, style: Style) {
        self.buffer.set_style(row, style);
    }

    /// Leaves a line free.
    pub fn skip(&mut self) {
        self.row = (self.row + 1).min(self.area.height);
    }
}

/// Writes one line into a row with something at its right end; the left side gives way.
pub fn split(row: Rect, buffer: &mut Buffer, left: &Line<'_>, right: &Line<'_>) {
    let taken = (right.width() as u16).min(row.width);
    let gap = u16::from(taken > 0);
    buffer.set_line(row.x, row.y, left, row.width.saturating_sub(taken + gap));
    buffer.set_line(row.right() - taken, row.y, right, taken);
}

/// A horizontal bar of so many cells, filled to a share: heavy for what is done, light for what is left.
pub fn meter(width: usize, share: f64, done: Style, left: Style) -> Vec<Span<'static>> {
    let filled = ((width as f64 * share.clamp(0.0, 1.0)).round() as usize).min(width);
    vec![Span::styled("━".repeat(filled), done), Span::styled("─".repeat(width - filled), left)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(buffer: &Buffer) -> Vec<String> {
        let width = usize::from(buffer.area.width);
        buffer.content().chunks(width).map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect()).collect()
    }

    #[test]
    fn pens_stop_at_the_end() {
        let area = Rect::new(0, 0, 12, 3);
        let mut buffer = Buffer::empty(area);
        let mut pen = Pen::new(area, &mut buffer);
        pen.split(&Line::from("left side"), &Line::from("right"));
        pen.wrapped("one two three four five", Style::new(), 2);
        assert_eq!(pen.write("no room"), None);
        assert_eq!(rows(&buffer), ["left s right", "one two     ", "three four …"]);
    }

    #[test]
    fn meters_are_filled_to_their_share() {
        for (share, bar) in [(0.0, "────"), (0.5, "━━──"), (2.0, "━━━━"), (f64::NAN, "────")]
        {
            let spans = meter(4, share, Style::new(), Style::new());
            assert_eq!(spans.iter().map(|span| &*span.content).collect::<String>(), bar);
        }
    }
}
