//! Names, notes, log lines and files that somebody made to do harm: to the terminal that shows them, to files elsewhere,
//! to whoever waits for an answer.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rungs::domain::text::is_harmful;
use serde_json::json;

use crate::workspace::Workspace;

/// Clears the screen, sets its title, turns text round, rings, ends strings.
const HARM: &str = "\u{1b}[2J\u{1b}]0;mine\u{7}\u{9b}31m\u{202e}\u{200f}\u{61c}\u{7f}\r\t\u{8}";
/// As TOML writes it.
const HARM_IN_TOML: &str = "\\u001b[2J\\u001b]0;mine\\u0007\\u009b31m\\u202e\\u200f\\u061c\\u007f\\r\\t\\b";
/// What every command that only looks may be asked.
const LOOKS: &[&[&str]] = &[
    &["ls"],
    &["ls", "--json"],
    &["show", "RUN"],
    &["show", "RUN", "--json"],
    &["diagnose", "RUN"],
    &["diagnose", "RUN", "--json"],
    &["mistakes", "RUN"],
    &["mistakes", "RUN", "--json"],
    &["compare", "RUN", "RUN"],
    &["export", "RUN", "--format", "html"],
    &["export", "RUN", "--format", "svg"],
    &["export", "RUN", "--format", "json"],
    &["export", "RUN", "--format", "csv"],
];

/// A run of one epoch on a table whose classes are called so.
fn trained(workspace: &Workspace, name: &str, classes: [&str; 2]) -> String {
    workspace.put_table(classes);
    let text = format!(
        "name = \"{name}\"\nnotes = \"{name}\"\n[data]\nsource = \"csv\"\npath = \"../insects.csv\"\n[model]\nkind = \"mlp\"\n\
         hidden = [2]\n[train]\nepochs = 1\n"
    );
    fs::create_dir_all(workspace.path().join("experiments")).unwrap();
    fs::write(workspace.path().join("experiments/insects.toml"), text).unwrap();
    ask(workspace, &["train", "insects"]);
    workspace.runs()[0].file_name().unwrap().to_str().unwrap().to_owned()
}

