//! What one file may claim of the machine, each limit with its reason.
//! Enforced by `package` before any parser runs, by `grid` and `book` while cells arrive, and by
//! `walled` around the parsers of binary workbooks.
//!
//! There is no alarm on the compression ratio: an honest style sheet of a few kilobytes reaches
//! 100:1, and what protects is the count of bytes that really came out. Nor is depth limited: no
//! parser here recurses.

/// Longest file. A town's largest workbooks carry photos and stay below 20 MB; whoever sends more
/// is told to remove them.
pub const MAX_FILE_BYTES: u64 = 50 << 20;

/// Most entries in a package. A workbook with a thousand photos has about 2,000; each costs the
/// package's index some hundred bytes before anything is known of it.
pub const MAX_ENTRIES: usize = 5_000;

/// Most bytes that may come out of the parts we read, counted while inflating; declared sizes are
/// not believed. 200,000 rows of 12 columns are 59 MB, or up to 140 MB with every text inline. With
/// the grid and the rows kept, such a file stays below 512 MiB.
pub const MAX_INFLATED_BYTES: u64 = 160 << 20;

/// The same for a sheet that is streamed and never held: a million rows of 12 columns are 301 MB, or
/// half as much again with every text inline.
pub const MAX_STREAMED_BYTES: u64 = 1 << 30;

/// Most bytes of pictures, which are only hashed. A file of the longest kind may hold as many again
/// in badly compressed ones.
pub const MAX_PICTURE_BYTES: u64 = 256 << 20;

/// Files that inflate to less are read in parallel; a larger one waits for its turn, so that
/// memory does not grow with the number of processors.
pub const SMALL_INFLATED_BYTES: u64 = 8 << 20;

/// Longest piece of markup or of text between two pieces. A cell holds at most 32,767 characters,
/// which escapes can make 300 KB; a parser copies each piece up to three times.
pub const MAX_PIECE_BYTES: usize = 1 << 20;

/// Most sheets in a workbook. Each is read by itself; people send up to some dozens.
pub const MAX_SHEETS: usize = 256;

/// Most cells in a workbook, blank ones with a style included. Formatted blank columns reach
/// three million; an empty cell takes four bytes of markup and costs time only.
pub const MAX_CELLS: usize = 6_000_000;

/// Most cells with a value in a workbook: each takes some 50 bytes in the grid. 200,000 full rows of
/// 12 columns are 2,400,000.
pub const MAX_VALUES: usize = 2_500_000;

/// Most merged regions on a sheet; finding the region of a cell costs time with their number.
pub const MAX_MERGES: usize = 20_000;

/// Most shared texts; each costs 24 bytes even when empty.
pub const MAX_STRINGS: usize = 2_000_000;

/// Most cell formats: the limit of the spreadsheet programs themselves is 65,490. The reader keeps
/// a copy of the number format for each.
pub const MAX_STYLES: usize = 65_536;

/// Longest number format. Spreadsheet programs stop at 255 characters; because the reader copies
/// it into every cell format, a long one multiplies.
pub const MAX_FORMAT_BYTES: usize = 1_024;

/// Most cells that the tables of a file may have, empty ones included. One value in a row makes a
/// row of all the layout's columns, so this is more than the sheet's own cells; each takes 56
/// bytes beside its texts. 200,000 rows of 12 columns are 2,400,000.
pub const MAX_TABLE_CELLS: usize = 2_500_000;

/// Most bytes of text that the tables of a file may hold, those of a cell as its value and as what stands
/// there. A workbook stores a text once and refers to it from any number of cells; a table keeps one
/// that comes again once too, but only as long as it remembers.
pub const MAX_TABLE_TEXT_BYTES: usize = 64 << 20;

/// Most problems of a file, hints beyond [`MAX_HINTS`] not counted. Nobody reads more; such a file is sent back as a whole.
pub const MAX_PROBLEMS: usize = 20_000;

/// Most hints of one kind on a sheet that are told cell by cell: a list of 200,000 rows whose days are
/// all text is a list to be read, not one to be sent back.
pub const MAX_HINTS: usize = 2_000;

/// Most characters that a problem quotes from a cell.
pub const MAX_QUOTED_CHARS: usize = 200;

/// Rows of a sheet, by the format's own definition.
pub const MAX_ROWS: u32 = 1_048_576;

/// Columns of a sheet, by the format's own definition.
pub const MAX_COLS: u32 = 16_384;

/// Most characters of a cell, by the format's own definition.
pub const MAX_CELL_CHARS: usize = 32_767;

/// Most bytes of text in a workbook that is kept in memory. A repeated cell of an ods file says its
/// text once and means it any number of times.
pub const MAX_BOOK_TEXT_BYTES: usize = 64 << 20;

/// Bytes of memory for the guest that reads binary workbooks: the file, the parser's copies and the
/// answer. A full xls sheet (65,536 rows of 12 columns) takes 130 MB.
pub const READER_MEMORY: usize = 256 << 20;

/// Instructions for the same: a start, so many for each byte of the file, and a ceiling of some ten
/// seconds. A full xls sheet (14 MB) takes 100 a byte; a loop in a small file ends after two seconds.
pub const READER_FUEL_START: u64 = 2_000_000_000;
/// See [`READER_FUEL_START`].
pub const READER_FUEL_BYTE: u64 = 500;
/// See [`READER_FUEL_START`].
pub const READER_FUEL_MOST: u64 = 10_000_000_000;

/// Seconds by the clock for the same. Only a guard for what instructions do not measure.
pub const READER_SECONDS: u64 = 30;

/// Most fields of an exported sheet, empty ones included: two cells in opposite corners of a sheet
/// would make 17 billion.
pub const MAX_EXPORT_FIELDS: usize = 20_000_000;
