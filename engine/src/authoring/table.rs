//! The sheets and columns of a definition workbook, and their cells by name; what nobody would read is found.
//! Knows no meaning of any of them; that is `written`'s affair.

use std::collections::BTreeMap;
use std::fmt;

use super::sheets::Sheets;
use crate::model::CellRef;

/// A cell that must be put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The sheet.
    pub sheet: String,
    /// The cell; none: the whole sheet.
    pub cell: Option<CellRef>,
    /// What stands there.
    pub found: String,
    /// What should, and how to put it right.
    pub expected: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "工作表“{}”", self.sheet)?;
        if let Some(cell) = self.cell {
            write!(f, " 单元格 {cell}")?;
        }
        write!(f, ": 应为 {},实为“{}”", self.expected, self.found)
    }
}

/// A row with its position from 0.
pub type Row<'a> = (u32, &'a [String]);

/// A sheet with its columns found.
pub struct Table<'a> {
    /// Its name.
    pub name: &'static str,
    /// Column names without their `*`, to position.
    pub columns: BTreeMap<&'a str, usize>,
    rows: &'a [Vec<String>],
}

impl<'a> Table<'a> {
    /// The sheet of this name; empty where there is none.
    pub fn of(sheets: &'a Sheets, name: &'static str) -> Self {
        let rows = sheets.0.iter().find(|(of, _)| of == name).map_or(&[][..], |(_, rows)| rows);
        let head = rows.first().map_or(&[][..], Vec::as_slice);
        let columns = head.iter().enumerate().map(|(at, name)| (name.trim_end_matches('*'), at)).collect();
        Self { name, columns, rows }
    }

