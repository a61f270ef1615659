//! The year-end assessment (年终考核) of villages and departments: what is known of each unit, the
//! rules, and what comes out. Knows no workbook and no file of rules; computes nothing but the
//! questions a noun can answer about itself.

pub mod controls;
pub mod enterprises;
pub mod ladder;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::{Date, Decimal, EnterpriseId, Provenance, Ratio};

/// What kind of unit is assessed. Kinds are never ranked together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnitKind {
    /// 村(居)
    Village,
    /// 镇直部门(站所)
    Department,
}

impl UnitKind {
    /// What a reader sees.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Village => "村(居)",
            Self::Department => "部门",
        }
    }
}

/// A village or department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Village or department.
    pub kind: UnitKind,
    /// The office's own number, e.g. V01.
    pub number: String,
    /// Name.
    pub name: String,
    /// Class within which it is ranked; empty where there are none.
    pub class: String,
    /// Where it stands: the cell of its number.
    pub at: Provenance,
}

/// The score of one quarter (平时考核).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quarter {
    /// From 1 to 4.
    pub number: u8,
    /// The score; none where the cell has none although other units have one.
    pub score: Option<Decimal>,
    /// Where it stands.
    pub at: Provenance,
}

/// Who decided on points, when, and on what document; each empty where nothing says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signed {
    /// Who, as written.
    pub by: String,
    /// When, as written.
    pub on: String,
    /// The document, as written.
    pub document: String,
}

impl Signed {
    /// The same, with what is empty taken from another.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let one = |own: &String, other: &String| if own.is_empty() { other.clone() } else { own.clone() };
        Self {
            by: one(&self.by, &other.by),
            on: one(&self.on, &other.on),
            document: one(&self.document, &other.document),
        }
    }
}

/// One item of an assessment sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Code, e.g. VL-51.
    pub code: String,
    /// Category, as written; empty where none.
    pub category: String,
    /// What must be so.
    pub requirement: String,
    /// Points of the item.
    pub points: Decimal,
    /// Points earned; none: the item does not apply (缺项) and leaves what is possible.
    pub got: Option<Decimal>,
    /// Why points were taken, as written; empty where none.
    pub reason: String,
    /// What the item's own columns say of who, when and document.
    pub signed: Signed,
    /// Where the answer stands: the deduction of a verified sheet, the points of a self-assessment.
    pub at: Provenance,
    /// Where the points earned stand.
    pub got_at: Provenance,
}

impl Line {
    /// Points lost; none where the item does not apply.
    pub fn lost(&self) -> Option<Decimal> {
        self.got.map(|got| self.points - got)
    }
}

/// A sheet of one unit: 自评 or 核查.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Where its table begins.
    pub at: Provenance,
    /// Its items, in the order of the sheet.
    pub lines: Vec<Line>,
    /// Points earned.
    pub got: Decimal,
    /// Points that could be earned: those of the items that apply.
    pub possible: Decimal,
    /// Who signed the sheet, and when.
    pub signed: Signed,
}

impl Sheet {
    /// Adds up the lines. Errors: `None` where a sum does not fit.
    pub fn of(at: Provenance, lines: Vec<Line>) -> Option<Self> {
        let (mut got, mut possible) = (Decimal::ZERO, Decimal::ZERO);
        for line in &lines {
            if let Some(earned) = line.got {
                got = got.checked_add(earned)?;
                possible = possible.checked_add(line.points)?;
            }
        }
        Some(Self { at, lines, got, possible, signed: Signed::default() })
    }
}

/// What a line of the table of bonuses and penalties (加减分认定表) is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    /// 加分
    Bonus,
    /// 扣分
    Penalty,
}

/// A bonus or a penalty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which of the two.
    pub sense: Sense,
    /// For what (事项).
    pub matter: String,
    /// Level of the commendation, as written; empty where none.
    pub level: String,
    /// Points, not negative.
    pub points: Decimal,
    /// Number of the document it rests on; empty where none: a bonus then does not count.
    pub document: String,
    /// Where the points stand.
    pub at: Provenance,
    /// Where the document should stand.
    pub document_at: Provenance,
}

