//! What colors mean. Panels ask for a [`Role`], never for a color; a theme answers with a style that the terminal can
//! show. Themes are TOML files, read by [`mod@file`]; [`depth`] brings their colors down to 256, 16 or none.

pub mod depth;
pub mod file;
#[cfg(test)]
mod vision;

use ratatui::style::{Color, Modifier, Style};

pub use depth::Depth;
pub use file::{BUILTINS, Palette, ThemeError};

/// What a color is used for. The names are the keys of a theme file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The ground that everything stands on.
    Background,
    /// What is read.
    Text,
    /// What explains the rest.
    Muted,
    /// Borders and grids.
    Faint,
    /// Where the keyboard is.
    Accent,
    /// Ground of the selected line.
    Selection,
    /// Keys to press.
    Key,
    /// The human rung.
    Human,
    /// The training set.
    Train,
    /// The train-dev set.
    TrainDev,
    /// The dev set.
    Dev,
    /// The test set.
    Test,
    /// Well.
    Good,
    /// Worth a look.
    Warn,
    /// Wrong.
    Bad,
    /// Confusion matrix: told right.
    Right,
    /// Confusion matrix: confused.
    Wrong,
}

impl Role {
    /// All, in the order of the theme files.
    pub const ALL: [Self; 17] = [
        Self::Background,
        Self::Text,
        Self::Muted,
        Self::Faint,
        Self::Accent,
        Self::Selection,
        Self::Key,
        Self::Human,
        Self::Train,
        Self::TrainDev,
        Self::Dev,
        Self::Test,
        Self::Good,
        Self::Warn,
        Self::Bad,
        Self::Right,
        Self::Wrong,
    ];

    /// The key in a theme file.
    pub fn key(self) -> &'static str {
        match self {
            Self::Background => "background",
            Self::Text => "text",
            Self::Muted => "muted",
            Self::Faint => "faint",
            Self::Accent => "accent",
            Self::Selection => "selection",
            Self::Key => "key",
            Self::Human => "human",
            Self::Train => "train",
            Self::TrainDev => "train_dev",
            Self::Dev => "dev",
            Self::Test => "test",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Right => "right",
            Self::Wrong => "wrong",
        }
    }
}

/// Colors that [`Theme::along`] goes through, round the color wheel.
const ORDER: [Role; 6] = [Role::Human, Role::Train, Role::TrainDev, Role::Good, Role::Dev, Role::Test];

const WHITE: Color = Color::Rgb(255, 255, 255);

/// A palette made ready for a terminal.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    /// The theme's name.
    pub name: String,
    /// How many colors the terminal has.
    pub depth: Depth,
    palette: Palette,
}

impl Theme {
    /// The palette on a terminal of this depth. One of shades cannot be brought down to sixteen colors role by role: pale
    /// blue is nearest to gray. There the palette that was made for them takes its place.
    pub fn new(palette: Palette, depth: Depth) -> Self {
        let name = palette.name.clone();
        let palette = match palette.color(Role::Background) {
            ground @ Color::Rgb(..) if depth == Depth::Ansi => {
                let is_light = depth::contrast(ground, Color::Rgb(0, 0, 0)) > depth::contrast(ground, WHITE);
                Palette::builtin(if is_light { "terminal-light" } else { "terminal" })
            }
            _ => palette,
        };
        Self { name, depth, palette }
    }

    /// The built-in theme called `name`; the dark one when there is none.
    pub fn builtin(name: &str, depth: Depth) -> Self {
        Self::new(Palette::builtin(name), depth)
    }

    /// The color of a role as this terminal shows it. `Reset` where it has none.
    pub fn color(&self, role: Role) -> Color {
        self.depth.nearest(self.palette.color(role), role == Role::Background)
    }

    /// Text in the color of a role. Without colors the meaning is carried by weight.
    pub fn fg(&self, role: Role) -> Style {
        if self.depth == Depth::None {
            return match role {
                Role::Muted | Role::Faint => Style::new().add_modifier(Modifier::DIM),
                Role::Accent | Role::Key | Role::Bad | Role::Warn | Role::Good => {
                    Style::new().add_modifier(Modifier::BOLD)
                }
                _ => Style::new(),
            };
        }
        Style::new().fg(self.color(role))
    }

