//! Rows of data for the checks of returns.

use super::*;
use crate::model::{CellRef, Lang, Source, SourceId};

/// A cell as a test writes it: a day, a level, a number, a percentage, `!` and a fault, or text.
fn value(text: &str) -> Value {
    if let Some(fault) = text.strip_prefix('!') {
        return Value::Fault(fault.into());
    }
    if let Ok(day) = text.parse() {
        return Value::Day(day);
    }
    match text {
        "" | "/" => Value::Absent,
        "重大" => Value::Level(HazardLevel::Major),
        "一般" => Value::Level(HazardLevel::General),
        _ => match text.trim_end_matches('%').parse() {
            Ok(number) => Value::Number(number),
            Err(_) => Value::Text(text.into()),
        },
    }
}

/// A table of `kind`; rows from row 2 (from 1), one a line, cells between `|`. Lines that begin
/// with 合计 or 小计 are totals. Columns marked with `+` add up.
fn table(kind: &str, title: &str, fields: &str, rows: &str) -> Table {
    let at = |row0, col0| Provenance { source: SourceId(0), sheet: 0, cell: CellRef::new(row0, col0) };
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let record = |(index, line): (usize, &str)| {
        let row0 = index as u32 + 1;
        let cells = line.split('|').map(str::trim).enumerate();
        let cell = |(col, text): (usize, &str)| Cell {
            value: value(text),
            raw: text.trim_start_matches('!').into(),
            at: at(row0, col as u32),
        };
        Record { row0, cells: cells.map(cell).collect() }
    };
    let is_total = |line: &&str| line.trim().starts_with("合计") || line.trim().starts_with("小计");
    let lines: Vec<_> = rows.lines().enumerate().collect();
    let (totals, rows): (Vec<_>, Vec<_>) = lines.into_iter().partition(|(_, line)| is_total(line));
    Table {
        role: Role::Rows { kind: kind.to_owned() },
        layout: kind.to_owned(),
        at: at(0, 0),
        title: title.to_owned(),
        title_at: at(0, 0),
        form: String::new(),
        info: Vec::new(),
        facts: Vec::new(),
        fields: fields.iter().map(|field| field.trim_end_matches('+').to_owned()).collect(),
        rows: rows.into_iter().map(record).collect(),
        totals: totals.into_iter().map(record).collect(),
        sums: (0..fields.len()).filter(|index| fields[*index].ends_with('+')).collect(),
        items: Vec::new(),
        pictures: BTreeMap::new(),
        comments: BTreeMap::new(),
    }
}

fn shown(problems: &[Problem]) -> Vec<String> {
    let line = |problem: &Problem| {
        let cell = problem.at.cell.map_or_else(String::new, |cell| cell.to_string());
        format!("{cell} {} {}", problem.code.key(), problem.expected(Lang::Zh))
    };
    problems.iter().map(line).collect()
}

fn check_summary(rows: &str, list: Option<&str>, expected: &[&str]) {
    let summary_of = table("village-summary", "甲村2026年8月", "sector found+ fixed+ rate", rows);
    let list =
        list.map(|rows| table("village-hazards", "甲村2026年8月隐患清单", "unit text level done", rows));
    let mut problems = Vec::new();
    summary(&summary_of, list.as_ref(), &mut problems);
    assert_eq!(shown(&problems), expected, "{rows}");
}

#[test]
fn summaries_agree_with_themselves() {
    check_summary("危化|2|1|50%\n工贸|1|1|100.00%\n合计|3|2|66.67%", None, &[]);
    check_summary("危化|0|0|/\n合计|0|0|/", None, &[]);
    check_summary("危化|3|2|66.66%", None, &["D2 rate_mismatch 66.67%"]);
    check_summary("危化|3|2|66.7%", None, &[]);
    // 2 ÷ 16 is 12.5 %: half-up at no digits.
    check_summary("危化|16|2|13%", None, &[]);
    check_summary("危化|16|2|12%", None, &["D2 rate_mismatch 13%"]);
    check_summary("危化|3|2|/", None, &["D2 rate_mismatch 66.67%"]);
    check_summary("危化|3|2|", None, &[]);
    check_summary("危化|0|0|0%", None, &["D2 rate_mismatch /"]);
    // A share that its format shows as a percentage.
    check_summary("危化|6|5|0.8333", None, &[]);
    check_summary("危化|6|5|83.33", None, &[]);
    check_summary("危化|6|5|83.33333333333334%", None, &[]);
    check_summary("危化|2|3|150%", None, &["C2 fixed_gt_found ≤2", "D2 rate_over_100 不超过100%"]);
    check_summary("危化|!约3|2|50%\n合计|9|2|", None, &[]);
}

