//! A checklist that exists only in Excel: packed, given back, and used on a check sheet.

use std::fs;
use std::path::Path;

use crate::fill_in::{answered, typed};
use acceptance::{AS_OF, anping, assess, files_below, fill, settings, sheets};
use anping::cli::Exit;
use anping::model::Run;
use rust_xlsxwriter::Workbook;

/// A workbook of sheets; each line is a row, its cells separated by ` | `.
fn workbook(text: &[(&str, &str)]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    for (name, rows) in text {
        let sheet = workbook.add_worksheet().set_name(*name).expect("a name");
        for (row0, line) in (0..).zip(rows.lines()) {
            for (col0, cell) in (0..).zip(line.split(" | ")).filter(|(_, cell)| !cell.trim().is_empty()) {
                sheet.write_string(row0, col0, cell.trim()).expect("a cell");
            }
        }
    }
    workbook.save_to_buffer().expect("a workbook")
}

const SETTINGS: &str = "项目 | 内容
表单编号 | lift-2026
名称 | 电梯使用单位
版本 | 1.0.0
依据文件 | 某镇电梯使用单位检查办法(试行)
总分 | 100
计分模式 | 扣分
取整位数 | 1
取整阶段 | 先取整后定等次
未查策略 | 按0分
缺项折算 | 是
等次区间 | 优秀≥90、良好≥80、合格≥60、不合格≥0";

const ITEMS: &str = "编号* | 要素 | 检查内容 | 检查方式 | 标准分 | 关键项
LF-01 | 管理 | 有定期检验合格标志 | 查资料 | 10 | 普通
LF-02 | 管理 | 有维护保养记录 | 查资料 | 5 | 普通
LF-03 | 现场 | 紧急报警装置有效 | 看现场 | 5 | 否决";

const CHARGES: &str = "检查项编号 | 情形 | 扣分 | 单位 | 上限 | 作用范围 | 是否生成隐患 | 隐患级别
LF-01 | 标志过期 | 3 | 每处 |  | 本项 | 是 | 一般
LF-02 | 缺一个月的记录 | 1 | 每次 |  | 本类目 | 否 | ";

const RULES: &str = "编号 | 类型 | 左式 | 运算 | 右式 | 缺值策略 | 提示语 | 等次
R1 | 封顶 | 困人事件起数 | ≥ | 1 | 忽略 | 发生困人事件,等次不高于合格 | 合格";

/// Worked by hand: 20 points in all.
const CASES: &str = "样例 | 检查日期 | 检查项 | 判定 | 扣分 | 应得分 | 应得等次
全部合格 | 2026-05-01 | 其余 | 合格 |  | 100.0 | 优秀
扣二分(18÷20) | 2026-05-01 | LF-01 | 扣分 | 2 | 90.0 | 优秀
扣二分(18÷20) |  | 其余 | 合格
缺项折算(12÷15) | 2026-05-01 | LF-01 | 扣分 | 3 | 80 | 良好
缺项折算(12÷15) |  | LF-02 | 不涉及
缺项折算(12÷15) |  | LF-03 | 合格
本类目扣分不止于本项(12÷20) | 2026-05-01 | LF-02 | 扣分 | 8 | 60.0 | 合格
本类目扣分不止于本项(12÷20) |  | 其余 | 合格
否决而分数照算(15÷20) | 2026-05-01 | LF-03 | 不合格 | 5 | 75.0 | 不合格
否决而分数照算(15÷20) |  | 其余 | 合格
封顶 | 2026-05-01 | 其余 | 合格 |  | 100.0 | 合格
封顶 |  | 困人事件起数 | 1";

/// A law with its days, beside the office's own document of 依据文件.
const BASIS: &str = "名称 | 文号 | 简称 | 生效日期
《中华人民共和国特种设备安全法》 | 主席令第4号 | 特设法 | 2014-01-01";

