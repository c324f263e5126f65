"""A report as a reviewer meets it: one suite that fell, why, and every case behind it."""

from __future__ import annotations

from llmops_cli.reports.document import Change, Code, Column, Document, Listing, Section, Table, Text
from tests.reports.sample_checks import FOLDER, checks, remarks

ANSWER = (
    "Thank you for getting in touch. I am sorry that you were charged twice for your June invoice. I have "
    "checked your account and I can see both payments, one on 3 June and one on 5 June. The second payment "
    "was taken because the first was reported as failed by the bank although it went through. I asked our "
    "billing team to return the second payment to your card. You will see the money on your statement within "
    "5 working days. If it has not arrived by then, please reply to this message and we will look into it at "
    "once. We have also added a note to your account so that nobody asks you for the same details again."
)
LONG_BEFORE = "\n".join(
    f'{{"step": {at}, "action": "look up order {at * 37}", "ok": true}}' for at in range(1, 15)
)
LONG_AFTER = "I cannot help with orders. " * 30


def sample() -> Document:
    metrics = Table(
        (
            Column("metric"),
            Column("baseline", "right"),
            Column("now", "right"),
            Column("change", "right"),
            Column("95% interval", "right"),
            Column("verdict"),
        ),
        (
            _row("pass_rate", "93.8%", "87.5%", "−6.2 pt", "[−11.0, −1.9]", "REGRESSED", "bad"),
            _row("tone", "0.812", "0.824", "+0.012", "[−0.009, +0.031]", "PASSED", "good"),
            _row("cost_usd", "$0.0123", "$0.0119", "−3.3%", "[−5.0, −1.2]", "IMPROVED", "good"),
            _row(
                "latency_p95", "1.9 s", "unknown", "unknown", "—", "ERROR: 12 of 160 calls timed out", "warn"
            ),
        ),
    )
    cases = Table(
        (Column("case"), Column("input"), Column("calls", "right"), Column("cost", "right")),
        (
            (
                Text("refund-double-charge"),
                Text("I was charged twice in June, please send one of the two payments back to my card"),
                Text("3"),
                Text("$0.0012"),
            ),
            (
                Text("返品-二重請求"),
                Text("六月に二回請求されました。一回分を返金してください。🙏🏽"),
                Text("1"),
                Text("unknown", "muted"),
            ),
            (Text("greeting"), Text("Hello 👋"), Text("1"), Text("$0.0004")),
        ),
    )
    return Document(
        Text("REGRESSED: support-triage pass_rate fell 6.2 points, more than the 2.0 it may", "bad"),
        (
            Section(
                "support-triage on openai/gpt-4o-mini-2024-07-18",
                (
                    metrics,
                    Text(
                        "Only the prompt changed since the baseline (support.triage 1.4.0 → 1.5.0); model, "
                        "cases and scorers are the same. 160 cases, 4 of them new, p = 0.003 after Holm.",
                        "muted",
                    ),
                ),
            ),
            Section(
                "5 cases that changed",
                (
                    Change(
                        "case refund-double-charge",
                        "billing",
                        "other",
                        "was right, now wrong",
                        "bad",
                        "evalsets/support-triage.jsonl:12",
                    ),
                    Change(
                        "case refund-reply",
                        ANSWER,
                        ANSWER.replace("5 working days", "14 working days").replace("at once", "soon"),
                        "was right, now wrong",
                        "bad",
                        "evalsets/support-triage.jsonl:13",
                    ),
                    Change(
                        "case order-trace",
                        LONG_BEFORE,
                        LONG_AFTER,
                        "was right, now wrong",
                        "bad",
                        "evalsets/support-triage.jsonl:40",
                    ),
                    Change("case greeting", "greeting\n", "greeting", "was wrong, now right", "good"),
                    Change("case new-language", None, "billing", "new, right"),
                ),
            ),
            Section(
                "What to do next",
                (
                    Listing(
                        (
                            Text("see the change: llmops prompts diff support.triage@1.4.0 support.triage"),
                            Text(
                                "accept the drop, with a reason that reviewers will read: "
                                "llmops baseline accept support-triage --reason '…'"
                            ),
                        )
                    ),
                ),
            ),
            Section(
                "What changed in the prompt",
                (
                    Code(
                        "-You route tickets to one queue.\n+You route tickets.\n \n"
                        " <ticket>{{ ticket }}</ticket>\n",
                        "diff",
                    ),
                ),
                folded=True,
            ),
            Section("Cost by case", (cases,), folded=True),
        ),
        {
            "verdict": "REGRESSED",
            "suite": "support-triage",
            "metrics": [{"name": "pass_rate", "baseline": 0.9375, "now": 0.875, "interval": [-0.11, -0.019]}],
            "cases": [{"id": "返品-二重請求", "cost_usd": None, "output": "\x1b[31mred\u202e \ud800"}],
        },
        annotations=remarks(),
        checks=checks,
        folder=FOLDER,
    )


def _row(metric: str, baseline: str, now: str, change: str, interval: str, *verdict: str) -> tuple[Text, ...]:
    word, tone = verdict
    return (*map(Text, (metric, baseline, now, change, interval)), Text(word, tone))  # type: ignore[arg-type]
