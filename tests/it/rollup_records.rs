//! What goes up beside sums: lists that are put below each other, rankings, checks of what was sent and of what
//! was added up, explanations, and numbers followed down through two levels.

use std::collections::BTreeMap;
use std::fs;

use acceptance::{AS_OF, Ran, anping, fill, sheets};
use anping::cli::Exit;
use anping::model::Decimal;
use anping::report::standard::{Entry, Given, Layout, Origin, Show, workbook};

use super::rollup::{
    CHECK, COLUMNS, File, Line, R1, UNITS, file, organisation, problems, rolled, rows, sector,
};
use super::rollup::{text, townships};

/// A report as the program makes it, from its cells by key. `words`: those of title and headings, and `note`.
fn listed(layout: &str, issuer: &str, words: &[(&str, &str)], lines: &[&[(&str, &str)]]) -> Vec<u8> {
    let layouts = Layout::built_in();
    let mut layout = layouts.into_iter().find(|known| known.name == layout).expect("a built-in layout");
    let show = |key: &str| {
        let column = layout.columns.iter().find(|column| column.key == key);
        column.unwrap_or_else(|| panic!("no column {key}")).show
    };
    let given = |(key, text): &(&str, &str)| {
        let is_number = matches!(show(key), Show::Count | Show::Amount | Show::Points);
        let given = match (show(key), text.parse::<Decimal>()) {
            (Show::Day, _) => Given::Day(text.parse().expect("a day")),
            (_, Ok(number)) if is_number => Given::Number(number),
            _ if text.is_empty() => Given::Unknown,
            _ => Given::Text((*text).to_owned()),
        };
        ((*key).to_owned(), given)
    };
    let entries =
        lines.iter().map(|line| Entry { given: line.iter().map(given).collect(), ..Entry::default() });
    let entries: Vec<Entry> = entries.collect();
    let origin = Origin {
        program: "1".to_owned(),
        as_of: AS_OF,
        issuer: issuer.to_owned(),
        inputs: String::new(),
        rules: String::new(),
    };
    let mut all = BTreeMap::from([
        ("year", "2026".to_owned()),
        ("issuer", issuer.to_owned()),
        ("as_of", "2026年12月31日".to_owned()),
    ]);
    all.extend(words.iter().map(|(key, value)| (*key, (*value).to_owned())));
    if all.contains_key("note") {
        layout.notes.push("{note}".to_owned());
    }
    workbook(&layout, &layout.fill(&entries), &all, &origin.named(&layout.name), AS_OF).expect("a report")
}

/// The organisation of two, and a report of each.
fn two(qingshi: Vec<u8>, baisha: Vec<u8>) -> Vec<File> {
    vec![
        ("组织机构.xlsx".to_owned(), organisation(&UNITS[..2])),
        ("青石镇/表.xlsx".to_owned(), qingshi),
        ("白沙镇/表.xlsx".to_owned(), baisha),
    ]
}

/// Rows of a report that begin with a number, as they print: the columns that are wanted.
fn numbered(files: &[File], name: &str, columns: &[usize]) -> Vec<String> {
    let sheet = &sheets(file(files, name))[0].1;
    let is_row = |row: &&Vec<String>| row[0].parse::<u32>().is_ok() || row[0] == "—";
    let shown = |row: &Vec<String>| columns.iter().map(|at| row[*at].as_str()).collect::<Vec<_>>().join("|");
    sheet.iter().filter(is_row).map(shown).collect()
}

/// All that a report and its 溯源 say.
fn all(files: &[File], name: &str) -> String {
    format!("{:?}", sheets(file(files, name)))
}

/// What is told of a ledger of units in each of two townships: code, first day, day after the last.
fn check_twice(qingshi: &[[&str; 3]], baisha: &[[&str; 3]], expected: &[&str]) {
    let register = |issuer: &str, units: &[[&str; 3]]| {
        let lines = units.iter().map(|[code, from, until]| {
            let mut line = vec![("unit", "某厂"), ("village", "上庄村"), ("code", *code)];
            line.extend(
                [("entered", *from), ("left", *until)].into_iter().filter(|(_, day)| !day.is_empty()),
            );
            line
        });
        let lines: Vec<_> = lines.collect();
        let lines: Vec<&[_]> = lines.iter().map(Vec::as_slice).collect();
        listed("register", issuer, &[], &lines)
    };
    let files = two(register("青石镇", qingshi), register("白沙镇", baisha));
    let (_, county) = rolled(&files, "平川县");
    assert_eq!(problems(&county), expected, "{qingshi:?} {baisha:?}");
    let name = "上报/生产经营单位基本情况台账(截止2026年12月31日).xlsx";
    // Nothing is merged: a row in, a row out, under the township's name.
    let rows = numbered(&county, name, &[4]);
    assert_eq!(rows.len(), qingshi.len() + baisha.len());
    assert_eq!(rows.first().map(String::as_str), Some("青石镇 上庄村"));
}

