//! The checklist against its definition, the data against the code, the golden cases, and the
//! readings of storeys and uses.

use anping_sdk::{Charge, Date, Decimal, HazardLevel, Item, Param, Ratio, Scope, Verdict, assess, case};

use super::*;

/// Number and points of the items that apply to subjects with `tags`.
fn applicable(tags: &str) -> (usize, Decimal) {
    let tags: Vec<_> = tags.split(' ').map(|tag| own(CHECKLIST.tag_index(tag))).collect();
    let items: Vec<_> =
        CHECKLIST.items.iter().filter(|item| item.applies.iter().any(|tag| tags.contains(tag))).collect();
    let points = items.iter().try_fold(Ratio::ZERO, |sum, item| sum.plus(item.points.ratio()));
    (items.len(), points.and_then(|points| points.rounded(1)).expect("points are small"))
}

#[test]
fn points_add_up_for_each_kind_of_place() {
    for (tags, items, points) in [
        ("ALL GJ ZD ZS XK YL YL_LN CY XX LD ZJ HD", 55, 179),
        // The six venues of the sample town.
        ("ALL GJ ZS XK", 41, 135),
        ("ALL GJ YL XK", 42, 137),
        ("ALL GJ XK", 40, 132),
        ("ALL GJ CY", 38, 126),
        ("ALL GJ", 35, 116),
        ("ALL XX YL_LN ZS", 35, 116),
        // Added up by hand.
        ("HD", 3, 11),
        ("ALL ZD", 32, 105),
        ("ALL LD", 32, 107),
        ("ALL ZJ", 32, 105),
    ] {
        assert_eq!(applicable(tags), (items, Decimal::new(points, 0)), "{tags}");
    }
}

#[test]
fn no_case_takes_more_than_its_item() {
    for item in CHECKLIST.items {
        assert!(!item.cases.is_empty(), "{}: how can it fail?", item.code);
        for case in item.cases {
            let within = match case.charge {
                Charge::Once(points) | Charge::Each(points) => points.is_positive() && points <= item.points,
                Charge::AllPoints => true,
                Charge::RulingOnly => case.veto || case.hazard == Some(HazardLevel::Major),
            };
            assert!(within, "{} {}", item.code, case.code);
        }
    }
}

#[test]
fn marks_and_vetoes_are_those_of_the_definition() {
    let codes = |wanted: &dyn Fn(&Item) -> bool| -> Vec<&str> {
        CHECKLIST.items.iter().filter(|item| wanted(item)).map(|item| item.code).collect()
    };
    assert_eq!(
        codes(&|item| item.veto == Some(Scope::Total)),
        ["CR-A01", "CR-D01", "CR-D04", "CR-D06", "CR-F06", "CR-K01"]
    );
    assert_eq!(
        codes(&|item| item.major == MajorMark::Direct),
        ["CR-C01", "CR-D01", "CR-D04", "CR-D06", "CR-E02", "CR-E03", "CR-F06"]
    );
    assert_eq!(
        codes(&|item| item.major == MajorMark::Element),
        [
            "CR-B06", "CR-C02", "CR-C03", "CR-C05", "CR-C06", "CR-C08", "CR-D02", "CR-D03", "CR-D05",
            "CR-D07", "CR-E04", "CR-E05", "CR-E08", "CR-F02", "CR-F04", "CR-G03",
        ]
    );
    // Every part in a major hazard has its clause, and no other item has one.
    let has_its_clause = |item: &Item| item.major_bases.iter().any(|basis| basis.major == item.major);
    for item in CHECKLIST.items {
        assert_eq!(has_its_clause(item), item.major != MajorMark::None, "{}", item.code);
    }
}

#[test]
fn the_edition_of_2025_has_no_clause_that_nobody_read() {
    let edition = CHECKLIST.edition_on(Date::new(2025, 11, 1)).expect("dates leave no gap");
    assert_eq!(CHECKLIST.editions[edition as usize].id, "FIRE-2025");
    assert!(CHECKLIST.items.iter().flat_map(|item| item.major_bases).all(|basis| basis.edition != edition));
}

