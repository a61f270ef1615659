//! What the number formats of a style sheet show: a day, a percentage, or a plain number.
//! Everything else in a style sheet is for the eye and is passed over.

use std::collections::BTreeMap;

use super::super::Refusal;
use super::super::limits::{MAX_FORMAT_BYTES, MAX_STYLES};
use super::super::markup::unescape;
use super::walk;

/// What a number format makes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// A number; a span of time is one too.
    Plain,
    /// A hundred times the number, with a percent sign.
    Percent,
    /// A day or a time of day.
    Day,
}

/// What each cell format of a style sheet shows. Errors: `FileDamaged`, `FileBeyondLimit`.
pub fn read(name: &str, bytes: &[u8]) -> Result<Vec<Shows>, Refusal> {
    let mut own: BTreeMap<String, Shows> = BTreeMap::new();
    let mut ids = Vec::new();
    let mut in_cells = false;
    walk(name, bytes, |tag| {
        match (tag.name, tag.closes) {
            ("numFmt", false) => {
                if let (Some(id), Some(code)) = (tag.attr("numFmtId"), tag.attr("formatCode")) {
                    if code.len() > MAX_FORMAT_BYTES || id.len() > 10 {
                        return Err(Refusal::limit("数字格式不超过 255 字".to_owned(), "更长"));
                    }
                    own.insert(id.to_owned(), of_code(&unescape(code)));
                }
            }
            ("cellXfs", closes) => in_cells = !closes && !tag.is_empty(),
            ("xf", false) if in_cells => {
                if ids.len() == MAX_STYLES {
                    return Err(Refusal::limit(
                        format!("单元格格式不超过 {MAX_STYLES} 种"),
                        format!("超过 {MAX_STYLES}"),
                    ));
                }
                ids.push(tag.attr("numFmtId").unwrap_or("0"));
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(ids.iter().map(|id| own.get(*id).copied().unwrap_or_else(|| built_in(id))).collect())
}

/// The formats that every workbook has. Source: ECMA-376 part 1, 18.8.30; 27–36 and 50–58 are the
/// days and times of East Asian editions.
fn built_in(id: &str) -> Shows {
    match id.parse() {
        Ok(9 | 10) => Shows::Percent,
        Ok(14..=22 | 27..=36 | 45 | 47 | 50..=58) => Shows::Day,
        _ => Shows::Plain,
    }
}

/// What a format shows that is written out, by its part for positive numbers.
fn of_code(code: &str) -> Shows {
    let mut bare = String::with_capacity(code.len());
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => drop(chars.find(|c| *c == '"')),
            '[' => {
                let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                let inside = inside.to_ascii_lowercase();
                let first = inside.chars().next();
                // Hours beyond 24 are a span of time: `[h]:mm`.
                if first.is_some_and(|first| "hms".contains(first))
                    && inside.chars().all(|c| Some(c) == first)
                    && !bare.contains(['y', 'd', 'm', 'h', 's'])
                {
                    return Shows::Plain;
                }
            }
            '\\' | '_' | '*' => drop(chars.next()),
            ';' => break,
            c => bare.push(c.to_ascii_lowercase()),
        }
    }
    // `aaaa` is the day of the week, and nothing else may stand in the format.
    if bare.contains(['y', 'd', 'm', 'h', 's']) || bare.contains("aaa") {
        Shows::Day
    } else if bare.contains('%') {
        Shows::Percent
    } else {
        Shows::Plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_formats_show() {
        for (code, shows) in [
            ("General", Shows::Plain),
            ("G/通用格式", Shows::Plain),
            ("0.00E+00", Shows::Plain),
            ("#,##0.0####\" YMD\"", Shows::Plain),
            ("[Red]#,##0;[Blue]-#,##0", Shows::Plain),
            ("\\Y000000", Shows::Plain),
            ("0;yyyy", Shows::Plain),
            ("0%", Shows::Percent),
            ("0.0\"%\"", Shows::Plain),
            ("[=1]0%", Shows::Percent),
            ("yyyy\"年\"m\"月\"d\"日\"", Shows::Day),
            ("[DBNum1][$-804]yyyy\"年\"m\"月\"d\"日\";@", Shows::Day),
            ("[$-804]aaaa", Shows::Day),
            ("上午/下午h\"时\"", Shows::Day),
            ("h:mm AM/PM", Shows::Day),
            ("[$-F400]h:mm:ss", Shows::Day),
            ("[h]:mm:ss", Shows::Plain),
            ("[ss]", Shows::Plain),
            ("[Blue]\\+[h]:mm;[Red]\\-[h]:mm", Shows::Plain),
        ] {
            assert_eq!(of_code(code), shows, "{code}");
        }
    }

    #[test]
    fn a_style_sheet_is_its_cell_formats() {
        let styles = "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='yyyy&quot;年&quot;'/></numFmts>\
                      <fonts><font><name val='x'/></font></fonts><cellStyleXfs><xf numFmtId='9'/></cellStyleXfs>\
                      <cellXfs><xf numFmtId='164' fontId='0'><alignment/></xf><xf/><xf numFmtId='10'/><xf numFmtId='31'/></cellXfs></styleSheet>";
        let shows = read("styles", styles.as_bytes()).expect("is well-formed");
        assert_eq!(shows, [Shows::Day, Shows::Plain, Shows::Percent, Shows::Day]);
    }
}
