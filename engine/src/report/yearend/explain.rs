//! How a unit's year-end score came about, in sentences that can be pasted into a reply, from the sealed
//! record. Computes nothing.

use std::fmt::Write as _;

use serde_json::Value as Json;

pub use super::seal::FILE;

use crate::model::Decimal;

/// Explains a unit, or one of its items, from the text of a sealed record.
///
/// Errors: `None` where the record is none, or holds no such unit or item.
pub fn explain(record: &[u8], unit: &str, item: Option<&str>) -> Option<String> {
    let record: Json = serde_json::from_slice(record).ok()?;
    let list = |value: &Json| value.as_array().cloned().unwrap_or_default();
    let is_unit = |one: &Json| one["number"] == unit || one["name"] == unit;
    let known = list(&record["details"]).into_iter().find(is_unit)?;
    let values = list(&record["first"]["units"]).into_iter().find(is_unit)?["values"].clone();
    let mut text = String::new();
    let name = format!("{}({})", word(&known["name"]), word(&known["number"]));
    let objections: Vec<_> = list(&record["reissue"]["objections"])
        .into_iter()
        .filter(|one| one["unit"] == known["number"])
        .collect();
    let tailored = list(&record["first"]["rules"]["tailored"]);
    if let Some(item) = item {
        let own = list(&known["self"]["lines"]).into_iter().find(|line| line["item"] == item);
        let line = list(&known["verified"]["lines"]).into_iter().find(|line| line["item"] == item)?;
        line_sentence(&mut text, &line, own.as_ref(), (&objections, &tailored));
        return Some(text);
    }
    _ = writeln!(text, "{name}年终考核:最终得分{},{}。", word(&values["final"]), word(&values["grade"]));
    let quarters: Vec<_> = list(&known["quarters"])
        .iter()
        .map(|one| format!("第{}季度{}({})", word(&one["quarter"]), word(&one["score"]), word(&one["cell"])))
        .collect();
    if !quarters.is_empty() {
        _ = writeln!(text, "平时考核平均分{}:{}。", word(&values["quarter_mean"]), quarters.join("、"));
    }
    let verified = &known["verified"];
    if !verified.is_null() {
        _ = writeln!(text, "核查得{}分,应得{}分。", word(&verified["got"]), word(&verified["possible"]));
    }
    for line in list(&verified["lines"]) {
        if line["got"] != line["points"] {
            let own = list(&known["self"]["lines"]).into_iter().find(|own| own["item"] == line["item"]);
            line_sentence(&mut text, &line, own.as_ref(), (&objections, &tailored));
        }
    }
    for entry in list(&known["entries"]) {
        let document = word(&entry["document"]);
        let document = if document.is_empty() { "无依据文号,不计".to_owned() } else { document };
        _ = writeln!(
            text,
            "{}“{}”{}分({document}),见{}。",
            word(&entry["sense"]),
            word(&entry["matter"]),
            word(&entry["points"]),
            word(&entry["cell"])
        );
    }
    if let Some(veto) = values["veto"].as_str() {
        let cells = |of: &str| list(&known[of]).iter().map(|one| word(&one["cell"])).collect::<Vec<_>>();
        let (accidents, breaches) = (cells("accidents"), cells("breaches"));
        let what = if breaches.is_empty() { "责任事故" } else { "" };
        let cells = [accidents, breaches].concat().join("、");
        _ = writeln!(text, "一票否决:{veto}{what},见{cells};得分仅供参考,不参加排名。");
    }
    _ = writeln!(text, "算式:{}。", arithmetic(&known, &values, &record["first"]["rules"]));
    Some(text)
}

