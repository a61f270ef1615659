//! Hostile plugins: each is stopped by the limit it is made for, says so in one line, and spoils
//! nothing beside itself. Every fixture in `tests/hostile/` is in a test, or the last test fails.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Mutex;

use acceptance::hostile;
use anping::evaluate::{Host, LoadedPlugin};
use anping::model::{
    Answer, Assessed, CellRef, Date, Decimal, Effect, Evaluation, Lang, Manifest, PluginFault, Provenance,
    Reason, SourceId, Subject, Verdict, Written,
};
use anping::pipeline::golden;

const AS_OF: Date = Date::constant(2026, 12, 31);
/// Kinds of subject of the fixtures: answered honestly, and not.
const GOOD: u32 = 0;
const BAD: u32 = 1;

/// Fixtures that cannot be loaded, and what is said of them. Named by file: they never got so far
/// as to say their own name.
const NOT_LOADED: [(&str, &str); 9] = [
    ("compile-bomb-values", "函数或代码块的参数、返回值有 12 个,超过上限"),
    ("loop-in-describe", "计算步数超过上限(2,000,000,000),疑似死循环"),
    ("loop-in-start", "计算步数超过上限(2,000,000,000),疑似死循环"),
    ("memory-from-the-start", "内存超过上限(64 MiB)"),
    ("later-contract", "按更新的接口版本 2.0.0 编制,本程序支持 1.0,请升级本程序"),
    ("earlier-contract", "按旧的接口版本 0.9.0 编制,本程序支持 1.0,请升级插件"),
    ("no-contract", "不是安评插件:没有导出 anping:plugin/assessor"),
    ("imports-files", "要求引入 wasi:filesystem/types@0.2.0,插件不得引入任何外部功能"),
    ("other-functions", "导出的函数或类型与接口 1.0 不符:"),
];

/// Fixtures that fail on a subject of kind `bad`, and what is said of them.
const FAILS: [(&str, &str); 34] = [
    ("loop-in-realloc", "计算步数超过上限(2,001,000,000),疑似死循环"),
    ("loop-in-post-return", "计算步数超过上限(2,001,000,000),疑似死循环"),
    ("re-entrance", "调用层数过深,栈超过上限(512 KiB)"),
    ("loop-in-assess", "计算步数超过上限(2,001,000,000),疑似死循环"),
    (FILLS, "计算步数超过上限(2,001,000,000),疑似死循环"),
    ("memory-bomb", "内存超过上限(64 MiB)"),
    ("table-bomb", "表元素超过上限(20,000)"),
    ("deep-recursion", "调用层数过深,栈超过上限(512 KiB)"),
    ("trap", "异常中止(unreachable)"),
    ("out-of-bounds", "异常中止(out of bounds memory access)"),
    ("giant-result", "返回的结果超过上限(32 MiB)"),
    ("broken-text", "返回的内容不合接口类型:"),
    ("result-out-of-memory", "返回的内容不合接口类型:"),
    ("too-few-results", "返回的结果不合约定:assess 有 0 个,应为 1 个"),
    ("too-few-outcomes", "返回的结果不合约定:outcomes 有 0 个,应为 1 个"),
    ("unknown-item", "返回的结果不合约定:outcomes[0].item 指向第 7 个(从 0 起),共 1 个"),
    ("unknown-evidence", "返回的结果不合约定:outcomes[0].evidence 指向第 4000000000 个(从 0 起),共 1 个"),
    ("points-above-the-item", "返回的结果不合约定:outcomes[0].deductions[0].points 为 7,大于 2"),
    ("scale-beyond-nine", "返回的结果不合约定:outcomes[0].deductions[0].points 有 255 位小数,上限 9 位"),
    ("escape-in-message", "返回的结果不合约定:failure.message 含不可打印字符 U+001B"),
    ("empty-message", "返回的结果不合约定:failure.message 为空"),
    ("columns-loop", "计算步数超过上限(2,001,000,000),疑似死循环"),
    ("columns-too-few", "返回的结果不合约定:verdicts 有 0 个,应为 1 个"),
    ("columns-too-many", "返回的结果不合约定:verdicts 有 2 个,应为 1 个"),
    ("columns-no-result", "返回的结果不合约定:assess 有 0 个,应为 1 个"),
    ("columns-no-verdict", "返回的结果不合约定:outcomes[0].verdict 指向第 9 个(从 0 起),共 9 个"),
    ("columns-points", "返回的结果不合约定:outcomes[0].deductions[0].points 为 7,大于 2"),
    ("columns-scale", "返回的结果不合约定:outcomes[0].deductions[0].points 有 255 位小数,上限 9 位"),
    ("columns-takes-and-passes", "返回的结果不合约定:outcomes[0].deductions 判定为“合格”却有扣分"),
    (
        "columns-unknown-evidence",
        "返回的结果不合约定:outcomes[0].evidence 指向第 4000000000 个(从 0 起),共 1 个",
    ),
    ("columns-unknown-answer", "返回的结果不合约定:evidence 指向第 4000000000 个(从 0 起),共 1 个"),
    (
        "columns-failed-subject",
        "返回的结果不合约定:deductions 属于第 0 个答案(从 0 起),次序不对或该对象未评估",
    ),
    ("columns-giant", "返回的结果超过上限(32 MiB)"),
    ("columns-out-of-memory", "返回的内容不合接口类型:"),
];

