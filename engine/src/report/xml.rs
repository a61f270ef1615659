//! Text and numbers as they stand in a part of a workbook, for sheets that are not written by the library.
//! Knows no cells and no parts; what changes a part that somebody else made is in `patch`.

/// Writes a whole number.
pub(super) fn digits(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Writes text as XML and Excel want it: code points that XML lacks as `_xHHHH_`, and what only looks like
/// one of these with its underscore as one.
pub(super) fn escape(out: &mut Vec<u8>, text: &str, in_attribute: bool) {
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let mut len = 1;
        let instead: &[u8] = match byte {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'"' if in_attribute => b"&quot;",
            b'\n' if in_attribute => b"&#xA;",
            b'\t' | b'\n' => continue,
            0..0x20 => &control(*byte),
            b'_' if !in_attribute && looks_escaped(&bytes[at..]) => b"_x005F_",
            // The two code points of three bytes that are no characters.
            0xef if matches!(bytes.get(at + 1..at + 3), Some([0xbf, 0xbe | 0xbf])) => {
                len = 3;
                if bytes[at + 2] == 0xbe { b"_xFFFE_" } else { b"_xFFFF_" }
            }
            _ => continue,
        };
        out.extend_from_slice(&bytes[from..at]);
        out.extend_from_slice(instead);
        from = at + len;
    }
    out.extend_from_slice(&bytes[from..]);
}

/// `_x001F_`
const fn control(byte: u8) -> [u8; 7] {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    [b'_', b'x', b'0', b'0', HEX[(byte >> 4) as usize], HEX[(byte & 15) as usize], b'_']
}

/// Whether bytes begin with `_xHHHH_`.
fn looks_escaped(bytes: &[u8]) -> bool {
    let Some([b'_', b'x', digits @ .., b'_']) = bytes.get(..7) else { return false };
    digits.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_as_excel_reads_them() {
        for (text, shown, attribute) in [
            ("安全", "安全", "安全"),
            ("a<b>&\"c\"", "a&lt;b&gt;&amp;\"c\"", "a&lt;b&gt;&amp;&quot;c&quot;"),
            ("一\n二", "一\n二", "一&#xA;二"),
            ("\r\u{1}", "_x000D__x0001_", "_x000D__x0001_"),
            ("_x000D_", "_x005F_x000D_", "_x000D_"),
            ("_x00_", "_x00_", "_x00_"),
            ("_x000G_", "_x000G_", "_x000G_"),
            ("_x0", "_x0", "_x0"),
            ("\u{ffff}a\u{feff}", "_xFFFF_a\u{feff}", "_xFFFF_a\u{feff}"),
        ] {
            for (in_attribute, expected) in [(false, shown), (true, attribute)] {
                let mut out = Vec::new();
                escape(&mut out, text, in_attribute);
                assert_eq!(String::from_utf8_lossy(&out), expected, "{text:?}");
            }
        }
    }
}
