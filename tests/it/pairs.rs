//! Workbooks beside what a spreadsheet program made of them: `book.xlsx` and `book.csv`, or one
//! `book.<sheet>.csv` (also `book-<sheet>.csv`, as LibreOffice names them) for each sheet.
//!
//! `tests/pairs` is compared always, another folder where `ANPING_PAIRS` names one:
//!
//! ```text
//! soffice --headless --convert-to \
//!     'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1' *.xlsx *.xls *.ods
//! ANPING_PAIRS=that/folder cargo test -p acceptance pairs
//! ```
//!
//! A program exports what it shows, `anping grid` what is stored: 85.6% is 0.856, 1,234.50 is 1234.5,
//! and a rounded number is any number that rounds to it. Nothing else may differ.

use std::env;
use std::path::{Path, PathBuf};

use acceptance::workspace;
use anping::intake::export;
use anping::model::{Date, Decimal};
use rust_decimal::RoundingStrategy;

/// Extensions of workbooks.
const WORKBOOKS: [&str; 8] = ["xlsx", "xlsm", "xlsb", "xls", "et", "ods", "xml", "html"];

/// A workbook, and its exports: the sheet's name (empty: the first), and the file.
struct Pair {
    workbook: PathBuf,
    exports: Vec<(String, PathBuf)>,
}

fn has_extension(file: &Path, wanted: &[&str]) -> bool {
    file.extension().is_some_and(|extension| wanted.iter().any(|wanted| extension == *wanted))
}

