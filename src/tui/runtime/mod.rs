//! Where the dashboard meets the world: the terminal, files, processes, signals, time. The only place of `tui` that
//! knows `store` and `worker`.
//!
//! One loop: whatever has come in is taken in, all of it; then the screen is drawn once, and only if it shows something
//! else than before. Keys are answered at once; what trains is drawn a few times a second at most ([`pace`]). The loop never
//! waits for the terminal: a thread reads keys, another writes frames, and none is drawn before the one before it has been shown.
//!
//! The loop's own thread touches no file of a project: a disk that does not answer would make it deaf. Reading is done by the
//! threads of [`follow`], [`lists`] and [`looks`], all else by those of [`effects`].

pub mod asking;
pub mod charset;
pub mod effects;
mod farewell;
pub mod finder;
pub mod flow;
pub mod follow;
pub mod input;
pub mod keys;
pub mod liked;
pub mod line;
pub mod lists;
pub mod looks;
pub mod machine;
mod pace;
pub mod signals;
pub mod terminal;
pub mod under_way;
pub mod watch;
pub mod wire;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, SystemTime};

use crossterm::event::Event;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, UnboundedSender, channel, unbounded_channel};
use tokio::time::{Instant, sleep_until, timeout_at};

use self::effects::Hands;
use self::farewell::Left;
use self::finder::RateTests;
use self::keys::Input;
use self::liked::Liked;
use self::looks::Looks;
use self::pace::Pace;
use self::signals::{Heard, Signals};
use self::terminal::Screen;
use self::watch::Ring;
use super::action::{Action, Effect};
use super::graphics::Album;
use super::graphics::answers::Answers;
use super::picture::svg;
use super::state::preferences::Preferences;
use super::state::{Pane, State, Tone};
use super::theme::{Depth, Palette, Role, Theme};
use super::update::update;
use super::view::{Hit, view};
use crate::domain::experiment::paths::Places;
use crate::domain::run::RunId;
use crate::store::{self, Root};

/// Before the first frame: what it shows is read meanwhile, so that an empty one is not sent for nothing.
const FIRST_FRAME: Duration = Duration::from_millis(50);
/// Keys that are taken in before the screen is drawn again, at most.
const SWARM: usize = 1000;
/// When the dashboard is left, the terminal may answer for so long; later its answer goes to the shell.
const LAST_ANSWER: Duration = Duration::from_millis(700);

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
    /// All that was sent to the terminal is written, or cannot be.
    Written(io::Result<()>),
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

/// Seconds by which the clocks here are ahead of UTC.
fn ahead() -> i32 {
    jiff::tz::TimeZone::system().to_offset(jiff::Timestamp::now()).seconds()
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
    let looked_at = directory.to_path_buf();
    match store::answered(move || std::fs::metadata(looked_at)) {
        // It may be there: the screen comes up, and what is on the disk once it answers.
        None => {}
        Some(Ok(metadata)) if metadata.is_dir() => {}
        Some(Ok(_)) => return Err(wrong("is no directory")),
        Some(Err(error)) => return Err(wrong(&error.to_string())),
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let left = runtime.block_on(dashboard(root))?;
    runtime.shutdown_background();
    line::say(&left.farewell());
    Ok(())
}

/// Where the paths begin that are typed, and those that runs hold.
fn places(root: &Root) -> Places {
    let here = std::env::current_dir().unwrap_or_default();
    Places { run: here.join(root.runs()).join("new"), home: std::env::home_dir(), here }
}

/// Directories of the user's themes: beside the experiments, and in the configuration directory.
fn theme_folders(directory: &Path) -> Vec<PathBuf> {
    let config = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")));
    config.map(|config| config.join("rungs/themes")).into_iter().chain([directory.join("themes")]).collect()
}

/// Everything of the loop.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own, not a state of one machine")]
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
    /// What the terminal has told of itself.
    answers: Answers,
    /// The theme that it has by itself.
    own_theme: String,
    liked: Liked,
    /// Whether something trains.
    busy: Arc<AtomicBool>,
    /// Whether it is to be left.
    done: bool,
    /// Whether it is to be held.
    hold: bool,
    /// Whether it has been held, and the signal that it goes on is still to come.
    held: bool,
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
    let (own_theme, liked) = (theme.name.clone(), Liked::read());
    let busy = Arc::new(AtomicBool::new(false));
    machine::begin(&busy, actions.clone());
    let mut signals = Signals::new()?;
    let screen = {
        let messages = actions.0.clone();
        Screen::enter(theme.depth, move |result| drop(messages.send(Message::Written(result))))?
    };
    let (typed, mut inputs) = channel(SWARM);
    std::thread::spawn(move || keys::run(&typed));
    let focus = if watching { Pane::Runs } else { Pane::Experiments };
    let state = State {
        watching,
        focus,
        places: places(root),
        ahead: ahead(),
        now: now(),
        size: screen.size(),
        theme: theme.name.clone(),
        ..State::default()
    };
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
        answers: Answers::default(),
        own_theme,
        liked,
        busy,
        done: false,
        hold: false,
        held: false,
        pace: Pace::new(Instant::now() + FIRST_FRAME),
        asked: false,
    };
    dashboard.liked.now().apply(&mut dashboard.state);
    if let Some(name) = dashboard.liked.now().theme.clone() {
        dashboard.use_theme(&name)?;
    }
    while !dashboard.done {
        dashboard.turn(&mut inputs, &mut messages, &mut signals).await?;
    }
    dashboard.hear_out(&mut inputs).await;
    let state = &dashboard.state;
    let waiting = if state.queue.held { 0 } else { state.queued.len() };
    let live = state.live().filter(|run| !run.elsewhere).map(|run| run.id.clone()).collect();
    // The terminal is given back before anything is waited for.
    let Dashboard { screen, hands, .. } = dashboard;
    drop(screen);
    Ok(Left { live, waiting, done: hands.finish() })
}

