//! Who writes: the name of this machine, fit for a file's name, and the number of this process.

/// The host's name with all but letters, digits, `-` and `_` made `-`; never empty. Dots go too, for they part the
/// fields of an event file's name.
pub fn hostname() -> String {
    let system = rustix::system::uname();
    let name: String = system
        .nodename()
        .to_string_lossy()
        .chars()
        .take(64)
        .map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' })
        .collect();
    if name.is_empty() { "host".to_owned() } else { name }
}

/// The number of this process.
pub(super) fn pid() -> u32 {
    rustix::process::getpid().as_raw_nonzero().get().unsigned_abs()
}
