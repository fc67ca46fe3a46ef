//! A kangaroo: its skeleton in three poses, and how it is painted.

use super::SIDE;
use crate::data::random::Stream;
use crate::data::source::paint::{Color, Painting, Place, ink, lit, mix, near, wash};

/// Where the joints are, in heights of the upright animal: forwards and upwards of the ground beneath its hips.
#[derive(Debug, Clone, Copy)]
struct Pose {
    hip: Place,
    shoulder: Place,
    head: Place,
    muzzle: Place,
    ear: Place,
    hand: Place,
    knee: Place,
    heel: Place,
    toe: Place,
    tail: Place,
    tip: Place,
}

const UPRIGHT: Pose = Pose {
    hip: (-0.1, 0.33),
    shoulder: (0.1, 0.68),
    head: (0.17, 0.87),
    muzzle: (0.31, 0.82),
    ear: (0.1, 1.04),
    hand: (0.25, 0.5),
    knee: (0.13, 0.26),
    heel: (-0.12, 0.07),
    toe: (0.2, 0.02),
    tail: (-0.42, 0.12),
    tip: (-0.74, 0.03),
};
const GRAZING: Pose = Pose {
    hip: (-0.14, 0.42),
    shoulder: (0.28, 0.41),
    head: (0.47, 0.2),
    muzzle: (0.55, 0.07),
    ear: (0.44, 0.37),
    hand: (0.35, 0.03),
    knee: (0.08, 0.26),
    heel: (-0.14, 0.07),
    toe: (0.16, 0.02),
    tail: (-0.46, 0.22),
    tip: (-0.78, 0.04),
};
const LEAPING: Pose = Pose {
    hip: (-0.06, 0.54),
    shoulder: (0.24, 0.77),
    head: (0.37, 0.91),
    muzzle: (0.5, 0.85),
    ear: (0.29, 1.07),
    hand: (0.36, 0.58),
    knee: (0.16, 0.42),
    heel: (-0.1, 0.27),
    toe: (0.06, 0.12),
    tail: (-0.4, 0.5),
    tip: (-0.72, 0.54),
};

impl Pose {
    /// This pose with each joint moved.
    fn moved(self, mut joint: impl FnMut(Place) -> Place) -> Self {
        Self {
            hip: joint(self.hip),
            shoulder: joint(self.shoulder),
            head: joint(self.head),
            muzzle: joint(self.muzzle),
            ear: joint(self.ear),
            hand: joint(self.hand),
            knee: joint(self.knee),
            heel: joint(self.heel),
            toe: joint(self.toe),
            tail: joint(self.tail),
            tip: joint(self.tip),
        }
    }
}

/// Where an animal is in the picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Seen {
    /// Left, top, right and bottom, where a pixel reaches half of one around its middle.
    pub(super) bounds: [f32; 4],
    /// Middle of the head.
    pub(super) head: Place,
    /// Tip of the tail.
    pub(super) tail: Place,
}

/// One animal, ready to be painted.
pub(super) struct Animal {
    /// Joints in pixels.
    pose: Pose,
    /// Its height when upright, in pixels.
    size: f32,
    coat: Color,
    /// Row of the ground beneath it.
    ground: f32,
}

impl Animal {
    /// One that looks to the right (`facing` 1) or to the left (−1), grazing or not, on a ground that begins at a row.
    pub(super) fn draw(facing: f32, grazing: bool, horizon: f32, stream: &mut Stream) -> Self {
        const COATS: [Color; 4] = [[0.55, 0.38, 0.24], [0.5, 0.46, 0.42], [0.62, 0.36, 0.22], [0.38, 0.28, 0.2]];
        let side = SIDE as f32;
        let ground = stream.between(horizon + 5.0, side - 2.5);
        // The nearer the ground, the larger what stands on it.
        let near_by = (ground - horizon) / (side - horizon);
        let size = (stream.between(0.85, 1.15) * (10.0 + 25.0 * near_by)).clamp(11.0, 33.0).min(ground - 2.0);
        let form = match () {
            () if grazing => GRAZING,
            () if stream.chance(0.2) => LEAPING,
            () => UPRIGHT,
        };
        // It may stand somewhat towards the eye, and lean.
        let across = facing * size * stream.between(0.72, 1.0);
        let (sin, cos) = (0.06 * stream.normal()).sin_cos();
        let form = form.moved(|(x, y)| {
            let (x, y) = (x + 0.012 * stream.normal(), y + 0.012 * stream.normal());
            (across * (cos * x + sin * y), -size * (cos * y - sin * x))
        });
        let ends = [form.tip.0, form.muzzle.0, form.toe.0];
        let (left, right) = ends.iter().fold((0f32, 0f32), |(low, high), &x| (low.min(x), high.max(x)));
        let (first, last) = (1.5 - left, side - 2.5 - right);
        let middle = if first < last { stream.between(first, last) } else { f32::midpoint(first, last) };
        let pose = form.moved(|(x, y)| (middle + x, ground + y));
        Self { pose, size, coat: near(COATS[stream.below(4)], 0.06, stream), ground }
    }

