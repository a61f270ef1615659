//! Reports in prescribed forms: from the report alone a number leads to its cell, and the report is
//! made again from its inbox.

use std::collections::BTreeMap;
use std::fs;

use acceptance::{Ran, anping, assess, settings, whole_town};
use anping::cli::Exit;
use anping::model::{Date, HazardLevel, Run};
use anping::pipeline::Settings;
use anping::{intake, report};

/// Runs `verify` on a report of the sample town against an inbox.
fn verify(report: &std::path::Path, inbox: &std::path::Path) -> Ran {
    anping(&["verify", path(report), "--inbox", path(inbox)])
}

#[test]
fn a_report_explains_itself_and_is_verified_against_its_inbox() {
    let inbox = whole_town();
    let out = tempfile::tempdir().expect("a folder");
    let made = anping(&["assess", path(inbox.path()), "-o", path(out.path()), "--as-of", "2026-12-31"]);
    assert_eq!(made.exit, Exit::Findings, "{}", made.err);
    let report = out.path().join("上报/生产经营单位基本情况台账(截止2026年12月31日).xlsx");
    let told = anping(&["explain", path(&report), "C4"]);
    assert_eq!(told.exit, Exit::Done, "{}", told.err);
    assert!(told.out.contains("企业名录.xlsx › 企业名录 › C"), "{}", told.out);
    assert_eq!(anping(&["explain", path(&report), "A1"]).exit, Exit::Usage);

    let verified = verify(&report, inbox.path());
    assert_eq!(verified.exit, Exit::Done, "{}{}", verified.out, verified.err);
    assert!(verified.out.contains("逐字节相同"), "{}", verified.out);

    // Without the checks the report does not follow: the days of the last ones are missing.
    fs::remove_dir_all(inbox.path().join("行业检查")).expect("a folder of the test");
    let verified = verify(&report, inbox.path());
    assert_eq!(verified.exit, Exit::Findings, "{}", verified.err);
    assert!(verified.out.contains("输入文件: 不同") && verified.out.contains("重算为“”"), "{}", verified.out);

    let other = out.path().join("问题清单.xlsx");
    assert_eq!(verify(&other, inbox.path()).exit, Exit::Input);
}

fn path(path: &std::path::Path) -> &str {
    path.to_str().expect("paths of the test are text")
}

/// The rows of a report of the sample town by their label: what stands in their cells, from the left.
fn rows(layout: &str) -> BTreeMap<String, Vec<String>> {
    of(&assess(whole_town().path(), &settings()), layout)
}

/// The same of any run.
fn of(run: &Run, layout: &str) -> BTreeMap<String, Vec<String>> {
    let made = report::prescribed(run).expect("nothing that the writer refuses");
    let (_, file) = made.into_iter().find(|(name, _)| name == layout).expect("the report");
    let sheets = intake::cells_of(&file.bytes, None).expect("a workbook");
    let mut rows: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for (at, text) in &sheets[0].1 {
        let row = rows.entry(at.row0).or_default();
        row.resize(at.col0 as usize + 1, String::new());
        row[at.col0 as usize].clone_from(text);
    }
    rows.into_values().filter(|row| row.len() > 1).map(|row| (row[..2].concat(), row)).collect()
}

/// A row's numbers; counts by hand from the expected ledger of the town, by sector and level.
fn check(rows: &BTreeMap<String, Vec<String>>, label: &str, from: usize, expected: &str) {
    let row = rows.iter().find(|(key, _)| key.contains(label)).expect(label).1;
    let found = row[from..].iter().filter(|cell| !cell.is_empty()).cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(found, expected, "{label}");
}

#[test]
fn the_report_by_sector_adds_up_to_the_ledger() {
    // The one major hazard that is open stands in the office's list: it has columns for the money, the
    // person and the day, none for measures and the contingency plan; those two stay empty.
    let rows = rows("sector-hazards");
    check(&rows, "合计", 2, "45 39 86.7% 2 1 50.0% 1 1 1 1 12.8");
    check(&rows, "危险化学品企业", 2, "6 5 83.3% 1 1 100.0% 0 0 0 0 0 0 0");
    check(&rows, "冶金等工贸企业", 2, "14 14 100.0% 1 0 0.0% 1 1 1 1 12.8");
    check(&rows, "其他单位", 2, "15 11 73.3% 0 0 / 0 0 0 0 0 0 0");
}