#[test]
fn data_can_be_read_and_fits_the_code() {
    let is_number = |text: &str| Decimal::parse(text).is_some();
    let is_bound = |text: &str| text.is_empty() || is_number(text);
    let is_mark = |text: &str| matches!(text, "C" | "S" | "M");
    for [name, _, counted, density, percent, hall, direct, mark] in USES {
        let is_flag = |text: &str| matches!(text, "yes" | "no");
        let fits = match *counted {
            "area" => DENSITY.iter().any(|row| row[0] == *density),
            "seats" => density.is_empty(),
            _ => false,
        };
        assert!(fits && is_number(percent) && is_flag(hall) && is_flag(direct) && is_mark(mark), "{name}");
    }
    for row @ [_, from, to, low, high, mark] in DENSITY {
        assert!(is_bound(from) && is_bound(to) && is_mark(mark), "{row:?}");
        assert!(
            Decimal::parse(low).zip(Decimal::parse(high)).is_some_and(|(low, high)| low <= high),
            "{row:?}"
        );
    }
    for row @ [side, from, to, ratings, metres, mark] in WIDTH {
        let fits = match *side {
            "above" => is_number(from) && !ratings.is_empty(),
            "depth" => is_number(from) && ratings.is_empty(),
            "hall" => from.is_empty() && to.is_empty() && ratings.is_empty(),
            _ => false,
        };
        assert!(fits && is_bound(to) && Decimal::parse(metres).is_some_and(Decimal::is_positive), "{row:?}");
        assert!(is_mark(mark), "{row:?}");
    }
    let [[direct, element, numbers @ .., _, mark]] = EXITS else { panic!("one row") };
    assert!(numbers.iter().all(|number| is_number(number)) && is_mark(mark));
    let of_item: Vec<_> =
        CHECKLIST.items[own(CHECKLIST.item_index(exits::ITEM)) as usize].major_bases.to_vec();
    assert!(of_item.iter().any(|basis| basis.clause == *direct && basis.major == MajorMark::Direct));
    assert!(of_item.iter().any(|basis| basis.clause == *element && basis.major == MajorMark::Element));
    for [place, tags, clauses, _, least, mark] in FIRE_COUNTING {
        let tags_exist = tags.is_empty() || tags.split(' ').all(|tag| CHECKLIST.tag_index(tag).is_some());
        let numbered = *clauses == "*" || clauses.split(' ').all(|clause| clause.starts_with("7."));
        assert!(tags_exist && numbered && is_number(least) && is_mark(mark), "{place}");
    }
}

#[test]
fn codes_in_src_exist() {
    let columns: Vec<_> = CHECKLIST.tables[0].columns.iter().map(|column| column.code).collect();
    let ours = [
        (floors::FLOOR, "floor"),
        (floors::USE, "use"),
        (floors::AREA, "area"),
        (floors::SEATS, "seats"),
        (floors::EXITS, "exits"),
        (floors::WIDTH, "width"),
        (floors::RATING, "fire_rating"),
        (floors::DEPTH, "depth"),
    ];
    assert_eq!(columns.len(), ours.len());
    for (position, code) in ours {
        assert_eq!(columns[position], code);
    }
    for code in [
        "fire_elements",
        "people_min",
        "people_max",
        "required_width_min",
        "required_width_max",
        "measured_width",
        "width_rate_min",
        "width_rate_max",
    ] {
        assert!(CHECKLIST.gives_index(code).is_some(), "{code}");
    }
    // Sentences about a clause have a twin for the day the clause is only a lead.
    let with_lead = [
        "suspected-major-fire",
        "fire-element",
        "width-direct",
        "width-direct-pending",
        "width-element",
        "width-element-pending",
        "exits-few",
        "exits-contradict-major",
    ];
    for code in with_lead {
        assert!(CHECKLIST.phrase_index(&format!("{code}-lead")).is_some(), "{code}-lead");
    }
    for code in with_lead.into_iter().chain([
        "people-by-area",
        "people-by-seats",
        "people-of-floor",
        "width-required",
        "width-share",
        "exits-contradict-pass",
        "floor-unreadable",
        "use-unknown",
        "cell-unusable",
        "cell-missing",
        "cells-differ",
        "density-missing",
        "width-missing",
        "number-too-large",
        "rows-too-many",
    ]) {
        assert!(CHECKLIST.phrase_index(code).is_some(), "{code}");
    }
}

