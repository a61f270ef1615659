//! Cross-checks within the records of a form, before it is written: rules X1 to X3. Works on facts alone,
//! whoever gave them; what needs the whole run is `from_run`'s.

use super::facts::{FactValue, Facts, Record};
use super::fault::Fault;
use crate::model::Decimal;

/// Rule, the smaller key, the larger key.
const AT_MOST: [(&str, &str, &str); 7] = [
    ("X1", "fixed", "found"),
    ("X1", "major_fixed", "major_found"),
    ("X3", "planned_target", "planned"),
    ("X3", "planned_means", "planned"),
    ("X3", "planned_people", "planned"),
    ("X3", "planned_deadline", "planned"),
    ("X3", "planned_measures", "planned"),
];

/// What does not agree within the records of some lists. A record without the keys is not judged.
pub fn disagreements(facts: &Facts, lists: &[&str]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for list in lists {
        for (index, record) in facts.lists.get(*list).into_iter().flatten().enumerate() {
            let mut say = |rule: &'static str, what: String| {
                let what = format!("{list} 第 {} 条:{what}", index + 1);
                faults.push(Fault::Disagree { rule, what });
            };
            for (rule, small, large) in AT_MOST {
                if let (Some(one), Some(other)) = (number(record, small), number(record, large))
                    && one > other
                {
                    say(rule, format!("{small} {one} 大于 {large} {other}"));
                }
            }
            let parts = ["planned", "major_found", "major_fixed"].map(|key| number(record, key));
            if let [Some(planned), Some(found), Some(fixed)] = parts
                && found.checked_sub(fixed) != Some(planned)
            {
                say("X2", format!("planned {planned} 不等于 major_found {found} − major_fixed {fixed}"));
            }
        }
    }
    faults
}

fn number(record: &Record, key: &str) -> Option<Decimal> {
    match record.get(key)?.value {
        FactValue::Number(number) => Some(number),
        _ => None,
    }
}
