//! Whether a loss has settled. Errors are to be trusted only once it has.
//!
//! Minibatch losses are noisy, so nothing is read off single points. The curve is cut into blocks of equal length; the
//! noise of a block's mean is estimated from the differences between neighbouring points (von Neumann 1941), which a
//! slow trend does not disturb; the recent trend is the median of the slopes between all pairs of recent blocks (Theil
//! 1950, Sen 1968), which a few spikes do not disturb. Everything is measured against the descent so far, so that
//! neither the unit of the loss nor the number of steps matters.

use serde::{Deserialize, Serialize};

/// Fewer points than this say nothing.
const FEWEST: usize = 30;
/// Blocks that the whole curve is cut into, at most.
const BLOCKS: usize = 30;
/// Blocks that count as recent: the last third.
const RECENT: usize = 10;
/// A fall of more than this share of the whole descent over the recent third is still a descent.
const STILL_FALLING: f64 = 0.04;
/// A descent of less than this share of the first level has not got anywhere.
const NOWHERE: f64 = 0.1;
/// A rise above the best level by more than this share of the descent is no accident.
const RISING: f64 = 0.25;
/// Swings of recent blocks of more than this share of the descent do not settle.
const SWINGING: f64 = 0.1;
/// A loss of so many times that of guessing was driven there.
const SHOT_UP: f64 = 2.0;
/// What differs by more than so many standard errors is no noise.
const SURE: f64 = 4.0;

/// What a loss curve is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Too few points to tell.
    TooShort,
    /// Still going down.
    Decreasing,
    /// Settled, far below where it began.
    Converged,
    /// Settled, near where it began.
    Plateaued,
    /// Swinging without going down.
    Oscillating,
    /// Going up.
    Diverging,
    /// NaN or infinite.
    NotFinite,
}

impl State {
    /// As it is written on screens.
    pub fn words(self) -> &'static str {
        match self {
            Self::TooShort => "too short to tell",
            Self::Decreasing => "still falling",
            Self::Converged => "converged",
            Self::Plateaued => "stuck",
            Self::Oscillating => "oscillating",
            Self::Diverging => "diverging",
            Self::NotFinite => "not finite",
        }
    }

    /// Whether a ladder read now can be expected to stay.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Converged | Self::Plateaued)
    }
}

/// The state with what speaks for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Convergence {
    /// The state.
    pub state: State,
    /// Figures, in a sentence.
    pub evidence: String,
}

/// Judges the training loss of each step. `chance` is the loss of guessing, where it is known (the entropy of the classes,
/// for cross-entropy): a curve that fell within its first steps is then not taken for one that never fell. A network that
/// `says_one`, the same class of every example, has not settled anywhere, whatever its loss.
pub fn judge(losses: &[f32], chance: Option<f64>, says_one: bool) -> Convergence {
    let found = of_curve(losses, chance);
    if !says_one || !found.state.is_settled() {
        return found;
    }
    let peak = peak(losses).filter(|(_, peak)| losses.first().is_some_and(|first| shot_up(*peak, f64::from(*first))));
    match peak {
        Some((place, peak)) => Convergence {
            state: State::Diverging,
            evidence: format!(
                "The loss shot up to {peak:.1} at step {}, and since then the network says the same class of every example.",
                place + 1
            ),
        },
        None => Convergence {
            state: State::Plateaued,
            evidence: "The network says the same class of every example: it got nowhere.".to_owned(),
        },
    }
}

