//! From changed cells to the bytes that a terminal needs to show them, as few as can be: a line over SSH is often slow, or
//! metered. Knows ratatui's cells and no terminal.
//!
//! What the terminal does is remembered from one frame to the next (its colors, where its cursor stands), so that nothing
//! is said twice: a color is sent when it changes and not for blanks that do not show it, and the cursor moves by the
//! shorter of two ways.

use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use super::charset::Charset;
use crate::tui::graphics::placeholder;

/// How what is written looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pen {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

/// Modifiers that show on a blank.
const SEEN_ON_BLANKS: Modifier =
    Modifier::UNDERLINED.union(Modifier::REVERSED).union(Modifier::CROSSED_OUT).union(Modifier::SLOW_BLINK);

/// From so many blanks on it takes fewer bytes to erase them and to move on.
const WORTH_ERASING: u16 = 10;

/// Terminals, by the beginning of their names, that erase in the color of the ground that is set ("bce"). Among those that
/// do not is `screen`.
const ERASING: [&str; 10] =
    ["xterm", "tmux", "alacritty", "kitty", "foot", "rxvt", "wezterm", "konsole", "vte", "gnome"];

/// Whether a terminal of this name erases in the color of the ground that is set.
pub fn erases(term: &str) -> bool {
    ERASING.iter().any(|name| term.starts_with(name))
}

/// What turns each modifier on, and off again.
const MODIFIERS: [(Modifier, &str, &str); 8] = [
    (Modifier::BOLD, "1", "22"),
    (Modifier::DIM, "2", "22"),
    (Modifier::ITALIC, "3", "23"),
    (Modifier::UNDERLINED, "4", "24"),
    (Modifier::SLOW_BLINK, "5", "25"),
    (Modifier::REVERSED, "7", "27"),
    (Modifier::HIDDEN, "8", "28"),
    (Modifier::CROSSED_OUT, "9", "29"),
];

/// A backend that gathers bytes. They are taken out with [`Wire::take`].
#[derive(Debug)]
pub struct Wire {
    bytes: Vec<u8>,
    charset: Charset,
    /// Whether the terminal erases in the color of the ground that is set.
    erases: bool,
    /// Columns and rows of the terminal; ratatui asks for them before each frame.
    pub size: Size,
    /// How the terminal writes now; `None`: nobody knows.
    pen: Option<Pen>,
    /// Where the terminal's cursor stands; `None`: nobody knows.
    at: Option<Position>,
    cursor_shown: bool,
}

impl Wire {
    /// To a terminal of this size of which nothing is known, but that its cursor is hidden.
    pub fn new(size: Size, charset: Charset, erases: bool) -> Self {
        Self { bytes: Vec::new(), charset, erases, size, pen: None, at: None, cursor_shown: false }
    }

    /// Forgets what the terminal does: somebody else has written to it.
    pub fn forget(&mut self) {
        (self.pen, self.at, self.cursor_shown) = (None, None, false);
    }

    /// The characters that the terminal can show.
    pub fn charset(&self) -> Charset {
        self.charset
    }

