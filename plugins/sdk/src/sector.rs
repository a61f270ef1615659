//! The rules of a sector: a trait whose defaults judge by the checklist alone.
//! A sector overrides only what a table cannot say. Knows no wire format.

use crate::assessed::{
    Assessed, Deduction, Effect, Failure, Hazard, Listed, Note, Outcome, Param, Reason, Ruling,
};
use crate::checklist::{Charge, Checklist, Date, HazardLevel, Item, MajorBasis, MajorMark, Mark, Scope};
use crate::exact::Decimal;
use crate::subject::{Answer, Context, Subject, Verdict};
use crate::tailored;

/// The sentences every checklist starts with; `build` puts them before the sector's own.
pub const SDK_PHRASES: [(&str, &str); 8] = [
    ("veto-item", "{0} 为一票否决项,检查不符合"),
    ("all-points", "不符合而未填扣分,按标准分 {0} 分全扣"),
    ("major-hazard", "{0} 不符合,填报为重大隐患:{1} {2}({3})"),
    ("major-hazard-lead", "{0} 不符合,填报为重大隐患:拟判定要素({1} {2},现行 {3}须人工核对)"),
    ("major-no-clause", "{0} 不符合,填报为重大隐患;检查日期适用的判定标准未列对应条款,须人工核对"),
    ("major-candidate", "{0} 不符合,可能构成重大隐患:{1} {2}({3});未填报为重大,未自动升级,请核实"),
    (
        "major-candidate-lead",
        "{0} 不符合,可能构成重大隐患:拟判定要素({1} {2},现行 {3}须人工核对);未填报为重大,未自动升级,请核实",
    ),
    ("major-unfounded", "{0} 填报为重大隐患,检查表未将其列为直接判定项,请核实依据"),
];

/// Position of `veto-item` in every checklist.
pub const PHRASE_VETO_ITEM: u32 = 0;
/// Position of `all-points` in every checklist.
pub const PHRASE_ALL_POINTS: u32 = 1;
/// Position of `major-hazard` in every checklist.
pub const PHRASE_MAJOR_HAZARD: u32 = 2;
/// Position of `major-hazard-lead` in every checklist.
pub const PHRASE_MAJOR_HAZARD_LEAD: u32 = 3;
/// Position of `major-no-clause` in every checklist.
pub const PHRASE_MAJOR_NO_CLAUSE: u32 = 4;
/// Position of `major-candidate` in every checklist.
pub const PHRASE_MAJOR_CANDIDATE: u32 = 5;
/// Position of `major-candidate-lead` in every checklist.
pub const PHRASE_MAJOR_CANDIDATE_LEAD: u32 = 6;
/// Position of `major-unfounded` in every checklist.
pub const PHRASE_MAJOR_UNFOUNDED: u32 = 7;

/// A sector: its checklist, and the rules a table cannot say.
pub trait Sector {
    /// The checklist.
    fn checklist() -> &'static Checklist;

    /// The golden cases, as text; see [`crate::case`].
    fn cases() -> &'static [&'static str] {
        &[]
    }

    /// Judges one answer that fails or has a number. Any other keeps its verdict and costs nothing; what
    /// else may be wrong with it is for [`Self::rules`]. The default is [`judge_answer`].
    fn judge(item: &'static Item, answer: &Answer) -> Outcome {
        judge_answer(item, answer)
    }

    /// Adds what a table cannot say: rulings, indicators, hazards, notes. Called once for each
    /// subject, after all its answers were judged.
    ///
    /// Errors: a [`Failure`] spoils this subject and no other.
    fn rules(context: &Context, subject: &Subject, assessed: &mut Assessed) -> Result<(), Failure> {
        let _ = (context, subject, assessed);
        Ok(())
    }
}

