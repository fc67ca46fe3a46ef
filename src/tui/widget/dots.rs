//! A grid of dots, two by four in each cell, drawn as braille. Each cell has one ink; what is drawn later takes the cell
//! over, so what matters most is drawn last.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Dots in a cell: across and down.
pub const ACROSS: usize = 2;
/// Dots in a cell, down.
pub const DOWN: usize = 4;

/// The bit of each dot in Unicode's braille patterns, row by row.
const BITS: [[u8; ACROSS]; DOWN] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// A grid of dots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dots {
    width: usize,
    height: usize,
    /// Pattern and ink of each cell, row by row.
    cells: Vec<(u8, u16)>,
}

impl Dots {
    /// An empty grid of so many cells.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, cells: vec![(0, 0); width * height] }
    }

    /// Dots across.
    pub fn across(&self) -> usize {
        self.width * ACROSS
    }

    /// Dots down.
    pub fn down(&self) -> usize {
        self.height * DOWN
    }

    /// Sets a dot; one outside of the grid is left out.
    pub fn set(&mut self, x: usize, y: usize, ink: u16) {
        if x >= self.across() || y >= self.down() {
            return;
        }
        let cell = &mut self.cells[y / DOWN * self.width + x / ACROSS];
        let bit = BITS[y % DOWN][x % ACROSS];
        *cell = if cell.1 == ink { (cell.0 | bit, ink) } else { (bit, ink) };
    }

    /// Sets all dots of a column from one row to another, whichever is higher.
    pub fn column(&mut self, x: usize, from: usize, to: usize, ink: u16) {
        for y in from.min(to)..=from.max(to).min(self.down().saturating_sub(1)) {
            self.set(x, y, ink);
        }
    }

    /// Sets the dots of a line between two points that may lie outside of the grid.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), ink: u16) {
        let Some((from, to)) = clipped(from, to, self.across() as f64 - 1.0, self.down() as f64 - 1.0) else { return };
        let steps = (to.0 - from.0).abs().max((to.1 - from.1).abs()).ceil().max(1.0);
        for step in 0..=steps as usize {
            let share = step as f64 / steps;
            let x = from.0 + (to.0 - from.0) * share;
            let y = from.1 + (to.1 - from.1) * share;
            self.set(x.round() as usize, y.round() as usize, ink);
        }
    }

    /// Draws the cells that have dots; `inks` are the styles that ink numbers stand for.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, inks: &[Style]) {
        for (place, (pattern, ink)) in self.cells.iter().enumerate().filter(|(_, (pattern, _))| *pattern != 0) {
            let (x, y) = (area.x + (place % self.width) as u16, area.y + (place / self.width) as u16);
            let Some(cell) = buffer.cell_mut((x, y)).filter(|_| x < area.right() && y < area.bottom()) else {
                continue;
            };
            let glyph = char::from_u32(0x2800 + u32::from(*pattern)).unwrap_or(' ');
            cell.set_char(glyph).set_style(inks.get(usize::from(*ink)).copied().unwrap_or_default());
        }
    }
}

type Point = (f64, f64);

/// The part of a line that lies within 0…`right`, 0…`bottom` (Liang and Barsky 1984).
fn clipped(from: Point, to: Point, right: f64, bottom: f64) -> Option<(Point, Point)> {
    if ![from.0, from.1, to.0, to.1].iter().all(|value| value.is_finite()) || right < 0.0 || bottom < 0.0 {
        return None;
    }
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    for (direction, room) in [(-dx, from.0), (dx, right - from.0), (-dy, from.1), (dy, bottom - from.1)] {
        if direction == 0.0 {
            if room < 0.0 {
                return None;
            }
            continue;
        }
        let share = room / direction;
        if direction < 0.0 {
            enter = enter.max(share);
        } else {
            leave = leave.min(share);
        }
    }
    (enter <= leave).then_some(((from.0 + dx * enter, from.1 + dy * enter), (from.0 + dx * leave, from.1 + dy * leave)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drawn(dots: &Dots) -> String {
        let area = Rect::new(0, 0, dots.width as u16, dots.height as u16);
        let mut buffer = Buffer::empty(area);
        dots.draw(area, &mut buffer, &[]);
        buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn dots_become_braille() {
        let mut dots = Dots::new(2, 1);
        dots.set(0, 0, 0);
        dots.column(3, 3, 0, 0);
        dots.set(9, 9, 0);
        assert_eq!(drawn(&dots), "⠁⢸");
        dots.line((0.0, 3.0), (3.0, 3.0), 1);
        assert_eq!(drawn(&dots), "⣀⣀", "a later ink takes a cell over");
    }

    proptest! {
        #[test]
        fn lines_stay_inside_and_reach_their_ends(
            from in (-50.0..50.0f64, -50.0..50.0f64), to in (-50.0..50.0f64, -50.0..50.0f64)
        ) {
            let mut dots = Dots::new(10, 5);
            dots.line(from, to, 1);
            let inside = |(x, y): Point| (0.0..=19.0).contains(&x) && (0.0..=19.0).contains(&y);
            for end in [from, to].into_iter().filter(|end| inside(*end)) {
                let (x, y) = (end.0.round() as usize, end.1.round() as usize);
                let (pattern, _) = dots.cells[y / DOWN * 10 + x / ACROSS];
                prop_assert!(pattern & BITS[y % DOWN][x % ACROSS] != 0);
            }
        }
    }
}
