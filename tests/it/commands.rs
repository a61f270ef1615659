//! Commands as a user runs them: one for each way to end, and what they print.

use std::collections::BTreeMap;
use std::fs;

use acceptance::{anping, files_below, sheets, town, workspace};
use anping::cli::Exit;
use anping::model::{Lang, ProblemCode};

fn path(path: &std::path::Path) -> &str {
    path.to_str().expect("a plain path")
}

#[test]
fn demo_writes_the_town_and_its_reports() {
    let folder = tempfile::tempdir().expect("a folder");
    let ran = anping(&["demo", path(folder.path())]);
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    assert_eq!(files_below(&folder.path().join("收件")), files_below(&town()));
    let out: Vec<_> = files_below(&folder.path().join("发件")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        out,
        [
            "results.json",
            "上报/2026年隐患排查治理情况报表(截止2026年12月31日).xlsx",
            "上报/危险化学品企业及重大危险源基本情况表(截止2026年12月31日).xlsx",
            "上报/夏季攻势隐患汇总表(截止2026年12月31日).xlsx",
            "上报/安全生产大检查情况统计表(截止2026年12月31日).xlsx",
            "上报/生产经营单位基本情况台账(截止2026年12月31日).xlsx",
            "上报/重大事故隐患整改验收审批表(截止2026年12月31日).xlsx",
            "上报/重大事故隐患清单(截止2026年12月31日).xlsx",
            "人员密集场所检查评分汇总.xlsx",
            "危险化学品检查评分汇总.xlsx",
            "未销号清单.xlsx",
            "核实/基础/企业名录.xlsx",
            "核实/行业检查/危化/E001_2026-07-16.xlsx",
            "核实/行业检查/危化/E001_2026-08-26.xlsx",
            "核实/行业检查/危化/E003_2026-08-31.xlsx",
            "核实/行业检查/危化/重大危险源物质清单.xlsx",
            "烟花爆竹检查评分汇总.xlsx",
            "退回/行业检查/危化/E002_2026-07-17.xlsx",
            "退回/行业检查/危化/E002_2026-08-31.xlsx",
            "退回/行业检查/危化/E003_2026-07-18.xlsx",
            "问题清单.xlsx",
            "隐患台账.xlsx",
        ]
    );
    // A second run finds its own files and is content.
    assert_eq!(anping(&["demo", path(folder.path())]).exit, Exit::Done);
    // It never overwrites what somebody changed.
    let changed = folder.path().join("收件/基础/企业名录.xlsx");
    fs::write(&changed, b"mine").expect("a file of the test");
    let ran = anping(&["demo", path(folder.path())]);
    assert_ne!(ran.exit, Exit::Done);
    assert!(ran.err.contains("企业名录.xlsx"), "{}", ran.err);
    assert_eq!(fs::read(&changed).expect("a file of the test"), b"mine");
}

#[test]
fn a_file_that_is_not_there_is_said_in_the_readers_language() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("没有.wasm");
    let missing = path(&missing);
    let out = folder.path().join("out");
    for args in [
        vec!["explain", missing, "E001"],
        vec!["assess", path(&town()), "-o", path(&out), "--plugin", missing],
    ] {
        for (lang, line) in [("zh", "错误: "), ("en", "error: ")] {
            let ran = anping(&[&args[..], &["--lang", lang]].concat());
            let why = if lang == "zh" { "没有这个文件" } else { "there is no such file" };
            assert_eq!(ran.err, format!("{line}{missing}: {why}\n"), "{args:?}");
        }
    }
}

