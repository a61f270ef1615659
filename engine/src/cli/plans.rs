//! `--plans`: a folder with a locality's own campaigns, frequency plan, thresholds of signals and days of reporting.
//! Knows the shape of the folder and nothing of what stands in the files.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, value_parser};

use crate::model::Lang;
use crate::pipeline::Plans;

/// The folders below that of the plans.
const FOLDERS: [&str; 4] = ["campaign", "frequency", "signals", "calendar"];
/// The longest plan: ours are below 2 KiB, and toml builds a tree of several times the text.
const MAX_BYTES: u64 = 1 << 20;
/// The most plans of one folder: somebody who gives more has given the wrong folder.
const MAX_FILES: usize = 1_000;

/// The argument.
pub fn plans_arg(lang: Lang) -> Arg {
    Arg::new("plans")
        .long("plans")
        .value_name(lang.of("文件夹", "FOLDER"))
        .value_parser(value_parser!(PathBuf))
        .help(lang.of(
            "本地的专项行动、检查频次、提示信号阈值和报送日历(子文件夹 campaign、frequency、signals、calendar)",
            "a locality's own plans: folders campaign, frequency, signals, calendar",
        ))
}

/// Plans that cannot be used; every fault on a line of its own.
#[derive(Debug)]
pub struct WrongPlans(Vec<String>);

impl std::fmt::Display for WrongPlans {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for WrongPlans {}

/// The plans that the command line gives, over those inside the program.
///
/// Errors: a folder without any plan, a file that cannot be read, and every fault in the files.
pub fn plans(matches: &ArgMatches) -> anyhow::Result<Plans> {
    let mut plans = Plans::built_in();
    let Some(folder) = matches.try_get_one::<PathBuf>("plans").ok().flatten() else { return Ok(plans) };
    let mut faults = Vec::new();
    let mut n_files = 0;
    for kind in FOLDERS {
        let below = folder.join(kind);
        let files = match files_of(&below) {
            Ok(files) => files,
            Err(wrong) if wrong.kind() == io::ErrorKind::NotFound => continue,
            Err(wrong) => {
                faults.push(format!("{}: {wrong}", below.display()));
                continue;
            }
        };
        n_files += files.len();
        for file in files {
            let read = text_of(&file).map_err(|wrong| wrong.to_string());
            let id = file.file_stem().unwrap_or_default().to_string_lossy();
            if let Err(wrong) = read.and_then(|text| plans.set(kind, &id, &text)) {
                faults.push(format!("{}: {wrong}", file.display()));
            }
        }
    }
    if n_files == 0 && faults.is_empty() {
        faults.push(format!("{}: no .toml in campaign, frequency, signals or calendar", folder.display()));
    }
    if faults.is_empty() { Ok(plans) } else { Err(WrongPlans(faults).into()) }
}

/// The plans of a folder, sorted.
fn files_of(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
        if files.len() > MAX_FILES {
            return Err(io::Error::other(format!("more than {MAX_FILES} plans")));
        }
    }
    files.sort();
    Ok(files)
}

/// The text of a plan, up to the limit.
fn text_of(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(file)?.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!("at most {MAX_BYTES} bytes")));
    }
    Ok(text)
}
