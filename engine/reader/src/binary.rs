//! Takes numbers and records out of bytes, with `None` where there are none.
//! Knows no format.

/// A 16-bit number at a place.
pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A 32-bit number at a place.
pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Whether a number format shows a percentage: outside of literal texts and in its first part.
/// `text` is its letters, of which only ASCII counts.
pub fn is_percent(text: impl IntoIterator<Item = u8>) -> bool {
    let (mut quoted, mut skips) = (false, false);
    for byte in text {
        match byte {
            _ if skips => skips = false,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'\\' | b'_' | b'*' => skips = true,
            b';' => return false,
            b'%' => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_told_from_texts() {
        for (format, is) in [
            ("0.00%", true),
            ("0\"%\"", false),
            ("0\\%", false),
            ("0;0%", false),
            ("[Red]0%;-0", true),
            ("", false),
        ] {
            assert_eq!(is_percent(format.bytes()), is, "{format}");
        }
    }
}
