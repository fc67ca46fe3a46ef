//! Every file of a run directory, cut at every byte and with bits flipped: whatever is left is read, or refused with a
//! sentence. Nothing panics, and nothing takes more memory than the file is large.

use std::fs;
use std::path::{Path, PathBuf};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Checkpoint, Follower, Predictions, Root, RunDir, RunWriter, TestPredictions};
use crate::domain::control::Command;
use crate::domain::event::{Evaluation, Event, SetResult, SetSizes, Started};
use crate::domain::experiment::Experiment;
use crate::domain::ladder::Counts;

/// A small run with one of every file.
fn whole_run(folder: &Path) -> RunDir {
    let experiment = Experiment { name: "a".into(), ..Experiment::default() };
    let run = Root::new(folder).create(&experiment, 1.0).unwrap();
    let mut writer = RunWriter::open(&run, 1.0).unwrap();
    let set = SetResult { counts: Counts { errors: 1, of: 4 }, loss: 0.5 };
    writer.begin(0, 1.0).unwrap();
    let started = Started {
        step: 0,
        steps: 3,
        pid: 1,
        host: "h".into(),
        version: "0".into(),
        classes: vec!["a".into(), "b".into()],
        class_sizes: Vec::new(),
        sets: SetSizes::default(),
        parameters: 1,
        layers: vec!["layer".into()],
    };
    writer.log(1.0, Event::Started(started)).unwrap();
    (1..=3).for_each(|step| writer.scalars(step, 1.0, &[("train/loss", 0.5), ("train/learning_rate", 0.1)]).unwrap());
    let evaluation = Evaluation {
        epoch: 1,
        step: 3,
        train: set,
        train_dev: None,
        dev: set,
        test: Some(set),
        confusion: vec![vec![2, 0], vec![1, 1]],
        tasks: Vec::new(),
    };
    writer.log(2.0, Event::Epoch(Box::new(evaluation))).unwrap();
    writer.checkpoint(Checkpoint::Last, b"not looked into here").unwrap();
    let predictions = Predictions {
        step: 3,
        classes: vec!["a".into(), "b".into()],
        examples: vec![0, 1],
        labels: vec![0, 1],
        probabilities: vec![0.5; 4],
        test: Some(TestPredictions { examples: vec![2], labels: vec![1], predicted: vec![0] }),
    };
    writer.predictions(&predictions).unwrap();
    run.send(Command::Pause, 2.0).unwrap();
    writer.log(3.0, Event::Finished { step: 3 }).unwrap();
    writer.write_summary(3.0).unwrap();
    run
}

/// Reads all that a reader can read; what is refused is refused with a sentence that names something.
fn read_everything(root: &Root, run: &RunDir) {
    let sentences = [
        run.experiment().err(),
        run.summary().err(),
        run.records().err(),
        run.commands().err(),
        run.curves().err(),
        run.predictions().err(),
        run.checkpoint(Checkpoint::Last).err(),
        run.report().err(),
        run.experiment().ok().and_then(|experiment| run.reviewed(&experiment).err()),
        root.list().err(),
        Follower::new(run.clone()).poll().err(),
    ];
    for sentence in sentences.into_iter().flatten() {
        assert!(sentence.to_string().contains('/'), "{sentence}");
    }
}

fn files(run: &RunDir) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(run.path()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

#[test]
fn every_file_cut_anywhere_is_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (root, run) = (Root::new(folder.path()), whole_run(folder.path()));
    read_everything(&root, &run);
    assert!(files(&run).len() >= 7);
    for file in files(&run) {
        let bytes = fs::read(&file).unwrap();
        for cut in 0..bytes.len() {
            fs::write(&file, &bytes[..cut]).unwrap();
            read_everything(&root, &run);
        }
        fs::write(&file, &bytes).unwrap();
    }
}

#[test]
fn every_file_with_bits_flipped_is_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (root, run) = (Root::new(folder.path()), whole_run(folder.path()));
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for file in files(&run).into_iter().filter(|file| fs::metadata(file).unwrap().len() > 0) {
        let bytes = fs::read(&file).unwrap();
        for _ in 0..500 {
            let mut damaged = bytes.clone();
            for _ in 0..random.gen_range(1..4) {
                let at = random.gen_range(0..damaged.len());
                damaged[at] ^= 1 << random.gen_range(0..8);
            }
            fs::write(&file, &damaged).unwrap();
            read_everything(&root, &run);
        }
        fs::write(&file, &bytes).unwrap();
    }
}

/// A worker that takes up a damaged run goes on, or says what is wrong.
#[test]
fn a_damaged_run_can_be_written_to_or_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let run = whole_run(folder.path());
    for file in files(&run) {
        let bytes = fs::read(&file).unwrap();
        for cut in [0, bytes.len() / 3, bytes.len() / 2, bytes.len().saturating_sub(1)] {
            fs::write(&file, &bytes[..cut.min(bytes.len())]).unwrap();
            if let Ok(mut writer) = RunWriter::open(&run, 4.0) {
                writer.begin(3, 4.0).unwrap();
                writer.log(4.0, Event::Interrupted { step: 3 }).unwrap();
                assert_eq!(run.records().unwrap().last().unwrap().event, Event::Interrupted { step: 3 });
            }
        }
        fs::write(&file, &bytes).unwrap();
    }
}
