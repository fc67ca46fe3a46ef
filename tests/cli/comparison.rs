//! What a change did: a child beside its parent, the record of remedies, parts of the data, a search.

use std::fs;

use serde_json::Value;

use crate::workspace::{QUICK, Workspace};

/// Far too low a rate: the loss is nowhere near its end, and the usual one, a hundred times as high, is the remedy.
const SLOW: &[&str] = &["--set", "train.learning_rate=0.00001", "--set", "train.epochs=12"];

fn slow(workspace: &Workspace) -> Value {
    workspace.json(&[&["train", "digits", "--json"], QUICK, SLOW].concat())
}

#[test]
fn a_remedy_s_child_is_held_against_its_parent_and_kept_in_the_record() {
    let workspace = Workspace::new();
    let parent = slow(&workspace);
    assert_eq!(parent["comparison"], Value::Null);
    assert_eq!(parent["diagnosis"]["verdict"], "not-converged");
    let remedies = parent["diagnosis"]["problems"][0]["remedies"].as_array().unwrap().clone();
    assert!(remedies.iter().all(|remedy| remedy.get("standing").is_none()), "nobody has tried one");
    let remedy = remedies.iter().find(|remedy| remedy["id"] == "higher-learning-rate").unwrap();

    workspace.stdout(&["apply", "digits-1", "higher-learning-rate"]);
    let child = workspace.json(&["show", "digits-2", "--json"]);
    let comparison = &child["comparison"];
    assert_eq!(comparison["with"], "digits-1");
    assert_eq!(comparison["problem"], "not-converged");
    assert_eq!(comparison["remedy"], "higher-learning-rate");
    assert_eq!(comparison["changes"], Value::Array(vec![remedy["change"].clone()]));
    let measured = &comparison["measured"];
    assert_eq!(measured["of"], "dev-error");
    assert_eq!(measured["before"], parent["ladder"]["dev"]["rate"]);
    assert_eq!(measured["after"], child["ladder"]["dev"]["rate"]);
    assert!(measured["low"].as_f64().unwrap() < measured["high"].as_f64().unwrap());
    let outcome = comparison["outcome"].as_str().unwrap();
    let shown = workspace.stdout(&["show", "digits-2"]);
    assert!(shown.contains("Against digits-1 (train.learning_rate: 0.00001 → 0.001)"), "{shown}");

    // One line of the record, which the parent's remedies tell of from now on, even without the run that it came from.
    let record = fs::read_to_string(workspace.path().join("runs/.remedies.jsonl")).unwrap();
    let line: Value = serde_json::from_str(record.trim()).unwrap();
    assert_eq!((&line["run"], &line["parent"]), (&"digits-2".into(), &"digits-1".into()));
    assert_eq!(line["outcome"], outcome);
    fs::remove_dir_all(workspace.run_dir("digits-2")).unwrap();
    let again = workspace.json(&["diagnose", "digits-1", "--json"]);
    let remedies = again["problems"][0]["remedies"].as_array().unwrap();
    let tried = remedies.iter().find(|remedy| remedy["id"] == "higher-learning-rate").unwrap();
    assert_eq!(tried["standing"]["tried"], 1);
}

#[test]
fn what_worked_here_is_offered_first() {
    let workspace = Workspace::new();
    slow(&workspace);
    let first = |workspace: &Workspace| {
        let diagnosis = workspace.json(&["diagnose", "digits-1", "--json"]);
        diagnosis["problems"][0]["remedies"][0]["id"].as_str().unwrap().to_owned()
    };
    let before = first(&workspace);
    assert_ne!(before, "relu");
    let line = |remedy: &str, run: &str, outcome: &str| {
        format!(
            r#"{{"time":1.0,"run":"{run}","parent":"x-1","problem":"not-converged","remedy":"{remedy}","change":{{"key":"a","from":1,"to":2}},"outcome":"{outcome}","before":0.5,"after":0.1}}"#
        )
    };
    let record = workspace.path().join("runs/.remedies.jsonl");
    // A torn line and one of a later program do no harm.
    let lines =
        [line(&before, "x-2", "hurt"), "{\"time\":".into(), "{\"what\":1}".into(), line("adam", "x-3", "helped")];
    fs::write(&record, lines.join("\n") + "\n").unwrap();
    assert_ne!(first(&workspace), before, "what made it worse comes last");
}

#[test]
fn runs_side_by_side_say_what_moved_and_what_cannot_be_told() {
    let workspace = Workspace::new();
    slow(&workspace);
    workspace.stdout(&[&["train", "digits"], QUICK, &["--set", "train.epochs=12"]].concat());
    workspace
        .stdout(&[&["train", "digits"], QUICK, &["--set", "train.epochs=12", "--set", "train.batch_size=32"]].concat());
    let text = workspace.stdout(&["compare", "digits-1", "digits-2", "digits-3"]);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("digits-2 against digits-1 (train.learning_rate: 0.00001 → 0.001)"), "{text}");
    assert!(text.contains("2 parameters were changed, so nobody can tell which of them did it"), "{text}");
    assert!(text.contains("dev error"), "{text}");
    let document = workspace.json(&["compare", "digits-1", "digits-2", "--json"]);
    let comparison = &document["comparisons"][0]["comparison"];
    assert_eq!(document["comparisons"][0]["id"], "digits-2");
    assert_eq!(comparison["changes"].as_array().unwrap().len(), 1);
    assert!(comparison["gaps"].as_array().unwrap().iter().any(|gap| gap["of"] == "variance"));
}

