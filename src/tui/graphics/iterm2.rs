//! [iTerm2's inline images](https://iterm2.com/documentation-images.html): a file that is shown where the cursor is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Plate;

/// Shows a picture, its upper left corner at the cursor.
pub fn encode(plate: &Plate) -> String {
    let png = plate.png();
    let (columns, lines) = plate.characters();
    let keys = format!("size={};width={columns};height={lines};preserveAspectRatio=1;inline=1", png.len());
    format!("\x1b]1337;File={keys}:{}\x07", STANDARD.encode(png))
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{one, slope};
    use super::*;

    #[test]
    fn a_picture_is_a_file_with_its_room() {
        let (album, id, _) = one(&slope(28, 28), 14, 16);
        let plate = album.plate(id).unwrap();
        let text = encode(plate);
        let (keys, bytes) = text.strip_prefix("\x1b]1337;File=").unwrap().split_once(':').unwrap();
        assert!(keys.contains("width=14;height=7;") && keys.contains("inline=1"), "{keys}");
        assert_eq!(STANDARD.decode(bytes.strip_suffix('\x07').unwrap()).unwrap(), plate.png());
        assert!(text.len() < 1500, "a digit costs {} bytes", text.len());
    }
}
