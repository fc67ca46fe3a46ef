//! A traffic light: its housing, its lamps, and what the lit one shows.

use super::SIDE;
use super::scene::Weather;
use crate::data::random::Stream;
use crate::data::source::paint::{Color, Ink, Painting, Place, ink, lit, mix, wash};

/// Shapes of the housing.
pub(super) const SHAPES: [&str; 3] = ["vertical", "horizontal", "pedestrian"];
/// What a lit lamp shows.
pub(super) const ARROWS: [&str; 4] = ["none", "left", "straight", "right"];

const HORIZONTAL: usize = 1;
const PEDESTRIAN: usize = 2;

/// Red, orange, green.
const LAMPS: [Color; 3] = [[1.0, 0.12, 0.1], [1.0, 0.58, 0.06], [0.12, 0.92, 0.42]];

/// Black, gray, green, yellow.
const HOUSINGS: [Color; 4] = [[0.1, 0.1, 0.11], [0.2, 0.21, 0.22], [0.1, 0.2, 0.15], [0.72, 0.58, 0.12]];

/// One traffic light.
pub(super) struct Signal {
    /// Which lamp is lit, as a place among the colors.
    color: usize,
    /// A place in [`SHAPES`].
    pub(super) shape: usize,
    /// A place in [`ARROWS`].
    pub(super) arrow: usize,
    middle: Place,
    /// Radius of a lamp in pixels.
    radius: f32,
    /// Sine and cosine of the tilt.
    tilt: (f32, f32),
    angle: f32,
    /// From red lamps to orange ones and back: how far the lit one has aged, as a share of the way.
    aged: f32,
}

impl Signal {
    /// One whose lit lamp has this color.
    pub(super) fn draw(color: usize, stream: &mut Stream) -> Self {
        let shape = match stream.unit() {
            unit if unit < 0.5 => 0,
            unit if unit < 0.72 || color == 1 => HORIZONTAL,
            _ => PEDESTRIAN,
        };
        let arrow = if shape == PEDESTRIAN || stream.chance(0.42) { 0 } else { 1 + stream.below(3) };
        // An arrow that is too small to be read would be no task for anybody.
        let radius = match () {
            () if stream.chance(0.08) => stream.between(1.1, 1.7),
            () if arrow > 0 => stream.between(2.3, 3.9),
            () => stream.between(1.8, 3.9),
        };
        let angle = (0.07 * stream.normal()).clamp(-0.22, 0.22);
        let aged = if stream.chance(0.07) { stream.between(0.3, 0.65) } else { stream.between(0.0, 0.2) };
        let mut signal = Self { color, shape, arrow, middle: (0.0, 0.0), radius, tilt: angle.sin_cos(), angle, aged };
        let (across, down) = signal.half();
        let free = |half: f32| (SIDE as f32 / 2.0 - half - 0.5).max(0.0);
        let middle = (SIDE as f32 - 1.0) / 2.0;
        // Lights hang high rather than low.
        let up = stream.between(-free(down), free(down)).min(stream.between(-free(down), free(down)));
        signal.middle = (middle + stream.between(-free(across), free(across)), middle + up);
        signal
    }

    /// Half of the housing's sides.
    fn half(&self) -> (f32, f32) {
        let radius = self.radius;
        match self.shape {
            HORIZONTAL => (3.75 * radius, 1.4 * radius),
            PEDESTRIAN => (1.45 * radius, 2.6 * radius),
            _ => (1.4 * radius, 3.75 * radius),
        }
    }

    /// Where something lies that is so many radii to the right and downwards of the housing's middle.
    fn at(&self, (x, y): Place) -> Place {
        let (sin, cos) = self.tilt;
        let (x, y) = (self.radius * x, self.radius * y);
        (self.middle.0 + cos * x - sin * y, self.middle.1 + sin * x + cos * y)
    }

    /// The middle of a lamp in radii from the housing's.
    fn lamp_of(&self, color: usize) -> Place {
        let place = color as f32 - 1.0;
        match self.shape {
            HORIZONTAL => (2.35 * place, 0.0),
            PEDESTRIAN => (0.0, 1.25 * place),
            _ => (0.0, 2.35 * place),
        }
    }

    /// Where the lit lamp is.
    pub(super) fn lamp(&self) -> Place {
        self.at(self.lamp_of(self.color))
    }

