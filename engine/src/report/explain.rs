//! How a score came about, in sentences that can be pasted into a reply.
//! Reads `results` alone: what it says can be said without the workbooks and the plugins.

pub mod campaign;
pub mod frequency;
pub mod ledger;

use std::fmt::{self, Write as _};

use super::results::{
    Cell, Check, Item, ItemResult, LocalRule, Plugin, Results, Ruling, SchemeScore, Status,
};
use crate::model::Lang;

/// Why there is no explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExplainError {
    /// Nobody has this number, name or code.
    UnknownSubject {
        /// What was asked for.
        wanted: String,
    },
    /// More than one subject fits.
    SeveralSubjects {
        /// What was asked for.
        wanted: String,
        /// Those that fit: number and name.
        candidates: Vec<String>,
    },
    /// No check of the subject has this item.
    UnknownItem {
        /// The subject.
        subject: String,
        /// What was asked for.
        item: String,
    },
}

impl ExplainError {
    /// The message in a language.
    pub fn message(&self, lang: Lang) -> String {
        match (self, lang) {
            (_, Lang::En) => self.to_string(),
            (Self::UnknownSubject { wanted }, Lang::Zh) => {
                format!("没有找到“{wanted}”\n提示: 可用企业编号、名称(或其中一段)或统一社会信用代码")
            }
            (Self::SeveralSubjects { wanted, candidates }, Lang::Zh) => {
                format!("“{wanted}”对应多家: {}", candidates.join("、"))
            }
            (Self::UnknownItem { subject, item }, Lang::Zh) => format!("{subject}的检查中没有检查项 {item}"),
        }
    }
}

impl fmt::Display for ExplainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownSubject { wanted } => write!(f, "no subject \"{wanted}\""),
            Self::SeveralSubjects { wanted, candidates } => {
                write!(f, "\"{wanted}\" fits more than one subject: {}", candidates.join(", "))
            }
            Self::UnknownItem { subject, item } => write!(f, "no check of {subject} has the item {item}"),
        }
    }
}

impl std::error::Error for ExplainError {}

/// Explains all checks of a subject in the order of their dates, or one item of them.
///
/// `subject` is a number, a name or a code; a part of a name will do where it fits only one.
/// Shape: one paragraph after another, lines end with `\n`.
/// Errors: a subject or item that is not there, and a subject that is not one.
pub fn explain(results: &Results, subject: &str, item: Option<&str>) -> Result<String, ExplainError> {
    let checks = checks_of(results, subject)?;
    let mut text = String::new();
    match item {
        None => {
            for check in &checks {
                paragraph(&mut text);
                Explained { results, check }.whole(&mut text);
            }
        }
        Some(wanted) => {
            for check in &checks {
                let of_item = |result: &&ItemResult| result.item.eq_ignore_ascii_case(wanted.trim());
                for result in check.items.iter().filter(of_item) {
                    paragraph(&mut text);
                    Explained { results, check }.one_item(&mut text, result);
                }
            }
            if text.is_empty() {
                let subject = checks.first().map_or(subject, |check| &*check.name).to_owned();
                return Err(ExplainError::UnknownItem { subject, item: wanted.trim().to_owned() });
            }
        }
    }
    Ok(text)
}

fn paragraph(text: &mut String) {
    if !text.is_empty() {
        text.push('\n');
    }
}

/// Whom a check is about.
fn identity(check: &Check) -> (&str, &str) {
    (&check.number, &check.name)
}

