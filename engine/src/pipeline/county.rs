//! The measured job: check sheets or one long list of results, scored by a sandboxed checklist.
//! The same job that the programs beside us in the README's table do; not a way for offices, whose
//! workbooks take the road of [`super::assess`].
//!
//! What is kept of a row is twelve bytes; of a failed one also what the ledger shows. Subjects are
//! made for some batches at a time, evaluated, scored, and let go.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::evaluate::{Host, LoadedPlugin};
use crate::intake::{NotPlain, Row, StreamedValue as Value, stream};
use crate::model::{
    Answer, CellRef, Date, Decimal, Effect, Evaluation, HazardLevel, Manifest, PluginFault, Provenance,
    Scope, SourceId, Subject, Verdict,
};
use crate::score;

/// Subjects that are evaluated at a time: six batches, which are a wave of one, of two and of three.
const AT_A_TIME: usize = 768;

/// What the job found.
#[derive(Debug, Default)]
pub struct County {
    /// Texts, each once.
    pub words: Words,
    /// Enterprises in the order of the input.
    pub enterprises: Vec<Enterprise>,
    /// For each item how often it was met, failed, and did not apply.
    pub items: Vec<[u64; 3]>,
    /// Failed rows, in the order of the input.
    pub hazards: Vec<Hazard>,
    answers: Vec<Given>,
    by_code: HashMap<u32, u32>,
}

/// An enterprise with its result.
#[derive(Debug, Clone, Default)]
pub struct Enterprise {
    /// Code, by its number in the words.
    pub code: u32,
    /// Name.
    pub name: u32,
    /// Industry.
    pub industry: u32,
    day: u32,
    source: u32,
    /// Score in ten-thousandths; 0 where nothing applies.
    pub score: u64,
    /// The same for each category; none where nothing of it applies.
    pub parts: Vec<Option<u64>>,
    /// Items that apply.
    pub n_applicable: u64,
    /// Items that failed.
    pub n_failed: u64,
    /// Whether a major hazard is open.
    pub vetoed: bool,
    /// Grade.
    pub grade: String,
}

/// A failed row. Texts are numbers in the words, days are counted since 1899-12-30; 0: none.
#[derive(Debug, Clone, Copy)]
pub struct Hazard {
    /// Position of the enterprise.
    pub enterprise: u32,
    /// Position of the item.
    pub item: u16,
    /// Day of the inspection.
    pub day: u32,
    /// Problem found.
    pub problem: u32,
    /// Level.
    pub level: u32,
    /// Deadline.
    pub deadline: u32,
    /// Day it was put right.
    pub done: u32,
    /// Inspector.
    pub inspector: u32,
    /// Remark.
    pub remark: u32,
}

/// What a row says of an item.
#[derive(Debug, Clone, Copy)]
struct Given {
    enterprise: u32,
    row0: u32,
    item: u16,
    verdict: Verdict,
    /// Whether it is a major hazard that is open.
    open: bool,
}

/// Texts by number; number 0 is the empty one.
#[derive(Debug)]
pub struct Words {
    all: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Default for Words {
    fn default() -> Self {
        let mut words = Self { all: Vec::new(), numbers: HashMap::new() };
        words.put("");
        words
    }
}

impl Words {
    /// A text.
    pub fn get(&self, number: u32) -> &str {
        &self.all[number as usize]
    }

    fn put(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let (number, text) = (self.all.len() as u32, Arc::<str>::from(text));
        self.all.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        number
    }
}

/// Why there is no result.
#[derive(Debug)]
pub enum Error {
    /// A file cannot be read.
    File(PathBuf, std::io::Error),
    /// A file is no such list.
    NotPlain(NotPlain),
    /// What a row holds.
    Row(u32, &'static str),
    /// The checklist's plugin.
    Plugin(PluginFault),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, wrong) => write!(f, "{}: {wrong}", path.display()),
            Self::NotPlain(wrong) => wrong.fmt(f),
            Self::Row(row0, wrong) => write!(f, "第 {} 行:{wrong}", row0 + 1),
            Self::Plugin(fault) => f.write_str(&fault.zh),
        }
    }
}

impl std::error::Error for Error {}

impl From<NotPlain> for Error {
    fn from(wrong: NotPlain) -> Self {
        Self::NotPlain(wrong)
    }
}

