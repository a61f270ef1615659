//! Checklists written in Excel: the definition workbook becomes a plugin, and a plugin gives its
//! workbook back.
//! Knows the names of sheets and columns and no rule of any sector; what a definition means is the
//! SDK's to check and the guest's to judge by.

mod sheets;
mod written;

use std::path::Path;

use anping_sdk::definition::{Definition, resolve};

pub use self::sheets::{Sheets, write};
pub use self::written::Fault;

use crate::evaluate::Host;
use crate::model::{Lang, PluginFault};
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
            Self::Plugin(fault) => f.write_str(&fault.line(Lang::Zh)),
        }
    }
}

impl std::error::Error for Error {}

/// Makes the plugin of a definition workbook.
///
/// Shape: the component's bytes; the same cells always give the same. Every case of the sheet 样例
/// was assessed in the sandbox and gave the score and grade that stand there; the complete result
/// is then its golden case.
/// Errors: every cell that is wrong.
pub fn pack(file: &Path, host: &Host) -> Result<Vec<u8>, Error> {
    pack_sheets(&sheets::read(file).map_err(Error::Unreadable)?, host)
}

fn pack_sheets(sheets: &Sheets, host: &Host) -> Result<Vec<u8>, Error> {
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
    let source = serde_json::to_vec(&sheets.0).map_err(|wrong| Error::Guest(wrong.to_string()))?;
    let plugin = host.load(&definition.checklist.id, &bytes(&definition, &source)?).map_err(Error::Plugin)?;
    let (_, found) = golden::check(host, &plugin).map_err(Error::Plugin)?;
    for (case, wanted) in definition.cases.iter_mut().zip(&read.cases) {
        // Until now nothing was expected of it, so it differs and says what came out.
        let Some(found) = found.iter().find(|found| found.name == wanted.name) else { continue };
        faults.extend(wanted.compare(&found.found));
        *case = format!("{}\nexpect\n{}", case.trim_end_matches("\nexpect\n"), found.found);
    }
    if faults.is_empty() { bytes(&definition, &source) } else { Err(Error::Faults(faults)) }
}

fn bytes(definition: &Definition, source: &[u8]) -> Result<Vec<u8>, Error> {
    let data = definition.to_bytes().ok_or_else(|| Error::Guest("定义无法编码".to_owned()))?;
    anping_pack::with_definition(GUEST, &data, source).map_err(|wrong| Error::Guest(wrong.to_string()))
}

/// Gives the sheets of the definition workbook back.
///
/// Errors: the plugin was not made of a workbook, or by another version of this program, or its
/// sheets are not what it judges by.
pub fn unpack(plugin: &[u8], host: &Host) -> Result<Sheets, Error> {
    let unreadable = |why: &str| Error::Unreadable(why.to_owned());
    let source = anping_pack::definition_source(plugin).map_err(|_| unreadable("不是插件"))?;
    let source = source.ok_or_else(|| unreadable("不是由检查表工作簿打包的插件"))?;
    let sheets = serde_json::from_slice(source).map(Sheets).map_err(|_| unreadable("所带的工作簿已损坏"))?;
    if pack_sheets(&sheets, host)? == plugin {
        Ok(sheets)
    } else {
        Err(unreadable("所带的工作簿与插件实际执行的规则不一致,或由另一版本的程序打包"))
    }
}
