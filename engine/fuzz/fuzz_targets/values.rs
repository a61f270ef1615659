//! Any text in a cell of every type. What is not what the column wants is a fault with its problem,
//! never a value that nobody wrote.
#![no_main]

use std::sync::LazyLock;

use anping::intake::{Layout, MemoryReader, parse_layout};
use anping::model::Value;
use libfuzzer_sys::fuzz_target;

const LAYOUT: &str = r#"
title = "各种值"
role = "rows"
kind = "values"
row_key = "key"
column = [
  { key = "key", names = ["键"], type = "text", required = true },
  { key = "text", names = ["文字"], type = "text", required = true },
  { key = "code", names = ["代码"], type = "code", required = true },
  { key = "credit", names = ["信用代码"], type = "credit-code", required = true },
  { key = "number", names = ["数量(t)"], type = "number", unit = "t", required = true },
  { key = "money", names = ["资金(万元)"], type = "number", unit = "万元", yuan_above = 500, required = true },
  { key = "percent", names = ["比率"], type = "percent", required = true },
  { key = "date", names = ["日期"], type = "date", same_day = ["立即整改"], required = true },
  { key = "verdict", names = ["结果"], type = "verdict", required = true },
  { key = "level", names = ["等级"], type = "level", blank = "一般", required = true },
]
"#;
const HEADER: &str = "键,文字,代码,信用代码,数量(t),资金(万元),比率,日期,结果,等级\r\n";

static LAYOUTS: LazyLock<Vec<Layout>> =
    LazyLock::new(|| vec![parse_layout("values", LAYOUT).expect("the layout is right")]);
static READER: LazyLock<MemoryReader<'static>> = LazyLock::new(|| MemoryReader::new(&LAYOUTS, None));

fuzz_target!(|text: &str| {
    let field = format!("\"{}\"", text.replace('"', "\"\""));
    let row = format!("{HEADER}K{}\r\n", format!(",{field}").repeat(9));
    let intake = READER.read("a.csv", row.as_bytes());
    for cell in intake.tables.iter().flat_map(|table| &table.rows).flat_map(|row| &row.cells) {
        if let Value::Number(number) = &cell.value {
            assert!(!number.is_sign_negative() || number.is_zero(), "{text:?} became {number}");
        }
        if let Value::Fault(_) = &cell.value {
            assert!(
                intake.problems.iter().any(|problem| problem.at.cell == Some(cell.at.cell)),
                "{text:?} is wrong and nobody hears of it"
            );
        }
    }
});