#[test]
fn the_report_by_block_adds_up_to_the_ledger() {
    let rows = rows("inspection");
    // Visits of the year: 33 by frequency.json.
    check(&rows, "合计", 4, "33 45 39 86.7% 2 1 50.0% 1 0 0 0");
    check(&rows, "上庄村", 5, "15 13 86.7% 1 1 100.0% 0 0 0 0");
    check(&rows, "镇区直管", 5, "4 3 75.0% 0 0 / 0 0 0 0");
}

#[test]
fn the_report_of_checks_adds_up_to_register_visits_and_ledger() {
    let rows = rows("enforcement");
    // By sector, found and closed of both levels: counted in ledger.json; units of 2026-12-31: register.json.
    for (sector, supervised, found_closed) in [
        ("危险化学品", "3", ["7", "6"]),
        ("烟花爆竹", "4", ["3", "3"]),
        ("工贸企业", "11", ["15", "14"]),
        ("人员密集场所", "6", ["7", "6"]),
        ("其他场所", "0", ["15", "11"]),
        ("合计", "24", ["47", "40"]),
    ] {
        let row = rows.iter().find(|(key, _)| key.starts_with(sector)).expect(sector).1;
        assert_eq!(row[1], supervised, "{sector}");
        assert_eq!(row[6..8], found_closed, "{sector}");
        assert!(row[8..].iter().all(String::is_empty), "what nobody knows is no 0: {row:?}");
    }
    // Visits of the year: 33 by frequency.json; two of the 24 were not visited: 22 ÷ 24 = 91.66… %.
    let total = rows.iter().find(|(key, _)| key.starts_with("合计")).expect("a total").1;
    assert_eq!(total[2..5], ["22", "33", "91.7%"]);
    let other = rows.iter().find(|(key, _)| key.starts_with("其他场所")).expect("the last sector").1;
    assert_eq!(other[2..5], ["0", "0", "/"]);
}

/// The line 合计 of the score sheet of a unit: standard points, self-assessed, lost, got; then its summary.
fn check_score_sheet(run: &Run, unit: &str, points: &str, lost: &str, got: &str, score: &str) {
    let made = report::prescribed(run).expect("nothing that the writer refuses");
    let (_, file) = made.into_iter().find(|(name, _)| name == &format!("score-sheet {unit}")).expect(unit);
    let sheets = intake::cells_of(&file.bytes, None).expect("a workbook");
    let cells = &sheets[0].1;
    let (total, _) = cells.iter().find(|(at, text)| at.col0 == 1 && text == "合计").expect("a total");
    let in_column = |column: u32| {
        let cell = cells.iter().find(|(at, _)| at.row0 == total.row0 && at.col0 == column);
        cell.map_or("", |(_, text)| text.as_str())
    };
    assert_eq!([in_column(5), in_column(7), in_column(9)], [points, lost, got], "{unit}");
    assert!(cells.iter().any(|(_, text)| text.contains(&format!("×100={score}。"))), "{unit}");
}

#[test]
fn score_sheets_add_up_to_the_verified_scores() {
    let run = assess(whole_town().path(), &settings());
    // 得分 by assessment.json; D01 has items of 10 points that do not apply: 77.5 ÷ 90 = 86.11 %.
    check_score_sheet(&run, "V01", "100", "5", "95", "95.00");
    check_score_sheet(&run, "V02", "100", "8.5", "91.5", "91.50");
    check_score_sheet(&run, "V03", "100", "13.5", "86.5", "86.50");
    check_score_sheet(&run, "D01", "100", "12.5", "77.5", "86.11");
    check_score_sheet(&run, "D02", "100", "5.7", "94.3", "94.30");
}

