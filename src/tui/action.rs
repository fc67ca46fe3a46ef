//! What can happen, and what is to be done about it outside of the state. Both are data.

use super::state::data::Look;
use super::state::field::Edit;
use super::state::human::HumanLook;
use super::state::machine::Machine;
use super::state::mistakes::MistakesLook;
use super::state::overlay::Told;
use super::state::{Item, Mark, Pane, Selected, Tone};
use crate::domain::annotation::{Annotations, Remark};
use crate::domain::control;
use crate::domain::experiment::{Change, Experiment};
use crate::domain::points::Points;
use crate::domain::queue::{Queue, Spot};
use crate::domain::rate::Point;
use crate::domain::report::Report;
use crate::domain::review::Note;
use crate::domain::run::{RunId, Summary};

/// What a person can ask for with a key. [`super::command::COMMANDS`] says which keys, where, and in what words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Intent {
    /// Leave the dashboard; runs go on.
    Quit,
    /// Hold the dashboard as shells do; runs go on.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Show every command.
    Help,
    /// Find a command by its name.
    Palette,
    /// Go back one layer.
    Back,
    /// Start, open, apply, confirm: what Enter does where the keyboard is.
    Open,
    /// To the next pane.
    NextPane,
    /// To the pane before.
    PreviousPane,
    /// To a pane.
    Pane(Pane),
    /// One up.
    Up,
    /// One down.
    Down,
    /// One to the left.
    Left,
    /// One to the right.
    Right,
    /// A screenful up.
    PageUp,
    /// A screenful down.
    PageDown,
    /// To the first.
    First,
    /// To the last.
    Last,
    /// Mark the selected run for comparison, or take the mark away.
    Mark,
    /// The marked runs and the selected one side by side.
    Compare,
    /// Parents and children of the selected run.
    Family,
    /// What happened to the selected run.
    History,
    /// Save the screen as a picture.
    Picture,
    /// Filter the runs.
    Filter,
    /// The runs on the whole screen, in columns.
    Table,
    /// Choose columns and order of the runs.
    Columns,
    /// Pin runs to the top of the list.
    Pin,
    /// Archive runs.
    Archive,
    /// Write a note on runs.
    Note,
    /// Tag runs.
    TagRun,
    /// Take the last deletion back.
    Undelete,
    /// Pause a running run; let a paused one go on; take up one that has ended early; start one that waits.
    Pause,
    /// End a run early; take one that waits off the queue.
    Stop,
    /// Put into the queue what else would be started at once.
    Queue,
    /// Hold the queue, or let it go on.
    Hold,
    /// Let fewer runs of the queue train at a time.
    FewerAtATime,
    /// Let more of them.
    MoreAtATime,
    /// Let a run that waits start before the one that is before it.
    Sooner,
    /// Let a run that waits start after the one that is behind it.
    Later,
    /// Change the learning rate of a live run.
    Rate,
    /// Tweak the selected experiment or run in a form.
    Tweak,
    /// Type the value of a setting.
    Type,
    /// Write the changed settings into the experiment's file.
    Keep,
    /// Take the last change of a setting back.
    Undo,
    /// Delete the marked runs, or the selected one.
    Delete,
    /// Look at the data of the selected experiment or run.
    Data,
    /// Look at what the selected run got wrong.
    Mistakes,
    /// Say which class an example is really of.
    Relabel,
    /// Say that nobody could tell what an example is.
    Ambiguous,
    /// Tag an example.
    Tag,
    /// Count the tags.
    TagTable,
    /// Judge examples without seeing their labels.
    Human,
    /// Try a remedy, by its place.
    Remedy(usize),
    /// Find a learning rate by a short test.
    FindRate,
    /// Closer.
    ZoomIn,
    /// Farther.
    ZoomOut,
    /// Everything.
    ZoomReset,
    /// The window to the left.
    PanLeft,
    /// The window to the right.
    PanRight,
    /// Logarithmic or linear.
    Log,
    /// What the axis counts.
    Axis,
    /// Runs that differ only in the seed as one, or one by one.
    Pool,
    /// Stronger smoothing, then none.
    Smooth,
    /// The next scalars.
    NextMetric,
    /// The scalars before.
    PreviousMetric,
    /// Counts or shares in the confusion matrix.
    Normalize,
    /// Confused classes side by side in the matrix, or all as in the data.
    Group,
    /// The next theme.
    Theme,
}

/// Something that a click can hit; [`super::view`] tells where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Anywhere in a pane.
    Pane(Pane),
    /// An experiment, by its place.
    Experiment(usize),
    /// A run, by its place among the visible ones.
    Run(usize),
    /// A kind of mistake in the confusion matrix: the true class and what it was taken for.
    Cell(usize, usize),
    /// A remedy, by its place.
    Remedy(usize),
    /// Something that does what a key does.
    Intent(Intent),
    /// A stretch of the axis under the curves; the click tells how far along it.
    Axis,
}

