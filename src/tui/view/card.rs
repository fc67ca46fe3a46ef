//! The selected experiment: what it teaches, what it trains, and that Enter starts it. On a first visit it also says what
//! will be seen.
//!
//! ```text
//! ╭ digits ─────────────────────────────────────────────────╮
//! │ A first system, built quickly: a small CNN on …         │
//! │                                                         │
//! │ data      digits drawn by rungs, 6,000 of them          │
//! │ network   cnn: channels 8, 16; hidden 64; relu          │
//! │ training  adam, learning rate 0.001, batches of 64, …   │
//! │                                                         │
//! │  Enter  starts it in the background                     │
//! │                                                         │
//! │ What you will see: the error ladder                     │
//! │ human  ●        best that can be hoped for              │
//! │        ╰━━╮     avoidable bias: too small a network, …  │
//! ╰─────────────────────────────────────────────────────────╯
//! ```

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Widget};

use super::Ink;
use super::header::MOTTO;
use crate::domain::experiment::change::{toml_text, value_of};
use crate::domain::experiment::{Experiment, HumanError, ModelKind};
use crate::tui::action::{Intent, Target};
use crate::tui::format::{count, percent};
use crate::tui::state::Item;
use crate::tui::text::{clean, width};
use crate::tui::theme::{Role, Theme};
use crate::tui::widget::line::Pen;

pub(super) fn draw(ink: &mut Ink<'_>, area: Rect) {
    let theme = ink.theme;
    let item = ink.state.selected_experiment();
    let title = item.map_or_else(|| "rungs".to_owned(), |item| clean(&item.name).into_owned());
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.fg(Role::Faint))
        .title_top(Span::styled(format!(" {title} "), theme.bold(Role::Text)));
    let inner = block.inner(area);
    block.render(area, ink.buffer);
    let inner = Rect { x: inner.x + 2, width: inner.width.saturating_sub(4), ..inner };
    let first_visit = ink.state.listed && ink.state.runs.is_empty();
    let mut pen = Pen::new(inner, ink.buffer);
    if inner.height > 24 {
        pen.skip();
    }
    match item {
        None => pen.wrapped(&format!("rungs {MOTTO}."), theme.fg(Role::Text), 3),
        Some(Item { experiment: Err(problem), .. }) => {
            pen.write(Span::styled("This file cannot be run:", theme.bold(Role::Bad)));
            for line in problem.lines() {
                pen.wrapped(line, theme.fg(Role::Text), 6);
            }
        }
        Some(Item { experiment: Ok(experiment), .. }) => {
            let start = described(&mut pen, theme, experiment);
            if first_visit {
                sketch(&mut pen, theme);
            }
            if let Some(row) = start {
                ink.hit(row, Target::Intent(Intent::Open));
            }
        }
    }
}

/// Writes what an experiment is, and gives the line that says how to start it.
fn described(pen: &mut Pen<'_>, theme: &Theme, experiment: &Experiment) -> Option<Rect> {
    let notes = if experiment.notes.is_empty() { "no notes" } else { &experiment.notes };
    pen.wrapped(notes, theme.bold(Role::Text), 3);
    pen.skip();
    for (key, value) in facts(experiment) {
        let lines = crate::tui::text::wrap(&clean(&value), pen.width().saturating_sub(10));
        for (place, line) in lines.into_iter().take(3).enumerate() {
            let key = if place == 0 { key } else { "" };
            pen.write(Line::from(vec![
                Span::styled(format!("{key:<10}"), theme.fg(Role::Muted)),
                Span::styled(line, theme.fg(Role::Text)),
            ]));
        }
    }
    pen.skip();
    let words = ["  It trains in the background, also when you leave.", "  It trains in the background.", ""];
    let room = pen.width().saturating_sub(16);
    let row = pen.write(Line::from(vec![
        Span::styled("Enter", theme.bold(Role::Key)),
        Span::styled(" starts it.", theme.bold(Role::Text)),
        Span::styled(words.into_iter().find(|words| width(words) <= room).unwrap_or_default(), theme.fg(Role::Muted)),
    ]));
    pen.skip();
    row
}

