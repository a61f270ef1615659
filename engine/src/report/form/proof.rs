//! The proof that goes with a filled form: which cells were filled, by what, and that nothing else
//! differs. Says what was found by comparing; finds nothing itself.

use serde_json::{Value, json};

use super::digest;
use super::fill::Filled;
use crate::report::patch::Change;

/// The proof for programs and for the file: cells with their values and sources, the other changes,
/// and the digests of both workbooks. The same bytes for the same form.
pub fn proof(filled: &Filled) -> Value {
    let cells: Vec<_> = filled
        .cells
        .iter()
        .map(|cell| {
            json!({
                "sheet": filled.sheet,
                "cell": cell.cell.to_string(),
                "value": cell.value.shown(),
                "fact": cell.fact,
                "from": cell.from,
                "formula_kept": cell.result,
            })
        })
        .collect();
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
            // Refused by the comparison: never part of a filled form.
            other => others.push(json!({ "other": format!("{other:?}") })),
        }
    }
    json!({
        "form_sha256": filled.form,
        "filled_sha256": digest(&filled.bytes),
        "cells": cells,
        "other_changes": others,
        "statement": summary(filled),
    })
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
    format!("除所列 {} 个单元格{grown}外,文件与上级表样逐字节一致", filled.cells.len())
}
