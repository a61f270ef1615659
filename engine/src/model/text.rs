//! Keys under which texts are compared. A key is for matching only and is never shown: folding
//! turns ① into 1 and ㎡ into m2.

use unicode_normalization::UnicodeNormalization as _;

/// Full-width folded to half-width (NFKC), without any white space.
pub fn match_key(text: &str) -> String {
    let folded: Option<String> =
        text.chars().map(folded).filter(|c| c.is_none_or(|c| !c.is_whitespace())).collect();
    folded.unwrap_or_else(|| match_key_of_any(text))
}

fn match_key_of_any(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace()).collect()
}

/// What a character folds to by itself, where nothing beside it can change that: ASCII, ideographs, their
/// stops, and ASCII in full width, which is what nearly all our texts consist of. The tables of Unicode
/// take ten times as long.
fn folded(c: char) -> Option<char> {
    match c {
        '\0'..='\x7f' | '\u{4e00}'..='\u{9fff}' => Some(c),
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0),
        '\u{3000}' => Some(' '),
        c if is_stop(c) => Some(c),
        _ => None,
    }
}

fn is_stop(c: char) -> bool {
    matches!(c, '、' | '。')
}

/// A text as sameness is judged by it: folded, lower case, nothing but letters, digits and ideographs.
pub fn sameness_key(text: &str) -> String {
    let is_kept =
        |c: &Option<char>| c.is_none_or(|c| !c.is_ascii() && !is_stop(c) || c.is_ascii_alphanumeric());
    let folded: Option<String> =
        text.chars().map(folded).filter(is_kept).map(|c| c.map(|c| c.to_ascii_lowercase())).collect();
    folded.unwrap_or_else(|| sameness_key_of_any(text))
}

