//! The sheets of the year-end workbooks: which rows there are, and what stands in each column.
//! Knows no arithmetic: scores, ranks and what would change them come from outside.

mod controls;
mod enterprise_process;
mod enterprises;
mod ladder;
mod letters;
mod origin;
mod process;
mod what_if;

use std::collections::BTreeSet;

use rust_xlsxwriter::XlsxError;
use serde_json::Value as Json;

use super::super::grid::{self, Entry, Grid, Row, Shown, Styles};
use super::super::sheet_name::SheetNames;
use super::super::template::{Block, Content, Pattern, Report, Sheet, Words};
use super::super::wording;
use super::Publication;
use super::record::{Change, changes, rate, title, veto};
use super::seal::{Sealed, cell};
use crate::model::yearend::{GradeRange, Sense, UnitInputs, UnitKind, UnitResult, UnitRules, rounded};
use crate::model::{Decimal, Ratio};

/// Printed where nobody says who changed points, when or why.
const UNSAID: &str = "未写明";
/// The most steps that are listed for a unit or an enterprise.
const MOST_STEPS: usize = 10;
/// Printed where a unit has no rank.
const NO_RANK: &str = "—";

/// What the texts of the templates may hold beside the words of the run.
pub(super) fn words(publication: &Publication<'_>, sealed: &Sealed, mut words: Words) -> Words {
    let rules = publication.rules;
    let village = &rules.village;
    let bands = |bands: &[GradeRange]| {
        let one = |band: &GradeRange| match (band.low, band.high) {
            // From nothing up to the next band reads better from above.
            (Some(low), Some(high)) if low.value.is_zero() && !high.inclusive => {
                format!("{}<{}", band.grade, plain(high.value))
            }
            _ => format!("{}{}", band.grade, band.text),
        };
        bands.iter().map(one).collect::<Vec<_>>().join("、")
    };
    // The year that is assessed may have ended before the day of the assessment.
    words.insert("year", publication.run.year_end.year.to_string());
    words.insert("rules", rules.title.clone());
    words.insert("formula", formula(village));
    words.insert("bands", bands(&village.bands));
    words.insert("department_bands", bands(&rules.department.bands));
    words.insert("seal", sealed.first.clone());
    words.insert("reissue", sealed.reissue.clone().unwrap_or_else(|| "无".to_owned()));
    words.insert("self_gap", plain(rules.self_gap));
    words.insert("cap", village.bonus_cap.map_or_else(|| "0".to_owned(), plain));
    let veto = village.veto.as_ref();
    words.insert(
        "veto",
        veto.map_or_else(|| "无".to_owned(), |veto| format!("生产安全责任事故死亡{}人及以上", veto.deaths)),
    );
    words
}

/// 平时考核平均分×40%+年终考核×60%+加分−扣分.
fn formula(rules: &UnitRules) -> String {
    let percent = |weight: Decimal| plain(weight * Decimal::ONE_HUNDRED);
    let mut text = Vec::new();
    if !rules.quarters.is_zero() {
        text.push(format!("平时考核平均分×{}%", percent(rules.quarters)));
    }
    if !rules.year_end.is_zero() {
        text.push(format!("年终考核×{}%", percent(rules.year_end)));
    }
    let extra = if rules.bonus_cap.is_some() { "+加分−扣分" } else { "" };
    format!("{}{extra}", text.join("+"))
}

fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}

/// Makes a workbook; none where nothing would stand in it. Errors: what the writer refuses.
pub(super) fn make(
    publication: &Publication<'_>,
    report: &Report,
    words: &Words,
    sealed: &Sealed,
) -> Result<Option<Vec<u8>>, XlsxError> {
    let styles = Styles::new(report);
    let mut names = SheetNames::default();
    let mut sheets = Vec::new();
    for sheet in &report.sheets {
        let Content::YearEnd { kind, blocks } = &sheet.content else { continue };
        let own;
        let sheet = if publication.signature.is_empty() || sheet.signature == Pattern::default() {
            sheet
        } else {
            own = Sheet { signature: Pattern::literal(publication.signature), ..sheet.clone() };
            &own
        };
        let name = sheet.name.fill(words);
        let drawing = Drawing { publication, words, sealed, styles: &styles, which: &report.name };
        sheets.extend(drawing.draw(&mut names, &name, sheet, kind, blocks)?);
    }
    if sheets.is_empty() {
        return Ok(None);
    }
    let file = report.file.fill(words);
    grid::workbook(&styles, sheets, &file, publication.run.as_of).map(Some)
}