fn facts(experiment: &Experiment) -> Vec<(&'static str, String)> {
    let text = |key: &str| toml_text(&value_of(experiment, key)).replace('"', "");
    let plain = |key: &str| text(key).trim_matches(['[', ']']).to_owned();
    let source = |prefix: &str| {
        let get = |name: &str| Some(text(&format!("{prefix}.{name}"))).filter(|text| text != "none");
        let mut words = get("variant").map_or_else(String::new, |variant| format!("{variant} "));
        words += &get("source").unwrap_or_default();
        if let Some(path) = get("path") {
            words += &format!(" in {path}");
        }
        if let Some(examples) = get("examples").and_then(|examples| examples.parse().ok()) {
            words += &format!(", {} examples", count(examples));
        }
        words
    };
    let mut facts = vec![("data", source("data"))];
    if experiment.data.target.is_some() {
        facts.push(("target", source("data.target")));
    }
    let mut network = text("model.kind");
    if experiment.model.kind == ModelKind::Cnn {
        network += &format!(": channels {}", plain("model.channels"));
    }
    network += &format!("; hidden {}; {}", plain("model.hidden"), text("model.activation"));
    facts.push(("network", network));
    facts.push((
        "training",
        format!(
            "{}, learning rate {}, batches of {}, {} epochs",
            text("train.optimizer"),
            text("train.learning_rate"),
            text("train.batch_size"),
            text("train.epochs")
        ),
    ));
    let human = match experiment.task.human_error {
        None => "not known: give task.human_error to see avoidable bias".to_owned(),
        Some(HumanError::Rate(rate)) => format!("{} error", percent(rate)),
        Some(HumanError::Measured { errors, of }) => format!("{errors} errors in {of}"),
    };
    facts.push(("people", human));
    facts
}

/// One line of the sketch: name, picture, what it means in many and in few words.
type Stroke = (&'static str, &'static str, Role, &'static str, &'static str);

const SKETCH: [Stroke; 7] = [
    ("human", "●", Role::Human, "how well people do: the best to hope for", "the best to hope for"),
    ("", "╰──╮", Role::Muted, "avoidable bias → larger network, train longer", "avoidable bias"),
    ("train", "   ●", Role::Train, "on the examples it trains on", "examples it trains on"),
    ("", "   ╰──╮", Role::Muted, "variance → more data, augmentation, dropout", "variance"),
    ("dev", "      ●", Role::Dev, "on examples it has not seen", "examples not seen"),
    ("", "      ╰──╮", Role::Muted, "dev-set overfitting → a larger dev set", "dev-set overfitting"),
    ("test", "         ●", Role::Test, "looked at once, at the end", "looked at once"),
];

/// The error ladder, explained before there is one.
fn sketch(pen: &mut Pen<'_>, theme: &Theme) {
    if pen.left() < SKETCH.len() + 1 {
        return;
    }
    if pen.left() > SKETCH.len() + 2 {
        pen.skip();
    }
    pen.write(Span::styled("You will see its loss fall, then its ladder:", theme.fg(Role::Text)));
    let wide = pen.width() >= 66;
    for (name, picture, role, words, few) in SKETCH {
        pen.write(Line::from(vec![
            Span::styled(format!("  {name:<7}"), theme.fg(role)),
            Span::styled(format!("{picture:<12}"), theme.bold(role)),
            Span::styled(if wide { words } else { few }, theme.fg(Role::Muted)),
        ]));
    }
    if pen.left() > 2 {
        pen.skip();
        pen.wrapped(
            "The widest gap is what is wrong. Its remedies stand beside it, each one letter away: the letter makes a \
             copy of the experiment with that one change, and Enter runs it.",
            theme.fg(Role::Text),
            4,
        );
    }
}
