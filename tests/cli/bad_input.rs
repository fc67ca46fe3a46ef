//! Bad input gives one clear message and exit status 2 (or 1 where the operation is at fault), and leaves no run behind.

use std::fs;

use crate::workspace::Workspace;

fn experiment(workspace: &Workspace, text: &str) {
    fs::create_dir_all(workspace.path().join("experiments")).unwrap();
    fs::write(workspace.path().join("experiments/bad.toml"), text).unwrap();
}

#[test]
fn a_wrong_experiment_is_answered_with_file_line_key_and_what_would_be_right() {
    for (text, parts) in [
        (
            "[train]\nlearnign_rate = 1",
            &["bad.toml:2", "train.learnign_rate", "did you mean `train.learning_rate`?"][..],
        ),
        ("[train]\nlearning_rate = -1", &["bad.toml:2", "train.learning_rate", "-1", "above 0"]),
        ("[train\n", &["bad.toml:1"]),
        ("[data]\nsource = \"idx\"", &["bad.toml", "data.path"]),
        ("[data]\nsource = \"idx\"\npath = \"nowhere\"", &["bad.toml", "nowhere"]),
    ] {
        let workspace = Workspace::new();
        experiment(&workspace, text);
        let (status, message) = workspace.failure(&["train", "bad"]);
        assert_eq!(status, 2, "{message}");
        for part in parts {
            assert!(message.contains(part), "{part:?} is not in {message:?}");
        }
        assert_eq!(workspace.runs().len(), 0, "{text:?} left a run behind");
    }
}

#[test]
fn a_wrong_setting_is_answered_likewise() {
    let workspace = Workspace::new();
    for (setting, part) in [
        ("train.learning_rate=-1", "above 0"),
        ("train.epoch=3", "did you mean `train.epochs`?"),
        ("train.epochs", "KEY=VALUE"),
    ] {
        let (status, message) = workspace.failure(&["train", "digits", "--set", setting]);
        assert_eq!(status, 2, "{message}");
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn an_unknown_experiment_or_run_names_what_there_is() {
    let workspace = Workspace::new();
    let (status, message) = workspace.failure(&["train", "digit"]);
    assert_eq!(status, 2);
    assert!(message.contains("did you mean `digits`?"), "{message}");
    for command in [&["show", "digits-9"][..], &["show", "latest"], &["stop", "digits-9"], &["apply", "x", "adam"]] {
        let (status, message) = workspace.failure(command);
        assert_eq!(status, 2, "{command:?}: {message}");
    }
}

#[test]
fn truncated_data_end_the_run_with_the_file_named() {
    let workspace = Workspace::new();
    let folder = workspace.path().join("mnist");
    fs::create_dir(&folder).unwrap();
    // 60,000 pictures are announced, a hundred bytes follow.
    let mut images = vec![0, 0, 8, 3, 0, 0, 0xea, 0x60, 0, 0, 0, 28, 0, 0, 0, 28];
    images.extend([7; 100]);
    fs::write(folder.join("train-images-idx3-ubyte"), images).unwrap();
    fs::write(folder.join("train-labels-idx1-ubyte"), [0, 0, 8, 1, 0, 0, 0xea, 0x60, 1, 2, 3]).unwrap();
    experiment(&workspace, "[data]\nsource = \"idx\"\npath = \"../mnist\"");
    let (status, message) = workspace.failure(&["train", "bad"]);
    assert_eq!(status, 2, "{message}");
    assert!(message.contains("train-images-idx3-ubyte"), "{message}");
    assert_eq!(workspace.status("bad-1"), "failed");
}

#[test]
fn a_network_that_does_not_fit_its_data_is_answered_with_the_layer() {
    let workspace = Workspace::new();
    experiment(&workspace, "[data]\nexamples = 300\n[model]\nkind = \"cnn\"\nchannels = [8, 8, 8, 8, 8, 8, 8]");
    let (status, message) = workspace.failure(&["train", "bad"]);
    assert_eq!(status, 2, "{message}");
    assert!(message.contains("conv5"), "{message}");
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    let workspace = Workspace::new();
    // A file where `runs/` belongs stops even a superuser, whom permissions do not.
    fs::write(workspace.path().join("runs"), "").unwrap();
    let (status, message) = workspace.failure(&["train", "digits", "--detach"]);
    assert_eq!(status, 1, "{message}");
    assert!(message.contains("runs"), "{message}");
}
