//! Layouts: how one kind of table is recognised and read, as data.
//! Reads no workbook; `header` binds a layout to a sheet.

use std::path::Path;
use std::{fs, io};

use include_dir::{Dir, include_dir};
use toml::{Table, Value};

use super::names::normal_key;
use crate::model::{Decimal, Role};

/// What a field's cells hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text as it stands.
    Text,
    /// An identifier; a number typed as one is text too, as long as no digit is lost.
    Code,
    /// A unified social credit code.
    CreditCode,
    /// A number that is not negative.
    Number,
    /// A percentage; its value is the number before the sign, with the digits as typed.
    Percent,
    /// A day.
    Date,
    /// A verdict.
    Verdict,
    /// A level of hazard.
    Level,
}

impl Kind {
    /// All types, by the word that a layout uses.
    pub(super) const ALL: [(&'static str, Self); 8] = [
        ("text", Self::Text),
        ("code", Self::Code),
        ("credit-code", Self::CreditCode),
        ("number", Self::Number),
        ("percent", Self::Percent),
        ("date", Self::Date),
        ("verdict", Self::Verdict),
        ("level", Self::Level),
    ];
}

/// A column, or a field of the information block.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its key in [`crate::model::Table`].
    pub key: String,
    /// What its cells hold.
    pub kind: Kind,
    /// Whether the table is of this layout only with it. An information field that is missing is a
    /// problem instead.
    pub required: bool,
    /// Whether a merged cell's value holds for each of its rows.
    pub spread: bool,
    /// Unit of its numbers; empty where none.
    pub unit: String,
    /// Words in a date's place that mean the day of the check.
    pub same_day: Vec<String>,
    /// Words in a number's place that mean the line does not apply; normalised.
    pub excused: Vec<String>,
    /// Words that mean there is nothing to say; normalised.
    pub nothing: Vec<String>,
    /// What an empty level counts as; empty: nothing is said of it.
    pub blank: String,
    /// A bare number above this, in a column of 万元, is taken for 元.
    pub yuan_above: Option<Decimal>,
    /// Whether a text may hold several numbered entries, which is told.
    pub entries: bool,
    /// Whether totals of it must add up.
    pub adds_up: bool,
    /// Whether only what cannot be read is told of it, and not how it is written.
    pub quiet: bool,
    /// Whether nothing is counted by it, which softens what is said of it.
    pub aside: bool,
    /// Whether a labelled value may stand among the signatures below the table.
    pub below: bool,
    /// Names by which it binds only if its cells look like item codes.
    pub like_codes: Vec<Name>,
    /// Names in the header, the preferred first; normalised.
    pub names: Vec<Name>,
}

impl Field {
    /// A field without a name.
    const fn of(kind: Kind) -> Self {
        Self {
            key: String::new(),
            kind,
            required: false,
            spread: false,
            unit: String::new(),
            same_day: Vec::new(),
            excused: Vec::new(),
            nothing: Vec::new(),
            blank: String::new(),
            yuan_above: None,
            entries: false,
            adds_up: false,
            quiet: false,
            aside: false,
            below: false,
            like_codes: Vec::new(),
            names: Vec::new(),
        }
    }
}

/// A column's name. With a path, the texts above it must end in it: `标准化/级别`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The lowest text of the header.
    pub last: String,
    /// The texts above, the outermost first.
    pub above: Vec<String>,
}

impl Name {
    /// Reads `B`, or `A/B`: B below A.
    pub fn parse(text: &str) -> Self {
        let mut parts: Vec<_> = text.split('/').map(normal_key).collect();
        let last = parts.pop().unwrap_or_default();
        Self { last, above: parts }
    }

    /// Whether a header's path (outermost first, the name last) is this name.
    pub fn matches(&self, path: &[&str]) -> bool {
        path.split_last().is_some_and(|(last, above)| {
            *last == self.last && above.len() >= self.above.len() && {
                let tail = &above[above.len() - self.above.len()..];
                tail.iter().zip(&self.above).all(|(found, wanted)| found == wanted)
            }
        })
    }
}

