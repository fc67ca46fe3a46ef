//! The command line: parse, dispatch; one file per command.
