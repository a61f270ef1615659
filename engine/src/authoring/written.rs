//! Rows of a definition workbook become a definition: columns by name, every fault with its cell.
//! Judges nothing: codes and numbers of the checklist are checked by the SDK, cases by the sandbox.

use std::collections::{BTreeMap, BTreeSet};

use anping_sdk::definition::{
    self as sdk, BandFile, Bonus, CaseFile, CategoryFile, Definition, FactFile, ItemFile, Left, Missing,
    PhraseFile, Rule, SchemeFile, TermFile, Test, Then,
};

use super::basis::Basis;
use super::sheets::Sheets;
use super::table::{Fault, Row, Table, optional, unread};
use crate::model::CellRef;

impl Fault {
    /// A fault that the SDK found, at the row its entry was written on.
    pub fn of_checklist(fault: &sdk::Fault, rows: &Rows, sheets: &Sheets) -> Self {
        let at = rows.get(&(fault.list, fault.index)).or_else(|| rows.get(&(fault.list, 0)));
        let column = match fault.field {
            "points" => "标准分",
            "once" | "each" => "扣分",
            "limit" => "上限",
            "weight" => "权重",
            "bands" | "lower" => "等次区间",
            "full-marks" => "总分",
            "code" => "编号",
            other => other,
        };
        let (sheet, cell) = at.map_or(("设置", None), |(sheet, row0)| {
            (*sheet, Some(Table::of(sheets, sheet).cell(*row0, column)))
        });
        let expected = match &fault.expected {
            sdk::Expected::Unique => "不空、不重复的编号".to_owned(),
            sdk::Expected::Decimal => "数".to_owned(),
            sdk::Expected::Positive => "大于0的数".to_owned(),
            sdk::Expected::Day => "日期,如 2026-05-01".to_owned(),
            sdk::Expected::Bands => "从高到低、最后一档下限为0的区间".to_owned(),
            sdk::Expected::Some => "至少一行".to_owned(),
            other => other.to_string(),
        };
        let expected = format!("{column}: {expected}");
        Self { sheet: sheet.to_owned(), cell, found: fault.found.clone(), expected }
    }
}

/// Where the entries of the checklist's lists stand: list and position, to sheet and row from 0.
pub type Rows = BTreeMap<(&'static str, usize), (&'static str, u32)>;

/// What the expert typed for a case.
#[derive(Debug)]
pub struct Wanted {
    /// Name.
    pub name: String,
    score: (String, CellRef),
    grade: (String, CellRef),
}

impl Wanted {
    /// Compares with what came out.
    pub fn compare(&self, found: &str) -> Vec<Fault> {
        let line = |head: &str| found.lines().find_map(|line| line.strip_prefix(head)).unwrap_or_default();
        let score = line("score main ");
        let number = |text: &str| text.parse::<crate::model::Decimal>().ok();
        let same = score == self.score.0 || number(score).is_some_and(|s| number(&self.score.0) == Some(s));
        let mut faults = Vec::new();
        let mut say = |(typed, cell): &(String, CellRef), what: &str, came: &str| {
            faults.push(Fault {
                sheet: "样例".to_owned(),
                cell: Some(*cell),
                found: typed.clone(),
                expected: format!("样例“{}”按本表规则算出的{what} {came}(请核对规则或样例)", self.name),
            });
        };
        if !same {
            say(&self.score, "得分", if score.is_empty() { found.trim() } else { score });
        }
        if line("grade ") != self.grade.0 {
            say(&self.grade, "等次", line("grade "));
        }
        faults
    }
}

