//! Terminals of many kinds, and environments that tell lies of them.

use crate::terminal::{Terminal, dashboard};
use crate::workplace::with_runs;

/// What the environment says, the terminal's size, and what must hold for what is sent.
struct Kind {
    name: &'static str,
    environment: &'static [(&'static str, &'static str)],
    size: (u16, u16),
    colors: Colors,
    ascii: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Colors {
    True,
    Indexed,
    Sixteen,
    None,
}

const USUAL: Kind = Kind { name: "", environment: &[], size: (100, 30), colors: Colors::Sixteen, ascii: false };

const KINDS: &[Kind] = &[
    Kind { name: "no TERM", ascii: false, ..USUAL },
    Kind { name: "dumb", environment: &[("TERM", "dumb")], colors: Colors::None, ascii: true, ..USUAL },
    Kind { name: "unknown", environment: &[("TERM", "nonsense\x1b[2J")], ..USUAL },
    Kind { name: "xterm", environment: &[("TERM", "xterm")], ..USUAL },
    Kind { name: "linux", environment: &[("TERM", "linux")], ..USUAL },
    Kind { name: "256", environment: &[("TERM", "screen-256color")], colors: Colors::Indexed, ..USUAL },
    Kind {
        name: "true color",
        environment: &[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")],
        colors: Colors::True,
        ..USUAL
    },
    Kind {
        name: "no color wanted",
        environment: &[("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("NO_COLOR", "1")],
        colors: Colors::None,
        ..USUAL
    },
    Kind { name: "C locale", environment: &[("TERM", "xterm"), ("LC_ALL", "C")], ascii: true, ..USUAL },
    Kind {
        name: "8-bit locale",
        environment: &[("TERM", "xterm"), ("LANG", "de_DE.ISO-8859-1")],
        ascii: true,
        ..USUAL
    },
    Kind {
        name: "lies about the size",
        environment: &[("TERM", "xterm"), ("COLUMNS", "7"), ("LINES", "9999999999")],
        ..USUAL
    },
    Kind { name: "size 0", environment: &[("TERM", "xterm")], size: (0, 0), ..USUAL },
    Kind { name: "height 0", environment: &[("TERM", "xterm")], size: (90, 0), ..USUAL },
    Kind {
        name: "size 0, told by the environment",
        environment: &[("TERM", "xterm"), ("COLUMNS", "90"), ("LINES", "x")],
        size: (0, 0),
        ..USUAL
    },
];

#[test]
fn each_kind_of_terminal_shows_the_dashboard() {
    let folder = with_runs();
    for kind in KINDS {
        let mut command = dashboard(folder.path());
        for name in ["TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL", "LC_CTYPE", "COLUMNS", "LINES", "WT_SESSION"] {
            command.env_remove(name);
        }
        for (name, value) in kind.environment {
            command.env(name, value);
        }
        let mut terminal = Terminal::bare(command, kind.size.0, kind.size.1);
        if kind.size.1 == 0 {
            // The eyes see more than the program is told.
            terminal.see(if kind.size.0 == 0 { 90 } else { kind.size.0 }, 24);
        }
        terminal.wait_until(kind.name, |screen| screen.contains("digits-2") && screen.contains("finished"));
        terminal.send("?");
        terminal.wait_until(kind.name, |screen| screen.contains("Every key"));
        terminal.send("q");
        terminal.wait_for_end();
        let raw = terminal.raw();
        let used = |sequence: &str| raw.contains(&format!("[{sequence}")) || raw.contains(&format!(";{sequence}"));
        let colors = if used("38;2") {
            Colors::True
        } else if used("38;5") {
            Colors::Indexed
        } else if (30..38)
            .chain(90..98)
            .any(|color| raw.contains(&format!("[{color}m")) || raw.contains(&format!(";{color}m")))
        {
            Colors::Sixteen
        } else {
            Colors::None
        };
        assert_eq!(colors, kind.colors, "{}", kind.name);
        assert_eq!(raw.is_ascii(), kind.ascii, "{}:\n{}", kind.name, terminal.screen());
        let braille = raw.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c));
        assert!(!(kind.name == "linux" && braille), "the console has no such letters");
    }
}
