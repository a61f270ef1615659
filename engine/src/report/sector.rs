//! The summary workbooks of one plugin: which sheets, in which order, and where links lead.
//! Knows no formats: sheets are laid out by the modules below and drawn by `grid`.

mod clauses;
mod hazards;
mod ranking;
mod score_sheet;
mod statistics;
mod trace;
mod units;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rust_xlsxwriter::{Worksheet, XlsxError};

use super::grid::{self, Styles};
use super::sheet_name::SheetNames;
use super::template::{Content, Report, Words};
use super::wording;
use crate::model::{
    Answer, Assessed, Check, Enterprise, Evaluation, Item, ItemScore, Manifest, Outcome, Plugin, Provenance,
    Run, SchemeScore, Scored,
};

/// What a plugin's reports are made from.
struct Sector<'a> {
    run: &'a Run,
    plugin: &'a Plugin,
    manifest: &'a Manifest,
    /// Its checks, in the order of the run.
    checks: Vec<Checked<'a>>,
}

/// A check with what reports look up about it.
struct Checked<'a> {
    check: &'a Check,
    /// Who it is, where the register knows.
    enterprise: Option<&'a Enterprise>,
    assessed: Option<&'a Assessed>,
    scored: Option<&'a Scored>,
    /// Items in the order of the checklist.
    lines: Vec<Line<'a>>,
}

/// An item of a check.
#[derive(Clone, Copy)]
struct Line<'a> {
    index: u32,
    item: &'a Item,
    answer: &'a Answer,
    outcome: &'a Outcome,
    score: &'a ItemScore,
}

impl<'a> Checked<'a> {
    fn new(run: &'a Run, manifest: &'a Manifest, check: &'a Check) -> Self {
        let assessed = match &check.evaluation {
            Evaluation::Assessed(assessed) => Some(assessed),
            Evaluation::Failed { .. } | Evaluation::Fault(_) => None,
        };
        let scored = check.scored.as_ref();
        let mut lines = Vec::new();
        if let (Some(assessed), Some(scored)) = (assessed, scored) {
            lines.extend(assessed.outcomes.iter().zip(&scored.items).filter_map(|(outcome, score)| {
                Some(Line {
                    index: score.item,
                    item: manifest.items.get(score.item as usize)?,
                    answer: check.subject.answers.get(score.answer)?,
                    outcome,
                    score,
                })
            }));
        }
        lines.sort_by_key(|line| line.index);
        let enterprise = check.subject.enterprise.map(|id| run.register.get(id));
        Self { check, enterprise, assessed, scored, lines }
    }

    /// The name as registered; where the register lacks it, as it stands in the workbook.
    fn name(&self) -> &'a str {
        match self.enterprise {
            Some(enterprise) => &enterprise.name,
            None => super::owner_name(&self.check.subject),
        }
    }

    fn code(&self) -> &'a str {
        match self.enterprise {
            Some(enterprise) if !enterprise.code.is_empty() => &enterprise.code,
            _ => &self.check.subject.code,
        }
    }

    fn village(&self) -> &'a str {
        self.enterprise.map_or("", |enterprise| &enterprise.village)
    }

    /// The main score.
    fn score(&self) -> Option<&'a SchemeScore> {
        self.scored?.schemes.first()
    }

    /// Why there is no result, where there is none.
    fn failure(&self) -> Option<String> {
        match &self.check.evaluation {
            Evaluation::Assessed(_) => None,
            Evaluation::Failed { message, .. } => Some(message.clone()),
            Evaluation::Fault(fault) => Some(format!("插件故障:{}", fault.zh)),
        }
    }

    /// The cell behind a position of the subject's evidence.
    fn cell(&self, evidence: u32) -> Option<Provenance> {
        self.check.subject.evidence.get(evidence as usize).copied()
    }

    /// Cells as text: the address alone where it is on the check's own sheet.
    fn cells(&self, run: &Run, evidence: impl IntoIterator<Item = u32>) -> String {
        let home = self.home();
        let shown: Vec<_> = evidence
            .into_iter()
            .filter_map(|position| self.cell(position))
            .map(|at| match home {
                Some(home) if (home.source, home.sheet) == (at.source, at.sheet) => at.cell.to_string(),
                _ => run.sources.show(at.into()),
            })
            .collect();
        shown.join("、")
    }

    /// A cell of the sheet that the check was read from.
    fn home(&self) -> Option<Provenance> {
        match self.check.subject.answers.first() {
            Some(answer) => self.cell(answer.evidence),
            None => self.check.subject.evidence.first().copied(),
        }
    }
}

