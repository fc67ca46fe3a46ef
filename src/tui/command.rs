//! The one table of commands: keys, words for the footer, the help screen, the palette and README's key table, and where
//! each works. Nothing else binds a key.

use super::action::Intent;
use super::state::{OpenRun, Overlay, Pane, State};
use crate::domain::run::Status;

/// A thing that a person can do with a key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Command {
    /// What is asked for.
    pub intent: Intent,
    /// The keys, as [`super::keymap`] names them; the first is the one that is shown.
    pub keys: &'static [&'static str],
    /// One or two words for the footer; empty: it does not stand there.
    pub hint: &'static str,
    /// What it does, in a sentence without a full stop.
    pub help: &'static str,
    /// The heading it stands under.
    pub group: Group,
    /// Where it works.
    pub when: When,
}

/// Headings of the help screen, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// Running experiments.
    Run,
    /// Getting about.
    Move,
    /// Tweaking.
    Form,
    /// Looking at mistakes.
    Mistakes,
    /// Curves.
    Curves,
    /// Everything else.
    Screen,
}

impl Group {
    /// In the order of the help screen.
    pub const ALL: [Self; 6] = [Self::Run, Self::Form, Self::Mistakes, Self::Move, Self::Curves, Self::Screen];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Run => "Experiments and runs",
            Self::Form => "Tweaking",
            Self::Mistakes => "Looking at mistakes",
            Self::Move => "Moving about",
            Self::Curves => "Curves, ladder and matrix",
            Self::Screen => "Screen",
        }
    }
}

/// Where a command works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum When {
    /// Everywhere.
    Always,
    /// An experiment is selected and the keyboard is on it.
    Experiment,
    /// An experiment that can be read, or a run, is selected.
    Data,
    /// The form is open.
    Form,
    /// Mistakes are looked at.
    Mistakes,
    /// The keyboard is on the runs, and there are some.
    Runs,
    /// A run is selected.
    Run,
    /// A run is selected that was made here.
    Own,
    /// A run is selected and can be paused, go on, be taken up or be started.
    Pausable,
    /// A run is selected that waits in the queue.
    Waiting,
    /// Runs wait in the queue.
    Queue,
    /// Runs can be started here.
    Here,
    /// A run is selected that can be put into the queue.
    Queueable,
    /// A run is selected that trains or pauses.
    Live,
    /// A run is selected that does not train.
    Ended,
    /// There is a remedy at this place.
    Remedy(usize),
    /// The keyboard is on a pane of a run.
    RunPane,
    /// The keyboard is on the diagnosis, and there are remedies.
    Remedies,
    /// The keyboard is on the curves.
    OnCurves,
    /// The keyboard is on the ladder, the matrix or the classes, and there are several evaluations.
    History,
    /// The keyboard is on the matrix.
    Matrix,
    /// The keyboard is on a kind of mistake in the matrix.
    Confused,
}

