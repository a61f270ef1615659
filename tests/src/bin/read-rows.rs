//! Measures the reading of one long sheet: `read_inbox` (guard, grid, layout, typed rows) against
//! `calamine`'s own cell stream, drained over the same file. Each in a process of its own, by turns.
//!
//! ```text
//! read-rows write FILE [ENTERPRISES]    a sheet of 12 columns, 60 rows an enterprise; 3,333 of them unless told
//! read-rows compare FILE [ROUNDS]       both readers by turns: processor time, wall time, peak memory
//! read-rows drain|read FILE             one of them, for a profiler
//! ```
//!
//! Processor time and memory are Linux's own figures, from `/proc`. The same arguments of `write`
//! give the same bytes.

use std::fs::{self, File};
use std::io::{self, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;
use std::{env, error};

use anping::intake::{Intake, Layout, parse_layout, read_inbox};
use calamine::{DataRef, Reader as _, Xlsx, open_workbook};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

type Failure = Box<dyn error::Error>;

fn main() -> ExitCode {
    let args: Vec<_> = env::args().skip(1).collect();
    let number =
        |index: usize, default: u64| args.get(index).and_then(|arg| arg.parse().ok()).unwrap_or(default);
    let done = match (args.first().map(String::as_str), args.get(1).map(Path::new)) {
        (Some("write"), Some(file)) => write(file, number(2, 3_333)).map_err(Failure::from),
        (Some("compare"), Some(file)) => compare(file, number(2, 9) as usize),
        (Some("drain"), Some(file)) => drain(file),
        (Some("read"), Some(file)) => read(file),
        _ => {
            // Nothing can be done where the stream is closed.
            let _ = writeln!(io::stderr(), "read-rows write|compare|drain|read FILE [NUMBER]");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            let _ = writeln!(io::stderr(), "{wrong}");
            ExitCode::FAILURE
        }
    }
}

/// The layout of the sheet, as a card that an office would keep.
const LAYOUT: &str = r#"
title = "检查结果明细"
role = "rows"
kind = "results"
row_key = "code"
column = [
  { key = "code", names = ["单位编号"], type = "code", required = true },
  { key = "unit", names = ["单位名称"], type = "text", required = true },
  { key = "industry", names = ["行业"], type = "text" },
  { key = "date", names = ["检查日期"], type = "date", required = true },
  { key = "item", names = ["项目编号"], type = "code", required = true },
  { key = "verdict", names = ["结果"], type = "verdict", required = true },
  { key = "finding", names = ["问题描述"], type = "text" },
  { key = "level", names = ["隐患等级"], type = "level" },
  { key = "deadline", names = ["整改期限"], type = "date" },
  { key = "done", names = ["整改完成日期"], type = "date" },
  { key = "inspector", names = ["检查人"], type = "text" },
  { key = "remark", names = ["备注"], type = "text" },
]
"#;

const HEADER: [&str; 12] = [
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
const ITEMS: u64 = 60;
const LETTERS: [&str; 16] =
    ["华", "兴", "盛", "泰", "隆", "鑫", "达", "宏", "瑞", "康", "顺", "源", "昌", "裕", "恒", "丰"];
const INDUSTRIES: [&str; 8] =
    ["机械制造", "家具木业", "纺织服装", "食品加工", "化工仓储", "餐饮场所", "物流仓储", "金属冶炼"];
const INSPECTORS: [&str; 8] = ["王建国", "李秀英", "张伟", "刘洋", "陈静", "杨帆", "赵磊", "黄敏"];
const FINDINGS: [&str; 8] = [
    "安全出口被货物堵塞,疏散通道宽度不足1.1米",
    "配电箱未设置漏电保护装置,箱门未跨接接地",
    "灭火器压力不足且未按月检查记录",
    "危险化学品与可燃物混存,未张贴安全技术说明书",
    "设备传动部位防护罩缺失,急停按钮失效",
    "动火作业未办理审批手续,现场无监护人员",
    "应急预案未备案,近一年未组织演练",
    "有限空间未设置警示标志,未执行先通风再检测后作业",
];

/// Numbers that look like chance and are not.
struct Chance(u64);

impl Chance {
    const fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(2_654_435_761).wrapping_add(12_345))
    }

    const fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Writes the sheet: most rows passed and have 7 filled cells, a failed one has up to 12.
fn write(file: &Path, n_enterprises: u64) -> Result<(), XlsxError> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_ymd(2026, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let sheet = workbook.add_worksheet().set_name("检查结果")?;
    for (column, name) in (0..).zip(HEADER) {
        sheet.write(0, column, name)?;
    }
    let of = |list: &[&'static str], index: u64| list[index as usize % list.len()];
    // 2026-01-05 as a serial number.
    const FIRST_DAY: u64 = 46_027;
    let mut row = 0;
    for enterprise in 0..n_enterprises {
        let mut chance = Chance::of(enterprise + 1);
        let failing = 3 + chance.below(22);
        let date = FIRST_DAY + chance.below(200);
        let inspector = of(&INSPECTORS, chance.below(8));
        let letters =
            [enterprise, enterprise / 16, enterprise / 256].map(|index| of(&LETTERS, index)).concat();
        let name = format!("{letters}{}有限公司第{}厂", of(&INDUSTRIES, enterprise), enterprise + 1);
        for item in 0..ITEMS {
            row += 1;
            sheet.write(row, 0, format!("E{:06}", enterprise + 1))?;
            sheet.write(row, 1, &name)?;
            sheet.write(row, 2, of(&INDUSTRIES, enterprise))?;
            sheet.write_with_format(row, 3, date as u32, &day)?;
            sheet.write(row, 4, format!("X{:03}", item + 1))?;
            sheet.write(row, 10, inspector)?;
            let drawn = chance.below(100);
            if drawn >= failing {
                sheet.write(row, 5, if drawn >= 92 { "不适用" } else { "符合" })?;
                continue;
            }
            let kind = chance.below(1_000);
            sheet.write(row, 5, "不符合")?;
            sheet.write(row, 6, format!("{}({kind}处)", of(&FINDINGS, kind)))?;
            sheet.write(row, 7, if item % 15 == 7 { "重大隐患" } else { "一般隐患" })?;
            sheet.write_with_format(row, 8, (date + 7 + kind % 24) as u32, &day)?;
            if kind % 10 < 6 {
                sheet.write_with_format(row, 9, (date + 1 + kind % 20) as u32, &day)?;
            }
            if kind.is_multiple_of(7) {
                sheet.write(row, 11, format!("复查意见编号{}", enterprise * ITEMS + item))?;
            }
        }
    }
    workbook.save(file)
}

/// What one process measured of itself.
#[derive(Debug, Default, Clone, Copy)]
struct Measured {
    /// Processor time, in microseconds.
    cpu: u64,
    /// Time by the clock, in microseconds.
    wall: u64,
    /// Most memory it ever had, in kilobytes.
    peak: u64,
    /// Cells that hold something.
    cells: u64,
}

fn drain(file: &Path) -> Result<(), Failure> {
    let drained = || {
        let mut workbook: Xlsx<BufReader<File>> = open_workbook(file)?;
        let name = workbook.sheet_names().first().cloned().unwrap_or_default();
        let mut reader = workbook.worksheet_cells_reader(&name)?;
        let mut cells = 0;
        while let Some(cell) = reader.next_cell()? {
            cells += u64::from(!matches!(cell.get_value(), DataRef::Empty));
        }
        Ok(cells)
    };
    report(drained, |cells| Ok(*cells))
}

fn read(file: &Path) -> Result<(), Failure> {
    let layouts = layouts()?;
    let count = |intake: &Intake| {
        if let Some(problem) = intake.problems.first() {
            return Err(format!("{problem:?}").into());
        }
        let header = HEADER.len() as u64;
        let rows = intake.tables.iter().flat_map(|table| &table.rows);
        Ok(header + rows.flat_map(|row| &row.cells).filter(|cell| !cell.raw.is_empty()).count() as u64)
    };
    report(|| Ok(read_inbox(file, &layouts, None, &|_, _| (), &|| false)?), count)
}

fn layouts() -> Result<Vec<Layout>, Failure> {
    Ok(vec![parse_layout("results", LAYOUT).map_err(|faults| faults.join("; "))?])
}

/// Measures this process and prints one line for `compare`.
///
/// The clocks stop when everything has been read and is in hand; to take it apart again is no part
/// of reading. `count` says afterwards how many cells hold something.
fn report<T>(
    run: impl FnOnce() -> Result<T, Failure>,
    count: impl FnOnce(&T) -> Result<u64, Failure>,
) -> Result<(), Failure> {
    let (clock, before) = (Instant::now(), cpu_time()?);
    let read = run()?;
    let (wall, cpu) = (clock.elapsed().as_micros(), cpu_time()? - before);
    let peak = peak()?;
    writeln!(io::stdout(), "{cpu} {wall} {peak} {}", count(&read)?)?;
    Ok(())
}

/// Processor time of all threads so far, in microseconds.
fn cpu_time() -> Result<u64, Failure> {
    let mut total = 0;
    for task in fs::read_dir("/proc/self/task")? {
        let stat = fs::read_to_string(task?.path().join("schedstat"))?;
        total += stat.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(total / 1_000)
}

/// Most memory of this process so far, in kilobytes.
fn peak() -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

fn compare(file: &Path, rounds: usize) -> Result<(), Failure> {
    let mut runs = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (mode, runs) in ["drain", "read"].iter().zip(&mut runs) {
            runs.push(measure(mode, file)?);
        }
    }
    let mut out = io::stdout();
    writeln!(out, "{:<8}{:>12}{:>12}{:>12}{:>12}", "", "cpu ms", "wall ms", "peak MB", "cells")?;
    for (mode, runs) in ["drain", "read"].iter().zip(&runs) {
        let middle = |of: fn(&Measured) -> u64| median(runs.iter().map(of).collect()) as f64;
        writeln!(
            out,
            "{mode:<8}{:>12.1}{:>12.1}{:>12.1}{:>12}",
            middle(|run| run.cpu) / 1e3,
            middle(|run| run.wall) / 1e3,
            middle(|run| run.peak) / 1024.0,
            middle(|run| run.cells)
        )?;
    }
    let [drained, read] = &runs;
    let ratio =
        drained.iter().zip(read).map(|(drained, read)| read.cpu * 1_000 / drained.cpu.max(1)).collect();
    writeln!(out, "cpu, read / drain, round by round: {:.2}", median(ratio) as f64 / 1e3)?;
    Ok(())
}

fn measure(mode: &str, file: &Path) -> Result<Measured, Failure> {
    let ran = Command::new(env::current_exe()?).arg(mode).arg(file).output()?;
    let said = String::from_utf8(ran.stdout)?;
    let numbers: Vec<u64> = said.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let [cpu, wall, peak, cells] = numbers[..] else {
        return Err(format!("{mode}: {}", String::from_utf8_lossy(&ran.stderr)).into());
    };
    Ok(Measured { cpu, wall, peak, cells })
}

/// The median; 0 of nothing.
fn median(mut numbers: Vec<u64>) -> u64 {
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}
