//! The proof that goes with a filled form: which cells were filled, by what, and that nothing else
//! differs. Says what was found by comparing; finds nothing itself.

use serde_json::{Value, json};

use super::annex::Annex;
use super::digest;
use super::fill::{Filled, FilledCell};
use crate::report::patch::Change;

/// The proof for programs and for the file: cells with their values and sources, the other changes,
/// and the digests of both workbooks. The same bytes for the same form.
pub fn proof(filled: &Filled) -> Value {
    let mut cells: Vec<_> = filled.cells.iter().map(|cell| record(&filled.sheet, cell)).collect();
    let annex = filled.annex.as_ref();
    // Beside the form the annex has a record of its own.
    let inside = annex.filter(|annex| annex.bytes.is_empty());
    for (sheet, of_sheet) in inside.iter().flat_map(|annex| &annex.sheets) {
        cells.extend(of_sheet.iter().map(|cell| record(sheet, cell)));
    }
    let mut others = Vec::new();
    for change in &filled.changes {
        match change {
            Change::Value { .. } | Change::Format { .. } => {}
            Change::Result { sheet, cell } => {
                let given = filled.cells.iter().any(|known| known.cell == *cell && *sheet == filled.sheet);
                if !given {
                    others.push(json!({ "result_dropped": cell.to_string(), "sheet": sheet }));
                }
            }
            Change::Rows { sheet, first_row0, n_rows } => others.push(json!({
                "rows_added": n_rows, "first_row": first_row0 + 1, "sheet": sheet,
            })),
            Change::Appended { part } => others.push(json!({ "appended": part })),
            Change::Recalculation => others.push(json!({ "computed_on_opening": true })),
            Change::ChartPoints { part } => others.push(json!({ "chart_points_dropped": part })),
            Change::CalculationChain => others.push(json!({ "calculation_chain_dropped": true })),
            Change::Added { part } | Change::Listed { part } if inside.is_some() => {
                others.push(json!({ "sheet_added": part }));
            }
            // Refused by the comparison: never part of a filled form.
            other => others.push(json!({ "other": format!("{other:?}") })),
        }
    }
    let (rest, summary) = (annex.map_or(0, Annex::n_records), summary(filled));
    json!({
        "records_in_annex": rest,
        "form_sha256": filled.form,
        "filled_sha256": digest(&filled.bytes),
        "cells": cells,
        "other_changes": others,
        "statement": summary,
    })
}

fn record(sheet: &str, cell: &FilledCell) -> Value {
    json!({
        "sheet": sheet,
        "cell": cell.cell.to_string(),
        "value": cell.value.shown(),
        "fact": cell.fact,
        "from": cell.from,
        "formula_kept": cell.result,
    })
}

/// The record of an annex beside the form: its cells, and of which form it is; none where there is no such.
pub fn proof_of_annex(filled: &Filled) -> Option<Value> {
    let annex = filled.annex.as_ref().filter(|annex| !annex.bytes.is_empty())?;
    let cells: Vec<_> = annex
        .sheets
        .iter()
        .flat_map(|(sheet, cells)| cells.iter().map(move |cell| record(sheet, cell)))
        .collect();
    Some(json!({
        "form_sha256": filled.form,
        "filled_sha256": digest(&annex.bytes),
        "annex_of_sha256": digest(&filled.bytes),
        "cells": cells,
        "other_changes": [],
        "statement": format!("附页,接所附表样,共 {} 条", annex.n_records()),
    }))
}

/// The proof in one sentence.
pub fn summary(filled: &Filled) -> String {
    let rows: u32 = filled
        .changes
        .iter()
        .map(|change| if let Change::Rows { n_rows, .. } = change { *n_rows } else { 0 })
        .sum();
    let grown =
        if rows == 0 { String::new() } else { format!("、增加 {rows} 行及随之移动的引用") };
    let annex = match &filled.annex {
        None => String::new(),
        Some(annex) => {
            let names: Vec<_> = annex.sheets.iter().map(|(name, _)| format!("“{name}”")).collect();
            let (names, n_records) = (names.join("、"), annex.n_records());
            let place =
                if annex.bytes.is_empty() { "表后增加的工作表" } else { "另附的工作簿" };
            format!(";其余 {n_records} 条在{place}{names}")
        }
    };
    let added = match &filled.annex {
        Some(annex) if annex.bytes.is_empty() => format!("和表后增加的 {} 张工作表", annex.sheets.len()),
        _ => String::new(),
    };
    format!("除所列 {} 个单元格{grown}{added}外,文件与上级表样逐字节一致{annex}", filled.cells.len())
}