/// Fixtures that behave, in tests of their own.
const BEHAVE: [&str; 7] =
    ["columns", "columns-scribbles", "honest", "loop-in-examples", "remembers", "scribbles", "slow-drip"];

/// Spends its instructions in a tenth of the time that `loop-in-assess` takes.
const FILLS: &str = "fills-in-assess";

fn host() -> Host {
    Host::new(None).expect("the sandbox runs here")
}

fn load(host: &Host, name: &str) -> LoadedPlugin {
    match host.load(&format!("{name}.wasm"), &hostile::plugin(name)) {
        Ok(loaded) => loaded,
        Err(fault) => panic!("{name}: {fault:?}"),
    }
}

fn refused(host: &Host, name: &str, bytes: &[u8]) -> PluginFault {
    match host.load(&format!("{name}.wasm"), bytes) {
        Ok(_) => panic!("{name} was loaded"),
        Err(fault) => fault,
    }
}

/// Writes a number beside the first answer.
fn enter(subject: &mut Subject, number: Decimal) {
    let answer = subject.answers.remove(0);
    subject.answers.insert(0, answer.with(Written { number: Some(number), ..Written::NOTHING }));
}

fn subject(plugin: usize, kind: u32) -> Subject {
    Subject {
        enterprise: None,
        name: "青石镇盛诚加油站".to_owned(),
        code: String::new(),
        unit: String::new(),
        office: String::new(),
        inspectors: String::new(),
        plugin,
        kind,
        date: Date::constant(2026, 7, 16),
        tags: Vec::new(),
        facts: Vec::new(),
        tables: Vec::new(),
        indicators: Vec::new(),
        answers: vec![Answer::plain(0, Verdict::Pass, 0)],
        evidence: vec![Provenance { source: SourceId(0), sheet: 0, cell: CellRef::new(5, 5) }],
    }
}

fn evaluate(host: &Host, plugins: &[LoadedPlugin], subjects: &[Subject]) -> Vec<Evaluation> {
    let evaluations = host.evaluate(plugins, subjects, AS_OF, &[], &|_, _| {});
    assert_eq!(evaluations.len(), subjects.len());
    evaluations
}

/// One word for an evaluation, or the fault's line.
fn shown(evaluation: &Evaluation) -> String {
    match evaluation {
        Evaluation::Assessed(assessed) => {
            assert_eq!(assessed.outcomes.len(), 1);
            assert_eq!(assessed.outcomes[0].verdict, Verdict::Pass);
            "assessed".to_owned()
        }
        Evaluation::Failed { message, .. } => format!("failed {message}"),
        Evaluation::Fault(fault) => format!("{}:{}", fault.plugin, fault.zh),
    }
}

fn one_line(fault: &PluginFault) {
    for text in [&fault.zh, &fault.en] {
        assert!(!text.is_empty() && !text.contains('\n'), "{text:?}");
    }
}

#[test]
fn what_cannot_be_loaded_says_why() {
    let host = host();
    for (name, expected) in NOT_LOADED {
        let fault = refused(&host, name, &hostile::plugin(name));
        assert_eq!(fault.plugin, format!("{name}.wasm"));
        assert!(fault.zh.starts_with(expected), "{name}: {}", fault.zh);
        one_line(&fault);
    }
}

