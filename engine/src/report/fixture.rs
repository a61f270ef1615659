//! A run made by hand: two plugins with every kind of outcome, for the tests of all reports.

use crate::model::*;

pub(super) fn d(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

pub(super) fn date(text: &str) -> Date {
    text.parse().expect("a day")
}

fn term(code: &str, title: &str) -> Term {
    Term { code: code.to_owned(), title: title.to_owned() }
}

fn phrase(code: &str, text: &str) -> Phrase {
    Phrase { code: code.to_owned(), text: text.to_owned() }
}

fn case(code: &str, text: &str, charge: Charge, veto: bool) -> Case {
    Case {
        code: code.to_owned(),
        text: text.to_owned(),
        charge,
        limit: None,
        scope: Scope::Item,
        hazard: None,
        veto,
    }
}

fn citation(document: u32, clause: &str, mark: Mark) -> Citation {
    Citation { document, clause: clause.to_owned(), effective: (None, None), mark }
}

struct Line {
    code: &'static str,
    category: u32,
    requirement: &'static str,
    points: &'static str,
    cases: Vec<Case>,
    citations: Vec<Citation>,
    major: Vec<(u32, &'static str, MajorMark, Mark)>,
    veto: bool,
}

fn item(line: Line) -> Item {
    Item {
        code: line.code.to_owned(),
        category: line.category,
        requirement: line.requirement.to_owned(),
        method: "查证原件、现场核对".to_owned(),
        points: d(line.points),
        scored: true,
        rule_text: String::new(),
        cases: line.cases,
        citations: line.citations,
        major: line.major.first().map_or(MajorMark::None, |major| major.2),
        major_bases: line
            .major
            .into_iter()
            .map(|(edition, clause, major, mark)| MajorBasis {
                edition,
                clause: clause.to_owned(),
                major,
                mark,
            })
            .collect(),
        veto: line.veto.then_some(Scope::Total),
        applies: Vec::new(),
        mark: Mark::Clause,
    }
}

fn scheme() -> Scheme {
    let band = |grade: &str, lower: &str| Band { grade: grade.to_owned(), lower: d(lower) };
    Scheme {
        code: "main".to_owned(),
        title: "百分制得分".to_owned(),
        method: Method::Deduct,
        full_marks: d("100"),
        digits: 1,
        rounding: Rounding::ThenGrade,
        unchecked: Unchecked::Zero,
        convert_not_applicable: true,
        bands: vec![band("优秀", "90"), band("良好", "80"), band("合格", "60"), band("不合格", "0")],
        veto_grade: "不合格".to_owned(),
        source: "检查表评分说明".to_owned(),
    }
}

fn hazchem() -> Plugin {
    let edition = |id: &str, title: &str, from: Option<&str>, to: Option<&str>| Edition {
        id: id.to_owned(),
        title: title.to_owned(),
        effective: (from.map(date), to.map(date)),
        note: "条文原文须核对".to_owned(),
    };
    let document = |key: &str, title: &str, number: &str, from: Option<&str>| Document {
        key: key.to_owned(),
        title: title.to_owned(),
        number: number.to_owned(),
        effective: (from.map(date), None),
    };
    let gives = |code: &str, title: &str| Gives {
        code: code.to_owned(),
        title: title.to_owned(),
        unit: String::new(),
    };
    let items = vec![
        item(Line {
            code: "HC-A01",
            category: 0,
            requirement: "依法取得安全生产许可证/经营许可证/使用许可证,证照在有效期内,实际品种、地址、方式与许可范围一致",
            points: "5",
            cases: vec![case("expired", "无证或过期:本表判不合格", Charge::AllPoints, true)],
            citations: vec![citation(0, "第30、48、53条", Mark::Clause)],
            major: vec![
                (0, "(二十)", MajorMark::Direct, Mark::Clause),
                (1, "5.7.1", MajorMark::Direct, Mark::Secondary),
            ],
            veto: true,
        }),
        item(Line {
            code: "HC-A02",
            category: 0,
            requirement: "不向未经许可的企业采购;采购查验供方许可证并留存",
            points: "3",
            cases: vec![case("each", "1笔不符扣1分", Charge::Each(d("1")), false)],
            citations: vec![citation(0, "第53条第1款", Mark::Clause), citation(1, "4.2", Mark::Memory)],
            major: vec![],
            veto: false,
        }),
        item(Line {
            code: "HC-B01",
            category: 1,
            requirement: "禁配物质不混放混存",
            points: "4",
            cases: vec![],
            citations: vec![citation(1, "", Mark::Secondary)],
            major: vec![(0, "(二十)", MajorMark::Direct, Mark::Clause)],
            veto: false,
        }),
        item(Line {
            code: "HC-B02",
            category: 1,
            requirement: "储罐液位、温度、压力远传并投用报警",
            points: "2",
            cases: vec![],
            citations: vec![],
            major: vec![],
            veto: false,
        }),
        item(Line {
            code: "HC-B03",
            category: 1,
            requirement: "可燃、有毒气体泄漏场所按国家标准设置检测报警装置并正常投用",
            points: "6",
            cases: vec![case("dead", "失效1台扣1.5分", Charge::Each(d("1.5")), false)],
            citations: vec![citation(0, "第41条", Mark::Clause)],
            major: vec![],
            veto: false,
        }),
    ];
    Plugin {
        manifest: Manifest {
            id: "hazchem".to_owned(),
            version: "1.0.0".to_owned(),
            title: "危险化学品".to_owned(),
            checklist_title: "危险化学品企业安全检查评分表".to_owned(),
            editions: vec![
                edition("MH-121", "安监总管三〔2017〕121号", None, Some("2026-09-29")),
                edition("MH-AQ3067", "AQ 3067-2026", Some("2026-09-30"), None),
            ],
            kinds: vec![term("check", "检查"), term("unit", "重大危险源辨识")],
            tags: vec![],
            documents: vec![
                document("law", "《危险化学品安全法》", "主席令第64号", Some("2026-05-01")),
                document("gb15603", "《危险化学品仓库储存通则》", "GB 15603-2022", None),
            ],
            categories: vec![
                Category { code: "A".to_owned(), title: "A证照与合规".to_owned(), weight: None },
                Category { code: "B".to_owned(), title: "B储存和设施".to_owned(), weight: None },
            ],
            items,
            facts: vec![],
            tables: vec![],
            needs: vec![],
            gives: vec![gives("S", "辨识指标S"), gives("R", "分级指标R"), gives("level", "级别")],
            phrases: vec![
                phrase("expired", "许可证已过期"),
                phrase("ratio", "{0}:q/Q={1}"),
                phrase("sum", "S={0}"),
                phrase("overstock", "库存{0}吨超过许可量{1}吨"),
                phrase("look", "{0} 的证号与名录不一致"),
            ],
            schemes: vec![scheme()],
            wants_remarks: false,
        },
        digest: "5f".repeat(32),
        origin: "built-in".to_owned(),
        local: Vec::new(),
    }
}

fn crowded() -> Plugin {
    let element = |code: &'static str, requirement: &'static str, clause: &'static str| {
        item(Line {
            code,
            category: 0,
            requirement,
            points: "10",
            cases: vec![],
            citations: vec![citation(0, "第28条", Mark::Clause)],
            major: vec![(0, clause, MajorMark::Element, Mark::Clause)],
            veto: false,
        })
    };
    let mut plugin = hazchem();
    plugin.digest = "c0".repeat(32);
    plugin.origin = "crowded-1.1.0.wasm".to_owned();
    let manifest = &mut plugin.manifest;
    manifest.id = "crowded".to_owned();
    manifest.version = "1.1.0".to_owned();
    manifest.title = "人员密集场所".to_owned();
    manifest.checklist_title = "人员密集场所消防安全检查评分表".to_owned();
    manifest.editions = vec![Edition {
        id: "GB35181".to_owned(),
        title: "GB 35181-2017《重大火灾隐患判定方法》".to_owned(),
        effective: (None, None),
        note: String::new(),
    }];
    manifest.documents = vec![Document {
        key: "fire".to_owned(),
        title: "《消防法》".to_owned(),
        number: String::new(),
        effective: (None, None),
    }];
    manifest.kinds = vec![term("check", "检查")];
    manifest.categories = vec![Category { code: "A".to_owned(), title: "A疏散".to_owned(), weight: None }];
    manifest.items = vec![
        element("CR-A01", "安全出口数量符合规定,不得封闭、堵塞", "7.3.1"),
        element("CR-A02", "疏散通道保持畅通", "7.3.2"),
        element("CR-A03", "疏散指示标志完好", "7.3.5"),
        element("CR-A04", "应急照明完好", "7.3.9"),
    ];
    manifest.gives = vec![];
    manifest.phrases = vec![
        phrase("referral", "疑似重大火灾隐患,移送消防救援机构({0}项要素)"),
        phrase("again", "同类问题重复出现,按类别加扣"),
    ];
    plugin
}

const HAZCHEM: usize = 1;
const CROWDED: usize = 0;

/// What is written about one item, and what the rules made of it.
struct Answered {
    item: u32,
    verdict: Verdict,
    deductions: Vec<Deduction>,
    finding: &'static str,
    major: bool,
}

fn answered(item: u32, verdict: Verdict) -> Answered {
    Answered { item, verdict, deductions: vec![], finding: "", major: false }
}

fn deduction(case: Option<u32>, points: &str, times: u32) -> Deduction {
    Deduction { case, points: d(points), scope: Scope::Item, times, reason: None }
}

impl Answered {
    fn takes(mut self, deduction: Deduction, finding: &'static str) -> Self {
        self.deductions.push(deduction);
        self.finding = finding;
        self
    }

    fn major(mut self) -> Self {
        self.major = true;
        self
    }
}

/// Numbers as `score` would make them; worked by hand for each check.
struct Numbers {
    full: &'static str,
    excused: &'static str,
    possible: &'static str,
    deducted: &'static str,
    got: &'static str,
    score: Option<&'static str>,
    interim: Option<&'static str>,
    grade: &'static str,
    by_score: &'static str,
    basis: GradeBasis,
}

struct Sheet {
    plugin: usize,
    enterprise: Option<u32>,
    name: &'static str,
    day: &'static str,
    source: u32,
    rank: Option<u32>,
    latest: bool,
    answers: Vec<Answered>,
    rulings: Vec<Ruling>,
    hazards: Vec<Hazard>,
    notes: Vec<Note>,
    numbers: Numbers,
}

fn check(plugins: &[Plugin], sheet: Sheet) -> Check {
    let manifest = &plugins[sheet.plugin].manifest;
    let mut subject = subject(sheet.plugin, sheet.enterprise, sheet.name, sheet.day);
    let mut outcomes = Vec::new();
    let mut items = Vec::new();
    for (index, answered) in sheet.answers.into_iter().enumerate() {
        let at = |col0| Provenance {
            source: SourceId(sheet.source),
            sheet: 0,
            cell: CellRef::new(6 + index as u32, col0),
        };
        let evidence = subject.evidence.len() as u32;
        subject.evidence.extend([at(5), at(6)]);
        let points = manifest.items[answered.item as usize].points;
        let own: Decimal =
            answered.deductions.iter().filter(|one| one.scope == Scope::Item).map(|one| one.points).sum();
        let deducted = own.min(points);
        let earns = matches!(answered.verdict, Verdict::Pass | Verdict::Partial | Verdict::Fail);
        let written = Written {
            number: answered.deductions.first().map(|one| one.points),
            number_evidence: (!answered.deductions.is_empty()).then_some(evidence + 1),
            finding: answered.finding.to_owned(),
            deadline: answered.major.then(|| date("2026-08-15")),
            ..Written::NOTHING
        };
        let level = answered.major.then_some(HazardLevel::Major);
        let plain = Answer::plain(answered.item, answered.verdict, evidence);
        subject.answers.push(plain.with_level(level).with(written));
        items.push(ItemScore {
            item: answered.item,
            answer: index,
            verdict: answered.verdict,
            points,
            deducted,
            got: if earns { points - deducted } else { Decimal::ZERO },
        });
        let beside = Beside { deductions: answered.deductions, evidence: vec![] };
        outcomes.push(Outcome::with(answered.item, answered.verdict, beside));
    }
    let count = |wanted: fn(Verdict) -> bool| items.iter().filter(|item| wanted(item.verdict)).count() as u32;
    let coverage = Coverage {
        items: items.len() as u32,
        applicable: count(|verdict| verdict != Verdict::NotApplicable),
        checked: count(Verdict::checked),
    };
    let numbers = sheet.numbers;
    let score = SchemeScore {
        scheme: 0,
        full: d(numbers.full),
        not_applicable: d(numbers.excused),
        possible: d(numbers.possible),
        deducted: d(numbers.deducted),
        got: d(numbers.got),
        exact: None,
        score: numbers.score.map(d),
        interim: numbers.interim.map(d),
        grade: numbers.grade.to_owned(),
        grade_by_score: numbers.by_score.to_owned(),
        basis: numbers.basis,
    };
    Check {
        subject,
        evaluation: Evaluation::Assessed(Assessed {
            edition: Some(0),
            outcomes,
            rulings: sheet.rulings,
            hazards: sheet.hazards,
            notes: sheet.notes,
            ..Assessed::default()
        }),
        scored: Some(Scored { items, schemes: vec![score], coverage }),
        rank: sheet.rank,
        latest: sheet.latest,
    }
}

fn subject(plugin: usize, enterprise: Option<u32>, name: &str, day: &str) -> Subject {
    Subject {
        enterprise: enterprise.map(EnterpriseId),
        name: name.to_owned(),
        code: String::new(),
        unit: String::new(),
        office: String::new(),
        inspectors: "张三、李四".to_owned(),
        plugin,
        kind: 0,
        date: date(day),
        tags: vec![],
        facts: vec![],
        tables: vec![],
        indicators: vec![],
        answers: vec![],
        evidence: vec![],
    }
}

fn reason(phrase: u32, params: Vec<Param>) -> Reason {
    Reason { phrase, params }
}

/// A unit with its indicators.
fn unit(enterprise: u32, name: &str, indicators: Vec<Indicator>, row0: u32) -> Check {
    let mut subject =
        subject(HAZCHEM, Some(enterprise), &format!("E00{} · {name}", enterprise + 1), "2026-07-16");
    subject.unit = name.to_owned();
    subject.kind = 1;
    subject.evidence = vec![Provenance { source: SourceId(5), sheet: 0, cell: CellRef::new(row0, 4) }];
    Check {
        subject,
        evaluation: Evaluation::Assessed(Assessed { indicators, ..Assessed::default() }),
        scored: Some(Scored { items: vec![], schemes: vec![], coverage: Coverage::default() }),
        rank: None,
        latest: true,
    }
}

/// The run: five hazchem checks of four enterprises, two units, three crowded checks, problems.
pub(super) fn run() -> Run {
    let plugins = vec![crowded(), hazchem()];
    let source = |path: &str| Source {
        path: path.to_owned(),
        digest: format!("{:064x}", path.len()),
        len: 12_345,
        sheets: vec!["检查评分表".to_owned()],
        missing: false,
    };
    let sources = Sources(
        [
            "人员密集/E004_2026-07-20.xlsx",
            "危化/E001_2026-07-16.xlsx",
            "危化/E001_2026-08-26.xlsx",
            "危化/E002_2026-07-17.xlsx",
            "危化/E003_2026-07-18.xlsx",
            "危化/重大危险源物质清单.xlsx",
            "基础/企业名录.xlsx",
        ]
        .map(source)
        .to_vec(),
    );
    let enterprise = |index: u32, name: &str, code: &str| Enterprise {
        number: format!("E00{}", index + 1),
        name: name.to_owned(),
        former_name: String::new(),
        code: code.to_owned(),
        code_valid: true,
        village: "河西村".to_owned(),
        sector: "危险化学品".to_owned(),
        kind: "储存".to_owned(),
        venues: vec![],
        department: "应急办".to_owned(),
        risk: "红".to_owned(),
        entered: None,
        left: None,
        standard: crate::model::Certificate::default(),
        at: Provenance { source: SourceId(6), sheet: 0, cell: CellRef::new(3 + index, 1) },
    };
    let register = Register {
        enterprises: vec![
            enterprise(0, "青石镇宏达加油站有限公司", "91330000000000001X"),
            enterprise(1, "青石镇长江化工储运有限责任公司", "913300000000000022"),
            enterprise(2, "青石镇利民仓储有限公司", "913300000000000033"),
            enterprise(3, "青石镇大世界商场[一期]", "913300000000000044"),
        ],
        county: "云山县".to_owned(),
        town: "青石镇".to_owned(),
    };
    let veto = || Ruling {
        effect: Effect::Veto(Scope::Total),
        items: vec![0],
        reason: reason(0, vec![]),
        edition: Some(0),
        evidence: vec![0],
    };
    let zero = || Numbers {
        full: "20",
        excused: "0",
        possible: "20",
        deducted: "0",
        got: "20",
        score: Some("100.0"),
        interim: Some("100.0"),
        grade: "优秀",
        by_score: "优秀",
        basis: GradeBasis::Band,
    };
    let base = |plugin, enterprise, name, day, source| Sheet {
        plugin,
        enterprise,
        name,
        day,
        source,
        rank: None,
        latest: true,
        answers: vec![],
        rulings: vec![],
        hazards: vec![],
        notes: vec![],
        numbers: zero(),
    };
    use Verdict::{Fail, NotApplicable, NotChecked, Partial, Pass};

    let checks = vec![
        // Crowded: 40 points; three elements fail, 10 + 10 + 2.5, and 1 on the category: got 16.5.
        check(
            &plugins,
            Sheet {
                rank: Some(1),
                answers: vec![
                    answered(0, Fail).takes(deduction(None, "10", 1), "二楼安全出口锁闭"),
                    answered(1, Fail).takes(deduction(None, "12", 1), "通道堆放货物"),
                    {
                        let mut third = answered(2, Partial).takes(deduction(None, "2.5", 1), "3处标志不亮");
                        third.deductions.push(Deduction {
                            case: None,
                            points: d("1"),
                            scope: Scope::Category,
                            times: 1,
                            reason: Some(reason(1, vec![])),
                        });
                        third
                    },
                    answered(3, Pass),
                ],
                rulings: vec![Ruling {
                    effect: Effect::Referral,
                    items: vec![0, 1, 2],
                    reason: reason(0, vec![Param::Number(d("3"))]),
                    edition: Some(0),
                    evidence: vec![],
                }],
                numbers: Numbers {
                    full: "40",
                    possible: "40",
                    deducted: "23.5",
                    got: "16.5",
                    score: Some("41.3"),
                    interim: Some("41.3"),
                    grade: "不合格",
                    by_score: "不合格",
                    ..zero()
                },
                ..base(CROWDED, Some(3), "大世界商场", "2026-07-20", 0)
            },
        ),
        // A plugin that failed, and a subject that the register lacks.
        Check {
            subject: subject(CROWDED, None, "无名饭店", "2026-07-21"),
            evaluation: Evaluation::Fault(PluginFault {
                plugin: "crowded 1.1.0".to_owned(),
                zh: "超出时间限额".to_owned(),
                en: "out of time".to_owned(),
            }),
            scored: None,
            rank: None,
            latest: true,
        },
        // Hazchem, E001, the earlier check: 5 + 1 of 20 lost, 2 excused, 6 not checked: 6 of 18.
        check(
            &plugins,
            Sheet {
                latest: false,
                answers: vec![
                    answered(0, Fail)
                        .takes(deduction(Some(0), "5", 1), "经营许可证2026年6月30日到期")
                        .major(),
                    answered(1, Partial).takes(deduction(Some(0), "1", 1), "=1+1 供方许可证缺1份"),
                    answered(2, Pass),
                    answered(3, NotApplicable),
                    answered(4, NotChecked),
                ],
                rulings: vec![veto()],
                hazards: vec![Hazard {
                    level: HazardLevel::Major,
                    item: Some(0),
                    reason: reason(3, vec![Param::Number(d("31")), Param::Number(d("30"))]),
                    edition: Some(0),
                    clause: "(二十)".to_owned(),
                    evidence: vec![1],
                }],
                notes: vec![Note {
                    reason: reason(4, vec![Param::Item(0)]),
                    item: Some(0),
                    evidence: vec![0],
                }],
                numbers: Numbers {
                    excused: "2",
                    possible: "18",
                    deducted: "6",
                    got: "6",
                    score: Some("33.3"),
                    interim: Some("50.0"),
                    grade: "不合格",
                    by_score: "不合格",
                    basis: GradeBasis::Veto(0),
                    ..zero()
                },
                ..base(HAZCHEM, Some(0), "宏达加油站", "2026-07-16", 1)
            },
        ),
        // E002: everything met.
        check(
            &plugins,
            Sheet {
                rank: Some(1),
                answers: (0..5).map(|item| answered(item, Pass)).collect(),
                ..base(HAZCHEM, Some(1), "长江化工储运", "2026-07-17", 3)
            },
        ),
        // E003: nothing checked.
        check(
            &plugins,
            Sheet {
                answers: (0..5).map(|item| answered(item, NotChecked)).collect(),
                numbers: Numbers {
                    got: "0",
                    score: None,
                    interim: None,
                    grade: "未评定",
                    by_score: "",
                    basis: GradeBasis::NotAssessed,
                    ..zero()
                },
                ..base(HAZCHEM, Some(2), "利民仓储", "2026-07-18", 4)
            },
        ),
        // E001 again: 1.5 × 2 lost of 20: 85.0.
        check(
            &plugins,
            Sheet {
                rank: Some(2),
                answers: vec![
                    answered(0, Pass),
                    answered(1, Pass),
                    answered(2, Pass),
                    answered(3, Pass),
                    answered(4, Partial).takes(deduction(Some(0), "3", 2), "2台探测器失效"),
                ],
                numbers: Numbers {
                    deducted: "3",
                    got: "17",
                    score: Some("85.0"),
                    interim: Some("85.0"),
                    grade: "良好",
                    by_score: "良好",
                    ..zero()
                },
                ..base(HAZCHEM, Some(0), "宏达加油站", "2026-08-26", 2)
            },
        ),
        // A vetoed one that would be excellent by its score: 2 of 20 lost.
        check(
            &plugins,
            Sheet {
                answers: vec![
                    answered(0, Fail).takes(deduction(None, "2", 1), "超许可品种").major(),
                    answered(1, Pass),
                    answered(2, Pass),
                    answered(3, Pass),
                    answered(4, Pass),
                ],
                rulings: vec![veto()],
                numbers: Numbers {
                    deducted: "2",
                    got: "18",
                    score: Some("90.0"),
                    interim: Some("90.0"),
                    grade: "不合格",
                    by_score: "优秀",
                    basis: GradeBasis::Veto(0),
                    ..zero()
                },
                ..base(HAZCHEM, None, "外来化工经营部", "2026-09-01", 4)
            },
        ),
        unit(
            1,
            "溶剂罐组",
            vec![
                Indicator {
                    indicator: 0,
                    value: Value::Number(d("1.0000")),
                    working: vec![
                        reason(1, vec![Param::Text("苯".to_owned()), Param::Number(d("0.1000"))]),
                        reason(2, vec![Param::Number(d("1.0000"))]),
                    ],
                    evidence: vec![0],
                },
                Indicator {
                    indicator: 1,
                    value: Value::Number(d("1.2000")),
                    working: vec![],
                    evidence: vec![0],
                },
                Indicator {
                    indicator: 2,
                    value: Value::Text("四级".into()),
                    working: vec![],
                    evidence: vec![],
                },
            ],
            3,
        ),
        unit(
            2,
            "丙类仓库",
            vec![
                Indicator {
                    indicator: 0,
                    value: Value::Number(d("0.4000")),
                    working: vec![],
                    evidence: vec![0],
                },
                Indicator { indicator: 1, value: Value::Absent, working: vec![], evidence: vec![] },
            ],
            8,
        ),
    ];
    let cell = |source, row0, col0| Provenance {
        source: SourceId(source),
        sheet: 0,
        cell: CellRef::new(row0, col0),
    };
    let problems = vec![
        Problem::new(ProblemCode::VerdictBlank, cell(1, 10, 5)).column("检查结果").note("HC-B03"),
        Problem::new(ProblemCode::FormulaText, cell(1, 11, 7))
            .column("存在问题")
            .found("=1+1 供方许可证缺1份")
            .arg("按文本处理"),
        Problem::new(ProblemCode::DateText, cell(2, 2, 1))
            .column("检查日期")
            .found("2026.8.26")
            .arg("2026-08-26"),
        Problem::new(ProblemCode::FileEmpty, SourceId(5)),
        Problem::new(ProblemCode::VerdictBlank, cell(4, 6, 5)).column("检查结果").note("HC-A01"),
    ];
    Run {
        as_of: date("2026-11-30"),
        issuer: String::new(),
        program: "0.1.0".to_owned(),
        sources,
        plugins,
        register,
        checks,
        problems,
        filings: crate::model::Filings::default(),
        ledger: Ledger::default(),
        supervision: crate::model::campaign::Supervision::default(),
        returned: Vec::new(),
        year_end: crate::model::YearEnd::default(),
        by_hand: Vec::new(),
        faults: vec![PluginFault {
            plugin: "坏插件.wasm".to_owned(),
            zh: "导入了 wasi:filesystem,不予装入".to_owned(),
            en: "it imports wasi:filesystem".to_owned(),
        }],
    }
}

/// A run of many checks of one plugin: `n_checks` of `n_items` items, a third of which lose points.
pub(super) fn large(n_checks: u32, n_items: u32) -> Run {
    let mut run = run();
    let mut plugins = vec![hazchem()];
    let template = plugins[0].manifest.items[1].clone();
    plugins[0].manifest.items = (0..n_items)
        .map(|index| Item {
            code: format!("HC-{index:03}"),
            category: index % 2 * n_items.min(1),
            ..template.clone()
        })
        .collect();
    plugins[0].manifest.items.sort_by_key(|item| item.category);
    let numbers = || Numbers {
        full: "180",
        excused: "0",
        possible: "180",
        deducted: "20",
        got: "160",
        score: Some("88.9"),
        interim: Some("88.9"),
        grade: "良好",
        by_score: "良好",
        basis: GradeBasis::Band,
    };
    run.checks = (0..n_checks)
        .map(|index| {
            check(
                &plugins,
                Sheet {
                    plugin: 0,
                    enterprise: Some(index % 4),
                    name: "宏达加油站",
                    day: "2026-07-16",
                    source: index % 6,
                    rank: Some(1),
                    latest: true,
                    answers: (0..n_items)
                        .map(|item| match item % 3 {
                            0 => answered(item, Verdict::Partial)
                                .takes(deduction(Some(0), "1", 1), "供方许可证缺1份"),
                            _ => answered(item, Verdict::Pass),
                        })
                        .collect(),
                    rulings: vec![],
                    hazards: vec![],
                    notes: vec![],
                    numbers: numbers(),
                },
            )
        })
        .collect();
    run.plugins = plugins;
    run
}
