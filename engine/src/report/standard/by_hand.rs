//! Puts numbers that were entered by hand (手工补录) into the rows of the reports, where the run gives none.
//! Adds nothing up and overrides nothing: a number that the run gives stays, and both are told.

use std::collections::BTreeMap;

use super::layout::{Column, HandUse, Layout, Show};
use super::rows::{Content, is_last};
use super::{ByHand, Entry, Given};
use crate::model::text::match_key;
use crate::model::{Decimal, HandEntry, Place, Problem, ProblemCode, Provenance, Run};

/// The most names that a problem lists: a register has thousands of rows.
const MAX_LISTED: usize = 30;

/// Puts the entries of a run into the rows of its reports.
///
/// `layouts` holds the layout of each content, `titles` its title, as it prints.
/// Shape: the problems, in the order of the entries.
pub(in crate::report) fn apply(
    run: &Run,
    contents: &mut [Content],
    layouts: &[&Layout],
    titles: &[String],
) -> Vec<Problem> {
    let mut problems = Vec::new();
    if run.by_hand.is_empty() {
        return problems;
    }
    let reports = Reports { layouts, titles, rows: contents.iter().zip(layouts).map(rows_of).collect() };
    // By cell: several entries of one are told together.
    let mut cells: BTreeMap<Target, Vec<&HandEntry>> = BTreeMap::new();
    for entry in &run.by_hand {
        match reports.target(entry) {
            Ok(target) => cells.entry(target).or_default().push(entry),
            Err(why) => problems.push(*why),
        }
    }
    let mut new_rows: BTreeMap<(usize, String), NewRow> = BTreeMap::new();
    for (target, entries) in cells {
        let Some(entry) = the_one(run, &entries, &mut problems) else { continue };
        let Target { report, row, column } = target;
        let key = layouts[report].columns[column].key.clone();
        match row {
            Row::Known(path) => {
                let Some(known) = at(&mut contents[report].entries, &path) else { continue };
                match known.given.get(&key) {
                    None | Some(Given::Unknown) => put(run, known, &key, entry, false),
                    Some(given) => problems.push(overridden(entry, given)),
                }
            }
            Row::New(label) => {
                let row = new_rows.entry((report, label)).or_insert_with(|| NewRow::of(entry));
                row.first = row.first.min(entry.row.1);
                put(run, &mut row.entry, &key, entry, true);
            }
        }
    }
    // Rows stand in the order in which they were entered.
    let mut new_rows: Vec<_> = new_rows.into_iter().collect();
    new_rows.sort_by_key(|((report, _), row)| (*report, row.first));
    for ((report, _), row) in new_rows {
        problems.extend(add_row(&mut contents[report].entries, layouts[report], row));
    }
    problems
}

/// The cell that an entry is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Target {
    report: usize,
    row: Row,
    column: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    /// The way to it: the position at the top, then below.
    Known(Vec<usize>),
    /// A row that the report lacks, by the key of its label.
    New(String),
}

/// A row in the making.
struct NewRow {
    /// The label of the group it belongs to, where one was written.
    group: Option<String>,
    label: String,
    /// The first of its entries.
    first: Provenance,
    entry: Entry,
}

impl NewRow {
    fn of(entry: &HandEntry) -> Self {
        let (group, label) = match entry.row.0.rsplit_once(['/', '\u{FF0F}']) {
            Some((group, label)) => (Some(group.trim().to_owned()), label),
            None => (None, &*entry.row.0),
        };
        let label = label.trim().to_owned();
        Self { group, label, first: entry.row.1, entry: Entry { is_typed_in: true, ..Entry::default() } }
    }
}

/// The rows of a report, by the keys of what they may be called.
#[derive(Default)]
struct Rows {
    /// Rows that hold numbers of their own: label, group and label, or the number of a hazard.
    leaves: BTreeMap<String, Vec<Vec<usize>>>,
    /// Groups.
    groups: BTreeMap<String, Vec<usize>>,
    /// How the first ones are called.
    names: Vec<String>,
    n_rows: usize,
}

