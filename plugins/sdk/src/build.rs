//! For build scripts: `checklist.toml` and `cases/` become Rust, checked on the way.
//! Runs on the author's machine only; nothing of it is in a plugin.
//!
//! The shape of `checklist.toml` is the shape of [`ChecklistFile`]; an unknown key is an error.

#![allow(clippy::unwrap_used, reason = "writing to a String cannot fail")]
#![allow(clippy::print_stdout, reason = "a build script speaks to cargo on stdout")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use serde::Deserialize;

use crate::checklist::{
    Band, Case, Category, Charge, Checklist, Citation, Date, Document, Edition, Fact, Gives, HazardLevel,
    Item, MajorBasis, MajorMark, Mark, Method, Need, Phrase, Rounding, Scheme, Scope, Table, Term, Unchecked,
    ValueKind,
};
use crate::definition::{ChecklistFile, resolve};
use crate::exact::Decimal;
use crate::tailored::PARAMETERS;

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
    let (tables, settable) = data(root);
    let mut code = compile(&text, &version, settable)
        .unwrap_or_else(|faults| panic!("checklist.toml:\n{}", faults.join("\n")));
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
    code.push_str(&tables);
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
    /// Columns whose numbers a locality may set otherwise: `any`, or only `higher` or `lower`, where the law
    /// leaves only that.
    #[serde(default)]
    local: BTreeMap<String, String>,
    /// The rows, each as long as `columns`.
    rows: Vec<Vec<String>>,
}

/// Turns each `data/NAME.toml` into `pub static NAME: &[[&str; N]]`; into `pub static NAME: Rows<N>` where a
/// locality may set some of it otherwise.
///
/// Shape: the code, and what is declared of those numbers: `data.NAME.ROW.COLUMN=VALUE`, with `>=` or `<=`
/// where only that is left.
fn data(root: &Path) -> (String, Vec<String>) {
    println!("cargo::rerun-if-changed=data");
    let Ok(folder) = fs::read_dir(root.join("data")) else { return (String::new(), Vec::new()) };
    let mut paths: Vec<_> = folder.map(|entry| entry.expect("data can be listed").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let mut code = String::new();
    let mut declared = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).expect("data can be read");
        let file: DataFile =
            toml::from_str(&text).unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()));
        let width = file.columns.len();
        for (index, row) in file.rows.iter().enumerate() {
            assert_eq!(row.len(), width, "{}: row {} has another width", path.display(), index + 1);
        }
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("data files have plain names");
        let constant = name.to_uppercase().replace('-', "_");
        writeln!(code, "/// {} ({})", file.source, file.columns.join(", ")).unwrap();
        let rows: String = file.rows.iter().map(|row| format!("    {row:?},\n")).collect();
        if file.local.is_empty() {
            writeln!(code, "pub static {constant}: &[[&str; {width}]] = &[\n{rows}];").unwrap();
            continue;
        }
        let settable = settable(name, &file).unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()));
        let places: String =
            settable.iter().map(|one| format!("({:?}, {}, {}), ", one.key, one.row, one.column)).collect();
        writeln!(
            code,
            "pub static {constant}: ::anping_sdk::Rows<{width}> = \
             ::anping_sdk::Rows {{ base: &[\n{rows}], settable: &[{places}] }};"
        )
        .unwrap();
        declared.extend(
            settable
                .iter()
                .map(|one| format!("{}{}{}", one.key, one.relation, file.rows[one.row][one.column])),
        );
    }
    (code, declared)
}

/// A number that may be set otherwise.
struct Settable {
    key: String,
    row: usize,
    column: usize,
    relation: &'static str,
}

/// The numbers of a table that may be set otherwise.
///
/// A row is named by as few of its leading fixed columns as tell it from the others, with `/` between.
/// Errors: a column that is not there, a word that is not known, rows that nothing tells apart.
fn settable(table: &str, file: &DataFile) -> Result<Vec<Settable>, String> {
    let unknown = file.local.keys().find(|name| !file.columns.contains(name));
    if let Some(unknown) = unknown {
        return Err(format!("local: no column {unknown}"));
    }
    let fixed: Vec<_> =
        (0..file.columns.len()).filter(|&at| !file.local.contains_key(&file.columns[at])).collect();
    let names = (1..=fixed.len()).find_map(|depth| {
        let name = |row: &Vec<String>| {
            let parts: Vec<_> =
                fixed[..depth].iter().map(|&at| row[at].as_str()).filter(|part| !part.is_empty()).collect();
            parts.join("/")
        };
        let names: Vec<_> = file.rows.iter().map(name).collect();
        let different: BTreeSet<_> = names.iter().collect();
        (different.len() == names.len() && !names.contains(&String::new())).then_some(names)
    });
    let names = names.ok_or("local: no columns tell the rows apart")?;
    let mut settable = Vec::new();
    for (row, name) in names.iter().enumerate() {
        for (column, title) in file.columns.iter().enumerate() {
            let relation = match file.local.get(title).map(String::as_str) {
                None => continue,
                Some("any") => "=",
                Some("higher") => ">=",
                Some("lower") => "<=",
                Some(other) => return Err(format!("local: {title}: any, higher or lower, found {other:?}")),
            };
            // An empty cell is no bound, and stays none.
            if Decimal::parse(&file.rows[row][column]).is_some() {
                settable.push(Settable {
                    key: format!("data.{table}.{name}.{title}"),
                    row,
                    column,
                    relation,
                });
            }
        }
    }
    Ok(settable)
}

