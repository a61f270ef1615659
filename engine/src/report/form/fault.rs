//! Why a form is not filled. Nothing is written where one of these stands.

use std::fmt;

use crate::model::CellRef;
use crate::report::patch::Refusal;

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The form is not the one that the specification was made for.
    OtherForm {
        /// The digest it is pinned to.
        expected: String,
        /// The digest of what was given.
        found: String,
    },
    /// There is no such sheet.
    NoSheet {
        /// Its name.
        sheet: String,
    },
    /// No cell, or several, answer to an anchor.
    Anchor {
        /// The anchor.
        anchor: String,
        /// Cells that answer.
        found: Vec<CellRef>,
    },
    /// A text has another number of blanks than there are facts for it.
    Blanks {
        /// The cell.
        cell: CellRef,
        /// Facts.
        expected: usize,
        /// Blanks.
        found: usize,
    },
    /// Something stands where a fact belongs.
    Occupied {
        /// The cell.
        cell: CellRef,
        /// What stands there.
        text: String,
    },
    /// The text of a label has parts of different look, which adding to it would lose.
    Rich {
        /// The cell.
        cell: CellRef,
    },
    /// A protected sheet keeps the cell from being changed.
    Locked {
        /// The cell.
        cell: CellRef,
    },
    /// The cell lies hidden in a merged region.
    Covered {
        /// The cell.
        cell: CellRef,
    },
    /// Two facts belong to one cell.
    Twice {
        /// The cell.
        cell: CellRef,
    },
    /// The form takes only some values there.
    NotListed {
        /// The cell.
        cell: CellRef,
        /// The value.
        value: String,
        /// What it takes.
        expected: Vec<String>,
    },
    /// A value that a cell cannot hold.
    Value {
        /// The cell.
        cell: CellRef,
        /// The value.
        value: String,
        /// Why not.
        why: &'static str,
    },
    /// A fact that the form needs was not given.
    NoFact {
        /// Its key.
        key: String,
    },
    /// A record has no row in the form.
    NoRow {
        /// What it is called.
        label: String,
    },
    /// An expression cannot be computed.
    Expression {
        /// The expression.
        text: String,
        /// What is wrong.
        why: String,
    },
    /// More records than the form has rows for, and the specification permits no more.
    Overflow {
        /// Records.
        records: usize,
        /// Rows.
        rows: usize,
        /// Why rows were not put in, where that was tried.
        why: Option<Refusal>,
    },
    /// More records than the form has rows for, and a formula elsewhere that would then count a part of them.
    PartialTotal {
        /// Records.
        records: usize,
        /// Rows.
        rows: usize,
        /// The cell of the formula.
        cell: CellRef,
    },
    /// Two numbers that must agree do not.
    Disagree {
        /// The rule of the cross-checks.
        rule: String,
        /// What does not agree.
        what: String,
    },
    /// The package cannot be edited.
    Refused(Refusal),
}

impl Fault {
    /// The reason, for the clerk.
    pub fn zh(&self) -> String {
        match self {
            Self::OtherForm { .. } => "表样与说明中登记的不是同一份文件;请先用 form check 核对".to_owned(),
            Self::NoSheet { sheet } => format!("表样内没有工作表“{sheet}”"),
            Self::Anchor { anchor, found } if found.is_empty() => format!("表样内找不到“{anchor}”"),
            Self::Anchor { anchor, found } => format!("“{anchor}”对应多个单元格:{}", cells(found)),
            Self::Blanks { cell, expected, found } => {
                format!("{cell} 有 {found} 处空白,说明中有 {expected} 项内容")
            }
            Self::Occupied { cell, text } => format!("{cell} 已有内容“{text}”,不能填写"),
            Self::Rich { cell } => format!("{cell} 的文字格式不一,不能补写"),
            Self::Locked { cell } => format!("{cell} 被工作表保护锁定"),
            Self::Covered { cell } => format!("{cell} 被合并单元格遮住"),
            Self::Twice { cell } => format!("{cell} 被重复填写"),
            Self::NotListed { cell, value, expected } => {
                let first = expected.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("、");
                let more =
                    if expected.len() > 20 { format!("等 {} 项", expected.len()) } else { String::new() };
                format!("{cell} 只能填 {first}{more},不能填“{value}”")
            }
            Self::Value { cell, value, why } => format!("{cell} 的值“{value}”不能填入:{why}"),
            Self::NoFact { key } => format!("缺少数据“{key}”"),
            Self::NoRow { label } => format!("表样内没有“{label}”一行"),
            Self::Expression { text, why } => format!("算式 {text} 有误:{why}"),
            Self::Overflow { records, rows, why: None } => {
                format!("共 {records} 条,表样只有 {rows} 行,说明不允许增行")
            }
            Self::Overflow { records, rows, why: Some(why) } => {
                format!("共 {records} 条,表样只有 {rows} 行:{}", why.zh())
            }
            Self::PartialTotal { records, rows, cell } => format!(
                "共 {records} 条,表样只有 {rows} 行:{cell} 的公式由明细行算出,部分明细移到附页后不再是全部"
            ),
            Self::Disagree { rule, what } => format!("校验 {rule} 不符:{what}"),
            Self::Refused(refusal) => refusal.zh(),
        }
    }
}

fn cells(found: &[CellRef]) -> String {
    let shown: Vec<_> = found.iter().take(8).map(ToString::to_string).collect();
    shown.join(" ")
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherForm { expected, found } => {
                write!(f, "not the form of the specification: expected digest {expected}, found {found}")
            }
            Self::NoSheet { sheet } => write!(f, "no sheet \"{sheet}\""),
            Self::Anchor { anchor, found } if found.is_empty() => write!(f, "no cell \"{anchor}\""),
            Self::Anchor { anchor, found } => write!(f, "\"{anchor}\" is several cells: {}", cells(found)),
            Self::Blanks { cell, expected, found } => {
                write!(f, "cell {cell}: expected {expected} blanks, found {found}")
            }
            Self::Occupied { cell, text } => write!(f, "cell {cell}: expected a blank, found \"{text}\""),
            Self::Rich { cell } => write!(f, "cell {cell}: its text has several formats"),
            Self::Locked { cell } => write!(f, "cell {cell}: locked by the sheet's protection"),
            Self::Covered { cell } => write!(f, "cell {cell}: hidden in a merged region"),
            Self::Twice { cell } => write!(f, "cell {cell}: filled twice"),
            Self::NotListed { cell, value, expected } => {
                write!(f, "cell {cell}: expected {}, found \"{value}\"", expected.join(", "))
            }
            Self::Value { cell, value, why } => write!(f, "cell {cell}: value \"{value}\": {why}"),
            Self::NoFact { key } => write!(f, "no fact \"{key}\""),
            Self::NoRow { label } => write!(f, "the form has no row \"{label}\""),
            Self::Expression { text, why } => write!(f, "expression {text}: {why}"),
            Self::Overflow { records, rows, why } => {
                write!(f, "{records} records, {rows} rows")?;
                why.as_ref().map_or(Ok(()), |why| write!(f, ": {why}"))
            }
            Self::PartialTotal { records, rows, cell } => {
                write!(f, "{records} records, {rows} rows: the formula of {cell} would count a part of them")
            }
            Self::Disagree { rule, what } => write!(f, "cross-check {rule}: {what}"),
            Self::Refused(refusal) => refusal.fmt(f),
        }
    }
}

impl std::error::Error for Fault {}
