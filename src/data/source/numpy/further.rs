//! Arrays that further tasks learn: which ones they are, and what is in them.

use std::collections::HashMap;
use std::io::Read;

use super::array::Array;
use super::{DATA, rest};
use crate::data::auxiliary::{ABSENT, LabelKind, Labels};
use crate::data::error::DataError;
use crate::data::source::Ask;
use crate::data::source::files::{sort_classes, too_many_classes};

/// The arrays that further tasks learn, for each pair of examples and labels: the one that has the target's name, with
/// what stands around the name of the examples (`train` of `x_train`) before or after it.
///
/// # Errors
/// There is no such array, or it is the examples or the labels themselves.
pub(super) fn names(names: &[String], pairs: &[(String, String)], ask: Ask<'_>) -> Result<Vec<Vec<String>>, DataError> {
    let taken = |name: &String| pairs.iter().any(|(data, labels)| name == data || name == labels);
    let free: Vec<&str> = names.iter().filter(|name| !taken(name)).map(String::as_str).collect();
    let find = |data: &str, target: &str| {
        let target = target.strip_suffix(".npy").unwrap_or(target);
        if pairs.len() == 1
            && let Some(name) = free.iter().find(|name| **name == target)
        {
            return Some((*name).to_owned());
        }
        let around = rest(data, &DATA).unwrap_or_default();
        let wanted = match around.as_str() {
            "" => [target.to_lowercase(), target.to_lowercase()],
            around => [format!("{target}_{around}").to_lowercase(), format!("{around}_{target}").to_lowercase()],
        };
        let plain = |name: &str| name.to_lowercase().replace(['-', '.', ' '], "_");
        free.iter().find(|name| wanted.contains(&plain(name))).map(|name| (*name).to_owned())
    };
    pairs
        .iter()
        .map(|(data, _)| {
            let of_task = |(task, auxiliary): (usize, &crate::domain::experiment::Auxiliary)| {
                find(data, &auxiliary.target).ok_or_else(|| ask.unknown(task, &auxiliary.target, &free))
            };
            ask.auxiliary.iter().enumerate().map(of_task).collect()
        })
        .collect()
}

/// What a further task learns of an array: a class, marks or numbers for each of `count` examples.
///
/// # Errors
/// It is of another length, or not what the task's loss learns.
pub(super) fn labels<R: Read>(array: Array<R>, count: usize, ask: Ask<'_>, task: usize) -> Result<Labels, DataError> {
    let (there, width) = match array.shape[..] {
        [there] => (there, 1),
        [there, width] => (there, width),
        _ => return Err(array.wrong("has more than two sides; labels are a number or a row of them for each example")),
    };
    if there != count || width == 0 {
        return Err(array.wrong(&format!("holds {there} labels for {count} examples")));
    }
    let natural = match (array.is_text(), width) {
        (false, 1) if array.is_float() => LabelKind::Numbers,
        (true, _) | (false, 1) => LabelKind::Classes,
        (false, _) if array.is_bool() => LabelKind::Marks,
        (false, _) => LabelKind::Numbers,
    };
    let mismatch = |name: &str, found: &str, right| ask.mismatch(task, &format!("{name} {found}"), right);
    let name = array.title();
    let kind = ask.kind(task).unwrap_or(natural);
    match kind {
        LabelKind::Classes if width > 1 => {
            Err(mismatch(&name, &format!("has {width} numbers for each example"), LabelKind::Numbers))
        }
        LabelKind::Classes => {
            let names = array.names_known()?.ok_or_else(|| mismatch(&name, "holds fractions", LabelKind::Numbers))?;
            let labels = classes(&names);
            if too_many_classes(labels.outputs(), count) {
                let found = format!("has {} different values for {count} examples", labels.outputs());
                return Err(mismatch(&name, &found, LabelKind::Numbers));
            }
            Ok(labels)
        }
        _ if array.is_text() => Err(mismatch(&name, "holds text", LabelKind::Classes)),
        LabelKind::Numbers => Ok(Labels::Numbers { names: outputs(ask, task, width), of: array.measures()? }),
        LabelKind::Marks => {
            let mut of = array.measures()?;
            of.iter_mut().filter(|mark| **mark < 0.0).for_each(|mark| *mark = f32::NAN);
            match of.iter().find(|mark| !mark.is_nan() && **mark != 0.0 && **mark != 1.0) {
                Some(other) => Err(mismatch(&name, &format!("holds {other}"), LabelKind::Numbers)),
                None => Ok(Labels::Marks { names: outputs(ask, task, width), of }),
            }
        }
    }
}

/// Names of a head's outputs: the task's own, or numbers.
fn outputs(ask: Ask<'_>, task: usize, width: usize) -> Vec<String> {
    match width {
        1 => vec![ask.auxiliary[task].target.clone()],
        _ => (0..width).map(|place| place.to_string()).collect(),
    }
}