#[test]
fn a_learning_curve_is_trained_once_and_tells_what_more_data_promise() {
    let workspace = Workspace::new();
    workspace.stdout(&[&["train", "digits"], QUICK].concat());
    let curve = workspace.json(&["learning-curve", "digits-1", "--json"]);
    let points = curve["points"].as_array().unwrap();
    let sizes: Vec<u64> = points.iter().map(|point| point["examples"].as_u64().unwrap()).collect();
    assert_eq!(sizes, [26, 53, 105, 210]);
    assert!(points.iter().all(|point| point["of"] == 45), "dev stays as it is");
    // As many steps as the whole had: 2 epochs of 210 are 16 of 26.
    let part = workspace.json(&["show", points[0]["id"].as_str().unwrap(), "--json"]);
    assert_eq!(part["experiment"]["train"]["epochs"], 16);
    assert_eq!(curve["forecasts"][0]["examples"], 420);
    assert!(["helps", "hardly-helps", "cannot-tell"].contains(&curve["promise"].as_str().unwrap()));

    let runs = workspace.runs().len();
    let text = workspace.stdout(&["learning-curve", "digits-1"]);
    assert_eq!(workspace.runs().len(), runs, "what was trained is not trained again");
    assert!(text.contains("With twice as many training examples (420)"), "{text}");

    let (status, message) = workspace.failure(&["learning-curve", "none"]);
    assert!(status == 2 && message.contains("none"), "{status} {message}");
}

#[test]
fn a_search_trains_variations_and_says_which_may_be_best() {
    let workspace = Workspace::new();
    workspace.stdout(&[&["train", "digits"], QUICK].concat());
    let axes = ["train.learning_rate=0.001,0.01", "train.batch_size=32,64"];
    let search = ["search", "digits-1", axes[0], axes[1]];
    let found = workspace.json(&[&search[..], &["--json"]].concat());
    let runs = found["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 4, "the run itself and its three variations");
    let rates: Vec<f64> = runs.iter().map(|run| run["dev"].as_f64().unwrap()).collect();
    assert!(rates.is_sorted(), "{rates:?}");
    assert_eq!(runs[0]["may_be_best"], true);
    assert!(runs.iter().any(|run| run["id"] == "digits-1" && run["changes"] == Value::Array(Vec::new())));
    assert_eq!(workspace.runs().len(), 4);
    assert!(workspace.stdout(&search).contains("looks better than it is; its test error is"));
    assert_eq!(workspace.runs().len(), 4, "what was trained is not trained again");

    for (axis, part) in [
        ("train.learning_rat=1,2", "did you mean `train.learning_rate`?"),
        ("train.learning_rate=0.1,-1", "train.learning_rate"),
        ("train.batch_size=32", "has one value"),
    ] {
        let (status, message) = workspace.failure(&["search", "digits-1", axis]);
        assert!(status == 2 && message.contains(part), "{axis}: {status} {message}");
    }
}

#[test]
fn mistakes_are_listed_the_surest_first() {
    let workspace = Workspace::new();
    let run = workspace.json(&[&["train", "digits", "--json"], QUICK].concat());
    let document = workspace.json(&["mistakes", "digits-1", "--json"]);
    let mistakes = document["mistakes"].as_array().unwrap();
    assert_eq!(mistakes.len() as u64, run["ladder"]["dev"]["errors"].as_u64().unwrap());
    let sure: Vec<f64> = mistakes.iter().map(|one| one["likely"][0]["probability"].as_f64().unwrap()).collect();
    assert!(sure.is_sorted_by(|a, b| a >= b), "{sure:?}");
    assert!(mistakes.iter().all(|one| one["label"] != one["predicted"]));
    let suspected = workspace.json(&["errors", "digits-1", "--suspected", "--json"]);
    assert!(suspected["mistakes"].as_array().unwrap().iter().all(|one| one["suspected"] == true));
    let text = workspace.stdout(&["mistakes", "digits-1", "--most", "3"]);
    assert!(text.lines().count() < 20, "{text}");
    let queued = workspace.failure(&["mistakes", "none"]);
    assert_eq!(queued.0, 2, "{}", queued.1);
}

#[test]
fn weights_of_a_run_on_another_source_are_offered_where_they_fit() {
    let workspace = Workspace::new();
    let experiment = |name: &str, variant: &str, examples: u32| {
        let text = format!(
            "[data]\nsource = \"digits\"\nvariant = \"{variant}\"\nexamples = {examples}\n[model]\nkind = \"mlp\"\nhidden = [32]\n[train]\nepochs = 30\nlearning_rate = 0.003\n[task]\nbaselines = \"none\""
        );
        fs::write(workspace.path().join(format!("{name}.toml")), text).unwrap();
        workspace.json(&["train", name_of(&workspace, name).as_str(), "--json"])
    };
    let offered = |id: &str| {
        let diagnosis = workspace.json(&["diagnose", id, "--json"]);
        let problems = diagnosis["problems"].as_array().unwrap().clone();
        problems
            .iter()
            .flat_map(|problem| problem["remedies"].as_array().unwrap().clone())
            .find(|one| one["id"] == "transfer")
    };
    experiment("few", "clear", 400);
    assert_eq!(offered("few-1"), None, "there is no other run");
    experiment("same", "clear", 900);
    assert_eq!(offered("few-1"), None, "it may have trained on few-1's dev examples");
    experiment("fog", "foggy", 900);
    assert_eq!(offered("few-1").unwrap()["change"]["to"], "fog-1");
    workspace.stdout(&["apply", "few-1", "transfer"]);
    let child = workspace.json(&["show", "few-2", "--json"]);
    assert_eq!(child["experiment"]["model"]["start_from"], "fog-1");
    assert_eq!(child["comparison"]["remedy"], "transfer");
}

fn name_of(workspace: &Workspace, name: &str) -> String {
    workspace.path().join(format!("{name}.toml")).display().to_string()
}
