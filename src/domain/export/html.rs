//! A run as one HTML page that opens without a network: figures, charts, diagnosis, per-class table, settings.

use std::fmt::Write;

use crate::domain::baseline::Baseline;
use crate::domain::experiment::change::{parameters, toml_text};
use crate::domain::text::{capitalized, duration, percent, thousands};

use super::chart::{Chart, WIDTH};
use super::picture::charts;
use super::svg::escaped;
use super::{Curves, Report};

const STYLE: &str = "
body{font:16px/1.5 system-ui,sans-serif;max-width:800px;margin:2rem auto;padding:0 1rem;background:var(--ground);color:var(--ink)}
:root{--ground:#fff;--ink:#1f2430;--faint:#667085;--grid:#e6e8ee;--bad:#c4314b}
@media(prefers-color-scheme:dark){:root{--ground:#14171f;--ink:#e4e7ee;--faint:#8a91a0;--grid:#2a2f3c;--bad:#ff7a90}}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .8rem;border-bottom:1px solid var(--grid);text-align:left}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.faint{color:var(--faint)}h2.bad{color:var(--bad)}.warn{border-left:3px solid var(--bad);padding-left:.8rem}svg{max-width:100%;height:auto}code{font-size:.9em}
";

/// The page.
pub fn html(report: &Report, curves: &Curves) -> String {
    let title = escaped(&report.summary.id.0);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style>\n<h1>{title}</h1>\n"
    );
    page += &headline(report);
    page += &warnings(report);
    page += &diagnosis(report);
    for Chart { svg, height } in charts(report, curves) {
        page += &svg.finish(WIDTH, height, &report.summary.id.0);
    }
    page += &baselines(report);
    page += &per_class(report);
    page += &settings(report);
    page += "</html>\n";
    page
}

fn headline(report: &Report) -> String {
    let summary = &report.summary;
    if report.elsewhere.is_some() {
        let step = thousands(summary.step);
        return format!("<p class=\"faint\">{}; step {step}; made elsewhere</p>\n", summary.status.word());
    }
    let mut text = format!(
        "<p class=\"faint\">{}; epoch {} of {}; step {} of {}; {} trained; seed {}</p>\n",
        summary.status.word(),
        thousands(summary.epoch),
        thousands(summary.epochs),
        thousands(summary.step),
        thousands(summary.steps),
        duration(summary.trained_seconds),
        report.experiment.seed
    );
    if !report.experiment.notes.is_empty() {
        let _ = writeln!(text, "<p>{}</p>", escaped(&report.experiment.notes));
    }
    if let Some(parent) = &summary.parent {
        let changes: Vec<String> = report.changes.iter().map(|change| escaped(&change.to_string())).collect();
        let _ = writeln!(text, "<p>A variation of {}: <code>{}</code></p>", escaped(parent), changes.join("; "));
    }
    text
}

fn warnings(report: &Report) -> String {
    report
        .warnings
        .iter()
        .map(|warning| format!("<p class=\"warn\">{}</p>\n", escaped(warning)))
        .collect::<Vec<_>>()
        .concat()
}

fn diagnosis(report: &Report) -> String {
    let diagnosis = &report.diagnosis;
    let mut text = String::new();
    if diagnosis.problems.is_empty() {
        let _ = writeln!(text, "<h2>{}</h2>", capitalized(diagnosis.verdict.words()));
    }
    for problem in &diagnosis.problems {
        let kind = capitalized(problem.kind.words());
        let _ = writeln!(text, "<h2 class=\"bad\">{kind}</h2>\n<p>{}</p>\n<ul>", escaped(&problem.evidence));
        for remedy in &problem.remedies {
            let change = remedy.change.as_ref().map(|one| format!(" <code>{}</code>", escaped(&one.to_string())));
            let (title, why) = (escaped(&remedy.title), escaped(&remedy.why));
            let _ =
                writeln!(text, "<li>{title}{}<br><span class=\"faint\">{why}</span></li>", change.unwrap_or_default());
        }
        text += "</ul>\n";
    }
    for note in &diagnosis.notes {
        let _ = writeln!(text, "<p>{}</p>", escaped(note));
    }
    let convergence = &report.convergence;
    let _ = writeln!(text, "<p>Loss: {}. {}</p>", convergence.state.words(), escaped(&convergence.evidence));
    text
}

fn baselines(report: &Report) -> String {
    if report.baselines.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "<h2>Baselines (dev set)</h2>\n<table><tr><th>Method<th class=n>Error<th class=n>Mistakes<th class=n>Training examples<th class=n>Seconds</tr>\n",
    );
    for Baseline { name, counts, trained_on, seconds, .. } in &report.baselines {
        let (error, trained_on) = (percent(counts.rate()), thousands(*trained_on));
        let mistakes = format!("{} of {}", thousands(counts.errors), thousands(counts.of));
        let _ = writeln!(
            text,
            "<tr><td>{}<td class=n>{error}<td class=n>{mistakes}<td class=n>{trained_on}<td class=n>{seconds:.1}</tr>",
            capitalized(name.words())
        );
    }
    text += "</table>\n";
    text
}

fn per_class(report: &Report) -> String {
    let Some(confusion) = &report.confusion else { return String::new() };
    let metrics = confusion.metrics();
    let mut text = String::from(
        "<h2>Classes (dev set)</h2>\n<table><tr><th>Class<th class=n>Precision<th class=n>Recall<th class=n>F1<th class=n>Support</tr>\n",
    );
    let mut row = |name: &str, figures: [f64; 3], support: u64| {
        let _ = writeln!(
            text,
            "<tr><td>{}<td class=n>{:.3}<td class=n>{:.3}<td class=n>{:.3}<td class=n>{support}</tr>",
            escaped(name),
            figures[0],
            figures[1],
            figures[2]
        );
    };
    for class in &metrics.per_class {
        row(&class.class, [class.precision, class.recall, class.f1], class.support);
    }
    let figures = [metrics.macro_precision, metrics.macro_recall, metrics.macro_f1];
    row("macro average", figures, confusion.total());
    text += "</table>\n";
    text
}

fn settings(report: &Report) -> String {
    if let Some(sources) = &report.elsewhere {
        let mut text = String::from("<h2>Tags and what they were taken for</h2>\n<table>\n");
        for (role, tag) in sources {
            let _ = writeln!(text, "<tr><td>{role}<td><code>{}</code></tr>", escaped(tag));
        }
        return text + "</table>\n";
    }
    let mut text = String::from("<h2>Settings</h2>\n<table>\n");
    for (key, value) in parameters(&report.experiment) {
        let value = escaped(&toml_text(&value));
        let _ = writeln!(text, "<tr><td><code>{}</code><td><code>{value}</code></tr>", escaped(&key));
    }
    text += "</table>\n";
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::export::tests::run;

    #[test]
    fn the_page_stands_alone_and_nothing_in_it_runs() {
        let (report, curves) = run();
        let page = html(&report, &curves);
        for part in
            ["<h1>a-1</h1>", "High variance", "Error ladder", "macro average", "train.learning_rate", "&lt;script&gt;"]
        {
            assert!(page.contains(part), "{part}");
        }
        assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("href="), "needs nothing else");
    }
}