/// What the curve alone says.
fn of_curve(losses: &[f32], chance: Option<f64>) -> Convergence {
    let says = |state, evidence: String| Convergence { state, evidence };
    if let Some(place) = losses.iter().position(|loss| !loss.is_finite()) {
        return says(State::NotFinite, format!("The loss is {} from step {} on.", losses[place], place + 1));
    }
    if losses.len() < FEWEST {
        return says(
            State::TooShort,
            match losses.len() {
                0 => "There is no training loss yet.".to_owned(),
                1 => "One training loss is too little to tell.".to_owned(),
                count => format!("{count} training losses are too few to tell."),
            },
        );
    }
    let curve = Curve::new(losses, chance);
    if let Some(evidence) = chance.and_then(|chance| blown_up(losses, &curve, chance)) {
        return says(State::Diverging, evidence);
    }
    let percent = |part: f64| format!("{:.1} %", 100.0 * part);
    let recent_steps = curve.block * RECENT;
    let descent = curve.first - curve.best;

    // A network may begin worse than guessing, and take a while to get there.
    let highest_start = curve.first.max(curve.beginning);
    if curve.level > highest_start + SURE * curve.noise && curve.level > highest_start * (1.0 + NOWHERE) {
        return says(State::Diverging, format!("The loss rose from {highest_start:.3} to {:.3}.", curve.level));
    }
    let won = curve.beginning - curve.level;
    let on_its_way = won > SURE * (curve.noise + curve.first_noise) && curve.fall > SURE * curve.noise;
    if curve.level > (1.0 - NOWHERE) * curve.first && won > NOWHERE * curve.beginning && on_its_way {
        return says(
            State::Decreasing,
            format!(
                "The loss fell from {:.3} to {:.3}, no better than guessing yet ({:.3}), and is still falling.",
                curve.beginning, curve.level, curve.first
            ),
        );
    }
    let rise = curve.level - curve.best;
    if rise > RISING * descent && rise > SURE * curve.noise && descent > NOWHERE * curve.first {
        return says(
            State::Diverging,
            format!(
                "The loss had come down to {:.3} and is back at {:.3}: {} of what it had won is lost.",
                curve.best,
                curve.level,
                percent(rise / descent)
            ),
        );
    }
    if descent <= NOWHERE * curve.first + SURE * curve.noise + 2.0 * curve.first_noise {
        return says(
            State::Plateaued,
            format!(
                "The loss is {:.3} after {} steps and {} {:.3}: it got nowhere.",
                curve.level,
                losses.len(),
                if chance.is_some() { "that of guessing is" } else { "began at" },
                curve.first
            ),
        );
    }
    if curve.swing > SWINGING * descent && curve.swing > SURE * curve.noise && curve.fall < curve.swing {
        return says(
            State::Oscillating,
            format!(
                "Over the last {recent_steps} steps the loss swings by {:.3} about {:.3}, {} times what the noise of single batches explains.",
                curve.swing,
                curve.level,
                (curve.swing / curve.noise.max(f64::MIN_POSITIVE)).round().min(999.0)
            ),
        );
    }
    let fell = format!(
        "Over the last {recent_steps} steps the loss fell by {:.4}, {} of its whole descent from {:.3} to {:.3}",
        curve.fall.max(0.0),
        percent((curve.fall / descent).max(0.0)),
        curve.first,
        curve.level
    );
    if curve.fall > STILL_FALLING * descent && curve.fall > curve.noise {
        says(State::Decreasing, format!("{fell}: it is still falling."))
    } else {
        says(State::Converged, format!("{fell}: it has settled."))
    }
}

/// The sign of steps that are far too large: the loss shoots up at once and comes back no lower than guessing, for the
/// network has been thrown to where gradients are nothing. It looks settled, and has learned nothing.
fn blown_up(losses: &[f32], curve: &Curve, chance: f64) -> Option<String> {
    let (highest, peak) = peak(losses)?;
    let shot_up = shot_up(peak, chance) && shot_up(peak, f64::from(losses[0]));
    (shot_up && curve.level > (1.0 - NOWHERE) * chance).then(|| {
        format!(
            "The loss shot up to {peak:.1} at step {} and stands at {:.3}, no better than guessing ({chance:.3}).",
            highest + 1,
            curve.level
        )
    })
}

/// The highest loss and its place.
fn peak(losses: &[f32]) -> Option<(usize, f64)> {
    let (place, peak) = losses.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    Some((place, f64::from(*peak)))
}

fn shot_up(peak: f64, from: f64) -> bool {
    peak > SHOT_UP * from
}

/// What is read off a curve.
struct Curve {
    /// Steps in a block.
    block: usize,
    /// Where it began, or would have, had it begun with guessing.
    first: f64,
    /// Where it began.
    beginning: f64,
    /// The lowest block.
    best: f64,
    /// Where it is: the median of the last blocks.
    level: f64,
    /// The standard error of a block's mean, were the points independent.
    noise: f64,
    /// The standard error of `first`.
    first_noise: f64,
    /// How much it falls over the recent blocks, by the median slope.
    fall: f64,
    /// How far recent blocks lie from their trend, in the mean.
    swing: f64,
}

