//! The workbook that inspectors fill (填报表): one checklist for one subject, with drop-downs, locked
//! cells and a live score; intake reads it back by the built-in layouts.
//! Decides nothing: who is checked, what applies and which hazards are open are given. What its
//! formulas show while it is filled is a help; the score is the engine's.

mod cells;
mod lists;

use rust_xlsxwriter::{
    ConditionalFormatFormula, DataValidation, DataValidationRule, Format, Formula, Worksheet, XlsxError,
};

use self::cells::{
    Entry, Looks, WRONG, address, days_only, one_of, plain, points_of, print_on_a4, protect, refusing,
};
use super::float;
use super::grid::cell_text;
use super::sheet_name::SheetNames;
use super::{fit, grid, wording};
use crate::model::{
    Date, Decimal, Enterprise, Fact, HazardLevel, Item, Manifest, Method, Plugin, Unchecked, ValueKind,
};

/// What a form is made from.
#[derive(Debug, Clone, Copy)]
pub struct FillIn<'a> {
    /// Whose checklist.
    pub plugin: &'a Plugin,
    /// Who is checked; none: a form for anybody, of all items.
    pub subject: Option<&'a Enterprise>,
    /// Positions of the tags that the subject carries; empty: it is not known what applies.
    pub tags: &'a [u32],
    /// Hazards that are open, for a re-check.
    pub open: &'a [OpenHazard],
    /// The day the form is made: which clauses are in force.
    pub as_of: Date,
    /// Version of the program.
    pub program: &'a str,
}

/// A hazard that is still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenHazard {
    /// Its number in the ledger.
    pub id: String,
    /// What is wrong.
    pub text: String,
    /// Level.
    pub level: HazardLevel,
    /// The day it was found, where known.
    pub found: Option<Date>,
    /// The day it is due, where one is set.
    pub deadline: Option<Date>,
    /// How it stands, e.g. 逾期未销号.
    pub state: String,
}

/// A column of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Code,
    Category,
    Requirement,
    Method,
    Clause,
    Points,
    Verdict,
    Deduction,
    Got,
    Finding,
    Level,
    Deadline,
    Remark,
}

