//! What a locality sets otherwise (调整单) in a checklist and in the numbers beside it: parameters of a run
//! become the checklist that a sector judges by. Knows no tailoring file: the host reads those, checks
//! them, and sends what came of them.
//!
//! A parameter has the name that the tailoring file gives it: `ITEM.points`, `ITEM.veto`,
//! `ITEM.CASE.charge`, `ITEM.CASE.limit`, `category.CODE.weight`, `data.TABLE.ROW.COLUMN`. Any other name
//! is the sector's own affair. What a checklist honours it declares among its needs, with the source
//! [`PARAMETERS`]: contract v1 has no other place for it.
//!
//! A sector need not do anything for it: `CHECKLIST`, and each table under `data/` that says so, are what
//! is in force while a subject is assessed, and the base at any other time.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Deref;

use crate::assessed::Failure;
use crate::checklist::{Case, Category, Charge, Checklist, Item, Scope};
use crate::exact::Decimal;
use crate::subject::Value;

/// The source of needs by which a checklist says what of it may be set otherwise.
pub const PARAMETERS: &str = "parameters";

/// What every checklist honours that does not say otherwise: points, charges and limits of cases, weights
/// and vetoes; and that items may be added, because nothing its rules say depends on the sum of all.
pub const HONOURED: [&str; 6] = ["points", "charge", "limit", "weight", "veto", "items"];

/// A checklist that is another one while a subject is assessed under parameters.
#[derive(Debug)]
pub struct Tailorable(pub &'static Checklist);

impl Deref for Tailorable {
    type Target = Checklist;

    fn deref(&self) -> &Checklist {
        in_force(self.0)
    }
}

/// The checklist in force: the base, or what parameters make of it.
pub fn in_force(base: &'static Checklist) -> &'static Checklist {
    match IN_FORCE.get() {
        Some(local) if std::ptr::eq(local.base, base) => local.checklist,
        _ => base,
    }
}

/// A table of `data/` of which some numbers may be set otherwise.
#[derive(Debug)]
pub struct Rows<const N: usize> {
    /// Rows as the file has them.
    pub base: &'static [[&'static str; N]],
    /// Key, row and column of each number that may be set otherwise.
    pub settable: &'static [(&'static str, usize, usize)],
}

