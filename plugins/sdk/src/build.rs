//! For build scripts: `checklist.toml` and `cases/` become Rust, checked on the way.
//! Runs on the author's machine only; nothing of it is in a plugin.
//!
//! The shape of `checklist.toml` is the shape of [`ChecklistFile`]; an unknown key is an error.

#![allow(clippy::unwrap_used, reason = "writing to a String cannot fail")]
#![allow(clippy::print_stdout, reason = "a build script speaks to cargo on stdout")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use serde::Deserialize;

use crate::checklist::Date;
use crate::exact::Decimal;
use crate::sector::SDK_PHRASES;

/// `checklist.toml` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ChecklistFile {
    id: String,
    title: String,
    checklist_title: String,
    #[serde(default)]
    edition: Vec<EditionFile>,
    kind: Vec<TermFile>,
    #[serde(default)]
    tag: Vec<TermFile>,
    document: Vec<DocumentFile>,
    category: Vec<CategoryFile>,
    #[serde(default)]
    fact: Vec<FactFile>,
    #[serde(default)]
    table: Vec<TableFile>,
    #[serde(default)]
    need: Vec<NeedFile>,
    #[serde(default)]
    gives: Vec<GivesFile>,
    #[serde(default)]
    phrase: Vec<PhraseFile>,
    scheme: Vec<SchemeFile>,
    item: Vec<ItemFile>,
    #[serde(default)]
    wants_remarks: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EditionFile {
    id: String,
    title: String,
    from: Option<String>,
    to: Option<String>,
    #[serde(default)]
    note: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TermFile {
    code: String,
    title: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentFile {
    key: String,
    title: String,
    #[serde(default)]
    number: String,
    from: Option<String>,
    to: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CategoryFile {
    code: String,
    title: String,
    weight: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FactFile {
    code: String,
    title: String,
    #[serde(default)]
    aliases: Vec<String>,
    kind: String,
    #[serde(default)]
    unit: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TableFile {
    code: String,
    title: String,
    column: Vec<FactFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NeedFile {
    source: String,
    indicator: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GivesFile {
    code: String,
    title: String,
    #[serde(default)]
    unit: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PhraseFile {
    code: String,
    text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SchemeFile {
    code: String,
    title: String,
    method: String,
    full_marks: String,
    digits: u8,
    rounding: String,
    unchecked: String,
    convert_not_applicable: bool,
    #[serde(default)]
    veto_grade: String,
    source: String,
    #[serde(default)]
    bands: Vec<BandFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BandFile {
    grade: String,
    lower: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ItemFile {
    code: String,
    category: String,
    requirement: String,
    method: String,
    points: String,
    rule: String,
    mark: String,
    #[serde(default = "yes")]
    scored: bool,
    #[serde(default)]
    applies: Vec<String>,
    veto: Option<String>,
    #[serde(default)]
    major: Option<String>,
    #[serde(default)]
    citations: Vec<CitationFile>,
    #[serde(default)]
    major_bases: Vec<MajorBasisFile>,
    #[serde(default)]
    case: Vec<CaseFile>,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CitationFile {
    document: String,
    #[serde(default)]
    clause: String,
    from: Option<String>,
    to: Option<String>,
    mark: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MajorBasisFile {
    edition: String,
    clause: String,
    major: Option<String>,
    mark: Option<String>,
}

/// A deduction case: one of `once`, `each` (points), `all = true`, or none of them where the
/// consequence is a ruling.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    code: String,
    text: String,
    once: Option<String>,
    each: Option<String>,
    #[serde(default)]
    all: bool,
    limit: Option<String>,
    scope: Option<String>,
    hazard: Option<String>,
    #[serde(default)]
    veto: bool,
}

/// Called by a sector's build script: writes `checklist.rs` into the output folder.
///
/// # Panics
///
/// With every fault found in `checklist.toml` or `cases/`, so that the build stops.
pub fn generate() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let root = Path::new(&root);
    println!("cargo::rerun-if-changed=checklist.toml");
    println!("cargo::rerun-if-changed=cases");
    let text = fs::read_to_string(root.join("checklist.toml")).expect("checklist.toml can be read");
    let version = env::var("CARGO_PKG_VERSION").expect("cargo sets it");
    let mut code =
        compile(&text, &version).unwrap_or_else(|faults| panic!("checklist.toml:\n{}", faults.join("\n")));
    let mut cases: Vec<_> = match fs::read_dir(root.join("cases")) {
        Ok(folder) => folder.map(|entry| entry.expect("cases can be listed").path()).collect(),
        Err(_) => Vec::new(),
    };
    cases.retain(|path| path.extension().is_some_and(|extension| extension == "case"));
    cases.sort();
    code.push_str("/// The golden cases.\npub static CASES: &[&str] = &[\n");
    for path in cases {
        writeln!(code, "    include_str!({:?}),", path.display().to_string()).unwrap();
    }
    code.push_str("];\n");
    code.push_str(&data(root));
    let out = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("checklist.rs"), code).expect("the output folder can be written");
}

/// One file under `data/`: a table of a standard, as text, with its source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DataFile {
    /// Document, edition and table the rows were taken from.
    source: String,
    /// Names of the columns.
    columns: Vec<String>,
    /// The rows, each as long as `columns`.
    rows: Vec<Vec<String>>,
}

/// Turns each `data/NAME.toml` into `pub static NAME: &[[&str; N]]`.
fn data(root: &Path) -> String {
    println!("cargo::rerun-if-changed=data");
    let Ok(folder) = fs::read_dir(root.join("data")) else { return String::new() };
    let mut paths: Vec<_> = folder.map(|entry| entry.expect("data can be listed").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let mut code = String::new();
    for path in paths {
        let text = fs::read_to_string(&path).expect("data can be read");
        let file: DataFile =
            toml::from_str(&text).unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()));
        let width = file.columns.len();
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("data files have plain names");
        writeln!(code, "/// {} ({})", file.source, file.columns.join(", ")).unwrap();
        writeln!(code, "pub static {}: &[[&str; {width}]] = &[", name.to_uppercase().replace('-', "_"))
            .unwrap();
        for (index, row) in file.rows.iter().enumerate() {
            assert_eq!(row.len(), width, "{}: row {} has another width", path.display(), index + 1);
            writeln!(code, "    {row:?},").unwrap();
        }
        code.push_str("];\n");
    }
    code
}

/// Turns the text of a `checklist.toml` into the Rust source of `CHECKLIST`.
///
/// Errors: every fault, one a line.
pub fn compile(text: &str, version: &str) -> Result<String, Vec<String>> {
    let file: ChecklistFile = toml::from_str(text).map_err(|wrong| vec![wrong.to_string()])?;
    let mut writer = Writer { file: &file, faults: Vec::new(), code: String::new() };
    writer.checklist(version);
    if writer.faults.is_empty() { Ok(writer.code) } else { Err(writer.faults) }
}

struct Writer<'a> {
    file: &'a ChecklistFile,
    faults: Vec<String>,
    code: String,
}

impl Writer<'_> {
    fn checklist(&mut self, version: &str) {
        let file = self.file;
        self.unique("edition", file.edition.iter().map(|e| &e.id));
        self.unique("kind", file.kind.iter().map(|t| &t.code));
        self.unique("tag", file.tag.iter().map(|t| &t.code));
        self.unique("document", file.document.iter().map(|d| &d.key));
        self.unique("category", file.category.iter().map(|c| &c.code));
        self.unique("fact", file.fact.iter().map(|f| &f.code));
        self.unique("table", file.table.iter().map(|t| &t.code));
        self.unique("gives", file.gives.iter().map(|g| &g.code));
        self.unique("phrase", file.phrase.iter().map(|p| &p.code));
        self.unique("scheme", file.scheme.iter().map(|s| &s.code));
        self.unique("item", file.item.iter().map(|i| &i.code));
        if file.kind.is_empty() || file.scheme.is_empty() || file.item.is_empty() {
            self.faults.push("at least one kind, one scheme and one item".to_owned());
        }

        self.code
            .push_str("/// The checklist of this sector.\npub static CHECKLIST: ::anping_sdk::Checklist = ");
        self.code.push_str("{ use ::anping_sdk::*; Checklist {\n");
        writeln!(self.code, "id: {:?}, version: {version:?},", file.id).unwrap();
        writeln!(self.code, "title: {:?}, checklist_title: {:?},", file.title, file.checklist_title).unwrap();
        let editions = self.list(&file.edition, |w, e| {
            let effective = w.dates(&e.id, &e.from, &e.to);
            format!(
                "Edition {{ id: {:?}, title: {:?}, effective: {effective}, note: {:?} }}",
                e.id, e.title, e.note
            )
        });
        let kinds = self.list(&file.kind, term);
        let tags = self.list(&file.tag, term);
        let documents = self.list(&file.document, |w, d| {
            let effective = w.dates(&d.key, &d.from, &d.to);
            format!(
                "Document {{ key: {:?}, title: {:?}, number: {:?}, effective: {effective} }}",
                d.key, d.title, d.number
            )
        });
        let categories = self.list(&file.category, |w, c| {
            let weight = w.decimal_option(&c.code, c.weight.as_ref());
            format!("Category {{ code: {:?}, title: {:?}, weight: {weight} }}", c.code, c.title)
        });
        let facts = self.list(&file.fact, fact);
        let tables = self.list(&file.table, |w, t| {
            let columns = w.list(&t.column, fact);
            format!("Table {{ code: {:?}, title: {:?}, columns: {columns} }}", t.code, t.title)
        });
        let needs = self.list(&file.need, |_, n| {
            format!("Need {{ source: {:?}, indicator: {:?} }}", n.source, n.indicator)
        });
        let gives = self.list(&file.gives, |_, g| {
            format!("Gives {{ code: {:?}, title: {:?}, unit: {:?} }}", g.code, g.title, g.unit)
        });
        let phrases: Vec<_> = SDK_PHRASES
            .iter()
            .map(|(code, text)| PhraseFile { code: (*code).to_owned(), text: (*text).to_owned() })
            .chain(file.phrase.iter().map(|p| PhraseFile { code: p.code.clone(), text: p.text.clone() }))
            .collect();
        let phrases =
            self.list(&phrases, |_, p| format!("Phrase {{ code: {:?}, text: {:?} }}", p.code, p.text));
        let schemes = self.list(&file.scheme, Self::scheme);
        let items = self.list(&file.item, Self::item);
        for (name, list) in [
            ("editions", editions),
            ("kinds", kinds),
            ("tags", tags),
            ("documents", documents),
            ("categories", categories),
            ("facts", facts),
            ("tables", tables),
            ("needs", needs),
            ("gives", gives),
            ("phrases", phrases),
            ("schemes", schemes),
            ("items", items),
        ] {
            writeln!(self.code, "{name}: {list},").unwrap();
        }
        writeln!(self.code, "wants_remarks: {},", file.wants_remarks).unwrap();
        self.code.push_str("} };\n");
    }

    fn scheme(&mut self, s: &SchemeFile) -> String {
        let place = &s.code;
        let method = self.word(
            place,
            &s.method,
            &[("deduct", "Deduct"), ("weighted", "Weighted"), ("given", "Given")],
        );
        let rounding =
            self.word(place, &s.rounding, &[("then-grade", "ThenGrade"), ("after-grade", "AfterGrade")]);
        let unchecked = self.word(place, &s.unchecked, &[("zero", "Zero"), ("exclude", "Exclude")]);
        let full_marks = self.decimal(place, &s.full_marks);
        let lowers: Vec<_> = s.bands.iter().filter_map(|b| Decimal::parse(&b.lower)).collect();
        if lowers.windows(2).any(|pair| pair[0] <= pair[1])
            || lowers.last().is_some_and(|last| !last.is_zero())
        {
            self.faults.push(format!("scheme {place}: bands go from the highest lower bound down to 0"));
        }
        let bands = self.list(&s.bands, |w, b| {
            let lower = w.decimal(&b.grade, &b.lower);
            format!("Band {{ grade: {:?}, lower: {lower} }}", b.grade)
        });
        format!(
            "Scheme {{ code: {:?}, title: {:?}, method: Method::{method}, full_marks: {full_marks}, digits: {}, \
             rounding: Rounding::{rounding}, unchecked: Unchecked::{unchecked}, convert_not_applicable: {}, \
             bands: {bands}, veto_grade: {:?}, source: {:?} }}",
            s.code, s.title, s.digits, s.convert_not_applicable, s.veto_grade, s.source
        )
    }

    fn item(&mut self, i: &ItemFile) -> String {
        let place = &i.code;
        let category =
            self.position("category", place, &i.category, self.file.category.iter().map(|c| &c.code));
        let points = self.decimal(place, &i.points);
        if !Decimal::parse(&i.points).is_some_and(Decimal::is_positive) {
            self.faults.push(format!("item {place}: points above zero"));
        }
        let item_mark = self.mark(place, Some(&i.mark));
        let applies: Vec<_> = i
            .applies
            .iter()
            .map(|tag| self.position("tag", place, tag, self.file.tag.iter().map(|t| &t.code)).to_string())
            .collect();
        let citations = self.list(&i.citations, |w, c| {
            let document = w.position("document", place, &c.document, w.file.document.iter().map(|d| &d.key));
            let effective = w.dates(place, &c.from, &c.to);
            let mark = w.mark(place, c.mark.as_ref().or(Some(&i.mark)));
            format!(
                "Citation {{ document: {document}, clause: {:?}, effective: {effective}, mark: {mark} }}",
                c.clause
            )
        });
        let major = self.major(place, i.major.as_ref());
        let major_bases = self.list(&i.major_bases, |w, b| {
            let edition = w.position("edition", place, &b.edition, w.file.edition.iter().map(|e| &e.id));
            let major = w.major(place, b.major.as_ref().or(i.major.as_ref()));
            let mark = w.mark(place, b.mark.as_ref().or(Some(&i.mark)));
            format!(
                "MajorBasis {{ edition: {edition}, clause: {:?}, major: {major}, mark: {mark} }}",
                b.clause
            )
        });
        let veto = match &i.veto {
            None => "None".to_owned(),
            Some(scope) => format!("Some({})", self.scope(place, Some(scope))),
        };
        self.unique(place, i.case.iter().map(|c| &c.code));
        let cases = self.list(&i.case, |w, c| w.case(place, c));
        format!(
            "Item {{ code: {:?}, category: {category}, requirement: {:?}, method: {:?}, points: {points}, scored: {}, \
             rule_text: {:?}, cases: {cases}, citations: {citations}, major: {major}, major_bases: {major_bases}, \
             veto: {veto}, applies: &[{}], mark: {item_mark} }}",
            i.code,
            i.requirement,
            i.method,
            i.scored,
            i.rule,
            applies.join(", ")
        )
    }

    fn case(&mut self, place: &str, c: &CaseFile) -> String {
        let charge = match (&c.once, &c.each, c.all) {
            (Some(points), None, false) => format!("Charge::Once({})", self.decimal(place, points)),
            (None, Some(points), false) => format!("Charge::Each({})", self.decimal(place, points)),
            (None, None, true) => "Charge::AllPoints".to_owned(),
            (None, None, false) => "Charge::RulingOnly".to_owned(),
            _ => {
                self.faults.push(format!("item {place}, case {}: one of once, each, all", c.code));
                String::new()
            }
        };
        let limit = self.decimal_option(place, c.limit.as_ref());
        let scope = self.scope(place, c.scope.as_ref());
        let hazard = match &c.hazard {
            None => "None".to_owned(),
            Some(level) => {
                let level = self.word(place, level, &[("general", "General"), ("major", "Major")]);
                format!("Some(HazardLevel::{level})")
            }
        };
        format!(
            "Case {{ code: {:?}, text: {:?}, charge: {charge}, limit: {limit}, scope: {scope}, hazard: {hazard}, veto: {} }}",
            c.code, c.text, c.veto
        )
    }

    fn list<T>(&mut self, list: &[T], mut write: impl FnMut(&mut Self, &T) -> String) -> String {
        let parts: Vec<_> = list.iter().map(|entry| write(self, entry)).collect();
        format!("&[\n{}]", parts.into_iter().map(|part| part + ",\n").collect::<String>())
    }

    fn unique<'s>(&mut self, what: &str, codes: impl Iterator<Item = &'s String>) {
        let mut seen = BTreeSet::new();
        for code in codes {
            if code.is_empty() || !seen.insert(code) {
                self.faults.push(format!("{what}: {code:?} is empty or stands twice"));
            }
        }
    }

    fn position<'s>(
        &mut self,
        what: &str,
        place: &str,
        code: &str,
        mut list: impl Iterator<Item = &'s String>,
    ) -> usize {
        list.position(|known| known == code).unwrap_or_else(|| {
            self.faults.push(format!("{place}: no {what} {code:?}"));
            0
        })
    }

    fn word(&mut self, place: &str, word: &str, known: &[(&str, &'static str)]) -> &'static str {
        known.iter().find(|(name, _)| *name == word).map_or_else(
            || {
                let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
                self.faults.push(format!("{place}: expected one of {}, found {word:?}", names.join(", ")));
                ""
            },
            |(_, name)| *name,
        )
    }

    fn mark(&mut self, place: &str, mark: Option<&String>) -> String {
        let mark = mark.map_or("", String::as_str);
        format!("Mark::{}", self.word(place, mark, &[("C", "Clause"), ("S", "Secondary"), ("M", "Memory")]))
    }

    fn major(&mut self, place: &str, major: Option<&String>) -> String {
        let major = major.map_or("none", String::as_str);
        let known = [("none", "None"), ("direct", "Direct"), ("element", "Element")];
        format!("MajorMark::{}", self.word(place, major, &known))
    }

    fn scope(&mut self, place: &str, scope: Option<&String>) -> String {
        let scope = scope.map_or("item", String::as_str);
        let known = [("item", "Item"), ("category", "Category"), ("total", "Total")];
        format!("Scope::{}", self.word(place, scope, &known))
    }

    fn decimal(&mut self, place: &str, text: &str) -> String {
        let decimal = Decimal::parse(text).unwrap_or_else(|| {
            self.faults.push(format!("{place}: not a decimal: {text:?}"));
            Decimal::ZERO
        });
        format!("Decimal::new({}, {})", decimal.mantissa, decimal.scale)
    }

    fn decimal_option(&mut self, place: &str, text: Option<&String>) -> String {
        text.map_or_else(|| "None".to_owned(), |text| format!("Some({})", self.decimal(place, text)))
    }

    fn dates(&mut self, place: &str, from: &Option<String>, to: &Option<String>) -> String {
        let mut one = |text: &Option<String>| {
            let Some(text) = text else { return "None".to_owned() };
            let date = Date::parse(text).unwrap_or_else(|| {
                self.faults.push(format!("{place}: not a date: {text:?}"));
                Date::new(1900, 1, 1)
            });
            format!("Some(Date::new({}, {}, {}))", date.year, date.month, date.day)
        };
        format!("({}, {})", one(from), one(to))
    }
}

fn term(_: &mut Writer<'_>, t: &TermFile) -> String {
    format!("Term {{ code: {:?}, title: {:?} }}", t.code, t.title)
}

fn fact(w: &mut Writer<'_>, f: &FactFile) -> String {
    let known = [("text", "Text"), ("number", "Number"), ("flag", "Flag"), ("day", "Day")];
    let kind = w.word(&f.code, &f.kind, &known);
    format!(
        "Fact {{ code: {:?}, title: {:?}, aliases: &{:?}, kind: ValueKind::{kind}, unit: {:?} }}",
        f.code, f.title, f.aliases, f.unit
    )
}
