//! The sheets of a form beside its questions: what is not asked and why, open hazards, and by what the
//! form is known again.
//! Asks no item.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::cell_text;
use super::cells::{one_of, plain, print_on_a4, protect};
use super::{Page, applies};
use crate::model::Date;
use crate::report::{fit, wording};

impl Page<'_> {
    /// The items that are not asked, and why.
    pub(super) fn left_out(&self, name: &str) -> Result<Worksheet, XlsxError> {
        let tags = &self.manifest.tags;
        let titles = |of: &[u32]| {
            let titles: Vec<_> = of.iter().map(|tag| &*tags[*tag as usize].title).collect();
            titles.join("、")
        };
        let own = self.form.subject.map_or_else(String::new, |subject| {
            let mut words = vec![&*subject.kind];
            words.extend(subject.venues.iter().map(String::as_str));
            words.retain(|word| !word.is_empty());
            words.join("、")
        });
        let rows = self.manifest.items.iter().filter(|item| !applies(item, self.form.tags)).map(|item| {
            let category = &self.manifest.categories[item.category as usize].title;
            let only = titles(&item.applies);
            [
                item.code.clone(),
                category.clone(),
                item.requirement.clone(),
                plain(item.points),
                format!("只适用于{only};名录中本单位为{own}"),
            ]
        });
        let widths = [10.0, 14.0, 48.0, 8.0, 44.0];
        let headings = ["编号", "类别", "要求", "分值", "不列入的理由"];
        let title = "不适用于本单位、未列入填报表的项目";
        self.list(name, title, (&headings, &widths), rows, &[])
    }

    /// Open hazards. What is put right is closed by the ledger's rules, not by this sheet.
    pub(super) fn recheck(&self, name: &str) -> Result<Worksheet, XlsxError> {
        let day = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
        let rows = self.form.open.iter().map(|hazard| {
            let level = hazard.level.title().to_owned();
            let (found, due) = (day(hazard.found), day(hazard.deadline));
            [
                hazard.id.clone(),
                hazard.text.clone(),
                level,
                found,
                due,
                hazard.state.clone(),
                String::new(),
                String::new(),
            ]
        });
        let widths = [14.0, 44.0, 8.0, 11.0, 11.0, 12.0, 12.0, 26.0];
        let headings = ["台账号", "未销号隐患", "级别", "发现", "应改", "状态", "现场核对", "核对情况"];
        let title = "本单位未销号隐患(现场复查用;销号以台账和整改佐证为准)";
        self.list(name, title, (&headings, &widths), rows, &[6, 7])
    }

    /// A plain list; `open`: columns that are filled in, the first by choice.
    fn list<const N: usize>(
        &self,
        name: &str,
        title: &str,
        (headings, widths): (&[&str; N], &[f64; N]),
        rows: impl Iterator<Item = [String; N]>,
        open: &[usize],
    ) -> Result<Worksheet, XlsxError> {
        let looks = &self.looks;
        let mut sheet = Worksheet::new();
        sheet.set_name(name)?;
        sheet.merge_range(0, 0, 0, N as u16 - 1, title, &looks.title)?;
        sheet.set_row_height(0, 28)?;
        for (column, (heading, width)) in (0..).zip(headings.iter().zip(widths)) {
            sheet.set_column_width(column, *width)?;
            sheet.write_string_with_format(1, column, *heading, &looks.heading)?;
        }
        for (row, cells) in (2..).zip(rows) {
            let mut lines = 1;
            for (index, (cell, width)) in cells.iter().zip(widths).enumerate() {
                lines = lines.max(fit::lines(cell, width - 1.0));
                let column = index as u16;
                let is_open = open.contains(&index);
                let format = if is_open { &looks.optional } else { &looks.text };
                sheet.write_string_with_format(row, column, cell_text(cell), format)?;
                if open.first() == Some(&index) {
                    let words = ["已整改", "未整改", "整改中"];
                    sheet.add_data_validation(row, column, row, column, &one_of(&words)?)?;
                }
            }
            sheet.set_row_height(row, 13.5 * lines as f64 + 5.0)?;
        }
        sheet.set_freeze_panes(2, 0)?;
        print_on_a4(&mut sheet, Some(1))?;
        protect(&mut sheet);
        Ok(sheet)
    }

    /// By what the form is known again: a row a key.
    pub(super) fn identity(&self, name: &str) -> Result<Worksheet, XlsxError> {
        let mut sheet = Worksheet::new();
        sheet.set_name(name)?;
        let on = self.form.as_of;
        let editions = self.manifest.editions.iter();
        let edition = editions.rev().find(|edition| wording::in_force(edition.effective, on));
        let day = on.to_string();
        for (row, (key, value)) in (0..).zip([
            ("form", &*self.manifest.id),
            ("version", &*self.manifest.version),
            ("edition", edition.map_or("", |edition| &*edition.id)),
            ("digest", &*self.form.plugin.digest),
            ("subject", self.form.subject.map_or("", |subject| &*subject.number)),
            ("made", &*day),
            ("program", self.form.program),
        ]) {
            sheet.write_string(row, 0, key)?;
            sheet.write_string(row, 1, cell_text(value))?;
        }
        sheet.set_very_hidden(true);
        protect(&mut sheet);
        Ok(sheet)
    }
}
