//! Which kinds of sheets there are, and which columns each of their tables can have.
//! Knows no file and no run: a key is a name that a template may use.

use super::Per;

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident $key:literal)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub(in crate::report) enum $name { $($variant,)* }

            impl Key for $name {
                const KEYS: &'static [&'static str] = &[$($key,)*];

                fn parse(key: &str) -> Option<Self> {
                    match key {
                        $($key => Some(Self::$variant),)*
                        _ => None,
                    }
                }
            }
        )*
    };
}

/// The columns that a kind of table can have.
pub(in crate::report) trait Key: Copy + PartialEq {
    /// All keys, in the order of the table.
    const KEYS: &'static [&'static str];

    /// The column with this key.
    fn parse(key: &str) -> Option<Self>;
}

keys! {
    /// A check in the ranking.
    RankingKey {
        Rank "rank" Name "name" Code "code" Village "village" Date "date" Possible "possible"
        Deducted "deducted" Got "got" Score "score" Interim "interim" Coverage "coverage"
        Grade "grade" Ruling "ruling" Majors "majors" Remark "remark" Sheet "sheet"
    }
    /// An item on a score sheet.
    ScoreKey {
        Item "item" Category "category" Requirement "requirement" Method "method" Points "points"
        Verdict "verdict" Deducted "deducted" Got "got" Reason "reason" Basis "basis" Major "major"
        Source "source"
    }
    /// A major hazard.
    HazardKey {
        Number "number" Name "name" Code "code" Village "village" Item "item" Hazard "hazard"
        Basis "basis" Found "found" Deadline "deadline" Done "done" Source "source"
    }
    /// A referral.
    ReferralKey {
        Number "number" Name "name" Code "code" Village "village" Items "items" Statement "statement"
        Basis "basis" Found "found" Source "source"
    }
    /// The statistics of an item.
    StatisticKey {
        Number "number" Item "item" Category "category" Requirement "requirement" Points "points"
        Applicable "applicable" Checked "checked" Passed "passed" Partial "partial" Failed "failed"
        NotApplicable "not-applicable" NotChecked "not-checked" Lost "lost" LostRate "lost-rate"
    }
    /// A unit with its indicators; `indicators` stands for one column each.
    UnitKey {
        Number "number" Name "name" Unit "unit" Date "date" Indicators "indicators" Working "working"
        Remark "remark" Source "source"
    }
    /// A document.
    DocumentKey { Number "number" Document "document" DocumentNumber "document-number" From "from" To "to" Items "items" }
    /// A citation of an item.
    CitationKey { Item "item" Requirement "requirement" Document "document" Clause "clause" From "from" To "to" Mark "mark" }
    /// An edition.
    EditionKey { Id "id" Edition "edition" From "from" To "to" Note "note" }
    /// A clause by which an item is a major hazard.
    MajorKey { Item "item" Requirement "requirement" Edition "edition" Clause "clause" Kind "kind" Mark "mark" }
    /// A file that came in.
    InputKey { Number "number" File "file" Bytes "bytes" Digest "digest" }
    /// The program or a plugin.
    RuleKey { Id "id" Title "title" Version "version" Edition "edition" Origin "origin" Digest "digest" }
    /// A deduction with its cell.
    EvidenceKey {
        Number "number" Name "name" Date "date" Item "item" Case "case" Points "points" File "file"
        Sheet "sheet" Cell "cell"
    }
    /// A problem.
    ProblemKey {
        Number "number" Severity "severity" File "file" Sheet "sheet" Cell "cell" Column "column"
        Found "found" Problem "problem" Expected "expected" Remedy "remedy" Note "note"
    }
    /// Problems of one kind.
    CountKey { Number "number" Severity "severity" Problem "problem" Code "code" Count "count" Files "files" Remedy "remedy" }
    /// A fault of a plugin.
    FaultKey { Plugin "plugin" Message "message" }
    /// A name that means nobody for certain.
    NameKey {
        Number "number" Name "name" Count "count" Place "place" Candidates "candidates" Owner "owner"
    }
    /// How complete and how timely a report was filed.
    FilingKey {
        Report "report" Due "due" Received "received" OnTime "on-time" Late "late" Missing "missing"
        Completeness "completeness" Timeliness "timeliness"
    }
    /// What a unit's filings cost it.
    UnitFilingKey { Unit "unit" Late "late" Missing "missing" Returned "returned" Points "points" }
    /// A cell in which two versions differ.
    DifferenceKey {
        Number "number" Older "older" Newer "newer" Sheet "sheet" Cell "cell" Before "before" After "after"
    }
    /// A hazard of the ledger.
    LedgerKey {
        Number "number" Id "id" Level "level" State "state" Village "village" Department "department"
        Sector "sector" Unit "unit" Place "place" Text "text" Found "found" Deadline "deadline"
        Done "done" Overdue "overdue" Fund "fund" Responsible "responsible" Rechecker "rechecker"
        Finders "finders" Merged "merged" Recurs "recurs" Rows "rows" Refusal "refusal"
        RefusedAt "refused-at" Lacking "lacking" Code "code" Source "source"
        FirstDeadline "first-deadline" Extended "extended" Approver "approver"
        Supervision "supervision" Document "document" Reported "reported" Before "before"
        After "after" Watch "watch" Standard "standard"
    }
    /// Two entries that may be one hazard.
    PairKey {
        Number "number" Unit "unit" Place "place" File1 "file-1" Row1 "row-1" Found1 "found-1"
        Text1 "text-1" File2 "file-2" Row2 "row-2" Found2 "found-2" Text2 "text-2"
        Likeness "likeness" Decision "decision"
    }
    /// A line of the ledger's statistics.
    LineKey {
        Name "name" Units "units" Found "found" Closed "closed" Rate "rate" OnTime "on-time"
        OnTimeRate "on-time-rate" Late "late" Open "open" Overdue "overdue" NotDue "not-due"
        MajorFound "major-found" MajorClosed "major-closed" MajorRate "major-rate" Planned "planned"
        PlannedFund "planned-fund"
    }
    /// A problem that is returned to its sender.
    ReturnKey {
        Number "number" Severity "severity" Sheet "sheet" Cell "cell" Column "column" Found "found"
        Problem "problem" Expected "expected" Remedy "remedy" Explanation "explanation" Code "code"
    }
}

