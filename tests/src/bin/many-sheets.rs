//! Writes a folder of check sheets of one size, for measuring: the layout of 一企一表, the items of
//! a built-in checklist, a failure now and then. The same arguments give the same bytes.
//!
//! ```text
//! many-sheets FOLDER [WORKBOOKS] [ITEMS]
//! ```

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use acceptance::settings;
use anping::model::Manifest;
use anping::pipeline;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, XlsxError};

fn main() -> ExitCode {
    let args: Vec<_> = env::args().skip(1).collect();
    let Some(folder) = args.first().map(Path::new) else {
        // Nothing can be done where the stream is closed.
        let _ = writeln!(io::stderr(), "many-sheets FOLDER [WORKBOOKS] [ITEMS]");
        return ExitCode::from(2);
    };
    let number =
        |index: usize, default: u32| args.get(index).and_then(|arg| arg.parse().ok()).unwrap_or(default);
    let (n_workbooks, n_items) = (number(1, 180), number(2, 60));
    let (_, plugins, _) = pipeline::load_plugins(&settings()).expect("the sandbox can be set up");
    let manifest = plugins
        .iter()
        .map(|plugin| &plugin.plugin.manifest)
        .find(|manifest| manifest.items.len() >= n_items as usize)
        .expect("a built-in checklist with so many items");
    fs::create_dir_all(folder).expect("the folder can be made");
    for enterprise in 0..n_workbooks {
        let path = folder.join(format!("E{:04}.xlsx", enterprise + 1));
        write(&path, manifest, enterprise, n_items).expect("the workbook can be written");
    }
    ExitCode::SUCCESS
}

fn write(path: &Path, manifest: &Manifest, enterprise: u32, n_items: u32) -> Result<(), XlsxError> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_ymd(2026, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let title = Format::new().set_bold().set_font_size(16).set_align(FormatAlign::Center);
    let cell = Format::new().set_border(FormatBorder::Thin).set_text_wrap();
    let date = Format::new().set_border(FormatBorder::Thin).set_num_format("yyyy-mm-dd");
    let sheet = workbook.add_worksheet().set_name("检查评分")?;
    sheet.merge_range(0, 0, 0, 10, &manifest.checklist_title, &title)?;
    sheet.write_with_format(1, 0, "单位名称", &cell)?;
    sheet.write_with_format(1, 2, format!("第{}号企业有限公司", enterprise + 1), &cell)?;
    sheet.write_with_format(2, 0, "检查日期", &cell)?;
    let day = ExcelDateTime::from_ymd(2026, 1 + (enterprise % 12) as u8, 1 + (enterprise % 28) as u8)?;
    sheet.write_with_format(2, 2, &day, &date)?;
    sheet.write_with_format(2, 5, "检查人", &cell)?;
    sheet.write_with_format(2, 8, "王建国、李秀英", &cell)?;
    let header = [
        "编号",
        "检查项目",
        "检查内容",
        "标准分",
        "检查结果",
        "扣分",
        "存在问题",
        "隐患等级",
        "整改期限",
        "整改完成日期",
        "备注",
    ];
    for (column, name) in (0..).zip(header) {
        sheet.write_with_format(3, column, name, &cell)?;
    }
    for (index, item) in (0..n_items).zip(&manifest.items) {
        let row = 4 + index;
        sheet.write_with_format(row, 0, &item.code, &cell)?;
        sheet.write_with_format(row, 1, &manifest.categories[item.category as usize].title, &cell)?;
        sheet.write_with_format(row, 2, &item.requirement, &cell)?;
        let points: f64 = item.points.to_string().parse().expect("a short decimal");
        sheet.write_with_format(row, 3, points, &cell)?;
        // About one item in seven fails, elsewhere in each workbook.
        let fails = (enterprise * 31 + index * 17).is_multiple_of(7);
        sheet.write_with_format(row, 4, if fails { "不符合" } else { "符合" }, &cell)?;
        if fails {
            sheet.write_with_format(row, 5, 1, &cell)?;
            sheet.write_with_format(
                row,
                6,
                format!("现场核查不符合要求({})", enterprise * 60 + index),
                &cell,
            )?;
            sheet.write_with_format(row, 7, "一般", &cell)?;
            sheet.write_with_format(row, 8, &day, &date)?;
        }
    }
    workbook.save(path)
}
