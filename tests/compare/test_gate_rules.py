"""Every rule of a gate, and every reason for a verdict, has all of its places."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import get_args

import pytest

from llmops_cli.compare.reason import Kind, Reason
from llmops_cli.compare.undeclared import UndeclaredRead
from llmops_cli.core import schema
from llmops_cli.evals.gate import LIMITS
from llmops_cli.evals.scorer_version import ScorerVersion
from llmops_cli.evals.suite import GateRule
from tests.docs.pages import DOCS, section

RULES = {field.name for field in fields(GateRule)} - {"metric"}
TIER = {"tier"}


def test_every_key_of_a_rule_is_read_checked_and_documented() -> None:
    assert {*LIMITS, *LIMITS.values()} == RULES - TIER, (
        "LIMITS in evals/gate.py says for which direction it is"
    )
    allowed = schema.shipped("suite")["properties"]["gate"]["additionalProperties"]["properties"]
    assert set(allowed) == RULES, "core/schemas/suite.schema.json names each key of a rule"
    table = section(DOCS / "file-formats.md", "Gate").partition("| key of a rule |")[2].partition("\n\n")[0]
    rows = {row.split("`")[1] for row in table.splitlines() if row.startswith("| `")}
    assert rows == RULES, "each key of a rule has a row under `Gate` in docs/file-formats.md"


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_reason_has_its_words(kind: Kind) -> None:
    versions = (ScorerVersion("equals", 2, "0.2", ""),)
    read = UndeclaredRead("tone", "scorers/tone.py", ("scorers/good.json",), ())
    said = Reason(kind, judges=(("a", "b"),), versions=versions, read=read).text
    assert said
    assert not re.search(r"[{}]", said), "the words of a kind stand in compare/reason.py"
