"""A checklist in Python: two items, and one rule that a table cannot say.

Numbers are exact: a mantissa and a scale, never a float. `wit_world` is made of the contract by the build.
"""

from componentize_py_types import Ok
from wit_world import exports
from wit_world.exports import assessor as a

ALL_POINTS, COUNT_DIFFERS = 0, 1
LISTED, FOUND = 0, 1
DAY = a.Date(2026, 5, 1)


def number(mantissa: int, scale: int = 0) -> a.Decimal:
    return a.Decimal(mantissa, scale)


def compared(one: a.Decimal, other: a.Decimal) -> int:
    """Below, at or above zero; exact, whatever the scales are."""
    scale = max(one.scale, other.scale)
    return one.mantissa * 10 ** (scale - one.scale) - other.mantissa * 10 ** (scale - other.scale)


def item(code: str, requirement: str, rule: str) -> a.Item:
    return a.Item(
        code=code,
        category=0,
        requirement=requirement,
        method="看现场",
        points=number(5),
        scored=True,
        rule_text=rule,
        cases=[],
        citations=[a.Citation(0, "", None, None, a.Mark.MEMORY)],
        major=a.MajorMark.NONE,
        major_bases=[],
        veto=None,
        applies=[],
        mark=a.Mark.MEMORY,
    )


def fact(code: str, title: str) -> a.Fact:
    return a.Fact(code, title, [], a.ValueKind.NUMBER, "架")


MANIFEST = a.Manifest(
    id="ladders-py",
    version="0.1.0",
    title="示例(Python)",
    checklist_title="梯子示例检查表",
    editions=[],
    kinds=[a.Term("check", "检查")],
    tags=[],
    documents=[a.Document("example", "示例检查办法", "", None, None)],
    categories=[a.Category("A", "梯子", None)],
    items=[item("PY-01", "梯脚防滑完好", "缺损每处扣1分"), item("PY-02", "有检查记录", "缺记录扣5分")],
    facts=[fact("listed", "登记梯子数"), fact("found", "现场梯子数")],
    tables=[],
    needs=[],
    gives=[],
    phrases=[
        a.Phrase("all-points", "不符合而未填扣分,按标准分 {0} 分全扣"),
        a.Phrase("count-differs", "登记 {0} 架,现场 {1} 架,请核实"),
    ],
    schemes=[
        a.Scheme(
            code="main",
            title="得分",
            method=a.Method.DEDUCT,
            full_marks=number(100),
            digits=1,
            rounding=a.Rounding.THEN_GRADE,
            unchecked=a.Unchecked.ZERO,
            convert_not_applicable=True,
            bands=[a.Band("合格", number(60)), a.Band("不合格", number(0))],
            veto_grade="不合格",
            source="得分÷(满分−不涉及)×100,四舍五入到一位后定等次",
        )
    ],
    wants_remarks=False,
)


def judge(answer: a.Answer) -> a.Outcome:
    """Failed with a number: that many points; without one: all points. The host cuts off what is too much."""
    points = MANIFEST.items[answer.item].points
    fails = answer.verdict in (a.Verdict.PARTIAL, a.Verdict.FAIL)
    entered = answer.number if answer.number is not None and answer.number.mantissa >= 0 else None
    taken = None
    if entered is not None and entered.mantissa > 0 and (fails or answer.verdict == a.Verdict.PASS):
        taken = a.Deduction(None, entered, a.Scope.ITEM, 1, None)
    elif fails and entered is None:
        reason = a.Reason(ALL_POINTS, [a.Param_Number(points)])
        taken = a.Deduction(None, points, a.Scope.ITEM, 1, reason)
    verdict = answer.verdict
    if fails or taken is not None:
        is_all = taken is not None and compared(taken.points, points) >= 0
        verdict = a.Verdict.FAIL if is_all else a.Verdict.PARTIAL
    return a.Outcome(answer.item, verdict, [] if taken is None else [taken], [])


def notes(subject: a.Subject) -> list[a.Note]:
    """What is counted on the spot should be what is listed."""
    numbers = {known.fact: known for known in subject.facts if isinstance(known.value, a.Value_Number)}
    listed, found = numbers.get(LISTED), numbers.get(FOUND)
    if listed is None or found is None or compared(listed.value.value, found.value.value) == 0:
        return []
    params = [a.Param_Number(known.value.value) for known in (listed, found)]
    return [a.Note(a.Reason(COUNT_DIFFERS, params), None, [listed.evidence, found.evidence])]


def assess_one(subject: a.Subject) -> a.Assessed:
    return a.Assessed(None, [judge(answer) for answer in subject.answers], [], [], [], [], notes(subject))


def example(name: str, answers: list, facts: list[int], expected: list[str]) -> a.Example:
    subject = a.Subject(
        kind=0,
        date=DAY,
        tags=[],
        facts=[
            a.KnownFact(at, a.Value_Number(number(value)), len(answers) + at) for at, value in enumerate(facts)
        ],
        tables=[],
        indicators=[],
        answers=[
            a.Answer(at, verdict, None if points is None else number(points), None, None, at)
            for at, (verdict, points) in enumerate(answers)
        ],
        evidence_count=len(answers) + len(facts),
    )
    return a.Example(name, a.Context(DAY, []), subject, "\n".join(expected))


class Assessor(exports.Assessor):
    def describe(self) -> a.Manifest:
        return MANIFEST

    def assess(self, context: a.Context, subjects: list[a.Subject]) -> list:
        return [Ok(assess_one(subject)) for subject in subjects]

    def examples(self) -> list[a.Example]:
        return [
            example(
                "扣1分:(4+5)÷10",
                [(a.Verdict.PARTIAL, 1), (a.Verdict.PASS, None)],
                [],
                ["score main 90.0", "grade 合格", "got 9", "possible 10", "deduct PY-01 1"],
            ),
            example(
                "未填扣分的全扣,件数不符的提示",
                [(a.Verdict.PASS, None), (a.Verdict.FAIL, None)],
                [3, 2],
                ["score main 50.0", "grade 不合格", "got 5", "possible 10", "deduct PY-02 5", "note count-differs -"],
            ),
        ]
