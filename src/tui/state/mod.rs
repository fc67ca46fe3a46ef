//! All that the dashboard knows. Plain data: [`super::update`] alone changes it, [`super::view`] only reads it, and
//! nothing here reads a clock or a file. Time comes in as [`State::now`].

pub mod axis;
pub mod chart;
pub mod curves;
pub mod data;
pub mod field;
pub mod finder;
pub mod form;
pub mod human;
pub mod list;
pub mod machine;
pub mod metric;
pub mod mistakes;
pub mod overlay;
pub mod preferences;
pub mod run;
pub mod table;

use std::collections::HashMap;

use self::axis::Placing;
use self::machine::Machine;
use crate::domain::annotation::Annotations;
use crate::domain::experiment::Experiment;
use crate::domain::experiment::paths::Places;
use crate::domain::queue::Queue;
use crate::domain::run::{RunId, Status, Summary};

pub use axis::Axis;
pub use chart::Chart;
pub use curves::{Curves, Mark};
pub use field::Field;
pub use finder::Finder;
pub use list::{List, Selected};
pub use metric::Metric;
pub use overlay::Overlay;
pub use run::OpenRun;

/// The panes, by the digit that leads to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pane {
    /// What can be run.
    Experiments,
    /// What was run, or is running.
    Runs,
    /// Loss and the other scalars over time.
    Curves,
    /// The error ladder.
    Ladder,
    /// The confusion matrix.
    Matrix,
    /// What is wrong, and what could be done.
    Diagnosis,
    /// Precision, recall and F1 of each class.
    Classes,
    /// How the experiment is set, and what differs from its parent.
    Settings,
}

impl Pane {
    /// In the order of their digits.
    pub const ALL: [Self; 8] = [
        Self::Experiments,
        Self::Runs,
        Self::Curves,
        Self::Ladder,
        Self::Matrix,
        Self::Diagnosis,
        Self::Classes,
        Self::Settings,
    ];

    /// The digit that leads to it.
    pub fn digit(self) -> u8 {
        self as u8 + 1
    }

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Experiments => "Experiments",
            Self::Runs => "Runs",
            Self::Curves => "Curves",
            Self::Ladder => "Error ladder",
            Self::Matrix => "Confusion",
            Self::Diagnosis => "Diagnosis",
            Self::Classes => "Classes",
            Self::Settings => "Settings",
        }
    }

    /// Whether it shows the selected run rather than a list.
    pub fn is_of_run(self) -> bool {
        !matches!(self, Self::Experiments | Self::Runs)
    }
}

/// One experiment that can be run, or the reason why it cannot.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The name to run it by.
    pub name: String,
    /// Whether it came with the program.
    pub builtin: bool,
    /// What it says, or what is wrong with it.
    pub experiment: Result<Box<Experiment>, String>,
}

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// It was done.
    Good,
    /// For information.
    Plain,
    /// It was not done.
    Bad,
}

/// A message in the footer; the next key or some seconds take it away.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// How it is meant.
    pub tone: Tone,
    /// What is said.
    pub text: String,
    /// When it was said.
    pub since: f64,
}

/// Seconds that a message stands.
pub const NOTICE_SECONDS: f64 = 5.0;
/// What is told of every second is told of so many seconds late at most, on the busiest machine; more is a clock that was set.
const LONGEST_SECOND: f64 = 15.0;