/// The items with what each rests on, and how sure that is: the citation says so, or else the item.
fn items_with_clauses() -> String {
    let clauses = [
        "依据条款 | 把握",
        "特设法第四十条(S);《某镇电梯使用单位检查办法(试行)》第八条 | C",
        "《特种设备安全法》第三十九条 | M",
        "某镇电梯使用单位检查办法(试行)第九条、第十条 | C",
    ];
    let lines: Vec<_> = ITEMS.lines().zip(clauses).map(|(line, more)| format!("{line} | {more}")).collect();
    lines.join("\n")
}

fn definition(cases: &str) -> Vec<u8> {
    workbook(&[
        ("设置", SETTINGS),
        ("检查项", &items_with_clauses()),
        ("依据", BASIS),
        ("扣分规则", CHARGES),
        ("校验", RULES),
        ("样例", cases),
        ("版本记录", "版本 | 日期 | 修改人 | 修改说明\n1.0.0 | 2026-05-01 | 某 | 首版"),
    ])
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_string_lossy().into_owned()
}

fn scores(run: &Run) -> Vec<(String, String)> {
    let checks = run.checks.iter().filter_map(|check| check.scored.as_ref()?.schemes.first());
    checks.map(|main| (main.score.map_or_else(String::new, |s| s.to_string()), main.grade.clone())).collect()
}

#[test]
fn a_checklist_written_in_excel_is_packed_used_and_given_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| path(folder.path(), name);
    fill(folder.path(), &[("电梯.xlsx".to_owned(), definition(CASES))]);
    let packed = anping(&["plugin", "pack", &at("电梯.xlsx")]);
    assert_eq!(packed.exit, Exit::Done, "{}", packed.err);

    // Its golden cases pass like those of any plugin.
    let listed = anping(&["plugins", "--plugin", &at("电梯.wasm")]);
    assert_eq!(listed.exit, Exit::Done, "{}", listed.err);
    assert!(listed.out.contains("lift-2026 1.0.0 电梯使用单位:3 项 20 分"), "{}", listed.out);
    assert!(listed.out.contains("算例 6/6 通过"), "{}", listed.out);

    // Given back, the workbook holds the same cells and packs to the same bytes.
    let unpacked = anping(&["plugin", "unpack", &at("电梯.wasm"), "-o", &at("还原.xlsx")]);
    assert_eq!(unpacked.exit, Exit::Done, "{}", unpacked.err);
    let again = anping(&["plugin", "pack", &at("还原.xlsx")]);
    assert_eq!(again.exit, Exit::Done, "{}", again.err);
    let read = |name: &str| fs::read(at(name)).expect("written");
    assert_eq!(read("电梯.wasm"), read("还原.wasm"));
    let items = |name: &str| sheets(&read(name)).into_iter().find(|(sheet, _)| sheet == "检查项");
    assert_eq!(items("电梯.xlsx"), items("还原.xlsx"));

    let inbox = folder.path().join("收件");
    let sheet = "某镇电梯检查表
