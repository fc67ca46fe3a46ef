//! Columns of a table that further tasks learn: one of classes, or one or several of numbers or of marks.

use std::collections::HashMap;
use std::path::Path;

use csv::ByteRecord;

use super::{missing, number, shown, text_of};
use crate::data::auxiliary::{ABSENT, LabelKind, Labels};
use crate::data::error::DataError;
use crate::data::source::Ask;
use crate::data::source::files::{malformed, sort_classes, too_many_classes};

/// One further task's columns, and what has been read of them.
pub(super) struct Further<'a> {
    path: &'a Path,
    ask: Ask<'a>,
    task: usize,
    columns: Vec<usize>,
    names: Vec<String>,
    /// What the loss learns; `None` while nothing tells it.
    kind: Option<LabelKind>,
    /// Rows so far.
    rows: usize,
    /// Of classes: their names, and the class of each row.
    classes: HashMap<String, u32>,
    of_rows: Vec<u32>,
    /// Of numbers and marks: those of each row.
    numbers: Vec<f32>,
    known: bool,
}

impl<'a> Further<'a> {
    /// Finds a task's columns among those called `names`; `header` tells whether the table itself calls them so, else
    /// they are counted from 0.
    ///
    /// # Errors
    /// One is not there or holds the classes already; a loss on classes names several.
    pub(super) fn find(
        path: &'a Path,
        ask: Ask<'a>,
        task: usize,
        names: &[String],
        header: bool,
        label: usize,
    ) -> Result<Self, DataError> {
        let auxiliary = &ask.auxiliary[task];
        let column = |target: &str| {
            let named = names.iter().position(|name| name.eq_ignore_ascii_case(target.trim()));
            if header { named } else { target.trim().parse().ok().filter(|column| *column < names.len()) }
        };
        // A name may hold a comma itself.
        let columns = match column(&auxiliary.target) {
            Some(column) => vec![column],
            None => auxiliary
                .target
                .split(',')
                .map(|target| {
                    let others: Vec<String> =
                        (0..names.len()).filter(|at| *at != label).map(|at| shown(&names[at])).collect();
                    let others: Vec<&str> = others.iter().map(String::as_str).collect();
                    column(target).ok_or_else(|| ask.unknown(task, &shown(target.trim()), &others))
                })
                .collect::<Result<_, _>>()?,
        };
        if columns.contains(&label) {
            return Err(DataError::Setting {
                key: format!("task.auxiliary.{task}.target"),
                problem: format!("column {} holds the classes already", shown(&names[label])),
                remedy: "name another column, or make another one data.label".to_owned(),
            });
        }
        let kind = ask.kind(task).or((columns.len() > 1).then_some(LabelKind::Numbers));
        if columns.len() > 1 && kind == Some(LabelKind::Classes) {
            let found = format!("\"{}\" are {} columns", shown(&auxiliary.target), columns.len());
            return Err(ask.mismatch(task, &found, LabelKind::Numbers));
        }
        Ok(Self {
            path,
            ask,
            task,
            names: columns.iter().map(|&column| names[column].clone()).collect(),
            columns,
            kind,
            rows: 0,
            classes: HashMap::new(),
            of_rows: Vec::new(),
            numbers: Vec::new(),
            known: false,
        })
    }

    pub(super) fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// Numbers held.
    pub(super) fn len(&self) -> usize {
        self.of_rows.len() + self.numbers.len()
    }

