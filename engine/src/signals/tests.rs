//! Signals case by case, on small tables. Expected facts are counted by hand from the rows.

use super::*;
use crate::model::ledger::{Hazard, More, Told};
use crate::model::{
    Cell, CellRef, Date, Decimal, HazardEntry, HazardLevel, HazardSource, Record, Role, Source, SourceId,
    Text, Value, Verdict,
};

fn place(source: u32, row0: u32, col0: u32) -> Provenance {
    Provenance { source: SourceId(source), sheet: 0, cell: CellRef::new(row0, col0) }
}

fn told<T>(value: T) -> Told<T> {
    Told::new(value, None)
}

/// `source unit day text pictures`, pictures as `before>after` or `-`; an entry a row.
fn entry(line: &str, row0: u32) -> HazardEntry {
    let words: Vec<_> = line.split_whitespace().collect();
    let [source, unit, day, text, pictures] = words[..] else { panic!("five words: {line}") };
    let source = HazardSource::ALL.into_iter().find(|one| one.key() == source).expect("a source");
    let (before, after) = pictures.split_once('>').unwrap_or_default();
    let list = |name: &str| if name.is_empty() { Vec::new() } else { vec![name.to_owned()] };
    HazardEntry {
        source,
        at: place(0, row0, 3),
        part: 1,
        enterprise: unit.strip_prefix('E').and_then(|number| number.parse().ok()).map(EnterpriseId),
        ambiguous: false,
        unit: told(unit.into()),
        village: told("V01".into()),
        department: told(Text::EMPTY),
        sector: Text::EMPTY,
        found: told(day.parse().ok()),
        place: told(Text::EMPTY),
        text: told(text.into()),
        level: told(HazardLevel::General),
        responsible: told(Text::EMPTY),
        rechecker: told(Text::EMPTY),
        deadline: told(None),
        done: told(None),
        fund: told(None),
        before: Told::new(Text::EMPTY, Some(place(0, row0, 8))),
        after: Told::new(Text::EMPTY, Some(place(0, row0, 9))),
        rechecked: told(None),
        more: Some(Box::new(More {
            before_pictures: list(before),
            after_pictures: list(after),
            ..More::default()
        })),
    }
}

/// A ledger with a hazard for each line.
fn ledger(lines: &[&str]) -> Ledger {
    let entries: Vec<_> = (0..).zip(lines).map(|(row0, line)| entry(line, row0)).collect();
    let hazard = |(position, entry): (usize, &HazardEntry)| Hazard {
        id: format!("H{position:04}"),
        entries: vec![position],
        merged: None,
        found: entry.found.value,
        level: HazardLevel::General,
        enterprise: entry.enterprise,
        unit: entry.unit.value.clone(),
        village: entry.village.value.clone(),
        department: Text::EMPTY,
        sector: Text::EMPTY,
        deadline: None,
        first_deadline: None,
        carried: false,
        done: None,
        claimed: None,
        refusal: None,
        fund: None,
        recurs: None,
    };
    let hazards = entries.iter().enumerate().map(hazard).collect();
    Ledger { entries, hazards, ..Ledger::default() }
}

/// A table; a cell is a day, a number, a verdict (√ or ×) or text.
fn table(role: Role, fields: &[&str], info: &[(&str, &str)], rows: &[&str]) -> Table {
    let cell = |text: &str, row0: u32, col0: u32| {
        let value = match text {
            "√" => Value::Verdict(Verdict::Pass),
            "×" => Value::Verdict(Verdict::Fail),
            text => {
                match (text.get(..10).and_then(|day| day.parse::<Date>().ok()), text.parse::<Decimal>()) {
                    (Some(day), _) => Value::Day(day),
                    (_, Ok(number)) => Value::Number(number),
                    _ => Value::Text(text.into()),
                }
            }
        };
        Cell { value, raw: text.replace('T', " ").into(), at: place(0, row0, col0) }
    };
    let record = |(row0, line): (u32, &&str)| Record {
        row0,
        cells: (0..).zip(line.split_whitespace()).map(|(col0, text)| cell(text, row0, col0)).collect(),
    };
    Table {
        role,
        layout: String::new(),
        at: place(0, 0, 0),
        title: "大检查".to_owned(),
        title_at: place(0, 0, 0),
        form: String::new(),
        info: info.iter().map(|(key, text)| ((*key).to_owned(), cell(text, 0, 0))).collect(),
        facts: Vec::new(),
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        rows: (1..).zip(rows).map(record).collect(),
        totals: Vec::new(),
        sums: Vec::new(),
        items: Vec::new(),
        pictures: BTreeMap::new(),
        comments: BTreeMap::new(),
    }
}