fn rows_of((content, layout): (&Content, &&Layout)) -> Rows {
    let mut rows = Rows::default();
    if layout.by_hand.is_none() {
        return rows;
    }
    let label_key = &*layout.columns[layout.label].key;
    let mut walk: Vec<(Vec<usize>, String, &Entry)> = content
        .entries
        .iter()
        .enumerate()
        .map(|(at, entry)| (vec![at], String::new(), entry))
        .rev()
        .collect();
    while let Some((path, above, entry)) = walk.pop() {
        let text = |key: &str| match entry.given.get(key) {
            Some(Given::Text(text)) => text.as_str(),
            _ => "",
        };
        let label = text(label_key);
        let full = if above.is_empty() { label.to_owned() } else { format!("{above}/{label}") };
        if !entry.below.is_empty() {
            rows.groups.insert(match_key(&full), path.clone());
            let below = entry.below.iter().enumerate().rev();
            walk.extend(below.map(|(at, below)| ([path.as_slice(), &[at]].concat(), full.clone(), below)));
            continue;
        }
        let mut keys: Vec<_> = [label, &full, text("id")].into_iter().map(match_key).collect();
        keys.sort();
        keys.dedup();
        for key in keys.into_iter().filter(|key| !key.is_empty()) {
            rows.leaves.entry(key).or_default().push(path.clone());
        }
        if rows.names.len() < MAX_LISTED {
            rows.names.push(full);
        }
        rows.n_rows += 1;
    }
    rows
}

/// The reports of a run, as entries name them.
struct Reports<'a> {
    layouts: &'a [&'a Layout],
    titles: &'a [String],
    rows: Vec<Rows>,
}

type Found<T> = Result<T, Box<Problem>>;

impl Reports<'_> {
    /// The cell that an entry is for. Errors: what of it is not there, and what is.
    fn target(&self, entry: &HandEntry) -> Found<Target> {
        let reports = self.reports(entry)?;
        let (report, row) = self.row(&reports, entry)?;
        let column = self.column(report, entry)?;
        Ok(Target { report, row, column })
    }

    /// The reports that an entry may mean: a form may have several, a village and a department each.
    fn reports(&self, entry: &HandEntry) -> Found<Vec<usize>> {
        let wanted = name_key(&entry.report.0);
        let meant = |at: &usize| {
            let layout = self.layouts[*at];
            let names = [&*layout.form, &*layout.name, &*self.titles[*at]];
            names.into_iter().any(|name| name_key(name) == wanted)
        };
        let found: Vec<usize> = (0..self.layouts.len()).filter(meant).collect();
        let open: Vec<usize> =
            found.iter().copied().filter(|at| self.layouts[*at].by_hand.is_some()).collect();
        if !open.is_empty() {
            return Ok(open);
        }
        let mut possible: Vec<_> = (0..self.layouts.len())
            .filter(|at| self.layouts[*at].by_hand.is_some())
            .map(|at| format!("{} {}", self.layouts[at].form, self.titles[at]))
            .collect();
        possible.dedup();
        let why =
            if found.is_empty() { "本次没有这张报表" } else { "这张报表不接受手工补录" };
        Err(unused(&entry.report, "报表", format!("{why};可补录:{}", listed(&possible, possible.len()))))
    }

    fn row(&self, reports: &[usize], entry: &HandEntry) -> Found<(usize, Row)> {
        let wanted = match_key(&entry.row.0);
        let of =
            |at: usize| self.rows[at].leaves.get(&wanted).into_iter().flatten().map(move |path| (at, path));
        let known: Vec<_> = reports.iter().flat_map(|at| of(*at)).collect();
        let no = |why: String| Err(unused(&entry.row, "行", why));
        let group = reports.iter().any(|at| self.rows[*at].groups.contains_key(&wanted));
        match (known.as_slice(), entry.is_new_row) {
            ([(report, path)], false) => Ok((*report, Row::Known((*path).clone()))),
            ([], _) if group || wanted == match_key("合计") => {
                no("小计和合计由各行相加,不补录;请写明其下的行".to_owned())
            }
            ([], false) => {
                let names: Vec<_> = reports.iter().flat_map(|at| self.rows[*at].names.clone()).collect();
                let n_rows = reports.iter().map(|at| self.rows[*at].n_rows).sum();
                let add = match self.takes_rows(reports) {
                    Some(_) => ";要新增一行的,“方式”填 新增行",
                    None => "",
                };
                no(format!("没有这一行,可用:{}{add}", listed(&names, n_rows)))
            }
            ([], true) => match self.takes_rows(reports) {
                Some(report) => Ok((report, Row::New(wanted))),
                None => no("这张报表不能新增行,只能补录已有的行".to_owned()),
            },
            (_, true) => no("报表已有这一行;补录其中的空格时“方式”填 补数".to_owned()),
            (several, false) => {
                no(format!("有 {} 行都叫这个名称;请写作“上级行/行”,或写隐患编号", several.len()))
            }
        }
    }

    /// The one report that takes a new row.
    fn takes_rows(&self, reports: &[usize]) -> Option<usize> {
        match reports {
            [one] => (self.layouts[*one].by_hand == Some(HandUse::Rows)).then_some(*one),
            _ => None,
        }
    }

    /// The column, by its own heading, or by headings from any level on: 重大隐患/其中/落实治理目标任务.
    fn column(&self, report: usize, entry: &HandEntry) -> Found<usize> {
        let layout = self.layouts[report];
        let wanted = without_unit(&match_key(&entry.column.0));
        let names: Vec<(usize, Vec<String>)> =
            (0..layout.columns.len()).map(|at| (at, name_of(layout, at))).collect();
        let meant = |(_, heads): &&(usize, Vec<String>)| {
            (0..heads.len()).any(|from| match_key(&heads[from..].join("/")) == wanted)
        };
        let found: Vec<usize> = names.iter().filter(meant).map(|(at, _)| *at).collect();
        let may = |at: &usize| *at != layout.label && is_entered(&layout.columns[*at]);
        let whole = match found.as_slice() {
            [one] if may(one) => *one,
            several => {
                let why = match several {
                    [] => "没有这一栏",
                    several if several.iter().any(may) => "有几栏都叫这个名称,请连上级栏目一起写",
                    _ => "这一栏由其他栏算出,或不是数字栏,不补录",
                };
                let all = names.iter().filter(|(at, _)| may(at)).map(|(_, heads)| heads.join("/"));
                let all: Vec<_> = all.collect();
                let why = format!("{why};可补录:{}", listed(&all, all.len()));
                return Err(unused(&entry.column, "栏目", why));
            }
        };
        if layout.columns[whole].show == Show::Count && !entry.number.0.is_integer() {
            let shown = (entry.number.0.normalize().to_string(), entry.number.1);
            return Err(unused(&shown, "数值", "该栏按个数计,应为整数".to_owned()));
        }
        Ok(whole)
    }
}

