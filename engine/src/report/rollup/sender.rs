//! Whose report it is: by the folder it lies in and by the sender that it names. Where the two do not
//! say the same, nobody's: a number under the wrong unit is worse than one that is missing.

use crate::model::rollup::Received;
use crate::model::text::match_key;
use crate::model::{Place, Problem, ProblemCode, Provenance, SourceId};

/// The units that may send.
pub(super) struct Senders {
    /// Keys of the names of a member, and its position in the organisation, the longest key first.
    known: Vec<(String, usize)>,
    /// Names of the units, in order. Without an organisation, whoever sends: sorted.
    units: Vec<String>,
    from_organisation: bool,
    /// Positions of those that are members on the day.
    on_the_day: Vec<usize>,
}

/// What names a sender.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Named {
    /// A unit by its position.
    Unit(usize),
    /// Several, or none that is known.
    Nobody,
    /// Nothing is written.
    Nothing,
}

impl Senders {
    pub(super) fn new(received: &Received) -> Self {
        let from_organisation = !received.members.is_empty();
        let mut units: Vec<String> = Vec::new();
        let mut known = Vec::new();
        let mut on_the_day = Vec::new();
        for member in &received.members {
            // Several spans of one unit are one unit.
            let rank = units.iter().position(|unit| *unit == member.name).unwrap_or_else(|| {
                units.push(member.name.clone());
                units.len() - 1
            });
            known.extend(member.names().map(|name| (match_key(name), rank)));
            if member.is_on(received.as_of) && !on_the_day.contains(&rank) {
                on_the_day.push(rank);
            }
        }
        if !from_organisation {
            let folders =
                received.books.iter().filter_map(|book| folder(&received.sources.get(book.source).path));
            units = folders.map(str::to_owned).collect();
            units.sort();
            units.dedup();
            known = units.iter().map(|unit| match_key(unit)).zip(0..).collect();
            on_the_day = (0..units.len()).collect();
        }
        known.sort_by(|a, b| (b.0.len(), &a.0).cmp(&(a.0.len(), &b.0)));
        known.dedup();
        // A name passes from one unit to another: on a day it is that of the member.
        let known = known.chunk_by(|a, b| a.0 == b.0).flat_map(|same| {
            let mut on: Vec<_> = same.iter().filter(|(_, rank)| on_the_day.contains(rank)).cloned().collect();
            if on.len() != 1 {
                on = same.to_vec();
            }
            on
        });
        let known = known.collect();
        Self { known, units, from_organisation, on_the_day }
    }

    pub(super) fn n_members(&self) -> Option<usize> {
        self.from_organisation.then_some(self.on_the_day.len())
    }

    /// Who is named by a text: the unit whose name it holds, and of names within each other the longest.
    fn named(&self, text: &str) -> Named {
        let mut key = match_key(text);
        if key.trim_matches('_').is_empty() {
            return Named::Nothing;
        }
        let mut found = Vec::new();
        for (name, rank) in self.known.iter().filter(|(name, _)| !name.is_empty()) {
            if key.contains(name.as_str()) {
                // A name within this one is not meant besides.
                key = key.replace(name.as_str(), "\u{0}");
                found.push(*rank);
            }
        }
        found.dedup();
        match found.as_slice() {
            [one] => Named::Unit(*one),
            _ => Named::Nobody,
        }
    }

    /// Whose report it is: position in the organisation, and name.
    ///
    /// Errors: nobody's, or of a unit that is no member on the day.
    pub(super) fn of(
        &self,
        source: SourceId,
        (issuer, issuer_at): &(String, Provenance),
        received: &Received,
    ) -> Result<(usize, String), Box<Problem>> {
        let path = &received.sources.get(source).path;
        // Of an organisation's units the folder may lie deeper: 2026年12月/青石镇/….
        let folders = path.rsplit_once('/').map(|(folders, _)| folders);
        let by_folder = if self.from_organisation { folders } else { folder(path) };
        let by_folder = by_folder.map_or(Named::Nothing, |folder| self.named(folder));
        let by_name = self.named(issuer);
        let wrong = |what: String| {
            let problem = Problem::new(ProblemCode::RollupSender, *issuer_at).column("填报单位");
            Box::new(problem.found(issuer).arg(what))
        };
        let rank = match (by_folder, by_name) {
            (Named::Unit(a), Named::Unit(b)) if a != b => {
                return Err(wrong(format!("所在文件夹为“{}”", folders.unwrap_or_default())));
            }
            // Without an organisation a folder is a unit's, whatever its office calls itself.
            (Named::Unit(rank), Named::Nobody) if self.from_organisation => {
                return Err(wrong(format!("所在文件夹为“{}”", self.units[rank])));
            }
            (Named::Unit(rank), _) | (_, Named::Unit(rank)) => rank,
            (Named::Nobody | Named::Nothing, Named::Nobody | Named::Nothing) => {
                if !self.from_organisation && !issuer.is_empty() {
                    // Files that lie in no folder, and no organisation: the sender's own word holds.
                    return Ok((self.units.len(), issuer.clone()));
                }
                return Err(wrong("组织机构中的一个单位".to_owned()));
            }
        };
        if !self.on_the_day.contains(&rank) {
            let spans = received.members.iter().filter(|member| member.name == self.units[rank]);
            let spans = spans.map(|member| {
                let day =
                    |day: Option<crate::model::Date>| day.map_or("…".to_owned(), |day| day.to_string());
                format!("{} 至 {}", day(member.from), day(member.until))
            });
            let spans = spans.collect::<Vec<_>>().join("、");
            return Err(wrong(format!("“{}”有效期 {spans}", self.units[rank])));
        }
        Ok((rank, self.units[rank].clone()))
    }

    /// The units that owe reports on the day: position, name, and where that stands. Without an
    /// organisation, those that have sent anything.
    pub(super) fn owed<'s>(
        &'s self,
        received: &'s Received,
    ) -> impl Iterator<Item = (usize, &'s str, Place)> + 's {
        self.on_the_day.iter().filter_map(|rank| {
            let unit = &*self.units[*rank];
            let member = received.members.iter().find(|member| member.name == unit);
            let at = match member {
                Some(member) => Place::from(member.at),
                None => {
                    let sent = received
                        .books
                        .iter()
                        .find(|book| folder(&received.sources.get(book.source).path) == Some(unit))?;
                    Place::from(sent.source)
                }
            };
            Some((*rank, unit, at))
        })
    }
}

/// The first folder of a path.
fn folder(path: &str) -> Option<&str> {
    path.split_once('/').map(|(folder, _)| folder)
}
