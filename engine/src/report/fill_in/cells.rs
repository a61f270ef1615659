//! How the cells of a form look, and what they let in.
//! Knows no checklist and no place of a sheet.

use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DataValidationRule, ExcelDateTime, Format, FormatAlign,
    FormatBorder, ProtectionOptions, Worksheet, XlsxError,
};

use crate::model::{CellRef, Decimal, Item};

/// What a cell that must be filled is tinted with.
pub(super) const REQUIRED: Color = Color::RGB(0x00FF_F2CC);
/// What a cell that may be filled is tinted with.
pub(super) const OPTIONAL: Color = Color::RGB(0x00F7_FBF4);
/// What a cell is tinted with while its content contradicts the answer.
pub(super) const WRONG: Color = Color::RGB(0x00F8_CBAD);
pub(super) const HEADING: Color = Color::RGB(0x00D9_E1F2);

/// How cells look. Locked unless said otherwise.
pub(super) struct Looks {
    pub(super) title: Format,
    pub(super) label: Format,
    pub(super) heading: Format,
    pub(super) text: Format,
    pub(super) number: Format,
    pub(super) note: Format,
    pub(super) required: Format,
    pub(super) optional: Format,
    pub(super) day: Format,
    pub(super) required_day: Format,
    pub(super) total: Format,
}

impl Looks {
    pub(super) fn new() -> Self {
        let base = || Format::new().set_font_name("宋体").set_font_size(10.0).set_text_wrap();
        let middle = || base().set_align(FormatAlign::VerticalCenter).set_border(FormatBorder::Thin);
        let centre = || middle().set_align(FormatAlign::Center);
        let day = |format: Format| format.set_num_format("yyyy-mm-dd");
        let bold = |format: Format| format.set_bold();
        let open = |format: Format, tint| format.set_background_color(tint).set_unlocked();
        Self {
            title: bold(base()).set_font_size(16.0).set_align(FormatAlign::Center),
            label: bold(centre()).set_background_color(HEADING),
            heading: bold(centre()).set_background_color(HEADING),
            text: middle(),
            number: centre(),
            note: base().set_align(FormatAlign::Top),
            required: open(centre(), REQUIRED),
            optional: open(middle(), OPTIONAL),
            day: open(day(centre()), OPTIONAL),
            required_day: open(day(centre()), REQUIRED),
            total: bold(centre()),
        }
    }
}

/// What goes into a cell of the block above the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    Required,
    RequiredDay,
    Optional,
    Day,
    Flag,
    Number,
    Locked,
}

pub(super) fn one_of(words: &[&str]) -> Result<DataValidation, XlsxError> {
    let hint = format!("请从下拉表选择:{}", words.join("、"));
    refusing(DataValidation::new().allow_list_strings(words)?, &hint)
}

pub(super) fn days_only() -> Result<DataValidation, XlsxError> {
    // Excel counts days from 1900; nothing that is inspected now was inspected before 2000.
    let least = ExcelDateTime::from_ymd(2000, 1, 1)?;
    let check = DataValidation::new().allow_date(DataValidationRule::GreaterThanOrEqualTo(least));
    refusing(check, "请填日期,如 2026-09-30")
}

/// A check that lets nothing else in, with what it wants.
pub(super) fn refusing(check: DataValidation, why: &str) -> Result<DataValidation, XlsxError> {
    check.set_error_style(DataValidationErrorStyle::Stop).set_error_title("请核对")?.set_error_message(why)
}

/// The sheet is protected without a password: against slips, not against people.
pub(super) fn protect(sheet: &mut Worksheet) {
    let options =
        ProtectionOptions { format_rows: true, format_columns: true, ..ProtectionOptions::default() };
    sheet.protect_with_options(&options);
}

/// A4 across, as wide as the paper, the header row on each page, numbered.
pub(super) fn print_on_a4(sheet: &mut Worksheet, header: Option<u32>) -> Result<(), XlsxError> {
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0);
    sheet.set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
    sheet.set_footer("&C第 &P 页 共 &N 页");
    if let Some(header) = header {
        sheet.set_repeat_rows(header, header)?;
    }
    Ok(())
}

pub(super) fn address(row: u32, column: u16) -> String {
    CellRef::new(row, column.into()).to_string()
}

pub(super) fn points_of(items: &[&Item]) -> Decimal {
    items.iter().map(|item| item.points).sum()
}

pub(super) fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}
