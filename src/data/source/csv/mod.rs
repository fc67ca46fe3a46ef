//! A table of numbers with a column of labels: CSV (RFC 4180), separated by commas, semicolons or tabs, with or without
//! a header line.
//!
//! A column whose first value is no number is left out and said so; a row that lacks a value is left out and counted;
//! a row with too few or too many columns, or a word where the column has numbers, ends the loading with its line.
//! Columns that further tasks learn are no inputs, and may lack values.

mod further;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder, Trim};

use self::further::Further;
use super::files::{malformed, open, sort_classes, too_many_classes, unreadable};
use super::{Ask, Examples, MAX_FLOATS, Mirroring, Watch};
use crate::data::error::DataError;
use crate::data::loading::Progress;
use crate::data::{Shape, Values};

/// Longer files are no tables that fit in memory.
const MAX_BYTES: u64 = 8 << 30;
/// A column's name or a label is shown up to so many characters.
const SHOWN: usize = 40;
/// More columns than this are none.
const MAX_COLUMNS: usize = 1 << 20;
/// Lines between two words on progress.
const WATCHED_LINES: u64 = 4096;

/// Whether the file is there.
///
/// # Errors
/// It is not.
pub(super) fn check(path: &Path, section: &'static str) -> Result<(), DataError> {
    if path.is_file() {
        return Ok(());
    }
    let remedy = "name a file of comma-separated values".to_owned();
    Err(DataError::Missing { key: format!("{section}.path"), path: path.to_path_buf(), what: "(a file)", remedy })
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    /// No value has been seen yet.
    Unknown,
    /// Numbers.
    Number,
    /// Something else; left out.
    Text,
    /// The classes.
    Label,
    /// What a further task learns.
    Further,
}

/// Reads the whole table.
///
/// # Errors
/// No file, no such column, a broken row, labels that are measurements, more than can be held.
pub(super) fn load(path: &Path, label: Option<&str>, ask: Ask<'_>, watch: Watch<'_>) -> Result<Examples, DataError> {
    check(path, ask.section)?;
    let file = open(path).map_err(|error| unreadable(path, &error))?;
    let length = file.metadata().map_err(|error| unreadable(path, &error))?.len();
    if length > MAX_BYTES {
        return Err(malformed(path, format!("is {length} bytes long; up to {MAX_BYTES} will do")));
    }
    let mut input = BufReader::with_capacity(1 << 16, file.take(length));
    let delimiter = delimiter(input.fill_buf().map_err(|error| unreadable(path, &error))?);
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter).has_headers(false).trim(Trim::All).flexible(true).from_reader(input);

    let mut table = Table::new(path, label, ask);
    let mut record = ByteRecord::new();
    let mut records = 0;
    loop {
        let more = reader.read_byte_record(&mut record).map_err(|error| malformed(path, error.to_string()))?;
        if !more {
            break;
        }
        let place = record.position().cloned().unwrap_or_else(csv::Position::new);
        table.take(&record, place.line())?;
        records += 1;
        if records % WATCHED_LINES == 0 {
            watch(Progress { done: place.byte(), of: length });
        }
    }
    watch(Progress { done: length, of: length });
    table.examples()
}

/// The separator that the first line has most of.
fn delimiter(begin: &[u8]) -> u8 {
    let line = begin.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let count = |separator: u8| line.split(|&byte| byte == separator).count();
    // The last of equals wins: a comma, where nothing speaks against it.
    [b'\t', b';', b','].into_iter().max_by_key(|&separator| count(separator)).unwrap_or(b',')
}

/// The table as far as it has been read.
struct Table<'a> {
    path: &'a Path,
    label: Option<&'a str>,
    ask: Ask<'a>,
    names: Vec<String>,
    columns: Vec<Column>,
    values: Vec<f32>,
    labels: Vec<u32>,
    classes: HashMap<String, u32>,
    further: Vec<Further<'a>>,
    /// Rows that lack a value: how many, and the first one's line and column.
    lacking: (usize, u64, usize),
}

impl<'a> Table<'a> {
    fn new(path: &'a Path, label: Option<&'a str>, ask: Ask<'a>) -> Self {
        Self {
            path,
            label,
            ask,
            names: Vec::new(),
            columns: Vec::new(),
            values: Vec::new(),
            labels: Vec::new(),
            classes: HashMap::new(),
            further: Vec::new(),
            lacking: (0, 0, 0),
        }
    }

    fn take(&mut self, record: &ByteRecord, line: u64) -> Result<(), DataError> {
        if self.columns.is_empty() {
            let header = self.begin(record)?;
            if header {
                return Ok(());
            }
        }
        if record.len() != self.columns.len() {
            return Err(self.wrong(format!(
                "line {line} has {} columns where the first has {}",
                record.len(),
                self.columns.len()
            )));
        }
        self.row(record, line)
    }