const CODE: &str = "91370998MA3FAKE01P";
const OTHER: &str = "91370998MA3FAKE02T";

#[test]
fn an_enterprise_stands_in_one_list_a_day() {
    // Told at the later file by path.
    let twice = ["青石镇/表.xlsx R12 › D4 同一信用代码的单位同时列在两处,未归并 91370998MA3FAKE01P → \
                  同一天只属一个下级单位;另见 白沙镇/表.xlsx › R12 › D4"];
    check_twice(&[[CODE, "", ""]], &[[OTHER, "", ""]], &[]);
    check_twice(&[[CODE, "", ""]], &[[CODE, "", ""]], &twice);
    // It moved: the last day there is the day before the first day here.
    check_twice(&[[CODE, "", "2026-07-01"]], &[[CODE, "2026-07-01", ""]], &[]);
    check_twice(&[[CODE, "", "2026-07-02"]], &[[CODE, "2026-07-01", ""]], &twice);
    // And back again.
    check_twice(
        &[[CODE, "", "2026-03-01"], [CODE, "2026-09-01", ""]],
        &[[CODE, "2026-03-01", "2026-09-01"]],
        &[],
    );
    // A code with a wrong check character identifies nobody, and neither does an empty one.
    check_twice(&[["91370998MA3FAKE017", "", ""]], &[["91370998MA3FAKE017", "", ""]], &[]);
    check_twice(&[["", "", ""]], &[["", "", ""]], &[]);
    // Lower case and blanks are spelling.
    check_twice(&[[" 91370998ma3fake01p", "", ""]], &[[CODE, "", ""]], &twice);
}

#[test]
fn ranks_stay_those_of_the_township() {
    let ranking = |issuer: &str, weight: &str, lines: &[[&str; 4]]| {
        let words = [("assessed_year", "2026"), ("unit_kind", "村(居)"), ("quarter_weight", weight)];
        let lines = lines.iter().map(|[rank, unit, class, score]| {
            vec![("rank", *rank), ("unit", *unit), ("class", *class), ("score", *score), ("grade", "良好")]
        });
        let lines: Vec<_> = lines.collect();
        let lines: Vec<&[_]> = lines.iter().map(Vec::as_slice).collect();
        listed("assessment-ranking", issuer, &words, &lines)
    };
    let qingshi = ranking(
        "青石镇",
        "40",
        &[["1", "上庄村", "", "95.005"], ["2", "下庄村", "", "90"], ["—", "桥头村", "", ""]],
    );
    let baisha = ranking("白沙镇", "40", &[["1", "上庄村", "沿海", "80.5"]]);
    let mut files = two(qingshi, baisha);
    let name = "上报/2026年度村(居)安全生产目标考核得分汇总表.xlsx";
    let (ran, county) = rolled(&files, "平川县");
    assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
    let expected =
        ["1|上庄村|青石镇|95.005", "2|下庄村|青石镇|90", "—|桥头村|青石镇|", "1|上庄村|白沙镇 沿海|80.5"];
    assert_eq!(numbered(&county, name, &[0, 1, 2, 8]), expected);
    let said = all(&county, name);
    assert!(said.contains("平时考核(×40%)") && said.contains("不同单位之间不重排"), "{said}");

    // Of other rules, of departments, and of another year: told apart.
    files[2].1 = ranking("白沙镇", "30", &[["1", "上庄村", "", "80"]]);
    let (_, county) = rolled(&files, "平川县");
    assert!(all(&county, name).contains("平时考核(×各异%)"));
    let words = [("assessed_year", "2025"), ("unit_kind", "部门"), ("quarter_weight", "")];
    let line: &[_] = &[("rank", "1"), ("unit", "住建办"), ("score", "90")];
    files[2].1 = listed("assessment-ranking", "白沙镇", &words, &[line]);
    let (ran, county) = rolled(&files, "平川县");
    assert_eq!(ran.exit, Exit::Findings, "each has one report that the other lacks");
    assert_eq!(numbered(&county, name, &[1]), ["上庄村", "下庄村", "桥头村"]);
    assert_eq!(numbered(&county, "上报/2025年度部门安全生产目标考核得分汇总表.xlsx", &[1]), ["住建办"]);
}