impl Curve {
    fn new(losses: &[f32], chance: Option<f64>) -> Self {
        let blocks = BLOCKS.min(losses.len() / 3).max(1);
        let block = losses.len() / blocks;
        // What does not fill a block is left out at the beginning, where it matters least.
        let whole = &losses[losses.len() - block * blocks..];
        let means: Vec<f64> = whole.chunks_exact(block).map(mean).collect();
        let recent = &means[means.len().saturating_sub(RECENT)..];
        let begun = (losses.len() / 100).clamp(5, 10);
        let beginning = mean(&losses[..begun]);
        let point_noise = noise_of_single_points(&whole[whole.len() - block * recent.len()..]);

        let slope = median_slope(recent);
        let middle = median(recent.to_vec());
        let center = (recent.len() - 1) as f64 / 2.0;
        let residuals: Vec<f64> = recent
            .iter()
            .enumerate()
            .map(|(place, value)| (value - middle - slope * (place as f64 - center)).abs())
            .collect();
        Self {
            block,
            first: chance.unwrap_or(beginning),
            beginning,
            best: means.iter().copied().fold(f64::INFINITY, f64::min),
            level: median(means[means.len().saturating_sub(3)..].to_vec()),
            noise: point_noise / (block as f64).sqrt(),
            first_noise: point_noise / (begun as f64).sqrt(),
            fall: -slope * (recent.len() - 1) as f64,
            swing: 2.0 * residuals.iter().sum::<f64>() / residuals.len() as f64,
        }
    }
}

fn mean(values: &[f32]) -> f64 {
    values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64
}

/// The standard deviation of single points about a slow trend, from the median of neighbours' differences: for a normal
/// distribution the median of |a − b| is 0.954 standard deviations.
fn noise_of_single_points(values: &[f32]) -> f64 {
    let differences = values.windows(2).map(|pair| f64::from((pair[1] - pair[0]).abs())).collect();
    median(differences) / 0.954
}

fn median(mut values: Vec<f64>) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len().is_multiple_of(2) { f64::midpoint(values[half - 1], values[half]) } else { values[half] }
}