/// How one kind of table is recognised and read.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The name of its folder.
    pub id: String,
    /// What a person calls it.
    pub title: String,
    /// What its rows are.
    pub role: Role,
    /// The column that says what a row is about.
    pub row_key: String,
    /// Columns.
    pub columns: Vec<Field>,
    /// Fields of the information block.
    pub infos: Vec<Field>,
    /// What stands below headers that are item codes; used by matrices only.
    pub items: Field,
    /// Words that make a row a total; normalised.
    pub totals: Vec<String>,
    /// How rows begin that are notes or signatures; normalised.
    pub notes: Vec<String>,
    /// Whether somebody gave it to this run, rather than the program having it inside. What it
    /// misses in a sheet that is nearly its own is a problem, because its workbook has changed.
    pub given: bool,
}

/// Words that make totals and notes on every kind of table; a layout adds its own.
const WORDS: &str = include_str!("../../../templates/intake/words.toml");

impl Layout {
    /// The field at a position of a bound column; past the columns it is an item of a matrix.
    pub fn field(&self, index: usize) -> &Field {
        self.columns.get(index).unwrap_or(&self.items)
    }
}

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../templates/intake");

/// The layouts inside the program, by id. A folder under `templates/intake/` is one.
pub fn built_in_layouts() -> Vec<Layout> {
    let mut layouts: Vec<_> = BUILT_IN
        .dirs()
        .filter_map(|dir| {
            let id = dir.path().file_name()?.to_str()?;
            let text = dir.get_file(dir.path().join("layout.toml"))?.contents_utf8()?;
            let layout = parse_layout(id, text).expect("a test parses every layout under templates/intake");
            Some(layout)
        })
        .collect();
    layouts.sort_by(|one, other| one.id.cmp(&other.id));
    layouts
}

/// Reads the layouts of a folder: each folder in it with a `layout.toml`, by name.
///
/// Errors: what cannot be read, and every fault in the texts, each as `where: what`.
pub fn read_layouts(folder: &Path) -> Result<Vec<Layout>, Vec<String>> {
    let unread = |path: &Path, wrong: io::Error| vec![format!("{}: {wrong}", path.display())];
    let mut folders: Vec<_> = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .map_err(|wrong| unread(folder, wrong))?;
    folders.sort();
    let (mut layouts, mut faults) = (Vec::new(), Vec::new());
    for file in folders.iter().map(|folder| folder.join("layout.toml")).filter(|file| file.is_file()) {
        let id = file.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        match fs::read_to_string(&file).map_err(|wrong| unread(&file, wrong)) {
            Ok(text) => match parse_layout(&id, &text) {
                Ok(layout) => layouts.push(Layout { given: true, ..layout }),
                Err(found) => faults.extend(found),
            },
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() { Ok(layouts) } else { Err(faults) }
}

/// Reads a layout.
///
/// Shape: the keys are described in `templates/intake/README.md`.
/// Errors: every fault in the text, each as `where: what`.
pub fn parse_layout(id: &str, text: &str) -> Result<Layout, Vec<String>> {
    let table: Table = text.parse().map_err(|error| vec![format!("{id}: {error}")])?;
    let mut faults = Faults { at: id.to_owned(), found: Vec::new() };
    faults.known(&table, &["title", "role", "table", "kind", "row_key", "totals", "notes", "column", "info"]);
    let title = faults.text(&table, "title");
    let row_key = faults.text(&table, "row_key");
    let role = match faults.text(&table, "role").as_str() {
        "check-sheet" => Role::CheckSheet,
        "problem-list" => Role::ProblemList,
        "matrix" => Role::Matrix,
        "register" => Role::Register,
        "units" => Role::Units { table: faults.text(&table, "table"), kind: faults.text(&table, "kind") },
        "rows" => Role::Rows { kind: faults.text(&table, "kind") },
        "aliases" => Role::Aliases,
        "return-list" => Role::ReturnList,
        other => {
            faults.add(format!(
                "role: expected check-sheet, problem-list, matrix, register, units, rows, aliases or \
                 return-list, found {other:?}"
            ));
            Role::Register
        }
    };
    let words: Table = WORDS.parse().expect("a test parses the common words");
    let mut both = |key: &str, fold: fn(&str) -> String| -> Vec<String> {
        let own = faults.texts(&table, key);
        faults.texts(&words, key).iter().chain(&own).map(|word| fold(word)).collect()
    };
    let totals = both("totals", normal_key);
    let notes = both("notes", note_start);
    let columns = faults.fields(&table, "column");
    let infos = faults.fields(&table, "info");
    if columns.is_empty() {
        faults.add("column: expected at least one".to_owned());
    } else if !columns.iter().any(|column| column.required) {
        faults
            .add("column: expected at least one with required = true, or every sheet would match".to_owned());
    }
    if !columns.iter().any(|column| column.key == row_key) {
        faults.add(format!("row_key: no column has the key {row_key:?}"));
    }
    if faults.found.is_empty() {
        Ok(Layout {
            id: id.to_owned(),
            title,
            role,
            row_key,
            columns,
            infos,
            items: Field::of(Kind::Verdict),
            totals,
            notes,
            given: false,
        })
    } else {
        Err(faults.found)
    }
}

/// How a note begins, folded like a name but with its colon.
pub fn note_start(text: &str) -> String {
    // A name loses a closing colon; with something behind it, the colon stays.
    let mut start = normal_key(&format!("{text}."));
    start.pop();
    start
}

/// A value as a fault's sentence shows it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(flag) => flag.to_string(),
        other => format!("a {}", other.type_str()),
    }
}

