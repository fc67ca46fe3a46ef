//! Columns of text that line up, whatever scripts their cells are written in.

use unicode_width::UnicodeWidthStr;

use crate::domain::text::shortened;

/// Characters of a cell that are shown: each cell takes the room of the widest in its column.
const MOST: usize = 200;

/// Which side of its column a cell stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Rows of cells; missing cells are empty.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    columns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub(crate) fn new(columns: &[Align]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Appends a row.
    pub(crate) fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(|cell| shortened(&cell.into(), MOST).into_owned()).collect());
    }

    /// The rows as lines, columns two blanks apart, no blanks at the ends of lines.
    pub(crate) fn text(&self) -> String {
        let cell = |row: &'_ Vec<String>, column: usize| row.get(column).cloned().unwrap_or_default();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|column| self.rows.iter().map(|row| cell(row, column).width()).max().unwrap_or(0))
            .collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (column, align) in self.columns.iter().enumerate() {
                let cell = cell(row, column);
                let blanks = " ".repeat(widths[column] - cell.width());
                if column > 0 {
                    line += "  ";
                }
                line += &match align {
                    Align::Left => cell + &blanks,
                    Align::Right => blanks + &cell,
                };
            }
            text += line.trim_end();
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(&[Align::Left, Align::Right, Align::Left]);
        table.row(["name", "n", "note"]);
        table.row(["漢字", "12"]);
        table.row(["a", "3", "x"]);
        assert_eq!(table.text(), "name   n  note\n漢字  12\na      3  x\n");
    }
}
