//! What a terminal has been sent of pictures, so that each is sent once.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;

use super::place::{Placed, take_out};
use super::{Album, Protocol, iterm2, kitty, sixel};
use crate::tui::theme::Depth;

/// kitty keeps so many pictures; beyond that it is told to forget those that are not shown.
const KEPT: usize = 200;

/// The pictures that a terminal has.
#[derive(Debug, Default)]
pub struct Sent {
    /// How it takes them; `None`: not at all.
    how: Option<(Protocol, (u16, u16))>,
    /// What kitty has.
    kept: BTreeSet<u32>,
    /// Where pictures stand on others.
    placed: Vec<Placed>,
}

/// What is to be sent with a frame.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Before the frame.
    pub before: String,
    /// After the frame: where the cursor is to be, and what then.
    pub after: Vec<((u16, u16), String)>,
}

impl Sent {
    /// To a terminal that takes pictures so; its characters have so many pixels across and down.
    pub fn new(protocol: Protocol, cell: (u16, u16)) -> Self {
        Self { how: Some((protocol, cell)), ..Self::default() }
    }

    /// An album for the next frame.
    pub fn album(&self) -> Album {
        self.how.map_or_else(Album::blocks, |(_, cell)| Album::images(cell))
    }

    /// Makes a frame ready that was drawn with this album and tells what is to be sent with it.
    pub fn arrange(&mut self, buffer: &mut Buffer, album: &Album, depth: Depth) -> Parts {
        let mut parts = Parts::default();
        match self.how {
            None => {}
            Some((Protocol::Kitty, _)) => {
                let shown: BTreeSet<u32> = album.plates().map(|(id, _)| id).collect();
                if self.kept.union(&shown).count() > KEPT {
                    self.kept.difference(&shown).for_each(|id| parts.before.push_str(&kitty::forget(*id)));
                    self.kept.retain(|id| shown.contains(id));
                }
                for (id, plate) in album.plates() {
                    if self.kept.insert(id) {
                        parts.before.push_str(&kitty::encode(id, plate));
                    }
                }
            }
            Some((protocol, _)) => {
                if album.plates().next().is_none() && self.placed.is_empty() {
                    return parts;
                }
                let placed = take_out(buffer, album, &self.placed, depth);
                for one in placed.iter().filter(|one| !self.placed.contains(one)) {
                    let Some(plate) = album.plate(one.id) else { continue };
                    let text = if protocol == Protocol::Sixel { sixel::encode(plate) } else { iterm2::encode(plate) };
                    parts.after.push(((one.x, one.y), text));
                }
                self.placed = placed;
            }
        }
        parts
    }

    /// The screen has been cleared: nothing is there any more.
    pub fn cleared(&mut self) {
        self.placed.clear();
        self.kept.clear();
    }

    /// What is to be sent in the end, so that the terminal keeps nothing.
    pub fn farewell(&mut self) -> String {
        std::mem::take(&mut self.kept).into_iter().map(kitty::forget).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::slope;
    use super::*;
    use ratatui::layout::Rect;

    fn frame(sent: &mut Sent, widths: std::ops::Range<usize>) -> (Parts, Buffer) {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 4));
        let mut album = sent.album();
        for width in widths {
            if let Some(rows) = album.add(&slope(4, width), 10, 3) {
                for (y, row) in (0..).zip(rows) {
                    buffer.set_span(1, y, &row, 10);
                }
            }
        }
        let parts = sent.arrange(&mut buffer, &album, Depth::True);
        (parts, buffer)
    }

    #[test]
    fn a_picture_is_sent_once() {
        for protocol in Protocol::ALL {
            let mut sent = Sent::new(protocol, (8, 16));
            let (first, buffer) = frame(&mut sent, 4..5);
            assert_ne!(first, Parts::default(), "{protocol:?}");
            assert_eq!(buffer[(1, 0)].symbol().starts_with('\u{10eeee}'), protocol == Protocol::Kitty);
            assert_eq!(frame(&mut sent, 4..5).0, Parts::default());
            sent.cleared();
            assert_eq!(frame(&mut sent, 4..5).0, first);
        }
        assert_eq!(frame(&mut Sent::default(), 4..5).0, Parts::default());
    }

    #[test]
    fn kitty_forgets_what_is_not_shown() {
        let mut sent = Sent::new(Protocol::Kitty, (8, 16));
        frame(&mut sent, 1..KEPT);
        let (parts, _) = frame(&mut sent, KEPT..KEPT + 2);
        assert_eq!(parts.before.matches("a=d").count(), KEPT - 1);
        assert_eq!(sent.farewell().matches("a=d").count(), 2);
        assert_eq!(sent.farewell(), "");
    }
}