#[test]
fn open_major_hazards_under_supervision_are_a_list_of_their_own() {
    let mut run = assess(whole_town().path(), &settings());
    let names = |run: &Run| -> Vec<String> {
        report::prescribed(run).expect("nothing refused").into_iter().map(|(name, _)| name).collect()
    };
    // No list of the town has the column 挂牌督办.
    assert!(!names(&run).contains(&"supervised-hazards".to_owned()));
    let majors = run.ledger.hazards.iter().filter(|one| one.level == HazardLevel::Major);
    let leading: Vec<usize> = majors.map(|one| one.entries[0]).collect();
    for at in leading {
        let more = run.ledger.entries[at].more.get_or_insert_default();
        more.supervision.value = "县安委会 2026-3".into();
    }
    // Two major hazards, one of them closed.
    let rows = of(&run, "supervised-hazards");
    assert_eq!(rows.values().filter(|row| row.iter().any(|cell| cell == "县安委会 2026-3")).count(), 1);
}

#[test]
fn what_last_year_left_is_a_line_of_its_own() {
    let run = assess(whole_town().path(), &Settings { as_of: Date::constant(2027, 1, 31), ..settings() });
    let open: Vec<_> = run.ledger.open(run.as_of).map(|hazard| hazard.id.clone()).collect();
    assert_eq!(open.len(), 7, "{open:?}");
    let (total, majors) = (of(&run, "sector-hazards"), of(&run, "major-hazards"));
    // Six general ones, none closed; the major one is planned, and alone in the list of major hazards.
    check(&total, "上年及以前遗留", 1, "0 6 0 0.0% 1 0 0.0% 1 1 1 1 12.8");
    check(&total, "合计", 2, "6 0 0.0% 1 0 0.0% 1 1 1 1 12.8");
    assert_eq!(majors.values().filter(|row| row[0] == "1" || row[0] == "2").count(), 1, "{majors:?}");
}

/// The sample town's year end as its command writes it; a workspace file is put beside the inbox.
fn year_end(inbox: &std::path::Path, out: &std::path::Path, workspace: &str) {
    fs::write(inbox.join("anping.toml"), format!("schema = 1\n{workspace}")).expect("a file of the test");
    let made = anping(&["yearend", path(inbox), "-o", path(out), "--as-of", "2026-12-31"]);
    assert_eq!(made.exit, Exit::Findings, "{}", made.err);
}

/// The rows of the first sheet of a report: what stands in their cells, from the left.
fn lines(report: &std::path::Path) -> Vec<Vec<String>> {
    let bytes = fs::read(report).expect("the report was written");
    acceptance::sheets(&bytes).remove(0).1
}

/// The cells of the row that holds a text.
fn row_with<'l>(lines: &'l [Vec<String>], text: &str) -> &'l [String] {
    lines.iter().find(|row| row.iter().any(|cell| cell == text)).expect(text)
}

/// A workbook of one sheet, cell by cell.
fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0..).zip(rows) {
        for (column, text) in (0..).zip(*cells) {
            sheet.write(row, column, *text).expect("a cell");
        }
    }
    book.save_to_buffer().expect("a workbook")
}

#[test]
fn the_report_by_sector_has_its_later_columns_where_the_locality_asks_for_them() {
    let (inbox, out) = (whole_town(), tempfile::tempdir().expect("a folder"));
    fs::write(inbox.path().join("anping.toml"), "schema = 1\nsector_hazards = \"R1-2012\"\n")
        .expect("a file");
    let made = anping(&[
        "assess",
        path(inbox.path()),
        "-o",
        path(out.path()),
        "--as-of",
        "2026-12-31",
        "--no-returns",
    ]);
    assert_eq!(made.exit, Exit::Findings, "{}", made.err);
    assert!(!made.err.contains("校验"), "{}", made.err);
    let report = out.path().join("上报/2026年隐患排查治理情况报表(截止2026年12月31日).xlsx");
    let sheet = lines(&report);
    let total = row_with(&sheet, "合计");
    // 24 enterprises are in the register on the day (register.json); the lists of the town name no supervision.
    assert_eq!(total[15], "24");
    assert!(total[16].parse::<u32>().expect("a count") <= 24);
    assert_eq!(total[18..23].join(" "), "0 0 0 0 0");
    let verified = verify(&report, inbox.path());
    assert!(verified.out.contains("逐字节相同"), "{}{}", verified.out, verified.err);
    fs::write(inbox.path().join("anping.toml"), "schema = 1\nsector_hazards = \"R1-2013\"\n")
        .expect("a file");
    let made = anping(&["assess", path(inbox.path()), "-o", path(out.path()), "--as-of", "2026-12-31"]);
    assert!(made.err.contains("可用:R1-2012"), "{}", made.err);
}