    /// Bold text in the color of a role.
    pub fn bold(&self, role: Role) -> Style {
        self.fg(role).add_modifier(Modifier::BOLD)
    }

    /// The style that the whole screen begins with.
    pub fn ground(&self) -> Style {
        if self.depth == Depth::None {
            return Style::new();
        }
        Style::new().fg(self.color(Role::Text)).bg(self.color(Role::Background))
    }

    /// What is laid over the selected line; weaker where the keyboard is elsewhere.
    pub fn selected(&self, focused: bool) -> Style {
        match (self.depth, focused) {
            (Depth::None, true) => Style::new().add_modifier(Modifier::REVERSED),
            (Depth::None, false) => Style::new().add_modifier(Modifier::BOLD),
            (_, true) => Style::new().bg(self.color(Role::Selection)).add_modifier(Modifier::BOLD),
            (_, false) => Style::new().bg(self.color(Role::Selection)),
        }
    }

    /// The ground of a heatmap's cell at `share` (0 to 1) of `role`, with a text color that can be read on it. `None` on
    /// terminals that have no shades: cells are then hatched.
    pub fn heat(&self, role: Role, share: f64) -> Option<Style> {
        let (Color::Rgb(..), true) = (self.palette.color(role), self.depth.has_shades()) else { return None };
        let ground = depth::blend(self.palette.color(Role::Background), self.palette.color(role), share);
        let text = [Role::Text, Role::Background]
            .map(|role| self.palette.color(role))
            .into_iter()
            .max_by(|a, b| depth::contrast(*a, ground).total_cmp(&depth::contrast(*b, ground)))
            .unwrap_or(Color::Reset);
        Some(Style::new().bg(self.depth.nearest(ground, false)).fg(self.depth.nearest(text, false)))
    }

    /// The color of one of many that stand in an order: so far from the first (0) to the last (1). Neighbors are alike.
    pub fn along(&self, share: f64) -> Style {
        let at = share.clamp(0.0, 1.0) * (ORDER.len() - 1) as f64;
        let (from, to) = (ORDER[at.floor() as usize], ORDER[at.ceil() as usize]);
        match (self.palette.color(from), self.palette.color(to)) {
            (from @ Color::Rgb(..), to @ Color::Rgb(..)) if self.depth != Depth::None => {
                Style::new().fg(self.depth.nearest(depth::blend(from, to, at.fract()), false))
            }
            _ => self.fg(ORDER[at.round() as usize]),
        }
    }