/// A kind of sheet: in which reports it stands, and its blocks with the columns they can have.
pub(in crate::report) struct Kind {
    pub name: &'static str,
    pub per: Per,
    pub blocks: &'static [(&'static str, &'static [&'static str])],
}

/// All kinds of sheets. `templates/report/README.md` describes them; a test compares the two.
pub(in crate::report) const KINDS: &[Kind] = &[
    Kind {
        name: "ranking",
        per: Per::Plugin,
        blocks: &[("latest", RankingKey::KEYS), ("earlier", RankingKey::KEYS)],
    },
    Kind {
        name: "major-hazards",
        per: Per::Plugin,
        blocks: &[("hazards", HazardKey::KEYS), ("referrals", ReferralKey::KEYS)],
    },
    Kind { name: "item-statistics", per: Per::Plugin, blocks: &[("items", StatisticKey::KEYS)] },
    Kind { name: "top-items", per: Per::Plugin, blocks: &[("items", StatisticKey::KEYS)] },
    Kind { name: "units", per: Per::Plugin, blocks: &[("units", UnitKey::KEYS)] },
    Kind {
        name: "clauses",
        per: Per::Plugin,
        blocks: &[
            ("documents", DocumentKey::KEYS),
            ("citations", CitationKey::KEYS),
            ("editions", EditionKey::KEYS),
            ("majors", MajorKey::KEYS),
        ],
    },
    Kind {
        name: "trace",
        per: Per::Plugin,
        blocks: &[("inputs", InputKey::KEYS), ("rules", RuleKey::KEYS), ("evidence", EvidenceKey::KEYS)],
    },
    Kind { name: "score-sheet", per: Per::Plugin, blocks: &[("items", ScoreKey::KEYS)] },
    Kind { name: "problems", per: Per::Run, blocks: &[("problems", ProblemKey::KEYS)] },
    Kind { name: "problem-counts", per: Per::Run, blocks: &[("counts", CountKey::KEYS)] },
    Kind { name: "plugin-faults", per: Per::Run, blocks: &[("faults", FaultKey::KEYS)] },
    Kind { name: "names", per: Per::Run, blocks: &[("names", NameKey::KEYS)] },
    Kind {
        name: "filings",
        per: Per::Run,
        blocks: &[("reports", FilingKey::KEYS), ("units", UnitFilingKey::KEYS)],
    },
    Kind { name: "version-differences", per: Per::Run, blocks: &[("differences", DifferenceKey::KEYS)] },
    Kind { name: "ledger", per: Per::Run, blocks: &[("hazards", LedgerKey::KEYS)] },
    Kind { name: "open-hazards", per: Per::Run, blocks: &[("hazards", LedgerKey::KEYS)] },
    Kind { name: "refused-closings", per: Per::Run, blocks: &[("hazards", LedgerKey::KEYS)] },
    Kind { name: "carry-over", per: Per::Run, blocks: &[("hazards", LedgerKey::KEYS)] },
    Kind { name: "merge-review", per: Per::Run, blocks: &[("pairs", PairKey::KEYS)] },
    Kind { name: "ledger-statistics", per: Per::Run, blocks: &[("lines", LineKey::KEYS)] },
    Kind {
        name: "signals",
        per: Per::Run,
        blocks: &[("signals", &["number", "kind", "severity", "who", "fact", "rows", "remedy", "basis"])],
    },
    Kind {
        name: "frequency",
        per: Per::Run,
        blocks: &[
            ("colours", &["colour", "plan", "units", "planned", "done", "rate", "gaps"]),
            (
                "gaps",
                &[
                    "number",
                    "unit-number",
                    "name",
                    "village",
                    "sector",
                    "risk",
                    "department",
                    "plan",
                    "done",
                    "lacks",
                    "days",
                    "source",
                ],
            ),
            (
                "unplanned",
                &["number", "unit-number", "name", "village", "risk", "department", "done", "source"],
            ),
        ],
    },
    Kind {
        name: "campaign-coverage",
        per: Per::Campaign,
        blocks: &[
            ("figures", &["name", "value", "part", "whole", "means"]),
            ("kinds", &["kind", "due", "covered", "waived", "rate"]),
            ("phases", &["phase", "from", "to", "visits"]),
        ],
    },
    Kind {
        name: "campaign-visits",
        per: Per::Campaign,
        blocks: &[("visits", &["number", "date", "unit-number", "name", "village", "source"])],
    },
    Kind {
        name: "campaign-hazards",
        per: Per::Campaign,
        blocks: &[(
            "hazards",
            &["number", "id", "unit", "village", "text", "found", "deadline", "done", "state", "source"],
        )],
    },
    Kind {
        name: "campaign-uncovered",
        per: Per::Campaign,
        blocks: &[
            (
                "uncovered",
                &[
                    "number",
                    "unit-number",
                    "name",
                    "village",
                    "sector",
                    "kind",
                    "risk",
                    "department",
                    "source",
                ],
            ),
            (
                "waived",
                &[
                    "number",
                    "unit-number",
                    "name",
                    "village",
                    "sector",
                    "kind",
                    "risk",
                    "department",
                    "source",
                ],
            ),
        ],
    },
    Kind {
        name: "campaign-trace",
        per: Per::Campaign,
        blocks: &[
            ("covered", &["number", "unit-number", "name", "source"]),
            ("inputs", &["number", "file", "bytes", "digest"]),
        ],
    },
    Kind { name: "return-list", per: Per::Source, blocks: &[("problems", ReturnKey::KEYS)] },
    Kind {
        name: "year-end-ranking",
        per: Per::YearEnd,
        blocks: &[("villages", RANKED), ("departments", RANKED)],
    },
    Kind {
        name: "year-end-process",
        per: Per::YearEnd,
        blocks: &[(
            "items",
            &[
                "unit",
                "item",
                "requirement",
                "points",
                "self",
                "verified",
                "final",
                "difference",
                "reason",
                "who",
                "when",
                "document",
            ],
        )],
    },
    Kind {
        name: "year-end-entries",
        per: Per::YearEnd,
        blocks: &[(
            "entries",
            &[
                "number", "unit", "sense", "matter", "level", "points", "counted", "remark", "document",
                "source",
            ],
        )],
    },
    Kind {
        name: "year-end-vetoes",
        per: Per::YearEnd,
        blocks: &[("vetoes", &["number", "unit", "basis", "rule", "effect", "score", "source"])],
    },
    Kind {
        name: "year-end-what-if",
        per: Per::YearEnd,
        blocks: &[(
            "steps",
            &["unit", "now", "order", "what", "points", "gain", "score", "grade", "rank", "effect"],
        )],
    },
    Kind {
        name: "year-end-enterprises",
        per: Per::YearEnd,
        blocks: &[(
            "enterprises",
            &[
                "rank",
                "number",
                "name",
                "class",
                "village",
                "checklist",
                "date",
                "score",
                "grade",
                "veto",
                "veto-reason",
                "rate",
                "remark",
                "source",
            ],
        )],
    },
    Kind {
        name: "year-end-letters",
        per: Per::YearEnd,
        blocks: &[
            ("coverage", &["day", "of", "due", "signed", "missing", "rate"]),
            ("missing", &["number", "of", "unit", "over", "signed", "person", "lacks", "source"]),
            ("duties", &["post", "person", "field", "source"]),
        ],
    },
    Kind {
        name: "year-end-controls",
        per: Per::YearEnd,
        blocks: &[(
            "controls",
            &["number", "unit", "measure", "target", "actual", "rate", "state", "source"],
        )],
    },
    Kind {
        name: "year-end-ladder",
        per: Per::YearEnd,
        blocks: &[
            ("levels", &["level", "count", "share", "enterprises"]),
            (
                "footings",
                &["number", "name", "village", "sector", "written", "until", "level", "remark", "source"],
            ),
            (
                "reviews",
                &[
                    "number",
                    "name",
                    "date",
                    "got",
                    "possible",
                    "not-applicable",
                    "score",
                    "by-score",
                    "performance",
                    "level",
                    "binding",
                    "source",
                ],
            ),
        ],
    },
    Kind {
        name: "year-end-tailoring",
        per: Per::YearEnd,
        blocks: &[(
            "differences",
            &["number", "key", "base", "local", "remark", "date", "approver", "layer"],
        )],
    },
    Kind {
        name: "year-end-replay",
        per: Per::YearEnd,
        blocks: &[("flips", &["number", "unit", "score", "grade", "other-score", "other-grade"])],
    },
    Kind {
        name: "year-end-trace",
        per: Per::YearEnd,
        blocks: &[("rules", &["what", "digest"]), ("inputs", &["number", "file", "bytes", "digest"])],
    },
    Kind {
        name: "year-end-objections",
        per: Per::YearEnd,
        blocks: &[(
            "objections",
            &["number", "unit", "item", "before", "points", "old", "new", "reason", "who", "when", "source"],
        )],
    },
    Kind {
        name: "year-end-changes",
        per: Per::YearEnd,
        blocks: &[("changes", &["number", "unit", "field", "before", "after"])],
    },
    Kind {
        name: "notice-index",
        per: Per::Paper,
        blocks: &[(
            "subjects",
            &[
                "number",
                "name",
                "code",
                "village",
                "department",
                "open",
                "major",
                "overdue",
                "deadline",
                "sheet",
            ],
        )],
    },
    Kind { name: "notice", per: Per::Paper, blocks: &[("hazards", PAPER_HAZARD)] },
    Kind {
        name: "file-index",
        per: Per::Paper,
        blocks: &[(
            "subjects",
            &["number", "name", "code", "village", "sector", "checks", "hazards", "open", "sheet"],
        )],
    },
    Kind {
        name: "enterprise-file",
        per: Per::Paper,
        blocks: &[
            (
                "register",
                &[
                    "number",
                    "name",
                    "former-name",
                    "code",
                    "village",
                    "sector",
                    "kind",
                    "venues",
                    "department",
                    "risk",
                    "entered",
                    "left",
                    "source",
                ],
            ),
            (
                "checks",
                &[
                    "number",
                    "date",
                    "checklist",
                    "unit",
                    "inspectors",
                    "score",
                    "grade",
                    "rank",
                    "coverage",
                    "remark",
                    "source",
                ],
            ),
            ("hazards", PAPER_HAZARD),
            ("duties", &["number", "matter", "what", "date", "state", "source"]),
        ],
    },
    Kind {
        name: "circular",
        per: Per::Paper,
        blocks: &[
            ("villages", ANNOUNCED),
            ("departments", ANNOUNCED),
            ("lines", LineKey::KEYS),
            (
                "worst",
                &["number", "name", "village", "department", "open", "major", "overdue", "longest", "ids"],
            ),
            ("lapses", &["number", "unit", "name", "report", "late", "missing"]),
        ],
    },
    Kind { name: "chart-villages", per: Per::Paper, blocks: &[("units", CHARTED)] },
    Kind { name: "chart-departments", per: Per::Paper, blocks: &[("units", CHARTED)] },
    Kind {
        name: "chart-rates",
        per: Per::Paper,
        blocks: &[("lines", &["number", "name", "found", "closed", "open", "overdue", "rate"])],
    },
    Kind { name: "paper-trace", per: Per::Paper, blocks: &[("origin", &["what", "value"])] },
];

/// A hazard as a paper shows it: as in the ledger, with the clause and the cells.
const PAPER_HAZARD: &[&str] = &[
    "number",
    "id",
    "level",
    "state",
    "village",
    "department",
    "sector",
    "unit",
    "place",
    "text",
    "found",
    "deadline",
    "done",
    "overdue",
    "fund",
    "responsible",
    "rechecker",
    "finders",
    "merged",
    "recurs",
    "rows",
    "refusal",
    "refused-at",
    "lacking",
    "basis",
];

/// A unit as a circular announces it.
const ANNOUNCED: &[&str] = &["rank", "number", "name", "class", "final", "grade", "veto", "rate"];

/// A line of a chart of units.
const CHARTED: &[&str] = &["rank", "number", "name", "class", "score", "grade"];

/// A unit in a ranking of the year-end assessment.
const RANKED: &[&str] = &[
    "rank", "number", "name", "class", "quarters", "year-end", "got", "possible", "bonus", "penalty",
    "final", "grade", "veto", "self", "gap", "rate", "remark",
];