#[test]
fn a_guilty_subject_is_the_plugins_fault_and_its_neighbours_are_assessed() {
    let host = host();
    for (name, expected) in FAILS {
        let plugins = [load(&host, name)];
        // The guilty one is in the middle of a batch, after a batch without guilt.
        let kinds: Vec<_> = (0..100).map(|index| if index == 80 { BAD } else { GOOD }).collect();
        let mut subjects: Vec<_> = kinds.iter().map(|&kind| subject(0, kind)).collect();
        // The only list of its size in the call, for who waits for it.
        subjects[80].tags = vec![0];
        for (index, evaluation) in evaluate(&host, &plugins, &subjects).iter().enumerate() {
            match (kinds[index], evaluation) {
                (BAD, Evaluation::Fault(fault)) => {
                    assert_eq!(fault.plugin, format!("{name} 1.0.0"));
                    assert!(fault.zh.starts_with(expected), "{name}: {}", fault.zh);
                    one_line(fault);
                }
                (BAD, _) => panic!("{name} did no mischief: {evaluation:?}"),
                _ => assert_eq!(shown(evaluation), "assessed", "{name}, subject {index}"),
            }
        }
    }
}

#[test]
fn other_plugins_are_complete_beside_hostile_ones() {
    let host = host();
    let names = [FILLS, "honest", "memory-bomb", "trap", "giant-result"];
    let plugins: Vec<_> = names.iter().map(|name| load(&host, name)).collect();
    let subjects: Vec<_> = (0..150).map(|index| subject(index % names.len(), BAD)).collect();
    for (index, evaluation) in evaluate(&host, &plugins, &subjects).iter().enumerate() {
        let honest = names[index % names.len()] == "honest";
        assert_eq!(matches!(evaluation, Evaluation::Assessed(_)), honest, "{index}: {evaluation:?}");
    }
}

#[test]
fn a_plugin_that_keeps_looping_is_given_up() {
    let host = host();
    let plugins = [load(&host, FILLS)];
    let subjects: Vec<_> = (0..5_000).map(|_| subject(0, BAD)).collect();
    let evaluations = evaluate(&host, &plugins, &subjects);
    let looped = "fills-in-assess 1.0.0:计算步数超过上限(2,001,000,000),疑似死循环";
    let given_up =
        "fills-in-assess 1.0.0:多次超限后停用,未评估本对象;计算步数超过上限(2,001,000,000),疑似死循环";
    for (index, evaluation) in evaluations.iter().enumerate() {
        assert_eq!(shown(evaluation), if index < 4 { looped } else { given_up }, "{index}");
    }
}

/// Every call stays below its limit; together they do not.
#[test]
fn a_plugin_that_is_slow_on_every_subject_is_given_up() {
    let host = host();
    let plugins = [load(&host, "slow-drip"), load(&host, "honest")];
    let subjects: Vec<_> = (0..2_000).map(|index| subject(index % 2, BAD)).collect();
    let evaluations = evaluate(&host, &plugins, &subjects);
    let given_up = "slow-drip 1.0.0:多次超限后停用,未评估本对象;平均每个对象的计算步数超过上限(11,000,000)";
    let shown: Vec<_> = evaluations.iter().map(shown).collect();
    // 20 thousand million ahead and 11 million for each of 64: the batch spends 2, then each subject 1.5.
    let assessed = shown.iter().step_by(2).take_while(|shown| *shown == "assessed").count();
    assert_eq!(assessed, 13);
    for (index, shown) in shown.iter().enumerate() {
        let expected = if index % 2 == 1 || index / 2 < assessed { "assessed" } else { given_up };
        assert_eq!(shown, expected, "{index}");
    }
}

#[test]
fn a_plugin_that_loops_when_asked_for_its_cases_is_told() {
    let host = host();
    let fault = host.examples(&load(&host, "loop-in-examples")).expect_err("it loops");
    assert_eq!(
        fault.line(Lang::Zh),
        "插件 loop-in-examples 1.0.0:计算步数超过上限(2,001,000,000),疑似死循环"
    );
}

/// What the plugin may have said: a sequence of answers, each wrong in another place.
#[test]
fn whatever_a_plugin_says_holds_to_the_contract_or_is_a_fault() {
    holds_or_is_a_fault("scribbles");
}

