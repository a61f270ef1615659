//! How wide and how high text is: a Chinese glyph takes two Latin ones.
//! Knows no fonts: at 10.5 points a Latin glyph is one unit of Excel's column width.

use unicode_width::UnicodeWidthChar;

/// Width of one character, in Latin glyphs. Ambiguous ones (—, …, ×) are as wide as Chinese:
/// the fonts of our reports draw them so.
fn char_width(c: char) -> usize {
    match c {
        ' '..='~' => 1,
        '\u{4e00}'..='\u{9fff}' => 2,
        _ => c.width_cjk().unwrap_or(0),
    }
}

/// Width of the longest line of a text, in Latin glyphs.
pub(super) fn width(text: &str) -> usize {
    text.split('\n').map(|line| line.chars().map(char_width).sum()).max().unwrap_or(0)
}

/// The least width at which a heading looks right: short ones stand in one line, long ones in two,
/// unless the template says where they break.
pub(super) fn heading_width(text: &str) -> usize {
    let width = width(text);
    if width <= 8 || text.contains('\n') { width } else { (width.div_ceil(2) + 1).max(8) }
}

/// How many lines a text takes in a cell that holds `capacity` Latin glyphs a line.
/// Chinese breaks anywhere; a Latin word moves to the next line whole, unless it is longer than a
/// line by itself.
pub(super) fn lines(text: &str, capacity: f64) -> usize {
    let capacity = (capacity.max(2.0)) as usize;
    // A glyph has at least as many bytes as it is wide.
    if text.len() <= capacity && !text.contains('\n') {
        return 1;
    }
    text.split('\n').map(|line| lines_of(line, capacity)).sum()
}

fn lines_of(line: &str, capacity: usize) -> usize {
    let mut n_lines = 1;
    let mut used = 0;
    let mut word = 0;
    for c in line.chars() {
        let glyph = char_width(c);
        if c.is_ascii_graphic() {
            word += glyph;
            if used + word > capacity {
                n_lines += 1;
                // The word moves down; what exceeds a whole line is broken.
                used = 0;
                if word > capacity {
                    word = glyph;
                }
            }
            continue;
        }
        used += word;
        word = 0;
        if used + glyph > capacity {
            n_lines += 1;
            used = glyph;
        } else {
            used += glyph;
        }
    }
    n_lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_is_twice_as_wide() {
        for (text, expected) in [("", 0), ("AB", 2), ("得分", 4), ("S值\n重大隐患", 8), ("—", 2)] {
            assert_eq!(width(text), expected, "{text}");
        }
    }

    #[test]
    fn lines_are_counted_as_they_wrap() {
        for (text, capacity, expected) in [
            ("", 10.0, 1),
            ("安全生产", 8.0, 1),
            ("安全生产", 7.0, 2),
            ("安全生产许可证", 4.0, 4),
            ("一\n二", 10.0, 2),
            ("见 HC-A01", 8.0, 2),
            ("ABCDEFGHIJ", 4.0, 3),
        ] {
            assert_eq!(lines(text, capacity), expected, "{text} in {capacity}");
        }
    }
}
