//! An example as a small picture, and how it gets as small as a screen of characters: two pixels in each, one above the
//! other. Pure: it knows colors as numbers and nothing of terminals.

/// A picture of bytes, plane after plane, row after row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Thumbnail {
    /// Planes: 1 for gray, 3 for red, green and blue.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// `channels` × `height` × `width` of them, 0 for dark.
    pub bytes: Vec<u8>,
}

/// Red, green and blue.
pub type Rgb = [u8; 3];

/// What a character shows: the pixel above and the one below; `None` beyond the last row.
pub type Cell = (Rgb, Option<Rgb>);

impl Thumbnail {
    /// The picture in at most so many columns and lines of characters, two rows of pixels to a line, its sides in the
    /// same proportion. Small ones are enlarged by a whole factor, up to 4.
    pub fn fitted(&self, columns: usize, lines: usize) -> Self {
        let (height, width) = (self.height.max(1), self.width.max(1));
        let fits = (columns as f64 / width as f64).min(2.0 * lines as f64 / height as f64);
        let factor = if fits >= 1.0 { fits.floor().min(4.0) } else { fits };
        let side = |length: usize| ((length as f64 * factor).round() as usize).max(1);
        self.resampled(side(height), side(width))
    }

    /// The picture with other sides: each new pixel is the mean of the area that it covers.
    pub fn resampled(&self, height: usize, width: usize) -> Self {
        if (height, width) == (self.height, self.width) {
            return self.clone();
        }
        let rows: Vec<_> = (0..height).map(|row| covered(row, height, self.height)).collect();
        let columns: Vec<_> = (0..width).map(|column| covered(column, width, self.width)).collect();
        let plane = self.height * self.width;
        let mut bytes = Vec::with_capacity(self.channels * height * width);
        for plane in self.bytes.chunks_exact(plane.max(1)) {
            for down in &rows {
                for across in &columns {
                    let mut sum = 0.0;
                    for &(row, part) in down {
                        for &(column, share) in across {
                            sum += f64::from(plane[row * self.width + column]) * part * share;
                        }
                    }
                    bytes.push(sum.round() as u8);
                }
            }
        }
        Self { channels: self.channels, height, width, bytes }
    }

    /// Lines of characters.
    pub fn lines(&self) -> usize {
        self.height.div_ceil(2)
    }

    /// The characters of one line, left to right; none beyond the last.
    pub fn line(&self, line: usize) -> impl Iterator<Item = Cell> {
        let (above, below) = (2 * line, 2 * line + 1);
        let columns = if above < self.height { 0..self.width } else { 0..0 };
        columns.map(move |column| {
            let lower = (below < self.height).then(|| self.pixel(below, column));
            (self.pixel(above, column), lower)
        })
    }

    /// The pixels, row after row.
    pub fn pixels(&self) -> impl Iterator<Item = Rgb> {
        (0..self.height * self.width).map(|place| self.pixel(place / self.width, place % self.width))
    }

    fn pixel(&self, row: usize, column: usize) -> Rgb {
        let plane = self.height * self.width;
        let place = row * self.width + column;
        let byte = |channel: usize| self.bytes.get(channel * plane + place).copied().unwrap_or_default();
        if self.channels < 3 { [byte(0); 3] } else { [byte(0), byte(1), byte(2)] }
    }
}

/// How pictures of one size are put side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Pictures in a row.
    pub per_row: usize,
    /// Columns for each.
    pub cell: usize,
}

impl Grid {
    /// Blanks between two pictures.
    pub const GAP: usize = 2;
    /// Less than this shows nothing.
    const NARROWEST: usize = 11;
    /// No picture needs more.
    const WIDEST: usize = 48;

    /// So many pictures, each so many pixels wide, in so many columns: in as few rows as show something.
    pub fn of(pictures: usize, pixels: usize, columns: usize) -> Self {
        let room = |per_row: usize| ((columns + Self::GAP) / per_row).saturating_sub(Self::GAP);
        let natural = pixels.clamp(1, Self::WIDEST);
        let enough = natural.min(Self::NARROWEST);
        let per_row = (1..=pictures).map(|rows| pictures.div_ceil(rows)).find(|per_row| room(*per_row) >= enough);
        let per_row = per_row.unwrap_or(1);
        Self { per_row, cell: room(per_row).clamp(1, natural.max(Self::NARROWEST)) }
    }
}

