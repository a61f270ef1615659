//! What a fill-in form needs beside its checklist: who is checked, what applies to it, and which of its
//! hazards are open. Draws nothing; that is `report::fill_in`.

use std::fmt;
use std::path::{Path, PathBuf};

use super::{Settings, Watch, check};
use crate::evaluate::{self, Host, LoadedPlugin};
use crate::model::ledger::Hazard;
use crate::model::text::match_key;
use crate::model::{Enterprise, EnterpriseId, Lang, Plugin, PluginFault, Register, Run};
use crate::report::fill_in::{FillIn, OpenHazard, fill_in};
use crate::{intake, register, subjects};

/// For whom a form is made.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Id of the plugin.
    pub plugin: String,
    /// Number, credit code or name in the register; none: a form for anybody.
    pub subject: Option<String>,
    /// The register's workbook; none: the one in the inbox.
    pub register: Option<PathBuf>,
    /// The inbox whose ledger says what is open.
    pub inbox: Option<PathBuf>,
}

/// Why there is no form.
#[derive(Debug)]
pub enum Error {
    /// The register or inbox cannot be read, or the user stopped the run.
    Run(super::Error),
    /// The plugin does not load.
    Fault(PluginFault),
    /// No plugin has this id; those that there are.
    NoPlugin {
        /// As asked.
        id: String,
        /// All ids.
        known: Vec<String>,
    },
    /// A subject without a register to find it in.
    NoRegister,
    /// The register has nobody of this number, code or name, or more than one.
    NoSubject {
        /// As asked.
        subject: String,
        /// How many fit.
        found: usize,
    },
    /// The writer refused: a checklist beyond Excel's limits.
    Workbook(String),
}

impl Error {
    /// One sentence, for whoever runs the program.
    pub fn line(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Run(wrong), _) => wrong.to_string(),
            (Self::Fault(fault), _) => fault.line(lang),
            (Self::NoPlugin { id, known }, Lang::Zh) => format!("没有插件 {id};现有 {}", known.join("、")),
            (Self::NoPlugin { id, known }, Lang::En) => {
                format!("no plugin {id}; there are {}", known.join(", "))
            }
            (Self::NoRegister, _) => lang
                .of(
                    "名录中没有单位:请用 --register 给出名录,或用 --open-hazards 给出含名录的收件文件夹",
                    "the register has nobody: give one with --register, or an inbox that has one with --open-hazards",
                )
                .to_owned(),
            (Self::NoSubject { subject, found: 0 }, Lang::Zh) => {
                format!("名录中没有“{subject}”(编号、统一社会信用代码或名称)")
            }
            (Self::NoSubject { subject, found: 0 }, Lang::En) => {
                format!("the register has no “{subject}” (number, credit code or name)")
            }
            (Self::NoSubject { subject, found }, Lang::Zh) => {
                format!("名录中有 {found} 家“{subject}”,请写编号")
            }
            (Self::NoSubject { subject, found }, Lang::En) => {
                format!("the register has {found} of “{subject}”: give the number")
            }
            (Self::Workbook(why), Lang::Zh) => format!("填报表无法生成: {why}"),
            (Self::Workbook(why), Lang::En) => format!("the form cannot be made: {why}"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line(Lang::Zh))
    }
}

impl std::error::Error for Error {}

/// Makes a form.
///
/// Shape: the workbook's bytes.
/// Errors: the plugin or the subject is not known, or what is asked cannot be read.
pub fn make(wanted: &Wanted, settings: &Settings, watch: &dyn Watch) -> Result<Vec<u8>, Error> {
    let plugin = &load_one(&wanted.plugin, settings)?;
    let of_inbox =
        wanted.inbox.as_deref().map(|inbox| check(inbox, settings, watch)).transpose().map_err(Error::Run)?;
    let register = match (&wanted.register, &of_inbox) {
        (Some(file), _) => read_register(file, settings, watch)?,
        (None, Some(run)) => run.register.clone(),
        (None, None) => Register::default(),
    };
    let subject = match &wanted.subject {
        Some(subject) => Some(find(subject, &register.enterprises)?),
        None => None,
    };
    let tags = subject.map_or_else(Vec::new, |subject| subjects::tags_of(&plugin.manifest, subject));
    let open = match (&of_inbox, subject) {
        (Some(run), Some(subject)) => open_hazards(run, subject),
        _ => Vec::new(),
    };
    let form = FillIn {
        plugin,
        subject,
        tags: &tags,
        open: &open,
        as_of: settings.as_of,
        program: env!("CARGO_PKG_VERSION"),
    };
    fill_in(&form).map_err(|wrong| Error::Workbook(wrong.to_string()))
}

