//! Colors on terminals that have fewer of them: the nearest of 256, of 16, or none.

use std::cell::RefCell;
use std::collections::HashMap;

use ratatui::style::Color;

/// How many colors a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Depth {
    /// Sixteen million.
    True,
    /// xterm's 256.
    Indexed,
    /// The sixteen that every color terminal has; what they look like is the terminal's choice.
    Ansi,
    /// None at all, or none wanted.
    None,
}

impl Depth {
    /// What the environment tells; `variable` looks a name up. `NO_COLOR` (no-color.org) beats all.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        if set("NO_COLOR").is_some() || term == "dumb" {
            return Self::None;
        }
        let full = |value: String| value == "truecolor" || value == "24bit";
        if set("COLORTERM").is_some_and(full) || term.ends_with("-direct") || set("WT_SESSION").is_some() {
            Self::True
        } else if term.contains("256color") || set("COLORTERM").is_some() {
            Self::Indexed
        } else {
            Self::Ansi
        }
    }

    /// Whether there are enough colors for shades.
    pub fn has_shades(self) -> bool {
        matches!(self, Self::True | Self::Indexed)
    }

    /// The nearest color that can be shown. With sixteen colors a `ground` is left to the terminal, since its black and
    /// white may be anything.
    pub fn nearest(self, color: Color, ground: bool) -> Color {
        match (self, color) {
            (Self::None, _) => Color::Reset,
            (Self::Ansi, Color::Rgb(..)) if ground => Color::Reset,
            (Self::Ansi, Color::Rgb(r, g, b)) => nearest_of(ANSI.iter().copied(), (r, g, b)),
            (Self::Indexed, Color::Rgb(r, g, b)) => nearest_indexed((r, g, b)),
            (_, other) => other,
        }
    }
}

impl Depth {
    /// The parameters of the escape sequence that sets a color outside of the dashboard: `38;5;208`; `None` where there
    /// are too few colors for shades.
    pub fn escape(self, [red, green, blue]: [u8; 3], ground: bool) -> Option<String> {
        let which = if ground { 48 } else { 38 };
        match self {
            Self::True => Some(format!("{which};2;{red};{green};{blue}")),
            Self::Indexed => match self.nearest(Color::Rgb(red, green, blue), ground) {
                Color::Indexed(index) => Some(format!("{which};5;{index}")),
                _ => None,
            },
            Self::Ansi | Self::None => None,
        }
    }
}

type Rgb = (u8, u8, u8);

/// The sixteen colors as most terminals show them.
const ANSI: [(Color, Rgb); 16] = [
    (Color::Black, (0, 0, 0)),
    (Color::Red, (205, 49, 49)),
    (Color::Green, (13, 188, 121)),
    (Color::Yellow, (200, 170, 20)),
    (Color::Blue, (36, 114, 200)),
    (Color::Magenta, (188, 63, 188)),
    (Color::Cyan, (17, 168, 205)),
    (Color::Gray, (200, 200, 200)),
    (Color::DarkGray, (102, 102, 102)),
    (Color::LightRed, (241, 76, 76)),
    (Color::LightGreen, (35, 209, 139)),
    (Color::LightYellow, (245, 230, 67)),
    (Color::LightBlue, (59, 142, 234)),
    (Color::LightMagenta, (214, 112, 214)),
    (Color::LightCyan, (41, 184, 219)),
    (Color::White, (255, 255, 255)),
];

/// The cube and the grays of xterm's 256; the first sixteen are left out, for terminals redefine them.
fn indexed() -> impl Iterator<Item = (Color, Rgb)> {
    (16..=255u8).map(|index| (Color::Indexed(index), indexed_rgb(index)))
}

fn indexed_rgb(index: u8) -> Rgb {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    if index >= 232 {
        let gray = 8 + 10 * (index - 232);
        return (gray, gray, gray);
    }
    let cube = index - 16;
    (LEVELS[usize::from(cube / 36)], LEVELS[usize::from(cube / 6 % 6)], LEVELS[usize::from(cube % 6)])
}

