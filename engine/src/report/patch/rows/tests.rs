//! Rows put in: every kind of reference that must move, and every form that is refused.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::model::CellRef;
use crate::report::patch::{Change, Edit, Edits, Grow, Patched, Put, Refusal, patch};

const MAIN: &str = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
const REL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// Rows 4 to 8 of a form: headers, a row above, the row that is repeated (6), a total, a footer.
const DATA: &str = "<sheetData><row r=\"4\" spans=\"1:5\"><c r=\"A4\" t=\"inlineStr\"><is><t>序号</t></is></c></row>\
    <row r=\"6\" ht=\"40\" customHeight=\"1\"><c r=\"A6\" s=\"0\"/><c r=\"B6\"/><c r=\"D6\"><f>B6*$C$1+SUM(B6:C6)</f><v>9</v></c></row>\
    <row r=\"7\"><c r=\"A7\" t=\"inlineStr\"><is><t>合计</t></is></c><c r=\"B7\"><f>SUM(B6:B6)</f><v>5</v></c></row>\
    <row r=\"8\"><c r=\"A8\" t=\"inlineStr\"><is><t>单位负责人:</t></is></c></row></sheetData>";

/// A package: what stands before and behind the rows, the rows, further parts, and what the sheet and
/// the workbook lead to.
struct Form<'a> {
    front: &'a str,
    data: &'a str,
    behind: &'a str,
    names: &'a str,
    parts: Vec<(&'a str, String)>,
    of_sheet: Vec<(&'a str, &'a str)>,
    of_book: Vec<(&'a str, &'a str)>,
}

impl Default for Form<'_> {
    fn default() -> Self {
        Self {
            front: "",
            data: DATA,
            behind: "",
            names: "",
            parts: Vec::new(),
            of_sheet: Vec::new(),
            of_book: Vec::new(),
        }
    }
}

fn relations(list: &[(&str, &str)]) -> String {
    let items: String = list
        .iter()
        .enumerate()
        .map(|(i, (kind, target))| {
            format!("<Relationship Id=\"rId{}\" Type=\"{REL}/{kind}\" Target=\"{target}\"/>", i + 1)
        })
        .collect();
    format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{items}</Relationships>"
    )
}

impl Form<'_> {
    fn bytes(&self) -> Vec<u8> {
        let mut of_book = vec![
            ("worksheet", "worksheets/sheet1.xml"),
            ("worksheet", "worksheets/sheet2.xml"),
            ("styles", "styles.xml"),
        ];
        of_book.extend(&self.of_book);
        let chain = "<Override PartName=\"/xl/calcChain.xml\" ContentType=\"x\"/>";
        let mut parts = vec![
            ("[Content_Types].xml", format!("<Types>{chain}</Types>")),
            ("_rels/.rels", relations(&[("officeDocument", "xl/workbook.xml")])),
            ("xl/_rels/workbook.xml.rels", relations(&of_book)),
            (
                "xl/workbook.xml",
                format!(
                    "<workbook {MAIN} xmlns:r=\"{REL}\"><sheets><sheet name=\"清单\" sheetId=\"1\" r:id=\"rId1\"/>\
                     <sheet name=\"别表\" sheetId=\"2\" r:id=\"rId2\"/></sheets><definedNames>{}</definedNames></workbook>",
                    self.names
                ),
            ),
            (
                "xl/styles.xml",
                format!(
                    "<styleSheet {MAIN}><fonts><font/></fonts><fills><fill/></fills><borders><border/></borders>\
                     <cellXfs><xf numFmtId=\"0\"/></cellXfs></styleSheet>"
                ),
            ),
            (
                "xl/worksheets/sheet1.xml",
                format!("<worksheet {MAIN}>{}{}{}</worksheet>", self.front, self.data, self.behind),
            ),
            ("xl/worksheets/_rels/sheet1.xml.rels", relations(&self.of_sheet)),
            (
                "xl/worksheets/sheet2.xml",
                format!(
                    "<worksheet {MAIN}><sheetData><row r=\"1\"><c r=\"A1\"><f>清单!B7+B7</f><v>5</v></c></row></sheetData></worksheet>"
                ),
            ),
        ];
        parts.extend(self.parts.iter().cloned());
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in parts {
            writer.start_file(name, SimpleFileOptions::default()).expect("an entry");
            writer.write_all(text.as_bytes()).expect("its bytes");
        }
        writer.finish().expect("a package").into_inner()
    }

    fn grown(&self) -> Result<Patched, Refusal> {
        let rows = vec![Grow { sheet: "清单".to_owned(), last_row0: 5, n_rows: 2 }];
        patch(&self.bytes(), &Edits { rows, stale: true, ..Edits::default() })
    }
}