/// Explains the year of an enterprise from the text of a sealed record; its check is explained item by item
/// from `results.json`.
///
/// `item`: only what was decided on it. Errors: `None` where the record is none, or holds no such enterprise,
/// or nothing of the item.
pub fn explain_enterprise(record: &[u8], enterprise: &str, item: Option<&str>) -> Option<String> {
    let record: Json = serde_json::from_slice(record).ok()?;
    let list = |value: &Json| value.as_array().cloned().unwrap_or_default();
    let wanted = enterprise.trim();
    let is_it = |one: &Json| {
        let number = word(&one["number"]);
        !wanted.is_empty() && (number.eq_ignore_ascii_case(wanted) || word(&one["name"]) == wanted)
    };
    let known = list(&record["enterprises"]).into_iter().find(is_it)?;
    let values = list(&record["first"]["enterprises"]).into_iter().find(is_it)?["values"].clone();
    let called = [word(&known["number"]), word(&known["name"])].into_iter().find(|text| !text.is_empty());
    let objections: Vec<_> = list(&record["reissue"]["objections"])
        .into_iter()
        .filter(|one| Some(word(&one["unit"])) == called)
        .filter(|one| item.is_none_or(|item| word(&one["item"]).eq_ignore_ascii_case(item.trim())))
        .collect();
    let mut text = String::new();
    if item.is_none() {
        first_result(&mut text, &known, &values);
    }
    for one in &objections {
        _ = writeln!(
            text,
            "异议:{}加回{}分,理由:{},{}{}批准,见{}。",
            word(&one["item"]),
            word(&one["points"]),
            word(&one["reason"]),
            word(&one["approved_by"]),
            word(&one["date"]),
            word(&one["cell"])
        );
    }
    let after = &known["after"];
    if item.is_none() && !objections.is_empty() {
        _ = writeln!(text, "异议后:最终得分{},{}。", or_none(&after["final"]), standing(after));
    }
    (!text.is_empty()).then_some(text)
}

/// Score, grade, check, self-assessment, bonuses, vetoes and arithmetic of an enterprise's first result.
fn first_result(text: &mut String, known: &Json, values: &Json) {
    let name = format!("{}({})", word(&known["name"]), word(&known["number"]));
    _ = writeln!(text, "{name}年度评定:最终得分{},{}。", or_none(&values["final"]), standing(values));
    let check = &known["check"];
    if check.is_null() {
        text.push_str("本年没有评分的检查,未评定。\n");
    } else {
        let (stage, on) = if known["verified"].is_null() {
            ("检查", format!("{}{}", word(&check["by"]), word(&check["date"])))
        } else {
            ("核查", format!("{}{}", word(&known["verified"]["by"]), word(&known["verified"]["on"])))
        };
        _ = writeln!(
            text,
            "{stage}({on}):{}得{}分,应得{}分,得分{},见{}。",
            word(&check["checklist"]),
            word(&check["got"]),
            word(&check["possible"]),
            or_none(&check["score"]),
            word(&check["cell"])
        );
    }
    if !known["self"].is_null() {
        let flag = if values["self_gap_flag"] == true { ",须说明" } else { "" };
        let (own, gap) = (word(&values["self_score"]), or_none(&values["self_minus_final"]));
        _ = writeln!(text, "自评得分{own},与最终得分相差{gap}{flag},见{}。", word(&known["self"]["cell"]));
    }
    let list = |value: &Json| value.as_array().cloned().unwrap_or_default();
    for entry in list(&known["entries"]) {
        let document = word(&entry["document"]);
        let counted = known["bonus_counted"] == true;
        let why = match (counted, document.is_empty()) {
            (false, _) => "企业不计加减分".to_owned(),
            (true, true) => "无依据文号".to_owned(),
            (true, false) => document,
        };
        let (sense, matter) = (word(&entry["sense"]), word(&entry["matter"]));
        _ = writeln!(
            text,
            "{sense}“{matter}”{}分({why}),见{}。",
            word(&entry["points"]),
            word(&entry["cell"])
        );
    }
    for veto in list(&known["vetoes"]) {
        let at = word(&veto["cell"]);
        let at = if at.is_empty() { at } else { format!(",见{at}") };
        _ = writeln!(text, "一票否决:{}{at};得分仅供参考,不参加排名。", word(&veto["why"]));
    }
    let (bonus, penalty) = (word(&values["bonus"]), word(&values["penalty"]));
    match (&*bonus, &*penalty, values["final"].is_null()) {
        (_, _, true) => text.push_str("算式:材料不全,未评定。\n"),
        ("0", "0", _) => {
            _ = writeln!(text, "算式:最终得分即检查得分{}。", word(&values["by_check"]));
        }
        _ => {
            let last = word(&values["final"]);
            _ = writeln!(text, "算式:检查得分(取舍前)+{bonus}−{penalty}→{last},取舍一次。");
        }
    }
}

/// Grade and rank.
fn standing(values: &Json) -> String {
    let rank = match &values["rank"] {
        Json::Null => "不参加排名".to_owned(),
        rank => format!("第{rank}名"),
    };
    format!("{},{rank}", word(&values["grade"]))
}

fn or_none(value: &Json) -> String {
    if value.is_null() { "/".to_owned() } else { word(value) }
}

