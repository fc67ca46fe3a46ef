//! From hues to styles.

use ratatui::style::{Modifier, Style};

use crate::tui::state::metric::Hue;
use crate::tui::theme::Theme;

/// A line.
pub(super) fn plain(theme: &Theme, hue: Hue) -> Style {
    match hue {
        Hue::Of(role) => theme.fg(role),
        Hue::Along(share) => theme.along(share),
    }
}

/// A line that stands out.
pub(super) fn bold(theme: &Theme, hue: Hue) -> Style {
    plain(theme, hue).add_modifier(Modifier::BOLD)
}

/// A line that stands behind another.
pub(super) fn faded(theme: &Theme, hue: Hue) -> Style {
    match hue {
        Hue::Of(role) => theme.faded(role),
        Hue::Along(share) => theme.along(share).add_modifier(Modifier::DIM),
    }
}
