//! Where the dashboard meets the world: the terminal, files, processes, signals, time. The only place of `tui` that
//! knows `store` and `worker`.
//!
//! One loop: whatever has come in is taken in, all of it; then the screen is drawn once, and only if it shows something
//! else than before. Keys are answered at once; what trains is drawn a few times a second at most ([`pace`]). When a slow
//! terminal makes a frame take long, the next one waits longer: there is never more than one frame under way.

pub mod effects;
pub mod finder;
pub mod follow;
pub mod input;
pub mod lists;
pub mod looks;
mod pace;
pub mod terminal;
pub mod watch;

use std::future::poll_fn;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep_until};

use self::effects::Hands;
use self::finder::RateTests;
use self::looks::Looks;
use self::pace::Pace;
use self::terminal::Screen;
use super::action::{Action, Effect};
use super::picture::svg;
use super::state::{Pane, State, Tone};
use super::theme::{Depth, Palette, Role, Theme};
use super::update::update;
use super::view::{Hit, view};
use crate::domain::run::RunId;
use crate::store::Root;

/// Why the dashboard could not go on.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// There is no terminal.
    #[error(
        "the dashboard needs a terminal on standard input and output; without one there are `rungs ls`, `rungs show` and `rungs train`"
    )]
    NoTerminal,
    /// The directory is not there.
    #[error("{}: {problem}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The terminal cannot be used.
    #[error("the terminal: {0}")]
    Terminal(#[from] io::Error),
}

/// What comes in from other threads.
enum Message {
    Action(Action),
    Themes(Vec<Palette>),
}

/// Sends actions to the loop.
#[derive(Clone)]
pub struct Sender(UnboundedSender<Message>);

impl Sender {
    /// Sends an action. Once the loop has ended nobody needs it.
    fn send(&self, action: Action) {
        let _ = self.0.send(Message::Action(action));
    }

