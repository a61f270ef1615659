//! Writes the data that whole runs are measured with, and the checklist's plugin. The same cells as
//! those of the programs beside us in the README's table, so that all must print the same line.
//!
//! ```text
//! peer-sets FOLDER [A] [B] [C] [rows=N]
//! ```
//!
//! A: 180 check sheets of 60 items. B: one list of 199,980 rows and 12 columns. C: one of 999,960.
//! `rows=N`: one list of about N rows, to see how time grows.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use acceptance::workspace;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, XlsxError};

const CATEGORIES: [&str; 6] = ["基础管理", "消防安全", "用电安全", "设备设施", "作业现场", "应急管理"];
const ITEMS: [&str; 10] = [
    "安全生产责任制是否建立并落实到岗到人",
    "安全生产规章制度和操作规程是否健全",
    "主要负责人和安全管理人员是否持证上岗",
    "从业人员安全教育培训档案是否齐全",
    "隐患排查治理台账是否完整闭环",
    "安全投入是否足额提取并专款专用",
    "劳动防护用品是否按标准配发佩戴",
    "相关方及外包作业是否统一协调管理",
    "风险分级管控清单和四色图是否公示",
    "特种作业人员是否持有效证件",
];
const BASIS: [&str; 6] = [
    "《中华人民共和国安全生产法》第二十条",
    "《中华人民共和国消防法》第十六条",
    "GB 50016-2014(2018年版)第6.4.5条",
    "GB/T 33000-2016第5.5.2条",
    "AQ 3009-2007第7.1.3条",
    "《工贸企业重大事故隐患判定标准》第三条",
];
const PROBLEMS: [&str; 8] = [
    "安全出口被货物堵塞,疏散通道宽度不足1.1米",
    "配电箱未设置漏电保护装置,箱门未跨接接地",
    "灭火器压力不足且未按月检查记录",
    "危险化学品与可燃物混存,未张贴安全技术说明书",
    "设备传动部位防护罩缺失,急停按钮失效",
    "动火作业未办理审批手续,现场无监护人员",
    "应急预案未备案,近一年未组织演练",
    "有限空间未设置警示标志,未执行先通风再检测后作业",
];
const INDUSTRIES: [&str; 8] =
    ["机械制造", "家具木业", "纺织服装", "食品加工", "化工仓储", "餐饮场所", "物流仓储", "金属冶炼"];
const INSPECTORS: [&str; 8] = ["王建国", "李秀英", "张伟", "刘洋", "陈静", "杨帆", "赵磊", "黄敏"];
const SYLLABLES: [&str; 16] =
    ["华", "兴", "盛", "泰", "隆", "鑫", "达", "宏", "瑞", "康", "顺", "源", "昌", "裕", "恒", "丰"];
const RESULTS: [&str; 3] = ["符合", "不符合", "不适用"];

/// Days from 1899-12-30 to 2026-01-05.
const FIRST_DAY: u64 = 46_027;

struct Item {
    code: String,
    category: usize,
    name: String,
    weight: usize,
    direct: bool,
}

fn items() -> Vec<Item> {
    (0..60)
        .map(|index| {
            let category = index / 10;
            Item {
                code: format!("X{:03}", index + 1),
                category,
                name: format!("{}({}{})", ITEMS[index % 10], CATEGORIES[category], index % 10 + 1),
                weight: 1 + (index * 7 + category) % 5,
                direct: index % 15 == 7,
            }
        })
        .collect()
}

/// A linear congruential generator: the same numbers in every language.
struct Numbers(u64);

impl Numbers {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2_654_435_761).wrapping_add(12_345))
    }

    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// What one enterprise was found to do.
struct Check {
    day: u64,
    inspector: &'static str,
    answers: Vec<Answer>,
}

struct Answer {
    result: usize,
    problem: String,
    level: &'static str,
    deadline: Option<u64>,
    done: Option<u64>,
    remark: String,
}

