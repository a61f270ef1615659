//! What a level above receives from the units below it: their reports, and who should have sent some.
//! Knows no form: what a report's cells mean is for whoever adds them up to say.

use super::{Date, Problem, Provenance, SheetCells, SourceId, Sources};

/// A unit of the level below, from 组织机构.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name, as the sums print it.
    pub name: String,
    /// Other names under which it sends.
    pub aliases: Vec<String>,
    /// Its first day as a member; none: always was one.
    pub from: Option<Date>,
    /// Its last day as a member; none: still is one.
    pub until: Option<Date>,
    /// Where that stands.
    pub at: Provenance,
}

impl Member {
    /// Whether it belongs to the organisation on a day; first and last day count.
    pub fn is_on(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// Its name and its other names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.name).chain(self.aliases.iter().map(String::as_str))
    }
}

/// A workbook that came from below.
#[derive(Debug, Clone)]
pub struct Book {
    /// Which source.
    pub source: SourceId,
    /// Its visible sheets.
    pub sheets: Vec<SheetCells>,
}

/// Everything that came from below.
#[derive(Debug, Clone)]
pub struct Received {
    /// The day of the sums.
    pub as_of: Date,
    /// The unit that adds up; may be empty.
    pub issuer: String,
    /// Version of the program.
    pub program: String,
    /// All files, sorted by path.
    pub sources: Sources,
    /// The organisation, in its own order, which is that of the sums; empty where no workbook has it.
    pub members: Vec<Member>,
    /// The workbooks that are not the organisation, by source.
    pub books: Vec<Book>,
    /// What is wrong with the files and the organisation, by place.
    pub problems: Vec<Problem>,
}