/// Finds signals and shows them: `code who: fact @ cells`.
fn check(tables: &[Table], ledger: &Ledger, expected: &[&str]) {
    let enterprise = |number: u32| crate::model::Enterprise {
        number: format!("E{number}"),
        name: format!("第{number}机械制造有限公司"),
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
        at: place(0, 0, 0),
    };
    let register = Register { enterprises: (0..3).map(enterprise).collect(), ..Register::default() };
    let resolver = Resolver::new(&register);
    let source = Source {
        path: "a.xlsx".to_owned(),
        digest: String::new(),
        len: 0,
        sheets: vec!["s".to_owned()],
        missing: false,
    };
    let sources = Sources(vec![source]);
    let evidence =
        Evidence { sources: &sources, tables, register: &register, resolver: &resolver, ledger, told: &[] };
    let (signals, problems) = find(evidence, &Rules::built_in());
    let shown: Vec<_> = signals
        .iter()
        .map(|one| {
            let cells: Vec<_> = one.rows.iter().map(|at| at.cell.to_string()).collect();
            format!("{} {}:{} @ {}", one.code.key(), one.who, one.fact, cells.join(" "))
        })
        .collect();
    assert_eq!(shown, expected);
    assert_eq!(problems.len(), signals.len(), "each is told once");
    for problem in &problems {
        assert_ne!(problem.severity(), crate::model::Severity::Mandatory);
    }
}

fn rows(kind: &str) -> Role {
    Role::Rows { kind: kind.to_owned() }
}

#[test]
fn the_same_text_at_several_units_is_a_signal() {
    let lines = [
        "village E0 2026-07-01 灭火器压力不足。 -",
        "village E1 2026-07-02 灭火器压力不足 -",
        "village 门店 2026-07-03 灭火器,压力不足 -",
        "office E2 2026-07-03 灭火器压力不足 -",
        "village E2 2026-07-03 过期 -",
    ];
    let fact = "signal_copied_text V01村月报:3个单位共3条描述相同:灭火器,压力不足 @ D1 D2 D3";
    check(&[], &ledger(&lines), &[fact]);
    // Two units, and texts of other sources, say nothing; neither does a short text at many units.
    check(&[], &ledger(&lines[1..]), &[]);
    let short =
        ["village E0 2026-07-01 过期 -", "village E1 2026-07-02 过期 -", "village E2 2026-07-02 过期 -"];
    check(&[], &ledger(&short), &[]);
}

#[test]
fn the_same_text_at_one_unit_on_several_days_is_a_signal() {
    let lines = [
        "office E0 2026-07-01 灭火器压力不足 -",
        "office E0 2026-09-01 灭火器压力不足 -",
        "office E0 2026-11-01 灭火器压力不足 -",
    ];
    let fact = "signal_copied_text 应急办检查:同一单位3个日期描述相同:灭火器压力不足 @ D1 D2 D3";
    check(&[], &ledger(&lines), &[fact]);
    check(&[], &ledger(&lines[..2]), &[]);
}

#[test]
fn one_picture_for_several_hazards_is_a_signal() {
    let lines =
        ["village E0 2026-07-01 甲 a>b", "village E1 2026-07-02 乙 a>c", "village E2 2026-07-02 丙 d>e"];
    check(&[], &ledger(&lines), &["signal_shared_picture H0000、H0001:同一照片用于2条隐患 @ I1 I2"]);
    check(&[], &ledger(&lines[1..]), &[]);
    check(
        &[],
        &ledger(&["village E0 2026-07-01 甲 a>a"]),
        &["signal_shared_picture H0000:整改前后为同一照片 @ I1 J1"],
    );
}

