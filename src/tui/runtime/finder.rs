//! Makes learning-rate tests, each in a process of this program: it takes the machine's cores and memory for itself, and
//! is killed the moment nobody looks at it any more, also when the dashboard ends.

use std::ffi::OsString;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::Command;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use crate::domain::rate::Point;
use crate::store::Root;
use crate::tui::action::Action;
use crate::tui::state::Selected;
use crate::worker::launch::Launcher;

use super::Sender;

/// Makes one test at a time.
pub struct RateTests {
    root: Root,
    actions: Sender,
    /// The task that reads what the present one prints. With it goes the process.
    current: Option<AbortHandle>,
}

impl RateTests {
    /// None is being made yet.
    pub fn new(root: Root, actions: Sender) -> Self {
        Self { root, actions, current: None }
    }

    /// Begins a test, in place of the one before. To be called within a tokio runtime.
    pub fn begin(&mut self, ticket: u64, of: &Selected) {
        self.end();
        let (root, of, actions) = (self.root.clone(), of.clone(), self.actions.clone());
        let (tell, told) = oneshot::channel();
        // It looks for the run; without a thread for that, nothing is told. Who has ended the test listens no more.
        let _ = std::thread::Builder::new().spawn(move || drop(tell.send(command(&root, &of))));
        let task = tokio::spawn(async move {
            let outcome =
                match told.await.unwrap_or_else(|_| Err("the test cannot be started: no thread for it".into())) {
                    Ok(command) => watch(command, |point| actions.send(Action::RatePoint { ticket, point })).await,
                    Err(problem) => Err(problem),
                };
            actions.send(Action::RateTested { ticket, outcome });
        });
        self.current = Some(task.abort_handle());
    }

    /// Ends the test that is being made, if there is one.
    pub fn end(&mut self) {
        if let Some(task) = self.current.take() {
            task.abort();
        }
    }
}

/// The command that makes a test of an experiment, or of a run's.
fn command(root: &Root, of: &Selected) -> Result<std::process::Command, String> {
    let experiment = match of {
        Selected::Experiment(name) => OsString::from(name),
        Selected::Run(id) => root.run(id).map_err(|error| error.to_string())?.experiment_path().into_os_string(),
    };
    let launcher = Launcher::of_this_program().map_err(|error| format!("the test cannot be started: {error}"))?;
    Ok(launcher.rate_test(root.directory(), &experiment))
}

/// Tells of every step that the process prints, until it has ended.
async fn watch(command: std::process::Command, mut step: impl FnMut(Point)) -> Result<(), String> {
    let cannot = |error: std::io::Error| format!("the test cannot be made: {error}");
    let mut child = Command::from(command).kill_on_drop(true).spawn().map_err(cannot)?;
    let (Some(stdout), Some(mut stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err("the test cannot be made: its output cannot be read".to_owned());
    };
    let steps = async {
        let mut lines = BufReader::new(stdout).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if let Ok(point) = serde_json::from_str(&line) {
                step(point);
            }
        }
    };
    let mut words = Vec::new();
    let ((), read, status) = tokio::join!(steps, stderr.read_to_end(&mut words), child.wait());
    let status = read.and(status).map_err(cannot)?;
    if status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&words);
    let words = words.trim().trim_start_matches("rungs: ");
    Err(if words.is_empty() { format!("the test ended with {status}") } else { words.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Stdio;
    use std::time::Duration;

    fn script(text: &str) -> std::process::Command {
        let mut command = std::process::Command::new("sh");
        command.args(["-c", text]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    async fn watched(text: &str) -> (Vec<f64>, Result<(), String>) {
        let mut rates = Vec::new();
        let outcome = watch(script(text), |point| rates.push(point.rate)).await;
        (rates, outcome)
    }

    #[tokio::test]
    async fn steps_and_last_words_are_told() {
        let line = |rate: &str| format!("echo '{{\"rate\":{rate},\"loss\":2.3}}'; ");
        let two = line("0.001") + "echo something else; " + &line("0.5");
        assert_eq!(watched(&two).await, (vec![0.001, 0.5], Ok(())));
        let failed = line("0.1") + "echo 'rungs: no such data' >&2; exit 2";
        assert_eq!(watched(&failed).await, (vec![0.1], Err("no such data".to_owned())));
        let (_, killed) = watched("kill -9 $$").await;
        assert!(killed.is_err_and(|words| words.contains("signal")));
    }

    #[tokio::test]
    async fn a_test_that_is_let_go_of_is_killed() {
        // The script tells its process id for a rate and becomes something that would go on.
        let text = "echo \"{\\\"rate\\\":$$,\\\"loss\\\":1}\"; exec sleep 600";
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let task =
            tokio::spawn(async move { watch(script(text), |point| tell.send(point.rate as i32).unwrap()).await });
        let process = rustix::process::Pid::from_raw(told.recv().await.unwrap()).unwrap();
        assert!(rustix::process::test_kill_process(process).is_ok());
        task.abort();
        let gone = async {
            while rustix::process::test_kill_process(process).is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), gone).await.unwrap();
    }
}
