//! How a number of the hazard ledger came about: a hazard down to its rows and cells, a line of the
//! statistics down to its hazards. Reads `results.json` alone and counts nothing anew.

use std::collections::BTreeSet;

use super::super::results::Results;
use super::super::results::ledger::{Figures, Hazard, Row, Table};

/// First words that ask for statistics, with a name of such a period: `#` stands for a digit.
const TABLES: [(&str, &str); 3] = [("月报", "####-##"), ("季报", "####-Q#"), ("累计", "####")];
/// Fields of a line: as asked for, and as a reader sees them.
const FIELDS: [(&str, &str); 10] = [
    ("found", "一般隐患发现数"),
    ("closed", "一般隐患已销号数"),
    ("rate", "整改率"),
    ("on_time", "按期销号数"),
    ("late", "逾期销号数"),
    ("overdue", "逾期未销号数"),
    ("open", "未销号数"),
    ("major_found", "重大隐患发现数"),
    ("major_closed", "重大隐患已销号数"),
    ("planned", "列入治理计划数"),
];

/// Explains a number of the ledger.
///
/// `words`: the number of a hazard; or 月报, 季报 or 累计, then the period, and perhaps a line (危险化学品,
/// V01, 应急办 …; without one the total) and a field (found, closed, open …).
/// Shape: sentences; `None` where the words ask for something else.
/// Errors: what is not known, in Chinese and English.
pub fn explain(results: &Results, words: &[&str]) -> Option<Result<String, (String, String)>> {
    let (first, rest) = words.split_first()?;
    let ledger = results.ledger.as_ref();
    if let Some(hazard) =
        ledger.and_then(|ledger| ledger.hazards.iter().find(|one| one.id.eq_ignore_ascii_case(first.trim())))
    {
        return Some(Ok(of_hazard(results, hazard)));
    }
    let (_, shape) = TABLES.iter().find(|(word, _)| word == first)?;
    let unknown = |what: &str| Err((format!("台账中没有{what}"), format!("the ledger has no {what}")));
    let Some(ledger) = ledger else { return Some(unknown("数据")) };
    let Some((period, rest)) = rest.split_first() else {
        let periods: Vec<_> = periods(&ledger.tables, shape);
        return Some(Err((
            format!("“{first}”后写期次:{}", periods.join("、")),
            format!("{first}: a period is missing: {}", periods.join(", ")),
        )));
    };
    let of_period: Vec<&Table> =
        ledger.tables.iter().filter(|table| table.period == *period && has_shape(period, shape)).collect();
    if of_period.is_empty() {
        return Some(unknown(period));
    }
    let (name, field) = match rest {
        [] => ("合计", None),
        [one] if field_of(one).is_some() => ("合计", field_of(one)),
        [name] => (*name, None),
        [name, field, ..] => match field_of(field) {
            Some(field) => (*name, Some(field)),
            None => return Some(unknown(field)),
        },
    };
    let line = of_period.iter().find_map(|table| {
        let lines = &table.lines;
        Some((
            *table,
            lines.iter().find(|line| line.title == name || (line.key == name && !name.is_empty()))?,
        ))
    });
    Some(match line {
        Some((table, line)) => Ok(of_line(results, table, line, field)),
        None => unknown(name),
    })
}

/// Whether the name of a period has a shape.
fn has_shape(period: &str, shape: &str) -> bool {
    let fits = |(one, wanted): (u8, u8)| if wanted == b'#' { one.is_ascii_digit() } else { one == wanted };
    period.len() == shape.len() && period.bytes().zip(shape.bytes()).all(fits)
}

fn periods<'t>(tables: &'t [Table], shape: &str) -> Vec<&'t str> {
    let periods = tables.iter().map(|table| table.period.as_str());
    let mut periods: Vec<_> = periods.filter(|period| has_shape(period, shape)).collect();
    periods.dedup();
    periods
}

/// A field by its key or by what a reader sees.
fn field_of(word: &str) -> Option<&'static str> {
    let found = FIELDS.iter().find(|(key, title)| *key == word || *title == word);
    found.map(|(key, _)| *key)
}