impl<const N: usize> Deref for Rows<N> {
    type Target = [[&'static str; N]];

    fn deref(&self) -> &Self::Target {
        let Some(local) = IN_FORCE.get() else { return self.base };
        let Some(first) = self.settable.first() else { return self.base };
        if let Some(known) = local.tables.borrow().get(first.0)
            && let Some(rows) = known.downcast_ref::<Vec<[&'static str; N]>>()
        {
            return rows;
        }
        let mut rows = self.base.to_vec();
        for (key, row, column) in self.settable {
            if let Some(value) = local.data.get(key) {
                rows[*row][*column] = value;
            }
        }
        let rows: &'static Vec<[&'static str; N]> = Box::leak(Box::new(rows));
        local.tables.borrow_mut().insert(first.0, rows);
        rows
    }
}

/// What parameters make of a checklist. Lives as long as the program: an instance of a plugin is asked
/// under one set of parameters, or a few.
struct Local {
    base: &'static Checklist,
    parameters: Vec<(String, Value)>,
    checklist: &'static Checklist,
    /// Numbers of `data/` by their keys, as text.
    data: BTreeMap<&'static str, &'static str>,
    /// Tables made of them, by the key of their first number.
    tables: RefCell<BTreeMap<&'static str, &'static dyn Any>>,
}

thread_local! {
    /// What is in force.
    static IN_FORCE: Cell<Option<&'static Local>> = const { Cell::new(None) };
    /// What was last, so that a batch makes it once.
    static LAST: Cell<Option<&'static Local>> = const { Cell::new(None) };
}

/// Keeps parameters in force until it is dropped.
pub(crate) struct Entered;

impl Drop for Entered {
    fn drop(&mut self) {
        IN_FORCE.set(None);
    }
}

/// Puts parameters in force for the base of a checklist.
///
/// Errors: a parameter that sets something of the checklist which it has not, or to what cannot be.
pub(crate) fn enter(base: &'static Checklist, parameters: &[(String, Value)]) -> Result<Entered, Failure> {
    if parameters.is_empty() {
        return Ok(Entered);
    }
    let known = LAST.get().filter(|last| std::ptr::eq(last.base, base) && last.parameters == parameters);
    let local = match known {
        Some(local) => local,
        None => &*Box::leak(Box::new(local(base, parameters)?)),
    };
    LAST.set(Some(local));
    IN_FORCE.set(Some(local));
    Ok(Entered)
}

fn local(base: &'static Checklist, parameters: &[(String, Value)]) -> Result<Local, Failure> {
    let mut items = base.items.to_vec();
    let mut categories = base.categories.to_vec();
    let mut data = BTreeMap::new();
    for (name, value) in parameters {
        let refused = || Failure::new(format!("参数 {name} 不能用于本检查表"));
        if let Some(rest) = name.strip_prefix("data.") {
            let number = value.number().ok_or_else(refused)?;
            data.insert(text(&format!("data.{rest}")), text(&plain(number)));
        } else if let Some(code) = middle(name, "category.", ".weight") {
            let weight = value.number().filter(|weight| weight.is_positive()).ok_or_else(refused)?;
            let category: &mut Category =
                categories.iter_mut().find(|one| one.code == code).ok_or_else(refused)?;
            category.weight = Some(weight);
        } else if let Some((what, rest)) =
            SUFFIXES.iter().find_map(|what| Some((*what, middle(name, "", what)?)))
        {
            set(&mut items, what, rest, value).ok_or_else(refused)?;
        }
    }
    let checklist = Checklist { items: items.leak(), categories: categories.leak(), ..*base };
    Ok(Local {
        base,
        parameters: parameters.to_vec(),
        checklist: Box::leak(Box::new(checklist)),
        data,
        tables: RefCell::default(),
    })
}

/// What of an item may be set.
const SUFFIXES: [&str; 4] = [".points", ".veto", ".charge", ".limit"];

fn middle<'n>(name: &'n str, before: &str, after: &str) -> Option<&'n str> {
    name.strip_prefix(before)?.strip_suffix(after)
}

/// Sets one value of an item. Errors: `None` where there is no such item or case, or the value is none for it.
fn set(items: &mut [Item], what: &str, place: &str, value: &Value) -> Option<()> {
    if matches!(what, ".points" | ".veto") {
        let item = items.iter_mut().find(|item| item.code == place)?;
        if what == ".points" {
            item.points = value.number().filter(|points| points.is_positive())?;
        } else {
            item.veto = Some(match value.text()? {
                "item" => Scope::Item,
                "category" => Scope::Category,
                "total" => Scope::Total,
                _ => return None,
            });
        }
        return Some(());
    }
    // A code may have points in it, so the case is looked for in the item that the name begins with.
    let (item, index) = items.iter_mut().find_map(|item| {
        let code = place.strip_prefix(item.code)?.strip_prefix('.')?;
        let index = item.cases.iter().position(|case| case.code == code)?;
        Some((item, index))
    })?;
    let points = value.number().filter(|points| points.is_positive())?;
    let mut cases: Vec<Case> = item.cases.to_vec();
    let case = &mut cases[index];
    match (what, case.charge) {
        (".limit", _) => case.limit = Some(points),
        (_, Charge::Once(_)) => case.charge = Charge::Once(points),
        (_, Charge::Each(_)) => case.charge = Charge::Each(points),
        (_, Charge::AllPoints | Charge::RulingOnly) => return None,
    }
    item.cases = cases.leak();
    Some(())
}

