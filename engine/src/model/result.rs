//! What comes out: outcomes and rulings as the plugin gave them (already re-checked), and scores
//! as the engine made them.

use std::sync::Arc;

use super::{Date, Decimal, HazardLevel, Ratio, Scope, Subject, Value, Verdict};

/// A parameter of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Param {
    /// Exact number.
    Number(Decimal),
    /// Short text, without control characters.
    Text(String),
    /// Day.
    Day(Date),
    /// Item, by position.
    Item(u32),
}

/// A sentence as a code with parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Position in the manifest's phrases.
    pub phrase: u32,
    /// Parameters.
    pub params: Vec<Param>,
}

/// Points a plugin takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deduction {
    /// Position in the item's cases; none: as the inspector entered it.
    pub case: Option<u32>,
    /// Points, exact, not negative; what exceeds the item's is cut off by `score`.
    pub points: Decimal,
    /// On what it acts.
    pub scope: Scope,
    /// Occurrences, at least 1.
    pub times: u32,
    /// Why, where the case does not say it.
    pub reason: Option<Reason>,
}

/// What came out for one item.
///
/// Most outcomes are a verdict and nothing beside it, and what most others have beside it is the same for all
/// who fail the item: that is shared, so that an outcome is small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Position in the manifest's items.
    pub item: u32,
    /// Verdict by the rules.
    pub verdict: Verdict,
    /// None where both lists are empty.
    beside: Option<Arc<Beside>>,
}

/// What stands beside a verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// Points taken, in order.
    pub deductions: Vec<Deduction>,
    /// Evidence beside the answer's own: positions in the subject's evidence.
    pub evidence: Vec<u32>,
}

impl Outcome {
    /// A verdict, and nothing beside it.
    pub const fn plain(item: u32, verdict: Verdict) -> Self {
        Self { item, verdict, beside: None }
    }

    /// A verdict with what stands beside it.
    pub fn with(item: u32, verdict: Verdict, beside: Beside) -> Self {
        let is_empty = beside.deductions.is_empty() && beside.evidence.is_empty();
        Self { item, verdict, beside: (!is_empty).then(|| Arc::new(beside)) }
    }

    /// Whether it is a verdict and nothing beside it.
    pub const fn is_plain(&self) -> bool {
        self.beside.is_none()
    }

    /// Whether it has beside it what another one has, shared with it.
    pub fn shares(&self, other: &Self) -> bool {
        match (&self.beside, &other.beside) {
            (Some(own), Some(others)) => Arc::ptr_eq(own, others),
            _ => false,
        }
    }

    /// Points taken, in order.
    pub fn deductions(&self) -> &[Deduction] {
        self.beside.as_ref().map_or(&[], |beside| &beside.deductions)
    }

    /// Evidence beside the answer's own: positions in the subject's evidence.
    pub fn evidence(&self) -> &[u32] {
        self.beside.as_ref().map_or(&[], |beside| &beside.evidence)
    }

    /// Changes what stands beside the verdict; whoever shares it keeps what it was.
    pub fn edit(&mut self, change: impl FnOnce(&mut Beside)) {
        let mut beside = self.beside.take().map_or_else(Beside::default, Arc::unwrap_or_clone);
        change(&mut beside);
        *self = Self::with(self.item, self.verdict, beside);
    }
}

/// What a ruling does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// 一票否决
    Veto(Scope),
    /// The grade is at most this band of the main scheme.
    Cap(u32),
    /// 移送: a suspicion for the competent authority.
    Referral,
}

/// A decision beside the points (裁定).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// What it does.
    pub effect: Effect,
    /// Items it rests on.
    pub items: Vec<u32>,
    /// Why.
    pub reason: Reason,
    /// Edition it was made under.
    pub edition: Option<u32>,
    /// Where to look.
    pub evidence: Vec<u32>,
}

/// A number with its working.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indicator {
    /// Position in the manifest's `gives`.
    pub indicator: u32,
    /// Value.
    pub value: Value,
    /// One sentence a step.
    pub working: Vec<Reason>,
    /// Where its data stand.
    pub evidence: Vec<u32>,
}

/// A hazard that the rules see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hazard {
    /// How serious.
    pub level: HazardLevel,
    /// Item it belongs to.
    pub item: Option<u32>,
    /// What it is.
    pub reason: Reason,
    /// Edition it was judged by.
    pub edition: Option<u32>,
    /// Clause in that edition; may be empty.
    pub clause: String,
    /// Where to look.
    pub evidence: Vec<u32>,
}

/// A score the plugin gives itself, for schemes of method `given`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedScore {
    /// Position of the scheme.
    pub scheme: u32,
    /// Exact value; none: 未评定.
    pub value: Option<Decimal>,
    /// How it came about.
    pub working: Vec<Reason>,
}

/// Something a person should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What.
    pub reason: Reason,
    /// Item it is about.
    pub item: Option<u32>,
    /// Where to look.
    pub evidence: Vec<u32>,
}

/// The result a plugin gave for one subject, re-checked: every position in it exists, every
/// number is within its bounds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assessed {
    /// Edition used.
    pub edition: Option<u32>,
    /// One outcome for each answer, in the order of the answers.
    pub outcomes: Vec<Outcome>,
    /// Decisions beside the points.
    pub rulings: Vec<Ruling>,
    /// Numbers with their working.
    pub indicators: Vec<Indicator>,
    /// Hazards the rules see.
    pub hazards: Vec<Hazard>,
    /// Scores the plugin gives itself.
    pub scores: Vec<NamedScore>,
    /// Things to look at.
    pub notes: Vec<Note>,
}