/// Everything that can happen to the state.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// A person asks for something.
    Intent(Intent),
    /// The load of the machine.
    Machine(Machine),
    /// A line of text is edited.
    Edit(Edit),
    /// A click; `along` tells how far from the left of the target, from 0 to 1; `twice` whether it is a double one.
    Click {
        /// What was hit.
        target: Target,
        /// From 0 (its left edge) to 1 (its right edge).
        along: f64,
    },
    /// The wheel was turned over a pane.
    Wheel {
        /// The pane.
        pane: Pane,
        /// Whether towards the end.
        down: bool,
    },
    /// The terminal has another size.
    Resized(u16, u16),
    /// Time goes by; seconds since 1970.
    Tick(f64),
    /// The experiments that can be run.
    Experiments(Vec<Item>),
    /// The runs there are, newest first.
    Runs(Vec<Summary>),
    /// What people say of the runs.
    Annotations(Annotations),
    /// Experiments of runs that were asked for.
    Details(Vec<(RunId, Box<Experiment>)>),
    /// The runs that wait for a place.
    Queue(Queue),
    /// New points of a run.
    Points {
        /// The run.
        run: RunId,
        /// Whether these are all its points, so that older ones are dropped first.
        whole: bool,
        /// The run was taken up again: points of this step and later ones do not count any more.
        restart: Option<u64>,
        /// The points.
        batches: Vec<Points>,
        /// What happened on the way.
        marks: Vec<Mark>,
        /// Whether more are on their way already.
        more: bool,
    },
    /// What was made of a run's files.
    Report {
        /// The run.
        run: RunId,
        /// The report, or why there is none.
        report: Result<Box<Report>, String>,
    },
    /// A look at data has come so far.
    Data {
        /// Whose.
        owner: Selected,
        /// How far.
        look: Look,
    },
    /// A look at a run's mistakes has come so far.
    Mistakes {
        /// Whose.
        run: RunId,
        /// How far.
        look: MistakesLook,
    },
    /// A sitting in which examples are judged has come so far.
    Human {
        /// Of whose data.
        owner: Selected,
        /// How far.
        look: HumanLook,
    },
    /// A run was started.
    Started(RunId),
    /// A learning-rate test has made a step.
    RatePoint {
        /// Which test.
        ticket: u64,
        /// The step.
        point: Point,
    },
    /// A learning-rate test has ended.
    RateTested {
        /// Which test.
        ticket: u64,
        /// Why it could not be made, if it could not.
        outcome: Result<(), String>,
    },
    /// What happened to a run, as its files tell.
    History {
        /// Which.
        run: RunId,
        /// What its files tell, or why they cannot be read.
        told: Result<Told, String>,
    },
    /// Something is to be said.
    Say(Tone, String),
    /// The themes there are.
    Themes(Vec<String>),
    /// A theme is in use.
    Themed(String),
}

/// A run that is to be made, or taken up.
#[derive(Debug, Clone, PartialEq)]
pub enum Planned {
    /// Of an experiment, by name.
    Experiment(String),
    /// Of a child of a run.
    Child(Box<Experiment>),
    /// Of a child of an experiment, by the experiment's name, with these changes.
    Changed(String, Vec<Change>),
    /// One that has ended early.
    Run(RunId),
}

impl Planned {
    /// What does it without waiting for a place.
    pub fn at_once(self) -> Effect {
        match self {
            Self::Experiment(name) => Effect::Launch(name),
            Self::Child(experiment) => Effect::LaunchChild(experiment),
            Self::Changed(name, changes) => Effect::LaunchChanged(name, changes),
            Self::Run(id) => Effect::TakeUp(id),
        }
    }
}

/// What is to be done outside of the state.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Read these runs and go on reading them; let go of all others.
    Follow(Vec<RunId>),
    /// Run an experiment, by name.
    Launch(String),
    /// Run a child of a run.
    LaunchChild(Box<Experiment>),
    /// Run a child of an experiment, by the experiment's name, with these changes.
    LaunchChanged(String, Vec<Change>),
    /// Make a learning-rate test; what comes of it bears the ticket.
    FindRate {
        /// Which test.
        ticket: u64,
        /// Of what.
        of: Selected,
    },
    /// Nobody looks at the learning-rate test any more.
    EndRateTest,
    /// Send a command to a run's worker.
    Control(RunId, control::Command),
    /// Take up a run that has ended early, or start one that waits.
    TakeUp(RunId),
    /// Put a run at the end of the queue.
    Queue(Planned),
    /// Take a run off the queue.
    Unqueue(RunId),
    /// Move a run in the queue.
    Shift(RunId, Spot),
    /// Hold the queue, or let it go on.
    Hold(bool),
    /// Let so many runs of the queue train at a time.
    AtATime(u32),
    /// Delete a run; for a day that can be taken back.
    Delete(RunId),
    /// Take the last deletion back.
    Undelete,
    /// Write down what is said of runs.
    Annotate(Vec<Remark>),
    /// Write changes into an experiment's file.
    Rewrite(String, Vec<Change>),
    /// Read what happened to a run.
    ReadHistory(RunId),
    /// Read the experiments of runs.
    ReadExperiments(Vec<RunId>),
    /// Read the list of runs anew: it is known to be behind.
    ReadRuns,
    /// Load the data of an experiment or a run and look at them.
    LookAtData(Selected),
    /// Read what a run got wrong in the dev set, and load the pictures.
    LookAtMistakes(RunId),
    /// Load examples to be judged without their labels.
    LookToJudge(Selected),
    /// Write down what a person said of an example of these data.
    Note(Selected, Note),
    /// Nobody looks at data any more.
    LeaveData,
    /// Save the screen as a picture.
    SavePicture,
    /// Use a theme.
    UseTheme(String),
    /// Ring the bell and tell the terminal, for example because a run has ended.
    Notify(String),
    /// Hold the dashboard.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Leave.
    Quit,
}