#[test]
fn the_ranking_knows_last_years_ranks_and_who_is_not_assessed() {
    let (inbox, out) = (whole_town(), tempfile::tempdir().expect("a folder"));
    // Last year's report as it went up, and two villages that are not assessed: one says why.
    let sample = acceptance::workspace().join("templates/intake/rankings/last-year.xlsx");
    fs::copy(sample, inbox.path().join("考核/2025年得分汇总表.xlsx")).expect("a file of the test");
    let organisation = |reason: &str| {
        let head: &[&str] = &["编号", "村(居)名称", "组长", "安全员", "应参评", "不参评原因"];
        let rows: [&[&str]; 3] = [
            head,
            &["V08", "荒山村", "甲", "乙", "否", "整村搬迁"],
            &["V09", "新村", "甲", "乙", "否", reason],
        ];
        fs::write(inbox.path().join("基础/组织机构补充.xlsx"), workbook(&rows)).expect("a file of the test");
    };
    organisation("当年设立");
    year_end(inbox.path(), out.path(), "");
    let villages = out.path().join("上报/2026年度村(居)安全生产目标考核得分汇总表.xlsx");
    let ranked = lines(&villages);
    for (name, expected) in [
        ("上庄村", "1 优秀 2"),
        ("桥头村", "2 良好 1"),
        ("古井村", "— 一票否决 —"),
        ("松林村", "3 良好 "),
        ("荒山村", "— 未参评 "),
    ] {
        let row = row_with(&ranked, name);
        assert_eq!(format!("{} {} {}", row[0], row[9], row[11]), expected, "{name}");
    }
    assert_eq!(row_with(&ranked, "荒山村")[12], "整村搬迁");
    let verified = verify(&villages, inbox.path());
    assert!(verified.out.contains("逐字节相同"), "{}{}", verified.out, verified.err);
    // A village that is left out without a reason is asked about, and the report waits.
    organisation("");
    fs::remove_dir_all(out.path()).expect("a folder of the test");
    let made = anping(&["yearend", path(inbox.path()), "-o", path(out.path()), "--as-of", "2026-12-31"]);
    assert!(made.err.contains("校验 X10") && !villages.exists(), "{}", made.err);
}

