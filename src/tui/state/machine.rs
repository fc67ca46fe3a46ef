//! What is left of the machine that the dashboard runs on, which is most often the one that trains.

/// The machine's load, in figures as coarse as they are shown, so that none is drawn anew for nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Machine {
    /// Share of the processors' time that is used, from 0 to 1.
    pub processor: f64,
    /// Memory in use and in all, in GiB.
    pub memory: (f64, f64),
    /// Accelerators, in the system's order.
    pub accelerators: Vec<Accelerator>,
}

/// The load of an accelerator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accelerator {
    /// Share of the time in which it computed, from 0 to 1.
    pub share: f64,
    /// Memory in use and in all, in GiB.
    pub memory: (f64, f64),
}

const GIB: f64 = (1u64 << 30) as f64;

impl Machine {
    /// From a share, and bytes of memory in use and in all.
    pub fn new(processor: f64, used: u64, all: u64, accelerators: Vec<Accelerator>) -> Self {
        Self { processor: coarse(processor), memory: gibibytes(used as f64, all as f64), accelerators }
    }

    /// What is told of it, the most important first: ` CPU 95 %`, ` 3.1/23 GiB`, ` GPU 40 % 3.1/80 GiB`.
    pub fn words(&self) -> Vec<String> {
        let memory = |(used, all): (f64, f64)| format!("{used:.1}/{all:.0} GiB");
        let mut words = vec![format!("CPU {:.0} %", 100.0 * self.processor), memory(self.memory)];
        let several = self.accelerators.len() > 1;
        for (number, one) in self.accelerators.iter().enumerate() {
            let name = if several { format!("GPU{number}") } else { "GPU".to_owned() };
            words.push(format!("{name} {:.0} % {}", 100.0 * one.share, memory(one.memory)));
        }
        words
    }
}

impl Accelerator {
    /// From a share, and bytes of memory in use and in all.
    pub fn new(share: f64, used: f64, all: f64) -> Self {
        Self { share: coarse(share), memory: gibibytes(used, all) }
    }

    /// Reads the table that `nvidia-smi --query-gpu=utilization.gpu,memory.used,memory.total
    /// --format=csv,noheader,nounits` prints: percent and MiB. What a card does not tell (`[N/A]`) counts as nothing.
    pub fn of_table(table: &str) -> Vec<Self> {
        let of_line = |line: &str| {
            let figures: Vec<f64> = line.split(',').map(|part| part.trim().parse().unwrap_or(0.0)).collect();
            match figures[..] {
                [percent, used, all] if all > 0.0 => {
                    Some(Self::new(percent / 100.0, used * f64::from(1 << 20), all * f64::from(1 << 20)))
                }
                _ => None,
            }
        };
        table.lines().filter_map(of_line).collect()
    }
}

/// To a twentieth.
fn coarse(share: f64) -> f64 {
    (share.clamp(0.0, 1.0) * 20.0).round() / 20.0
}

fn gibibytes(used: f64, all: f64) -> (f64, f64) {
    ((used / GIB * 10.0).round() / 10.0, (all / GIB).round())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_told_in_few_words() {
        let cards = Accelerator::of_table("37, 3174, 81559\n0, 0, 81559\n[N/A], [N/A], [N/A]\n\nno devices\n");
        let machine = Machine::new(0.932, 3_330_000_000, 24 << 30, cards.clone());
        let words = ["CPU 95 %", "3.1/24 GiB", "GPU0 35 % 3.1/80 GiB", "GPU1 0 % 0.0/80 GiB"];
        assert_eq!(machine.words(), words);
        let one = Machine { accelerators: cards[..1].to_vec(), ..Machine::default() };
        assert_eq!(one.words()[2], "GPU 35 % 3.1/80 GiB");
    }

    #[test]
    fn a_little_more_or_less_is_the_same() {
        let machine = |share: f64, used: u64| Machine::new(share, used, 24 << 30, Vec::new());
        assert_eq!(machine(0.93, 3_330_000_000), machine(0.96, 3_340_000_000));
        assert_ne!(machine(0.93, 3_330_000_000), machine(0.40, 3_330_000_000));
    }
}
