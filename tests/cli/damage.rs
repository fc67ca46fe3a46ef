//! A run that was really trained, every file of it cut at every byte and with bits flipped: what is left is read or
//! refused with a sentence, and reading changes nothing. (`store::damage` does the same with runs that are made up, where
//! writing goes on.)

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rungs::data::{Prepared, prepare};
use rungs::domain::experiment::Experiment;
use rungs::engine::Trainer;
use rungs::store::{Checkpoint, Follower, Root, RunDir};

use crate::workspace::{LONG, Workspace};

/// Files up to so many bytes are cut everywhere; of longer ones the ends, and places between.
const SHORT: usize = 8 << 10;
const END: usize = 2 << 10;
const BETWEEN: usize = 200;
const FLIPS: usize = 300;

/// Trains on a small table, so that all files of the run are short.
fn trained(workspace: &Workspace) -> String {
    workspace.put_table(["ant", "bee"]);
    let experiment = "[data]\nsource = \"csv\"\npath = \"../insects.csv\"\n[model]\nkind = \"mlp\"\nhidden = [2]\n\
                      [train]\nepochs = 2\n";
    fs::create_dir(workspace.path().join("experiments")).unwrap();
    fs::write(workspace.path().join("experiments/insects.toml"), experiment).unwrap();
    workspace.stdout(&["train", "insects"]);
    "insects-1".to_owned()
}

/// The files of a run, all of them.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    files(folder).into_iter().map(|path| (path.clone(), fs::read(&path).unwrap())).collect()
}

/// Puts other bytes into a file that is there. (Emptying it first would have some file systems write it to disk each time.)
fn put(path: &Path, bytes: &[u8]) {
    let mut file = fs::File::options().write(true).open(path).unwrap();
    file.write_all(bytes).unwrap();
    file.set_len(bytes.len() as u64).unwrap();
}

/// What reads a run. Data and network are those that it was trained with, for checkpoints to go into.
struct Reader {
    root: Root,
    run: RunDir,
    experiment: Experiment,
    data: Arc<Prepared>,
}

impl Reader {
    fn new(directory: &Path, id: &str) -> Self {
        let run = RunDir::open(&directory.join("runs").join(id)).unwrap();
        let experiment = run.experiment().unwrap();
        let data = Arc::new(prepare(&experiment, run.path()).unwrap());
        Self { root: Root::new(directory), run, experiment, data }
    }

    /// Opens all that can be opened. Errors name what they are about.
    fn read(&self) {
        let run = &self.run;
        let told = [
            run.summary().err(),
            run.records().err(),
            run.commands().err(),
            run.curves().err(),
            run.predictions().err(),
            run.report().err(),
            self.root.list().err(),
            Follower::new(run.clone()).poll().err(),
        ];
        for error in told.into_iter().flatten() {
            assert!(error.to_string().contains(run.path().to_str().unwrap()), "{error}");
        }
    }

    /// Takes up training from a checkpoint, or is told why not.
    fn take_up(&self, which: Checkpoint) {
        let bytes = self.run.checkpoint(which).unwrap().unwrap();
        if let Err(error) = Trainer::restore(&self.experiment, Arc::clone(&self.data), &bytes) {
            assert!(!error.to_string().is_empty());
        }
    }
}

/// Has `damage` done to each file of a run in turn, in as many ways as it gives, and the run read each time.
fn each_file(damage: impl Fn(&[u8]) -> Vec<Vec<u8>> + Sync) {
    let workspace = Workspace::new();
    let id = trained(&workspace);
    let whole = contents(&workspace.run_dir(&id));
    assert!(whole.len() >= 8, "{whole:?}");
    // Each half of the files in a copy of its own, for there are at least two cores.
    std::thread::scope(|scope| {
        for half in 0..2 {
            let (id, whole, workspace, damage) = (&id, &whole, &workspace, &damage);
            scope.spawn(move || {
                let copy = tempfile::tempdir().unwrap();
                fs::copy(workspace.path().join("insects.csv"), copy.path().join("insects.csv")).unwrap();
                let run = copy.path().join("runs").join(id);
                fs::create_dir_all(run.join("checkpoints")).unwrap();
                let place = |file: &Path| run.join(file.strip_prefix(workspace.run_dir(id)).unwrap());
                for (file, bytes) in whole {
                    fs::write(place(file), bytes).unwrap();
                }
                let before = contents(&run);
                let reader = Reader::new(copy.path(), id);
                for (file, bytes) in whole.iter().skip(half).step_by(2) {
                    for damaged in damage(bytes) {
                        put(&place(file), &damaged);
                        match file.file_stem().unwrap().to_str() {
                            Some("last") => reader.take_up(Checkpoint::Last),
                            Some("best") => reader.take_up(Checkpoint::Best),
                            _ => reader.read(),
                        }
                    }
                    fs::write(place(file), bytes).unwrap();
                }
                assert!(contents(&run) == before, "reading has changed a file");
            });
        }
    });
}