    fn themes(&self, palettes: Vec<Palette>) {
        let _ = self.0.send(Message::Themes(palettes));
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// Shows the dashboard on a directory until it is left; says which runs go on.
///
/// # Errors
/// There is no terminal, no such directory, or the terminal fails.
pub fn run(root: &Root) -> Result<(), TuiError> {
    let directory = root.directory();
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(TuiError::NoTerminal);
    }
    let wrong = |problem: &str| TuiError::Directory { path: directory.to_path_buf(), problem: problem.to_owned() };
    match std::fs::metadata(directory) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => return Err(wrong("is no directory")),
        Err(error) => return Err(wrong(&error.to_string())),
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let left = runtime.block_on(dashboard(root))?;
    runtime.shutdown_background();
    farewell(&left)?;
    Ok(())
}

/// What goes on without the dashboard.
struct Left {
    /// Runs that train.
    live: Vec<RunId>,
    /// How many wait to be started.
    waiting: usize,
}

fn farewell(Left { live, waiting }: &Left) -> io::Result<()> {
    let (runs, them) = if *waiting == 1 { ("run waits", "it") } else { ("runs wait", "them") };
    if *waiting > 0 {
        writeln!(io::stdout(), "{waiting} {runs} in the queue for a place; `rungs queue` shows {them}.")?;
    }
    if live.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = live.iter().map(ToString::to_string).collect();
    let (verb, them) = if live.len() == 1 { ("goes", "it") } else { ("go", "them") };
    writeln!(io::stdout(), "{} {verb} on in the background; `rungs` shows {them} again.", names.join(", "))
}

/// Directories of the user's themes: beside the experiments, and in the configuration directory.
fn theme_folders(directory: &Path) -> Vec<PathBuf> {
    let config = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")));
    config.map(|config| config.join("rungs/themes")).into_iter().chain([directory.join("themes")]).collect()
}

/// Everything of the loop.
struct Dashboard {
    state: State,
    screen: Screen,
    hits: Vec<Hit>,
    palettes: Vec<Palette>,
    theme: Theme,
    hands: Hands,
    rate_tests: RateTests,
    looks: Looks,
    follow: mpsc::Sender<Vec<RunId>>,
    /// Whether it is to be left.
    done: bool,
    pace: Pace,
    /// Whether a person waits for what is new.
    asked: bool,
}

async fn dashboard(root: &Root) -> Result<Left, TuiError> {
    let directory = root.directory();
    let (sender, mut messages) = unbounded_channel();
    let actions = Sender(sender);
    let (bell, rung) = mpsc::channel();
    let (follow, asked) = mpsc::channel();
    let watching = root.is_watched();
    {
        let (root, actions) = (root.clone(), actions.clone());
        std::thread::spawn(move || follow::run(&root, &asked, &actions));
    }
    {
        let places = lists::Places { root: root.clone(), themes: theme_folders(directory) };
        let (bell, actions) = (bell.clone(), actions.clone());
        std::thread::spawn(move || lists::run(&places, &rung, bell, &actions));
    }
    let variable = |name: &str| std::env::var(name).ok();
    let theme = Theme::builtin(if has_light_ground() { "light" } else { "dark" }, Depth::detect(variable));
    let mut signals = Signals::new()?;
    let screen = Screen::enter()?;
    let focus = if watching { Pane::Runs } else { Pane::Experiments };
    let state =
        State { watching, focus, now: now(), size: screen.size()?, theme: theme.name.clone(), ..State::default() };
    let mut dashboard = Dashboard {
        state,
        screen,
        hits: Vec::new(),
        palettes: Vec::new(),
        theme,
        rate_tests: RateTests::new(root.clone(), actions.clone()),
        hands: Hands::new(root.clone(), actions, bell),
        looks: Looks::default(),
        follow,
        done: false,
        pace: Pace::new(Instant::now()),
        asked: false,
    };
    let mut events = EventStream::new();
    while !dashboard.done {
        dashboard.turn(&mut events, &mut messages, &mut signals).await?;
    }
    let state = &dashboard.state;
    let waiting = if state.queue.held { 0 } else { state.queued.len() };
    let live = state.live().filter(|run| !run.elsewhere).map(|run| run.id.clone()).collect();
    Ok(Left { live, waiting })
}

/// Whether the terminal says that its ground is light (as rxvt and those after it do: `COLORFGBG=0;15`).
fn has_light_ground() -> bool {
    let colors = std::env::var("COLORFGBG").unwrap_or_default();
    matches!(colors.rsplit(';').next(), Some("7" | "15"))
}

/// The signals that end a program.
struct Signals {
    terminate: Signal,
    hangup: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// The next event that is there already. The stream is asked with the loop's own waker: whoever asks first after an event
/// is the one it wakes for the next, so that asking with an idle waker would leave the dashboard deaf.
async fn arrived(events: &mut EventStream) -> Option<io::Result<Event>> {
    poll_fn(|context| match events.poll_next_unpin(context) {
        Poll::Ready(event) => Poll::Ready(event),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

impl Dashboard {
    /// One turn: draws if there is something new to show and it is time, then waits for what comes next and takes in all
    /// that has come.
    async fn turn(
        &mut self,
        events: &mut EventStream,
        messages: &mut UnboundedReceiver<Message>,
        signals: &mut Signals,
    ) -> Result<(), TuiError> {
        self.asked |= std::mem::take(&mut self.state.awaited);
        if self.asked {
            self.pace.hasten(Instant::now());
        }
        if self.state.stale && Instant::now() >= self.pace.next() {
            self.draw()?;
        }
        let next_second = Instant::now() + Duration::from_secs_f64(1.0 - now().fract());
        tokio::select! {
            event = events.next() => {
                let Some(event) = event else {
                    // The terminal is gone, and with it everybody who could see anything.
                    self.done = true;
                    return Ok(());
                };
                self.event(&event?)?;
                while let Some(event) = arrived(events).await {
                    self.event(&event?)?;
                }
                self.asked |= self.state.stale;
            }
            message = messages.recv() => {
                if let Some(message) = message {
                    self.message(message)?;
                }
                while let Ok(message) = messages.try_recv() {
                    self.message(message)?;
                }
            }
            () = sleep_until(self.pace.next()), if self.state.stale => {}
            () = sleep_until(next_second), if self.state.needs_clock() => {
                self.act(Action::Tick(now()))?;
            }
            () = signals.any() => self.done = true,
        }
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        let begin = Instant::now();
        let (state, theme, hits) = (&self.state, &self.theme, &mut self.hits);
        let bytes = self.screen.draw(|frame| *hits = view(state, theme, frame))?;
        self.state.stale = false;
        self.pace.drawn(Instant::now(), begin.elapsed(), bytes, std::mem::take(&mut self.asked));
        Ok(())
    }

    fn event(&mut self, event: &Event) -> Result<(), TuiError> {
        match input::action(&self.state, &self.hits, event) {
            Some(action) => self.act(action),
            None => Ok(()),
        }
    }

    fn message(&mut self, message: Message) -> Result<(), TuiError> {
        match message {
            Message::Action(action) => self.act(action),
            Message::Themes(palettes) => {
                self.palettes = palettes;
                let names = self.palettes.iter().map(|palette| palette.name.clone()).collect();
                self.act(Action::Themes(names))?;
                let current = self.theme.name.clone();
                self.use_theme(&current)
            }
        }
    }

    fn act(&mut self, action: Action) -> Result<(), TuiError> {
        if !matches!(action, Action::Tick(_)) {
            self.state.now = self.state.now.max(now());
        }
        for effect in update(&mut self.state, action) {
            self.carry_out(effect)?;
        }
        Ok(())
    }

    fn carry_out(&mut self, effect: Effect) -> Result<(), TuiError> {
        match effect {
            Effect::Quit => self.done = true,
            Effect::Redraw => {
                self.screen.clear()?;
                self.state.stale = true;
            }
            Effect::Suspend => {
                self.screen.suspend()?;
                let (width, height) = self.screen.size()?;
                self.act(Action::Resized(width, height))?;
            }
            Effect::SavePicture => self.save_picture()?,
            Effect::Notify(text) => self.screen.notify(&text)?,
            Effect::UseTheme(name) => self.use_theme(&name)?,
            // A thread that has ended has panicked, and then the program is ending.
            Effect::Follow(ids) => drop(self.follow.send(ids)),
            Effect::FindRate { ticket, of } => self.rate_tests.begin(ticket, &of),
            Effect::EndRateTest => self.rate_tests.end(),
            Effect::LookAtData(owner) => self.looks.begin(&self.hands, owner),
            Effect::LookAtMistakes(run) => self.looks.mistakes(&self.hands, run),
            Effect::LookToJudge(owner) => self.looks.judge(&self.hands, owner),
            Effect::LeaveData => self.looks.end(),
            // In its turn: what is taken back must come after what it takes back.
            Effect::Note(owner, note) => self.hands.note(&owner, note),
            Effect::Annotate(remarks) => self.hands.annotate(&remarks),
            Effect::Launch(_)
            | Effect::LaunchChild(_)
            | Effect::LaunchChanged(..)
            | Effect::Control(..)
            | Effect::TakeUp(_)
            | Effect::Delete(_)
            | Effect::Undelete
            | Effect::ReadHistory(_)
            | Effect::Rewrite(..)
            | Effect::ReadExperiments(_) => self.hands.carry_out(effect),
            Effect::Queue(_) | Effect::Unqueue(_) | Effect::Shift(..) | Effect::Hold(_) => self.hands.in_turn(effect),
        }
        Ok(())
    }

    /// Draws the screen once more, in all its colors, and writes it beside the runs.
    fn save_picture(&mut self) -> Result<(), TuiError> {
        let (width, height) = self.state.size;
        let Ok(mut terminal) = Terminal::new(TestBackend::new(width, height));
        let mut theme = self.theme.clone();
        theme.depth = Depth::True;
        let Ok(_) = terminal.draw(|frame| drop(view(&self.state, &theme, frame)));
        let picture = svg(terminal.backend().buffer(), theme.color(Role::Text), theme.color(Role::Background));
        let name = format!("rungs-screen-{}.svg", now() as u64);
        let path = self.hands.root.directory().join(&name);
        let said = match std::fs::write(&path, picture) {
            Ok(()) => Action::Say(Tone::Good, format!("the screen is saved as {name}")),
            Err(error) => Action::Say(Tone::Bad, format!("{}: cannot be written: {error}", path.display())),
        };
        self.act(said)
    }

    fn use_theme(&mut self, name: &str) -> Result<(), TuiError> {
        let palette = self.palettes.iter().find(|palette| palette.name == name).cloned();
        let theme = Theme::new(palette.unwrap_or_else(|| Palette::builtin(name)), self.theme.depth);
        if theme != self.theme {
            self.theme = theme;
            self.act(Action::Themed(name.to_owned()))?;
        }
        Ok(())
    }
}
