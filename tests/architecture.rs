//! Reads the imports of `src` and fails when a part knows one that it may not know.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it found by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// The parts, and which of the others each may know. A longer prefix wins over a shorter one.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("data", &["domain"]),
    ("engine", &["domain", "data"]),
    ("baseline", &["domain", "data"]),
    ("store", &["domain"]),
    ("worker", &["domain", "data", "engine", "baseline", "store"]),
    ("tui", &["domain"]),
    // The one place where the dashboard's effects are carried out.
    ("tui/runtime", &["domain", "data", "store", "worker"]),
    ("cli", &["domain", "data", "engine", "baseline", "store", "worker", "tui"]),
];

/// Libraries and parts of the standard library that belong to some parts alone.
const BELONGS_TO: &[(&str, &[&str])] = &[
    ("dfdx", &["engine"]),
    ("gemm", &["engine"]),
    ("smartcore", &["baseline"]),
    ("ratatui", &["tui"]),
    ("crossterm", &["tui"]),
    ("notify", &["tui"]),
    ("indicatif", &["cli"]),
    ("clap", &["cli", "tui"]),
    ("prost", &["store"]),
    ("tokio", &["tui", "worker", "cli"]),
    ("std::fs", &["data", "store", "worker", "cli", "tui/runtime"]),
    ("std::process", &["worker", "cli", "tui"]),
    ("std::net", &[]),
    ("std::time", &["data", "engine", "baseline", "store", "worker", "cli", "tui"]),
    ("std::env", &["worker", "cli", "tui", "store"]),
    ("std::thread", &["data", "engine", "store", "worker", "cli", "tui"]),
];

#[test]
fn every_part_knows_only_what_it_may() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut breaches = Vec::new();
    let mut files = 0;
    for file in rust_files(&root) {
        let place = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        if place == "main.rs" || place == "lib.rs" {
            continue;
        }
        files += 1;
        breaches.extend(breaches_of(&place, &fs::read_to_string(&file).unwrap()));
    }
    assert!(files > 10, "the parts were not found under {}", root.display());
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn a_breach_is_found() {
    for (place, text) in [
        ("domain/a.rs", "use crate::store::Root;"),
        ("domain/a.rs", "use crate::{domain::run, tui::State};"),
        ("domain/a.rs", "fn f() { let t = std::time::Instant::now(); }"),
        ("tui/view/a.rs", "use crate::worker::launch;"),
        ("tui/state.rs", "use std::fs;"),
        ("tui/state.rs", "use std::{fmt, fs};"),
        ("data/idx.rs", "use dfdx::prelude::*;"),
        ("engine/a.rs", "use crate::store;"),
        ("domain/a.rs", "#[cfg(test)]\nmod tests {\n use crate::store; }"),
        ("domain/a/tests.rs", "use crate::store;"),
    ] {
        assert_eq!(breaches_of(place, text).len(), 1, "{place}: {text}");
    }
    for (place, text) in [
        ("domain/a.rs", "// use crate::store::Root;\nuse crate::domain::run; use super::ladder;"),
        ("tui/runtime/mod.rs", "use crate::store::Root;"),
        ("engine/a.rs", "use dfdx::prelude::*; use crate::data::Prepared;"),
        ("domain/a.rs", "/// [`crate::store`] writes this.\nfn f() {}"),
        ("domain/a.rs", "#[cfg(test)]\nmod tests {\n use std::fs; }"),
        ("domain/a/tests.rs", "use std::fs;"),
    ] {
        assert_eq!(breaches_of(place, text), Vec::<String>::new(), "{place}: {text}");
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The rule for the file at `place` (relative to `src`) in a table keyed by part: the longest prefix decides.
fn is_of(place: &str, part: &str) -> bool {
    let stem = place.strip_suffix(".rs").unwrap_or(place);
    stem == part || stem.starts_with(&format!("{part}/"))
}

fn breaches_of(place: &str, text: &str) -> Vec<String> {
    let (part, known) = MAY_KNOW
        .iter()
        .filter(|(part, _)| is_of(place, part))
        .max_by_key(|(part, _)| part.len())
        .unwrap_or_else(|| panic!("src/{place} is in no part"));
    let code: String = text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    let own = part.split('/').next().unwrap();
    let mut breaches = Vec::new();
    for other in named_after(&code, "crate::").into_iter().chain(named_after(&code, "rungs::")) {
        let is_part = MAY_KNOW.iter().any(|(part, _)| *part == other);
        if is_part && other != own && !known.contains(&other.as_str()) {
            breaches.push(format!("src/{place}: {part} may not know {other}"));
        }
    }
    // Tests, at a file's end or in files of their own, may open fixtures; what they know of other parts counts, above.
    let is_test = place.ends_with("/tests.rs") || place.contains("/tests/");
    let shipped = if is_test { "" } else { code.split("#[cfg(test)]\nmod tests {").next().unwrap_or(&code) };
    for (library, owners) in BELONGS_TO {
        let used = match library.strip_prefix("std::") {
            Some(module) => named_after(shipped, "std::").iter().any(|name| name == module),
            None => names_library(shipped, library),
        };
        if used && !owners.iter().any(|owner| is_of(place, owner)) {
            breaches.push(format!("src/{place}: {library} belongs to {}", owners.join(", ")));
        }
    }
    breaches
}

/// The names that follow `prefix`, singly or as the heads of a group: `crate::a::b` and `crate::{a::b, c}`.
fn named_after(code: &str, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        if code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':') {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            None => names.push(identifier(rest)),
            Some(group) => {
                let mut depth = 0;
                let mut head = true;
                for (i, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => head = true,
                        c if head && depth == 0 && c.is_alphanumeric() => {
                            names.push(identifier(&group[i..]));
                            head = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    names
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn names_library(code: &str, library: &str) -> bool {
    let path = format!("{library}::");
    code.match_indices(&path)
        .any(|(at, _)| !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':'))
        || code.contains(&format!("use {library};"))
}
