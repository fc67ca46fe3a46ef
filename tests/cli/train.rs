//! Training from the command line, and what it leaves behind.

use std::fs;

use serde_json::Value;

use crate::workspace::{QUICK, Workspace};

#[test]
fn a_run_from_beginning_to_end() {
    let workspace = Workspace::new();
    let text = workspace.stdout(&[&["train", "digits"], QUICK].concat());
    for part in ["Human error", "Train error", "Dev error", "Test error"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }

    let shown = workspace.json(&["show", "latest", "--json"]);
    assert_eq!(shown["id"], "digits-1");
    assert_eq!(shown["status"], "finished");
    assert_eq!(shown["epoch"], 2);
    assert_eq!(shown["experiment"]["train"]["epochs"], 2);
    let dev = &shown["ladder"]["dev"];
    assert_eq!(dev["of"], 45);
    let rate = dev["errors"].as_f64().unwrap() / 45.0;
    assert!((dev["rate"].as_f64().unwrap() - rate).abs() < 1e-12);
    assert!(dev["low"].as_f64().unwrap() <= rate && rate <= dev["high"].as_f64().unwrap());
    assert_eq!(shown["ladder"]["human"]["rate"], 0.005);
    assert_eq!(shown["ladder"]["train_dev"], Value::Null);
    assert_eq!(shown["ladder"]["train"]["of"], 210);
    assert_eq!(shown["ladder"]["test"]["of"], 45);

    let matrix = shown["confusion"]["matrix"].as_array().unwrap();
    let total: u64 = matrix.iter().flat_map(|row| row.as_array().unwrap()).map(|n| n.as_u64().unwrap()).sum();
    assert_eq!((matrix.len(), total), (10, 45));
    assert!((shown["metrics"]["accuracy"].as_f64().unwrap() - (1.0 - rate)).abs() < 1e-12);
    assert_eq!(shown["metrics"]["per_class"].as_array().unwrap().len(), 10);
    assert!(shown["convergence"]["state"].is_string());
    assert!(shown["diagnosis"]["verdict"].is_string());
    let baselines = shown["baselines"].as_array().unwrap();
    let names: Vec<&str> = baselines.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["majority-class", "nearest-centroid", "nearest-neighbors", "logistic-regression", "random-forest"]
    );
    assert!(baselines.iter().all(|one| one["of"] == 45 && one["trained_on"] == 210));
    assert!(workspace.stdout(&["show", "latest"]).contains("Logistic regression"));

    let list = workspace.json(&["ls", "--json"]);
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["id"], "digits-1");
    assert_eq!(list[0]["status"], "finished");
}

#[test]
fn json_alone_stands_on_standard_output() {
    let workspace = Workspace::new();
    let from_train = workspace.json(&[&["train", "digits", "--json"], QUICK].concat());
    let from_show = workspace.json(&["show", "latest", "--json"]);
    assert_eq!(from_train, from_show);
}

#[test]
fn the_written_experiment_gives_the_same_run_again() {
    let workspace = Workspace::new();
    workspace.stdout(&[&["train", "digits"], QUICK].concat());
    let file = workspace.run_dir("digits-1").join("experiment.toml");
    let text = fs::read_to_string(&file).unwrap();
    for key in ["seed", "learning_rate", "momentum", "dropout", "activation", "[data.split]"] {
        assert!(text.contains(key), "{key} is not written out:\n{text}");
    }
    let second = workspace.json(&["train", file.to_str().unwrap(), "--json"]);
    let first = workspace.json(&["show", "digits-1", "--json"]);
    assert_eq!(first["ladder"], second["ladder"]);
    assert_eq!(first["confusion"], second["confusion"]);
    assert_eq!(first["baselines"], second["baselines"], "to the very seconds: they are taken over");
    let without =
        workspace.json(&["train", "digits", "--json", "--set", "task.baselines=none", "--set", "train.epochs=1"]);
    assert_eq!(without["baselines"], serde_json::json!([]));
    assert_eq!(losses(&workspace, "digits-1"), losses(&workspace, second["id"].as_str().unwrap()));
}

/// The losses of each evaluation as they are written: equal text is equal bits.
fn losses(workspace: &Workspace, id: &str) -> Vec<String> {
    let epochs = workspace.events(id, "epoch");
    assert!(!epochs.is_empty());
    epochs.iter().map(|epoch| format!("{} {}", epoch["train"]["loss"], epoch["dev"]["loss"])).collect()
}

#[test]
fn a_remedy_makes_a_child_with_one_change() {
    let workspace = Workspace::new();
    workspace.stdout(&[&["train", "digits-bias"], QUICK].concat());
    let shown = workspace.json(&["show", "digits-bias-1", "--json"]);
    let remedy = &shown["diagnosis"]["problems"][0]["remedies"][0];
    let text = workspace.stdout(&["apply", "digits-bias-1", remedy["id"].as_str().unwrap()]);
    let key = remedy["change"]["key"].as_str().unwrap();
    assert!(text.contains(key), "{key} is not in\n{text}");

    let child = workspace.json(&["show", "latest", "--json"]);
    assert_eq!(child["parent"], "digits-bias-1");
    let at = |document: &Value| key.split('.').fold(document["experiment"].clone(), |value, part| value[part].clone());
    assert_eq!(at(&child), remedy["change"]["to"]);
    assert_eq!(at(&shown), remedy["change"]["from"]);

    let (status, message) = workspace.failure(&["apply", "digits-bias-1", "pray"]);
    assert_eq!(status, 2);
    assert!(message.contains("pray"), "{message}");
}
