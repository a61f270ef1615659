//! Points that charts keep of the cells they show. After cells have changed they are of before, and a
//! reader that does not compute would draw them; spreadsheet programs draw from the cells where none are
//! kept. What comes from another workbook stays: its cells did not change.

use super::Refusal;
use super::markup::{Kind, Splices, walk};

/// The elements that hold kept points.
const KEPT: [&str; 3] = ["numCache", "strCache", "multiLvlStrCache"];

/// Whether a part is a chart, by its name in lower case.
pub(super) fn is_chart(part: &str) -> bool {
    part.contains("/charts/chart") && part.ends_with(".xml")
}

/// A chart's part without the points it keeps.
pub(super) fn without_points(part: &str, text: &str) -> Result<String, Refusal> {
    let mut splices = Splices::default();
    let (mut in_formula, mut is_foreign) = (false, false);
    let mut start = None;
    walk(part, text, |piece| {
        if piece.name == "f" {
            in_formula = piece.kind == Kind::Open;
            is_foreign &= !in_formula;
        } else if in_formula {
            is_foreign |= piece.text.contains('[');
        }
        if KEPT.contains(&piece.name) && !is_foreign {
            match piece.kind {
                Kind::Open => start = Some(piece.span.start),
                Kind::Close => {
                    if let Some(start) = start.take() {
                        splices.replace(start..piece.span.end, "");
                    }
                }
                _ => splices.replace(piece.span, ""),
            }
        }
        Ok(true)
    })?;
    Ok(splices.apply(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_go_and_those_of_another_workbook_stay() {
        for (before, after) in [
            ("<c:f>表!$A$1</c:f><c:numCache><c:pt><c:v>1</c:v></c:pt></c:numCache>", "<c:f>表!$A$1</c:f>"),
            ("<c:f>表!$A$1</c:f><c:strCache/><c:x/>", "<c:f>表!$A$1</c:f><c:x/>"),
            ("<f>A1</f><multiLvlStrCache><lvl/></multiLvlStrCache>", "<f>A1</f>"),
            ("<c:f>[1]表!$A$1</c:f><c:numCache><c:v>1</c:v></c:numCache>", ""),
            ("<c:numLit><c:v>1</c:v></c:numLit>", ""),
            (
                "<c:f>[1]表!A1</c:f><c:strCache/><c:f>表!A1</c:f><c:strCache/>",
                "<c:f>[1]表!A1</c:f><c:strCache/><c:f>表!A1</c:f>",
            ),
        ] {
            let chart = |inner: &str| format!("<c:chartSpace>{inner}</c:chartSpace>");
            let expected = if after.is_empty() { before } else { after };
            let found = without_points("chart1.xml", &chart(before)).expect("a chart");
            assert_eq!(found, chart(expected));
        }
    }
}
