//! [kitty's graphics protocol](https://sw.kovidgoyal.net/kitty/graphics-protocol/): a picture is sent once and is shown
//! wherever its placeholders stand.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Plate;

/// Bytes of a picture in one sequence; the protocol allows no more.
const CHUNK: usize = 4096;

/// Sends a picture to be shown where its placeholders are. The terminal is to answer nothing (`q=2`).
pub fn encode(id: u32, plate: &Plate) -> String {
    let text = STANDARD.encode(plate.png());
    let mut out = String::new();
    let mut rest = text.as_str();
    loop {
        let (chunk, after) = rest.split_at(rest.len().min(CHUNK));
        out.push_str("\x1b_G");
        if out.len() == 3 {
            let (columns, lines) = plate.characters();
            out.push_str(&format!("a=T,U=1,q=2,f=100,i={id},c={columns},r={lines},"));
        }
        out.push_str(&format!("m={};{chunk}\x1b\\", u8::from(!after.is_empty())));
        if after.is_empty() {
            return out;
        }
        rest = after;
    }
}

/// Has the terminal forget a picture.
pub fn forget(id: u32) -> String {
    format!("\x1b_Ga=d,d=I,q=2,i={id}\x1b\\")
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{one, slope};
    use super::*;
    use crate::domain::random::Random;
    use crate::domain::thumbnail::Thumbnail;

    /// The keys of the first sequence, and all bytes together.
    fn read(text: &str) -> (String, Vec<u8>) {
        let sequences: Vec<&str> = text.split_terminator("\x1b\\").collect();
        let mut bytes = String::new();
        for (place, sequence) in sequences.iter().enumerate() {
            let (keys, chunk) = sequence.strip_prefix("\x1b_G").unwrap().split_once(';').unwrap();
            assert!(chunk.len() <= CHUNK);
            assert_eq!(keys.ends_with("m=1"), place + 1 < sequences.len(), "the last one says that it is");
            bytes.push_str(chunk);
        }
        let keys = sequences[0].strip_prefix("\x1b_G").unwrap().split_once(',').unwrap().0;
        (keys.to_owned(), STANDARD.decode(bytes).unwrap())
    }

    #[test]
    fn a_picture_goes_out_in_chunks() {
        let mut random = Random::new(7);
        let bytes = (0..100 * 100).map(|_| random.below(256) as u8).collect();
        let noise = Thumbnail { channels: 1, height: 100, width: 100, bytes };
        for picture in [slope(28, 28), noise] {
            let (album, id, _) = one(&picture, 40, 40);
            let text = encode(id, album.plate(id).unwrap());
            let (keys, bytes) = read(&text);
            assert_eq!(keys, "a=T");
            assert!(text.contains(&format!("i={id},")), "{text}");
            assert_eq!(bytes, album.plate(id).unwrap().png());
        }
    }
}
