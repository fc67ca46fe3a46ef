//! Run directories: event files, log, control, summary; written by one, read by many. Knows `domain`.

pub mod catalog;
