"""What a run writes of each finished case can be read back."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from llmops_cli.core.canonical import canonical_json
from llmops_cli.evals.digest import HEADER
from llmops_cli.evals.journal import Journal, read_header
from llmops_cli.evals.result import Outcome, ScoreResult
from llmops_cli.evals.rows import CASES, Key, SubjectKey, read_rows
from llmops_cli.models.answer import Answer, Usage

texts = st.text(max_size=20)
names = st.text(min_size=1, max_size=12)
amounts = st.none() | st.floats(0, 1e6)
counts = st.none() | st.integers(0, 10**9)
values = st.none() | st.floats(0, 1)
again = st.sampled_from(["", "confirm", "retry"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
scores = st.builds(
    ScoreResult,
    metric=names,
    value=values,
    passed=st.none() | st.booleans(),
    reason=texts,
    error=texts,
    weight=st.floats(0.01, 100),
    judge=texts,
)
answers = st.builds(
    Answer,
    text=texts,
    requested=names,
    resolved=st.none() | texts,
    finish_reason=st.none() | texts,
    tool_calls=st.lists(st.dictionaries(texts, json_values, max_size=3), max_size=2).map(tuple),
    usage=st.builds(
        Usage,
        input_tokens=counts,
        output_tokens=counts,
        cached_tokens=counts,
        cache_write_tokens=counts,
        reasoning_tokens=counts,
    ),
    cost_usd=amounts,
    latency_s=amounts,
    first_token_s=amounts,
    request_id=st.none() | texts,
    attempts=st.integers(1, 9),
    source=st.sampled_from(["live", "cache", "replay", "recorded"]),
)
answered = st.builds(
    Outcome,
    case_id=names,
    repeat=st.integers(0, 99),
    answer=answers,
    scores=st.lists(scores, max_size=3).map(tuple),
    judge_cost_usd=amounts,
    again=again,
)
failed = st.builds(
    Outcome,
    case_id=names,
    repeat=st.integers(0, 99),
    answer=st.none(),
    error_kind=names,
    error=names,
    again=again,
)
outcomes = answered | failed


@given(outcomes)
def test_an_outcome_can_be_read_back(outcome: Outcome) -> None:
    written = canonical_json(outcome.to_json())
    found = Outcome.from_json(json.loads(written))
    assert found == outcome
    assert canonical_json(found.to_json()) == written


@settings(deadline=None)
@given(st.lists(outcomes, max_size=4, unique_by=lambda outcome: (outcome.case_id, outcome.repeat)))
def test_a_journal_can_be_read_back(made: list[Outcome]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder), {"schema": 2, "id": "r", "started": "now"})
        for outcome in made:
            key = Key(SubjectKey("s", "p@1.0.0", "m/n"), outcome.case_id, outcome.repeat)
            journal.add(key, outcome, "0123456789abcdef")
        journal.close(finished=True)
        written = read_rows(Path(folder), 16).outcomes
        assert list(written.values()) == made
        assert [(key.case_id, key.repeat) for key in written] == [(o.case_id, o.repeat) for o in made]
        assert read_header(Path(folder)) == {"schema": 2, "id": "r", "started": "now", "finished": True}
        assert {path.name for path in Path(folder).iterdir()} == {HEADER, CASES}