/// Columns with their headings, by which intake knows them, and widths.
type Columns = [(Column, &'static str, f64)];

/// A check of an enterprise: `templates/intake/check-sheet`.
const CHECK: &Columns = &[
    (Column::Code, "检查编号", 10.0),
    (Column::Category, "检查项目", 12.0),
    (Column::Requirement, "检查内容", 40.0),
    (Column::Method, "检查方式", 12.0),
    (Column::Clause, "依据条款", 24.0),
    (Column::Points, "标准分", 7.5),
    (Column::Verdict, "检查结果", 10.0),
    (Column::Deduction, "扣分", 7.5),
    (Column::Got, "本项得分", 8.0),
    (Column::Finding, "存在问题", 24.0),
    (Column::Level, "隐患等级", 8.0),
    (Column::Deadline, "整改期限", 11.0),
    (Column::Remark, "备注", 12.0),
];

/// The yearly assessment of a village or department: `templates/intake/assessment-verified`.
const ASSESSMENT: &Columns = &[
    (Column::Code, "考核编号", 10.0),
    (Column::Category, "考核项目", 14.0),
    (Column::Requirement, "考核内容", 48.0),
    (Column::Method, "考核方式", 14.0),
    (Column::Clause, "依据条款", 30.0),
    (Column::Points, "标准分", 8.0),
    (Column::Deduction, "扣分", 8.0),
    (Column::Remark, "扣分原因", 26.0),
    (Column::Got, "考核得分", 9.0),
];

/// The kind of subject that intake makes of a check sheet: the checklist's first.
const CHECKED: u32 = 0;
/// The kind of subject that is assessed yearly, in the codes of checklists.
const VERIFIED: &str = "verified";
/// What an inspector may answer.
const VERDICTS: [&str; 5] = ["符合", "部分符合", "不符合", "不涉及", "未查"];
/// The word in a deduction's place by which a line of the assessment does not apply.
const EXCUSED: &str = "缺项";
/// What stands in the place of points that are not counted.
const UNSCORED: &str = "不计分";

/// Whether an item is asked of a subject with these tags.
///
/// Source: as intake's binding has it: without tags nothing can be said, so everything is asked.
pub fn applies(item: &Item, tags: &[u32]) -> bool {
    tags.is_empty() || item.applies.is_empty() || item.applies.iter().any(|tag| tags.contains(tag))
}

/// Makes the form.
///
/// Shape: the bytes of a workbook: the form; items that do not apply, where there are any; open
/// hazards, where there are any; and `_meta`, hidden, by which it is known again.
/// Errors: what the writer refuses.
pub fn fill_in(form: &FillIn<'_>) -> Result<Vec<u8>, XlsxError> {
    let mut names = SheetNames::default();
    let manifest = &form.plugin.manifest;
    let is_assessment = manifest.kinds.iter().any(|kind| kind.code == VERIFIED);
    let page = Page {
        form,
        manifest,
        is_assessment,
        columns: if is_assessment { ASSESSMENT } else { CHECK },
        looks: Looks::new(),
    };
    let mut sheets = vec![page.draw(&names.take(if is_assessment { "考核评分" } else { "检查评分" }, ""))?];
    if manifest.items.iter().any(|item| !applies(item, form.tags)) {
        sheets.push(page.left_out(&names.take("不适用项", ""))?);
    }
    if !form.open.is_empty() {
        sheets.push(page.recheck(&names.take("复查隐患", ""))?);
    }
    sheets.push(page.identity(&names.take("_meta", ""))?);
    grid::workbook_of(&[], sheets, &manifest.checklist_title, form.as_of)
}

struct Page<'a> {
    form: &'a FillIn<'a>,
    manifest: &'a Manifest,
    is_assessment: bool,
    columns: &'static Columns,
    looks: Looks,
}

/// Rows of items, from 0, both ends inclusive.
type Rows = (u32, u32);

impl Page<'_> {
    fn draw(&self, name: &str) -> Result<Worksheet, XlsxError> {
        let mut sheet = Worksheet::new();
        sheet.set_name(name)?;
        for (column, (_, _, width)) in (0..).zip(self.columns) {
            sheet.set_column_width(column, *width)?;
        }
        sheet.merge_range(0, 0, 0, self.last(), &self.manifest.checklist_title, &self.looks.title)?;
        sheet.set_row_height(0, 28)?;
        let applying: Vec<_> =
            self.manifest.items.iter().filter(|item| applies(item, self.form.tags)).collect();
        let facts = self.facts();
        let header = 3 + facts.len().div_ceil(2) as u32 + 1;
        let first = header + 1;
        let (end, subtotals) = self.items(&mut sheet, first, &applying)?;
        self.head(&mut sheet, &facts, (first, end.saturating_sub(1)), &applying)?;
        for (column, (_, heading, _)) in (0..).zip(self.columns) {
            sheet.write_string_with_format(header, column, *heading, &self.looks.heading)?;
        }
        sheet.set_row_height(header, 22)?;
        self.total(&mut sheet, end, "合计", (first, end.saturating_sub(1)), points_of(&applying))?;
        self.foot(&mut sheet, end + 1, subtotals > 0)?;
        sheet.set_freeze_panes(first, 2)?;
        print_on_a4(&mut sheet, Some(header))?;
        protect(&mut sheet);
        Ok(sheet)
    }

    fn last(&self) -> u16 {
        self.columns.len() as u16 - 1
    }

    /// Position of a column; none where the form has none.
    fn column(&self, wanted: Column) -> Option<u16> {
        self.columns.iter().position(|(column, _, _)| *column == wanted).map(|at| at as u16)
    }

    /// A cell of a row, e.g. F7; empty where the form has no such column.
    fn at(&self, wanted: Column, row: u32) -> String {
        self.column(wanted).map_or_else(String::new, |column| address(row, column))
    }

    /// The cells of a column, e.g. F7:F30.
    fn range(&self, wanted: Column, (first, last): Rows) -> String {
        format!("{}:{}", self.at(wanted, first), self.at(wanted, last))
    }

    /// What the rules want to know of a check beside the answers: label, type, unit. What they want to
    /// know of other kinds of subject alone is asked on the sheets of those.
    fn facts(&self) -> Vec<(&str, ValueKind, String)> {
        if self.is_assessment {
            return Vec::new();
        }
        let facts = self.manifest.facts.iter().filter(|fact| fact.asked_of.is_none_or(|of| of == CHECKED));
        let unit =
            |fact: &Fact| if fact.kind == ValueKind::Number { fact.unit.clone() } else { String::new() };
        facts.map(|fact| (&*fact.title, fact.kind, unit(fact))).collect()
    }

    /// The block above the table: who, when, what the rules want to know, and the score so far.
    fn head(
        &self,
        sheet: &mut Worksheet,
        facts: &[(&str, ValueKind, String)],
        rows: Rows,
        items: &[&Item],
    ) -> Result<(), XlsxError> {
        let looks = &self.looks;
        let subject = self.form.subject;
        let name = subject.map_or("", |subject| &*subject.name);
        let code = subject.map_or("", |subject| &*subject.code);
        if self.is_assessment {
            self.field(sheet, (1, 0), "被考核单位", name, Entry::Required)?;
            self.field(sheet, (1, 1), "考核年度", &self.form.as_of.year().to_string(), Entry::Required)?;
            self.field(sheet, (2, 0), "考核人", "", Entry::Optional)?;
            self.field(sheet, (2, 1), "考核日期", "", Entry::Day)?;
        } else {
            self.field(sheet, (1, 0), "被检查单位", name, Entry::Required)?;
            self.field(sheet, (1, 1), "统一社会信用代码", code, Entry::Optional)?;
            self.field(sheet, (2, 0), "检查日期", "", Entry::RequiredDay)?;
            self.field(sheet, (2, 1), "检查人员", "", Entry::Required)?;
        }
        for (index, (title, kind, unit)) in facts.iter().enumerate() {
            let place = (3 + index as u32 / 2, index % 2);
            let entry = match kind {
                ValueKind::Day => Entry::Day,
                ValueKind::Flag => Entry::Flag,
                ValueKind::Number => Entry::Number,
                ValueKind::Text => Entry::Optional,
            };
            self.field(sheet, place, title, unit, entry)?;
        }
        let row = 3 + facts.len().div_ceil(2) as u32;
        let answer = if self.is_assessment { Column::Deduction } else { Column::Verdict };
        let open = format!("{}-COUNTA({})", items.len(), self.range(answer, rows));
        self.field(sheet, (row, 0), "未填项数", "", Entry::Locked)?;
        let open = Formula::new(open).set_result(items.len().to_string());
        sheet.write_formula_with_format(row, self.value_column(0), open, &looks.total)?;
        self.field(sheet, (row, 1), "得分(填报中,仅供参考)", "", Entry::Locked)?;
        if let Some(score) = self.score(rows, items) {
            let score = Formula::new(score).set_result("");
            sheet.write_formula_with_format(row, self.value_column(1), score, &looks.total)?;
        } else {
            let by_rules = "按规则另算";
            sheet.write_string_with_format(row, self.value_column(1), by_rules, &looks.total)?;
        }
        Ok(())
    }

    /// First column of the value of the left or right field.
    fn value_column(&self, side: usize) -> u16 {
        let left = self.column(Column::Requirement).unwrap_or(2);
        let right = self.column(Column::Deduction).unwrap_or(6) + 1;
        if side == 0 { left } else { right }
    }

    /// A label and its cell, both merged over the columns of their half.
    fn field(
        &self,
        sheet: &mut Worksheet,
        (row, side): (u32, usize),
        label: &str,
        given: &str,
        entry: Entry,
    ) -> Result<(), XlsxError> {
        // Of a number it is the unit that is given.
        let (value, unit) = if entry == Entry::Number { ("", given) } else { (given, "") };
        let looks = &self.looks;
        let (left, right) = (self.value_column(0), self.value_column(1));
        let middle = self.column(Column::Points).unwrap_or(5);
        let (from, to, last) = if side == 0 { (0, left, middle - 1) } else { (middle, right, self.last()) };
        sheet.set_row_height(row, 20)?;
        sheet.merge_range(row, from, row, to - 1, label, &looks.label)?;
        let format = match entry {
            Entry::Locked => &looks.total,
            // What is known is not typed again.
            _ if !value.is_empty() && self.form.subject.is_some() => &looks.text,
            Entry::Required => &looks.required,
            Entry::RequiredDay => &looks.required_day,
            Entry::Day => &looks.day,
            Entry::Optional | Entry::Number | Entry::Flag => &looks.optional,
        };
        if last > to {
            sheet.merge_range(row, to, row, last, &cell_text(value), format)?;
        } else {
            sheet.write_string_with_format(row, to, cell_text(value), format)?;
        }
        let check = match entry {
            Entry::Day | Entry::RequiredDay => days_only()?,
            Entry::Flag => one_of(&["是", "否"])?,
            Entry::Number => {
                let rule = DataValidationRule::GreaterThanOrEqualTo(0.0);
                let check = DataValidation::new().allow_decimal_number(rule);
                let check =
                    if unit.is_empty() { check } else { check.set_input_message(format!("单位:{unit}"))? };
                refusing(check, "请填不小于0的数")?
            }
            Entry::Locked | Entry::Required | Entry::Optional => return Ok(()),
        };
        sheet.add_data_validation(row, to, row, to, &check)?;
        Ok(())
    }

    /// The items by category, each followed by its subtotal.
    ///
    /// Shape: the row behind the last one, and the number of subtotals.
    fn items(&self, sheet: &mut Worksheet, first: u32, items: &[&Item]) -> Result<(u32, usize), XlsxError> {
        let (mut row, mut subtotals) = (first, 0);
        for (index, category) in (0..).zip(&self.manifest.categories) {
            let own: Vec<_> = items.iter().copied().filter(|item| item.category == index).collect();
            if own.is_empty() {
                continue;
            }
            let top = row;
            for item in &own {
                self.item(sheet, row, item, &category.title)?;
                row += 1;
            }
            self.total(sheet, row, "小计", (top, row - 1), points_of(&own))?;
            row += 1;
            subtotals += 1;
        }
        Ok((row, subtotals))
    }

    fn item(&self, sheet: &mut Worksheet, row: u32, item: &Item, category: &str) -> Result<(), XlsxError> {
        let looks = &self.looks;
        let mut lines = 1;
        for (column, (what, _, width)) in (0..).zip(self.columns) {
            let mut write = |text: &str| -> Result<(), XlsxError> {
                lines = lines.max(fit::lines(text, width - 1.0));
                sheet.write_string_with_format(row, column, cell_text(text), &looks.text).map(|_| ())
            };
            match what {
                Column::Code => write(&item.code)?,
                Column::Category => write(category)?,
                Column::Requirement => write(&self.requirement(item))?,
                Column::Method => write(&item.method)?,
                Column::Clause => write(&wording::basis(self.manifest, item, self.form.as_of))?,
                Column::Points => {
                    sheet.write_number_with_format(row, column, float(item.points), &looks.number)?;
                }
                Column::Verdict => {
                    sheet.write_blank(row, column, &looks.required)?;
                    sheet.add_data_validation(row, column, row, column, &one_of(&VERDICTS)?)?;
                }
                Column::Deduction => self.deduction(sheet, (row, column), item)?,
                Column::Got => {
                    let got = Formula::new(self.got(row, item));
                    // What the formula gives while nothing is filled in, for readers that do not compute.
                    let blank = match (self.is_assessment, item.scored) {
                        (true, _) => plain(item.points),
                        (false, true) => String::new(),
                        (false, false) => UNSCORED.to_owned(),
                    };
                    let got = got.set_result(blank);
                    sheet.write_formula_with_format(row, column, got, &looks.number)?;
                }
                Column::Level => {
                    sheet.write_blank(row, column, &looks.optional)?;
                    let words = [HazardLevel::General.title(), HazardLevel::Major.title()];
                    sheet.add_data_validation(row, column, row, column, &one_of(&words)?)?;
                }
                Column::Deadline => {
                    sheet.write_blank(row, column, &looks.day)?;
                    sheet.add_data_validation(row, column, row, column, &days_only()?)?;
                }
                Column::Finding | Column::Remark => {
                    sheet.write_blank(row, column, &looks.optional)?;
                }
            }
        }
        sheet.set_row_height(row, 13.5 * lines as f64 + 5.0)?;
        Ok(())
    }

    /// What must be so, and what failing it entails.
    fn requirement(&self, item: &Item) -> String {
        let mut text = item.requirement.clone();
        if item.veto.is_some() {
            text.push_str("【否决项】");
        }
        // What stands below the deductions speaks for itself.
        let (rule, more) = item.rule_text.split_once('\n').unwrap_or((&item.rule_text, ""));
        for (label, part) in [("扣分:", rule), ("", more)] {
            if !part.is_empty() {
                text.push('\n');
                text.push_str(label);
                text.push_str(part);
            }
        }
        text
    }

    fn deduction(
        &self,
        sheet: &mut Worksheet,
        (row, column): (u32, u16),
        item: &Item,
    ) -> Result<(), XlsxError> {
        let points = plain(item.points);
        let cell = address(row, column);
        let bounds = format!("扣分为0至{points}");
        let check = if self.is_assessment {
            sheet.write_blank(row, column, &self.looks.required)?;
            let rule = format!("OR({cell}=\"{EXCUSED}\",AND(ISNUMBER({cell}),{cell}>=0,{cell}<={points}))");
            refusing(
                DataValidation::new().allow_custom(Formula::new(rule)),
                &format!("{bounds},或{EXCUSED}"),
            )?
        } else {
            sheet.write_blank(row, column, &self.looks.required)?;
            let verdict = self.at(Column::Verdict, row);
            let wrong = Format::new().set_background_color(WRONG);
            let fails = format!("OR({verdict}=\"部分符合\",{verdict}=\"不符合\")");
            let rule = format!("OR(AND({fails},{cell}=\"\"),AND(NOT({fails}),N({cell})>0))");
            let mark = ConditionalFormatFormula::new().set_rule(Formula::new(rule)).set_format(wrong);
            sheet.add_conditional_format(row, column, row, column, &mark)?;
            let rule = DataValidationRule::Between(0.0, float(item.points));
            refusing(DataValidation::new().allow_decimal_number(rule), &bounds)?
        };
        sheet.add_data_validation(row, column, row, column, &check)?;
        Ok(())
    }

    /// What the line earns while it is filled; nothing for a line that is not scored.
    fn got(&self, row: u32, item: &Item) -> String {
        let (points, taken) = (self.at(Column::Points, row), self.at(Column::Deduction, row));
        if self.is_assessment {
            return format!("IF({taken}=\"{EXCUSED}\",\"{EXCUSED}\",{points}-N({taken}))");
        }
        let verdict = self.at(Column::Verdict, row);
        if !item.scored {
            return format!("\"{UNSCORED}\"");
        }
        let left = format!("IF({taken}=\"\",IF({verdict}=\"符合\",{points},0),MAX(0,{points}-{taken}))");
        let excused = format!("OR({verdict}=\"不涉及\",{verdict}=\"未查\")");
        format!("IF({verdict}=\"\",\"\",IF({excused},{verdict},{left}))")
    }

    /// A row of sums. SUBTOTAL leaves out the subtotals within its range.
    fn total(
        &self,
        sheet: &mut Worksheet,
        row: u32,
        label: &str,
        rows: Rows,
        points: Decimal,
    ) -> Result<(), XlsxError> {
        for (column, (what, _, _)) in (0..).zip(self.columns) {
            let sum = |result: String| {
                Formula::new(format!("SUBTOTAL(9,{})", self.range(*what, rows))).set_result(result)
            };
            match what {
                Column::Code => {
                    sheet.write_string_with_format(row, column, label, &self.looks.total)?;
                }
                Column::Points => {
                    sheet.write_formula_with_format(row, column, sum(plain(points)), &self.looks.total)?;
                }
                Column::Deduction => {
                    sheet.write_formula_with_format(row, column, sum("0".to_owned()), &self.looks.total)?;
                }
                Column::Got => {
                    let got = if self.is_assessment { plain(points) } else { "0".to_owned() };
                    sheet.write_formula_with_format(row, column, sum(got), &self.looks.total)?;
                }
                _ => {
                    sheet.write_blank(row, column, &self.looks.total)?;
                }
            }
        }
        sheet.set_row_height(row, 20)?;
        Ok(())
    }

    /// The score of what is filled in so far, for schemes that a formula can say.
    fn score(&self, rows: Rows, items: &[&Item]) -> Option<String> {
        let scheme = self.manifest.schemes.first()?;
        let is_plain = scheme.method == Method::Deduct
            && scheme.convert_not_applicable
            && items.iter().all(|item| item.scored);
        if !is_plain {
            return None;
        }
        let (points, got) = (self.range(Column::Points, rows), self.range(Column::Got, rows));
        let answer = if self.is_assessment { Column::Deduction } else { Column::Verdict };
        let answers = self.range(answer, rows);
        let of = |word: &str| format!("SUMIF({answers},\"{word}\",{points})");
        let possible = match scheme.unchecked {
            _ if self.is_assessment => format!("SUBTOTAL(9,{points})-{}", of(EXCUSED)),
            Unchecked::Zero => format!("SUBTOTAL(9,{points})-{}", of("不涉及")),
            Unchecked::Exclude => ["符合", "部分符合", "不符合"].map(of).join("+"),
        };
        let (full, digits) = (plain(scheme.full_marks), scheme.digits);
        Some(format!(
            "IF(OR(COUNTA({answers})=0,({possible})=0),\"\",ROUND(SUBTOTAL(9,{got})/({possible})*{full},{digits}))"
        ))
    }

    fn foot(&self, sheet: &mut Worksheet, row: u32, has_subtotals: bool) -> Result<(), XlsxError> {
        let mut text = "说明:黄色格必填,浅绿色格按需填写,其余锁定(无密码)。".to_owned();
        text.push_str(if self.is_assessment {
            "扣分填0或应扣分数,不涉及的填“缺项”。"
        } else {
            "检查结果从下拉表选择;部分符合、不符合须填扣分和存在问题,扣分格变红表示与检查结果不一致。"
        });
        if has_subtotals {
            text.push_str("小计、合计和得分随填随算,否决、封顶等裁定以评定结果为准。");
        }
        if !self.is_assessment && !self.manifest.tables.is_empty() {
            let tables: Vec<_> = self.manifest.tables.iter().map(|table| &*table.title).collect();
            text.push_str(&format!("规则另需的清单随表另报:{}。", tables.join("、")));
        }
        sheet.merge_range(row, 0, row, self.last(), &text, &self.looks.note)?;
        sheet.set_row_height(row, 32)?;
        // One cell, and a beginning by which intake knows it for no item.
        let gap = "\u{3000}".repeat(16);
        let signed = if self.is_assessment {
            format!("被考核单位:负责人(签名){gap}考核人(签名):")
        } else {
            format!("检查人员(签名):{gap}被检查单位负责人(签名):")
        };
        sheet.merge_range(row + 1, 0, row + 1, self.last(), &signed, &self.looks.note)?;
        sheet.set_row_height(row + 1, 26)?;
        Ok(())
    }
}
