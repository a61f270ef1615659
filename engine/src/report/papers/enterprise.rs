//! 一企一档: what is known of one enterprise: register, checks, hazards for life, duties, each with its cell.
//! Judges nothing: scores, states and gaps come as they are.

use std::collections::BTreeMap;

use super::super::grid::{Entry, Grid, Shown};
use super::super::template::Words;
use super::super::wording;
use super::subjects::Subject;
use super::{Named, Volume, notice, row};
use crate::model::campaign::{Campaign, Drill, FrequencyLine, Letter, Member, Signer, Visit};
use crate::model::{Check, Date, EnterpriseId, Evaluation, GradeBasis, InForce, Period, Provenance, Run};

pub(super) fn lay_out<'a>(
    grid: &mut Grid<'a>,
    volume: &'a Volume<'a>,
    subject: &Subject<'a>,
    blocks: &'a [Named],
    words: &Words,
) {
    let ([register, checks, hazards, duties], Some(id)) = (blocks, subject.enterprise) else { return };
    let run = volume.papers.run;
    grid.table(register, words);
    let enterprise = run.register.get(id);
    let entry = |key: &str| match key {
        "number" => Entry::code(&*enterprise.number),
        "name" => Entry::text(&*enterprise.name),
        "former-name" => Entry::text(&*enterprise.former_name),
        "code" => Entry::code(&*enterprise.code),
        "village" => Entry::text(&*enterprise.village),
        "sector" => Entry::text(&*enterprise.sector),
        "kind" => Entry::text(&*enterprise.kind),
        "venues" => Entry::text(enterprise.venues.join("、")),
        "department" => Entry::text(&*enterprise.department),
        "risk" => Entry::text(&*enterprise.risk),
        "entered" => Entry::day(enterprise.entered),
        "left" => Entry::day(enterprise.left),
        _ => Entry::text(run.sources.show(enterprise.at.into())),
    };
    row(grid, register, &entry);

    grid.table(checks, words);
    for (number, check) in (1..).zip(&subject.checks) {
        row(grid, checks, &|key| check_entry(run, check, key, number));
    }
    grid.or_none("无");

    grid.table(hazards, words);
    notice::hazards(grid, volume, hazards, subject.hazards.iter().copied());

    grid.table(duties, words);
    for (number, duty) in (1..).zip(volume.records.duties(run, id, subject.number)) {
        let entry = |key: &str| match key {
            "number" => Entry::count(number),
            "matter" => Entry::text(duty.matter),
            "what" => Entry::text(duty.what.clone()),
            "date" => Entry::day(duty.day),
            "state" => Entry::text(duty.state.clone()),
            _ => Entry::text(duty.source.clone()),
        };
        row(grid, duties, &entry);
    }
    grid.or_none("无");
}

fn check_entry<'a>(run: &'a Run, check: &'a Check, key: &str, number: usize) -> Entry<'a> {
    let subject = &check.subject;
    let manifest = &run.plugins[subject.plugin].manifest;
    let score = check.scored.as_ref().and_then(|scored| scored.schemes.first());
    match key {
        "number" => Entry::count(number),
        "date" => Entry::Day(subject.date),
        "checklist" => Entry::text(&*manifest.title),
        "unit" => Entry::text(&*subject.unit),
        "inspectors" => Entry::text(&*subject.inspectors),
        "score" => score.and_then(|score| score.score).map_or(Entry::Empty, |score| {
            let digits = manifest.schemes.first().map_or(1, |scheme| scheme.digits);
            Entry::Number(score, Shown::Fixed(digits))
        }),
        "grade" => Entry::text(score.map_or("", |score| &*score.grade)),
        "rank" => check.rank.map_or(Entry::text("—"), |rank| Entry::count(rank as usize)),
        "coverage" => {
            check.scored.as_ref().filter(|scored| scored.coverage.items > 0).map_or(Entry::Empty, |scored| {
                Entry::text(format!("{}/{}", scored.coverage.checked, scored.coverage.applicable))
            })
        }
        "remark" => Entry::text(remark(run, check)),
        _ => subject.evidence.first().map_or(Entry::Empty, |at| Entry::text(run.sources.show((*at).into()))),
    }
}

