//! Pictures, side by side with a caption over each: pixel by pixel where the terminal can, in half-blocks where it has
//! shades, else in characters that are more or less full.

use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};

use crate::domain::thumbnail::{Cell, Grid, Rgb, Thumbnail, shade};
use crate::tui::graphics::Album;
use crate::tui::text;
use crate::tui::theme::{Depth, Role, Theme};

/// A picture takes no more lines.
const MOST_LINES: usize = 16;

/// Pictures with their captions in rows that are filled as far as the width goes.
pub fn gallery(
    pictures: &[(String, &Thumbnail)],
    theme: &Theme,
    album: &mut Album,
    width: usize,
) -> Vec<Line<'static>> {
    let Some((_, first)) = pictures.first() else { return Vec::new() };
    let grid = Grid::of(pictures.len(), first.width, width);
    let gap = || Span::raw(" ".repeat(Grid::GAP));
    let mut lines = Vec::new();
    for row in pictures.chunks(grid.per_row) {
        let drawn: Vec<Vec<Line<'_>>> =
            row.iter().map(|(_, picture)| one(picture, theme, album, grid.cell, MOST_LINES)).collect();
        let captions = row.iter().map(|(caption, _)| {
            let caption = text::fit(caption, grid.cell).into_owned();
            let blanks = grid.cell.saturating_sub(text::width(&caption));
            Span::styled(caption + &" ".repeat(blanks), theme.fg(Role::Muted))
        });
        lines.push(Line::from(captions.flat_map(|caption| [caption, gap()]).collect::<Vec<_>>()));
        for place in 0..drawn.iter().map(Vec::len).max().unwrap_or(0) {
            let mut spans = Vec::new();
            for picture in &drawn {
                let line = picture.get(place).cloned().unwrap_or_default();
                let blanks = grid.cell.saturating_sub(line.width());
                spans.extend(line.spans);
                spans.push(Span::raw(" ".repeat(blanks)));
                spans.push(gap());
            }
            lines.push(Line::from(spans));
        }
    }
    lines
}

/// One picture, in so many columns and lines at most.
pub fn one(picture: &Thumbnail, theme: &Theme, album: &mut Album, columns: usize, lines: usize) -> Vec<Line<'static>> {
    if let Some(placeholders) = album.add(picture, columns, lines) {
        return placeholders.into_iter().map(Line::from).collect();
    }
    let fitted = picture.fitted(columns, lines);
    (0..fitted.lines()).map(|place| Line::from(drawn(&fitted, place, theme))).collect()
}

/// One line of a picture.
fn drawn(picture: &Thumbnail, line: usize, theme: &Theme) -> Vec<Span<'static>> {
    let cells: Vec<Cell> = picture.line(line).collect();
    if !theme.depth.has_shades() {
        let text: String = cells.into_iter().map(shade).collect();
        return vec![Span::styled(text, theme.fg(Role::Text))];
    }
    let mut spans = Vec::new();
    // Neighbors of one color are one span.
    let mut rest = &cells[..];
    while let Some(&(upper, lower)) = rest.first() {
        let same = rest.iter().take_while(|cell| **cell == (upper, lower)).count();
        let style = Style::new().fg(color(theme.depth, upper));
        let style = lower.map_or(style, |lower| style.bg(color(theme.depth, lower)));
        spans.push(Span::styled("▀".repeat(same), style));
        rest = &rest[same..];
    }
    spans
}

fn color(depth: Depth, [red, green, blue]: Rgb) -> Color {
    depth.nearest(Color::Rgb(red, green, blue), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Thumbnail {
        Thumbnail { channels: 1, height: 4, width: 12, bytes: (0..48).map(|place| (place / 12 * 80) as u8).collect() }
    }

    fn text(lines: &[Line<'_>]) -> String {
        lines.iter().map(|line| line.to_string().trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn pictures_are_half_blocks_in_color_and_shades_without() {
        let picture = picture();
        let pictures = [("a".to_owned(), &picture), ("b".to_owned(), &picture)];
        let blocks = "▀".repeat(12);
        let lines = gallery(&pictures, &Theme::builtin("dark", Depth::True), &mut Album::blocks(), 40);
        assert_eq!(text(&lines), format!("a             b\n{blocks}  {blocks}\n{blocks}  {blocks}"));
        assert_eq!(lines[1].spans[0].style, Style::new().fg(Color::Rgb(0, 0, 0)).bg(Color::Rgb(80, 80, 80)));
        let plain = gallery(&pictures[..1], &Theme::builtin("dark", Depth::None), &mut Album::blocks(), 40);
        assert_eq!(text(&plain), format!("a\n{}\n{}", " ".repeat(12).trim_end(), "▓".repeat(12)));
    }

    #[test]
    fn where_a_terminal_can_they_are_placeholders_in_the_same_places() {
        let picture = picture();
        let pictures = [("a".to_owned(), &picture), ("b".to_owned(), &picture)];
        let mut album = Album::images((8, 16));
        let lines = gallery(&pictures, &Theme::builtin("dark", Depth::True), &mut album, 40);
        assert_eq!(album.plates().count(), 1, "the same picture twice");
        assert_eq!(lines[0].to_string().trim_end(), "a             b");
        assert_eq!(lines.len(), 3);
        assert!(lines[1].spans[0].width() == 12 && lines[1].spans[0].content.starts_with('\u{10eeee}'));
        assert_eq!(lines[1].spans[0], lines[1].spans[3]);
    }
}
