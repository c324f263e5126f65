"""Baselines of any content, drawn by hypothesis."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import strategies as st

from llmops_cli.compare.one_text import one_text
from llmops_cli.compare.scores import CaseScores, Scores
from llmops_cli.core.canonical import text_hash

T = TypeVar("T")

booleans = st.booleans()
hashes = st.text("0123456789abcdef", min_size=16, max_size=16)
# Lone surrogates are left out: a file is UTF-8, and they are written as escapes that read back as text.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
scores = st.floats(0, 1).map(lambda value: round(value, 6))
arguments = st.dictionaries(texts, texts, max_size=2).map(json.dumps)
functions = st.fixed_dictionaries({"name": texts, "arguments": arguments})
calls = st.lists(st.fixed_dictionaries({"function": functions, "type": st.just("function")}), max_size=2).map(
    tuple
)
amounts = st.none() | st.floats(0, 1e6).map(lambda value: round(value, 3))
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
clusters = st.none() | texts


def _repeated(one: st.SearchStrategy[T]) -> dict[int, st.SearchStrategy[list[T]]]:
    """Lists for one to three repeats. Strategies are made once, as making them takes longer than drawing."""
    return {repeats: st.lists(one, min_size=repeats, max_size=repeats) for repeats in (1, 2, 3)}


_scores = {
    repeats: st.dictionaries(texts, several.map(tuple), max_size=3)
    for repeats, several in _repeated(scores).items()
}
_outputs = _repeated(texts)
_calls = {
    repeats: st.just(((),) * repeats) | several.map(tuple) for repeats, several in _repeated(calls).items()
}
_repeats = st.integers(1, 3)


@st.composite
def cases(draw: st.DrawFn) -> CaseScores:
    repeats = draw(_repeats)
    metrics = draw(_scores[repeats])
    keeps = draw(booleans)
    outputs = draw(_outputs[repeats])
    made: tuple[Any, ...] = draw(_calls[repeats])
    said = [one_text(output, calling) for output, calling in zip(outputs, made, strict=True)]
    return CaseScores(
        id=draw(names),
        inputs=draw(hashes),
        scores=metrics,
        hashes=tuple(map(text_hash, said)),
        outputs=tuple(outputs) if keeps else (None,) * repeats,
        cluster=draw(clusters),
        input_tokens=draw(amounts),
        cost_usd=draw(amounts),
        latency_s=draw(amounts),
        tool_calls=made if keeps and any(made) else (),
    )


parts = st.dictionaries(
    st.sampled_from(["type", "text", "image_url"]), texts | st.dictionaries(texts, texts, max_size=2)
)
messages = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["system", "developer", "user", "assistant", "tool"]),
        "content": texts | st.lists(parts, max_size=2),
    },
    optional={"name": texts, "tool_call_id": texts, "tool_calls": st.lists(parts, max_size=2)},
)
judges = st.fixed_dictionaries(
    {"model": texts, "resolved": st.lists(texts, min_size=1, max_size=2), "noise": st.none() | scores}
)
acceptances = st.fixed_dictionaries(
    {"by": texts, "reason": texts},
    optional={
        "verdict": texts,
        "previous": st.dictionaries(texts, scores, max_size=2),
        "approved_by": st.lists(texts, max_size=2),
    },
).map(lambda made: dict(sorted(made.items())))  # the order of the keys is one, as in a real file


_cases = st.lists(cases(), max_size=5, unique_by=lambda case: case.id)
_few_texts = st.lists(texts, max_size=2)
_hashes = st.dictionaries(texts, hashes, max_size=3)
_times = st.integers(1, 5)
_messages = st.lists(messages, max_size=4)
_includes = st.dictionaries(texts, texts, max_size=2)
_judges = st.dictionaries(texts, judges, max_size=2)


@st.composite
def baselines(draw: st.DrawFn) -> Scores:
    found = draw(_cases)
    return Scores(
        suite=draw(texts),
        prompt="a.b@1.0.0",
        fingerprint=draw(hashes),
        parts={"messages": draw(hashes)},
        model="openai/gpt-4o-mini-2024-07-18",
        resolved=tuple(draw(_few_texts)),
        params={"temperature": 0, "stop": draw(_few_texts)},
        scorers=draw(_hashes),
        repeats=draw(_times),
        cases={case.id: case for case in found},
        messages=tuple(draw(_messages)),
        includes=draw(_includes),
        judges=draw(_judges),
        accepted=draw(acceptances),
    )


def with_calls_in_texts(baseline: Scores) -> Scores:
    """The baseline as an llmops wrote it that did not keep tool calls apart."""
    return replace(baseline, cases={key: case.as_texts() for key, case in baseline.cases.items()})
