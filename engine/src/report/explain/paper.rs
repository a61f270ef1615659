//! What a cell of a paper (整改通知单, 一企一档, 通报, 公示表, 未销号清单) rests on, from the paper alone: its row, the
//! cells that the row names as its source, and what 溯源 says of whom the row is about.
//! Works nothing out, and opens no other file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::model::{CellRef, Lang, SheetCells};
use crate::report::standard::{Origin, TRACE};

/// Columns that name the source of their row.
const SOURCES: [&str; 3] = ["来源", "来源单元格", "来源(文件、工作表、单元格)"];
/// Columns that name whom or what a row is about, the most exact first.
const ABOUT: [&str; 6] = ["隐患编号", "编号", "企业名称", "单位名称", "单位", "对象"];
/// The fewest cells of a row of headers.
const MIN_HEADERS: usize = 3;
/// The most grounds that are told.
const MAX_GROUNDS: usize = 50;

/// Why there is no explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unexplained {
    /// The text is not an address.
    NotACell(String),
    /// There is no such sheet; those that there are.
    NoSheet(Vec<String>),
    /// Nothing stands there; the sheets that there are.
    Empty(CellRef, Vec<String>),
}

impl Unexplained {
    /// The message in a language.
    pub fn message(&self, lang: Lang) -> String {
        let listed = |names: &[String]| {
            let shown: Vec<_> = names.iter().take(20).map(String::as_str).collect();
            let more = if names.len() > 20 { "…" } else { "" };
            format!("{}{more}", shown.join("、"))
        };
        match (self, lang) {
            (Self::NotACell(text), Lang::Zh) => {
                format!("“{text}”不是单元格地址\n提示: 写法如 C8,或 工作表!C8")
            }
            (Self::NotACell(text), Lang::En) => {
                format!("\"{text}\" is not an address such as C8 or sheet!C8")
            }
            (Self::NoSheet(names), Lang::Zh) => format!("没有这个工作表,可用: {}", listed(names)),
            (Self::NoSheet(names), Lang::En) => format!("no such sheet, there are: {}", listed(names)),
            (Self::Empty(cell, names), Lang::Zh) => {
                format!("{cell} 是空的\n提示: 其他工作表写作 工作表!{cell};有: {}", listed(names))
            }
            (Self::Empty(cell, names), Lang::En) => {
                format!(
                    "{cell} is empty\nhint: of another sheet write sheet!{cell}; there are: {}",
                    listed(names)
                )
            }
        }
    }
}

/// Explains a cell of a paper: `C8` of its first sheet, or `sheet!C8`.
///
/// Shape: the cell with its header and value, its row, its grounds, and from what the paper was made.
/// Errors: no such sheet or cell.
pub fn explain(sheets: &[SheetCells], address: &str) -> Result<String, Unexplained> {
    let (sheet, bare) = match address.rsplit_once('!') {
        Some((sheet, cell)) => (Some(sheet.trim_matches('\'')), cell),
        None => (None, address),
    };
    let wanted = CellRef::parse(&bare.trim().replace('$', "").to_uppercase());
    let wanted = wanted.ok_or_else(|| Unexplained::NotACell(address.to_owned()))?;
    let visible = || sheets.iter().filter(|(name, _)| name != TRACE);
    let names = || visible().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let found = match sheet {
        Some(sheet) => visible().find(|(name, _)| name == sheet),
        None => visible().next(),
    };
    let (name, cells) = found.ok_or_else(|| Unexplained::NoSheet(names()))?;
    let page = Page(cells.iter().map(|(at, text)| (*at, text.trim())).collect());
    let value = page.text(wanted);
    if value.is_empty() {
        return Err(Unexplained::Empty(wanted, names()));
    }
    let mut text = String::new();
    let headers = page.headers(wanted);
    // Writing to a String cannot fail.
    match headers.get(&wanted.col0) {
        Some(header) => _ = writeln!(text, "“{name}”{wanted} {header} = {value}"),
        None => _ = writeln!(text, "“{name}”{wanted} = {value}"),
    }
    let row: Vec<(&str, &str)> = page
        .row(wanted.row0)
        .filter_map(|(at, text)| Some((*headers.get(&at.col0)?, text)))
        .filter(|_| !headers.is_empty())
        .collect();
    if !row.is_empty() {
        let shown = row.iter().filter(|(header, _)| !SOURCES.contains(header));
        let shown: Vec<_> = shown.map(|(header, text)| format!("{header} {text}")).collect();
        _ = writeln!(text, "  该行:{}", shown.join(","));
    }
    let own = row.iter().filter(|(header, _)| SOURCES.contains(header));
    let mut grounds: Vec<String> = own.map(|(_, source)| (*source).to_owned()).collect();
    if let Some((_, trace)) = sheets.iter().find(|(name, _)| name == TRACE) {
        let trace = Page(trace.iter().map(|(at, text)| (*at, text.trim())).collect());
        let about = row.iter().filter(|(header, _)| ABOUT.contains(header));
        grounds.extend(trace.about(&about.map(|one| one.1).collect::<Vec<_>>()));
    }
    let n_grounds = grounds.len();
    for ground in grounds.into_iter().take(MAX_GROUNDS) {
        _ = writeln!(text, "  依据:{ground}");
    }
    if n_grounds > MAX_GROUNDS {
        _ = writeln!(text, "  …(其余 {} 处从略)", n_grounds - MAX_GROUNDS);
    }
    let subject = ABOUT.iter().find_map(|wanted| row.iter().find(|(header, _)| header == wanted));
    if let Some((_, subject)) = subject {
        _ = writeln!(text, "  由来逐步说明:anping explain 发件文件夹 {subject}");
    }
    if let Some((_, origin)) = Origin::read(sheets) {
        _ = writeln!(
            text,
            "  本文书由截至 {} 的收件生成(程序 {},输入摘要 {}),可用 anping verify 重算核对",
            origin.as_of,
            origin.program,
            origin.inputs.get(..12).unwrap_or(&origin.inputs)
        );
    }
    Ok(text)
}