fn parts(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("a package");
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index(index).expect("an entry");
            let mut text = String::new();
            entry.read_to_string(&mut text).expect("its text");
            (entry.name().expect("a name").into_owned(), text)
        })
        .collect()
}

/// Checks what becomes of markup behind the rows of the sheet.
fn check(before: &str, after: &str) {
    let form = Form { behind: before, ..Form::default() };
    let grown = form.grown().unwrap_or_else(|refusal| panic!("{before}: {refusal}"));
    let sheet = &parts(&grown.bytes)["xl/worksheets/sheet1.xml"];
    let behind = sheet.split_once("</sheetData>").expect("rows").1;
    assert_eq!(behind, format!("{after}</worksheet>"));
}

#[test]
fn rows_are_copied_and_what_is_below_moves() {
    let grown = Form::default().grown().expect("can grow");
    let sheet = &parts(&grown.bytes)["xl/worksheets/sheet1.xml"];
    for word in [
        "<row r=\"6\" ht=\"40\" customHeight=\"1\"><c r=\"A6\" s=\"0\"/>",
        "<row r=\"7\" ht=\"40\" customHeight=\"1\"><c r=\"A7\" s=\"0\"/>",
        "<row r=\"8\" ht=\"40\" customHeight=\"1\"><c r=\"A8\" s=\"0\"/>",
        "<c r=\"D7\"><f>B7*$C$1+SUM(B7:C7)</f></c>",
        "<c r=\"D8\"><f>B8*$C$1+SUM(B8:C8)</f></c>",
        // The total takes the new rows in, and its stale result is gone.
        "<c r=\"B9\"><f>SUM(B6:B8)</f></c>",
        "<row r=\"10\"><c r=\"A10\" t=\"inlineStr\"><is><t>单位负责人:</t></is></c></row></sheetData>",
    ] {
        assert!(sheet.contains(word), "{word} in {sheet}");
    }
    let other = &parts(&grown.bytes)["xl/worksheets/sheet2.xml"];
    assert!(other.contains("<f>清单!B9+B7</f></c>"), "{other}");
    assert!(grown.changes.contains(&Change::Rows { sheet: "清单".to_owned(), first_row0: 6, n_rows: 2 }));
    let moved: Vec<_> =
        grown.changes.iter().filter(|change| matches!(change, Change::Value { .. })).collect();
    assert_eq!(moved, Vec::<&Change>::new(), "nothing else changed");
}