#[test]
fn whatever_a_plugin_says_in_columns_holds_to_the_contract_or_is_a_fault() {
    holds_or_is_a_fault("columns-scribbles");
}

fn holds_or_is_a_fault(name: &str) {
    let results = [Host::new(None), Host::to_compare()].map(|host| {
        let host = host.expect("the sandbox runs here");
        let plugins = [load(&host, name)];
        let manifest = plugins[0].plugin.manifest.clone();
        let subjects: Vec<_> = (0..3_000)
            .map(|seed| {
                let mut subject = subject(0, BAD);
                enter(&mut subject, seed.into());
                subject
            })
            .collect();
        let evaluations = evaluate(&host, &plugins, &subjects);
        let mut assessed = 0;
        let mut faults = BTreeSet::new();
        for (subject, evaluation) in subjects.iter().zip(&evaluations) {
            // Printing scores it as well.
            let printed = golden::print(&manifest, subject, evaluation);
            assert!(!printed.is_empty());
            match evaluation {
                Evaluation::Assessed(said) => {
                    assessed += 1;
                    assert_eq!(lie_in(&manifest, subject, said), None, "{said:?}");
                }
                Evaluation::Failed { message, .. } => assert!(!message.trim().is_empty()),
                Evaluation::Fault(fault) => {
                    assert_eq!(fault.plugin, format!("{name} 1.0.0"));
                    one_line(fault);
                    let digits = |c: char| c.is_ascii_digit();
                    faults.insert(fault.en.replace(digits, ""));
                }
            }
        }
        // Both happen, and faults of many kinds.
        assert!(assessed > 500 && assessed < 2_500, "{assessed}");
        assert!(faults.len() > 30, "{faults:#?}");
        evaluations
    });
    assert_eq!(format!("{:?}", results[0]), format!("{:?}", results[1]));
}

/// The first thing in an answer that leads nowhere or takes more than there is; written without a look
/// at what checks it.
fn lie_in(m: &Manifest, subject: &Subject, said: &Assessed) -> Option<&'static str> {
    let cells = subject.evidence.len();
    let is_cell = |list: &[u32]| list.iter().all(|&at| (at as usize) < cells);
    let is_item = |list: &[u32]| list.iter().all(|&at| (at as usize) < m.items.len());
    let can_be_said = |reason: &Reason| {
        let known = (reason.phrase as usize) < m.phrases.len();
        known && !reason.render(m).chars().any(char::is_control)
    };
    let is_edition = |edition: Option<u32>| edition.is_none_or(|at| (at as usize) < m.editions.len());
    let entered = subject.answers[0].written().number.unwrap_or_default();
    let outcomes = said.outcomes.iter().all(|outcome| {
        let deductions = outcome.deductions().iter().all(|deduction| {
            !deduction.points.is_sign_negative()
                && deduction.points <= m.items[0].points.max(entered)
                && deduction.times > 0
                && deduction.case.is_none()
                && deduction.reason.as_ref().is_none_or(can_be_said)
        });
        outcome.item == 0 && is_cell(outcome.evidence()) && deductions
    });
    let rulings = said.rulings.iter().all(|ruling| {
        let bands = m.schemes[0].bands.len();
        let cap = !matches!(ruling.effect, Effect::Cap(band) if band as usize >= bands);
        let lists = is_item(&ruling.items) && is_cell(&ruling.evidence);
        cap && lists && can_be_said(&ruling.reason) && is_edition(ruling.edition)
    });
    let hazards = said.hazards.iter().all(|hazard| {
        let clause = !hazard.clause.chars().any(char::is_control);
        let item = hazard.item.is_none_or(|item| is_item(&[item]));
        clause
            && item
            && is_cell(&hazard.evidence)
            && can_be_said(&hazard.reason)
            && is_edition(hazard.edition)
    });
    let notes = said.notes.iter().all(|note| {
        let item = note.item.is_none_or(|item| is_item(&[item]));
        item && is_cell(&note.evidence) && can_be_said(&note.reason)
    });
    let lies = [
        (said.outcomes.len() != 1, "number of outcomes"),
        (!outcomes, "outcomes"),
        (!rulings, "rulings"),
        (!hazards, "hazards"),
        (!notes, "notes"),
        (!is_edition(said.edition), "edition"),
        (!said.scores.is_empty(), "a score that the host computes"),
        (!said.indicators.is_empty(), "an indicator that it does not give"),
    ];
    lies.into_iter().find_map(|(lies, what)| lies.then_some(what))
}