impl Line<'_> {
    /// Whether the line belongs among the evidence: it lost points, or failed without.
    fn lost(&self) -> bool {
        self.score.verdict.fails() || !self.outcome.deductions().is_empty()
    }
}

/// Where links of the workbook lead to. Empty maps where the template has no such sheet.
#[derive(Default)]
struct Links {
    /// Name of the score sheet of each check; empty where it has none.
    sheets: Vec<String>,
    /// First row, from 0, of each line of each check on its score sheet.
    lines: Vec<Vec<u32>>,
    /// Place of the first clause of an item.
    clauses: BTreeMap<u32, String>,
    /// Place of the evidence of a line: check and position of the line.
    evidence: BTreeMap<(usize, usize), String>,
}

impl Links {
    /// The place of a line on its score sheet.
    fn line(&self, check: usize, line: usize) -> Option<String> {
        let sheet = self.sheets.get(check).filter(|sheet| !sheet.is_empty())?;
        Some(grid::place(sheet, *self.lines.get(check)?.get(line)?, 0))
    }

    /// The top of a check's score sheet.
    fn sheet(&self, check: usize) -> Option<String> {
        let sheet = self.sheets.get(check).filter(|sheet| !sheet.is_empty())?;
        Some(grid::place(sheet, 0, 0))
    }
}

/// The names of all sheets and the places on the score sheets: fixed before anything is drawn,
/// since links go from every sheet to every other.
struct Plan {
    /// One for each sheet of the template; empty for a kind that makes several.
    fixed: Vec<String>,
    /// Rankings of kinds beside the ordinary one.
    rankings: Vec<(u32, String)>,
    /// Sheets of units, by kind.
    units: BTreeMap<u32, String>,
    links: Links,
}

