//! Texts with places in braces, and which places each kind of report knows.
//! Knows no file and no run: whoever fills a text brings the words.

use std::collections::BTreeMap;

/// Text with places such as `{year}`; every place was checked when the template was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::report) struct Pattern(pub(super) String);

/// What goes into the places of a pattern.
pub(in crate::report) type Words = BTreeMap<&'static str, String>;

/// Places that every report knows.
pub(in crate::report) const RUN_WORDS: &[&str] = &["town", "year", "issuer", "as_of", "program"];
/// Places that reports of a plugin know.
pub(in crate::report) const PLUGIN_WORDS: &[&str] = &[
    "plugin",
    "checklist",
    "full_marks",
    "digits",
    "unchecked",
    "rounding",
    "bands",
    "veto_grade",
    "scheme_source",
    "n_units",
    "n_checks",
    "grades",
    "editions",
];
/// Places that a score sheet knows.
pub(in crate::report) const CHECK_WORDS: &[&str] =
    &["name", "short_name", "code", "village", "date", "date_iso", "inspectors", "source", "edition"];
/// Places that rankings and sheets of units know.
pub(in crate::report) const KIND_WORDS: &[&str] = &["kind", "check"];
/// Places that the problem sheets know.
pub(in crate::report) const PROBLEM_WORDS: &[&str] =
    &["n_problems", "n_mandatory", "n_verify", "n_hint", "n_sources"];
/// Places that the sheets of the ledger know.
pub(in crate::report) const LEDGER_WORDS: &[&str] = &[
    "n_entries",
    "n_hazards",
    "n_open",
    "n_overdue",
    "n_refused",
    "n_undecided",
    "n_undated",
    "n_suggested",
    "n_signals",
    "opening",
    "found_this_year",
    "closed_this_year",
    "closing",
    "all_closed",
    "reconciled",
    "rate_means",
    "on_time_rate_means",
];
/// Places that the sheets of a campaign know.
pub(in crate::report) const CAMPAIGN_WORDS: &[&str] = &[
    "campaign",
    "first",
    "last",
    "until",
    "window_mark",
    "covered_by",
    "counted",
    "rate_means",
    "coverage_means",
];
/// Places that the caption of a table of statistics knows.
pub(in crate::report) const TABLE_WORDS: &[&str] = &["table"];
/// Places that a return knows.
pub(in crate::report) const SOURCE_WORDS: &[&str] =
    &["file", "path", "purpose", "n_mandatory", "n_verify", "hints", "reason"];
/// Places that the year-end sheets know.
pub(in crate::report) const YEAR_END_WORDS: &[&str] =
    &["rules", "formula", "bands", "department_bands", "seal", "reissue", "self_gap", "cap", "veto"];
/// Places that papers know.
pub(in crate::report) const PAPER_WORDS: &[&str] = &["part", "n_subjects", "n_open", "n_overdue", "n_major"];
/// Places that the sheet of one subject knows.
pub(in crate::report) const PAPER_UNIT_WORDS: &[&str] = &[
    "name",
    "short_name",
    "code",
    "village",
    "department",
    "own_open",
    "own_overdue",
    "own_major",
    "deadlines",
];
/// Places that a circular knows: one sentence each, empty where there is nothing to say.
pub(in crate::report) const CIRCULAR_WORDS: &[&str] = &[
    "of_ledger",
    "of_major",
    "all_closed",
    "of_worst",
    "of_checks",
    "of_villages",
    "of_departments",
    "of_vetoes",
    "of_filings",
    "of_lapses",
];

impl Pattern {
    /// A text without places.
    pub fn literal(text: &str) -> Self {
        // A brace that opens a place would be read again.
        Self(text.replace('{', "("))
    }

    /// The text with the words in their places.
    pub fn fill(&self, words: &Words) -> String {
        let mut filled = String::with_capacity(self.0.len() + 32);
        for piece in pieces(&self.0) {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Place(place) => filled.push_str(words.get(place).map_or("", String::as_str)),
            }
        }
        filled
    }
}

pub(super) enum Piece<'a> {
    Text(&'a str),
    Place(&'a str),
}

/// Cuts a pattern. A brace without its partner is text.
pub(super) fn pieces(pattern: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = pattern;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(after) = rest.strip_prefix('{')
            && let Some(close) = after.find('}')
        {
            rest = &after[close + 1..];
            return Some(Piece::Place(&after[..close]));
        }
        // A brace that opens nothing is text.
        let skip = usize::from(rest.starts_with('{'));
        let end = rest[skip..].find('{').map_or(rest.len(), |at| at + skip);
        let (text, more) = rest.split_at(end);
        rest = more;
        Some(Piece::Text(text))
    })
}
