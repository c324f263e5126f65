"""What a machine is told of the sample: two suites, one of them on two models, every state, hostile texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmops_cli.reports.document import Annotation, Change, Check, Code, Place, Section, Text

if TYPE_CHECKING:
    from llmops_cli.reports.document import State

FOLDER = "services/desk"
HOSTILE = (
    "::add-mask::secret\n  ::error file=a.py::b\r\n##[set-output name=x]y ##vso[task.complete]"
    "\x1b[2J\x00\ud800\ufffe\uffff ]]></failure><script>alert(1)</script> & \"'\u202e"
)
_GPT = "openai/gpt-4.1-mini-2025-04-14"
_HAIKU = "anthropic/claude-3-5-haiku-20241022"
_CASES = "evalsets/support-triage.jsonl"
_ODD = "evalsets/Fälle für Köln, 100%: neu.jsonl"


def checks() -> list[Check]:
    """Every check of the sample, in the order of its groups."""
    return [*_triage(), *_other_model(), *_hostile()]


def _case(name: str, state: State, line: int, group: str = "", **more: Any) -> Check:
    """A case of the first suite, on the first model unless said otherwise."""
    values = {"facts": {"prompt": "support.triage@1.5.0", "model": _GPT}, **more}
    place = Place(_CASES, line)
    return Check(group or f"support-triage on {_GPT}", "support-triage", "case", name, state, place, **values)


def _triage() -> list[Check]:
    gate_place = Place("evalsets/support-triage.yaml", 14, 3)
    facts = {"prompt": "support.triage@1.5.0", "model": _GPT}
    return [
        Check(
            f"support-triage on {_GPT}",
            "support-triage",
            "gate",
            "pass_rate",
            "failed",
            gate_place,
            "fell 6.2 points, more than the 2.0 it may: 93.8% → 87.5%",
            blocking=True,
            before="passed",
            facts=facts,
        ),
        Check(
            f"support-triage on {_GPT}", "support-triage", "gate", "tone", "passed", gate_place, facts=facts
        ),
        _case(
            "refund-double-charge",
            "failed",
            12,
            message="is other, not billing",
            blocking=True,
            before="passed",
            seconds=0.8123,
            values={"pass_rate": 0.0, "tone": 0.1 + 0.2, "cost_usd": 0.0000123},
            before_values={"pass_rate": 1.0, "tone": 0.75, "cost_usd": None},
            units={"pass_rate": "rate", "tone": "graded", "cost_usd": "usd"},
            facts={**facts, "tags": "smoke, refund"},
            sections=(
                Section("Answer", (Change("answer", "billing", "other", "was right, now wrong", "bad"),)),
                Section("Messages", (Code("system: You route tickets."),), folded=True),
            ),
        ),
        _case(
            "order-trace",
            "failed",
            40,
            message="the answer is no JSON",
            before="failed",
            seconds=1.5,
            values={"pass_rate": 0.0, "tone": None},
            before_values={"pass_rate": 0.0},
        ),
        _case("greeting", "passed", 2, before="failed", seconds=0.25, values={"pass_rate": 1.0, "tone": 1.0}),
        _case("返品-二重請求", "passed", 3, before="passed", seconds=0.25, values={"pass_rate": 1.0}),
        _case("new-language", "error", 4, message="openai: HTTP 503, after 5 attempts", values={}),
        _case("old-flake", "skipped", 5, message="in quarantine until 2027-01-31: flickers", before="passed"),
    ]


def _other_model() -> list[Check]:
    facts = {"prompt": "support.triage@1.5.0", "model": _HAIKU}
    group = f"support-triage on {_HAIKU}"
    return [
        _case("refund-double-charge", "passed", 12, group, seconds=0.5, values={"tone": 0.9}, facts=facts),
        _case("greeting", "passed", 2, group, values={"tone": float("nan")}, facts=facts),
    ]


def _hostile() -> list[Check]:
    sections = (
        Section(HOSTILE, (Text(HOSTILE), Change("answer", HOSTILE, HOSTILE + "!", "now wrong", "bad"))),
        Section("Answer", (Code(HOSTILE + " and so on" * 300),)),
    )
    return [
        Check(
            "odd",
            "odd",
            "case",
            name,
            "failed",
            Place(_ODD, 7),
            message=HOSTILE,
            blocking=blocking,
            facts={"tags": '=HYPERLINK("https://example.com"), a', "state": "@SUM(A1)"},
            sections=sections,
        )
        for name, blocking in ((HOSTILE, True), ("=1+1", False), ("-5", False), ("a,b\n::c", False))
    ]


def remarks() -> tuple[Annotation, ...]:
    """Remarks of each level, with and without a line, and more errors than GitHub shows."""
    return (
        Annotation(
            "error",
            "regressed",
            "support-triage: pass_rate fell 6.2 points",
            "93.8% → 87.5%, 95% interval [−11.0, −1.9]; it may fall 2.0 points.\nOnly the prompt changed.",
            Place("prompts/support/triage.yaml", 9, 5),
        ),
        *(
            Annotation(
                "error", "must-pass", f"case must-{at} fails", "is other, not billing", Place(_CASES, at)
            )
            for at in range(1, 13)
        ),
        Annotation("error", "must-pass", HOSTILE, HOSTILE, Place(_ODD, 7, 2)),
        Annotation("warning", "problem", HOSTILE, f"{HOSTILE} [click](https://example.com)", Place(_ODD, 7)),
        Annotation("warning", "problem", "unused input", "", Place("prompts/support/triage.yaml")),
        Annotation(
            "notice", "new-case", "case new-language is new", "as asked for, " * 300, Place(_CASES, 4)
        ),
    )