impl When {
    /// Whether a command works with the state as it is.
    pub fn holds(self, state: &State) -> bool {
        let run = state.selected_run();
        // What was made elsewhere is only looked at.
        let own = run.filter(|run| !run.elsewhere);
        let status = own.map(|run| run.status);
        match self {
            Self::Always => true,
            Self::Experiment => state.focus == Pane::Experiments && state.selected_experiment().is_some(),
            Self::Form => matches!(state.overlay, Some(Overlay::Form(_))),
            Self::Mistakes => matches!(state.overlay, Some(Overlay::Mistakes(_))),
            Self::Data => own.is_some() || state.selected_experiment().is_some_and(|item| item.experiment.is_ok()),
            Self::Runs => state.focus == Pane::Runs && run.is_some(),
            Self::Run => run.is_some(),
            Self::Own => own.is_some(),
            Self::Pausable => match status {
                Some(Status::Queued) => state.place_in_queue().is_some(),
                status => status.is_some_and(|status| status != Status::Finished),
            },
            Self::Waiting => state.place_in_queue().is_some(),
            Self::Queue => !state.queued.is_empty(),
            Self::Here => !state.watching,
            Self::Queueable => match status {
                Some(Status::Queued) => state.place_in_queue().is_none(),
                status => matches!(status, Some(Status::Stopped | Status::Failed | Status::Interrupted)),
            },
            Self::Live => status.is_some_and(Status::is_live),
            Self::Ended => status.is_some_and(|status| !status.is_live()),
            Self::Remedy(place) => state.open().is_some_and(|run| run.remedies().len() > place),
            Self::RunPane => run.is_some() && state.focus.is_of_run(),
            Self::Remedies => {
                state.focus == Pane::Diagnosis && state.open().is_some_and(|run| !run.remedies().is_empty())
            }
            Self::OnCurves => run.is_some() && state.focus == Pane::Curves,
            Self::History => {
                let evaluations = |run: &OpenRun| run.report.as_ref().map_or(0, |report| report.evaluations.len());
                matches!(state.focus, Pane::Ladder | Pane::Matrix | Pane::Classes)
                    && state.open().is_some_and(|run| evaluations(run) > 1)
            }
            Self::Matrix => run.is_some() && state.focus == Pane::Matrix,
            Self::Confused => state.focus == Pane::Matrix && state.confused().is_some(),
        }
    }

    /// As README's key table puts it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Always => "everywhere",
            Self::Here => "where runs are started",
            Self::Experiment => "on an experiment",
            Self::Form => "in the form",
            Self::Mistakes => "on a mistake",
            Self::Data => "with an experiment or a run selected",
            Self::Runs => "on a run in the list",
            Self::Run | Self::Own => "with a run selected",
            Self::Pausable => "with a run that has not finished",
            Self::Waiting => "with a run that waits in the queue",
            Self::Queue => "while runs wait in the queue",
            Self::Queueable => "with a run that has ended early",
            Self::Live => "while a run trains",
            Self::Ended => "with a run that does not train",
            Self::Remedy(_) => "with a run that has remedies",
            Self::RunPane => "in the panes of a run",
            Self::Remedies => "in the diagnosis",
            Self::OnCurves => "in the curves",
            Self::History => "in ladder, matrix and classes",
            Self::Matrix => "in the matrix",
            Self::Confused => "in the matrix, on a kind of mistake (↓)",
        }
    }
}

const fn command(
    intent: Intent,
    keys: &'static [&'static str],
    hint: &'static str,
    help: &'static str,
    group: Group,
    when: When,
) -> Command {
    Command { intent, keys, hint, help, group, when }
}

