//! The measurements themselves.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::plant::{self, Stream};
use crate::terminal::Terminal;

/// A line of the table.
pub(crate) struct Row {
    pub(crate) what: &'static str,
    pub(crate) others: &'static str,
    pub(crate) aim: &'static str,
    pub(crate) measured: String,
}

/// Runs of the program that a figure is the median of.
const ROUNDS: usize = 5;
/// Keys that are pressed one after the other.
const KEYS: usize = 200;
/// Between two keys: about as fast as a keyboard repeats.
const BETWEEN: Duration = Duration::from_millis(30);
/// How long what goes on by itself is looked at.
const LOOK: Duration = Duration::from_secs(15);

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The value below which such a share of the values lies.
fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share).round() as usize]
}

/// From start until a curve's end is told on the screen.
fn opening(directory: &std::path::Path) -> String {
    let (mut times, mut cpus, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let terminal = Terminal::open(directory);
        let whole = terminal.wait("the end of the curve", |screen| screen.contains("train 7.500"));
        times.push(ms(whole.at.duration_since(terminal.begun())));
        terminal.settle(Duration::from_millis(300));
        let taken = terminal.taken();
        cpus.push(ms(taken.cpu));
        peaks.push(taken.peak);
    }
    let spread = format!("{:.0} to {:.0}", quantile(&mut times, 0.0), quantile(&mut times, 1.0));
    format!(
        "{:.0} ms ({spread}), {:.0} ms CPU, {:.0} MiB",
        quantile(&mut times, 0.5),
        quantile(&mut cpus, 0.5),
        quantile(&mut peaks, 0.5)
    )
}

pub(crate) fn million() -> Vec<Row> {
    let (_folder, root) = plant::folder();
    plant::finished(&root, "million", 1, 1_000_000);
    vec![Row {
        what: "a run of 1,000,000 points: start to the whole curve",
        others: "LEET 44-61 s, 55 CPU s, 170-227 MiB",
        aim: "100 ms, 60 MiB",
        measured: opening(plant::path(&root)),
    }]
}

pub(crate) fn twenty() -> Vec<Row> {
    let (_folder, root) = plant::folder();
    plant::finished(&root, "twenty", 20, 20_000);
    vec![Row {
        what: "20 metrics of 20,000 points: start to the whole curve",
        others: "LEET 2.2-3.3 s, 3.4 CPU s, 97-160 MiB",
        aim: "60 ms",
        measured: opening(plant::path(&root)),
    }]
}

/// Presses keys that go from chart to chart and back.
fn leaf_through(terminal: &mut Terminal) -> String {
    terminal.wait("the curve", |screen| screen.contains("━ train "));
    std::thread::sleep(Duration::from_secs(1));
    terminal.send("3");
    // Past the charts that every run has.
    for _ in 0..5 {
        terminal.send("j");
        std::thread::sleep(BETWEEN);
    }
    terminal.wait("the first further metric", |screen| screen.contains("━ metric/01 "));
    let (mut times, mut sizes) = (Vec::new(), Vec::new());
    let (mut place, mut down) = (1, true);
    for _ in 0..KEYS {
        if place == 19 || (place == 1 && !down) {
            down = place == 1;
        }
        place = if down { place + 1 } else { place - 1 };
        let label = format!("━ metric/{place:02} ");
        let (time, bytes) = terminal.press(if down { "j" } else { "k" }, move |screen| screen.contains(&label));
        times.push(ms(time));
        sizes.push(bytes as f64);
        std::thread::sleep(BETWEEN);
    }
    format!(
        "{:.1} ms median, {:.1} ms at 99 %, {:.0} bytes",
        quantile(&mut times, 0.5),
        quantile(&mut times, 0.99),
        quantile(&mut sizes, 0.5)
    )
}

pub(crate) fn keys() -> Vec<Row> {
    let (_folder, root) = plant::folder();
    plant::finished(&root, "twenty", 20, 20_000);
    let mut terminal = Terminal::open(plant::path(&root));
    vec![Row {
        what: "a key that moves among those 20 charts",
        others: "LEET 22 ms median, 30 at 95 %, 3.2 KB",
        aim: "5 ms, 600 bytes",
        measured: leaf_through(&mut terminal),
    }]
}

