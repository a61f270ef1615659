//! The sheet 溯源 of a finished report: what each number rests on, and from what the report was made.
//! Draws nothing of the report itself.

use rust_xlsxwriter::{Format, FormatBorder, Worksheet, XlsxError};

use super::super::Cell;
use super::super::layout::Expression;
use super::{Drawing, ORIGIN_COLUMN, TRACE, fill};
use crate::report::grid;

impl Drawing<'_> {
    /// The sheet 溯源: a line for each thing a number rests on; of a number that was worked out, how.
    pub(super) fn trace(&self) -> Result<Worksheet, XlsxError> {
        let mut sheet = Worksheet::new();
        sheet.set_name(TRACE)?;
        let head = Format::new().set_bold().set_border(FormatBorder::Thin);
        for (column, (text, width)) in (0..).zip([("单元格", 10), ("行", 30), ("栏目", 36), ("依据", 60)])
        {
            sheet.write_string_with_format(0, column, text, &head)?;
            sheet.set_column_width(column, width)?;
        }
        sheet.set_column_width(ORIGIN_COLUMN, 12)?;
        sheet.set_column_width(ORIGIN_COLUMN + 1, 70)?;
        for (row, (name, value)) in (0..).zip(self.origin) {
            sheet.write_string_with_format(row, ORIGIN_COLUMN, *name, &head)?;
            sheet.write_string(row, ORIGIN_COLUMN + 1, grid::cell_text(value))?;
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
                        return Ok(sheet);
                    }
                    sheet.write_string(row, 0, self.cell(index, position).to_string())?;
                    sheet.write_string(row, 1, grid::cell_text(&label))?;
                    sheet.write_string(row, 2, grid::cell_text(&heading))?;
                    sheet.write_string(row, 3, grid::cell_text(ground))?;
                    row += 1;
                }
            }
        }
        sheet.set_freeze_panes(1, 0)?;
        sheet.set_paper_size(9);
        sheet.set_landscape();
        sheet.set_print_fit_to_pages(1, 0);
        sheet.set_repeat_rows(0, 0)?;
        Ok(sheet)
    }
}
