//! How often the worker asks the disk, and whether training has to wait for it: home directories of clusters lie on
//! servers that take tenths of a second for what takes a disk next to the processor none.
//!
//! Knows no clock: the time that things took is told to it.

use std::time::Duration;

/// What is logged is on disk after so long, and the summary is replaced so often.
const WRITE_EVERY: Duration = Duration::from_millis(500);
/// Commands are looked for so often while the run trains.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(20);
/// So often at least, however slow the disk is.
const LOOK_AT_LEAST: Duration = Duration::from_secs(1);
/// Share of the time that looking may take.
const LOOKING: u32 = 10;
/// Share of the time above which a person is told that training waits.
const WORTH_TELLING: f64 = 0.25;
/// But not for less than this, which a first hiccup may take.
const AT_LEAST: Duration = Duration::from_secs(3);

/// What the disk has cost since the worker began.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Disk {
    /// The last look for commands, and the last writing.
    look: Duration,
    write: Duration,
    /// All of both.
    waited: Duration,
    /// Spent on what the worker is there for.
    trained: Duration,
    told: bool,
}

impl Disk {
    /// A look for commands took so long.
    pub(super) fn looked(&mut self, took: Duration) {
        self.look = took;
        self.waited += took;
    }

    /// Writing what there was took so long.
    pub(super) fn wrote(&mut self, took: Duration) {
        self.write = took;
        self.waited += took;
    }

    /// So long was trained.
    pub(super) fn trained(&mut self, took: Duration) {
        self.trained += took;
    }

    /// How long after the last look the next one is due.
    pub(super) fn look_every(&self) -> Duration {
        ((LOOKING - 1) * self.look).clamp(LOOK_EVERY, LOOK_AT_LEAST)
    }

    /// How long after the last writing the next one is due: half of the time is left to training at least.
    pub(super) fn write_every(&self) -> Duration {
        WRITE_EVERY.max(self.write)
    }

    /// What to tell a person, once: that the run is slow because its disk is.
    pub(super) fn complaint(&mut self) -> Option<String> {
        let (waited, all) = (self.waited.as_secs_f64(), (self.waited + self.trained).as_secs_f64());
        if self.told || self.waited < AT_LEAST || waited < WORTH_TELLING * all {
            return None;
        }
        self.told = true;
        Some(format!(
            "the disk is slow: training waited for it during {waited:.1} of {all:.1} s; a directory on a disk of this machine \
             (--dir) would not keep it waiting"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten minutes of a worker with a disk of which each operation takes so many milliseconds; a look takes two of them, writing
    /// eight. Gives the shares of looking and writing, and what a person was told.
    fn ten_minutes(operation: u64) -> (f64, f64, Vec<String>) {
        let mut disk = Disk::default();
        let step = Duration::from_millis(5);
        let (mut now, mut next_look, mut next_writing) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
        let (mut looking, mut writing) = (Duration::ZERO, Duration::ZERO);
        let mut told = Vec::new();
        while now < Duration::from_mins(10) {
            if now >= next_look {
                let took = Duration::from_millis(2 * operation);
                (now, looking) = (now + took, looking + took);
                disk.looked(took);
                next_look = now + disk.look_every();
            }
            disk.trained(step);
            now += step;
            if now >= next_writing {
                let took = Duration::from_millis(8 * operation);
                (now, writing) = (now + took, writing + took);
                disk.wrote(took);
                next_writing = now + disk.write_every();
                told.extend(disk.complaint());
            }
        }
        (looking.as_secs_f64() / now.as_secs_f64(), writing.as_secs_f64() / now.as_secs_f64(), told)
    }

    #[test]
    fn a_slow_disk_takes_at_most_its_share_and_is_complained_of_once() {
        for (operation, complaints) in [(0, 0), (1, 0), (10, 0), (50, 1), (200, 1), (1000, 1)] {
            let (looking, writing, told) = ten_minutes(operation);
            assert!(writing <= 0.51, "{operation} ms: {writing} of the time was spent writing");
            // Looks at least once a second, so that one of two seconds takes what it takes.
            let share = if operation <= 50 { 0.11 } else { 0.5 };
            assert!(looking <= share, "{operation} ms: {looking} of the time was spent looking");
            assert_eq!(told.len(), complaints, "{operation} ms: {told:?}");
        }
    }

    #[test]
    fn one_hiccup_is_not_complained_of() {
        let mut disk = Disk::default();
        disk.trained(Duration::from_secs(1));
        disk.wrote(Duration::from_secs(2));
        assert_eq!(disk.complaint(), None);
        disk.wrote(Duration::from_secs(2));
        let told = disk.complaint().unwrap();
        assert!(told.contains("waited for it during 4.0 of 5.0 s"), "{told}");
    }
}