/// The whole of the dashboard.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own, not a state of one machine")]
pub struct State {
    /// Seconds since 1970, as of the last tick.
    pub now: f64,
    /// Seconds by which clocks here are ahead of UTC.
    pub ahead: i32,
    /// The load of the machine, told while something trains.
    pub machine: Option<Machine>,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Where paths begin.
    pub places: Places,
    /// Whether only runs made elsewhere are looked at, and nothing can be run.
    pub watching: bool,
    /// What can be run.
    pub experiments: Vec<Item>,
    /// What was run, newest first.
    pub runs: Vec<Summary>,
    /// Whether `runs` has come in yet.
    pub listed: bool,
    /// What people say of the runs.
    pub annotations: Annotations,
    /// Experiments of runs, as far as a filter or a column has asked for them; `None` until they have come, and for good
    /// where they cannot be read.
    pub details: HashMap<RunId, Option<Box<Experiment>>>,
    /// The runs that wait for a place, as the project's queue has them.
    pub queue: Queue,
    /// Those of them that are there and have not been started, the next one first.
    pub queued: Vec<RunId>,
    /// What is selected, marked and filtered.
    pub list: List,
    /// The selected run in full.
    pub run: Option<OpenRun>,
    /// Marked runs in full, to be compared.
    pub others: Vec<OpenRun>,
    /// Where the keyboard is.
    pub focus: Pane,
    /// Whether the focused pane has the screen to itself.
    pub maximized: bool,
    /// How curves are drawn.
    pub chart: Chart,
    /// Whether the confusion matrix shows shares of each true class instead of counts.
    pub normalized: bool,
    /// Whether the confusion matrix has those classes side by side that are confused.
    pub grouped: bool,
    /// The evaluation that is looked at, by its place; `None`: the last.
    pub scrub: Option<usize>,
    /// The confusion that Enter opens the mistakes of, by its place among them, the most frequent first.
    pub confused: Option<usize>,
    /// The remedy that Enter tries.
    pub remedy: usize,
    /// First line shown of panes that scroll.
    pub scroll: usize,
    /// What lies over the screen.
    pub overlay: Option<Overlay>,
    /// Learning-rate tests begun so far.
    pub rate_tests: u64,
    /// What was last said.
    pub notice: Option<Notice>,
    /// Themes to choose from.
    pub themes: Vec<String>,
    /// The theme in use.
    pub theme: String,
    /// Whether the screen no longer shows what is here.
    pub stale: bool,
    /// Whether what has come in is what a person waits for: the first of what the screen shows.
    pub awaited: bool,
}

impl Default for State {
    fn default() -> Self {
        Self {
            now: 0.0,
            ahead: 0,
            places: Places::default(),
            machine: None,
            size: (80, 24),
            watching: false,
            experiments: Vec::new(),
            runs: Vec::new(),
            listed: false,
            annotations: Annotations::default(),
            details: HashMap::new(),
            queue: Queue::default(),
            queued: Vec::new(),
            list: List::default(),
            run: None,
            others: Vec::new(),
            focus: Pane::Experiments,
            maximized: false,
            chart: Chart::default(),
            normalized: false,
            grouped: false,
            scrub: None,
            confused: None,
            remedy: 0,
            scroll: 0,
            overlay: None,
            rate_tests: 0,
            notice: None,
            themes: Vec::new(),
            theme: "dark".to_owned(),
            stale: true,
            awaited: false,
        }
    }
}

impl State {
    /// The run that is selected.
    pub fn selected_run(&self) -> Option<&Summary> {
        match self.list.selected.as_ref()? {
            Selected::Run(id) => self.summary(id),
            Selected::Experiment(_) => None,
        }
    }

    /// The experiment that is selected.
    pub fn selected_experiment(&self) -> Option<&Item> {
        match self.list.selected.as_ref()? {
            Selected::Experiment(name) => self.experiments.iter().find(|item| item.name == *name),
            Selected::Run(_) => None,
        }
    }

    /// The summary of a run. The open run's own is fresher than the list's.
    pub fn summary(&self, id: &RunId) -> Option<&Summary> {
        self.runs.iter().find(|summary| summary.id == *id)
    }

    /// The selected run's status.
    pub fn status(&self) -> Option<Status> {
        Some(self.selected_run()?.status)
    }

    /// A run's place in the queue; the next one has the first, 0.
    pub fn queue_place(&self, id: &RunId) -> Option<usize> {
        self.queued.iter().position(|queued| queued == id)
    }

    /// The selected run's place in the queue.
    pub fn place_in_queue(&self) -> Option<usize> {
        self.queue_place(&self.selected_run()?.id)
    }

    /// Finds out anew which runs wait.
    pub fn requeue(&mut self) {
        self.queued = self.queue.due(&self.runs).into_iter().map(|(waiting, _)| waiting.run.clone()).collect();
    }