/// Collects faults with the place they are about.
struct Faults {
    at: String,
    found: Vec<String>,
}

impl Faults {
    fn add(&mut self, fault: String) {
        self.found.push(format!("{}: {fault}", self.at));
    }

    fn known(&mut self, table: &Table, keys: &[&str]) {
        for key in table.keys().filter(|key| !keys.contains(&key.as_str())) {
            self.add(format!("{key}: no such key; expected one of {}", keys.join(", ")));
        }
    }

    fn text(&mut self, table: &Table, key: &str) -> String {
        match table.get(key) {
            Some(Value::String(text)) if !text.trim().is_empty() => text.clone(),
            Some(other) => {
                self.add(format!("{key}: expected a text, found {}", shown(other)));
                String::new()
            }
            None => {
                self.add(format!("{key}: missing"));
                String::new()
            }
        }
    }

    /// A text that may be missing.
    fn optional(&mut self, table: &Table, key: &str) -> String {
        if table.contains_key(key) { self.text(table, key) } else { String::new() }
    }

    /// Words as names are compared.
    fn words(&mut self, table: &Table, key: &str) -> Vec<String> {
        self.texts(table, key).iter().map(|word| normal_key(word)).collect()
    }

    fn number(&mut self, table: &Table, key: &str) -> Option<Decimal> {
        match table.get(key)? {
            Value::Integer(number) if *number > 0 => Some(Decimal::from(*number)),
            other => {
                self.add(format!("{key}: expected a whole number above 0, found {}", shown(other)));
                None
            }
        }
    }

    fn texts(&mut self, table: &Table, key: &str) -> Vec<String> {
        match table.get(key) {
            None => Vec::new(),
            Some(Value::Array(values)) => values
                .iter()
                .filter_map(|value| match value {
                    Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
                    other => {
                        self.add(format!("{key}: expected texts, found {}", shown(other)));
                        None
                    }
                })
                .collect(),
            Some(other) => {
                self.add(format!("{key}: expected a list of texts, found {}", shown(other)));
                Vec::new()
            }
        }
    }

    fn flag(&mut self, table: &Table, key: &str) -> bool {
        match table.get(key) {
            None => false,
            Some(Value::Boolean(flag)) => *flag,
            Some(other) => {
                self.add(format!("{key}: expected true or false, found {}", shown(other)));
                false
            }
        }
    }