    /// Rows below the header that hold something, with their position from 0.
    pub fn rows(&self) -> impl Iterator<Item = (u32, &'a [String])> + use<'a> {
        (0..).zip(self.rows).skip(1).filter(|(_, row)| !row.is_empty()).map(|(at, row)| (at, row.as_slice()))
    }

    /// What stands in a column of a row; empty where the column is missing.
    pub fn get(&self, row: &'a [String], column: &str) -> &'a str {
        self.columns.get(column).and_then(|&at| row.get(at)).map_or("", String::as_str)
    }

    /// The cell of a column; its first column where it has none of this name.
    pub fn cell(&self, row0: u32, column: &str) -> CellRef {
        CellRef::new(row0, self.columns.get(column).map_or(0, |at| u32::try_from(*at).unwrap_or(0)))
    }

    /// A fault of one cell.
    pub fn fault(&self, row0: u32, column: &str, found: &str, expected: impl Into<String>) -> Fault {
        let cell = Some(self.cell(row0, column));
        Fault { sheet: self.name.to_owned(), cell, found: found.to_owned(), expected: expected.into() }
    }

    /// One of the words of a column; empty is the first.
    pub fn word<T: Clone>(
        &self,
        (row0, row): (u32, &'a [String]),
        column: &str,
        known: &[(&str, T)],
        faults: &mut Vec<Fault>,
    ) -> T {
        let found = self.get(row, column);
        if let Some((_, value)) = known.iter().find(|(word, _)| *word == found) {
            return value.clone();
        }
        if !found.is_empty() {
            let words: Vec<_> = known.iter().map(|(word, _)| *word).collect();
            faults.push(self.fault(row0, column, found, words.join("、")));
        }
        known[0].1.clone()
    }
}

/// None for an empty cell.
pub fn optional(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The sheets of a definition and their columns; without columns: kept as it is, nothing is read of it.
/// Columns after 备注 would belong to the form and be kept, and no rule read them.
const FORM: [(&str, &[&str]); 11] = [
    ("设置", &["项目", "内容", "备注"]),
    (
        "检查项",
        &[
            "编号",
            "要素",
            "类别",
            "检查内容",
            "检查方式",
            "标准分",
            "关键项",
            "适用条件",
            "计分方式",
            "评分标准",
            "把握",
            "依据条款",
            "上级编号",
            "证据要求",
            "整改期限",
            "整改期限(天)",
            "责任主体",
            "备注",
        ],
    ),
    (
        "扣分规则",
        &["检查项编号", "情形", "扣分", "单位", "上限", "作用范围", "是否生成隐患", "隐患级别", "备注"],
    ),
    ("依据", &["名称", "文号", "简称", "生效日期", "失效日期", "备注"]),
    ("要素", &["编号", "名称", "权重", "备注"]),
    (
        "校验",
        &["编号", "类型", "左式", "运算", "右式", "容差", "缺值策略", "提示语", "处理办法", "等次", "备注"],
    ),
    ("加减分", &["名称", "方向", "每次分值", "上限", "备注"]),
    ("样例", &["样例", "检查日期", "检查项", "判定", "扣分", "应得分", "应得等次", "备注"]),
    ("选项", &[]),
    ("汇总映射", &[]),
    ("版本记录", &[]),
];

/// The lines of 设置. Those after 备注 are kept, but no rule reads them yet.
const SETTINGS: [&str; 19] = [
    "表单编号",
    "名称",
    "版本",
    "依据文件",
    "总分",
    "计分模式",
    "取整位数",
    "取整阶段",
    "未查策略",
    "缺项折算",
    "等次区间",
    "否决等次",
    "加分上限",
    "备注",
    "适用行业",
    "适用条件",
    "生效日期",
    "失效日期",
    "生效/失效日期",
];

/// Finds what nobody would read: a sheet, a column or a setting with a wrong name must not be left out
/// silently, since a checklist without its deductions still packs.
pub fn unread(sheets: &Sheets) -> Vec<Fault> {
    let mut faults = Vec::new();
    let fault = |sheet: &str, cell, found: &str, expected: String| Fault {
        sheet: sheet.to_owned(),
        cell,
        found: found.to_owned(),
        expected,
    };
    let at = |row0: usize, col0: usize| {
        Some(CellRef::new(u32::try_from(row0).unwrap_or(u32::MAX), u32::try_from(col0).unwrap_or(u32::MAX)))
    };
    for (name, rows) in &sheets.0 {
        let Some((_, columns)) = FORM.iter().find(|(known, _)| known == name) else {
            let known: Vec<_> = FORM.iter().map(|(known, _)| *known).collect();
            faults.push(fault(name, None, name, format!("工作表名为 {} 之一,或删去", known.join("、"))));
            continue;
        };
        let head = rows.first().map_or(&[][..], Vec::as_slice);
        for (col0, column) in head.iter().map(|column| column.trim_end_matches('*')).enumerate() {
            if column.is_empty() || columns.is_empty() {
                continue;
            }
            if !columns.contains(&column) {
                faults.push(fault(
                    name,
                    at(0, col0),
                    column,
                    format!("栏名为 {} 之一,或删去", columns.join("、")),
                ));
            } else if head[..col0].iter().any(|other| other.trim_end_matches('*') == column) {
                faults.push(fault(name, at(0, col0), column, "每栏只出现一次".to_owned()));
            }
        }
    }
    let table = Table::of(sheets, "设置");
    let mut seen = Vec::new();
    for (row0, row) in table.rows() {
        let key = table.get(row, "项目");
        if !SETTINGS.contains(&key) {
            faults.push(table.fault(row0, "项目", key, format!("{} 之一", SETTINGS.join("、"))));
        } else if seen.contains(&key) {
            faults.push(table.fault(row0, "项目", key, "每个项目只写一行"));
        }
        seen.push(key);
    }
    faults
}

/// What is filled in and kept, but read by no rule yet: sheet, and column or line of 设置.
pub fn kept_only(sheets: &Sheets) -> Vec<(String, String)> {
    let after = |names: &[&'static str]| -> Vec<&'static str> {
        names.iter().skip_while(|name| **name != "备注").skip(1).copied().collect()
    };
    let mut found = Vec::new();
    for (name, rows) in &sheets.0 {
        let known = FORM.iter().find(|(known, _)| known == name).map_or(&[][..], |(_, columns)| columns);
        let unread = after(known);
        for (col0, column) in rows.first().into_iter().flatten().enumerate() {
            let column = column.trim_end_matches('*');
            let is_filled = rows.iter().skip(1).any(|row| row.get(col0).is_some_and(|cell| !cell.is_empty()));
            if unread.contains(&column) && is_filled {
                found.push((name.clone(), column.to_owned()));
            }
        }
    }
    let settings = Table::of(sheets, "设置");
    let unread = after(&SETTINGS);
    for (_, row) in settings.rows() {
        let key = settings.get(row, "项目");
        if unread.contains(&key) && !settings.get(row, "内容").is_empty() {
            found.push(("设置".to_owned(), key.to_owned()));
        }
    }
    found
}