/// An accident in the unit's area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accident {
    /// The day, as a reader sees it.
    pub day: String,
    /// Deaths.
    pub deaths: u32,
    /// Whether it is a production-safety liability accident.
    pub liability: bool,
    /// Where the day stands.
    pub at: Provenance,
}

impl Accident {
    /// In one clause: 2026-10-14 死亡1人.
    pub fn shown(&self) -> String {
        format!("{} 死亡{}人", self.day, self.deaths)
    }
}

/// A control indicator of the unit that was exceeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Of what.
    pub measure: controls::Measure,
    /// In one clause: 死亡人数2,控制指标1.
    pub shown: String,
    /// Where the limit stands.
    pub at: Provenance,
}

/// An objection that was decided (异议).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// Code of the item.
    pub item: String,
    /// What the deduction was for.
    pub before: String,
    /// Points given back; none where the cell is empty.
    pub points: Option<Decimal>,
    /// The verified score from now on (调整后年终得分).
    pub score: Decimal,
    /// Why, and on what evidence.
    pub reason: String,
    /// Who approved it; never empty: without that it does not count.
    pub approved_by: String,
    /// When; none where the cell is empty.
    pub date: Option<Date>,
    /// Where the score stands.
    pub at: Provenance,
}

/// How many hazards of the general level were found, and how many of them closed by the year's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Closed; not more than found.
    pub closed: u32,
    /// Found.
    pub found: u32,
}

impl Rate {
    /// As an exact quotient; none where nothing was found.
    pub fn exact(self) -> Option<Ratio> {
        Ratio::new(self.closed.into(), self.found.into())
    }

    /// Compared exactly; none where one of them found nothing.
    pub fn compare(self, other: Self) -> Option<Ordering> {
        let cross = |one: u32, other: u32| u64::from(one) * u64::from(other);
        (self.found > 0 && other.found > 0)
            .then(|| cross(self.closed, other.found).cmp(&cross(other.closed, self.found)))
    }
}

/// A rank of the year before, as its report has it, and where that stands.
pub type RankBefore = (String, Provenance);

/// Ranks of the year before, from its own reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RanksBefore {
    /// Of villages and departments, by number.
    pub units: BTreeMap<String, RankBefore>,
    /// Of enterprises.
    pub enterprises: BTreeMap<EnterpriseId, RankBefore>,
}

/// A unit that is not assessed this year (应参评=否).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excused {
    /// The unit.
    pub unit: Unit,
    /// Why, as the organisation says; empty: it does not.
    pub reason: String,
}

/// All that is known of one unit before it is assessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitInputs {
    /// Who.
    pub unit: Unit,
    /// 平时考核, by quarter; empty where the unit has none.
    pub quarters: Vec<Quarter>,
    /// 自评.
    pub own: Option<Sheet>,
    /// 核查.
    pub verified: Option<Sheet>,
    /// Bonuses and penalties, in the order of their table.
    pub entries: Vec<Entry>,
    /// Accidents of the year, by day.
    pub accidents: Vec<Accident>,
    /// Control indicators that were exceeded, in the order of their tables.
    pub breaches: Vec<Breach>,
    /// Decided objections, in the order of their dates.
    pub objections: Vec<Objection>,
    /// Rectification of general hazards; none where no ledger is known.
    pub rate: Option<Rate>,
}

/// What is known of all units: villages, then departments, by number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct YearEnd {
    /// The year that is assessed.
    pub year: i16,
    /// The units.
    pub units: Vec<UnitInputs>,
    /// Units that the organisation says are not assessed, by number.
    pub excused: Vec<Excused>,
    /// Ranks of the year before.
    pub before: RanksBefore,
    /// Standardization of the enterprises.
    pub ladder: ladder::Ladder,
    /// Reviews of standardization, in the order of the checks.
    pub reviews: Vec<ladder::Review>,
    /// What workbooks tell of enterprises beside their checks.
    pub told: BTreeMap<EnterpriseId, enterprises::EnterpriseInputs>,
    /// Enterprises that exist at the year's end, ranked: the first result.
    pub enterprises: Vec<enterprises::EnterpriseResult>,
    /// The same with objections.
    pub enterprises_after: Vec<enterprises::EnterpriseResult>,
    /// Control indicators, in the order of their tables.
    pub controls: Vec<controls::Control>,
}