/// A column of a named block.
type Named = Block<&'static str>;

struct Drawing<'a> {
    publication: &'a Publication<'a>,
    words: &'a Words,
    sealed: &'a Sealed,
    styles: &'a Styles,
    /// Name of the template.
    which: &'a str,
}

impl<'a> Drawing<'a> {
    fn units(&self) -> &'a [UnitInputs] {
        &self.publication.run.year_end.units
    }

    /// Draws a sheet; none for a kind that has nothing to say.
    fn draw(
        &self,
        names: &mut SheetNames,
        name: &str,
        sheet: &Sheet,
        kind: &str,
        blocks: &[Named],
    ) -> Result<Option<grid::Drawn>, XlsxError> {
        let says = match kind {
            "year-end-replay" => self.publication.flips.is_some(),
            "year-end-objections" | "year-end-changes" => self.sealed.reissue.is_some(),
            "year-end-controls" => !self.publication.run.year_end.controls.is_empty(),
            "year-end-enterprises" => !self.publication.run.year_end.enterprises.is_empty(),
            "year-end-letters" => {
                let letters = &self.publication.run.supervision.letters;
                letters.letters.iter().any(|letter| letter.signed.is_some()) || !letters.posts.is_empty()
            }
            "year-end-ladder" => {
                let year_end = &self.publication.run.year_end;
                !year_end.ladder.footings.is_empty() || !year_end.reviews.is_empty()
            }
            _ => true,
        };
        if !says {
            return Ok(None);
        }
        let mut grid = Grid::new(names.take(name, ""), sheet, self.words);
        for (index, block) in blocks.iter().enumerate() {
            // The columns of posts and fields depend on the fields.
            if (kind, index) != ("year-end-letters", 2) {
                grid.table(block, self.words);
            }
            match (kind, index) {
                ("year-end-controls", _) => self.controls(&mut grid, block),
                ("year-end-enterprises", _) => self.enterprises(&mut grid, block),
                ("year-end-letters", 0) => self.coverage(&mut grid, block),
                ("year-end-letters", 1) => self.missing(&mut grid, block),
                ("year-end-letters", _) => self.duties(&mut grid, block),
                ("year-end-ranking", 0) => self.ranking(&mut grid, block, UnitKind::Village),
                ("year-end-ranking", _) => self.ranking(&mut grid, block, UnitKind::Department),
                ("year-end-process", _) => self.process(&mut grid, block),
                ("year-end-entries", _) => {
                    self.entries(&mut grid, block);
                    self.enterprise_entries(&mut grid, block);
                }
                ("year-end-vetoes", _) => self.vetoes(&mut grid, block),
                ("year-end-what-if", _) => self.what_if(&mut grid, block),
                ("year-end-ladder", 0) => self.levels(&mut grid, block),
                ("year-end-ladder", 1) => self.footings(&mut grid, block),
                ("year-end-ladder", _) => self.reviews(&mut grid, block),
                ("year-end-tailoring", _) => self.tailoring(&mut grid, block),
                ("year-end-replay", _) => self.replay(&mut grid, block),
                ("year-end-trace", 0) => self.rules(&mut grid, block),
                ("year-end-trace", _) => self.inputs(&mut grid, block),
                ("year-end-origin", 0) => self.origin(&mut grid, block, self.which),
                ("year-end-origin", _) => self.grounds(&mut grid, block),
                ("year-end-objections", _) => {
                    self.objections(&mut grid, block);
                    self.enterprise_objections(&mut grid, block);
                }
                ("year-end-changes", _) => {
                    self.changes(&mut grid, block);
                    self.enterprise_changes(&mut grid, block);
                }
                _ => {}
            }
            grid.or_none("无");
        }
        grid::draw(&grid, self.styles).map(Some)
    }

    fn row<'e>(&self, grid: &mut Grid<'e>, block: &Named, entry: &dyn Fn(&str) -> Entry<'e>) {
        grid.row(Row::body(block.columns.iter().map(|column| entry(column.key)).collect()));
    }

    /// Units of one kind by class and rank; those without one last, vetoed ones after the others.
    fn ranking(&self, grid: &mut Grid<'_>, block: &Named, kind: UnitKind) {
        let rules = self.publication.rules;
        let mut order: Vec<_> =
            (0..self.units().len()).filter(|at| self.units()[*at].unit.kind == kind).collect();
        let results = self.publication.first;
        order.sort_by_key(|at| {
            let (unit, result) = (&self.units()[*at].unit, &results[*at]);
            let rank = result.rank.unwrap_or(u32::MAX);
            (&unit.class, rank, result.is_vetoed(), &unit.number)
        });
        for at in order {
            let (unit, result) = (&self.units()[at], &results[at]);
            let digits = rules.of(kind).digits;
            let entry = |key: &str| match key {
                "rank" => match result.rank {
                    Some(rank) => Entry::count(rank as usize),
                    None => Entry::text(NO_RANK),
                },
                "number" => Entry::code(unit.unit.number.clone()),
                "name" => Entry::text(unit.unit.name.clone()),
                "class" => Entry::text(unit.unit.class.clone()),
                "quarters" => number(result.quarter_mean),
                "year-end" => number(result.year_end),
                "got" => result.got.map_or(Entry::Empty, |(got, _)| Entry::points(got)),
                "possible" => result.got.map_or(Entry::Empty, |(_, possible)| Entry::points(possible)),
                "bonus" => Entry::points(result.bonus.normalize()),
                "penalty" => Entry::points(result.penalty.normalize()),
                "final" => fixed(result.score, digits),
                "grade" => Entry::text(result.grade.clone()),
                "veto" => Entry::text(veto(unit, result).unwrap_or_default()),
                "self" => number(result.own),
                "gap" => fixed(result.gap, digits),
                "rate" => Entry::text(rate(unit.rate, rules.rate_digits).unwrap_or_default()),
                _ => Entry::text(remark(unit, result)),
            };
            self.row(grid, block, &entry);
        }
    }

    fn entries(&self, grid: &mut Grid<'_>, block: &Named) {
        for (at, unit) in self.units().iter().enumerate() {
            let result = &self.publication.first[at];
            for (index, one) in unit.entries.iter().enumerate() {
                let counts = one.sense == Sense::Penalty || result.counted.contains(&index);
                let remark = if one.sense == Sense::Bonus && one.document.is_empty() {
                    "无依据文号,不计分".to_owned()
                } else if !counts {
                    "同一事项取最高分,本条不计".to_owned()
                } else if one.sense == Sense::Bonus && result.bonus_raw > result.bonus {
                    format!("本单位加分合计{},封顶{}", plain(result.bonus_raw), plain(result.bonus))
                } else {
                    String::new()
                };
                let number = grid.n_rows() + 1;
                let entry = |key: &str| match key {
                    "number" => Entry::count(number),
                    "unit" => Entry::text(format!("{} {}", unit.unit.number, unit.unit.name)),
                    "sense" => Entry::text(if one.sense == Sense::Bonus { "加分" } else { "扣分" }),
                    "matter" => Entry::text(one.matter.clone()),
                    "level" => Entry::text(one.level.clone()),
                    "points" => Entry::points(one.points),
                    "counted" => Entry::points(if counts { one.points } else { Decimal::ZERO }),
                    "remark" => Entry::text(remark.clone()),
                    "document" => Entry::text(one.document.clone()),
                    _ => Entry::text(cell(self.publication.run, one.at)),
                };
                self.row(grid, block, &entry);
            }
        }
    }

    fn vetoes(&self, grid: &mut Grid<'_>, block: &Named) {
        for (unit, result) in self.units().iter().zip(self.publication.first) {
            let accident_rule = self.words.get("veto").cloned().unwrap_or_default();
            let accidents = result.vetoes.iter().map(|index| {
                let accident = &unit.accidents[*index];
                (accident.shown(), accident.at, accident_rule.clone())
            });
            let breaches = result.breaches.iter().map(|index| {
                let breach = &unit.breaches[*index];
                (breach.shown.clone(), breach.at, format!("{}超过控制指标", breach.measure.title()))
            });
            for (basis, at, rule) in accidents.chain(breaches) {
                let number = grid.n_rows() + 1;
                let entry = |key: &str| match key {
                    "number" => Entry::count(number),
                    "unit" => Entry::text(format!("{} {}", unit.unit.number, unit.unit.name)),
                    "basis" => Entry::text(basis.clone()),
                    "rule" => Entry::text(rule.clone()),
                    "effect" => Entry::text(format!("等级为{},不参加排名,取消评先资格", result.grade)),
                    "score" => fixed(result.score, self.publication.rules.of(unit.unit.kind).digits),
                    _ => Entry::text(cell(self.publication.run, at)),
                };
                self.row(grid, block, &entry);
            }
        }
    }

    fn tailoring(&self, grid: &mut Grid<'_>, block: &Named) {
        for one in &self.publication.rules.tailored {
            let number = grid.n_rows() + 1;
            let entry = |key: &str| match key {
                "number" => Entry::count(number),
                "key" => Entry::text(one.key.clone()),
                "base" => Entry::text(if one.base.is_empty() { "无".to_owned() } else { one.base.clone() }),
                "local" => Entry::text(one.local.clone()),
                "remark" => Entry::text(one.remark.clone()),
                "date" => Entry::Day(one.date),
                "layer" => Entry::text(one.layer.clone()),
                _ => Entry::text(one.approver.clone()),
            };
            self.row(grid, block, &entry);
        }
    }

    fn replay(&self, grid: &mut Grid<'_>, block: &Named) {
        for flip in self.publication.flips.unwrap_or_default() {
            let unit = &self.units()[flip.unit].unit;
            let number = grid.n_rows() + 1;
            let digits = self.publication.rules.of(unit.kind).digits;
            let entry = |key: &str| match key {
                "number" => Entry::count(number),
                "unit" => Entry::text(format!("{} {}", unit.number, unit.name)),
                "score" => fixed(flip.before.score, digits),
                "grade" => Entry::text(flip.before.grade.clone()),
                "other-score" => fixed(flip.after.score, digits),
                _ => Entry::text(flip.after.grade.clone()),
            };
            self.row(grid, block, &entry);
        }
    }

    fn rules(&self, grid: &mut Grid<'_>, block: &Named) {
        let sealed = self.sealed;
        let rows = [
            ("首次结果封存摘要", Some(&sealed.first)),
            ("再发布封存摘要", sealed.reissue.as_ref()),
            ("考核规则(含调整单)", Some(&self.publication.rules.digest)),
        ];
        for (what, digest) in rows {
            let Some(digest) = digest else { continue };
            let entry = |key: &str| match key {
                "what" => Entry::text(what),
                _ => Entry::code(digest.clone()),
            };
            self.row(grid, block, &entry);
        }
    }

    fn inputs(&self, grid: &mut Grid<'_>, block: &Named) {
        for id in &self.sealed.inputs {
            let source = self.publication.run.sources.get(*id);
            let number = grid.n_rows() + 1;
            let entry = |key: &str| match key {
                "number" => Entry::count(number),
                "file" => Entry::text(source.path.clone()),
                "bytes" => Entry::Number(Decimal::from(source.len), Shown::Integer),
                _ => Entry::code(source.digest.clone()),
            };
            self.row(grid, block, &entry);
        }
    }

    fn objections(&self, grid: &mut Grid<'_>, block: &Named) {
        for (at, unit) in self.units().iter().enumerate() {
            for one in &unit.objections {
                let number = grid.n_rows() + 1;
                let old = self.publication.first[at].year_end;
                let entry = |key: &str| match key {
                    "number" => Entry::count(number),
                    "unit" => Entry::text(format!("{} {}", unit.unit.number, unit.unit.name)),
                    "item" => Entry::code(one.item.clone()),
                    "before" => Entry::text(one.before.clone()),
                    "points" => one.points.map_or(Entry::Empty, Entry::points),
                    "old" => self::number(old),
                    "new" => Entry::points(one.score),
                    "reason" => Entry::text(one.reason.clone()),
                    "who" => Entry::text(one.approved_by.clone()),
                    "when" => Entry::day(one.date),
                    _ => Entry::text(cell(self.publication.run, one.at)),
                };
                self.row(grid, block, &entry);
            }
        }
    }

    fn changes(&self, grid: &mut Grid<'_>, block: &Named) {
        for change in changes(&self.sealed.before, &self.sealed.after) {
            let unit = &self.units()[change.unit].unit;
            self.change(grid, block, &format!("{} {}", unit.number, unit.name), &change);
        }
    }

    fn change(&self, grid: &mut Grid<'_>, block: &Named, whose: &str, change: &Change) {
        let number = grid.n_rows() + 1;
        let value = |value: &Json| match value {
            Json::Null => Entry::text(NO_RANK),
            Json::Bool(flag) => Entry::text(if *flag { "是" } else { "否" }),
            Json::String(text) => Entry::text(text.clone()),
            other => Entry::text(other.to_string()),
        };
        let entry = |key: &str| match key {
            "number" => Entry::count(number),
            "unit" => Entry::text(whose.to_owned()),
            "field" => Entry::text(title(change.field)),
            "before" => value(&change.before),
            _ => value(&change.after),
        };
        self.row(grid, block, &entry);
    }
}

