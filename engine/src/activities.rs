//! Counts training, drills, the safety month and accidents from their lists.
//! Judges nothing: what they are worth is for the year-end assessment to say.

use crate::model::campaign::{Activities, Drill, Incident, Session};
use crate::model::text::match_key;
use crate::model::{Decimal, EnterpriseId, Record, Register, Resolved, Resolver, Table};

/// Counts the activities of the lists. A row of training or drills without a day that exists is left
/// out; a sum that does not fit stays at what it was.
pub fn count(tables: &[Table], register: &Register, resolver: &Resolver<'_>) -> Activities {
    let mut counted = Activities::default();
    for table in tables {
        for row in &table.rows {
            let number = |key| number(table, row, key);
            let text = |key| table.cell(row, key).map_or_else(String::new, |cell| cell.shown());
            let day = table.cell(row, "date").and_then(|cell| Some((cell.value.day()?, cell.at)));
            let has_day = day.is_some();
            if table.is("training") && has_day {
                let audience = text("audience");
                counted.session_list.extend(day.map(|(day, at)| Session { audience, day, at }));
                counted.sessions += 1;
                add(&mut counted.people, number("people"));
                let hours = number("people").checked_mul(number("hours")).unwrap_or_default();
                add(&mut counted.person_hours, hours);
            } else if table.is("drills") && has_day {
                let unit = text("unit");
                let enterprise = enterprise(resolver, "", &unit);
                let assessed = text("assessed") == "有";
                let people = table.cell(row, "people").and_then(|cell| cell.value.number());
                let (topic, form) = (text("topic"), text("form"));
                counted.drill_list.extend(day.map(|(day, at)| Drill {
                    unit,
                    enterprise,
                    day,
                    topic,
                    form,
                    people,
                    assessed,
                    at,
                }));
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
                counted.incidents.push(incident(table, row, register, resolver));
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

/// Who is meant by a number or a name; none where that is nobody for certain.
fn enterprise(resolver: &Resolver<'_>, number: &str, name: &str) -> Option<EnterpriseId> {
    let by_number = resolver.by_number(&match_key(number).to_uppercase());
    by_number.or_else(|| match resolver.resolve(name, "") {
        Resolved::Known { id, .. } => Some(id),
        Resolved::Ambiguous(_) | Resolved::NotListed | Resolved::Unknown => None,
    })
}

/// One row of the record of accidents. A number of people that is none counts as none: the year-end
/// assessment asks about it.
fn incident(table: &Table, row: &Record, register: &Register, resolver: &Resolver<'_>) -> Incident {
    let text = |key| table.cell(row, key).map_or_else(String::new, |cell| cell.shown());
    let people = |key| u32::try_from(number(table, row, key).trunc()).unwrap_or(0);
    let enterprise = enterprise(resolver, &text("number"), &text("unit"));
    let village = match (text("village"), enterprise) {
        (village, Some(id)) if village.is_empty() => register.get(id).village.clone(),
        (village, _) => village,
    };
    Incident {
        day: table.cell(row, "date").and_then(|cell| cell.value.day()),
        village,
        enterprise,
        deaths: people("deaths"),
        injured: people("injured"),
        liability: match &*match_key(&text("liability")) {
            "是" | "√" | "属于" => Some(true),
            "否" | "×" | "不属于" => Some(false),
            _ => None,
        },
        at: table.cell(row, "date").or(row.cells.first()).map_or(table.at, |cell| cell.at),
    }
}

fn number(table: &Table, row: &Record, key: &str) -> Decimal {
    table.cell(row, key).and_then(|cell| cell.value.number()).unwrap_or_default()
}

fn add(sum: &mut Decimal, more: Decimal) {
    *sum = sum.checked_add(more).unwrap_or(*sum);
}
