//! From what is typed to a class: its name, the beginning of its name, or its number.

/// Which classes what was typed may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picked {
    /// This one, and nothing that could still be typed means another.
    Only(usize),
    /// This one, if it ends here.
    Whole(usize),
    /// It is the beginning of several.
    Several,
    /// None.
    None,
}

impl Picked {
    /// The class, if it ends here.
    pub fn class(self) -> Option<usize> {
        match self {
            Self::Only(class) | Self::Whole(class) => Some(class),
            Self::Several | Self::None => None,
        }
    }
}

/// Reads what is typed. Where no class has a name that begins with a digit, classes go by number too, from 1.
pub fn pick(classes: &[String], typed: &str) -> Picked {
    let typed = typed.trim().to_lowercase();
    if typed.is_empty() {
        return Picked::Several;
    }
    let names: Vec<String> = classes.iter().map(|class| class.to_lowercase()).collect();
    let numbered = is_numbered(classes);
    let begins =
        |class: usize| names[class].starts_with(&typed) || numbered && (class + 1).to_string().starts_with(&typed);
    let found: Vec<usize> = (0..classes.len()).filter(|class| begins(*class)).collect();
    let whole = found.iter().find(|class| names[**class] == typed || numbered && (**class + 1).to_string() == typed);
    match (found.as_slice(), whole) {
        ([only], _) => Picked::Only(*only),
        (_, Some(whole)) => Picked::Whole(*whole),
        ([], None) => Picked::None,
        (_, None) => Picked::Several,
    }
}

/// Whether classes go by number.
pub fn is_numbered(classes: &[String]) -> bool {
    classes.iter().all(|class| !class.trim_start().starts_with(|first: char| first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beginnings_and_numbers() {
        let digits: Vec<String> = (0..12).map(|class| class.to_string()).collect();
        let lights = ["red", "orange", "green", "Red arrow"].map(str::to_owned).to_vec();
        for (classes, typed, picked) in [
            (&digits, "7", Picked::Only(7)),
            (&digits, "1", Picked::Whole(1)),
            (&digits, "11", Picked::Only(11)),
            (&digits, "x", Picked::None),
            (&digits, " ", Picked::Several),
            (&lights, "g", Picked::Only(2)),
            (&lights, "r", Picked::Several),
            (&lights, "RED", Picked::Whole(0)),
            (&lights, "red ar", Picked::Only(3)),
            (&lights, "2", Picked::Only(1)),
            (&lights, "5", Picked::None),
        ] {
            assert_eq!(pick(classes, typed), picked, "{typed}");
        }
    }
}