pub(crate) fn keys_while_streaming() -> Vec<Row> {
    let (_folder, root) = plant::folder();
    let _streams: Vec<Stream> =
        (0..4).map(|place| Stream::begin(&root, &format!("stream{place}"), 20, 20_000, 50)).collect();
    let mut terminal = Terminal::open(plant::path(&root));
    vec![Row {
        what: "the same while four runs stream 1,000 points/s each",
        others: "",
        aim: "16 ms at 99 %",
        measured: leaf_through(&mut terminal),
    }]
}

pub(crate) fn ten_curves() -> Vec<Row> {
    let (_folder, root) = plant::folder();
    let original = plant::finished(&root, "million", 1, 1_000_000);
    plant::alike(&root, &original, 9);
    let mut terminal = Terminal::open(plant::path(&root));
    terminal.wait("the curve", |screen| screen.contains("7.500"));
    for _ in 0..10 {
        terminal.send(" ");
        std::thread::sleep(Duration::from_millis(500));
    }
    // Each by itself, for they differ in nothing. The legend has room for nine of them.
    terminal.send("B");
    terminal.wait("all curves", |screen| screen.matches('◆').count() >= 10 && screen.matches(" 7.500").count() >= 9);
    terminal.settle(Duration::from_secs(1));
    let taken = terminal.taken();
    terminal.send("3");
    terminal.settle(Duration::from_millis(300));
    let before = terminal.taken().cpu;
    let mut times = Vec::new();
    for round in 0..KEYS {
        // Closer and away again: every dot of every curve is computed anew.
        let closer = round % 2 == 0;
        let key = if closer { "+" } else { "-" };
        // The beginning is out of sight then, and what stood on the axis there.
        let (time, _) = terminal.press(key, move |screen| screen.contains("200,000") != closer);
        times.push(ms(time));
        std::thread::sleep(BETWEEN);
    }
    let cpu = ms(terminal.taken().cpu.saturating_sub(before)) / KEYS as f64;
    vec![
        Row {
            what: "10 curves of 1,000,000 points: a frame",
            others: "",
            aim: "4 ms",
            measured: format!(
                "{:.1} ms median, {:.1} ms at 99 %, {cpu:.1} ms CPU",
                quantile(&mut times, 0.5),
                quantile(&mut times, 0.99)
            ),
        },
        Row {
            what: "10,000,000 points in memory",
            others: "",
            aim: "400 MB",
            measured: format!("{:.0} MB", taken.peak * 1.048_576),
        },
    ]
}

pub(crate) fn many_runs() -> Vec<Row> {
    const RUNS: usize = 10_000;
    let (_folder, root) = plant::folder();
    let newest = plant::many(&root, RUNS);
    let first_screen = || {
        let newest = newest.clone();
        let terminal = Terminal::open(plant::path(&root));
        let whole = terminal.wait("the list", move |screen| screen.contains(&newest) && screen.contains("10,000"));
        let time = ms(whole.at.duration_since(terminal.begun()));
        terminal.settle(Duration::from_millis(500));
        (time, terminal)
    };
    let (cold, _) = first_screen();
    let mut times: Vec<f64> = (0..ROUNDS).map(|_| first_screen().0).collect();
    let (_, mut terminal) = first_screen();
    let mut keys = Vec::new();
    for place in 1..=KEYS {
        // The header and the list: the run is selected when its name stands twice.
        let name = format!("many-{} ", RUNS - place);
        let (time, _) = terminal.press("j", move |screen| screen.matches(&name).count() >= 2);
        keys.push(ms(time));
        std::thread::sleep(BETWEEN);
    }
    let list = {
        let begin = Instant::now();
        assert_eq!(root.list().unwrap().len(), RUNS);
        ms(begin.elapsed())
    };
    vec![
        Row {
            what: "the first screen with 10,000 runs",
            others: "LEET 60-660 ms with 1,000",
            aim: "100 ms",
            measured: format!("{:.0} ms; the first time ever {cold:.0} ms", quantile(&mut times, 0.5)),
        },
        Row {
            what: "reading the list of 10,000 runs, as `rungs ls` does",
            others: "",
            aim: "",
            measured: format!("{list:.0} ms"),
        },
        Row {
            what: "a key that moves among 10,000 runs",
            others: "",
            aim: "16 ms at 99 %",
            measured: format!("{:.1} ms median, {:.1} ms at 99 %", quantile(&mut keys, 0.5), quantile(&mut keys, 0.99)),
        },
    ]
}

