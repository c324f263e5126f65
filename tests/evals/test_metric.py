"""What a metric is stands in `evals/metric.py` alone, and every place that a metric needs has it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from llmops_cli.compare.metric_text import VALUES
from llmops_cli.compare.scores import CaseScores
from llmops_cli.core import schema
from llmops_cli.evals.metric import (
    AMOUNTS,
    BUILT_IN,
    MEASURED,
    Amount,
    Metric,
    is_taken,
    metric_of,
    repeated_metrics,
)
from llmops_cli.reports.formats.page.charts import AXES
from llmops_cli.reports.numbers import Unit
from tests.docs.pages import DOCS, section

SOURCE = Path(__file__).parents[2] / "src/llmops_cli"
NAMES = "|".join(("pass_rate", "latency", "_tokens", *(metric.name for metric in (*MEASURED, *AMOUNTS))))
ADVICE = "ask the Metric: its unit, direction, amount, …; a new property goes to evals/metric.py"
SPELLINGS = (
    # What a name begins or ends with.
    rf"""(?:starts|ends)(?:with|With)\(\(?["'][^"']*(?:{NAMES})""",
    rf"""remove(?:prefix|suffix)\(["'](?:{NAMES})""",
    rf"""(?:indexOf|includes|test|match)\(["'/][^)]*(?:{NAMES})""",
    rf"""/[^/\n]*(?:{NAMES}|tokens\$|usd\$|seconds\$)[^/\n]*/\.test""",
    # What it is, or one of which.
    rf"""[!=]==? *["'](?:{NAMES})["']""",
    r"(?<![=!])[!=]= (?:PASS_RATE|WEIGHTED_SCORE|COST|PASSES|SECONDS)\b",
    r"\bin (?:MEASURED|AMOUNTS|RESERVED|BUILT_IN)\b(?!\))",
    r"\bin \(\s*(?:PASS_RATE|WEIGHTED_SCORE|COST|[\"'](?:cost_usd|input_tokens|output_tokens|pass_rate))",
    r"pass\[@\^\]",
    # What a value that is written already looks like.
    r"""(?:starts|ends)(?:with|With)\(\(?["'](?:%|\$| ?ms["']| s["']| min| h["'])""",
    r"""["'](?:%|\$| ms| s| min)["'] (?:not )?in """,
)


def _spellings() -> list[str]:
    return [
        f"{path.relative_to(SOURCE).as_posix()}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for path in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("*.js")])
        if path != SOURCE / "evals/metric.py"
        for text in [path.read_text("utf-8")]
        for spelling in SPELLINGS
        for match in re.finditer(spelling, text)
        if not _goes_through(text, match)
    ]


def _goes_through(text: str, match: re.Match[str]) -> bool:
    """Whether it is a loop over all of them, which asks no name."""
    line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
    return re.search(r"\bfor [\w, ]+ $", line) is not None


def test_nobody_asks_a_metric_for_its_spelling() -> None:
    assert not _spellings(), ADVICE


@pytest.mark.parametrize(
    "code",
    [
        'name.startswith("latency_")',
        'metric.endswith("_tokens")',
        'metric.removeprefix("latency_p")',
        "if metric in MEASURED:",
        "change.metric == PASS_RATE",
        'change.metric == "pass_rate"',
        'metric in ("input_tokens", "output_tokens")',
        "metric not in (PASS_RATE, WEIGHTED_SCORE)",
        'metrics.indexOf("cost_usd")',
        "/^latency|seconds$/.test(metric)",
        'metrics[at] !== "pass_rate"',
        'sample.endswith("%")',
        'sample.endswith((" ms", " s"))',
        '" min" in sample',
        '"$" not in sample',
    ],
)
def test_the_guard_knows_a_spelling(code: str) -> None:
    assert any(
        not _goes_through(code, match) for spelling in SPELLINGS for match in re.finditer(spelling, code)
    )


def test_every_unit_is_drawn() -> None:
    units = set(get_args(Unit))
    assert set(VALUES) == units, "each unit has a line in compare/metric_text.py:VALUES"
    assert set(AXES) == {"", *units}, "each unit has a line in reports/formats/page/charts.py:AXES"
    script = (SOURCE / "reports/formats/page/numbers.js").read_text("utf-8")
    forms = re.search(r"const FORMS = \{(.*?)\};", script, re.DOTALL)
    assert forms is not None
    assert set(re.findall(r"(\w+): \[", forms[1])) == units, "each unit has a line in FORMS of numbers.js"


def test_every_amount_is_kept() -> None:
    kept = schema.shipped("baseline")["oneOf"][1]["properties"]
    for amount in get_args(Amount):
        assert amount in CaseScores.__dataclass_fields__, f"add {amount} to compare/scores.py:CaseScores"
        assert amount in kept, f"add {amount} to core/schemas/baseline.schema.json"
    named = {metric.amount for metric in AMOUNTS}
    assert named == set(get_args(Amount)), "each amount has its metric in AMOUNTS"


def test_every_metric_has_its_row_with_its_direction() -> None:
    rows = {
        name: row.split("|")[2].strip()
        for row in section(DOCS / "file-formats.md", "Gate").splitlines()
        if row.startswith("| ")
        for name in re.findall(r"`([^`]+)`", row.split("|")[1])
    }
    for metric in (*BUILT_IN.values(), *repeated_metrics(1)):
        name = metric.name.replace("1", "k") if metric.repeated else metric.name
        wanted = "lower" if metric.lower_is_better else "higher"
        assert rows.get(name) == wanted, f"docs/file-formats.md needs a row of `{name}`: {wanted} is better"


@pytest.mark.parametrize(
    "name", ["matched_tokens", "latency_note", "latency_p99", "usd", "pass@0", "pass_rates"]
)
def test_what_a_scorer_measures_is_graded_whatever_it_is_called(name: str) -> None:
    assert metric_of(name, (name,)) == Metric(name, "graded", "itself")
    assert not is_taken(name)


def test_what_llmops_measures_is_taken() -> None:
    for metric in (*BUILT_IN.values(), *AMOUNTS, *repeated_metrics(2)):
        assert is_taken(metric.name)
        assert metric_of(metric.name) == metric or metric.name == "latency_s"
    # A baseline of before it was: a score, and no amount.
    assert metric_of("cost_usd", ("cost_usd",)).unit == "graded"
    assert metric_of("pass_rate", ("pass_rate",)).is_pass_rate