/// The plugin of this id, with what the locality sets otherwise in its checklist.
fn load_one(id: &str, settings: &Settings) -> Result<Plugin, Error> {
    let host = Host::new(settings.cache.clone()).map_err(|wrong| Error::Run(wrong.into()))?;
    let loaded = find_one(id, settings, &host)?;
    let tailored = super::tailored::alone(&host, loaded, &settings.tailoring).map_err(Error::Run)?;
    Ok(tailored.plugin)
}

/// The plugin of this id: the last that was given, or the built-in one. No other is compiled.
fn find_one(id: &str, settings: &Settings, host: &Host) -> Result<LoadedPlugin, Error> {
    let mut known = Vec::new();
    for (origin, bytes) in settings.plugins.iter().rev() {
        let loaded = host.load(origin, bytes).map_err(Error::Fault)?;
        if loaded.plugin.manifest.id == id {
            return Ok(loaded);
        }
        known.push(loaded.plugin.manifest.id);
    }
    let built_in = evaluate::built_in();
    match built_in.iter().find(|(own, _)| *own == id) {
        Some((_, bytes)) => host.load(super::BUILT_IN, bytes).map_err(Error::Fault),
        None => {
            known.extend(built_in.iter().map(|(own, _)| (*own).to_owned()));
            Err(Error::NoPlugin { id: id.to_owned(), known })
        }
    }
}

/// The register of one workbook; no plugin is needed to read it.
fn read_register(file: &Path, settings: &Settings, watch: &dyn Watch) -> Result<Register, Error> {
    let layouts = [settings.layouts.clone(), intake::built_in_layouts()].concat();
    let cache = settings.cache.as_deref();
    let read = intake::read_inbox(file, &layouts, cache, &|_, _| {}, &|| watch.cancelled());
    let read = read.map_err(|wrong| Error::Run(wrong.into()))?;
    Ok(register::read_register(&read.sources, &read.tables, settings.as_of).0)
}

/// The id of the plugin in these bytes.
///
/// Errors: it does not load.
pub fn id_of(origin: &str, bytes: &[u8], settings: &Settings) -> Result<String, Error> {
    let host =
        crate::evaluate::Host::new(settings.cache.clone()).map_err(|wrong| Error::Run(wrong.into()))?;
    host.load(origin, bytes).map(|loaded| loaded.plugin.manifest.id).map_err(Error::Fault)
}

fn find<'r>(subject: &str, enterprises: &'r [Enterprise]) -> Result<&'r Enterprise, Error> {
    if enterprises.is_empty() {
        return Err(Error::NoRegister);
    }
    let key = match_key(subject).to_uppercase();
    let is = |text: &str| !text.is_empty() && match_key(text).to_uppercase() == key;
    // A number is one enterprise's; a name may be two's.
    let by = [
        |one: &Enterprise| vec![one.number.clone()],
        |one: &Enterprise| vec![one.code.clone()],
        |one: &Enterprise| vec![one.name.clone(), one.former_name.clone()],
    ];
    let mut found = Vec::new();
    for texts in by {
        found = enterprises.iter().filter(|one| texts(one).iter().any(|text| is(text))).collect();
        if !found.is_empty() {
            break;
        }
    }
    match found.as_slice() {
        [one] => Ok(one),
        _ => Err(Error::NoSubject { subject: subject.to_owned(), found: found.len() }),
    }
}

/// What is open of an enterprise on the day of the run, in the ledger's order. The inbox may have a
/// register of its own: the enterprise is known there by its credit code or name.
fn open_hazards(run: &Run, subject: &Enterprise) -> Vec<OpenHazard> {
    let same = |id: EnterpriseId| {
        let own = run.register.get(id);
        (!own.code.is_empty() && own.code == subject.code) || match_key(&own.name) == match_key(&subject.name)
    };
    let is_own = |hazard: &&Hazard| match hazard.enterprise {
        Some(id) => same(id),
        None => match_key(&hazard.unit) == match_key(&subject.name),
    };
    let open = run.ledger.open(run.as_of).filter(is_own);
    open.map(|hazard| OpenHazard {
        id: hazard.id.clone(),
        text: run.ledger.leading(hazard).text.value.as_str().to_owned(),
        level: hazard.level,
        found: hazard.found,
        deadline: hazard.deadline,
        state: hazard.state(run.as_of).map_or("", |state| state.title()).to_owned(),
    })
    .collect()
}