/// Makes one plugin's workbook by one template; none where it would have no sheets.
///
/// Shape: name of the file without the sanitising that `report` does, and its bytes.
/// Errors: what the writer refuses.
pub(super) fn make(
    run: &Run,
    position: usize,
    report: &Report,
    words: &Words,
) -> Result<Option<(String, Vec<u8>)>, XlsxError> {
    let plugin = &run.plugins[position];
    let manifest = &plugin.manifest;
    let checks: Vec<_> = run
        .checks
        .iter()
        .filter(|check| check.subject.plugin == position)
        .map(|check| Checked::new(run, manifest, check))
        .collect();
    if checks.is_empty() {
        return Ok(None);
    }
    let sector = Sector { run, plugin, manifest, checks };
    let words = sector.words(words);
    let styles = Styles::new(report);

    let Plan { fixed, rankings, units: unit_names, mut links } = sector.plan(report, &words);

    // First the sheets that links lead to, since the others need their rows.
    let mut drawn: BTreeMap<usize, Vec<Worksheet>> = BTreeMap::new();
    for (index, sheet) in report.sheets.iter().enumerate() {
        let name = fixed[index].clone();
        match &sheet.content {
            Content::Clauses { documents, citations, editions, majors } => {
                let (grid, places) =
                    clauses::lay_out(&sector, name, sheet, (documents, citations, editions, majors), &words);
                links.clauses = places;
                drawn.insert(index, vec![grid::draw(&grid, &styles)?]);
            }
            Content::Trace { inputs, rules, evidence } => {
                let (grid, places) =
                    trace::lay_out(&sector, name, sheet, (inputs, rules, evidence), &words, &links);
                links.evidence = places;
                drawn.insert(index, vec![grid::draw(&grid, &styles)?]);
            }
            _ => {}
        }
    }
    for (index, sheet) in report.sheets.iter().enumerate() {
        let name = fixed[index].clone();
        let sheets = match &sheet.content {
            // Drawn above.
            Content::Clauses { .. } | Content::Trace { .. } => continue,
            // Of other reports; a template was refused that has them here.
            Content::Problems { .. }
            | Content::ProblemCounts { .. }
            | Content::PluginFaults { .. }
            | Content::Filings { .. }
            | Content::Names { .. }
            | Content::VersionDifferences { .. }
            | Content::Ledger { .. }
            | Content::MergeReview { .. }
            | Content::LedgerStatistics { .. }
            | Content::ReturnList { .. }
            | Content::Named { .. }
            | Content::YearEnd { .. }
            | Content::Paper { .. } => continue,
            Content::Ranking { latest, earlier, total } => {
                let mut sheets = Vec::new();
                for (kind, name) in [(0, name)].into_iter().chain(rankings.clone()) {
                    let words = with(&words, sector.kind_words(kind));
                    let blocks = (latest, earlier, &**total);
                    let grid = ranking::lay_out(&sector, name, sheet, (blocks, kind), &words, &links);
                    sheets.push(grid::draw(&grid, &styles)?);
                }
                sheets
            }
            Content::MajorHazards { hazards, referrals } => {
                let grid = hazards::lay_out(&sector, name, sheet, (hazards, referrals), &words, &links);
                vec![grid::draw(&grid, &styles)?]
            }
            Content::ItemStatistics { items, total } => {
                let grid = statistics::lay_out(&sector, name, sheet, (items, total), &words, &links);
                vec![grid::draw(&grid, &styles)?]
            }
            Content::TopItems { items, chart } => {
                vec![statistics::draw_top(&sector, name, sheet, (items, chart), &words, &links, &styles)?]
            }
            Content::Units { units } => {
                let mut sheets = Vec::new();
                for (kind, name) in &unit_names {
                    let grid = units::lay_out(&sector, name.clone(), sheet, (units, *kind), &words);
                    sheets.push(grid::draw(&grid, &styles)?);
                }
                sheets
            }
            Content::ScoreSheet { items, labels } => (0..sector.checks.len())
                .into_par_iter()
                .filter(|check| !sector.checks[*check].lines.is_empty())
                .map(|check| {
                    let grid = score_sheet::lay_out(&sector, check, sheet, (items, labels), &words, &links);
                    grid::draw(&grid, &styles)
                })
                .collect::<Result<Vec<_>, _>>()?,
        };
        drawn.insert(index, sheets);
    }
    let sheets: Vec<_> = drawn.into_values().flatten().collect();
    if sheets.is_empty() {
        return Ok(None);
    }
    let file = report.file.fill(&words);
    let bytes = grid::workbook(sheets, &file, run.as_of)?;
    Ok(Some((file, bytes)))
}

/// The title of a plugin and that of a kind of check as one: what the one ends and the other begins
/// with stands once, 企业主体责任 and 主体责任检查 are 企业主体责任检查.
fn joined(plugin: &str, kind: &str) -> String {
    let shared = plugin.char_indices().map(|(at, _)| &plugin[at..]).find(|end| kind.starts_with(end));
    format!("{plugin}{}", &kind[shared.map_or(0, str::len)..])
}

