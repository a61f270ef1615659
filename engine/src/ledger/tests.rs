//! The rules of the ledger, case by case: what is one hazard, what is suspected, which closing is
//! refused, and how a hazard stands on a day. Expected values are worked out from the rule by hand.

use super::decisions::Decided;
use super::rules::Rules;
use super::sameness::{Links, link};
use super::{records, sameness};
use crate::model::ledger::{Hazard, HazardState, More, Refusal, SuspectedPair, Told};
use crate::model::{
    CellRef, Date, EnterpriseId, HazardEntry, HazardLevel, HazardSource, Problem, Provenance, Register,
    SourceId, Text,
};

fn told<T>(value: T, col0: u32) -> Told<T> {
    Told::new(value, Some(place(0, col0)))
}

fn place(row0: u32, col0: u32) -> Provenance {
    Provenance { source: SourceId(0), sheet: 0, cell: CellRef::new(row0, col0) }
}

/// `unit day place text`; `-` for an empty place or no day. A unit `E1` is an enterprise of the register, `?` fits
/// several, anything else is a place.
fn entry(line: &str, row0: u32) -> HazardEntry {
    let words: Vec<_> = line.split_whitespace().collect();
    let [unit, day, at, text] = words[..] else { panic!("four words: {line}") };
    let id = unit.strip_prefix('E').and_then(|number| number.parse().ok()).map(EnterpriseId);
    HazardEntry {
        source: HazardSource::Village,
        at: place(row0, 5),
        part: 1,
        enterprise: id,
        ambiguous: unit == "?",
        unit: told(unit.into(), 2),
        village: told("V01".into(), 3),
        department: told(Text::EMPTY, 4),
        sector: "其他场所".into(),
        found: told(day.parse().ok(), 1),
        place: told(if at == "-" { Text::EMPTY } else { at.into() }, 6),
        text: told(text.into(), 5),
        level: told(HazardLevel::General, 7),
        responsible: told("甲".into(), 8),
        rechecker: told("乙".into(), 9),
        deadline: told(None, 10),
        done: told(None, 11),
        fund: told(None, 12),
        before: told("IMG_1".into(), 13),
        after: told("IMG_2".into(), 14),
        rechecked: Told::default(),
        more: None,
    }
}

fn entries(lines: &[&str]) -> Vec<HazardEntry> {
    (0..).zip(lines).map(|(row0, line)| entry(line, row0)).collect()
}

/// Links the entries: groups of more than one as `0+1`, then suspected pairs as `0?1`.
fn check_links(lines: &[&str], expected: &str) {
    let Links { groups, pairs, .. } = link(&entries(lines), &Decided::default(), &Rules::built_in());
    let mut shown: Vec<String> = groups
        .iter()
        .filter(|group| group.entries.len() > 1)
        .map(|group| group.entries.iter().map(ToString::to_string).collect::<Vec<_>>().join("+"))
        .collect();
    shown.extend(pairs.iter().map(|pair| format!("{}?{}", pair.entries.0, pair.entries.1)));
    assert_eq!(shown.join(" "), expected, "{lines:?}");
}

#[test]
fn what_is_certainly_one_hazard() {
    // The same text within seven days; punctuation, width and case do not count.
    check_links(&["E1 2026-07-01 库房 灭火器过期A。", "E1 2026-07-08 库房 灭火器,过期a"], "0+1");
    // Eight days are a new hazard; with the same place a person is asked.
    check_links(&["E1 2026-07-01 - 灭火器过期", "E1 2026-07-09 - 灭火器过期"], "");
    check_links(&["E1 2026-07-01 库房 灭火器过期", "E1 2026-07-09 库房 灭火器过期"], "0?1");
    // Sixteen days: nobody is asked.
    check_links(&["E1 2026-07-01 库房 灭火器过期", "E1 2026-07-17 库房 灭火器过期"], "");
    // Two places are two hazards; no place on one side fits both, and joins them.
    check_links(&["E1 2026-07-01 一号 灭火器过期", "E1 2026-07-02 二号 灭火器过期"], "");
    check_links(
        &["E1 2026-07-01 一号 灭火器过期", "E1 2026-07-02 二号 灭火器过期", "E1 2026-07-03 - 灭火器过期"],
        "0+1+2",
    );
    // Links carry on: the first and the last are twelve days apart.
    check_links(
        &["E1 2026-07-01 库房 灭火器过期", "E1 2026-07-07 库房 灭火器过期", "E1 2026-07-13 库房 灭火器过期"],
        "0+1+2",
    );
    // An entry between two of another place does not break their link.
    check_links(
        &["E1 2026-07-01 一号 灭火器过期", "E1 2026-07-03 二号 灭火器过期", "E1 2026-07-05 一号 灭火器过期"],
        "0+2",
    );
}

