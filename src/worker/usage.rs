//! What this process takes of the machine: memory, and processor time.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Memory that is in use, in MiB; `None` where the system does not tell.
pub(super) fn used_mib() -> Option<f32> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f32 = line.trim().trim_end_matches("kB").trim_end().parse().ok()?;
    Some(kib / 1024.0)
}

/// Tells how many of the machine's cores this process has kept busy.
#[derive(Debug)]
pub(super) struct Meter {
    since: Instant,
    spent: Duration,
}

impl Meter {
    /// Measures from now on.
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), spent: spent() }
    }

    /// Cores on average since this was last asked; measures anew.
    pub(super) fn cores(&mut self) -> f32 {
        let before = std::mem::replace(self, Self::new());
        let spent = self.spent.saturating_sub(before.spent).as_secs_f64();
        (spent / (self.since - before.since).as_secs_f64().max(1e-6)) as f32
    }
}

/// Processor time of all threads so far.
fn spent() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.max(0) as u64, time.tv_nsec.clamp(0, 999_999_999) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_between_a_mebibyte_and_a_tebibyte() {
        if cfg!(target_os = "linux") {
            let used = used_mib().unwrap();
            assert!((1.0..1_000_000.0).contains(&used), "{used}");
        }
    }

    #[test]
    fn work_takes_a_part_of_the_machine() {
        let mut meter = Meter::new();
        let begin = spent();
        while spent().saturating_sub(begin) < Duration::from_millis(5) {}
        assert!(meter.cores() > 0.0);
        assert!(meter.since.elapsed() < Duration::from_mins(1), "it measures anew");
    }
}