#[test]
fn storeys_are_read_as_people_write_them() {
    for (text, level) in [
        ("1", Some(1)),
        (" 2 层 ", Some(2)),
        ("3F", Some(3)),
        ("F4", Some(4)),
        ("首层", Some(1)),
        ("一层", Some(1)),
        ("二楼", Some(2)),
        ("第三层", Some(3)),
        ("地上十层", Some(10)),
        ("十二层", Some(12)),
        ("二十层", Some(20)),
        ("三十三层", Some(33)),
        ("5", Some(5)),
        ("-1", Some(-1)),
        ("b1", Some(-1)),
        ("B2层", Some(-2)),
        ("负一层", Some(-1)),
        ("地下1层", Some(-1)),
        ("地下二层", Some(-2)),
        ("", None),
        ("层", None),
        ("0", None),
        ("零层", None),
        ("地下", None),
        ("地下首层", None),
        ("1-2层", None),
        ("1、2层", None),
        ("半地下", None),
        ("二一层", None),
        ("十十", None),
        ("十二三", None),
        ("1.5", None),
        ("9999999999", None),
        ("夹层", None),
    ] {
        assert_eq!(floors::level(text), level, "{text:?}");
    }
}

#[test]
fn uses_are_known_by_their_whole_name() {
    for (text, name) in [
        ("商店营业厅", Some("商店营业厅")),
        ("超市", Some("商店营业厅")),
        (" 卡拉OK厅 ", Some("歌舞娱乐")),
        ("家具商店", Some("建材家具灯饰")),
        ("商", None),
        ("小超市", None),
        ("", None),
    ] {
        assert_eq!(floors::usage(text).map(|usage| usage.name), name, "{text:?}");
    }
}

fn assessed(text: &str) -> Assessed {
    let case = case::read(&CHECKLIST, text).expect("the case can be read");
    assess::<Crowded>(&case.context, &case.subject).expect("no rule fails")
}

/// What the plugin itself says of each golden case; scores are the host's to check.
#[test]
fn golden_cases_come_out() {
    assert!(!CASES.is_empty());
    for text in CASES {
        let case = case::read(&CHECKLIST, text).expect("a case can be read");
        let assessed = assess::<Crowded>(&case.context, &case.subject).expect("no rule fails");
        let of_the_host = ["score ", "grade ", "got ", "possible ", "deduct "];
        let own_lines =
            case.expected.lines().filter(|line| !of_the_host.iter().any(|word| line.starts_with(word)));
        let expected: String = own_lines.map(|line| format!("{line}\n")).collect();
        assert_eq!(case::print(&CHECKLIST, &assessed), expected, "{}", case.name);
        case::sentences(&CHECKLIST, &assessed).expect("every sentence has the parameters it needs");
        let evidence = assessed.notes.iter().flat_map(|note| &note.evidence);
        assert!(evidence.into_iter().all(|place| *place < case.subject.evidence_count), "{}", case.name);
    }
}

/// A subject on a day, and the sentences about it.
fn check(date: &str, lines: &str, expected: &[&str]) {
    let found = assessed(&format!("# \ndate {date}\n{lines}\nexpect\n"));
    let sentences = case::sentences(&CHECKLIST, &found).expect("places and parameters agree");
    assert_eq!(sentences, expected, "{date}\n{lines}");
}

#[test]
fn a_suspicion_reads_as_one_and_names_its_clauses() {
    let three = "tags ALL\nanswer CR-C02 fail\nanswer CR-C05 fail\nanswer CR-C06 fail";
    check(
        "2025-10-31",
        three,
        &[
            "疑似重大火灾隐患,移送消防救援机构判定,本表不作结论:人员密集场所综合判定要素共 3 项,\
             其中属 GB 35181-2017 7.3.1~7.3.9、7.5、7.9.3 的 3 项,达到 3 项即移送(未核实):\
             CR-C02 7.3.3、CR-C05 7.3.2/7.3.7、CR-C06 7.3.6",
            "CR-C02:综合判定要素 GB 35181-2017 7.3.3(条文已核)",
            "CR-C05:综合判定要素 GB 35181-2017 7.3.2、7.3.7(未核实)",
            "CR-C06:综合判定要素 GB 35181-2017 7.3.6(未核实)",
        ],
    );
    check(
        "2025-11-01",
        three,
        &[
            "疑似重大火灾隐患,移送消防救援机构判定,本表不作结论:人员密集场所拟判定要素\
             (GB 35181-2017,现行 GB 35181-2025 第5/6章须人工核对)共 3 项,其中属 7.3.1~7.3.9、7.5、7.9.3 的 3 项,\
             达到 3 项即移送(未核实):CR-C02 7.3.3、CR-C05 7.3.2/7.3.7、CR-C06 7.3.6",
            "CR-C02:拟判定要素(GB 35181-2017 7.3.3,现行 GB 35181-2025 第5/6章须人工核对)",
            "CR-C05:拟判定要素(GB 35181-2017 7.3.2、7.3.7,现行 GB 35181-2025 第5/6章须人工核对)",
            "CR-C06:拟判定要素(GB 35181-2017 7.3.6,现行 GB 35181-2025 第5/6章须人工核对)",
        ],
    );
}