/// The columns of the long list.
const COLUMNS: [&str; 12] = [
    "单位编号",
    "单位名称",
    "行业",
    "检查日期",
    "项目编号",
    "结果",
    "问题描述",
    "隐患等级",
    "整改期限",
    "整改完成日期",
    "检查人",
    "备注",
];

const MAJOR: &str = "重大隐患";

fn verdict_of(word: &str) -> Option<Verdict> {
    match word {
        "符合" => Some(Verdict::Pass),
        "不符合" => Some(Verdict::Fail),
        "不适用" => Some(Verdict::NotApplicable),
        _ => None,
    }
}

fn open(path: &Path) -> Result<File, Error> {
    File::open(path).map_err(|wrong| Error::File(path.to_owned(), wrong))
}

/// What the texts of one workbook are, looked up once for each text and not for each cell.
struct Known<'m> {
    manifest_items: HashMap<&'m str, u16>,
    of: Vec<Meaning>,
}

#[derive(Clone, Copy, Default)]
struct Meaning {
    /// Its number in the words, from 1; 0: not looked up.
    word: u32,
    item: Option<u16>,
    verdict: Option<Verdict>,
    is_major: bool,
    /// The enterprise with this code.
    enterprise: Option<u32>,
}

impl<'m> Known<'m> {
    fn new(manifest: &'m Manifest) -> Self {
        let items = (0..).zip(&manifest.items).map(|(index, item)| (item.code.as_str(), index));
        Self { manifest_items: items.collect(), of: Vec::new() }
    }

    fn meaning(&mut self, value: Value, row: &Row<'_>, words: &mut Words) -> Meaning {
        let Value::Text(number) = value else { return Meaning::default() };
        let at = number as usize;
        if at >= self.of.len() {
            self.of.resize(at + 1, Meaning::default());
        }
        if self.of[at].word == 0 {
            let text = row.texts.get(number);
            self.of[at] = Meaning {
                word: words.put(text),
                item: self.manifest_items.get(text).copied(),
                verdict: verdict_of(text),
                is_major: text == MAJOR,
                enterprise: None,
            };
        }
        self.of[at]
    }
}

/// A day as a whole number; none for a day before 1900 or a time of day.
fn day(value: Value) -> u32 {
    match value {
        Value::Serial(serial) | Value::Number(serial) if (1.0..2_958_466.0).contains(&serial) => {
            serial as u32
        }
        _ => 0,
    }
}

/// Reads the long list.
///
/// Errors: as in [`Error`].
pub fn read_list(path: &Path, manifest: &Manifest) -> Result<County, Error> {
    let mut county = County { items: vec![[0; 3]; manifest.items.len()], ..County::default() };
    let mut known = Known::new(manifest);
    let mut places: Option<Vec<u8>> = None;
    let list = stream(open(path)?, 0, true, |row| {
        let Some(places) = &places else {
            let mut found = Vec::new();
            for (col0, value) in row.cells {
                let title = if let Value::Text(number) = value { row.texts.get(*number) } else { "" };
                let place = COLUMNS.iter().position(|column| *column == title).unwrap_or(COLUMNS.len());
                found.resize(*col0 as usize + 1, COLUMNS.len() as u8);
                found[*col0 as usize] = place as u8;
            }
            if !(0..COLUMNS.len() as u8).all(|place| found.contains(&place)) {
                return Err(Error::Row(row.row0, "缺少栏目"));
            }
            places = Some(found);
            return Ok(());
        };
        let mut fields = [Value::Empty; COLUMNS.len() + 1];
        for (col0, value) in row.cells {
            fields[usize::from(places.get(*col0 as usize).copied().unwrap_or(COLUMNS.len() as u8))] = *value;
        }
        county.list_row(row, &fields, &mut known)
    })?;
    // Days were taken as they count from 1899.
    if list.epoch_1904 { Err(NotPlain::Odd("日期从 1904 年起算").into()) } else { Ok(county) }
}