#[test]
fn who_is_never_merged() {
    for lines in [
        ["E1 2026-07-01 库房 灭火器过期", "E2 2026-07-01 库房 灭火器过期"],
        ["? 2026-07-01 库房 灭火器过期", "? 2026-07-01 库房 灭火器过期"],
        ["E1 - 库房 灭火器过期", "E1 2026-07-01 库房 灭火器过期"],
        ["门店 2026-07-01 库房 灭火器过期", "E1 2026-07-01 库房 灭火器过期"],
    ] {
        check_links(&lines, "");
    }
    check_links(&["门店 2026-07-01 库房 灭火器过期", "门店 2026-07-01 库房 灭火器过期"], "0+1");
}

#[test]
fn what_is_suspected() {
    // 甲乙丙丁 and 甲乙丙戊 share two of three pairs each: 4/6.
    check_links(&["E1 2026-07-01 库房 甲乙丙丁", "E1 2026-07-16 库房 甲乙丙戊"], "0?1");
    // Exactly a half: 甲乙丙 and 甲乙戊 share one of two pairs each: 2/4.
    check_links(&["E1 2026-07-01 库房 甲乙丙", "E1 2026-07-02 库房 甲乙戊"], "0?1");
    // Below a half: one of three pairs each: 2/6.
    check_links(&["E1 2026-07-01 库房 甲乙丙丁", "E1 2026-07-02 库房 甲乙戊己"], "");
    // Without a place nobody is asked.
    check_links(&["E1 2026-07-01 - 甲乙丙丁", "E1 2026-07-02 - 甲乙丙戊"], "");
}

#[test]
fn the_order_of_entries_links_the_same() {
    let lines: Vec<String> = (0..60)
        .map(|n| format!("E{} 2026-07-{:02} {} 灭火器过期", n % 2, n % 28 + 1, ["-", "一", "二"][n % 3]))
        .collect();
    let forward: Vec<HazardEntry> = lines.iter().map(|line| entry(line, 0)).collect();
    let backward: Vec<HazardEntry> = forward.iter().rev().cloned().collect();
    let sizes = |entries: &[HazardEntry]| {
        let links = link(entries, &Decided::default(), &Rules::built_in());
        let mut sizes: Vec<_> = links.groups.iter().map(|group| group.entries.len()).collect();
        sizes.sort_unstable();
        (sizes, links.pairs.len())
    };
    assert_eq!(sizes(&forward), sizes(&backward));
}

#[test]
fn a_hostile_bucket_is_bounded_and_told() {
    let rules = Rules::built_in();
    let text = |n: u32| format!("E1 2026-07-01 库房 灭火器{}过期未检{}", n % 97, n / 97);
    let many: Vec<HazardEntry> = (0..20_000).map(|n| entry(&text(n), n)).collect();
    let Links { groups, pairs, problems } = link(&many, &Decided::default(), &rules);
    assert_eq!(groups.len(), 20_000);
    assert_eq!(pairs.len(), rules.most_pairs);
    let told = problems.iter().filter(|problem| problem.code.key() == "hazards_too_many").count();
    assert_eq!(told, 1);
}

/// Changes an entry, merges it alone and shows its refusal with the cell's column.
fn check_closing(change: impl FnOnce(&mut HazardEntry), expected: Option<(Refusal, u32)>) {
    let mut one = entry("E0 2026-07-05 库房 灭火器过期", 3);
    one.enterprise = None;
    one.done = Told::new(Some(day("2026-07-06")), Some(place(3, 11)));
    change(&mut one);
    let (hazards, problems) = merge(&[one]);
    let cell = problems.first().and_then(|problem| problem.at.cell).map(|cell| cell.col0);
    assert_eq!(hazards[0].refusal.zip(cell), expected);
    assert_eq!(hazards[0].done.is_none(), expected.is_some());
}

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

fn merge(entries: &[HazardEntry]) -> (Vec<Hazard>, Vec<Problem>) {
    let rules = Rules::built_in();
    let links = link(entries, &Decided::default(), &rules);
    records::merge(entries, links.groups, &Register::default(), &rules)
}