/// A number as `data/` writes it.
fn plain(number: Decimal) -> String {
    let text = number.to_string();
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn text(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checklist::{MajorMark, Mark};

    const fn number(mantissa: i64) -> Decimal {
        Decimal::new(mantissa, 0)
    }

    const fn case(code: &'static str, charge: Charge) -> Case {
        Case { code, text: "", charge, limit: None, scope: Scope::Item, hazard: None, veto: false }
    }

    const fn item(code: &'static str, cases: &'static [Case]) -> Item {
        Item {
            code,
            category: 0,
            requirement: "",
            method: "",
            points: number(3),
            scored: true,
            rule_text: "",
            cases,
            citations: &[],
            major: MajorMark::None,
            major_bases: &[],
            veto: None,
            applies: &[],
            mark: Mark::Memory,
        }
    }

    static BASE: Checklist = Checklist {
        id: "test",
        version: "1",
        title: "",
        checklist_title: "",
        editions: &[],
        kinds: &[],
        tags: &[],
        documents: &[],
        categories: &[Category { code: "1", title: "", weight: Some(number(1)) }],
        // Codes of a standard's sections: one begins as the other.
        items: &[
            item("1.2", &[case("a", Charge::RulingOnly)]),
            item("1.2.3", &[case("a", Charge::Each(number(1))), case("b", Charge::Once(number(2)))]),
        ],
        facts: &[],
        tables: &[],
        needs: &[],
        gives: &[],
        phrases: &[],
        schemes: &[],
        wants_remarks: false,
    };
    static CHECKLIST: Tailorable = Tailorable(&BASE);
    static FILING: Rows<2> = Rows {
        base: &[["late", "0.5"], ["missing", "1"]],
        settable: &[("data.filing.late.each", 0, 1), ("data.filing.missing.each", 1, 1)],
    };

    /// What is in force under one parameter, where it differs from the base; or that it is refused.
    fn check(name: &str, value: Value, expected: &str) {
        let shown = || {
            let items = CHECKLIST.items.iter().map(|item| {
                let cases: Vec<_> =
                    item.cases.iter().map(|case| format!("{:?} {:?}", case.charge, case.limit)).collect();
                format!("{} {} {:?} {}", item.code, item.points, item.veto, cases.join(" "))
            });
            let weights = CHECKLIST.categories.iter().map(|one| format!("weight {:?}", one.weight));
            let rows = FILING.iter().map(|row| row.join(" "));
            items.chain(weights).chain(rows).collect::<Vec<_>>()
        };
        let base = shown();
        let entered = enter(&BASE, &[(name.to_owned(), value)]);
        let found = match &entered {
            Err(failure) => failure.message.clone(),
            Ok(_) => shown().into_iter().filter(|line| !base.contains(line)).collect::<Vec<_>>().join("\n"),
        };
        assert_eq!(found, expected, "{name}");
        drop(entered);
        assert_eq!(shown(), base, "nothing stays in force: {name}");
    }

    #[test]
    fn a_parameter_changes_what_it_names_while_it_is_in_force() {
        let n = |mantissa, scale| Value::Number(Decimal::new(mantissa, scale));
        let charges =
            "Each(Decimal { mantissa: 1, scale: 0 }) None Once(Decimal { mantissa: 2, scale: 0 }) None";
        check("1.2.3.points", n(10, 0), &format!("1.2.3 10 None {charges}"));
        check("1.2.points", n(45, 1), "1.2 4.5 None RulingOnly None");
        check(
            "1.2.3.b.charge",
            n(3, 0),
            "1.2.3 3 None Each(Decimal { mantissa: 1, scale: 0 }) None Once(Decimal { mantissa: 3, scale: 0 }) None",
        );
        check(
            "1.2.3.a.limit",
            n(2, 0),
            "1.2.3 3 None Each(Decimal { mantissa: 1, scale: 0 }) Some(Decimal { mantissa: 2, scale: 0 }) \
             Once(Decimal { mantissa: 2, scale: 0 }) None",
        );
        check("1.2.veto", Value::Text("total".to_owned()), "1.2 3 Some(Total) RulingOnly None");
        check("category.1.weight", n(25, 2), "weight Some(Decimal { mantissa: 25, scale: 2 })");
        check("data.filing.missing.each", n(150, 2), "missing 1.5");
        // A name of the sector's own is no affair of the checklist.
        check("season", Value::Text("汛期".to_owned()), "");
    }

    #[test]
    fn what_the_checklist_has_not_is_refused() {
        let one = || Value::Number(number(1));
        for (name, value) in [
            ("1.3.points", one()),
            ("1.2.points", Value::Number(number(0))),
            ("1.2.points", Value::Text("十".to_owned())),
            ("1.2.a.charge", one()),
            ("1.2.3.c.charge", one()),
            ("1.2.veto", Value::Text("never".to_owned())),
            ("category.2.weight", one()),
            ("data.filing.late.each", Value::Absent),
        ] {
            check(name, value, &format!("参数 {name} 不能用于本检查表"));
        }
    }
}