impl County {
    fn list_row(&mut self, row: &Row<'_>, fields: &[Value; 13], known: &mut Known<'_>) -> Result<(), Error> {
        let wrong = |what| Error::Row(row.row0, what);
        let Value::Text(code) = fields[0] else { return Err(wrong("缺少单位编号")) };
        let meaning = known.meaning(fields[0], row, &mut self.words);
        let enterprise = match meaning.enterprise {
            Some(enterprise) => enterprise,
            None => {
                let name = known.meaning(fields[1], row, &mut self.words).word;
                let industry = known.meaning(fields[2], row, &mut self.words).word;
                let enterprise = self.enterprise(meaning.word, name, industry, day(fields[3]), 0);
                known.of[code as usize].enterprise = Some(enterprise);
                enterprise
            }
        };
        let item =
            known.meaning(fields[4], row, &mut self.words).item.ok_or_else(|| wrong("项目编号有误"))?;
        let verdict =
            known.meaning(fields[5], row, &mut self.words).verdict.ok_or_else(|| wrong("结果有误"))?;
        let mut open = false;
        if verdict == Verdict::Fail {
            let level = known.meaning(fields[7], row, &mut self.words);
            open = level.is_major && fields[9] == Value::Empty;
            let mut word = |place: usize| known.meaning(fields[place], row, &mut self.words).word;
            self.hazards.push(Hazard {
                enterprise,
                item,
                day: day(fields[3]),
                problem: word(6),
                level: level.word,
                deadline: day(fields[8]),
                done: day(fields[9]),
                inspector: word(10),
                remark: word(11),
            });
        }
        self.answers.push(Given { enterprise, row0: row.row0, item, verdict, open });
        Ok(())
    }

    fn enterprise(&mut self, code: u32, name: u32, industry: u32, day: u32, source: u32) -> u32 {
        let next = self.enterprises.len() as u32;
        let position = *self.by_code.entry(code).or_insert(next);
        if position == next {
            self.enterprises.push(Enterprise { code, name, industry, day, source, ..Enterprise::default() });
        }
        position
    }
}

/// A check sheet of one enterprise, as it was read.
#[derive(Default)]
struct Sheet {
    /// Code, name, industry, inspector.
    about: [String; 4],
    day: u32,
    rows: Vec<SheetRow>,
}

struct SheetRow {
    row0: u32,
    item: u16,
    verdict: Verdict,
    problem: String,
    deadline: u32,
    state: String,
}

/// Reads a folder of check sheets, one enterprise each, in the order of their names.
///
/// Errors: as in [`Error`].
pub fn read_sheets(folder: &Path, manifest: &Manifest) -> Result<County, Error> {
    let unlisted = |wrong| Error::File(folder.to_owned(), wrong);
    let mut paths = Vec::new();
    for entry in folder.read_dir().map_err(unlisted)? {
        let path = entry.map_err(unlisted)?.path();
        if path.extension().is_some_and(|extension| extension == "xlsx") {
            paths.push(path);
        }
    }
    paths.sort();
    let items: HashMap<&str, u16> =
        (0..).zip(&manifest.items).map(|(index, item)| (item.code.as_str(), index)).collect();
    let sheets: Vec<Sheet> =
        paths.par_iter().map(|path| read_sheet(path, &items)).collect::<Result<_, Error>>()?;
    let mut county = County { items: vec![[0; 3]; manifest.items.len()], ..County::default() };
    let levels = ["一般隐患", MAJOR].map(|level| county.words.put(level));
    for (source, sheet) in (0..).zip(sheets) {
        let [code, name, industry, inspector] = sheet.about.each_ref().map(|text| county.words.put(text));
        let enterprise = county.enterprise(code, name, industry, sheet.day, source);
        for row in sheet.rows {
            let is_direct = manifest.items[usize::from(row.item)].major == crate::model::MajorMark::Direct;
            let open = row.verdict == Verdict::Fail && is_direct && row.state == "未整改";
            if row.verdict == Verdict::Fail {
                county.hazards.push(Hazard {
                    enterprise,
                    item: row.item,
                    day: sheet.day,
                    problem: county.words.put(&row.problem),
                    level: levels[usize::from(is_direct)],
                    deadline: row.deadline,
                    done: 0,
                    inspector,
                    remark: county.words.put(&row.state),
                });
            }
            let SheetRow { row0, item, verdict, .. } = row;
            county.answers.push(Given { enterprise, row0, item, verdict, open });
        }
    }
    Ok(county)
}

