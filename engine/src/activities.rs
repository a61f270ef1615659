//! Counts training, drills, the safety month and accidents from their lists.
//! Judges nothing: what they are worth is for the year-end assessment to say.

use crate::model::campaign::Activities;
use crate::model::{Decimal, Record, Table};

/// Counts the activities of the lists. A row of training or drills without a day that exists is left
/// out; a sum that does not fit stays at what it was.
pub fn count(tables: &[Table]) -> Activities {
    let mut counted = Activities::default();
    for table in tables {
        for row in &table.rows {
            let number = |key| number(table, row, key);
            let text = |key| table.cell(row, key).map_or_else(String::new, |cell| cell.shown());
            let has_day = table.cell(row, "date").is_some_and(|cell| cell.value.day().is_some());
            if table.is("training") && has_day {
                counted.sessions += 1;
                add(&mut counted.people, number("people"));
                let hours = number("people").checked_mul(number("hours")).unwrap_or_default();
                add(&mut counted.person_hours, hours);
            } else if table.is("drills") && has_day {
                counted.drills += 1;
                add(&mut counted.drill_people, number("people"));
                counted.assessed += u64::from(text("assessed") == "有");
            } else if table.is("activity-score") {
                let category = text("category");
                let groups = &mut counted.safety_month;
                let at = groups.iter().position(|(known, ..)| *known == category).unwrap_or_else(|| {
                    groups.push((category, Decimal::ZERO, Decimal::ZERO));
                    groups.len() - 1
                });
                add(&mut groups[at].1, number("points"));
                add(&mut groups[at].2, number("got"));
            } else if table.is("accidents") {
                counted.accidents += 1;
                add(&mut counted.deaths, number("deaths"));
                if text("liability") == "是" && !number("deaths").is_zero() {
                    add(counted.liable_deaths.entry(text("village")).or_default(), number("deaths"));
                }
            }
        }
    }
    counted
}

fn number(table: &Table, row: &Record, key: &str) -> Decimal {
    table.cell(row, key).and_then(|cell| cell.value.number()).unwrap_or_default()
}

fn add(sum: &mut Decimal, more: Decimal) {
    *sum = sum.checked_add(more).unwrap_or(*sum);
}