#[test]
fn enforcement_is_added_up_by_sector_and_its_rate_is_worked_out_again() {
    let report = |issuer: &str, lines: &[[&str; 5]]| {
        let lines = lines.iter().map(|[sector, supervised, checked, visits, documents]| {
            let mut line = vec![("sector", *sector), ("supervised", *supervised), ("checked", *checked)];
            line.extend([("visits", *visits), ("documents", *documents), ("found", "0"), ("closed", "0")]);
            let others = ["penalties", "halted", "closures_asked", "fines_daily", "fines_accident"];
            line.extend(others.map(|key| (key, "")));
            line
        });
        let lines: Vec<_> = lines.collect();
        let lines: Vec<&[_]> = lines.iter().map(Vec::as_slice).collect();
        listed("enforcement", issuer, &[], &lines)
    };
    let qingshi = report("青石镇", &[["危险化学品", "3", "3", "5", "2"], ["烟花爆竹", "4", "1", "1", "1"]]);
    let baisha = report("白沙镇", &[["危险化学品", "5", "2", "2", ""]]);
    let (ran, county) = rolled(&two(qingshi, baisha), "平川县");
    assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
    let name = "上报/安全生产行政执法统计表(截止2026年12月31日).xlsx";
    // 5/8 and 1/4, together 6/12; what 白沙镇 left empty is not known.
    let expected = ["危险化学品 8 5 7 62.5% ", "烟花爆竹 4 1 1 25.0% 1", "合计 12 6 8 50.0% "];
    assert_eq!(rows(&county, name, &[0, 1, 2, 3, 4, 5]), expected);
}

/// A list of some kind in two townships: the rows that stand in the county's, by the columns that are wanted.
fn check_list(layout: &str, line: &[(&str, &str)], name: &str, columns: &[usize], expected: &[&str]) {
    let of = |issuer: &str| listed(layout, issuer, &[], &[line]);
    let (ran, county) = rolled(&two(of("青石镇"), of("白沙镇")), "平川县");
    assert_eq!(ran.exit, Exit::Done, "{layout}: {}{}", ran.out, ran.err);
    assert_eq!(numbered(&county, name, columns), expected, "{layout}");
    // The county's list is an input of the city's.
    let above = [("平川县/表.xlsx".to_owned(), file(&county, name).to_vec())];
    let (ran, city) = rolled(&above, "滨海市");
    assert_eq!(ran.exit, Exit::Done, "{layout}: {}{}", ran.out, ran.err);
    let expected: Vec<_> = expected.iter().map(|row| format!("平川县 {row}")).collect();
    assert_eq!(numbered(&city, name, columns), expected, "{layout}");
}

#[test]
fn lists_stand_below_each_other_under_the_names_of_their_townships() {
    let day = "(截止2026年12月31日).xlsx";
    check_list(
        "major-hazards",
        &[("unit", "某厂"), ("village", "上庄村"), ("text", "储罐超量"), ("fund", "3.505")],
        &format!("上报/重大事故隐患清单{day}"),
        &[3, 1, 5, 13],
        &["青石镇 上庄村|某厂|储罐超量|3.505", "白沙镇 上庄村|某厂|储罐超量|3.505"],
    );
    check_list(
        "supervised-hazards",
        &[("unit", "某厂"), ("text", "储罐超量"), ("deadline", "2026-12-01")],
        &format!("上报/挂牌督办重大事故隐患整改单位名单{day}"),
        &[1, 2, 4],
        &["青石镇 某厂|储罐超量|46357", "白沙镇 某厂|储罐超量|46357"],
    );
    check_list(
        "hazchem-units",
        &[("name", "某油站"), ("unit", "罐区"), ("substance", "汽油"), ("quantity", "60"), ("s", "0.3")],
        &format!("上报/危险化学品企业及重大危险源基本情况表{day}"),
        &[1, 9, 11, 15],
        &["青石镇 某油站|汽油|60|0.3", "白沙镇 某油站|汽油|60|0.3"],
    );
    check_list(
        "drills",
        &[("unit", "某厂"), ("topic", "灭火"), ("drilled", "2026-06-01"), ("due", "2"), ("done", "1")],
        &format!("上报/应急预案备案与演练统计表{day}"),
        &[1, 10, 14, 15, 16],
        &["青石镇 某厂|灭火|2|1|50.0%", "白沙镇 某厂|灭火|2|1|50.0%"],
    );
}