/// What a plugin did wrong: it trapped, spent a limit, or returned what the contract forbids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginFault {
    /// `id version`, or the file's name where it never got that far.
    pub plugin: String,
    /// What happened, in Chinese.
    pub zh: String,
    /// What happened, in English.
    pub en: String,
}

/// How the evaluation of one subject ended.
#[derive(Debug, Clone)]
pub enum Evaluation {
    /// With a result.
    Assessed(Assessed),
    /// The rules cannot judge this subject: the message, and the position of its evidence.
    Failed {
        /// What is wrong, in Chinese, in one clause.
        message: String,
        /// Position in the subject's evidence.
        evidence: Option<u32>,
    },
    /// The plugin failed on it.
    Fault(PluginFault),
}

/// What one item earned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemScore {
    /// Position in the manifest's items.
    pub item: u32,
    /// Position in the subject's answers.
    pub answer: usize,
    /// Verdict by the rules.
    pub verdict: Verdict,
    /// The item's points.
    pub points: Decimal,
    /// Points taken on the item's own scope, after cutting off at its points (扣完为止).
    pub deducted: Decimal,
    /// What is left: points less deducted; zero where the item earns nothing.
    pub got: Decimal,
}

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Items on the sheet.
    pub items: u32,
    /// Items that apply.
    pub applicable: u32,
    /// Items that were looked at.
    pub checked: u32,
}

/// Why the grade is what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GradeBasis {
    /// The band the score falls into.
    Band,
    /// A veto: position in the rulings.
    Veto(usize),
    /// A cap: position in the rulings.
    Cap(usize),
    /// Nothing was checked: 未评定.
    NotAssessed,
    /// The scheme has no grades.
    None,
}

/// One named score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemeScore {
    /// Position in the manifest's schemes.
    pub scheme: u32,
    /// Σ points of the scored items on the sheet.
    pub full: Decimal,
    /// Σ points of those that do not apply.
    pub not_applicable: Decimal,
    /// What could be earned: `full` less what left it.
    pub possible: Decimal,
    /// Points taken, after cutting off, all scopes.
    pub deducted: Decimal,
    /// Points earned.
    pub got: Decimal,
    /// The score before rounding; none: 未评定.
    pub exact: Option<Ratio>,
    /// The score as shown, with the scheme's digits.
    pub score: Option<Decimal>,
    /// The score without the unchecked items, as shown; none where nothing was checked.
    pub interim: Option<Decimal>,
    /// The grade; empty where the scheme has none. 未评定 where nothing was checked.
    pub grade: String,
    /// The grade that the score alone would earn; empty where none.
    pub grade_by_score: String,
    /// Why the grade is what it is.
    pub basis: GradeBasis,
}

/// The scores of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scored {
    /// One for each outcome, in order.
    pub items: Vec<ItemScore>,
    /// One for each scheme, in order. Empty for a subject without answers.
    pub schemes: Vec<SchemeScore>,
    /// What was looked at.
    pub coverage: Coverage,
}

/// One subject with all that came out of it.
#[derive(Debug, Clone)]
pub struct Check {
    /// The subject.
    pub subject: Subject,
    /// How its evaluation ended.
    pub evaluation: Evaluation,
    /// Its scores, where there is a result.
    pub scored: Option<Scored>,
    /// Rank within its plugin and kind, from 1; none where it has no score, is vetoed, or a later
    /// check of the same enterprise counts.
    pub rank: Option<u32>,
    /// Whether this is the latest check of its enterprise by this plugin, the one that ranks.
    pub latest: bool,
}

/// A whole run: everything reports are made from. Nothing in it depends on the order in which
/// files were found.
#[derive(Debug, Clone)]
pub struct Run {
    /// The day of the assessment.
    pub as_of: Date,
    /// The unit that issues the reports; empty where it is not known.
    pub issuer: String,
    /// Version of the program.
    pub program: String,
    /// The files that came in.
    pub sources: super::Sources,
    /// The plugins, sorted by id.
    pub plugins: Vec<super::Plugin>,
    /// The register.
    pub register: super::Register,
    /// All checks, sorted by plugin, kind, date and place in the sources.
    pub checks: Vec<Check>,
    /// All problems, sorted by place.
    pub problems: Vec<super::Problem>,
    /// What was filed, and when.
    pub filings: super::Filings,
    /// The hazard ledger.
    pub ledger: super::Ledger,
    /// Visits, campaigns, letters and activities.
    pub supervision: super::campaign::Supervision,
    /// Returned workbooks that came back, by place.
    pub returned: Vec<super::Returned>,
    /// What is known of villages and departments for the year-end assessment.
    pub year_end: super::YearEnd,
    /// Numbers entered for reports by hand.
    pub by_hand: Vec<super::HandEntry>,
    /// Plugins that could not be loaded.
    pub faults: Vec<PluginFault>,
}

impl Param {
    /// As a sentence shows it: numbers without trailing zeros, items as their codes.
    pub fn render(&self, manifest: &super::Manifest) -> String {
        match self {
            Self::Number(number) => number.normalize().to_string(),
            Self::Text(text) => text.clone(),
            Self::Day(day) => day.to_string(),
            Self::Item(item) => manifest.items[*item as usize].code.clone(),
        }
    }
}

impl Reason {
    /// The sentence, with its parameters in their places.
    pub fn render(&self, manifest: &super::Manifest) -> String {
        let args: Vec<_> = self.params.iter().map(|param| param.render(manifest)).collect();
        super::problem::fill(&manifest.phrases[self.phrase as usize].text, &args)
    }
}
