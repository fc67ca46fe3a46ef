//! What simple methods make of the same dev set, under the ladder.

use crate::domain::baseline::Baseline;
use crate::domain::interval::wilson;
use crate::domain::text::{capitalized, percent, thousands};

use super::{Align, Table};

/// A line for each.
pub(crate) fn baselines(baselines: &[Baseline]) -> String {
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Left, Align::Right]);
    table.row(["Baseline", "Dev error", "95 % interval", "Trained"]);
    for Baseline { name, counts, trained_on, seconds, .. } in baselines {
        let interval = wilson(*counts);
        let (low, high) = (100.0 * interval.low, 100.0 * interval.high);
        table.row([
            capitalized(name.words()),
            percent(counts.rate()),
            format!("{low:.1} to {high:.1}, {} of {}", thousands(counts.errors), thousands(counts.of)),
            format!("on {} in {seconds:.1} s", thousands(*trained_on)),
        ]);
    }
    table.text()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::baseline::BaselineKind;
    use crate::domain::ladder::Counts;

    #[test]
    fn a_line_for_each() {
        let one = |name, errors, seconds| {
            let counts = Counts { errors, of: 900 };
            Baseline { name, counts, trained_on: 4000, seconds, data: String::new() }
        };
        let shown =
            baselines(&[one(BaselineKind::MajorityClass, 810, 0.0), one(BaselineKind::RandomForest, 45, 2.345)]);
        assert_eq!(
            shown,
            "Baseline        Dev error  95 % interval                       Trained\n\
             Majority class     90.0 %  87.9 to 91.8, 810 of 900  on 4,000 in 0.0 s\n\
             Random forest       5.0 %  3.8 to 6.6, 45 of 900     on 4,000 in 2.3 s\n"
        );
    }
}