/// Whether a column holds numbers that may be entered: what the layout works out is not one.
fn is_entered(column: &Column) -> bool {
    column.expression.is_none() && matches!(column.show, Show::Count | Show::Amount | Show::Points)
}

/// The headings of a column from the top, without empty ones.
fn headings(column: &Column) -> Vec<String> {
    column.head.iter().filter(|head| !head.is_empty()).cloned().collect()
}

/// The name of a report for comparing: 表R1 is R1, and a title may lack its year.
fn name_key(name: &str) -> String {
    let key = match_key(name).to_uppercase();
    let key = key.strip_prefix('表').unwrap_or(&key);
    match key.split_once('年') {
        Some((year, rest)) if year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit()) => {
            rest.to_owned()
        }
        _ => key.to_owned(),
    }
}

/// How a column is called, from the top: of two with the same headings, each with the one to its left in front.
fn name_of(layout: &Layout, at: usize) -> Vec<String> {
    let own = headings(&layout.columns[at]);
    let twice = layout.columns.iter().filter(|other| headings(other) == own).count() > 1;
    let left = at.checked_sub(1).filter(|_| twice).map(|left| headings(&layout.columns[left]));
    left.into_iter().flatten().chain(own).collect()
}

/// The key of a column without the unit behind it: 隐患数(项).
fn without_unit(key: &str) -> String {
    match key.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) {
        Some((name, _)) => name.to_owned(),
        None => key.to_owned(),
    }
}

fn listed(names: &[String], n_all: usize) -> String {
    let shown = &names[..names.len().min(MAX_LISTED)];
    match n_all {
        0 => "(无)".to_owned(),
        n if n > shown.len() => format!("{}…共 {n} 个", shown.join("、")),
        _ => shown.join("、"),
    }
}

fn unused((found, at): &(String, Provenance), column: &str, why: String) -> Box<Problem> {
    Box::new(Problem::new(ProblemCode::ByHandUnused, *at).column(column).found(found).arg(why))
}

/// The entry that counts where several are for one cell: the first where all say the same, otherwise none.
fn the_one<'e>(run: &Run, entries: &[&'e HandEntry], problems: &mut Vec<Problem>) -> Option<&'e HandEntry> {
    let [first, others @ ..] = entries else { return None };
    let same = others.iter().all(|other| other.number.0 == first.number.0);
    let shown = |entry: &HandEntry| {
        format!("{}({})", entry.number.0.normalize(), run.sources.show(Place::from(entry.number.1)))
    };
    for other in entries.iter().skip(usize::from(same)) {
        let why = match same {
            true => format!("同一格补录了两次,只计 {}", shown(first)),
            false => format!(
                "同一格补录了不同的数,都未采用:{}",
                listed(&entries.iter().map(|one| shown(one)).collect::<Vec<_>>(), entries.len())
            ),
        };
        let found = other.number.0.normalize().to_string();
        problems.push(
            Problem::new(ProblemCode::ByHandUnused, other.number.1).column("数值").found(found).arg(why),
        );
    }
    same.then_some(*first)
}