/// Why there is no score, why the grade is not that of the score, and further scores and indicators.
fn remark(run: &Run, check: &Check) -> String {
    let manifest = &run.plugins[check.subject.plugin].manifest;
    let assessed = match &check.evaluation {
        Evaluation::Assessed(assessed) => assessed,
        Evaluation::Failed { message, .. } => return message.clone(),
        Evaluation::Fault(fault) => return format!("插件故障:{}", fault.zh),
    };
    let mut remarks = Vec::new();
    let schemes = check.scored.iter().flat_map(|scored| &scored.schemes);
    for (position, score) in schemes.enumerate() {
        let ruling = |at: usize| assessed.rulings[at].reason.render(manifest);
        match score.basis {
            GradeBasis::Veto(at) => remarks.push(format!("一票否决:{}", ruling(at))),
            GradeBasis::Cap(at) => remarks.push(format!("等次封顶:{}", ruling(at))),
            GradeBasis::Band | GradeBasis::NotAssessed | GradeBasis::None => {}
        }
        if position > 0 {
            let shown = score.score.map_or_else(|| "未评定".to_owned(), |score| score.to_string());
            remarks.push(format!("{}{shown}{}", manifest.schemes[score.scheme as usize].title, score.grade));
        }
    }
    for indicator in &assessed.indicators {
        let title = &manifest.gives[indicator.indicator as usize].title;
        remarks.push(format!("{title} {}", wording::value(&indicator.value)));
    }
    remarks.join(";")
}

/// Something an enterprise owes, or that was owed to it, and how it stands.
struct Duty {
    matter: &'static str,
    what: String,
    day: Option<Date>,
    state: String,
    source: String,
}

/// What the run knows of each enterprise beside hazards and checks: looked up once, since a county has
/// as many files as visits.
#[derive(Default)]
pub(super) struct Records<'a> {
    frequency: BTreeMap<EnterpriseId, &'a FrequencyLine>,
    visits: BTreeMap<EnterpriseId, Vec<&'a Visit>>,
    campaigns: BTreeMap<EnterpriseId, Vec<(&'a Campaign, &'a Member)>>,
    letters: BTreeMap<EnterpriseId, &'a Letter>,
    drills: BTreeMap<EnterpriseId, Vec<&'a Drill>>,
    /// Filings by the unit's number.
    filed: BTreeMap<&'a str, Vec<&'a InForce>>,
    /// Lapses by the unit's number: report, period, whether it came in late.
    lapses: BTreeMap<&'a str, Vec<(&'a str, Period, bool)>>,
}

impl<'a> Records<'a> {
    /// Of a run.
    pub fn of(run: &'a Run) -> Self {
        let mut records = Self::default();
        let supervision = &run.supervision;
        for line in &supervision.frequency.lines {
            records.frequency.insert(line.enterprise, line);
        }
        for visit in &supervision.visits {
            records.visits.entry(visit.enterprise).or_default().push(visit);
        }
        for campaign in &supervision.campaigns {
            for member in &campaign.members {
                records.campaigns.entry(member.enterprise).or_default().push((campaign, member));
            }
        }
        for letter in &supervision.letters.letters {
            if let Signer::Enterprise(id) = letter.signer {
                records.letters.entry(id).or_insert(letter);
            }
        }
        for drill in &supervision.activities.drill_list {
            if let Some(id) = drill.enterprise {
                records.drills.entry(id).or_default().push(drill);
            }
        }
        for filing in &run.filings.in_force {
            records.filed.entry(&filing.unit).or_default().push(filing);
        }
        for report in &run.filings.reports {
            for (lapses, late) in [(&report.late, true), (&report.missing, false)] {
                for lapse in lapses {
                    let of_unit = records.lapses.entry(&lapse.unit).or_default();
                    of_unit.push((&report.report, lapse.period, late));
                }
            }
        }
        records
    }

