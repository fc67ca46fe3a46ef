//! Looks at the machine's load while something trains, in threads of their own: a tool that hangs keeps nobody waiting.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{sleep, spawn};
use std::time::Duration;

use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use super::Sender;
use crate::tui::action::Action;
use crate::tui::state::machine::{Accelerator, Machine};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(3);
/// Between two looks at accelerators; the tool that tells of them takes its time.
const ACCELERATORS_EVERY: Duration = Duration::from_secs(9);

/// Tells of the machine as long as `busy` is set.
pub fn begin(busy: &Arc<AtomicBool>, actions: Sender) {
    let cards: Arc<Mutex<Vec<Accelerator>>> = Arc::default();
    {
        let (busy, cards) = (busy.clone(), cards.clone());
        spawn(move || {
            while let Ok(found) = if busy.load(Ordering::Relaxed) { accelerators() } else { Ok(Vec::new()) } {
                *cards.lock().unwrap_or_else(PoisonError::into_inner) = found;
                sleep(ACCELERATORS_EVERY);
            }
        });
    }
    let busy = busy.clone();
    spawn(move || {
        let what = RefreshKind::nothing()
            .with_cpu(CpuRefreshKind::nothing().with_cpu_usage())
            .with_memory(MemoryRefreshKind::nothing().with_ram());
        let mut system = System::new();
        let mut told = None;
        loop {
            sleep(EVERY);
            if !busy.load(Ordering::Relaxed) {
                told = None;
                continue;
            }
            system.refresh_specifics(what);
            let cards = cards.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let share = f64::from(system.global_cpu_usage()) / 100.0;
            let machine = Machine::new(share, system.used_memory(), system.total_memory(), cards);
            if told.as_ref() != Some(&machine) {
                told = Some(machine.clone());
                actions.send(Action::Machine(machine));
            }
        }
    });
}

/// The load of all accelerators.
///
/// # Errors
/// There is nothing here that tells of any.
fn accelerators() -> io::Result<Vec<Accelerator>> {
    let amd = of_drm(Path::new("/sys/class/drm"));
    if !amd.is_empty() {
        return Ok(amd);
    }
    let asked = ["--query-gpu=utilization.gpu,memory.used,memory.total", "--format=csv,noheader,nounits"];
    let output = Command::new("nvidia-smi").args(asked).stdin(Stdio::null()).stderr(Stdio::null()).output()?;
    Ok(Accelerator::of_table(&String::from_utf8_lossy(&output.stdout)))
}

/// What AMD's driver tells in files.
fn of_drm(folder: &Path) -> Vec<Accelerator> {
    let mut cards: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    cards.sort();
    let number = |card: &Path, name: &str| -> Option<f64> {
        fs::read_to_string(card.join("device").join(name)).ok()?.trim().parse().ok()
    };
    let of_card = |card: &Path| {
        // `card0-HDMI-A-1` is a plug of `card0`.
        let name = card.file_name()?.to_str()?.strip_prefix("card")?;
        let is_card = name.bytes().all(|byte| byte.is_ascii_digit());
        let share = number(card, "gpu_busy_percent").filter(|_| is_card)? / 100.0;
        Some(Accelerator::new(share, number(card, "mem_info_vram_used")?, number(card, "mem_info_vram_total")?))
    };
    cards.iter().filter_map(|card| of_card(card)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_read_from_the_drivers_files() {
        let folder = tempfile::tempdir().unwrap();
        for (card, busy) in [("card0", "25\n"), ("card0-HDMI-A-1", "99\n"), ("card1", "")] {
            let device = folder.path().join(card).join("device");
            fs::create_dir_all(&device).unwrap();
            fs::write(device.join("gpu_busy_percent"), busy).unwrap();
            fs::write(device.join("mem_info_vram_used"), "1073741824\n").unwrap();
            fs::write(device.join("mem_info_vram_total"), "17163091968\n").unwrap();
        }
        assert_eq!(of_drm(folder.path()), [Accelerator { share: 0.25, memory: (1.0, 16.0) }]);
        assert_eq!(of_drm(&folder.path().join("none")), []);
    }
}