/// The checks of the one subject that is meant, by date and plugin.
fn checks_of<'a>(results: &'a Results, wanted: &str) -> Result<Vec<&'a Check>, ExplainError> {
    let wanted = wanted.trim();
    let unknown = || ExplainError::UnknownSubject { wanted: wanted.to_owned() };
    if wanted.is_empty() {
        return Err(unknown());
    }
    let exact = |check: &&Check| {
        check.number.eq_ignore_ascii_case(wanted)
            || check.code.eq_ignore_ascii_case(wanted)
            || check.name == wanted
            || check.written_name == wanted
    };
    let part = |check: &&Check| check.name.contains(wanted) || check.written_name.contains(wanted);
    let mut fitting: Vec<_> = results.checks.iter().filter(exact).map(identity).collect();
    if fitting.is_empty() {
        fitting = results.checks.iter().filter(part).map(identity).collect();
    }
    fitting.sort_unstable();
    fitting.dedup();
    let one = match fitting.as_slice() {
        [] => return Err(unknown()),
        [one] => *one,
        several => {
            let candidates =
                several.iter().map(|(number, name)| format!("{number} {name}").trim().to_owned()).collect();
            return Err(ExplainError::SeveralSubjects { wanted: wanted.to_owned(), candidates });
        }
    };
    let mut checks: Vec<_> = results.checks.iter().filter(|check| identity(check) == one).collect();
    checks.sort_by(|one, next| (&one.date, &one.plugin).cmp(&(&next.date, &next.plugin)));
    Ok(checks)
}

/// `2026-07-16` as 2026年7月16日; anything else as it is.
fn day(text: &str) -> String {
    match text.parse::<crate::model::Date>() {
        Ok(date) => super::wording::day(date),
        Err(_) => text.to_owned(),
    }
}

/// Words for a verdict's key; an unknown key as it is.
fn verdict(key: &str) -> &str {
    crate::model::Verdict::ALL
        .iter()
        .find(|verdict| verdict.key() == key)
        .map_or(key, |verdict| verdict.title())
}

/// A check with the run it belongs to.
struct Explained<'a> {
    results: &'a Results,
    check: &'a Check,
}

