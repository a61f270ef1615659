//! Reads the drawing layer of `.xls`: which picture begins at which cell. Keeps no picture: only its
//! digest. Knows no records of workbooks: `xls` hands over the bytes of the drawing records, joined.
//!
//! The layer is a tree of atoms: two bytes of version and instance, two of kind, four of length. Here
//! it is walked flat, in its order: a container's head is passed over and what it holds follows.

use sha2::{Digest as _, Sha256};

use crate::binary::{u16_at, u32_at};

/// SHA-256 of a picture's bytes.
pub type Digest = [u8; 32];

const STORE_ENTRY: u16 = 0xF007;
const SHAPE: u16 = 0xF004;
const OPTIONS: u16 = 0xF00B;
const CLIENT_ANCHOR: u16 = 0xF010;
/// The option that holds the number of a shape's picture; the flag says that it is one of the store.
const PICTURE_OPTION: u16 = 0x0104 | 0x4000;
/// Bytes of a store's entry before its name and the picture.
const ENTRY_HEAD: usize = 36;

struct Atom<'a> {
    version: u16,
    instance: u16,
    kind: u16,
    body: &'a [u8],
}

/// The atom at the start of the bytes, and the bytes after its head. A body is cut where the bytes end.
fn atom(bytes: &[u8]) -> Option<(Atom<'_>, &[u8])> {
    let (first, kind, len) = (u16_at(bytes, 0)?, u16_at(bytes, 2)?, u32_at(bytes, 4)? as usize);
    let inside = bytes.get(8..)?;
    let body = &inside[..len.min(inside.len())];
    Some((Atom { version: first & 0xF, instance: first >> 4, kind, body }, inside))
}

/// Calls `each` for every atom: containers, and what they hold after them.
fn walk<'a>(mut rest: &'a [u8], mut each: impl FnMut(&Atom<'a>)) {
    while let Some((atom, inside)) = atom(rest) {
        each(&atom);
        rest = if atom.version == 0xF { inside } else { &inside[atom.body.len()..] };
    }
}

/// Digests of the pictures that a workbook stores, in the order of the store; none for an entry
/// without bytes.
pub fn store(bytes: &[u8]) -> Vec<Option<Digest>> {
    let mut digests = Vec::new();
    walk(bytes, |atom| {
        if atom.kind == STORE_ENTRY {
            digests.push(picture(atom.body));
        }
    });
    digests
}

/// The digest of the picture in a store's entry.
fn picture(entry: &[u8]) -> Option<Digest> {
    let name = usize::from(*entry.get(33)?);
    let (blip, _) = atom(entry.get(ENTRY_HEAD + name..)?)?;
    // One digest of 16 bytes stands before the picture, or two: the instance is odd then, whatever the kind.
    let digests = 16 * (1 + usize::from(blip.instance & 1));
    let head = match blip.kind {
        // Metafiles: sizes and how they are packed.
        0xF01A..=0xF01C => digests + 34,
        // Bitmaps: one byte.
        0xF01D..=0xF01F | 0xF029 | 0xF02A => digests + 1,
        _ => return None,
    };
    blip.body.get(head..).map(|bytes| Sha256::digest(bytes).into())
}

/// The pictures of a sheet's drawing: the cell at which each begins, and its number in the store, from 1.
pub fn anchors(bytes: &[u8]) -> Vec<([u32; 2], u32)> {
    let mut found = Vec::new();
    let mut number = None;
    walk(bytes, |atom| match atom.kind {
        SHAPE => number = None,
        OPTIONS => {
            let (options, _) = atom.body.as_chunks::<6>();
            let options = options.iter().take(atom.instance.into());
            number = options
                .filter(|option| u16_at(*option, 0) == Some(PICTURE_OPTION))
                .find_map(|option| u32_at(option, 2))
                .or(number);
        }
        // Flags, then column and row with a fraction of each.
        CLIENT_ANCHOR => {
            if let (Some(number), Some(col0), Some(row0)) =
                (number, u16_at(atom.body, 2), u16_at(atom.body, 6))
            {
                found.push(([row0.into(), col0.into()], number));
            }
        }
        _ => {}
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(version: u16, instance: u16, kind: u16, body: &[u8]) -> Vec<u8> {
        let mut bytes = (version | instance << 4).to_le_bytes().to_vec();
        bytes.extend(kind.to_le_bytes());
        bytes.extend((body.len() as u32).to_le_bytes());
        bytes.extend(body);
        bytes
    }

    #[test]
    fn a_picture_is_found_by_its_number_and_its_digest() {
        // "abc" has the digest that the standard itself gives.
        let png = put(0, 0x6E0, 0xF01E, &[&[0; 17][..], b"abc"].concat());
        let twice_named = put(0, 0x6E1, 0xF01E, &[&[0; 33][..], b"abc"].concat());
        let entry = |blip: &[u8]| put(2, 6, STORE_ENTRY, &[&[0; ENTRY_HEAD][..], blip].concat());
        let stored = [entry(&png), entry(&[]), entry(&twice_named)].concat();
        let digests = store(&put(0xF, 3, 0xF001, &stored));
        let abc: Digest = Sha256::digest(b"abc").into();
        assert_eq!(digests, [Some(abc), None, Some(abc)]);
    }

    #[test]
    fn a_shape_without_a_picture_has_none_even_after_one_with() {
        let options = |option: u16, value: u32| {
            put(3, 1, OPTIONS, &[&option.to_le_bytes()[..], &value.to_le_bytes()].concat())
        };
        let anchor = |col: u16, row: u16| {
            let words = [0, col, 0, row, 0, col + 1, 0, row + 1, 0];
            put(0, 0, CLIENT_ANCHOR, &words.map(u16::to_le_bytes).concat())
        };
        let shape = |option, col, row| put(0xF, 0, SHAPE, &[options(option, 2), anchor(col, row)].concat());
        let drawn = put(0xF, 0, 0xF002, &[shape(PICTURE_OPTION, 1, 3), shape(0x0181, 2, 4)].concat());
        assert_eq!(anchors(&drawn), [([3, 1], 2)]);
    }

    #[test]
    fn no_bytes_bring_it_down() {
        let whole = put(0xF, 0, SHAPE, &put(2, 6, STORE_ENTRY, &[0xFF; 80]));
        for len in 0..whole.len() {
            store(&whole[..len]);
            anchors(&whole[..len]);
        }
        assert!(store(&[0xFF; 64]).len() <= 8);
    }
}