#[test]
fn totals_are_the_sums_of_their_rows() {
    check_summary("危化|2|1|\n合计|3|1|", None, &["B3 total_mismatch 2"]);
    check_summary("危化|2|1|\n小计|2|1|\n工贸|1|1|\n小计|1|1|\n合计|3|2|", None, &[]);
    check_summary(
        "危化|2|1|\n小计|2|1|\n工贸|1|1|\n小计|3|2|\n合计|3|2|",
        None,
        &["B5 total_mismatch 1", "C5 total_mismatch 1"],
    );
    // On top, a total adds up what follows.
    check_summary("合计|3|2|\n危化|2|1|\n工贸|1|1|", None, &[]);
    check_summary("合计|4|2|\n危化|2|1|\n工贸|1|1|", None, &["B2 total_mismatch 3"]);
    // A second total may be of its own part or of everything.
    check_summary("危化|2|1|\n合计|2|1|\n工贸|1|1|\n合计|3|2|", None, &[]);
}

#[test]
fn a_day_that_does_not_exist_leaves_its_row_out_of_totals() {
    let rows = "2026-07-03|甲|30\n!2026年9月31日|乙|44\n合计||30";
    let training = table("training", "", "date topic people+", rows);
    assert_eq!(wrong_totals(&training).len(), 0);
}

#[test]
fn a_list_prevails_over_its_summary() {
    let list = "甲厂|门未锁|一般|2026-08-09\n乙厂|1.灯坏;2.栓缺|一般|2026-09-02\n丙厂|无证|重大|";
    check_summary("工贸|3|1|\n合计|3|1|", Some(list), &[]);
    check_summary("工贸|2|1|\n合计|4|1|", Some(list), &["B3 count_mismatch 3"]);
    check_summary(
        "工贸|3|1|\n合计|3|5|166.67%",
        Some(list),
        &["C3 fixed_gt_found ≤3(清单为1)", "D3 rate_over_100 33.33%"],
    );
}

#[test]
fn texts_like_major_hazards_are_asked_about() {
    let built_in = criteria(include_str!("../../data/major-words.toml")).expect("the criteria");
    let today = "2026-12-31".parse().expect("a day");
    for (text, level, clause) in [
        ("非水性漆调漆间未设固定式可燃气体报警装置", "一般", Some("疑似重大(令第10号第7条),不得自动升级")),
        ("非水性漆调漆间未设固定式可燃气体报警装置", "重大", None),
        ("电焊作业人员无证上岗", "一般", Some("疑似重大(令第10号第3条),不得自动升级")),
        ("配电箱未装漏电保护器", "一般", None),
    ] {
        let list = table("village-hazards", "", "unit text level", &format!("甲厂|{text}|{level}"));
        let mut problems = Vec::new();
        resemble_major(&list, &built_in, today, &mut problems);
        let found = problems.first().map(|problem| problem.expected(Lang::Zh));
        assert_eq!(found.as_deref(), clause, "{text}");
    }
}

#[test]
fn a_text_is_compared_with_the_documents_that_hold_on_its_day() {
    let criteria = criteria(
        "[edition.\"旧令\"]\nto = \"2026-09-30\"\n[edition.\"新令\"]\nfrom = \"2026-07-01\"\n\
         [[criterion]]\nedition = \"旧令\"\nclause = \"(二)\"\nwords = [[\"无证\"]]\n\
         [[criterion]]\nedition = \"新令\"\nclause = \"第3条\"\nwords = [[\"无证\"]]\n\
         [[criterion]]\nedition = \"新令\"\nclause = \"第4条\"\nwords = [[\"上岗\"]]\n",
    )
    .expect("they are right");
    // The first and the last day of each; both in between; without a day that of the run.
    for (day, clauses) in [
        ("2026-06-30", "旧令(二)"),
        ("2026-07-01", "旧令(二)、新令第3条"),
        ("2026-09-30", "旧令(二)、新令第3条"),
        ("2026-10-01", "新令第3条"),
        ("", "新令第3条"),
    ] {
        let list = table("village-hazards", "", "date unit text level", &format!("{day}|甲厂|无证上岗|一般"));
        let mut problems = Vec::new();
        resemble_major(&list, &criteria, "2026-12-31".parse().expect("a day"), &mut problems);
        let found: Vec<_> = problems.iter().map(|problem| problem.expected(Lang::Zh)).collect();
        assert_eq!(found, [format!("疑似重大({clauses}),不得自动升级")], "{day}");
    }
    let unknown = "[edition]\n[[criterion]]\nedition = \"新令\"\nclause = \"\"\nwords = []\n";
    assert!(super::criteria(unknown).is_err_and(|wrong| wrong.contains("新令")));
}