// ---- rules ----------------------------------------------------------------------------------

/// An end of a range, and whether it belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// Where.
    pub value: Decimal,
    /// Whether the value itself is within.
    pub inclusive: bool,
}

/// A grade and the scores it is given for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GradeRange {
    /// The grade.
    pub grade: String,
    /// The lower end; none: from 0.
    pub low: Option<Bound>,
    /// The upper end; none: however high.
    pub high: Option<Bound>,
    /// As the rules word it.
    pub text: String,
}

impl GradeRange {
    /// Whether a score is within.
    pub fn holds(&self, score: Decimal) -> bool {
        let above = self.low.is_none_or(|low| score > low.value || (low.inclusive && score == low.value));
        let below =
            self.high.is_none_or(|high| score < high.value || (high.inclusive && score == high.value));
        above && below
    }
}

/// By what equal scores are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    /// 年终一般隐患整改率, the exact fraction, the higher first.
    Rectification,
}

/// A veto by accidents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccidentVeto {
    /// From so many deaths in one liability accident on.
    pub deaths: u32,
    /// The grade.
    pub grade: String,
    /// Code of the item that such an accident must have cost points; empty: none.
    pub item: String,
}

/// A veto by control indicators that were exceeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlVeto {
    /// Which; empty: none.
    pub measures: Vec<controls::Measure>,
    /// The grade.
    pub grade: String,
}

/// An item that the locality adds to a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalItem {
    /// Whose sheet.
    pub kind: UnitKind,
    /// Code.
    pub code: String,
    /// What must be so.
    pub requirement: String,
    /// Points.
    pub points: Decimal,
}

/// How units of one kind are assessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRules {
    /// What a score is of.
    pub full: Decimal,
    /// Digits of the final score.
    pub digits: u8,
    /// Weight of the mean of the quarters; 0: there are none.
    pub quarters: Decimal,
    /// Weight of the verified sheet.
    pub year_end: Decimal,
    /// The most that bonuses add; none: nothing is added or taken.
    pub bonus_cap: Option<Decimal>,
    /// The highest final score; none: none.
    pub final_cap: Option<Decimal>,
    /// Grades, highest first.
    pub bands: Vec<GradeRange>,
    /// Veto by accidents.
    pub veto: Option<AccidentVeto>,
    /// Veto by control indicators.
    pub control_veto: Option<ControlVeto>,
    /// What orders equal scores.
    pub ties: Vec<Tie>,
    /// Whether a unit without hazards comes first in that order.
    pub without_hazards_first: bool,
    /// Classes that are ranked, each apart; empty: all together.
    pub classes: Vec<String>,
}

/// How one number of the base was set otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tailored {
    /// Which, e.g. village.bonus.cap.
    pub key: String,
    /// What the base says; empty for what the locality adds.
    pub base: String,
    /// What holds here.
    pub local: String,
    /// Why.
    pub remark: String,
    /// When it was decided.
    pub date: Date,
    /// By whom.
    pub approver: String,
    /// Title of the file that says so: of several, a province's and a town's.
    pub layer: String,
}

/// The rules of the year-end assessment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearEndRules {
    /// What a reader sees.
    pub title: String,
    /// From this difference between self-assessment and final score on a unit is flagged.
    pub self_gap: Decimal,
    /// Digits of rates.
    pub rate_digits: u8,
    /// Villages.
    pub village: UnitRules,
    /// Departments.
    pub department: UnitRules,
    /// Enterprises.
    pub enterprise: enterprises::EnterpriseRules,
    /// The ladder of standardization.
    pub ladder: ladder::LadderRules,
    /// Items that the locality adds.
    pub items: Vec<LocalItem>,
    /// Class of units by their number, over that of the organisation.
    pub assigned: BTreeMap<String, String>,
    /// How they differ from the base.
    pub tailored: Vec<Tailored>,
    /// SHA-256 of base and tailoring, lower-case hexadecimal.
    pub digest: String,
}

