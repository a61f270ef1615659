// A checklist in JavaScript: two items, and one rule that a table cannot say.
// `s64` is a BigInt; options are `undefined`; enums are words; variants are { tag, val }.

const decimal = (mantissa, scale = 0) => ({ mantissa: BigInt(mantissa), scale });

// -1, 0 or 1; exact, whatever the scales are.
function compare(a, b) {
    const scale = Math.max(a.scale, b.scale);
    const left = a.mantissa * 10n ** BigInt(scale - a.scale);
    const right = b.mantissa * 10n ** BigInt(scale - b.scale);
    return left < right ? -1 : left > right ? 1 : 0;
}

const ALL_POINTS = 0;
const COUNT_DIFFERS = 1;
const LISTED = 0;
const FOUND = 1;

const item = (code, requirement, ruleText) => ({
    code,
    category: 0,
    requirement,
    method: "看现场",
    points: decimal(5),
    scored: true,
    ruleText,
    cases: [],
    citations: [{ document: 0, clause: "", mark: "memory" }],
    major: "none",
    majorBases: [],
    applies: [],
    mark: "memory",
});

const fact = (code, title) => ({ code, title, aliases: [], kind: "number", unit: "架" });

const MANIFEST = {
    id: "ladders-js",
    version: "0.1.0",
    title: "示例(JavaScript)",
    checklistTitle: "梯子示例检查表",
    editions: [],
    kinds: [{ code: "check", title: "检查" }],
    tags: [],
    documents: [{ key: "example", title: "示例检查办法", number: "" }],
    categories: [{ code: "A", title: "梯子" }],
    items: [item("JS-01", "梯脚防滑完好", "缺损每处扣1分"), item("JS-02", "有检查记录", "缺记录扣5分")],
    facts: [fact("listed", "登记梯子数"), fact("found", "现场梯子数")],
    tables: [],
    needs: [],
    gives: [],
    phrases: [
        { code: "all-points", text: "不符合而未填扣分,按标准分 {0} 分全扣" },
        { code: "count-differs", text: "登记 {0} 架,现场 {1} 架,请核实" },
    ],
    schemes: [{
        code: "main",
        title: "得分",
        method: "deduct",
        fullMarks: decimal(100),
        digits: 1,
        rounding: "then-grade",
        unchecked: "zero",
        convertNotApplicable: true,
        bands: [{ grade: "合格", lower: decimal(60) }, { grade: "不合格", lower: decimal(0) }],
        vetoGrade: "不合格",
        source: "得分÷(满分−不涉及)×100,四舍五入到一位后定等次",
    }],
    wantsRemarks: false,
};

// Failed with a number: that many points; without one: all points. The host cuts off what is too much.
function judge(answer) {
    const { points } = MANIFEST.items[answer.item];
    const fails = answer.verdict === "partial" || answer.verdict === "fail";
    const entered = answer.number !== undefined && answer.number.mantissa >= 0n ? answer.number : undefined;
    let taken;
    if (entered !== undefined && entered.mantissa > 0n && (fails || answer.verdict === "pass")) {
        taken = { points: entered, scope: "item", times: 1 };
    } else if (fails && entered === undefined) {
        taken = { points, scope: "item", times: 1, reason: { phrase: ALL_POINTS, params: [{ tag: "number", val: points }] } };
    }
    let { verdict } = answer;
    if (taken !== undefined || fails) {
        verdict = taken !== undefined && compare(taken.points, points) >= 0 ? "fail" : "partial";
    }
    return { item: answer.item, verdict, deductions: taken === undefined ? [] : [taken], evidence: [] };
}

// What is counted on the spot should be what is listed.
function notes(subject) {
    const number = (which) => subject.facts.find((known) => known.fact === which && known.value.tag === "number");
    const [listed, found] = [number(LISTED), number(FOUND)];
    if (listed === undefined || found === undefined || compare(listed.value.val, found.value.val) === 0) {
        return [];
    }
    const params = [listed, found].map((known) => ({ tag: "number", val: known.value.val }));
    return [{ reason: { phrase: COUNT_DIFFERS, params }, evidence: [listed.evidence, found.evidence] }];
}

const assessOne = (subject) => ({
    outcomes: subject.answers.map(judge),
    rulings: [],
    indicators: [],
    hazards: [],
    scores: [],
    notes: notes(subject),
});

const DATE = { year: 2026, month: 5, day: 1 };

function example(name, answers, facts, expected) {
    const evidenceCount = answers.length + facts.length;
    return {
        name,
        context: { asOf: DATE, parameters: [] },
        subject: {
            kind: 0,
            date: DATE,
            tags: [],
            facts: facts.map((value, index) => ({
                fact: index,
                value: { tag: "number", val: decimal(value) },
                evidence: answers.length + index,
            })),
            tables: [],
            indicators: [],
            answers: answers.map(([verdict, number], index) => ({
                item: index,
                verdict,
                number: number === undefined ? undefined : decimal(number),
                evidence: index,
            })),
            evidenceCount,
        },
        expected: expected.join("\n"),
    };
}

export const assessor = {
    describe: () => MANIFEST,
    assess: (_context, subjects) => subjects.map((subject) => ({ tag: "ok", val: assessOne(subject) })),
    examples: () => [
        example("扣1分:(4+5)÷10", [["partial", 1], ["pass"]], [], [
            "score main 90.0", "grade 合格", "got 9", "possible 10", "deduct JS-01 1",
        ]),
        example("未填扣分的全扣,件数不符的提示", [["pass"], ["fail"]], [3, 2], [
            "score main 50.0", "grade 不合格", "got 5", "possible 10", "deduct JS-02 5", "note count-differs -",
        ]),
    ],
};
