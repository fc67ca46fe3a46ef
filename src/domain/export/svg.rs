//! The few elements of SVG that charts are made of.

use std::fmt::Write;

/// A picture under construction.
#[derive(Debug, Default)]
pub(super) struct Svg {
    body: String,
}

/// Which point of a text stands at its place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

impl Svg {
    /// A straight line; `class` names its style.
    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let _ = writeln!(
            self.body,
            r#"<line class="{class}" x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}"/>"#,
            from.0, from.1, to.0, to.1
        );
    }

    /// A rectangle; `opacity` from 0 to 1.
    pub(super) fn rect(&mut self, class: &str, corner: (f64, f64), size: (f64, f64), opacity: f64) {
        let _ = writeln!(
            self.body,
            r#"<rect class="{class}" x="{:.1}" y="{:.1}" width="{:.1}" height="{:.1}" fill-opacity="{opacity:.3}"/>"#,
            corner.0, corner.1, size.0, size.1
        );
    }

    /// A line through points.
    pub(super) fn path(&mut self, class: &str, points: &[(f64, f64)]) {
        let mut places = String::new();
        for (place, (x, y)) in points.iter().enumerate() {
            let _ = write!(places, "{}{x:.1} {y:.1}", if place == 0 { "M" } else { "L" });
        }
        if !places.is_empty() {
            let _ = writeln!(self.body, r#"<path class="{class}" d="{places}"/>"#);
        }
    }

    /// A dot.
    pub(super) fn dot(&mut self, class: &str, center: (f64, f64)) {
        let _ = writeln!(self.body, r#"<circle class="{class}" cx="{:.1}" cy="{:.1}" r="3"/>"#, center.0, center.1);
    }

    /// Text, escaped.
    pub(super) fn text(&mut self, class: &str, at: (f64, f64), anchor: Anchor, text: &str) {
        let _ = writeln!(
            self.body,
            r#"<text class="{class}" x="{:.1}" y="{:.1}" text-anchor="{}">{}</text>"#,
            at.0,
            at.1,
            anchor.word(),
            escaped(text)
        );
    }

    /// What was drawn, moved to a place.
    pub(super) fn place(&mut self, part: &Self, at: (f64, f64)) {
        let _ = writeln!(self.body, r#"<g transform="translate({:.1} {:.1})">{}</g>"#, at.0, at.1, part.body);
    }

    /// The whole picture with its styles.
    pub(super) fn finish(&self, width: f64, height: f64, title: &str) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\">\n<title>{}</title>\n<style>{STYLE}</style>\n<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n{}</svg>\n",
            escaped(title),
            self.body
        )
    }
}

/// Colors by meaning, for light and dark surroundings; blue and orange stay apart for color-blind eyes.
pub(super) const STYLE: &str = "
:root{--ground:#ffffff;--ink:#1f2430;--faint:#8a91a0;--grid:#e6e8ee;--train:#2f6fd0;--dev:#d9730d;--bad:#c4314b;--good:#2b8a57}
@media(prefers-color-scheme:dark){:root{--ground:#14171f;--ink:#e4e7ee;--faint:#8a91a0;--grid:#2a2f3c;--train:#6ea8fe;--dev:#f0a24b;--bad:#ff7a90;--good:#63c893}}
text{font:12px system-ui,sans-serif;fill:var(--ink)}.faint{fill:var(--faint)}.head{font-weight:600;font-size:14px}.badtext{fill:var(--bad);font-weight:600}
.ground{fill:var(--ground)}.grid{stroke:var(--grid);stroke-width:1}.axis{stroke:var(--faint);stroke-width:1}
path{fill:none;stroke-linejoin:round}.train{stroke:var(--train);stroke-width:1.6}.raw{stroke:var(--train);stroke-width:1;opacity:.25}.dev{stroke:var(--dev);stroke-width:1.6}
circle.devdot{fill:var(--dev)}.bar{fill:var(--train)}.badbar{fill:var(--bad)}.whisker{stroke:var(--ink);stroke-width:1.2}.cell{fill:var(--train)}.wrongcell{fill:var(--bad)}
";

/// Text that cannot end what it stands in, without control characters.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in crate::domain::text::harmless(text).chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}