fn read_sheet(path: &Path, items: &HashMap<&str, u16>) -> Result<Sheet, Error> {
    const ABOUT: [&str; 4] = ["单位编号", "单位名称", "行业", "检查人"];
    let mut sheet = Sheet::default();
    let mut in_table = false;
    stream(open(path)?, 0, false, |row: &Row<'_>| -> Result<(), Error> {
        let text = |value: Value| if let Value::Text(number) = value { row.texts.get(number) } else { "" };
        let field =
            |col: u32| row.cells.iter().find(|cell| cell.0 == col).map_or(Value::Empty, |cell| cell.1);
        if in_table {
            let Some(item) = items.get(text(field(0))) else { return Ok(()) };
            let verdict = verdict_of(text(field(4))).ok_or(Error::Row(row.row0, "检查结果有误"))?;
            let kept = |col: u32| {
                if verdict == Verdict::Fail { text(field(col)).to_owned() } else { String::new() }
            };
            sheet.rows.push(SheetRow {
                row0: row.row0,
                item: *item,
                verdict,
                problem: kept(5),
                deadline: day(field(6)),
                state: kept(7),
            });
        } else if text(field(0)) == "编号" {
            in_table = true;
        } else {
            for (label, value) in row.cells.iter().zip(row.cells.iter().skip(1)) {
                let label = text(label.1);
                if let Some(about) = ABOUT.iter().position(|known| *known == label) {
                    text(value.1).clone_into(&mut sheet.about[about]);
                } else if label == "检查日期" {
                    sheet.day = day(value.1);
                }
            }
        }
        Ok(())
    })?;
    Ok(sheet)
}

/// Evaluates all enterprises in the sandbox, and scores them.
///
/// `times`: how often the sandbox is asked, at least once. What each time more costs the process is the
/// sandbox's share, without a clock in the program.
///
/// Errors: the plugin failed, or an item was answered twice.
pub fn evaluate(
    county: &mut County,
    host: &Host,
    plugin: LoadedPlugin,
    as_of: Date,
    times: u32,
) -> Result<(), Error> {
    let plugins = [plugin];
    let manifest = &plugins[0].plugin.manifest;
    // A list in the order of its enterprises costs one pass.
    county.answers.sort_by_key(|given| given.enterprise);
    let mut answers = county.answers.chunk_by(|one, next| one.enterprise == next.enterprise);
    loop {
        let subjects: Vec<Subject> = answers
            .by_ref()
            .take(AT_A_TIME)
            .map(|given| {
                subject(&county.enterprises[given[0].enterprise as usize], &county.words, given, manifest)
            })
            .collect::<Result<_, _>>()?;
        if subjects.is_empty() {
            break;
        }
        let evaluated = || host.evaluate(&plugins, &subjects, as_of, &[], &|_, _| {});
        for _ in 1..times {
            std::hint::black_box(evaluated());
        }
        let evaluations = evaluated();
        let results: Vec<_> = subjects
            .par_iter()
            .zip(evaluations)
            .map(|(subject, evaluation)| result(manifest, subject, evaluation))
            .collect::<Result<_, Error>>()?;
        for (subject, result) in subjects.iter().zip(results) {
            let position = subject.enterprise.map_or(0, |id| id.0 as usize);
            for answer in &subject.answers {
                let column = match answer.verdict {
                    Verdict::Pass => 0,
                    Verdict::Fail => 1,
                    _ => 2,
                };
                county.items[answer.item as usize][column] += 1;
            }
            let known = &mut county.enterprises[position];
            *known = Enterprise {
                code: known.code,
                name: known.name,
                industry: known.industry,
                day: known.day,
                source: known.source,
                ..result
            };
        }
    }
    Ok(())
}