impl YearEndRules {
    /// The rules for one kind of unit.
    pub const fn of(&self, kind: UnitKind) -> &UnitRules {
        match kind {
            UnitKind::Village => &self.village,
            UnitKind::Department => &self.department,
        }
    }
}

// ---- results --------------------------------------------------------------------------------

/// What came out for one unit. Exact numbers are rounded only where they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitResult {
    /// Mean of the quarters, exact; none where there is none.
    pub quarter_mean: Option<Ratio>,
    /// Points earned and possible on the verified sheet, objections taken into account.
    pub got: Option<(Decimal, Decimal)>,
    /// Score of the verified sheet, exact, on the scale of the full marks.
    pub year_end: Option<Ratio>,
    /// Bonuses that count: positions in the unit's entries.
    pub counted: Vec<usize>,
    /// Their sum, before the limit.
    pub bonus_raw: Decimal,
    /// Bonuses as they count.
    pub bonus: Decimal,
    /// Penalties.
    pub penalty: Decimal,
    /// The final score before it is rounded.
    pub exact: Option<Ratio>,
    /// The final score; none: 未评定.
    pub score: Option<Decimal>,
    /// The grade; empty where there is none.
    pub grade: String,
    /// The grade that the score alone would earn; empty where there is none.
    pub grade_by_score: String,
    /// Accidents that disqualify: positions in the unit's accidents.
    pub vetoes: Vec<usize>,
    /// Control indicators that disqualify: positions in the unit's breaches.
    pub breaches: Vec<usize>,
    /// Score of the self-assessment, exact; none where there is none.
    pub own: Option<Ratio>,
    /// Self-assessment less final score, as shown; none where one of them lacks.
    pub gap: Option<Decimal>,
    /// Whether the difference must be explained.
    pub gap_flagged: bool,
    /// Rank within kind and class, from 1; none: not ranked.
    pub rank: Option<u32>,
    /// The rank if nothing ordered equal scores.
    pub rank_without_breaker: Option<u32>,
}

impl UnitResult {
    /// Whether an accident or a control indicator disqualifies the unit.
    pub fn is_vetoed(&self) -> bool {
        !self.vetoes.is_empty() || !self.breaches.is_empty()
    }
}

/// One thing put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Position of the unit.
    pub unit: usize,
    /// What: the item's code, or 补依据 and the matter, or 整改.
    pub what: String,
    /// Points that it gives back on the sheet, or as bonus; zero where it only orders equals.
    pub points: Decimal,
    /// The final score then.
    pub score: Decimal,
    /// By how much the final score rises.
    pub gain: Decimal,
    /// The grade then.
    pub grade: String,
    /// Whether the grade is another one.
    pub grade_changes: bool,
    /// The rank then.
    pub rank: Option<u32>,
    /// By how many places the rank rises.
    pub places: u32,
}

/// A unit whose grade is another one under other rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flip {
    /// Position of the unit.
    pub unit: usize,
    /// Under the first rules.
    pub before: UnitResult,
    /// Under the other.
    pub after: UnitResult,
}

/// The exact value of a decimal. Errors: `None` where it does not fit.
pub fn exact(decimal: Decimal) -> Option<Ratio> {
    Ratio::new(decimal.mantissa(), 10_i128.checked_pow(decimal.scale())?)
}

/// Rounded half-up to `digits`. Errors: `None` where it does not fit.
pub fn rounded(exact: Ratio, digits: u8) -> Option<Decimal> {
    let rounded = exact.rounded(digits)?;
    Some(Decimal::new(rounded.mantissa, u32::from(rounded.scale)))
}

/// An exact number as a reader sees it: all its digits where they end within 6, otherwise 4 and `…`.
pub fn shown(number: Ratio) -> String {
    for digits in 0..=6 {
        if let Some(decimal) = rounded(number, digits)
            && exact(decimal) == Some(number)
        {
            return decimal.to_string();
        }
    }
    rounded(number, 4).map_or_else(|| "…".to_owned(), |decimal| format!("{decimal}…"))
}
