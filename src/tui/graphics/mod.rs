//! Pictures pixel by pixel, on terminals that can show them; [`super::widget::pictures`] draws them in characters on all
//! others. Pure: it makes escape sequences and sends none.
//!
//! A panel that shows a picture puts it into the frame's [`Album`] and gets lines of placeholders for it: cells that say
//! which picture they belong to and which piece of it they stand for ([`placeholder`]). Panels thus know nothing of
//! protocols, and a picture scrolls, is cut off and is covered as text is. kitty shows such cells by itself ([`kitty`]).
//! For the other protocols ([`iterm2`], [`sixel`]) they are taken out of the frame again, and the picture is sent to
//! where they were ([`place`]).

pub mod answers;
pub mod iterm2;
pub mod kitty;
pub mod place;
pub mod placeholder;
pub mod sent;
pub mod sixel;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use ratatui::text::Span;

use crate::domain::thumbnail::Thumbnail;

/// A pixel is drawn no larger than so many of the terminal's.
const MOST_ENLARGED: f64 = 12.0;

/// How a terminal takes pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// kitty's, with placeholders: kitty, Ghostty.
    Kitty,
    /// iTerm2's: iTerm2, WezTerm, mintty.
    Iterm2,
    /// DEC's: xterm, foot, mlterm, Konsole, Windows Terminal, tmux.
    Sixel,
}

impl Protocol {
    /// All, in the order of preference.
    pub const ALL: [Self; 3] = [Self::Kitty, Self::Iterm2, Self::Sixel];

    /// What the user calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Kitty => "kitty",
            Self::Iterm2 => "iterm2",
            Self::Sixel => "sixel",
        }
    }
}

/// The pictures of one frame.
#[derive(Debug, Clone, Default)]
pub struct Album {
    /// Pixels of a character, across and down; `None` where the terminal shows no pictures.
    cell: Option<(u16, u16)>,
    shown: BTreeMap<u32, Plate>,
}

/// A picture and the room that it fills.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Plate {
    /// The picture as it is.
    picture: Thumbnail,
    /// Characters across.
    columns: u16,
    /// Characters down.
    lines: u16,
    /// Pixels of the terminal across and down; at most what the characters have.
    size: (u16, u16),
}

impl Album {
    /// Of a terminal that shows no pictures.
    pub fn blocks() -> Self {
        Self::default()
    }

    /// Of a terminal that does; its characters have so many pixels across and down.
    pub fn images(cell: (u16, u16)) -> Self {
        Self { cell: Some((cell.0.max(1), cell.1.max(1))), shown: BTreeMap::new() }
    }

    /// The picture with this number.
    pub fn plate(&self, id: u32) -> Option<&Plate> {
        self.shown.get(&id)
    }

    /// All pictures with their numbers.
    pub fn plates(&self) -> impl Iterator<Item = (u32, &Plate)> {
        self.shown.iter().map(|(id, plate)| (*id, plate))
    }

    /// Puts a picture in and gives its placeholders, at most so many columns and lines of them, its sides in the same
    /// proportion; `None` where it has to be drawn in characters.
    pub fn add(&mut self, picture: &Thumbnail, columns: usize, lines: usize) -> Option<Vec<Span<'static>>> {
        let plate = Plate::new(picture, self.cell?, columns, lines)?;
        let id = plate.id();
        let rows = (0..plate.lines).map(|line| placeholder::line(id, line, plate.columns)).collect();
        self.shown.insert(id, plate);
        Some(rows)
    }
}

impl Plate {
    fn new(picture: &Thumbnail, cell: (u16, u16), columns: usize, lines: usize) -> Option<Self> {
        let (columns, lines) = (columns.min(placeholder::MOST), lines.min(placeholder::MOST));
        let pixels = picture.channels.max(1) * picture.width * picture.height;
        if pixels == 0 || picture.bytes.len() < pixels || columns == 0 || lines == 0 {
            return None;
        }
        let room = (columns as f64 * f64::from(cell.0), lines as f64 * f64::from(cell.1));
        let fits = (room.0 / picture.width as f64).min(room.1 / picture.height as f64);
        let scale = fits.min(MOST_ENLARGED);
        let side = |length: usize| ((length as f64 * scale).round() as u16).max(1);
        let size = (side(picture.width), side(picture.height));
        let (columns, lines) = (size.0.div_ceil(cell.0), size.1.div_ceil(cell.1));
        Some(Self { picture: picture.clone(), columns, lines, size })
    }

    /// Characters across and down.
    pub fn characters(&self) -> (u16, u16) {
        (self.columns, self.lines)
    }

