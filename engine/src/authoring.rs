//! Checklists written in Excel: the definition workbook becomes a plugin, and a plugin gives its
//! workbook back.
//! Knows the names of sheets and columns and no rule of any sector; what a definition means is the
//! SDK's to check and the guest's to judge by.

mod added;
mod basis;
mod sheets;
mod table;
mod written;

use std::path::Path;

use anping_sdk::definition::{Definition, resolve};

pub use self::added::pack_items;
pub use self::sheets::{Sheets, write};
pub use self::table::Fault;

use crate::evaluate::{Host, LoadedPlugin};
use crate::lint::{self, Finding};
use crate::model::{Date, Lang, PluginFault};
use crate::pipeline::golden;

/// The data-driven guest, as a core module.
static GUEST: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/workbook.wasm"));

/// Why a workbook does not become a plugin.
#[derive(Debug)]
pub enum Error {
    /// The file is no workbook that can be read.
    Unreadable(String),
    /// Cells that must be put right; all of them.
    Faults(Vec<Fault>),
    /// Rules by which a score has no grade or two, or whose sums are wrong.
    Unsound(Vec<Finding>),
    /// The plugin does not load.
    Plugin(PluginFault),
    /// The guest does not take the definition: a fault of this program.
    Guest(String),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreadable(why) | Self::Guest(why) => f.write_str(why),
            Self::Faults(faults) => {
                let lines: Vec<_> = faults.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
            Self::Unsound(findings) => {
                let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
            Self::Plugin(fault) => f.write_str(&fault.line(Lang::Zh)),
        }
    }
}

impl std::error::Error for Error {}

/// A plugin made of a workbook, and what its author should hear of it.
#[derive(Debug, Clone)]
pub struct Packed {
    /// The component.
    pub bytes: Vec<u8>,
    /// What the health check says; none of it is in [`REFUSED`].
    pub findings: Vec<Finding>,
    /// Columns and settings that are filled in and that no rule reads: sheet and name.
    pub unread: Vec<(String, String)>,
}

/// What the health check must not find: with it a score has no grade or two, or a sum is wrong.
const REFUSED: [lint::Fault; 4] =
    [lint::Fault::Sum, lint::Fault::Gap, lint::Fault::Overlap, lint::Fault::Twice];

/// Makes the plugin of a definition workbook. `on`: the day of the health check.
///
/// Shape: the same cells always give the same bytes. Every case of the sheet 样例 was assessed in the
/// sandbox and gave the score and grade that stand there; the complete result is then its golden case.
/// Errors: every cell that is wrong; rules that are not sound.
pub fn pack(file: &Path, host: &Host, on: Date) -> Result<Packed, Error> {
    let sheets = sheets::read(file).map_err(Error::Unreadable)?;
    let (made, plugin) = define(&sheets, host)?;
    let (refused, findings): (Vec<_>, Vec<_>) = lint::lint_manifest(&plugin.plugin.manifest, on)
        .into_iter()
        .partition(|finding| REFUSED.contains(&finding.fault));
    if !refused.is_empty() {
        return Err(Error::Unsound(refused));
    }
    Ok(Packed { bytes: bytes(&made, &source(&sheets)?)?, findings, unread: table::kept_only(&sheets) })
}

/// The definition that a workbook says, with its golden cases, and the plugin that judges by it.
fn define(sheets: &Sheets, host: &Host) -> Result<(Definition, LoadedPlugin), Error> {
    let read = written::read(sheets);
    let mut definition = read.definition;
    let mut faults = read.faults;
    if !definition.checklist.item.is_empty()
        && let Err(wrong) = resolve(&definition.checklist, &definition.version)
    {
        // A category that does not exist was told with its cell already.
        let news = wrong.iter().filter(|fault| fault.field != "category");
        faults.extend(news.map(|fault| Fault::of_checklist(fault, &read.rows, sheets)));
    }
    if !faults.is_empty() {
        return Err(Error::Faults(faults));
    }
    let made = bytes(&definition, &source(sheets)?)?;
    let plugin = host.load(&definition.checklist.id, &made).map_err(Error::Plugin)?;
    let (_, found) = golden::check(host, &plugin).map_err(Error::Plugin)?;
    for (case, wanted) in definition.cases.iter_mut().zip(&read.cases) {
        // Until now nothing was expected of it, so it differs and says what came out.
        let Some(found) = found.iter().find(|found| found.name == wanted.name) else { continue };
        faults.extend(wanted.compare(&found.found));
        *case = format!("{}\nexpect\n{}", case.trim_end_matches("\nexpect\n"), found.found);
    }
    if faults.is_empty() { Ok((definition, plugin)) } else { Err(Error::Faults(faults)) }
}

fn source(sheets: &Sheets) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(&sheets.0).map_err(|wrong| Error::Guest(wrong.to_string()))
}

fn bytes(definition: &Definition, source: &[u8]) -> Result<Vec<u8>, Error> {
    let data = definition.to_bytes().ok_or_else(|| Error::Guest("定义无法编码".to_owned()))?;
    anping_pack::with_definition(GUEST, &data, source).map_err(|wrong| Error::Guest(wrong.to_string()))
}

/// The workbook of a plugin.
#[derive(Debug, Clone)]
pub struct Unpacked {
    /// Its sheets.
    pub sheets: Sheets,
    /// Whether packing them again gives the same bytes. Where not, the plugin was packed by another
    /// version of this program; the definition it judges by is the workbook's all the same.
    pub same_bytes: bool,
}

/// Gives the sheets of the definition workbook back.
///
/// Errors: the plugin was not made of a workbook, or its sheets are not what it judges by.
pub fn unpack(plugin: &[u8], host: &Host) -> Result<Unpacked, Error> {
    let unreadable = |why: &str| Error::Unreadable(why.to_owned());
    let origin = anping_pack::definition_source(plugin).map_err(|_| unreadable("不是插件"))?;
    let origin = origin
        .ok_or_else(|| unreadable("不是由检查表工作簿打包的插件:其规则有程序代码,工作簿无法表达,不能还原"))?;
    let sheets = serde_json::from_slice(origin).map(Sheets).map_err(|_| unreadable("所带的工作簿已损坏"))?;
    let (made, _) = define(&sheets, host)?;
    let same_bytes = bytes(&made, &source(&sheets)?)? == plugin;
    // The guest may be another version's; what counts is what it was given to judge by.
    let held = anping_pack::definition(plugin).ok().flatten().and_then(Definition::from_bytes);
    let without_cases = |definition: &Definition| Definition { cases: Vec::new(), ..definition.clone() };
    if same_bytes || held.is_some_and(|held| without_cases(&held) == without_cases(&made)) {
        Ok(Unpacked { sheets, same_bytes })
    } else {
        Err(unreadable("所带的工作簿与插件实际执行的规则不一致"))
    }
}

/// A workbook to begin with: a small checklist that packs, with what each column means in 备注.
pub fn example(id: &str) -> Sheets {
    let rows = |text: &str| -> Vec<Vec<String>> {
        let row = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect();
        text.replace("{id}", id).lines().map(row).collect()
    };
    let sheets = EXAMPLE.split("\n## ").filter_map(|part| part.trim_start_matches("## ").split_once('\n'));
    Sheets(sheets.map(|(name, text)| (name.trim().to_owned(), rows(text.trim_end()))).collect())
}

/// The example: `## sheet`, then a row a line.
static EXAMPLE: &str = include_str!("../data/checklist-example.txt");