/// A second door of a later version is not used, as the first is there; one of another type is refused.
#[test]
fn another_second_door_is_left_alone_or_refused() {
    let host = host();
    let columns = load(&host, "columns");
    assert!(columns.has_columns());
    assert!(!columns.without_columns().has_columns());
    assert!(!load(&host, "honest").has_columns());
    let later = host.load("later.wasm", &hostile::other_columns("1.1.0", "u8"));
    assert!(!later.expect("its first door is as it must be").has_columns());
    let same = host.load("same.wasm", &hostile::other_columns("1.0.0", "u8"));
    assert!(same.expect("it is the same").has_columns());
    let fault = refused(&host, "other", &hostile::other_columns("1.0.0", "u16"));
    assert!(fault.zh.starts_with("导出的函数或类型与接口 1.0 不符:"), "{}", fault.zh);
}

#[test]
fn a_plugin_that_keeps_trapping_is_not() {
    let host = host();
    let plugins = [load(&host, "trap")];
    let subjects: Vec<_> = (0..300).map(|index| subject(0, u32::from(index % 2 == 0))).collect();
    for (index, evaluation) in evaluate(&host, &plugins, &subjects).iter().enumerate() {
        let expected = if index % 2 == 0 { "trap 1.0.0:异常中止(unreachable)" } else { "assessed" };
        assert_eq!(shown(evaluation), expected, "{index}");
    }
}

#[test]
fn no_instance_serves_two_batches() {
    let host = host();
    let plugins = [load(&host, "remembers")];
    let subjects: Vec<_> = (0..200).map(|_| subject(0, BAD)).collect();
    for evaluation in evaluate(&host, &plugins, &subjects) {
        assert_eq!(shown(&evaluation), "assessed");
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let runs = [1, 2, 5].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
        pool.install(|| {
            let host = host();
            let plugins = ["honest", "trap", FILLS].map(|name| load(&host, name));
            let kinds = [GOOD, GOOD, GOOD, GOOD, BAD, GOOD, GOOD];
            let subjects: Vec<_> = (0..600)
                .map(|index| {
                    let plugin = index % 3;
                    let bad = kinds[index % 7] == BAD && (plugin != 2 || index > 500);
                    subject(plugin, if bad { BAD } else { GOOD })
                })
                .collect();
            format!("{:?}", evaluate(&host, &plugins, &subjects))
        })
    });
    assert!(runs[0] == runs[1] && runs[0] == runs[2]);
    assert!(runs[0].contains("死循环") && runs[0].contains("unreachable"));
}

#[test]
fn results_do_not_depend_on_the_order_of_subjects() {
    let host = host();
    let plugins = ["honest", "trap", "memory-bomb"].map(|name| load(&host, name));
    let subjects: Vec<_> = (0..400).map(|index| subject(index % 3, u32::from(index % 11 == 0))).collect();
    let backwards: Vec<_> = subjects.iter().rev().cloned().collect();
    let mut results = evaluate(&host, &plugins, &backwards);
    results.reverse();
    assert_eq!(format!("{results:?}"), format!("{:?}", evaluate(&host, &plugins, &subjects)));
}

#[test]
fn progress_reaches_the_end_once() {
    let host = host();
    let plugins = [load(&host, "honest"), load(&host, "trap")];
    let subjects: Vec<_> = (0..200).map(|index| subject(index % 2, BAD)).collect();
    let calls = Mutex::new(Vec::new());
    host.evaluate(&plugins, &subjects, AS_OF, &[], &|done, total| {
        assert_eq!(total, 200);
        calls.lock().expect("nobody panicked").push(done);
    });
    let mut calls = calls.into_inner().expect("nobody panicked");
    calls.sort_unstable();
    let distinct: BTreeSet<_> = calls.iter().collect();
    assert_eq!(distinct.len(), calls.len());
    assert_eq!(calls.last(), Some(&200));
}