/// Turns the text of a `checklist.toml` into the Rust source of `CHECKLIST`. `settable`: what its data
/// declares besides.
///
/// Errors: every fault, one a line.
pub fn compile(text: &str, version: &str, settable: Vec<String>) -> Result<String, Vec<String>> {
    let file: ChecklistFile = toml::from_str(text).map_err(|wrong| vec![wrong.to_string()])?;
    let mut checklist = resolve(&file, version)
        .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let declared = settable.into_iter().map(|one| Need { source: PARAMETERS, indicator: one.leak() });
    checklist.needs = checklist.needs.iter().copied().chain(declared).collect::<Vec<_>>().leak();
    let mut code = String::from("static BASE: ::anping_sdk::Checklist = { use ::anping_sdk::*; ");
    checklist.print(&mut code);
    code.push_str(
        " };\n/// The checklist of this sector, as it is in force.\n\
         pub static CHECKLIST: ::anping_sdk::Tailorable = ::anping_sdk::Tailorable(&BASE);\n",
    );
    Ok(code)
}

/// What can be written as a Rust expression. `Debug` nearly is one; it lacks the `&` before lists
/// and the types before variants.
trait Source {
    fn print(&self, code: &mut String);
}

impl<T: Source> Source for &[T] {
    fn print(&self, code: &mut String) {
        code.push_str("&[\n");
        for entry in *self {
            entry.print(code);
            code.push_str(",\n");
        }
        code.push(']');
    }
}

impl<T: Source> Source for Option<T> {
    fn print(&self, code: &mut String) {
        match self {
            None => code.push_str("None"),
            Some(value) => {
                code.push_str("Some(");
                value.print(code);
                code.push(')');
            }
        }
    }
}

impl<T: Source, U: Source> Source for (T, U) {
    fn print(&self, code: &mut String) {
        code.push('(');
        self.0.print(code);
        code.push_str(", ");
        self.1.print(code);
        code.push(')');
    }
}

impl Source for Charge {
    fn print(&self, code: &mut String) {
        let (name, points) = match self {
            Self::Once(points) => ("Once", Some(points)),
            Self::Each(points) => ("Each", Some(points)),
            Self::AllPoints => ("AllPoints", None),
            Self::RulingOnly => ("RulingOnly", None),
        };
        write!(code, "Charge::{name}").unwrap();
        if let Some(points) = points {
            code.push('(');
            points.print(code);
            code.push(')');
        }
    }
}

/// Types that print as `Debug` does.
macro_rules! as_debug {
    ($($type:ty),*) => { $(
        impl Source for $type {
            fn print(&self, code: &mut String) {
                write!(code, "{self:?}").unwrap();
            }
        }
    )* };
}

as_debug!(&str, bool, u8, u32, Date, Decimal);

/// Enumerations without fields.
macro_rules! variants {
    ($($type:ident),*) => { $(
        impl Source for $type {
            fn print(&self, code: &mut String) {
                write!(code, concat!(stringify!($type), "::{:?}"), self).unwrap();
            }
        }
    )* };
}

variants!(Mark, Scope, HazardLevel, MajorMark, ValueKind, Method, Rounding, Unchecked);

/// Structs, field by field; a field that is left out does not compile in the sector.
macro_rules! structs {
    ($($type:ident { $($field:ident),* })*) => { $(
        impl Source for $type {
            fn print(&self, code: &mut String) {
                code.push_str(concat!(stringify!($type), " { "));
                $(
                    code.push_str(concat!(stringify!($field), ": "));
                    self.$field.print(code);
                    code.push_str(", ");
                )*
                code.push('}');
            }
        }
    )* };
}

structs! {
    Edition { id, title, effective, note }
    Term { code, title }
    Document { key, title, number, effective }
    Category { code, title, weight }
    Fact { code, title, aliases, kind, unit }
    Table { code, title, columns }
    Need { source, indicator }
    Gives { code, title, unit }
    Phrase { code, text }
    Band { grade, lower }
    Scheme { code, title, method, full_marks, digits, rounding, unchecked, convert_not_applicable, bands, veto_grade, source }
    Case { code, text, charge, limit, scope, hazard, veto }
    Citation { document, clause, effective, mark }
    MajorBasis { edition, clause, major, mark }
    Item { code, category, requirement, method, points, scored, rule_text, cases, citations, major, major_bases, veto, applies, mark }
    Checklist {
        id, version, title, checklist_title, editions, kinds, tags, documents, categories, items, facts, tables, needs,
        gives, phrases, schemes, wants_remarks
    }
}