被检查单位 | 某大厦物业 | 检查日期 | 2026-06-01
检查编号 | 检查项目 | 检查内容 | 标准分 | 检查结果 | 扣分
LF-01 | 管理 | 有定期检验合格标志 | 10 | 不符合 | 3
LF-02 | 管理 | 有维护保养记录 | 5 | 符合 | 
LF-03 | 现场 | 紧急报警装置有效 | 5 | 符合 | ";
    fill(&inbox, &[("检查.xlsx".to_owned(), workbook(&[("检查表", sheet)]))]);
    let mut settings = settings();
    settings.plugins = vec![("电梯.wasm".to_owned(), read("电梯.wasm"))];
    let run = assess(&inbox, &settings);
    assert_eq!(scores(&run), [("85.0".to_owned(), "良好".to_owned())], "{:?}", run.problems);

    // What it rests on is in its results, each as sure as the expert said.
    let manifest = &run.plugins.iter().find(|one| one.manifest.id == "lift-2026").expect("used").manifest;
    let cited: Vec<_> = manifest.items.iter().flat_map(|item| &item.citations).collect();
    let cited: Vec<_> = cited
        .iter()
        .map(|one| {
            let document = &manifest.documents[one.document as usize];
            format!("{} {} {}", document.title, one.clause, one.mark.letter())
        })
        .collect();
    assert_eq!(
        cited,
        [
            "《中华人民共和国特种设备安全法》 第四十条 S",
            "某镇电梯使用单位检查办法(试行) 第八条 C",
            "《中华人民共和国特种设备安全法》 第三十九条 M",
            "某镇电梯使用单位检查办法(试行) 第九条、第十条 C",
        ]
    );
    let law = &manifest.documents[0];
    assert_eq!(
        (&*law.number, law.effective.0.map(|day| day.to_string()).as_deref()),
        ("主席令第4号", Some("2014-01-01"))
    );

    let lock = at("anping.lock");
    assert_eq!(anping(&["plugin", "accept", &at("电梯.wasm"), "--lock", &lock]).exit, Exit::Done);
    let outbox = at("发件");
    let as_of = AS_OF.to_string();
    let told = anping(&["assess", &path(&inbox, ""), "-o", &outbox, "--as-of", &as_of, "--lock", &lock]);
    assert!(told.out.contains("电梯使用单位"), "{}{}", told.out, told.err);
}

#[test]
fn every_wrong_cell_is_told_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let check = |items: &str, cases: &str, told: &[&str]| {
        let mut sheets = vec![("设置", SETTINGS), ("检查项", items), ("样例", cases), ("校验", RULES)];
        sheets.push(("扣分规则", CHARGES));
        fill(folder.path(), &[("错.xlsx".to_owned(), workbook(&sheets))]);
        let packed = anping(&["plugin", "pack", &path(folder.path(), "错.xlsx")]);
        assert_eq!(packed.exit, Exit::Input, "{}", packed.out);
        for line in told {
            assert!(packed.err.contains(line), "{line} in\n{}", packed.err);
        }
        assert_eq!(packed.err.lines().count(), told.len(), "{}", packed.err);
        assert!(!folder.path().join("错.wasm").exists());
    };
    let wrong_case = CASES.replace("90.0 | 优秀", "91 | 良好");
    check(ITEMS, &wrong_case, &["单元格 F3: 应为 样例“扣二分(18÷20)”", "单元格 G3: 应为"]);
    let wrong_items = ITEMS.replace("| 10 |", "| 十 |").replace("否决", "一票");
    check(
        &wrong_items,
        CASES,
        &["“检查项” 单元格 F4: 应为 普通、否决、重大隐患,实为“一票”", "单元格 E2: 应为 标准分: 数,实为“十”"],
    );
    // Only one document is listed, and this is another.
    let other = items_with_clauses();
    let law = "应为 所列依据文件之一及其条款(某镇电梯使用单位检查办法(试行))";
    check(&other, CASES, &[&format!("“检查项” 单元格 G2: {law}"), &format!("“检查项” 单元格 G3: {law}")]);
}

#[test]
fn a_plugin_whose_own_cases_fail_is_not_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| path(folder.path(), name);
    fill(folder.path(), &[("电梯.xlsx".to_owned(), definition(CASES))]);
    assert_eq!(anping(&["plugin", "pack", &at("电梯.xlsx")]).exit, Exit::Done);
    let mut bytes = fs::read(at("电梯.wasm")).expect("written");
    // One score that its golden cases expect, changed in the plugin's data.
    let (score, other) = (b"score main 75.0", b"score main 76.0");
    let place = bytes.windows(score.len()).position(|window| window == score).expect("the score is data");
    bytes[place..place + other.len()].copy_from_slice(other);
    fs::write(at("电梯.wasm"), bytes).expect("a file of the test");
    let ran = anping(&["plugin", "accept", &at("电梯.wasm"), "--lock", &at("anping.lock")]);
    assert_eq!(ran.exit, Exit::Plugin, "{}", ran.err);
    let line = "自带算例 6 个中 1 个不符(首个:否决而分数照算(15÷20)),未使用";
    assert!(ran.err.contains(line), "{}", ran.err);
}