    /// Paints pole, housing and lamps.
    pub(super) fn paint(&self, weather: &Weather, painting: &mut Painting, stream: &mut Stream) {
        let shade = |color: Color| lit(color, weather.daylight);
        let metal = ink(shade([0.3, 0.31, 0.33]));
        let thick = 0.3 * self.radius;
        let foot = (self.middle.0 + stream.between(-1.0, 1.0), SIDE as f32 + 2.0);
        if self.shape == HORIZONTAL && stream.chance(0.7) {
            // It hangs from an arm.
            let side = if stream.chance(0.5) { -3.0 } else { SIDE as f32 + 3.0 };
            painting.limb((side, self.middle.1), self.middle, (thick, thick), metal);
        } else {
            painting.limb(self.middle, foot, (thick, thick), metal);
        }
        let housing = shade(HOUSINGS[[0, 0, 1, 1, 2, 3][stream.below(6)]]);
        let (across, down) = self.half();
        if self.shape != PEDESTRIAN && stream.chance(0.35) {
            let (wide, high) = (across + 0.45 * self.radius, down + 0.45 * self.radius);
            painting.rectangle(self.middle, (wide + 0.5, high + 0.5), 1.0, self.angle, ink(shade([0.85; 3])));
            painting.rectangle(self.middle, (wide, high), 0.8, self.angle, ink(shade([0.08; 3])));
        }
        painting.rectangle(self.middle, (across, down), 0.5 * self.radius, self.angle, ink(housing));
        for color in (0..3).filter(|color| self.shape != PEDESTRIAN || *color != 1) {
            if color == self.color {
                continue;
            }
            let glass = lit(LAMPS[color], 0.16 * weather.daylight.max(0.2));
            painting.ellipse(self.at(self.lamp_of(color)), (self.radius, self.radius), 0.0, ink(glass));
            self.visor(color, housing, painting);
        }
        self.shine(weather, housing, painting, stream);
    }

    /// The roof over a lamp, where it is near enough to be seen.
    fn visor(&self, color: usize, housing: Color, painting: &mut Painting) {
        if self.radius > 2.4 && self.shape != PEDESTRIAN {
            let (x, y) = self.lamp_of(color);
            let (from, to) = (self.at((x - 0.75, y - 0.85)), self.at((x + 0.75, y - 0.85)));
            painting.limb(from, to, (0.22 * self.radius, 0.22 * self.radius), ink(lit(housing, 0.6)));
        }
    }

    fn shine(&self, weather: &Weather, housing: Color, painting: &mut Painting, stream: &mut Stream) {
        let other = if self.color == 0 { LAMPS[1] } else { LAMPS[0] };
        let aged = if self.color == 2 { 0.0 } else { self.aged };
        let light = mix(LAMPS[self.color], other, aged);
        let light = lit(light, if weather.is_night() { 1.1 } else { stream.between(0.82, 1.08) });
        let (middle, radius) = (self.lamp(), self.radius);
        let shows_figure = self.shape == PEDESTRIAN || self.arrow > 0;
        if shows_figure {
            painting.ellipse(middle, (radius, radius), 0.0, ink(mix(lit(housing, 0.5), light, 0.06)));
            let thick = (0.17 * radius).max(0.4);
            if self.shape == PEDESTRIAN {
                self.figure(ink(light), painting);
            } else {
                self.arrow(thick, ink(light), painting);
            }
        } else {
            painting.ellipse(middle, (radius, radius), 0.0, ink(light));
            // The middle of a bright lamp is nearly white.
            painting.ellipse(middle, (0.5 * radius, 0.5 * radius), 0.0, wash(mix(light, [1.0; 3], 0.6), 0.7));
        }
        self.visor(self.color, housing, painting);
        let strength = match weather.daylight {
            daylight if daylight > 0.6 => 0.1,
            daylight if daylight > 0.24 => 0.3,
            _ => 0.55,
        };
        let strength = strength * if shows_figure { 0.6 } else { 1.0 };
        painting.glow(middle, 1.4 * radius, light, strength * stream.between(0.6, 1.2));
        if weather.is_night() && stream.chance(0.4) {
            let (foot, end) = (SIDE as f32 - 5.0, SIDE as f32);
            painting.limb((middle.0, foot), (middle.0, end), (0.8, 1.2), wash(light, 0.35));
        }
    }

    /// An arrow upwards, turned to the side that it points to.
    fn arrow(&self, thick: f32, ink: Ink, painting: &mut Painting) {
        let lamp = self.lamp_of(self.color);
        let turned = |(x, y): Place| {
            let (x, y) = match self.arrow {
                1 => (y, -x),
                3 => (-y, x),
                _ => (x, y),
            };
            self.at((lamp.0 + x, lamp.1 + y))
        };
        let tip = turned((0.0, -0.72));
        painting.limb(turned((0.0, 0.7)), tip, (thick, thick), ink);
        for side in [-0.55, 0.55] {
            painting.limb(tip, turned((side, -0.1)), (thick, thick), ink);
        }
    }

    /// Somebody who stands, or walks.
    fn figure(&self, ink: Ink, painting: &mut Painting) {
        let lamp = self.lamp_of(self.color);
        let at = |x: f32, y: f32| self.at((lamp.0 + x, lamp.1 + y));
        let radius = self.radius;
        let limb = (0.15 * radius).max(0.4);
        painting.ellipse(at(0.0, -0.68), (0.22 * radius, 0.22 * radius), 0.0, ink);
        painting.limb(at(0.0, -0.3), at(0.0, 0.15), (0.24 * radius, 0.2 * radius), ink);
        let (step, swing) = if self.color == 0 { (0.14, 0.3) } else { (0.5, 0.6) };
        for side in [-1.0, 1.0] {
            painting.limb(at(0.1 * side, 0.15), at(step * side, 0.85), (limb, limb), ink);
            painting.limb(at(0.15 * side, -0.3), at(swing * side, 0.2), (0.8 * limb, 0.8 * limb), ink);
        }
    }
}