fn median_slope(values: &[f64]) -> f64 {
    let mut slopes = Vec::with_capacity(values.len() * values.len() / 2);
    for (i, a) in values.iter().enumerate() {
        for (j, b) in values.iter().enumerate().skip(i + 1) {
            slopes.push((b - a) / (j - i) as f64);
        }
    }
    median(slopes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// A curve of each kind; `t` runs from 0 to 1.
    fn shape(state: State, t: f64) -> f64 {
        match state {
            State::Decreasing => 2.0 - 1.2 * t,
            State::Converged => 0.1 + 2.2 * (-12.0 * t).exp(),
            State::Plateaued => 2.3 - 0.02 * t,
            State::Oscillating => 0.6 + 1.7 * (-15.0 * t).exp() + 0.35 * (60.0 * t).sin(),
            State::Diverging => 0.5 + 1.8 * (-15.0 * t).exp() + 2.0 * (t - 0.5).max(0.0).powi(2) * 4.0,
            State::TooShort | State::NotFinite => f64::NAN,
        }
    }

    fn curve(state: State, steps: usize, noise: f64, seed: u64) -> Vec<f32> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        (0..steps)
            .map(|step| {
                let jitter: f64 = (0..12).map(|_| random.gen_range(-0.5..0.5)).sum();
                let clean = shape(state, step as f64 / steps as f64);
                (clean * (1.0 + noise * jitter)).max(0.0) as f32
            })
            .collect()
    }

    #[test]
    fn planted_curves_are_told_apart_at_any_length_noise_and_scale() {
        let planted = [State::Decreasing, State::Converged, State::Plateaued, State::Oscillating, State::Diverging];
        let (mut right, mut all, mut wrong) = (0, 0, Vec::new());
        for state in planted {
            for steps in [200, 500, 2000, 20_000] {
                for noise in [0.01, 0.05, 0.15] {
                    for seed in 0..5 {
                        let scale = [1.0, 1e-3, 1e3][seed as usize % 3];
                        let losses: Vec<f32> =
                            curve(state, steps, noise, seed).into_iter().map(|loss| loss * scale).collect();
                        let found = judge(&losses, None, false);
                        all += 1;
                        if found.state == state {
                            right += 1;
                        } else {
                            wrong.push(format!("{state:?} {steps} {noise}: {found:?}"));
                        }
                    }
                }
            }
        }
        let share = f64::from(right) / f64::from(all);
        assert!(share >= 0.95, "{right} of {all} right\n{}", wrong.join("\n"));
    }

    #[test]
    fn what_cannot_be_judged_is_said() {
        assert_eq!(judge(&[], None, false).state, State::TooShort);
        assert_eq!(judge(&[1.0; 10], None, false).state, State::TooShort);
        let mut losses = vec![1.0; 100];
        losses[70] = f32::NAN;
        let found = judge(&losses, None, false);
        assert_eq!(found.state, State::NotFinite);
        assert_eq!(found.evidence, "The loss is NaN from step 71 on.");
    }

    #[test]
    fn a_loss_that_was_thrown_far_off_and_came_back_to_chance_has_diverged() {
        let chance = 10f64.ln();
        let mut losses: Vec<f32> = vec![2.31; 400];
        losses[1..6].copy_from_slice(&[8.0, 90.0, 40.0, 12.0, 4.0]);
        let found = judge(&losses, Some(chance), false);
        assert_eq!(found.state, State::Diverging);
        assert!(found.evidence.starts_with("The loss shot up to 90.0 at step 3"), "{}", found.evidence);
        assert_eq!(judge(&[2.31; 400], Some(chance), false).state, State::Plateaued);
        let poor_start: Vec<f32> = (0..400).map(|step| 2.0 + 30.0 * (-0.02 * step as f32).exp()).collect();
        assert_ne!(judge(&poor_start, Some(chance), false).state, State::Diverging, "it began up there");
    }

    #[test]
    fn a_curve_that_fell_at_once_is_measured_against_chance() {
        let losses = vec![0.05; 300];
        assert_eq!(judge(&losses, None, false).state, State::Plateaued);
        assert_eq!(judge(&losses, Some(10f64.ln()), false).state, State::Converged);
    }

    /// Recorded by the proof of the diagnosis: see `tests/fixtures/convergence/README.md`.
    #[test]
    fn real_curves_are_judged_by_what_was_planted() {
        #[derive(Deserialize)]
        struct Recorded {
            plant: String,
            seed: u64,
            chance: Option<f64>,
            steps: usize,
            right: Vec<State>,
        }
        let index: Vec<Recorded> =
            serde_json::from_str(include_str!("../../tests/fixtures/convergence/curves.json")).unwrap();
        let bytes = include_bytes!("../../tests/fixtures/convergence/curves.f32");
        let mut losses = bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()));
        assert!(index.len() >= 25);
        for Recorded { plant, seed, chance, steps, right } in index {
            let curve: Vec<f32> = losses.by_ref().take(steps).collect();
            let found = judge(&curve, chance, false);
            assert!(right.contains(&found.state), "{plant} {seed}: {:?}, {}", found.state, found.evidence);
        }
        assert_eq!(losses.next(), None);
    }

    #[test]
    fn who_begins_worse_than_guessing_is_on_the_way_or_stuck() {
        let chance = Some(10f64.ln());
        let noise = |step: usize| 0.02 * (step as f32 * 1.7).sin();
        let from_3: Vec<f32> = (0..100).map(|step| 3.0 - 0.006 * step as f32 + noise(step)).collect();
        let found = judge(&from_3, chance, false);
        assert_eq!(found.state, State::Decreasing, "{}", found.evidence);
        assert!(found.evidence.contains("no better than guessing yet (2.303)"), "{}", found.evidence);
        let flat: Vec<f32> = (0..100).map(|step| 2.6 + noise(step)).collect();
        assert_eq!(judge(&flat, chance, false).state, State::Plateaued);
        let rising: Vec<f32> = (0..100).map(|step| 2.6 + 0.01 * step as f32 + noise(step)).collect();
        assert_eq!(judge(&rising, chance, false).state, State::Diverging);
    }

    #[test]
    fn who_says_the_same_of_everything_has_not_settled() {
        let falls = |step: usize| 0.5 + 1.5 * (-0.05 * step as f32).exp() + 0.01 * (step % 3) as f32;
        let mut losses: Vec<f32> = (0..600).map(falls).collect();
        assert_eq!(judge(&losses, None, false).state, State::Converged);
        assert_eq!(judge(&losses, None, true).state, State::Plateaued);
        losses[2] = 80.0;
        let found = judge(&losses, None, true);
        assert_eq!(found.state, State::Diverging);
        assert!(found.evidence.starts_with("The loss shot up to 80.0 at step 3"), "{}", found.evidence);
        assert_eq!(judge(&losses[..10], None, true).state, State::TooShort);
    }
}
