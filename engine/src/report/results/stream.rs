//! Writes `results.json` of a run piece by piece: a county's would fill the memory twice, once as values
//! and once as text. Has the order of [`Results`](super::Results); a test reads it back and compares.

use std::io;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::{Fault, SCHEMA, Source, campaign, frequency, ledger, of_run, standardization, yearend};
use crate::model::Run;

/// Writes the file: the same bytes for equal runs. One line, and a line end.
///
/// Errors: what the writer says.
pub fn write(run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &Whole(run))?;
    out.write_all(b"\n")
}

/// A list whose elements are made when they are written.
pub(super) struct Each<F>(pub F);

impl<F, I> Serialize for Each<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

struct Whole<'r>(&'r Run);

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let run = self.0;
        let mut fields = serializer.serialize_struct("Results", 17)?;
        fields.serialize_field("schema", &SCHEMA)?;
        fields.serialize_field("program", &run.program)?;
        fields.serialize_field("as_of", &run.as_of.to_string())?;
        fields.serialize_field("issuer", &run.issuer)?;
        fields.serialize_field("town", &run.register.town)?;
        fields.serialize_field("plugins", &Each(|| run.plugins.iter().map(of_run::plugin)))?;
        fields.serialize_field("checks", &Each(|| run.checks.iter().map(|one| of_run::check(run, one))))?;
        let problems = || run.problems.iter().map(|one| of_run::problem(&run.sources, one));
        fields.serialize_field("problems", &Each(problems))?;
        if let Some(ledger) = ledger::ledger(run) {
            fields.serialize_field("ledger", &ledger)?;
        }
        let campaigns = campaign::campaigns(run);
        if !campaigns.is_empty() {
            fields.serialize_field("campaigns", &campaigns)?;
        }
        if let Some(frequency) = frequency::frequency(run) {
            fields.serialize_field("frequency", &frequency)?;
        }
        let signals = &run.supervision.signals;
        if !signals.is_empty() {
            let each = || signals.iter().map(|one| of_run::signal(&run.sources, one));
            fields.serialize_field("signals", &Each(each))?;
        }
        if let Some(standardization) = standardization::standardization(run) {
            fields.serialize_field("standardization", &standardization)?;
        }
        if let Some(letters) = yearend::letters(run) {
            fields.serialize_field("letters", &letters)?;
        }
        let enterprises = yearend::enterprises(run);
        if !enterprises.is_empty() {
            fields.serialize_field("enterprises", &enterprises)?;
        }
        let faults = || run.faults.iter();
        let fault = |fault: &crate::model::PluginFault| Fault {
            plugin: fault.plugin.clone(),
            message: fault.zh.clone(),
        };
        fields.serialize_field("faults", &Each(|| faults().map(fault)))?;
        let source = |source: &crate::model::Source| Source {
            path: source.path.clone(),
            sha256: source.digest.clone(),
            bytes: source.len,
            missing: source.missing,
        };
        fields.serialize_field("sources", &Each(|| run.sources.0.iter().map(source)))?;
        fields.end()
    }
}