/// Both numbers of a cell that the run gives.
fn overridden(entry: &HandEntry, given: &Given) -> Problem {
    let known = match given {
        Given::Number(number) => number.normalize().to_string(),
        Given::Text(text) => text.clone(),
        Given::Day(day) => day.to_string(),
        Given::Unknown => String::new(),
    };
    let what = format!("{} · {}", entry.row.0, entry.column.0);
    Problem::new(ProblemCode::ByHandKnown, entry.number.1)
        .column("数值")
        .found(entry.number.0.normalize().to_string())
        .arg(format!("{what} 按收件算得 {known},补录 {}", entry.number.0.normalize()))
}

fn at<'e>(entries: &'e mut [Entry], path: &[usize]) -> Option<&'e mut Entry> {
    let (first, rest) = path.split_first()?;
    let entry = entries.get_mut(*first)?;
    if rest.is_empty() { Some(entry) } else { at(&mut entry.below, rest) }
}

/// Writes a number into a row, with who entered it and where.
fn put(run: &Run, row: &mut Entry, key: &str, entry: &HandEntry, is_new: bool) {
    let number: Decimal = entry.number.0;
    row.given.insert(key.to_owned(), Given::Number(number));
    row.is_typed_in |= is_new;
    let by_hand = ByHand {
        author: entry.author.clone(),
        day: entry.day,
        reason: entry.reason.clone(),
        document: entry.document.clone(),
    };
    let source = format!("手工补录 {}:{}", run.sources.show(Place::from(entry.number.1)), by_hand.told());
    row.sources.insert(key.to_owned(), vec![source]);
    row.by_hand.insert(key.to_owned(), by_hand);
}

/// Puts a new row into its group, or at the end, before what the form has last.
fn add_row(entries: &mut Vec<Entry>, layout: &Layout, row: NewRow) -> Option<Problem> {
    let NewRow { group, label, first, mut entry } = row;
    let label_key = &layout.columns[layout.label].key;
    // What other rows are given and this one is not is not known: counted as 0 it would be a wrong total.
    let mut missing = Vec::new();
    for (position, column) in layout.columns.iter().enumerate() {
        let others = || entries.iter().any(|other| gives(other, &column.key));
        if position == layout.label
            || !is_entered(column)
            || entry.given.contains_key(&column.key)
            || !others()
        {
            continue;
        }
        missing.push(name_of(layout, position).join("/"));
        entry.given.insert(column.key.clone(), Given::Unknown);
    }
    entry.given.insert(label_key.clone(), Given::Text(label.clone()));
    let named = |entry: &Entry, wanted: &str| match entry.given.get(label_key) {
        Some(Given::Text(text)) => match_key(text) == match_key(wanted),
        _ => false,
    };
    let group =
        group.map(|group| match entries.iter().position(|one| !one.below.is_empty() && named(one, &group)) {
            Some(at) => Ok(at),
            None => Err(group),
        });
    match group {
        Some(Ok(at)) => entries[at].below.push(entry),
        Some(Err(group)) => {
            let names = entries.iter().filter(|one| !one.below.is_empty()).filter_map(|one| {
                let Some(Given::Text(text)) = one.given.get(label_key) else { return None };
                Some(text.clone())
            });
            let names: Vec<_> = names.collect();
            let why = format!("没有上级行“{group}”,可用:{}", listed(&names, names.len()));
            return Some(
                Problem::new(ProblemCode::ByHandUnused, first)
                    .column("行")
                    .found(format!("{group}/{label}"))
                    .arg(why),
            );
        }
        None => {
            let is_behind = |one: &Entry| match one.given.get(label_key) {
                Some(Given::Text(text)) => is_last(text).is_some(),
                _ => false,
            };
            let at = entries.iter().position(is_behind).unwrap_or(entries.len());
            entries.insert(at, entry);
        }
    }
    let told = Problem::new(ProblemCode::ByHandBlank, first).column("行").found(label);
    (!missing.is_empty()).then(|| told.arg(format!("缺:{}", missing.join("、"))))
}

/// Whether a row, or one below it, is given a number of a column, or is known to have none.
fn gives(entry: &Entry, key: &str) -> bool {
    entry.given.contains_key(key) && entry.below.is_empty()
        || entry.below.iter().any(|below| gives(below, key))
}