#[test]
fn the_closing_gate() {
    check_closing(|_| {}, None);
    check_closing(|one| one.done.value = Some(day("2026-07-05")), None);
    check_closing(|one| one.done.value = Some(day("2026-07-04")), Some((Refusal::DateOrder, 11)));
    check_closing(|one| one.after.value = Text::EMPTY, Some((Refusal::NoAfterPhoto, 14)));
    check_closing(|one| one.after.value = "IMG_1 ".into(), Some((Refusal::IdenticalPhoto, 14)));
    // A picture in the cell is evidence without a number; the same bytes are the same picture.
    let pictures = |before: &[&str], after: &[&str]| {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Some(Box::new(More { before_pictures: list(before), after_pictures: list(after), ..More::default() }))
    };
    check_closing(
        |one| {
            one.after.value = Text::EMPTY;
            one.more = pictures(&[], &["a"]);
        },
        None,
    );
    check_closing(|one| one.more = pictures(&["a"], &["a"]), Some((Refusal::IdenticalPhoto, 14)));
    check_closing(|one| one.rechecker.value = "甲".into(), Some((Refusal::SamePerson, 9)));
    // The first that fits is told.
    check_closing(
        |one| {
            one.done.value = Some(day("2026-07-01"));
            one.after.value = Text::EMPTY;
        },
        Some((Refusal::DateOrder, 11)),
    );
    // A score sheet has no pictures and persons: only the dates are tested.
    check_closing(
        |one| {
            one.source = HazardSource::Sector;
            one.after.value = Text::EMPTY;
            one.rechecker.value = "甲".into();
        },
        None,
    );
}

#[test]
fn the_highest_source_tells_the_life() {
    let mut rows = entries(&["门店 2026-07-08 库房 灭火器过期", "门店 2026-07-05 库房 灭火器过期"]);
    rows[0].source = HazardSource::Office;
    rows[0].deadline.value = Some(day("2026-07-20"));
    rows[1].deadline.value = Some(day("2026-07-15"));
    rows[1].level.value = HazardLevel::Major;
    rows[1].done.value = Some(day("2026-07-09"));
    let (hazards, problems) = merge(&rows);
    let [hazard] = hazards.as_slice() else { panic!("one hazard") };
    assert_eq!((hazard.found, hazard.deadline), (Some(day("2026-07-05")), Some(day("2026-07-20"))));
    assert_eq!((hazard.level, hazard.done, hazard.entries.clone()), (HazardLevel::Major, None, vec![0, 1]));
    let told: Vec<_> = problems.iter().map(|problem| (problem.code.key(), &*problem.found)).collect();
    assert_eq!(told, [("deadline_conflict", "2026-07-15")]);
}

#[test]
fn the_state_of_any_day() {
    let mut rows = entries(&["门店 2026-07-05 库房 灭火器过期"]);
    rows[0].deadline.value = Some(day("2026-07-10"));
    rows[0].done.value = Some(day("2026-07-12"));
    let (late, _) = merge(&rows);
    for (on, state) in [
        ("2026-07-04", None),
        ("2026-07-05", Some(HazardState::NotDue)),
        ("2026-07-10", Some(HazardState::NotDue)),
        ("2026-07-11", Some(HazardState::Overdue)),
        ("2026-07-12", Some(HazardState::Late)),
    ] {
        assert_eq!(late[0].state(day(on)), state, "{on}");
    }
    rows[0].done.value = Some(day("2026-07-10"));
    assert_eq!(merge(&rows).0[0].state(day("2026-12-31")), Some(HazardState::OnTime));
    rows[0].deadline.value = None;
    assert_eq!(merge(&rows).0[0].state(day("2026-12-31")), Some(HazardState::ClosedUndated));
}

#[test]
fn a_hazard_that_happens_again_knows_the_earlier() {
    let rows = entries(&[
        "门店 2026-07-01 库房 灭火器过期",
        "门店 2026-09-01 库房 灭火器过期",
        "门店 2026-10-01 前厅 灭火器过期",
        "门店 2026-11-01 库房 灭火器过期",
    ]);
    let recurs: Vec<_> = merge(&rows).0.iter().map(|hazard| hazard.recurs).collect();
    assert_eq!(recurs, [None, Some(0), None, Some(1)]);
}

#[test]
fn a_pair_is_shown_with_the_lower_position_first() {
    let rows = entries(&["E1 2026-07-09 库房 甲乙丙丁", "E1 2026-07-01 库房 甲乙丙戊"]);
    let links = link(&rows, &Decided::default(), &Rules::built_in());
    let [SuspectedPair { entries, decision: None, .. }] = links.pairs.as_slice() else { panic!("one pair") };
    assert_eq!(*entries, (0, 1));
    assert!(matches!(sameness::subject(&rows[0], 0), sameness::Subject::Enterprise(_)));
}

