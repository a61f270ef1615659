//! Reads the lists of workbooks that came back from a return, and settles the problems: what the
//! sender explained carries the explanation, what is put right closes the return.
//! Knows no rules: whether a problem is still there was found out anew.

use crate::model::{
    Cell, CellRef, Lang, Problem, ProblemCode, Returned, ReturnedPoint, Role, Severity, Sources, Table,
};

/// Reads the lists that stand in front of workbooks that came back.
///
/// Shape: one for each list, in the order of the tables. Errors: none; a line that makes no sense
/// closes nothing.
pub fn read_returned(tables: &[Table]) -> Vec<Returned> {
    let lists = tables.iter().filter(|table| table.role == Role::ReturnList);
    lists
        .map(|table| {
            let points = table.rows.iter().map(|row| {
                let text = |key: &str| table.cell(row, key).map_or_else(String::new, Cell::shown);
                let severity = text("severity");
                let known = [Severity::Mandatory, Severity::Verify, Severity::Hint];
                ReturnedPoint {
                    code: text("code"),
                    severity: known
                        .into_iter()
                        .find(|known| known.title(Lang::Zh) == severity)
                        .unwrap_or(Severity::Verify),
                    sheet: table.cell(row, "sheet").map_or_else(String::new, |cell| (&cell.raw).into()),
                    cell: CellRef::parse(text("cell").trim()),
                    explanation: text("explanation"),
                }
            });
            Returned {
                at: table.at,
                original: table.info("original").map_or_else(String::new, Cell::shown),
                points: points.collect(),
            }
        })
        .collect()
}

/// Gives problems the explanations of their senders, and says which returns are closed.
///
/// A return is closed when its workbook has nothing left that must be put right, and everything
/// to be verified is explained.
pub fn settle(sources: &Sources, returned: &[Returned], problems: &mut Vec<Problem>) {
    for list in returned {
        let source = list.at.source;
        for problem in problems.iter_mut().filter(|problem| problem.at.source == source) {
            let sheet = problem.at.sheet.map_or("", |sheet| sources.sheet(source, sheet));
            let point = list.points.iter().find(|point| {
                point.code == problem.code.key() && point.sheet == sheet && point.cell == problem.at.cell
            });
            if let Some(point) = point {
                problem.explanation.clone_from(&point.explanation);
            }
        }
        let open = problems.iter().any(|problem| problem.at.source == source && problem.is_open());
        if !open && !list.points.is_empty() {
            problems.push(
                Problem::new(ProblemCode::ReturnClosed, source)
                    .found(&list.original)
                    .arg(list.points.len().to_string()),
            );
        }
    }
}