/// Assesses one subject: judges each answer, rules the vetoes of the checklist, then asks
/// [`Sector::rules`].
///
/// The context's parameters are in force meanwhile; see [`tailored`].
///
/// Errors: what the sector's rules report; an answer on an item, or a parameter for one, that the checklist lacks.
pub fn assess<S: Sector + ?Sized>(context: &Context, subject: &Subject) -> Result<Assessed, Failure> {
    let _in_force = tailored::enter(S::checklist(), &context.parameters)?;
    assess_in_force::<S>(context, subject)
}

/// The same where the parameters are in force already.
pub(crate) fn assess_in_force<S: Sector + ?Sized>(
    context: &Context,
    subject: &Subject,
) -> Result<Assessed, Failure> {
    let checklist = S::checklist();
    let mut assessed = Assessed { edition: checklist.edition_on(subject.date), ..Assessed::default() };
    let items: &'static [Item] = checklist.items;
    let mut highest = 0;
    assessed.outcomes.extend(subject.answers.iter().map(|answer| {
        highest = highest.max(answer.item);
        Outcome::plain(answer.item, answer.verdict)
    }));
    if highest as usize >= items.len()
        && let Some(answer) = subject.answers.iter().find(|answer| answer.item as usize >= items.len())
    {
        return Err(Failure::at("检查项序号超出检查表", answer.evidence));
    }
    for (answer, outcome) in subject.answers.iter().zip(&mut assessed.outcomes) {
        if answer.number.is_none() && !answer.verdict.fails() {
            continue;
        }
        let item = &items[answer.item as usize];
        *outcome = S::judge(item, answer);
        if outcome.verdict.fails() {
            assessed.rulings.extend(veto(item, answer, outcome));
        }
    }
    S::rules(context, subject, &mut assessed)?;
    Ok(assessed)
}

/// Judges one answer by the general rule of deduction sheets:
///
/// - passed without a deduction: full points; passed *with* one: that deduction counts;
/// - failed with a number: that many points; failed without one: all points;
/// - anything else keeps its verdict and costs nothing.
///
/// Units: points, exact. What exceeds the item's points is cut off by the host (扣完为止).
pub fn judge_answer(item: &'static Item, answer: &Answer) -> Outcome {
    let entered = answer.number.filter(|number| number.mantissa >= 0);
    let position = answer.item;
    match (answer.verdict, entered) {
        (Verdict::Pass | Verdict::Partial | Verdict::Fail, Some(points)) if points.is_positive() => {
            let verdict = if points >= item.points { Verdict::Fail } else { Verdict::Partial };
            let listed = Listed { deductions: vec![as_entered(item, points)], ..Listed::default() };
            Outcome::with(position, verdict, listed)
        }
        (Verdict::Partial | Verdict::Fail, None) => Outcome::all_points(position, item, Verdict::Fail),
        (Verdict::Partial | Verdict::Fail, Some(_)) => Outcome::plain(position, Verdict::Partial),
        (verdict, _) => Outcome::plain(position, verdict),
    }
}

/// The deduction an inspector entered, with its case where the entry leaves no doubt which one
/// it is: the item has a single case, and the points are a whole number of its charges.
fn as_entered(item: &Item, points: Decimal) -> Deduction {
    let entered = Deduction { case: None, points, scope: Scope::Item, times: 1, reason: None };
    let [case] = item.cases else { return entered };
    if points > item.points {
        // More than the item has: a slip of the pen, from which no number of occurrences follows.
        return entered;
    }
    let times = match case.charge {
        Charge::Once(charge) if charge == points => Some(1),
        Charge::Each(charge) => (1..=99).find(|&times| charge.times(times) == Some(points)),
        _ => None,
    };
    match times {
        Some(times) => Deduction { case: Some(0), scope: case.scope, times, ..entered },
        None => entered,
    }
}