#[test]
fn what_nobody_would_read_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let check = |from: &str, to: &str, told: &str| {
        let changed = |text: &str| text.replacen(from, to, 1);
        let (settings, charges) = (changed(SETTINGS), changed(CHARGES));
        let name = changed("扣分规则");
        let sheets =
            [("设置", &*settings), ("检查项", ITEMS), (&*name, &*charges), ("样例", CASES), ("校验", RULES)];
        fill(folder.path(), &[("错.xlsx".to_owned(), workbook(&sheets))]);
        let packed = anping(&["plugin", "pack", &path(folder.path(), "错.xlsx")]);
        assert_eq!(packed.exit, Exit::Input, "{from} {to}: {}", packed.out);
        assert!(packed.err.contains(told), "{told} in\n{}", packed.err);
    };
    check("扣分规则", "扣分细则", "“扣分细则”: 应为 工作表名为");
    check("上限", "封顶值", "“扣分规则” 单元格 E1: 应为 栏名为");
    check("作用范围", "上限", "“扣分规则” 单元格 F1: 应为 每栏只出现一次");
    check("未查策略", "未查办法", "“设置” 单元格 A10: 应为");
    check("取整阶段 | 先取整后定等次", "版本 | 2.0.0", "“设置” 单元格 A9: 应为 每个项目只写一行");
    check("取整位数 | 1", "取整位数 | 7", "“设置” 单元格 B8: 应为 0 至 6 的整数");
}

/// Each is packed only where the score and grade worked by hand come out.
#[test]
fn every_family_of_scoring_can_be_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let head = CASES.lines().next().expect("a header");
    let check = |settings: &str, items: &str, more: (&str, &str), cases: &str| {
        let cases = format!("{head}\n{cases}");
        let sheets = [("设置", settings), ("检查项", items), ("样例", &cases), ("扣分规则", CHARGES), more];
        fill(folder.path(), &[("表.xlsx".to_owned(), workbook(&sheets))]);
        let packed = anping(&["plugin", "pack", &path(folder.path(), "表.xlsx")]);
        assert_eq!(packed.exit, Exit::Done, "{}", packed.err);
    };
    // 12÷15 × 60 + 40; and 12÷15 alone where the other element does not apply.
    let weighted = SETTINGS.replace("计分模式 | 扣分", "计分模式 | 加权");
    let elements = ("要素", "编号 | 名称 | 权重\nG | 管理 | 0.6\nX | 现场 | 0.4");
    let cases = "加权 | 2026-05-01 | LF-01 | 扣分 | 3 | 88.0 | 良好\n加权 |  | 其余 | 合格
要素缺项 | 2026-05-01 | LF-01 | 扣分 | 3 | 80.0 | 良好\n要素缺项 |  | LF-03 | 不涉及\n要素缺项 |  | 其余 | 合格";
    check(&weighted, ITEMS, elements, cases);
    // 16÷20 is 80; two commendations at 2 are bounded to 3; two late returns at 0.5.
    let given = SETTINGS.replace("计分模式 | 扣分", "计分模式 | 加减分");
    let bonuses =
        ("加减分", "名称 | 方向 | 每次分值 | 上限\n表彰次数 | 加分 | 2 | 3\n迟报次数 | 减分 | 0.5 | ");
    let cases = "加减 | 2026-05-01 | LF-01 | 扣分 | 4 | 82.0 | 良好\n加减 |  | 其余 | 合格