/// A value as a sentence shows it.
fn word(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

/// How the final score is added up: `85.75×40%+86.5×60%+0−1=85.2→85.20`.
fn arithmetic(known: &Json, values: &Json, rules: &Json) -> String {
    let final_score = word(&values["final"]);
    let end = |text: String| match known["exact"].as_str() {
        Some(exact) if exact == final_score => format!("{text}={final_score}"),
        Some(exact) => format!("{text}={exact}→{final_score}"),
        None => format!("{text}:材料不全,未评定"),
    };
    if known["quarter_mean"].is_null() {
        let verified = &known["verified"];
        let full = word(&rules["department"]["full"]);
        return end(format!("{}÷{}×{full}", word(&verified["got"]), word(&verified["possible"])));
    }
    let rules = &rules["village"];
    let percent = |weight: &Json| {
        let weight = word(weight).parse::<Decimal>().unwrap_or_default();
        // A record may have been written by anybody.
        let percent = weight.checked_mul(Decimal::ONE_HUNDRED).unwrap_or_default();
        percent.normalize().to_string()
    };
    end(format!(
        "{}×{}%+{}×{}%+{}−{}",
        word(&known["quarter_mean"]),
        percent(&rules["quarters"]),
        word(&known["year_end"]),
        percent(&rules["year_end"]),
        word(&values["bonus"]),
        word(&values["penalty"])
    ))
}

fn line_sentence(
    text: &mut String,
    line: &Json,
    own: Option<&Json>,
    (objections, tailored): (&[Json], &[Json]),
) {
    let item = word(&line["item"]);
    _ = write!(text, "{item}“{}”", word(&line["requirement"]));
    let got = line["got"].as_str();
    match got {
        None => _ = write!(text, "缺项,不计入应得分"),
        Some(got) => {
            let points = word(&line["points"]);
            match difference(&points, got) {
                Some(lost) => _ = write!(text, "标准分{points},扣{lost}分,{points}−{lost}={got}"),
                None => _ = write!(text, "标准分{points},未扣分"),
            }
        }
    }
    let reason = word(&line["reason"]);
    if !reason.is_empty() {
        _ = write!(text, "({reason})");
    }
    let (case, basis) = (word(&line["case"]), word(&line["basis"]));
    if !case.is_empty() {
        _ = write!(text, ";扣分规则:{case}");
    }
    if !basis.is_empty() {
        _ = write!(text, ";依据:{basis}");
    }
    if let Some(own) = own.map(|own| word(&own["got"])).filter(|own| !own.is_empty()) {
        _ = write!(text, ";自评{own}分");
    }
    let (by, on, document) = (word(&line["by"]), word(&line["on"]), word(&line["document"]));
    if !by.is_empty() || !on.is_empty() {
        _ = write!(text, ";{by}{on}核查");
    }
    if !document.is_empty() {
        _ = write!(text, ",证据{document}");
    }
    for one in tailored.iter().filter(|one| is_of_item(&word(&one["key"]), &item)) {
        let (base, local) = (word(&one["base"]), word(&one["local"]));
        let what =
            if base.is_empty() { local } else { format!("{}由{base}改为{local}", word(&one["key"])) };
        _ = write!(
            text,
            ";本地调整:{what}({};{}{}批准)",
            word(&one["remark"]),
            word(&one["approver"]),
            word(&one["date"])
        );
    }
    _ = write!(text, ";见{}", word(&line["cell"]));
    for one in objections.iter().filter(|one| one["item"] == line["item"]) {
        _ = write!(
            text,
            ";异议后加回{}分,理由:{},{}{}批准,见{}",
            word(&one["points"]),
            word(&one["reason"]),
            word(&one["approved_by"]),
            word(&one["date"]),
            word(&one["cell"])
        );
    }
    text.push_str("。\n");
}

/// Whether a key of tailoring is about an item: behind the checklist's title the item's code, and what of it.
fn is_of_item(key: &str, item: &str) -> bool {
    let key = key.rsplit_once(' ').map_or(key, |(_, key)| key);
    key.strip_prefix(item).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// What is between two numbers; none where there is nothing.
fn difference(points: &str, got: &str) -> Option<String> {
    let number = |text: &str| text.parse::<Decimal>().ok();
    let lost = number(points)?.checked_sub(number(got)?)?;
    (!lost.is_zero()).then(|| lost.normalize().to_string())
}