/// The county's report from a line of 青石镇; the other townships send what they always do.
fn with_line(numbers: [&str; 5]) -> Vec<File> {
    let mut files = townships();
    files[1].1 = sector("青石镇人民政府", &[("危险化学品企业", "生产企业", numbers)]);
    files
}

#[test]
fn what_a_township_sent_is_checked_at_its_own_cells() {
    // Closed 9 of 7; together 14 of 16, which is possible: the report goes up.
    let (ran, county) = rolled(&with_line(["2", "7", "9", "0", "0"]), "平川县");
    assert_eq!(ran.exit, Exit::Findings);
    let told = problems(&county);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("青石镇/R1.xlsx R1 › D9 数字之间不可能")
            && told[0].contains("不大于一般隐患/隐患数 7(C9)"),
        "{told:?}"
    );
    assert_eq!(rows(&county, R1, &COLUMNS)[1], "生产企业 4 16 14 87.5% 2 1.25");
}

#[test]
fn a_sum_that_cannot_be_is_held_back_or_travels_with_its_reason() {
    let files = with_line(["2", "7", "20", "0", "0"]);
    let (ran, county) = rolled(&files, "平川县");
    assert_eq!(ran.exit, Exit::Findings);
    assert!(ran.err.contains("校验 X1:表R1“生产企业”") && ran.err.contains("sector-hazards"), "{}", ran.err);
    assert!(!county.iter().any(|(name, _)| name == R1), "held back");
    assert!(all(&county, CHECK).contains("没有差异说明,有关报表未写出"));

    let (inbox, outbox) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    fill(inbox.path(), &files);
    let mut args = vec!["rollup", text(inbox.path()), "-o", text(outbox.path()), "--issuer", "平川县"];
    args.extend(["--as-of", "2026-12-31", "--note", "青石镇正在更正"]);
    let ran = anping(&args);
    assert_eq!(ran.exit, Exit::Findings, "the township's own cell is still wrong: {}", ran.err);
    for name in [R1, CHECK] {
        let path = outbox.path().join(name);
        let said = format!("{:?}", sheets(&fs::read(&path).expect("written")));
        assert!(said.contains("差异说明:青石镇正在更正"), "{name}: {said}");
        let verified = anping(&["verify", text(&path), "--inbox", text(inbox.path())]);
        assert!(verified.out.contains("逐字节相同"), "{name}: {}{}", verified.out, verified.err);
    }
}