#[test]
fn a_subject_the_contract_cannot_carry_is_not_bent() {
    let host = host();
    let plugins = [load(&host, "honest")];
    let mut fine = subject(0, GOOD);
    enter(&mut fine, "0.1234567891".parse().expect("a number"));
    let mut old = subject(0, GOOD);
    old.date = Date::constant(1899, 12, 31);
    let subjects = [fine, old, subject(0, GOOD)];
    let shown: Vec<_> = evaluate(&host, &plugins, &subjects).iter().map(shown).collect();
    assert_eq!(
        shown,
        [
            "failed 扣分 0.1234567891 的位数过多",
            "failed 检查日期 1899-12-31 不在 1900 年至 9999 年之间",
            "assessed"
        ]
    );
}

#[test]
fn nothing_to_do_is_done() {
    let host = host();
    assert!(evaluate(&host, &[], &[]).is_empty());
    assert!(evaluate(&host, &[load(&host, "honest")], &[]).is_empty());
    assert!(host.examples(&load(&host, "honest")).expect("it has none").is_empty());
}

// ---- bytes ----------------------------------------------------------------------------------

#[test]
fn bytes_that_are_no_plugin_are_refused() {
    let host = host();
    let honest = hostile::plugin("honest");
    let module = wat::parse_str("(module)").expect("a module");
    let mut damaged = honest.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 16].fill(0xff);
    // A custom section is legal at any length.
    let mut oversized = honest.clone();
    let length = 33 << 20;
    oversized.extend([0]);
    oversized.extend(leb128(length + 1));
    oversized.extend([0]);
    oversized.resize(oversized.len() + length as usize, 0);
    for (bytes, expected) in [
        (&b""[..], "不是插件文件"),
        (b"PK\x03\x04", "不是插件文件"),
        (b"(component)", "不是插件文件"),
        (b"\x7fELF\x02\x01\x01", "是编译后的机器码,不能作为插件加载"),
        (&module, "是未打包的 wasm 模块,请先用 anping plugin build 打包"),
        (&honest[..honest.len() - 100], "插件文件不合规范:"),
        (&damaged, "插件文件不合规范:"),
        (&oversized, "文件 34,6"),
    ] {
        let fault = refused(&host, "x", bytes);
        assert_eq!(fault.plugin, "x.wasm");
        assert!(fault.zh.starts_with(expected), "{}", fault.zh);
        one_line(&fault);
    }
}

