//! What is around a traffic light: sky, houses, trees, traffic, and the air between it and the eye.

use super::SIDE;
use crate::data::random::Stream;
use crate::data::source::paint::{Color, Painting, Place, ink, lit, mix, near, wash};

const END: f32 = SIDE as f32;

/// The light of the day, and what the air does to it.
pub(super) struct Weather {
    /// Of the sky at its top and at the horizon.
    sky: (Color, Color),
    /// How much of the daylight there is, from 0 to 1.
    pub(super) daylight: f32,
    /// Row of the horizon.
    horizon: f32,
    /// Share of gray air before everything.
    haze: f32,
    /// Streaks of rain.
    rain: usize,
    /// A low sun in the picture: where it is and how strong.
    sun: Option<Sun>,
    /// Standard deviation of the blur in pixels.
    pub(super) blur: f32,
    /// Standard deviation of the noise.
    pub(super) grain: f32,
}

/// Where a low sun stands.
enum Sun {
    /// Anywhere.
    At(Place, f32),
    /// Right behind the lamp that is lit.
    Behind(f32),
}

impl Weather {
    /// Fair and foul days, some at dusk.
    pub(super) fn by_day(stream: &mut Stream) -> Self {
        const SKIES: [(Color, Color); 4] = [
            ([0.35, 0.58, 0.9], [0.72, 0.84, 0.95]),
            ([0.62, 0.66, 0.72], [0.78, 0.8, 0.82]),
            ([0.5, 0.56, 0.72], [0.95, 0.72, 0.52]),
            ([0.5, 0.68, 0.86], [0.9, 0.9, 0.86]),
        ];
        let dusk = stream.chance(0.25);
        let (top, bottom) = SKIES[if dusk { 2 } else { stream.below(4) }];
        let sun = match stream.unit() {
            unit if unit < 0.04 => Some(Sun::Behind(stream.between(1.2, 3.5))),
            unit if unit < 0.15 => {
                let at = (stream.between(0.0, END), stream.between(0.0, 0.6 * END));
                Some(Sun::At(at, stream.between(0.3, 1.0)))
            }
            _ => None,
        };
        Self {
            sky: (near(top, 0.08, stream), near(bottom, 0.08, stream)),
            daylight: if dusk { stream.between(0.25, 0.55) } else { stream.between(0.75, 1.0) },
            horizon: stream.between(20.0, 28.0),
            haze: if stream.chance(0.15) { stream.between(0.15, 0.6) } else { 0.0 },
            rain: if stream.chance(0.18) { 10 + stream.below(30) } else { 0 },
            sun,
            blur: stream.between(0.2, 0.65),
            grain: stream.between(0.008, 0.035),
        }
    }

    /// Nights, in which lamps are all that is seen well.
    pub(super) fn by_night(stream: &mut Stream) -> Self {
        Self {
            sky: (near([0.05, 0.06, 0.14], 0.03, stream), near([0.16, 0.14, 0.16], 0.06, stream)),
            daylight: stream.between(0.08, 0.22),
            horizon: stream.between(20.0, 28.0),
            haze: if stream.chance(0.2) { stream.between(0.05, 0.25) } else { 0.0 },
            rain: if stream.chance(0.25) { 10 + stream.below(30) } else { 0 },
            sun: None,
            blur: stream.between(0.3, 0.85),
            grain: stream.between(0.012, 0.05),
        }
    }

    /// Whether lamps outshine everything.
    pub(super) fn is_night(&self) -> bool {
        self.daylight < 0.24
    }
}

/// Everything behind the light.
pub(super) fn background(weather: &Weather, stream: &mut Stream) -> Painting {
    let (top, bottom) = weather.sky;
    let road = near([0.36, 0.36, 0.38], 0.06, stream);
    let horizon = weather.horizon;
    // The sky has its own light, what it shines upon has what the day leaves.
    let shade = |color: Color| lit(color, weather.daylight);
    let sky_light = weather.daylight.max(if weather.is_night() { 1.0 } else { 0.55 });
    let mut painting = Painting::new(SIDE, SIDE, |_, y| {
        let sky = lit(mix(top, bottom, (y / horizon).clamp(0.0, 1.0)), sky_light);
        mix(sky, shade(lit(road, 0.8 + 0.01 * y)), (y - horizon + 0.5).clamp(0.0, 1.0))
    });
    if !weather.is_night() {
        for _ in 0..stream.below(3) {
            let at = (stream.between(0.0, END), stream.between(1.0, 12.0));
            painting.ellipse(at, (stream.between(3.0, 8.0), stream.between(1.0, 2.5)), 0.0, wash([0.95; 3], 0.35));
        }
    }
    for _ in 0..=stream.below(4) {
        house(weather, &mut painting, stream);
    }
    for _ in 0..stream.below(4) {
        let middle = (stream.between(-2.0, END + 2.0), horizon - stream.between(1.0, 6.0));
        let leaves = shade(near([0.2, 0.42, 0.16], 0.08, stream));
        painting.limb(middle, (middle.0, horizon + 0.5), (0.5, 0.7), ink(shade([0.3, 0.22, 0.15])));
        for _ in 0..4 {
            let at = (middle.0 + 1.6 * stream.normal(), middle.1 + 1.3 * stream.normal());
            let axes = (stream.between(1.2, 3.0), stream.between(1.2, 2.6));
            painting.ellipse(at, axes, 0.0, ink(lit(leaves, stream.between(0.8, 1.25))));
        }
    }
    traffic(weather, &mut painting, stream);
    painting
}