fn veto(item: &Item, answer: &Answer, outcome: &Outcome) -> Option<Ruling> {
    let is_veto = |case: u32| item.cases.get(case as usize).is_some_and(|case| case.veto);
    let by_case = || outcome.deductions().any(|taken| taken.case.is_some_and(is_veto));
    let scope = item.veto.or_else(|| by_case().then_some(Scope::Total))?;
    Some(Ruling {
        effect: Effect::Veto(scope),
        items: vec![answer.item],
        reason: Reason { phrase: PHRASE_VETO_ITEM, params: vec![Param::Item(answer.item)] },
        edition: None,
        evidence: vec![answer.evidence],
    })
}

/// The clauses by which failing an item has a part in a major hazard, on the day of the check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// Position of the edition in force.
    pub edition: u32,
    /// Position of the edition whose clauses these are. An earlier one where the checklist knows
    /// no clause at all of the one in force, because its text could not be had: then they are
    /// leads, never more.
    pub cited: u32,
    /// The clauses, in the order of the checklist; never empty.
    pub bases: Vec<&'static MajorBasis>,
}

impl InForce {
    /// Whether the clauses are those of an earlier edition.
    pub const fn is_lead(&self) -> bool {
        self.cited != self.edition
    }

    /// The clauses as a reader sees them: 7.3.2、7.3.7.
    pub fn clauses(&self) -> String {
        self.bases.iter().map(|basis| basis.clause).collect::<Vec<_>>().join("、")
    }

    /// The mark of the clause known least well.
    pub fn mark(&self) -> Mark {
        let marks = self.bases.iter().map(|basis| basis.mark);
        marks.max_by_key(|mark| *mark as u8).unwrap_or(Mark::Memory)
    }
}

/// Finds the clauses by which failing `item` has the part `major` under `edition`.
///
/// An edition of which no item cites a clause is one whose text could not be had; the last
/// edition before it that has clauses then gives leads.
/// Errors: `None` when neither has a clause for the item.
pub fn bases_in_force(checklist: &Checklist, item: &Item, edition: u32, major: MajorMark) -> Option<InForce> {
    let with_text = |edition: &u32| {
        let mut bases = checklist.items.iter().flat_map(|item| item.major_bases);
        bases.any(|basis| basis.edition == *edition)
    };
    let cited = (0..=edition).rev().find(with_text)?;
    let is_cited = |basis: &&MajorBasis| basis.edition == cited && basis.major == major;
    let bases: Vec<_> = item.major_bases.iter().filter(is_cited).collect();
    (!bases.is_empty()).then_some(InForce { edition, cited, bases })
}

/// The edition by which `item` is judged on `day`: the first in force that has a clause for it,
/// since a sheet may rest on rule sets of several fields (chemicals, fire); else the first in force.
fn edition_for(checklist: &Checklist, item: &Item, day: Date) -> Option<u32> {
    let in_force =
        |edition: &u32| checklist.editions.get(*edition as usize).is_some_and(|e| e.is_in_force(day));
    item.major_bases.iter().map(|basis| basis.edition).find(in_force).or_else(|| checklist.edition_on(day))
}

/// How a mark is worded beside a clause.
pub const fn mark_words(mark: Mark) -> &'static str {
    match mark {
        Mark::Clause => "条文已核",
        Mark::Secondary => "转引",
        Mark::Memory => "未核实",
    }
}