/// The nearest of 256. A frame asks hundreds of times for the same few colors, and a search takes a microsecond.
fn nearest_indexed(wanted: Rgb) -> Color {
    /// Blends make new colors, but no more than this are in sight.
    const MOST: usize = 4096;
    thread_local! {
        static FOUND: RefCell<HashMap<Rgb, Color>> = RefCell::default();
    }
    FOUND.with_borrow_mut(|found| {
        if found.len() >= MOST {
            found.clear();
        }
        *found.entry(wanted).or_insert_with(|| nearest_of(indexed(), wanted))
    })
}

fn nearest_of(colors: impl Iterator<Item = (Color, Rgb)>, wanted: Rgb) -> Color {
    colors
        .min_by(|(_, a), (_, b)| distance(*a, wanted).total_cmp(&distance(*b, wanted)))
        .map_or(Color::Reset, |(color, _)| color)
}

/// The distance of two colors as eyes see it, by the "redmean" weighting.
fn distance(a: Rgb, b: Rgb) -> f64 {
    let difference = |a: u8, b: u8| (f64::from(a) - f64::from(b)).powi(2);
    let red = f64::midpoint(f64::from(a.0), f64::from(b.0)) / 256.0;
    (2.0 + red) * difference(a.0, b.0) + 4.0 * difference(a.1, b.1) + (3.0 - red) * difference(a.2, b.2)
}

/// `share` of the way from one color to the other; colors that are not RGB do not mix.
pub fn blend(from: Color, to: Color, share: f64) -> Color {
    let (Color::Rgb(r0, g0, b0), Color::Rgb(r1, g1, b1)) = (from, to) else { return to };
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share.clamp(0.0, 1.0)).round() as u8;
    Color::Rgb(mix(r0, r1), mix(g0, g1), mix(b0, b1))
}

/// Contrast of two colors by WCAG 2: 1 (none) to 21 (black on white). Colors that are not RGB count as black.
pub fn contrast(a: Color, b: Color) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(color: Color) -> f64 {
    let Color::Rgb(r, g, b) = color else { return 0.0 };
    let linear = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_told_by_the_environment() {
        for (environment, depth) in [
            (&[("TERM", "xterm")][..], Depth::Ansi),
            (&[("TERM", "xterm-256color")], Depth::Indexed),
            (&[("TERM", "tmux-256color"), ("COLORTERM", "truecolor")], Depth::True),
            (&[("TERM", "xterm-direct")], Depth::True),
            (&[("COLORTERM", "truecolor"), ("NO_COLOR", "1")], Depth::None),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "")], Depth::Indexed),
            (&[("TERM", "dumb")], Depth::None),
        ] {
            let variable =
                |name: &str| environment.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(Depth::detect(variable), depth, "{environment:?}");
        }
    }

    #[test]
    fn the_nearest_color_is_taken() {
        for (depth, color, ground, nearest) in [
            (Depth::True, Color::Rgb(1, 2, 3), false, Color::Rgb(1, 2, 3)),
            (Depth::Indexed, Color::Rgb(254, 1, 1), false, Color::Indexed(196)),
            (Depth::Indexed, Color::Rgb(128, 128, 128), false, Color::Indexed(244)),
            (Depth::Ansi, Color::Rgb(250, 250, 250), false, Color::White),
            (Depth::Ansi, Color::Rgb(10, 10, 12), true, Color::Reset),
            (Depth::Indexed, Color::Cyan, false, Color::Cyan),
            (Depth::None, Color::Cyan, false, Color::Reset),
        ] {
            assert_eq!(depth.nearest(color, ground), nearest, "{depth:?} {color}");
        }
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        let (black, white) = (Color::Rgb(0, 0, 0), Color::Rgb(255, 255, 255));
        assert!((contrast(black, white) - 21.0).abs() < 1e-9);
        assert!((contrast(white, Color::Rgb(119, 119, 119)) - 4.48).abs() < 0.01);
    }
}