#[test]
fn references_of_the_sheet_move() {
    for (before, after) in [
        // Merged cells: above, in the row (copied), below, around.
        (
            "<mergeCells count=\"4\"><mergeCell ref=\"A1:E1\"/><mergeCell ref=\"B6:C6\"/><mergeCell ref=\"A8:E8\"/><mergeCell ref=\"E4:E7\"/></mergeCells>",
            "<mergeCells count=\"6\"><mergeCell ref=\"A1:E1\"/><mergeCell ref=\"B6:C6\"/><mergeCell ref=\"A10:E10\"/><mergeCell ref=\"E4:E9\"/><mergeCell ref=\"B7:C7\"/><mergeCell ref=\"B8:C8\"/></mergeCells>",
        ),
        // Conditional formats: region and formula.
        (
            "<conditionalFormatting sqref=\"B6 D6:E6 A8\"><cfRule type=\"expression\" priority=\"1\"><formula>$B$7&gt;0</formula></cfRule></conditionalFormatting>",
            "<conditionalFormatting sqref=\"B6:B8 D6:E8 A10\"><cfRule type=\"expression\" priority=\"1\"><formula>$B$9&gt;0</formula></cfRule></conditionalFormatting>",
        ),
        // Validations.
        (
            "<dataValidations count=\"1\"><dataValidation type=\"list\" sqref=\"E6\"><formula1>$A$7:$A$9</formula1></dataValidation></dataValidations>",
            "<dataValidations count=\"1\"><dataValidation type=\"list\" sqref=\"E6:E8\"><formula1>$A$9:$A$11</formula1></dataValidation></dataValidations>",
        ),
        ("<autoFilter ref=\"A4:E6\"/>", "<autoFilter ref=\"A4:E8\"/>"),
        (
            "<hyperlinks><hyperlink ref=\"A8\" location=\"清单!A8\"/></hyperlinks>",
            "<hyperlinks><hyperlink ref=\"A10\" location=\"清单!A10\"/></hyperlinks>",
        ),
        (
            "<protectedRanges><protectedRange sqref=\"A6:E6\" name=\"x\"/></protectedRanges>",
            "<protectedRanges><protectedRange sqref=\"A6:E8\" name=\"x\"/></protectedRanges>",
        ),
        (
            "<rowBreaks count=\"2\"><brk id=\"4\" max=\"16383\"/><brk id=\"7\" max=\"16383\"/></rowBreaks>",
            "<rowBreaks count=\"2\"><brk id=\"4\" max=\"16383\"/><brk id=\"9\" max=\"16383\"/></rowBreaks>",
        ),
        ("<colBreaks><brk id=\"7\"/></colBreaks>", "<colBreaks><brk id=\"7\"/></colBreaks>"),
        (
            "<ignoredErrors><ignoredError sqref=\"C6\" numberStoredAsText=\"1\"/></ignoredErrors>",
            "<ignoredErrors><ignoredError sqref=\"C6:C8\" numberStoredAsText=\"1\"/></ignoredErrors>",
        ),
        (
            "<extLst><ext uri=\"x\"><x14:conditionalFormattings><x14:conditionalFormatting><xm:f>清单!$B$7</xm:f><xm:sqref>B6</xm:sqref></x14:conditionalFormatting></x14:conditionalFormattings></ext></extLst>",
            "<extLst><ext uri=\"x\"><x14:conditionalFormattings><x14:conditionalFormatting><xm:f>清单!$B$9</xm:f><xm:sqref>B6:B8</xm:sqref></x14:conditionalFormatting></x14:conditionalFormattings></ext></extLst>",
        ),
    ] {
        check(before, after);
    }
    let front = Form { front: "<dimension ref=\"A1:E8\"/>", ..Form::default() };
    let sheet = &parts(&front.grown().expect("can grow").bytes)["xl/worksheets/sheet1.xml"];
    assert!(sheet.contains("<dimension ref=\"A1:E10\"/>"), "{sheet}");
}

#[test]
fn references_of_other_parts_move() {
    let drawing = |from: u32, to: u32, how: &str| {
        format!(
            "<xdr:wsDr><xdr:twoCellAnchor{how}><xdr:from><xdr:col>1</xdr:col><xdr:row>{from}</xdr:row></xdr:from>\
             <xdr:to><xdr:col>2</xdr:col><xdr:row>{to}</xdr:row></xdr:to></xdr:twoCellAnchor></xdr:wsDr>"
        )
    };
    let vml = |row: u32| {
        format!(
            "<xml><v:shape><x:ClientData><x:Anchor>\n 1, 15, {row}, 2, 3, 15, {}, 4</x:Anchor><x:Row>{row}</x:Row></x:ClientData></v:shape></xml>",
            row + 3
        )
    };
    let table = |to: u32, cell: u32| {
        format!(
            "<table ref=\"A4:E{to}\"><autoFilter ref=\"A4:E{to}\"/><tableColumns><tableColumn><calculatedColumnFormula>清单!$B${cell}</calculatedColumnFormula></tableColumn></tableColumns></table>"
        )
    };
    let chart = |to: u32| {
        format!("<c:chartSpace><c:f>清单!$B$6:$B${to}</c:f><c:f>别表!$B$6:$B$9</c:f></c:chartSpace>")
    };
    for (kind, target, before, after) in [
        ("drawing", "../drawings/drawing1.xml", drawing(7, 9, ""), drawing(9, 11, "")),
        ("drawing", "../drawings/drawing1.xml", drawing(4, 9, ""), drawing(4, 11, "")),
        (
            "drawing",
            "../drawings/drawing1.xml",
            drawing(4, 9, " editAs=\"oneCell\""),
            drawing(4, 9, " editAs=\"oneCell\""),
        ),
        (
            "drawing",
            "../drawings/drawing1.xml",
            drawing(7, 9, " editAs=\"absolute\""),
            drawing(7, 9, " editAs=\"absolute\""),
        ),
        (
            "comments",
            "../comments1.xml",
            "<comments><commentList><comment ref=\"A6\"/><comment ref=\"A8\"/></commentList></comments>"
                .to_owned(),
            "<comments><commentList><comment ref=\"A6\"/><comment ref=\"A10\"/></commentList></comments>"
                .to_owned(),
        ),
        ("vmlDrawing", "../drawings/vml1.vml", vml(7), vml(9)),
        ("table", "../tables/table1.xml", table(6, 7), table(8, 9)),
        ("image", "../charts/chart1.xml", chart(6), chart(8)),
    ] {
        let part = format!("xl/{}", target.trim_start_matches("../"));
        let form =
            Form { parts: vec![(&part, before.clone())], of_sheet: vec![(kind, target)], ..Form::default() };
        let grown = form.grown().unwrap_or_else(|refusal| panic!("{before}: {refusal}"));
        assert_eq!(parts(&grown.bytes)[&part], after);
    }
}