/// The table. Where several commands of one key work, the first is meant; the footer keeps this order too.
pub const COMMANDS: &[Command] = &[
    command(
        Intent::Left,
        &["left", "h"],
        "",
        "one step down: half the width, the word before",
        Group::Form,
        When::Form,
    ),
    command(Intent::Right, &["right", "l"], "", "one step up", Group::Form, When::Form),
    command(Intent::Type, &["e", "i"], "", "type a value; a digit begins a new one", Group::Form, When::Form),
    command(Intent::Undo, &["u"], "", "take the last change back", Group::Form, When::Form),
    command(
        Intent::Keep,
        &["w"],
        "",
        "write the changes into the experiment's file; its comments stay",
        Group::Form,
        When::Form,
    ),
    command(
        Intent::Open,
        &["enter"],
        "",
        "start it as a new run; what can change while a run trains is applied at once",
        Group::Form,
        When::Form,
    ),
    command(Intent::Queue, &["Q"], "", "queue it as a new run, to start when its turn comes", Group::Form, When::Form),
    command(
        Intent::Relabel,
        &["r", "enter"],
        "",
        "put its label right, for dev and test of all runs on these data",
        Group::Mistakes,
        When::Mistakes,
    ),
    command(
        Intent::Ambiguous,
        &["x"],
        "",
        "leave it out of the counts, since nobody can say what it is; or count it again",
        Group::Mistakes,
        When::Mistakes,
    ),
    command(
        Intent::Tag,
        &["t"],
        "",
        "give it a tag in your own words, or take that one away",
        Group::Mistakes,
        When::Mistakes,
    ),
    command(
        Intent::TagTable,
        &["c"],
        "",
        "count the tags: what would be left if all of one were fixed",
        Group::Mistakes,
        When::Mistakes,
    ),
    command(Intent::Undo, &["u"], "", "take back what was last said", Group::Mistakes, When::Mistakes),
    command(Intent::Open, &["enter"], "start", "start the selected experiment", Group::Run, When::Experiment),
    command(
        Intent::Queue,
        &["Q"],
        "queue",
        "queue it, to start when its turn comes; a remedy, too",
        Group::Run,
        When::Experiment,
    ),
    command(Intent::Open, &["enter"], "open", "look at the selected run closely", Group::Run, When::Runs),
    command(Intent::Open, &["enter"], "try it", "try the selected remedy, as a new run", Group::Run, When::Remedies),
    command(
        Intent::Open,
        &["enter"],
        "mistakes",
        "look at the mistakes of the selected kind",
        Group::Run,
        When::Confused,
    ),
    command(Intent::Open, &["enter"], "enlarge", "give a pane the whole screen", Group::Screen, When::RunPane),
    command(
        Intent::Remedy(0),
        &["a"],
        "try a remedy",
        "try the first remedy: its one change is shown, Enter starts it as a new run",
        Group::Run,
        When::Remedy(0),
    ),
    command(Intent::Remedy(1), &["b"], "", "try the second remedy", Group::Run, When::Remedy(1)),
    command(Intent::Remedy(2), &["c"], "", "try the third remedy", Group::Run, When::Remedy(2)),
    command(Intent::Remedy(3), &["d"], "", "try the fourth remedy", Group::Run, When::Remedy(3)),
    command(Intent::Remedy(4), &["e"], "", "try the fifth remedy", Group::Run, When::Remedy(4)),
    command(Intent::Remedy(5), &["f"], "", "try the sixth remedy", Group::Run, When::Remedy(5)),
    command(
        Intent::Pause,
        &["p"],
        "pause",
        "pause a run, or let it go on; one that has ended early is taken up where it was, one that waits is started",
        Group::Run,
        When::Pausable,
    ),
    command(Intent::Stop, &["S"], "take off", "take it off the queue", Group::Run, When::Waiting),
    command(
        Intent::Sooner,
        &["[", "ctrl-up"],
        "move",
        "let it start before the one before it in the queue",
        Group::Run,
        When::Waiting,
    ),
    command(
        Intent::Later,
        &["]", "ctrl-down"],
        "",
        "let it start after the one behind it in the queue",
        Group::Run,
        When::Waiting,
    ),
    command(
        Intent::Hold,
        &["W"],
        "",
        "hold the queue, so that no run is started, or let it go on",
        Group::Run,
        When::Queue,
    ),
    command(
        Intent::MoreAtATime,
        &[")"],
        "",
        "let one more run of the queue train at a time; at first it is one",
        Group::Run,
        When::Here,
    ),
    command(Intent::FewerAtATime, &["("], "", "let one fewer; those that train go on", Group::Run, When::Here),
    command(
        Intent::Tweak,
        &["t"],
        "tweak",
        "tweak settings in a form, and start them as a new run",
        Group::Run,
        When::Data,
    ),
    command(Intent::Rate, &["r"], "learning rate", "change the learning rate while it trains", Group::Run, When::Live),
    command(
        Intent::FindRate,
        &["F"],
        "find a rate",
        "find a learning rate by a short test",
        Group::Run,
        When::Experiment,
    ),
    command(Intent::FindRate, &["F"], "", "find a learning rate by a short test", Group::Run, When::Own),
    command(Intent::Stop, &["S"], "stop", "end a run early; asks first", Group::Run, When::Live),
    command(
        Intent::Queue,
        &["Q"],
        "queue",
        "queue it, to be taken up when its turn comes",
        Group::Run,
        When::Queueable,
    ),
    command(
        Intent::Delete,
        &["delete", "X"],
        "",
        "delete the marked runs, or the selected one; asks first",
        Group::Run,
        When::Ended,
    ),
    command(
        Intent::Data,
        &["D", "9"],
        "data",
        "look at the data: sets, classes, duplicates, pictures, alterations",
        Group::Run,
        When::Data,
    ),
    command(
        Intent::Mistakes,
        &["E"],
        "mistakes",
        "look at what it got wrong in the dev set, the surest mistakes first",
        Group::Run,
        When::Own,
    ),
    command(
        Intent::Human,
        &["J"],
        "",
        "judge dev examples yourself, without their labels: measures the human rung",
        Group::Run,
        When::Data,
    ),
    command(Intent::Up, &["up", "k"], "", "up", Group::Move, When::Always),
    command(Intent::Down, &["down", "j"], "", "down", Group::Move, When::Always),
    command(
        Intent::Left,
        &["left", "h"],
        "read values",
        "move the cursor back and read values there",
        Group::Curves,
        When::OnCurves,
    ),
    command(Intent::Right, &["right", "l"], "", "move the cursor on", Group::Curves, When::OnCurves),
    command(
        Intent::Left,
        &["left", "h"],
        "back in time",
        "go back in time, evaluation by evaluation",
        Group::Curves,
        When::History,
    ),
    command(Intent::Right, &["right", "l"], "", "forward again", Group::Curves, When::History),
    command(Intent::NextPane, &["tab"], "next pane", "to the next pane", Group::Move, When::Always),
    command(Intent::PreviousPane, &["shift-tab"], "", "to the pane before", Group::Move, When::Always),
    command(Intent::Pane(Pane::Experiments), &["1"], "", "to the experiments", Group::Move, When::Always),
    command(Intent::Pane(Pane::Runs), &["2"], "", "to the runs", Group::Move, When::Always),
    command(Intent::Pane(Pane::Curves), &["3"], "", "to the curves", Group::Move, When::Run),
    command(Intent::Pane(Pane::Ladder), &["4"], "", "to the error ladder", Group::Move, When::Run),
    command(Intent::Pane(Pane::Matrix), &["5"], "", "to the confusion matrix", Group::Move, When::Run),
    command(Intent::Pane(Pane::Diagnosis), &["6"], "", "to the diagnosis and its remedies", Group::Move, When::Run),
    command(
        Intent::Pane(Pane::Classes),
        &["7"],
        "",
        "to precision, recall and F1 of each class",
        Group::Move,
        When::Run,
    ),
    command(
        Intent::Pane(Pane::Settings),
        &["8"],
        "",
        "to the settings and the change from the parent",
        Group::Move,
        When::Run,
    ),
    command(Intent::PageUp, &["pageup", "ctrl-u"], "", "a screenful up", Group::Move, When::Always),
    command(Intent::PageDown, &["pagedown", "ctrl-d"], "", "a screenful down", Group::Move, When::Always),
    command(Intent::First, &["g", "home"], "", "to the first", Group::Move, When::Always),
    command(Intent::Last, &["G", "end"], "", "to the last", Group::Move, When::Always),
    command(
        Intent::Mark,
        &["space"],
        "compare",
        "mark a run, to compare it with the others marked",
        Group::Run,
        When::Run,
    ),
    command(
        Intent::Compare,
        &["C"],
        "",
        "the marked runs and the selected one side by side: settings, ladders, confusions",
        Group::Run,
        When::Run,
    ),
    command(
        Intent::Family,
        &["V"],
        "",
        "the family of a run: parents, variations, and what each change did",
        Group::Run,
        When::Run,
    ),
    command(
        Intent::History,
        &["O"],
        "",
        "what happened to a run, and what its worker had to say",
        Group::Run,
        When::Run,
    ),
    command(
        Intent::Filter,
        &["/"],
        "filter",
        "filter the runs: words, or conditions such as dev<5% & model.kind=cnn & tag:baseline",
        Group::Run,
        When::Runs,
    ),
    command(Intent::Table, &["w"], "table", "the runs on the whole screen, in columns", Group::Run, When::Runs),
    command(
        Intent::Columns,
        &["o"],
        "sort",
        "sort the runs by any setting or figure, and choose columns",
        Group::Run,
        When::Runs,
    ),
    command(Intent::Note, &["N"], "", "write a note on the marked runs, or the selected one", Group::Run, When::Run),
    command(Intent::TagRun, &["#"], "", "tag runs in a word of your own, or take that one away", Group::Run, When::Run),
    command(Intent::Pin, &["P"], "", "pin runs to the top of the list, or let go of them", Group::Run, When::Run),
    command(
        Intent::Archive,
        &["A"],
        "",
        "archive runs: lists leave them out; or take them back",
        Group::Run,
        When::Run,
    ),
    command(Intent::Undelete, &["U"], "", "take the last deletion back; for a day it can be", Group::Run, When::Always),
    command(
        Intent::NextMetric,
        &["m"],
        "metric",
        "next: loss, error, learning rate, gradient, speed, layers, …",
        Group::Curves,
        When::Run,
    ),
    command(Intent::PreviousMetric, &["M"], "", "the one before", Group::Curves, When::Run),
    command(Intent::ZoomIn, &["+", "="], "zoom", "zoom in at the cursor", Group::Curves, When::Run),
    command(Intent::ZoomOut, &["-", "_"], "", "zoom out", Group::Curves, When::Run),
    command(Intent::ZoomReset, &["0"], "", "show everything", Group::Curves, When::Run),
    command(Intent::PanLeft, &["<", "shift-left", "H"], "", "move the window back", Group::Curves, When::Run),
    command(Intent::PanRight, &[">", "shift-right", "L"], "", "move the window on", Group::Curves, When::Run),
    command(Intent::Log, &["y"], "log", "logarithmic or linear scale", Group::Curves, When::Run),
    command(Intent::Axis, &["x"], "", "count steps, epochs, examples, time, or by the clock", Group::Curves, When::Run),
    command(
        Intent::Pool,
        &["B"],
        "",
        "marked runs that differ only in the seed as mean and band, or one by one",
        Group::Curves,
        When::Run,
    ),
    command(Intent::Smooth, &["s"], "smooth", "smooth more, then not at all", Group::Curves, When::Run),
    command(
        Intent::Group,
        &["K"],
        "",
        "classes that are confused side by side, or as in the data",
        Group::Curves,
        When::Matrix,
    ),
    command(Intent::Normalize, &["n"], "shares", "counts, or shares of each true class", Group::Curves, When::Matrix),
    command(Intent::Back, &["esc"], "back", "go back one layer", Group::Screen, When::RunPane),
    command(Intent::Back, &["esc", "backspace"], "", "go back one layer", Group::Screen, When::Always),
    command(Intent::Theme, &["T"], "", "the next theme", Group::Screen, When::Always),
    command(Intent::Palette, &[":", "ctrl-p"], "commands", "find a command by its name", Group::Screen, When::Always),
    command(Intent::Help, &["?", "f1"], "help", "every key", Group::Screen, When::Always),
    command(Intent::Quit, &["q", "ctrl-c"], "quit", "leave; runs go on in the background", Group::Screen, When::Always),
    command(
        Intent::Suspend,
        &["ctrl-z"],
        "",
        "hold the dashboard, as shells do; runs go on",
        Group::Screen,
        When::Always,
    ),
    command(Intent::Picture, &["ctrl-s"], "", "save the screen as a picture (SVG)", Group::Screen, When::Always),
    command(Intent::Redraw, &["ctrl-l"], "", "draw the screen anew", Group::Screen, When::Always),
];