fn check(enterprise: usize, items: &[Item]) -> Check {
    let mut numbers = Numbers::new(enterprise as u64 + 1);
    let quality = 3 + numbers.below(22);
    let day = FIRST_DAY + numbers.below(200);
    let inspector = INSPECTORS[numbers.below(8) as usize];
    let answer = |(index, item): (usize, &Item)| {
        let drawn = numbers.below(100);
        if drawn >= quality {
            let result = if drawn >= 92 { 2 } else { 0 };
            return Answer {
                result,
                problem: String::new(),
                level: "",
                deadline: None,
                done: None,
                remark: String::new(),
            };
        }
        let what = numbers.below(1000);
        let level = match what % 5 {
            _ if item.direct => "重大隐患",
            0 => "较大隐患",
            _ => "一般隐患",
        };
        Answer {
            result: 1,
            problem: format!("{}({what}处)", PROBLEMS[(what % 8) as usize]),
            level,
            deadline: Some(day + 7 + what % 24),
            done: (what % 10 < 6).then_some(day + 1 + what % 20),
            remark: if what.is_multiple_of(7) {
                format!("复查意见编号{}", enterprise * 60 + index)
            } else {
                String::new()
            },
        }
    };
    let answers = items.iter().enumerate().map(answer).collect();
    Check { day, inspector, answers }
}

fn name_of(enterprise: usize) -> String {
    let syllable = |at: usize| SYLLABLES[at % 16];
    format!(
        "{}{}{}{}有限公司第{}厂",
        syllable(enterprise),
        syllable(enterprise / 16),
        syllable(enterprise / 256),
        INDUSTRIES[enterprise % 8],
        enterprise + 1
    )
}

fn main() -> ExitCode {
    let args: Vec<_> = env::args().skip(1).collect();
    let Some(folder) = args.first().map(PathBuf::from) else { return ExitCode::from(2) };
    fs::create_dir_all(&folder).expect("the folder can be made");
    let items = items();
    let mut listed = String::from("id,category,name,weight,veto\r\n");
    for item in &items {
        let Item { code, category, name, weight, direct } = item;
        listed += &format!("{code},{},{name},{weight},{}\r\n", CATEGORIES[*category], u8::from(*direct));
    }
    fs::write(folder.join("items.csv"), listed).expect("the folder can be written");
    fs::write(folder.join("county.wasm"), plugin()).expect("the folder can be written");
    for set in &args[1..] {
        let written = match (set.as_str(), set.strip_prefix("rows=").map(str::parse::<usize>)) {
            ("A", _) => sheets(&folder.join("A"), &items),
            ("B", _) => list(&folder.join("B.xlsx"), 3_333, &items),
            ("C", _) => list(&folder.join("C.xlsx"), 16_666, &items),
            (_, Some(Ok(rows))) => list(&folder.join(format!("{rows}.xlsx")), rows.div_ceil(60), &items),
            _ => return ExitCode::from(2),
        };
        written.expect("the workbook can be written");
    }
    ExitCode::SUCCESS
}

/// Builds the plugin beside this workspace's other artefacts.
fn plugin() -> Vec<u8> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let target = workspace().join("target/county");
    let status = Command::new("cargo")
        .current_dir(workspace())
        .args([
            "build",
            "--quiet",
            "--locked",
            "--profile",
            "plugin",
            "--package",
            "county",
            "--target",
            TARGET,
        ])
        .arg("--target-dir")
        .arg(&target)
        .status();
    assert!(status.is_ok_and(|status| status.success()), "the plugin builds");
    let module = fs::read(target.join(TARGET).join("plugin/county.wasm")).expect("the plugin was built");
    anping_pack::component(&module).expect("the plugin keeps the contract")
}

