//! Names of sheets that Excel accepts: at most 31 UTF-16 units, none of `: \ / ? * [ ]`, no
//! apostrophe, not `History`, unique ignoring case.
//! Knows nothing of what is on the sheets.

use std::collections::BTreeSet;

/// The most UTF-16 units of a name.
const MAX: usize = 31;

/// Names already taken in one workbook.
#[derive(Debug, Default)]
pub(super) struct SheetNames {
    taken: BTreeSet<String>,
}

impl SheetNames {
    /// The nearest name that is allowed and free. `keep` ends the name and is never cut off.
    pub fn take(&mut self, name: &str, keep: &str) -> String {
        let clean = |text: &str| -> String {
            text.chars()
                .map(|c| match c {
                    ':' | '\\' | '/' | '?' | '*' => '-',
                    '[' => '(',
                    ']' => ')',
                    '\'' => '’',
                    c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => ' ',
                    c => c,
                })
                .collect()
        };
        let (name, keep) = (clean(name), clean(keep));
        let name = name.trim();
        let name = if name.is_empty() && keep.is_empty() { "表" } else { name };
        for attempt in 1.. {
            let end = if attempt == 1 { keep.clone() } else { format!("{keep}({attempt})") };
            let room = MAX.saturating_sub(end.encode_utf16().count());
            let mut used = 0;
            let begin: String = name
                .chars()
                .take_while(|c| {
                    used += c.len_utf16();
                    used <= room
                })
                .collect();
            let candidate = format!("{}{end}", begin.trim_end());
            // Excel keeps this name for itself.
            if candidate.eq_ignore_ascii_case("history") {
                continue;
            }
            if self.taken.insert(candidate.to_lowercase()) {
                return candidate;
            }
        }
        unreachable!("a workbook has fewer sheets than there are numbers")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_allowed_and_unique() {
        let mut names = SheetNames::default();
        for (name, keep, expected) in [
            ("排名", "", "排名"),
            ("排名", "", "排名(2)"),
            ("a/b[c]:d", "", "a-b(c)-d"),
            ("ABC", "", "ABC"),
            ("abc", "", "abc(2)"),
            ("History", "", "History(2)"),
            ("", "", "表"),
            ("'x'", "", "’x’"),
            (
                "青石镇宏达化工有限责任公司第一分公司西区仓储中心",
                " 2026-07-16",
                "青石镇宏达化工有限责任公司第一分公司西区 2026-07-16",
            ),
            (
                "青石镇宏达化工有限责任公司第一分公司西区仓储中心",
                " 2026-07-16",
                "青石镇宏达化工有限责任公司第一分公 2026-07-16(2)",
            ),
            ("😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀", "", "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀"),
        ] {
            let taken = names.take(name, keep);
            assert_eq!(taken, expected);
            assert!(taken.encode_utf16().count() <= MAX, "{taken}");
        }
    }
}
