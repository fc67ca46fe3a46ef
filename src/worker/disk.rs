//! How often the worker asks the disk, and whether training has to wait for it: home directories of clusters lie on
//! servers that take tenths of a second for what takes a disk next to the processor none.
//!
//! Knows no clock: the time that things took is told to it.

use std::time::Duration;

/// What is logged is on disk after so long, and the summary is replaced so often.
const WRITE_EVERY: Duration = Duration::from_millis(500);
/// So often at least, however slow the disk is.
const WRITE_AT_LEAST: Duration = Duration::from_secs(10);
/// Commands are looked for so often while the run trains.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(20);
/// So often at least, however slow the disk is.
const LOOK_AT_LEAST: Duration = Duration::from_secs(1);
/// Share of the time that looking may take.
const LOOKING: u32 = 10;
/// What is told when training waits for more than the share below. The same words every time, since reports pass over what an
/// earlier worker has said.
const COMPLAINT: &str = "the disk is slow: training waits for it more than a quarter of the time; a directory on a disk of \
                         this machine (--dir) would not keep it waiting";
/// Share of the time above which a person is told that training waits.
const WORTH_TELLING: f64 = 0.25;
/// But not for less than this, nor before so many writings took as long as is slow: one hiccup is no slow disk.
const AT_LEAST: Duration = Duration::from_secs(3);
const SLOW: Duration = Duration::from_millis(100);
const SLOW_ONES: u32 = 5;
/// What is longer ago than about so much does not count.
const REMEMBERED: Duration = Duration::from_mins(1);

/// What the disk has cost lately.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Disk {
    /// The last look for commands, and the last writing.
    look: Duration,
    write: Duration,
    /// All of both.
    waited: Duration,
    /// How many writings were slow.
    slow: u32,
    /// Spent on training.
    trained: Duration,
    /// Of the time of what is told next: the disk was full then, which is said elsewhere.
    held: Duration,
    told: bool,
}

impl Disk {
    /// A look for commands took so long.
    pub(super) fn looked(&mut self, took: Duration) {
        self.look = took;
        self.waited += took;
    }

    /// The disk was full for so long, which is part of what is told next.
    pub(super) fn held(&mut self, time: Duration) {
        self.held += time;
    }

    /// Writing begins.
    pub(super) fn writes(&mut self) {
        self.held = Duration::ZERO;
    }

    /// Writing what there was took so long.
    pub(super) fn wrote(&mut self, took: Duration) {
        self.write = took.saturating_sub(self.held);
        self.waited += self.write;
        self.slow += u32::from(self.write >= SLOW);
    }

    /// So long was trained.
    pub(super) fn trained(&mut self, took: Duration) {
        self.trained += took;
    }

    /// How long after the last look the next one is due.
    pub(super) fn look_every(&self) -> Duration {
        ((LOOKING - 1) * self.look).clamp(LOOK_EVERY, LOOK_AT_LEAST)
    }

    /// How long after the last writing the next one is due: half of the time is left to training.
    pub(super) fn write_every(&self) -> Duration {
        self.write.clamp(WRITE_EVERY, WRITE_AT_LEAST)
    }

    /// What to tell a person, once: that the run is slow because its disk is.
    pub(super) fn complaint(&mut self) -> Option<&'static str> {
        let all = self.waited + self.trained;
        let waits = self.waited.as_secs_f64() > WORTH_TELLING * all.as_secs_f64();
        if all > REMEMBERED {
            (self.waited, self.trained) = (self.waited / 2, self.trained / 2);
        }
        if self.told || !waits || self.waited < AT_LEAST || self.slow < SLOW_ONES {
            return None;
        }
        self.told = true;
        Some(COMPLAINT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_millis(5);

    /// Ten minutes of a worker with a disk of which each operation takes so many milliseconds; a look takes two of them, writing
    /// eight. Gives the shares of looking and writing, and how often a person was told.
    fn ten_minutes(disk: &mut Disk, operation: u64) -> (f64, f64, usize) {
        let (mut now, mut next_look, mut next_writing) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
        let (mut looking, mut writing) = (Duration::ZERO, Duration::ZERO);
        let mut told = 0;
        while now < Duration::from_mins(10) {
            if now >= next_look {
                let took = Duration::from_millis(2 * operation);
                (now, looking) = (now + took, looking + took);
                disk.looked(took);
                next_look = now + disk.look_every();
            }
            disk.trained(STEP);
            now += STEP;
            if now >= next_writing {
                let took = Duration::from_millis(8 * operation);
                (now, writing) = (now + took, writing + took);
                disk.writes();
                disk.wrote(took);
                next_writing = now + disk.write_every();
                told += usize::from(disk.complaint().is_some());
            }
        }
        (looking.as_secs_f64() / now.as_secs_f64(), writing.as_secs_f64() / now.as_secs_f64(), told)
    }

    #[test]
    fn a_slow_disk_takes_at_most_its_share_and_is_complained_of_once() {
        for (operation, complaints) in [(0, 0), (1, 0), (10, 0), (50, 1), (200, 1), (1000, 1)] {
            let (looking, writing, told) = ten_minutes(&mut Disk::default(), operation);
            assert!(writing <= 0.51, "{operation} ms: {writing} of the time was spent writing");
            // Looks at least once a second, so that one of two seconds takes what it takes.
            let share = if operation <= 50 { 0.11 } else { 0.5 };
            assert!(looking <= share, "{operation} ms: {looking} of the time was spent looking");
            assert_eq!(told, complaints, "{operation} ms");
        }
    }

    #[test]
    fn a_disk_that_gets_slow_after_an_hour_is_complained_of_within_minutes() {
        let mut disk = Disk::default();
        for _ in 0..6 {
            assert_eq!(ten_minutes(&mut disk, 0).2, 0);
        }
        assert_eq!(ten_minutes(&mut disk, 100).2, 1);
    }

    #[test]
    fn a_hiccup_is_not_complained_of_and_written_after_as_before() {
        let mut disk = Disk::default();
        disk.trained(Duration::from_secs(1));
        disk.wrote(Duration::from_hours(1));
        assert_eq!((disk.complaint(), disk.write_every()), (None, WRITE_AT_LEAST));
        disk.wrote(Duration::from_millis(1));
        assert_eq!(disk.write_every(), WRITE_EVERY);
    }

    /// Time on a full disk is not the disk's slowness; and what was held before the writing is no part of it.
    #[test]
    fn a_full_disk_is_not_a_slow_one() {
        let mut disk = Disk::default();
        for _ in 0..10 {
            disk.held(Duration::from_mins(5));
            disk.writes();
            disk.held(Duration::from_hours(1));
            disk.wrote(Duration::from_hours(1) + Duration::from_millis(3));
            disk.trained(Duration::from_millis(500));
            assert_eq!((disk.complaint(), disk.write_every()), (None, WRITE_EVERY));
        }
    }
}