/// Rules what the inspector's word on hazards means for each failing item:
///
/// - typed 重大, and the checklist marks the item direct: a major hazard, with the edition in
///   force and its clause (none where only an earlier edition's is known);
/// - typed 重大 on any other item: a note, since the checklist cannot found it;
/// - typed 一般 or nothing, on an item that is direct by the edition in force: a note. A hazard is
///   never raised by itself: whoever stood there decides.
///
/// Call it from [`Sector::rules`].
pub fn rule_major_hazards(checklist: &Checklist, subject: &Subject, assessed: &mut Assessed) {
    for (answer, outcome) in subject.answers.iter().zip(&assessed.outcomes) {
        let Some(item) = checklist.item(answer.item) else { continue };
        let is_major = answer.level == Some(HazardLevel::Major);
        if !outcome.verdict.fails() || (item.major != MajorMark::Direct && !is_major) {
            continue;
        }
        let edition = edition_for(checklist, item, subject.date);
        let basis = edition.and_then(|edition| bases_in_force(checklist, item, edition, MajorMark::Direct));
        let phrases = match (is_major, &basis) {
            (true, Some(_)) => (PHRASE_MAJOR_HAZARD, PHRASE_MAJOR_HAZARD_LEAD),
            (false, Some(_)) => (PHRASE_MAJOR_CANDIDATE, PHRASE_MAJOR_CANDIDATE_LEAD),
            (true, None) if item.major == MajorMark::Direct => {
                (PHRASE_MAJOR_NO_CLAUSE, PHRASE_MAJOR_NO_CLAUSE)
            }
            (true, None) => (PHRASE_MAJOR_UNFOUNDED, PHRASE_MAJOR_UNFOUNDED),
            (false, None) => continue,
        };
        let reason = major_reason(checklist, answer.item, basis.as_ref(), phrases);
        let evidence = vec![answer.evidence];
        if is_major && reason.phrase != PHRASE_MAJOR_UNFOUNDED {
            let clause =
                basis.filter(|basis| !basis.is_lead()).map_or_else(String::new, |basis| basis.clauses());
            let level = HazardLevel::Major;
            assessed.hazards.push(Hazard {
                level,
                item: Some(answer.item),
                reason,
                edition,
                clause,
                evidence,
            });
        } else {
            assessed.notes.push(Note { reason, item: Some(answer.item), evidence });
        }
    }
}