加减 |  | 表彰次数 | 2\n加减 |  | 迟报次数 | 2\n不加减 | 2026-05-01 | 其余 | 合格 |  | 100.0 | 优秀";
    check(&given, ITEMS, bonuses, cases);
    // One item of class A decides; one of class B does not.
    let items = "编号 | 要素 | 类别 | 检查内容 | 标准分
LF-01 | 管理 | A | 有标志 | 10\nLF-02 | 管理 | B | 有记录 | 5\nLF-03 | 现场 | B | 报警有效 | 5";
    let rules = "编号 | 类型 | 左式 | 运算 | 右式 | 提示语 | 等次
R1 | 封顶 | 不合格项数(A) | ≥ | 1 | 有A类项不合格 | 未能符合\nR2 | 封顶 | 不合格项数(B) | ≥ | 2 | B类项不合格过多 | 未能符合";
    let bands = "符合≥100、基本符合≥0.1、未能符合≥0";
    let classes = SETTINGS.replace("优秀≥90、良好≥80、合格≥60、不合格≥0", bands);
    let cases = "全 | 2026-05-01 | 其余 | 合格 |  | 100.0 | 符合
一项B | 2026-05-01 | LF-03 | 不合格 | 5 | 75.0 | 基本符合\n一项B |  | 其余 | 合格
一项A | 2026-05-01 | LF-01 | 扣分 | 1 | 95.0 | 未能符合\n一项A |  | 其余 | 合格
两项B | 2026-05-01 | LF-01 | 合格 |  | 50.0 | 未能符合\n两项B |  | 其余 | 不合格 | 5";
    check(&classes, items, ("校验", rules), cases);
}

/// The example that a domain expert begins with packs as it is; then it is linted, shown, tested, made
/// a form of, and the form's answers are assessed and reported.
#[test]
fn a_checklist_begun_in_excel_goes_all_the_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| path(folder.path(), name);
    let done = |args: &[&str]| {
        let ran = anping(args);
        assert_eq!(ran.exit, Exit::Done, "{args:?}: {}{}", ran.out, ran.err);
        (ran.out, ran.err)
    };
    done(&["plugin", "new", &at("stairs"), "--excel"]);
    let packed = done(&["plugin", "pack", &at("stairs.xlsx")]);
    assert_eq!(packed.1, "", "nothing is wrong with it");
    let tested = done(&["plugin", "test", &at("stairs.wasm")]);
    assert!(tested.0.contains("stairs 0.1.0: 3 个算例"), "{}", tested.0);
    done(&["plugin", "lint", &at("stairs.wasm")]);
    let shown = done(&["plugin", "show", &at("stairs.wasm")]).0;
    for line in ["检查项 2 项 10 分(C 0、S 0、M 2)", "  管理:1 项 5 分", "sha256 ", "依据 《示例检查办法》"]
    {
        assert!(shown.contains(line), "{line} in\n{shown}");
    }
    done(&["form", "new", &at("stairs.wasm"), "-o", &at("表.xlsx")]);
    let blank = fs::read(at("表.xlsx")).expect("written");
    let form = sheets(&blank);
    let codes: Vec<_> =
        form[0].1.iter().map(|row| row[0].as_str()).filter(|code| code.starts_with("EX-")).collect();
    assert_eq!(codes, ["EX-01", "EX-02"]);
    let clauses = form[0].1.iter().filter(|row| row.iter().any(|cell| cell.contains("《示例检查办法》第")));
    assert_eq!(clauses.count(), 2, "the inspector sees what each item rests on");

    // Filled in, one point is lost: 9÷10.
    let named = typed(&blank, &[("C2".to_owned(), "某大厦".to_owned())]);
    let inbox = folder.path().join("收件");
    fill(&inbox, &[("填好.xlsx".to_owned(), answered(&named, "1", false))]);
    let (lock, outbox, as_of) = (at("anping.lock"), at("发件"), AS_OF.to_string());
    done(&["plugin", "accept", &at("stairs.wasm"), "--lock", &lock]);
    let told = anping(&["assess", &path(&inbox, ""), "-o", &outbox, "--as-of", &as_of, "--lock", &lock]);
    assert!(matches!(told.exit, Exit::Done | Exit::Findings), "{}{}", told.out, told.err);
    let written = files_below(Path::new(&outbox));
    let (_, results) =
        written.iter().find(|(name, _)| name.ends_with("results.json")).expect("it is written");
    let results: serde_json::Value = serde_json::from_slice(results).expect("JSON");
    let (id, score) = (results.to_string().contains("\"stairs\""), results.to_string().contains("90.0"));
    assert!(id && score, "{results}");
    // A report shows the subject with its score.
    let shows = |row: &Vec<String>| {
        let has = |text: &str| row.iter().any(|cell| cell.contains(text));
        has("某大厦") && row.iter().any(|cell| cell == "90" || cell == "90.0") && has("优秀")
    };
    let books = written.iter().filter(|(name, _)| name.ends_with(".xlsx"));
    let n_rows = books.flat_map(|(_, bytes)| sheets(bytes)).flat_map(|(_, rows)| rows).filter(shows).count();
    assert!(n_rows > 0, "no report of {:?}", written.iter().map(|(name, _)| name).collect::<Vec<_>>());
    // Begun once, it is never begun again over what was written since.
    assert_eq!(anping(&["plugin", "new", &at("stairs")]).exit, Exit::Input);
}

