//! Results spelled by any bytes: what a plugin could return, for holding the re-check against more than
//! anybody thinks of. Knows the shape of a result and nothing of what is allowed.
//!
//! At every place the byte 0, and every place after the last byte, stands for what an honest plugin
//! returns there. So short bytes are results with few lies, of which the re-check must find each.

use super::limits;
use super::v1::{verdict_out, wire};
use crate::model::{Answer, Manifest, Subject};

/// The result for one subject, or the failure, that the bytes spell.
pub(super) fn answer(
    manifest: &Manifest,
    subject: &Subject,
    bytes: &[u8],
) -> Result<wire::Assessed, wire::Failure> {
    let mut spelled = Spelled { bytes, manifest, cells: subject.evidence.len(), room: limits::RESULT };
    if spelled.byte() == u8::MAX {
        let message = spelled.text("资料不全");
        return Err(wire::Failure { message, evidence: spelled.maybe(Spelled::cell) });
    }
    Ok(wire::Assessed {
        edition: spelled.maybe(|s| s.position(s.manifest.editions.len())),
        outcomes: spelled.outcomes(&subject.answers),
        rulings: spelled.list(Spelled::ruling),
        indicators: spelled.list(Spelled::indicator),
        hazards: spelled.list(Spelled::hazard),
        scores: spelled.list(Spelled::score),
        notes: spelled.list(Spelled::note),
    })
}

/// What is left of the bytes, and what positions refer to.
struct Spelled<'a> {
    bytes: &'a [u8],
    manifest: &'a Manifest,
    cells: usize,
    /// Bytes that texts may still have: more does not come out of the sandbox.
    room: usize,
}