    /// Frequency and visits, campaigns, the letter of responsibility, filings.
    fn duties(&self, run: &Run, id: EnterpriseId, number: &str) -> Vec<Duty> {
        let show = |at: Provenance| run.sources.show(at.into());
        let mut duties = Vec::new();
        if let Some(line) = self.frequency.get(&id) {
            let unplanned = || "风险等级不在频次计划内".to_owned();
            duties.push(Duty {
                matter: "检查频次",
                what: line.plan.map_or_else(unplanned, |plan| format!("本年计划{plan}次")),
                day: None,
                state: format!("已查{}次{}", line.done(), if line.is_gap() { ",不足" } else { "" }),
                source: String::new(),
            });
        }
        for visit in self.visits.get(&id).into_iter().flatten() {
            duties.push(Duty {
                matter: "现场检查",
                what: String::new(),
                day: Some(visit.day),
                state: "已查".to_owned(),
                source: visit.at.iter().map(|at| show(*at)).collect::<Vec<_>>().join("\n"),
            });
        }
        for (campaign, member) in self.campaigns.get(&id).into_iter().flatten() {
            let (state, at) = match (&member.waived, member.covered.first()) {
                (Some(waived), _) => ("豁免", Some(*waived)),
                (None, Some(first)) => ("已查", Some(*first)),
                (None, None) => ("未查", None),
            };
            let unverified = if campaign.is_unverified { "(起止日期未核实)" } else { "" };
            duties.push(Duty {
                matter: "专项行动",
                what: format!("{}{unverified}", campaign.name),
                day: None,
                state: state.to_owned(),
                source: at.map_or_else(String::new, show),
            });
        }
        if let Some(letter) = self.letters.get(&id) {
            let signed = letter.signed.as_ref();
            duties.push(Duty {
                matter: "安全生产责任书",
                what: signed.map_or_else(String::new, |(_, person, _)| person.clone()),
                day: signed.and_then(|(day, ..)| *day),
                state: if letter.is_signed(run.as_of) { "已签订" } else { "未签订" }.to_owned(),
                source: signed.map_or_else(String::new, |(.., at)| show(*at)),
            });
        }
        for drill in self.drills.get(&id).into_iter().flatten() {
            duties.push(Duty {
                matter: "应急演练",
                what: String::new(),
                day: Some(drill.day),
                state: if drill.assessed { "已演练,有评估" } else { "已演练,无评估" }.to_owned(),
                source: show(drill.at),
            });
        }
        let standard = &run.register.get(id).standard;
        if let Some(at) = standard.at.filter(|_| !standard.level.is_empty()) {
            let state = match standard.until {
                Some(until) if until < run.as_of => "证书已到期",
                Some(_) => "证书有效",
                None => "未注明有效期",
            };
            duties.push(Duty {
                matter: "标准化等级",
                what: standard.level.clone(),
                day: standard.until,
                state: state.to_owned(),
                source: show(at),
            });
        }
        self.filings(run, number, &mut duties);
        duties
    }

    /// Reports that the enterprise filed, and those that it did not.
    fn filings(&self, run: &Run, number: &str, duties: &mut Vec<Duty>) {
        if number.is_empty() {
            return;
        }
        let lapses = self.lapses.get(number).map_or(&[][..], Vec::as_slice);
        let filing = |report: &str, period: Period, state: &str, source: String| Duty {
            matter: "报送",
            what: format!("{report} {}", period.shown()),
            day: None,
            state: state.to_owned(),
            source,
        };
        for filed in self.filed.get(number).into_iter().flatten() {
            let late = lapses.contains(&(&filed.report, filed.period, true));
            let state = if late { "逾期报送" } else { "已报送" };
            duties.push(filing(
                &filed.report,
                filed.period,
                state,
                run.sources.get(filed.source).path.clone(),
            ));
        }
        for (report, period, late) in lapses {
            if !late {
                duties.push(filing(report, *period, "未报送", String::new()));
            }
        }
    }
}
