//! What a plugin is asked: subjects with facts, tables and answers.
//! Knows no rules and no wire format. The builder methods serve native tests and golden cases.

use crate::checklist::{Checklist, Date, HazardLevel};
use crate::exact::Decimal;

/// A value from a workbook or the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Empty or not known.
    Absent,
    /// Text, trimmed.
    Text(String),
    /// Number, exact.
    Number(Decimal),
    /// Yes or no.
    Flag(bool),
    /// Day.
    Day(Date),
    /// Not a value of the wanted type; what stands there.
    Fault(String),
}

impl Value {
    /// The number, if it is one.
    pub fn number(&self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The text, if it is one and not empty.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The flag, if it is one.
    pub fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            _ => None,
        }
    }
}

/// The verdict on one item. See the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// 合格
    Pass,
    /// 扣分
    Partial,
    /// 不合格
    Fail,
    /// 不涉及
    NotApplicable,
    /// 未查
    NotChecked,
    /// 未纳入
    NotSelected,
    /// 仅记录
    Informational,
    /// 豁免
    Waived,
    /// 数据错误
    Error,
}

impl Verdict {
    /// Whether points are lost under it.
    pub const fn fails(self) -> bool {
        matches!(self, Self::Partial | Self::Fail)
    }
}

/// The words for verdicts in golden cases and in results.
pub const VERDICT_WORDS: [(&str, Verdict); 9] = [
    ("pass", Verdict::Pass),
    ("partial", Verdict::Partial),
    ("fail", Verdict::Fail),
    ("not-applicable", Verdict::NotApplicable),
    ("not-checked", Verdict::NotChecked),
    ("not-selected", Verdict::NotSelected),
    ("informational", Verdict::Informational),
    ("waived", Verdict::Waived),
    ("error", Verdict::Error),
];

/// What the inspector wrote about one item.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Position of the item.
    pub item: u32,
    /// Verdict as written.
    pub verdict: Verdict,
    /// Number written with it (扣分).
    pub number: Option<Decimal>,
    /// Level of hazard written with it.
    pub level: Option<HazardLevel>,
    /// Remark, where the plugin gets one.
    pub remark: Option<String>,
    /// Position of its evidence.
    pub evidence: u32,
}

/// A known fact.
#[derive(Debug, Clone)]
pub struct KnownFact {
    /// Position of the fact.
    pub fact: u32,
    /// Value.
    pub value: Value,
    /// Position of its evidence.
    pub evidence: u32,
}

/// A row of a table.
#[derive(Debug, Clone)]
pub struct Row {
    /// One value for each column.
    pub cells: Vec<Value>,
    /// Position of the first cell's evidence; cell n stands n positions after it.
    pub evidence: u32,
}

/// The rows of a table.
#[derive(Debug, Clone)]
pub struct KnownTable {
    /// Position of the table.
    pub table: u32,
    /// Rows, in order.
    pub rows: Vec<Row>,
}

/// An indicator from elsewhere.
#[derive(Debug, Clone)]
pub struct KnownIndicator {
    /// Position of the need.
    pub need: u32,
    /// Value.
    pub value: Value,
    /// Position of its evidence.
    pub evidence: u32,
}

/// Who is assessed.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Position of the kind; 0 is the ordinary check.
    pub kind: u32,
    /// Day of the inspection.
    pub date: Date,
    /// Positions of tags.
    pub tags: Vec<u32>,
    /// Known facts.
    pub facts: Vec<KnownFact>,
    /// Known tables.
    pub tables: Vec<KnownTable>,
    /// Indicators from elsewhere.
    pub indicators: Vec<KnownIndicator>,
    /// Answers.
    pub answers: Vec<Answer>,
    /// How many pieces of evidence there are.
    pub evidence_count: u32,
}

impl Subject {
    /// A subject of the first kind, inspected on `date`, of which nothing else is known.
    pub fn checked_on(date: Date) -> Self {
        Self {
            kind: 0,
            date,
            tags: Vec::new(),
            facts: Vec::new(),
            tables: Vec::new(),
            indicators: Vec::new(),
            answers: Vec::new(),
            evidence_count: 0,
        }
    }

    fn next_evidence(&mut self) -> u32 {
        self.evidence_count += 1;
        self.evidence_count - 1
    }

    /// Adds a tag. Errors: `None` when the checklist lacks it; likewise below.
    #[must_use]
    pub fn tag(mut self, checklist: &Checklist, code: &str) -> Option<Self> {
        self.tags.push(checklist.tag_index(code)?);
        Some(self)
    }

    /// Adds a fact.
    #[must_use]
    pub fn fact(mut self, checklist: &Checklist, code: &str, value: Value) -> Option<Self> {
        let (fact, evidence) = (checklist.fact_index(code)?, self.next_evidence());
        self.facts.push(KnownFact { fact, value, evidence });
        Some(self)
    }

    /// Adds a row to a table.
    #[must_use]
    pub fn row(mut self, checklist: &Checklist, table: &str, cells: Vec<Value>) -> Option<Self> {
        let (table, evidence) = (checklist.table_index(table)?, self.evidence_count);
        self.evidence_count += u32::try_from(cells.len()).ok()?;
        let row = Row { cells, evidence };
        match self.tables.iter_mut().find(|known| known.table == table) {
            Some(known) => known.rows.push(row),
            None => self.tables.push(KnownTable { table, rows: vec![row] }),
        }
        Some(self)
    }

    /// Adds an answer.
    #[must_use]
    pub fn answer(
        mut self,
        checklist: &Checklist,
        code: &str,
        verdict: Verdict,
        number: Option<Decimal>,
        level: Option<HazardLevel>,
    ) -> Option<Self> {
        let (item, evidence) = (checklist.item_index(code)?, self.next_evidence());
        self.answers.push(Answer { item, verdict, number, level, remark: None, evidence });
        Some(self)
    }

    /// Adds an indicator from elsewhere.
    #[must_use]
    pub fn indicator(
        mut self,
        checklist: &Checklist,
        source: &str,
        indicator: &str,
        value: Value,
    ) -> Option<Self> {
        let (need, evidence) = (checklist.need_index(source, indicator)?, self.next_evidence());
        self.indicators.push(KnownIndicator { need, value, evidence });
        Some(self)
    }

    /// An indicator from elsewhere, if it is known.
    pub fn indicator_from(
        &self,
        checklist: &Checklist,
        source: &str,
        indicator: &str,
    ) -> Option<&KnownIndicator> {
        let need = checklist.need_index(source, indicator)?;
        self.indicators.iter().find(|known| known.need == need)
    }

    /// The value of a fact with its evidence, if known and of the wanted type.
    pub fn known(&self, checklist: &Checklist, code: &str) -> Option<&KnownFact> {
        let fact = checklist.fact_index(code)?;
        self.facts.iter().find(|known| known.fact == fact)
    }

    /// A number among the facts, with its evidence.
    pub fn number(&self, checklist: &Checklist, code: &str) -> Option<(Decimal, u32)> {
        let known = self.known(checklist, code)?;
        Some((known.value.number()?, known.evidence))
    }

    /// The rows of a table; empty when it is not known.
    pub fn rows(&self, checklist: &Checklist, table: &str) -> &[Row] {
        let index = checklist.table_index(table);
        self.tables.iter().find(|known| Some(known.table) == index).map_or(&[], |known| known.rows.as_slice())
    }
}

/// What is the same for all subjects of a run.
#[derive(Debug, Clone)]
pub struct Context {
    /// Day of the assessment.
    pub as_of: Date,
    /// Local settings.
    pub parameters: Vec<(String, Value)>,
}