/// The cells of a sheet.
struct Page<'s>(BTreeMap<CellRef, &'s str>);

impl<'s> Page<'s> {
    fn text(&self, at: CellRef) -> &'s str {
        self.0.get(&at).copied().unwrap_or_default()
    }

    /// What stands in a row.
    fn row(&self, row0: u32) -> impl Iterator<Item = (CellRef, &'s str)> + '_ {
        let cells = self.0.range(CellRef::new(row0, 0)..CellRef::new(row0.saturating_add(1), 0));
        cells.map(|(at, text)| (*at, *text)).filter(|(_, text)| !text.is_empty())
    }

    /// The headers above a cell, by column: of the rows above it without a gap the highest that is wide enough to
    /// be one. Empty for a cell that stands in no table.
    fn headers(&self, at: CellRef) -> BTreeMap<u32, &'s str> {
        let mut headers = BTreeMap::new();
        // A sentence below or above a table stands alone in its row.
        if self.row(at.row0).nth(1).is_none() {
            return headers;
        }
        for row0 in (0..at.row0).rev() {
            let row: BTreeMap<u32, &str> = self.row(row0).map(|(at, text)| (at.col0, text)).collect();
            if row.len() < 2 {
                break;
            }
            if row.len() >= MIN_HEADERS && row.contains_key(&at.col0) {
                headers = row;
            }
        }
        headers
    }

    /// What 溯源 says of something: the other cells of the rows that begin with it.
    fn about(&self, wanted: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for (at, _) in self.0.iter().filter(|(at, text)| at.col0 == 0 && wanted.contains(text)) {
            let rest: Vec<_> = self.row(at.row0).filter(|(cell, _)| cell.col0 > 0).map(|one| one.1).collect();
            found.push(rest.join(" "));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheets() -> Vec<SheetCells> {
        let cell = |at: &str, text: &str| (CellRef::parse(at).expect("an address"), text.to_owned());
        let list = [
            ("A1", "清单"),
            ("A2", "填报单位"),
            ("D2", "截止"),
            ("A3", "序号"),
            ("B3", "隐患编号"),
            ("C3", "等级"),
            ("D3", "来源"),
            ("A4", "1"),
            ("B4", "H0002"),
            ("C4", "重大"),
            ("D4", "a.xlsx › 表 › F4"),
            ("A5", "2"),
            ("B5", "H0003"),
            ("C5", "一般"),
            ("A6", "说明:共 2 条"),
        ];
        let trace = [
            ("A1", "溯源"),
            ("A2", "H0003"),
            ("B2", "b.xlsx › 表 › F9"),
            ("A3", "H0003"),
            ("B3", "c.xlsx › 表 › F1"),
        ];
        let of = |cells: &[(&str, &str)]| cells.iter().map(|(at, text)| cell(at, text)).collect::<Vec<_>>();
        vec![("清单".to_owned(), of(&list)), (TRACE.to_owned(), of(&trace))]
    }

    #[test]
    fn a_cell_leads_to_its_row_and_to_what_the_row_rests_on() {
        for (address, expected) in [
            (
                "C4",
                "“清单”C4 等级 = 重大\n  该行:序号 1,隐患编号 H0002,等级 重大\n  依据:a.xlsx › 表 › F4\n  由来逐步说明:anping explain 发件文件夹 H0002\n",
            ),
            (
                "清单!$C$5",
                "“清单”C5 等级 = 一般\n  该行:序号 2,隐患编号 H0003,等级 一般\n  依据:b.xlsx › 表 › F9\n  依据:c.xlsx › 表 › F1\n  由来逐步说明:anping explain 发件文件夹 H0003\n",
            ),
            ("A6", "“清单”A6 = 说明:共 2 条\n"),
        ] {
            assert_eq!(explain(&sheets(), address).as_deref(), Ok(expected), "{address}");
        }
        for (address, expected) in [("D5", "是空的"), ("别表!A1", "没有这个工作表"), ("4C", "不是单元格地址")]
        {
            let why = explain(&sheets(), address).expect_err(address);
            assert!(why.message(Lang::Zh).contains(expected), "{address}");
        }
    }
}
