//! What memory this process takes.

/// Memory that is in use, in MiB; `None` where the system does not tell.
pub(super) fn used_mib() -> Option<f32> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f32 = line.trim().trim_end_matches("kB").trim_end().parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn memory_is_between_a_mebibyte_and_a_tebibyte() {
        if cfg!(target_os = "linux") {
            let used = super::used_mib().unwrap();
            assert!((1.0..1_000_000.0).contains(&used), "{used}");
        }
    }
}