fn leb128(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

#[test]
fn a_wrong_byte_anywhere_ends_nothing_but_the_plugin() {
    let host = host();
    let honest = hostile::plugin("honest");
    // A fixed sequence: what fails once fails every time.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let (mut refused, mut ran) = (0, 0);
    for _ in 0..300 {
        let mut bytes = honest.clone();
        for _ in 0..=random(2) {
            let at = random(bytes.len());
            bytes[at] = random(256) as u8;
        }
        match host.load("x.wasm", &bytes) {
            Ok(plugin) => {
                evaluate(&host, &[plugin], &[subject(0, GOOD), subject(0, BAD)]);
                ran += 1;
            }
            Err(fault) => {
                assert!(!fault.en.contains("panicked"), "{fault:?}");
                one_line(&fault);
                refused += 1;
            }
        }
    }
    assert!(refused > 0 && ran > 0, "{refused} refused, {ran} ran");
}

/// A function of one thing only, `n` times, with this many locals.
fn bomb(open: &str, close: &str, n: usize, locals: usize) -> String {
    format!("(func (param i32) (local {}) {} {})", "i64 ".repeat(locals), open.repeat(n), close.repeat(n))
}

/// A function that is no bomb until there are many of it.
fn small_bomb() -> String {
    bomb("(if (local.get 0) (then)) ", "", 1_000, 2_000)
}

#[test]
fn what_the_compiler_would_choke_on_never_reaches_it() {
    let host = host();
    let nops = "nop ".repeat((1 << 20) + 1);
    let functions = "(func) ".repeat(50_001);
    let contract = r#"(instance $a) (export "anping:plugin/assessor@1.0.0" (instance $a))"#;
    for (module, expected) in [
        (format!("(func {nops})"), "单个函数 1,048,57"),
        (functions, "函数个数超过上限(50,000)"),
        // Each would cost the compiler minutes or gigabytes.
        (format!("(type (func {})) (func)", "(param i64)".repeat(65)), "函数或代码块的参数、返回值有 65 个"),
        (format!("(type (func {}))", "(result i64)".repeat(9)), "函数或代码块的参数、返回值有 9 个"),
        (bomb("(local.get 0) if ", "end ", 40_000, 0), "代码过于复杂"),
        (bomb("(block (local.get 0) (br_table 0 0 0 0 0 0 0)) ", "", 30_000, 0), "代码过于复杂"),
        (bomb("(if (local.get 0) (then)) ", "", 10_000, 10_000), "代码过于复杂"),
        (["(func (param i32))", &small_bomb().repeat(40)].concat(), "代码过于复杂"),
        // The limit is not met by what is merely long.
        (bomb("(local.get 0) (drop) ", "", 200_000, 0), "导出的函数或类型与接口 1.0 不符:"),
        ("(memory 1) (memory 1)".to_owned(), "插件文件不合规范:"),
        ("(memory i64 1)".to_owned(), "插件文件不合规范:"),
        ("(memory 1 1 shared)".to_owned(), "插件文件不合规范:"),
        ("(func return_call 0)".to_owned(), "插件文件不合规范:"),
        (
            "(func (param v128) (drop (i32x4.relaxed_trunc_f32x4_s (local.get 0))))".to_owned(),
            "插件文件不合规范:",
        ),
    ] {
        let bytes =
            wat::parse_str(format!("(component (core module {module}) {contract})")).expect("a component");
        let fault = refused(&host, "x", &bytes);
        assert!(fault.zh.starts_with(expected), "{}", fault.zh);
        one_line(&fault);
    }
}

#[test]
fn instances_memories_and_tables_are_counted() {
    let host = host();
    let with = |module: &str, instances: u32| {
        let module = wat::parse_str(format!("(module {module})")).expect("a module");
        let mut bytes = hostile::plugin("honest");
        // A core module, after the one that a fixture has; then instances of it.
        section(&mut bytes, 1, &module);
        let one: &[u8] = &[0, 1, 0];
        section(&mut bytes, 2, &[leb128(instances), one.repeat(instances as usize)].concat());
        bytes
    };
    for (module, instances, refusal) in [
        ("", 63, None),
        ("", 64, Some("无法启动:")),
        ("(memory 1)", 3, None),
        ("(memory 1)", 4, Some("无法启动:")),
        ("(table 1 funcref)", 8, None),
        ("(table 1 funcref)", 9, Some("无法启动:")),
        ("(memory 500)", 2, None),
        ("(memory 500)", 3, Some("内存超过上限(64 MiB)")),
        ("(table 9000 funcref)", 2, None),
        ("(table 9000 funcref)", 3, Some("表元素超过上限(20,000)")),
    ] {
        match (host.load("x.wasm", &with(module, instances)), refusal) {
            (Ok(_), None) => {}
            (Err(fault), Some(expected)) => assert!(fault.zh.starts_with(expected), "{}", fault.zh),
            (Ok(_), Some(_)) => panic!("{instances} of {module:?} were loaded"),
            (Err(fault), None) => panic!("{instances} of {module:?}: {fault:?}"),
        }
    }
}

fn section(bytes: &mut Vec<u8>, id: u8, content: &[u8]) {
    bytes.push(id);
    bytes.extend(leb128(u32::try_from(content.len()).expect("sections here are short")));
    bytes.extend(content);
}

// ---- compiled code --------------------------------------------------------------------------

/// The one entry of a cache.
fn entry(folder: &std::path::Path) -> std::path::PathBuf {
    let entries: Vec<_> =
        fs::read_dir(folder).expect("the cache can be listed").map(|e| e.expect("listed").path()).collect();
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries.into_iter().next().expect("there is one")
}

#[test]
fn a_hit_says_the_same_as_a_miss() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = folder.path().join("compiled");
    let bytes = hostile::plugin("honest");
    let described: Vec<_> = (0..2)
        .map(|_| {
            let host = Host::new(Some(cache.clone())).expect("the sandbox runs here");
            let plugin = host.load("honest.wasm", &bytes).expect("it is honest");
            let evaluation = shown(&evaluate(&host, &[plugin], &[subject(0, GOOD)])[0]);
            let plugin = host.load("honest.wasm", &bytes).expect("it is honest");
            format!("{:?} {evaluation}", plugin.plugin)
        })
        .collect();
    assert_eq!(described[0], described[1]);
    entry(&cache);
}