/// What a command prints on both of its ends, if it prints it soon. Nothing in it does anything to a terminal.
fn ask(workspace: &Workspace, arguments: &[&str]) -> String {
    let mut command = workspace.command(arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let begin = Instant::now();
    let printed = std::thread::scope(|scope| {
        let errors = scope.spawn(move || {
            let mut bytes = Vec::new();
            err.read_to_end(&mut bytes).map(|_| bytes).unwrap()
        });
        let output = scope.spawn(move || {
            let mut bytes = Vec::new();
            out.read_to_end(&mut bytes).map(|_| bytes).unwrap()
        });
        while child.try_wait().unwrap().is_none() {
            if begin.elapsed() > Duration::from_secs(20) {
                child.kill().unwrap();
                panic!("{arguments:?} hangs");
            }
            sleep(Duration::from_millis(2));
        }
        [output.join().unwrap(), errors.join().unwrap()].concat()
    });
    let printed = String::from_utf8(printed).unwrap();
    // A table for spreadsheets has lines that end as RFC 4180 says.
    let plain = if arguments.contains(&"csv") { printed.replace("\r\n", "\n") } else { printed };
    if let Some(harm) = plain.chars().find(|c| is_harmful(*c) && *c != '\n') {
        let line = plain.lines().find(|line| line.contains(harm)).unwrap();
        panic!("{arguments:?} prints {harm:?}: {line:?}");
    }
    plain
}

fn looks(workspace: &Workspace, id: &str, mut each: impl FnMut(&[&str], String)) {
    for arguments in LOOKS {
        let arguments: Vec<&str> = arguments.iter().map(|word| if *word == "RUN" { id } else { word }).collect();
        let printed = ask(workspace, &arguments);
        each(&arguments, printed);
    }
}

fn append(path: &Path, bytes: &[u8]) {
    fs::OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(bytes).unwrap();
}

#[test]
fn what_files_say_does_nothing_to_a_terminal() {
    let workspace = Workspace::new();
    let classes = [format!("ant{HARM}"), format!("<b>bee</b>{HARM}")];
    let id = trained(&workspace, &format!("../../a{HARM_IN_TOML}"), [&classes[0], &classes[1]]);
    assert!(id.starts_with("a-") && !id.contains(is_harmful), "{id:?}");
    assert_eq!(workspace.runs(), [workspace.run_dir(&id)]);
    let run = workspace.run_dir(&id);
    for event in [
        json!({ "time": 1.0, "event": "warning", "message": format!("odd{HARM}") }),
        json!({ "time": 1.0, "event": "set", "step": 1, "key": format!("a{HARM}"), "from": HARM, "to": HARM }),
        json!({ "time": 1.0, "event": "baseline", "name": HARM, "errors": 0, "of": 1, "trained_on": 1, "seconds": 0 }),
        json!({ "time": 1.0, "event": HARM }),
    ] {
        append(&run.join("log.jsonl"), format!("{event}\n").as_bytes());
    }
    append(&run.join("log.jsonl"), b"\x1b[2J\xff\xfe\n{\"time\":1,\"event\":\"warning\",\"message\":\"last\"}\n");
    append(&run.join("worker.log"), b"\x1b[2J\xff\xfe\n");
    ask(&workspace, &["note", &id, &format!("seen{HARM}"), "--pin"]);
    let mut summary: serde_json::Value = serde_json::from_slice(&fs::read(run.join("summary.json")).unwrap()).unwrap();
    for key in ["name", "verdict", "parent", "error"] {
        summary[key] = format!("{key}{HARM}").into();
    }
    fs::write(run.join("summary.json"), summary.to_string()).unwrap();
    looks(&workspace, &id, |arguments, printed| {
        assert!(!printed.contains("<b>") || !arguments.contains(&"html"), "{printed}");
        if arguments == ["show", &id] {
            assert!(printed.contains("odd·[2J") && printed.contains("last"), "{printed}");
        }
    });
    // Errors quote what is wrong.
    for arguments in [&["show", HARM][..], &["ls", "--sort", HARM], &["ls", "--filter", &format!("{HARM}<3")]] {
        ask(&workspace, arguments);
    }
    fs::write(run.join("experiment.toml"), format!("{HARM}\n")).unwrap();
    looks(&workspace, &id, |_, _| ());
}

#[test]
fn lines_of_megabytes_are_passed_over_or_shortened() {
    let workspace = Workspace::new();
    let id = trained(&workspace, "a", ["ant", "bee"]);
    let run = workspace.run_dir(&id);
    let long = "long ".repeat(2 << 20);
    append(&run.join("log.jsonl"), long.as_bytes());
    append(
        &run.join("log.jsonl"),
        format!("\n{}\n", json!({ "time": 1.0, "event": "warning", "message": long })).as_bytes(),
    );
    append(&run.join("worker.log"), long.as_bytes());
    append(&run.join("control.jsonl"), long.as_bytes());
    let created = workspace.json(&["show", &id, "--json"])["created"].clone();
    let remark = json!({ "time": 1.0, "run": id, "created": created, "note": long });
    append(&workspace.path().join("runs/.annotations.jsonl"), format!("{remark}\n").as_bytes());
    let log = fs::read_to_string(run.join("log.jsonl")).unwrap();
    // Table cells line up with the widest.
    fs::write(run.join("log.jsonl"), log.replace("\"classes\":[\"ant\"", &format!("\"classes\":[\"{long}\""))).unwrap();
    looks(&workspace, &id, |arguments, printed| {
        assert!(printed.len() < 200_000, "{arguments:?} prints {} bytes", printed.len());
    });
    assert!(ask(&workspace, &["show", &id]).contains("long long"));
}

/// A run's name leads to a run in `runs/`, and nowhere else.
#[test]
fn names_that_lead_elsewhere_are_no_runs() {
    let workspace = Workspace::new();
    let elsewhere = Workspace::new();
    let id = trained(&elsewhere, "a", ["ant", "bee"]);
    let outside = elsewhere.run_dir(&id);
    let before = fs::read(outside.join("log.jsonl")).unwrap();
    let runs = workspace.path().join("runs");
    fs::create_dir(&runs).unwrap();
    symlink(&outside, runs.join("link-1")).unwrap();
    fs::create_dir(runs.join(std::ffi::OsStr::from_bytes(b"odd\xff-1"))).unwrap();
    fs::create_dir(runs.join("odd\u{1b}[2J-1")).unwrap();
    assert_eq!(ask(&workspace, &["ls", "--json"]), "[]\n");
    let up = format!("../../{}/runs/{id}", elsewhere.path().file_name().unwrap().to_str().unwrap());
    for what in
        ["link-1", "latest", "..", ".", "", "/", "../runs/link-1", outside.to_str().unwrap(), &up, "odd\u{1b}[2J-1"]
    {
        for command in ["show", "diagnose", "stop", "pause", "resume", "mistakes"] {
            let (status, message) = workspace.failure(&[command, what]);
            assert!(status == 2 && message.contains("there is no run"), "{command} {what}: {message}");
        }
        for more in [
            &["set", what, "train.learning_rate=0.1"][..],
            &["apply", what, "adam"],
            &["export", what, "--format", "html"],
        ] {
            assert_eq!(workspace.failure(more).0, 2, "{more:?}");
        }
    }
    assert_eq!(fs::read(outside.join("log.jsonl")).unwrap(), before);
    assert!(!outside.join("control.jsonl").exists());
}

/// Files of a run that are links to others are neither read nor written through, and pipes keep nobody waiting.
#[test]
fn links_and_pipes_in_a_run_are_refused() {
    let workspace = Workspace::new();
    let id = trained(&workspace, "a", ["ant", "bee"]);
    let run = workspace.run_dir(&id);
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret");
    let words = "name = \"secret\"\n{\"time\":1,\"event\":\"warning\",\"message\":\"secret\"}\n";
    fs::write(&secret, words).unwrap();
    fs::write(run.join("control.jsonl"), "").unwrap();
    // Taken up, it would write into all of them.
    let summary = fs::read_to_string(run.join("summary.json")).unwrap();
    fs::write(run.join("summary.json"), summary.replace("\"finished\"", "\"interrupted\"")).unwrap();
    let mut names: Vec<_> = fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.is_file());
    assert!(names.len() >= 8);
    for name in names {
        let whole = fs::read(&name).unwrap();
        for link in [true, false] {
            fs::remove_file(&name).unwrap();
            if link {
                symlink(&secret, &name).unwrap();
            } else {
                rustix::fs::mkfifoat(rustix::fs::CWD, &name, rustix::fs::Mode::RWXU).unwrap();
            }
            looks(&workspace, &id, |arguments, printed| {
                assert!(!printed.contains("secret"), "{arguments:?} reads through {}: {printed}", name.display());
            });
            ask(&workspace, &["stop", &id]);
            ask(&workspace, &["resume", &id]);
            workspace.wait_for("its worker to end", || !rungs::store::RunDir::open(&run).unwrap().is_held());
            assert_eq!(fs::read_to_string(&secret).unwrap(), words, "{} is written through", name.display());
            let _ = fs::remove_file(&name);
            fs::write(&name, &whole).unwrap();
            fs::write(run.join("summary.json"), summary.replace("\"finished\"", "\"interrupted\"")).unwrap();
        }
    }
}
