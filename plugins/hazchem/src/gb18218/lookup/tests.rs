//! The tables of the standard, and finding in them.

use std::collections::BTreeMap;

use super::*;

#[test]
fn tables_are_complete_and_every_number_reads() {
    assert_eq!(TABLE1.len(), 85);
    assert_eq!(TABLE2_TABLE4.len(), 24);
    for (index, row) in Listed::all().enumerate() {
        assert_eq!(row.no, (index + 1).to_string());
        assert!(number(row.critical_t).is_positive() && number(row.beta).is_positive(), "{}", row.name);
        assert!(row.names().all(|name| name.chars().count() <= 39), "{}", row.name);
        assert!(row.condition.is_empty() || row.name.contains(row.condition), "{}", row.name);
        assert!(row.beta_source.starts_with("表3") || row.beta_source.starts_with("表4推导"), "{}", row.name);
    }
    for [symbol, _, _, critical, beta] in TABLE2_TABLE4 {
        assert!(number(critical).is_positive() && number(beta).is_positive(), "{symbol}");
    }
    for [bound, alpha] in crate::TABLE5 {
        assert!(number(alpha).is_positive() && number(bound) >= Decimal::ZERO, "{bound}");
    }
    for table in [crate::TABLE5, crate::TABLE6] {
        let bounds: Vec<_> = table.iter().map(|[bound, _]| number(bound)).collect();
        assert!(bounds.is_sorted_by(|a, b| a > b), "from the highest bound down");
        assert_eq!(bounds.last(), Some(&Decimal::ZERO));
    }
}

/// Source: GB 18218-2018, table 3.
#[test]
fn toxic_gases_have_the_betas_of_table_3() {
    let table_3 = [
        ("一氧化碳", "2"),
        ("二氧化硫", "2"),
        ("氨", "2"),
        ("环氧乙烷", "2"),
        ("氯化氢", "3"),
        ("溴甲烷", "3"),
        ("氯", "4"),
        ("硫化氢", "5"),
        ("氟化氢", "5"),
        ("二氧化氮", "10"),
        ("氰化氢", "10"),
        ("碳酰氯", "20"),
        ("磷化氢", "20"),
        ("异氰酸甲酯", "20"),
    ];
    for (name, beta) in table_3 {
        let found = find(name, &Cas::Absent, &Value::Absent).unwrap_or_else(|(_, what)| panic!("{what}"));
        assert_eq!(found.beta.to_string(), beta, "{name}");
    }
    // Carbon monoxide stands in table 3 but has no row of its own in table 1: its β is an inference.
    assert_eq!(Listed::all().filter(|row| row.beta_source == "表3").count(), table_3.len() - 1);
}

#[test]
fn every_cas_number_of_table_1_has_its_check_digit_and_leads_to_its_row() {
    let mut rows = BTreeMap::<_, Vec<_>>::new();
    for row in Listed::all() {
        for cas in row.cas.split(';').filter(|cas| !cas.is_empty()) {
            assert_eq!(Cas::read(&Value::Text(cas.to_owned())), Cas::Valid(cas.to_owned()), "{}", row.name);
            rows.entry(cas).or_default().push(row.no);
        }
    }
    let several: Vec<_> = rows.iter().filter(|(_, rows)| rows.len() > 1).collect();
    assert_eq!(
        several,
        [(&"6484-52-2", &vec!["43", "44"]), (&"9004-70-0", &vec!["37", "38", "39", "40", "41", "42"])]
    );
}

#[test]
fn every_name_and_alias_leads_to_its_row() {
    for row in Listed::all() {
        for name in row.names() {
            let found = by_name(name, Listed::all());
            let nos: Vec<_> = found.iter().map(|row| row.no).collect();
            if name == "硝化棉" {
                assert_eq!(nos, ["37", "38", "39", "40", "41"]);
            } else {
                assert_eq!(nos, [row.no], "{name}");
            }
        }
    }
}

/// `expected`: where it is found, Q, β, the phrases of its notes; or what is missing.
fn check(name: &str, cas: &str, symbol: &str, expected: Result<(&str, &str, &str, &[&str]), &str>) {
    let value = |text: &str| if text.is_empty() { Value::Absent } else { Value::Text(text.to_owned()) };
    let found = find(name, &Cas::read(&value(cas)), &value(symbol));
    match (found, expected) {
        (Ok(found), Ok((place, critical, beta, phrases))) => {
            let notes: Vec<_> = found
                .notes
                .iter()
                .map(|(_, note)| crate::CHECKLIST.phrases[note.phrase as usize].code)
                .collect();
            assert_eq!((found.place.as_str(), notes.as_slice()), (place, phrases), "{name} {cas} {symbol}");
            assert_eq!(
                (found.critical.to_string().as_str(), found.beta.to_string().as_str()),
                (critical, beta)
            );
        }
        (Err((_, what)), Err(says)) => assert!(what.contains(says), "{what}"),
        (found, _) => panic!("{name} {cas} {symbol}: {:?}", found.map(|found| found.place)),
    }
}