fn major_reason(checklist: &Checklist, item: u32, basis: Option<&InForce>, phrases: (u32, u32)) -> Reason {
    let title = |edition: u32| checklist.editions.get(edition as usize).map_or("", |edition| edition.title);
    let mut params = vec![Param::Item(item)];
    let Some(basis) = basis else { return Reason { phrase: phrases.0, params } };
    params.extend([title(basis.cited).into(), basis.clauses().as_str().into()]);
    if basis.is_lead() {
        params.push(title(basis.edition).into());
        Reason { phrase: phrases.1, params }
    } else {
        params.push(mark_words(basis.mark()).into());
        Reason { phrase: phrases.0, params }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checklist::{Edition, Term};

    #[test]
    fn positions_of_phrases_are_right() {
        for (position, code) in [
            (PHRASE_VETO_ITEM, "veto-item"),
            (PHRASE_ALL_POINTS, "all-points"),
            (PHRASE_MAJOR_HAZARD, "major-hazard"),
            (PHRASE_MAJOR_HAZARD_LEAD, "major-hazard-lead"),
            (PHRASE_MAJOR_NO_CLAUSE, "major-no-clause"),
            (PHRASE_MAJOR_CANDIDATE, "major-candidate"),
            (PHRASE_MAJOR_CANDIDATE_LEAD, "major-candidate-lead"),
            (PHRASE_MAJOR_UNFOUNDED, "major-unfounded"),
        ] {
            assert_eq!(SDK_PHRASES[position as usize].0, code);
        }
    }

    const fn basis(edition: u32, clause: &'static str, major: MajorMark) -> MajorBasis {
        MajorBasis { edition, clause, major, mark: Mark::Memory }
    }

    const fn item(code: &'static str, major: MajorMark, major_bases: &'static [MajorBasis]) -> Item {
        let points = Decimal::new(5, 0);
        Item {
            code,
            category: 0,
            requirement: "",
            method: "",
            points,
            scored: true,
            rule_text: "",
            cases: &[],
            citations: &[],
            major,
            major_bases,
            veto: None,
            applies: &[],
            mark: Mark::Clause,
        }
    }

    const fn edition(title: &'static str, from: Option<Date>, to: Option<Date>) -> Edition {
        Edition { id: title, title, effective: (from, to), note: "" }
    }

    /// Of OLD and MID the clauses are known, of NEW none is; FIRE is of another field.
    static CHECKLIST: Checklist = Checklist {
        id: "test",
        version: "1",
        title: "",
        checklist_title: "",
        editions: &[
            edition("OLD", None, Some(Date::new(2019, 12, 31))),
            edition("MID", Some(Date::new(2020, 1, 1)), Some(Date::new(2024, 12, 31))),
            edition("NEW", Some(Date::new(2025, 1, 1)), None),
            edition("FIRE", Some(Date::new(2020, 1, 1)), None),
        ],
        kinds: &[Term { code: "check", title: "" }],
        tags: &[],
        documents: &[],
        categories: &[],
        items: &[
            item(
                "BOTH",
                MajorMark::Direct,
                &[
                    basis(0, "1", MajorMark::Direct),
                    basis(0, "9", MajorMark::Direct),
                    basis(1, "5.1", MajorMark::Direct),
                    basis(1, "7", MajorMark::Element),
                ],
            ),
            item("ONCE", MajorMark::Direct, &[basis(0, "2", MajorMark::Direct)]),
            item("FIRE", MajorMark::Direct, &[basis(3, "6.2", MajorMark::Direct)]),
            item("PART", MajorMark::Element, &[basis(0, "3", MajorMark::Element)]),
        ],
        facts: &[],
        tables: &[],
        needs: &[],
        gives: &[],
        phrases: &[],
        schemes: &[],
        wants_remarks: false,
    };

    struct Test;

    impl Sector for Test {
        fn checklist() -> &'static Checklist {
            &CHECKLIST
        }

        fn rules(_: &Context, subject: &Subject, assessed: &mut Assessed) -> Result<(), Failure> {
            rule_major_hazards(&CHECKLIST, subject, assessed);
            Ok(())
        }
    }

    /// One failing item, typed `level`, on 1 June of `year`: the phrase, the clause of the hazard
    /// (`-`: a note, no hazard).
    fn check(year: u16, code: &str, level: Option<HazardLevel>, expected: Option<(&str, &str)>) {
        let date = Date::new(year, 6, 1);
        let subject = Subject::checked_on(date)
            .answer(&CHECKLIST, code, Verdict::Fail, None, level)
            .expect("the item is in the checklist");
        let context = Context { as_of: date, parameters: Vec::new() };
        let assessed = assess::<Test>(&context, &subject).expect("no rule of it fails");
        let hazards =
            assessed.hazards.iter().map(|h| (SDK_PHRASES[h.reason.phrase as usize].0, h.clause.as_str()));
        let notes = assessed.notes.iter().map(|n| (SDK_PHRASES[n.reason.phrase as usize].0, "-"));
        let found: Vec<_> = hazards.chain(notes).collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{year} {code} {level:?}");
    }

    #[test]
    fn a_major_hazard_needs_the_inspectors_word_and_a_clause_in_force() {
        let (major, general) = (Some(HazardLevel::Major), Some(HazardLevel::General));
        check(2019, "BOTH", major, Some(("major-hazard", "1、9")));
        check(2020, "BOTH", major, Some(("major-hazard", "5.1")));
        check(2025, "BOTH", major, Some(("major-hazard-lead", "")));
        check(2020, "BOTH", general, Some(("major-candidate", "-")));
        check(2025, "BOTH", None, Some(("major-candidate-lead", "-")));
        check(2019, "ONCE", major, Some(("major-hazard", "2")));
        check(2020, "ONCE", major, Some(("major-no-clause", "")));
        check(2020, "ONCE", None, None);
        check(2019, "FIRE", major, Some(("major-no-clause", "")));
        check(2020, "FIRE", major, Some(("major-hazard", "6.2")));
        check(2019, "PART", major, Some(("major-unfounded", "-")));
        check(2019, "PART", general, None);
    }
}