#[test]
fn the_ranking_of_the_year_follows_from_its_results() {
    let (inbox, out) = (whole_town(), tempfile::tempdir().expect("a folder"));
    year_end(inbox.path(), out.path(), "");
    let folder = out.path().join("上报");
    // By assessment.json: means of the quarters, verified scores, bonuses, final scores after the objection of
    // V02; 基础分 by hand: 93.5×40%+95×60%=94.4, 90.0125×40%+92×60%=91.205, 91.025×40%+90×60%=90.41 and
    // 85.75×40%+86.5×60%=86.2. After the objection nobody shares a score.
    let villages = folder.join("2026年度村(居)安全生产目标考核得分汇总表.xlsx");
    let ranked = lines(&villages);
    for (name, expected) in [
        ("上庄村", "1 93.5 95 94.4 3 0 97.4 优秀"),
        ("桥头村", "2 90.0125 92 91.205 0 0 91.21 良好"),
        ("松林村", "3 91.025 90 90.41 0.5 0 90.91 良好"),
        ("古井村", "— 85.75 86.5 86.2 0 1 85.2 一票否决"),
    ] {
        let row = row_with(&ranked, name);
        let shown = [&row[..1], &row[3..10]].concat().join(" ");
        assert_eq!(shown, expected, "{name}");
    }
    assert!(row_with(&ranked, "古井村")[10].contains("2026-10-14 死亡1人"));
    let departments = lines(&folder.join("2026年度部门安全生产目标考核得分汇总表.xlsx"));
    for (name, expected) in [
        ("市场监管所", "1 一 / 94.3 94.3 94.3 良好"),
        ("派出所", "2 一 / 86.1111 86.1111 86.11 达标"),
        ("中心学校", "1 二 / 92 92 92 良好"),
    ] {
        let row = row_with(&departments, name);
        let shown = [&row[..1], &row[2..6], &row[8..10]].concat().join(" ");
        assert_eq!(shown, expected, "{name}");
    }
    // All that exist at the year's end.
    let enterprises = lines(&folder.join("2026年度企业安全生产考核得分汇总表.xlsx"));
    let rows = enterprises.iter().filter(|row| row.len() > 9 && row[9].parse::<f64>().is_ok());
    let rows: Vec<_> = rows.collect();
    assert_eq!(rows.len(), 24);
    let majors: f64 = rows.iter().map(|row| row[9].parse::<f64>().expect("a number")).sum();
    assert_eq!(majors, 2.0);

    let at = ranked.iter().position(|row| row.iter().any(|cell| cell == "桥头村")).expect("a row") + 1;
    let told = anping(&["explain", path(&villages), &format!("I{at}")]);
    assert_eq!(told.exit, Exit::Done, "{}", told.err);
    assert!(told.out.contains("舍入前 91.205"), "{}", told.out);
    let verified = verify(&villages, inbox.path());
    assert_eq!(verified.exit, Exit::Done, "{}{}", verified.out, verified.err);
    assert!(verified.out.contains("考核规则: 相同"), "{}", verified.out);
    // With other weights it does not follow.
    let tailoring = "schema = 1\ntitle = \"试\"\n[[change]]\nkey = \"village.bonus.cap\"\nvalue = \"1\"\n\
                     remark = \"试\"\ndate = \"2026-03-01\"\napprover = \"试\"\n";
    fs::write(inbox.path().join("调整单.toml"), tailoring).expect("a file of the test");
    fs::write(inbox.path().join("anping.toml"), "schema = 1\ntailoring = \"调整单.toml\"\n").expect("a file");
    let verified = verify(&villages, inbox.path());
    assert_eq!(verified.exit, Exit::Findings, "{}{}", verified.out, verified.err);
    assert!(verified.out.contains("考核规则: 不同"), "{}", verified.out);
}

/// The rows of a report of the sample town from the left, without making the whole outbox.
fn lines_of(run: &Run, which: &str) -> Vec<Vec<String>> {
    let made = report::prescribed(run).expect("nothing that the writer refuses");
    let (_, file) = made.into_iter().find(|(name, _)| name == which).expect(which);
    acceptance::sheets(&file.bytes).remove(0).1
}

