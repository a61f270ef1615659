//! Lists that are longer than the form has rows: on a sheet behind it, in a workbook beside it, or refused.

use super::*;

/// Headers in rows 2 and 3, three blank rows, a line for signatures; nothing sums up.
fn three_rows(more: impl Fn(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = headed(&mut book, 3);
    sheet.write(6, 0, "负责人:").expect("a label");
    sheet.set_repeat_rows(1, 2).expect("print titles");
    more(sheet);
    book.save_to_buffer().expect("a workbook")
}

const RECORDS: [(&str, &str); 5] = [("甲", "1"), ("乙", "2"), ("丙", "3"), ("丁", "4"), ("戊", "5.25")];
const CONTINUED: &str = "\ncontinued = { header = \"隐患/描述\" }";

fn with(form: &[u8], overflow: &str, continued: &str) -> Result<Spec, WrongSpec> {
    let text = format!(
        "title = \"清单\"\nform = \"清单.xlsx\"\nsha256 = \"{}\"\nsheet = \"清单\"\n\
         [[cell]]\nlabel = \"年度清单\"\nblanks = [\"year\"]\n\
         [[block]]\nlist = \"rows\"\nrows = 3\norder = [\"fund\"]\noverflow = {overflow}{continued}\n\
         columns = [{{ header = \"序号\", put = \"#\" }}, {{ header = \"隐患/描述\", put = \"what\" }}, \
         {{ header = \"资金\", put = \"fund\" }}]\n",
        digest(form)
    );
    Spec::parse("list", &text)
}

/// What stands on each sheet: `name: A4=1 B4=甲 …`.
fn sheets(bytes: &[u8]) -> String {
    let book = look(bytes).expect("can be read");
    let sheets = book.sheets.iter().map(|sheet| {
        let cells = sheet.cells.iter().filter(|(at, cell)| at.row0 >= 3 && !cell.text.is_empty());
        let cells: Vec<_> = cells.map(|(at, cell)| format!("{at}={}", cell.text)).collect();
        format!("{}: {}", sheet.name, cells.join(" "))
    });
    sheets.collect::<Vec<_>>().join(" | ")
}

#[test]
fn the_rest_stands_on_a_sheet_behind_and_is_all_that_is_added() {
    let form = three_rows(|_| ());
    let spec = with(&form, "\"sheet\"", CONTINUED).expect("a specification");
    let pages = fill(&form, &spec, &facts(&RECORDS)).expect("filled");
    let [page] = pages.as_slice() else { panic!("expected one form, found {}", pages.len()) };
    // Above the annex's rows stand its title, a line, and two rows of headers.
    assert_eq!(
        sheets(&page.bytes),
        "清单: A4=1 B4=甲 C4=1 A5=2 B5=乙 C5=2 B6=续附页 A7=负责人: | \
         清单附页: B4=描述 A5=3 B5=丙 C5=3 A6=4 B6=丁 C6=4 A7=5 B7=戊 C7=5.25"
    );
    let proof = proof(page);
    assert_eq!(proof["records_in_annex"], 3);
    let others: Vec<String> = proof["other_changes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|change| {
            change
                .as_object()
                .and_then(|one| one.keys().find(|key| *key != "sheet"))
                .cloned()
                .unwrap_or_default()
        })
        .collect();
    assert!(
        others.iter().all(|key| ["sheet_added", "appended", "computed_on_opening"].contains(&&**key)),
        "{others:?}"
    );
    assert!(summary(page).starts_with("除所列 8 个单元格和表后增加的 1 张工作表外,文件与上级表样逐字节一致"));
    let cells = proof["cells"].as_array().expect("a list");
    assert!(
        cells
            .iter()
            .any(|cell| cell["sheet"] == "清单附页" && cell["cell"] == "C7" && cell["value"] == "5.25")
    );
    // The same bytes for the same facts in another order.
    let mut other = RECORDS;
    other.reverse();
    let again = fill(&form, &spec, &facts(&other)).expect("filled");
    assert!(again[0].bytes == page.bytes);
    // What fits needs no annex, and every row holds a record.
    let fits = fill(&form, &spec, &facts(&RECORDS[..3])).expect("filled");
    assert!(fits[0].annex.is_none());
    assert!(sheets(&fits[0].bytes).contains("B6=丙"));
}

#[test]
fn the_rest_stands_in_a_workbook_beside_with_a_record_of_its_own() {
    let form = three_rows(|_| ());
    let spec = with(&form, "[\"annex\"]", "").expect("a specification");
    let pages = fill(&form, &spec, &facts(&RECORDS)).expect("filled");
    assert_eq!(sheets(&pages[0].bytes), "清单: A4=1 B4=甲 C4=1 A5=2 B5=乙 C5=2 A6=3 B6=丙 C6=3 A7=负责人:");
    let annex = pages[0].annex.as_ref().expect("two records are left");
    assert_eq!(sheets(&annex.bytes), "清单附页: B4=描述 A5=4 B5=丁 C5=4 A6=5 B6=戊 C6=5.25");
    let record = proof_of_annex(&pages[0]).expect("a record");
    assert_eq!(record["cells"].as_array().map(Vec::len), Some(6));
    assert!(summary(&pages[0]).ends_with("其余 2 条在另附的工作簿“清单附页”"));
    let kept = Kept::read(record.to_string().as_bytes()).expect("a record of ours");
    assert!(kept.is_annex() && kept.is_of(&annex.bytes));
    assert!(kept.explain("清单附页!C6").expect("a filled cell").contains("5.25"));
}

#[test]
fn a_total_of_a_part_is_refused_and_so_is_what_is_not_permitted() {
    let refused = |form: &[u8], overflow: &str| {
        let spec = with(form, overflow, "").expect("a specification");
        let faults = fill(form, &spec, &facts(&RECORDS)).expect_err("more records than rows");
        faults.iter().map(Fault::zh).collect::<Vec<_>>().join(";")
    };
    let total = "共 5 条,表样只有 3 行:C8 的公式由明细行算出,部分明细移到附页后不再是全部";
    for result in ["77", ""] {
        let form = three_rows(|sheet| {
            sheet.write_formula(7, 2, Formula::new("SUM($C$4:$C$6)").set_result(result)).expect("a formula");
        });
        assert_eq!(refused(&form, "\"sheet\""), total, "{result}");
        assert_eq!(refused(&form, "\"annex\""), total, "{result}");
    }
    // A rate within a row of the list is of that row, and a formula elsewhere of something else.
    let form = three_rows(|sheet| {
        sheet.write_formula(3, 3, Formula::new("C4*2").set_result("0")).expect("a formula");
        sheet.write_formula(8, 0, Formula::new("A20+1").set_result("1")).expect("a formula");
    });
    let spec = with(&form, "\"annex\"", "").expect("a specification");
    assert!(fill(&form, &spec, &facts(&RECORDS)).is_ok());
    assert_eq!(refused(&form, "\"refuse\""), "共 5 条,表样只有 3 行,说明不允许增行");

    for (overflow, continued, expected) in [
        ("[\"refuse\", \"sheet\"]", "", "nothing can follow \"refuse\""),
        ("\"sheet\"", "\ncontinued = { header = \"描述\" }", "continued: no column \"描述\""),
        ("\"copies\"", CONTINUED, "continued goes with overflow \"sheet\" or \"annex\""),
        ("\"pages\"", "", "overflow"),
    ] {
        let wrong = with(&form, overflow, continued).expect_err(overflow);
        assert!(wrong.what.contains(expected), "{overflow}: {}", wrong.what);
    }
}