/// The old pixels that a new one covers, each with its share of it.
fn covered(at: usize, new: usize, old: usize) -> Vec<(usize, f64)> {
    let scale = old as f64 / new as f64;
    let (from, to) = (at as f64 * scale, (at + 1) as f64 * scale);
    let overlap = |pixel: usize| (to.min(pixel as f64 + 1.0) - from.max(pixel as f64)) / scale;
    let last = (to.ceil() as usize).min(old);
    (from as usize..last).map(|pixel| (pixel, overlap(pixel))).filter(|(_, share)| *share > 1e-9).collect()
}

/// How bright a color is to the eye (Rec. 601), from 0 to 255.
pub fn luma([red, green, blue]: Rgb) -> u8 {
    ((u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114) / 1000) as u8
}

/// The character for a cell where there are no colors: the brighter, the fuller.
pub fn shade((upper, lower): Cell) -> char {
    const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];
    let bright = u32::from(luma(upper)) + lower.map_or(u32::from(luma(upper)), |lower| u32::from(luma(lower)));
    SHADES[(bright as usize * SHADES.len() / 511).min(SHADES.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gray(height: usize, width: usize, bytes: &[u8]) -> Thumbnail {
        Thumbnail { channels: 1, height, width, bytes: bytes.to_vec() }
    }

    #[test]
    fn shrinking_takes_means_and_enlarging_repeats() {
        let picture = gray(2, 4, &[0, 100, 200, 200, 100, 200, 200, 200]);
        assert_eq!(picture.fitted(2, 1), gray(1, 2, &[100, 200]));
        assert_eq!(gray(1, 2, &[9, 7]).fitted(4, 1), gray(2, 4, &[9, 9, 7, 7, 9, 9, 7, 7]));
        assert_eq!(gray(1, 3, &[0, 30, 60]).fitted(2, 1), gray(1, 2, &[10, 50]));
        assert_eq!(picture.fitted(4, 1), picture);
    }

    #[test]
    fn two_rows_make_a_line() {
        let picture = gray(3, 1, &[1, 2, 3]);
        assert_eq!(picture.lines(), 2);
        assert_eq!(picture.line(0).collect::<Vec<_>>(), [([1; 3], Some([2; 3]))]);
        assert_eq!(picture.line(1).collect::<Vec<_>>(), [([3; 3], None)]);
        assert_eq!(picture.line(2).count(), 0);
        let color = Thumbnail { channels: 3, height: 1, width: 1, bytes: vec![1, 2, 3] };
        assert_eq!(color.line(0).next(), Some(([1, 2, 3], None)));
    }

    #[test]
    fn shades_go_from_empty_to_full() {
        let shown: String = [0, 60, 120, 180, 255].iter().map(|&v| shade(([v; 3], Some([v; 3])))).collect();
        assert_eq!(shown, " ░▒▓█");
        assert_eq!(shade(([255; 3], None)), '█');
    }

    #[test]
    fn pictures_stand_in_as_few_rows_as_show_something() {
        for (pictures, pixels, columns, per_row, cell) in [
            (10, 28, 80, 5, 14),
            (10, 28, 200, 10, 18),
            (6, 28, 80, 6, 11),
            (3, 2, 80, 3, 11),
            (2, 300, 80, 2, 39),
            (4, 28, 5, 1, 5),
        ] {
            assert_eq!(Grid::of(pictures, pixels, columns), Grid { per_row, cell }, "{pictures} {pixels} {columns}");
        }
    }

    proptest! {
        #[test]
        fn a_fitted_picture_fits_and_keeps_its_brightness(
            height in 1usize..40, width in 1usize..40, columns in 1usize..50, lines in 1usize..30, byte in any::<u8>()
        ) {
            let fitted = gray(height, width, &vec![byte; height * width]).fitted(columns, lines);
            prop_assert!(fitted.width <= columns.max(1) && fitted.lines() <= lines.max(1));
            prop_assert_eq!(fitted.bytes, vec![byte; fitted.height * fitted.width]);
        }
    }
}