impl Spelled<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        *first
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.byte())
    }

    /// A position: mostly one that exists, else the first past the end, or any.
    fn position(&mut self, len: usize) -> u32 {
        let len = u32::try_from(len).unwrap_or(u32::MAX);
        match self.byte() {
            byte @ 0..=0xBF => u32::from(byte) % len.max(1),
            0xC0..=0xDF => len,
            0xE0..=0xFF => u32::from_be_bytes(self.bytes()),
        }
    }

    fn cell(&mut self) -> u32 {
        self.position(self.cells)
    }

    fn maybe<T>(&mut self, spell: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.byte() % 2 == 1).then(|| spell(self))
    }

    /// Empty for an honest plugin; mostly short, else as long as the bytes last, with a bound.
    fn list<T>(&mut self, spell: impl Fn(&mut Self) -> T) -> Vec<T> {
        let n = match self.byte() {
            n @ 0..=0xEF => usize::from(n % 4),
            _ => usize::from(u16::from_be_bytes(self.bytes())),
        };
        (0..n).map(|_| spell(self)).collect()
    }

    /// Texts come out of the sandbox as UTF-8, or not at all.
    fn text(&mut self, honest: &str) -> String {
        let text = match self.byte() {
            0 => honest.to_owned(),
            n @ 1..=0xEF => {
                let letters: Vec<u8> = (0..n).map(|_| self.byte()).collect();
                String::from_utf8_lossy(&letters).into_owned()
            }
            _ => honest.repeat(usize::from(u16::from_be_bytes(self.bytes()))),
        };
        match self.room.checked_sub(text.len()) {
            Some(left) => {
                self.room = left;
                text
            }
            None => String::new(),
        }
    }

    fn decimal(&mut self) -> wire::Decimal {
        match self.byte() {
            points @ 0..=0x7F => wire::Decimal { mantissa: points.into(), scale: 1 },
            _ => wire::Decimal { scale: self.byte(), mantissa: i64::from_be_bytes(self.bytes()) },
        }
    }

    fn date(&mut self) -> wire::Date {
        match self.byte() {
            day @ 0..=0x7F => wire::Date { year: 2026, month: 1 + day % 12, day: 1 + day % 28 },
            _ => wire::Date { year: u16::from_be_bytes(self.bytes()), month: self.byte(), day: self.byte() },
        }
    }

    fn value(&mut self) -> wire::Value {
        match self.byte() % 6 {
            0 => wire::Value::Absent,
            1 => wire::Value::Number(self.decimal()),
            2 => wire::Value::Text(self.text("甲")),
            3 => wire::Value::Flag(self.byte() % 2 == 1),
            4 => wire::Value::Day(self.date()),
            _ => wire::Value::Fault(self.text("约三成")),
        }
    }

    fn scope(&mut self) -> wire::Scope {
        [wire::Scope::Item, wire::Scope::Category, wire::Scope::Total][usize::from(self.byte() % 3)]
    }

    fn level(&mut self) -> wire::HazardLevel {
        [wire::HazardLevel::General, wire::HazardLevel::Major][usize::from(self.byte() % 2)]
    }

    /// As many parameters as the sentence has places, unless the next byte says another number.
    fn reason(&mut self) -> wire::Reason {
        let phrase = self.position(self.manifest.phrases.len());
        let text = self.manifest.phrases.get(phrase as usize).map_or("", |phrase| &phrase.text);
        let honest = (0..=u8::MAX).find(|place| !text.contains(&format!("{{{place}}}"))).unwrap_or(0);
        let n = match self.byte() {
            byte @ 0xF0..=0xFF => byte - 0xF0,
            _ => honest,
        };
        let params = (0..n).map(|_| match self.byte() % 4 {
            0 => wire::Param::Number(self.decimal()),
            1 => wire::Param::Text(self.text("氯")),
            2 => wire::Param::Day(self.date()),
            _ => wire::Param::Item(self.position(self.manifest.items.len())),
        });
        wire::Reason { phrase, params: params.collect() }
    }

    fn outcomes(&mut self, answers: &[Answer]) -> Vec<wire::Outcome> {
        let mut outcomes: Vec<_> = answers.iter().map(|answer| self.outcome(answer)).collect();
        match self.byte() {
            0xFE => drop(outcomes.pop()),
            0xFF => outcomes.extend(answers.first().map(|first| self.outcome(first))),
            _ => {}
        }
        outcomes
    }

    fn outcome(&mut self, answer: &Answer) -> wire::Outcome {
        let item = match self.byte() {
            0..=0xEF => answer.item,
            _ => self.position(self.manifest.items.len()),
        };
        let verdict = match self.byte() {
            0 => verdict_out(answer.verdict),
            byte => VERDICTS[usize::from(byte) % VERDICTS.len()],
        };
        let deductions = self.list(|s| s.deduction(item));
        wire::Outcome { item, verdict, deductions, evidence: self.list(Self::cell) }
    }

    fn deduction(&mut self, item: u32) -> wire::Deduction {
        let cases = self.manifest.items.get(item as usize).map_or(0, |item| item.cases.len());
        wire::Deduction {
            deduction_case: self.maybe(|s| s.position(cases)),
            points: self.decimal(),
            scope: self.scope(),
            times: match self.byte() {
                0 => 1,
                1 => 0,
                _ => u32::from_be_bytes(self.bytes()),
            },
            reason: self.maybe(Self::reason),
        }
    }

    fn ruling(&mut self) -> wire::Ruling {
        wire::Ruling {
            effect: match self.byte() % 3 {
                0 => wire::Effect::Veto(self.scope()),
                1 => wire::Effect::Cap(
                    self.position(self.manifest.schemes.first().map_or(0, |s| s.bands.len())),
                ),
                _ => wire::Effect::Referral,
            },
            items: self.list(|s| s.position(s.manifest.items.len())),
            reason: self.reason(),
            edition: self.maybe(|s| s.position(s.manifest.editions.len())),
            evidence: self.list(Self::cell),
        }
    }

    fn indicator(&mut self) -> wire::Indicator {
        wire::Indicator {
            indicator: self.position(self.manifest.gives.len()),
            value: self.value(),
            working: self.list(Self::reason),
            evidence: self.list(Self::cell),
        }
    }

    fn hazard(&mut self) -> wire::Hazard {
        wire::Hazard {
            level: self.level(),
            item: self.maybe(|s| s.position(s.manifest.items.len())),
            reason: self.reason(),
            edition: self.maybe(|s| s.position(s.manifest.editions.len())),
            clause: self.text("第3条"),
            evidence: self.list(Self::cell),
        }
    }

    fn score(&mut self) -> wire::NamedScore {
        wire::NamedScore {
            scheme: self.position(self.manifest.schemes.len()),
            value: self.maybe(Self::decimal),
            working: self.list(Self::reason),
        }
    }

    fn note(&mut self) -> wire::Note {
        wire::Note {
            reason: self.reason(),
            item: self.maybe(|s| s.position(s.manifest.items.len())),
            evidence: self.list(Self::cell),
        }
    }
}

const VERDICTS: [wire::Verdict; 9] = [
    wire::Verdict::Pass,
    wire::Verdict::Partial,
    wire::Verdict::Fail,
    wire::Verdict::NotApplicable,
    wire::Verdict::NotChecked,
    wire::Verdict::NotSelected,
    wire::Verdict::Informational,
    wire::Verdict::Waived,
    wire::Verdict::Error,
];