#[test]
fn what_is_unsound_is_not_packed_and_what_is_not_read_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let check = |settings: &str, charges: &str, exit: Exit, told: &str| {
        let sheets =
            [("设置", settings), ("检查项", ITEMS), ("扣分规则", charges), ("样例", CASES), ("校验", RULES)];
        fill(folder.path(), &[("表.xlsx".to_owned(), workbook(&sheets))]);
        let packed = anping(&["plugin", "pack", &path(folder.path(), "表.xlsx")]);
        assert_eq!(packed.exit, exit, "{}", packed.err);
        assert!(packed.err.contains(told), "{told} in\n{}", packed.err);
    };
    let twice = format!("{CHARGES}\nLF-01 | 标志过期 | 2 | 每处 |  | 本项 | 是 | 一般");
    check(SETTINGS, &twice, Exit::Input, "重名 LF-01: 情形“标志过期”有两处");
    let more = format!("{SETTINGS}\n适用行业 | 商场");
    check(&more, CHARGES, Exit::Done, "“设置” 适用行业: 已保存,但没有规则读取");
}

/// What an item's evidence is, how long putting it right may take, who must and what it belongs to.
const TOLD: &str = "编号* | 上级编号 | 要素 | 检查内容 | 检查方式 | 证据要求 | 标准分 | 关键项 | 评分标准 | 整改期限(天) | 责任主体
LF-01 |  | 管理 | 有定期检验合格标志 | 查资料 | 标志照片 | 10 | 普通 | 过期每台扣3分 | 15 | 使用单位
LF-02 | LF-01 | 管理 | 有维护保养记录 |  | 记录复印件 | 5 | 普通 |  | 7天
LF-03 | LF-02 | 现场 | 紧急报警装置有效 | 看现场 |  | 5 | 否决";