    /// The selected run in full, once it has been read.
    pub fn open(&self) -> Option<&OpenRun> {
        let selected = self.selected_run()?;
        self.run.as_ref().filter(|run| run.id == selected.id)
    }

    /// The runs that are compared: those marked, in the order they were marked, and the selected one.
    pub fn compared(&self) -> Vec<&OpenRun> {
        let mut runs: Vec<&OpenRun> = self.others.iter().collect();
        runs.extend(self.run.iter().filter(|run| self.others.iter().all(|other| other.id != run.id)));
        runs
    }

    /// The cell of the confusion matrix that is selected: true class and what it was taken for.
    pub fn confused(&self) -> Option<(usize, usize)> {
        let mistakes = self.open()?.confusion(self.scrub)?.mistakes();
        mistakes.get(self.confused?).map(|mistake| (mistake.truth, mistake.predicted))
    }

    /// Runs with a worker at them.
    pub fn live(&self) -> impl Iterator<Item = &Summary> {
        self.runs.iter().filter(|summary| summary.status.is_live())
    }

    /// From the first to the last point of what is drawn, of all runs that are.
    pub fn span(&self) -> (f64, f64) {
        let runs = self.open().into_iter().chain(&self.others);
        let placed = runs.filter_map(|run| {
            let (from, to) = run.span(self.chart.metric)?;
            let placing = self.placing(run);
            Some((placing.on_axis(from), placing.on_axis(to)))
        });
        placed.reduce(|(low, high), (from, to)| (low.min(from), high.max(to))).unwrap_or((0.0, 1.0))
    }

    /// What the horizontal axis counts: what is asked for, if it can be told of the run that is open.
    pub fn axis(&self) -> Axis {
        let asked = self.chart.axis;
        let is_known = self.open().is_none_or(|run| Placing::of(asked, run, self.summary(&run.id)).is_some());
        match asked {
            _ if is_known => asked,
            Axis::Clock => Axis::Time,
            _ => Axis::Step,
        }
    }

    /// Where a run's points stand on the axis. One that does not tell stands where the open one would.
    pub fn placing(&self, run: &OpenRun) -> Placing {
        let axis = self.axis();
        let of = |run: &OpenRun| Placing::of(axis, run, self.summary(&run.id));
        of(run).or_else(|| of(self.open()?)).unwrap_or(Placing::SAME)
    }

    /// From where to where the axis of the curves goes. While one of the runs trains there is room for what comes, so that
    /// the axis stays as it is for a while and only the end of the curve is drawn anew.
    pub fn stretch(&self) -> (f64, f64) {
        let (from, to) = self.span();
        let mut drawn = self.open().into_iter().chain(&self.others);
        let grows = drawn.any(|run| self.summary(&run.id).is_some_and(|summary| summary.status.is_live()));
        self.chart.shown(if grows { (from, chart::roomy(from, to)) } else { (from, to) })
    }

    /// The learning-rate test that is looked at.
    pub fn finder(&self) -> Option<&Finder> {
        match &self.overlay {
            Some(Overlay::Finder(finder)) => Some(finder),
            _ => None,
        }
    }

    /// Whether something on the screen counts seconds.
    pub fn counts_seconds(&self) -> bool {
        self.live().next().is_some() || self.finder().is_some_and(Finder::is_running)
    }

    /// Whether time has to be told of.
    pub fn needs_clock(&self) -> bool {
        self.notice.is_some() || self.counts_seconds()
    }

    /// Time has gone on to `now` (seconds since 1970). What counts seconds on the screen is not moved by a clock that is set:
    /// while there is such a thing, time is told of every second.
    pub fn pass(&mut self, now: f64) {
        let passed = now - self.now;
        let jump = if (0.0..=LONGEST_SECOND).contains(&passed) { 0.0 } else { passed };
        if let Some(notice) = &mut self.notice {
            notice.since += jump;
        }
        if let Some(Overlay::Finder(finder)) = &mut self.overlay
            && finder.is_running()
        {
            finder.since += jump;
        }
        self.now = now;
    }

    /// Says something in the footer.
    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.notice = Some(Notice { tone, text: text.into(), since: self.now });
        self.stale = true;
    }
}