    /// Learns the columns from the first row; tells whether it is a header.
    fn begin(&mut self, record: &ByteRecord) -> Result<bool, DataError> {
        if record.len() > MAX_COLUMNS {
            return Err(self.wrong(format!("has {} columns; up to {MAX_COLUMNS} will do", record.len())));
        }
        let texts: Vec<String> = record.iter().map(text_of).collect();
        // Names are no numbers; a first row of data has one at least, beside its label.
        let header = texts.iter().all(|text| number(text).is_none());
        let named = |name: &str| texts.iter().position(|text| header && text.eq_ignore_ascii_case(name));
        let label = match self.label {
            Some(name) => named(name).or_else(|| name.parse().ok().filter(|_| !header)).filter(|&at| at < texts.len()),
            None => named("label").or(texts.len().checked_sub(1)),
        };
        let Some(label) = label else {
            let shown = texts.iter().take(8).map(|name| shown(name)).collect::<Vec<_>>().join(", ");
            let remedy = if header {
                format!("the columns of {} are {shown}", self.path.display())
            } else {
                format!("{} has no header line: give the column's number, counted from 0", self.path.display())
            };
            return Err(DataError::Setting {
                key: format!("{}.label", self.ask.section),
                problem: format!("there is no column \"{}\"", self.label.unwrap_or_default()),
                remedy,
            });
        };
        self.columns = vec![Column::Unknown; texts.len()];
        self.columns[label] = Column::Label;
        self.names =
            if header { texts } else { (0..self.columns.len()).map(|column| format!("number {column}")).collect() };
        for task in 0..self.ask.auxiliary.len() {
            let further = Further::find(self.path, self.ask, task, &self.names, header, label)?;
            further.columns().iter().for_each(|&column| self.columns[column] = Column::Further);
            self.further.push(further);
        }
        Ok(header)
    }

    fn row(&mut self, record: &ByteRecord, line: u64) -> Result<(), DataError> {
        let before = self.values.len();
        let mut label = None;
        for (column, field) in record.iter().enumerate() {
            if matches!(self.columns[column], Column::Text | Column::Further) {
                continue;
            }
            let text = std::str::from_utf8(field).unwrap_or("\u{fffd}");
            if self.columns[column] == Column::Label {
                label = (!missing(text)).then(|| text_of(field));
                if label.is_some() {
                    continue;
                }
            }
            if missing(text) {
                self.values.truncate(before);
                let (count, first, at) = self.lacking;
                self.lacking = if count == 0 { (1, line, column) } else { (count + 1, first, at) };
                return Ok(());
            }
            match (number(text), self.columns[column]) {
                (Some(number), Column::Number) => self.values.push(number),
                (Some(number), _) => {
                    // An earlier row would have had a value here, unless all before lacked one.
                    self.columns[column] = Column::Number;
                    self.values.push(number);
                }
                (None, Column::Number) => {
                    let name = shown(&self.names[column]);
                    return Err(self.wrong(format!("line {line}: \"{}\" in column {name} is no number", shown(text))));
                }
                (None, _) => self.columns[column] = Column::Text,
            }
        }
        let Some(label) = label else { return Ok(()) };
        for further in &mut self.further {
            further.take(record, line)?;
        }
        if self.values.len() + self.further.iter().map(Further::len).sum::<usize>() > MAX_FLOATS {
            return Err(self.wrong("holds more numbers than fit in memory".to_owned()));
        }
        let next = self.classes.len() as u32;
        self.labels.push(*self.classes.entry(label).or_insert(next));
        Ok(())
    }