fn sameness_key_of_any(text: &str) -> String {
    match_key(text).to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The text without what stands in brackets, round or square, half or full width. A bracket that
/// is never closed takes the rest.
pub fn without_brackets(text: &str) -> String {
    let mut depth = 0_u32;
    text.chars()
        .filter(|c| match c {
            '(' | '\u{FF08}' | '[' | '【' | '〔' | '\u{FF3B}' => {
                depth += 1;
                false
            }
            ')' | '\u{FF09}' | ']' | '】' | '〕' | '\u{FF3D}' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect()
}

/// How alike two texts are: twice the number of pairs of neighbouring characters that both have, and
/// the number of pairs of both together. Their ratio is the Dice coefficient.
pub fn shared_pairs(one: &str, other: &str) -> (usize, usize) {
    let pairs = |text: &str| -> Vec<(char, char)> {
        let mut pairs: Vec<_> = text.chars().zip(text.chars().skip(1)).collect();
        pairs.sort_unstable();
        pairs
    };
    let (one, other) = (pairs(one), pairs(other));
    let (mut i, mut j, mut shared) = (0, 0, 0);
    while let (Some(a), Some(b)) = (one.get(i), other.get(j)) {
        shared += usize::from(a == b);
        i += usize::from(a <= b);
        j += usize::from(b <= a);
    }
    (2 * shared, one.len() + other.len())
}

/// The year that a title names: 2026 of 2026年第四季度.
pub fn year_in(text: &str) -> Option<i16> {
    let key = match_key(text);
    let head = &key[..key.find('年')?];
    let digits = head.len() - head.bytes().rev().take_while(u8::is_ascii_digit).count();
    let year = head[digits..].parse().ok()?;
    (1900..=2100).contains(&year).then_some(year)
}

/// The entries of a text that numbers them: `1.…;2.…`, also with 、, brackets or circled numbers.
///
/// Shape: at least one; the whole text where it does not begin with the number 1.
pub fn numbered(text: &str) -> Vec<&str> {
    let text = text.trim();
    // How each form of the mark of the first entry begins.
    if !text.starts_with(['1', '(', '\u{FF08}', '①']) {
        return vec![text];
    }
    let mut starts: Vec<(usize, usize)> = Vec::new();
    let mut from = 0;
    for number in 1..=20_u32 {
        let Some((at, len)) = mark(text, number, from).filter(|(at, _)| number > 1 || *at == 0) else {
            break;
        };
        starts.push((at, at + len));
        from = at + len;
    }
    if starts.is_empty() {
        return vec![text];
    }
    let ends = starts.iter().skip(1).map(|(at, _)| *at).chain([text.len()]);
    let is_end = |c: char| c.is_whitespace() || ";\u{FF1B}。".contains(c);
    starts
        .iter()
        .zip(ends)
        .map(|((_, start), end)| text[*start..end].trim().trim_end_matches(is_end))
        .collect()
}

/// Where a text has the mark of an entry's number, from a position on: its start and length.
fn mark(text: &str, number: u32, from: usize) -> Option<(usize, usize)> {
    let circled = char::from_u32(0x245f + number).map(String::from);
    let plain = ["{}.", "{}、", "{}\u{FF0E}", "{})", "{}\u{FF09}", "({})", "\u{FF08}{}\u{FF09}"];
    let marks = plain.iter().map(|form| form.replace("{}", &number.to_string())).chain(circled);
    marks
        .filter_map(|mark| {
            let at = text[from..].match_indices(&mark).map(|(at, _)| from + at).find(|at| {
                let before = text[..*at].chars().next_back();
                let after = text[at + mark.len()..].chars().next();
                // 12.5 is no entry 2, and 1.5米 no entry 1.
                let inside = before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '.');
                let decimal = mark.ends_with('.') && after.is_some_and(|c| c.is_ascii_digit());
                !inside && !decimal
            })?;
            Some((at, mark.len()))
        })
        .min()
}

/// Whether 18 characters are a unified social credit code with the right check character.
///
/// Source: GB 32100-2015, 5.4 and annex A: weights 3^(i-1) mod 31 over 17 characters of an
/// alphabet without I, O, S, V and Z.
pub fn credit_code_valid(code: &str) -> bool {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let values: Option<Vec<usize>> =
        code.bytes().map(|byte| ALPHABET.iter().position(|known| *known == byte)).collect();
    let Some(values) = values.filter(|values| values.len() == 18) else { return false };
    let sum: usize = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    (31 - sum % 31) % 31 == values[17]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_fold_the_same_with_and_without_rare_characters() {
        for (text, key, sameness) in [
            ("灭火器 Abc-1。", "灭火器Abc-1。", "灭火器abc1"),
            ("灭火器\u{3000}Ａbc－１。", "灭火器Abc-1。", "灭火器abc1"),
            (" \t\n", "", ""),
        ] {
            assert_eq!(
                (match_key(text), sameness_key(text)),
                (key.to_owned(), sameness.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn check_characters() {
        for (code, valid) in [
            ("91370998MA3FAKE01P", true),
            ("91370998MA3FAKE02T", true),
            ("91370998MA3FAKE20N", true),
            ("92370998MA3FAKE1XC", true),
            ("91370998MA3FAKE017", false),
            ("91370998ma3fake01p", false),
            ("91370998MA3FAKE01", false),
            ("", false),
        ] {
            assert_eq!(credit_code_valid(code), valid, "{code}");
        }
    }

    #[test]
    fn folding_by_character_is_folding_by_the_tables() {
        // Each by itself, and between neighbours that could compose with it.
        let all = ('\0'..=char::MAX).filter(|c| folded(*c).is_some());
        for text in all.flat_map(|c| [c.to_string(), format!("A{c}\u{301}a"), format!("\u{1100}{c}１ e")]) {
            assert_eq!(match_key(&text), match_key_of_any(&text), "{text:?}");
            assert_eq!(sameness_key(&text), sameness_key_of_any(&text), "{text:?}");
        }
    }

    #[test]
    fn pairs_are_counted_as_often_as_both_have_them() {
        for (one, other, pairs) in [
            ("鼎源五金", "鼎源五金制品", (6, 8)),
            ("abab", "ab", (2, 4)),
            ("abab", "abab", (6, 6)),
            ("甲", "甲", (0, 0)),
            ("甲乙", "乙甲", (0, 2)),
        ] {
            assert_eq!(shared_pairs(one, other), pairs, "{one} {other}");
        }
    }

    #[test]
    fn a_title_may_name_the_year() {
        for (title, year) in [
            ("平川县青石镇2026年生产经营单位名录", Some(2026)),
            ("２０２５年", Some(2025)),
            ("检查评分表", None),
            ("第3年", None),
        ] {
            assert_eq!(year_in(title), year);
        }
    }

    #[test]
    fn numbered_entries_are_told_apart() {
        for (text, entries) in [
            ("1.接地夹锈蚀;2.灭火器被遮挡", vec!["接地夹锈蚀", "灭火器被遮挡"]),
            ("1、甲 2、乙。3、丙", vec!["甲", "乙", "丙"]),
            ("①甲②乙", vec!["甲", "乙"]),
            ("(1)甲;(2)乙", vec!["甲", "乙"]),
            ("1.5米处2.漏水", vec!["1.5米处2.漏水"]),
            ("2号库1.门未锁", vec!["2号库1.门未锁"]),
            ("门未锁", vec!["门未锁"]),
            ("", vec![""]),
        ] {
            assert_eq!(numbered(text), entries, "{text}");
        }
    }

    #[test]
    fn brackets_go() {
        for (text, rest) in [
            ("兴捷(青石)机械", "兴捷机械"),
            ("甲醛(含量>90%)", "甲醛"),
            ("a(b\u{FF08}c)d)e", "ae"),
            ("x(y", "x"),
        ] {
            assert_eq!(without_brackets(text), rest);
        }
    }
}
