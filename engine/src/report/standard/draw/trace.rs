//! The sheet 溯源 of a finished report: what each number rests on, and from what the report was made.
//! Draws nothing of the report itself.

use rust_xlsxwriter::XlsxError;

use super::super::Cell;
use super::super::layout::Expression;
use super::{Drawing, ORIGIN_COLUMN, PLAIN, Styles, TRACE, TRACE_HEAD, fill};
use crate::report::grid::{Canvas, Drawn, Entry};

impl Drawing<'_> {
    /// The sheet 溯源: a line for each thing a number rests on; of a number that was worked out, how.
    pub(super) fn trace(&self, styles: &Styles) -> Result<Drawn, XlsxError> {
        let mut sheet = Canvas::new(&styles.formats);
        sheet.frame().set_name(TRACE)?;
        for (column, (text, width)) in (0..).zip([("单元格", 10), ("行", 30), ("栏目", 36), ("依据", 60)])
        {
            sheet.write(0, column, &Entry::text(text), TRACE_HEAD)?;
            sheet.frame().set_column_width(column, width)?;
        }
        sheet.frame().set_column_width(ORIGIN_COLUMN, 12)?;
        sheet.frame().set_column_width(ORIGIN_COLUMN + 1, 70)?;
        for (row, (name, value)) in (0..).zip(self.origin) {
            sheet.write(row, ORIGIN_COLUMN, &Entry::text(*name), TRACE_HEAD)?;
            sheet.write(row, ORIGIN_COLUMN + 1, &Entry::text(&**value), PLAIN)?;
        }
        let mut row = 1;
        for (index, line) in self.sheet.lines.iter().enumerate() {
            let label = match line.cells.get(self.layout.label) {
                Some(Cell::Text(label)) => label.clone(),
                _ => String::new(),
            };
            for (position, cell) in line.cells.iter().enumerate() {
                let heading = fill(&self.layout.columns[position].head.join("/"), self.words);
                let worked;
                let grounds: &[String] = match (cell, line.sources.get(&position)) {
                    (Cell::Worked(_, working), _) => {
                        worked = self.formula(index, position, working).map_or_else(
                            || "各明细行之和".to_owned(),
                            |formula| formula.trim_start_matches('=').to_owned(),
                        );
                        std::slice::from_ref(&worked)
                    }
                    (Cell::Rate(_), _) => {
                        let Some(Expression::Percent(part, whole)) =
                            &self.layout.columns[position].expression
                        else {
                            continue;
                        };
                        worked = format!(
                            "{} ÷ {} × 100%,四舍五入;分母为 0 的列“/”",
                            self.cell(index, *part),
                            self.cell(index, *whole)
                        );
                        std::slice::from_ref(&worked)
                    }
                    (_, Some(sources)) => sources,
                    (_, None) => continue,
                };
                for ground in grounds {
                    if row > 1_048_000 {
                        return Ok(sheet.finish());
                    }
                    let place = self.cell(index, position).to_string();
                    for (column, text) in (0..).zip([&place, &label, &heading, ground]) {
                        sheet.write(row, column, &Entry::text(&**text), PLAIN)?;
                    }
                    row += 1;
                }
            }
        }
        let frame = sheet.frame();
        frame.set_freeze_panes(1, 0)?;
        frame.set_paper_size(9);
        frame.set_landscape();
        frame.set_print_fit_to_pages(1, 0);
        frame.set_repeat_rows(0, 0)?;
        Ok(sheet.finish())
    }
}