    /// Takes one row. What is missing in it is not known.
    ///
    /// # Errors
    /// A value is not of the kind that is learned.
    pub(super) fn take(&mut self, record: &ByteRecord, line: u64) -> Result<(), DataError> {
        for place in 0..self.columns.len() {
            let text = text_of(record.get(self.columns[place]).unwrap_or_default());
            let text = (!missing(&text)).then_some(text);
            if self.kind.is_none()
                && let Some(text) = &text
            {
                // Made up for: the rows that came before, all of them without a value.
                if number(text).is_none() {
                    self.kind = Some(LabelKind::Classes);
                    self.of_rows.resize(self.rows, ABSENT);
                } else {
                    self.kind = Some(LabelKind::Numbers);
                    self.numbers.resize(self.rows, f32::NAN);
                }
            }
            self.known |= text.is_some();
            match (self.kind, text) {
                (None, _) => {}
                (Some(LabelKind::Classes), None) => self.of_rows.push(ABSENT),
                (Some(LabelKind::Classes), Some(text)) => {
                    let next = self.classes.len() as u32;
                    self.of_rows.push(*self.classes.entry(text).or_insert(next));
                }
                (Some(_), None) => self.numbers.push(f32::NAN),
                (Some(LabelKind::Numbers), Some(text)) => {
                    let number = number(&text).ok_or_else(|| self.no_number(&text, place, line))?;
                    self.numbers.push(number);
                }
                (Some(LabelKind::Marks), Some(text)) => {
                    let mark = mark(&text).ok_or_else(|| self.no_mark(&text, place, line))?;
                    self.numbers.push(mark);
                }
            }
        }
        self.rows += 1;
        Ok(())
    }

    fn no_number(&self, text: &str, place: usize, line: u64) -> DataError {
        let name = shown(&self.names[place]);
        if self.ask.kind(self.task).is_none() || self.columns.len() > 1 {
            return malformed(self.path, format!("line {line}: \"{}\" in column {name} is no number", shown(text)));
        }
        let found = format!("column {name} of {} has \"{}\" in line {line}", self.path.display(), shown(text));
        self.ask.mismatch(self.task, &found, LabelKind::Classes)
    }

    fn no_mark(&self, text: &str, place: usize, line: u64) -> DataError {
        let name = shown(&self.names[place]);
        let found = format!("column {name} of {} has \"{}\" in line {line}", self.path.display(), shown(text));
        let right = if number(text).is_some() { LabelKind::Numbers } else { LabelKind::Classes };
        self.ask.mismatch(self.task, &found, right)
    }

    /// The labels of all rows.
    ///
    /// # Errors
    /// No row has a value; there are too many different ones for classes.
    pub(super) fn labels(self) -> Result<Labels, DataError> {
        let key = |name: &str| format!("task.auxiliary.{}.{name}", self.task);
        let columns = self.names.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", ");
        let Some(kind) = self.kind.filter(|_| self.known) else {
            return Err(DataError::Setting {
                key: key("target"),
                problem: format!("no row of {} has a value in {columns}", self.path.display()),
                remedy: "name a column that has some".to_owned(),
            });
        };
        if too_many_classes(self.classes.len(), self.rows) {
            return Err(DataError::Setting {
                key: key(if self.ask.kind(self.task).is_some() { "loss" } else { "target" }),
                problem: format!(
                    "column {columns} of {} has {} different values in {} rows, which are no classes",
                    self.path.display(),
                    self.classes.len(),
                    self.rows
                ),
                remedy: format!("name a column of classes; numbers are learned by {}", LabelKind::Numbers.losses()),
            });
        }
        Ok(match kind {
            LabelKind::Classes => {
                let mut names = vec![String::new(); self.classes.len()];
                for (name, place) in self.classes {
                    names[place as usize] = name;
                }
                let mut labels = Labels::Classes { names, of: self.of_rows };
                labels.in_order(sort_classes);
                labels
            }
            LabelKind::Marks => Labels::Marks { names: self.names, of: self.numbers },
            LabelKind::Numbers => Labels::Numbers { names: self.names, of: self.numbers },
        })
    }
}

fn mark(text: &str) -> Option<f32> {
    match number(text) {
        Some(number) => (number == 0.0 || number == 1.0).then_some(number),
        None if text.eq_ignore_ascii_case("true") => Some(1.0),
        None if text.eq_ignore_ascii_case("false") => Some(0.0),
        None => None,
    }
}