fn house(weather: &Weather, painting: &mut Painting, stream: &mut Stream) {
    const WALLS: [Color; 5] =
        [[0.55, 0.55, 0.56], [0.55, 0.3, 0.24], [0.74, 0.66, 0.5], [0.4, 0.48, 0.56], [0.82, 0.8, 0.76]];
    let wall = near(lit(WALLS[stream.below(WALLS.len())], weather.daylight), 0.04 * weather.daylight, stream);
    let (width, height) = (stream.between(2.5, 6.0), stream.between(4.0, 22.0));
    let middle = stream.between(0.0, END);
    let roof = weather.horizon - height;
    painting.rectangle((middle, weather.horizon - height / 2.0), (width, height / 2.0), 0.0, 0.0, ink(wall));
    let lights = weather.daylight < 0.6;
    for row in 0..(height / 2.6) as usize {
        for column in 0..(width / 1.2) as usize {
            let at = (middle - width + 1.4 + 2.4 * column as f32, roof + 1.6 + 2.6 * row as f32);
            if at.0 > middle + width - 0.8 || at.1 > weather.horizon - 1.0 {
                continue;
            }
            let shines = lights && stream.chance(0.3);
            let glass = if shines {
                lit([1.0, 0.85, 0.5], stream.between(0.4, 0.9))
            } else {
                lit(wall, stream.between(0.45, 0.75))
            };
            painting.rectangle(at, (0.55, 0.7), 0.0, 0.0, ink(glass));
        }
    }
}

/// Cars whose lamps shine red, signs, and street lamps at night.
fn traffic(weather: &Weather, painting: &mut Painting, stream: &mut Stream) {
    let shade = |color: Color| lit(color, weather.daylight);
    let below = END - weather.horizon;
    for _ in 0..stream.below(3) {
        let at = (stream.between(0.0, END), weather.horizon + stream.between(0.2, 0.6) * below);
        let size = stream.between(1.5, 3.0);
        let paint = shade([stream.between(0.1, 0.8), stream.between(0.1, 0.6), stream.between(0.1, 0.7)]);
        painting.rectangle(at, (size, 0.55 * size), 0.4 * size, 0.0, ink(paint));
        painting.rectangle(
            (at.0, at.1 - 0.55 * size),
            (0.7 * size, 0.35 * size),
            0.2,
            0.0,
            ink(shade([0.15, 0.18, 0.22])),
        );
        if stream.chance(0.6) {
            let brightness = stream.between(0.5, 1.0);
            for side in [-0.75, 0.75] {
                let lamp = (at.0 + side * size, at.1);
                painting.ellipse(lamp, (0.6, 0.45), 0.0, ink(lit([1.0, 0.1, 0.08], brightness)));
                if weather.is_night() {
                    painting.glow(lamp, 1.2, [1.0, 0.1, 0.08], 0.5 * brightness);
                }
            }
        }
    }
    if stream.chance(0.2) {
        const SIGNS: [Color; 4] = [[0.8, 0.12, 0.12], [0.95, 0.6, 0.1], [0.1, 0.45, 0.25], [0.15, 0.3, 0.7]];
        let at = (stream.between(1.0, END - 1.0), stream.between(8.0, weather.horizon));
        let size = stream.between(1.2, 2.2);
        painting.limb(at, (at.0, weather.horizon + 1.0), (0.35, 0.35), ink(shade([0.5; 3])));
        painting.ellipse(at, (size, size), 0.0, ink(shade(SIGNS[stream.below(4)])));
        painting.ellipse(at, (0.55 * size, 0.55 * size), 0.0, ink(shade([0.92; 3])));
    }
    if weather.is_night() {
        for _ in 0..stream.below(4) {
            let at = (stream.between(0.0, END), stream.between(2.0, weather.horizon));
            let lamp = if stream.chance(0.6) { [1.0, 0.66, 0.3] } else { [0.9, 0.95, 1.0] };
            painting.ellipse(at, (0.7, 0.5), 0.0, ink(lamp));
            painting.glow(at, stream.between(1.0, 2.5), lamp, stream.between(0.2, 0.5));
        }
    }
}

/// What lies between the light and the eye; `lamp` is where it shines.
pub(super) fn air(weather: &Weather, lamp: Place, painting: &mut Painting, stream: &mut Stream) {
    if weather.haze > 0.0 {
        let gray = lit([0.8, 0.82, 0.85], weather.daylight.max(0.3));
        painting.change(|_, _, pixel| *pixel = mix(*pixel, gray, weather.haze));
    }
    match weather.sun {
        Some(Sun::At(at, strength)) => painting.glow(at, stream.between(3.0, 7.0), [1.0, 0.95, 0.82], strength),
        Some(Sun::Behind(strength)) => {
            let at = (lamp.0 + 1.5 * stream.normal(), lamp.1 + 1.5 * stream.normal());
            painting.glow(at, stream.between(4.0, 9.0), [1.0, 0.95, 0.85], strength);
        }
        None => {}
    }
    let wet = lit([0.8, 0.84, 0.9], weather.daylight.max(0.35));
    let wind = stream.between(-0.5, 0.5);
    for _ in 0..weather.rain {
        let (x, y, length) = (stream.between(0.0, END), stream.between(-2.0, END), stream.between(1.5, 4.0));
        painting.limb((x, y), (x + wind * length, y + length), (0.25, 0.25), wash(wet, stream.between(0.3, 0.7)));
    }
}