/// Whether the terminal says that its ground is light (as rxvt and those after it do: `COLORFGBG=0;15`).
fn has_light_ground() -> bool {
    let colors = std::env::var("COLORFGBG").unwrap_or_default();
    matches!(colors.rsplit(';').next(), Some("7" | "15"))
}

impl Dashboard {
    /// One turn: draws if there is something new to show and it is time, then waits for what comes next and takes in all
    /// that has come.
    async fn turn(
        &mut self,
        inputs: &mut Receiver<Input>,
        messages: &mut UnboundedReceiver<Message>,
        signals: &mut Signals,
    ) -> Result<(), TuiError> {
        self.asked |= std::mem::take(&mut self.state.awaited);
        if self.asked {
            self.pace.hasten(Instant::now());
        }
        if self.state.stale && self.frame_due().is_some_and(|due| Instant::now() >= due) {
            self.draw()?;
        }
        let next_frame = self.frame_due().filter(|_| self.state.stale);
        let next_second = Instant::now() + Duration::from_secs_f64(1.0 - now().fract());
        tokio::select! {
            input = inputs.recv() => {
                let Some(input) = input else {
                    // The terminal is gone, and with it everybody who could see anything.
                    self.done = true;
                    return Ok(());
                };
                self.input(input)?;
                for _ in 0..SWARM {
                    let Ok(input) = inputs.try_recv() else { break };
                    self.input(input)?;
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
            () = sleep_until(next_frame.unwrap_or(next_second)), if next_frame.is_some() => {}
            () = sleep_until(next_second), if self.state.needs_clock() => {
                self.act(Action::Tick(now()))?;
            }
            heard = signals.any() => match heard {
                Heard::End => self.done = true,
                Heard::Hold => self.hold = true,
                Heard::GoOn if std::mem::take(&mut self.held) => {}
                Heard::GoOn => {
                    self.screen.resume()?;
                    self.resized()?;
                }
                Heard::Size => {
                    self.screen.resize()?;
                    self.resized()?;
                }
            },
        }
        if std::mem::take(&mut self.hold) {
            self.suspend(inputs).await?;
        }
        Ok(())
    }

    /// Holds the dashboard until a shell lets it go on.
    async fn suspend(&mut self, inputs: &mut Receiver<Input>) -> Result<(), TuiError> {
        if !terminal::can_be_held() {
            return self.act(Action::Say(Tone::Plain, "there is no shell to go back to; q leaves".to_owned()));
        }
        self.hear_out(inputs).await;
        self.held = true;
        self.screen.suspend()?;
        self.resized()
    }

    /// When the next frame may be drawn; `None`: when something is heard of the last one.
    fn frame_due(&mut self) -> Option<Instant> {
        let ready = self.screen.ready_from(std::time::Instant::now())?;
        Some(self.pace.next().max(ready.into()))
    }

    fn input(&mut self, input: Input) -> Result<(), TuiError> {
        match input {
            Input::Answer => self.screen.answered(),
            Input::Told(told) => {
                if self.answers.hear(told) && self.screen.show_pictures(&self.answers) {
                    self.state.stale = true;
                }
            }
            Input::Event(event) => self.event(&event)?,
        }
        Ok(())
    }

    /// Waits a moment for what the terminal still has to answer, and for nothing else.
    async fn hear_out(&mut self, inputs: &mut Receiver<Input>) {
        let end = Instant::now() + LAST_ANSWER;
        while self.screen.will_answer() {
            match timeout_at(end, inputs.recv()).await {
                Ok(Some(Input::Answer)) => self.screen.answered(),
                Ok(Some(Input::Event(_) | Input::Told(_))) => {}
                Ok(None) | Err(_) => return,
            }
        }
    }

    fn resized(&mut self) -> Result<(), TuiError> {
        let (width, height) = self.screen.size();
        self.act(Action::Resized(width, height))
    }

    fn draw(&mut self) -> io::Result<()> {
        let begin = Instant::now();
        let (state, theme, hits) = (&self.state, &self.theme, &mut self.hits);
        let bytes = self.screen.draw(theme.depth, |frame, album| *hits = view(state, theme, album, frame))?;
        self.state.stale = false;
        // Before one's own themes are read, none of them can be shown.
        if !self.palettes.is_empty() {
            self.liked.keep(Preferences::of(&self.state, &self.own_theme));
        }
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
            Message::Written(result) => Ok(result?),
            Message::Themes(palettes) => {
                self.palettes = palettes;
                let names = self.palettes.iter().map(|palette| palette.name.clone()).collect();
                self.act(Action::Themes(names))?;
                let wanted = self.liked.now().theme.clone().unwrap_or_else(|| self.theme.name.clone());
                self.use_theme(&wanted)
            }
        }
    }

    fn act(&mut self, action: Action) -> Result<(), TuiError> {
        if !matches!(action, Action::Tick(_)) {
            self.state.pass(now());
        }
        for effect in update(&mut self.state, action) {
            self.carry_out(effect)?;
        }
        self.busy.store(self.state.live().any(|run| !run.elsewhere), Ordering::Relaxed);
        Ok(())
    }

    fn carry_out(&mut self, effect: Effect) -> Result<(), TuiError> {
        match effect {
            Effect::Quit => self.done = true,
            Effect::Redraw => {
                self.screen.clear()?;
                self.state.stale = true;
            }
            Effect::Suspend => self.hold = true,
            Effect::SavePicture => self.save_picture(),
            Effect::Notify(text) => self.screen.notify(&text),
            Effect::UseTheme(name) => self.use_theme(&name)?,
            // A thread that has ended has panicked, and then the program is ending.
            Effect::Follow(ids) => drop(self.follow.send(ids)),
            Effect::FindRate { ticket, of } => self.rate_tests.begin(ticket, &of),
            Effect::EndRateTest => self.rate_tests.end(),
            Effect::ReadRuns => self.hands.ring(Ring::Runs),
            Effect::LookAtData(owner) => self.looks.begin(&self.hands, owner),
            Effect::LookAtMistakes(run) => self.looks.mistakes(&self.hands, run),
            Effect::LookToJudge(owner) => self.looks.judge(&self.hands, owner),
            Effect::LeaveData => self.looks.end(),
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
            Effect::Note(..)
            | Effect::Annotate(_)
            | Effect::Queue(_)
            | Effect::Unqueue(_)
            | Effect::Shift(..)
            | Effect::Hold(_)
            | Effect::AtATime(_) => self.hands.in_turn(effect),
        }
        Ok(())
    }

    /// Draws the screen once more, in all its colors, and writes it beside the runs.
    fn save_picture(&self) {
        let (width, height) = self.state.size;
        let Ok(mut terminal) = Terminal::new(TestBackend::new(width, height));
        let mut theme = self.theme.clone();
        theme.depth = Depth::True;
        let Ok(_) = terminal.draw(|frame| drop(view(&self.state, &theme, &mut Album::blocks(), frame)));
        self.hands.save_picture(svg(
            terminal.backend().buffer(),
            theme.color(Role::Text),
            theme.color(Role::Background),
        ));
    }

    fn use_theme(&mut self, name: &str) -> Result<(), TuiError> {
        let palette = self.palettes.iter().find(|palette| palette.name == name).cloned();
        let palette = palette.or_else(|| Some(Palette::builtin(name)).filter(|palette| palette.name == name));
        // One's own themes come with the first look at the files.
        let Some(palette) = palette else { return Ok(()) };
        let theme = Theme::new(palette, self.theme.depth);
        if theme != self.theme {
            self.theme = theme;
            self.act(Action::Themed(name.to_owned()))?;
        }
        Ok(())
    }
}