#[test]
fn a_form_of_another_year_is_asked_about() {
    for (path, title, expected) in [
        ("部门季报/2026-Q4/D01.xlsx", "青石镇2025年第四季度季报", vec!["A1 old_template 2026年第四季度"]),
        ("部门季报/2026-Q4/D01.xlsx", "青石镇2026年第四季度季报", vec![]),
        ("季报.xlsx", "青石镇2025年第四季度季报", vec![]),
        ("2026-Q4/季报.xlsx", "季报", vec![]),
    ] {
        let sources = Sources(vec![Source {
            path: path.to_owned(),
            digest: String::new(),
            len: 0,
            sheets: vec!["季报".to_owned()],
            missing: false,
        }]);
        let mut problems = Vec::new();
        old_form(&sources, &table("department-summary", title, "month", ""), &mut problems);
        assert_eq!(shown(&problems), expected, "{path} {title}");
    }
}

/// What the built-in rules say of a return beside the checks above, or after another one of its sender.
fn check_numbers(before: Option<&str>, rows: &str, expected: &[&str]) {
    let source = |path: &str| Source {
        path: path.to_owned(),
        digest: String::new(),
        len: 0,
        sheets: vec!["月报".to_owned()],
        missing: false,
    };
    let sources = Sources(vec![source("村月报/2026-07/V01.xlsx"), source("村月报/2026-08/V01.xlsx")]);
    let fields = "sector found+ fixed+ rate major_found+ major_fixed+ major_planned+ found_to_date";
    let mut tables = Vec::new();
    if let Some(before) = before {
        tables.push(table("village-summary", "甲村2026年7月隐患月报", fields, before));
    }
    let mut now = table("village-summary", "甲村2026年8月隐患月报", fields, rows);
    for cell in now.rows.iter_mut().chain(&mut now.totals).flat_map(|row| &mut row.cells) {
        cell.at.source = SourceId(1);
    }
    now.at.source = SourceId(1);
    tables.push(now);
    let mut known = Vec::new();
    summary(&tables[tables.len() - 1], None, &mut known);
    let rules = crate::checks::Rules::built_in();
    let figures = figures(&sources, &tables, &rules.forms());
    let problems = crate::checks::problems(&crate::checks::judge(&rules, &figures), &sources, &known);
    assert_eq!(shown(&problems), expected, "{rows}");
}

#[test]
fn numbers_that_cannot_all_be_true_are_found_by_rules_that_are_data() {
    check_numbers(None, "危化|6|5|83.33%|2|1|1|\n工贸|2|2|100%|0|0|0|\n合计|8|7|87.50%|2|1|1|", &[]);
    // 2 major ones less 1 closed leave 1, and not 2.
    check_numbers(
        None,
        "危化|6|5|83.33%|2|1|2|",
        &["G2 numbers_impossible 等于重大隐患数−重大隐患已整改数 1(E2、F2)"],
    );
    check_numbers(None, "危化|6|5|83.33%|1|2||", &["F2 numbers_impossible 不大于重大隐患数 1(E2)"]);
    check_numbers(None, "危化|6.5|5|||||", &["B2 numbers_impossible 为不小于0的整数"]);
    // Without the count behind it a rate still says something: of 7 none prints as 50 %.
    check_numbers(None, "危化|7||50.00%||||", &["D2 numbers_impossible 能由整数算出,分母为一般隐患数 7(B2)"]);
    check_numbers(
        None,
        "危化|||96.61%||||\n工贸|||96.93%||||\n合计|||97.28%||||",
        &["D4 numbers_impossible 介于各行整改率 96.61%—96.93%(D2、D3)"],
    );
    // One cause is one problem: the line's numbers are known not to agree.
    check_numbers(None, "危化|2|3|150%||||", &[]);
}