fn classes(of: &[Option<String>]) -> Labels {
    let mut names: Vec<String> = of.iter().flatten().cloned().collect();
    names.sort();
    names.dedup();
    sort_classes(&mut names);
    let places: HashMap<&str, u32> =
        names.iter().enumerate().map(|(place, name)| (name.as_str(), place as u32)).collect();
    let of = of.iter().map(|name| name.as_deref().map_or(ABSENT, |name| places[name])).collect();
    Labels::Classes { names, of }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::experiment::{Auxiliary, Loss};

    fn asked(target: &str, loss: Option<Loss>) -> [Auxiliary; 1] {
        [Auxiliary { target: target.into(), loss, weight: 1.0, labelled: 1.0 }]
    }

    fn ask(auxiliary: &[Auxiliary]) -> Ask<'_> {
        Ask { section: "data", seed: 1, auxiliary, sequences: false }
    }

    fn array(kind: &str, shape: &str, data: &[u8]) -> Array<std::io::Cursor<Vec<u8>>> {
        let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
        let size = (header.len() as u16).to_le_bytes();
        let bytes = [&b"\x93NUMPY\x01\x00"[..], &size, header.as_bytes(), data].concat();
        Array::open(std::path::Path::new("a.npz"), "width", std::io::Cursor::new(bytes), None).unwrap()
    }

    fn floats(numbers: &[f32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    #[test]
    fn arrays_are_found_by_name_and_by_what_stands_around_it() {
        let find = |names: &[&str], pairs: &[(&str, &str)], target: &str| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let pairs: Vec<(String, String)> = pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            super::names(&names, &pairs, ask(&asked(target, None)))
        };
        assert_eq!(find(&["box", "x", "y"], &[("x", "y")], "box").unwrap(), [["box"]]);
        assert_eq!(find(&["Box", "x", "y"], &[("x", "y")], "box").unwrap(), [["Box"]]);
        assert_eq!(
            find(&["box_size", "x_train", "y_train"], &[("x_train", "y_train")], "box_size").unwrap(),
            [["box_size"]]
        );
        let two = ["x_test", "x_train", "y_test", "y_train", "test-box", "box_train"];
        let pairs = [("x_train", "y_train"), ("x_test", "y_test")];
        assert_eq!(find(&two, &pairs, "box").unwrap(), [["box_train"], ["test-box"]]);
        for target in ["y_train", "depth"] {
            let message = find(&two, &pairs, target).unwrap_err().to_string();
            assert!(
                message.contains("task.auxiliary.0.target") && message.contains("test-box, box_train"),
                "{message}"
            );
        }
    }

    #[test]
    fn elements_become_what_the_loss_learns() {
        let read = |kind: &str, shape: &str, data: &[u8], loss| {
            labels(array(kind, shape, data), 3, ask(&asked("width", loss)), 0).unwrap()
        };
        let classes = |names: &[&str], of: &[u32]| Labels::Classes {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            of: of.to_vec(),
        };
        assert_eq!(read("|i1", "(3,)", &[10, 255, 9], None), classes(&["9", "10"], &[1, ABSENT, 0]));
        assert_eq!(read("|S1", "(3,)", b"b\0a", None), classes(&["a", "b"], &[1, ABSENT, 0]));
        let some = floats(&[2.0, f32::NAN, 1.0]);
        assert_eq!(read("<f4", "(3,)", &some, Some(Loss::CrossEntropy)), classes(&["1", "2"], &[1, ABSENT, 0]));
        let Labels::Numbers { names, of } = read("<f4", "(3, 1)", &some, None) else { panic!() };
        assert_eq!((names, of[0], of[1].is_nan()), (vec!["width".to_owned()], 2.0, true));
        let Labels::Numbers { names, .. } = read("|u1", "(3, 2)", &[0; 6], None) else { panic!() };
        assert_eq!(names, ["0", "1"]);
        let marks = read("|i1", "(3, 2)", &[0, 1, 255, 1, 0, 0], Some(Loss::BinaryCrossEntropy));
        let Labels::Marks { of, .. } = marks else { panic!() };
        assert_eq!((&of[..2], of[2].is_nan()), (&[0.0, 1.0][..], true));
        assert!(matches!(read("|b1", "(3, 2)", &[0; 6], None), Labels::Marks { .. }));
    }

    #[test]
    fn what_does_not_go_together_is_said() {
        for (kind, shape, data, loss, parts) in [
            ("<f4", "(2,)", floats(&[0.0; 2]), None, &["width", "2 labels for 3 examples"][..]),
            ("<f4", "(3,)", floats(&[0.5; 3]), Some(Loss::Focal), &["auxiliary.0.loss", "fractions", "huber"]),
            ("<f4", "(3, 2)", floats(&[0.0; 6]), Some(Loss::CrossEntropy), &["2 numbers for each", "huber"]),
            ("|S1", "(3,)", vec![b'a'; 3], Some(Loss::MeanSquaredError), &["holds text", "cross-entropy"]),
            ("|u1", "(3,)", vec![0, 2, 1], Some(Loss::BinaryCrossEntropy), &["holds 2", "mean-squared-error"]),
            ("<f4", "(3, 1, 1)", floats(&[0.0; 3]), None, &["more than two sides"]),
        ] {
            let error = labels(array(kind, shape, &data), 3, ask(&asked("width", loss)), 0).unwrap_err();
            let message = error.to_string();
            for part in parts {
                assert!(message.contains(part), "{part:?} is not in {message:?}");
            }
        }
    }
}