    /// What is to be sent, which is then taken for sent.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    fn move_to(&mut self, to: Position) {
        if self.at == Some(to) {
            return;
        }
        let absolute =
            if to.x == 0 { format!("\x1b[{}H", to.y + 1) } else { format!("\x1b[{};{}H", to.y + 1, to.x + 1) };
        let way = match self.at {
            Some(at) if at.y == to.y && at.x < to.x => shorter(relative(to.x - at.x, 'C'), absolute),
            Some(at) if at.y == to.y => shorter(relative(at.x - to.x, 'D'), absolute),
            Some(at) if at.x == to.x && at.y < to.y => shorter(relative(to.y - at.y, 'B'), absolute),
            Some(at) if at.y < to.y && to.x == 0 && to.y - at.y < 3 => {
                shorter(format!("\r{}", "\n".repeat(usize::from(to.y - at.y))), absolute)
            }
            _ => absolute,
        };
        self.bytes.extend(way.into_bytes());
        self.at = Some(to);
    }

    /// Lets the terminal write as the cell wants it; `blank`: nothing of the text is seen.
    fn use_pen(&mut self, cell: &Cell, blank: bool) {
        let mut wanted = Pen { fg: cell.fg, bg: cell.bg, modifier: cell.modifier };
        if blank && let Some(pen) = self.pen {
            // The color of the text is not seen, unless it is that of the ground.
            let (seen, had) = (cell.modifier & SEEN_ON_BLANKS, pen.modifier & SEEN_ON_BLANKS);
            if seen == had {
                wanted.modifier = pen.modifier;
            }
            if seen.is_empty() {
                wanted.fg = pen.fg;
            }
        }
        if self.pen == Some(wanted) {
            return;
        }
        let anew = change(None, wanted);
        let text = match self.pen {
            Some(pen) => shorter(change(Some(pen), wanted), anew),
            None => anew,
        };
        self.bytes.extend(text.into_bytes());
        self.pen = Some(wanted);
    }

    fn put(&mut self, to: Position, symbol: &str) {
        let symbol = self.charset.of(symbol);
        self.bytes.extend(symbol.as_bytes());
        // Where the cursor is after the last column, or after what a terminal may take for wider than we do, is not known.
        let one = symbol.chars().count() == 1 || placeholder::is_one(symbol);
        let plain = symbol.len() == 1 || (one && symbol.width() == 1);
        let next = to.x + 1;
        self.at = (plain && next < self.size.width).then_some(Position { x: next, y: to.y });
    }
}

/// Whether nothing but the ground is to be seen in a cell.
fn is_empty(cell: &Cell) -> bool {
    cell.symbol() == " " && !cell.modifier.intersects(SEEN_ON_BLANKS)
}

fn relative(distance: u16, direction: char) -> String {
    if distance == 1 { format!("\x1b[{direction}") } else { format!("\x1b[{distance}{direction}") }
}

fn shorter(one: String, other: String) -> String {
    if one.len() <= other.len() { one } else { other }
}

/// The sequence that changes how the terminal writes, from what is known or from nothing.
fn change(from: Option<Pen>, to: Pen) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut had = from.unwrap_or(Pen { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() });
    if from.is_none() {
        parts.push("0".to_owned());
    }
    let gone = had.modifier - to.modifier;
    for (modifier, _, off) in MODIFIERS {
        if gone.contains(modifier) && parts.iter().all(|part| part != off) {
            parts.push(off.to_owned());
            if off == "22" {
                // One code ends both.
                had.modifier -= Modifier::BOLD | Modifier::DIM;
            }
        }
    }
    for (modifier, on, _) in MODIFIERS {
        if to.modifier.contains(modifier) && !had.modifier.contains(modifier) {
            parts.push(on.to_owned());
        }
    }
    if had.fg != to.fg {
        parts.push(color(to.fg, false));
    }
    if had.bg != to.bg {
        parts.push(color(to.bg, true));
    }
    match parts.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => String::new(),
        ["0"] => "\x1b[m".to_owned(),
        _ => format!("\x1b[{}m", parts.join(";")),
    }
}