fn made_on_one_day(workbook: &mut Workbook) -> Result<(), XlsxError> {
    let created = ExcelDateTime::from_ymd(2026, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    Ok(())
}

/// Set A.
fn sheets(folder: &Path, items: &[Item]) -> Result<(), XlsxError> {
    fs::create_dir_all(folder)?;
    let title = Format::new().set_bold().set_align(FormatAlign::Center).set_font_size(16);
    let head = Format::new().set_bold().set_border(FormatBorder::Thin).set_background_color("#D9E1F2");
    let cell = Format::new().set_border(FormatBorder::Thin).set_text_wrap();
    let date = Format::new().set_num_format("yyyy-mm-dd").set_border(FormatBorder::Thin);
    for enterprise in 0..180 {
        let Check { day, inspector, answers } = check(enterprise, items);
        let mut workbook = Workbook::new();
        made_on_one_day(&mut workbook)?;
        let sheet = workbook.add_worksheet().set_name("检查表")?;
        sheet.merge_range(0, 0, 0, 7, "安全生产现场检查表", &title)?;
        sheet.write_with_format(1, 0, "单位名称", &head)?;
        sheet.merge_range(1, 1, 1, 3, &name_of(enterprise), &cell)?;
        sheet.write_with_format(1, 4, "单位编号", &head)?;
        sheet.write_with_format(1, 5, format!("E{:06}", enterprise + 1), &cell)?;
        sheet.write_with_format(2, 0, "检查日期", &head)?;
        sheet.write_with_format(2, 1, day as f64, &date)?;
        sheet.write_with_format(2, 4, "行业", &head)?;
        sheet.write_with_format(2, 5, INDUSTRIES[enterprise % 8], &cell)?;
        sheet.write_with_format(3, 0, "检查人", &head)?;
        sheet.write_with_format(3, 1, inspector, &cell)?;
        let header = ["编号", "检查项目", "检查内容", "依据", "检查结果", "存在问题", "整改期限", "整改情况"];
        for (col, title) in (0..).zip(header) {
            sheet.write_with_format(4, col, title, &head)?;
        }
        for ((row, answer), (index, item)) in (5..).zip(&answers).zip(items.iter().enumerate()) {
            sheet.write_with_format(row, 0, &item.code, &cell)?;
            sheet.write_with_format(row, 1, CATEGORIES[item.category], &cell)?;
            sheet.write_with_format(row, 2, &item.name, &cell)?;
            sheet.write_with_format(row, 3, BASIS[index % 6], &cell)?;
            sheet.write_with_format(row, 4, RESULTS[answer.result], &cell)?;
            sheet.write_with_format(row, 5, &answer.problem, &cell)?;
            match answer.deadline {
                Some(deadline) => sheet.write_with_format(row, 6, deadline as f64, &date)?,
                None => sheet.write_blank(row, 6, &date)?,
            };
            let state = match (answer.result, answer.done) {
                (1, Some(_)) => "已整改",
                (1, None) => "未整改",
                _ => "",
            };
            sheet.write_with_format(row, 7, state, &cell)?;
        }
        sheet.set_column_width(0, 8)?;
        for col in 1..8 {
            sheet.set_column_width(col, 22)?;
        }
        workbook.save(folder.join(format!("ent_{:04}.xlsx", enterprise + 1)))?;
    }
    Ok(())
}

/// Sets B and C.
fn list(path: &Path, n_enterprises: usize, items: &[Item]) -> Result<(), XlsxError> {
    let mut workbook = Workbook::new();
    made_on_one_day(&mut workbook)?;
    let head = Format::new().set_bold();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let sheet = workbook.add_worksheet().set_name("检查结果")?;
    let header = [
        "单位编号",
        "单位名称",
        "行业",
        "检查日期",
        "项目编号",
        "结果",
        "问题描述",
        "隐患等级",
        "整改期限",
        "整改完成日期",
        "检查人",
        "备注",
    ];
    for (col, title) in (0..).zip(header) {
        sheet.write_with_format(0, col, title, &head)?;
    }
    let mut row = 0;
    for enterprise in 0..n_enterprises {
        let (code, name) = (format!("E{:06}", enterprise + 1), name_of(enterprise));
        let Check { day, inspector, answers } = check(enterprise, items);
        for (answer, item) in answers.iter().zip(items) {
            row += 1;
            sheet.write(row, 0, &code)?;
            sheet.write(row, 1, &name)?;
            sheet.write(row, 2, INDUSTRIES[enterprise % 8])?;
            sheet.write_with_format(row, 3, day as f64, &date)?;
            sheet.write(row, 4, &item.code)?;
            sheet.write(row, 5, RESULTS[answer.result])?;
            if let Some(deadline) = answer.deadline {
                sheet.write(row, 6, &answer.problem)?;
                sheet.write(row, 7, answer.level)?;
                sheet.write_with_format(row, 8, deadline as f64, &date)?;
            }
            if let Some(done) = answer.done {
                sheet.write_with_format(row, 9, done as f64, &date)?;
            }
            sheet.write(row, 10, inspector)?;
            if !answer.remark.is_empty() {
                sheet.write(row, 11, &answer.remark)?;
            }
        }
    }
    workbook.save(path)
}