fn of_hazard(results: &Results, hazard: &Hazard) -> String {
    let mut text = format!("{} {}\n", hazard.id, summary(hazard));
    text.push_str(&format!(
        "属地:{};监管部门:{};行业领域:{}\n",
        hazard.village_name, hazard.department, hazard.sector
    ));
    let day = |day: &Option<String>| day.clone().unwrap_or_else(|| "无".to_owned());
    text.push_str(&format!(
        "发现日期:{}(各来源中最早);整改期限:{};销号日期:{}\n",
        day(&hazard.found),
        day(&hazard.deadline),
        day(&hazard.done)
    ));
    if let Some(first) = &hazard.first_deadline {
        let approver = hazard.rows.first().and_then(|row| {
            row.cells.iter().find(|field| field.key == "extension_approver").map(|field| &*field.value)
        });
        text.push_str(&format!("原期限{first},经{}审批延期\n", approver.unwrap_or("")));
    }
    if hazard.carried {
        text.push_str("上年结转:以前年度发现,结转到本年\n");
    }
    if let Some(supervision) = &hazard.supervision {
        let or_none = |text: &str| if text.is_empty() { "未注明".to_owned() } else { text.to_owned() };
        text.push_str(&format!(
            "挂牌督办:{};文号:{}\n",
            or_none(&supervision.level),
            or_none(&supervision.document)
        ));
    }
    if !hazard.standards.is_empty() {
        text.push_str(&format!("重大隐患判定标准(发现日有效):{}\n", hazard.standards.join("、")));
    }
    if let Some(days) = hazard.report_overdue_days {
        text.push_str(&format!("重大隐患已{days}天无治理进展报告(间隔要求未核实)\n"));
    }
    text.push_str(&format!("截至{}:{}\n", results.as_of, state(&hazard.state)));
    if let (Some(refusal), Some(claimed)) = (&hazard.refusal, &hazard.claimed) {
        text.push_str(&format!("填报完成日期{claimed},销号退回:{}\n", refusal_title(refusal)));
    }
    match hazard.merged.as_deref() {
        Some("decision") => text.push_str("合并依据:复核决定\n"),
        Some(_) => text.push_str("合并依据:同一对象、描述相同、部位相同或未填、日期相近\n"),
        None => {}
    }
    if let Some(recurs) = &hazard.recurs {
        text.push_str(&format!("再次发生:前次为{recurs}\n"));
    }
    text.push_str(&format!("来源{}条", hazard.rows.len()));
    if hazard.rows.len() > 1 {
        text.push_str("(期限、销号、人员、照片、资金取第一条)");
    }
    text.push_str(":\n");
    for row in &hazard.rows {
        text.push_str(&format!("  {}\n", of_row(results, row)));
        let cells: Vec<_> = row
            .cells
            .iter()
            .map(|field| format!("{}={}({})", field_title(&field.key), field.value, field.cell))
            .collect();
        text.push_str(&format!("    {}\n", cells.join(";")));
    }
    text
}

fn of_row(results: &Results, row: &Row) -> String {
    let file = results.sources.get(row.at.source as usize).map_or("", |source| source.path.as_str());
    let part = if row.part > 1 { format!(" 第{}条", row.part) } else { String::new() };
    format!("{}:{} › {} › {}{part}:{}", source(&row.source), file, row.at.sheet, row.at.cell, row.text)
}

fn summary(hazard: &Hazard) -> String {
    let text = hazard.rows.first().map_or("", |row| row.text.as_str());
    format!("[{}] {}:{text}", if hazard.level == "major" { "重大" } else { "一般" }, hazard.name)
}

