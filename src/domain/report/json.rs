//! The JSON documents of the contract: a run's report (`show --json`, `train --json`). Rates are fractions.

use serde_json::{Value, json};

use super::Report;
use crate::domain::baseline::Baseline;
use crate::domain::ladder::{Ladder, Rung};

/// What `rungs show --json` prints.
pub fn report(report: &Report) -> Value {
    let summary = &report.summary;
    // Of a run made elsewhere nobody here knows how it was set.
    let own = report.elsewhere.is_none().then_some(&report.experiment);
    json!({
        "id": summary.id,
        "name": summary.name,
        "status": summary.status,
        "error": summary.error,
        "parent": summary.parent,
        "seed": own.map(|experiment| experiment.seed),
        "experiment": own,
        "elsewhere": report.elsewhere,
        "changes": report.changes,
        "created": summary.created,
        "epoch": summary.epoch,
        "epochs": summary.epochs,
        "step": summary.step,
        "steps": summary.steps,
        "loss": summary.loss,
        "trained_seconds": summary.trained_seconds,
        "examples_per_second": summary.examples_per_second,
        "sets": report.started.as_ref().map(|started| started.sets),
        "warnings": report.warnings,
        "parameters": report.started.as_ref().map(|started| started.parameters),
        "ladder": ladder(&report.ladder),
        "confusion": report.confusion,
        "metrics": report.confusion.as_ref().map(super::Confusion::metrics),
        "tasks": report.tasks(),
        "baselines": report.baselines.iter().map(baseline).collect::<Vec<_>>(),
        "convergence": report.convergence,
        "diagnosis": report.diagnosis,
        "review": report.review,
        "comparison": report.comparison,
    })
}

/// A ladder with null for the rungs that are not known.
pub fn ladder(ladder: &Ladder) -> Value {
    json!({
        "human": ladder.human.as_ref().map(rung),
        "train": ladder.train.as_ref().map(rung),
        "train_dev": ladder.train_dev.as_ref().map(rung),
        "dev": ladder.dev.as_ref().map(rung),
        "test": ladder.test.as_ref().map(rung),
    })
}

fn rung(rung: &Rung) -> Value {
    let mut fields = serde_json::Map::new();
    fields.insert("rate".to_owned(), json!(rung.rate));
    if let Some(counts) = rung.counts {
        fields.insert("errors".to_owned(), json!(counts.errors));
        fields.insert("of".to_owned(), json!(counts.of));
    }
    if let Some(interval) = rung.interval {
        fields.insert("low".to_owned(), json!(interval.low));
        fields.insert("high".to_owned(), json!(interval.high));
    }
    Value::Object(fields)
}

/// A baseline as a rung, with its name and what it took.
fn baseline(baseline: &Baseline) -> Value {
    let mut fields = rung(&Rung::counted(baseline.counts));
    if let Some(fields) = fields.as_object_mut() {
        fields.insert("name".to_owned(), json!(baseline.name));
        fields.insert("trained_on".to_owned(), json!(baseline.trained_on));
        fields.insert("seconds".to_owned(), json!(baseline.seconds));
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_the_keys_of_the_contract() {
        let document = report(&super::super::tests::finished());
        for key in [
            "id",
            "name",
            "status",
            "parent",
            "seed",
            "experiment",
            "epoch",
            "step",
            "examples_per_second",
            "ladder",
            "confusion",
            "metrics",
            "convergence",
            "diagnosis",
        ] {
            assert!(document.get(key).is_some(), "{key}");
        }
        let ladder = &document["ladder"];
        assert_eq!(ladder["human"], json!({ "rate": 0.001 }));
        assert_eq!(ladder["train_dev"], Value::Null);
        assert_eq!((&ladder["dev"]["errors"], &ladder["dev"]["of"]), (&json!(50), &json!(1000)));
        assert_eq!(document["convergence"]["state"], "converged");
        assert_eq!(document["diagnosis"]["verdict"], "high-variance");
        let problem = &document["diagnosis"]["problems"][0];
        for key in ["kind", "gap", "low", "high", "evidence", "remedies"] {
            assert!(problem.get(key).is_some(), "{key}");
        }
        let remedy = &problem["remedies"][0];
        assert_eq!(remedy["change"], json!({ "key": "data.examples", "from": null, "to": 12000 }));
        assert_eq!(document["metrics"]["per_class"][0]["class"], "cat");
        let baseline = &document["baselines"][0];
        assert_eq!((&baseline["name"], &baseline["errors"]), (&json!("nearest-centroid"), &json!(200)));
        assert_eq!(baseline["rate"], json!(0.2));
    }
}
