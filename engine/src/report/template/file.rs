//! Reads `report.toml` into templates and collects what is wrong with it.
//! Knows no workbook and no run.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::keys::{KINDS, Key};
use super::pattern::{
    CAMPAIGN_WORDS, CHECK_WORDS, CIRCULAR_WORDS, KIND_WORDS, LEDGER_WORDS, PAPER_UNIT_WORDS, PAPER_WORDS,
    PLUGIN_WORDS, PROBLEM_WORDS, Pattern, Piece, RUN_WORDS, SOURCE_WORDS, TABLE_WORDS, YEAR_END_WORDS,
    pieces,
};
use super::{
    Align, Block, ChartText, Column, Content, Fonts, Formats, LedgerPart, Orientation, Paper, Per, Report,
    ScoreLabels, Sheet, TemplateFault,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawReport {
    schema: u32,
    per: Per,
    file: String,
    fonts: Fonts,
    formats: Formats,
    paper: Paper,
    #[serde(default)]
    signatures: BTreeMap<String, String>,
    #[serde(rename = "sheet")]
    sheets: Vec<RawSheet>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSheet {
    kind: String,
    name: String,
    title: String,
    orientation: Option<Orientation>,
    #[serde(default)]
    lines: Vec<[String; 2]>,
    /// Key of `signatures`.
    signature: Option<String>,
    #[serde(default)]
    notes: Vec<String>,
    #[serde(default, rename = "block")]
    blocks: Vec<RawBlock>,
    total: Option<String>,
    labels: Option<ScoreLabels>,
    chart: Option<ChartText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBlock {
    #[serde(default)]
    caption: String,
    columns: Vec<RawColumn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawColumn {
    key: String,
    header: String,
    min: f64,
    /// None: as `min`.
    max: Option<f64>,
    align: Option<Align>,
}

/// Turns the file's types into ours and collects what is wrong.
pub(super) struct Check<'a> {
    pub(super) template: &'a str,
    pub(super) at: String,
    pub(super) faults: &'a mut Vec<TemplateFault>,
}

impl Check<'_> {
    pub(super) fn fault(&mut self, what: impl Into<String>) {
        let at = if self.at.is_empty() { "report.toml".to_owned() } else { self.at.clone() };
        self.faults.push(TemplateFault { template: self.template.to_owned(), at, what: what.into() });
    }

    pub(super) fn report(&mut self, mut raw: RawReport) -> Option<Report> {
        let before = self.faults.len();
        if raw.schema != 1 {
            self.fault(format!("expected schema 1, found {}", raw.schema));
        }
        let fonts = [&raw.fonts.title, &raw.fonts.header, &raw.fonts.body, &raw.fonts.note];
        for font in fonts {
            if !(6.0..=72.0).contains(&font.size) || font.name.is_empty() || font.name.chars().count() > 31 {
                self.fault(format!(
                    "font \"{}\" of {} points: expected a name and 6 to 72 points",
                    font.name, font.size
                ));
            }
        }
        let margins = raw.paper.margins_mm;
        for margin in [margins.top, margins.bottom, margins.left, margins.right] {
            if !(0.0..=100.0).contains(&margin) {
                self.fault(format!("margin of {margin} mm: expected 0 to 100"));
            }
        }
        // Excel takes no more, and the writer drops a longer one without an error.
        if raw.paper.footer.encode_utf16().count() > 255 {
            self.fault("footer: at most 255 characters");
        }
        if raw.sheets.is_empty() {
            self.fault("no sheet");
        }
        let mut words = RUN_WORDS.to_vec();
        words.extend(match raw.per {
            Per::Plugin => PLUGIN_WORDS,
            Per::Run => PROBLEM_WORDS,
            Per::Source => SOURCE_WORDS,
            Per::YearEnd => YEAR_END_WORDS,
            Per::Paper => PAPER_WORDS,
            Per::Campaign => CAMPAIGN_WORDS,
        });
        let file = self.pattern(std::mem::take(&mut raw.file), &words);
        if !file.0.ends_with(".xlsx") || file.0.contains('\\') {
            self.fault(format!("file \"{}\": expected a name that ends in .xlsx", file.0));
        }
        if raw.per == Per::Paper && !file.0.contains("{part}") {
            self.fault(format!(
                "file \"{}\": expected {{part}} in it, or volumes overwrite each other",
                file.0
            ));
        }
        if raw.per == Per::Plugin && !file.0.contains("{plugin}") {
            self.fault(format!(
                "file \"{}\": expected {{plugin}} in it, or plugins overwrite each other",
                file.0
            ));
        }
        let mut sheets = Vec::new();
        let mut kinds = Vec::new();
        for sheet in std::mem::take(&mut raw.sheets) {
            self.at = format!("sheet {}", sheet.name);
            // Links lead to the sheet of a kind.
            if kinds.contains(&sheet.kind) {
                self.fault(format!("a second sheet of kind {}", sheet.kind));
            }
            kinds.push(sheet.kind.clone());
            sheets.extend(self.sheet(sheet, raw.per, raw.paper.orientation, &raw.signatures, &words));
        }
        self.at.clear();
        let RawReport { per, fonts, formats, paper, .. } = raw;
        (self.faults.len() == before).then_some(Report {
            name: self.template.to_owned(),
            per,
            file,
            fonts,
            formats,
            paper,
            sheets,
        })
    }

    fn sheet(
        &mut self,
        raw: RawSheet,
        per: Per,
        orientation: Orientation,
        signatures: &BTreeMap<String, String>,
        words: &[&'static str],
    ) -> Option<Sheet> {
        let RawSheet {
            kind,
            name,
            title,
            orientation: own,
            lines,
            signature,
            notes,
            blocks,
            total,
            labels,
            chart,
        } = raw;
        let Some(known) = KINDS.iter().find(|known| known.name == kind) else {
            let names: Vec<_> = KINDS.iter().map(|known| known.name).collect();
            self.fault(format!("kind \"{kind}\": expected one of {}", names.join(", ")));
            return None;
        };
        if known.per != per {
            self.fault(format!("kind {kind} belongs into a report per {:?}", known.per).to_lowercase());
            return None;
        }
        let mut words = words.to_vec();
        match kind.as_str() {
            "score-sheet" => words.extend(CHECK_WORDS),
            "ranking" | "units" => words.extend(KIND_WORDS),
            "ledger" | "open-hazards" | "refused-closings" | "carry-over" | "merge-review" | "signals" => {
                words.extend(LEDGER_WORDS)
            }
            "notice" | "enterprise-file" => words.extend(PAPER_UNIT_WORDS),
            "circular" => words.extend(CIRCULAR_WORDS),
            "ledger-statistics" => {
                words.extend(LEDGER_WORDS);
                words.extend(TABLE_WORDS);
            }
            _ => {}
        }
        let extras = [
            (
                total.is_some(),
                matches!(kind.as_str(), "ranking" | "item-statistics" | "problem-counts"),
                "total",
            ),
            (labels.is_some(), kind == "score-sheet", "labels"),
            (chart.is_some(), kind == "top-items" || kind.starts_with("chart-"), "chart"),
        ];
        for (given, wanted, key) in extras {
            match (given, wanted) {
                (false, true) => self.fault(format!("{key} is missing")),
                (true, false) => self.fault(format!("{key}: a sheet of kind {kind} has none")),
                _ => {}
            }
        }
        if blocks.len() != known.blocks.len() {
            let names: Vec<_> = known.blocks.iter().map(|block| block.0).collect();
            self.fault(format!("expected the blocks {}, found {} blocks", names.join(", "), blocks.len()));
            return None;
        }
        let mut blocks = blocks.into_iter();
        let content = match kind.as_str() {
            _ if per == Per::YearEnd => Content::YearEnd {
                kind: known.name,
                blocks: blocks
                    .zip(known.blocks)
                    .map(|(raw, (_, keys))| self.named_block(raw, keys, &words))
                    .collect(),
            },
            _ if per == Per::Campaign || matches!(kind.as_str(), "signals" | "frequency" | "run-trace") => {
                Content::Named {
                    kind: known.name,
                    blocks: blocks
                        .zip(known.blocks)
                        .map(|(raw, (_, keys))| self.named_block(raw, keys, &words))
                        .collect(),
                }
            }
            _ if per == Per::Paper => Content::Paper {
                kind: known.name,
                blocks: blocks
                    .zip(known.blocks)
                    .map(|(raw, (_, keys))| self.named_block(raw, keys, &words))
                    .collect(),
                chart,
            },
            "ranking" => Content::Ranking {
                latest: self.block(blocks.next()?, &words),
                earlier: self.block(blocks.next()?, &words),
                total: total?,
            },
            "score-sheet" => {
                Content::ScoreSheet { items: self.block(blocks.next()?, &words), labels: labels? }
            }
            "major-hazards" => Content::MajorHazards {
                hazards: self.block(blocks.next()?, &words),
                referrals: self.block(blocks.next()?, &words),
            },
            "item-statistics" => {
                Content::ItemStatistics { items: self.block(blocks.next()?, &words), total: total? }
            }
            "top-items" => Content::TopItems { items: self.block(blocks.next()?, &words), chart: chart? },
            "units" => Content::Units { units: self.block(blocks.next()?, &words) },
            "clauses" => Content::Clauses {
                documents: self.block(blocks.next()?, &words),
                citations: self.block(blocks.next()?, &words),
                editions: self.block(blocks.next()?, &words),
                majors: self.block(blocks.next()?, &words),
            },
            "trace" => Content::Trace {
                inputs: self.block(blocks.next()?, &words),
                rules: self.block(blocks.next()?, &words),
                evidence: self.block(blocks.next()?, &words),
            },
            "problems" => Content::Problems { problems: self.block(blocks.next()?, &words) },
            "names" => Content::Names { names: self.block(blocks.next()?, &words) },
            "filings" => Content::Filings {
                reports: self.block(blocks.next()?, &words),
                units: self.block(blocks.next()?, &words),
            },
            "version-differences" => {
                Content::VersionDifferences { differences: self.block(blocks.next()?, &words) }
            }
            "ledger" | "open-hazards" | "refused-closings" | "carry-over" => Content::Ledger {
                part: match kind.as_str() {
                    "open-hazards" => LedgerPart::Open,
                    "refused-closings" => LedgerPart::Refused,
                    "carry-over" => LedgerPart::CarryOver,
                    _ => LedgerPart::Whole,
                },
                hazards: self.block(blocks.next()?, &words),
            },
            "merge-review" => Content::MergeReview { pairs: self.block(blocks.next()?, &words) },
            "ledger-statistics" => Content::LedgerStatistics { lines: self.block(blocks.next()?, &words) },
            "return-list" => Content::ReturnList { problems: self.block(blocks.next()?, &words) },
            "plugin-faults" => Content::PluginFaults { faults: self.block(blocks.next()?, &words) },
            _ => Content::ProblemCounts { counts: self.block(blocks.next()?, &words), total: total? },
        };
        if name.is_empty() {
            self.fault("name is empty");
        }
        let signature = match signature {
            None => Pattern::default(),
            Some(key) => match signatures.get(&key) {
                Some(text) => self.pattern(text.clone(), &words),
                None => {
                    self.fault(format!("signature \"{key}\" is not among the signatures"));
                    Pattern::default()
                }
            },
        };
        Some(Sheet {
            name: self.pattern(name, &words),
            orientation: own.unwrap_or(orientation),
            title: self.pattern(title, &words),
            lines: lines.into_iter().map(|line| line.map(|half| self.pattern(half, &words))).collect(),
            signature,
            notes: notes.into_iter().map(|note| self.pattern(note, &words)).collect(),
            content,
        })
    }

    fn block<K: Key>(&mut self, raw: RawBlock, words: &[&'static str]) -> Block<K> {
        self.block_of(raw, words, K::KEYS, &K::parse)
    }

    /// A block whose columns go by their names.
    fn named_block(
        &mut self,
        raw: RawBlock,
        keys: &'static [&'static str],
        words: &[&'static str],
    ) -> Block<&'static str> {
        self.block_of(raw, words, keys, &|key| keys.iter().copied().find(|known| *known == key))
    }

    fn block_of<K: Copy + PartialEq>(
        &mut self,
        raw: RawBlock,
        words: &[&'static str],
        keys: &[&str],
        parse: &dyn Fn(&str) -> Option<K>,
    ) -> Block<K> {
        let mut columns: Vec<Column<K>> = Vec::new();
        for column in raw.columns {
            let RawColumn { key, header, min, max, align } = column;
            let max = max.unwrap_or(min);
            // 255 is Excel's; below 3 nothing fits.
            if !(3.0..=255.0).contains(&min) || !(min..=255.0).contains(&max) {
                self.fault(format!(
                    "column {key}: widths {min} to {max}: expected 3 to 255, the least first"
                ));
            }
            match parse(&key) {
                Some(known) if columns.iter().any(|column| column.key == known) => {
                    self.fault(format!("column {key} stands twice"));
                }
                Some(key) => {
                    columns.push(Column { key, header, min, max, align: align.unwrap_or(Align::Left) });
                }
                None => self.fault(format!("column \"{key}\": expected one of {}", keys.join(", "))),
            }
        }
        if columns.is_empty() {
            self.fault("a block without columns");
        }
        Block { caption: self.pattern(raw.caption, words), columns }
    }

    fn pattern(&mut self, text: String, words: &[&'static str]) -> Pattern {
        for piece in pieces(&text) {
            if let Piece::Place(place) = piece
                && !words.contains(&place)
            {
                self.fault(format!("{{{place}}} in \"{text}\": expected one of {}", words.join(", ")));
            }
        }
        Pattern(text)
    }
}