#[test]
fn names_move_and_the_chain_of_calculation_goes() {
    let form = Form {
        names: "<definedName name=\"_xlnm.Print_Area\" localSheetId=\"0\">清单!$A$1:$E$8</definedName>\
                <definedName name=\"_xlnm.Print_Titles\" localSheetId=\"0\">清单!$4:$5</definedName>\
                <definedName name=\"总数\">清单!$B$7</definedName><definedName name=\"别\">别表!$B$7</definedName>",
        parts: vec![("xl/calcChain.xml", "<calcChain/>".to_owned())],
        of_book: vec![("calcChain", "calcChain.xml")],
        ..Form::default()
    };
    let grown = form.grown().expect("can grow");
    let parts = parts(&grown.bytes);
    let book = &parts["xl/workbook.xml"];
    for word in
        ["清单!$A$1:$E$10<", "清单!$4:$5<", "清单!$B$9<", "别表!$B$7<", "<calcPr fullCalcOnLoad=\"1\"/>"]
    {
        assert!(book.contains(word), "{word} in {book}");
    }
    assert!(!parts.contains_key("xl/calcChain.xml"));
    assert!(!parts["[Content_Types].xml"].contains("calcChain"));
    assert!(!parts["xl/_rels/workbook.xml.rels"].contains("calcChain"));
    assert!(grown.changes.contains(&Change::CalculationChain));
}

/// Rows with a formula that several cells share: the repeated row, and what its cells hold.
fn shared(row6: &str, row7: &str) -> String {
    format!(
        "<sheetData><row r=\"5\"/><row r=\"6\"><c r=\"A6\"/>{row6}</row><row r=\"7\">{row7}</row></sheetData>"
    )
}

#[test]
fn shared_formulas_stay_true_or_are_refused() {
    // In the repeated row itself: the copies have formulas of their own.
    let data = shared(
        "<c r=\"B6\"><f t=\"shared\" ref=\"B6:C6\" si=\"0\">$A6*2</f><v>0</v></c><c r=\"C6\"><f t=\"shared\" si=\"0\"/><v>0</v></c>",
        // Below: a line of totals.
        "<c r=\"B7\"><f t=\"shared\" ref=\"B7:C7\" si=\"1\">SUM(B6:B6)</f></c><c r=\"C7\"><f t=\"shared\" si=\"1\"/></c>",
    );
    let grown = Form { data: &data, ..Form::default() }.grown().expect("can grow");
    let sheet = &parts(&grown.bytes)["xl/worksheets/sheet1.xml"];
    for word in [
        // Nothing that it reads has changed: its result stays, and the copies have none.
        "<c r=\"B6\"><f t=\"shared\" ref=\"B6:C6\" si=\"0\">$A6*2</f><v>0</v></c><c r=\"C6\"><f t=\"shared\" si=\"0\"/><v>0</v></c>",
        "<c r=\"B7\"><f>$A7*2</f></c><c r=\"C7\"><f>$A7*2</f></c>",
        "<c r=\"C8\"><f>$A8*2</f></c>",
        "<c r=\"B9\"><f t=\"shared\" ref=\"B9:C9\" si=\"1\">SUM(B6:B8)</f></c><c r=\"C9\"><f t=\"shared\" si=\"1\"/></c>",
    ] {
        assert!(sheet.contains(word), "{word} in {sheet}");
    }
}