/// What was read.
pub struct Read {
    /// The definition; its cases expect nothing yet.
    pub definition: Definition,
    /// What the cases must give, in their order.
    pub cases: Vec<Wanted>,
    /// Where entries stand.
    pub rows: Rows,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

/// Reads the sheets.
pub fn read(sheets: &Sheets) -> Read {
    let faults = unread(sheets);
    let mut read = Read { definition: Definition::default(), cases: Vec::new(), rows: Rows::new(), faults };
    let mut missing = false;
    for (name, columns) in [
        ("设置", &["项目", "内容"][..]),
        ("检查项", &["编号", "要素", "检查内容", "标准分"]),
        ("样例", &["样例", "检查日期", "检查项", "判定", "扣分", "应得分", "应得等次"]),
    ] {
        let table = Table::of(sheets, name);
        for column in columns.iter().filter(|column| !table.columns.contains_key(*column)) {
            missing = true;
            let expected = format!("第一行有一栏“{column}”");
            read.faults.push(Fault { sheet: name.to_owned(), cell: None, found: String::new(), expected });
        }
    }
    if missing {
        return read;
    }
    let basis = settings(&Table::of(sheets, "设置"), &Table::of(sheets, "依据"), &mut read);
    read.definition.checklist.document.clone_from(&basis.documents);
    items(&Table::of(sheets, "检查项"), &Table::of(sheets, "要素"), &basis, &mut read);
    charges(&Table::of(sheets, "扣分规则"), &mut read);
    rules(&Table::of(sheets, "校验"), &mut read);
    bonuses(&Table::of(sheets, "加减分"), &mut read);
    cases(&Table::of(sheets, "样例"), &mut read);
    read
}

fn settings(table: &Table<'_>, documents: &Table<'_>, read: &mut Read) -> Basis {
    let rows: BTreeMap<_, _> = table.rows().map(|at| (table.get(at.1, "项目"), at)).collect();
    let get = |key: &str| rows.get(key).map_or("", |(_, row)| table.get(row, "内容"));
    let at = |key: &str| rows.get(key).map_or(0, |(row0, _)| *row0);
    for key in ["表单编号", "名称", "版本", "依据文件", "总分", "等次区间"] {
        if get(key).is_empty() {
            read.faults.push(table.fault(at(key), "内容", "", format!("填写“{key}”")));
        }
    }
    let file = &mut read.definition.checklist;
    get("表单编号").clone_into(&mut file.id);
    get("名称").clone_into(&mut file.title);
    get("名称").clone_into(&mut file.checklist_title);
    get("版本").clone_into(&mut read.definition.version);
    read.definition.bonus_limit = optional(get("加分上限"));
    file.kind.push(TermFile { code: "check".to_owned(), title: "检查".to_owned() });
    let mut word = |key: &str, known: &[(&str, &str)]| -> String {
        let Some(row) = rows.get(key).copied() else { return known[0].1.to_owned() };
        table.word(row, "内容", known, &mut read.faults).to_owned()
    };
    let method = word("计分模式", &[("扣分", "deduct"), ("加权", "weighted"), ("加减分", "given")]);
    let rounding = word("取整阶段", &[("先取整后定等次", "then-grade"), ("先定等次后取整", "after-grade")]);
    let unchecked = word("未查策略", &[("按0分", "zero"), ("不计入", "exclude")]);
    let convert = word("缺项折算", &[("是", "yes"), ("否", "no")]) == "yes";
    let digits = get("取整位数");
    let digits = digits.parse().ok().filter(|digits| *digits <= 6).unwrap_or_else(|| {
        if !digits.is_empty() {
            read.faults.push(table.fault(at("取整位数"), "内容", digits, "0 至 6 的整数"));
        }
        1
    });
    let mut bands = Vec::new();
    for part in get("等次区间").split(['、', ';', ';']).filter(|part| !part.trim().is_empty()) {
        match part.split_once('≥') {
            Some((grade, lower)) => {
                bands.push(BandFile { grade: grade.trim().to_owned(), lower: lower.trim().to_owned() });
            }
            None => {
                let expected = "如 优秀≥90、合格≥60、不合格≥0";
                read.faults.push(table.fault(at("等次区间"), "内容", part, expected));
            }
        }
    }
    let last = bands.last().map_or_else(String::new, |band| band.grade.clone());
    let scheme = SchemeFile {
        code: "main".to_owned(),
        title: "得分".to_owned(),
        method: method.clone(),
        full_marks: get("总分").to_owned(),
        digits,
        rounding,
        unchecked,
        convert_not_applicable: convert,
        veto_grade: optional(get("否决等次")).unwrap_or(last),
        source: get("依据文件").to_owned(),
        bands,
    };
    read.rows.insert(("scheme", 0), ("设置", at("等次区间")));
    if method == "given" {
        let base = SchemeFile {
            code: "base".to_owned(),
            title: "加减分前".to_owned(),
            method: "deduct".to_owned(),
            ..scheme.clone()
        };
        file.scheme.extend([scheme, base]);
    } else {
        file.scheme.push(scheme);
    }
    for (code, text) in [
        ("rule-unknown", "规则所需的“{0}”未知,未据此判断"),
        ("bonus-base", "加减分前得分 {0}"),
        ("bonus-step", "{0} {1},{2}{3}分"),
    ] {
        file.phrase.push(PhraseFile { code: code.to_owned(), text: text.to_owned() });
    }
    Basis::read(get("依据文件"), documents, &mut read.faults)
}

fn items(table: &Table<'_>, elements: &Table<'_>, basis: &Basis, read: &mut Read) {
    let file = &mut read.definition.checklist;
    for (row0, row) in elements.rows() {
        read.rows.insert(("category", file.category.len()), ("要素", row0));
        let (code, title) = (elements.get(row, "编号").to_owned(), elements.get(row, "名称").to_owned());
        file.category.push(CategoryFile { code, title, weight: optional(elements.get(row, "权重")) });
    }
    let is_declared = !file.category.is_empty();
    above(table, &mut read.faults);
    for at in table.rows() {
        let (row0, row) = at;
        let get = |column| table.get(row, column);
        let element = get("要素");
        let known = file.category.iter().find(|known| known.title == element || known.code == element);
        let category = match known {
            Some(known) => known.code.clone(),
            None if is_declared => {
                read.faults.push(table.fault(row0, "要素", element, "“要素”表里的一个名称或编号"));
                String::new()
            }
            None => {
                let code = format!("C{}", file.category.len() + 1);
                let title = if element.is_empty() { "检查项" } else { element };
                read.rows.insert(("category", file.category.len()), ("检查项", row0));
                let title = title.to_owned();
                file.category.push(CategoryFile { code: code.clone(), title, weight: None });
                code
            }
        };
        if get("检查内容").is_empty() {
            read.faults.push(table.fault(row0, "检查内容", "", "写明检查什么"));
        }
        let mut applies = Vec::new();
        for word in get("适用条件").split(['、', ',', ';']).map(str::trim).filter(|word| !word.is_empty())
        {
            let known = file.tag.iter().position(|tag| tag.title == word).unwrap_or_else(|| {
                file.tag.push(TermFile { code: format!("T{}", file.tag.len() + 1), title: word.to_owned() });
                file.tag.len() - 1
            });
            applies.push(file.tag[known].code.clone());
        }
        let key: (Option<&str>, Option<&str>) = table.word(
            at,
            "关键项",
            &[("普通", (None, None)), ("否决", (Some("total"), None)), ("重大隐患", (None, Some("direct")))],
            &mut read.faults,
        );
        let mark = table.word(at, "把握", &[("M", "M"), ("S", "S"), ("C", "C")], &mut read.faults);
        let citations = basis.citations(get("依据条款")).unwrap_or_else(|expected| {
            read.faults.push(table.fault(row0, "依据条款", get("依据条款"), expected));
            Vec::new()
        });
        read.rows.insert(("item", file.item.len()), ("检查项", row0));
        read.definition.classes.push(get("类别").to_owned());
        file.item.push(ItemFile {
            code: get("编号").to_owned(),
            category,
            requirement: get("检查内容").to_owned(),
            method: with_evidence(get("检查方式"), get("证据要求")),
            points: get("标准分").to_owned(),
            rule: rule_text(table, at, &mut read.faults),
            mark: mark.to_owned(),
            scored: table.word(at, "计分方式", &[("计分", true), ("仅记录", false)], &mut read.faults),
            applies,
            veto: key.0.map(str::to_owned),
            major: key.1.map(str::to_owned),
            citations,
            ..ItemFile::default()
        });
    }
}

/// How an item is checked, and what proves it: the two are read together, on the form and in the
/// explanation of a score.
fn with_evidence(method: &str, evidence: &str) -> String {
    match (method, evidence) {
        (method, "") => method.to_owned(),
        ("", evidence) => format!("证据:{evidence}"),
        (method, evidence) => format!("{method}(证据:{evidence})"),
    }
}

/// What failing an item entails: its deductions; on a line below, how long putting it right may take,
/// who must, and the item it belongs to. All of it is told to whoever is checked, none of it is
/// computed with.
fn rule_text(table: &Table<'_>, (row0, row): Row<'_>, faults: &mut Vec<Fault>) -> String {
    let get = |column| table.get(row, column);
    let mut parts = Vec::new();
    for column in ["整改期限(天)", "整改期限"] {
        match get(column).trim_end_matches('天').parse::<u16>() {
            Ok(days @ 1..) => parts.push(format!("整改期限{days}天")),
            _ if get(column).is_empty() => {}
            _ => faults.push(table.fault(row0, column, get(column), "大于0的整数天数,如 15")),
        }
    }
    if !get("责任主体").is_empty() {
        parts.push(format!("责任主体:{}", get("责任主体")));
    }
    if !get("上级编号").is_empty() {
        parts.push(format!("上级编号:{}", get("上级编号")));
    }
    let rule = get("评分标准");
    if parts.is_empty() { rule.to_owned() } else { format!("{rule}\n{}", parts.join(";")) }
}

/// Checks that the items above others are items of the sheet, and that none is above itself.
fn above(table: &Table<'_>, faults: &mut Vec<Fault>) {
    let parents: BTreeMap<&str, &str> =
        table.rows().map(|(_, row)| (table.get(row, "编号"), table.get(row, "上级编号"))).collect();
    let mut seen: BTreeMap<&str, bool> = BTreeMap::new();
    for (row0, row) in table.rows() {
        let parent = table.get(row, "上级编号");
        if parent.is_empty() {
            continue;
        }
        if !parents.contains_key(parent) {
            faults.push(table.fault(row0, "上级编号", parent, "“检查项”里的一个编号"));
            continue;
        }
        // Up until an item with nothing above it, one that was met before, or one of this way itself.
        let (mut way, mut at) = (BTreeSet::new(), table.get(row, "编号"));
        let is_endless = loop {
            if let Some(&known) = seen.get(at) {
                break known;
            }
            if !way.insert(at) {
                break true;
            }
            match parents.get(at) {
                Some(up) if !up.is_empty() => at = up,
                _ => break false,
            }
        };
        seen.extend(way.into_iter().map(|at| (at, is_endless)));
        if is_endless {
            faults.push(table.fault(row0, "上级编号", parent, "不成圈的上级(任何一项都不在自己之上)"));
        }
    }
}

fn charges(table: &Table<'_>, read: &mut Read) {
    for at in table.rows() {
        let (row0, row) = at;
        let get = |column| table.get(row, column);
        let code = get("检查项编号");
        let scope = table.word(
            at,
            "作用范围",
            &[("本项", "item"), ("本类目", "category"), ("总分", "total")],
            &mut read.faults,
        );
        let each =
            table.word(at, "单位", &[("一次", false), ("每处", true), ("每次", true)], &mut read.faults);
        let opens = table.word(at, "是否生成隐患", &[("否", false), ("是", true)], &mut read.faults);
        let level = table.word(at, "隐患级别", &[("一般", "general"), ("重大", "major")], &mut read.faults);
        let Some(item) = read.definition.checklist.item.iter_mut().find(|item| item.code == code) else {
            read.faults.push(table.fault(row0, "检查项编号", code, "“检查项”表里的一个编号"));
            continue;
        };
        if item.case.first().is_some_and(|first| first.scope.as_deref() != Some(scope)) {
            let expected = "同一检查项的各情形作用范围一致(检查人只填一个扣分数)";
            read.faults.push(table.fault(row0, "作用范围", get("作用范围"), expected));
        }
        let points = get("扣分");
        if points != "全扣" && anping_sdk::Decimal::parse(points).is_none() {
            read.faults.push(table.fault(row0, "扣分", points, "数,或“全扣”"));
        }
        let once = optional(points).filter(|points| points != "全扣");
        item.case.push(CaseFile {
            code: format!("K{}", item.case.len() + 1),
            text: get("情形").to_owned(),
            once: once.clone().filter(|_| !each),
            each: once.filter(|_| each),
            all: points == "全扣",
            limit: optional(get("上限")),
            scope: Some(scope.to_owned()),
            hazard: opens.then(|| level.to_owned()),
            veto: false,
        });
    }
}

/// The code of the fact of this name, declared where it is new.
fn fact(read: &mut Read, title: &str, kind: &str) -> String {
    let facts = &mut read.definition.checklist.fact;
    if let Some(known) = facts.iter().find(|known| known.title == title) {
        return known.code.clone();
    }
    let code = format!("F{}", facts.len() + 1);
    let (title, kind) = (title.to_owned(), kind.to_owned());
    facts.push(FactFile { code: code.clone(), title, kind, ..FactFile::default() });
    code
}

fn rules(table: &Table<'_>, read: &mut Read) {
    for at in table.rows() {
        let (row0, row) = at;
        let get = |column| table.get(row, column);
        let kind = get("类型");
        let grade = get("等次").to_owned();
        let then = match kind {
            "核实" | "提示" => Then::Note,
            "强制" => Then::Refuse,
            "封顶" => Then::Cap(grade.clone()),
            "否决" => Then::Veto,
            "移送" => Then::Refer,
            _ => {
                read.faults.push(table.fault(row0, "类型", kind, "强制、核实、提示、封顶、否决、移送"));
                continue;
            }
        };
        let has_grade = read
            .definition
            .checklist
            .scheme
            .first()
            .is_some_and(|scheme| scheme.bands.iter().any(|band| band.grade == grade));
        if matches!(then, Then::Cap(_)) && !has_grade {
            read.faults.push(table.fault(row0, "等次", &grade, "“等次区间”里的一个等次"));
        }
        let tests = [
            ("≥", Test::AtLeast),
            (">", Test::More),
            ("≤", Test::AtMost),
            ("<", Test::Less),
            ("=", Test::Equal),
            ("≠", Test::NotEqual),
        ];
        let test = table.word(at, "运算", &tests, &mut read.faults);
        let missings = [("忽略", Missing::Pass), ("视为成立", Missing::Hold), ("提示", Missing::Note)];
        let missing = table.word(at, "缺值策略", &missings, &mut read.faults);
        let typed = get("右式");
        let tolerance = get("容差");
        let (test, right) = match with_tolerance(test, typed, tolerance) {
            Some(with) => with,
            None => {
                let expected = "右式是数时的0以上的数;不用容差的留空";
                read.faults.push(table.fault(row0, "容差", tolerance, expected));
                (test, typed.to_owned())
            }
        };
        // Typed with Chinese brackets as often as not.
        let left = get("左式").replace('\u{ff08}', "(").replace('\u{ff09}', ")");
        let left = left.as_str();
        let left = match left.strip_prefix("不合格项数(").and_then(|class| class.strip_suffix(')')) {
            Some(class) => Left::Failed(class.to_owned()),
            None if left.is_empty() => {
                read.faults.push(table.fault(row0, "左式", left, "事实的名称,或 不合格项数(类别)"));
                continue;
            }
            None => {
                let kind = match typed {
                    "是" | "否" => "flag",
                    text if anping_sdk::Decimal::parse(text).is_some() => "number",
                    text if anping_sdk::Date::parse(text).is_some() => "day",
                    _ => "text",
                };
                Left::Fact(fact(read, left, kind))
            }
        };
        let says = get("提示语");
        if says.is_empty() || says.contains(['{', '}']) {
            read.faults.push(table.fault(row0, "提示语", says, "一句话,不含花括号"));
        }
        let phrase = format!("rule-{}", row0 + 1);
        let within = if tolerance.is_empty() { String::new() } else { format!(",容差{tolerance}") };
        let mut text = format!("{says}({} {{0}},规则 {}{typed}{within})", get("左式"), get("运算"));
        let remedy = get("处理办法");
        if remedy.contains(['{', '}']) {
            read.faults.push(table.fault(row0, "处理办法", remedy, "一句话,不含花括号"));
        } else if !remedy.is_empty() {
            text = format!("{text},处理办法:{remedy}");
        }
        read.definition.checklist.phrase.push(PhraseFile { code: phrase.clone(), text });
        read.definition.rules.push(Rule { left, test, right, then, missing, phrase });
    }
}

/// A comparison under a tolerance: what differs by no more than that is equal.
///
/// Shape: the comparison, and its right side.
/// Errors: `None` for a tolerance that is no number from 0, or beside something that is no number.
fn with_tolerance(test: Test, right: &str, tolerance: &str) -> Option<(Test, String)> {
    if tolerance.is_empty() {
        return Some((test, right.to_owned()));
    }
    let number = |text: &str| text.parse::<crate::model::Decimal>().ok();
    let within = number(tolerance).filter(|within| !within.is_sign_negative())?;
    let right = number(right)?;
    let most = right.checked_add(within)?.normalize().to_string();
    let least = right.checked_sub(within)?.normalize().to_string();
    // The guest's numbers have fewer digits.
    if [&most, &least].into_iter().any(|bound| anping_sdk::Decimal::parse(bound).is_none()) {
        return None;
    }
    Some(match test {
        Test::Less | Test::AtLeast => (test, least),
        Test::More | Test::AtMost => (test, most),
        Test::Equal | Test::Near => (Test::Near, format!("{least}~{most}")),
        Test::NotEqual | Test::Far => (Test::Far, format!("{least}~{most}")),
    })
}

fn bonuses(table: &Table<'_>, read: &mut Read) {
    for at in table.rows() {
        let (row0, row) = at;
        let (each, limit) = (table.get(row, "每次分值"), table.get(row, "上限"));
        for (column, text) in [("每次分值", each), ("上限", limit)] {
            let is_number = anping_sdk::Decimal::parse(text).is_some_and(anping_sdk::Decimal::is_positive);
            let is_unbounded = column == "上限" && text.is_empty();
            if !is_number && !is_unbounded {
                read.faults.push(table.fault(row0, column, text, "大于0的数"));
            }
        }
        let takes = table.word(at, "方向", &[("加分", false), ("减分", true)], &mut read.faults);
        let fact = fact(read, table.get(row, "名称"), "number");
        read.definition.bonuses.push(Bonus { fact, takes, each: each.to_owned(), limit: optional(limit) });
    }
}

fn cases(table: &Table<'_>, read: &mut Read) {
    let mut order: Vec<(&str, Vec<Row<'_>>)> = Vec::new();
    for (row0, row) in table.rows() {
        let name = table.get(row, "样例");
        match order.iter_mut().find(|(known, _)| *known == name) {
            Some((_, rows)) => rows.push((row0, row)),
            None => order.push((name, vec![(row0, row)])),
        }
    }
    if order.is_empty() {
        read.faults.push(table.fault(1, "样例", "", "至少一个样例:没有手算样例的检查表不予打包"));
    }
    for (name, rows) in order {
        let (row0, first) = rows[0];
        let date = table.get(first, "检查日期");
        if anping_sdk::Date::parse(date).is_none() {
            read.faults.push(table.fault(row0, "检查日期", date, "日期,如 2026-05-01"));
        }
        let mut text = format!("# {name}\ndate {date}\n");
        let (mut answers, mut rest, mut facts) = (BTreeMap::new(), None, String::new());
        for (row0, row) in rows {
            let get = |column| table.get(row, column);
            let known = [
                ("合格", "pass"),
                ("扣分", "partial"),
                ("不合格", "fail"),
                ("不涉及", "not-applicable"),
                ("未查", "not-checked"),
            ];
            let item = get("检查项");
            let file = &read.definition.checklist;
            if let Some(fact) = file.fact.iter().find(|fact| fact.title == item) {
                let value = match get("判定") {
                    "是" => "yes",
                    "否" => "no",
                    other => other,
                };
                facts.push_str(&format!("fact {} {value}\n", fact.code));
                continue;
            }
            if item != "其余" && !file.item.iter().any(|known| known.code == item) {
                let expected = "“检查项”的编号、“其余”,或规则用到的事实的名称";
                read.faults.push(table.fault(row0, "检查项", item, expected));
                continue;
            }
            let verdict = table.word((row0, row), "判定", &known, &mut read.faults);
            let answer = format!("{verdict} {}", get("扣分")).trim_end().to_owned();
            if item == "其余" {
                rest = Some(answer);
            } else if answers.insert(item, answer).is_some() {
                read.faults.push(table.fault(row0, "检查项", item, "同一样例中每项只写一行"));
            }
        }
        for item in &read.definition.checklist.item {
            if let Some(answer) = answers.get(item.code.as_str()).or(rest.as_ref()) {
                text.push_str(&format!("answer {} {answer}\n", item.code));
            }
        }
        text.push_str(&facts);
        read.definition.cases.push(format!("{}\nexpect\n", text.trim_end()));
        let typed = |column| (table.get(first, column).to_owned(), table.cell(row0, column));
        read.cases
            .push(Wanted { name: name.to_owned(), score: typed("应得分"), grade: typed("应得等次") });
    }
}