#[test]
fn each_end_has_its_code() {
    let folder = tempfile::tempdir().expect("a folder");
    let (out, missing) = (folder.path().join("out"), folder.path().join("没有"));
    let single = town().join("行业检查/人员密集/E019_2026-08-27.xlsx");
    let not_a_plugin = folder.path().join("x.wasm");
    fs::write(&not_a_plugin, b"not wasm").expect("a file of the test");
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).expect("a folder of the test");
    let occupied = folder.path().join("occupied");
    fs::write(&occupied, b"a file").expect("a file of the test");
    for (args, exit) in [
        (vec!["assess", path(&single), "-o", path(&out)], Exit::Done),
        (vec!["check", path(&single)], Exit::Done),
        (vec!["assess", path(&town()), "-o", path(&out)], Exit::Findings),
        (vec!["assess", path(&single)], Exit::Usage),
        (vec!["assess", path(&single), "-o", path(&out), "--as-of", "2026-02-30"], Exit::Usage),
        (vec!["assess", path(&missing), "-o", path(&out)], Exit::Input),
        (vec!["check", path(&empty)], Exit::Input),
        (vec!["explain", path(&missing), "E001"], Exit::Input),
        (vec!["assess", path(&single), "-o", path(&out), "--plugin", path(&not_a_plugin)], Exit::Plugin),
        (vec!["assess", path(&single), "-o", path(&occupied)], Exit::Output),
        (vec!["plugins"], Exit::Done),
        (vec!["--help"], Exit::Done),
        (vec!["--version"], Exit::Done),
        (vec![], Exit::Usage),
    ] {
        let ran = anping(&args);
        assert_eq!(ran.exit, exit, "{args:?}\n{}{}", ran.out, ran.err);
    }
}

#[test]
fn a_hostile_plugin_is_one_line_and_the_reports_are_complete() {
    let folder = tempfile::tempdir().expect("a folder");
    let (with, without) = (folder.path().join("with"), folder.path().join("without"));
    let hostile = folder.path().join("loop-in-describe.wasm");
    fs::write(&hostile, acceptance::hostile::plugin("loop-in-describe")).expect("a file of the test");
    let ran = anping(&["assess", path(&town()), "-o", path(&with), "--plugin", path(&hostile)]);
    assert_eq!(ran.exit, Exit::Plugin);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    assert!(ran.err.contains("loop-in-describe.wasm") && ran.err.contains("2,000,000,000"), "{}", ran.err);
    let _ = anping(&["assess", path(&town()), "-o", path(&without)]);
    let name = "烟花爆竹检查评分汇总.xlsx";
    let read = |outbox: &std::path::Path| fs::read(outbox.join(name)).expect("the report");
    assert_eq!(sheets(&read(&with)), sheets(&read(&without)));
}

#[test]
fn wrong_command_lines_are_explained_in_the_readers_language() {
    for (args, said) in [
        (&["assess", "x"][..], "缺少"),
        (&["asses", "x"], "assess"),
        (&["check", "x", "--jsn"], "--json"),
        (&["check", "x", "--as-of", "昨天"], "昨天"),
        (&["--lang", "en", "check"], "required"),
    ] {
        let ran = anping(args);
        assert_eq!(ran.exit, Exit::Usage);
        assert!(ran.err.contains(said), "{args:?}: {}", ran.err);
    }
}

#[test]
fn explain_gives_arithmetic_clause_and_cell() {
    let folder = tempfile::tempdir().expect("a folder");
    let _ = anping(&["assess", path(&town()), "-o", path(folder.path())]);
    for (args, said) in [
        // 95 points, 8 lost: 87 ÷ 95 × 100 = 91.57…
        (&["E001"][..], &["87", "95", "91.6", "HC-A01", "不合格"][..]),
        (&["E001", "HC-B07"], &["HC-B07", "2", "安全生产法", "F13"]),
        (&["青石镇盛诚加油站"], &["91.6", "79.9"]),
        (&["91370998MA3FAKE054"], &[]),
    ] {
        let mut command = vec!["explain", path(folder.path())];
        command.extend(args);
        let ran = anping(&command);
        for word in said {
            assert!(ran.out.contains(word), "{args:?} lacks {word}:\n{}{}", ran.out, ran.err);
        }
        assert_eq!(ran.exit == Exit::Done, !said.is_empty(), "{args:?}");
    }
}

