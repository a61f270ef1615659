//! Reads the rules of the year-end assessment from TOML, with what a locality sets otherwise.
//! Reads no file: texts are handed in. Whether rules make sense is for `lint` to say.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::model::Decimal;
use crate::model::text::match_key;
use crate::model::yearend::controls::Measure;
use crate::model::yearend::enterprises::{ClassBy, EnterpriseRules};
use crate::model::yearend::ladder::{LadderLevel, LadderRules};
use crate::model::yearend::{
    AccidentVeto, Bound, ControlVeto, GradeRange, LocalItem, Tie, UnitKind, UnitRules, YearEndRules,
};
use crate::tailoring::{self, Lock, Only, Tailoring};

/// The base inside the program.
const BASE: &str = include_str!("../../../templates/yearend/yearend.toml");

/// What is wrong with rules: where in them, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesFault {
    /// The place, e.g. village.bands.
    pub at: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for RulesFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_empty() { f.write_str(&self.what) } else { write!(f, "{}: {}", self.at, self.what) }
    }
}

impl std::error::Error for RulesFault {}

fn fault(at: &str, what: impl Into<String>) -> RulesFault {
    RulesFault { at: at.to_owned(), what: what.into() }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRules {
    schema: u32,
    title: String,
    self_gap: String,
    rate_digits: u8,
    village: RawUnit,
    department: RawUnit,
    enterprise: RawEnterprise,
    standardization: RawLadder,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEnterprise {
    plugins: Vec<String>,
    class: String,
    ties: Vec<String>,
    without_hazards: String,
    veto: RawEnterpriseVeto,
    bonus: Option<RawBonus>,
    bands: Option<Vec<RawBand>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEnterpriseVeto {
    deaths: u32,
    grade: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLadder {
    sectors: Vec<String>,
    levels: Vec<RawLevel>,
    below: String,
    none: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLevel {
    level: String,
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLock {
    key: String,
    #[serde(default)]
    only: Only,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawUnit {
    full: String,
    digits: u8,
    bands: Vec<RawBand>,
    ties: Vec<String>,
    without_hazards: String,
    classes: Vec<String>,
    weights: RawWeights,
    bonus: Option<RawBonus>,
    final_cap: Option<String>,
    veto: Option<RawVeto>,
    control_veto: Option<RawControlVeto>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBand {
    grade: String,
    from: Option<String>,
    range: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWeights {
    quarters: String,
    year_end: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBonus {
    cap: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawVeto {
    deaths: u32,
    grade: String,
    #[serde(default)]
    item: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawControlVeto {
    measures: Vec<String>,
    grade: String,
}

/// The rules inside the program, without any tailoring.
pub fn built_in_rules() -> YearEndRules {
    read_rules(BASE, &[]).expect("the built-in rules are valid: a test reads them")
}

impl YearEndRules {
    /// The rules inside the program, tailored. Errors: every fault, in the order of the file.
    pub fn tailored(layers: &[Tailoring]) -> Result<Self, Vec<RulesFault>> {
        read_rules(BASE, layers)
    }
}

/// Reads rules and sets otherwise what the layers of tailoring say, one after another.
///
/// Errors: every fault: TOML that is none, a key that is not known or is locked, a number that is none.
pub fn read_rules(base: &str, layers: &[Tailoring]) -> Result<YearEndRules, Vec<RulesFault>> {
    let one = |what: String| vec![fault("", what)];
    let mut table: toml::Table = base.parse().map_err(|wrong: toml::de::Error| one(wrong.to_string()))?;
    let locks = locks(&table).map_err(|wrong| vec![wrong])?;
    let tailored = tailoring::apply(&mut table, layers, "yearend", &locks)
        .map_err(|faults| faults.into_iter().map(|wrong| fault(&wrong.at, wrong.what)).collect::<Vec<_>>())?;
    table.remove("locked");
    let raw: RawRules = table.try_into().map_err(|wrong: toml::de::Error| one(wrong.to_string()))?;
    if raw.schema != 1 {
        return Err(vec![fault("schema", format!("应为 1,现为 {}", raw.schema))]);
    }
    let mut faults = Vec::new();
    let self_gap = number("self_gap", &raw.self_gap, &mut faults);
    digits("rate_digits", raw.rate_digits, &mut faults);
    let village = unit("village", raw.village, &mut faults);
    let department = unit("department", raw.department, &mut faults);
    let enterprise = enterprise(raw.enterprise, &mut faults);
    let ladder = ladder(raw.standardization, &mut faults);
    let mut items = Vec::new();
    for item in layers.iter().flat_map(|layer| &layer.items) {
        let kind = match &*item.unit {
            "village" => UnitKind::Village,
            "department" => UnitKind::Department,
            // Of a checklist that is none of the year's end: `tailoring::of_plugins` knows it.
            _ => continue,
        };
        let points = number(&item.code, &item.points, &mut faults);
        items.push(LocalItem {
            kind,
            code: item.code.clone(),
            requirement: item.requirement.clone(),
            points,
        });
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut hash = Sha256::new();
    hash.update(base.as_bytes());
    // Without a layer as with an empty one.
    hash.update([0]);
    let texts: Vec<_> = layers.iter().map(|layer| &*layer.text).collect();
    hash.update(texts.join("\0").as_bytes());
    let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(YearEndRules {
        title: raw.title,
        self_gap,
        rate_digits: raw.rate_digits,
        village,
        department,
        enterprise,
        ladder,
        items,
        assigned: BTreeMap::new(),
        tailored,
        digest,
    })
}

/// What no tailoring may change.
fn locks(table: &toml::Table) -> Result<Vec<Lock>, RulesFault> {
    let Some(locked) = table.get("locked") else { return Ok(Vec::new()) };
    let raw: Vec<RawLock> =
        locked.clone().try_into().map_err(|wrong: toml::de::Error| fault("locked", wrong.to_string()))?;
    let lock =
        |lock: RawLock| Lock { rules: "yearend".to_owned(), key: lock.key, only: lock.only, why: lock.why };
    Ok(raw.into_iter().map(lock).collect())
}

fn number(at: &str, text: &str, faults: &mut Vec<RulesFault>) -> Decimal {
    // Beyond 10,000 or 9 digits nothing is a number of points or a weight; sums stay exact within.
    let read = text
        .parse::<Decimal>()
        .ok()
        .filter(|number| *number >= Decimal::ZERO && *number <= Decimal::from(10_000) && number.scale() <= 9);
    read.unwrap_or_else(|| {
        faults.push(fault(at, format!("应为 0 至 10000 的数,现为 {text:?}")));
        Decimal::ZERO
    })
}

fn digits(at: &str, digits: u8, faults: &mut Vec<RulesFault>) {
    if digits > 4 {
        faults.push(fault(at, format!("小数位数应为 0 至 4,现为 {digits}")));
    }
}

fn ties(at: &str, raw: &[String], faults: &mut Vec<RulesFault>) -> Vec<Tie> {
    let ties = raw.iter().filter_map(|tie| match &**tie {
        "rectification" => Some(Tie::Rectification),
        other => {
            faults.push(fault(at, format!("只能是 rectification,现为 {other:?}")));
            None
        }
    });
    ties.collect()
}

/// Whether a unit without hazards comes first among equals.
fn first_or_last(at: &str, raw: &str, faults: &mut Vec<RulesFault>) -> bool {
    if !matches!(raw, "first" | "last") {
        faults.push(fault(at, format!("应为 first 或 last,现为 {raw:?}")));
    }
    raw == "first"
}

/// How enterprises are ranked.
fn enterprise(raw: RawEnterprise, faults: &mut Vec<RulesFault>) -> EnterpriseRules {
    let class = match &*raw.class {
        "" => ClassBy::None,
        "sector" => ClassBy::Sector,
        "kind" => ClassBy::Kind,
        other => {
            faults.push(fault("enterprise.class", format!("应为 sector、kind 或空,现为 {other:?}")));
            ClassBy::None
        }
    };
    EnterpriseRules {
        plugins: raw.plugins,
        class,
        ties: ties("enterprise.ties", &raw.ties, faults),
        without_hazards_first: first_or_last("enterprise.without_hazards", &raw.without_hazards, faults),
        veto_deaths: raw.veto.deaths,
        veto_grade: raw.veto.grade,
        bands: raw.bands.map_or_else(Vec::new, |raw| bands("enterprise.bands", raw, faults)),
        bonus_cap: raw.bonus.map(|bonus| number("enterprise.bonus.cap", &bonus.cap, faults)),
    }
}

/// The ladder of standardization. Words are kept as they are compared.
fn ladder(raw: RawLadder, faults: &mut Vec<RulesFault>) -> LadderRules {
    let keys = |words: &[String]| words.iter().map(|word| match_key(word)).collect::<Vec<_>>();
    let none = keys(&raw.none);
    let mut seen = none.clone();
    let mut levels = Vec::new();
    for one in raw.levels {
        let words = keys(&one.words);
        for word in &words {
            if word.is_empty() || seen.contains(word) {
                faults
                    .push(fault("standardization.levels", format!("{}: “{word}”为空或用了两次", one.level)));
            }
        }
        seen.extend(words.iter().cloned());
        levels.push(LadderLevel { level: one.level, words });
    }
    if levels.is_empty() {
        faults.push(fault("standardization.levels", "没有等级"));
    }
    LadderRules { sectors: keys(&raw.sectors), levels, below: raw.below, none }
}

fn unit(at: &str, raw: RawUnit, faults: &mut Vec<RulesFault>) -> UnitRules {
    let key = |key: &str| format!("{at}.{key}");
    digits(&key("digits"), raw.digits, faults);
    let ties = ties(&key("ties"), &raw.ties, faults);
    let without_hazards_first = first_or_last(&key("without_hazards"), &raw.without_hazards, faults);
    let bands = bands(&key("bands"), raw.bands, faults);
    UnitRules {
        full: number(&key("full"), &raw.full, faults),
        digits: raw.digits,
        quarters: number(&key("weights.quarters"), &raw.weights.quarters, faults),
        year_end: number(&key("weights.year_end"), &raw.weights.year_end, faults),
        bonus_cap: raw.bonus.map(|bonus| number(&key("bonus.cap"), &bonus.cap, faults)),
        final_cap: raw.final_cap.map(|cap| number(&key("final_cap"), &cap, faults)),
        bands,
        veto: raw.veto.map(|veto| AccidentVeto {
            deaths: veto.deaths,
            grade: veto.grade,
            item: match_key(&veto.item).to_uppercase(),
        }),
        control_veto: raw.control_veto.map(|veto| control_veto(&key("control_veto"), veto, faults)),
        ties,
        without_hazards_first,
        classes: raw.classes.iter().map(|class| class.trim_end_matches('类').to_owned()).collect(),
    }
}

/// Which control indicators disqualify.
fn control_veto(at: &str, raw: RawControlVeto, faults: &mut Vec<RulesFault>) -> ControlVeto {
    let mut measures = Vec::new();
    for key in &raw.measures {
        match Measure::ALL.iter().find(|(_, known, _)| known == key) {
            Some((measure, ..)) => measures.push(*measure),
            None => {
                faults.push(fault(at, format!("measures 只能是 accidents、deaths、injured,现为 {key:?}")));
            }
        }
    }
    ControlVeto { measures, grade: raw.grade }
}

/// Bands in the order of the file. One with `from` ends where the one above it begins.
fn bands(at: &str, raw: Vec<RawBand>, faults: &mut Vec<RulesFault>) -> Vec<GradeRange> {
    let mut bands: Vec<GradeRange> = Vec::new();
    for band in raw {
        let RawBand { grade, from, range } = band;
        let read = match (from, range) {
            (Some(from), None) => {
                let value = number(at, &from, faults);
                let above = bands.last().and_then(|band| band.low);
                let high = above.map(|low| Bound { value: low.value, inclusive: !low.inclusive });
                let low = Some(Bound { value, inclusive: true });
                Some(GradeRange { grade: grade.clone(), low, high, text: format!("≥{from}") })
            }
            (None, Some(range)) => read_range(&range).map(|(low, high)| GradeRange {
                grade: grade.clone(),
                low,
                high,
                text: range.clone(),
            }),
            _ => None,
        };
        match read {
            Some(_) if grade.trim().is_empty() => faults.push(fault(at, "grade 为空")),
            Some(band) => bands.push(band),
            None => faults
                .push(fault(at, format!("{grade}: 填 from,或能读懂的 range,如 95+、90-94、<80、[90,95)"))),
        }
    }
    if bands.is_empty() {
        faults.push(fault(at, "没有等次"));
    }
    bands
}

/// Reads a range of scores as local documents word it: `95+`, `90-94`, `<80`, `[90,95)`,
/// `95(含)以上`, `90分以上95分以下`.
///
/// 以上 includes its number, 以下 does not unless (含) says so; both ends of `90-94` are within, unless
/// one of them is marked: then the unmarked one is not.
/// Errors: `None` for a text that is none of these.
/// Source: 国务院令第493号第3条 for 以上 and 以下 of grades.
pub(super) fn read_range(text: &str) -> Option<(Option<Bound>, Option<Bound>)> {
    let key: String = match_key(text).chars().filter(|c| !matches!(c, '分' | '、')).collect();
    if let Some(rest) =
        key.strip_prefix(['[', '(']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    {
        let inner = rest.strip_suffix([']', ')'])?;
        let (low, high) = inner.split_once(',')?;
        let low = Bound { value: low.parse().ok()?, inclusive: key.starts_with('[') };
        let high = Bound { value: high.parse().ok()?, inclusive: key.ends_with(']') };
        return Some((Some(low), Some(high)));
    }
    let key = key.replace(',', "");
    for (sign, is_low, inclusive) in [
        ("≥", true, true),
        (">=", true, true),
        ("不低于", true, true),
        (">", true, false),
        ("高于", true, false),
        ("≤", false, true),
        ("<=", false, true),
        ("<", false, false),
        ("低于", false, false),
        ("不足", false, false),
        ("不满", false, false),
    ] {
        if let Some(rest) = key.strip_prefix(sign) {
            let bound = Some(Bound { value: rest.parse().ok()?, inclusive });
            return Some(if is_low { (bound, None) } else { (None, bound) });
        }
    }
    let (first, first_mark, rest) = leading(&key)?;
    if rest.is_empty() {
        return None;
    }
    let is_up = |word: &str| matches!(word, "+" | "以上" | "及以上");
    if is_up(rest) {
        return Some((Some(Bound { value: first, inclusive: first_mark.unwrap_or(true) }), None));
    }
    if matches!(rest, "以下" | "及以下") {
        let inclusive = first_mark.unwrap_or(rest.starts_with('及'));
        return Some((None, Some(Bound { value: first, inclusive })));
    }
    let (joint, after) = ["及以上", "以上", "-", "–", "—", "~", "〜", "至"]
        .iter()
        .find_map(|joint| Some((*joint, rest.strip_prefix(joint)?)))?;
    let (second, second_mark, end) = leading(after)?;
    if !matches!(end, "" | "以下" | "及以下") {
        return None;
    }
    let by_words = joint.ends_with("以上") || !end.is_empty();
    let marked = first_mark.is_some() || second_mark.is_some();
    let low = Bound { value: first, inclusive: first_mark.unwrap_or(by_words || !marked) };
    let by_default = if by_words { end.starts_with('及') } else { !marked };
    let high = Bound { value: second, inclusive: second_mark.unwrap_or(by_default) };
    Some((Some(low), Some(high)))
}

/// A number at the beginning, what is said of it in brackets, and the rest.
fn leading(text: &str) -> Option<(Decimal, Option<bool>, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number = text[..end].parse().ok()?;
    let rest = &text[end..];
    for (mark, inclusive) in [("(含)", true), ("(不含)", false)] {
        if let Some(rest) = rest.strip_prefix(mark) {
            return Some((number, Some(inclusive), rest));
        }
    }
    Some((number, None, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A range as mathematics writes it.
    fn check(text: &str, expected: &str) {
        let shown = read_range(text).map_or_else(
            || "?".to_owned(),
            |(low, high)| {
                let low = low.map_or_else(
                    || "(".to_owned(),
                    |low| format!("{}{}", if low.inclusive { '[' } else { '(' }, low.value),
                );
                let high = high.map_or_else(
                    || ")".to_owned(),
                    |high| format!("{}{}", high.value, if high.inclusive { ']' } else { ')' }),
                );
                format!("{low},{high}")
            },
        );
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn local_documents_word_ranges_in_many_ways() {
        for (text, expected) in [
            ("95+", "[95,)"),
            ("90-94", "[90,94]"),
            ("<80", "(,80)"),
            ("≤59.9", "(,59.9]"),
            ("[90,95)", "[90,95)"),
            ("(90,95]", "(90,95]"),
            ("95分(含)以上", "[95,)"),
            ("95(不含)以上", "(95,)"),
            ("90(含)—95", "[90,95)"),
            ("90—95(含)", "(90,95]"),
            ("90分以上、95分以下", "[90,95)"),
            ("90及以上95以下", "[90,95)"),
            ("９０～９４", "[90,94]"),
            ("80以下", "(,80)"),
            ("80(含)以下", "(,80]"),
            ("不足60分", "(,60)"),
            ("90", "?"),
            ("", "?"),
            ("优秀", "?"),
            ("90-", "?"),
            ("90-95以上", "?"),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn the_built_in_rules_are_read() {
        let rules = built_in_rules();
        assert_eq!(rules.village.bands.len(), 4);
        assert!(rules.tailored.is_empty());
    }
}
