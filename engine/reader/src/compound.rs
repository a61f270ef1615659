//! Looks into a compound file (OLE): what is in its top folder, and one stream of it.
//! Every chain ends: it may not be longer than the file has sectors.

use crate::binary::{u16_at, u32_at};

const FREE: u32 = 0xFFFF_FFFA;

/// A compound file.
struct Compound<'a> {
    bytes: &'a [u8],
    sector: usize,
    /// The next sector of each.
    next: Vec<u32>,
}

impl<'a> Compound<'a> {
    fn open(bytes: &'a [u8]) -> Option<Self> {
        let sector = match u16_at(bytes, 30)? {
            9 => 512,
            12 => 4096,
            _ => return None,
        };
        let mut file = Self { bytes, sector, next: Vec::new() };
        let n_sectors = bytes.len().div_ceil(sector);
        let mut tables: Vec<u32> = (0..109).map_while(|index| u32_at(bytes, 76 + 4 * index)).collect();
        let mut more = u32_at(bytes, 68)?;
        for _ in 0..n_sectors {
            let Some(table) = file.sector(more) else { break };
            let entries = sector / 4 - 1;
            tables.extend((0..entries).map_while(|index| u32_at(table, 4 * index)));
            more = u32_at(table, 4 * entries)?;
        }
        for table in tables.into_iter().take_while(|table| *table < FREE).take(n_sectors) {
            let table = file.sector(table)?;
            let entries: Vec<u32> = (0..sector / 4).map_while(|index| u32_at(table, 4 * index)).collect();
            file.next.extend(entries);
        }
        Some(file)
    }

    /// The bytes of a sector; the last one of a file may be short.
    fn sector(&self, index: u32) -> Option<&'a [u8]> {
        let from = (index as usize).checked_add(1)?.checked_mul(self.sector)?;
        let rest = self.bytes.get(from..).filter(|rest| !rest.is_empty())?;
        Some(&rest[..rest.len().min(self.sector)])
    }

    /// The sectors of a chain, joined; what there is of them.
    fn chain(&self, first: u32) -> Vec<u8> {
        let mut joined = Vec::new();
        let mut at = first;
        for _ in 0..=self.next.len() {
            let Some(sector) = self.sector(at) else { break };
            joined.extend_from_slice(sector);
            let Some(next) = self.next.get(at as usize) else { break };
            at = *next;
        }
        joined
    }
}

/// The names in the top folder. `None` when the file's own structure is broken.
pub fn top_names(bytes: &[u8]) -> Option<Vec<String>> {
    let file = Compound::open(bytes)?;
    let directory = file.chain(u32_at(bytes, 48)?);
    let (entries, _) = directory.as_chunks::<128>();
    let mut names = Vec::new();
    let mut seen = vec![false; entries.len()];
    let mut next = vec![u32_at(entries.first()?, 76)?];
    while let Some(index) = next.pop() {
        let index = index as usize;
        let Some(entry) = entries.get(index) else { continue };
        if std::mem::replace(&mut seen[index], true) {
            continue;
        }
        let len = usize::from(u16_at(entry, 64)?).clamp(2, 64) / 2 - 1;
        let units: Vec<u16> = (0..len).map_while(|unit| u16_at(entry, 2 * unit)).collect();
        names.push(String::from_utf16_lossy(&units));
        next.extend([u32_at(entry, 68)?, u32_at(entry, 72)?]);
    }
    Some(names)
}

/// The stream with one of these names: the first name that there is.
pub fn stream(bytes: &[u8], names: &[&str]) -> Option<Vec<u8>> {
    let file = Compound::open(bytes)?;
    let directory = file.chain(u32_at(bytes, 48)?);
    let (entries, _) = directory.as_chunks::<128>();
    let entry = |name: &str| {
        let wanted: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).chain([0, 0]).collect();
        entries.iter().find(|entry| {
            u16_at(*entry, 64).is_some_and(|len| usize::from(len) == wanted.len())
                && entry.starts_with(&wanted)
        })
    };
    let found = names.iter().find_map(|name| entry(name))?;
    let first = u32_at(found, 116)?;
    let len = u32_at(found, 120)? as usize;
    let cutoff = u32_at(bytes, 56)? as usize;
    let mut stream = if len >= cutoff {
        file.chain(first)
    } else {
        // Short streams lie in pieces of 64 bytes in the root's own stream.
        let pieces = file.chain(u32_at(entries.first()?, 116)?);
        let table = file.chain(u32_at(bytes, 60)?);
        let mut joined = Vec::new();
        let mut at = first;
        for _ in 0..=pieces.len() / 64 {
            let from = (at as usize).checked_mul(64)?;
            let Some(piece) = pieces.get(from..).filter(|rest| !rest.is_empty()) else { break };
            joined.extend_from_slice(&piece[..piece.len().min(64)]);
            let Some(next) = u32_at(&table, (at as usize).checked_mul(4)?) else { break };
            at = next;
        }
        joined
    };
    stream.truncate(len);
    Some(stream)
}