#[test]
fn every_file_of_a_trained_run_cut_anywhere_is_read_or_refused() {
    each_file(|bytes| {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut cuts: Vec<usize> = (0..bytes.len()).collect();
        if bytes.len() > SHORT {
            let mut between: Vec<usize> = cuts.drain(END..bytes.len() - END).collect();
            cuts.extend(between.partial_shuffle(&mut random, BETWEEN).0.iter());
        }
        cuts.into_iter().map(|cut| bytes[..cut].to_vec()).collect()
    });
}

#[test]
fn every_file_of_a_trained_run_with_bits_flipped_is_read_or_refused() {
    each_file(|bytes| {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        let flips = if bytes.is_empty() { 0 } else { FLIPS };
        (0..flips)
            .map(|_| {
                let mut damaged = bytes.to_vec();
                for _ in 0..random.gen_range(1..5) {
                    let at = random.gen_range(0..damaged.len());
                    damaged[at] ^= 1 << random.gen_range(0..8);
                }
                damaged
            })
            .collect()
    });
}

/// Exit status 0, or a message of one sentence and status 1 or 2.
fn answers(workspace: &Workspace, arguments: &[&str]) {
    let output = workspace.output(arguments);
    let message = String::from_utf8(output.stderr).unwrap();
    match output.status.code() {
        Some(0) => assert_eq!(message, "", "{arguments:?}"),
        Some(1 | 2) => {
            assert!(message.starts_with("rungs: ") && message.chars().count() < 500, "{arguments:?}: {message}");
        }
        other => panic!("{arguments:?} ended with {other:?}: {message}"),
    }
}

#[test]
fn commands_on_a_damaged_run_answer() {
    let workspace = Workspace::new();
    let id = trained(&workspace);
    for (file, bytes) in contents(&workspace.run_dir(&id)) {
        let middle = bytes.len() / 2;
        let mut zeroed = bytes.clone();
        zeroed[middle..].fill(0);
        for damaged in [&bytes[..middle], &zeroed] {
            fs::write(&file, damaged).unwrap();
            for arguments in [&["ls"][..], &["show", &id], &["mistakes", &id], &["export", &id, "--format", "html"]] {
                answers(&workspace, arguments);
            }
        }
        fs::remove_file(&file).unwrap();
        for arguments in [&["ls", "--json"][..], &["show", &id, "--json"], &["diagnose", &id], &["stop", &id]] {
            answers(&workspace, arguments);
        }
        fs::write(&file, &bytes).unwrap();
    }
}

#[test]
fn a_run_whose_checkpoint_is_damaged_is_not_taken_up_and_says_why() {
    let workspace = Workspace::new();
    let id = workspace.detach("digits", LONG);
    workspace.wait_for("an epoch", || !workspace.events(&id, "epoch").is_empty());
    workspace.stdout(&["stop", &id]);
    workspace.wait_for_status(&id, "stopped");
    workspace.wait_for("its worker to end", || !RunDir::open(&workspace.run_dir(&id)).unwrap().is_held());
    let path = workspace.run_dir(&id).join("checkpoints/last.safetensors");
    let whole = fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    flipped[3] ^= 1;
    for damaged in [&[][..], &whole[..7], &whole[..whole.len() - 1], &flipped] {
        fs::write(&path, damaged).unwrap();
        workspace.wait_for("the worker before to end", || !RunDir::open(&workspace.run_dir(&id)).unwrap().is_held());
        let (status, message) = workspace.failure(&["resume", &id]);
        assert_eq!(status, 1, "{message}");
        assert!(message.contains("checkpoint"), "{message}");
        assert_eq!(fs::read(&path).unwrap(), damaged, "what may be mended by hand stays");
    }
    fs::write(&path, whole).unwrap();
    workspace.stdout(&["resume", &id]);
    workspace.wait_for_status(&id, "running");
}