#[test]
fn a_sum_that_fell_since_the_last_report_is_held_back() {
    let (inbox, before, now) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let november = |numbers| {
        let lines: [Line<'_>; 1] = [("危险化学品企业", "生产企业", numbers)];
        super::rollup::made(
            "sector-hazards",
            "sector",
            "青石镇",
            anping::model::Date::constant(2026, 11, 30),
            &lines,
        )
    };
    fill(inbox.path(), &[("青石镇/a.xlsx".to_owned(), november(["2", "9", "6", "0", "0"]))]);
    let roll = |inbox: &std::path::Path, outbox: &std::path::Path, more: &[&str]| -> Ran {
        let args = ["rollup", text(inbox), "-o", text(outbox), "--issuer", "平川县"];
        anping(&[&args[..], more].concat())
    };
    assert_eq!(roll(inbox.path(), before.path(), &["--as-of", "2026-11-30"]).exit, Exit::Done);
    let december = tempfile::tempdir().expect("a folder");
    let lines: [Line<'_>; 1] = [("危险化学品企业", "生产企业", ["2", "8", "6", "0", "0"])];
    fill(december.path(), &[("青石镇/a.xlsx".to_owned(), sector("青石镇", &lines))]);
    let filed = before.path().join("上报");
    let previous = ["--as-of", "2026-12-31", "--previous", text(&filed)];
    let ran = roll(december.path(), now.path(), &previous);
    assert_eq!(ran.exit, Exit::Findings);
    assert!(ran.err.contains("校验 X6") && !now.path().join(R1).exists(), "{}", ran.err);
    let ran = roll(december.path(), now.path(), &previous[..2]);
    assert_eq!(ran.exit, Exit::Done, "without the report of before nothing has fallen: {}", ran.err);
}

#[test]
fn explanations_travel_up_two_levels() {
    let note = [("note", "跨表校验不符:校验 X6。差异说明:八月月报退回后更正")];
    let zero = ["units", "general_found", "general_closed", "major_found", "major_closed"];
    let mut line: Vec<_> = zero.iter().map(|key| (*key, "0")).collect();
    line.push(("sector", "其他单位"));
    let qingshi = listed("sector-hazards", "青石镇", &note, &[&line]);
    let baisha = listed("sector-hazards", "白沙镇", &[], &[&line]);
    let (ran, county) = rolled(&two(qingshi, baisha), "平川县");
    assert_eq!(ran.exit, Exit::Done, "an explanation is nothing wrong: {}", ran.out);
    let check = all(&county, CHECK);
    assert!(check.contains("下级报表附有差异说明") && check.contains("八月月报退回后更正"), "{check}");
    assert!(
        all(&county, R1).contains("青石镇 青石镇/表.xlsx › R1 › A14:跨表校验不符"),
        "{}",
        all(&county, R1)
    );
    let above = [("平川县/表.xlsx".to_owned(), file(&county, R1).to_vec())];
    let (_, city) = rolled(&above, "滨海市");
    let said = all(&city, R1);
    assert!(
        said.contains("平川县 平川县/表.xlsx › 溯源") && said.contains("青石镇 青石镇/表.xlsx"),
        "{said}"
    );
}

#[test]
fn a_number_of_the_city_is_followed_to_the_township_and_verified_at_each_level() {
    let folder = || tempfile::tempdir().expect("a folder");
    let (towns, county, counties, city) = (folder(), folder(), folder(), folder());
    fill(towns.path(), &townships());
    let roll = |inbox: &std::path::Path, outbox: &std::path::Path, issuer: &str| {
        let ran =
            anping(&["rollup", text(inbox), "-o", text(outbox), "--issuer", issuer, "--as-of", "2026-12-31"]);
        assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
    };
    roll(towns.path(), county.path(), "平川县");
    let report = fs::read(county.path().join(R1)).expect("the county's report");
    fill(counties.path(), &[("平川县/上报 十二月/R1.xlsx".to_owned(), report)]);
    roll(counties.path(), city.path(), "滨海市");
    let report = city.path().join(R1);
    let (towns_at, counties_at) = (text(towns.path()), text(counties.path()));
    for (report, inbox) in [(county.path().join(R1), towns_at), (report.clone(), counties_at)] {
        let verified = anping(&["verify", text(&report), "--inbox", inbox]);
        assert_eq!(verified.exit, Exit::Done, "{}{}", verified.out, verified.err);
        assert!(verified.out.contains("逐字节相同"), "{}", verified.out);
    }
    let explain = |inboxes: &[&str]| anping(&[&["explain", text(&report), "C9"], inboxes].concat()).out;
    let down = [
        "C9 生产企业 · 一般隐患/隐患数 = 16",
        "  依据:平川县 平川县/上报 十二月/R1.xlsx › R1 › C9 = 16",
        "    C9 生产企业 · 一般隐患/隐患数 = 16",
        "      依据:青石镇 青石镇/R1.xlsx › R1 › C9 = 7",
        "      依据:白沙镇 白沙镇/上报/月报.xlsx › R1 › C9 = 8",
        "      依据:红河乡 红河乡报表.xlsx › R1 › C9 = 1",
    ];
    // From the report alone one level, with the folder of the counties one more.
    assert_eq!(explain(&[]).lines().collect::<Vec<_>>(), down[..2]);
    let told = explain(&["--inbox", counties_at]);
    assert_eq!(told.lines().collect::<Vec<_>>(), down);
    // A township's report that was changed since says so.
    let changed = sector("青石镇", &[("危险化学品企业", "生产企业", ["2", "6", "6", "0", "0"])]);
    fs::write(towns.path().join("青石镇/R1.xlsx"), changed).expect("a file of the test");
    let told = explain(&["--inbox", counties_at, "--inbox", towns_at]);
    assert!(told.contains("收件中该格现为“6”,与报表所据的“7”不符"), "{told}");
}

/// Which units a roll-up of a day counts, where each has sent a report of that day.
fn check_members(units: &[(&str, &str, &str, &str)], sent: &[&str], day: &str, expected: &[&str]) {
    let as_of: anping::model::Date = day.parse().expect("a day");
    let lines: [Line<'_>; 1] = [("", "其他单位", ["1", "1", "1", "0", "0"])];
    let mut files = vec![("组织机构.xlsx".to_owned(), organisation(units))];
    for unit in sent {
        let report = super::rollup::made("inspection", "unit", unit, as_of, &lines);
        files.push((format!("{unit}/R3.xlsx"), report));
    }
    let (inbox, outbox) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    fill(inbox.path(), &files);
    let args =
        ["rollup", text(inbox.path()), "-o", text(outbox.path()), "--issuer", "平川县", "--as-of", day];
    let ran = anping(&args);
    let shown = format!("{}年{}月{}日", as_of.year(), as_of.month(), as_of.day());
    let name = format!("上报/安全生产大检查情况统计表(截止{shown}).xlsx");
    let written = acceptance::files_below(outbox.path());
    let counted = numbered(&written, &name, &[1]);
    assert_eq!(counted, expected, "{day}: {}", ran.out);
    let refused = ran.out.matches("有效期").count();
    assert_eq!(refused, sent.len() - expected.len(), "{day}: {}", ran.out);
}

#[test]
fn membership_counts_from_its_first_day_to_its_last() {
    // 黑山乡 became part of 红河乡 at the turn of the half-year; 新区 was set up then.
    let units = [
        ("红河乡", "", "2021-01-01", ""),
        ("黑山乡", "", "2020-01-01", "2026-06-30"),
        ("新区", "", "2026-07-01", ""),
    ];
    let sent = ["红河乡", "黑山乡", "新区"];
    check_members(&units, &sent, "2026-06-30", &["红河乡", "黑山乡"]);
    check_members(&units, &sent, "2026-07-01", &["红河乡", "新区"]);
    // It keeps the old name as another of its own: on a day a name means the member that has it.
    let renamed = [("红河乡", "黑山乡", "2026-07-01", ""), ("黑山乡", "", "2020-01-01", "2026-06-30")];
    check_members(&renamed, &["黑山乡"], "2026-06-30", &["黑山乡"]);
    check_members(&renamed, &["黑山乡"], "2026-07-01", &["红河乡"]);
}

#[test]
fn a_report_with_the_later_columns_is_another_one_and_checked_as_such() {
    let report = |issuer: &str, all: &str| {
        let mut line = vec![("sector", "其他单位"), ("major_found", "3"), ("major_closed", "0")];
        line.extend([("listed", all), ("listed_city", "1"), ("listed_county", "2"), ("due_units", "5")]);
        listed("sector-hazards-2012", issuer, &[], &[&line])
    };
    let (ran, county) = rolled(&two(report("青石镇", "3"), report("白沙镇", "4")), "平川县");
    assert_eq!(ran.exit, Exit::Findings, "3 + 4 are not 1+2 + 1+2");
    assert!(ran.err.contains("校验 X9:表R1") && !county.iter().any(|(name, _)| name == R1), "{}", ran.err);
    let told = problems(&county);
    assert!(told.iter().any(|line| line.starts_with("白沙镇/表.xlsx R1-2012 › S8 ")), "{told:?}");
    let (ran, county) = rolled(&two(report("青石镇", "3"), report("白沙镇", "3")), "平川县");
    assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
    assert_eq!(rows(&county, R1, &[0, 15, 18, 20, 21]), ["其他单位 10 6 2 4", "合计 10 6 2 4"]);
}

#[test]
fn rows_entered_by_hand_stay_marked_and_are_left_out_of_comparisons() {
    let counts = |label: (&'static str, &'static str), found: &'static str, closed: &'static str| {
        [label, ("general_found", found), ("general_closed", closed)]
    };
    let by_sector =
        [&counts(("sector", "其他单位"), "2", "2")[..], &counts(("sector", "铁路运输企业*"), "3", "1")[..]];
    let sent = vec![
        ("青石镇/R1.xlsx".to_owned(), listed("sector-hazards", "青石镇", &[], &by_sector)),
        (
            "青石镇/R3.xlsx".to_owned(),
            listed("inspection", "青石镇", &[], &[&counts(("unit", "上庄村"), "2", "2")]),
        ),
    ];
    // 表R1 has three hazards that 表R3 lacks: those of the row by hand. So it is one level up, and the next.
    let (ran, county) = rolled(&sent, "平川县");
    assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
    let expected = ["铁路运输企业* 3 1", "其他单位 2 2", "合计 5 3"];
    assert_eq!(rows(&county, R1, &[0, 2, 3]), expected);
    let above: Vec<File> =
        county.iter().map(|(name, bytes)| (format!("平川县/{name}"), bytes.clone())).collect();
    let (ran, city) = rolled(&above, "滨海市");
    assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
    assert_eq!(rows(&city, R1, &[0, 2, 3]), expected);
}