/// The parameter that sets a color of the text, or of the ground.
fn color(color: Color, ground: bool) -> String {
    let of_16 = |number: u8| (if ground { number + 10 } else { number }).to_string();
    let which = if ground { "48" } else { "38" };
    match color {
        Color::Reset => of_16(39),
        Color::Black => of_16(30),
        Color::Red => of_16(31),
        Color::Green => of_16(32),
        Color::Yellow => of_16(33),
        Color::Blue => of_16(34),
        Color::Magenta => of_16(35),
        Color::Cyan => of_16(36),
        Color::Gray => of_16(37),
        Color::DarkGray => of_16(90),
        Color::LightRed => of_16(91),
        Color::LightGreen => of_16(92),
        Color::LightYellow => of_16(93),
        Color::LightBlue => of_16(94),
        Color::LightMagenta => of_16(95),
        Color::LightCyan => of_16(96),
        Color::White => of_16(97),
        Color::Indexed(index) => format!("{which};5;{index}"),
        Color::Rgb(red, green, blue) => format!("{which};2;{red};{green};{blue}"),
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Backend for Wire {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> io::Result<()> {
        let mut cells = content.peekable();
        while let Some((x, y, cell)) = cells.next() {
            let to = Position { x, y };
            self.move_to(to);
            self.use_pen(cell, cell.symbol() == " ");
            let mut run = 1;
            if self.erases && is_empty(cell) {
                let goes_on = |run: u16, next: &(u16, u16, &Cell)| {
                    (next.0, next.1) == (x + run, y) && is_empty(next.2) && next.2.bg == cell.bg
                };
                while cells.next_if(|next| goes_on(run, next)).is_some() {
                    run += 1;
                }
            }
            if run >= WORTH_ERASING {
                // The cursor stays where it is.
                self.bytes.extend(format!("\x1b[{run}X").into_bytes());
            } else {
                (x..x + run).for_each(|x| self.put(Position { x, y }, cell.symbol()));
            }
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.cursor_shown) {
            self.bytes.extend(b"\x1b[?25l");
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.cursor_shown, true) {
            self.bytes.extend(b"\x1b[?25h");
        }
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.at.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.move_to(position.into());
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        // In the terminal's own colors, for not every terminal clears in those that are set.
        self.bytes.extend(b"\x1b[m\x1b[2J");
        (self.pen, self.at) = (None, None);
        Ok(())
    }

    fn clear_region(&mut self, _region: ClearType) -> io::Result<()> {
        // A dashboard has the whole screen, so nothing less is ever cleared.
        self.clear()
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::default() })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    use super::*;

    fn cell(symbol: &str, fg: Color, bg: Color, modifier: Modifier) -> Cell {
        let mut cell = Cell::default();
        cell.set_symbol(symbol);
        (cell.fg, cell.bg, cell.modifier) = (fg, bg, modifier);
        cell
    }

    fn sent(wire: &mut Wire, cells: &[(u16, u16, Cell)]) -> String {
        wire.draw(cells.iter().map(|(x, y, cell)| (*x, *y, cell))).unwrap();
        String::from_utf8(wire.take()).unwrap()
    }

    #[test]
    fn nothing_is_said_twice() {
        let mut wire = Wire::new(Size::new(20, 5), Charset::Full, true);
        let red = cell("a", Color::Red, Color::Reset, Modifier::empty());
        let bold = cell("b", Color::Red, Color::Reset, Modifier::BOLD);
        let blank = cell(" ", Color::Blue, Color::Reset, Modifier::DIM);
        assert_eq!(sent(&mut wire, &[(0, 0, red.clone())]), "\x1b[1H\x1b[0;31ma");
        assert_eq!(sent(&mut wire, &[(1, 0, red.clone())]), "a", "in the next frame, beside it");
        assert_eq!(sent(&mut wire, &[(4, 0, bold.clone())]), "\x1b[2C\x1b[1mb");
        assert_eq!(sent(&mut wire, &[(5, 0, blank)]), " ", "a blank does not show the color of its text");
        assert_eq!(sent(&mut wire, &[(6, 0, red.clone())]), "\x1b[22ma");
        assert_eq!(sent(&mut wire, &[(0, 1, red.clone())]), "\r\na");
        assert_eq!(
            sent(&mut wire, &[(19, 1, red.clone()), (0, 2, red.clone())]),
            "\x1b[18Ca\x1b[3Ha",
            "after the last column"
        );
        let wide = cell("好", Color::Red, Color::Reset, Modifier::empty());
        assert_eq!(
            sent(&mut wire, &[(1, 2, wide), (3, 2, red)]),
            "好\x1b[3;4Ha",
            "after what may be wider than we think"
        );
    }

    #[test]
    fn many_blanks_are_erased_at_once() {
        let blank = cell(" ", Color::Blue, Color::Red, Modifier::empty());
        let a = cell("a", Color::Blue, Color::Red, Modifier::empty());
        let mut row: Vec<_> = (0..14).map(|x| (x, 0, blank.clone())).collect();
        row.extend([(14, 0, a), (0, 1, blank)]);
        let mut wire = Wire::new(Size::new(20, 5), Charset::Full, true);
        assert_eq!(sent(&mut wire, &row), "\x1b[1H\x1b[0;34;41m\x1b[14X\x1b[14Ca\r\n ");
        let mut wire = Wire::new(Size::new(20, 5), Charset::Full, erases("screen-256color"));
        assert_eq!(sent(&mut wire, &row), format!("\x1b[1H\x1b[0;34;41m{}a\r\n ", " ".repeat(14)));
    }

    fn colors() -> impl Strategy<Value = Color> {
        prop_oneof![
            Just(Color::Reset),
            Just(Color::Red),
            Just(Color::LightBlue),
            Just(Color::Indexed(200)),
            Just(Color::Rgb(1, 2, 3)),
        ]
    }

    fn cells() -> impl Strategy<Value = Cell> {
        let symbols = prop_oneof![Just(" "), Just("a"), Just("─"), Just("⣿"), Just("é"), Just("e\u{301}")];
        // The terminal of these tests cannot be bold and dim at once.
        let modifiers = (0..3, any::<bool>(), any::<bool>()).prop_map(|(weight, b, c)| {
            [
                (weight == 1, Modifier::BOLD),
                (weight == 2, Modifier::DIM),
                (b, Modifier::UNDERLINED),
                (c, Modifier::REVERSED),
            ]
            .into_iter()
            .filter_map(|(on, modifier)| on.then_some(modifier))
            .collect::<Modifier>()
        });
        (symbols, colors(), colors(), modifiers).prop_map(|(symbol, fg, bg, modifier)| cell(symbol, fg, bg, modifier))
    }

    fn seen(color: Color) -> vt100::Color {
        match color {
            Color::Red => vt100::Color::Idx(1),
            Color::LightBlue => vt100::Color::Idx(12),
            Color::Indexed(index) => vt100::Color::Idx(index),
            Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
            _ => vt100::Color::Default,
        }
    }

    proptest! {
        /// Two frames of any cells stand on a terminal as they were drawn.
        #[test]
        fn a_terminal_shows_what_was_drawn(
            frames in prop::collection::vec(prop::collection::vec((0u16..30, 0u16..4, cells()), 0..40), 1..4),
            erases in any::<bool>(),
            ground in colors(),
        ) {
            let area = Rect::new(0, 0, 30, 4);
            let mut wire = Wire::new(Size::new(30, 4), Charset::Full, erases);
            wire.clear().unwrap();
            let mut terminal = vt100::Parser::new(4.try_into().unwrap(), 30.try_into().unwrap(), 0);
            let mut shown = Buffer::empty(area);
            for frame in frames {
                let mut wanted = shown.clone();
                wanted.set_style(area, ratatui::style::Style::new().bg(ground));
                for (x, y, cell) in frame {
                    wanted[(x, y)] = cell;
                }
                wire.draw(shown.diff(&wanted).into_iter()).unwrap();
                terminal.process(&wire.take());
                shown = wanted;
                for y in 0..4 {
                    for x in 0..30 {
                        let (cell, on_screen) = (&shown[(x, y)], terminal.screen().cell(y, x).unwrap());
                        let text = if on_screen.has_contents() { on_screen.contents() } else { " " };
                        prop_assert_eq!(text, cell.symbol());
                        prop_assert_eq!(on_screen.bgcolor(), seen(cell.bg));
                        prop_assert_eq!(on_screen.inverse(), cell.modifier.contains(Modifier::REVERSED));
                        prop_assert_eq!(on_screen.underline(), cell.modifier.contains(Modifier::UNDERLINED));
                        if cell.symbol() != " " {
                            prop_assert_eq!(on_screen.fgcolor(), seen(cell.fg));
                            prop_assert_eq!(on_screen.bold(), cell.modifier.contains(Modifier::BOLD));
                            prop_assert_eq!(on_screen.dim(), cell.modifier.contains(Modifier::DIM));
                        }
                    }
                }
            }
        }
    }
}
