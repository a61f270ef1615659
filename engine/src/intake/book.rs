//! A workbook in memory, filled cell by cell within limits. Of all formats but xlsx, which streams.
//! Knows no format: readers say what stands where, and this counts it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::Refusal;
use super::grid::{Content, GridCell};
use super::limits::{
    MAX_BOOK_TEXT_BYTES, MAX_CELL_CHARS, MAX_COLS, MAX_MERGES, MAX_ROWS, MAX_SHEETS, MAX_VALUES,
};
use super::package::Region;
use crate::model::CellRef;

/// A workbook.
#[derive(Debug, Default)]
pub struct Book {
    /// Whether serial numbers of days count from 1904.
    pub epoch_1904: bool,
    /// Sheets, in the order of the workbook.
    pub sheets: Vec<Sheet>,
}

/// A sheet.
#[derive(Debug, Default)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// Whether a person sees it.
    pub visible: bool,
    /// Cells that are not empty, in the order of the file.
    pub cells: Vec<GridCell<'static>>,
    /// Merged regions, in the order of the file.
    pub merges: Vec<Region>,
    /// Hidden rows, from 0.
    pub hidden_rows: Vec<u32>,
    /// Hidden columns, from 0.
    pub hidden_cols: Vec<u32>,
    /// Cells whose number is shown as a percentage.
    pub percents: Vec<CellRef>,
    /// Remarks that hang on cells.
    pub comments: BTreeMap<CellRef, String>,
    /// Digests of the pictures that stand in, or begin at, cells.
    pub pictures: BTreeMap<CellRef, Vec<String>>,
}

/// A book under construction.
#[derive(Debug, Default)]
pub struct Filler {
    book: Book,
    n_values: usize,
    n_bytes: usize,
    n_hidden: usize,
}

impl Filler {
    /// Begins a sheet. Errors: `FileBeyondLimit`.
    pub fn sheet(&mut self, name: impl Into<String>, visible: bool) -> Result<(), Refusal> {
        if self.book.sheets.len() == MAX_SHEETS {
            return Err(Refusal::limit(
                format!("不超过 {MAX_SHEETS} 张工作表"),
                format!("超过 {MAX_SHEETS}"),
            ));
        }
        self.book.sheets.push(Sheet { name: name.into(), visible, ..Sheet::default() });
        Ok(())
    }

    /// Whether a sheet has been begun.
    pub const fn has_sheet(&self) -> bool {
        !self.book.sheets.is_empty()
    }

    /// Hangs a remark and pictures on a cell. Errors: `FileBeyondLimit`.
    pub fn hang(
        &mut self,
        at: CellRef,
        comment: &str,
        pictures: impl IntoIterator<Item = String>,
    ) -> Result<(), Refusal> {
        if !comment.is_empty() {
            self.n_bytes += comment.len();
            self.current().comments.insert(at, comment.to_owned());
        }
        for picture in pictures {
            self.n_bytes += picture.len();
            self.current().pictures.entry(at).or_default().push(picture);
        }
        self.check_bytes()
    }

    fn check_bytes(&self) -> Result<(), Refusal> {
        if self.n_bytes > MAX_BOOK_TEXT_BYTES {
            return Err(Refusal::limit(
                format!("文字不超过 {} MB", MAX_BOOK_TEXT_BYTES >> 20),
                format!("超过 {} MB", MAX_BOOK_TEXT_BYTES >> 20),
            ));
        }
        Ok(())
    }

    /// The sheet that is being filled. Panics before the first.
    pub fn current(&mut self) -> &mut Sheet {
        self.book.sheets.last_mut().expect("readers begin a sheet before they fill it")
    }

    /// Puts a cell. Rows and columns are as counted from the file and may be anything.
    ///
    /// Errors: `FileDamaged` outside of a sheet, `FileBeyondLimit` when there is too much.
    pub fn put(
        &mut self,
        row0: u64,
        col0: u64,
        content: Content<'static>,
        formula: bool,
    ) -> Result<(), Refusal> {
        let at = self.place(row0, col0)?;
        if let Content::Text(text) = &content
            && text.is_empty()
        {
            return Ok(());
        }
        if let Content::Text(Cow::Owned(text)) | Content::IsoDate(text) | Content::Error(text) = &content {
            if text.len() > MAX_CELL_CHARS && text.chars().count() > MAX_CELL_CHARS {
                return Err(Refusal::limit(format!("单元格文字不超过 {MAX_CELL_CHARS} 字"), "更长"));
            }
            self.n_bytes += text.len();
        }
        self.n_values += 1;
        if self.n_values > MAX_VALUES {
            return Err(Refusal::limit(
                format!("不超过 {MAX_VALUES} 个有内容的单元格"),
                format!("超过 {MAX_VALUES}"),
            ));
        }
        self.check_bytes()?;
        self.current().cells.push(GridCell { at, content, formula });
        Ok(())
    }

    /// An address. Errors: `FileDamaged` outside of a sheet.
    pub fn place(&self, row0: u64, col0: u64) -> Result<CellRef, Refusal> {
        match (u32::try_from(row0), u32::try_from(col0)) {
            (Ok(row0), Ok(col0)) if row0 < MAX_ROWS && col0 < MAX_COLS => Ok(CellRef::new(row0, col0)),
            _ => Err(Refusal::damaged("有单元格超出表格范围".to_owned())),
        }
    }

    /// Merges cells: so many rows and columns. One cell is no region.
    ///
    /// Errors: `FileBeyondLimit`; `FileDamaged` outside of a sheet.
    pub fn merge(&mut self, first: CellRef, rows: u64, cols: u64) -> Result<(), Refusal> {
        let last = self.place(
            u64::from(first.row0).saturating_add(rows - 1),
            u64::from(first.col0).saturating_add(cols - 1),
        )?;
        let Some(region) = Region::new(first, last) else { return Ok(()) };
        if self.current().merges.len() == MAX_MERGES {
            return Err(Refusal::limit(
                format!("每张表不超过 {MAX_MERGES} 处合并"),
                format!("超过 {MAX_MERGES}"),
            ));
        }
        self.current().merges.push(region);
        Ok(())
    }

    /// Hides rows, as far as the sheet goes. Errors: `FileBeyondLimit`.
    pub fn hide_rows(&mut self, rows: Range<u64>) -> Result<(), Refusal> {
        let hidden = self.hidden(rows, MAX_ROWS)?;
        self.current().hidden_rows.extend(hidden);
        Ok(())
    }

    /// Hides columns, as far as the sheet goes. Errors: `FileBeyondLimit`.
    pub fn hide_cols(&mut self, cols: Range<u64>) -> Result<(), Refusal> {
        let hidden = self.hidden(cols, MAX_COLS)?;
        self.current().hidden_cols.extend(hidden);
        Ok(())
    }

    fn hidden(&mut self, lines: Range<u64>, most: u32) -> Result<Range<u32>, Refusal> {
        let end = |at: u64| u32::try_from(at).unwrap_or(most).min(most);
        let lines = end(lines.start)..end(lines.end);
        self.n_hidden += lines.len();
        // A sheet hidden to its end is honest; hundreds of them are not.
        if self.n_hidden > 4 * MAX_ROWS as usize {
            return Err(Refusal::limit(format!("隐藏的行列不超过 {}", 4 * MAX_ROWS), self.n_hidden));
        }
        Ok(lines)
    }

    /// The book. Errors: `FileDamaged` when it has no sheet.
    pub fn finish(self) -> Result<Book, Refusal> {
        if self.book.sheets.is_empty() {
            return Err(Refusal::damaged("没有工作表".to_owned()));
        }
        Ok(self.book)
    }
}
