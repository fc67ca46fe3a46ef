//! What people say of runs, and what lists make of it.

use crate::workspace::{QUICK, Workspace};

#[test]
fn runs_are_noted_and_found_by_it() {
    let workspace = Workspace::new();
    for _ in 0..2 {
        workspace.output(&[&["train", "digits"], QUICK].concat());
    }
    let said =
        workspace.stdout(&["note", "digits-1", "before the new labels", "--tag", "Baseline", "--tag", "v2", "--pin"]);
    assert_eq!(said, "digits-1: #baseline #v2 pinned  before the new labels\n");
    workspace.stdout(&["note", "digits-1", "--untag", "v2"]);
    let ids = |filter: &str| -> Vec<String> {
        let runs = workspace.json(&["ls", "--filter", filter, "--json"]);
        runs.as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(""), ["digits-1", "digits-2"], "the pinned one first, though older");
    assert_eq!(ids("tag:baseline & model.kind=mlp"), ["digits-1"]);
    assert_eq!(ids("!tag:baseline"), ["digits-2"]);
    assert_eq!(ids("labels"), ["digits-1"]);
    assert!(ids("tag:v2").is_empty());
    let table = workspace.stdout(&["ls"]);
    assert!(table.contains("#baseline pinned  before the new labels"), "{table}");
    let shown = workspace.json(&["show", "digits-1", "--json"])["annotation"].clone();
    assert_eq!((shown["pinned"].as_bool(), shown["tags"][0].as_str()), (Some(true), Some("baseline")));
    assert!(workspace.stdout(&["show", "digits-1"]).contains("Noted: #baseline pinned  before the new labels"));

    workspace.stdout(&["note", "digits-2", "--archive"]);
    assert_eq!((ids(""), ids("archived:true")), (vec!["digits-1".to_owned()], vec!["digits-2".to_owned()]));
    workspace.stdout(&["note", "digits-2", "--unarchive"]);
    assert_eq!(ids("").len(), 2);
    let (status, error) = workspace.failure(&["note", "digits-1", "--tag", "two words"]);
    assert!(status == 2 && error.contains("`two words` is no tag"), "{error}");
    assert_eq!(workspace.stdout(&["note", "digits-2"]), "digits-2: nothing is noted of it\n");
}

#[test]
fn what_is_said_is_harmless() {
    let workspace = Workspace::new();
    workspace.output(&[&["train", "digits"], QUICK].concat());
    let said = workspace.stdout(&["note", "latest", "a\u{1b}[2Jb\u{202e}c\nd"]);
    assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}') && said.lines().count() == 1, "{said:?}");
}