#[test]
fn what_is_told_of_an_item_reaches_the_form_and_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| path(folder.path(), name);
    let remedy = RULES
        .replace("提示语", "提示语 | 处理办法")
        .replace("等次不高于合格 |", "等次不高于合格 | 三日内报使用单位负责人 |");
    let sheets =
        [("设置", SETTINGS), ("检查项", TOLD), ("扣分规则", CHARGES), ("校验", &*remedy), ("样例", CASES)];
    fill(folder.path(), &[("电梯.xlsx".to_owned(), workbook(&sheets))]);
    let packed = anping(&["plugin", "pack", &at("电梯.xlsx")]);
    assert_eq!((packed.exit, packed.err.contains("没有规则读取")), (Exit::Done, false), "{}", packed.err);

    assert_eq!(anping(&["form", "new", &at("电梯.wasm"), "-o", &at("表.xlsx")]).exit, Exit::Done);
    let read = |name: &str| acceptance::sheets(&fs::read(at(name)).expect("written"));
    let form = format!("{:?}", read("表.xlsx")[0]);
    for told in [
        "查资料(证据:标志照片)",
        "扣分:过期每台扣3分\\n整改期限15天;责任主体:使用单位",
        "证据:记录复印件",
        "有维护保养记录\\n整改期限7天;上级编号:LF-01",
        "【否决项】\\n上级编号:LF-02",
    ] {
        assert!(form.contains(told), "{told} in\n{form}");
    }
    // The golden case of the cap says what to do.
    let cases = anping(&["plugin", "test", &at("电梯.wasm")]);
    assert_eq!(cases.exit, Exit::Done, "{}{}", cases.out, cases.err);
    let bytes = fs::read(at("电梯.wasm")).expect("written");
    let said = ",处理办法:三日内报使用单位负责人".as_bytes();
    assert!(bytes.windows(said.len()).any(|window| window == said), "the phrase is data");

    assert_eq!(anping(&["plugin", "unpack", &at("电梯.wasm"), "-o", &at("还原.xlsx")]).exit, Exit::Done);
    assert_eq!(read("电梯.xlsx"), read("还原.xlsx"));
}

#[test]
fn what_is_told_of_an_item_is_refused_where_it_cannot_be_meant() {
    let folder = tempfile::tempdir().expect("a folder");
    let check = |from: &str, to: &str, told: &[&str]| {
        let items = TOLD.replacen(from, to, 1);
        let sheets = [
            ("设置", SETTINGS),
            ("检查项", &*items),
            ("扣分规则", CHARGES),
            ("样例", CASES),
            ("校验", RULES),
        ];
        fill(folder.path(), &[("错.xlsx".to_owned(), workbook(&sheets))]);
        let packed = anping(&["plugin", "pack", &path(folder.path(), "错.xlsx")]);
        assert_eq!(packed.exit, Exit::Input, "{from} {to}: {}", packed.out);
        for told in told {
            assert!(packed.err.contains(told), "{told} in\n{}", packed.err);
        }
        assert_eq!(packed.err.lines().count(), told.len(), "{}", packed.err);
    };
    check("7天", "一周", &["“检查项” 单元格 J3: 应为 大于0的整数天数"]);
    check("| 15 |", "| 0 |", &["“检查项” 单元格 J2: 应为 大于0的整数天数"]);
    check("LF-02 | LF-01", "LF-02 | LF-09", &["“检查项” 单元格 B3: 应为 “检查项”里的一个编号"]);
    check("LF-02 | LF-01", "LF-02 | LF-02", &["B3: 应为 不成圈的上级", "B4: 应为 不成圈的上级"]);
    check("LF-01 |  |", "LF-01 | LF-03 |", &["B2: 应为 不成圈", "B3: 应为 不成圈", "B4: 应为 不成圈"]);
}

