//! README's tables are made from the program's own; this fails when they have drifted apart.
//! `RUNGS_WRITE_README=1 cargo test --test readme` writes them anew.

#![allow(clippy::unwrap_used, reason = "a test says what it found by panicking")]

use rungs::domain::experiment::schema::FIELDS;
use rungs::tui::command::{COMMANDS, Group};

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn keys() -> String {
    let mut table = String::new();
    for group in Group::ALL {
        table += &format!("**{}**\n\n| key | does | where |\n| --- | --- | --- |\n", group.title());
        for command in COMMANDS.iter().filter(|command| command.group == group) {
            let keys: Vec<String> = command.keys.iter().map(|key| format!("`{}`", cell(key))).collect();
            table += &format!("| {} | {} | {} |\n", keys.join(" "), cell(command.help), command.when.words());
        }
        table.push('\n');
    }
    table
}

fn schema() -> String {
    let mut table = String::from("| key | meaning | default |\n| --- | --- | --- |\n");
    for field in FIELDS {
        let live = if field.live { " *(live)*" } else { "" };
        table += &format!("| `{}` | {}{live} | {} |\n", field.key, cell(field.doc), cell(field.default));
    }
    table + "\n"
}

/// The text with what stands between two marks replaced.
fn with_section(readme: &str, name: &str, body: &str) -> String {
    let begin = readme.find(&format!("<!-- {name}:")).unwrap();
    let from = begin + readme[begin..].find("-->\n").unwrap() + "-->\n".len();
    let to = from + readme[from..].find(&format!("<!-- end of {name} -->")).unwrap();
    format!("{}\n{body}{}", &readme[..from], &readme[to..])
}

#[test]
fn tables_of_keys_and_settings_are_the_program_s_own() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let right = with_section(&with_section(&readme, "keys", &keys()), "schema", &schema());
    if std::env::var_os("RUNGS_WRITE_README").is_some() {
        std::fs::write(path, &right).unwrap();
        return;
    }
    assert!(readme == right, "README is out of date: RUNGS_WRITE_README=1 cargo test --test readme");
}

/// What README shows as the program's answer is what it answers.
#[test]
fn the_example_is_what_the_program_prints() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let begin = readme.find("$ rungs ").unwrap();
    let block = &readme[begin..begin + readme[begin..].find("```").unwrap()];
    let (command, shown) = block.split_once('\n').unwrap();
    let shown = shown.trim_end().trim_end_matches('…').trim_end();
    let output = std::process::Command::new(assert_cmd::cargo::cargo_bin!("rungs"))
        .args(command.trim_start_matches("$ rungs ").split(' '))
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.starts_with(shown), "README shows\n{shown}\nand the program prints\n{printed}");
}
