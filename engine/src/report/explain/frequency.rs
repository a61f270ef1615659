//! How the frequency plan stands: by risk colour, and who lacks how many visits, down to the cells.
//! Reads `results.json` alone and counts nothing anew.

use std::fmt::Write as _;

use super::super::results::frequency::{Frequency, Planned};
use super::super::results::{Cell, Results};

/// First words that ask for the plan.
const WORDS: [&str; 3] = ["频次", "频次缺口", "frequency"];
/// What the register leaves empty.
const NO_COLOUR: &str = "未注明";

/// Explains the frequency plan.
///
/// `words`: 频次 or frequency, and perhaps a risk colour, or number or name of an enterprise below its plan.
/// Shape: sentences; `None` where the words ask for something else.
/// Errors: what is not known, in Chinese and English.
pub fn explain(results: &Results, words: &[&str]) -> Option<Result<String, (String, String)>> {
    let (first, rest) = words.split_first()?;
    if !WORDS.contains(first) {
        return None;
    }
    let Some(plan) = &results.frequency else {
        return Some(Err((
            "收件里没有检查登记,检查频次无从统计".to_owned(),
            "no visits are on record, so the frequency plan cannot be judged".to_owned(),
        )));
    };
    let Some(word) = rest.first() else { return Some(Ok(whole(results, plan))) };
    let colour = |planned: &Planned| called(&planned.colour) == *word;
    if plan.colours.iter().any(|one| called(&one.colour) == *word) {
        let own: Vec<_> = plan.gaps.iter().chain(&plan.unplanned).filter(|one| colour(one)).collect();
        return Some(Ok(lines(results, &own)));
    }
    let units = || plan.gaps.iter().chain(&plan.unplanned);
    let own: Vec<_> = units().filter(|one| one.unit == *word || one.name == *word).collect();
    Some(if own.is_empty() {
        Err((
            format!("频次缺口中没有“{word}”;可写风险等级、企业编号或名称"),
            format!("{word} is no risk colour and no enterprise below its plan"),
        ))
    } else {
        Ok(lines(results, &own))
    })
}

fn called(colour: &str) -> &str {
    if colour.is_empty() { NO_COLOUR } else { colour }
}

fn whole(results: &Results, plan: &Frequency) -> String {
    let mut text = format!("{}年检查频次计划,截至{}\n", plan.year, results.as_of);
    let rate = |done, planned, rate: &str| format!("{done}÷{planned}={rate}%").replace("=/%", "=/");
    let own = rate(plan.done, plan.planned, &plan.rate);
    let _ =
        writeln!(text, "完成率:{own}(完成家次÷计划家次,每家最多计到计划次数);全年检查{}家次", plan.visits);
    for one in &plan.colours {
        let (colour, own) = (called(&one.colour), rate(one.done, one.planned, &one.rate));
        let _ = match one.plan {
            Some(each) => {
                writeln!(text, "  {colour}:{}家,每家{each}次,完成率{own},不足{}家", one.units, one.gaps)
            }
            None => writeln!(text, "  {colour}:{}家,计划中没有这一等级,未提出检查要求", one.units),
        };
    }
    let gaps: Vec<_> = plan.gaps.iter().collect();
    text.push_str(&lines(results, &gaps));
    text
}

fn lines(results: &Results, units: &[&Planned]) -> String {
    let mut text = String::new();
    for one in units {
        let place = |cell: &Cell| {
            let file = results.sources.get(cell.source as usize).map_or("", |source| source.path.as_str());
            format!("{file} › {} › {}", cell.sheet, cell.cell)
        };
        let visit = |day: &str, rows: &[Cell]| {
            format!("{day} {}", rows.iter().map(place).collect::<Vec<_>>().join("、"))
        };
        let visits: Vec<_> = one.visits.iter().map(|own| visit(&own.day, &own.rows)).collect();
        let visits = if visits.is_empty() { "无检查记录".to_owned() } else { visits.join(";") };
        let asked = match one.plan {
            Some(plan) => {
                let lacks = plan.saturating_sub(one.done);
                format!("计划{plan}次,已查{}次,还差{lacks}次", one.done)
            }
            None => format!("风险等级“{}”不在计划中,已查{}次", called(&one.colour), one.done),
        };
        let _ = writeln!(text, "  {} {}:{asked} ← {};{visits}", one.unit, one.name, place(&one.at));
    }
    if text.is_empty() { "  没有检查次数不足的单位\n".to_owned() } else { text }
}
