//! How colors look to people who see fewer of them, so that themes can be checked: a test may use it and nothing else.

/// Kinds of color vision, as what each makes of linear red, green and blue: full dichromacy by Machado, Oliveira and
/// Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), table for severity 1.0.
pub(super) const VISIONS: [(&str, [[f64; 3]; 3]); 4] = [
    ("full", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protanopia",
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    ),
    (
        "deuteranopia",
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
    ),
    (
        "tritanopia",
        [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]],
    ),
];

/// How different two sRGB colors look to someone: the distance in CIE 1976 L*a*b*, in which 2.3 is just noticeable.
pub(super) fn difference(a: [u8; 3], b: [u8; 3], vision: [[f64; 3]; 3]) -> f64 {
    let (a, b) = (lab(seen(a, vision)), lab(seen(b, vision)));
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

/// Linear red, green and blue as they are seen.
fn seen(color: [u8; 3], vision: [[f64; 3]; 3]) -> [f64; 3] {
    let linear = color.map(|byte| {
        let part = f64::from(byte) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    vision.map(|row| row.iter().zip(linear).map(|(weight, part)| weight * part).sum::<f64>().clamp(0.0, 1.0))
}

/// From linear sRGB to L*a*b* under D65 (IEC 61966-2-1, CIE 15).
fn lab([red, green, blue]: [f64; 3]) -> [f64; 3] {
    let x = (0.412_456_4 * red + 0.357_576_1 * green + 0.180_437_5 * blue) / 0.950_47;
    let y = 0.212_672_9 * red + 0.715_152_2 * green + 0.072_175_0 * blue;
    let z = (0.019_333_9 * red + 0.119_192_0 * green + 0.950_304_1 * blue) / 1.088_83;
    let root = |t: f64| if t > 216.0 / 24_389.0 { t.cbrt() } else { (24_389.0 / 27.0 * t + 16.0) / 116.0 };
    let (x, y, z) = (root(x), root(y), root(z));
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

#[test]
fn differences_are_those_of_the_standard() {
    let full = VISIONS[0].1;
    assert!((difference([255; 3], [0; 3], full) - 100.0).abs() < 0.01);
    // L*a*b* of sRGB red is 53.24, 80.09, 67.20, that of green 87.73, -86.18, 83.18.
    assert!((difference([255, 0, 0], [0, 255, 0], full) - 170.6).abs() < 0.1);
    // Who lacks a cone for green takes this green for this red's brown.
    let red_and_green = |vision: usize| difference([170, 80, 60], [110, 110, 50], VISIONS[vision].1);
    assert!(red_and_green(2) < 0.5 * red_and_green(0));
}
