//! A table that fits the terminal: columns shrink and wrap, and where that is not enough each row becomes a record.

use crate::style::{Paint, Style};
use crate::text::{padding, width, wrap};

const GAP: usize = 2;
/// A column is not made narrower than this, or than its header.
const COLUMN_MIN: usize = 10;

/// Rows of cells under headers.
pub struct Table<'h> {
    /// What stands above the columns.
    pub headers: &'h [&'h str],
    /// Each as long as `headers`.
    pub rows: Vec<Vec<String>>,
}

impl Table<'_> {
    /// The table without columns that are empty in every row. What a terminal would obey is made visible.
    pub fn render(&self, style: &Style) -> String {
        let used: Vec<usize> = (0..self.headers.len())
            .filter(|&column| self.rows.iter().any(|row| row.get(column).is_some_and(|cell| !cell.is_empty())))
            .collect();
        match self.widths(&used, style.width) {
            Some(widths) => self.columns(&used, &widths, style),
            None => self.records(&used, style),
        }
    }

    fn header(&self, column: usize) -> &str {
        self.headers.get(column).copied().unwrap_or_default()
    }

    /// How wide each used column may be; none when they do not fit side by side.
    fn widths(&self, used: &[usize], total: usize) -> Option<Vec<usize>> {
        let natural = |&column: &usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell));
            cells.chain([width(self.header(column))]).max().unwrap_or(0)
        };
        let least = |column: &usize| width(self.header(*column)).max(COLUMN_MIN);
        let mut widths: Vec<usize> = used.iter().map(natural).collect();
        let available = total.checked_sub(GAP * used.len().saturating_sub(1))?;
        while widths.iter().sum::<usize>() > available {
            // The widest gives, one step at a time, so that wide columns end up alike.
            let shrinkable = widths.iter_mut().zip(used).filter(|(width, column)| **width > least(column));
            let (widest, _) = shrinkable.max_by_key(|(width, _)| **width)?;
            *widest -= 1;
        }
        Some(widths)
    }

    fn columns(&self, used: &[usize], widths: &[usize], style: &Style) -> String {
        let mut text = String::new();
        let headers: Vec<_> = used.iter().map(|&column| vec![self.header(column).to_owned()]).collect();
        write_row(&mut text, &headers, widths, Paint::Strong, style);
        for row in &self.rows {
            let cells = used
                .iter()
                .zip(widths)
                .map(|(&column, &width)| row.get(column).map(|cell| wrap(cell, width)).unwrap_or_default());
            write_row(&mut text, &cells.collect::<Vec<_>>(), widths, Paint::Plain, style);
        }
        text
    }

    fn records(&self, used: &[usize], style: &Style) -> String {
        let names = used.iter().map(|&column| width(self.header(column))).max().unwrap_or(0);
        let mut records = Vec::new();
        for row in &self.rows {
            let mut record = String::new();
            for &column in used {
                let lines = row.get(column).map(|cell| wrap(cell, style.width.saturating_sub(names + GAP).max(8)));
                for (at, line) in lines.unwrap_or_default().iter().enumerate() {
                    let name = if at == 0 { self.header(column) } else { "" };
                    let name = format!("{}{}", style.paint(Paint::Faint, name), padding(name, names + GAP));
                    record.push_str(&format!("{name}{line}\n"));
                }
            }
            records.push(record);
        }
        records.join("\n")
    }
}

fn write_row(text: &mut String, cells: &[Vec<String>], widths: &[usize], paint: Paint, style: &Style) {
    for row in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
        let last = cells.iter().rposition(|cell| cell.get(row).is_some_and(|line| !line.is_empty()));
        for (at, (cell, columns)) in cells.iter().zip(widths).enumerate().take(last.map_or(0, |last| last + 1)) {
            let line = cell.get(row).map_or("", String::as_str);
            text.push_str(&style.paint(paint, line));
            if Some(at) != last {
                text.push_str(&padding(line, columns + GAP));
            }
        }
        text.push('\n');
    }
}
