//! Runs made elsewhere: the files that Keras's own TensorBoard callback wrote, and a log that a few lines of Python could.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::workspace::Workspace;

/// Copies what a program wrote into `mine/` of a directory.
fn copy(program: &str, logs: &Path) {
    fn tree(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            let (from, to) = (entry.path(), to.join(entry.file_name()));
            if from.is_dir() { tree(&from, &to) } else { assert!(fs::copy(from, to).unwrap() > 0) }
        }
    }
    tree(&fixture(program), &logs.join("mine").join(program));
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/events/elsewhere").join(name)
}

#[test]
fn a_run_of_keras_has_a_ladder_and_a_diagnosis() {
    let workspace = Workspace::new();
    copy("keras", workspace.path());
    let listed = workspace.json(&["ls", "--json"]);
    assert_eq!((&listed[0]["id"], &listed[0]["elsewhere"]), (&Value::from("mine/keras"), &Value::from(true)));
    let shown = workspace.json(&["show", "latest", "--json"]);
    let told: Value = serde_json::from_slice(&fs::read(fixture("expected.json")).unwrap()).unwrap();
    for set in ["train", "dev"] {
        let (ours, theirs) = (shown["ladder"][set]["rate"].as_f64().unwrap(), 1.0 - told[set].as_f64().unwrap());
        assert!((ours - theirs).abs() < 1e-6, "{set}: {ours}, and Keras tells {theirs}");
    }
    assert!(shown["experiment"].is_null(), "its settings are not known");
    assert_eq!(shown["diagnosis"]["problems"][0]["kind"], "high-variance");
    assert!(shown["diagnosis"]["problems"][0]["remedies"][0]["change"].is_null());
    for command in [&["show", "mine/keras"][..], &["diagnose", "mine/k"], &["compare", "latest", "mine/keras"]] {
        assert!(workspace.stdout(command).contains("Dev error"), "{command:?}");
    }
    for format in ["csv", "json", "html", "svg"] {
        assert!(workspace.stdout(&["export", "latest", "--format", format]).to_lowercase().contains("dev"), "{format}");
    }

    // Sizes and human error come from a file beside it; counts and confusions from a log.
    fs::write(workspace.path().join("rungs.toml"), "human_error = 0.02\n[examples]\ntrain = 800\ndev = 400\n").unwrap();
    let shown = workspace.json(&["show", "latest", "--json"]);
    let errors = (400.0 * (1.0 - told["dev"].as_f64().unwrap())).round() as u64;
    assert_eq!(
        (shown["ladder"]["dev"]["errors"].as_u64(), shown["ladder"]["dev"]["of"].as_u64()),
        (Some(errors), Some(400))
    );
    assert_eq!(shown["ladder"]["human"]["rate"], 0.02);
    let log = "{\"time\": 1795646414, \"event\": \"started\", \"classes\": [\"no\", \"yes\"]}\n\
               {\"time\": 1795646415, \"event\": \"epoch\", \"step\": 300, \"dev\": {\"errors\": 50, \"of\": 400}, \
               \"confusion\": [[180, 20], [30, 170]]}\n";
    fs::write(workspace.path().join("mine/keras/log.jsonl"), log).unwrap();
    let shown = workspace.json(&["show", "latest", "--json"]);
    assert_eq!(shown["confusion"]["matrix"][1][0], 30);
    assert_eq!(shown["ladder"]["dev"]["errors"], 50);
    assert_eq!(shown["ladder"]["train"]["of"], 800, "what the log does not tell is read off the curves");
}

#[test]
fn every_writer_is_read() {
    for (program, dev) in [
        ("tf2", 0.5 / 40f64.powf(0.3)),
        ("torch", 0.1 + 0.3 * (-39.0 / 20.0f64).exp()),
        ("tensorboardx", 0.05 + 0.3 / 40.0),
    ] {
        let workspace = Workspace::new();
        copy(program, workspace.path());
        let shown = workspace.json(&["show", "latest", "--json"]);
        let found = shown["ladder"]["dev"]["rate"].as_f64().unwrap();
        assert!((found - dev).abs() < 1e-6, "{program}: {found}, not {dev}");
        assert_eq!(shown["step"], 39, "{program}");
    }
}

#[test]
fn what_was_made_elsewhere_is_only_looked_at() {
    let workspace = Workspace::new();
    copy("keras", workspace.path());
    for (command, status, part) in [
        (&["apply", "latest", "more-examples"][..], 2, "something that you have to do"),
        (&["resume", "latest"], 2, "made by another program"),
        (&["pause", "latest"], 2, "made by another program"),
        (&["train", "digits"], 2, "runs made elsewhere"),
        (&["mistakes", "latest"], 2, "made by another program"),
        (&["learning-curve", "latest"], 2, "made by another program"),
    ] {
        let (found, error) = workspace.failure(command);
        assert!(error.contains(part) && error.lines().count() == 1, "{command:?}: {error}");
        assert_eq!(found, status, "{command:?}: {error}");
    }
    fs::write(workspace.path().join("rungs.toml"), "[errors]\ndev = \"x\"\n").unwrap();
    let (status, error) = workspace.failure(&["show", "latest"]);
    assert!(status == 1 && error.contains("rungs.toml") && error.contains("unknown field `errors`"), "{error}");
}
