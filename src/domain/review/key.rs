//! Which runs share notes on examples: those whose examples have the same places in the same data.

use crate::domain::experiment::{Experiment, Source};

/// A name for the data of an experiment, fit for a file: the kind of source and a number. Experiments get the same one
/// where an example's place means the same example: alterations, the split, and how pictures are scaled have no part
/// in it; the seed has one where examples are drawn with it.
pub fn key(experiment: &Experiment) -> String {
    let data = &experiment.data;
    let sources: Vec<&Source> =
        std::iter::once(&data.source).chain(data.target.as_ref().map(|target| &target.source)).collect();
    let mut text = String::new();
    for source in &sources {
        let examples = source.examples.or(source.kind.drawn_by_default());
        let variant = source.variant.as_deref().or(source.kind.variants().first().copied());
        let part =
            (source.kind.word(), &source.path, variant, &source.label, examples, examples.map(|_| experiment.seed));
        text += &format!("{part:?}\n");
    }
    format!("{}-{:016x}", data.source.kind.word(), hash(text.as_bytes()))
}

/// FNV-1a: the same on every machine and in every release. <http://www.isthe.com/chongo/tech/comp/fnv/>
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::experiment::parse;

    fn of(text: &str) -> String {
        key(&parse(text, "a", "a", &[]).unwrap())
    }

    #[test]
    fn the_hash_is_the_published_one() {
        for (text, expected) in
            [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)]
        {
            assert_eq!(hash(text.as_bytes()), expected);
        }
    }

    #[test]
    fn what_moves_no_example_is_left_out() {
        let one = of("[data]\nsource = \"digits\"");
        for same in [
            "[data]\nsource = \"digits\"\nexamples = 6000\nvariant = \"clear\"",
            "[data]\nsource = \"digits\"\n[[data.augment]]\nkind = \"noise\"",
            "[data]\nsource = \"digits\"\n[data.split]\ntrain = 0.5\ndev = 0.25\ntest = 0.25\n[train]\nepochs = 2",
        ] {
            assert_eq!(of(same), one, "{same}");
        }
        for other in [
            "seed = 2\n[data]\nsource = \"digits\"",
            "[data]\nsource = \"digits\"\nexamples = 500",
            "[data]\nsource = \"digits\"\nvariant = \"foggy\"",
            "[data]\nsource = \"digits\"\n[data.target]\nsource = \"digits\"\nvariant = \"foggy\"",
        ] {
            assert_ne!(of(other), one, "{other}");
        }
        let files = |seed| of(&format!("seed = {seed}\n[data]\nsource = \"csv\"\npath = \"a.csv\""));
        assert_eq!(files(1), files(2), "all of a file is taken in the file's order");
    }
}
