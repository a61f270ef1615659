//! The checklist against its definition, the golden cases, and the deduction rule for overstock.

use anping_sdk::{Charge, Decimal, MajorMark, Ratio, Scope, ValueKind, assess, case};

use super::*;

/// Points of the items that apply to subjects with `tags`.
fn points_for(tags: &[&str]) -> Decimal {
    let tags: Vec<_> = tags.iter().map(|tag| own(CHECKLIST.tag_index(tag))).collect();
    let items = CHECKLIST.items.iter().filter(|item| item.applies.iter().any(|tag| tags.contains(tag)));
    let halves = items.map(|item| item.points.ratio().times(Ratio::whole(2)).map_or(0, Ratio::ceiling));
    Decimal::new((halves.sum::<i128>() * 5) as i64, 1)
}

#[test]
fn points_add_up_for_each_kind_of_business() {
    // R as on the printed sheet of 21 items; the others added up from the checklist by hand.
    for (tags, items, points) in
        [(&["R", "W", "P"][..], 46, 191), (&["R"], 21, 90), (&["W"], 19, 76), (&["P"], 25, 107)]
    {
        let tags_of = |tag: &&str| own(CHECKLIST.tag_index(tag));
        let wanted: Vec<_> = tags.iter().map(tags_of).collect();
        let n_items =
            CHECKLIST.items.iter().filter(|item| item.applies.iter().any(|tag| wanted.contains(tag))).count();
        assert_eq!((n_items, points_for(tags)), (items, Decimal::new(points, 0)), "{tags:?}");
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
                Charge::RulingOnly => case.veto,
            };
            assert!(within, "{} {}", item.code, case.code);
        }
    }
}

#[test]
fn marks_and_vetoes_are_those_of_the_definition() {
    let codes = |wanted: &dyn Fn(&anping_sdk::Item) -> bool| -> Vec<&str> {
        CHECKLIST.items.iter().filter(|item| wanted(item)).map(|item| item.code).collect()
    };
    assert_eq!(
        codes(&|item| item.veto == Some(Scope::Total)),
        ["FW-Z01", "FW-R01", "FW-R02", "FW-W01", "FW-P02"]
    );
    let direct = [
        "FW-Z01", "FW-Z02", "FW-Z03", "FW-Z04", "FW-Z05", "FW-R01", "FW-R02", "FW-R13", "FW-W01", "FW-W02",
        "FW-W03", "FW-W04", "FW-W05", "FW-W06", "FW-P01", "FW-P02", "FW-P03", "FW-P04", "FW-P05", "FW-P06",
        "FW-P07", "FW-P08",
    ];
    assert_eq!(codes(&|item| item.major == MajorMark::Direct), direct);
    assert_eq!(codes(&|item| !item.major_bases.is_empty()), direct);
    assert!(codes(&|item| item.major == MajorMark::Element).is_empty());
}

#[test]
fn codes_and_numbers_in_src_and_data_exist() {
    for [item, fact, least, ..] in LIMITS.iter() {
        assert!(CHECKLIST.item_index(item).is_some(), "{item}");
        let fact = CHECKLIST.facts[own(CHECKLIST.fact_index(fact)) as usize];
        assert_eq!(fact.kind, ValueKind::Number);
        assert!(Decimal::parse(least).is_some_and(Decimal::is_positive), "{least}");
    }
    for [item, case, percent, counting] in OVERSTOCK {
        let item = CHECKLIST.items[own(CHECKLIST.item_index(item)) as usize];
        assert!(item.cases.iter().any(|known| known.code == *case), "{case}");
        let percent = Decimal::parse(percent).expect("a decimal");
        assert!(*counting == "above" || (*counting == "steps" && percent.is_positive()), "{counting}");
    }
    for phrase in [
        "stock-share",
        "stock-expected",
        "stock-reading",
        "stock-over-passed",
        "stock-deduction-differs",
        "stock-within-failed",
        "quantity-unusable",
        "measure-below",
        "measure-meets",
    ] {
        assert!(CHECKLIST.phrase_index(phrase).is_some(), "{phrase}");
    }
}

