//! The family of a run: what it is a variation of, back to the beginning, and every variation of that; a tree of experiments
//! in which each child differs from its parent.

use std::collections::{HashMap, HashSet};

use super::interval::{Interval, newcombe, wilson};
use super::run::{RunId, Summary};

/// One line of a family tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The run or, at the root, the experiment.
    pub id: String,
    /// What is drawn before it: `│  ├─ `.
    pub branch: String,
    /// Its parent; `None` at the root.
    pub parent: Option<String>,
}

/// The family that `of` belongs to, parents before their children, children in the order they were made.
///
/// Parents that are no runs (any more), such as an experiment, stand at the root. Parents that name one another in a circle
/// end where they meet.
pub fn family(runs: &[Summary], of: &RunId) -> Vec<Member> {
    let by_id: HashMap<&str, &Summary> = runs.iter().map(|run| (run.id.0.as_str(), run)).collect();
    let mut children: HashMap<&str, Vec<&Summary>> = HashMap::new();
    for run in runs {
        if let Some(parent) = run.parent.as_deref() {
            children.entry(parent).or_default().push(run);
        }
    }
    for siblings in children.values_mut() {
        siblings.sort_by(|a, b| a.created.total_cmp(&b.created).then_with(|| a.id.cmp(&b.id)));
    }
    let mut root = of.0.as_str();
    let mut seen = HashSet::from([root]);
    while let Some(parent) = by_id.get(root).and_then(|run| run.parent.as_deref()).filter(|parent| seen.insert(parent))
    {
        root = parent;
    }
    let mut members = Vec::new();
    let mut met = HashSet::new();
    grow(root, None, "", "", &children, &mut met, &mut members);
    members
}

fn grow<'a>(
    id: &'a str,
    parent: Option<&str>,
    branch: &str,
    below: &str,
    children: &HashMap<&'a str, Vec<&'a Summary>>,
    met: &mut HashSet<&'a str>,
    members: &mut Vec<Member>,
) {
    if !met.insert(id) {
        return;
    }
    members.push(Member { id: id.to_owned(), branch: branch.to_owned(), parent: parent.map(str::to_owned) });
    let siblings = children.get(id).map_or(&[][..], Vec::as_slice);
    for (place, child) in siblings.iter().enumerate() {
        let (own, next) = if place + 1 == siblings.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        grow(&child.id.0, Some(id), &format!("{below}{own}"), &format!("{below}{next}"), children, met, members);
    }
}

/// How the dev error moved from one run to another: by how much, and whether that is beyond its 95 % interval. `None` where
/// one was not evaluated.
pub fn dev_shift(parent: &Summary, child: &Summary) -> Option<(f64, Interval)> {
    let estimate = |run: &Summary| run.dev.filter(|dev| dev.of > 0).map(|dev| (dev.rate(), wilson(dev)));
    let (before, after) = (estimate(parent)?, estimate(child)?);
    Some((after.0 - before.0, newcombe(after, before)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ladder::Counts;

    fn run(id: &str, parent: Option<&str>, created: f64) -> Summary {
        Summary::new(RunId(id.into()), "a".into(), parent.map(str::to_owned), 1, created)
    }

    fn drawn(runs: &[Summary], of: &str) -> Vec<String> {
        family(runs, &RunId(of.into())).into_iter().map(|member| format!("{}{}", member.branch, member.id)).collect()
    }

    #[test]
    fn a_family_is_drawn_from_its_root() {
        let runs = [
            run("a-4", Some("a-2"), 4.0),
            run("a-1", Some("digits"), 1.0),
            run("b-1", None, 0.5),
            run("a-3", Some("a-1"), 3.0),
            run("a-2", Some("a-1"), 2.0),
            run("a-5", Some("digits"), 5.0),
        ];
        let whole = ["digits", "├─ a-1", "│  ├─ a-2", "│  │  └─ a-4", "│  └─ a-3", "└─ a-5"];
        for of in ["a-4", "a-1", "a-5"] {
            assert_eq!(drawn(&runs, of), whole, "{of}");
        }
        assert_eq!(drawn(&runs, "b-1"), ["b-1"]);
        let parents: Vec<_> = family(&runs, &RunId("a-4".into())).into_iter().map(|member| member.parent).collect();
        assert_eq!(parents[3].as_deref(), Some("a-2"));
    }

    #[test]
    fn circles_end() {
        let runs = [run("a", Some("b"), 1.0), run("b", Some("a"), 2.0), run("c", Some("c"), 3.0)];
        assert_eq!(drawn(&runs, "a"), ["b", "└─ a"]);
        assert_eq!(drawn(&runs, "c"), ["c"]);
    }

    #[test]
    fn what_a_change_did_to_the_dev_error() {
        let (mut parent, mut child) = (run("a", None, 1.0), run("b", Some("a"), 2.0));
        assert_eq!(dev_shift(&parent, &child), None);
        (parent.dev, child.dev) = (Some(Counts { errors: 90, of: 900 }), Some(Counts { errors: 45, of: 900 }));
        let (size, interval) = dev_shift(&parent, &child).unwrap();
        assert!((size + 0.05).abs() < 1e-12 && interval.high < 0.0 && interval.low < size);
    }
}