#[test]
fn widths_show_their_working() {
    check(
        "2025-11-01",
        "tags ALL GJ\nrow floors 2层 | 商店 | 1000 | | 3 | 2.5 | 二级 |",
        &[
            "2层商店营业厅:1000 m² × 0.43 人/m² × 100% = 430 人(转引)",
            "2层合计 430 人,进一为 430 人",
            "2层商店营业厅:1000 m² × 0.6 人/m² × 100% = 600 人(转引)",
            "2层合计 600 人,进一为 600 人",
            "2层:430 人 × 0.65 m/百人 ÷ 100 = 2.795 m(未核实)",
            "2层:600 人 × 0.65 m/百人 ÷ 100 = 3.9 m(未核实)",
            "2层:实测 2.5 m ÷ 规定 3.9 m × 100 = 64.1%",
            "2层:实测 2.5 m ÷ 规定 2.8 m × 100 = 89.45%",
            "2层疏散 430~600 人,规定净宽 2.80~3.90 m,实测 2.5 m,为规定值的 64.10~89.45%,小于规定值:\
             拟判定要素(GB 35181-2017 7.3.3,现行 GB 35181-2025 第5/6章须人工核对);人数、宽度为计算值(未核实),请核实",
            "2层疏散 430~600 人,规定净宽 2.80~3.90 m,实测 2.5 m,为规定值的 64.10~89.45%,\
             按密度上限不足 80%、按下限不构成,待核:\
             拟判定要素(GB 35181-2017 6.5,现行 GB 35181-2025 第5/6章须人工核对);人数、宽度为计算值(未核实)",
        ],
    );
}

#[test]
fn the_longest_sentence_fits_across_the_border() {
    // A host takes parameters of at most 512 bytes.
    let failing: Vec<_> = CHECKLIST.items.iter().map(|item| format!("answer {} fail", item.code)).collect();
    let found = assessed(&format!("# \ndate 2026-01-01\ntags ALL\n{}\nexpect\n", failing.join("\n")));
    let [referral] =
        found.rulings.iter().filter(|r| r.effect == anping_sdk::Effect::Referral).collect::<Vec<_>>()[..]
    else {
        panic!("one referral");
    };
    assert_eq!(referral.items.len(), 16);
    for param in &referral.reason.params {
        assert!(!matches!(param, Param::Text(text) if text.len() > 512), "{param:?}");
    }
}

#[test]
fn numbers_too_large_to_compute_are_a_note() {
    let huge = Value::Number(Decimal::new(i64::MAX, 0));
    for (area, width) in [(huge.clone(), Value::Absent), (Value::Number(Decimal::new(1, 0)), huge)] {
        let cells = vec![
            Value::Text("1".to_owned()),
            Value::Text("商店".to_owned()),
            area.clone(),
            Value::Absent,
            Value::Absent,
            width,
            Value::Text("二级".to_owned()),
            Value::Absent,
        ];
        let date = Date::new(2026, 1, 1);
        let subject = Subject::checked_on(date)
            .row(&CHECKLIST, "floors", cells.clone())
            .and_then(|subject| subject.row(&CHECKLIST, "floors", cells))
            .and_then(|subject| subject.answer(&CHECKLIST, exits::ITEM, Verdict::Pass, None, None))
            .expect("all of it is in the checklist");
        let context = Context { as_of: date, parameters: Vec::new() };
        let found = assess::<Crowded>(&context, &subject).expect("no rule fails");
        case::sentences(&CHECKLIST, &found).expect("places and parameters agree");
    }
}

#[test]
fn what_a_hostile_table_leaves_stays_within_what_a_host_takes() {
    let row =
        |floor: usize| format!("row floors {floor} | 商店 | ?{} | | ?b | ?c | 二级 | ?d", "长".repeat(500));
    for (n_rows, n_notes) in [(150, 150 * 4), (151, 1)] {
        let rows: Vec<_> = (1..=n_rows).map(row).collect();
        let found = assessed(&format!("# \ndate 2026-01-01\ntags ALL\n{}\nexpect\n", rows.join("\n")));
        assert_eq!(found.notes.len(), n_notes);
        let params = found.notes.iter().flat_map(|note| &note.reason.params);
        assert!(params.into_iter().all(|param| !matches!(param, Param::Text(text) if text.len() > 512)));
    }
}
