//! The nouns of the field: problems, tables, subjects, checklists, results.
//! No I/O, no serialisation, no clock: files and wire formats have types of their own.

pub mod by_hand;
pub mod campaign;
pub mod checklist;
pub mod figures;
pub mod filing;
pub mod ledger;
pub mod period;
pub mod problem;
pub mod provenance;
pub mod register;
pub mod result;
pub mod returned;
pub mod rollup;
mod shared_text;
pub mod signal;
pub mod subject;
pub mod table;
pub mod tailored;
pub mod text;
pub mod value;
pub mod yearend;

pub use anping_sdk::Ratio;
pub use by_hand::HandEntry;
pub use checklist::{
    Band, Case, Category, Charge, Citation, Document, Edition, Fact, Gives, Item, MajorBasis, MajorMark,
    Manifest, Mark, Method, Need, Phrase, Plugin, Rounding, Scheme, Scope, TableSpec, Term, Unchecked,
    ValueKind,
};
pub use figures::{Amount, Figure, FigureGroup, FigureLine, Spot};
pub use filing::{CellChange, FilingReport, Filings, InForce, Lapse, SheetCells, Superseded, UnitFilings};
pub use jiff::civil::Date;
pub use ledger::{HazardEntry, HazardSource, HazardState, Ledger, Tally};
pub use period::{Every, Period};
pub use problem::{Problem, ProblemCode, Severity};
pub use provenance::{CellRef, Place, Provenance, Source, SourceId, Sources};
pub use register::{Alias, By, Certificate, Enterprise, EnterpriseId, Register, Resolved, Resolver};
pub use result::{
    Assessed, Beside, Check, Coverage, Deduction, Effect, Evaluation, GradeBasis, Hazard, Indicator,
    ItemScore, NamedScore, Note, Outcome, Param, PluginFault, Reason, Ruling, Run, SchemeScore, Scored,
};
pub use returned::{Returned, ReturnedPoint};
pub use rust_decimal::Decimal;
pub use shared_text::{LatelyMet, Text};
pub use subject::{Answer, KnownFact, KnownIndicator, KnownTable, Subject, TableRow, Written};
pub use table::{Cell, Record, Role, Table};
pub use value::{HazardLevel, Value, Verdict};
pub use yearend::{YearEnd, YearEndRules};

/// Language of messages. Reports are in Chinese whatever it is: their reader is a Chinese office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// 中文
    Zh,
    /// English
    En,
}

impl Lang {
    /// One of two texts.
    pub const fn of<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

impl PluginFault {
    /// One line that names the plugin, in the language asked for.
    pub fn line(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => format!("插件 {}:{}", self.plugin, self.zh),
            Lang::En => format!("plugin {}: {}", self.plugin, self.en),
        }
    }
}