fn stem(file: &Path) -> String {
    file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The pairs of a folder. A file that belongs to no pair is a mistake of whoever made the folder.
fn pairs(folder: &Path) -> Vec<Pair> {
    let mut files: Vec<PathBuf> = folder
        .read_dir()
        .unwrap_or_else(|wrong| panic!("{}: {wrong}", folder.display()))
        .map(|entry| entry.expect("can be listed").path())
        .collect();
    files.sort();
    let (exports, workbooks): (Vec<_>, Vec<_>) = files
        .into_iter()
        .filter(|file| has_extension(file, &WORKBOOKS) || has_extension(file, &["csv"]))
        .partition(|file| has_extension(file, &["csv"]));
    let mut pairs: Vec<Pair> =
        workbooks.into_iter().map(|workbook| Pair { workbook, exports: Vec::new() }).collect();
    for export in exports {
        let name = stem(&export);
        let sheet_of = |pair: &Pair| {
            let rest = name.strip_prefix(&stem(&pair.workbook))?;
            if rest.is_empty() {
                Some(String::new())
            } else {
                rest.strip_prefix(['.', '-']).map(str::to_owned)
            }
        };
        // Of `a.xlsx` and `a-b.xlsx` the longer name has `a-b-c.csv`; the same name in several
        // formats shares its exports.
        let longest =
            pairs.iter().filter(|pair| sheet_of(pair).is_some()).map(|pair| stem(&pair.workbook).len()).max();
        let longest = longest.unwrap_or_else(|| panic!("{} belongs to no workbook", export.display()));
        for pair in &mut pairs {
            if let (Some(sheet), true) = (sheet_of(pair), stem(&pair.workbook).len() == longest) {
                pair.exports.push((sheet, export.clone()));
            }
        }
    }
    for pair in &pairs {
        assert!(!pair.exports.is_empty(), "{} has no export beside it", pair.workbook.display());
    }
    pairs
}

/// Compares one sheet; what differs, as `cell: ours, theirs`.
fn differences(workbook: &Path, sheet: &str, export_file: &Path, cache: &Path) -> Vec<String> {
    let sheet = Some(sheet).filter(|sheet| !sheet.is_empty());
    let ours = match export(workbook, sheet, Some(cache)) {
        Ok(exported) => exported.rows,
        Err(wrong) => return vec![format!("{wrong:?}")],
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_path(export_file)
        .expect("can be opened");
    let mut theirs: Vec<Vec<String>> = Vec::new();
    for record in reader.records() {
        let record = record.expect("an export is UTF-8");
        // The reader passes over blank lines; a row knows its line only where no text has several.
        theirs.push(record.iter().map(str::to_owned).collect());
    }
    // Rows without anything are left out on both sides: not every program exports them.
    let filled = |rows: Vec<Vec<String>>| -> Vec<Vec<String>> {
        rows.into_iter().filter(|row| row.iter().any(|field| !field.is_empty())).collect()
    };
    let (ours, theirs) = (filled(ours), filled(theirs));
    let mut found = Vec::new();
    if ours.len() != theirs.len() {
        found.push(format!("{} rows, theirs {}", ours.len(), theirs.len()));
    }
    for (row, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        for column in 0..ours.len().max(theirs.len()) {
            let field = |row: &Vec<String>| row.get(column).cloned().unwrap_or_default();
            let (ours, theirs) = (field(ours), field(theirs));
            if !same(&ours, &theirs) {
                found.push(format!(
                    "filled row {} column {}: {ours:?}, theirs {theirs:?}",
                    row + 1,
                    column + 1
                ));
            }
        }
    }
    found
}

/// Whether a stored value is what a program shows.
fn same(ours: &str, theirs: &str) -> bool {
    let lines = |text: &str| text.replace("\r\n", "\n");
    if lines(ours) == lines(theirs) {
        return true;
    }
    // What OpenDocument stores of a formula that says yes or no is a number.
    if matches!((ours, theirs), ("1", "TRUE") | ("0", "FALSE")) {
        return true;
    }
    if let (Some(ours), Some((theirs, digits))) = (decimal(ours), shown_number(theirs)) {
        // A program rounds half away from zero, and shows no more digits than it has room for.
        return ours.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero) == theirs;
    }
    matches!((day(ours), day(theirs)), (Some(ours), Some(theirs)) if ours == theirs)
}

/// A number as `anping grid` prints it: 001 is a text.
fn decimal(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let padded = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    text.parse().ok().or_else(|| Decimal::from_scientific(text).ok()).filter(|_| !padded)
}

/// A number as programs show it, and the digits behind its point.
fn shown_number(text: &str) -> Option<(Decimal, u32)> {
    let plain = text.trim().replace([',', '¥', '￥'], "");
    let (plain, percent) = plain.strip_suffix('%').map_or((plain.as_str(), 0), |plain| (plain, 2));
    let number = decimal(plain)?;
    let mut share = number;
    share.set_scale(number.scale() + percent).ok()?;
    Some((share, share.scale()))
}

/// A day in one of the spellings that programs show, with its time of day where it has one.
fn day(text: &str) -> Option<(Date, String)> {
    let (day, time) = text.split_once(' ').unwrap_or((text, ""));
    let numbers: Vec<&str> =
        day.split(['-', '/', '.', '年', '月', '日']).filter(|part| !part.is_empty()).collect();
    let [mut year, mut month, mut day] = numbers[..] else { return None };
    // A format that follows the program's country shows 07/16/2026 in one of them.
    if day.len() == 4 {
        (year, month, day) = (day, year, month);
    }
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    Some((date, time.trim_end_matches(":00").to_owned()))
}

#[test]
fn values_are_those_of_a_spreadsheet_program() {
    let own = workspace().join("tests/pairs");
    let given = env::var_os("ANPING_PAIRS").map(PathBuf::from);
    let cache = tempfile::tempdir().expect("a folder");
    let (mut n_sheets, mut wrong) = (0, Vec::new());
    for folder in [Some(own), given].into_iter().flatten() {
        for pair in pairs(&folder) {
            for (sheet, file) in &pair.exports {
                n_sheets += 1;
                let found = differences(&pair.workbook, sheet, file, cache.path());
                wrong.extend(
                    found.into_iter().map(|one| format!("{} {sheet}: {one}", pair.workbook.display())),
                );
            }
        }
    }
    assert!(n_sheets >= 8, "only {n_sheets} sheets were compared");
    assert!(wrong.is_empty(), "{} differences in {n_sheets} sheets:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_is_shown_is_what_is_stored() {
    for (ours, theirs, is) in [
        ("0.856", "85.6%", true),
        ("0.8564", "85.6%", true),
        ("0.857", "85.6%", false),
        ("1234.5", "1,234.50", true),
        ("2026-08-12", "2026/8/12", true),
        ("2026-08-12", "2026年8月12日", true),
        ("2026-07-16", "07/16/2026", true),
        ("1", "TRUE", true),
        ("1", "FALSE", false),
        ("2026-08-12", "2026-08-13", false),
        ("2026-08-13 08:30:00", "2026-08-13 08:30", true),
        ("001", "1", false),
        ("", "0", false),
        ("甲", "乙", false),
    ] {
        assert_eq!(same(ours, theirs), is, "{ours} {theirs}");
    }
}