#[test]
fn check_lists_every_problem_with_its_cell() {
    let ran = anping(&["check", path(&town())]);
    assert_eq!(ran.exit, Exit::Findings);
    for line in ["E002_2026-07-17.xlsx › 检查评分 › E8", "“大概”", "改正"] {
        assert!(ran.out.contains(line), "{line}:\n{}", ran.out);
    }
    let ran = anping(&["check", path(&town()), "--json"]);
    let rows: Vec<BTreeMap<String, String>> = serde_json::from_str(&ran.out).expect("a list of objects");
    assert!(rows.iter().any(|row| row["code"] == "verdict_unknown" && row["cell"] == "E8"));
}

#[test]
fn report_workbooks_hold_the_numbers_of_the_results() {
    let folder = tempfile::tempdir().expect("a folder");
    let _ = anping(&["assess", path(&town()), "-o", path(folder.path())]);
    let bytes = fs::read(folder.path().join("危险化学品检查评分汇总.xlsx")).expect("the report");
    let sheets = sheets(&bytes);
    let ranking = &sheets[0].1;
    let row = |name: &str| ranking.iter().find(|row| row.iter().any(|cell| cell == name)).expect("a row");
    assert!(row("平川县青石镇宏源化工仓储有限公司").iter().any(|cell| cell == "94.1"));
    assert!(row("永源化工经营有限公司").iter().any(|cell| cell == "92"));
}

#[test]
fn exit_codes_are_as_documented() {
    let readme = fs::read_to_string(workspace().join("README.md")).expect("README.md");
    for (_, code, meaning) in Exit::TABLE {
        assert!(
            readme.contains(&format!("| {code} | {meaning} |")),
            "README lacks exit code {code}: {meaning}"
        );
    }
    let documented = readme.lines().filter(|line| {
        let cell = line.strip_prefix("| ").and_then(|rest| rest.split(" |").next());
        cell.is_some_and(|cell| cell.parse::<u8>().is_ok())
    });
    assert_eq!(documented.count(), Exit::TABLE.len());
}

/// `UPDATE=1` rewrites the page; read the difference before committing it.
#[test]
fn problem_codes_are_as_documented() {
    let path = workspace().join("engine/PROBLEMS.md");
    let mut page = "# 问题代码\n\n每个问题都有固定代码;级别:强制(退回改正)、核实(须说明)、提示(仅记录)。\n\n\
                    | 代码 | 级别 | 问题 | 改正办法 |\n| --- | --- | --- | --- |\n"
        .to_owned();
    for code in ProblemCode::ALL {
        let severity = code.severity().title(Lang::Zh);
        page.push_str(&format!(
            "| `{}` | {severity} | {} | {} |\n",
            code.key(),
            code.title(Lang::Zh),
            code.remedy(Lang::Zh)
        ));
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &page).expect("the page can be written");
    }
    assert_eq!(fs::read_to_string(&path).expect("engine/PROBLEMS.md"), page);
}

/// The blocks of README that begin with `$ anping …`: the command line and what it printed.
fn runs_of_readme() -> Vec<(String, String)> {
    let readme = fs::read_to_string(workspace().join("README.md")).expect("README.md");
    let blocks = readme.split("```console\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    blocks
        .filter_map(|block| block.strip_prefix("$ anping "))
        .map(|block| block.split_once('\n').expect("a command and what it printed"))
        .map(|(command, printed)| (command.to_owned(), format!("{printed}\n")))
        .collect()
}

#[test]
fn the_readmes_run_is_true() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = folder.path().join("anping-demo");
    let runs = runs_of_readme();
    assert_eq!(runs.len(), 2);
    for (command, printed) in runs {
        let mut args: Vec<_> =
            command.split(' ').map(|arg| arg.replace("anping-demo", path(&demo))).collect();
        if command == "demo" {
            args.push(path(&demo).to_owned());
        }
        let ran = anping(&args.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(ran.out.replace(path(&demo), "anping-demo"), printed, "{command}");
    }
}