#[test]
fn a_damaged_entry_is_rebuilt() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = folder.path().join("compiled");
    let bytes = hostile::plugin("honest");
    let load = || {
        let host = Host::new(Some(cache.clone())).expect("the sandbox runs here");
        host.load("honest.wasm", &bytes).expect("it is honest");
    };
    load();
    let path = entry(&cache);
    let sound = fs::read(&path).expect("the entry can be read");
    let flipped = |at: usize| {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        bytes
    };
    for damaged in [
        Vec::new(),
        sound[..40].to_vec(),
        sound[..sound.len() - 1].to_vec(),
        [&sound[..], b"x"].concat(),
        flipped(0),
        flipped(20),
        flipped(60),
        flipped(sound.len() / 2),
        flipped(sound.len() - 1),
    ] {
        fs::write(&path, &damaged).expect("the entry can be damaged");
        load();
        assert!(
            fs::read(&path).expect("it can be read") == sound,
            "an entry of {} bytes stayed",
            damaged.len()
        );
    }
}

/// Whether a cache folder is used, given what was done to it after it had been filled.
#[cfg(unix)]
fn used_after(prepare: impl Fn(&std::path::Path)) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = folder.path().join("compiled");
    let bytes = hostile::plugin("honest");
    let load = || {
        let host = Host::new(Some(cache.clone())).expect("the sandbox runs here");
        host.load("honest.wasm", &bytes).expect("it is honest whatever the cache is");
    };
    load();
    let path = entry(&cache);
    // A wrong byte is put right by whoever uses the folder.
    let mut damaged = fs::read(&path).expect("the entry can be read");
    damaged[0] ^= 1;
    fs::write(&path, &damaged).expect("the entry can be damaged");
    prepare(&cache);
    load();
    fs::read(&path).expect("the entry is there") != damaged
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_can_write_to_is_not_used() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let mode = |mode: u32| {
        used_after(|cache| {
            fs::set_permissions(cache, fs::Permissions::from_mode(mode)).expect("the mode can be set");
        })
    };
    assert!(mode(0o700));
    assert!(mode(0o755));
    assert!(!mode(0o777));
    assert!(!mode(0o1777));
    assert!(!mode(0o770));
    let linked = used_after(|cache| {
        let real = cache.with_file_name("real");
        fs::rename(cache, &real).expect("it can be moved");
        symlink(&real, cache).expect("it can be linked");
    });
    assert!(!linked);
}

#[cfg(unix)]
#[test]
fn an_entry_that_others_can_write_to_is_replaced() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let folder = tempfile::tempdir().expect("a folder");
    let cache = folder.path().join("compiled");
    let bytes = hostile::plugin("honest");
    let load = || {
        let host = Host::new(Some(cache.clone())).expect("the sandbox runs here");
        host.load("honest.wasm", &bytes).expect("it is honest");
    };
    load();
    let path = entry(&cache);
    let inode = || fs::symlink_metadata(&path).expect("it is there").ino();
    let first = inode();
    load();
    assert_eq!(inode(), first, "a sound entry is used as it is");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).expect("the mode can be set");
    load();
    assert_ne!(inode(), first);
    assert_eq!(fs::symlink_metadata(&path).expect("it is there").mode() & 0o022, 0);
    // A link to an entry is not an entry.
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&path, &elsewhere).expect("it can be moved");
    std::os::unix::fs::symlink(&elsewhere, &path).expect("it can be linked");
    load();
    assert!(fs::symlink_metadata(&path).expect("it is there").is_file());
}

#[test]
fn a_cache_that_cannot_be_made_costs_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a file");
    fs::write(&file, "x").expect("it can be written");
    let host = Host::new(Some(file.join("compiled"))).expect("the sandbox runs here");
    load(&host, "honest");
}

// ---- the suite itself -----------------------------------------------------------------------

#[test]
fn every_fixture_is_in_a_test() {
    let tested: BTreeSet<_> =
        NOT_LOADED.iter().chain(&FAILS).map(|(name, _)| *name).chain(BEHAVE).map(str::to_owned).collect();
    let there: BTreeSet<_> = hostile::names().into_iter().collect();
    assert_eq!(there, tested);
}
