//! `anping draw`: a random draw of enterprises and inspectors (双随机) that anybody can repeat.
//!
//! Who is drawn follows from the seed alone: each candidate gets the SHA-256 of seed and number, and the
//! least ones are drawn. Neither the order of the register nor the machine has a say.

use clap::{Arg, ArgMatches, Command, value_parser};
use sha2::{Digest as _, Sha256};

use super::progress::Bars;
use super::{Exit, World};
use crate::model::{Enterprise, Lang};
use crate::pipeline;

/// The command line.
pub fn command(lang: Lang) -> Command {
    let text = |id: &'static str, name, about| Arg::new(id).long(id).value_name(name).help(about);
    Command::new("draw")
        .about(lang.of(
            "双随机抽取:从名录中抽取检查对象和检查人员,种子公开、结果可复核",
            "draw enterprises and inspectors at random, reproducibly",
        ))
        .arg(super::inbox_arg(lang))
        .arg(super::as_of_arg(lang))
        .arg(
            text("count", lang.of("家数", "COUNT"), lang.of("抽取多少家", "how many enterprises"))
                .required(true)
                .value_parser(value_parser!(u32).range(1..=100_000)),
        )
        .arg(
            text(
                "seed",
                lang.of("种子", "SEED"),
                lang.of(
                    "公开产生的种子,如当期开奖号码;同一种子结果相同",
                    "a seed that is made in public; the same seed draws the same",
                ),
            )
            .required(true),
        )
        .arg(text("sector", lang.of("行业", "SECTOR"), lang.of("只抽这一行业领域", "only this sector")))
        .arg(text(
            "inspectors",
            lang.of("姓名", "NAMES"),
            lang.of("检查人员,以逗号分隔;每家随机两人", "inspectors, with commas; two for each"),
        ))
        .args(super::plugin_args(lang))
}

/// A candidate's place in the draw.
fn place(parts: &[&str]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in parts {
        // The length first, so that no two lists of parts read the same.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().to_vec()
}

/// Runs it.
pub fn run(matches: &ArgMatches, lang: Lang, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let settings = super::settings(matches, world, world.today)?;
    let inbox = matches.get_one::<std::path::PathBuf>("inbox").cloned().unwrap_or_default();
    let text = |id: &str| matches.get_one::<String>(id).map_or("", String::as_str).trim();
    let (seed, sector) = (text("seed"), text("sector"));
    let bars = Bars::new(world.terminal, lang, world.cancelled);
    let run = pipeline::check(&inbox, &settings, &bars);
    bars.finish();
    let run = run?;
    let takes_part = |one: &&Enterprise| {
        one.is_active(settings.as_of) && (sector.is_empty() || one.sector.contains(sector))
    };
    let mut candidates: Vec<&Enterprise> = run.register.enterprises.iter().filter(takes_part).collect();
    candidates.sort_by_cached_key(|one| (place(&[seed, one.called()]), one.at));
    let count = matches.get_one::<u32>("count").copied().unwrap_or(1) as usize;
    let names = text("inspectors");
    let inspectors: Vec<&str> =
        names.split([',', '\u{FF0C}', '、']).map(str::trim).filter(|name| !name.is_empty()).collect();
    let drawn = count.min(candidates.len());
    match lang {
        Lang::Zh => {
            writeln!(world.out, "种子 {seed};{}在册 {} 家,抽取 {drawn} 家", settings.as_of, candidates.len())?
        }
        Lang::En => writeln!(
            world.out,
            "seed {seed}; {} active on {}, {drawn} drawn",
            candidates.len(),
            settings.as_of
        )?,
    }
    for (index, one) in candidates.iter().take(count).enumerate() {
        let mut team: Vec<&str> = inspectors.clone();
        team.sort_by_cached_key(|name| place(&[seed, one.called(), name]));
        team.truncate(2);
        let line = format!("{} {} {} {}", index + 1, one.number, one.name, team.join("、"));
        writeln!(world.out, "{}", line.trim_end())?;
    }
    Ok(if candidates.is_empty() { Exit::Findings } else { Exit::Done })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_follows_from_the_seed_and_the_number_alone() {
        let order = |seed: &str| {
            let mut all = vec!["E001", "E002", "E003", "E004", "E005"];
            all.sort_by_cached_key(|number| place(&[seed, number]));
            all
        };
        assert_eq!(order("2026001"), order("2026001"));
        assert_ne!(order("2026001"), order("2026002"));
        assert_ne!(place(&["1", "2E"]), place(&["12", "E"]));
    }
}
