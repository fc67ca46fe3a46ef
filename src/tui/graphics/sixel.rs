//! [Sixel](https://vt100.net/docs/vt3xx-gp/chapter14.html) graphics: six rows of pixels at a time, each color by itself,
//! runs counted.

use std::collections::BTreeMap;

use color_quant::NeuQuant;

use super::Plate;
use crate::domain::thumbnail::Rgb;

/// Shades of gray that are told apart; fewer make a picture shorter.
const GRAYS: usize = 32;
/// Other colors likewise; terminals have 256 or more.
const COLORS: usize = 64;
/// Rows in a band.
const BAND: usize = 6;

/// Shows a picture, its upper left corner at the cursor.
pub fn encode(plate: &Plate) -> String {
    let (width, height) = (usize::from(plate.size.0), usize::from(plate.size.1));
    let picture = plate.picture.resampled(height, width);
    let pixels: Vec<Rgb> = picture.pixels().collect();
    let (palette, indices) = reduced(&pixels, picture.channels < 3);
    let mut out = format!("\x1bP0;1;0q\"1;1;{width};{height}");
    for (number, color) in palette.iter().enumerate() {
        let [red, green, blue] = color.map(|byte| (u32::from(byte) * 100 + 127) / 255);
        out.push_str(&format!("#{number};2;{red};{green};{blue}"));
    }
    for band in indices.chunks(BAND * width) {
        // For each color, which rows of each column have it.
        let mut masks: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
        for (place, index) in band.iter().enumerate() {
            masks.entry(*index).or_insert_with(|| vec![0; width])[place % width] |= 1 << (place / width);
        }
        for (index, mask) in masks {
            out.push_str(&format!("#{index}"));
            push_runs(&mut out, &mask);
            out.push('$');
        }
        out.push('-');
    }
    out.push_str("\x1b\\");
    out
}

/// The columns of one color, without the empty ones at the end.
fn push_runs(out: &mut String, mask: &[u8]) {
    let end = mask.iter().rposition(|column| *column != 0).map_or(0, |last| last + 1);
    for run in mask[..end].chunk_by(|one, other| one == other) {
        let sixel = char::from(b'?' + run[0]);
        if run.len() > 3 {
            out.push_str(&format!("!{}{sixel}", run.len()));
        } else {
            out.extend(std::iter::repeat_n(sixel, run.len()));
        }
    }
}

/// Fewer colors, and which of them each pixel has.
fn reduced(pixels: &[Rgb], gray: bool) -> (Vec<Rgb>, Vec<u8>) {
    if gray {
        let level = |byte: u8| (usize::from(byte) * (GRAYS - 1) + 127) / 255;
        let palette = (0..GRAYS).map(|level| [(level * 255 / (GRAYS - 1)) as u8; 3]).collect();
        return (palette, pixels.iter().map(|pixel| level(pixel[0]) as u8).collect());
    }
    let mut palette: Vec<Rgb> = pixels.to_vec();
    palette.sort_unstable();
    palette.dedup();
    if palette.len() <= COLORS {
        let place = |pixel: &Rgb| palette.binary_search(pixel).unwrap_or_default() as u8;
        let indices = pixels.iter().map(place).collect();
        return (palette, indices);
    }
    let rgba: Vec<u8> = pixels.iter().flat_map(|[red, green, blue]| [*red, *green, *blue, 255]).collect();
    let quantized = NeuQuant::new(3, COLORS, &rgba);
    let palette = quantized.color_map_rgb().chunks_exact(3).map(|rgb| [rgb[0], rgb[1], rgb[2]]).collect();
    (palette, rgba.chunks_exact(4).map(|pixel| quantized.index_of(pixel) as u8).collect())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{one, slope};
    use super::*;
    use crate::domain::thumbnail::Thumbnail;

    /// What a terminal makes of it: the pixels that are set.
    fn decode(text: &str) -> (usize, usize, Vec<Option<Rgb>>) {
        let body = text.strip_prefix("\x1bP0;1;0q\"1;1;").unwrap().strip_suffix("\x1b\\").unwrap();
        let numbers = |text: &str| text.split(';').map(|number| number.parse().unwrap()).collect::<Vec<usize>>();
        let head = body.find('#').unwrap();
        let (width, height) = (numbers(&body[..head])[0], numbers(&body[..head])[1]);
        let mut pixels = vec![None; width * height];
        let (mut palette, mut color, mut x, mut y) = (BTreeMap::new(), 0, 0, 0);
        let mut rest = &body[head..];
        while let Some(first) = rest.chars().next() {
            let digits = rest[1..].find(|c: char| !c.is_ascii_digit() && c != ';').map_or(rest.len(), |end| end + 1);
            let mut run = 1;
            match first {
                '#' => {
                    let read = numbers(&rest[1..digits]);
                    color = read[0];
                    if let [_, 2, red, green, blue] = read[..] {
                        palette.insert(color, [red, green, blue].map(|part| ((part * 255 + 50) / 100) as u8));
                    }
                    rest = &rest[digits..];
                    continue;
                }
                '$' => x = 0,
                '-' => (x, y) = (0, y + BAND),
                '!' => {
                    run = numbers(&rest[1..digits])[0];
                    rest = &rest[digits..];
                }
                _ => {}
            }
            let sixel = rest.chars().next().unwrap() as u8;
            if sixel >= b'?' {
                for _ in 0..run {
                    for row in (0..BAND).filter(|row| (sixel - b'?') >> row & 1 == 1) {
                        pixels[(y + row) * width + x] = Some(palette[&color]);
                    }
                    x += 1;
                }
            }
            rest = &rest[1..];
        }
        (width, height, pixels)
    }

    #[test]
    fn a_terminal_reads_the_picture_that_was_meant() {
        let bytes = (0..3 * 40 * 30).map(|place| (place % 251) as u8).collect();
        let few = Thumbnail { channels: 3, height: 1, width: 2, bytes: vec![255, 0, 0, 255, 0, 0] };
        for (picture, near) in [
            (slope(28, 28), 6),
            (few, 1),
            // As many colors as there are pixels, in 64.
            (Thumbnail { channels: 3, height: 40, width: 30, bytes }, 80),
        ] {
            let (album, id, _) = one(&picture, 14, 7);
            let plate = album.plate(id).unwrap();
            let (width, height, pixels) = decode(&encode(plate));
            assert_eq!((width, height), (usize::from(plate.size.0), usize::from(plate.size.1)));
            let meant = plate.picture.resampled(height, width);
            for (meant, shown) in meant.pixels().zip(pixels) {
                let shown = shown.expect("every pixel is set");
                assert!(meant.iter().zip(shown).all(|(a, b)| a.abs_diff(b) <= near), "{meant:?} {shown:?}");
            }
        }
    }

    #[test]
    fn a_digit_is_short() {
        let mut digit = slope(28, 28);
        digit.bytes.iter_mut().enumerate().for_each(|(at, byte)| *byte = if at % 28 / 4 == 3 { 255 } else { 0 });
        let (album, id, _) = one(&digit, 14, 7);
        assert!(encode(album.plate(id).unwrap()).len() < 2000);
    }
}