#[test]
fn overstock_costs_two_points_for_each_full_tenth_and_all_above_half() {
    for (item, excess, points) in [
        ("FW-R03", "-5", "0"),
        ("FW-R03", "0", "0"),
        ("FW-R03", "9.99", "0"),
        ("FW-R03", "10", "2"),
        ("FW-R03", "19.999", "2"),
        ("FW-R03", "20", "4"),
        ("FW-R03", "39.99", "6"),
        ("FW-R03", "40", "8"),
        ("FW-R03", "50", "8"),
        ("FW-R03", "50.01", "8"),
        ("FW-R03", "900000000", "8"),
        ("FW-W02", "0", "0"),
        ("FW-W02", "0.001", "6"),
    ] {
        let item = &CHECKLIST.items[own(CHECKLIST.item_index(item)) as usize];
        let excess = Decimal::parse(excess).expect("a decimal").ratio();
        let expected = Decimal::parse(points).expect("a decimal");
        assert_eq!(stock::expected_deduction(item, excess), expected, "{} {excess:?}", item.code);
    }
}

#[test]
fn numbers_too_large_to_compare_are_no_stock() {
    let date = anping_sdk::Date::new(2026, 9, 12);
    let huge = anping_sdk::Value::Number(Decimal::new(i64::MAX, 0));
    let tiny = anping_sdk::Value::Number(Decimal::new(1, 9));
    let subject = Subject::checked_on(date)
        .fact(&CHECKLIST, "stock_kg", huge)
        .and_then(|subject| subject.fact(&CHECKLIST, "limit_kg", tiny))
        .expect("both facts are in the checklist");
    let context = Context { as_of: date, parameters: Vec::new() };
    let assessed = assess::<Fireworks>(&context, &subject).expect("no rule fails");
    assert!(assessed.indicators.is_empty());
}

/// What the plugin itself says of each golden case; scores are the host's to check.
#[test]
fn golden_cases_come_out() {
    assert!(!CASES.is_empty());
    for text in CASES {
        let case = case::read(&CHECKLIST, text).expect("a case can be read");
        let assessed = match assess::<Fireworks>(&case.context, &case.subject) {
            Ok(assessed) => assessed,
            Err(failure) => {
                assert_eq!(format!("failure {}\n", failure.message), case.expected, "{}", case.name);
                continue;
            }
        };
        let of_the_host = ["score ", "grade ", "got ", "possible ", "deduct "];
        let own_lines =
            case.expected.lines().filter(|line| !of_the_host.iter().any(|word| line.starts_with(word)));
        let expected: String = own_lines.map(|line| format!("{line}\n")).collect();
        assert_eq!(case::print(&CHECKLIST, &assessed), expected, "{}", case.name);
        case::sentences(&CHECKLIST, &assessed).expect("every sentence has the parameters it needs");
    }
}

#[test]
fn sentences_read_well() {
    let date = anping_sdk::Date::new(2026, 9, 12);
    let number = |text: &str| anping_sdk::Value::Number(Decimal::parse(text).expect("a decimal"));
    let subject = Subject::checked_on(date)
        .fact(&CHECKLIST, "limit_kg", number("300"))
        .and_then(|subject| subject.fact(&CHECKLIST, "stock_kg", number("450.03")))
        .and_then(|subject| subject.fact(&CHECKLIST, "area_m2", number("9.5")))
        .and_then(|subject| {
            let two = Decimal::parse("2");
            subject.answer(&CHECKLIST, "FW-R03", anping_sdk::Verdict::Partial, two, None)
        })
        .and_then(|subject| subject.answer(&CHECKLIST, "FW-R04", anping_sdk::Verdict::Pass, None, None))
        .expect("all of it is in the checklist");
    let context = Context { as_of: date, parameters: Vec::new() };
    let assessed = assess::<Fireworks>(&context, &subject).expect("no rule fails");
    assert_eq!(
        case::sentences(&CHECKLIST, &assessed).expect("places and parameters agree"),
        [
            "实际 450.03 kg ÷ 限量 300 kg × 100 = 150.01%",
            "超量 50.01%,按「超量每10%扣2分,超50%扣8分」应扣 8 分",
            "「每10%」按每满10%计一次、不满10%不计,「超50%」不含50%",
            "FW-R03 扣 2 分,而实际 450.03 kg 超过限量 300 kg,超量 50.01%,按「超量每10%扣2分,超50%扣8分」应扣 8 分;\
             以检查人员填写为准,请核实",
            "FW-R04 未判不符合,而场所面积实测 9.5 m²,小于 10 m²(总局令第65号 零售条件,转引),请核实",
        ]
    );
}
