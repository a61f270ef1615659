//! A workbook that no layout knows: a card is proposed, used, and told when the workbook changes.

use std::fs;
use std::path::Path;

use acceptance::{anping, fill};
use anping::cli::Exit;
use rust_xlsxwriter::Workbook;

/// A list of hazards under names that no layout has.
const HEADER: [&str; 8] =
    ["检查的时间", "受查单位", "信用代码号", "属地", "具体位置", "存在主要问题", "级别(隐患)", "监管部门"];

fn workbook(header: &[&str]) -> Vec<u8> {
    let row = ["2026-08-05", "松林村小卖部", "", "松林村", "门口", "1.灯坏;2.栓缺", "", "派出所"];
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("问题").expect("a name");
    for (row0, cells) in [(0, &["2026年8月问题一览"][..]), (1, header), (2, &row)] {
        for (col0, text) in (0..).zip(cells) {
            sheet.write(row0, col0, *text).expect("a cell");
        }
    }
    workbook.save_to_buffer().expect("a workbook")
}

fn put(folder: &Path, header: &[&str]) {
    fill(folder, &[("新表.xlsx".to_owned(), workbook(header))]);
}

#[test]
fn a_card_is_proposed_used_and_held_against_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (file, cards) = (path("新表.xlsx"), path("表式"));
    put(folder.path(), &HEADER);

    let unknown = anping(&["check", &file]);
    assert!(unknown.out.contains("未识别的表式"), "{}", unknown.out);

    let proposed = anping(&["layout", "propose", &file, "--into", &cards]);
    assert_eq!(proposed.exit, Exit::Done, "{}{}", proposed.out, proposed.err);
    let card = folder.path().join("表式/新表-问题/layout.toml");
    let text = fs::read_to_string(&card).expect("the card is written");
    for line in
        ["kind = \"office-hazards\"", "# 请核对:“检查的时间”与“检查时间”相近(80%)", "names = [\"属地\"]"]
    {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    // What a clerk has corrected is never overwritten.
    assert_eq!(anping(&["layout", "propose", &file, "--into", &cards]).exit, Exit::Input);

    let known = anping(&["check", &file, "--layouts", &cards]);
    assert!(!known.out.contains("未识别的表式"), "{}", known.out);
    assert!(known.out.contains("拆为2条隐患") && known.out.contains("2026-08-05"), "{}", known.out);
    let needless = anping(&["layout", "propose", &file, "--layouts", &cards]);
    assert!(needless.out.contains("无须对照卡"), "{}", needless.out);

    let mut changed = HEADER;
    changed[4] = "隐患所在";
    put(folder.path(), &changed);
    let differs = anping(&["check", &file, "--layouts", &cards]);
    assert_eq!(differs.exit, Exit::Findings);
    assert!(differs.out.contains("缺少必需的栏目") && differs.out.contains("具体位置"), "{}", differs.out);

    fs::write(&card, text.replace("type = \"level\"", "type = \"grade\"")).expect("can be written");
    let wrong = anping(&["check", &file, "--layouts", &cards]);
    assert_eq!(wrong.exit, Exit::Template);
    assert!(wrong.err.contains("新表-问题: column 7: type: expected one of text"), "{}", wrong.err);
}

#[test]
fn nothing_is_proposed_where_nothing_is_alike() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("信.xlsx");
    fs::write(&file, workbook(&["尊敬的各位", "您好"])).expect("can be written");
    let cards = folder.path().join("表式");
    let ran = anping(&["layout", "propose", &file.to_string_lossy(), "--into", &cards.to_string_lossy()]);
    assert_eq!(ran.exit, Exit::Done);
    assert!(ran.out.contains("没有相近的表式"), "{}", ran.out);
    assert!(!cards.exists());
}