    /// A weaker shade of a role, for what stands behind.
    pub fn faded(&self, role: Role) -> Style {
        match (self.palette.color(role), self.palette.color(Role::Background)) {
            (color @ Color::Rgb(..), ground @ Color::Rgb(..)) if self.depth.has_shades() => {
                Style::new().fg(self.depth.nearest(depth::blend(ground, color, 0.45), false))
            }
            _ => self.fg(role).add_modifier(Modifier::DIM),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_can_be_read_in_every_theme() {
        for (name, _) in BUILTINS.iter().filter(|(name, _)| !name.starts_with("terminal")) {
            let palette = Palette::builtin(name);
            let ground = palette.color(Role::Background);
            for role in Role::ALL {
                let least = match role {
                    Role::Background | Role::Selection | Role::Right | Role::Wrong => continue,
                    Role::Faint => 1.4,
                    _ => 4.5,
                };
                let least = if *name == "contrast" && role != Role::Faint { 7.0 } else { least };
                let contrast = depth::contrast(palette.color(role), ground);
                assert!(contrast >= least, "{name}: {} has a contrast of {contrast:.2}", role.key());
            }
            for text in [Role::Text, Role::Muted] {
                let contrast = depth::contrast(palette.color(text), palette.color(Role::Selection));
                assert!(contrast >= 4.0, "{name}: {} on the selection has {contrast:.2}", text.key());
            }
        }
    }

    #[test]
    fn colors_are_told_apart_by_everybody() {
        const RUNGS: &[Role] = &[Role::Human, Role::Train, Role::TrainDev, Role::Dev, Role::Test];
        for (name, _) in BUILTINS.iter().filter(|(name, _)| !name.starts_with("terminal")) {
            let palette = Palette::builtin(name);
            let color = |role: Role| match palette.color(role) {
                Color::Rgb(red, green, blue) => [red, green, blue],
                other => panic!("{name}: {} is {other:?}", role.key()),
            };
            for group in [RUNGS, &[Role::Good, Role::Bad], &[Role::Right, Role::Wrong]] {
                for (place, one) in group.iter().enumerate() {
                    for other in &group[..place] {
                        for (vision, matrix) in vision::VISIONS {
                            let least = match (*name, vision) {
                                (_, "full") => 25.0,
                                ("deuteranopia", "deuteranopia" | "protanopia") => 23.0,
                                _ => 14.0,
                            };
                            let difference = vision::difference(color(*one), color(*other), matrix);
                            let (one, other) = (one.key(), other.key());
                            assert!(
                                difference >= least,
                                "{name}, {vision}: {one} and {other} differ by {difference:.1}"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn sixteen_colors_keep_roles_apart() {
        for (name, _) in BUILTINS {
            let theme = Theme::builtin(name, Depth::Ansi);
            assert_eq!(theme.name, *name);
            let selection = theme.color(Role::Selection);
            let shown = Role::ALL.into_iter().filter(|role| !matches!(role, Role::Background | Role::Selection));
            for role in shown.clone() {
                let color = theme.color(role);
                assert!(!matches!(color, Color::Rgb(..) | Color::Indexed(_)), "{name}: {} is {color:?}", role.key());
                assert_ne!(color, selection, "{name}: {} cannot be read on the selection", role.key());
            }
            let rungs = [Role::Human, Role::Train, Role::TrainDev, Role::Dev, Role::Test].map(|role| theme.color(role));
            assert!((0..5).all(|place| !rungs[..place].contains(&rungs[place])), "{name}: {rungs:?}");
            assert_ne!(theme.color(Role::Good), theme.color(Role::Bad), "{name}");
        }
    }

    #[test]
    fn every_shade_of_the_heatmap_can_be_read() {
        for (name, _) in BUILTINS.iter().filter(|(name, _)| !name.starts_with("terminal")) {
            let theme = Theme::builtin(name, Depth::True);
            for role in [Role::Right, Role::Wrong] {
                for step in 0..=20 {
                    let style = theme.heat(role, f64::from(step) / 20.0).unwrap();
                    let contrast = depth::contrast(style.fg.unwrap(), style.bg.unwrap());
                    assert!(contrast >= 3.5, "{name}: {role:?} at {step}/20 has {contrast:.2}");
                }
            }
        }
    }

    #[test]
    fn colors_in_an_order_begin_and_end_where_the_order_does() {
        let theme = Theme::builtin("dark", Depth::True);
        assert_eq!((theme.along(0.0), theme.along(1.0)), (theme.fg(ORDER[0]), theme.fg(ORDER[5])));
        let shades: std::collections::HashSet<_> = (0..24).map(|place| theme.along(f64::from(place) / 23.0)).collect();
        assert_eq!(shades.len(), 24, "each of 24 has its own");
        let few = Theme::builtin("terminal", Depth::Ansi);
        assert_eq!(few.along(0.21), few.fg(ORDER[1]));
        assert_eq!(Theme::builtin("dark", Depth::None).along(0.5).fg, None);
    }

    #[test]
    fn without_colors_no_color_is_used() {
        let theme = Theme::builtin("dark", Depth::None);
        for role in Role::ALL {
            for style in [theme.fg(role), theme.bold(role), theme.faded(role), theme.ground(), theme.selected(true)] {
                assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
            }
            assert_eq!(theme.heat(role, 1.0), None);
        }
    }
}