    fn fields(&mut self, table: &Table, list: &str) -> Vec<Field> {
        let entries = match table.get(list) {
            None => return Vec::new(),
            Some(Value::Array(entries)) => entries,
            Some(other) => {
                self.add(format!("{list}: expected [[{list}]], found {}", shown(other)));
                return Vec::new();
            }
        };
        let outer = self.at.clone();
        let mut fields: Vec<Field> = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            self.at = format!("{outer}: {list} {}", index + 1);
            let Value::Table(entry) = entry else {
                self.add(format!("expected [[{list}]], found {}", shown(entry)));
                continue;
            };
            self.known(
                entry,
                &[
                    "key",
                    "names",
                    "like_codes",
                    "type",
                    "required",
                    "spread",
                    "unit",
                    "same_day",
                    "excused",
                    "nothing",
                    "blank",
                    "yuan_above",
                    "entries",
                    "adds_up",
                    "quiet",
                    "aside",
                    "below",
                ],
            );
            let key = self.text(entry, "key");
            let word = self.text(entry, "type");
            let kind = Kind::ALL.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind);
            if kind.is_none() && !word.is_empty() {
                let words: Vec<_> = Kind::ALL.iter().map(|(name, _)| *name).collect();
                self.add(format!("type: expected one of {}, found {word:?}", words.join(", ")));
            }
            let names: Vec<_> = self.texts(entry, "names").iter().map(|name| Name::parse(name)).collect();
            let like_codes: Vec<_> =
                self.texts(entry, "like_codes").iter().map(|name| Name::parse(name)).collect();
            if names.is_empty() && like_codes.is_empty() {
                self.add("names: expected at least one".to_owned());
            }
            for name in names.iter().chain(&like_codes) {
                if let Some(other) =
                    fields.iter().find(|field| field.names.contains(name) || field.like_codes.contains(name))
                {
                    let other = other.key.clone();
                    self.add(format!("names: {:?} also belongs to {other}", name.last));
                }
            }
            if fields.iter().any(|field| field.key == key) {
                self.add(format!("key: {key:?} stands twice"));
            }
            fields.push(Field {
                key,
                kind: kind.unwrap_or(Kind::Text),
                required: self.flag(entry, "required"),
                spread: self.flag(entry, "spread"),
                unit: self.optional(entry, "unit"),
                same_day: self.words(entry, "same_day"),
                excused: self.words(entry, "excused"),
                nothing: self.words(entry, "nothing"),
                blank: self.optional(entry, "blank"),
                yuan_above: self.number(entry, "yuan_above"),
                entries: self.flag(entry, "entries"),
                adds_up: self.flag(entry, "adds_up"),
                quiet: self.flag(entry, "quiet"),
                aside: self.flag(entry, "aside"),
                below: self.flag(entry, "below"),
                like_codes,
                names,
            });
        }
        self.at = outer;
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_layout_parses() {
        for dir in BUILT_IN.dirs() {
            let id = dir.path().to_str().expect("folder names are ASCII");
            let file = dir.get_file(dir.path().join("layout.toml")).expect("every folder has a layout.toml");
            parse_layout(id, file.contents_utf8().expect("is UTF-8")).expect("has no fault");
        }
        let folders = BUILT_IN.dirs().count();
        assert!(folders >= 20, "the layouts are embedded");
        assert_eq!(built_in_layouts().len(), folders);
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let text = r#"
            role = "table"
            row_key = "code"
            colour = "red"
            totals = [1]
            [[column]]
            key = "a"
            names = ["编号"]
            type = "int"
            [[column]]
            key = "a"
            names = ["编 号"]
            type = "text"
            spread = "yes"
        "#;
        let faults = parse_layout("x", text).expect_err("is full of faults");
        let expected = [
            "x: colour: no such key",
            "x: title: missing",
            "x: role: expected check-sheet, problem-list, matrix, register, units, rows, aliases or return-list, found \"table\"",
            "x: totals: expected texts, found 1",
            "x: column 1: type: expected one of text, code",
            "x: column 2: names: \"编号\" also belongs to a",
            "x: column 2: key: \"a\" stands twice",
            "x: column 2: spread: expected true or false, found \"yes\"",
            "x: column: expected at least one with required = true",
            "x: row_key: no column has the key \"code\"",
        ];
        assert_eq!(faults.len(), expected.len(), "{faults:#?}");
        for (fault, expected) in faults.iter().zip(expected) {
            assert!(fault.starts_with(expected), "{fault}");
        }
    }
}
