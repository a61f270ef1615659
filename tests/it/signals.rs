//! Signals of the sample town: what they say, where they are shown, and that they decide nothing.

use acceptance::{assess, settings, sheets, whole_town};
use anping::model::{ProblemCode, Run, Severity};
use anping::report::{self, Templates};

fn run() -> Run {
    assess(whole_town().path(), &settings())
}

/// Code, whom it concerns, fact, and the cells.
fn shown(run: &Run) -> Vec<(&'static str, String, String, Vec<String>)> {
    let one = |signal: &anping::model::signal::Signal| {
        let cells = signal.rows.iter().map(|at| run.sources.show((*at).into())).collect();
        (signal.code.key(), signal.who.clone(), signal.fact.clone(), cells)
    };
    run.supervision.signals.iter().map(one).collect()
}

#[test]
fn the_town_has_two_signals_with_the_rows_that_show_them() {
    let run = run();
    let signals = shown(&run);
    // 古井村 filed nothing from October to December; 盛欣宾馆 found nothing itself and others three times.
    let [(streak, _, months, three), (own, hotel, fact, rows)] = &signals[..] else { panic!("{signals:#?}") };
    assert_eq!((*streak, months.as_str()), ("zero_streak", "10、11、12月连续三个月零报告,在册5家"));
    let files: Vec<_> = three.iter().filter_map(|cell| cell.split(" › ").next()).collect();
    assert_eq!(
        files,
        [
            "村月报/2026-10/V03_隐患月报.xlsx",
            "村月报/2026-11/V03_隐患月报.xlsx",
            "村月报/2026-12/V03_隐患月报.xlsx"
        ]
    );
    assert_eq!((*own, hotel.as_str()), ("signal_self_found", "平川县青石镇盛欣宾馆"));
    assert_eq!(fact, "自查2次报送均为0条,其他来源发现3条");
    let of = |start: &str| rows.iter().filter(|cell| cell.starts_with(start)).count();
    assert_eq!((of("企业自查/"), of("行业检查/人员密集/问题清单式_国庆节前.xlsx")), (2, 3), "{rows:#?}");
}

#[test]
fn signals_stand_on_a_sheet_of_their_own_and_accuse_nobody() {
    let run = run();
    let files = report::make(&run, &Templates::built_in().of_ledger()).expect("reports");
    let book = files.iter().find(|file| file.name == "隐患台账.xlsx").expect("the ledger");
    let (_, sheet) = sheets(&book.bytes).into_iter().find(|(name, _)| name == "提示信号").expect("the sheet");
    let text = sheet.concat().concat();
    for (_, who, fact, cells) in shown(&run) {
        for part in cells.iter().chain([&who, &fact]) {
            assert!(text.contains(part.as_str()), "{part}");
        }
    }
    let of_signals = ProblemCode::ALL.iter().filter(|code| code.key().starts_with("signal_"));
    for code in of_signals {
        assert_ne!(code.severity(), Severity::Mandatory, "{}", code.key());
        let said = [code.title(anping::model::Lang::Zh), code.remedy(anping::model::Lang::Zh)].concat();
        for word in ["造假", "弄虚作假", "抄袭", "违规", "编造", "失职", "瞒报"] {
            assert!(!said.contains(word) && !text.contains(word), "{}: {word}", code.key());
        }
    }
}
