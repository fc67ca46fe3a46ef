//! Staying with a run until it ends: a progress bar on a terminal, plain lines elsewhere, and the report at the end.
//!
//! All of it goes to standard error but the report. Ctrl-C leaves the run to itself, in the background.

use std::io::{IsTerminal, Write};
use std::process::ExitStatus;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::domain::event::{Evaluation, Event, Fault, Record};
use crate::domain::report::{Report, json};
use crate::domain::run::{Status, Summary};
use crate::domain::text::{duration, harmless, percent};
use crate::store::RunDir;
use crate::worker::launch::Launched;

use super::output::{print, print_json};
use super::{Failure, text};

/// How often the run's files are looked at.
const POLL: Duration = Duration::from_millis(100);

/// Shows progress until the worker ends, then prints the report as text or JSON.
pub(super) fn until_the_end(run: &RunDir, worker: Launched, as_json: bool) -> Result<(), Failure> {
    stay(run, worker, as_json)?;
    tell(run, &run.report()?, as_json)
}

/// Shows progress until the worker ends. `as_json`: where that cannot be drawn over, nothing is shown.
///
/// # Errors
/// The user leaves, or the worker cannot be followed.
pub(super) fn stay(run: &RunDir, mut worker: Launched, as_json: bool) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| Failure::Failed(format!("{}: cannot be followed: {error}", run.id()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(cannot)?;
    let mut progress = Progress::new(run, as_json);
    let ended: Option<ExitStatus> = runtime.block_on(async {
        loop {
            tokio::select! {
                signal = tokio::signal::ctrl_c() => {
                    signal.map_err(cannot)?;
                    return Ok::<_, Failure>(None);
                }
                () = tokio::time::sleep(POLL) => {}
            }
            progress.update(run);
            if let Some(status) = worker.try_wait().map_err(cannot)? {
                return Ok(Some(status));
            }
        }
    })?;
    progress.end();
    if ended.is_none() {
        let id = run.id();
        return Err(Failure::LeftAlone(format!(
            "{id} goes on in the background; `rungs show {id}` shows it, `rungs stop {id}` ends it"
        )));
    }
    Ok(())
}

/// Prints the report of a run that has ended, and says whether it did well.
fn tell(run: &RunDir, report: &Report, as_json: bool) -> Result<(), Failure> {
    let id = run.id();
    let error = report.summary.error.as_deref().map(harmless);
    let failed = |fault: Fault| {
        let message = format!("{id} failed: {}", error.as_deref().unwrap_or("see worker.log"));
        if fault == Fault::Input { Failure::Input(message) } else { Failure::Failed(message) }
    };
    let outcome = match report.summary.status {
        Status::Finished | Status::Stopped => Ok(()),
        Status::Failed => Err(failed(run.records()?.iter().rev().find_map(fault_of).unwrap_or_default())),
        Status::Queued => Err(Failure::Failed(format!("{id}: the worker ended before it began; see worker.log"))),
        Status::Running | Status::Paused | Status::Interrupted => {
            let otherwise = || format!("its worker was told to go; `rungs resume {id}` takes it up");
            let why = error.map_or_else(otherwise, std::borrow::Cow::into_owned);
            Err(Failure::Failed(format!("{id} was interrupted: {why}")))
        }
    };
    if as_json {
        print_json(&json::report(report))?;
    } else if outcome.is_ok() || report.summary.step > 0 {
        print(&text::ending(report))?;
    }
    outcome
}

fn fault_of(record: &Record) -> Option<Fault> {
    match &record.event {
        Event::Failed { fault, .. } => Some(*fault),
        _ => None,
    }
}

/// What is shown while the run is under way.
enum Progress {
    /// A bar that is drawn over itself.
    Bar(ProgressBar),
    /// A line for each evaluation; how many have been told.
    Lines(usize),
    /// Nothing.
    Silent,
}

impl Progress {
    fn new(run: &RunDir, as_json: bool) -> Self {
        if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new(0);
            let style = ProgressStyle::with_template("{prefix} {bar:28} {percent:>3} %  {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─"));
            bar.set_prefix(run.id().to_string());
            bar.set_message("loading data");
            Self::Bar(bar)
        } else if as_json {
            Self::Silent
        } else {
            say(&format!("{} has begun", run.id()));
            Self::Lines(0)
        }
    }

    fn update(&mut self, run: &RunDir) {
        match self {
            // A file that is being replaced is there again at the next look.
            Self::Bar(bar) => {
                if let Ok(summary) = run.summary()
                    && summary.steps > 0
                {
                    bar.set_length(summary.steps);
                    bar.set_position(summary.step);
                    bar.set_message(in_words(&summary));
                }
            }
            Self::Lines(told) => {
                let evaluations: Vec<Evaluation> =
                    run.records().unwrap_or_default().into_iter().filter_map(evaluation).collect();
                for evaluation in evaluations.iter().skip(*told) {
                    say(&line(evaluation));
                }
                *told = evaluations.len().max(*told);
            }
            Self::Silent => {}
        }
    }

    fn end(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

fn say(line: &str) {
    // Nothing is left to be done when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn evaluation(record: Record) -> Option<Evaluation> {
    match record.event {
        Event::Epoch(evaluation) => Some(*evaluation),
        _ => None,
    }
}

fn line(evaluation: &Evaluation) -> String {
    let mut text = format!(
        "epoch {}  train loss {:.4}, error {}  dev loss {:.4}, error {}",
        evaluation.epoch,
        evaluation.train.loss,
        percent(evaluation.train.counts.rate()),
        evaluation.dev.loss,
        percent(evaluation.dev.counts.rate()),
    );
    if let Some(test) = evaluation.test {
        text += &format!("  test error {}", percent(test.counts.rate()));
    }
    text
}

/// `epoch 3/8  loss 0.1234  dev error 4.5 %  0:12 left`.
fn in_words(summary: &Summary) -> String {
    let mut text = format!("epoch {}/{}", (summary.epoch + 1).min(summary.epochs), summary.epochs);
    if let Some(loss) = summary.loss {
        text += &format!("  loss {loss:.4}");
    }
    if let Some(dev) = summary.dev {
        text += &format!("  dev error {}", percent(dev.rate()));
    }
    if summary.status == Status::Paused {
        return text + "  paused";
    }
    if let Some(seconds) = summary.seconds_left() {
        text += &format!("  {} left", duration(seconds));
    }
    text
}