pub(crate) fn idle() -> Vec<Row> {
    let (_folder, root) = plant::folder();
    plant::finished(&root, "twenty", 20, 20_000);
    let terminal = Terminal::open(plant::path(&root));
    terminal.wait("the curve", |screen| screen.contains("train 7.500"));
    // Past the last figure that changes by itself: how long ago it ended.
    std::thread::sleep(Duration::from_secs(12));
    let (cpu, bytes) = (terminal.taken().cpu, terminal.bytes());
    std::thread::sleep(LOOK);
    let share = terminal.taken().cpu.saturating_sub(cpu).as_secs_f64() / LOOK.as_secs_f64();
    vec![Row {
        what: "nothing happens",
        others: "LEET 1.3 % CPU, 0 bytes",
        aim: "0.5 % CPU, 0 bytes",
        measured: format!("{:.2} % CPU, {} bytes", 100.0 * share, terminal.bytes() - bytes),
    }]
}

/// The step that the legend tells of, by its last four digits in thousandths.
fn told(screen: &str) -> Option<u64> {
    let text = screen.split("━ train ").nth(1)?.split_whitespace().next()?;
    let value: f64 = text.parse().ok()?;
    ((1.0..9.0).contains(&value)).then(|| ((value - 1.0) * 1000.0).round() as u64)
}

pub(crate) fn live() -> Vec<Row> {
    const POINTS: u64 = 16_000;
    let (_folder, root) = plant::folder();
    let stream = Stream::begin(&root, "stream", 5, POINTS, 200);
    let mut terminal = Terminal::open(plant::path(&root));
    terminal.wait("the curve", |screen| screen.contains("━ train "));
    terminal.send("3");
    // Unsmoothed, so that the legend tells the last point itself.
    for _ in 0..3 {
        terminal.send("s");
        std::thread::sleep(Duration::from_millis(100));
    }
    std::thread::sleep(Duration::from_secs(5));
    let frames = Arc::new(Mutex::new(Vec::<(Instant, u64)>::new()));
    let sink = Arc::clone(&frames);
    let begin = Instant::now();
    terminal.watch(move |screen, at| sink.lock().unwrap().extend(told(screen).map(|step| (at, step))));
    let (cpu, bytes) = (terminal.taken().cpu, terminal.bytes());
    std::thread::sleep(LOOK);
    let (cpu, bytes) = (terminal.taken().cpu.saturating_sub(cpu), terminal.bytes() - bytes);
    let end = Instant::now();
    let written = stream.end();
    let frames = frames.lock().unwrap().clone();
    // Each point has appeared with the first frame that tells of it or of a later one.
    let mut behind = Vec::new();
    for (step, at) in written.iter().filter(|(_, at)| *at >= begin && *at + Duration::from_secs(4) < end) {
        let shown = frames.iter().find(|(frame, told)| frame >= at && (told + 8000 - step % 8000) % 8000 < 4000);
        behind.extend(shown.map(|(frame, _)| ms(frame.duration_since(*at))));
    }
    let seconds = LOOK.as_secs_f64();
    vec![Row {
        what: "live: five metrics at 200 points/s each",
        others: "LEET 8.5 KB/s, 23 %, 160 ms; burn 31-54 KB/s",
        aim: "4 KB/s, 3 %, 100 ms",
        measured: format!(
            "{:.2} KB/s in {:.1} frames/s, {:.1} % CPU, {:.0} ms behind (median; {:.0} at 95 %)",
            bytes as f64 / seconds / 1e3,
            frames.len() as f64 / seconds,
            100.0 * cpu.as_secs_f64() / seconds,
            quantile(&mut behind, 0.5),
            quantile(&mut behind, 0.95)
        ),
    }]
}
