//! Rows that come from the letters of responsibility: 表R11.
//! Keeps out who ought to sign: that is the letters' own question.

use super::{Content, Row};
use crate::model::campaign::{Letter, Signer};
use crate::model::{Place, Run};

/// 表R11: villages, departments and enterprises that owe a letter on the day of the run.
pub(super) fn by_kind(run: &Run) -> Content {
    let mut entries = Vec::new();
    for (title, is_kind) in [
        ("村居", (|signer| matches!(signer, Signer::Village)) as fn(&Signer) -> bool),
        ("部门", |signer| matches!(signer, Signer::Department)),
        ("企业", |signer| matches!(signer, Signer::Enterprise(_))),
    ] {
        let due = run.supervision.letters.due(&run.register, run.as_of);
        let due: Vec<_> = due.filter(|letter| is_kind(&letter.signer)).collect();
        if due.is_empty() {
            continue;
        }
        let (signed, missing): (Vec<&Letter>, Vec<&Letter>) =
            due.iter().copied().partition(|letter| letter.is_signed(run.as_of));
        let missing: Vec<_> = missing.iter().map(|letter| letter.unit.as_str()).collect();
        let mut row = Row::default()
            .text("kind", title)
            .count("due", due.len())
            .count("signed", signed.len())
            .text("missing", missing.join("、"));
        for letter in signed {
            if let Some((.., at)) = &letter.signed {
                row =
                    row.rests_on("signed", format!("{} {}", letter.unit, run.sources.show(Place::from(*at))));
            }
        }
        entries.push(row.0);
    }
    // Without a single signing there is no workbook of letters, and nothing to report.
    let any = run.supervision.letters.letters.iter().any(|letter| letter.signed.is_some());
    Content { layout: "letters", entries: if any { entries } else { Vec::new() }, ..Content::default() }
}
