//! Where kangaroos live: sky and hills, grass, trees, bushes, birds, and things that from afar could be one.

use super::SIDE;
use crate::data::random::Stream;
use crate::data::source::paint::{Color, Painting, ink, lit, mix, near, wash};

const END: f32 = SIDE as f32;

/// The light and the land.
pub(super) struct Land {
    /// How light it is, up to 1.
    pub(super) light: f32,
    /// Row where the ground begins.
    pub(super) horizon: f32,
    sky: (Color, Color),
    grass: Color,
    /// Of the air: its color, and how much of it there is.
    tint: (Color, f32),
}

impl Land {
    /// By day.
    pub(super) fn by_day(stream: &mut Stream) -> Self {
        const SKIES: [(Color, Color); 3] = [
            ([0.36, 0.6, 0.9], [0.76, 0.87, 0.95]),
            ([0.66, 0.7, 0.76], [0.82, 0.84, 0.85]),
            ([0.5, 0.66, 0.86], [0.94, 0.9, 0.8]),
        ];
        let (top, bottom) = SKIES[stream.below(3)];
        Self {
            light: stream.between(0.8, 1.05),
            tint: ([0.9, 0.88, 0.8], stream.between(0.0, 0.12)),
            ..Self::of((top, bottom), stream)
        }
    }

    /// When the sun has gone, and coats and grass look much alike.
    pub(super) fn at_dusk(stream: &mut Stream) -> Self {
        Self {
            light: stream.between(0.3, 0.5),
            tint: ([0.45, 0.3, 0.3], stream.between(0.1, 0.3)),
            ..Self::of(([0.3, 0.3, 0.5], [0.95, 0.6, 0.4]), stream)
        }
    }

    fn of((top, bottom): (Color, Color), stream: &mut Stream) -> Self {
        const GRASSES: [Color; 4] = [[0.42, 0.52, 0.24], [0.66, 0.58, 0.32], [0.56, 0.55, 0.3], [0.62, 0.46, 0.3]];
        Self {
            light: 1.0,
            horizon: stream.between(13.0, 24.0),
            sky: (near(top, 0.06, stream), near(bottom, 0.06, stream)),
            grass: near(GRASSES[stream.below(4)], 0.05, stream),
            tint: ([0.0; 3], 0.0),
        }
    }

    fn shade(&self, color: Color) -> Color {
        lit(color, self.light)
    }

    /// Sky, hills and bare ground.
    pub(super) fn begin(&self, stream: &mut Stream) -> Painting {
        let ((top, bottom), horizon) = (self.sky, self.horizon);
        let bright = self.light.max(0.7);
        let (far, close) = (self.shade(lit(self.grass, 1.08)), self.shade(lit(self.grass, 0.86)));
        let mut painting = Painting::new(SIDE, SIDE, |_, y| {
            let sky = lit(mix(top, bottom, (y / horizon).clamp(0.0, 1.0)), bright);
            let ground = mix(far, close, (y - horizon) / (END - horizon));
            mix(sky, ground, (y - horizon + 0.5).clamp(0.0, 1.0))
        });
        for _ in 0..stream.below(3) {
            let at = (stream.between(0.0, END), stream.between(2.0, 0.6 * horizon));
            painting.ellipse(
                at,
                (stream.between(4.0, 10.0), stream.between(1.0, 2.2)),
                0.0,
                wash(lit([0.97; 3], bright), 0.4),
            );
        }
        let hills = mix(self.shade([0.36, 0.44, 0.5]), lit(bottom, bright), 0.35);
        for _ in 0..stream.below(3) {
            let at = (stream.between(0.0, END), horizon + 1.0);
            let axes = (stream.between(10.0, 24.0), stream.between(2.0, 6.0));
            painting.shape(at, axes.0, ink(hills), |x, y| {
                let across = ((x - at.0) / axes.0).clamp(-1.0, 1.0);
                let crest = at.1 - axes.1 * (1.0 - across * across);
                (crest - y).max(y - horizon)
            });
        }
        painting
    }

    /// Blades of grass on a stretch of rows, as many as `share` says of a full stand.
    pub(super) fn grass(&self, rows: std::ops::Range<f32>, share: f32, painting: &mut Painting, stream: &mut Stream) {
        let count = (share * 5.0 * (rows.end - rows.start).max(0.0)) as usize;
        for _ in 0..count {
            let (x, y) = (stream.between(0.0, END), stream.between(rows.start, rows.end));
            let close = ((y - self.horizon) / (END - self.horizon)).clamp(0.0, 1.0);
            let length = 0.6 + 3.0 * close * stream.between(0.5, 1.2);
            let blade = self.shade(lit(self.grass, stream.between(0.68, 1.3)));
            let lean = 0.35 * stream.normal() * length;
            painting.limb((x, y), (x + lean, y - length), (0.3, 0.15), wash(blade, 0.75));
        }
    }

