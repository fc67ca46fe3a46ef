//! `rungs data`: an experiment's data are shown before anything is trained on them, and nothing is left behind.

use std::fs;

use crate::workspace::Workspace;

#[test]
fn sets_classes_and_alterations_are_shown() {
    let workspace = Workspace::new();
    let text = workspace.stdout(&["data", "digits-mismatch", "--set", "data.examples=2000"]);
    for part in ["28×28 gray in 10 classes", "Train-dev", "Of data.target", "The classes are even", "Brightness"] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
    assert!(!text.contains('\x1b') && !text.contains("One of each class"), "no pictures in a pipe: {text}");
    let colors = workspace.stdout(&["data", "digits", "--set", "data.examples=200", "--pictures", "color"]);
    assert!(colors.contains("\x1b[") && colors.contains("One of each class in dev"));
    let setting = "data.augment=[{kind=\"blur\", probability=1.0}]";
    let shades =
        workspace.stdout(&["data", "digits", "--set", "data.examples=200", "--set", setting, "--pictures", "shades"]);
    assert!(shades.contains('▓') && shades.contains("in epoch 5") && !shades.contains('\x1b'), "{shades}");
    assert_eq!(workspace.runs().len(), 0);
}

#[test]
fn the_document_holds_all_numbers() {
    let workspace = Workspace::new();
    let folder = workspace.path().join("experiments");
    fs::create_dir_all(&folder).unwrap();
    let class = |row: u32| if row.is_multiple_of(4) { "rare" } else { "often" };
    let rows: Vec<String> = (0..40).map(|row| format!("{row},{},{}", row * 10, class(row))).collect();
    fs::write(folder.join("table.csv"), format!("a,b,label\n{}\n", rows.join("\n"))).unwrap();
    fs::write(folder.join("table.toml"), "[data]\nsource = \"csv\"\npath = \"table.csv\"").unwrap();
    let document = workspace.json(&["data", "table", "--json"]);
    assert_eq!(document["shape"], serde_json::json!({ "kind": "vector", "features": 2 }));
    assert_eq!((&document["examples"], &document["origins"][0]["source"]), (&40.into(), &"csv".into()));
    let train = &document["sets"]["train"];
    assert_eq!((&train["examples"], &train["per_class"]), (&28.into(), &serde_json::json!([21, 7])));
    assert_eq!((&train["imbalance"], &train["smallest"]), (&3.0.into(), &"rare".into()));
    assert!(document["numbers"][1]["high"].as_f64().unwrap() > 300.0);
}

#[test]
fn an_example_in_two_sets_is_told_of_before_and_after_training() {
    let workspace = Workspace::new();
    let folder = workspace.path().join("experiments");
    fs::create_dir_all(&folder).unwrap();
    let rows: Vec<String> = (0..60u32).map(|row| format!("{},{}", row.max(20), row % 2)).collect();
    fs::write(folder.join("twice.csv"), format!("a,label\n{}\n", rows.join("\n"))).unwrap();
    let text =
        "[data]\nsource = \"csv\"\npath = \"twice.csv\"\n[model]\nkind = \"mlp\"\nhidden = [4]\n[train]\nepochs = 1";
    fs::write(folder.join("twice.toml"), text).unwrap();
    let warning = "of dev are in train as well, to the last bit";
    assert!(workspace.stdout(&["data", "twice"]).contains("In two sets at once"));
    let found = &workspace.json(&["data", "twice", "--json"])["duplicates"];
    assert_eq!((&found["exact"][0]["set"], &found["near"]), (&"dev".into(), &serde_json::Value::Null));
    // Words may be on two lines.
    let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(workspace.stdout(&["train", "twice"])).contains(warning));
    assert!(words(workspace.stdout(&["show", "twice-1"])).contains(warning));
    assert!(workspace.json(&["show", "twice-1", "--json"])["warnings"][0].as_str().unwrap().contains(warning));
}

#[test]
fn what_cannot_be_loaded_is_answered_with_where_it_was_asked_for() {
    let workspace = Workspace::new();
    let (status, message) =
        workspace.failure(&["data", "digits", "--set", "data.source=idx", "--set", "data.path=nowhere"]);
    assert_eq!(status, 2);
    assert!(message.contains("data.path") && message.contains("nowhere"), "{message}");
    assert_eq!(workspace.failure(&["data", "digit"]).0, 2);
}