    /// Paints it in a light and tells where it is.
    pub(super) fn paint(&self, light: f32, painting: &mut Painting) -> Seen {
        let pose = self.pose;
        let unit = self.size;
        let coat = lit(self.coat, light);
        let (dark, pale) = (lit(coat, 0.68), mix(coat, lit([0.86, 0.78, 0.66], light), 0.55));
        let shadow = (0.5 * (pose.heel.0 + pose.toe.0), self.ground + 0.02 * unit);
        painting.ellipse(shadow, (0.42 * unit, 0.06 * unit + 0.5), 0.0, wash([0.05, 0.05, 0.02], 0.4));

        let mut body =
            Body { painting, unit, bounds: [f32::INFINITY, f32::INFINITY, f32::NEG_INFINITY, f32::NEG_INFINITY] };
        let off = |(x, y): Place, right: f32, up: f32| (x + right * unit, y - up * unit);
        // What is on the far side comes first and is darker.
        body.limb(off(pose.knee, 0.03, 0.02), off(pose.heel, 0.05, 0.0), (0.06, 0.04), dark);
        body.limb(off(pose.heel, 0.05, 0.0), off(pose.toe, 0.05, 0.0), (0.04, 0.03), dark);
        body.limb(pose.shoulder, off(pose.hand, -0.03, 0.03), (0.045, 0.03), dark);
        body.limb(pose.head, off(pose.ear, -0.05, 0.0), (0.035, 0.02), dark);
        body.limb(pose.hip, pose.tail, (0.1, 0.055), mix(coat, dark, 0.3));
        body.limb(pose.tail, pose.tip, (0.055, 0.025), mix(coat, dark, 0.4));
        body.limb(pose.hip, pose.shoulder, (0.175, 0.105), coat);
        // Belly and breast are pale.
        let belly = |a: Place, b: Place, share: f32| (a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share);
        let (from, to) = (belly(pose.hip, pose.knee, 0.35), belly(pose.shoulder, pose.hand, 0.2));
        body.limb(from, to, (0.09, 0.05), pale);
        body.limb(pose.hip, pose.knee, (0.15, 0.085), mix(coat, dark, 0.15));
        body.limb(pose.knee, pose.heel, (0.065, 0.045), coat);
        body.limb(pose.heel, pose.toe, (0.042, 0.03), dark);
        body.limb(pose.shoulder, pose.head, (0.09, 0.065), coat);
        body.limb(pose.shoulder, pose.hand, (0.05, 0.03), mix(coat, dark, 0.35));
        body.limb(pose.head, pose.ear, (0.04, 0.018), mix(coat, pale, 0.3));
        body.limb(pose.head, pose.muzzle, (0.075, 0.042), coat);
        let bounds = body.bounds;
        let nose = lit([0.1, 0.07, 0.06], light);
        if unit > 16.0 {
            painting.ellipse(pose.muzzle, (0.035 * unit, 0.035 * unit), 0.0, wash(nose, 0.8));
            let eye = belly(off(pose.head, 0.0, 0.02), pose.muzzle, 0.25);
            painting.ellipse(eye, (0.022 * unit, 0.022 * unit), 0.0, ink(nose));
        }
        Seen { bounds, head: belly(pose.head, pose.muzzle, 0.3), tail: pose.tip }
    }
}

/// What is painted of an animal, and how far it reaches.
struct Body<'a> {
    painting: &'a mut Painting,
    unit: f32,
    bounds: [f32; 4],
}

impl Body<'_> {
    /// A limb whose radii are in heights.
    fn limb(&mut self, from: Place, to: Place, radii: (f32, f32), color: Color) {
        // Thinner than this, nothing would be left of it on a small animal.
        let radii = ((radii.0 * self.unit).max(0.45), (radii.1 * self.unit).max(0.35));
        self.painting.limb(from, to, radii, ink(color));
        let [left, top, right, bottom] = &mut self.bounds;
        for ((x, y), radius) in [(from, radii.0), (to, radii.1)] {
            (*left, *top) = (left.min(x - radius), top.min(y - radius));
            (*right, *bottom) = (right.max(x + radius), bottom.max(y + radius));
        }
    }
}
