//! Blocks (块): which village a list, a row or an enterprise belongs to.
//! Knows no hazards; a name that no workbook explains stays as it stands.

use std::collections::BTreeMap;

use super::rules::Rules;
use crate::model::Table;
use crate::model::ledger::Block;
use crate::model::text::match_key;

/// The villages of a town, and the blocks beside them.
pub(super) struct Blocks {
    /// By number, then those beside the villages in the order of the rules.
    pub(super) list: Vec<Block>,
    /// Numbers by the key of a number or name.
    by_key: BTreeMap<String, String>,
}

impl Blocks {
    /// Reads the villages of the organisation workbook.
    pub(super) fn of(tables: &[Table], rules: &Rules) -> Self {
        let mut villages: BTreeMap<String, String> = BTreeMap::new();
        for table in tables.iter().filter(|table| table.is("villages")) {
            let (Some(number), Some(name)) = (table.field("number"), table.field("name")) else { continue };
            for row in &table.rows {
                let (number, name) = (row.cells[number].shown(), row.cells[name].shown());
                if !number.is_empty() && !name.is_empty() {
                    villages.entry(number).or_insert(name);
                }
            }
        }
        let beside = rules.blocks.iter().filter(|(number, _)| !villages.contains_key(number)).cloned();
        let beside: Vec<Block> = beside.map(|(number, name)| Block { number, name, beside: true }).collect();
        let villages = villages.into_iter().map(|(number, name)| Block { number, name, beside: false });
        let list: Vec<Block> = villages.chain(beside).collect();
        let mut by_key = BTreeMap::new();
        for block in &list {
            for key in [&block.number, &block.name] {
                by_key.entry(match_key(key)).or_insert_with(|| block.number.clone());
            }
        }
        Self { list, by_key }
    }

    /// The number of a block by number or name; as it stands where nobody knows it.
    pub(super) fn number(&self, text: &str) -> String {
        self.by_key.get(&match_key(text)).cloned().unwrap_or_else(|| text.trim().to_owned())
    }

    /// The village that a list was filed by: by the beginning of the file's name, else by its title.
    pub(super) fn of_filing(&self, path: &str, titles: &[&str]) -> Option<String> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let head = stem.split(['_', '-', ' ']).next().unwrap_or(stem);
        if let Some(number) = self.by_key.get(&match_key(head)) {
            return Some(number.clone());
        }
        titles.iter().chain([&stem]).find_map(|title| {
            let title = match_key(title);
            let named = |block: &&Block| !block.name.is_empty() && title.contains(&match_key(&block.name));
            // The longest name that stands in it: 上庄村 is part of 小上庄村.
            let longest = self.list.iter().filter(named).max_by_key(|block| block.name.chars().count());
            longest.map(|block| block.number.clone())
        })
    }
}