#[test]
fn what_has_no_rule_is_refused() {
    let through = shared(
        "<c r=\"B6\"><f t=\"shared\" ref=\"B6:B7\" si=\"0\">A6*2</f></c>",
        "<c r=\"B7\"><f t=\"shared\" si=\"0\"/></c>",
    );
    let array = shared("<c r=\"B6\"><f t=\"array\" ref=\"B6:B7\">A6:A7*2</f></c>", "");
    let picks = shared("<c r=\"B6\"/>", "<c r=\"B7\"><f>B6*2</f></c>");
    let sheets = shared("<c r=\"B6\"/>", "<c r=\"B7\"><f>SUM(清单:别表!B6)</f></c>");
    let behind = |behind: &'static str| Form { behind, ..Form::default() };
    let data = |data: &'static str| Form { data, ..Form::default() };
    for (form, why) in [
        (Form { data: &through, ..Form::default() }, "跨过明细行"),
        (Form { data: &array, ..Form::default() }, "数组公式经过明细行"),
        (Form { data: &picks, ..Form::default() }, "只引用明细行的一个单元格"),
        (Form { data: &sheets, ..Form::default() }, "无法移动"),
        (data("<sheetData><row r=\"4\"/></sheetData>"), "没有第 6 行"),
        (behind("<mergeCells count=\"1\"><mergeCell ref=\"A5:A6\"/></mergeCells>"), "纵向合并"),
        (behind("<hyperlinks><hyperlink ref=\"A6\"/></hyperlinks>"), "超链接"),
        (behind("<sheetProtection sheet=\"1\"/>"), "受保护"),
        (behind("<scenarios/>"), "scenarios"),
        (behind("<customSheetViews/>"), "customSheetViews"),
        (behind("<oleObjects/>"), "oleObjects"),
        (behind("<extLst><ext><x14:slicerList/></ext></extLst>"), "slicerList"),
        (
            Form {
                front: "<sheetViews><sheetView><pane ySplit=\"7\" topLeftCell=\"A8\" state=\"frozen\"/></sheetView></sheetViews>",
                ..Form::default()
            },
            "冻结窗格",
        ),
        (
            Form {
                parts: vec![("xl/pivotCache/pivotCacheDefinition1.xml", "<a/>".to_owned())],
                ..Form::default()
            },
            "数据透视表",
        ),
        (Form { parts: vec![("xl/vbaProject.bin", String::new())], ..Form::default() }, "宏"),
        (Form { parts: vec![("xl/connections.xml", "<a/>".to_owned())], ..Form::default() }, "数据连接"),
        (Form { of_sheet: vec![("slicer", "../slicers/slicer1.xml")], ..Form::default() }, "slicer"),
    ] {
        match form.grown() {
            Err(Refusal::Growth { what }) => assert!(what.contains(why), "{why}: {what}"),
            Err(refusal) => panic!("{why}: {refusal}"),
            Ok(_) => panic!("{why}: grew"),
        }
    }
}

#[test]
fn other_workbooks_do_not_move() {
    let data = "<sheetData><row r=\"6\"><c r=\"A6\"/></row><row r=\"7\"><c r=\"A7\"><f>[1]清单!A7+SUM(A6:A6)</f></c></row></sheetData>";
    let grown = Form { data, ..Form::default() }.grown().expect("can grow");
    let sheet = &parts(&grown.bytes)["xl/worksheets/sheet1.xml"];
    assert!(sheet.contains("<f>[1]清单!A7+SUM(A6:A8)</f>"), "{sheet}");
}

#[test]
fn macros_stay_where_only_cells_are_filled() {
    let form = Form { parts: vec![("xl/vbaProject.bin", "macro".to_owned())], ..Form::default() };
    let edit = Edit { put: Some(Put::Text("甲".to_owned())), ..Edit::default() };
    let at = CellRef::new(5, 1);
    let cells = BTreeMap::from([("清单".to_owned(), BTreeMap::from([(at, edit)]))]);
    let patched = patch(&form.bytes(), &Edits { cells, ..Edits::default() }).expect("can be filled");
    assert_eq!(patched.changes, [Change::Value { sheet: "清单".to_owned(), cell: at }]);
    assert_eq!(parts(&patched.bytes)["xl/vbaProject.bin"], "macro");
}

#[test]
fn a_million_copies_are_refused_before_they_are_made() {
    let rows = vec![Grow { sheet: "清单".to_owned(), last_row0: 5, n_rows: 1_048_000 }];
    let refused = patch(&Form::default().bytes(), &Edits { rows, ..Edits::default() }).expect_err("too many");
    assert_eq!(refused, Refusal::TooLarge);
}
