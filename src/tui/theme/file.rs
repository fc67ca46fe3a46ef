//! Theme files: TOML, a color for each role, what is left out taken from a parent. Pure: who reads files from disk hands
//! their text in.

use ratatui::style::Color;

use super::Role;

/// The themes that come with the program, the default first.
pub const BUILTINS: &[(&str, &str)] = &[
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("contrast", include_str!("../../../themes/contrast.toml")),
    ("deuteranopia", include_str!("../../../themes/deuteranopia.toml")),
    ("terminal", include_str!("../../../themes/terminal.toml")),
    ("terminal-light", include_str!("../../../themes/terminal-light.toml")),
];

/// A color for each role, as the file says, whatever the terminal can show.
#[derive(Debug, Clone, PartialEq)]
pub struct Palette {
    /// The file's name without `.toml`.
    pub name: String,
    colors: [Color; Role::ALL.len()],
}

/// What is wrong with a theme file, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("theme {name}: {problem}")]
pub struct ThemeError {
    /// The theme.
    pub name: String,
    /// What is wrong.
    pub problem: String,
}

impl Palette {
    /// The built-in palette called `name`; the first when there is none of that name.
    pub fn builtin(name: &str) -> Self {
        let (name, text) = BUILTINS.iter().find(|(other, _)| *other == name).unwrap_or(&BUILTINS[0]);
        let plain = Self { name: (*name).to_owned(), colors: [Color::Reset; Role::ALL.len()] };
        // The built-in files are tested to be whole and right.
        plain.clone().overlaid(text).unwrap_or(plain)
    }

    /// Reads a theme file's text. What it leaves out comes from its `parent`: a built-in theme, by default the one of
    /// the file's own name, else the first.
    ///
    /// # Errors
    /// It is no TOML, names a role, a parent or a color that is none.
    pub fn parse(name: &str, text: &str) -> Result<Self, ThemeError> {
        let fail = |problem: String| ThemeError { name: name.to_owned(), problem };
        let table: toml::Table = toml::from_str(text).map_err(|error| fail(error.to_string().trim().to_owned()))?;
        let parent = match table.get("parent") {
            None => name,
            Some(value) => value.as_str().unwrap_or_default(),
        };
        if table.contains_key("parent") && BUILTINS.iter().all(|(other, _)| *other != parent) {
            let known: Vec<&str> = BUILTINS.iter().map(|(name, _)| *name).collect();
            return Err(fail(format!("there is no parent `{parent}`; known are {}", known.join(", "))));
        }
        Self { name: name.to_owned(), ..Self::builtin(parent) }.overlaid(text)
    }

    fn overlaid(mut self, text: &str) -> Result<Self, ThemeError> {
        let fail = |problem: String| ThemeError { name: self.name.clone(), problem };
        let table: toml::Table = toml::from_str(text).map_err(|error| fail(error.to_string().trim().to_owned()))?;
        let mut colors = self.colors;
        for (key, value) in table.iter().filter(|(key, _)| *key != "parent") {
            let place = Role::ALL.iter().position(|role| role.key() == key).ok_or_else(|| fail(unknown_role(key)))?;
            colors[place] = value.as_str().and_then(color).ok_or_else(|| {
                fail(format!(
                    "{key}: {value} is no color; write \"#rrggbb\", \"default\" or a name such as \"bright-blue\""
                ))
            })?;
        }
        self.colors = colors;
        Ok(self)
    }

    /// The color of a role.
    pub fn color(&self, role: Role) -> Color {
        self.colors[role as usize]
    }
}

fn unknown_role(key: &str) -> String {
    let near = Role::ALL
        .iter()
        .map(|role| (strsim::jaro_winkler(role.key(), key), role.key()))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(score, _)| *score > 0.7);
    let hint = near.map(|(_, near)| format!("; did you mean `{near}`?")).unwrap_or_default();
    format!("there is no color called `{key}`{hint}")
}

fn color(text: &str) -> Option<Color> {
    if let Some(hex) = text.strip_prefix('#') {
        let bytes = u32::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 6)?.to_be_bytes();
        return Some(Color::Rgb(bytes[1], bytes[2], bytes[3]));
    }
    Some(match text {
        "default" => Color::Reset,
        "black" => Color::Black,
        "red" => Color::Red,
        "green" => Color::Green,
        "yellow" => Color::Yellow,
        "blue" => Color::Blue,
        "magenta" => Color::Magenta,
        "cyan" => Color::Cyan,
        "white" => Color::Gray,
        "bright-black" => Color::DarkGray,
        "bright-red" => Color::LightRed,
        "bright-green" => Color::LightGreen,
        "bright-yellow" => Color::LightYellow,
        "bright-blue" => Color::LightBlue,
        "bright-magenta" => Color::LightMagenta,
        "bright-cyan" => Color::LightCyan,
        "bright-white" => Color::White,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_files_name_every_role() {
        for (name, text) in BUILTINS {
            let table: toml::Table = toml::from_str(text).unwrap();
            for role in Role::ALL {
                assert!(table.contains_key(role.key()), "{name} has no {}", role.key());
            }
            Palette::parse(name, text).unwrap();
        }
    }

    #[test]
    fn every_file_of_the_folder_is_built_in() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/themes");
        let files = std::fs::read_dir(folder).unwrap();
        let mut files: Vec<String> =
            files.map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect();
        let mut names: Vec<&str> = BUILTINS.iter().map(|(name, _)| *name).collect();
        files.sort();
        names.sort_unstable();
        assert_eq!(names, files);
    }

    #[test]
    fn what_is_left_out_comes_from_the_parent() {
        let palette = Palette::parse("mine", "parent = \"light\"\naccent = \"#010203\"\n").unwrap();
        assert_eq!(palette.color(Role::Accent), Color::Rgb(1, 2, 3));
        assert_eq!(palette.color(Role::Text), Palette::builtin("light").color(Role::Text));
    }

    #[test]
    fn mistakes_are_answered() {
        for (text, part) in [
            ("acent = \"#000000\"", "did you mean `accent`?"),
            ("accent = \"#12345\"", "is no color"),
            ("accent = 3", "is no color"),
            ("parent = \"drak\"", "known are dark, light"),
            ("accent", "TOML parse error"),
        ] {
            let message = Palette::parse("mine", text).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }
}