#[test]
fn a_cumulative_number_must_not_fall() {
    let july = "危化|6|5|83.33%||||20";
    check_numbers(Some(july), "危化|6|5|83.33%||||26", &[]);
    check_numbers(
        Some(july),
        "危化|6|5|83.33%||||18",
        &["H2 numbers_disagree 不小于上期累计排查数 20(村月报/2026-07/V01.xlsx › 月报 › H2)"],
    );
    check_numbers(Some(july), "工贸|6|5|83.33%||||18", &[]);
    check_numbers(None, "危化|6|5|83.33%||||5", &["H2 numbers_disagree 不小于一般隐患数 6(B2)"]);
}

/// Returns of villages one after the other: `title rows`, rows being the number of hazards in the list beside it;
/// `enterprises`: village and how many exist there. Expected: what is found, and how many enterprises.
fn check_streak(
    enterprises: &[(&str, u32)],
    returns: &[(&str, usize)],
    rule: (usize, usize),
    expected: &[&str],
) {
    let mut register = Register::default();
    for (village, count) in enterprises {
        register.enterprises.extend((0..*count).map(|number| crate::model::Enterprise {
            number: number.to_string(),
            name: String::new(),
            former_name: String::new(),
            code: String::new(),
            code_valid: false,
            village: (*village).to_owned(),
            sector: String::new(),
            kind: String::new(),
            venues: Vec::new(),
            department: String::new(),
            risk: String::new(),
            standard: crate::model::Certificate::default(),
            entered: None,
            left: None,
            at: Provenance { source: SourceId(0), sheet: 0, cell: CellRef::new(0, 0) },
        }));
    }
    let mut tables = vec![table("villages", "组织机构", "number name", "V01|河村\nV02|上河村")];
    for (source, (title, rows)) in (1..).zip(returns) {
        let list = vec!["甲厂|门未锁"; *rows].join("\n");
        for (kind, fields, rows) in
            [("village-summary", "sector found", "合计|0"), ("village-hazards", "unit text", list.as_str())]
        {
            let mut own = table(kind, title, fields, rows);
            own.at.source = SourceId(source);
            tables.push(own);
        }
    }
    let day = "2026-12-31".parse().expect("a day");
    let rule = ZeroStreak { months: rule.0, enterprises: rule.1 };
    let mut problems = Vec::new();
    zero_streaks(&tables, &register, day, rule, &mut problems);
    let shown: Vec<_> = problems.iter().map(|one| format!("{}:{}", one.found, one.note)).collect();
    assert_eq!(shown, expected, "{returns:?}");
}

#[test]
fn a_streak_of_returns_without_a_hazard_is_told_once() {
    let months = |village: &str, numbers: &[u32]| -> Vec<String> {
        numbers.iter().map(|number| format!("青石镇{village}2026年{number}月隐患月报")).collect()
    };
    let of = |titles: &[String], rows: &[usize]| -> Vec<(String, usize)> {
        titles.iter().cloned().zip(rows.iter().copied()).collect()
    };
    for (village, numbers, rows, rule, expected) in [
        ("河村", vec![7, 8, 9, 10], vec![0; 4], (3, 5), vec!["7、8、9月连续三个月零报告:在册5家"]),
        // A hazard, or a missing return, begins anew.
        ("河村", vec![7, 8, 9, 10], vec![0, 0, 1, 0], (3, 5), vec![]),
        ("河村", vec![7, 8, 10, 11], vec![0; 4], (3, 5), vec![]),
        // The numbers are the rule's.
        ("河村", vec![7, 8], vec![0; 2], (2, 5), vec!["7、8月连续二个月零报告:在册5家"]),
        ("河村", vec![7, 8, 9], vec![0; 3], (3, 6), vec![]),
        // One month is a streak where the rule says so, and is told each time that it begins.
        (
            "河村",
            vec![7, 8, 9],
            vec![0, 1, 0],
            (1, 5),
            vec!["7月连续一个月零报告:在册5家", "9月连续一个月零报告:在册5家"],
        ),
        // The name of one village ends that of another, which has no enterprise.
        ("上河村", vec![7, 8, 9], vec![0; 3], (3, 5), vec![]),
    ] {
        let returns = of(&months(village, &numbers), &rows);
        let returns: Vec<_> = returns.iter().map(|(title, rows)| (title.as_str(), *rows)).collect();
        check_streak(&[("河村", 5)], &returns, rule, &expected);
    }
    // The end of a year breaks nothing.
    let titles = ["河村2026年11月", "河村2026年12月", "河村2027年1月"].map(|title| (title, 0));
    check_streak(&[("河村", 5)], &titles, (3, 5), &["11、12、1月连续三个月零报告:在册5家"]);
}
