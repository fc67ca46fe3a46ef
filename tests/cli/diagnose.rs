//! `rungs diagnose` with numbers: the article's three tables.

use crate::workspace::Workspace;

/// Rates of one table in percent, the problem, and the gap that shows it.
struct Table {
    arguments: &'static [&'static str],
    problem: &'static str,
    gap: f64,
}

const TABLES: &[Table] = &[
    Table {
        arguments: &["--human", "0.1", "--train", "5.1", "--dev", "5.2", "--test", "5.5"],
        problem: "high-bias",
        gap: 0.05,
    },
    Table {
        arguments: &["--human", "0.1", "--train", "0.3", "--dev", "5.3", "--test", "5.5"],
        problem: "high-variance",
        gap: 0.05,
    },
    Table {
        arguments: &["--human", "0.8", "--train", "1.0", "--train-dev", "1.5", "--dev", "9.0", "--test", "9.5"],
        problem: "data-mismatch",
        gap: 0.075,
    },
];

#[test]
fn the_three_tables_as_json() {
    let workspace = Workspace::new();
    for table in TABLES {
        let diagnosis = workspace.json(&[&["diagnose", "--json"], table.arguments].concat());
        assert_eq!(diagnosis["verdict"], table.problem);
        let problems = diagnosis["problems"].as_array().unwrap();
        assert_eq!(problems.len(), 1, "{diagnosis:#}");
        assert_eq!(problems[0]["kind"], table.problem);
        assert!((problems[0]["gap"].as_f64().unwrap() - table.gap).abs() < 1e-9);
        let remedies = problems[0]["remedies"].as_array().unwrap();
        assert!(remedies.len() >= 3);
        for remedy in remedies {
            for key in ["id", "title", "why"] {
                assert!(!remedy[key].as_str().unwrap().is_empty());
            }
        }
    }
}

#[test]
fn the_three_tables_as_text() {
    let workspace = Workspace::new();
    let all: Vec<String> =
        TABLES.iter().map(|table| workspace.stdout(&[&["diagnose"], table.arguments].concat())).collect();
    insta::assert_snapshot!(all.join("\n========\n"));
}

#[test]
fn examples_give_intervals_and_few_of_them_leave_it_open() {
    let workspace = Workspace::new();
    let with = |n: &str| {
        let rates = ["diagnose", "--json", "--human", "1", "--train", "2", "--dev", "5", "--examples", n];
        workspace.json(&rates)
    };
    assert_eq!(with("30")["verdict"], "undecided");
    let sure = with("100000");
    assert_eq!(sure["verdict"], "high-variance");
    let problem = &sure["problems"][0];
    assert!(problem["low"].as_f64().unwrap() < 0.03 && problem["high"].as_f64().unwrap() > 0.03);
}

#[test]
fn rates_that_make_no_sense_are_refused() {
    let workspace = Workspace::new();
    for arguments in [
        &["diagnose"][..],
        &["diagnose", "--train", "5"],
        &["diagnose", "--train", "-5", "--dev", "6"],
        &["diagnose", "--train", "500", "--dev", "6"],
        &["diagnose", "--train", "nan", "--dev", "6"],
        &["diagnose", "--train", "5", "--dev", "6", "--examples", "0"],
        &["diagnose", "digits-1"],
    ] {
        let (status, message) = workspace.failure(arguments);
        assert_eq!(status, 2, "{arguments:?}: {message}");
    }
}