/// The command that a key means here.
pub fn of_key(state: &State, key: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.keys.contains(&key) && command.when.holds(state))
}

/// The commands that work here, each intent once.
pub fn available(state: &State) -> Vec<&'static Command> {
    let mut found: Vec<&'static Command> = Vec::new();
    for command in COMMANDS.iter().filter(|command| command.when.holds(state)) {
        if found.iter().all(|other| other.intent != command.intent) {
            found.push(command);
        }
    }
    found
}

/// What the footer calls a command here; a word may depend on where the run stands.
pub fn hint(command: &Command, state: &State) -> &'static str {
    match (command.intent, state.status()) {
        (Intent::Pause, Some(Status::Paused)) => "go on",
        (Intent::Pause, Some(Status::Queued)) => "start now",
        (Intent::Pause, Some(Status::Stopped | Status::Failed | Status::Interrupted)) => "take up",
        (Intent::Open, _) if state.maximized && command.hint == "enlarge" => "",
        (Intent::Filter, _) if !state.list.filter.text().is_empty() => "filter",
        _ => command.hint,
    }
}

/// A key as people write it: `Enter`, `Ctrl-P`, `a`.
pub fn key_text(key: &str) -> String {
    let named = |key: &str| match key {
        "enter" => "Enter".to_owned(),
        "esc" => "Esc".to_owned(),
        "tab" => "Tab".to_owned(),
        "space" => "Space".to_owned(),
        "up" => "↑".to_owned(),
        "down" => "↓".to_owned(),
        "left" => "←".to_owned(),
        "right" => "→".to_owned(),
        "pageup" => "PgUp".to_owned(),
        "pagedown" => "PgDn".to_owned(),
        "home" => "Home".to_owned(),
        "end" => "End".to_owned(),
        "delete" => "Del".to_owned(),
        "backspace" => "Backspace".to_owned(),
        "f1" => "F1".to_owned(),
        other => other.to_owned(),
    };
    for (prefix, shown) in [("ctrl-", "Ctrl-"), ("shift-", "Shift-"), ("alt-", "Alt-")] {
        if let Some(rest) = key.strip_prefix(prefix).filter(|rest| !rest.is_empty()) {
            let rest = named(rest);
            return if rest.len() == 1 { format!("{shown}{}", rest.to_uppercase()) } else { format!("{shown}{rest}") };
        }
    }
    named(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_command_is_hidden_by_another() {
        for (place, command) in COMMANDS.iter().enumerate() {
            assert!(!command.help.is_empty() && !command.keys.is_empty());
            for earlier in &COMMANDS[..place] {
                let same_key = earlier.keys.iter().any(|key| command.keys.contains(key));
                let hides = earlier.when == When::Always || earlier.when == command.when;
                assert!(!(same_key && hides), "{:?} hides {:?}", earlier.intent, command.intent);
            }
        }
    }

    #[test]
    fn the_contract_s_keys_are_bound() {
        let keys = "up down left right h j k l tab shift-tab enter space esc / : ctrl-p ? q ctrl-c g G pageup pagedown \
                    home end 1 2 3 4 5 6 7 8 9 + - 0 y x s";
        for key in keys.split_whitespace() {
            assert!(COMMANDS.iter().any(|command| command.keys.contains(&key)), "{key}");
        }
    }

    #[test]
    fn keys_are_written_as_people_write_them() {
        for (key, text) in
            [("ctrl-p", "Ctrl-P"), ("shift-tab", "Shift-Tab"), ("a", "a"), ("G", "G"), ("-", "-"), ("left", "←")]
        {
            assert_eq!(key_text(key), text);
        }
    }
}