    /// The same picture in the same room has the same number in every frame. It fits into a color.
    fn id(&self) -> u32 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        // Numbers below 256 would be taken for colors of the palette.
        (hasher.finish() as u32 & 0x00ff_ffff) | 0x0001_0000
    }

    /// The picture as a PNG, enlarged by a whole factor so that terminals that smooth what they enlarge leave its pixels
    /// as sharp as they are.
    fn png(&self) -> Vec<u8> {
        let factor = (usize::from(self.size.0) / self.picture.width).max(1);
        let small = usize::from(self.size.0) < self.picture.width;
        let picture = if small {
            self.picture.resampled(usize::from(self.size.1), usize::from(self.size.0))
        } else {
            self.picture.resampled(self.picture.height * factor, self.picture.width * factor)
        };
        let (bytes, color) = if picture.channels < 3 {
            (picture.bytes[..picture.width * picture.height].to_vec(), ExtendedColorType::L8)
        } else {
            (picture.pixels().flatten().collect(), ExtendedColorType::Rgb8)
        };
        let mut png = Cursor::new(Vec::new());
        let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Up);
        // Into memory and with as many bytes as the sides say, so nothing can go wrong.
        let _ = encoder.write_image(&bytes, picture.width as u32, picture.height as u32, color);
        png.into_inner()
    }
}

#[cfg(test)]
pub(crate) mod fixtures {
    use super::*;

    /// A gray picture that gets brighter to the right.
    pub(crate) fn slope(height: usize, width: usize) -> Thumbnail {
        let bytes = (0..height * width).map(|place| (place % width * 255 / width.max(2)) as u8).collect();
        Thumbnail { channels: 1, height, width, bytes }
    }

    /// An album with one picture: its number, and its placeholders.
    pub(crate) fn one(picture: &Thumbnail, columns: usize, lines: usize) -> (Album, u32, Vec<Span<'static>>) {
        let mut album = Album::images((8, 16));
        let rows = album.add(picture, columns, lines).unwrap();
        let id = *album.shown.keys().next().unwrap();
        (album, id, rows)
    }
}

#[cfg(test)]
mod tests {
    use super::fixtures::{one, slope};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_picture_fills_its_room_and_keeps_its_proportion() {
        for (height, width, columns, lines, characters, size) in [
            (28, 28, 14, 16, (14, 7), (112, 112)),
            (28, 28, 80, 7, (14, 7), (112, 112)),
            (2, 2, 80, 30, (3, 2), (24, 24)),
            (100, 300, 20, 20, (20, 4), (160, 53)),
        ] {
            let (album, id, rows) = one(&slope(height, width), columns, lines);
            let plate = album.plate(id).unwrap();
            assert_eq!((plate.characters(), plate.size), (characters, size), "{height}×{width}");
            assert_eq!(rows.len(), usize::from(characters.1));
            assert!(rows.iter().all(|row| row.width() == usize::from(characters.0)));
        }
    }

    #[test]
    fn a_picture_is_a_png_of_whole_enlarged_pixels() {
        let (album, id, _) = one(&slope(28, 28), 14, 16);
        let png = album.plate(id).unwrap().png();
        let read = image::load_from_memory(&png).unwrap().to_luma8();
        assert_eq!(read.dimensions(), (112, 112));
        assert!((0..112).all(|x| read[(x, 50)][0] as usize == (x as usize / 4) * 255 / 28));
        let color = Thumbnail { channels: 3, height: 1, width: 2, bytes: vec![1, 2, 3, 4, 5, 6] };
        let (album, id, _) = one(&color, 1, 1);
        let read = image::load_from_memory(&album.plate(id).unwrap().png()).unwrap().to_rgb8();
        assert_eq!((read[(0, 0)].0, read[(read.width() - 1, 0)].0), ([1, 3, 5], [2, 4, 6]));
    }

    #[test]
    fn the_same_picture_in_the_same_room_is_one() {
        let mut album = Album::images((8, 16));
        let picture = slope(8, 8);
        let _ = album.add(&picture, 10, 10);
        let _ = album.add(&picture, 10, 10);
        assert_eq!(album.plates().count(), 1);
        let _ = album.add(&picture, 5, 10);
        assert_eq!(album.plates().count(), 2);
        assert!(Album::blocks().add(&picture, 10, 10).is_none());
    }

    proptest! {
        #[test]
        fn any_picture_stays_in_its_room(
            channels in 0usize..4, height in 0usize..50, width in 0usize..50, columns in 0usize..90, lines in 0usize..90,
            cell in (0u16..40, 0u16..40),
        ) {
            let picture = Thumbnail { channels, height, width, bytes: vec![7; channels * height * width] };
            let mut album = Album::images(cell);
            if let Some(rows) = album.add(&picture, columns, lines) {
                prop_assert!(rows.len() <= lines);
                prop_assert!(rows.iter().all(|row| row.width() <= columns));
                for (id, plate) in album.plates() {
                    prop_assert!((256..1 << 24).contains(&id));
                    prop_assert!(image::load_from_memory(&plate.png()).is_ok());
                    prop_assert!(!sixel::encode(plate).is_empty());
                }
            }
        }
    }
}
