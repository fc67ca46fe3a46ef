//! Drawing with a round pen, anti-aliased.

/// A place on the canvas in pixels, and how far the pen reaches around it. Pixel centers lie at whole numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dot {
    /// Columns from the left.
    pub(super) x: f32,
    /// Rows from the top.
    pub(super) y: f32,
    /// Pen radius.
    pub(super) radius: f32,
}

/// A plane of ink from 0 (none) to 1.
pub(super) struct Canvas {
    width: usize,
    height: usize,
    /// Row after row.
    pub(super) ink: Vec<f32>,
}

impl Canvas {
    /// An empty one.
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { width, height, ink: vec![0.0; width * height] }
    }

    /// Draws through the dots in their order; ink over ink stays ink.
    pub(super) fn stroke(&mut self, dots: &[Dot], ink: f32) {
        for pair in dots.windows(2) {
            self.piece(pair[0], pair[1], ink);
        }
        if let [dot] = dots {
            self.piece(*dot, *dot, ink);
        }
    }

    /// One straight piece. A pixel's coverage is taken from how far its center is from the pen's edge, which is right to
    /// a few percent for pens wider than a pixel.
    fn piece(&mut self, from: Dot, to: Dot, ink: f32) {
        let reach = from.radius.max(to.radius) + 1.0;
        let columns = span(from.x.min(to.x) - reach, from.x.max(to.x) + reach, self.width);
        let rows = span(from.y.min(to.y) - reach, from.y.max(to.y) + reach, self.height);
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        let length = dx * dx + dy * dy;
        let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
        for row in rows {
            let y = row as f32 - from.y;
            for column in columns.clone() {
                let x = column as f32 - from.x;
                let along = ((x * dx + y * dy) * scale).clamp(0.0, 1.0);
                let (off_x, off_y) = (x - along * dx, y - along * dy);
                let radius = from.radius + (to.radius - from.radius) * along;
                let coverage = (radius + 0.5 - (off_x * off_x + off_y * off_y).sqrt()).clamp(0.0, 1.0);
                let pixel = &mut self.ink[row * self.width + column];
                *pixel = pixel.max(coverage * ink);
            }
        }
    }
}

/// The whole numbers between two places, within 0 to `end`.
fn span(low: f32, high: f32, end: usize) -> std::ops::Range<usize> {
    let low = (low.max(0.0) as usize).min(end);
    let high = ((high + 1.0).max(0.0) as usize).min(end);
    low..high.max(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(x: f32, y: f32) -> Dot {
        Dot { x, y, radius: 2.0 }
    }

    #[test]
    fn a_stroke_has_the_area_of_its_outline() {
        let mut canvas = Canvas::new(40, 20);
        canvas.stroke(&[dot(10.0, 10.0), dot(20.0, 10.0), dot(30.0, 10.0)], 1.0);
        let area: f32 = canvas.ink.iter().sum();
        let outline = 20.0 * 4.0 + std::f32::consts::PI * 4.0;
        assert!((area - outline).abs() < 0.03 * outline, "{area} is not {outline}");
        assert!(canvas.ink.iter().all(|ink| (0.0..=1.0).contains(ink)));
    }

    #[test]
    fn what_lies_outside_is_not_drawn() {
        let mut canvas = Canvas::new(8, 8);
        canvas.stroke(&[dot(-100.0, -100.0), dot(-50.0, 4.0)], 1.0);
        canvas.stroke(&[dot(500.0, 4.0)], 1.0);
        assert!(canvas.ink.iter().all(|&ink| ink == 0.0));
        canvas.stroke(&[dot(-1.0, 3.0)], 0.5);
        assert_eq!(canvas.ink[3 * 8], 0.5);
    }
}