/// What differs by no more than the tolerance is equal: worked by hand for 10 and 0.5.
#[test]
fn a_tolerance_makes_near_numbers_equal() {
    let folder = tempfile::tempdir().expect("a folder");
    let pack = |test: &str, right: &str, tolerance: &str, cases: &[(&str, &str)]| {
        let rules = format!(
            "编号 | 类型 | 左式 | 运算 | 右式 | 容差 | 提示语 | 等次\nR1 | 封顶 | 平层误差 | {test} | {right} | {tolerance} | 误差 | 合格"
        );
        let head = CASES.lines().next().expect("a header");
        let row = |(found, grade): &(&str, &str)| {
            format!("{found} | 2026-05-01 | 其余 | 合格 |  | 100 | {grade}\n{found} |  | 平层误差 | {found}")
        };
        let rows: Vec<_> = cases.iter().map(row).collect();
        let cases = format!("{head}\n{}", rows.join("\n"));
        let sheets = [("设置", SETTINGS), ("检查项", ITEMS), ("样例", &*cases), ("校验", &*rules)];
        fill(folder.path(), &[("表.xlsx".to_owned(), workbook(&sheets))]);
        anping(&["plugin", "pack", &path(folder.path(), "表.xlsx")])
    };
    for (test, holds, does_not) in [
        ("=", &["9.5", "10", "10.5"][..], &["9.4", "10.6"][..]),
        ("≠", &["9.4", "10.6"], &["9.5", "10", "10.5"]),
        (">", &["10.6"], &["10.5", "9"]),
        ("≥", &["9.5", "11"], &["9.4"]),
        ("<", &["9.4"], &["9.5", "11"]),
        ("≤", &["10.5", "9"], &["10.6"]),
    ] {
        let holds = holds.iter().map(|found| (*found, "合格"));
        let cases: Vec<_> = holds.chain(does_not.iter().map(|found| (*found, "优秀"))).collect();
        let packed = pack(test, "10", "0.5", &cases);
        assert_eq!(packed.exit, Exit::Done, "{test}: {}", packed.err);
    }
    for (right, tolerance) in [("10", "-1"), ("10", "一点"), ("是", "1"), ("10", "0.0000000001")] {
        let packed = pack("=", right, tolerance, &[("10", "合格")]);
        assert!(packed.err.contains("“校验” 单元格 F2: 应为 右式是数时的0以上的数"), "{}", packed.err);
    }
}

/// What another version packed has another guest round the same definition.
#[test]
fn a_plugin_of_another_version_is_given_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| path(folder.path(), name);
    fill(folder.path(), &[("电梯.xlsx".to_owned(), definition(CASES))]);
    assert_eq!(anping(&["plugin", "pack", &at("电梯.xlsx")]).exit, Exit::Done);
    let mut bytes = fs::read(at("电梯.wasm")).expect("written");
    // A custom section at the end: other bytes, the same rules.
    bytes.extend_from_slice(&[0, 4, 3, b'o', b'l', b'd']);
    fs::write(at("旧.wasm"), &bytes).expect("a file of the test");
    let given = anping(&["plugin", "unpack", &at("旧.wasm")]);
    assert_eq!(given.exit, Exit::Done, "{}", given.err);
    assert!(given.err.contains("由另一版本的程序打包"), "{}", given.err);
    // Other rules behind the same workbook are another matter.
    let text = "发生困人事件".as_bytes();
    let changed = bytes.windows(text.len()).position(|window| window == text).expect("the phrase is data");
    bytes[changed + 2] ^= 1;
    fs::write(at("改.wasm"), &bytes).expect("a file of the test");
    assert_ne!(anping(&["plugin", "unpack", &at("改.wasm")]).exit, Exit::Done);
}

/// Rules that are code cannot be said in a workbook, and each of the built-in plugins has some.
#[test]
fn built_in_plugins_pass_the_suite_and_say_why_they_are_not_unpacked() {
    let folder = tempfile::tempdir().expect("a folder");
    for (id, bytes) in anping::evaluate::built_in() {
        let tested = anping(&["plugin", "test", id]);
        assert_eq!(tested.exit, Exit::Done, "{id}: {}", tested.err);
        fs::write(folder.path().join("件.wasm"), bytes).expect("a file of the test");
        let given = anping(&["plugin", "unpack", &path(folder.path(), "件.wasm")]);
        assert_eq!(given.exit, Exit::Input, "{id}");
        assert!(given.err.contains("其规则有程序代码,工作簿无法表达,不能还原"), "{id}: {}", given.err);
    }
}
