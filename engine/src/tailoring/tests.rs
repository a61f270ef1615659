//! Tailoring files and what they change.

use super::*;

const BASE: &str = r#"
schema = 1
[village]
full = "100"
[village.bonus]
cap = "3"
[village.veto]
deaths = 1
[[filing]]
report = "村月报"
due_day = 5
"#;

/// What changes come to, or every refusal.
fn check(changes: &[(&str, &str)], expected: &str) {
    let mut text = "schema = 1\ntitle = \"调整单\"\n".to_owned();
    for (key, value) in changes {
        text.push_str(&format!(
            "[[change]]\nkey = \"{key}\"\nvalue = {value}\nremark = \"因\"\ndate = \"2026-03-01\"\napprover = \"镇安委会\"\n"
        ));
    }
    let said =
        |faults: Vec<TailoringFault>| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let mut table: toml::Table = BASE.parse().expect("the base is TOML");
    let lock = |key: &str, only| Lock {
        rules: "yearend".to_owned(),
        key: key.to_owned(),
        only,
        why: "国家规定".to_owned(),
    };
    let locks = [lock("village.veto.deaths", Only::Nothing), lock("village.full", Only::Higher)];
    let found = match Tailoring::read(&text) {
        Err(faults) => said(faults),
        Ok(tailoring) => match apply(&mut table, &[tailoring], "yearend", &locks) {
            Err(faults) => said(faults),
            Ok(annex) => annex
                .iter()
                .map(|one| {
                    format!(
                        "{} {}→{} {} {} {}",
                        one.key, one.base, one.local, one.remark, one.date, one.approver
                    )
                })
                .collect::<Vec<_>>()
                .join("\n"),
        },
    };
    assert_eq!(found, expected);
}

#[test]
fn a_change_keeps_what_the_base_said() {
    check(&[("village.bonus.cap", "\"5\"")], "village.bonus.cap 3→5 因 2026-03-01 镇安委会");
    check(&[("filing.村月报.due_day", "8")], "filing.村月报.due_day 5→8 因 2026-03-01 镇安委会");
    check(&[("village.final_cap", "\"100\"")], "village.final_cap →100 因 2026-03-01 镇安委会");
}

#[test]
fn what_is_locked_or_unknown_is_refused() {
    check(&[("village.veto.deaths", "3")], "调整 village.veto.deaths: 已锁定,不得调整(国家规定)");
    // Nor by setting what it stands in.
    check(&[("village.veto", "{ deaths = 3 }")], "调整 village.veto: 已锁定,不得调整(国家规定)");
    check(&[("village", "{ full = \"100\" }")], "调整 village: 已锁定,不得调整(国家规定)");
    check(&[("schema", "2")], "调整 schema: 不得调整");
    check(&[("town.full", "\"1\"")], "调整 town.full: 没有 town 这一项");
    check(&[("filing.周报.due_day", "8")], "调整 filing.周报.due_day: 没有 filing.周报 这一项");
    check(&[("village.bonus.cap", "5")], "调整 village.bonus.cap: 应为 string,现为 integer");
    check(&[("village.full", "\"1\""), ("village.full", "\"2\"")], "yearend:village.full: 调整了两次");
    check(&[("village.full", "\"120\"")], "village.full 100→120 因 2026-03-01 镇安委会");
    check(&[("village.full", "\"90\"")], "调整 village.full: 只能调高(国家规定)");
}

#[test]
fn a_change_without_a_name_under_it_is_refused() {
    let text = "schema = 1\ntitle = \"\"\n[[change]]\nkey = \"a\"\nvalue = 1\nremark = \" \"\ndate = \"3月\"\napprover = \"\"\n";
    let faults = Tailoring::read(text).expect_err("nobody approved it");
    let said: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "yearend:a: 没有说明 remark",
            "yearend:a: 没有批准人 approver",
            "yearend:a: 日期 date 应如 2026-03-01,现为 \"3月\"",
        ]
    );
}

#[test]
fn what_init_writes_changes_nothing() {
    let text = TEMPLATE;
    let read = Tailoring::read(text).expect("the template is a tailoring file");
    assert!(read.changes.is_empty() && read.items.is_empty());
    // With its marks taken away it is read as well, so that the examples never rot.
    let live: String = text
        .lines()
        .map(|line| {
            let example = line.strip_prefix("# ").filter(|rest| {
                let first = rest.trim_start().chars().next();
                first.is_some_and(|first| first.is_ascii_lowercase() || "[{]".contains(first))
            });
            format!("{}\n", example.unwrap_or(line))
        })
        .collect();
    let read = Tailoring::read(&live).expect("the examples are right");
    assert_eq!((read.changes.len(), read.locks.len(), read.items.len()), (5, 1, 1));
}
