//! What people write: experiments, settings on the command line, filters, themes.

use std::path::Path;

use rungs::domain::annotation::Annotation;
use rungs::domain::experiment::{Experiment, Override, changes, parse};
use rungs::domain::filter::{Filter, Subject};
use rungs::domain::ladder::Counts;
use rungs::domain::run::{RunId, Summary};
use rungs::tui::theme::Palette;

use super::{Read, told};

pub const EXPERIMENT: &[&str] = &[
    "name",
    "parent",
    "[task]",
    "human_error = { errors = 3, of = 200 }",
    "[[task.auxiliary]]",
    "target",
    "[data]",
    "source = \"folder\"",
    "path",
    "examples",
    "[data.split]",
    "train",
    "[data.target]",
    "share_in_train",
    "[[data.augment]]",
    "kind = \"noise\"",
    "amount",
    "[[data.synthesize]]",
    "[model]",
    "kind = \"cnn\"",
    "kind = \"rnn\"",
    "channels",
    "hidden",
    "freeze",
    "start_from",
    "[train]",
    "learning_rate",
    "schedule",
    "class_weights",
    "batch_size",
    "epochs",
    "data.augment.0.kind",
    "0x7fff_ffff",
    "1979-05-27T07:32:00Z",
    "'''",
    "\"\"\"",
];

/// What was read is written and read again.
fn comes_back(experiment: &Experiment) {
    let text = experiment.to_toml();
    match parse(&text, "written.toml", "a", &[]) {
        Ok(again) => assert_eq!(&again, experiment, "{text}"),
        Err(error) => panic!("{error}\n{text}"),
    }
    assert!(changes(experiment, experiment).is_empty());
    changes(&Experiment::default(), experiment);
}

pub fn experiment(_: &Path) -> Read {
    Box::new(|input| {
        let text = String::from_utf8_lossy(input);
        told(parse(&text, "a.toml", "a", &[]).inspect(comes_back))
    })
}

/// Lines of `KEY=VALUE`, laid over an experiment.
pub fn settings(_: &Path) -> Read {
    Box::new(|input| {
        let text = String::from_utf8_lossy(input);
        let settings: Result<Vec<Override>, String> = text.lines().map(str::parse).collect();
        let below = "[[data.augment]]\nkind = \"noise\"\n[data.split]\ntrain = 0.5\ndev = 0.5\ntest = 0.0\n";
        match settings {
            Ok(settings) => told(parse(below, "a.toml", "a", &settings).inspect(comes_back)),
            Err(error) => error,
        }
    })
}

pub const FILTER: &[&str] = &[
    "dev",
    "<",
    "<=",
    "!=",
    "~",
    "&",
    "!",
    "5%",
    "%",
    "train-dev",
    "loss",
    "status=failed",
    "model.kind",
    "id",
    "created",
    "data.augment",
    "notes",
    "tag:",
    "archived:true",
    "pinned",
];

pub fn filter(_: &Path) -> Read {
    let mut summary = Summary::new(RunId("a-1".to_owned()), "a".to_owned(), None, 3, 1.0);
    summary.dev = Some(Counts { errors: 1, of: 7 });
    summary.loss = Some(f64::NAN);
    let experiment = Experiment::default();
    let annotation = Annotation { note: "bog".to_owned(), ..Annotation::default() };
    Box::new(move |input| {
        let text = String::from_utf8_lossy(input);
        let filter = Filter::parse(&text);
        if let Ok(filter) = &filter {
            for (experiment, annotation) in [(Some(&experiment), Some(&annotation)), (None, None)] {
                filter.matches(&Subject { summary: &summary, experiment, annotation });
            }
        }
        told(filter)
    })
}

pub const THEME: &[&str] =
    &["parent", "\"light\"", "accent", "\"#", "\"default\"", "\"bright-red\"", "[table]", "text", "ground"];

pub fn theme(_: &Path) -> Read {
    Box::new(|input| told(Palette::parse("mine", &String::from_utf8_lossy(input))))
}