/// Words and more of them.
fn with<const N: usize>(words: &Words, more: [(&'static str, String); N]) -> Words {
    let mut words = words.clone();
    words.extend(more);
    words
}

impl<'a> Sector<'a> {
    /// Names the fixed sheets, then the units', then the score sheets, and finds the rows of the latter.
    fn plan(&self, report: &Report, words: &Words) -> Plan {
        let mut names = SheetNames::default();
        let mut fixed = Vec::new();
        let mut links = Links::default();
        for sheet in &report.sheets {
            fixed.push(match &sheet.content {
                Content::ScoreSheet { .. } | Content::Units { .. } => String::new(),
                _ => names.take(&sheet.name.fill(words), ""),
            });
        }
        let mut rankings = Vec::new();
        if let Some(sheet) =
            report.sheets.iter().find(|sheet| matches!(sheet.content, Content::Ranking { .. }))
        {
            for kind in self.further_scored_kinds() {
                let name = format!("{} {}", sheet.name.fill(words), self.manifest.kinds[kind as usize].title);
                rankings.push((kind, names.take(&name, "")));
            }
        }
        let mut units = BTreeMap::new();
        for (kind, term) in self.manifest.kinds.iter().enumerate() {
            let words = with(words, [("kind", term.title.clone())]);
            for sheet in report.sheets.iter().filter(|sheet| matches!(sheet.content, Content::Units { .. })) {
                if self.unit_checks(kind as u32).next().is_some() {
                    units.insert(kind as u32, names.take(&sheet.name.fill(&words), ""));
                }
            }
        }
        if let Some((sheet, items)) = report.sheets.iter().find_map(|sheet| match &sheet.content {
            Content::ScoreSheet { items, .. } => Some((sheet, items)),
            _ => None,
        }) {
            for checked in &self.checks {
                if checked.lines.is_empty() {
                    links.sheets.push(String::new());
                    links.lines.push(Vec::new());
                    continue;
                }
                let words = self.check_words(checked, words);
                let day = format!(" {}", checked.check.subject.date);
                links.sheets.push(names.take(&sheet.name.fill(&words), &day));
                let top = score_sheet::first_row0(sheet, items, &words);
                links.lines.push(score_sheet::rows0(checked, top));
            }
        }
        Plan { fixed, rankings, units, links }
    }

    /// Checks of a kind, with their positions.
    fn of_kind(&self, kind: u32) -> impl Iterator<Item = (usize, &Checked<'a>)> {
        self.checks.iter().enumerate().filter(move |(_, checked)| checked.check.subject.kind == kind)
    }

    /// Kinds beside the ordinary one whose checks have answers, and so a score and a rank.
    fn further_scored_kinds(&self) -> Vec<u32> {
        let has_answers = |kind: &u32| self.of_kind(*kind).any(|(_, checked)| !checked.lines.is_empty());
        (1..self.manifest.kinds.len() as u32).filter(has_answers).collect()
    }

    /// Checks of a kind whose results are indicators and not points.
    fn unit_checks(&self, kind: u32) -> impl Iterator<Item = &Checked<'a>> {
        self.checks
            .iter()
            .filter(move |checked| checked.check.subject.kind == kind && kind > 0 && checked.lines.is_empty())
    }

    fn words(&self, words: &Words) -> Words {
        let mut words = words.clone();
        let manifest = self.manifest;
        words.insert("plugin", manifest.title.clone());
        // A report made in January is about the year of its checks.
        let years: BTreeSet<i16> =
            self.checks.iter().map(|checked| checked.check.subject.date.year()).collect();
        if let (Some(first), Some(last)) = (years.first(), years.last()) {
            let year = if first == last { first.to_string() } else { format!("{first}—{last}") };
            words.insert("year", year);
        }
        words.insert("checklist", manifest.checklist_title.clone());
        if let Some(scheme) = manifest.schemes.first() {
            words.insert("full_marks", wording::number(scheme.full_marks));
            words.insert("digits", scheme.digits.to_string());
            words.insert("unchecked", wording::unchecked(scheme).to_owned());
            words.insert("rounding", wording::rounding(scheme).to_owned());
            words.insert("bands", wording::bands(scheme));
            words.insert("veto_grade", scheme.veto_grade.clone());
            words.insert("scheme_source", scheme.source.clone());
        }
        words.extend(self.kind_words(0));
        let used: BTreeSet<_> = self
            .checks
            .iter()
            .filter_map(|checked| checked.assessed.and_then(|assessed| assessed.edition))
            .collect();
        let editions: Vec<_> =
            used.iter().map(|edition| &*manifest.editions[*edition as usize].title).collect();
        words.insert("editions", editions.join("、"));
        words
    }

    /// What the texts of a kind's sheets want.
    fn kind_words(&self, kind: u32) -> [(&'static str, String); 5] {
        let latest = self.of_kind(kind).filter(|(_, checked)| checked.check.latest).count();
        let title = self.manifest.kinds.get(kind as usize).map_or("", |term| &*term.title);
        [
            ("kind", title.to_owned()),
            ("check", joined(&self.manifest.title, title)),
            ("n_units", latest.to_string()),
            ("n_checks", self.of_kind(kind).count().to_string()),
            ("grades", self.grades(kind)),
        ]
    }

    /// How many units have which grade, best first: `优秀1家、不合格2家`.
    fn grades(&self, kind: u32) -> String {
        let Some(scheme) = self.manifest.schemes.first() else { return String::new() };
        let mut order: Vec<&str> = scheme.bands.iter().map(|band| &*band.grade).collect();
        if !order.contains(&&*scheme.veto_grade) {
            order.push(&scheme.veto_grade);
        }
        let mut counts: BTreeMap<(usize, &str), usize> = BTreeMap::new();
        for (_, checked) in self.of_kind(kind).filter(|(_, checked)| checked.check.latest) {
            let grade = checked.score().map_or("未评定", |score| &*score.grade);
            let place = order.iter().position(|known| *known == grade).unwrap_or(order.len());
            *counts.entry((place, grade)).or_default() += 1;
        }
        counts
            .iter()
            .filter(|((_, grade), _)| !grade.is_empty())
            .map(|((_, grade), count)| format!("{grade}{count}家"))
            .collect::<Vec<_>>()
            .join("、")
    }

    fn check_words(&self, checked: &Checked<'_>, words: &Words) -> Words {
        let subject = &checked.check.subject;
        let source = checked.home().map(|home| {
            let source = self.run.sources.get(home.source);
            format!("{} › {}", source.path, self.run.sources.sheet(home.source, home.sheet))
        });
        let edition = checked.assessed.and_then(|assessed| assessed.edition);
        let edition = edition
            .map_or_else(String::new, |edition| self.manifest.editions[edition as usize].title.clone());
        with(
            words,
            [
                ("name", checked.name().to_owned()),
                ("short_name", self.short_name(checked.name()).to_owned()),
                ("code", checked.code().to_owned()),
                ("village", checked.village().to_owned()),
                ("date", wording::day(subject.date)),
                ("date_iso", subject.date.to_string()),
                ("inspectors", subject.inspectors.clone()),
                ("source", source.unwrap_or_default()),
                ("edition", edition),
            ],
        )
    }

    /// A name without the county and town in front and the form of company behind.
    fn short_name<'n>(&self, name: &'n str) -> &'n str {
        let mut short = name.trim();
        for place in [&self.run.register.county, &self.run.register.town] {
            if !place.is_empty()
                && let Some(rest) = short.strip_prefix(&**place)
                && rest.chars().count() >= 2
            {
                short = rest;
            }
        }
        for form in ["有限责任公司", "股份有限公司", "有限公司"] {
            if let Some(rest) = short.strip_suffix(form)
                && rest.chars().count() >= 2
            {
                return rest;
            }
        }
        short
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_title_says_nothing_twice() {
        for (plugin, kind, expected) in [
            ("企业主体责任", "主体责任检查", "企业主体责任检查"),
            ("危险化学品", "危险化学品单位检查", "危险化学品单位检查"),
            ("烟花爆竹", "安全检查", "烟花爆竹安全检查"),
            ("村居", "核查", "村居核查"),
            ("村居", "", "村居"),
        ] {
            assert_eq!(super::joined(plugin, kind), expected);
        }
    }
}
