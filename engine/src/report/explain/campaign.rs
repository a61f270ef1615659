//! How a number of a campaign came about: its counts, and the units, hazards and cells behind one of them.
//! Reads `results.json` alone and counts nothing anew.

use super::super::results::campaign::{Campaign, Member};
use super::super::results::{Cell, Results};

/// Numbers that can be asked for: the key, and what a reader sees.
const FIELDS: [(&str, &str); 7] = [
    ("due", "应查"),
    ("covered", "已查"),
    ("uncovered", "未查"),
    ("waived", "免查"),
    ("visits", "家次"),
    ("hazards", "隐患"),
    ("closed", "已销号"),
];

/// Explains a number of a campaign.
///
/// `words`: id or name of the campaign, and perhaps one of its numbers (已查 or covered, 未查, 免查, 家次, 隐患,
/// 已销号 …). Shape: sentences; `None` where the first word is no campaign of the results.
/// Errors: a number that a campaign does not have, in Chinese and English.
pub fn explain(results: &Results, words: &[&str]) -> Option<Result<String, (String, String)>> {
    let (first, rest) = words.split_first()?;
    let one = results.campaigns.iter().find(|one| one.id == *first || one.name == *first)?;
    let field = match rest.first() {
        None => None,
        Some(word) => match FIELDS.iter().find(|(key, title)| key == word || title == word) {
            Some((key, _)) => Some(*key),
            None => {
                let titles: Vec<_> = FIELDS.iter().map(|(_, title)| *title).collect();
                let keys: Vec<_> = FIELDS.iter().map(|(key, _)| *key).collect();
                return Some(Err((
                    format!("“{word}”不是专项行动的数;可问:{}", titles.join("、")),
                    format!("{word} is no number of a campaign; ask for {}", keys.join(", ")),
                )));
            }
        },
    };
    Some(Ok(of_campaign(results, one, field)))
}

fn of_campaign(results: &Results, one: &Campaign, field: Option<&str>) -> String {
    let mark = if one.unverified { ",起止日期未核实" } else { "" };
    let mut text = format!("{}({} 至 {}{mark}),截至{}\n", one.name, one.first, one.last, one.until);
    let waived = one.members.iter().filter(|member| member.waived.is_some()).count();
    let coverage = format!("{}÷{}={}%", one.covered, one.due, one.coverage).replace("=/%", "=/");
    let rate = format!("{}÷{}={}%", one.closed, one.hazards, one.rate).replace("=/%", "=/");
    text.push_str(&format!("范围内{}家,免查{waived}家,应查{}家\n", one.members.len(), one.due));
    text.push_str(&format!("覆盖率:{coverage}(免查的不在分母)\n"));
    text.push_str(&format!("检查{}家次\n", one.visits));
    text.push_str(&format!("整改率:{rate}(截至{}已销号÷发现的一般隐患)\n", one.until));
    match field {
        Some("visits") => {
            for visit in &one.visit_list {
                let cells = cells(results, &visit.rows);
                text.push_str(&format!("  {} {} {} ← {cells}\n", visit.day, visit.unit, visit.name));
            }
        }
        Some(field @ ("hazards" | "closed")) => hazards(results, one, field == "closed", &mut text),
        Some(field) => members(results, one, field, &mut text),
        None => {}
    }
    text
}

fn members(results: &Results, one: &Campaign, field: &str, text: &mut String) {
    let is_wanted = |member: &&Member| match field {
        "due" => member.waived.is_none(),
        "covered" => member.waived.is_none() && !member.covered.is_empty(),
        "uncovered" => member.waived.is_none() && member.covered.is_empty(),
        _ => member.waived.is_some(),
    };
    for member in one.members.iter().filter(is_wanted) {
        let rests_on: Vec<Cell> = member.covered.iter().chain(&member.waived).cloned().collect();
        let cells =
            if rests_on.is_empty() { "无检查记录".to_owned() } else { cells(results, &rests_on) };
        text.push_str(&format!("  {} {} ← {cells}\n", member.unit, member.name));
    }
}

fn hazards(results: &Results, one: &Campaign, only_closed: bool, text: &mut String) {
    let Some(ledger) = &results.ledger else { return };
    let ids: std::collections::BTreeSet<_> = one.hazard_ids.iter().collect();
    for hazard in ledger.hazards.iter().filter(|hazard| ids.contains(&hazard.id)) {
        let done = hazard.done.as_deref().filter(|done| *done <= one.until.as_str());
        if only_closed && done.is_none() {
            continue;
        }
        let rows: Vec<Cell> = hazard.rows.iter().map(|row| row.at.clone()).collect();
        let what = hazard.rows.first().map_or("", |row| row.text.as_str());
        text.push_str(&format!(
            "  {} {}:{what};销号日期{} ← {}\n",
            hazard.id,
            hazard.name,
            done.unwrap_or("无"),
            cells(results, &rows)
        ));
    }
}

fn cells(results: &Results, cells: &[Cell]) -> String {
    let shown = cells.iter().map(|cell| {
        let file = results.sources.get(cell.source as usize).map_or("", |source| source.path.as_str());
        format!("{file} › {} › {}", cell.sheet, cell.cell)
    });
    shown.collect::<Vec<_>>().join(";")
}