#[test]
fn wrong_rules_are_refused() {
    let good = include_str!("../../../templates/ledger/rules.toml");
    Rules::read(good).expect("the built-in rules");
    for (from, to, message) in [
        ("schema = 1", "schema = 2", "schema 1"),
        ("suspected_likeness = \"0.5\"", "suspected_likeness = \"1.5\"", "suspected_likeness"),
        ("rate_digits = 2", "rate_digits = 7", "rate_digits"),
        ("most_compared = 100", "most_compared = 0", "most_compared"),
        ("key = \"office\"", "key = \"village\"", "stands twice"),
        ("key = \"office\"", "key = \"county\"", "not known"),
        ("\"较大\" = \"general\"", "\"较大\" = \"large\"", "level"),
        ("from = \"2026-09-30\"", "from = \"2026-9月\"", "AQ 3067-2026"),
        ("to = \"2025-10-31\"", "to = \"2025-10-31\"\nfrom = \"2026-01-01\"", "from before to"),
        ("sectors = [\"特种设备\"]", "sectors = []", "sectors"),
    ] {
        let wrong = Rules::read(&good.replace(from, to)).expect_err("the rules are wrong");
        assert!(wrong.contains(message), "{wrong}");
    }
}

/// Documents of a hazard of a sector, found on a day (`-`: none); `重大` or `一般`.
fn check_standards(sector: &str, level: &str, day: &str, expected: &[&str]) {
    let mut own = entries(&[&format!("E1 {day} 库房 甲乙丙丁")]);
    own[0].sector = sector.into();
    own[0].level.value = if level == "重大" { HazardLevel::Major } else { HazardLevel::General };
    let rules = Rules::built_in();
    let links = link(&own, &Decided::default(), &rules);
    let register = Register { enterprises: vec![enterprise(), enterprise()], ..Register::default() };
    let (hazards, _) = records::merge(&own, links.groups, &register, &rules);
    let ledger = crate::model::Ledger {
        entries: own,
        hazards,
        major_standards: rules.major_standards,
        ..crate::model::Ledger::default()
    };
    let shown: Vec<_> =
        ledger.standards_of(&ledger.hazards[0]).iter().map(|standard| standard.shown()).collect();
    assert_eq!(shown, expected, "{sector} {level} {day}");
}

fn enterprise() -> crate::model::Enterprise {
    crate::model::Enterprise {
        number: "E1".to_owned(),
        name: String::new(),
        former_name: String::new(),
        code: String::new(),
        code_valid: false,
        village: String::new(),
        sector: String::new(),
        kind: String::new(),
        venues: Vec::new(),
        department: String::new(),
        risk: String::new(),
        standard: crate::model::Certificate::default(),
        entered: None,
        left: None,
        at: place(0, 0),
    }
}

#[test]
fn a_major_hazard_is_judged_by_the_documents_that_held_on_its_day() {
    const OLD: &str = "安监总管三〔2017〕121号附件1";
    for (sector, level, day, expected) in [
        // The day before the new document holds, and its first day: nobody declared the old one void.
        ("危险化学品", "重大", "2026-09-29", &[OLD][..]),
        ("危险化学品", "重大", "2026-09-30", &[OLD, "AQ 3067-2026"]),
        ("危险化学品", "一般", "2026-09-30", &[]),
        ("危险化学品", "重大", "-", &[]),
        ("人员密集场所", "重大", "2025-10-31", &["GB 35181-2017"]),
        ("人员密集场所", "重大", "2025-11-01", &["GB 35181-2025"]),
        ("工贸企业", "重大", "2023-05-14", &["安监总管四〔2017〕129号"]),
        ("工贸企业", "重大", "2026-07-01", &["应急管理部令第10号"]),
        ("其他场所", "重大", "2026-07-01", &[]),
    ] {
        check_standards(sector, level, day, expected);
    }
}

#[test]
#[cfg(target_pointer_width = "64")]
fn a_row_of_a_county_is_small() {
    // A county keeps a dozen cells and an entry for each of its rows; who makes them larger says why.
    assert!(size_of::<crate::model::Cell>() <= 56, "{}", size_of::<crate::model::Cell>());
    assert!(size_of::<HazardEntry>() <= 496, "{}", size_of::<HazardEntry>());
    assert!(size_of::<Hazard>() <= 224, "{}", size_of::<Hazard>());
}