/// What stands in the cells of a row, without the empty ones.
fn told(row: &[String]) -> String {
    row.iter().filter(|cell| !cell.is_empty()).cloned().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_enterprise_has_a_page_of_its_quarter() {
    let run = assess(whole_town().path(), &settings());
    // H0013 of ledger.json, 重大, open, of E012 in 古井村: with money, person and day, without measures and a
    // contingency plan; E012 had no major hazard in the fourth quarter.
    let pages = lines_of(&run, "enterprise-quarter 古井村");
    let enterprise = run.register.enterprises.iter().find(|one| one.number == "E012").expect("E012");
    let heading = format!("单位名称(章):{}", enterprise.name);
    let first = pages.iter().position(|row| row[0] == heading).expect("its page");
    let page = &pages[first - 1..];
    assert_eq!(page[0][0], "生产经营单位(组织)2026年第4季度安全生产隐患排查治理情况统计季报表");
    assert_eq!(told(&page[1]), format!("{heading} 截止到2026年12月31日  预览,非正式报表"));
    assert_eq!(told(&page[2]), "单位 地址");
    assert_eq!(told(&page[3]), format!("区域 {}{}古井村", run.register.county, run.register.town));
    assert_eq!(told(&page[7]), "一般隐患 重大隐患");
    assert_eq!(page[8][6..10], ["发现: 0 项", "", "", "尚未整改: 1 项"]);
    assert_eq!(page[9][0], "列入治理计划的未整改重大隐患共 1 项,其中");
    assert_eq!(told(&page[11]), " 项 1 项 1 项 1 项  项 12.8 万元");
    // Enterprises of the village at the end of the quarter: a page each. Open major hazards: as 表R1 has them.
    let mut n_open = 0;
    let mut n_pages = 0;
    for village in ["上庄村", "桥头村", "古井村", "松林村"] {
        for row in lines_of(&run, &format!("enterprise-quarter {village}")) {
            n_pages += usize::from(row[0].starts_with("单位名称"));
            n_open += usize::from(row[0] == "列入治理计划的未整改重大隐患共 1 项,其中");
        }
    }
    assert_eq!((n_pages, n_open), (24, 1));
}

#[test]
fn what_is_put_right_has_a_page_to_be_accepted() {
    let run = assess(whole_town().path(), &settings());
    // H0008 of ledger.json is closed on 2026-07-28; H0013 is open and has no day.
    let pages = lines_of(&run, "major-acceptance");
    assert_eq!(pages.iter().filter(|row| row[0] == "隐患单位").count(), 1);
    let enterprise = run.register.enterprises.iter().find(|one| one.number == "E001").expect("E001");
    assert_eq!(row_with(&pages, "隐患单位")[1], enterprise.name);
    assert_eq!(pages[1][0], "隐患编号:H0008");
    assert!(row_with(&pages, "整改情况(企业自评、盖章)")[1].contains("2026年7月28日"));
    assert!(!row_with(&pages, "销号日期")[1].is_empty());
}

#[test]
fn drills_stand_beside_what_is_owed() {
    let run = assess(whole_town().path(), &settings());
    let lines = lines_of(&run, "drills");
    // By the workbook 应急演练: kind, name, form, people, owed, held, assessed.
    for (unit, expected) in [
        ("上庄村", ["村", "消防疏散演练", "桌面", "20", "", "1", "", "无"]),
        ("青石镇", ["政府", "消防疏散演练", "实战", "24", "", "1", "", "无"]),
        ("青石镇盛诚加油站", ["八类重点", "综合应急演练", "实战", "25", "2", "1", "50.0%", "有"]),
        (
            "平川县青石镇宏源化工仓储有限公司",
            ["八类重点", "消防疏散演练", "桌面", "26", "2", "1", "50.0%", "有"],
        ),
        // No drill: 危险化学品 owes two, others one.
        ("永源化工经营有限公司", ["八类重点", "", "", "", "2", "0", "0.0%", ""]),
    ] {
        let row = row_with(&lines, unit);
        let shown = [2, 10, 12, 13, 14, 15, 16, 17].map(|at: usize| row[at].as_str());
        assert_eq!(shown, expected, "{unit}");
    }
    // Seven drills, five of units that are no enterprise; 24 enterprises stand in the register at the end.
    assert_eq!(lines.iter().filter(|row| row[0].parse::<f64>().is_ok()).count(), 5 + 24);
}

#[test]
fn units_of_dangerous_chemicals_have_their_indicators() {
    let run = assess(whole_town().path(), &settings());
    let lines = lines_of(&run, "hazchem-units");
    // By gb18218.json: substance, q, Q, q/Q, β, S, population, α, R, level.
    for (substance, expected) in [
        ("苯", ["5", "50", "0.1", "1", "1", "35", "1.2", "1.2", "四级"]),
        ("甲醇", ["350", "500", "0.7", "1", "", "", "", "", ""]),
        ("液氨", ["15", "10", "1.5", "2", "1.5", "60", "1.5", "4.5", "四级"]),
    ] {
        let row = row_with(&lines, substance);
        let shown = [11, 12, 13, 14, 15, 16, 17, 18, 19].map(|at: usize| row[at].as_str());
        assert_eq!(shown, expected, "{substance}");
    }
    let small = row_with(&lines, "丙酮");
    assert_eq!([&small[18], &small[19]], ["/", "不构成"]);
    // All units of the workbook: eight lines of substances.
    assert_eq!(
        lines.iter().filter(|row| row.len() > 9 && !row[9].is_empty() && !row[11].is_empty()).count(),
        8 + 1
    );
}

#[test]
fn a_locality_chooses_the_form_of_the_score_sheets() {
    let run = assess(whole_town().path(), &settings());
    // V02: 91.5 of 100, 8.5 lost; D01: 77.5 of 90, with items that do not apply. By assessment.json.
    for (form, layout, at) in [
        ("R6-a", "score-sheet-a", [3, 5]),
        ("R6-b", "score-sheet-b", [2, 8]),
        ("R6-c", "score-sheet-c", [6, 6]),
        ("R6-d", "score-sheet-d", [2, 5]),
        ("R6-e", "score-sheet-e", [2, 5]),
        ("R6-f", "score-sheet-f", [3, 3]),
        ("R6-g", "score-sheet-g", [2, 5]),
    ] {
        let choices = report::Choices { score_sheet: form.to_owned(), ..report::Choices::default() };
        assert!(choices.faults().is_empty(), "{form}");
        let basis = report::Basis { choices: Some(&choices), ..report::Basis::from(&run) };
        let made = report::prescribed(basis).expect("nothing that the writer refuses");
        assert!(!made.iter().any(|(name, _)| name.starts_with("score-sheet ")), "{form}");
        for (unit, points, got) in [("V02", "100", "91.5"), ("D01", "100", "77.5")] {
            let which = format!("{layout} {unit}");
            let (_, file) = made.iter().find(|(name, _)| *name == which).expect(&which);
            let sheets = acceptance::sheets(&file.bytes);
            let total = row_with(&sheets[0].1, "合计");
            let expected = [if at[0] == at[1] { got } else { points }, got];
            assert_eq!(at.map(|at| total[at].as_str()), expected, "{which}");
        }
    }
    let wrong = report::Choices {
        score_sheet: "R6-z".to_owned(),
        sector_hazards: "R1-z".to_owned(),
        blank: vec!["R3.nothing".to_owned()],
    };
    assert_eq!(wrong.faults().len(), 3);
}

#[test]
fn a_column_is_left_empty_where_the_locality_says_so() {
    let run = assess(whole_town().path(), &settings());
    for (blank, expected) in [(&[][..], ["0", "0", "0"]), (&["R3.halted", "R3.fines"][..], ["", "0", ""])] {
        let blank = blank.iter().map(|one| (*one).to_owned()).collect();
        let choices = report::Choices { blank, ..report::Choices::default() };
        let basis = report::Basis { choices: Some(&choices), ..report::Basis::from(&run) };
        let made = report::prescribed(basis).expect("nothing that the writer refuses");
        let (_, file) = made.iter().find(|(name, _)| name == "inspection").expect("the report");
        let sheets = acceptance::sheets(&file.bytes);
        let total = row_with(&sheets[0].1, "合计");
        assert_eq!([13, 14, 15].map(|at: usize| total[at].as_str()), expected);
    }
}

#[test]
fn new_reports_explain_themselves_and_are_verified() {
    let (inbox, out) = (whole_town(), tempfile::tempdir().expect("a folder"));
    year_end(inbox.path(), out.path(), "score_sheet = \"R6-e\"\nblank = [\"R3.halted\"]\n");
    let folder = out.path().join("上报");
    let day = "(截止2026年12月31日).xlsx";
    for (file, cell, ground) in [
        ("古井村2026年第4季度隐患排查治理情况统计季报表.xlsx".to_owned(), "A3", ""),
        (format!("重大事故隐患整改验收审批表{day}"), "B6", "›"),
        (format!("应急预案备案与演练统计表{day}"), "L6", "应急演练.xlsx › 演练 › B"),
        (format!("危险化学品企业及重大危险源基本情况表{day}"), "N6", "q/Q="),
        ("上庄村2026年度安全生产目标管理责任考核评分表.xlsx".to_owned(), "F5", "›"),
        (format!("安全生产大检查情况统计表{day}"), "E6", "›"),
    ] {
        let report = folder.join(&file);
        let told = anping(&["explain", path(&report), cell]);
        if !ground.is_empty() {
            assert!(
                told.exit == Exit::Done && told.out.contains(ground),
                "{file} {cell}: {}{}",
                told.out,
                told.err
            );
        }
        let verified = verify(&report, inbox.path());
        assert_eq!(verified.exit, Exit::Done, "{file}: {}{}", verified.out, verified.err);
    }
}