impl<'a> Explained<'a> {
    fn plugin(&self) -> Option<&'a Plugin> {
        self.results.plugin(&self.check.plugin)
    }

    fn item(&self, code: &str) -> Option<&'a Item> {
        self.plugin()?.item(code)
    }

    /// Whether the verdict of a line loses points.
    fn lost(result: &ItemResult) -> bool {
        matches!(&*result.verdict, "partial" | "fail") || !result.deductions.is_empty()
    }

    /// `“file”工作表“sheet”F8、G8`; each file and sheet once.
    fn cells(&self, cells: &[Cell]) -> String {
        let mut text = String::new();
        let mut last: Option<(u32, &str)> = None;
        for cell in cells {
            let home = (cell.source, &*cell.sheet);
            if last == Some(home) {
                _ = write!(text, "、{}", cell.cell);
                continue;
            }
            let path = self.results.sources.get(cell.source as usize).map_or("?", |source| &*source.path);
            let divide = if last.is_some() { ";" } else { "" };
            _ = write!(text, "{divide}“{path}”工作表“{}”{}", cell.sheet, cell.cell);
            last = Some(home);
        }
        text
    }

    /// Clauses in force on the day of the check; where none is, all.
    fn basis(&self, item: &Item) -> String {
        let date = &self.check.date;
        // ISO days compare as text.
        let in_force = |from: &Option<String>, to: &Option<String>| {
            from.as_ref().is_none_or(|from| from <= date) && to.as_ref().is_none_or(|to| date <= to)
        };
        let texts = |all: bool| {
            let cited = item.citations.iter().filter(|one| all || in_force(&one.from, &one.to));
            cited.map(|citation| &*citation.text).collect::<Vec<_>>().join(";")
        };
        Some(texts(false)).filter(|text| !text.is_empty()).unwrap_or_else(|| texts(true))
    }

    /// Who, when, by which checklist.
    fn opening(&self) -> String {
        let check = self.check;
        let mut who = check.name.clone();
        let ids: Vec<&str> = [&*check.number, &*check.code].into_iter().filter(|id| !id.is_empty()).collect();
        if !ids.is_empty() {
            _ = write!(who, "({})", ids.join(","));
        }
        if !check.unit.is_empty() {
            _ = write!(who, "“{}”", check.unit);
        }
        let title = self.plugin().map_or(&*check.plugin, |plugin| &*plugin.title);
        let kind = if check.unit.is_empty() { "检查" } else { &check.kind_title };
        format!("{who}{}{title}{kind}", day(&check.date))
    }

    fn whole(&self, text: &mut String) {
        let check = self.check;
        _ = writeln!(text, "{}", self.opening());
        if check.status != Status::Assessed {
            _ = writeln!(text, "未能评定:{}。", check.message.trim_end_matches('。'));
        }
        self.scores(text);
        self.lines(text);
        self.indicators(text);
        for ruling in &check.rulings {
            let what = match &*ruling.effect {
                "veto" => "一票否决",
                "cap" => "等次封顶",
                _ => "移送",
            };
            _ = writeln!(text, "{what}:{}", self.ruling(ruling));
        }
        for hazard in &check.hazards {
            let level = if hazard.level == "major" { "重大隐患" } else { "隐患" };
            let item = hazard.item.as_ref().map_or_else(String::new, |item| format!("({item})"));
            let edition = hazard.edition.as_deref().map_or("", |edition| self.edition(edition));
            let basis = format!("{edition} {}", hazard.clause).trim().to_owned();
            let basis = if basis.is_empty() { basis } else { format!(",依据{basis}") };
            let at = self.see(&hazard.evidence);
            _ = writeln!(text, "{level}:{}{item}{basis}{at}。", hazard.text);
        }
        for note in &check.notes {
            let item = note.item.as_ref().map_or_else(String::new, |item| format!("({item})"));
            _ = writeln!(text, "提示:{}{item}{}。", note.text, self.see(&note.evidence));
        }
        self.rules(text);
    }

    fn see(&self, cells: &[Cell]) -> String {
        if cells.is_empty() { String::new() } else { format!(",见{}", self.cells(cells)) }
    }

    fn edition(&self, id: &'a str) -> &'a str {
        let editions = self.plugin().map(|plugin| &plugin.editions);
        editions
            .and_then(|editions| editions.iter().find(|known| known.id == id))
            .map_or(id, |known| &known.title)
    }

    fn ruling(&self, ruling: &Ruling) -> String {
        let mut text = ruling.text.clone();
        if !ruling.items.is_empty() {
            _ = write!(text, "({})", ruling.items.join("、"));
        }
        if let Some(cap) = &ruling.cap {
            _ = write!(text, ",等次最高为{cap}");
        }
        text.push_str(&self.see(&ruling.evidence));
        if !text.ends_with('。') {
            text.push('。');
        }
        text
    }

    fn scores(&self, text: &mut String) {
        let Some(plugin) = self.plugin() else { return };
        for (position, score) in self.check.schemes.iter().enumerate() {
            let scheme = plugin.schemes.iter().find(|scheme| scheme.code == score.scheme);
            let title = match (position, scheme) {
                (0, _) | (_, None) => "得分".to_owned(),
                (_, Some(scheme)) => scheme.title.clone(),
            };
            _ = write!(text, "{title}:检查表满分{}分,不涉及{}分,", score.full, score.not_applicable);
            _ = write!(text, "本次检查应得{}分,扣{}分,实得{}分,", score.possible, score.deducted, score.got);
            match &score.score {
                Some(_) => _ = writeln!(text, "折算{}分。", score.working),
                None => _ = writeln!(text, "{}。", score.working),
            }
            if position == 0 {
                self.unchecked(text, score);
            }
            let bands = scheme.map(|scheme| &*scheme.bands).filter(|bands| !bands.is_empty());
            if !score.grade.is_empty() {
                _ = writeln!(
                    text,
                    "等次:{}{}。",
                    self.grade(score),
                    bands.map_or_else(String::new, |bands| format!(";等次划分:{bands}"))
                );
            }
        }
    }

    fn unchecked(&self, text: &mut String, score: &SchemeScore) {
        let Some(coverage) = &self.check.coverage else { return };
        let left = coverage.applicable.saturating_sub(coverage.checked);
        _ = write!(text, "覆盖:应查{}项,已查{}项", coverage.applicable, coverage.checked);
        if left > 0 {
            _ = write!(text, ",未查{left}项");
            if let Some(interim) = &score.interim {
                _ = write!(text, ";不含未查项的得分为{interim}分,仅供参考");
            }
        }
        text.push_str("。\n");
    }

    fn grade(&self, score: &SchemeScore) -> String {
        let ruling = score.ruling.and_then(|ruling| self.check.rulings.get(ruling));
        let items = ruling.map(|ruling| ruling.items.join("、")).unwrap_or_default();
        match &*score.basis {
            "veto" => {
                let by_score = &score.grade_by_score;
                let by_score =
                    if by_score.is_empty() { String::new() } else { format!("(按得分为{by_score})") };
                format!("因{items}一票否决,等次定为{}{by_score},得分照列", score.grade)
            }
            "cap" => format!("因{items}等次封顶,等次定为{}(按得分为{})", score.grade, score.grade_by_score),
            "not-assessed" => format!("{},未查任何项目", score.grade),
            _ => format!("按得分为{}", score.grade),
        }
    }

    fn lines(&self, text: &mut String) {
        let lost: Vec<_> = self.check.items.iter().filter(|result| Self::lost(result)).collect();
        if !lost.is_empty() {
            _ = writeln!(text, "扣分共{}项:", lost.len());
        }
        for (index, result) in lost.iter().enumerate() {
            _ = writeln!(text, "{}. {}", index + 1, self.line(result));
        }
        for (key, title) in [("not-applicable", "不涉及"), ("not-checked", "未查"), ("error", "数据错误")]
        {
            let codes: Vec<_> = self
                .check
                .items
                .iter()
                .filter(|result| result.verdict == key)
                .map(|result| &*result.item)
                .collect();
            if !codes.is_empty() {
                _ = writeln!(text, "{title}{}项:{}。", codes.len(), codes.join("、"));
            }
        }
    }

    /// One item that lost points, in one line.
    fn line(&self, result: &ItemResult) -> String {
        let item = self.item(&result.item);
        let mut text = result.item.clone();
        if let Some(item) = item {
            _ = write!(text, " {}", item.requirement);
        }
        _ = write!(text, ":{}。", self.arithmetic(result));
        text.push_str(&self.causes(result));
        text.push_str(&self.local(&result.item));
        if let Some(item) = item {
            let basis = self.basis(item);
            if !basis.is_empty() {
                _ = write!(text, "依据{basis}。");
            }
        }
        if !result.evidence.is_empty() {
            _ = write!(text, "见{}。", self.cells(&result.evidence));
        }
        text
    }

    /// `标准分5分,扣2分,得3分`.
    fn arithmetic(&self, result: &ItemResult) -> String {
        let (points, deducted, got) = (&result.points, &result.deducted, &result.got);
        let shown = verdict(&result.verdict);
        if self.item(&result.item).is_some_and(|item| !item.scored) {
            return format!("{shown},本项仅记录、不计分");
        }
        match &*result.verdict {
            "not-applicable" | "not-selected" => format!("{shown},标准分{points}分不计入应得分"),
            "not-checked" | "waived" | "error" => format!("{shown},标准分{points}分,得{got}分"),
            _ => format!("{shown},标准分{points}分,扣{deducted}分,得{got}分"),
        }
    }

    /// Why points were lost.
    fn causes(&self, result: &ItemResult) -> String {
        let mut text = String::new();
        if !result.finding.is_empty() {
            _ = write!(text, "存在问题:{}。", result.finding.trim_end_matches('。'));
        }
        let causes: Vec<_> = result.deductions.iter().map(|deduction| &*deduction.text).collect();
        if !causes.is_empty() {
            _ = write!(text, "扣分情形:{}", causes.join(";"));
            text.push_str(if result.cut_off { ",扣完为止。" } else { "。" });
        }
        text
    }

    /// What a locality set otherwise in an item, with who, when and why.
    fn local(&self, code: &str) -> String {
        let own = self.plugin().into_iter().flat_map(|plugin| &plugin.local);
        let of_item = own.filter(|local| local.item.as_deref() == Some(code));
        let sentence = |local: &LocalRule| {
            let LocalRule { key, base, local, remark, date, approver, layer, .. } = local;
            let what = if base.is_empty() { local.clone() } else { format!("{key} {base}→{local}") };
            format!("本地调整:{what}({remark};{approver}{date}批准,见《{layer}》)。")
        };
        of_item.map(sentence).collect()
    }

    fn indicators(&self, text: &mut String) {
        for indicator in &self.check.indicators {
            let value = if indicator.value.is_empty() { "不计算" } else { &indicator.value };
            _ = write!(text, "{}:{value}{}", indicator.title, indicator.unit);
            if !indicator.working.is_empty() {
                _ = write!(text, "。计算过程:{}", indicator.working.join(";"));
            }
            _ = writeln!(text, "{}。", self.see(&indicator.evidence));
        }
    }

    /// By which rules.
    fn rules(&self, text: &mut String) {
        let Some(plugin) = self.plugin() else { return };
        let edition = self.check.edition.as_deref().map(|edition| format!(",适用{}", self.edition(edition)));
        let digest: String = plugin.digest.chars().take(12).collect();
        _ = write!(text, "规则:{}插件 {} {}(SHA-256 {digest}…)", plugin.title, plugin.id, plugin.version);
        _ = writeln!(text, "{},程序版本 {}。", edition.unwrap_or_default(), self.results.program);
    }

    /// One item in full.
    fn one_item(&self, text: &mut String, result: &ItemResult) {
        _ = writeln!(text, "{} {}", self.opening(), result.item);
        if let Some(item) = self.item(&result.item) {
            _ = writeln!(text, "要求:{}。", item.requirement.trim_end_matches('。'));
            if !item.method.is_empty() {
                _ = writeln!(text, "检查方法:{}。", item.method.trim_end_matches('。'));
            }
        }
        _ = writeln!(text, "判定:{}。", self.arithmetic(result));
        if let Some(written) = &result.written {
            _ = writeln!(text, "表上填写为{},按规则判为{}。", verdict(written), verdict(&result.verdict));
        }
        let causes = self.causes(result);
        if !causes.is_empty() {
            _ = writeln!(text, "{causes}");
        }
        let local = self.local(&result.item);
        if !local.is_empty() {
            _ = writeln!(text, "{local}");
        }
        if let Some(item) = self.item(&result.item) {
            let basis = self.basis(item);
            if !basis.is_empty() {
                _ = writeln!(text, "依据:{basis}。");
            }
            if Self::lost(result) && !item.major.is_empty() {
                let clauses: Vec<_> = item
                    .major
                    .iter()
                    .map(|basis| {
                        let how = match &*basis.mark {
                            "M" => "(未核实)",
                            "S" => "(二手来源)",
                            _ => "",
                        };
                        format!("{} {}{how}", self.edition(&basis.edition), basis.clause)
                    })
                    .collect();
                _ = writeln!(text, "重大隐患判定条款:{}。", clauses.join(";"));
            }
        }
        for ruling in self.check.rulings.iter().filter(|ruling| ruling.items.contains(&result.item)) {
            let what = match &*ruling.effect {
                "veto" => "一票否决",
                "cap" => "等次封顶",
                _ => "移送",
            };
            _ = writeln!(text, "{what}:{}", self.ruling(ruling));
        }
        if let Some(deadline) = &result.deadline {
            _ = writeln!(text, "整改期限:{}。", day(deadline));
        }
        if let Some(done) = &result.done {
            _ = writeln!(text, "整改完成:{};检查得分不因整改改变。", day(done));
        }
        if !result.evidence.is_empty() {
            _ = writeln!(text, "来源:{}。", self.cells(&result.evidence));
        }
    }
}