    fn examples(self) -> Result<Examples, DataError> {
        let rows = self.labels.len();
        let features = self.columns.iter().filter(|column| **column == Column::Number).count();
        let Some(label) = self.columns.iter().position(|column| *column == Column::Label) else {
            return Err(self.wrong("is empty".to_owned()));
        };
        if rows == 0 {
            return Err(self.wrong("has no row that lacks no value".to_owned()));
        }
        if features == 0 {
            return Err(self.wrong("has no column of numbers beside the labels".to_owned()));
        }
        if too_many_classes(self.classes.len(), rows) {
            return Err(DataError::Setting {
                key: format!("{}.label", self.ask.section),
                problem: format!(
                    "column {} of {} has {} different values in {rows} rows, which are no classes",
                    shown(&self.names[label]),
                    self.path.display(),
                    self.classes.len()
                ),
                remedy: "name the column that holds the classes".to_owned(),
            });
        }
        let notes = self.notes();
        let mut classes: Vec<String> = self.classes.keys().cloned().collect();
        sort_classes(&mut classes);
        let mut places = vec![0; classes.len()];
        for (place, name) in classes.iter().enumerate() {
            places[self.classes[name] as usize] = place as u32;
        }
        Ok(Examples {
            shape: Shape::Vector(features),
            values: Values::Floats(self.values),
            labels: self.labels.into_iter().map(|label| places[label as usize]).collect(),
            further: self.further.into_iter().map(Further::labels).collect::<Result<_, _>>()?,
            classes,
            keys: None,
            mirroring: Mirroring::Harmless,
            notes,
        })
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let texts: Vec<String> = self
            .columns
            .iter()
            .zip(&self.names)
            .filter(|(column, _)| matches!(column, Column::Text | Column::Unknown))
            .map(|(_, name)| shown(name))
            .collect();
        if !texts.is_empty() {
            notes.push(format!("Columns that hold no numbers were left out: {}.", texts.join(", ")));
        }
        let (count, line, column) = self.lacking;
        if count > 0 {
            let name = shown(&self.names[column]);
            notes.push(format!("{count} rows lack a value and were left out (the first: line {line}, column {name})."));
        }
        notes
    }

    fn wrong(&self, problem: String) -> DataError {
        malformed(self.path, problem)
    }
}

/// A finite number.
fn number(text: &str) -> Option<f32> {
    text.parse().ok().filter(|number: &f32| number.is_finite())
}

