//! How fast the dashboard is, seen from a terminal of 200×50: `cargo bench --bench dashboard`, with `-- --only NAME` one
//! figure of it.
//!
//! The real program runs in a pseudo-terminal on runs that are made here. A time ends when the last byte of the frame has
//! come that shows what is waited for; processor time and memory are those of the dashboard's process. Beside each figure
//! stand what is aimed at and, where somebody measured it on such a machine, what other terminal dashboards take: W&B's
//! LEET and burn's.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a benchmark says what it found by panicking")]
#![allow(clippy::print_stdout, reason = "the table is what it is for")]

mod measure;
mod plant;
mod terminal;

use measure::Row;

/// Takes one or more figures.
type Measure = fn() -> Vec<Row>;

/// What is measured, by the name that `--only` takes.
const ALL: &[(&str, Measure)] = &[
    ("million", measure::million),
    ("twenty", measure::twenty),
    ("keys", measure::keys),
    ("streaming", measure::keys_while_streaming),
    ("ten", measure::ten_curves),
    ("many", measure::many_runs),
    ("idle", measure::idle),
    ("live", measure::live),
];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let only = arguments.iter().position(|word| word == "--only").map(|place| arguments.get(place + 1).cloned());
    let names: Vec<&str> = ALL.iter().map(|(name, _)| *name).collect();
    if let Some(name) = &only
        && name.as_deref().is_none_or(|name| !names.contains(&name))
    {
        panic!("--only takes one of {}", names.join(", "));
    }
    println!("{:<58} {:<34} {:<22} measured", "what", "others", "aim");
    for (name, measure) in ALL {
        if only.as_ref().is_none_or(|only| only.as_deref() == Some(name)) {
            for row in measure() {
                println!("{:<58} {:<34} {:<22} {}", row.what, row.others, row.aim, row.measured);
            }
        }
    }
}