    /// A tree that stands on the ground.
    pub(super) fn tree(&self, painting: &mut Painting, stream: &mut Stream) {
        let foot = (stream.between(2.0, END - 2.0), self.horizon + stream.between(0.5, 7.0));
        let height = stream.between(9.0, 19.0);
        let trunk = self.shade(near([0.42, 0.34, 0.27], 0.06, stream));
        let top = (foot.0 + stream.between(-2.0, 2.0), foot.1 - height);
        let thick = stream.between(0.6, 1.1);
        painting.limb(foot, top, (thick, 0.6 * thick), ink(trunk));
        let leaves = self.shade(near([0.3, 0.42, 0.22], 0.06, stream));
        for _ in 0..7 {
            let at = (top.0 + 2.6 * stream.normal(), top.1 + 1.5 + 1.4 * stream.normal());
            let axes = (stream.between(1.8, 3.8), stream.between(1.2, 2.4));
            painting.ellipse(at, axes, 0.0, ink(lit(leaves, stream.between(0.78, 1.25))));
        }
    }

    /// A bush whose foot is at a row.
    pub(super) fn bush(&self, row: f32, painting: &mut Painting, stream: &mut Stream) {
        let close = ((row - self.horizon) / (END - self.horizon)).clamp(0.0, 1.0);
        let size = (2.3 + 3.6 * close) * stream.between(0.85, 1.25);
        let middle = stream.between(0.0, END);
        let leaves = self.shade(near([0.26, 0.38, 0.2], 0.06, stream));
        for _ in 0..9 {
            let at = (middle + 0.7 * size * stream.normal(), row - size * stream.between(0.2, 1.0));
            let radius = size * stream.between(0.3, 0.55);
            painting.ellipse(at, (radius, 0.85 * radius), 0.0, ink(lit(leaves, stream.between(0.7, 1.3))));
        }
    }

    /// A bird in the sky.
    pub(super) fn bird(&self, painting: &mut Painting, stream: &mut Stream) {
        let middle = (stream.between(4.0, END - 4.0), stream.between(2.5, (self.horizon - 4.0).max(4.0)));
        let (span, lift) = (stream.between(2.4, 4.2), stream.between(0.6, 2.2));
        let feathers = self.shade(if stream.chance(0.5) { [0.12, 0.12, 0.14] } else { [0.96, 0.94, 0.9] });
        for side in [-1.0, 1.0] {
            let bend = (middle.0 + 0.45 * side * span, middle.1 - lift);
            painting.limb(middle, bend, (0.55, 0.5), ink(feathers));
            painting.limb(bend, (middle.0 + side * span, middle.1 - 0.5 * lift), (0.5, 0.25), ink(feathers));
        }
        painting.ellipse(middle, (0.9, 0.6), 0.0, ink(feathers));
    }

    /// A stone, a log or a mound of termites, of colors that coats have, too.
    pub(super) fn thing(&self, painting: &mut Painting, stream: &mut Stream) {
        let row = stream.between(self.horizon + 3.0, END - 2.0);
        let close = (row - self.horizon) / (END - self.horizon);
        let size = (2.0 + 4.0 * close) * stream.between(0.7, 1.2);
        let x = stream.between(2.0, END - 2.0);
        let color = self.shade(near([0.5, 0.4, 0.3], 0.1, stream));
        let (dark, pale) = (lit(color, 0.7), lit(color, 1.15));
        match stream.below(3) {
            0 => {
                painting.ellipse((x, row - 0.4 * size), (size, 0.6 * size), 0.0, ink(color));
                painting.ellipse((x - 0.2 * size, row - 0.6 * size), (0.6 * size, 0.3 * size), 0.0, wash(pale, 0.7));
            }
            1 => {
                let (angle, radius) = (stream.between(-0.3, 0.3), 0.28 * size);
                let along = (1.6 * size * angle.cos(), 1.6 * size * angle.sin());
                painting.limb(
                    (x - along.0, row - radius),
                    (x + along.0, row - radius + along.1),
                    (radius, radius),
                    ink(color),
                );
                painting.ellipse((x + along.0, row - radius + along.1), (0.6 * radius, radius), 0.0, ink(pale));
            }
            _ => {
                painting.limb((x, row), (x + 0.2 * size, row - 2.0 * size), (0.8 * size, 0.3 * size), ink(color));
                painting.limb(
                    (x + 0.3 * size, row),
                    (x + 0.4 * size, row - 1.6 * size),
                    (0.4 * size, 0.2 * size),
                    wash(dark, 0.5),
                );
            }
        }
    }

    /// The air before everything.
    pub(super) fn end(&self, painting: &mut Painting) {
        let (tint, share) = self.tint;
        painting.change(|_, _, pixel| *pixel = mix(*pixel, tint, share));
    }
}