/// What a step changes beside the score.
fn effects(places: u32, grades: Option<(&str, &str)>) -> String {
    let places = (places > 0).then(|| format!("名次升{places}位"));
    let grades = grades.map(|(now, then)| format!("等级{now}→{then}"));
    places.into_iter().chain(grades).collect::<Vec<_>>().join(",")
}

/// Score, grade and rank in one clause.
fn standing(score: Option<Decimal>, grade: &str, rank: Option<u32>) -> String {
    let score = score.map_or_else(|| "/".to_owned(), |score| score.to_string());
    let rank = rank.map_or_else(|| NO_RANK.to_owned(), |rank| format!("第{rank}名"));
    format!("{score} {grade} {rank}")
}

/// Texts one under the other, each once.
fn joined(texts: impl Iterator<Item = String>) -> String {
    let mut seen = BTreeSet::new();
    texts.filter(|text| seen.insert(text.clone())).collect::<Vec<_>>().join("\n")
}

/// An exact number with all its digits where they end, otherwise with four.
fn number<'e>(exact: Option<Ratio>) -> Entry<'e> {
    let Some(exact) = exact else { return Entry::Empty };
    match rounded(exact, 6) {
        Some(decimal) if crate::model::yearend::exact(decimal) == Some(exact) => {
            Entry::points(decimal.normalize())
        }
        _ => fixed(rounded(exact, 4), 4),
    }
}

/// A rounded number with its digits; `/` where there is none.
fn fixed<'e>(score: Option<Decimal>, digits: u8) -> Entry<'e> {
    match score {
        Some(score) => Entry::Number(score, Shown::Fixed(digits)),
        None => Entry::text("/"),
    }
}

/// What a reader of the ranking must know beside the numbers.
fn remark(unit: &UnitInputs, result: &UnitResult) -> String {
    let mut remarks = Vec::new();
    if result.score.is_none() {
        remarks.push("考核材料不全".to_owned());
    }
    if result.is_vetoed() && !result.grade_by_score.is_empty() {
        remarks.push(format!("得分仅供参考,按得分为{}", result.grade_by_score));
    }
    if result.gap_flagged {
        remarks.push("自评差异大".to_owned());
    }
    if result.bonus_raw > result.bonus {
        remarks.push(format!("加分{}封顶{}", plain(result.bonus_raw), plain(result.bonus)));
    }
    if let Some(objection) = unit.objections.first() {
        let day = objection.date.map_or_else(String::new, wording::day);
        remarks.push(format!("有异议处理({day}批准),见再发布"));
    }
    remarks.join(";")
}