#[test]
fn cas_number_then_name_then_symbol() {
    check("苯", "71-43-2", "", Ok(("表1第57项", "50", "1", &[])));
    check("", "71-43-2", "", Ok(("表1第57项", "50", "1", &[])));
    check("纯苯", "", "W5.4", Ok(("表1第57项", "50", "1", &[])));
    check("溶剂甲", "71-43-2", "", Ok(("表1第57项", "50", "1", &[])));
    check("甲醇", "71-43-2", "", Ok(("表1第57项", "50", "1", &["cas-name-differ"])));
    check("甲醇", "71-43-3", "", Ok(("表1第65项", "500", "1", &["cas-check-digit"])));
    check("甲醇", "71432", "", Ok(("表1第65项", "500", "1", &["cas-malformed"])));
    check("甲醇", "/", "", Ok(("表1第65项", "500", "1", &[])));
    check("汽油", "8006-61-9", "", Ok(("表1第66项", "200", "1", &["cas-not-listed"])));
    check("溶剂甲", "8006-61-9", "W5.3", Ok(("表2 W5.3", "1000", "1", &[])));
    check("溶剂甲", "", "w5.3", Ok(("表2 W5.3", "1000", "1", &[])));
    check("溶剂甲", "", "w5.1; J4", Ok(("表2 W5.1、J4", "10", "2", &["several-symbols"])));
    check("溶剂甲", "", "", Err("也未填危险类别符号"));
    check("溶剂甲", "", "/", Err("也未填危险类别符号"));
    check("溶剂甲", "", "W5", Err("“W5”也不在表2"));
    check("", "", "", Err("也未填危险类别符号"));
}

#[test]
fn brackets_of_the_table_are_ignored_and_those_of_the_sheet_are_not() {
    check("甲醛", "", "", Ok(("表1第8项", "5", "2", &["condition"])));
    check("甲醛(含量>90%)", "", "", Ok(("表1第8项", "5", "2", &[])));
    check("甲醛(37%溶液)", "", "", Err("也未填危险类别符号"));
    check("环氧氯丙烷", "", "", Ok(("表1第21项", "20", "1", &[])));
    check("甲烷", "", "", Ok(("表1第49项", "50", "1.5", &[])));
    check("丙烷", "", "", Ok(("表1第52项", "50", "1.5", &[])));
    check("液化石油气", "", "", Ok(("表1第52项", "50", "1.5", &[])));
}

#[test]
fn several_rows_are_decided_by_name_or_by_the_strictest() {
    let undecided = ["several-rows"];
    check("硝酸铵", "6484-52-2", "", Ok(("表1第43项", "5", "2", &undecided)));
    check("硝酸铵", "", "", Ok(("表1第43项", "5", "2", &undecided)));
    check("", "6484-52-2", "", Ok(("表1第43项", "5", "2", &undecided)));
    check("农用硝铵", "6484-52-2", "", Ok(("表1第43项", "5", "2", &undecided)));
    check("硝酸铵(含可燃物≤0.2%)", "6484-52-2", "", Ok(("表1第44项", "50", "1", &[])));
    check("硝酸铵肥料", "6484-52-2", "", Ok(("表1第45项", "200", "1", &["condition"])));
    check("硝化棉", "9004-70-0", "", Ok(("表1第37项", "1", "2", &undecided)));
    check("硝化纤维素", "", "", Ok(("表1第37项", "1", "2", &undecided)));
    check("硝化纤维素(含水≥25%)", "9004-70-0", "", Ok(("表1第41项", "50", "1", &[])));
    check("硝化棉溶液", "9004-70-0", "", Ok(("表1第42项", "50", "1", &["condition"])));
}

#[test]
fn a_cas_cell_is_read_as_it_stands() {
    for (text, expected) in [
        ("71-43-2", Cas::Valid("71-43-2".to_owned())),
        (" 71-43-2 ", Cas::Valid("71-43-2".to_owned())),
        ("\u{ff17}\u{ff11}\u{2010}43\u{2014}2", Cas::Valid("71-43-2".to_owned())),
        ("86290-81-8", Cas::WrongDigit("86290-81-8".to_owned())),
        ("7783-06-04", Cas::Malformed("7783-06-04".to_owned())),
        ("1-43-2", Cas::Malformed("1-43-2".to_owned())),
        ("71-43", Cas::Malformed("71-43".to_owned())),
        ("71-43-2;67-56-1", Cas::Malformed("71-43-2;67-56-1".to_owned())),
        ("CAS71-43-2", Cas::Malformed("CAS71-43-2".to_owned())),
        ("混合物", Cas::Absent),
        ("—", Cas::Absent),
    ] {
        assert_eq!(Cas::read(&Value::Text(text.to_owned())), expected, "{text}");
    }
    let day = Value::Day(anping_sdk::Date::new(7783, 6, 4));
    assert_eq!(Cas::read(&day), Cas::Malformed("7783-06-04".to_owned()));
    assert_eq!(Cas::read(&Value::Absent), Cas::Absent);
}