fn of_line(results: &Results, table: &Table, line: &Figures, field: Option<&'static str>) -> String {
    let mut text = format!(
        "{} {}({}至{}发现,截至{}销号)\n",
        table.period, line.title, table.first, table.last, table.as_of
    );
    let numbers: BTreeSet<&str> = line.hazards.iter().map(String::as_str).collect();
    let own: Vec<&Hazard> = results
        .ledger
        .iter()
        .flat_map(|ledger| &ledger.hazards)
        .filter(|hazard| numbers.contains(hazard.id.as_str()))
        .collect();
    let closed = |hazard: &&&Hazard| hazard.done.as_ref().is_some_and(|done| *done <= table.as_of);
    let due = |hazard: &Hazard| hazard.deadline.as_ref().is_some_and(|deadline| *deadline < table.as_of);
    let on_time =
        |hazard: &Hazard| hazard.deadline.as_ref().map(|deadline| hazard.done.as_ref() <= Some(deadline));
    let is_behind = |hazard: &&&Hazard| {
        let major = hazard.level == "major";
        match field {
            None => true,
            Some("found" | "rate") => !major,
            Some("closed") => !major && closed(hazard),
            Some("on_time") => !major && closed(hazard) && on_time(hazard) == Some(true),
            Some("late") => !major && closed(hazard) && on_time(hazard) == Some(false),
            Some("overdue") => !major && !closed(hazard) && due(hazard),
            Some("open") => !major && !closed(hazard),
            Some("major_found") => major,
            Some("major_closed") => major && closed(hazard),
            Some("planned") => major && !closed(hazard),
            Some(_) => false,
        }
    };
    let number = |field: &str| match field {
        "found" => line.found.to_string(),
        "closed" => line.closed.to_string(),
        "on_time" => line.on_time.to_string(),
        "late" => line.late.to_string(),
        "overdue" => line.overdue.to_string(),
        "open" => (line.found - line.closed.min(line.found)).to_string(),
        "major_found" => line.major_found.to_string(),
        "major_closed" => line.major_closed.to_string(),
        "planned" => line.planned.to_string(),
        _ => format!("{}÷{}={}%", line.closed, line.found, line.rate).replace("=/%", "=/"),
    };
    for (key, title) in FIELDS {
        if field.is_none_or(|field| field == key) {
            text.push_str(&format!("{title}:{}\n", number(key)));
        }
    }
    let behind: Vec<_> = own.iter().filter(is_behind).collect();
    text.push_str(&format!("其中隐患{}条:\n", behind.len()));
    for hazard in behind {
        let day = |day: &Option<String>| day.clone().unwrap_or_else(|| "无".to_owned());
        text.push_str(&format!(
            "  {} {};发现日期{},整改期限{},销号日期{}\n",
            hazard.id,
            summary(hazard),
            day(&hazard.found),
            day(&hazard.deadline),
            day(&hazard.done)
        ));
        for row in &hazard.rows {
            text.push_str(&format!("    {}\n", of_row(results, row)));
        }
    }
    text
}

fn source(key: &str) -> &'static str {
    use crate::model::HazardSource;
    HazardSource::ALL.into_iter().find(|source| source.key() == key).map_or("其他", HazardSource::title)
}

fn refusal_title(key: &str) -> &'static str {
    use crate::model::ledger::Refusal;
    Refusal::ALL.into_iter().find(|refusal| refusal.key() == key).map_or("", Refusal::title)
}

fn state(key: &str) -> &'static str {
    match key {
        "on-time" => "按期销号",
        "late" => "逾期销号",
        "closed" => "已销号",
        "overdue" => "逾期未销号",
        "not-due" => "整改中,未到期",
        _ => "统计日后发现",
    }
}

fn field_title(key: &str) -> &'static str {
    match key {
        "found" => "发现日期",
        "level" => "等级",
        "department" => "监管部门",
        "deadline" => "整改期限",
        "done" => "完成日期",
        "responsible" => "责任人",
        "rechecker" => "复查人",
        "fund" => "资金(万元)",
        "before" => "整改前照片",
        "extended" => "延期至",
        "extension_approver" => "延期审批人",
        "supervision" => "挂牌督办级别",
        "supervision_document" => "督办文号",
        "reported" => "最近报告日期",
        "carried" => "上年结转",
        _ => "整改后照片",
    }
}
