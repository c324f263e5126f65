"""A report as the page meets it: charts over the history, and cases with answers, reasons and messages."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.reports.document import (
    Change,
    Chart,
    Check,
    Code,
    Column,
    Document,
    Listing,
    Place,
    Section,
    Series,
    Table,
    Text,
)
from tests.reports.sample import ANSWER, sample

if TYPE_CHECKING:
    from llmops_cli.reports.document import State

GROUP = "support-triage · support.triage@1.5.0 · openai/gpt-4o-mini-2024-07-18"
OTHER = "help-grounded · help.grounded@1.0.0 · openai/gpt-4o-mini-2024-07-18"
HOSTILE = (
    "</script><script>document.title='stolen'</script>",
    '<img src=x onerror="document.title=1"> & "quotes" \'single\'',
    "<!--<script>",
    "\u202eeman dettrever\u202c \u2067isolate\u2069 end",
    "zero\u200bwidth, bell\x07, escape\x1b[31m, null\x00, lone \ud800, tag \U000e0041",
    "\n\nleading breaks, tab\there, trailing  \n",
    "line\u2028separator and \r carriage",
    "مرحبا بالعالم 12 (test) עברית",
    "漢字かな交じり文、二重請求。🙏🏽",
    "javascript:alert(1) {{7*7}} ${7*7} `x`",
    "w" * 3000,
)
EXAMPLES = tuple(
    (f"Ticket: my {thing} does not work since the update, what can I do?", queue)
    for thing, queue in (
        ("router", "technical"),
        ("invoice", "billing"),
        ("parcel", "shipping"),
        ("login", "account"),
    )
)


def page_sample(count: int = 180, seed: int = 4) -> Document:
    """The sample with everything that only a page shows; the same for the same numbers."""
    return replace(sample(), checks=lambda: checks(count, seed), charts=charts)


def hostile_sample() -> Document:
    """Every hostile text at every place that a text can have."""
    cases = tuple(_hostile(at, words) for at, words in enumerate(HOSTILE))
    sections = tuple(section for case in cases for section in case.sections)
    drawn = tuple(
        Section(
            words, (Chart(words, kind, (words, words), (_series(words, (1.0, None), f"{{}} {words[:5]}"),)),)
        )
        for words in HOSTILE
        if "{" not in words
        for kind in ("line", "bars")
    )
    return Document(Text(HOSTILE[0], "bad"), sections, checks=lambda: cases, charts=lambda: drawn)


def charts() -> tuple[Section, ...]:
    commits = ("3f2a91c", "77be012", "a01f3d9", "c4e8b21", "de11a07", "e90c3f4", "f5512ab", "0b7d6e3", "now")
    rates = (0.902, 0.915, 0.915, None, 0.921, 0.934, 0.931, 0.9375, 0.875)
    tones = (0.79, 0.795, 0.801, None, 0.808, 0.811, 0.809, 0.812, 0.824)
    bins = tuple(f"{at / 10:.1f}–{(at + 1) / 10:.1f}" for at in range(10))
    costs = ("≤$0.0002", "≤$0.0004", "≤$0.0008", "≤$0.0016", ">$0.0016")
    waits = ("≤0.5 s", "≤1 s", "≤2 s", "≤4 s", "≤8 s", ">8 s")
    return (
        Section(
            "support-triage over the history of its baseline",
            (
                Chart(
                    "pass_rate and tone by commit",
                    "line",
                    commits,
                    (_series("pass_rate", rates, "{:.1%}"), _series("tone", tones, "{:.1%}")),
                    0.5,
                    1.0,
                    "rate",
                ),
                Chart(
                    "cost per case",
                    "line",
                    commits,
                    (
                        _series(
                            "cost_usd",
                            (0.0013, 0.00131, 0.00128, 0.00128, 0.0012, 0.00123, 0.00121, 0.00123, 0.00119),
                            "${:.5f}",
                        ),
                    ),
                    unit="usd",
                ),
            ),
        ),
        Section(
            "support-triage: distributions",
            (
                Text("How many cases have which score, and what they cost and took.", "muted"),
                Chart(
                    "tone: cases by score",
                    "bars",
                    bins,
                    (
                        _series("baseline", (0, 1, 2, 1, 5, 9, 14, 40, 62, 26), "{}"),
                        _series("now", (0, 0, 2, 2, 4, 10, 12, 36, 66, 28), "{}"),
                    ),
                ),
                Chart(
                    "cost of a case",
                    "bars",
                    costs,
                    (
                        _series("baseline", (12, 60, 70, 15, 3), "{}"),
                        _series("now", (14, 66, 66, 12, 2), "{}"),
                    ),
                ),
                Chart(
                    "latency of a live call", "bars", waits, (_series("now", (5, 38, 80, 20, 4, 1), "{}"),)
                ),
                Chart(
                    "latency by commit <never measured>",
                    "line",
                    ("a", "b"),
                    (_series("p95", (None, None), "{}"),),
                ),
            ),
        ),
    )


def checks(count: int, seed: int) -> tuple[Check, ...]:
    rng = random.Random(seed)
    gate = Check(
        GROUP,
        "support-triage",
        "gate",
        "pass_rate",
        "failed",
        Place("evalsets/support-triage.yaml", 21),
        "fell 6.2 points, more than the 2.0 it may",
        blocking=True,
        before="passed",
        values={"pass_rate": 0.875},
        before_values={"pass_rate": 0.9375},
    )
    cases = [_case(at, rng) for at in range(count - 1)]
    return (gate, *cases)


def _case(at: int, rng: random.Random) -> Check:
    grounded = at % 3 == 2
    suite, group = ("help-grounded", OTHER) if grounded else ("support-triage", GROUP)
    before: State | None = rng.choices(("passed", "failed", None), (88, 8, 4))[0]
    state: State = rng.choices(
        ("passed", "failed", "error"), (90, 8, 2) if before != "failed" else (30, 68, 2)
    )[0]
    tone, was = round(rng.betavariate(8, 2), 3), round(rng.betavariate(8, 2), 3)
    expected, got = ("billing", "billing" if state == "passed" else "other")
    message = {
        "failed": f"exact: expected “{expected}”, got “{got}”",
        "error": "the call timed out after 60 s, 3 attempts",
    }.get(state, "")
    score = "supported" if grounded else "tone"
    thing = rng.choice(("refund", "invoice", "router", "parcel", "login"))
    name = f"{thing}-{rng.choice(('twice', 'late', 'lost', 'wrong', 'broken'))}-{at:04}"
    lost = state == "error"
    return Check(
        group,
        suite,
        "case",
        name,
        state,
        Place(f"evalsets/{suite}.jsonl", at + 1),
        message,
        blocking=state == "failed" and before == "passed" and at % 5 == 0,
        before=before,
        seconds=None if lost else round(rng.lognormvariate(0, 0.6), 3),
        values={
            "pass_rate": None if lost else float(state == "passed"),
            score: None if lost else tone,
            "cost_usd": None if lost else round(rng.uniform(1e-4, 2e-3), 7),
        },
        before_values={}
        if before is None
        else {"pass_rate": float(before == "passed"), score: was, "cost_usd": 0.0011},
        units={"pass_rate": "rate", score: "graded", "cost_usd": "usd"},
        facts={
            "tags": rng.choice(("smoke, billing", "billing", "long", "smoke")),
            "model": "gpt-4o-mini-2024-07-18",
        },
        sections=_sections(at, expected, got, lost),
    )


def _sections(at: int, expected: str, got: str, lost: bool) -> tuple[Section, ...]:
    reply = ANSWER.replace("5 working days", f"{5 + at % 9} working days").replace("at once", "soon")
    scores = Table(
        (Column("scorer"), Column("score", "right"), Column("reason")),
        (
            (
                Text("exact"),
                Text("0.000" if expected != got else "1.000", "bad" if expected != got else "plain"),
                Text(f"expected “{expected}”, got “{got}”"),
            ),
            (
                Text("tone"),
                Text("0.840"),
                Text("Friendly, and names the next step. It apologises twice, which the rubric calls minor."),
            ),
        ),
    )
    messages = [
        Code(f"{role}: {text}", "")
        for pair in EXAMPLES
        for role, text in zip(("user", "assistant"), pair, strict=True)
    ]
    return (
        Section(
            "Answer", (Change("answer", ANSWER, None if lost else reply, "differs in two places", "plain"),)
        ),
        Section("Scores", (scores,)),
        Section(
            "Messages",
            (
                Text("system", "muted"),
                Code("You route tickets to one queue."),
                *messages,
                Text("user", "muted"),
                Code(f"<ticket>Number {at}: I was charged twice in June.</ticket>"),
            ),
            folded=True,
        ),
        Section(
            "History",
            (
                Chart(
                    "tone over the baseline's commits",
                    "line",
                    ("3f2a91c", "77be012", "now"),
                    (_series("tone", (0.7, None, 0.8 + at % 10 / 100), "{}"),),
                ),
            ),
            folded=True,
        ),
    )


def _hostile(at: int, text: str) -> Check:
    return Check(
        text,
        f"hostile {text[:40]}",
        "case",
        f"hostile-{at:02} {text}",
        "failed",
        Place(text, at),
        text,
        before="passed",
        seconds=float(at),
        values={text: 0.5, "tone": at / 10},
        before_values={"tone": 0.5},
        facts={text: text},
        sections=(
            Section(
                text,
                (
                    Text(text, "bad"),
                    Code(text),
                    Code(f"+{text}\n-{text}", "diff"),
                    Listing((Text(text),)),
                    Change(text, text, f"{text} and more", text, "bad", text),
                    Change("space", "a b", "a  b"),
                    Change("same", text, text),
                    Change("gone", text, None, only="before"),
                    Table((Column(text), Column("n", "right")), ((Text(text), Text("1")),)),
                ),
            ),
            Section(text, (Code(text),), folded=True),
        ),
    )


def _series(name: str, values: tuple[float | None, ...], form: str) -> Series:
    return Series(name, values, tuple("–" if value is None else form.format(value) for value in values))