#[test]
fn nothing_found_by_itself_and_several_by_others_is_a_signal() {
    let own = |found: &str| {
        table(
            rows("self-check-summary"),
            &["unit", "found"],
            &[],
            &[&*format!("第0机械制造有限公司 {found}")],
        )
    };
    let lines = ["office E0 2026-07-01 甲 -", "village E0 2026-07-02 乙 -", "sector E0 2026-07-03 丙 -"];
    check(
        &[own("0")],
        &ledger(&lines),
        &["signal_self_found 第0机械制造有限公司:自查1次报送均为0条,其他来源发现3条 @ D1 B2 D2 D3"],
    );
    check(&[own("1")], &ledger(&lines), &[]);
    check(&[own("0")], &ledger(&lines[1..]), &[]);
    check(&[], &ledger(&lines), &[]);
    let with_own = [&lines[..], &["self-check E0 2026-07-04 丁 -"]].concat();
    check(&[own("0")], &ledger(&with_own), &[]);
}

#[test]
fn many_units_in_an_hour_or_a_day_are_a_signal() {
    let visits = |lines: &[&str]| table(rows("visits"), &["date", "unit", "inspectors"], &[], lines);
    let hour = ["2026-07-01T9:00 甲店 张三", "2026-07-01T9:20 乙店 张三、李四", "2026-07-01T9:40 丙店 张三"];
    let four = [&hour[..], &["2026-07-01T10:00 丁店 张三"]].concat();
    check(
        &[visits(&four)],
        &Ledger::default(),
        &["signal_many_places 张三:2026-07-01在60分钟内检查4个单位 @ B2 B3 B4 B5"],
    );
    check(&[visits(&[&hour[..], &["2026-07-01T10:01 丁店 张三"]].concat())], &Ledger::default(), &[]);
    // The same unit twice is one, and without times only the day counts.
    check(&[visits(&[&hour[..], &["2026-07-01T9:50 甲店 张三"]].concat())], &Ledger::default(), &[]);
    let day: Vec<String> = (1..=8).map(|n| format!("2026-07-02 {n}号店 王五")).collect();
    let day: Vec<&str> = day.iter().map(String::as_str).collect();
    check(
        &[visits(&day)],
        &Ledger::default(),
        &["signal_many_places 王五:2026-07-02一日检查8个单位 @ B2 B3 B4 B5 B6 B7 B8 B9"],
    );
    check(&[visits(&day[1..])], &Ledger::default(), &[]);
}

#[test]
fn sheets_on_which_all_passed_are_a_signal() {
    let sheet = |unit: &str, failing: bool, row: u32| {
        let mut verdicts = vec!["√"; 10];
        if failing {
            verdicts[3] = "×";
        }
        let info = [("unit", unit), ("inspectors", "张三")];
        let mut table = table(Role::CheckSheet, &["verdict"], &info, &verdicts);
        table.info[0].1.at = place(0, row, 0);
        table
    };
    let five: Vec<_> = (0..5).map(|n| sheet("甲店", false, n)).collect();
    let fact = "signal_all_pass 张三:5份检查表中5份全部符合 @ A1 A2 A3 A4 A5";
    check(&five, &Ledger::default(), &[fact]);
    check(&five[1..], &Ledger::default(), &[]);
    // Five of six are below nine tenths; nine of ten are not.
    let six: Vec<_> = (0..6).map(|n| sheet("甲店", n == 0, n)).collect();
    check(&six, &Ledger::default(), &[]);
    let ten: Vec<_> = (0..10).map(|n| sheet("甲店", n == 0, n)).collect();
    let fact = "signal_all_pass 张三:10份检查表中9份全部符合 @ A2 A3 A4 A5 A6 A7 A8 A9 A10";
    check(&ten, &Ledger::default(), &[fact]);
}

#[test]
fn signals_stand_by_kind() {
    let lines = ["village E0 2026-07-01 灭火器压力不足 a>b", "village E1 2026-07-02 灭火器压力不足 a>c"];
    let third = "village E2 2026-07-02 灭火器压力不足 d>e";
    check(
        &[],
        &ledger(&[lines[0], lines[1], third]),
        &[
            "signal_copied_text V01村月报:3个单位共3条描述相同:灭火器压力不足 @ D1 D2 D3",
            "signal_shared_picture H0000、H0001:同一照片用于2条隐患 @ I1 I2",
        ],
    );
}
