//! Texts as names are compared: headers, labels, words of a dictionary.
//! Never used for what is stored or shown.

use unicode_normalization::UnicodeNormalization;

/// A text as names are compared: full-width forms folded, without white space, required marks and
/// a closing colon.
pub fn normal_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    if folds_to_itself(text) {
        key.extend(text.chars().filter(is_kept));
    } else {
        key.extend(text.nfkc().filter(is_kept));
    }
    if key.ends_with(':') {
        key.pop();
    }
    key
}

/// Whether a text has this key. Asked for every cell of long lists: nothing is built where the
/// first letters decide.
pub fn has_key(text: &str, key: &str) -> bool {
    // A letter stays what it is unless a mark follows that joins it.
    let mut start = text.chars();
    let (first, second) = (start.next(), start.next());
    if first.is_some_and(|c| is_plain(c) && is_kept(&c))
        && second.is_none_or(is_plain)
        && first != key.chars().next()
    {
        return first == Some(':') && second.is_none() && key.is_empty();
    }
    if !folds_to_itself(text) {
        return normal_key(text) == key;
    }
    let mut kept = text.chars().filter(is_kept);
    let mut wanted = key.chars();
    let mut last = None;
    loop {
        match (kept.next(), wanted.next()) {
            (None, None) => return last != Some(':'),
            (Some(':'), None) => return kept.next().is_none(),
            (one, other) if one != other => return false,
            (one, _) => last = one,
        }
    }
}

/// Whether a text is nothing but a bracket: a unit below a column's name, `(家)`.
pub fn is_bracketed(text: &str) -> bool {
    // Nearly every text begins with what is no bracket in any width.
    let is_word = |c: char| is_plain(c) && c.is_alphanumeric();
    !text.starts_with(is_word) && {
        let key = normal_key(text);
        key.starts_with('(') && key.ends_with(')')
    }
}

fn folds_to_itself(text: &str) -> bool {
    text.chars().all(is_plain)
}

/// ASCII and ordinary ideographs, which are nearly all of the texts.
fn is_plain(c: char) -> bool {
    c.is_ascii() || ('\u{4e00}'..='\u{9fff}').contains(&c)
}

fn is_kept(c: &char) -> bool {
    !c.is_whitespace() && *c != '*'
}

/// The key without bracketed text, and what the last bracket held: `设计最大量(t)`.
pub fn without_brackets(key: &str) -> Option<(String, &str)> {
    let open = key.find('(')?;
    let close = key[open..].find(')')? + open;
    Some((format!("{}{}", &key[..open], &key[close + 1..]), &key[open + 1..close]))
}

/// Whether a text looks like the code of a checklist item: `HC-A01`.
pub fn looks_like_code(text: &str) -> bool {
    let key = normal_key(text);
    (2..=24).contains(&key.len())
        && key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.bytes().any(|byte| byte.is_ascii_digit())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folded() {
        for (text, key) in [
            ("检 查\n结果", "检查结果"),
            ("设计最大量(t)", "设计最大量(t)"),
            ("＊ＣＡＳ号：", "CAS号"),
            ("单位名称:", "单位名称"),
            ("单位::", "单位:"),
            ("", ""),
        ] {
            assert_eq!(normal_key(text), key);
            assert!(has_key(text, key), "{text}");
            assert!(!has_key(text, "检查"), "{text}");
            assert!(!has_key(text, &format!("{key}x")), "{text}");
        }
        assert!(has_key(":", "") && !has_key("e\u{301}", "e") && has_key("e\u{301}", "é"));
        assert!(!has_key("单位:", "单位:"), "a closing colon belongs to no key");
        assert_eq!(without_brackets("设计最大量(t)"), Some(("设计最大量".to_owned(), "t")));
    }

    #[test]
    fn units_are_bracketed() {
        for (text, is) in [("(家)", true), (" （ % ） ", true), ("家", false), ("(家", false), ("", false)]
        {
            assert_eq!(is_bracketed(text), is, "{text}");
        }
    }

    #[test]
    fn item_codes_have_letters_and_digits() {
        for (text, is) in [
            ("HC-A01", true),
            ("ER-101", true),
            ("ＨＣ－Ａ０１", true),
            ("1", false),
            ("1.2", false),
            ("A", false),
            ("一、证照", false),
            ("91370998MA3FAKE01P", false),
        ] {
            assert_eq!(looks_like_code(text), is, "{text}");
        }
    }
}