fn subject(
    enterprise: &Enterprise,
    words: &Words,
    given: &[Given],
    manifest: &Manifest,
) -> Result<Subject, Error> {
    let mut seen = vec![false; manifest.items.len()];
    let mut answers = Vec::with_capacity(given.len());
    let mut evidence = Vec::with_capacity(given.len());
    for (at, answer) in (0..).zip(given) {
        if std::mem::replace(&mut seen[usize::from(answer.item)], true) {
            return Err(Error::Row(answer.row0, "同一单位同一项目重复"));
        }
        let level = (answer.verdict == Verdict::Fail).then_some(if answer.open {
            HazardLevel::Major
        } else {
            HazardLevel::General
        });
        answers.push(Answer::plain(answer.item.into(), answer.verdict, at).with_level(level));
        evidence.push(Provenance {
            source: SourceId(enterprise.source),
            sheet: 0,
            cell: CellRef::new(answer.row0, 5),
        });
    }
    let day = jiff::Span::new().days(i64::from(enterprise.day));
    Ok(Subject {
        enterprise: Some(crate::model::EnterpriseId(given[0].enterprise)),
        name: words.get(enterprise.name).to_owned(),
        code: words.get(enterprise.code).to_owned(),
        unit: String::new(),
        inspectors: String::new(),
        office: String::new(),
        plugin: 0,
        kind: 0,
        date: Date::constant(1899, 12, 30).checked_add(day).unwrap_or(Date::constant(1900, 1, 1)),
        tags: Vec::new(),
        facts: Vec::new(),
        tables: Vec::new(),
        indicators: Vec::new(),
        answers,
        evidence,
    })
}

fn result(manifest: &Manifest, subject: &Subject, evaluation: Evaluation) -> Result<Enterprise, Error> {
    let fault =
        |zh: String| Error::Plugin(PluginFault { plugin: manifest.id.clone(), zh: zh.clone(), en: zh });
    let assessed = match evaluation {
        Evaluation::Assessed(assessed) => assessed,
        Evaluation::Failed { message, .. } => return Err(fault(message)),
        Evaluation::Fault(wrong) => return Err(Error::Plugin(wrong)),
    };
    let too_large = |wrong: score::TooLarge| fault(wrong.to_string());
    let scored = score::score(manifest, subject, &assessed).map_err(too_large)?;
    let main = scored.schemes.first().ok_or_else(|| fault("没有得分".to_owned()))?;
    let mut sums = vec![(Decimal::ZERO, Decimal::ZERO); manifest.categories.len()];
    for item in &scored.items {
        if item.verdict != Verdict::NotApplicable {
            let (got, possible) = &mut sums[manifest.items[item.item as usize].category as usize];
            *got += item.got;
            *possible += item.points;
        }
    }
    let parts = sums
        .into_iter()
        .map(|(got, possible)| {
            if possible.is_zero() {
                return Ok(None);
            }
            let share = score::ratio(got).over(score::ratio(possible)).ok_or(score::TooLarge)?;
            let percent = share.times(score::ratio(Decimal::ONE_HUNDRED)).ok_or(score::TooLarge)?;
            score::shown(percent, 4).map(|shown| Some(ten_thousandths(shown)))
        })
        .collect::<Result<_, _>>()
        .map_err(too_large)?;
    let failed = assessed.outcomes.iter().filter(|outcome| outcome.verdict.fails()).count();
    Ok(Enterprise {
        score: main.score.map_or(0, ten_thousandths),
        parts,
        n_applicable: scored.coverage.applicable.into(),
        n_failed: failed as u64,
        vetoed: assessed.rulings.iter().any(|ruling| ruling.effect == Effect::Veto(Scope::Total)),
        grade: main.grade.clone(),
        ..Enterprise::default()
    })
}

/// A decimal of four digits as ten-thousandths.
fn ten_thousandths(mut shown: Decimal) -> u64 {
    shown.rescale(4);
    u64::try_from(shown.mantissa()).unwrap_or(0)
}

impl County {
    /// The enterprises by rank: those without an open major hazard first, then by score, equal
    /// ones by code. Rank and position of each.
    pub fn ranked(&self) -> Vec<(u64, &Enterprise)> {
        let mut all: Vec<&Enterprise> = self.enterprises.iter().collect();
        let key = |one: &Enterprise| (one.vetoed, std::cmp::Reverse(one.score));
        all.sort_by(|a, b| {
            key(a).cmp(&key(b)).then_with(|| self.words.get(a.code).cmp(self.words.get(b.code)))
        });
        let mut ranked: Vec<(u64, &Enterprise)> = Vec::with_capacity(all.len());
        for (position, one) in (1..).zip(all) {
            let same = ranked.last().filter(|(_, before)| key(before) == key(one));
            ranked.push((same.map_or(position, |(rank, _)| *rank), one));
        }
        ranked
    }
}
