//! Indicators on their way to the plugins that want them: in which order plugins run, and who gets
//! what. Knows no rule: an indicator is a source, a code, whom it is about, a value and a place.

mod records;

use std::collections::{BTreeMap, BTreeSet};

pub use records::{RECORDS, Records};

use crate::model::{
    Decimal, EnterpriseId, Evaluation, Filings, KnownIndicator, Need, Plugin, PluginFault, Provenance,
    Scored, Subject, Value,
};

/// Whom an indicator is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whom {
    /// An enterprise of the register.
    Enterprise(EnterpriseId),
    /// A village or department, by its number.
    Office(String),
}

impl Whom {
    /// Whom a subject is about; none where nobody knows.
    fn of(subject: &Subject) -> Option<Self> {
        match subject.enterprise {
            Some(id) => Some(Self::Enterprise(id)),
            None if !subject.office.is_empty() => Some(Self::Office(subject.office.clone())),
            None => None,
        }
    }
}

/// What is on offer: value and place by source, code and whom it is about.
#[derive(Debug, Default)]
pub struct Offers(BTreeMap<(String, String, Whom), (Value, Provenance)>);

impl Offers {
    /// Offers an indicator; a later one takes the place of an earlier.
    pub fn put(&mut self, source: &str, code: &str, of: Whom, value: Value, at: Provenance) {
        self.0.insert((source.to_owned(), code.to_owned(), of), (value, at));
    }

    /// Offers what the filing log says of each unit: `late`, `missing`, `returned`, as numbers.
    /// `log`: where it stands.
    pub fn put_filings(&mut self, filings: &Filings, log: Provenance) {
        let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
        for one in &filings.in_force {
            counts.entry(&one.unit).or_default();
        }
        for report in &filings.reports {
            for lapse in &report.late {
                counts.entry(&lapse.unit).or_default()[0] += 1;
            }
            for lapse in &report.missing {
                counts.entry(&lapse.unit).or_default()[1] += 1;
            }
        }
        // Units with an item of their own in the plan are counted by the report that it names.
        for unit in &filings.units {
            counts.insert(&unit.unit, [unit.late, unit.missing, unit.returned]);
        }
        for (unit, counts) in counts {
            for (code, count) in ["late", "missing", "returned"].into_iter().zip(counts) {
                let value = Value::Number(Decimal::from(count));
                self.put("filings", code, Whom::Office(unit.to_owned()), value, log);
            }
        }
    }

    /// Offers what a plugin said of a subject. Called in the order of the checks, so that the latest
    /// of an enterprise is what others see.
    pub fn put_evaluation(&mut self, plugin: &Plugin, subject: &Subject, evaluation: &Evaluation) {
        let (Evaluation::Assessed(assessed), Some(whom)) = (evaluation, Whom::of(subject)) else { return };
        for indicator in &assessed.indicators {
            let stands = indicator.evidence.first().or(Some(&0)).copied();
            let at = stands.and_then(|position| subject.evidence.get(position as usize));
            if let Some(at) = at {
                let code = &plugin.manifest.gives[indicator.indicator as usize].code;
                self.put(&plugin.manifest.id, code, whom.clone(), indicator.value.clone(), *at);
            }
        }
    }

    /// Offers the main score and grade of a subject, as `score` and `grade` of its plugin. Called in the
    /// order of the checks, like [`Self::put_evaluation`].
    pub fn put_score(&mut self, plugin: &Plugin, subject: &Subject, scored: &Scored) {
        let (Some(main), Some(whom), Some(at)) =
            (scored.schemes.first(), Whom::of(subject), subject.evidence.first())
        else {
            return;
        };
        if let Some(score) = main.score {
            self.put(&plugin.manifest.id, SCORE, whom.clone(), Value::Number(score), *at);
            self.put(&plugin.manifest.id, GRADE, whom, Value::Text(main.grade.as_str().into()), *at);
        }
    }

    /// Gives a subject what its plugin wants and somebody offers, or the records say; the rest stays
    /// unknown.
    pub fn fill(&self, plugin: &Plugin, records: &Records<'_>, subject: &mut Subject) {
        let Some(whom) = Whom::of(subject) else { return };
        for (need, wanted) in (0..).zip(&plugin.manifest.needs) {
            let key = (wanted.source.clone(), wanted.indicator.clone(), whom.clone());
            let of_records = || records.value(&wanted.source, &wanted.indicator, &whom, subject.date);
            if let Some((value, at)) = self.0.get(&key).cloned().or_else(of_records) {
                let evidence = subject.evidence.len() as u32;
                subject.evidence.push(at);
                subject.indicators.push(KnownIndicator { need, value, evidence });
            }
        }
    }
}

/// The main score of a check, as its plugin's indicator.
const SCORE: &str = "score";
/// The grade of a check, as its plugin's indicator.
const GRADE: &str = "grade";

/// Whether any plugin waits for the score or the grade of this one's checks.
pub fn wants_score(plugins: &[Plugin], of: &Plugin) -> bool {
    let wants = |need: &Need| need.source == of.manifest.id && matches!(&*need.indicator, SCORE | GRADE);
    plugins.iter().any(|plugin| plugin.manifest.needs.iter().any(wants))
}

/// Puts plugins into an order in which each runs after those whose indicators it wants.
///
/// Shape: for each plugin its wave, from 0; or `None` for one that waits for itself, through others
/// or directly. Positions are those of `plugins`.
pub fn waves(plugins: &[Plugin]) -> Vec<Option<usize>> {
    let ids: BTreeMap<&str, usize> =
        plugins.iter().enumerate().map(|(index, plugin)| (plugin.manifest.id.as_str(), index)).collect();
    let wants: Vec<BTreeSet<usize>> = plugins
        .iter()
        .map(|plugin| {
            plugin.manifest.needs.iter().filter_map(|need| ids.get(&*need.source).copied()).collect()
        })
        .collect();
    let mut waves = vec![None; plugins.len()];
    for wave in 0..plugins.len() {
        let ready: Vec<_> = (0..plugins.len())
            .filter(|&index| waves[index].is_none())
            .filter(|&index| wants[index].iter().all(|&other| waves[other].is_some()))
            .collect();
        if ready.is_empty() {
            break;
        }
        for index in ready {
            waves[index] = Some(wave);
        }
    }
    waves
}

/// What is said of a plugin that cannot be put into an order.
pub fn refusal(plugin: &Plugin, among: &[&str]) -> PluginFault {
    let manifest = &plugin.manifest;
    PluginFault {
        plugin: format!("{} {}", manifest.id, manifest.version),
        zh: format!("取用的指标循环依赖({}),未使用", among.join("、")),
        en: format!("its needs are a cycle ({}); it is not used", among.join(", ")),
    }
}