/// What tables write where a value is missing.
fn missing(text: &str) -> bool {
    ["", "na", "n/a", "nan", "null", "none", "?"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn text_of(field: &[u8]) -> String {
    // Some programs mark UTF-8 at the beginning of a file.
    String::from_utf8_lossy(field.strip_prefix(b"\xef\xbb\xbf").unwrap_or(field)).trim().to_owned()
}

fn shown(name: &str) -> String {
    if name.chars().count() <= SHOWN { name.to_owned() } else { name.chars().take(SHOWN).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{ABSENT, Labels};
    use crate::domain::experiment::{Auxiliary, Loss};

    fn read(text: &str, label: Option<&str>) -> Result<Examples, DataError> {
        read_further(text, label, &[])
    }

    fn read_further(text: &str, label: Option<&str>, auxiliary: &[Auxiliary]) -> Result<Examples, DataError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, text).unwrap();
        load(&path, label, Ask { section: "data", seed: 1, auxiliary, sequences: false }, &|_| {})
    }

    fn further(target: &str, loss: Option<Loss>) -> Auxiliary {
        Auxiliary { target: target.into(), loss, weight: 1.0, labelled: 1.0 }
    }

    fn values(examples: &Examples) -> &[f32] {
        match &examples.values {
            Values::Floats(values) => values,
            Values::Bytes(_) => panic!("a table holds floats"),
        }
    }

    #[test]
    fn the_label_is_the_named_column_else_the_one_called_label_else_the_last() {
        for (text, label, classes) in [
            ("a,b,kind\n1,2,x\n3,4,y\n", None, ["x", "y"]),
            ("a,label,b\n1,x,2\n3,y,4\n", None, ["x", "y"]),
            ("kind,label,b,c\nx,1,1,2\ny,1,3,4\n", Some("kind"), ["x", "y"]),
            ("1,2,10\n3,4,9\n", None, ["9", "10"]),
            ("10;1;2\n9;3;4\n", Some("0"), ["9", "10"]),
            ("\u{feff}\"A\"\tb\tLabel\r\n1\t2\tx\r\n3\t4\ty", None, ["x", "y"]),
        ] {
            let examples = read(text, label).unwrap();
            assert_eq!(examples.classes, classes, "{text}");
            assert_eq!(examples.labels.len(), 2);
            assert_eq!(
                values(&examples)[..2].last(),
                Some(&if text.starts_with("kind") { 1.0 } else { 2.0 }),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_left_out_is_said() {
        let text = "id,a,b,label\nfirst,1,2,x\nsecond,,4,y\nthird,5,NA,x\nfourth,7,8,\nfifth,9,10,y\n";
        let examples = read(text, None).unwrap();
        assert_eq!(values(&examples), [1.0, 2.0, 9.0, 10.0]);
        assert_eq!(examples.labels, [0, 1]);
        assert_eq!(
            examples.notes,
            [
                "Columns that hold no numbers were left out: id.",
                "3 rows lack a value and were left out (the first: line 3, column a)."
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let many = (0..100).map(|n| format!("{n},{n}.5")).collect::<Vec<_>>().join("\n");
        for (text, label, parts) in [
            ("a,b,label\n1,2,x\n1,x\n", None, &["t.csv", "line 3 has 2 columns where the first has 3"][..]),
            ("a,b,label\n1,2,x\n1,two,x\n", None, &["line 3", "\"two\" in column b is no number"]),
            ("a,b,label\n1,2,x\n", Some("species"), &["data.label", "\"species\"", "a, b, label"]),
            ("1,2,x\n", Some("3"), &["data.label", "no header"]),
            ("a,label\n", None, &["no row"]),
            ("", None, &["is empty"]),
            ("name,label\nx,y\nx,z\n", None, &["no column of numbers"]),
            (&many, None, &["data.label", "100 different values in 100 rows"]),
        ] {
            let message = read(text, label).unwrap_err().to_string();
            for part in parts {
                assert!(message.contains(part), "{part:?} is not in {message:?}");
            }
        }
    }

    /// Numbers with those that are not known as `None`.
    fn known(of: &[f32]) -> Vec<Option<f32>> {
        of.iter().map(|number| (!number.is_nan()).then_some(*number)).collect()
    }

    const BOTH: &str = "a,label,x,y,wet,soil\n1,p,,0.5,1,clay\n2,q,3,,,\n3,p,4,1,0,sand\n,q,5,6,1,loam\n";

    #[test]
    fn columns_of_further_tasks_are_no_inputs_and_may_lack_values() {
        let asked = [
            further("x, y", None),
            further("Wet", Some(Loss::BinaryCrossEntropy)),
            further("soil", None),
            further("wet", Some(Loss::Focal)),
            further("wet", None),
        ];
        let examples = read_further(BOTH, None, &asked).unwrap();
        assert_eq!((values(&examples), examples.shape), (&[1.0, 2.0, 3.0][..], Shape::Vector(1)));
        let [
            Labels::Numbers { names, of: boxes },
            Labels::Marks { of: marks, .. },
            soil,
            again,
            Labels::Numbers { .. },
        ] = &examples.further[..]
        else {
            panic!("{:?}", examples.further)
        };
        assert_eq!(names, &["x", "y"]);
        assert_eq!(known(boxes), [None, Some(0.5), Some(3.0), None, Some(4.0), Some(1.0)]);
        assert_eq!(known(marks), [Some(1.0), None, Some(0.0)]);
        let classes = |names: [&str; 2], of: [u32; 3]| Labels::Classes {
            names: names.map(str::to_owned).to_vec(),
            of: of.to_vec(),
        };
        assert_eq!(*soil, classes(["clay", "sand"], [0, ABSENT, 1]));
        assert_eq!(*again, classes(["0", "1"], [1, ABSENT, 0]));
    }

    #[test]
    fn what_a_further_task_lacks_is_said() {
        let late = "a,label,t\n1,p,\n2,q,5\n3,p,five\n";
        let empty = "a,label,t\n1,p,\n2,q,\n";
        let many = (0..100).map(|n| format!("{n},p,{n}.5")).collect::<Vec<_>>().join("\n");
        for (text, target, loss, parts) in [
            (BOTH, "depth", None, &["task.auxiliary.0.target", "no labels \"depth\"", "a, x, y, wet, soil"][..]),
            (BOTH, "x, z", None, &["task.auxiliary.0.target", "\"z\""]),
            (BOTH, "label", None, &["task.auxiliary.0.target", "column label holds the classes already"]),
            (
                BOTH,
                "soil",
                Some(Loss::Huber),
                &["task.auxiliary.0.loss: huber learns numbers", "\"sand\" in line 4", "cross-entropy or focal"],
            ),
            (BOTH, "soil", Some(Loss::BinaryCrossEntropy), &["marks that are 0 or 1", "cross-entropy or focal"]),
            (BOTH, "x", Some(Loss::BinaryCrossEntropy), &["has \"4\" in line 4", "mean-squared-error or huber"]),
            (BOTH, "x,y", Some(Loss::CrossEntropy), &["\"x,y\" are 2 columns", "mean-squared-error or huber"]),
            (late, "t", None, &["t.csv: line 4: \"five\" in column t is no number"]),
            (empty, "t", None, &["task.auxiliary.0.target", "no row", "has a value in t"]),
        ] {
            let message = read_further(text, None, &[further(target, loss)]).unwrap_err().to_string();
            for part in parts {
                assert!(message.contains(part), "{part:?} is not in {message:?}");
            }
        }
        let focal = [further("2", Some(Loss::Focal))];
        let message = read_further(&many, Some("1"), &focal).unwrap_err().to_string();
        assert!(message.contains("task.auxiliary.0.loss") && message.contains("100 different values"), "{message}");
        let numbers = read_further(&many, Some("1"), &[further("2", None)]).unwrap();
        assert_eq!(numbers.further[0].outputs(), 1);
    }
}
