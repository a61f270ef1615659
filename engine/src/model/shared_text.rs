//! A text that is kept once: a copy of it is a pointer to the same letters.
//! Compares nothing and folds nothing: keys of texts are the affair of `text`.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// An immutable text, shared by all that hold it: what stands in a cell, in the ledger's entry of its row
/// and in the hazard it belongs to is one allocation. An empty one has none.
#[derive(Clone, Default)]
pub struct Text(Option<Arc<str>>);

impl Text {
    /// No text.
    pub const EMPTY: Self = Self(None);

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// Without white space at both ends; the same text where there is none.
    pub fn trimmed(&self) -> Self {
        let trimmed = self.as_str().trim();
        if trimmed.len() == self.len() { self.clone() } else { trimmed.into() }
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self((!text.is_empty()).then(|| text.into()))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}

impl From<&Text> for String {
    fn from(text: &Text) -> Self {
        text.as_str().to_owned()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        // Most that are equal are the same.
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other) || one == other,
            (one, other) => one.is_none() == other.is_none(),
        }
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for Text {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other)
    }
}

impl std::hash::Hash for Text {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

/// Texts met lately, so that one that comes again is kept once. It forgets: a list of which every row says
/// something else costs no more than its texts.
#[derive(Debug, Default)]
pub struct LatelyMet(Vec<Text>);

impl LatelyMet {
    /// How many are remembered: more than a list has enterprises, villages and days.
    const N: usize = 1 << 12;
    /// Longer ones are hardly ever said twice.
    const LONGEST: usize = 128;

    /// The text, as it was kept before where it is still remembered.
    pub fn keep(&mut self, text: &str) -> Text {
        if text.is_empty() || text.len() > Self::LONGEST {
            return text.into();
        }
        if self.0.is_empty() {
            self.0.resize(Self::N, Text::EMPTY);
        }
        // FNV-1a. Who makes texts fall on one place only makes them be kept twice.
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
        let known = &mut self.0[(hash >> 32) as usize % Self::N];
        if *known != *text {
            *known = text.into();
        }
        known.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_comes_again_is_kept_once() {
        let mut met = LatelyMet::default();
        let (one, other) = (met.keep("古井村"), met.keep("古井村"));
        assert!(std::ptr::eq(one.as_str(), other.as_str()), "the same letters");
        assert_eq!(met.keep("古井"), "古井");
        assert_eq!(met.keep(""), Text::EMPTY);
        for n in 0..3 * LatelyMet::N {
            let text = n.to_string();
            assert_eq!(met.keep(&text), text, "whatever else is remembered");
        }
        assert_eq!(met.0.len(), LatelyMet::N);
    }

    #[test]
    fn it_compares_and_prints_as_its_letters() {
        let [short, long] = ["乙", " 乙 "].map(Text::from);
        assert_eq!(
            (long.trimmed(), format!("{short}"), format!("{short:?}")),
            (short, "乙".to_owned(), "\"乙\"".to_owned())
        );
        assert!(["", "a", "b"].map(Text::from).is_sorted_by(|one, next| one < next));
        assert_eq!(Text::from(String::new()), Text::default());
    }
}
